//! What is read out of Markdown and CSV, and what is said of the rest.

use expect_test::{Expect, expect};
use zg_kb::build::{Entry, Sources};

use crate::{markdown, render_findings};

fn render(sources: &Sources) -> String {
    let mut text = String::new();
    for entry in &sources.entries {
        let Entry {
            id,
            question,
            variants,
            answer,
            category,
            lang,
            product,
            audience,
            intent,
            verified,
            valid_until,
            file,
            line,
        } = entry;
        text.push_str(&format!("{file}:{line} {question:?}\n"));
        for (name, value) in [
            ("id", id),
            ("lang", lang),
            ("category", category),
            ("intent", intent),
            ("product", product),
            ("audience", audience),
        ] {
            if !value.is_empty() {
                text.push_str(&format!("  {name} {value:?}\n"));
            }
        }
        for (name, date) in [("verified", verified), ("valid_until", valid_until)] {
            if let Some(date) = date {
                text.push_str(&format!("  {name} {date}\n"));
            }
        }
        if !variants.is_empty() {
            text.push_str(&format!("  variants {variants:?}\n"));
        }
        text.push_str(&format!("  answer {answer:?}\n"));
    }
    text + &render_findings(&sources.findings)
}

#[track_caller]
fn check_markdown(text: &str, expect: Expect) {
    expect.assert_eq(&render(&markdown(text)));
}

#[track_caller]
fn check_csv(bytes: &[u8], expect: Expect) {
    let mut sources = Sources::default();
    sources.add_csv("faq.csv", bytes);
    expect.assert_eq(&render(&sources));
}

#[test]
fn markdown_with_every_field() {
    check_markdown(
        "---\nlang: zh-CN\ncategory: returns\nverified: 2026-11-01\n---\n# 退货\n\n\
         ## 怎么退货? {#return-how}\nvariants: 退货流程 | 想退掉 |  | 退回去\nintent: return_request\n\
         product: sku-7\nvalid_until: 2026-12-31\n\n打开订单页。\n\n- 选原因\n- 提交\n\n### 小提示\n\n留好吊牌。\n\n\
         ## 运费谁出?\n\n质量问题我们出。\n",
        expect![[r#"
            faq.md:8 "怎么退货?"
              id "return-how"
              lang "zh-CN"
              category "returns"
              intent "return_request"
              product "sku-7"
              verified 2026-11-01
              valid_until 2026-12-31
              variants ["退货流程", "想退掉", "退回去"]
              answer "打开订单页。\n\n- 选原因\n- 提交\n\n### 小提示\n\n留好吊牌。"
            faq.md:23 "运费谁出?"
              lang "zh-CN"
              category "returns"
              verified 2026-11-01
              answer "质量问题我们出。"
        "#]],
    );
}

#[test]
fn markdown_from_windows_reads_the_same() {
    let text = "---\nlang: en\n---\n## How long? {#time}\nvariants: when\n\nTwo days.\n\nOr three.\n";
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(render(&markdown(&windows)), render(&markdown(text)));
    check_markdown(
        &windows,
        expect![[r#"
        faq.md:4 "How long?"
          id "time"
          lang "en"
          variants ["when"]
          answer "Two days.\n\nOr three."
    "#]],
    );
}

#[test]
fn markdown_that_is_wrong_somewhere() {
    check_markdown(
        "---\nlang: zh\ncolour: red\njust words\nverified: soon\n---\n\
         ## 甲 {#a}\nvalid_until: 2026-02-30\nanwser: typo\n\n答甲。\n\n## 乙 {#b}\n\n## {#c}\n\n答丙。\n",
        expect![[r#"
            faq.md:7 "甲"
              id "a"
              lang "zh"
              answer "答甲。"
            faq.md:13 "乙"
              id "b"
              lang "zh"
              answer ""
            faq.md:15 ""
              id "c"
              lang "zh"
              answer "答丙。"
            faq.md:3: warning [unknown-field] no field is called "colour"
            faq.md:4: error [front-matter] not of the form name: value
            faq.md:5: error [date] verified is "soon"; write YYYY-MM-DD
            faq.md:8: error [date] valid_until is "2026-02-30"; write YYYY-MM-DD
            faq.md:9: warning [unknown-field] no field is called "anwser"
        "#]],
    );
    check_markdown(
        "---\nlang: zh\n## 没有关上\n\n答。\n",
        expect![[r#"
        faq.md:1: error [front-matter] the front matter has no closing line of ---
    "#]],
    );
    check_markdown(
        "# 只有标题\n\n一段话。\n",
        expect![[r#"
        faq.md:1: warning [no-entries] no level-2 heading, so no entry
    "#]],
    );
    check_markdown(
        "",
        expect![[r#"
        faq.md:1: warning [no-entries] no level-2 heading, so no entry
    "#]],
    );
}

#[test]
fn markdown_keeps_what_looks_like_structure() {
    // A heading inside a code block is none, a colon in a sentence makes no field, underlined headings count.
    check_markdown(
        "## 代码 {#code}\n\n```\n## 不是标题\n```\n\n## 冒号 {#colon}\n说明: 这是答案。\n\n\
         下划线\n------\n答案。\n\n## `A-1` & **粗体**\n\n答。\n",
        expect![[r#"
            faq.md:1 "代码"
              id "code"
              answer "```\n## 不是标题\n```"
            faq.md:7 "冒号"
              id "colon"
              answer "说明: 这是答案。"
            faq.md:10 "下划线"
              answer "答案。"
            faq.md:14 "A-1 & 粗体"
              answer "答。"
        "#]],
    );
}

#[test]
fn csv_with_every_field_and_with_quotes() {
    check_csv(
        "id,question,variants,answer,category,lang,product,intent,verified,valid_until\n\
         ship,几天发货?,什么时候发货 | 多久发,\"48 小时内,节假日除外。\n\"\"预售\"\"另算。\",shipping,zh-CN,sku-7,shipping_time,2026-11-01,2026-12-31\n\
         ,运费多少?,,满 99 包邮。,,,,,,\n"
            .as_bytes(),
        expect![[r#"
            faq.csv:2 "几天发货?"
              id "ship"
              lang "zh-CN"
              category "shipping"
              intent "shipping_time"
              product "sku-7"
              verified 2026-11-01
              valid_until 2026-12-31
              variants ["什么时候发货", "多久发"]
              answer "48 小时内,节假日除外。\n\"预售\"另算。"
            faq.csv:4 "运费多少?"
              answer "满 99 包邮。"
        "#]],
    );
}

#[test]
fn csv_from_a_spreadsheet() {
    check_csv(
        "\u{feff}question,answer\r\n几天发货?,48 小时内。\r\n\r\n\"要,发票?\",要。\r\n".as_bytes(),
        expect![[r#"
        faq.csv:2 "几天发货?"
          answer "48 小时内。"
        faq.csv:4 "要,发票?"
          answer "要。"
    "#]],
    );
    check_csv(
        " answer , question \n甲答,甲问\n".as_bytes(),
        expect![[r#"
        faq.csv:2 "甲问"
          answer "甲答"
    "#]],
    );
}

#[test]
fn csv_that_is_wrong_somewhere() {
    check_csv(
        b"question,reply\nq,a\n",
        expect![[r#"
        faq.csv:1: error [csv] the header row must name the columns question and answer
    "#]],
    );
    check_csv(
        b"",
        expect![[r#"
        faq.csv:1: error [csv] the header row must name the columns question and answer
    "#]],
    );
    check_csv(
        b"question,answer,verified,mood\nq1,a1,yesterday,happy\nq2,a2\nq3,a3,2026-11-01,sad,more\nq4,a4,2026-11-02,\n",
        expect![[r#"
            faq.csv:2 "q1"
              answer "a1"
            faq.csv:5 "q4"
              verified 2026-11-02
              answer "a4"
            faq.csv:2: error [date] verified is "yesterday"; write YYYY-MM-DD
            faq.csv:2: warning [unknown-field] no field is called "mood"
            faq.csv:3: error [csv] 2 fields where the header has 4; quote fields that hold a comma
            faq.csv:4: error [csv] 5 fields where the header has 4; quote fields that hold a comma
            faq.csv:5: warning [unknown-field] no field is called "mood"
        "#]],
    );
    check_csv(
        b"question,answer\nq1,\xff\xfe\nq2,a2\n",
        expect![[r#"
        faq.csv:3 "q2"
          answer "a2"
        faq.csv:2: error [csv] CSV parse error: record 1 (line 2, field: 1, byte: 16): invalid utf-8: invalid UTF-8 in field 1 near byte index 0
    "#]],
    );
    check_csv(
        b"question,answer\nq1,\"never closed\nq2,a2\n",
        expect![[r#"
        faq.csv:2 "q1"
          answer "never closed\nq2,a2"
        faq.csv:2: warning [csv] a quotation mark has no partner, so rows may be missing; double those within a field and quote the field
    "#]],
    );
}
