//! The port's messages, read and written field by field.
//!
//! `zg_proto` owns the form, and its serde derives would do the same; but reading tagged and flattened enums through
//! serde adds 26 KB (brotli) to a widget of 110. The tests below hold this file to the derives, message by message.

use zg_proto::port::{Delivery, FromEngine, Models, Shown, Status, Suggestion, ToEngine};
use zg_proto::{Answer, AuthorTag, Body, Card, CardField, HandoffTag, Message, QuickReply};

/// What a message is read from: a JavaScript value, and in tests JSON.
pub trait Source: Sized {
    /// A property; `None` where it is missing, undefined or null.
    fn get(&self, key: &str) -> Option<Self>;
    fn text(&self) -> Option<String>;
    fn number(&self) -> Option<f64>;
    fn flag(&self) -> Option<bool>;
    fn items(&self) -> Option<Vec<Self>>;
}

/// A value of a message on its way out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Field<'a> {
    Text(&'a str),
    Flag(bool),
    Number(u32),
    Texts(&'a [String]),
    /// Named values; those that are absent are left out.
    Object(&'a [(&'static str, Option<&'a str>)]),
}

/// Reads a message of the engine's; `None` where it is not one that this widget knows.
pub fn read<S: Source>(source: &S) -> Option<FromEngine> {
    Some(match text(source, "type")?.as_str() {
        "ready" => FromEngine::Ready {
            entries: count(source, "entries").unwrap_or_default(),
            starters: all(source, "starters", quick_reply),
        },
        "messages" => FromEngine::Messages {
            reset: flag(source, "reset"),
            // One message of a newer kind must not cost the others.
            messages: all(source, "messages", shown),
        },
        "status" => FromEngine::Status(Status {
            handoff: match text(source, "handoff")?.as_str() {
                "contained" => HandoffTag::Contained,
                "queued" => HandoffTag::Queued,
                "assigned" => HandoffTag::Assigned,
                "ended" => HandoffTag::Ended,
                _ => HandoffTag::New,
            },
            queue_ahead: count(source, "queue_ahead"),
            operator: text(source, "operator"),
            people: flag(source, "people"),
            online: flag(source, "online"),
            pending: count(source, "pending").unwrap_or_default(),
            models: match text(source, "models")?.as_str() {
                "ready" => Models::Ready,
                "loading" => Models::Loading,
                _ => Models::Absent,
            },
            typing: flag(source, "typing"),
            acted: count(source, "acted").unwrap_or_default(),
            tastes: all(source, "tastes", S::text),
            code: text(source, "code").unwrap_or_default(),
        }),
        "suggestions" => FromEngine::Suggestions {
            seq: count(source, "seq")?,
            items: all(source, "items", |item| {
                Some(Suggestion { entry: text(item, "entry")?, question: text(item, "question")? })
            }),
        },
        "fatal" => FromEngine::Fatal { code: text(source, "code")?, text: text(source, "text").unwrap_or_default() },
        _ => return None,
    })
}

fn shown<S: Source>(source: &S) -> Option<Shown> {
    let delivery = match text(source, "delivery").as_deref() {
        Some("pending") => Delivery::Pending,
        Some("sent") => Delivery::Sent,
        Some("seen") => Delivery::Seen,
        Some("failed") => Delivery::Failed,
        _ => Delivery::Local,
    };
    let helpful = source.get("helpful").and_then(|value| value.flag());
    let hidden = all(source, "hidden", S::text);
    Some(Shown {
        order: number(source, "order")?,
        delivery,
        helpful,
        hidden,
        // Of no use here.
        seq: 0,
        message: message(&source.get("message")?)?,
    })
}

fn message(source: &impl Source) -> Option<Message> {
    let body = match text(source, "kind")?.as_str() {
        "text" => Body::Text,
        "answer" => Body::Answer(Answer {
            entry: text(source, "entry")?,
            question: text(source, "question")?,
            source: text(source, "source")?,
            confidence: number(source, "confidence")?,
            verified: text(source, "verified"),
            valid_until: text(source, "valid_until"),
        }),
        "clarify" => Body::Clarify,
        "fallback" => Body::Fallback,
        "image" => Body::Image,
        "event" => Body::Event { name: text(source, "name")? },
        // Of a newer kind the words are left.
        _ => Body::Text,
    };
    Some(Message {
        id: text(source, "id")?,
        author: AuthorTag::from_name(&text(source, "author")?)?,
        at: number(source, "at")? as i64,
        text: text(source, "text")?,
        lang: text(source, "lang"),
        body,
        quick_replies: all(source, "quick_replies", quick_reply),
        cards: all(source, "cards", card),
    })
}

fn card<S: Source>(source: &S) -> Option<Card> {
    let get = |key| text(source, key).unwrap_or_default();
    Some(Card {
        kind: text(source, "kind")?,
        id: get("id"),
        title: get("title"),
        note: get("note"),
        image: get("image"),
        url: get("url"),
        price: get("price"),
        was: get("was"),
        code: get("code"),
        action: get("action"),
        fields: all(source, "fields", |field| {
            let get = |key| text(field, key);
            let (name, label, value, kind) = (get("name")?, get("label")?, get("value")?, get("kind")?);
            Some(CardField { name, label, value, kind, options: all(field, "options", quick_reply) })
        }),
    })
}

fn quick_reply<S: Source>(source: &S) -> Option<QuickReply> {
    Some(QuickReply { label: text(source, "label")?, value: text(source, "value")? })
}

fn text(source: &impl Source, key: &str) -> Option<String> {
    source.get(key)?.text()
}

fn number(source: &impl Source, key: &str) -> Option<f64> {
    source.get(key)?.number()
}

fn count(source: &impl Source, key: &str) -> Option<u32> {
    // A cast from float saturates, so a negative or absurd count does no harm.
    number(source, key).map(|number| number as u32)
}

fn flag(source: &impl Source, key: &str) -> bool {
    source.get(key).and_then(|value| value.flag()).unwrap_or_default()
}

/// The items of a list that can be read.
fn all<S: Source, T>(source: &S, key: &str, read: impl Fn(&S) -> Option<T>) -> Vec<T> {
    source.get(key).and_then(|list| list.items()).unwrap_or_default().iter().filter_map(read).collect()
}

/// Hands the fields of `message` to `write`, one by one. The widget sends neither `start` nor actions: the panel does.
pub fn write(message: &ToEngine, mut write: impl FnMut(&'static str, Field<'_>)) {
    use Field::{Flag, Number, Object, Text, Texts};
    let mut put = |kind: &'static str, fields: &[(&'static str, Field<'_>)]| {
        write("type", Text(kind));
        fields.iter().for_each(|(name, field)| write(name, *field));
    };
    match message {
        // The panel's own, which the widget never sends.
        ToEngine::Start(_)
        | ToEngine::Actions { .. }
        | ToEngine::ActionResult { .. }
        | ToEngine::Customer { .. }
        | ToEngine::Consent { .. }
        | ToEngine::Identify { .. }
        | ToEngine::Products { .. }
        | ToEngine::Ordered { .. }
        | ToEngine::Image { .. }
        | ToEngine::Seen => {}
        ToEngine::Typing => put("typing", &[]),
        ToEngine::Clicked { item } => put("clicked", &[("id", Text(item))]),
        ToEngine::Continue { code } => put("continue", &[("value", Text(code))]),
        ToEngine::Forget { taste } => put("forget", &[("value", Text(taste))]),
        ToEngine::Form { values } => put("form", &[("values", Texts(values))]),
        ToEngine::Suggest { seq, text, k } => {
            put("suggest", &[("seq", Number(*seq)), ("text", Text(text)), ("k", Number(*k))]);
        }
        ToEngine::Utterance { id, text } => put("utterance", &[("id", Text(id)), ("text", Text(text))]),
        ToEngine::QuickReply { id, message, label, value } => {
            put(
                "quick_reply",
                &[("id", Text(id)), ("message", Text(message)), ("label", Text(label)), ("value", Text(value))],
            );
        }
        ToEngine::RequestHandoff => put("request_handoff", &[]),
        ToEngine::EndHandoff => put("end_handoff", &[]),
        ToEngine::Page { page } => {
            let fields =
                [("type", Some(page.kind.as_str())), ("id", page.id.as_deref()), ("title", page.title.as_deref())];
            put("page", &[("page", Object(&fields))]);
        }
        ToEngine::Feedback { message, helpful } => {
            put("feedback", &[("message", Text(message)), ("helpful", Flag(*helpful))])
        }
        ToEngine::SetLocale { locale } => put("set_locale", &[("locale", Text(locale))]),
        ToEngine::Retry { id } => put("retry", &[("id", Text(id))]),
        ToEngine::Reveal { id, k } => put("reveal", &[("id", Text(id)), ("k", Number(*k))]),
        ToEngine::Erase => put("erase", &[]),
        ToEngine::Online { online } => put("online", &[("online", Flag(*online))]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};
    use zg_proto::port::Page;

    use super::*;

    impl Source for Value {
        fn get(&self, key: &str) -> Option<Self> {
            Value::get(self, key).filter(|value| !value.is_null()).cloned()
        }

        fn text(&self) -> Option<String> {
            self.as_str().map(str::to_owned)
        }

        fn number(&self) -> Option<f64> {
            self.as_f64()
        }

        fn flag(&self) -> Option<bool> {
            self.as_bool()
        }

        fn items(&self) -> Option<Vec<Self>> {
            self.as_array().cloned()
        }
    }

    fn json_of<T: serde::Serialize>(value: &T) -> Value {
        serde_json::to_value(value).expect("no type of the port fails to serialize")
    }

    #[track_caller]
    fn reads(message: FromEngine) {
        assert_eq!(read(&json_of(&message)), Some(message));
    }

    fn card() -> Card {
        let s = String::from;
        let option = QuickReply { label: s("太慢"), value: s("slow") };
        let field = CardField { name: s("n"), label: s("l"), value: s("v"), kind: s("choice"), options: vec![option] };
        Card {
            kind: s("product"),
            id: s("p-1"),
            title: s("t"),
            note: s("n"),
            image: s("/i.png"),
            url: s("/p"),
            price: s("¥1"),
            was: s("¥2"),
            code: s("C"),
            action: s("a"),
            fields: vec![field],
        }
    }

    fn message(author: AuthorTag, body: Body) -> Message {
        let reply = QuickReply { label: "找人工".into(), value: "handoff".into() };
        Message {
            id: "m-1".into(),
            author,
            at: 1_795_000_000_123,
            text: "你好".into(),
            lang: Some("zh".into()),
            body,
            cards: vec![card(), Card { kind: "rating".into(), ..Card::default() }],
            quick_replies: vec![reply],
        }
    }

    #[test]
    fn every_message_of_the_engine_is_read_as_the_protocol_writes_it() {
        reads(FromEngine::Ready {
            entries: 150,
            starters: vec![QuickReply { label: "a".into(), value: "ask:1".into() }],
        });
        reads(FromEngine::Fatal { code: "knowledge".into(), text: "checksum".into() });
        reads(FromEngine::Status(Status::default()));
        for handoff in
            [HandoffTag::New, HandoffTag::Contained, HandoffTag::Queued, HandoffTag::Assigned, HandoffTag::Ended]
        {
            for models in [Models::Absent, Models::Loading, Models::Ready] {
                reads(FromEngine::Status(Status {
                    handoff,
                    queue_ahead: Some(2),
                    operator: Some("Lin".into()),
                    people: true,
                    online: true,
                    pending: 3,
                    models,
                    typing: true,
                    acted: 2,
                    tastes: vec!["brand Northwind".into()],
                    code: "!none".into(),
                }));
            }
        }
        let answer = Answer {
            entry: "e".into(),
            question: "q".into(),
            source: "s".into(),
            confidence: 0.5,
            verified: Some("2026-10-03".into()),
            valid_until: None,
        };
        let bodies =
            [Body::Text, Body::Answer(answer), Body::Clarify, Body::Fallback, Body::Event { name: "ended".into() }];
        let authors = [AuthorTag::Shopper, AuthorTag::Assistant, AuthorTag::Operator, AuthorTag::System];
        let deliveries = [Delivery::Local, Delivery::Pending, Delivery::Sent, Delivery::Seen, Delivery::Failed];
        for (idx, body) in bodies.into_iter().enumerate() {
            let shown = Shown {
                order: 1.5,
                delivery: deliveries[idx % deliveries.len()],
                helpful: (idx > 0).then_some(idx > 1),
                hidden: vec!["138****8000".into(); idx],
                seq: 0,
                message: message(authors[idx % 4], body),
            };
            reads(FromEngine::Messages { reset: idx == 0, messages: vec![shown] });
        }
    }

    #[test]
    fn what_a_newer_engine_adds_costs_only_itself() {
        assert_eq!(read(&json!({"type": "weather"})), None);
        assert_eq!(read(&json!("ready")), None);
        let known = json!({"order": 1, "message": {"id": "a", "author": "assistant", "at": 1, "text": "x", "kind": "text", "mood": 1}});
        let newer = json!({"order": 2, "message": {"id": "b", "author": "assistant", "at": 1, "text": "words", "kind": "carousel", "cards": [{"title": "no kind"}, {"kind": "order", "fields": [1]}]}});
        let Some(FromEngine::Messages { messages, .. }) =
            read(&json!({"type": "messages", "reset": false, "messages": [newer, known]}))
        else {
            panic!("a list of messages is read");
        };
        let ids: Vec<&str> = messages.iter().map(|shown| shown.message.id.as_str()).collect();
        assert_eq!(ids, ["b", "a"]);
        assert_eq!((&messages[0].message.body, messages[0].message.text.as_str()), (&Body::Text, "words"));
        assert_eq!(messages[0].message.cards, [Card { kind: "order".into(), ..Card::default() }]);
    }

    #[test]
    fn every_message_to_the_engine_is_written_as_the_protocol_reads_it() {
        let s = String::from;
        for message in [
            ToEngine::Utterance { id: s("1"), text: s("在吗") },
            ToEngine::QuickReply { id: s("1"), message: s("2"), label: s("l"), value: s("ask:3") },
            ToEngine::Typing,
            ToEngine::RequestHandoff,
            ToEngine::Form { values: vec![s("order 2026"), s("wants ")] },
            ToEngine::EndHandoff,
            ToEngine::Page { page: Page { kind: s("product"), id: Some(s("7")), title: None } },
            ToEngine::Feedback { message: s("2"), helpful: false },
            ToEngine::SetLocale { locale: s("en") },
            ToEngine::Retry { id: s("1") },
            ToEngine::Clicked { item: s("A1") },
            ToEngine::Continue { code: s("K7") },
            ToEngine::Forget { taste: s("brand Northwind") },
            ToEngine::Reveal { id: s("1"), k: 2 },
            ToEngine::Erase,
            ToEngine::Suggest { seq: 7, text: s("tuih"), k: 5 },
            ToEngine::Online { online: true },
        ] {
            let mut written = Map::new();
            write(&message, |name, field| {
                let value = match field {
                    Field::Text(text) => json!(text),
                    Field::Flag(flag) => json!(flag),
                    Field::Number(number) => json!(number),
                    Field::Texts(texts) => json!(texts),
                    Field::Object(fields) => fields
                        .iter()
                        .filter_map(|(name, value)| Some(((*name).to_owned(), json!((*value)?))))
                        .collect::<Map<_, _>>()
                        .into(),
                };
                written.insert(name.to_owned(), value);
            });
            assert_eq!(Value::from(written), json_of(&message));
        }
    }
}
