//! Cleaning: what is put right; near repeats, boilerplate, personal data; and how fast.

use expect_test::{Expect, expect};
use zg_kb::build::{Context, Entry, Sources, clean, lint};

use crate::{date, render_findings};

fn entry(line: u64, question: &str, answer: &str) -> Entry {
    Entry { question: question.into(), answer: answer.into(), file: "faq.csv".into(), line, ..Entry::default() }
}

#[track_caller]
fn check(entries: Vec<Entry>, expect: Expect) -> Sources {
    let mut sources = Sources::default();
    sources.entries = entries;
    let cleaned = clean(&mut sources);
    let entries: String = sources
        .entries
        .iter()
        .map(|entry| format!("{} {:?} {:?}\n", entry.line, entry.question, entry.answer))
        .collect();
    let counts = format!(
        "tidied {}, duplicates {}, invalid {}\n",
        cleaned.n_tidied,
        cleaned.n_duplicates,
        cleaned.invalid.len()
    );
    expect.assert_eq(&(entries + &counts + &render_findings(&sources.findings)));
    sources
}

#[test]
fn white_space_empties_and_repeats() {
    check(
        vec![
            entry(1, "  几天 \u{3000} 到？ ", "三天。\n\n\n\n- 一\n  - 二   三  \n\n```\na  b\n```\n"),
            entry(2, "几天到?", ""),
            entry(3, " ", "x"),
            entry(4, "？！", "x"),
            entry(5, "好吗", "。。。"),
            entry(6, "How long?", "Two days."),
            entry(7, "how  LONG？", "Two days. "),
        ],
        expect![[r#"
            1 "几天 到？" "三天。\n\n- 一\n  - 二 三  \n\n```\na  b\n```"
            6 "How long?" "Two days."
            tidied 3, duplicates 1, invalid 4
            faq.csv:2: error [empty-answer] the answer is empty
            faq.csv:3: error [empty-question] the question is empty
            faq.csv:4: error [only-punctuation] the question has no word
            faq.csv:5: error [only-punctuation] the answer has no word
        "#]],
    );
}

#[test]
fn what_is_nearly_the_same_boilerplate_and_personal_data() {
    let thanks = "感谢您的支持与理解。";
    let entries = vec![
        entry(1, "什么时候发货？", &format!("付款后 48 小时内从上海仓库发出，节假日顺延。{thanks}")),
        entry(2, "什么时候发货呢？", &format!("付款后 48 小时内从上海仓库发出，节假日会顺延。{thanks}")),
        entry(
            6,
            "什么时候发货？",
            &format!("付款后 48 小时内从上海仓库发出，节假日顺延，预售商品以页面为准。{thanks}"),
        ),
        entry(
            7,
            "什么时候发货？",
            &format!("付款后 48 小时内从上海仓库发出，节假日顺延，预售商品以页面为准！{thanks}"),
        ),
        entry(3, "怎么退货？", &format!("订单页申请。{thanks}")),
        entry(4, "怎么换货？", &format!("联系李经理 13900139000。{thanks}")),
        entry(5, "有发票吗？", "有，发邮件到 service@shop.example 或打 400-123-4567。"),
    ];
    let findings = lint(&entries, &Context::on(date("2026-11-22")));
    let rules = ["near-duplicate", "boilerplate", "personal-data"];
    let findings: Vec<_> = findings.into_iter().filter(|finding| rules.contains(&finding.rule)).collect();
    expect![[r#"
        faq.csv:1: warning [boilerplate] 6 of 7 answers of this file say "感谢您的支持与理解。"
        faq.csv:2: warning [near-duplicate] "什么时候发货呢？" asks the same as "什么时候发货？" at faq.csv:1; a shopper gets one of the two answers
        faq.csv:4: error [personal-data] the phone number of a person stands in the text (139****9000)
        faq.csv:6: warning [near-duplicate] "什么时候发货？" asks the same as "什么时候发货呢？" at faq.csv:2; a shopper gets one of the two answers
        faq.csv:7: warning [near-duplicate] "什么时候发货？" asks the same as "什么时候发货呢？" at faq.csv:2; a shopper gets one of the two answers
    "#]]
    .assert_eq(&render_findings(&findings));
}

#[test]
fn many_entries_take_a_time_that_grows_with_their_number() {
    let n: u32 = if cfg!(debug_assertions) { 2_000 } else { 40_000 };
    let entries: Vec<Entry> = (0..u64::from(n))
        .map(|at| {
            let word =
                |salt: u64| char::from_u32(0x4e00 + ((at * 7_919 + salt * 104_729) % 20_000) as u32).unwrap_or('一');
            let words: String = (0..60).map(word).collect();
            entry(at, &words[..words.len() / 4 / 3 * 3], &words)
        })
        .collect();
    // The same text again and again must not be compared with all of itself.
    let alike: Vec<Entry> = (0..u64::from(n))
        .map(|at| entry(at, "怎么退货？", &format!("打开订单页，点申请售后，选好原因以后提交，编号 {at}")))
        .collect();
    for (what, entries) in [("different", entries), ("alike", alike)] {
        let mut sources = Sources::default();
        sources.entries = entries;
        let started = std::time::SystemTime::now();
        clean(&mut sources);
        let n_findings = lint(&sources.entries, &Context::on(date("2026-11-22"))).len();
        let seconds = started.elapsed().map_or(0.0, |elapsed| elapsed.as_secs_f64());
        println!("{what}: {:.0} entries a second, {n_findings} findings", f64::from(n) / seconds);
        // Unoptimized and beside other tests; what grows with the square takes minutes.
        assert!(seconds < 60.0, "{what}: {seconds} s");
    }
}
