//! Bodies, queries and events of the sync endpoint.

use expect_test::expect;
use zg_proto::http::{
    Ack, Conversation, Event, EventsQuery, Health, Manifest, ManifestFile, MessagePage, OpenConversation,
    OperatorConversation, OperatorMessage, OperatorReply, OperatorSession, PageQuery, PostMessages, Posted, Problem,
    Queue, QueueChanged, QueueItem, RequestHandoff, Sequenced, SignIn, Typing,
};
use zg_proto::{AuthorTag, HandoffTag};

use crate::message::plain;
use crate::{check, check_read, refuses_unknown_fields};

fn open() -> OpenConversation {
    OpenConversation {
        id: "c-1".into(),
        site_key: "pk-1".into(),
        locale: "zh-CN".into(),
        page: Some("product sku-7".into()),
    }
}

fn conversation() -> Conversation {
    Conversation {
        id: "c-1".into(),
        state: HandoffTag::Queued,
        epoch: "e1".into(),
        last_seq: 7,
        queue_ahead: Some(2),
        operator: None,
        seen: 0,
    }
}

fn item() -> QueueItem {
    QueueItem {
        id: "c-1".into(),
        state: HandoffTag::Assigned,
        since: 1_763_800_000_000,
        locale: "zh-CN".into(),
        page: Some("order 1042".into()),
        reason: Some("shopper_asked".into()),
        packet: Some(crate::cli::packet()),
        operator: Some("小林".into()),
        subject: Some("1042".into()),
        subject_name: Some("林小姐".into()),
        mine: true,
        preview: "几天发货?".into(),
        last_seq: 7,
        seen: 6,
    }
}

fn bare_item() -> QueueItem {
    QueueItem {
        state: HandoffTag::Queued,
        page: None,
        reason: None,
        packet: Some(crate::cli::packet()),
        operator: None,
        mine: false,
        ..item()
    }
}

fn sequenced() -> Sequenced {
    Sequenced { seq: 7, message: plain() }
}

#[test]
fn opening_a_conversation() {
    check(
        &[open(), OpenConversation { page: None, ..open() }],
        expect![[r#"
        {"id":"c-1","site_key":"pk-1","locale":"zh-CN","page":"product sku-7"}
        {"id":"c-1","site_key":"pk-1","locale":"zh-CN"}
    "#]],
    );
    let assigned = Conversation {
        state: HandoffTag::Assigned,
        queue_ahead: None,
        operator: Some("小林".into()),
        seen: 7,
        ..conversation()
    };
    check(
        &[conversation(), assigned],
        expect![[r#"
            {"id":"c-1","state":"queued","epoch":"e1","last_seq":7,"queue_ahead":2}
            {"id":"c-1","state":"assigned","epoch":"e1","last_seq":7,"operator":"小林","seen":7}
        "#]],
    );
}

#[test]
fn sending_and_reading_messages() {
    check(
        &[PostMessages { messages: vec![plain()] }, PostMessages { messages: Vec::new() }],
        expect![[r#"
        {"messages":[{"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"}]}
        {"messages":[]}
    "#]],
    );
    let ack = |duplicate| Ack { id: "m-1".into(), seq: 7, duplicate };
    check(
        &[Posted { acks: vec![ack(false), ack(true)] }],
        expect![[r#"
        {"acks":[{"id":"m-1","seq":7,"duplicate":false},{"id":"m-1","seq":7,"duplicate":true}]}
    "#]],
    );
    check(
        &[MessagePage { messages: vec![sequenced()], next: Some(7) }, MessagePage { messages: Vec::new(), next: None }],
        expect![[r#"
            {"messages":[{"seq":7,"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"}],"next":7}
            {"messages":[]}
        "#]],
    );
    check(
        &[PageQuery { after: Some(7), limit: Some(50) }, PageQuery::default()],
        expect![[r#"
        {"after":7,"limit":50}
        {}
    "#]],
    );
}

#[test]
fn asking_for_a_person() {
    check(
        &[
            RequestHandoff { reason: Some("repeated".into()), packet: Some(crate::cli::packet()) },
            RequestHandoff::default(),
        ],
        expect![[r#"
            {"reason":"repeated","packet":{"wants":"我要取消订单","intent":"cancel_order","facts":{"order":"2026112900017"},"tried":["cancel-how"],"moods":["neutral"],"priority":true}}
            {}
        "#]],
    );
}

#[test]
fn the_shoppers_events() {
    check(
        &[Event::Message(sequenced()), Event::Conversation(conversation())],
        expect![[r#"
        {"seq":7,"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"}
        {"id":"c-1","state":"queued","epoch":"e1","last_seq":7,"queue_ahead":2}
    "#]],
    );
    check(
        &[EventsQuery { after: Some("e1-7".into()) }, EventsQuery::default()],
        expect![[r#"
        {"after":"e1-7"}
        {}
    "#]],
    );
    check(
        &[Typing { conversation: "c-1".into(), author: AuthorTag::Operator }],
        expect![[r#"
        {"conversation":"c-1","author":"operator"}
    "#]],
    );
}

#[test]
fn the_console() {
    check(
        &[SignIn { name: "lin".into(), password: "correct horse".into() }],
        expect![[r#"
        {"name":"lin","password":"correct horse"}
    "#]],
    );
    check(
        &[OperatorSession { operator: "op-1".into(), display_name: "小林".into(), csrf_token: "t".into() }],
        expect![[r#"
            {"operator":"op-1","display_name":"小林","csrf_token":"t"}
        "#]],
    );
    check(
        &[Queue { items: vec![item(), bare_item()] }, Queue { items: Vec::new() }],
        expect![[r#"
            {"items":[{"id":"c-1","state":"assigned","since":1763800000000,"locale":"zh-CN","page":"order 1042","reason":"shopper_asked","packet":{"wants":"我要取消订单","intent":"cancel_order","facts":{"order":"2026112900017"},"tried":["cancel-how"],"moods":["neutral"],"priority":true},"subject":"1042","subject_name":"林小姐","operator":"小林","mine":true,"seen":6,"preview":"几天发货?","last_seq":7},{"id":"c-1","state":"queued","since":1763800000000,"locale":"zh-CN","packet":{"wants":"我要取消订单","intent":"cancel_order","facts":{"order":"2026112900017"},"tried":["cancel-how"],"moods":["neutral"],"priority":true},"subject":"1042","subject_name":"林小姐","mine":false,"seen":6,"preview":"几天发货?","last_seq":7}]}
            {"items":[]}
        "#]],
    );
    check(
        &[OperatorReply { id: "m-9".into(), text: "我来看看".into() }],
        expect![[r#"
        {"id":"m-9","text":"我来看看"}
    "#]],
    );
    check(
        &[OperatorConversation { item: item(), epoch: "e1".into(), messages: vec![sequenced()], next: Some(7) }],
        expect![[r#"
            {"id":"c-1","state":"assigned","since":1763800000000,"locale":"zh-CN","page":"order 1042","reason":"shopper_asked","packet":{"wants":"我要取消订单","intent":"cancel_order","facts":{"order":"2026112900017"},"tried":["cancel-how"],"moods":["neutral"],"priority":true},"subject":"1042","subject_name":"林小姐","operator":"小林","mine":true,"seen":6,"preview":"几天发货?","last_seq":7,"epoch":"e1","messages":[{"seq":7,"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"}],"next":7}
        "#]],
    );
    check(
        &[OperatorMessage { conversation: "c-1".into(), message: sequenced() }],
        expect![[r#"
        {"conversation":"c-1","seq":7,"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"}
    "#]],
    );
    check(
        &[QueueChanged { conversation: "c-1".into() }],
        expect![[r#"
        {"conversation":"c-1"}
    "#]],
    );
}

#[test]
fn errors_health_and_the_manifest() {
    let problem = Problem {
        kind: "about:blank".into(),
        title: "Not Found".into(),
        status: 404,
        detail: Some("no such conversation".into()),
        code: "unknown_conversation".into(),
        instance: "r-5".into(),
    };
    check(
        &[problem.clone(), Problem { detail: None, ..problem }],
        expect![[r#"
        {"type":"about:blank","title":"Not Found","status":404,"detail":"no such conversation","code":"unknown_conversation","instance":"r-5"}
        {"type":"about:blank","title":"Not Found","status":404,"code":"unknown_conversation","instance":"r-5"}
    "#]],
    );
    check(
        &[Health { status: "ok".into() }],
        expect![[r#"
        {"status":"ok"}
    "#]],
    );
    let file = ManifestFile {
        role: "model".into(),
        path: "models/zh/nlu.0a1b.onnx".into(),
        bytes: 2_109_223,
        sha256: "0a1b".into(),
        lang: Some("zh".into()),
    };
    check(
        &[Manifest {
            version: 1,
            files: vec![file.clone(), ManifestFile { role: "widget".into(), lang: None, ..file }],
        }],
        expect![[r#"
            {"version":1,"files":[{"role":"model","path":"models/zh/nlu.0a1b.onnx","bytes":2109223,"sha256":"0a1b","lang":"zh"},{"role":"widget","path":"models/zh/nlu.0a1b.onnx","bytes":2109223,"sha256":"0a1b"}]}
        "#]],
    );
}

#[test]
fn requests_refuse_unknown_fields() {
    refuses_unknown_fields(&open());
    refuses_unknown_fields(&PostMessages { messages: Vec::new() });
    refuses_unknown_fields(&RequestHandoff::default());
    refuses_unknown_fields(&PageQuery::default());
    refuses_unknown_fields(&EventsQuery::default());
    refuses_unknown_fields(&SignIn { name: "lin".into(), password: "p".into() });
    refuses_unknown_fields(&OperatorReply { id: "m-9".into(), text: "t".into() });
}

#[test]
fn responses_may_grow() {
    check_read::<Conversation>(
        &[
            r#"{"id":"c","state":"new","epoch":"e","last_seq":0,"mood":"sunny"}"#,
            r#"{"id":"c","state":"parked","epoch":"e","last_seq":0}"#,
            r#"{"id":"c","state":"new","epoch":"e","last_seq":-1}"#,
        ],
        expect![[r#"
            {"id":"c","state":"new","epoch":"e","last_seq":0}
            refused: unknown variant `parked`, expected one of `new`, `contained`, `queued`, `assigned`, `ended` at line 1 column 26
            refused: invalid value: integer `-1`, expected u64 at line 1 column 49
        "#]],
    );
    check_read::<QueueItem>(
        &[r#"{"id":"c","state":"queued","since":1,"locale":"en","preview":"","last_seq":0}"#],
        expect![[r#"
            {"id":"c","state":"queued","since":1,"locale":"en","mine":false,"preview":"","last_seq":0}
        "#]],
    );
}
