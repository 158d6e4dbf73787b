//! What goes into a turn of the dialogue and what comes out: `zg-assistant` steps, `zg-proto` writes down.

use crate::{Confidence, Date, Handoff, Previous};

/// What the dialogue remembers between two turns; bounded, whatever the shopper does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DialogueState {
    pub turns: u32,
    /// Utterances in a row that found no answer.
    pub misses: u32,
    pub handoff: Handoff,
    /// Locale of the assistant's own words, after the shopper's last telling utterance.
    pub lang: Option<String>,
    pub last_entry: Option<String>,
    /// How often in a row the last entry was given.
    pub repeats: u32,
    /// What the assistant did last, and about what.
    pub previous: Option<Previous>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialogueEvent {
    Utterance {
        text: String,
    },
    /// A button was pressed: `ask:<entry id>`, `rephrase` or `handoff`.
    QuickReply {
        value: String,
    },
    RequestHandoff,
    EndHandoff,
    Feedback {
        helpful: bool,
    },
}

/// What is to be done about it, by whoever called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Say(Reply),
    /// Ask for a person; `reason` is a stable word.
    RequestHandoff {
        reason: &'static str,
    },
    EndHandoff,
}

/// Something the assistant says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub kind: ReplyKind,
    pub text: String,
    /// BCP 47.
    pub lang: String,
    pub buttons: Vec<Button>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyKind {
    /// Words that claim nothing: a greeting, thanks.
    Text,
    Answer(AnswerSource),
    /// Several readings; the buttons are they.
    Clarify,
    /// Nothing fits; a person is offered.
    Fallback,
    /// Something that happened, by a stable word.
    Event(&'static str),
}

/// Where an answer comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerSource {
    pub entry: String,
    pub question: String,
    pub source: String,
    pub confidence: Confidence,
    pub verified: Option<Date>,
    pub valid_until: Option<Date>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    pub value: String,
}
