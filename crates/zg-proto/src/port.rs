//! The port between the widget (UI thread) and the engine (worker): structured-clone objects with a `type`.

use serde::{Deserialize, Serialize};
use zg_domain::{Confidence, Emotion, Entity, EntityKind, Intent, Scored, Sentiment, Understanding};

use crate::{HandoffTag, Message};

/// From the widget to the engine.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToEngine {
    /// The first message, once.
    Start(Config),
    /// The shopper wrote something. `id` is the message id.
    Utterance {
        id: String,
        text: String,
    },
    /// The shopper pressed a quick reply of message `message`.
    QuickReply {
        id: String,
        message: String,
        label: String,
        value: String,
    },
    /// The shopper shows people a picture, where people read along.
    Image {
        id: String,
        /// Stands for the picture where none can be shown.
        text: String,
        /// JPEG, PNG or WebP in base64.
        data: String,
        /// A small JPEG in base64, for this device's own transcript.
        #[serde(rename = "value")]
        preview: String,
        /// The preview's width and height in pixels, `320x240`.
        #[serde(rename = "label")]
        size: String,
    },
    /// The shopper is writing to people.
    Typing,
    /// What people wrote has been on the screen.
    Seen,
    /// The shopper asks for a person.
    RequestHandoff,
    /// The shopper sent the form shown last.
    Form {
        /// Name and value, a space between them.
        values: Vec<String>,
    },
    /// The merchant's word on who the shopper is, a JSON Web Token for the server; an empty one takes it back.
    Identify {
        #[serde(rename = "value")]
        token: String,
    },
    /// Whether anything may be kept on the device from here on.
    Consent {
        given: bool,
    },
    /// What the page sells, as far as it tells: cards of the kind `product`, whose `note` is `in_stock`, `out_of_stock` or
    /// `preorder`. Those of the same id are replaced.
    Products {
        cards: Vec<crate::Card>,
    },
    /// What the page says of the shopper: `new`, `returning`, `member`; anything else is nothing.
    Customer {
        #[serde(rename = "value")]
        customer: String,
    },
    /// The shopper leaves the queue, or ends the talk with a person.
    EndHandoff,
    /// What the shopper looks at.
    Page {
        page: Page,
    },
    /// Whether an answer helped.
    Feedback {
        message: String,
        helpful: bool,
    },
    SetLocale {
        locale: String,
    },
    /// Sends a message again that had failed.
    Retry {
        id: String,
    },
    /// Shows people one of the things that were hidden from them in a message, by its number.
    Reveal {
        id: String,
        k: u32,
    },
    /// Forgets the conversation, here and (where one was opened) on the server.
    Erase,
    /// The browser says the network is there again, or gone.
    Online {
        online: bool,
    },
    /// Whether the page carries out actions of playbooks, and whether one of them puts products into its cart.
    Actions {
        offered: bool,
        #[serde(rename = "given", default, skip_serializing_if = "std::ops::Not::not")]
        cart: bool,
    },
    /// The shopper followed the link of a product's card.
    Clicked {
        #[serde(rename = "id")]
        item: String,
    },
    /// The page says that these were put into the cart, or bought.
    Ordered {
        #[serde(rename = "values")]
        items: Vec<String>,
        #[serde(rename = "given")]
        bought: bool,
    },
    /// The shopper wants to go on with people at another device: without a code, one is asked for; with one, this is that device.
    Continue {
        #[serde(rename = "value")]
        code: String,
    },
    /// The shopper takes out something of what is remembered of their tastes, its kind and value with a space between; all of it
    /// where it is empty.
    Forget {
        #[serde(rename = "value")]
        taste: String,
    },
    /// What became of an action, by its id.
    ActionResult {
        id: String,
        /// `ok`, `refused`, `failed`, `timeout`, `queued`, or `elsewhere`: the page has no such action.
        status: String,
        /// Name and value, a space between them.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        facts: Vec<String>,
        /// Why it was refused, for the shopper.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// What has been typed so far: which questions may it become? One that a later one has overtaken gets no answer.
    Suggest {
        /// Comes back with the answer; each request has another.
        seq: u32,
        text: String,
        /// How many questions at the most, at most 20; 5 where it is left out.
        k: u32,
    },
}

/// What the page tells the assistant about itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Page {
    /// `home`, `category`, `product`, `cart`, `order`, …
    #[serde(default, rename = "type")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Where the engine finds things. All addresses are absolute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the static files, with a slash at its end.
    pub base: String,
    /// The sync endpoint (`…/v1`); without it the assistant answers and cannot hand over.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The storefront's public key: it names the tenant and grants an anonymous session, nothing else.
    #[serde(default)]
    pub site_key: Option<String>,
    /// BCP 47.
    pub locale: String,
    /// `false` where the shopper saves data: the models stay away until asked for.
    #[serde(default = "yes")]
    pub models: bool,
    /// The public keys that the shop pins, separated by spaces: knowledge that none of them has signed is refused.
    /// For the host, which fetches; the engine opens what it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knowledge_key: Option<String>,
    /// `false` until the shopper has consented, where the page waits for that: nothing is kept on the device.
    #[serde(default = "yes")]
    pub keep: bool,
    /// Whether the shop's own server does what the page has no action for, by way of the sync endpoint.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub back_office: bool,
    /// What the server may know of what the shopper looks at, so that it makes lists: `session` or `interests`; nothing where it
    /// is absent, and the device makes them. For the host, which asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommend: Option<String>,
    /// A random number of this visit, under which the server keeps what it may know; for the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<String>,
}

fn yes() -> bool {
    true
}

/// How far the models are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Models {
    /// Not asked for, refused or out of reach: answers come from text search alone.
    #[default]
    Absent,
    Loading,
    Ready,
}

/// Where a message of the shopper's is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It stays on this device: nobody was asked for.
    #[default]
    Local,
    /// In the outbox.
    Pending,
    /// The server has committed it.
    Sent,
    /// A person has seen it.
    Seen,
    /// The server refused it for good; the shopper may press retry.
    Failed,
}

/// A message as the widget draws it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Position in the transcript; later is larger.
    pub order: f64,
    #[serde(default)]
    pub delivery: Delivery,
    /// What the shopper said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helpful: Option<bool>,
    /// What people were not shown of it, masked, in its order; empty once the shopper has shown it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
    /// Its place in the server's log; 0 where it has none yet.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seq: u64,
    pub message: Message,
}

fn is_zero(seq: &u64) -> bool {
    *seq == 0
}

/// From the engine to the widget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromEngine {
    /// Knowledge is open: questions are answered from here on.
    Ready { entries: u32, starters: Vec<crate::QuickReply> },
    /// Messages that are new or have changed, oldest first. `reset`: forget those shown before.
    Messages { reset: bool, messages: Vec<Shown> },
    /// The state beside the messages; sent whenever one of them changes.
    Status(Status),
    /// The engine cannot go on. `text` is for the console; the widget shows the help link.
    Fatal { code: String, text: String },
    /// The page is to carry out an action, once for each id, and to say what became of it.
    Act {
        id: String,
        action: String,
        /// Name and value, a space between them.
        arguments: Vec<String>,
    },
    /// Questions that what was typed may become, best first.
    Suggestions { seq: u32, items: Vec<Suggestion> },
    /// What became of the knowledge that the host looked for; the host says it, not the engine.
    Knowledge {
        state: Knowledge,
        /// The version that answers now; absent where knowledge has none, or none answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u64>,
        /// For the console.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// A question of the knowledge base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Id of the entry; a quick reply `ask:<entry>` asks it.
    pub entry: String,
    pub question: String,
}

/// What became of knowledge that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knowledge {
    /// What the device has kept answers.
    Kept,
    /// A newer version answers from here on.
    Updated,
    /// What was found is damaged, older, of another key, unsigned or unreadable; the version before goes on answering.
    Refused,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Status {
    pub handoff: HandoffTag,
    /// How many are before the shopper in the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_ahead: Option<u32>,
    /// The name an operator shows to shoppers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// Whether a person can be asked for at all (an endpoint is configured).
    pub people: bool,
    pub online: bool,
    /// Messages waiting in the outbox.
    pub pending: u32,
    pub models: Models,
    /// The other side is writing.
    pub typing: bool,
    /// Actions of this conversation that the shop's own server was asked for.
    #[serde(default, skip_serializing_if = "no_actions")]
    pub acted: u32,
    /// What is remembered of the shopper's tastes, each its kind and value with a space between; the strongest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tastes: Vec<String>,
    /// The code that another device goes on with, or why there is none, or why one was not taken: `!none`, `!busy`, `!refused` or
    /// `!offline`; empty where nobody asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
}

fn no_actions(n: &u32) -> bool {
    *n == 0
}

/// An understanding on its way from the models' module to the engine's. Confidences are in thousandths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Understood {
    pub intents: Vec<(String, u16)>,
    pub out_of_scope: u16,
    /// In the order of `zg_domain::Sentiment::ALL`.
    pub sentiment: [u16; 3],
    /// In the order of `zg_domain::Emotion::ALL`.
    pub emotion: [u16; 5],
    /// Kind and value, a space between them; where they stood stays behind.
    #[serde(default)]
    pub entities: Vec<String>,
}

fn thousandths(confidence: Confidence) -> u16 {
    (confidence.get() * 1000.0).round() as u16
}

fn confidence(thousandths: u16) -> Confidence {
    Confidence::saturating(f64::from(thousandths) / 1000.0)
}

impl From<Understanding> for Understood {
    fn from(from: Understanding) -> Self {
        Self {
            intents: from.intents.into_iter().map(|scored| (scored.label.0, thousandths(scored.confidence))).collect(),
            out_of_scope: thousandths(from.out_of_scope),
            sentiment: from.sentiment_scores.map(thousandths),
            emotion: from.emotion_scores.map(thousandths),
            entities: from.entities.into_iter().map(|entity| [entity.kind.name(), &entity.value].join(" ")).collect(),
        }
    }
}

impl From<Understood> for Understanding {
    fn from(from: Understood) -> Self {
        let best = |scores: &[u16]| (0..scores.len()).rev().max_by_key(|at| scores[*at]).unwrap_or(0);
        let (sentiment, emotion) = (best(&from.sentiment), best(&from.emotion));
        let intents = from
            .intents
            .into_iter()
            .map(|(label, score)| Scored { label: Intent(label), confidence: confidence(score) });
        Self {
            intents: intents.collect(),
            out_of_scope: confidence(from.out_of_scope),
            sentiment: Scored { label: Sentiment::ALL[sentiment], confidence: confidence(from.sentiment[sentiment]) },
            sentiment_scores: from.sentiment.map(confidence),
            emotion: Scored { label: Emotion::ALL[emotion], confidence: confidence(from.emotion[emotion]) },
            emotion_scores: from.emotion.map(confidence),
            entities: from.entities.iter().filter_map(|text| entity(text)).collect(),
        }
    }
}

fn entity(text: &str) -> Option<Entity> {
    let (kind, value) = text.split_once(' ')?;
    Some(Entity { kind: EntityKind::from_name(kind)?, value: value.to_owned(), start: 0, end: 0 })
}
