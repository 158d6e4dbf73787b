//! What is offered while a shopper types.

use zg_kb::Typed;

use crate::{bundle_of, date, markdown};

const SHOP: &str = "---\nlang: zh\n---\n## 怎么退货? {#return}\nvariants: 我要退货 | 退货流程\n\nx\n\n## 退货运费谁出? {#return-fee}\n\nx\n\n\
    ## 退款多久到账? {#refund}\n\nx\n\n## 什么时候发货? {#ship}\nvariants: 几天发货\n\nx\n\n## 重量是多少? {#weight}\nproduct: kettle\n\nx\n\n\
    ## 有几种颜色? {#colours}\nproduct: shirt\n\nx\n\n## 双十一优惠? {#sale}\nvalid_until: 2025-11-11\n\nx\n\n\
    ## How do I return an item? {#en-return}\nlang: en\n\nx\n\n## When will my order ship? {#en-ship}\nlang: en\n\nx\n";

fn offered(typed: &Typed<'_>) -> Vec<String> {
    let bundle = bundle_of(&markdown(SHOP).entries);
    bundle.suggest(typed, 3).into_iter().map(|entry| bundle.entry(entry).id.to_owned()).collect()
}

#[test]
fn the_beginning_of_a_question_is_enough() {
    for (text, lang, first) in [
        ("退货", "zh", "return-fee"),
        ("退货运", "zh", "return-fee"),
        ("怎么退", "zh", "return"),
        // By sound, by pinyin whole, cut short, by initials, and mixed.
        ("腿货", "zh", "return-fee"),
        ("tuikuan", "zh", "refund"),
        ("tuik", "zh", "refund"),
        ("tkdj", "zh", "refund"),
        ("thyf", "zh", "return-fee"),
        ("退kuan", "zh", "refund"),
        ("shenmeshih", "zh", "ship"),
        ("zhongl", "zh", "weight"),
        ("fahuo", "zh", "ship"),
        ("how do i ret", "en", "en-return"),
        ("when wi", "en", "en-ship"),
        ("my order shi", "en", "en-ship"),
        ("retrun item", "en", "en-return"),
    ] {
        let ids = offered(&Typed { text, lang: Some(lang), ..Typed::default() });
        assert_eq!(ids.first().map(String::as_str), Some(first), "{text}: {ids:?}");
    }
}

#[test]
fn nothing_typed_and_nothing_known_suggest_nothing() {
    for text in ["", "  ", "？！", "😀", "ω", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "\u{200b}\u{202e}"] {
        assert_eq!(offered(&Typed { text, lang: Some("zh"), ..Typed::default() }), [""; 0], "{text:?}");
    }
    let long = "zhshch".repeat(20_000);
    let _ = offered(&Typed { text: &long, ..Typed::default() });
}

#[test]
fn a_page_of_a_product_puts_its_entries_first_and_leaves_others_out() {
    let on = |product, text| offered(&Typed { text, lang: Some("zh"), product, ..Typed::default() });
    assert_eq!(on(Some("kettle"), "是多少").first().map(String::as_str), Some("weight"));
    assert!(!on(Some("kettle"), "颜色").contains(&"colours".to_owned()));
    assert!(on(None, "颜色").contains(&"colours".to_owned()));
}

#[test]
fn what_has_ended_is_not_offered() {
    let on = |day| offered(&Typed { text: "双十一", lang: Some("zh"), today: Some(date(day)), ..Typed::default() });
    assert_eq!(on("2025-11-01").first().map(String::as_str), Some("sale"));
    assert!(!on("2025-12-01").contains(&"sale".to_owned()));
}
