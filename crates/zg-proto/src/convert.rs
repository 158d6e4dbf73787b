//! Between the dialogue's own types and their serialized forms.

use zg_domain::{
    Act, AnswerSource, Button, DialogueEvent, DialogueState, Effect, Handoff, Intent, OperatorId, Previous, Reply,
    ReplyKind, Timestamp,
};

use crate::cli::{ChatEvent, EffectLine, StateRecord};
use crate::{Answer, AuthorTag, Body, HandoffTag, Message, QuickReply};

/// Two decimals: what an operator reads, and coarse enough that kernels that differ in the last bit agree.
fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

impl From<AnswerSource> for Answer {
    fn from(from: AnswerSource) -> Self {
        Self {
            entry: from.entry,
            question: from.question,
            source: from.source,
            confidence: hundredths(from.confidence.get()),
            verified: from.verified.map(|date| date.to_string()),
            valid_until: from.valid_until.map(|date| date.to_string()),
        }
    }
}

impl From<Button> for QuickReply {
    fn from(button: Button) -> Self {
        Self { label: button.label, value: button.value }
    }
}

impl Message {
    /// The message by which a reply of the assistant's enters the transcript.
    #[must_use]
    pub fn from_reply(reply: Reply, id: String, at: Timestamp) -> Self {
        let author = if matches!(reply.kind, ReplyKind::Event(_)) { AuthorTag::System } else { AuthorTag::Assistant };
        let body = match reply.kind {
            ReplyKind::Text => Body::Text,
            ReplyKind::Answer(source) => Body::Answer(source.into()),
            ReplyKind::Clarify => Body::Clarify,
            ReplyKind::Fallback => Body::Fallback,
            ReplyKind::Event(name) => Body::Event { name: name.to_owned() },
        };
        let quick_replies = reply.buttons.into_iter().map(Into::into).collect();
        Self { id, author, at: at.as_millis(), text: reply.text, lang: Some(reply.lang), body, quick_replies }
    }
}

impl From<Effect> for EffectLine {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Say(reply) => {
                let (kind, answer) = match reply.kind {
                    ReplyKind::Text => ("text", None),
                    ReplyKind::Answer(source) => ("answer", Some(source.into())),
                    ReplyKind::Clarify => ("clarify", None),
                    ReplyKind::Fallback => ("fallback", None),
                    ReplyKind::Event(_) => ("event", None),
                };
                let quick_replies = reply.buttons.into_iter().map(Into::into).collect();
                Self::Reply { kind: kind.to_owned(), text: reply.text, lang: reply.lang, answer, quick_replies }
            }
            Effect::RequestHandoff { reason } => Self::RequestHandoff { reason: reason.to_owned() },
            Effect::EndHandoff => Self::EndHandoff,
        }
    }
}

impl ChatEvent {
    /// The dialogue's event; `None` for what only the page needs.
    #[must_use]
    pub fn into_dialogue(self) -> Option<DialogueEvent> {
        Some(match self {
            Self::Utterance { text } => DialogueEvent::Utterance { text },
            Self::QuickReply { value } => DialogueEvent::QuickReply { value },
            Self::RequestHandoff => DialogueEvent::RequestHandoff,
            Self::EndHandoff => DialogueEvent::EndHandoff,
            Self::Feedback { helpful } => DialogueEvent::Feedback { helpful },
            Self::Page { .. } => return None,
        })
    }
}

impl From<&DialogueState> for StateRecord {
    fn from(state: &DialogueState) -> Self {
        let (handoff_since, operator) = match &state.handoff {
            Handoff::Queued { since } => (Some(since.as_millis()), None),
            Handoff::Assigned { operator } => (None, Some(operator.as_str().to_owned())),
            Handoff::New | Handoff::Contained | Handoff::Ended => (None, None),
        };
        Self {
            turns: state.turns,
            misses: state.misses,
            handoff: HandoffTag::from(&state.handoff),
            handoff_since,
            operator,
            lang: state.lang.clone(),
            last_entry: state.last_entry.clone(),
            last_entry_repeats: state.repeats,
            previous: state
                .previous
                .as_ref()
                .map(|previous| (previous.act.name().to_owned(), previous.intent.0.clone())),
        }
    }
}

impl From<StateRecord> for DialogueState {
    /// A record that contradicts itself (queued without a time) falls back to the assistant.
    fn from(record: StateRecord) -> Self {
        let operator = record.operator.and_then(|id| OperatorId::new(id).ok());
        let handoff = match (record.handoff, record.handoff_since, operator) {
            (HandoffTag::New, ..) => Handoff::New,
            (HandoffTag::Queued, Some(since), _) => Handoff::Queued { since: Timestamp::from_millis(since) },
            (HandoffTag::Assigned, _, Some(operator)) => Handoff::Assigned { operator },
            (HandoffTag::Ended, ..) => Handoff::Ended,
            (HandoffTag::Contained | HandoffTag::Queued | HandoffTag::Assigned, ..) => Handoff::Contained,
        };
        Self {
            turns: record.turns,
            misses: record.misses,
            handoff,
            lang: record.lang,
            last_entry: record.last_entry,
            repeats: record.last_entry_repeats,
            // An act of a later version means nothing here.
            previous: record
                .previous
                .and_then(|(act, intent)| Some(Previous { act: Act::from_name(&act)?, intent: Intent(intent) })),
        }
    }
}
