//! A message, the same on the port, in IndexedDB and over HTTP.

use serde::{Deserialize, Serialize};
use zg_domain::{Author, Handoff};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
pub struct QuickReply {
    /// What the button says.
    pub label: String,
    /// What comes back when it is pressed: `ask:<entry id>`, `handoff` or `rephrase`.
    pub value: String,
}

/// What a message holds besides its text. Read as part of its [`Message`].
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// Something that happened: `handoff_requested`, `operator_joined`, `ended`, …
    Event { name: String },
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// Made by the writer; the key by which a retry is recognised.
    pub id: String,
    pub author: AuthorTag,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Text, never markup; links in it are plain text until a renderer has checked their scheme.
    pub text: String,
    /// BCP 47 language of the text, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    #[serde(flatten)]
    pub body: Body,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quick_replies: Vec<QuickReply>,
}
