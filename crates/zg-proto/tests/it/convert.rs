//! Between the dialogue's own types and their serialized forms.

use expect_test::expect;
use zg_domain::{
    Act, AnswerSource, Button, Confidence, Date, DialogueEvent, DialogueState, Dislike, Effect, Emotion, FeedbackKind,
    Handoff, HandoffReason, Intent, ItemFeedback, LookedAt, Occasion, OperatorId, Packet, Previous, Reply, ReplyKind,
    Shopping, Task, Taste, TasteKind, Timestamp, Told, Waiting, Waits, Wanted, Why,
};
use zg_proto::cli::{ChatEvent, EffectLine, StateRecord};
use zg_proto::port::Page;
use zg_proto::{HandoffTag, Message};

use crate::check;

fn replies() -> Vec<Reply> {
    let source = AnswerSource {
        entry: "ship-time".into(),
        question: "什么时候发货?".into(),
        source: "zh.md#ship-time".into(),
        confidence: Confidence::saturating(0.8765),
        verified: Date::parse("2026-11-01"),
        valid_until: None,
    };
    let kinds = [
        ReplyKind::Text,
        ReplyKind::Answer(source),
        ReplyKind::Clarify,
        ReplyKind::Fallback,
        ReplyKind::Event("ended"),
    ];
    let button = Button { label: "都不是".into(), value: "rephrase".into() };
    kinds
        .map(|kind| Reply {
            kind,
            text: "好的".into(),
            lang: "zh-CN".into(),
            buttons: vec![button.clone()],
            cards: Vec::new(),
            why: Why { rule: "answer", intent: None },
        })
        .into()
}

#[test]
fn every_reply_becomes_a_message() {
    let messages: Vec<Message> = replies()
        .into_iter()
        .map(|reply| Message::from_reply(reply, "m-1".into(), Timestamp::from_millis(5)))
        .collect();
    check(
        &messages,
        expect![[r#"
        {"id":"m-1","author":"assistant","at":5,"text":"好的","lang":"zh-CN","kind":"text","quick_replies":[{"label":"都不是","value":"rephrase"}]}
        {"id":"m-1","author":"assistant","at":5,"text":"好的","lang":"zh-CN","kind":"answer","entry":"ship-time","question":"什么时候发货?","source":"zh.md#ship-time","confidence":0.88,"verified":"2026-11-01","quick_replies":[{"label":"都不是","value":"rephrase"}]}
        {"id":"m-1","author":"assistant","at":5,"text":"好的","lang":"zh-CN","kind":"clarify","quick_replies":[{"label":"都不是","value":"rephrase"}]}
        {"id":"m-1","author":"assistant","at":5,"text":"好的","lang":"zh-CN","kind":"fallback","quick_replies":[{"label":"都不是","value":"rephrase"}]}
        {"id":"m-1","author":"system","at":5,"text":"好的","lang":"zh-CN","kind":"event","name":"ended","quick_replies":[{"label":"都不是","value":"rephrase"}]}
    "#]],
    );
}

#[test]
fn every_effect_becomes_a_line() {
    let mut effects: Vec<Effect> = replies().into_iter().map(Effect::Say).collect();
    effects.extend([
        Effect::RequestHandoff { reason: HandoffReason::Asked, packet: Packet::default() },
        Effect::EndHandoff,
    ]);
    let lines: Vec<EffectLine> = effects.into_iter().map(EffectLine::from).collect();
    check(
        &lines,
        expect![[r#"
            {"type":"reply","kind":"text","text":"好的","lang":"zh-CN","quick_replies":[{"label":"都不是","value":"rephrase"}],"why":{"rule":"answer"}}
            {"type":"reply","kind":"answer","text":"好的","lang":"zh-CN","entry":"ship-time","question":"什么时候发货?","source":"zh.md#ship-time","confidence":0.88,"verified":"2026-11-01","quick_replies":[{"label":"都不是","value":"rephrase"}],"why":{"rule":"answer"}}
            {"type":"reply","kind":"clarify","text":"好的","lang":"zh-CN","quick_replies":[{"label":"都不是","value":"rephrase"}],"why":{"rule":"answer"}}
            {"type":"reply","kind":"fallback","text":"好的","lang":"zh-CN","quick_replies":[{"label":"都不是","value":"rephrase"}],"why":{"rule":"answer"}}
            {"type":"reply","kind":"event","text":"好的","lang":"zh-CN","quick_replies":[{"label":"都不是","value":"rephrase"}],"why":{"rule":"answer"}}
            {"type":"request_handoff","reason":"shopper_asked","packet":{"wants":"","intent":"","facts":{},"tried":[],"moods":[],"priority":false}}
            {"type":"end_handoff"}
        "#]],
    );
}

#[test]
fn every_event_is_one_of_the_dialogue() {
    let page = ChatEvent::Page { page: Page { kind: "order".into(), id: Some("1".into()), title: None } };
    let looked_at = LookedAt { kind: "order".into(), id: "1".into(), title: String::new() };
    assert_eq!(page.into_dialogue(), DialogueEvent::Page(looked_at));
    assert_eq!(ChatEvent::RequestHandoff.into_dialogue(), DialogueEvent::RequestHandoff);
    assert_eq!(ChatEvent::EndHandoff.into_dialogue(), DialogueEvent::EndHandoff);
    let helpful = true;
    assert_eq!(ChatEvent::Feedback { helpful }.into_dialogue(), DialogueEvent::Feedback { helpful });
    let value = "rephrase".to_owned();
    assert_eq!(ChatEvent::QuickReply { value: value.clone() }.into_dialogue(), DialogueEvent::QuickReply { value });
}

fn task(waits: Waits) -> Task {
    let facts = vec![("order".to_owned(), "2026112900017".to_owned())];
    Task {
        playbook: "cancel_order".into(),
        step: 2,
        waits,
        confirmed: false,
        asked: 1,
        words: "我要取消订单".into(),
        facts,
    }
}

#[test]
fn the_dialogues_state_is_stored_whole() {
    let operator = OperatorId::new("op-1").expect("well-formed");
    let handoffs = [
        Handoff::New,
        Handoff::Contained,
        Handoff::Queued { since: Timestamp::from_millis(7) },
        Handoff::Assigned { operator },
        Handoff::Ended,
    ];
    for handoff in handoffs {
        let state = DialogueState {
            turns: 9,
            misses: 2,
            handoff,
            lang: Some("en".into()),
            last_entry: Some("ship-time".into()),
            repeats: 3,
            previous: Some(Previous { act: Act::Answer, intent: Intent("shipping_time".into()) }),
            task: Some(task(Waits::Confirmation(8))),
            paused: vec![task(Waits::Slot("order".into())), task(Waits::Action("a1".into())), task(Waits::Nothing)],
            told: vec![Told { slot: "order".into(), value: "2026112900017".into(), turn: 3 }],
            later: vec!["发票怎么开".into()],
            offered: vec![Button { label: "退货".into(), value: "ask:return-how".into() }],
            page: Some(LookedAt { kind: "order".into(), id: "1".into(), title: String::new() }),
            moods: Emotion::ALL.into(),
            packet: Some(Packet {
                wants: "我要取消订单".into(),
                facts: vec![("order".into(), "1".into())],
                tried: vec!["cancel-how".into()],
                priority: true,
                ..Packet::default()
            }),
            held: Some(HandoffReason::Emotion),
            complained: true,
            invited: true,
            done: Some(("order_status 1".into(), 1)),
            topic: Some("退货运费谁出".into()),
            known: vec![("status_text".into(), "已发货".into())],
            n_actions: 1,
            acting_since: Some(Timestamp::from_millis(8)),
            last_turn: Some(Timestamp::from_millis(9)),
            shopping: Shopping {
                looked: vec!["A1".into(), "长靴".into()],
                shown: vec!["B2".into()],
                request: "q-1".into(),
                earlier: vec!["C3".into(), "D4".into()],
                dismissed: Dislike::ALL.map(|why| ("E5".into(), why)).into(),
                liked: vec!["F6".into()],
                bought: vec!["G7".into()],
                fresh: "G7".into(),
                wishes: "防水的".into(),
                like: "H8".into(),
                waits: Some(Waiting {
                    id: "l3".into(),
                    occasion: Occasion::OutOfStock,
                    about: "H8".into(),
                    since: Timestamp::from_millis(4),
                }),
                n_lists: 3,
                unasked: vec![Timestamp::from_millis(5)],
                tastes: TasteKind::ALL.map(|kind| Taste { kind, value: "男鞋 › 靴".into(), weight: 250 }).into(),
                owed: vec!["I9".into()],
            },
        };
        let stored = zg_proto::to_json(&StateRecord::from(&state));
        let record: StateRecord = zg_proto::from_json(&stored).expect("what was written can be read");
        assert_eq!(DialogueState::from(record), state, "{stored}");
    }
}

#[test]
fn a_state_that_contradicts_itself_goes_back_to_the_assistant() {
    let record = |handoff, handoff_since, operator: Option<&str>| StateRecord {
        handoff,
        handoff_since,
        operator: operator.map(str::to_owned),
        ..StateRecord::default()
    };
    for record in [
        record(HandoffTag::Queued, None, None),
        record(HandoffTag::Assigned, Some(1), None),
        record(HandoffTag::Assigned, None, Some("not an id")),
    ] {
        assert_eq!(DialogueState::from(record).handoff, Handoff::Contained);
    }
}

#[test]
fn what_the_device_writes_by_hand_is_what_the_server_reads() {
    let packet = Packet {
        wants: "\"取消\"\\\n订单".into(),
        intent: "cancel_order".into(),
        facts: vec![("order".into(), "1\u{1f}".into()), ("eta".into(), "明天".into())],
        tried: vec!["a".into(), "b".into()],
        moods: vec![Emotion::Neutral, Emotion::Angry],
        priority: true,
    };
    for packet in [packet, Packet::default()] {
        let read: zg_proto::cli::PacketTag = zg_proto::from_json(&zg_proto::packet_json(&packet)).expect("it is JSON");
        assert_eq!(read, packet.clone().into());
        let body = zg_proto::handoff_json(Some("emotion"), Some(&zg_proto::packet_json(&packet)));
        let read: zg_proto::http::RequestHandoff = zg_proto::from_json(&body).expect("it is JSON");
        assert_eq!((read.reason.as_deref(), read.packet), (Some("emotion"), Some(packet.into())));
    }
    assert_eq!(zg_proto::handoff_json(None, None), "{}");
}

/// What is written by hand is read as what serde derives.
#[test]
fn what_goes_to_the_host_is_what_the_command_line_prints() {
    let wanted = Wanted {
        id: "l1".into(),
        occasion: Occasion::Similar,
        session: vec!["A\"1".into(), "长靴".into()],
        hidden: vec!["B2".into()],
        dismissed: vec![("C3".into(), Dislike::Price)],
        liked: vec!["D4".into()],
        price: Some((100, 20_000)),
        k: 9,
    };
    let shopping = Shopping {
        tastes: vec![Taste { kind: TasteKind::Brand, value: "N\\w".into(), weight: 7 }],
        ..Shopping::default()
    };
    let text = zg_proto::wanted_json(&wanted, &shopping);
    let mut whole: serde_json::Value = zg_proto::from_json(&text).expect("it is JSON");
    let tastes = whole.as_object_mut().and_then(|whole| whole.remove("tastes"));
    assert_eq!(tastes, Some(serde_json::json!([["brand", "N\\w", 7]])));
    whole["type"] = "recommend".into();
    let line: EffectLine = serde_json::from_value(whole).expect("the fields are the same");
    assert_eq!(line, EffectLine::from(Effect::Recommend(wanted)));

    let feedback = |why, slot: Option<u32>| ItemFeedback {
        kind: FeedbackKind::Dismiss,
        item: "A\"1".into(),
        request: slot.map(|_| "q-1".to_owned()),
        slot,
        why,
    };
    for feedback in [feedback(None, None), feedback(Some(Dislike::Brand), Some(3))] {
        let mut whole: serde_json::Value = zg_proto::from_json(&zg_proto::learn_json(&feedback)).expect("it is JSON");
        whole["kind"] = whole["type"].take();
        whole["type"] = "learn".into();
        let line: EffectLine = serde_json::from_value(whole).expect("the fields are the same");
        assert_eq!(line, EffectLine::from(Effect::Learn(feedback)));
    }
}
