//! Who holds a conversation.

use crate::{OperatorId, Timestamp};

/// A move that the present state does not allow; reload the conversation and decide again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the conversation is not in a state that allows this")]
pub struct InvalidTransition;

/// Who holds the conversation: the assistant, nobody yet, or one of the shop's people.
///
/// The states map one to one onto those of WeChat customer service (new 0, assistant 1, queue 2, person 3, ended 4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Handoff {
    /// Nothing was said yet.
    #[default]
    New,
    /// The assistant answers; nobody was asked for.
    Contained,
    /// A person was asked for and none has taken it yet.
    Queued { since: Timestamp },
    /// `operator` holds it; the assistant is silent.
    Assigned { operator: OperatorId },
    /// Closed; a further message opens it again with the assistant.
    Ended,
}

impl Handoff {
    /// The shopper, or the policy, asks for a person. Asking again keeps the place in the queue.
    pub fn request(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::New | Self::Contained | Self::Ended => Ok(Self::Queued { since: now }),
            Self::Queued { .. } | Self::Assigned { .. } => Ok(self),
        }
    }

    pub fn assign(self, operator: OperatorId) -> Result<Self, InvalidTransition> {
        match self {
            Self::Queued { .. } => Ok(Self::Assigned { operator }),
            Self::Assigned { operator: holder } if holder == operator => Ok(Self::Assigned { operator }),
            Self::New | Self::Contained | Self::Assigned { .. } | Self::Ended => Err(InvalidTransition),
        }
    }

    /// The operator ends the conversation, or the shopper leaves the queue.
    pub fn end(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Queued { .. } | Self::Assigned { .. } | Self::Contained => Ok(Self::Ended),
            Self::New | Self::Ended => Err(InvalidTransition),
        }
    }

    /// The word for this state in every serialized form.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Contained => "contained",
            Self::Queued { .. } => "queued",
            Self::Assigned { .. } => "assigned",
            Self::Ended => "ended",
        }
    }

    /// Whether what the shopper writes is for a person.
    #[must_use]
    pub fn with_people(&self) -> bool {
        matches!(self, Self::Queued { .. } | Self::Assigned { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_held_by_one() {
        let now = Timestamp::from_millis(5);
        let [ann, bob] = ["a", "b"].map(|id| OperatorId::new(id).expect("well-formed"));
        let queued = Handoff::New.request(now).expect("a new conversation may ask");
        assert_eq!(queued.clone().request(Timestamp::from_millis(9)), Ok(queued.clone()));
        let assigned = queued.assign(ann.clone()).expect("queued may be assigned");
        assert_eq!(assigned.clone().assign(ann), Ok(assigned.clone()));
        assert_eq!(assigned.clone().assign(bob.clone()), Err(InvalidTransition));
        assert_eq!(assigned.end(), Ok(Handoff::Ended));
        assert_eq!(Handoff::Ended.assign(bob), Err(InvalidTransition));
    }
}
