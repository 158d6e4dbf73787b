//! JSON lines of the command line.

use expect_test::expect;
use serde_json::json;
use zg_proto::QuickReply;
use zg_proto::cli::{
    ChannelMessage, ChatEvent, ChatLine, EffectLine, EntityLine, FindingLine, HitLine, HitsLine, Labelled, LineError,
    NluLine, OutcomeTag, PacketTag, QueryLine, RewriteLine, Scores, SearchLine, TaskLine, TasteLine, TextContent,
    TextLine, TurnLine, WhyLine, WhyTag, WhyTerm,
};
use zg_proto::port::Page;

use crate::message::answer;
use crate::{check, check_read};

fn labelled(label: &str, confidence: f64) -> Labelled {
    Labelled { label: label.into(), confidence }
}

fn scores(pairs: &[(&str, f64)]) -> Scores {
    let (label, confidence) = pairs[0];
    let scores = pairs.iter().map(|(label, score)| ((*label).to_owned(), *score)).collect();
    Scores { label: label.into(), confidence, scores }
}

#[test]
fn texts_come_in_with_ids_of_any_kind() {
    let line = |id| TextLine { id, text: "几天发货".into() };
    check(
        &[line(json!(1)), line(json!("a-1")), line(json!(null)), line(json!({"row": [1, 2]}))],
        expect![[r#"
        {"id":1,"text":"几天发货"}
        {"id":"a-1","text":"几天发货"}
        {"id":null,"text":"几天发货"}
        {"id":{"row":[1,2]},"text":"几天发货"}
    "#]],
    );
    check_read::<TextLine>(
        &[
            r#"{"text":"没有编号"}"#,
            r#"{"id":1,"text":"多一列","label":"x"}"#,
            r#"{"id":12345678901234567890,"text":"t"}"#,
            r#"{"id":1.50,"text":"t"}"#,
            r#"{"id":1}"#,
            r#"{"text":7}"#,
        ],
        expect![[r#"
            {"id":null,"text":"没有编号"}
            {"id":1,"text":"多一列"}
            {"id":12345678901234567890,"text":"t"}
            {"id":1.5,"text":"t"}
            refused: missing field `text` at line 1 column 8
            refused: invalid type: integer `7`, expected a string at line 1 column 9
        "#]],
    );
}

#[test]
fn searches_name_language_product_group_and_day() {
    let plain =
        SearchLine {
            id: json!(1), text: "几天发货".into(), lang: None, product: None, audience: None, today: None
        };
    let full = SearchLine {
        lang: Some("zh-CN".into()),
        product: Some("sku-7".into()),
        audience: Some("vip|new".into()),
        today: Some(zg_proto::cli::Day(zg_domain::Date::parse("2026-11-20").expect("a day"))),
        ..plain.clone()
    };
    check(
        &[plain, full],
        expect![[r#"
            {"id":1,"text":"几天发货"}
            {"id":1,"text":"几天发货","lang":"zh-CN","product":"sku-7","audience":"vip|new","today":"2026-11-20"}
        "#]],
    );
    check_read::<SearchLine>(
        &[
            r#"{"text":"没有编号","lang":null,"colour":"red"}"#,
            r#"{"text":"t","today":"2026-02-30"}"#,
            r#"{"text":"t","today":20261120}"#,
            r#"{"text":"t","audience":["vip"]}"#,
        ],
        expect![[r#"
            {"id":null,"text":"没有编号"}
            refused: "2026-02-30" is no day; write YYYY-MM-DD at line 1 column 33
            refused: invalid type: integer `20261120`, expected a string at line 1 column 28
            refused: invalid type: sequence, expected a string at line 1 column 23
        "#]],
    );
}

#[test]
fn reasons_of_a_hit_go_out() {
    let term = |term: &str, matched: &str, kind: &str, weight| WhyTerm {
        term: term.into(),
        matched: matched.into(),
        kind: kind.into(),
        weight,
    };
    let plain = WhyLine {
        form: "怎么退货?".into(),
        reading: "退货".into(),
        rewrites: Vec::new(),
        terms: vec![term("退", "退", "exact", 0.6), term("refnd", "refund", "typo", 0.28)],
        missing: Vec::new(),
    };
    let full = WhyLine {
        rewrites: vec![RewriteLine { start: 0, end: 6, read: "退".into(), kind: "typo".into() }],
        terms: Vec::new(),
        missing: vec!["快".into()],
        ..plain.clone()
    };
    check(
        &[plain, full],
        expect![[r#"
            {"form":"怎么退货?","reading":"退货","terms":[{"term":"退","matched":"退","kind":"exact","weight":0.6},{"term":"refnd","matched":"refund","kind":"typo","weight":0.28}]}
            {"form":"怎么退货?","reading":"退货","rewrites":[{"start":0,"end":6,"read":"退","kind":"typo"}],"terms":[],"missing":["快"]}
        "#]],
    );
}

#[test]
fn labelled_queries_come_in() {
    check_read::<QueryLine>(
        &[
            r#"{"id":1,"text":"几天发货","gold":["ship-when"]}"#,
            r#"{"text":"明天会下雨吗","gold":[],"note":"x"}"#,
            r#"{"text":"几天发货"}"#,
            r#"{"text":"几天发货","gold":"ship-when"}"#,
        ],
        expect![[r#"
            {"id":1,"text":"几天发货","gold":["ship-when"]}
            {"id":null,"text":"明天会下雨吗","gold":[]}
            refused: missing field `gold` at line 1 column 23
            refused: invalid type: string "ship-when", expected a sequence at line 1 column 41
        "#]],
    );
}

#[test]
fn understanding_goes_out() {
    check(
        &[NluLine {
            id: json!("a"),
            lang: "zh".into(),
            script: "Hans".into(),
            normalized: "订单 a1042 还没到".into(),
            rewrites: vec![RewriteLine { start: 13, end: 16, read: "还".into(), kind: "cantonese".into() }],
            intent: labelled("logistics_query", 0.93),
            intents: vec![labelled("logistics_query", 0.93), labelled("delivery_time", 0.04)],
            sentiment: scores(&[("negative", 0.6), ("neutral", 0.3), ("positive", 0.1)]),
            emotion: scores(&[("anxious", 0.7), ("neutral", 0.3)]),
            out_of_scope: 0.01,
            entities: vec![EntityLine { kind: "order_number".into(), value: "A1042".into(), start: 7, end: 12 }],
        }],
        expect![[r#"
            {"id":"a","lang":"zh","script":"Hans","normalized":"订单 a1042 还没到","rewrites":[{"start":13,"end":16,"read":"还","kind":"cantonese"}],"intent":{"label":"logistics_query","confidence":0.93},"intents":[{"label":"logistics_query","confidence":0.93},{"label":"delivery_time","confidence":0.04}],"sentiment":{"label":"negative","confidence":0.6,"scores":{"negative":0.6,"neutral":0.3,"positive":0.1}},"emotion":{"label":"anxious","confidence":0.7,"scores":{"anxious":0.7,"neutral":0.3}},"out_of_scope":0.01,"entities":[{"type":"order_number","value":"A1042","start":7,"end":12}]}
        "#]],
    );
}

#[test]
fn hits_findings_and_errors_go_out() {
    let hit = HitLine {
        entry: "ship-time".into(),
        score: 0.8125,
        source: "zh/shipping.md#ship-time".into(),
        verified: Some("2026-11-01".into()),
        valid_until: None,
        why: None,
    };
    check(
        &[HitsLine { id: json!(3), hits: vec![hit] }, HitsLine { id: json!(null), hits: Vec::new() }],
        expect![[r#"
        {"id":3,"hits":[{"entry":"ship-time","score":0.8125,"source":"zh/shipping.md#ship-time","verified":"2026-11-01","valid_until":null}]}
        {"id":null,"hits":[]}
    "#]],
    );
    check(
        &[FindingLine {
            file: "faq.csv".into(),
            line: 4,
            rule: "date".into(),
            severity: "error".into(),
            message: "verified is \"soon\"; write YYYY-MM-DD".into(),
            fix: "write the day".into(),
        }],
        expect![[r#"
            {"file":"faq.csv","line":4,"rule":"date","severity":"error","message":"verified is \"soon\"; write YYYY-MM-DD","fix":"write the day"}
        "#]],
    );
    check(
        &[LineError { line: 2, error: "expected value at line 1 column 1".into() }],
        expect![[r#"
        {"line":2,"error":"expected value at line 1 column 1"}
    "#]],
    );
}

#[test]
fn every_event_of_a_conversation() {
    let events = [
        ChatEvent::Utterance { text: "怎么退货".into() },
        ChatEvent::QuickReply { value: "ask:return-how".into() },
        ChatEvent::RequestHandoff,
        ChatEvent::EndHandoff,
        ChatEvent::Page { page: Page { kind: "cart".into(), id: None, title: None } },
        ChatEvent::Feedback { helpful: false },
        ChatEvent::ActionResult {
            id: "a1".into(),
            outcome: OutcomeTag::Ok { facts: [("eta".to_owned(), "2026-12-01".into())].into() },
        },
        ChatEvent::ActionResult { id: "a2".into(), outcome: OutcomeTag::Refused { reason: Some("已发货".into()) } },
        ChatEvent::ActionResult { id: "a3".into(), outcome: OutcomeTag::Timeout },
    ];
    check(
        &events.map(|event| ChatLine { at: -1, event }),
        expect![[r#"
            {"at":-1,"type":"utterance","text":"怎么退货"}
            {"at":-1,"type":"quick_reply","value":"ask:return-how"}
            {"at":-1,"type":"request_handoff"}
            {"at":-1,"type":"end_handoff"}
            {"at":-1,"type":"page","page":{"type":"cart"}}
            {"at":-1,"type":"feedback","helpful":false}
            {"at":-1,"type":"action_result","id":"a1","status":"ok","facts":{"eta":"2026-12-01"}}
            {"at":-1,"type":"action_result","id":"a2","status":"refused","reason":"已发货"}
            {"at":-1,"type":"action_result","id":"a3","status":"timeout"}
        "#]],
    );
    check_read::<ChatLine>(
        &[r#"{"type":"utterance","text":"没有时间"}"#, r#"{"at":1,"type":"sing"}"#, r#"{"at":1}"#],
        expect![[r#"
            refused: missing field `at` at line 1 column 42
            refused: unknown variant `sing`, expected one of `utterance`, `quick_reply`, `request_handoff`, `end_handoff`, `form`, `person_joined`, `person_left`, `page`, `feedback`, `action_result`, `recommended`, `clicked`, `ordered`, `forget` at line 1 column 22
            refused: missing field `type` at line 1 column 8
        "#]],
    );
}

pub fn packet() -> PacketTag {
    PacketTag {
        wants: "我要取消订单".into(),
        intent: "cancel_order".into(),
        facts: [("order".to_owned(), "2026112900017".to_owned())].into(),
        tried: vec!["cancel-how".into()],
        moods: vec!["neutral".into()],
        priority: true,
    }
}

#[test]
fn every_effect_of_a_turn() {
    let reply = |kind: &str, answer, quick_replies| EffectLine::Reply {
        kind: kind.into(),
        text: "好的".into(),
        lang: "zh-CN".into(),
        answer,
        quick_replies,
        cards: Vec::new(),
        why: WhyTag { rule: kind.into(), intent: Some(Labelled { label: "shipping_time".into(), confidence: 0.9 }) },
        rendered: vec![ChannelMessage::Text { text: TextContent { content: "好的".into() } }],
    };
    let packet = packet();
    let task = TaskLine {
        playbook: "cancel_order".into(),
        slots: packet.facts.clone(),
        waits: "slot".into(),
        waits_for: Some("cancel_reason".into()),
    };
    let button = QuickReply { label: "找人工客服".into(), value: "handoff".into() };
    check(
        &[TurnLine {
            at: 1,
            effects: vec![
                reply("answer", Some(answer()), Vec::new()),
                reply("clarify", None, vec![button]),
                EffectLine::Action { id: "a1".into(), action: "order_cancel".into(), arguments: packet.facts.clone() },
                EffectLine::RequestHandoff { reason: "shopper_asked".into(), packet: packet.clone() },
                EffectLine::EndHandoff,
                EffectLine::Recommend {
                    id: "l1".into(),
                    occasion: "chat".into(),
                    session: vec!["A1".into()],
                    hidden: Vec::new(),
                    dismissed: vec![("B2".into(), "brand".into())],
                    liked: Vec::new(),
                    price: Some((0, 20_000)),
                    k: 100,
                },
                EffectLine::Learn {
                    kind: "dismiss".into(),
                    item: "B2".into(),
                    request: Some("q-1".into()),
                    slot: Some(1),
                    reason: Some("brand".into()),
                },
            ],
            tastes: vec![TasteLine { kind: "brand".into(), value: "Northwind".into(), weight: 100 }],
            task: Some(task),
            told: packet.facts,
            handoff: "contained".into(),
        }],
        expect![[r#"
            {"at":1,"effects":[{"type":"reply","kind":"answer","text":"好的","lang":"zh-CN","entry":"ship-time","question":"什么时候发货?","source":"zh/shipping.md#ship-time","confidence":0.91,"verified":"2026-11-01","valid_until":"2026-12-31","why":{"rule":"answer","intent":{"label":"shipping_time","confidence":0.9}},"rendered":[{"msgtype":"text","text":{"content":"好的"}}]},{"type":"reply","kind":"clarify","text":"好的","lang":"zh-CN","quick_replies":[{"label":"找人工客服","value":"handoff"}],"why":{"rule":"clarify","intent":{"label":"shipping_time","confidence":0.9}},"rendered":[{"msgtype":"text","text":{"content":"好的"}}]},{"type":"action","id":"a1","action":"order_cancel","arguments":{"order":"2026112900017"}},{"type":"request_handoff","reason":"shopper_asked","packet":{"wants":"我要取消订单","intent":"cancel_order","facts":{"order":"2026112900017"},"tried":["cancel-how"],"moods":["neutral"],"priority":true}},{"type":"end_handoff"},{"type":"recommend","id":"l1","occasion":"chat","session":["A1"],"dismissed":[["B2","brand"]],"price":[0,20000],"k":100},{"type":"learn","kind":"dismiss","item":"B2","request":"q-1","slot":1,"reason":"brand"}],"task":{"playbook":"cancel_order","slots":{"order":"2026112900017"},"waits":"slot","waits_for":"cancel_reason"},"told":{"order":"2026112900017"},"tastes":[{"kind":"brand","value":"Northwind","weight":100}],"handoff":"contained"}
        "#]],
    );
}
