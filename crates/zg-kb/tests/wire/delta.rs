//! Two bundles and the delta between them.

use expect_test::{Expect, expect};
use zg_kb::build::{Entry, compile};
use zg_kb::delta::{self, DeltaError, apply, diff};

use crate::Numbers;
use crate::entries::{self, change, distinguish, edit, shop};

#[track_caller]
fn bundle(entries: &[Entry]) -> Vec<u8> {
    compile(entries).expect("a test's entries compile")
}

/// The delta's length; it gives the new file back.
#[track_caller]
fn check(old: &[u8], new: &[u8]) -> usize {
    let change = diff(old, new).expect("a delta is made");
    assert!(apply(old, &change).as_deref() == Ok(new), "the new file comes back");
    change.len()
}

/// The whole table takes minutes without optimisation; then only what must hold is looked at.
const WHOLE: bool = !cfg!(debug_assertions);

#[test]
fn a_delta_costs_what_the_change_does() {
    let entries = shop(1, if WHOLE { 10_000 } else { 1_000 });
    let old = bundle(&entries);
    println!("bundle: {} bytes", old.len());
    for (what, act) in ACTS {
        for (n, most) in [(1, 150), (10, 700), (100, 5_500)] {
            let most = if what == "changed" && n == 100 { 3_000 } else { most };
            let needed = (what, n) == ("changed", 100) || (what, n) == ("added", 1);
            let n_rounds = if WHOLE { 5 } else { u64::from(needed) };
            let sizes: Vec<usize> = (0..n_rounds)
                .map(|round| {
                    let mut numbers = Numbers(100 + round);
                    let mut edited = entries.clone();
                    for _ in 0..n {
                        act(&mut numbers, &mut edited);
                    }
                    distinguish(&mut edited);
                    check(&old, &bundle(&edited))
                })
                .collect();
            println!("{what} {n}: {sizes:?}");
            assert!(sizes.iter().all(|&size| size <= most), "{what} {n}: {sizes:?}");
        }
    }
}

type Act = fn(&mut Numbers, &mut Vec<Entry>);
const ACTS: [(&str, Act); 4] = [
    ("changed", |numbers, entries| {
        let at = numbers.below(entries.len());
        change(numbers, &mut entries[at]);
    }),
    ("added", |numbers, entries| {
        let at = numbers.below(entries.len());
        let number = 100_000 + numbers.below(1_000_000);
        let new = entries::entry(numbers, number);
        entries.insert(at, new);
    }),
    ("removed", |numbers, entries| {
        entries.remove(numbers.below(entries.len()));
    }),
    ("moved", |numbers, entries| {
        let moved = entries.remove(numbers.below(entries.len()));
        entries.insert(numbers.below(entries.len()), moved);
    }),
];

#[test]
fn whatever_is_edited_the_new_bundle_comes_back() {
    let mut numbers = Numbers(3);
    for round in 0..if WHOLE { 400 } else { 10 } {
        let mut entries = shop(round, 1 + numbers.below(400));
        let old = bundle(&entries);
        for _ in 0..=numbers.below(12) {
            edit(&mut numbers, &mut entries);
        }
        check(&old, &bundle(&entries));
    }
}

#[test]
fn a_chain_leads_from_the_first_to_the_last() {
    let mut numbers = Numbers(5);
    let mut entries = shop(5, 300);
    let mut held = bundle(&entries);
    let mut chain = Vec::new();
    let mut files = vec![held.clone()];
    for _ in 0..if WHOLE { 12 } else { 4 } {
        edit(&mut numbers, &mut entries);
        files.push(bundle(&entries));
        chain.push(diff(&files[files.len() - 2], &files[files.len() - 1]).expect("a delta is made"));
    }
    // Out of turn it is refused.
    assert!(matches!(apply(&held, &chain[1]), Err(DeltaError::OtherBase { .. })));
    for (delta, file) in chain.iter().zip(&files[1..]) {
        held = apply(&held, delta).expect("the next of the chain");
        assert_eq!(&held, file);
    }
}

#[test]
fn files_that_are_no_bundles_and_bundles_of_other_compilers_have_deltas() {
    let new = bundle(&shop(1, 50));
    let noise: Vec<u8> = std::iter::repeat_with({
        let mut numbers = Numbers(8);
        move || numbers.below(256) as u8
    })
    .take(5_000)
    .collect();
    let mut damaged = new.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let mut padded = new.clone();
    padded.push(7);
    for old in [&b""[..], b"ZGKB", &noise, &damaged, &padded, &new] {
        check(old, &new);
        check(&new, old);
    }
    assert!(check(&new, &padded) < 60 && check(&padded, &new) < 60);
}

/// A file of sections, with what checksums there are left at zero: nothing of a delta looks at them.
fn file(sections: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut bytes = b"ZGKB\x07\x00".to_vec();
    bytes.extend_from_slice(&(sections.len() as u16).to_le_bytes());
    let total = 16 + sections.iter().map(|(_, body)| 16 + body.len()).sum::<usize>();
    bytes.extend_from_slice(&(total as u32).to_le_bytes());
    let mut table = Vec::new();
    let mut offset = 16 + 16 * sections.len();
    for (tag, body) in sections {
        table.extend_from_slice(*tag);
        for number in [offset as u32, body.len() as u32, crc32fast::hash(body)] {
            table.extend_from_slice(&number.to_le_bytes());
        }
        offset += body.len();
    }
    bytes.extend_from_slice(&crc32fast::hash(&table).to_le_bytes());
    bytes.extend_from_slice(&table);
    sections.iter().for_each(|(_, body)| bytes.extend_from_slice(body));
    bytes
}

/// Strings in blocks of `per_block`, deflated at the level that `level` gives for each.
fn blocks(strings: &[String], per_block: usize, level: impl Fn(usize) -> u8) -> Vec<u8> {
    let mut section = Vec::new();
    for (at, strings) in strings.chunks(per_block).enumerate() {
        let mut raw = Vec::new();
        for text in strings {
            put_number(&mut raw, text.len());
            raw.extend_from_slice(text.as_bytes());
        }
        let deflated = miniz_oxide::deflate::compress_to_vec(&raw, level(at));
        put_number(&mut section, raw.len());
        put_number(&mut section, deflated.len());
        section.extend_from_slice(&deflated);
    }
    section
}

fn put_number(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[test]
fn sections_nobody_foretold_stay_cheap() {
    let mut numbers = Numbers(9);
    let mut strings: Vec<String> = (0..800).map(|_| entries::answer(&mut numbers)).collect();
    let before = strings.clone();
    strings[400] = "完全不同的一句话。".to_owned();
    let mut table = String::new();
    // A level of another compiler, blocks cut by count, and one block in five that no level of ours gives.
    for (what, per_block, level, odd) in
        [("level 10", 60, 10, 10), ("level 6", 60, 6, 6), ("cut elsewhere", 7, 10, 10), ("odd blocks", 60, 10, 1)]
    {
        let of = |strings: &[String]| {
            let level = |at: usize| if at % 5 == 4 { odd } else { level };
            file(&[(b"NEWS", &blocks(strings, per_block, level)), (b"RAWS", b"\xff\x00as it is"), (b"NULL", b"")])
        };
        let (old, new) = (of(&before), of(&strings));
        table.push_str(&format!("{what}: {} of {}\n", check(&old, &new), new.len()));
    }
    println!("{table}");
    check_sizes(
        &table,
        expect![[r#"
        level 10: 63 of 15702
        level 6: 63 of 15702
        cut elsewhere: 64 of 39601
        odd blocks: 81 of 15936
    "#]],
    );
}

#[track_caller]
fn check_sizes(table: &str, expect: Expect) {
    expect.assert_eq(table);
}

#[test]
fn what_is_wrong_is_said() {
    let entries = shop(1, 20);
    let (old, other) = (bundle(&entries), bundle(&entries[1..]));
    let delta = diff(&old, &other).expect("a delta is made");
    let head = delta::header(&delta).expect("a head");
    assert_eq!(head.length, other.len());
    let check = |old: &[u8], delta: &[u8], expect: Expect| {
        expect.assert_eq(&apply(old, delta).expect_err("refused").to_string());
    };
    check(&old, b"ZGKB", expect!["this is not a delta of knowledge bundles (no ZGKD magic); fetch the whole bundle"]);
    check(&old, b"ZGKD", expect!["the delta is damaged: its head is cut; fetch it again, or the whole bundle"]);
    check(&old, &delta[..20], expect!["the delta is damaged: its head is cut; fetch it again, or the whole bundle"]);
    check(&old, b"ZGKD\x02", expect!["the delta has format 2, this build reads 1; fetch the whole bundle"]);
    assert!(matches!(apply(&other, &delta), Err(DeltaError::OtherBase { .. })));
    // A foreign base is what is said even where nothing else is right.
    assert!(matches!(apply(&other, &delta[..40]), Err(DeltaError::OtherBase { .. })));
    let mut large = delta[..29].to_vec();
    large.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert!(matches!(apply(&old, &large), Err(DeltaError::TooLarge { declared: 0xffff_ffff, .. })));
    let mut wrong = delta.clone();
    wrong[20] ^= 1;
    check(&old, &wrong, expect!["the delta gave a bundle with another hash than it promised; fetch the whole bundle"]);
}

/// What `diff` gave for the two files below when this version of the format was new.
/// Where it no longer gives the second, deltas already published do not either: raise the version instead.
const PUBLISHED: &str = "5a474b4401b3d84c778c532ebb5a9f06fdb921ae5377e466a28d18957ab00189\
     01c3a423ccc74585eebea2b0d4133c6152a0a7631a0f9c601d9c9f5cd3b054";

/// Two small files, of a layout that is this test's own, so that other changes of bundles leave them alone.
fn published() -> [Vec<u8>; 2] {
    [["七天内", "打开订单页申请"], ["十五天内", "打开订单页或者联系客服申请"]].map(|words| {
        let strings =
            [format!("签收后{}可以退货。", words[0]), "48 小时内发出。".to_owned(), format!("{}。", words[1])];
        file(&[(b"TEXT", &blocks(&strings, 2, |_| 10)), (b"MORE", words[0].as_bytes())])
    })
}

#[test]
fn a_delta_that_was_published_stays_readable() {
    let [old, new] = published();
    let written: Vec<u8> = (0..PUBLISHED.len() / 2)
        .map(|at| u8::from_str_radix(&PUBLISHED[2 * at..2 * at + 2], 16).expect("digits"))
        .collect();
    assert_eq!(apply(&old, &written), Ok(new));
}
