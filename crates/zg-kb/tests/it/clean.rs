//! Cleaning: what is put right, what is reported, and how fast.

use expect_test::{Expect, expect};
use zg_kb::build::{Entry, Sources, clean};

use crate::render_findings;

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
        "tidied {}, duplicates {}, near {}, boilerplate {}, personal {}, invalid {}\n",
        cleaned.n_tidied,
        cleaned.n_duplicates,
        cleaned.n_near_duplicates,
        cleaned.n_boilerplate,
        cleaned.n_personal,
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
            tidied 3, duplicates 1, near 0, boilerplate 0, personal 0, invalid 4
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
    check(
        vec![
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
        ],
        expect![[r#"
            1 "什么时候发货？" "付款后 48 小时内从上海仓库发出，节假日顺延。感谢您的支持与理解。"
            2 "什么时候发货呢？" "付款后 48 小时内从上海仓库发出，节假日会顺延。感谢您的支持与理解。"
            6 "什么时候发货？" "付款后 48 小时内从上海仓库发出，节假日顺延，预售商品以页面为准。感谢您的支持与理解。"
            7 "什么时候发货？" "付款后 48 小时内从上海仓库发出，节假日顺延，预售商品以页面为准！感谢您的支持与理解。"
            3 "怎么退货？" "订单页申请。感谢您的支持与理解。"
            4 "怎么换货？" "联系李经理 13900139000。感谢您的支持与理解。"
            5 "有发票吗？" "有，发邮件到 service@shop.example 或打 400-123-4567。"
            tidied 0, duplicates 0, near 3, boilerplate 1, personal 1, invalid 0
            faq.csv:2: warning [near-duplicate] 79 % of question and answer are also at faq.csv:1; keep one of the two
            faq.csv:6: warning [near-duplicate] 74 % of question and answer are also at faq.csv:1; keep one of the two
            faq.csv:7: warning [near-duplicate] 89 % of question and answer are also at faq.csv:6; keep one of the two
            faq.csv:1: warning [boilerplate] 6 of 7 answers of this file say "感谢您的支持与理解。"
            faq.csv:4: warning [personal-data] phone number 139****9000: does it belong to a person?
        "#]],
    );
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
        let seconds = started.elapsed().map_or(0.0, |elapsed| elapsed.as_secs_f64());
        println!("{what}: {:.0} entries a second", f64::from(n) / seconds);
        // Unoptimized and beside other tests; what grows with the square takes minutes.
        assert!(seconds < 60.0, "{what}: {seconds} s");
    }
}
