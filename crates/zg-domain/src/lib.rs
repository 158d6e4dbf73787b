//! The words every other crate uses: ids, times, conversation and handoff states, what was understood.
//!
//! Nothing here reads a clock, does I/O or knows a serialized form; `zg-proto` owns those.
//!
//! ```
//! use zg_domain::{Handoff, OperatorId, Timestamp};
//! let queued = Handoff::Contained.request(Timestamp::from_millis(1_000)).unwrap();
//! let assigned = queued.assign(OperatorId::new("op-1").unwrap()).unwrap();
//! assert!(assigned.assign(OperatorId::new("op-2").unwrap()).is_err());
//! ```

mod confidence;
mod dialogue;
pub mod fluent;
mod handoff;
mod id;
mod message;
mod recommendation;
mod time;
mod understanding;
mod utterance;

pub use confidence::Confidence;
pub use dialogue::{
    AnswerSource, Button, Card, CardField, CardKind, DialogueEvent, DialogueState, Effect, HandoffReason, LookedAt,
    Outcome, Packet, Reply, ReplyKind, Task, Told, Waits, Why,
};
pub use handoff::{Handoff, InvalidTransition};
pub use id::{ConversationId, EntryId, InvalidId, MessageId, OperatorId, TenantId};
pub use message::{Author, MAX_MESSAGE_BYTES};
pub use recommendation::{
    Dislike, FeedbackKind, ItemFeedback, MAX_ITEM_BYTES, Occasion, Shopping, Suggested, Taste, TasteKind, Waiting,
    Wanted,
};
pub use time::{Clock, Date, Timestamp};
pub use understanding::{Emotion, Entity, EntityKind, Intent, Language, Scored, Script, Sentiment, Understanding};
pub use utterance::{Act, Previous, Utterance};
