//! An utterance goes in, entries come out.

use expect_test::expect;
use zg_kb::{Bundle, Query};

use crate::{bundle_of, date, markdown};

const SOURCE: &str = "\
## 怎么退货? {#return-how}
lang: zh
variants: 退货流程 | 想退掉怎么操作

打开订单页申请。

## 退货运费谁出? {#return-postage}
lang: zh

质量问题我们出。

## 双十一什么时候发货? {#festival-shipping}
lang: zh
valid_until: 2026-11-20

五天内。

## 几天发货? {#ship-time}
lang: zh-CN

48 小时内。

## How do I get a refund? {#refund-en}
lang: en
variants: money back | refund status

In your orders.

## When does my parcel arrive? {#delivery-en}
lang: en

In three days.

## Wifi {#wifi}
lang: zh

店里有。
";

fn bundle() -> Bundle {
    bundle_of(&markdown(SOURCE).entries)
}

fn ids(bundle: &Bundle, query: &Query<'_>, k: usize) -> String {
    bundle.search(query, k).into_iter().map(|hit| format!("{}\n", bundle.entry(hit.entry).id)).collect()
}

/// The best entry; scores move whenever the weights are chosen anew.
#[track_caller]
fn check(text: &str, best: &str) {
    let bundle = bundle();
    let hits = bundle.search(&Query { text, ..Query::default() }, 1);
    let found = hits.first().map_or("", |hit| bundle.entry(hit.entry).id);
    assert_eq!(found, best, "{text:?}");
}

#[test]
fn a_question_is_found_by_its_own_words_its_variants_and_other_scripts() {
    for text in ["怎么退货?", "退货流程", "怎麼退貨", "退\u{200b}货\u{202e}流程", "ＨＯＷ 怎么退货"]
    {
        check(text, "return-how");
    }
    check("我想把东西退掉,运费谁来出呀", "return-postage");
}

#[test]
fn an_utterance_that_is_a_way_to_ask_finds_its_entry() {
    let bundle = bundle();
    for (entry, _) in bundle.entries() {
        for form in bundle.forms(entry) {
            let best = bundle.search(&Query { text: form, ..Query::default() }, 1)[0];
            assert!(best.entry == entry && best.score > 0.6, "{form}: {best:?}");
        }
    }
}

#[test]
fn the_answer_belongs_to_the_hit() {
    let bundle = bundle();
    let hits = bundle.search(&Query { text: "退货运费谁出", ..Query::default() }, 1);
    assert_eq!(bundle.answer(hits[0].entry).as_deref(), Ok("质量问题我们出。"));
    assert_eq!(bundle.forms(hits[0].entry).next(), Some("退货运费谁出?"));
}

#[test]
fn an_english_word_with_one_wrong_letter_is_found() {
    for text in ["refund status", "refnd status", "refxnd status", "refuund status", "refnd"] {
        check(text, "refund-en");
    }
    check("parcl ariive", "delivery-en");
    // Two edits, and a word too short to guess at.
    check("rexxnd", "");
    check("wif", "");
}

#[test]
fn entries_of_another_language_count_only_where_none_of_this_one_matches() {
    let bundle = bundle();
    let found = |text, lang| ids(&bundle, &Query { text, lang: Some(lang), ..Query::default() }, 10);
    expect![[r#"
        ship-time
        festival-shipping
        return-how
        return-postage
    "#]]
    .assert_eq(&found("几天发货 refund", "zh"));
    expect![[r#"
        refund-en
    "#]]
    .assert_eq(&found("几天发货 refund", "en"));
    // Nothing English speaks of this, so the Chinese entry is better than nothing.
    expect![[r#"
        wifi
    "#]]
    .assert_eq(&found("wifi", "en"));
    expect![[r#"
        wifi
    "#]]
    .assert_eq(&found("wifi", "fr"));
}

#[test]
fn an_entry_holds_through_its_last_day() {
    let bundle = bundle();
    let best = |day: Option<&str>| {
        let hits = bundle.search(&Query { text: "双十一几天发货", today: day.map(date), ..Query::default() }, 1);
        hits.first().map(|hit| bundle.entry(hit.entry).id.to_owned())
    };
    assert_eq!(best(None).as_deref(), Some("festival-shipping"));
    assert_eq!(best(Some("2026-11-20")).as_deref(), Some("festival-shipping"));
    assert_eq!(best(Some("2026-11-21")).as_deref(), Some("ship-time"));
}

#[test]
fn what_nothing_speaks_of_finds_nothing() {
    for text in ["", "   ", "😀😀", "……?!", "Ω", "\u{200b}\u{feff}"] {
        check(text, "");
    }
    assert_eq!(bundle().search(&Query { text: "怎么退货", ..Query::default() }, 0), []);
}

#[test]
fn scores_stay_in_bounds_and_order_whatever_is_asked() {
    let bundle = bundle();
    let long = "退货怎么退 refund ".repeat(10_000);
    let crowd = "退".repeat(100_000);
    for text in [SOURCE, &long, &crowd, "怎么退货?怎么退货?怎么退货?", "refund refund refund"] {
        let query = Query { text, ..Query::default() };
        let hits = bundle.search(&query, 10);
        assert!(hits.iter().all(|hit| (0.0..=1.0).contains(&hit.score)), "{hits:?}");
        assert!(hits.is_sorted_by(|a, b| a.score >= b.score), "{hits:?}");
        assert_eq!(bundle.search(&query, 10), hits);
    }
}

const FILTERED: &str = "\
---
lang: zh
---
## 可以退货吗? {#general}

七天内可以。

## 这款可以退货吗? {#scarf}
product: scarf-1

开封不退。

## 可以退货吗 {#coat}
product: coat-1

可以。

## 可以退货多久内? {#vip}
audience: VIP | ｐｌｕｓ

三十天内可以。
";

#[test]
fn products_and_groups_of_shoppers_are_kept_apart() {
    let bundle = bundle_of(&markdown(FILTERED).entries);
    let found =
        |product, audience| ids(&bundle, &Query { text: "可以退货吗", product, audience, ..Query::default() }, 10);
    // Nobody in particular, nowhere in particular: entries of every product, and of no group.
    assert_eq!(found(None, ""), "general\ncoat\nscarf\n");
    assert_eq!(found(Some("coat-1"), ""), "coat\ngeneral\n");
    // Not the best by more than a little: the general answer stays in front.
    assert_eq!(found(Some("scarf-1"), ""), "general\nscarf\n");
    assert_eq!(found(Some("nothing-7"), ""), "general\n");
    assert_eq!(found(Some(""), ""), "general\ncoat\nscarf\n");
    for of_group in ["vip", "VIP", "new|plus", "new ｜ ＶＩＰ"] {
        assert_eq!(found(Some("nothing-7"), of_group), "general\nvip\n", "{of_group}");
    }
    for not_of_group in ["new", "vi", "vip2", "|", "*"] {
        assert_eq!(found(Some("nothing-7"), not_of_group), "general\n", "{not_of_group}");
    }
    let vip = bundle.find("vip").map(|vip| bundle.entry(vip).audience);
    assert_eq!(vip, Some("vip|plus"));
}
