//! Between widget and engine, and between the engine's two modules.

use expect_test::expect;
use zg_domain::{Confidence, Emotion, Intent, Scored, Sentiment, Understanding};
use zg_proto::port::{
    Config, Delivery, FromEngine, Knowledge, Models, Page, Shown, Status, Suggestion, ToEngine, Understood,
};
use zg_proto::{HandoffTag, QuickReply};

use crate::message::plain;
use crate::{check, check_read, refuses_unknown_fields};

fn config() -> Config {
    Config {
        base: "https://shop.example/assistant/".into(),
        endpoint: Some("https://shop.example/v1".into()),
        site_key: Some("pk-1".into()),
        locale: "zh-CN".into(),
        models: false,
        knowledge_key: Some("zgkey-public-1:A".into()),
        keep: false,
        back_office: true,
        recommend: Some("session".into()),
        visitor: Some("0123456789abcdef".into()),
    }
}

fn to_engine() -> Vec<ToEngine> {
    let page = Page { kind: "product".into(), id: Some("sku-7".into()), title: Some("羊毛围巾".into()) };
    vec![
        ToEngine::Start(config()),
        ToEngine::Utterance { id: "m-1".into(), text: "你好".into() },
        ToEngine::QuickReply {
            id: "m-2".into(),
            message: "m-1".into(),
            label: "怎么退货?".into(),
            value: "ask:return-how".into(),
        },
        ToEngine::Image {
            id: "m-3".into(),
            text: "[图片]".into(),
            data: "/9j/".into(),
            preview: "/9j/".into(),
            size: "320x240".into(),
        },
        ToEngine::Typing,
        ToEngine::Seen,
        ToEngine::RequestHandoff,
        ToEngine::EndHandoff,
        ToEngine::Page { page },
        ToEngine::Page { page: Page::default() },
        ToEngine::Feedback { message: "m-2".into(), helpful: true },
        ToEngine::SetLocale { locale: "en".into() },
        ToEngine::Retry { id: "m-1".into() },
        ToEngine::Erase,
        ToEngine::Online { online: false },
        ToEngine::Actions { offered: true, cart: true },
        ToEngine::Clicked { item: "A1".into() },
        ToEngine::Ordered { items: vec!["A1".into()], bought: true },
        ToEngine::Continue { code: "K7Q2M9XD4T".into() },
        ToEngine::Forget { taste: "brand Northwind".into() },
        ToEngine::ActionResult { id: "a1".into(), status: "ok".into(), facts: vec!["eta 明天".into()], text: None },
        ToEngine::Form { values: vec!["order 2026".into(), "wants ".into()] },
        ToEngine::Customer { customer: "member".into() },
        ToEngine::Identify { token: "a.b.c".into() },
        ToEngine::Consent { given: true },
        ToEngine::Products {
            cards: vec![zg_proto::Card { kind: "product".into(), id: "sku-7".into(), ..Default::default() }],
        },
        ToEngine::Reveal { id: "m-1".into(), k: 1 },
        ToEngine::Suggest { seq: 7, text: "tuih".into(), k: 3 },
    ]
}

#[test]
fn every_message_to_the_engine() {
    check(
        &to_engine(),
        expect![[r#"
            {"type":"start","base":"https://shop.example/assistant/","endpoint":"https://shop.example/v1","site_key":"pk-1","locale":"zh-CN","models":false,"knowledge_key":"zgkey-public-1:A","keep":false,"back_office":true,"recommend":"session","visitor":"0123456789abcdef"}
            {"type":"utterance","id":"m-1","text":"你好"}
            {"type":"quick_reply","id":"m-2","message":"m-1","label":"怎么退货?","value":"ask:return-how"}
            {"type":"image","id":"m-3","text":"[图片]","data":"/9j/","value":"/9j/","label":"320x240"}
            {"type":"typing"}
            {"type":"seen"}
            {"type":"request_handoff"}
            {"type":"end_handoff"}
            {"type":"page","page":{"type":"product","id":"sku-7","title":"羊毛围巾"}}
            {"type":"page","page":{"type":""}}
            {"type":"feedback","message":"m-2","helpful":true}
            {"type":"set_locale","locale":"en"}
            {"type":"retry","id":"m-1"}
            {"type":"erase"}
            {"type":"online","online":false}
            {"type":"actions","offered":true,"given":true}
            {"type":"clicked","id":"A1"}
            {"type":"ordered","values":["A1"],"given":true}
            {"type":"continue","value":"K7Q2M9XD4T"}
            {"type":"forget","value":"brand Northwind"}
            {"type":"action_result","id":"a1","status":"ok","facts":["eta 明天"]}
            {"type":"form","values":["order 2026","wants "]}
            {"type":"customer","value":"member"}
            {"type":"identify","value":"a.b.c"}
            {"type":"consent","given":true}
            {"type":"products","cards":[{"kind":"product","id":"sku-7"}]}
            {"type":"reveal","id":"m-1","k":1}
            {"type":"suggest","seq":7,"text":"tuih","k":3}
        "#]],
    );
}

#[test]
fn every_message_from_the_engine() {
    let status = Status {
        handoff: HandoffTag::Queued,
        queue_ahead: Some(3),
        operator: Some("小林".into()),
        people: true,
        online: true,
        pending: 2,
        models: Models::Ready,
        typing: true,
        acted: 1,
        tastes: vec!["category 鞋".into()],
        code: "K7Q2M-9XD4T".into(),
    };
    let shown = |delivery, helpful| Shown {
        order: 1.5,
        delivery,
        helpful,
        hidden: vec!["138****8000".into()],
        seq: if delivery == Delivery::Sent { 7 } else { 0 },
        message: plain(),
    };
    check(
        &[
            FromEngine::Ready {
                entries: 242,
                starters: vec![QuickReply { label: "几天发货?".into(), value: "ask:ship-time".into() }],
            },
            FromEngine::Messages {
                reset: true,
                messages: vec![
                    shown(Delivery::Local, None),
                    shown(Delivery::Pending, Some(true)),
                    shown(Delivery::Sent, Some(false)),
                    shown(Delivery::Failed, None),
                ],
            },
            FromEngine::Status(status),
            FromEngine::Status(Status { models: Models::Loading, ..Status::default() }),
            FromEngine::Status(Status::default()),
            FromEngine::Fatal { code: "knowledge".into(), text: "the bundle is damaged".into() },
            FromEngine::Act {
                id: "a1".into(),
                action: "order_lookup".into(),
                arguments: vec!["order 2026112900017".into()],
            },
            FromEngine::Suggestions {
                seq: 7,
                items: vec![Suggestion { entry: "return-how".into(), question: "怎么退货?".into() }],
            },
            FromEngine::Knowledge { state: Knowledge::Kept, version: Some(7), reason: None },
            FromEngine::Knowledge { state: Knowledge::Updated, version: Some(8), reason: None },
            FromEngine::Knowledge { state: Knowledge::Refused, version: None, reason: Some("it is not signed".into()) },
        ],
        expect![[r#"
            {"type":"ready","entries":242,"starters":[{"label":"几天发货?","value":"ask:ship-time"}]}
            {"type":"messages","reset":true,"messages":[{"order":1.5,"delivery":"local","hidden":["138****8000"],"message":{"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"}},{"order":1.5,"delivery":"pending","helpful":true,"hidden":["138****8000"],"message":{"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"}},{"order":1.5,"delivery":"sent","helpful":false,"hidden":["138****8000"],"seq":7,"message":{"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"}},{"order":1.5,"delivery":"failed","hidden":["138****8000"],"message":{"id":"m-1","author":"shopper","at":1763800000000,"text":"几天发货?\n\"急\"","kind":"text"}}]}
            {"type":"status","handoff":"queued","queue_ahead":3,"operator":"小林","people":true,"online":true,"pending":2,"models":"ready","typing":true,"acted":1,"tastes":["category 鞋"],"code":"K7Q2M-9XD4T"}
            {"type":"status","handoff":"new","people":false,"online":false,"pending":0,"models":"loading","typing":false}
            {"type":"status","handoff":"new","people":false,"online":false,"pending":0,"models":"absent","typing":false}
            {"type":"fatal","code":"knowledge","text":"the bundle is damaged"}
            {"type":"act","id":"a1","action":"order_lookup","arguments":["order 2026112900017"]}
            {"type":"suggestions","seq":7,"items":[{"entry":"return-how","question":"怎么退货?"}]}
            {"type":"knowledge","state":"kept","version":7}
            {"type":"knowledge","state":"updated","version":8}
            {"type":"knowledge","state":"refused","reason":"it is not signed"}
        "#]],
    );
}

#[test]
fn a_message_to_the_engine_with_an_unknown_field_is_refused() {
    for message in to_engine() {
        // serde passes over the content of a variant without fields; there is none to misspell.
        if !matches!(message, ToEngine::RequestHandoff | ToEngine::EndHandoff | ToEngine::Erase) {
            refuses_unknown_fields(&message);
        }
    }
    refuses_unknown_fields(&config());
}

#[test]
fn what_a_page_may_leave_out_has_a_default() {
    check_read::<ToEngine>(
        &[
            r#"{"type":"start","base":"/a/","locale":"en"}"#,
            r#"{"type":"suggest","seq":1,"text":"退"}"#,
            r#"{"type":"page","page":{}}"#,
            r#"{"type":"page","page":{"type":"cart","total":12}}"#,
            r#"{"type":"start","base":"/a/"}"#,
            r#"{"type":"erase","text":"你好"}"#,
            r#"{"type":"dance"}"#,
            r#"{"text":"你好"}"#,
        ],
        expect![[r#"
            {"type":"start","base":"/a/","endpoint":null,"site_key":null,"locale":"en","models":true,"keep":true}
            {"type":"suggest","seq":1,"text":"退","k":5}
            {"type":"page","page":{"type":""}}
            {"type":"page","page":{"type":"cart"}}
            refused: missing field `locale` at line 1 column 29
            refused: unknown field `text` of this type at line 1 column 32
            refused: unknown variant `dance`, expected one of `start`, `utterance`, `quick_reply`, `request_handoff`, `end_handoff`, `page`, `feedback`, `set_locale`, `retry`, `erase`, `online`, `suggest`, `actions`, `action_result`, `form`, `customer`, `reveal`, `consent`, `products`, `identify`, `image`, `typing`, `seen`, `clicked`, `ordered`, `forget`, `continue` at line 1 column 15
            refused: missing field `type` at line 1 column 17
        "#]],
    );
}

#[test]
fn an_understanding_survives_the_way_between_the_modules() {
    let sure = |thousandths: f64| Confidence::saturating(thousandths / 1000.0);
    let understanding = Understanding {
        intents: vec![
            Scored { label: Intent("return_request".into()), confidence: sure(873.0) },
            Scored { label: Intent("refund_status".into()), confidence: sure(1.0) },
        ],
        out_of_scope: sure(12.0),
        sentiment: Scored { label: Sentiment::Negative, confidence: sure(700.0) },
        sentiment_scores: [sure(700.0), sure(200.0), sure(100.0)],
        emotion: Scored { label: Emotion::Anxious, confidence: sure(400.0) },
        // A tie goes to the first, as it does where the models run.
        emotion_scores: [sure(100.0), sure(400.0), sure(400.0), sure(50.0), sure(50.0)],
        entities: Vec::new(),
    };
    let understood = Understood::from(understanding.clone());
    check(
        std::slice::from_ref(&understood),
        expect![[r#"
            {"intents":[["return_request",873],["refund_status",1]],"out_of_scope":12,"sentiment":[700,200,100],"emotion":[100,400,400,50,50],"entities":[]}
        "#]],
    );
    assert_eq!(Understanding::from(understood), understanding);
}
