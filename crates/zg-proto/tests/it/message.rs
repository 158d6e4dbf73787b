//! Messages, as the port, the device and the server hold them.

use expect_test::expect;
use zg_domain::{Author, Handoff, OperatorId, Timestamp};
use zg_proto::{Answer, AuthorTag, Body, HandoffTag, Message, QuickReply};

use crate::{check, check_read};

pub fn plain() -> Message {
    Message {
        id: "m-1".into(),
        author: AuthorTag::Shopper,
        at: 1_763_800_000_000,
        text: "几天发货?\n\"急\"".into(),
        lang: None,
        body: Body::Text,
        quick_replies: Vec::new(),
        cards: Vec::new(),
    }
}

pub fn answer() -> Answer {
    Answer {
        entry: "ship-time".into(),
        question: "什么时候发货?".into(),
        source: "zh/shipping.md#ship-time".into(),
        confidence: 0.91,
        verified: Some("2026-11-01".into()),
        valid_until: Some("2026-12-31".into()),
    }
}

fn said(body: Body, quick_replies: Vec<QuickReply>) -> Message {
    Message {
        id: "m-2".into(),
        author: AuthorTag::Assistant,
        lang: Some("zh-CN".into()),
        body,
        quick_replies,
        ..plain()
    }
}

#[test]
fn every_body_of_a_message() {
    let button = QuickReply { label: "找人工客服".into(), value: "handoff".into() };
    check(
        &[
            plain(),
            said(Body::Answer(answer()), Vec::new()),
            said(Body::Answer(Answer { verified: None, valid_until: None, ..answer() }), Vec::new()),
            said(
                Body::Clarify,
                vec![QuickReply { label: "怎么退货?".into(), value: "ask:return-how".into() }, button.clone()],
            ),
            said(Body::Fallback, vec![button]),
            Message { author: AuthorTag::System, ..said(Body::Event { name: "operator_joined".into() }, Vec::new()) },
            Message { author: AuthorTag::Operator, ..said(Body::Text, Vec::new()) },
        ],
        expect![[r#"
            {"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"}
            {"id":"m-2","author":"assistant","at":1763800000000,"text":"几天发货?\n\"急\"","lang":"zh-CN","kind":"answer","entry":"ship-time","question":"什么时候发货?","source":"zh/shipping.md#ship-time","confidence":0.91,"verified":"2026-11-01","valid_until":"2026-12-31"}
            {"id":"m-2","author":"assistant","at":1763800000000,"text":"几天发货?\n\"急\"","lang":"zh-CN","kind":"answer","entry":"ship-time","question":"什么时候发货?","source":"zh/shipping.md#ship-time","confidence":0.91}
            {"id":"m-2","author":"assistant","at":1763800000000,"text":"几天发货?\n\"急\"","lang":"zh-CN","kind":"clarify","quick_replies":[{"label":"怎么退货?","value":"ask:return-how"},{"label":"找人工客服","value":"handoff"}]}
            {"id":"m-2","author":"assistant","at":1763800000000,"text":"几天发货?\n\"急\"","lang":"zh-CN","kind":"fallback","quick_replies":[{"label":"找人工客服","value":"handoff"}]}
            {"id":"m-2","author":"system","at":1763800000000,"text":"几天发货?\n\"急\"","lang":"zh-CN","kind":"event","name":"operator_joined"}
            {"id":"m-2","author":"operator","at":1763800000000,"text":"几天发货?\n\"急\"","lang":"zh-CN","kind":"text"}
        "#]],
    );
}

#[test]
fn a_newer_side_may_add_fields_but_not_kinds() {
    check_read::<Message>(
        &[
            r#"{"id":"a","author":"shopper","at":1,"text":"t","kind":"text","new":{"x":1}}"#,
            r#"{"id":"a","author":"shopper","at":1,"text":"t","kind":"hologram"}"#,
            r#"{"id":"a","author":"robot","at":1,"text":"t","kind":"text"}"#,
            r#"{"id":"a","author":"shopper","at":"1","text":"t","kind":"text"}"#,
            r#"{"id":"a","author":"shopper","at":1,"kind":"text"}"#,
            r#"{"id":"a","author":"shopper","at":1,"text":"t"}"#,
            r#"{"id":"a","author":"shopper","at":1,"text":"t","kind":"answer","entry":"e"}"#,
            "",
            "[]",
        ],
        expect![[r#"
            {"id":"a","author":"shopper","at":1,"text":"t","kind":"text"}
            refused: unknown variant `hologram`, expected one of `text`, `answer`, `clarify`, `fallback`, `image`, `event` at line 1 column 64
            refused: unknown variant `robot`, expected one of `shopper`, `assistant`, `operator`, `system` at line 1 column 26
            refused: invalid type: string "1", expected i64 at line 1 column 37
            refused: missing field `text` at line 1 column 50
            refused: missing field `kind` at line 1 column 47
            refused: missing field `question` at line 1 column 75
            refused: EOF while parsing a value at line 1 column 0
            refused: invalid type: sequence, expected an object at line 1 column 0
        "#]],
    );
}

#[test]
fn tags_are_the_words_that_are_written() {
    let authors = [Author::Shopper, Author::Assistant, Author::Operator, Author::System].map(AuthorTag::from);
    check(
        &authors,
        expect![[r#"
        "shopper"
        "assistant"
        "operator"
        "system"
    "#]],
    );
    for tag in authors {
        assert_eq!(AuthorTag::from_name(tag.name()), Some(tag));
    }
    assert_eq!(AuthorTag::from_name("robot"), None);
    let operator = OperatorId::new("op-1").expect("well-formed");
    let states = [
        Handoff::New,
        Handoff::Contained,
        Handoff::Queued { since: Timestamp::from_millis(1) },
        Handoff::Assigned { operator },
        Handoff::Ended,
    ];
    check(
        &states.each_ref().map(HandoffTag::from),
        expect![[r#"
        "new"
        "contained"
        "queued"
        "assigned"
        "ended"
    "#]],
    );
    for state in &states {
        let tag = HandoffTag::from(state);
        assert_eq!(tag.with_people(), state.with_people());
        assert_eq!(zg_proto::to_json(&tag), format!("\"{}\"", state.name()));
    }
}
