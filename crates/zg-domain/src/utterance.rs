use crate::{Intent, Language};

/// What the assistant's last turn did. The models were trained with these names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Act {
    /// Gave an entry of the knowledge base.
    Answer,
    /// Asked for something it needs, such as an order number.
    Ask,
    /// Asked which of several readings was meant.
    Clarify,
    /// Asked for a yes or a no.
    Confirm,
    OfferPerson,
    Recommend,
}

impl Act {
    pub const ALL: [Self; 6] =
        [Self::Answer, Self::Ask, Self::Clarify, Self::Confirm, Self::OfferPerson, Self::Recommend];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Ask => "ask",
            Self::Clarify => "clarify",
            Self::Confirm => "confirm",
            Self::OfferPerson => "offer_person",
            Self::Recommend => "recommend",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }
}

/// The turn before, as far as it settles what a short answer means ("那这个呢", "要", "不是").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    pub act: Act,
    /// What that turn was about.
    pub intent: Intent,
}

/// What is to be understood.
#[derive(Debug, Clone, Copy)]
pub struct Utterance<'u> {
    /// In standard words, by `zg_text::read`.
    pub reading: &'u str,
    pub language: Language,
    pub previous: Option<&'u Previous>,
}
