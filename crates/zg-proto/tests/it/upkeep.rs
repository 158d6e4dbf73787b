//! Signals and the list they become.

use expect_test::expect;
use serde_json::json;
use zg_domain::Timestamp;
use zg_proto::upkeep::{At, By, ReasonLine, ReviewLine, SignalKind, SignalLine};

use crate::{check, check_read};

#[test]
fn every_signal() {
    let line = |signal| SignalLine { signal, at: None, by: None };
    let entry = || "return-how".to_owned();
    let dated = SignalLine {
        at: Some(At(Timestamp::from_millis(1_795_305_600_000))),
        by: Some(By("c-7".into())),
        ..line(SignalKind::Feedback { entry: entry(), helpful: false })
    };
    check(
        &[
            dated,
            line(SignalKind::Miss { text: "能自提吗".into(), lang: Some("zh-CN".into()) }),
            line(SignalKind::Answered { entry: entry() }),
            line(SignalKind::Handoff { entry: Some(entry()), text: None }),
            line(SignalKind::CatalogChange {
                product: By("sku-7".into()),
                field: "price".into(),
                old: json!(129),
                new: json!("139.00 CNY"),
            }),
        ],
        expect![[r#"
            {"type":"feedback","entry":"return-how","helpful":false,"at":1795305600000,"by":"c-7"}
            {"type":"miss","text":"能自提吗","lang":"zh-CN"}
            {"type":"answered","entry":"return-how"}
            {"type":"handoff","entry":"return-how"}
            {"type":"catalog_change","product":"sku-7","field":"price","old":129,"new":"139.00 CNY"}
        "#]],
    );
    check_read::<SignalLine>(
        &[
            r#"{"type":"answered","entry":"a","at":"2026-11-20","by":7,"page":"/x"}"#,
            r#"{"type":"answered","entry":"a","at":"2026-11-20T08:00:00+08:00"}"#,
            r#"{"type":"answered","entry":"a","at":"yesterday"}"#,
            r#"{"type":"answered","entry":"a","at":-1}"#,
            r#"{"type":"answered","entry":"a","at":1795305600000000000}"#,
            r#"{"type":"answered","entry":"a","by":["x"]}"#,
            r#"{"type":"answered"}"#,
            r#"{"type":"dance","entry":"a"}"#,
            r#"{"entry":"a"}"#,
            r#"{"type":"feedback","entry":"a","helpful":"no"}"#,
            r#"[]"#,
        ],
        expect![[r#"
            {"type":"answered","entry":"a","at":1795132800000,"by":"7"}
            {"type":"answered","entry":"a","at":1795132800000}
            refused: `at` is milliseconds since 1970 or a day, YYYY-MM-DD, before the year 10000 at line 1 column 48
            refused: `at` is milliseconds since 1970 or a day, YYYY-MM-DD, before the year 10000 at line 1 column 39
            refused: `at` is milliseconds since 1970 or a day, YYYY-MM-DD, before the year 10000 at line 1 column 56
            refused: a name is a string or a number at line 1 column 42
            refused: missing field `entry` at line 1 column 19
            refused: unknown variant `dance`, expected one of `feedback`, `miss`, `answered`, `handoff`, `catalog_change` at line 1 column 28
            refused: missing field `type` at line 1 column 13
            refused: invalid type: string "no", expected a boolean at line 1 column 46
            refused: invalid type: sequence, expected struct SignalLine at line 1 column 0
        "#]],
    );
}

#[test]
fn rows_go_out() {
    let reason = |kind: &str, n| ReasonLine { kind: kind.into(), detail: "why".into(), n };
    let entry = ReviewLine {
        rank: 1,
        entry: Some("return-how".into()),
        score: 3.25,
        reasons: vec![reason("unhelpful", 7), reason("stale", 0)],
        question: "怎么退货?".into(),
        examples: Vec::new(),
        source: Some("zh.md#return-how".into()),
        file: Some("zh.md".into()),
        line: Some(6),
        suggestion: "rewrite the answer".into(),
    };
    let question = ReviewLine {
        rank: 2,
        entry: None,
        reasons: vec![reason("miss", 30)],
        examples: vec!["能自提吗".into()],
        source: None,
        file: None,
        line: None,
        ..entry.clone()
    };
    check(
        &[entry, question],
        expect![[r#"
            {"rank":1,"entry":"return-how","score":3.25,"reasons":[{"kind":"unhelpful","detail":"why","n":7},{"kind":"stale","detail":"why","n":0}],"question":"怎么退货?","source":"zh.md#return-how","file":"zh.md","line":6,"suggestion":"rewrite the answer"}
            {"rank":2,"entry":null,"score":3.25,"reasons":[{"kind":"miss","detail":"why","n":30}],"question":"怎么退货?","examples":["能自提吗"],"source":null,"file":null,"suggestion":"rewrite the answer"}
        "#]],
    );
}
