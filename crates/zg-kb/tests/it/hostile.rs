//! Bytes that no compiler of ours has written: an error or a bundle that holds together, never a panic or a flood.

use zg_kb::build::{Entry, compile};
use zg_kb::{Bundle, OpenError, Query};

use crate::memory::peak;
use crate::{date, markdown};

const HEADER: usize = 16;
const ROW: usize = 16;
/// Opening a small bundle takes about a megabyte, most of it for the term dictionary's builder;
/// a block may become one megabyte, and a list of its texts some more.
const MOST: usize = 32 << 20;

fn small() -> Vec<u8> {
    let source = "---\nlang: zh\nverified: 2026-11-01\n---\n## 怎么退货? {#return}\nvariants: 退货流程\nintent: return_request\naudience: vip | new\n\n\
                  订单页申请即可。\n\n## How long? {#time}\nlang: en\nvalid_until: 2026-12-31\n\nTwo days, two days, two days.\n";
    compile(&markdown(source).entries).expect("compiles")
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(four.try_into().ok()?) as usize)
}

/// Makes every checksum right again, as far as the table still makes sense: what is tested then is what lies behind them.
fn repair(bytes: &mut [u8]) {
    let Some(count) = bytes.get(6..8) else { return };
    let n_sections = usize::from(u16::from_le_bytes([count[0], count[1]]));
    for section in 0..n_sections {
        let row = HEADER + section * ROW;
        let (Some(offset), Some(length)) = (number(bytes, row + 4), number(bytes, row + 8)) else { break };
        let Some(body) = bytes.get(offset..offset.saturating_add(length)) else { continue };
        let crc = crc32fast::hash(body).to_le_bytes();
        if let Some(field) = bytes.get_mut(row + 12..row + 16) {
            field.copy_from_slice(&crc);
        }
    }
    if let Some(table) = bytes.get(HEADER..HEADER + n_sections * ROW) {
        let crc = crc32fast::hash(table).to_le_bytes();
        bytes[12..16].copy_from_slice(&crc);
    }
}

fn use_every_part(bundle: &Bundle) {
    for (at, info) in bundle.entries() {
        let _ = bundle.answer(at);
        let _ = (bundle.question(at), bundle.forms(at).count(), bundle.find(info.id));
        let _ = (info.verified.map(|day| day.to_string()), info.valid_until.map(|day| day.to_string()));
    }
    for text in ["怎么退货", "how long", "hoow lnog"] {
        let query = Query { text, lang: Some("zh"), today: Some(date("2026-11-22")), ..Query::default() };
        for hit in bundle.search(&query, 10) {
            assert!((0.0..=1.0).contains(&hit.score), "{hit:?}");
        }
    }
}

/// Opens and, where that succeeds, uses; gives whether it succeeded.
#[track_caller]
fn survive(bytes: Vec<u8>, what: impl Fn() -> String) -> bool {
    let (opened, held) = peak(|| {
        let bundle = Bundle::open(bytes).ok()?;
        use_every_part(&bundle);
        Some(())
    });
    assert!(held < MOST, "{}: {held} bytes held", what());
    opened.is_some()
}

/// splitmix64: the same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}

#[test]
fn the_small_bundle_is_sound_and_repair_changes_nothing_in_it() {
    let mut bytes = small();
    repair(&mut bytes);
    assert_eq!(bytes, small());
    assert!(survive(bytes, || "as compiled".to_owned()));
}

#[test]
fn every_truncation_is_refused() {
    let whole = small();
    for length in 0..whole.len() {
        let cut = whole[..length].to_vec();
        match Bundle::open(cut.clone()) {
            Err(OpenError::NotABundle) => assert!(length < 4),
            Err(OpenError::Length { expected, found }) => {
                assert_eq!(found, length);
                assert!(expected == whole.len() || length < HEADER);
            }
            Err(other) => panic!("{length}: {other}"),
            Ok(_) => panic!("{length}: opened"),
        }
        // The length field says so too, and the checksums that can be right are right.
        let mut agreed = cut;
        if agreed.len() >= HEADER {
            agreed[8..12].copy_from_slice(&(length as u32).to_le_bytes());
            repair(&mut agreed);
        }
        assert!(!survive(agreed, || format!("cut to {length}")), "{length}: opened");
    }
    let mut padded = small();
    padded.push(0);
    assert!(matches!(Bundle::open(padded), Err(OpenError::Length { .. })));
}

#[test]
fn every_changed_byte_is_noticed() {
    let whole = small();
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let opened = survive(bytes, || format!("byte {at} ^ {flip:#x}"));
            assert!(!opened, "byte {at} ^ {flip:#x} went unnoticed");
        }
    }
}

#[test]
fn every_changed_byte_with_right_checksums_is_survived() {
    let whole = small();
    let mut n_opened = 0;
    for at in 0..whole.len() {
        for flip in [0x01, 0x02, 0x10, 0x40, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            repair(&mut bytes);
            n_opened += u32::from(survive(bytes, || format!("byte {at} ^ {flip:#x}, repaired")));
        }
    }
    // A changed letter of a text is a text; were there none, the repair would not have worked.
    assert!(n_opened > 100, "{n_opened}");
}

#[test]
fn twenty_thousand_mutations_with_right_checksums_are_survived() {
    let whole = small();
    let mut numbers = Numbers(42);
    let mut n_opened = 0;
    for round in 0..20_000 {
        let mut bytes = whole.clone();
        for _ in 0..=numbers.below(8) {
            let at = numbers.below(bytes.len());
            match numbers.below(6) {
                0 => bytes[at] = 0xff,
                1 => bytes[at] = 0,
                2 => {
                    bytes.insert(at, numbers.below(256) as u8);
                }
                3 => {
                    bytes.remove(at);
                }
                _ => bytes[at] = numbers.below(256) as u8,
            }
        }
        // Most rounds keep the outermost checks happy, so that the inner ones are reached.
        if bytes.len() >= HEADER && numbers.below(8) > 0 {
            bytes[..8].copy_from_slice(&whole[..8]);
            let length = bytes.len() as u32;
            bytes[8..12].copy_from_slice(&length.to_le_bytes());
        }
        repair(&mut bytes);
        n_opened += u32::from(survive(bytes, || format!("round {round}")));
    }
    assert!(n_opened > 500, "{n_opened}");
}

#[test]
fn other_things_are_not_bundles() {
    for bytes in [&b""[..], b"ZG", b"<!doctype html>", b"PK\x03\x04aaaaaaaaaaaaaaaaaaa", &[0; 4096]] {
        assert_eq!(Bundle::open(bytes.to_vec()).err(), Some(OpenError::NotABundle));
    }
    let mut newer = small();
    newer[4] = 4;
    assert_eq!(Bundle::open(newer).err(), Some(OpenError::Version { found: 4 }));
}

fn put_number(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A file of the sections given, with every checksum right.
fn file(sections: [(&[u8; 4], &[u8]); 3]) -> Vec<u8> {
    let mut bytes = b"ZGKB\x03\x00\x03\x00".to_vec();
    let total = HEADER + 3 * ROW + sections.iter().map(|section| section.1.len()).sum::<usize>();
    bytes.extend_from_slice(&(total as u32).to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    let mut offset = HEADER + 3 * ROW;
    for (tag, body) in sections {
        bytes.extend_from_slice(tag);
        bytes.extend_from_slice(&(offset as u32).to_le_bytes());
        bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        offset += body.len();
    }
    for (_, body) in sections {
        bytes.extend_from_slice(body);
    }
    repair(&mut bytes);
    bytes
}

/// A bundle with one entry of `n_questions` questions, which are `forms`, and one block of answers.
fn by_hand(forms: &[u8], n_questions: usize, answers: &[u8]) -> Vec<u8> {
    // One entry called a, of a new record of nothing but empty strings and no dates.
    let mut entries = vec![1, 2, b'a', 0, 0, 0, 0, 0, 0, 0, 0, 0];
    put_number(&mut entries, n_questions);
    file([(b"ENTR", &entries), (b"FORM", forms), (b"ANSW", answers)])
}

fn block(raw: &[u8], n: usize, claimed: usize) -> Vec<u8> {
    let deflated = miniz_oxide::deflate::compress_to_vec(raw, 10);
    let mut block = Vec::new();
    for number in [n, claimed, deflated.len()] {
        put_number(&mut block, number);
    }
    block.extend_from_slice(&deflated);
    block
}

#[test]
fn a_small_file_cannot_unfold_into_gigabytes() {
    const MEBI: usize = 1 << 20;
    // More ways to ask than are taken on, each of them empty.
    let (opened, held) = peak(|| Bundle::open(by_hand(&vec![b'\n'; MEBI + 1], MEBI + 1, &block(b"\x01q", 1, 2))).err());
    assert_eq!(opened, Some(OpenError::Malformed { what: "form count" }));
    assert!(held < 100 * MEBI, "{held} bytes held");
    // As many as are: they cost in proportion.
    let (opened, held) = peak(|| Bundle::open(by_hand(&vec![b'\n'; MEBI], MEBI, &block(b"\x01q", 1, 2))).is_ok());
    assert!(opened && held < 64 * MEBI, "{held} bytes held");
    // An answer that inflates to more than it says, or says more than a block may have.
    let large = vec![0; 64 * MEBI];
    for claimed in [2, MEBI, 64 * MEBI] {
        let bytes = by_hand(b"q\n", 1, &block(&large, 1, claimed));
        let (answered, held) = peak(|| Bundle::open(bytes).and_then(|bundle| bundle.answer(zg_kb::EntryIdx(0))));
        assert!(matches!(answered, Err(OpenError::Malformed { .. })), "{claimed}: {answered:?}");
        assert!(held < 8 * MEBI, "{held} bytes held for {claimed} claimed");
    }
}

#[test]
fn a_file_of_honest_size_by_hand_opens() {
    // What is refused above is the size, not the form.
    let bundle = Bundle::open(by_hand(b"q\n", 1, &block(b"\x01q", 1, 2))).expect("opens");
    let found = bundle.find("a").expect("the entry");
    assert_eq!((bundle.question(found), bundle.answer(found).as_deref()), ("q", Ok("q")));
}

#[test]
fn a_source_of_noise_compiles_or_is_refused() {
    let mut numbers = Numbers(7);
    let alphabet: Vec<char> = "#-:|,\"\n\r\t `{}*_>[]()0a退\u{200b}\u{feff}😀".chars().collect();
    for _ in 0..2_000 {
        let text: String = (0..numbers.below(120)).map(|_| alphabet[numbers.below(alphabet.len())]).collect();
        let mut sources = markdown(&format!("## q\n{text}"));
        sources.add_csv("faq.csv", format!("question,answer\n{text}").as_bytes());
        let entries: Vec<Entry> = sources.entries;
        if let Ok(bytes) = compile(&entries) {
            assert!(survive(bytes, || format!("{text:?}")), "{text:?} compiled and did not open");
        }
    }
}
