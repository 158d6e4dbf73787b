//! What a careful reader would say of the sources.

use expect_test::{Expect, expect};
use zg_kb::build::{Context, lint};

use crate::{date, markdown, render_findings};

#[track_caller]
fn check(text: &str, expect: Expect) {
    expect.assert_eq(&render_findings(&lint(&markdown(text).entries, &Context::on(date("2026-11-22")))));
}

#[test]
fn the_same_question_twice_is_found_whatever_its_spelling() {
    check(
        "---\nlang: zh\n---\n## 怎么退货? {#a}\nvariants: 想退掉\n\n甲。\n\n## 怎麼退貨？ {#b}\n\n乙。\n\n\
         ## 退款多久? {#c}\nvariants:  想退掉 | 退款多久?\n\n丙。\n",
        expect![[r#"
            faq.md:9: warning [duplicate] "怎麼退貨？" is also asked at faq.md:4; a shopper gets one of the two answers
            faq.md:13: warning [answer-missing-point] the question asks for a number and the answer has none
            faq.md:13: warning [duplicate] "想退掉" is also asked at faq.md:4; a shopper gets one of the two answers
        "#]],
    );
}

#[test]
fn the_same_words_in_two_languages_are_no_duplicate() {
    check("## OK? {#a}\nlang: en\n\na.\n\n## OK? {#b}\nlang: zh\n\nb.\n", expect![[""]]);
}

#[test]
fn what_is_past_empty_or_cannot_be_found() {
    check(
        "## 昨天为止 {#a}\nvalid_until: 2026-11-21\n\n甲。\n\n## 今天为止 {#b}\nvalid_until: 2026-11-22\n\n乙。\n\n\
         ## 没有答案 {#c}\n\n## {#d}\n\n丁。\n\n## ……？！ {#e}\n\n戊。\n",
        expect![[r#"
            faq.md:1: warning [expired] valid until 2026-11-21, which is past: it is never shown
            faq.md:11: error [empty-answer] the answer is empty
            faq.md:13: error [empty-question] the question is empty
            faq.md:17: warning [unsearchable] "……？！" has no character or word to find it by
        "#]],
    );
}
