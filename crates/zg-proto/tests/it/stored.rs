//! Records of the device's own database: yesterday's must be readable today.

use expect_test::expect;
use zg_proto::HandoffTag;
use zg_proto::cli::StateRecord;
use zg_proto::stored::{OutboxEntry, OutboxRequest, Session};

use crate::message::plain;
use crate::{check, check_read};

fn session() -> Session {
    Session { id: "c-1".into(), secret: "s3cret".into(), opened: true, epoch: Some("e1".into()), seq: 7 }
}

#[test]
fn every_request_of_the_outbox() {
    let entry = |request| OutboxEntry { order: 2.0, refused: None, request };
    check(
        &[
            entry(OutboxRequest::Message { message: plain() }),
            entry(OutboxRequest::Image { message: plain(), data: "/9j/".into() }),
            entry(OutboxRequest::RequestHandoff { reason: Some("emotion".into()), packet: Some("{}".into()) }),
            entry(OutboxRequest::RequestHandoff { reason: None, packet: None }),
            entry(OutboxRequest::EndHandoff),
            entry(OutboxRequest::Erase { session: session() }),
            OutboxEntry {
                refused: Some("message_too_long".into()),
                ..entry(OutboxRequest::Message { message: plain() })
            },
        ],
        expect![[r#"
            {"order":2.0,"request":"message","message":{"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"}}
            {"order":2.0,"request":"image","message":{"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"},"data":"/9j/"}
            {"order":2.0,"request":"request_handoff","reason":"emotion","packet":"{}"}
            {"order":2.0,"request":"request_handoff"}
            {"order":2.0,"request":"end_handoff"}
            {"order":2.0,"request":"erase","session":{"id":"c-1","secret":"s3cret","opened":true,"epoch":"e1","seq":7}}
            {"order":2.0,"refused":"message_too_long","request":"message","message":{"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"}}
        "#]],
    );
}

#[test]
fn sessions_and_the_dialogues_state() {
    check(
        &[session(), Session { opened: false, epoch: None, seq: 0, ..session() }],
        expect![[r#"
        {"id":"c-1","secret":"s3cret","opened":true,"epoch":"e1","seq":7}
        {"id":"c-1","secret":"s3cret","opened":false,"seq":0}
    "#]],
    );
    let state = StateRecord {
        turns: 5,
        misses: 1,
        handoff: HandoffTag::Queued,
        handoff_since: Some(1_763_800_000_000),
        operator: None,
        lang: Some("zh-TW".into()),
        last_entry: Some("ship-time".into()),
        last_entry_repeats: 1,
        previous: Some(("answer".into(), "shipping_time".into())),
        memory: "actions\u{1f}2\n".into(),
    };
    check(
        &[state, StateRecord::default()],
        expect![[r#"
            {"turns":5,"misses":1,"handoff":"queued","handoff_since":1763800000000,"operator":null,"lang":"zh-TW","last_entry":"ship-time","last_entry_repeats":1,"previous":["answer","shipping_time"],"memory":"actions\u001f2\n"}
            {"turns":0,"misses":0,"handoff":"new","handoff_since":null,"operator":null,"lang":null,"last_entry":null,"last_entry_repeats":0,"previous":null}
        "#]],
    );
}

#[test]
fn records_with_fewer_or_more_fields_are_read() {
    check_read::<Session>(
        &[r#"{"id":"c","secret":"s"}"#, r#"{"id":"c","secret":"s","seq":1,"later":true}"#],
        expect![[r#"
        {"id":"c","secret":"s","opened":false,"seq":0}
        {"id":"c","secret":"s","opened":false,"seq":1}
    "#]],
    );
    check_read::<StateRecord>(
        &[r#"{"turns":1,"misses":0,"handoff":"new"}"#, r#"{"turns":1,"misses":0,"handoff":"new","later":[]}"#, "{}"],
        expect![[r#"
            {"turns":1,"misses":0,"handoff":"new","handoff_since":null,"operator":null,"lang":null,"last_entry":null,"last_entry_repeats":0,"previous":null}
            {"turns":1,"misses":0,"handoff":"new","handoff_since":null,"operator":null,"lang":null,"last_entry":null,"last_entry_repeats":0,"previous":null}
            refused: missing field `turns` at line 1 column 2
        "#]],
    );
    check_read::<OutboxEntry>(
        &[r#"{"order":1,"request":"end_handoff","later":1}"#, r#"{"order":1,"request":"fly"}"#],
        expect![[r#"
            {"order":1.0,"request":"end_handoff"}
            refused: unknown variant `fly`, expected one of `message`, `image`, `request_handoff`, `end_handoff`, `erase` at line 1 column 26
        "#]],
    );
}
