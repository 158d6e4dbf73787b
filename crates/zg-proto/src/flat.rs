//! How messages with a tag are read: every field they may have first, then what the tag makes of them.
//!
//! What serde derives for an enum with a tag, or for a struct that holds one flat, first reads a value of any kind into
//! memory and then reads that; in the engine it was a tenth of all code. What is written is derived as before, and what is
//! read is the same, but for a field of another tag: it must be of its type here.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::message::{Answer, AuthorTag, Body, Card, Message, QuickReply};
use crate::port::{Config, Page, ToEngine};
use crate::stored::{OutboxEntry, OutboxRequest, Session};

/// Reads an object as `Flat` and makes a `T` of it. A struct alone would also be read from a list of its fields.
struct Object<Flat, T>(PhantomData<(Flat, T)>);

impl<'de, Flat: Deserialize<'de>, T: TryFrom<Flat, Error = String>> Visitor<'de> for Object<Flat, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        Flat::deserialize(MapAccessDeserializer::new(map))?.try_into().map_err(A::Error::custom)
    }
}

macro_rules! read_flat {
    ($($whole:ty: $flat:ty),*) => { $(
        impl<'de> Deserialize<'de> for $whole {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map(Object::<$flat, Self>(PhantomData))
            }
        }
    )* };
}

read_flat!(Message: FlatMessage, OutboxEntry: FlatEntry, ToEngine: FlatToEngine);

/// A field that the tag needs.
fn need<T>(field: Option<T>, name: &str) -> Result<T, String> {
    field.ok_or_else(|| ["missing field `", name, "`"].concat())
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Text,
    Answer,
    Clarify,
    Fallback,
    Image,
    Event,
}

#[derive(Deserialize)]
struct FlatMessage {
    id: String,
    author: AuthorTag,
    at: i64,
    text: String,
    lang: Option<String>,
    kind: Kind,
    entry: Option<String>,
    question: Option<String>,
    source: Option<String>,
    confidence: Option<f64>,
    verified: Option<String>,
    valid_until: Option<String>,
    name: Option<String>,
    #[serde(default)]
    quick_replies: Vec<QuickReply>,
    #[serde(default)]
    cards: Vec<Card>,
}

impl TryFrom<FlatMessage> for Message {
    type Error = String;

    fn try_from(flat: FlatMessage) -> Result<Self, String> {
        let body = match flat.kind {
            Kind::Text => Body::Text,
            Kind::Answer => Body::Answer(Answer {
                entry: need(flat.entry, "entry")?,
                question: need(flat.question, "question")?,
                source: need(flat.source, "source")?,
                confidence: need(flat.confidence, "confidence")?,
                verified: flat.verified,
                valid_until: flat.valid_until,
            }),
            Kind::Clarify => Body::Clarify,
            Kind::Fallback => Body::Fallback,
            Kind::Image => Body::Image,
            Kind::Event => Body::Event { name: need(flat.name, "name")? },
        };
        let FlatMessage { id, author, at, text, lang, quick_replies, cards, .. } = flat;
        Ok(Self { id, author, at, text, lang, body, quick_replies, cards })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wish {
    Message,
    Image,
    RequestHandoff,
    EndHandoff,
    Erase,
}

#[derive(Deserialize)]
struct FlatEntry {
    order: f64,
    refused: Option<String>,
    request: Wish,
    message: Option<Message>,
    data: Option<String>,
    reason: Option<String>,
    packet: Option<String>,
    session: Option<Session>,
}

impl TryFrom<FlatEntry> for OutboxEntry {
    type Error = String;

    fn try_from(flat: FlatEntry) -> Result<Self, String> {
        let request = match flat.request {
            Wish::Message => OutboxRequest::Message { message: need(flat.message, "message")? },
            Wish::Image => {
                OutboxRequest::Image { message: need(flat.message, "message")?, data: need(flat.data, "data")? }
            }
            Wish::RequestHandoff => OutboxRequest::RequestHandoff { reason: flat.reason, packet: flat.packet },
            Wish::EndHandoff => OutboxRequest::EndHandoff,
            Wish::Erase => OutboxRequest::Erase { session: need(flat.session, "session")? },
        };
        Ok(Self { order: flat.order, refused: flat.refused, request })
    }
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum To {
    Start,
    Utterance,
    QuickReply,
    RequestHandoff,
    EndHandoff,
    Page,
    Feedback,
    SetLocale,
    Retry,
    Erase,
    Online,
    Suggest,
    Actions,
    ActionResult,
    Form,
    Customer,
    Reveal,
    Consent,
    Products,
    Identify,
    Image,
    Typing,
    Seen,
    Clicked,
    Ordered,
    Forget,
    Continue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlatToEngine {
    #[serde(rename = "type")]
    to: To,
    id: Option<String>,
    text: Option<String>,
    message: Option<String>,
    label: Option<String>,
    value: Option<String>,
    page: Option<Page>,
    helpful: Option<bool>,
    locale: Option<String>,
    online: Option<bool>,
    offered: Option<bool>,
    status: Option<String>,
    data: Option<String>,
    #[serde(default)]
    facts: Vec<String>,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    cards: Vec<Card>,
    given: Option<bool>,
    keep: Option<bool>,
    back_office: Option<bool>,
    seq: Option<u32>,
    k: Option<u32>,
    base: Option<String>,
    endpoint: Option<String>,
    site_key: Option<String>,
    models: Option<bool>,
    knowledge_key: Option<String>,
    recommend: Option<String>,
    visitor: Option<String>,
}

impl TryFrom<FlatToEngine> for ToEngine {
    type Error = String;

    fn try_from(mut flat: FlatToEngine) -> Result<Self, String> {
        let message = match flat.to {
            To::Start => Self::Start(Config {
                base: need(flat.base.take(), "base")?,
                endpoint: flat.endpoint.take(),
                site_key: flat.site_key.take(),
                locale: need(flat.locale.take(), "locale")?,
                models: flat.models.take().unwrap_or(true),
                knowledge_key: flat.knowledge_key.take(),
                keep: flat.keep.take().unwrap_or(true),
                back_office: flat.back_office.take().unwrap_or_default(),
                recommend: flat.recommend.take(),
                visitor: flat.visitor.take(),
            }),
            To::Utterance => Self::Utterance { id: need(flat.id.take(), "id")?, text: need(flat.text.take(), "text")? },
            To::QuickReply => Self::QuickReply {
                id: need(flat.id.take(), "id")?,
                message: need(flat.message.take(), "message")?,
                label: need(flat.label.take(), "label")?,
                value: need(flat.value.take(), "value")?,
            },
            To::Image => Self::Image {
                id: need(flat.id.take(), "id")?,
                text: need(flat.text.take(), "text")?,
                data: need(flat.data.take(), "data")?,
                preview: need(flat.value.take(), "value")?,
                size: need(flat.label.take(), "label")?,
            },
            To::Typing => Self::Typing,
            To::Seen => Self::Seen,
            To::RequestHandoff => Self::RequestHandoff,
            To::EndHandoff => Self::EndHandoff,
            To::Page => Self::Page { page: need(flat.page.take(), "page")? },
            To::Feedback => Self::Feedback {
                message: need(flat.message.take(), "message")?,
                helpful: need(flat.helpful.take(), "helpful")?,
            },
            To::Form => Self::Form { values: std::mem::take(&mut flat.values) },
            To::Identify => Self::Identify { token: need(flat.value.take(), "value")? },
            To::Consent => Self::Consent { given: need(flat.given.take(), "given")? },
            To::Products => Self::Products { cards: std::mem::take(&mut flat.cards) },
            To::Reveal => Self::Reveal { id: need(flat.id.take(), "id")?, k: need(flat.k.take(), "k")? },
            To::Customer => Self::Customer { customer: need(flat.value.take(), "value")? },
            To::SetLocale => Self::SetLocale { locale: need(flat.locale.take(), "locale")? },
            To::Retry => Self::Retry { id: need(flat.id.take(), "id")? },
            To::Erase => Self::Erase,
            To::Online => Self::Online { online: need(flat.online.take(), "online")? },
            To::Actions => Self::Actions {
                offered: need(flat.offered.take(), "offered")?,
                cart: flat.given.take().unwrap_or_default(),
            },
            To::Clicked => Self::Clicked { item: need(flat.id.take(), "id")? },
            To::Ordered => {
                Self::Ordered { items: std::mem::take(&mut flat.values), bought: need(flat.given.take(), "given")? }
            }
            To::Continue => Self::Continue { code: need(flat.value.take(), "value")? },
            To::Forget => Self::Forget { taste: need(flat.value.take(), "value")? },
            To::ActionResult => Self::ActionResult {
                id: need(flat.id.take(), "id")?,
                status: need(flat.status.take(), "status")?,
                facts: std::mem::take(&mut flat.facts),
                text: flat.text.take(),
            },
            To::Suggest => Self::Suggest {
                seq: need(flat.seq.take(), "seq")?,
                text: need(flat.text.take(), "text")?,
                k: flat.k.take().unwrap_or(5),
            },
        };
        match flat.left() {
            Some(name) => Err(["unknown field `", name, "` of this type"].concat()),
            None => Ok(message),
        }
    }
}

impl FlatToEngine {
    /// A field that the type does not have.
    fn left(&self) -> Option<&'static str> {
        let texts = [
            ("id", &self.id),
            ("text", &self.text),
            ("message", &self.message),
            ("label", &self.label),
            ("value", &self.value),
            ("locale", &self.locale),
            ("base", &self.base),
            ("endpoint", &self.endpoint),
            ("site_key", &self.site_key),
            ("knowledge_key", &self.knowledge_key),
            ("status", &self.status),
            ("data", &self.data),
            ("recommend", &self.recommend),
            ("visitor", &self.visitor),
        ];
        let others = [
            ("page", self.page.is_some()),
            ("helpful", self.helpful.is_some()),
            ("online", self.online.is_some()),
            ("offered", self.offered.is_some()),
            ("facts", !self.facts.is_empty()),
            ("values", !self.values.is_empty()),
            ("cards", !self.cards.is_empty()),
            ("given", self.given.is_some()),
            ("keep", self.keep.is_some()),
            ("back_office", self.back_office.is_some()),
            ("seq", self.seq.is_some()),
            ("k", self.k.is_some()),
            ("models", self.models.is_some()),
        ];
        let texts = texts.iter().map(|(name, text)| (*name, text.is_some()));
        texts.chain(others).find(|(_, is_left)| *is_left).map(|(name, _)| name)
    }
}
