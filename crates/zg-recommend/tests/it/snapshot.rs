use zg_recommend::build::{Config, build, renumber};
use zg_recommend::{About, Exclude, Index, LoadError, Rules};

use crate::{ask, index, shelves};

fn with_everything() -> Index {
    let mut sessions = shelves(3_000);
    renumber(&mut sessions);
    let mut index = build(&sessions, &Config::default(), &mut |_| {}).0;
    let names: Vec<String> = (0..index.n_items() as u32).map(|item| index.names().get(item).to_owned()).collect();
    let about = |at: usize| About {
        category: at as u32 % 5,
        brand: at as u32 % 7,
        price: (at % 3 > 0).then_some(at as u64 * 100),
        margin: 51.0 / 255.0,
        for_sale: at % 10 > 0,
        words: at as u64,
    };
    index.set_catalog(
        names.iter().enumerate().filter(|(at, _)| at % 11 > 0).map(|(at, name)| (name.as_str(), about(at))),
    );
    index
}

#[test]
fn what_is_read_answers_as_what_was_saved() {
    let index = with_everything();
    let bytes = index.save();
    let again = Index::load(&bytes).expect("what was saved is read");
    assert_eq!(again.save(), bytes);
    let rules = Rules { brand_cap: 2, diversity: 0.1, margin: 1.0, price: Some((0, 20_000)), ..Rules::default() };
    for item in 0..300 {
        let name = index.names().get(item).to_owned();
        for exclude in [Exclude::Seen, Exclude::None] {
            let ask = |index| ask(index, &["shelf3-4", &name], 20, exclude, &rules);
            assert_eq!(ask(&index), ask(&again));
        }
    }
}

#[test]
fn bytes_that_are_no_index_say_what_to_do() {
    let bytes = index(&[("1", "a", 10.0), ("1", "b", 20.0)]).save();
    let check = |bytes: &[u8], expected: fn(&LoadError) -> bool| {
        let error = Index::load(bytes).expect_err("it is not read");
        assert!(expected(&error), "{error}");
    };
    check(b"", |error| *error == LoadError::NotAnIndex);
    check(b"ZGKB....", |error| *error == LoadError::NotAnIndex);
    check(&bytes[..bytes.len() - 1], |error| matches!(error, LoadError::Length { .. }));
    let mut other = bytes.clone();
    other[4] = 9;
    check(&other, |error| *error == LoadError::Version { found: 9 });
    let mut other = bytes.clone();
    *other.last_mut().expect("it is long") ^= 1;
    check(&other, |error| *error == LoadError::Checksum);
}

/// Bytes changed and the checksum set right again: an enemy can do that, too.
#[test]
fn no_bytes_make_it_panic_or_take_memory_without_bound() {
    let bytes = with_everything().save();
    let head = 400.min(bytes.len());
    let tail = bytes.len() - 400;
    let mut state = 1_u64;
    let mut read = 0;
    for round in 0..600 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let places = [
            20 + (state >> 33) as usize % head,
            tail + (state >> 40) as usize % 400,
            20 + (state >> 20) as usize % (bytes.len() - 20),
        ];
        let mut other = bytes.clone();
        other[places[round % 3]] = [0, 0xff, 0x80, (state >> 50) as u8][round / 3 % 4];
        if round % 7 == 0 {
            other.truncate(places[round % 3].max(21));
        }
        let length = other.len() as u64;
        other[8..16].copy_from_slice(&length.to_le_bytes());
        let checksum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&other[20..]);
        other[16..20].copy_from_slice(&checksum.to_le_bytes());
        if let Ok(index) = Index::load(&other) {
            read += 1;
            ask(&index, &["shelf3-4"], 20, Exclude::Seen, &Rules::default());
        }
    }
    // Some changes make another index, most make none.
    assert!(read > 0 && read < 500, "{read}");
}
