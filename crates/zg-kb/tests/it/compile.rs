//! Compiling: the same entries give the same bytes, and ids belong to entries, not to positions.

use zg_kb::build::{CompileError, Entry, compile};
use zg_kb::{Bundle, EntryIdx};

use crate::{bundle_of, date, markdown};

fn entry(id: &str, question: &str, answer: &str) -> Entry {
    Entry {
        id: id.into(),
        question: question.into(),
        answer: answer.into(),
        file: "faq.md".into(),
        line: 3,
        ..Entry::default()
    }
}

#[test]
fn everything_said_of_an_entry_comes_back() {
    let whole = Entry {
        variants: vec!["多久发货".into(), " ".into(), "多久 发货".into(), "什么时候发货？".into()],
        category: "shipping".into(),
        lang: "zh-CN".into(),
        product: "sku-7".into(),
        audience: " VIP ｜新人||vip ".into(),
        intent: "shipping_time".into(),
        verified: Some(date("2026-11-01")),
        valid_until: Some(date("2026-12-31")),
        ..entry("ship", "什么时候发货?", " 48 小时内。\n\n预售除外。\n")
    };
    let bundle = bundle_of(&[entry("other", "Do you ship abroad?", "No."), whole]);
    let found = bundle.find("ship").expect("the id is in the bundle");
    assert_eq!(found, EntryIdx(1));
    let info = bundle.entry(found);
    assert_eq!((info.lang, info.category), ("zh-CN", "shipping"));
    assert_eq!((info.intent, info.product, info.audience), ("shipping_time", "sku-7", "vip|新人"));
    assert_eq!(info.source(), "faq.md#ship");
    assert_eq!((info.verified, info.valid_until), (Some(date("2026-11-01")), Some(date("2026-12-31"))));
    assert_eq!(bundle.question(found), "什么时候发货?");
    // Variants that fold to the same text are kept once.
    assert_eq!(bundle.forms(found).collect::<Vec<_>>(), ["什么时候发货?", "多久发货", "多久 发货"]);
    assert_eq!(bundle.answer(found).as_deref(), Ok("48 小时内。\n\n预售除外。"));
    let other = bundle.entry(EntryIdx(0));
    assert_eq!((other.lang, other.verified, other.valid_until), ("en", None, None));
    assert_eq!((bundle.len(), bundle.is_empty(), bundle.counts().1), (2, false, 4));
    assert_eq!(bundle.find("absent"), None);
    assert_eq!(bundle.entries().map(|(_, info)| info.id).collect::<Vec<_>>(), ["other", "ship"]);
}

#[test]
fn the_same_entries_give_the_same_bytes() {
    let text = "---\nlang: zh\n---\n## 怎么退货?\nvariants: 退货流程 | 想退\n\n申请即可。\n\n## 几天到?\n\n三天。\n";
    let [once, again] = [text, text].map(|text| compile(&markdown(text).entries).expect("compiles"));
    assert_eq!(once, again);
}

#[test]
fn ids_do_not_depend_on_neighbours_case_or_script() {
    let ids = |entries: &[Entry]| -> Vec<String> {
        let bundle = bundle_of(entries);
        bundle.entries().map(|(_, info)| info.id.to_owned()).collect()
    };
    let [first, second] = [entry("", "怎么退货?", "甲"), entry("", "How long?", "乙")];
    let both = ids(&[first.clone(), second.clone()]);
    assert_eq!(ids(&[second.clone(), first.clone()]), [both[1].clone(), both[0].clone()]);
    assert_eq!(ids(&[entry("new", "新问题", "新"), first]).last(), Some(&both[0]));
    assert_eq!(ids(&[entry("", "怎麼退貨？", "丙")]), [both[0].clone()]);
    assert_eq!(ids(&[entry("", "HOW  LONG?", "丁")]), [both[1].clone()]);
    // A change would lose every reference to an entry without an id of its own.
    assert_eq!(both, ["q-a19a2d4b", "q-c70e25f8"]);
}

#[test]
fn ids_are_counted_given_or_made_and_always_distinct() {
    let entries: Vec<Entry> = ["7", "8", "9", "10", "", "09", "faq-99", "faq-100", "", "007", "008", ""]
        .iter()
        .enumerate()
        .map(|(at, id)| entry(id, if at < 9 { "怎么退货?" } else { "How long?" }, &at.to_string()))
        .collect();
    let bundle = bundle_of(&entries);
    let ids: Vec<&str> = bundle.entries().map(|(_, info)| info.id).collect();
    let expected =
        ["7", "8", "9", "10", "q-a19a2d4b", "09", "faq-99", "faq-100", "q-a19a2d4b-2", "007", "008", "q-c70e25f8"];
    assert_eq!(ids, expected);
    for (at, id) in expected.iter().enumerate() {
        assert_eq!(bundle.find(id), Some(EntryIdx(at as u32)));
    }
}

#[test]
fn what_no_bundle_can_hold_is_said_with_its_place() {
    let check = |entries: &[Entry], expected: &str| {
        let error = compile(entries).expect_err("refused");
        assert_eq!(error.to_string(), expected);
        error
    };
    assert_eq!(check(&[], "no entries to compile"), CompileError::NoEntries);
    check(&[entry("a", " ", "x")], "faq.md:3: the question is empty");
    check(&[entry("a", "x", "\n")], "faq.md:3: the answer is empty");
    let other = Entry { file: "b.md".into(), line: 9, ..entry("a", "y", "y") };
    check(&[entry("a", "x", "x"), other], "b.md:9: the id \"a\" is taken by faq.md:3; ids are unique");
    check(
        &[entry("a", "x", &"长".repeat(400_000))],
        "faq.md:3: a text of 1200000 bytes is too long; 1048576 is the most",
    );
}

#[test]
fn many_entries_and_long_answers_span_blocks() {
    // Answers that do not compress away, of lengths around the size of a block.
    let answer = |n: usize| (0..n).map(|at| format!("{} ", (at * 2_654_435_761 + n) % 99_991)).collect::<String>();
    let entries: Vec<Entry> = (0..600)
        .map(|n| entry(&format!("e{n}"), &format!("question number {n}"), &answer(n * n % 4_099 + 1)))
        .collect();
    let bytes = compile(&entries).expect("compiles");
    let bundle = Bundle::open(bytes.clone()).expect("opens");
    assert_eq!((bundle.len(), bundle.bytes()), (600, bytes.len()));
    for (at, written) in bundle.entries().map(|(at, _)| at).zip(&entries) {
        assert_eq!(bundle.answer(at).as_deref(), Ok(written.answer.trim()));
        assert_eq!(bundle.question(at), written.question);
    }
}
