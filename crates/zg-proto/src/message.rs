//! A message, the same on the port, in IndexedDB and over HTTP.

use serde::{Deserialize, Serialize};
use zg_domain::{Author, Handoff};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Author"))]
#[serde(rename_all = "snake_case")]
pub enum AuthorTag {
    Shopper,
    Assistant,
    Operator,
    System,
}

impl From<Author> for AuthorTag {
    fn from(author: Author) -> Self {
        match author {
            Author::Shopper => Self::Shopper,
            Author::Assistant => Self::Assistant,
            Author::Operator => Self::Operator,
            Author::System => Self::System,
        }
    }
}

impl AuthorTag {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shopper => "shopper",
            Self::Assistant => "assistant",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Shopper, Self::Assistant, Self::Operator, Self::System].into_iter().find(|tag| tag.name() == name)
    }
}

/// Who holds the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "HandoffState"))]
#[serde(rename_all = "snake_case")]
pub enum HandoffTag {
    #[default]
    New,
    Contained,
    Queued,
    Assigned,
    Ended,
}

impl From<&Handoff> for HandoffTag {
    fn from(handoff: &Handoff) -> Self {
        match handoff {
            Handoff::New => Self::New,
            Handoff::Contained => Self::Contained,
            Handoff::Queued { .. } => Self::Queued,
            Handoff::Assigned { .. } => Self::Assigned,
            Handoff::Ended => Self::Ended,
        }
    }
}

impl HandoffTag {
    /// Whether what the shopper writes is for a person.
    #[must_use]
    pub fn with_people(self) -> bool {
        matches!(self, Self::Queued | Self::Assigned)
    }
}

/// Where an answer comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Answer {
    /// Id of the knowledge entry.
    pub entry: String,
    /// The entry's question, as its author wrote it.
    pub question: String,
    /// File and entry the knowledge was compiled from.
    pub source: String,
    pub confidence: f64,
    /// The day a person last confirmed it, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
}

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuickReply {
    /// What the button says.
    pub label: String,
    /// What comes back when it is pressed: `ask:<entry id>`, `handoff` or `rephrase`.
    pub value: String,
}

/// A part of a message that is more than words: a product, an order, a coupon, a form, a rating. The message's text says the
/// same. Stays on the device: what people get is the text.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Card {
    /// `product`, `order`, `coupon`, `form` or `rating`.
    pub kind: String,
    /// Product or order number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// A line below the title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Address of a picture, and of a page; whoever draws them checks them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub price: String,
    /// The price before.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub was: String,
    /// A coupon's code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// What the button of a form says.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub action: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<CardField>,
}

/// A line of a card.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct CardField {
    pub name: String,
    pub label: String,
    pub value: String,
    /// `fact`: to be read. `done` and `now`: a step of an order's way, its value the time. Of a form: `text`, `order` or
    /// `choice`.
    pub kind: String,
    /// Of a choice: what may be chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<QuickReply>,
}

/// What a message holds besides its text. Read as part of its [`Message`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// Plain text of a person, or of the assistant where it claims nothing.
    Text,
    /// An answer out of the knowledge base.
    Answer(Answer),
    /// "Did you mean": the readings are the quick replies.
    Clarify,
    /// Nothing fits; a person is offered.
    Fallback,
    /// A picture of the shopper's for people, kept by the server under the message's id; the text says that there is one.
    Image,
    /// Something that happened: `handoff_requested`, `operator_joined`, `ended`, …
    Event { name: String },
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// Made by the writer; the key by which a retry is recognised.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,64}$")))]
    pub id: String,
    pub author: AuthorTag,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Text, never markup, at most 16 KiB of UTF-8; links in it are plain text until a renderer has checked their scheme.
    pub text: String,
    /// BCP 47 language of the text, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    #[serde(flatten)]
    pub body: Body,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default, length(max = 20)))]
    pub quick_replies: Vec<QuickReply>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub cards: Vec<Card>,
}
