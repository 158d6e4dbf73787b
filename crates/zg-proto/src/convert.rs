//! Between the dialogue's own types and their serialized forms.

use zg_domain::{
    Act, AnswerSource, Button, DialogueEvent, DialogueState, Effect, Handoff, Intent, LookedAt, OperatorId, Outcome,
    Packet, Previous, Reply, ReplyKind, Suggested, Task, Taste, TasteKind, Timestamp, Waits, Why,
};

use crate::cli::{
    ChatEvent, EffectLine, Labelled, OutcomeTag, PacketTag, StateRecord, SuggestedLine, TaskLine, TasteLine, WhyTag,
};
use crate::memory;
use crate::port::Page;
use crate::{Answer, AuthorTag, Body, Card, CardField, HandoffTag, Message, QuickReply};

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

impl From<zg_domain::Card> for Card {
    fn from(card: zg_domain::Card) -> Self {
        Self {
            kind: card.kind.name().to_owned(),
            id: card.id,
            title: card.title,
            note: card.note,
            image: card.image,
            url: card.url,
            price: card.price,
            was: card.was,
            code: card.code,
            action: card.action,
            fields: card.fields.into_iter().map(Into::into).collect(),
        }
    }
}

/// A product that a page tells of; nothing but a product can be told so.
impl From<Card> for zg_domain::Card {
    fn from(card: Card) -> Self {
        Self {
            kind: zg_domain::CardKind::Product,
            id: card.id,
            title: card.title,
            note: card.note,
            image: card.image,
            url: card.url,
            price: card.price,
            was: card.was,
            ..Self::default()
        }
    }
}

impl From<zg_domain::CardField> for CardField {
    fn from(field: zg_domain::CardField) -> Self {
        Self {
            name: field.name,
            label: field.label,
            value: field.value,
            kind: field.kind.to_owned(),
            options: field.options.into_iter().map(Into::into).collect(),
        }
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
        let cards = reply.cards.into_iter().map(Into::into).collect();
        Self { id, author, at: at.as_millis(), text: reply.text, lang: Some(reply.lang), body, quick_replies, cards }
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
                let cards = reply.cards.into_iter().map(Into::into).collect();
                let (text, lang, why) = (reply.text, reply.lang, reply.why.into());
                Self::Reply {
                    kind: kind.to_owned(),
                    text,
                    lang,
                    answer,
                    quick_replies,
                    cards,
                    why,
                    rendered: Vec::new(),
                }
            }
            Effect::Act { id, action, arguments } => {
                Self::Action { id, action, arguments: arguments.into_iter().collect() }
            }
            Effect::RequestHandoff { reason, packet } => {
                Self::RequestHandoff { reason: reason.name().to_owned(), packet: packet.into() }
            }
            Effect::EndHandoff => Self::EndHandoff,
            Effect::Recommend(wanted) => Self::Recommend {
                id: wanted.id,
                occasion: wanted.occasion.name().to_owned(),
                session: wanted.session,
                hidden: wanted.hidden,
                dismissed: wanted.dismissed.into_iter().map(|(item, why)| (item, why.name().to_owned())).collect(),
                liked: wanted.liked,
                price: wanted.price,
                k: wanted.k,
            },
            Effect::Learn(feedback) => Self::Learn {
                kind: feedback.kind.name().to_owned(),
                item: feedback.item,
                request: feedback.request,
                slot: feedback.slot,
                reason: feedback.why.map(|why| why.name().to_owned()),
            },
        }
    }
}

impl From<SuggestedLine> for Suggested {
    fn from(line: SuggestedLine) -> Self {
        Self { item: line.item, reason: line.reason, because: line.because }
    }
}

impl From<&Taste> for TasteLine {
    fn from(taste: &Taste) -> Self {
        Self { kind: taste.kind.name().to_owned(), value: taste.value.clone(), weight: taste.weight }
    }
}

impl From<Why> for WhyTag {
    fn from(why: Why) -> Self {
        let intent = why
            .intent
            .map(|intent| Labelled { label: intent.label.0, confidence: hundredths(intent.confidence.get()) });
        Self { rule: why.rule.to_owned(), intent }
    }
}

impl From<Packet> for PacketTag {
    fn from(packet: Packet) -> Self {
        Self {
            wants: packet.wants,
            intent: packet.intent,
            facts: packet.facts.into_iter().collect(),
            tried: packet.tried,
            moods: packet.moods.into_iter().map(|mood| mood.label().to_owned()).collect(),
            priority: packet.priority,
        }
    }
}

impl From<OutcomeTag> for Outcome {
    fn from(tag: OutcomeTag) -> Self {
        // What is no text is shown as it is written.
        let text = |value: serde_json::Value| match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        match tag {
            OutcomeTag::Ok { facts } => {
                Self::Done(facts.into_iter().map(|(name, value)| (name, text(value))).collect())
            }
            OutcomeTag::Refused { reason } => Self::Refused(reason),
            OutcomeTag::Failed | OutcomeTag::Timeout => Self::Failed,
            OutcomeTag::Queued => Self::Queued,
        }
    }
}

impl From<&Task> for TaskLine {
    fn from(task: &Task) -> Self {
        let (waits, waits_for) = match &task.waits {
            Waits::Nothing => ("nothing", None),
            Waits::Slot(name) => ("slot", Some(name.clone())),
            Waits::Confirmation(_) => ("confirmation", None),
            Waits::Action(id) => ("action", Some(id.clone())),
        };
        Self {
            playbook: task.playbook.clone(),
            slots: task.facts.iter().cloned().collect(),
            waits: waits.to_owned(),
            waits_for,
        }
    }
}

impl From<Page> for LookedAt {
    fn from(page: Page) -> Self {
        Self { kind: page.kind, id: page.id.unwrap_or_default(), title: page.title.unwrap_or_default() }
    }
}

impl ChatEvent {
    #[must_use]
    pub fn into_dialogue(self) -> DialogueEvent {
        match self {
            Self::Utterance { text } => DialogueEvent::Utterance { text },
            Self::QuickReply { value } => DialogueEvent::QuickReply { value },
            Self::RequestHandoff => DialogueEvent::RequestHandoff,
            Self::EndHandoff => DialogueEvent::EndHandoff,
            Self::Form { values } => DialogueEvent::Form { values: values.into_iter().collect() },
            Self::PersonJoined => DialogueEvent::PersonJoined,
            Self::PersonLeft => DialogueEvent::PersonLeft,
            Self::Feedback { helpful } => DialogueEvent::Feedback { helpful },
            Self::Page { page } => DialogueEvent::Page(page.into()),
            Self::ActionResult { id, outcome } => DialogueEvent::ActionResult { id, outcome: outcome.into() },
            Self::Recommended { id, request, items } => {
                DialogueEvent::Recommended { id, request, items: items.into_iter().map(Into::into).collect() }
            }
            Self::Clicked { item } => DialogueEvent::Clicked { item },
            Self::Ordered { items, bought } => DialogueEvent::Ordered { items, bought },
            // A kind that is none takes nothing out.
            Self::Forget { kind: Some(kind), value } => match TasteKind::from_name(&kind) {
                Some(kind) => DialogueEvent::Forget { taste: Some((kind, value)) },
                None => DialogueEvent::Forget { taste: Some((TasteKind::Category, String::new())) },
            },
            Self::Forget { kind: None, .. } => DialogueEvent::Forget { taste: None },
        }
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
            memory: memory::write(state),
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
            ..memory::read(&record.memory)
        }
    }
}
