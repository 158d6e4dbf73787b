//! What was understood of an utterance.

use crate::Confidence;

/// The main language of an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    Chinese,
    Cantonese,
    English,
    /// Too little text to tell, or a language the house does not speak.
    #[default]
    Undetermined,
}

impl Language {
    /// ISO 639.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::Cantonese => "yue",
            Self::English => "en",
            Self::Undetermined => "und",
        }
    }

    /// The inverse of [`Language::code`]; what is none of them is undetermined.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        let all = [Self::Chinese, Self::Cantonese, Self::English];
        all.into_iter().find(|language| language.code() == code).unwrap_or_default()
    }

    /// The language knowledge is written in for speakers of this one.
    #[must_use]
    pub fn written(self) -> Option<&'static str> {
        match self {
            Self::Chinese | Self::Cantonese => Some("zh"),
            Self::English => Some("en"),
            Self::Undetermined => None,
        }
    }
}

/// The main script of an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Script {
    /// Han characters, simplified, or the same in both forms.
    Simplified,
    Traditional,
    Latin,
    #[default]
    Undetermined,
}

impl Script {
    /// ISO 15924.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Simplified => "Hans",
            Self::Traditional => "Hant",
            Self::Latin => "Latn",
            Self::Undetermined => "Zyyy",
        }
    }
}

/// A label of `models/<lang>`, such as `return_request`; merchants may add their own, hence no enum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Intent(pub String);

impl Intent {
    pub const OUT_OF_SCOPE: &'static str = "chitchat_other";

    #[must_use]
    pub fn is(&self, label: &str) -> bool {
        self.0 == label
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sentiment {
    Negative,
    #[default]
    Neutral,
    Positive,
}

impl Sentiment {
    pub const ALL: [Self; 3] = [Self::Negative, Self::Neutral, Self::Positive];

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
        }
    }

    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.label() == label)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Emotion {
    Angry,
    Anxious,
    Disappointed,
    Satisfied,
    #[default]
    Neutral,
}

impl Emotion {
    pub const ALL: [Self; 5] = [Self::Angry, Self::Anxious, Self::Disappointed, Self::Satisfied, Self::Neutral];

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Angry => "angry",
            Self::Anxious => "anxious",
            Self::Disappointed => "disappointed",
            Self::Satisfied => "satisfied",
            Self::Neutral => "neutral",
        }
    }

    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.label() == label)
    }
}

/// A label with its calibrated confidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scored<T> {
    pub label: T,
    pub confidence: Confidence,
}

/// What kind of thing an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntityKind {
    OrderNumber,
    TrackingNumber,
    Phone,
    Email,
    IdCard,
    BankCard,
    Amount,
    Quantity,
    Date,
    Size,
    Height,
    Weight,
    Color,
    /// Who carries the parcel.
    Carrier,
    /// A time of day.
    Time,
    /// A length of time that is not counted from now.
    Duration,
    /// A country, a province, a district, or a group of them.
    Region,
    /// A city of prefecture level and above, or one of the world's.
    City,
    /// A name of the shop's catalog, as the two after it.
    Product,
    Brand,
    Sku,
}

impl EntityKind {
    pub const ALL: [Self; 21] = [
        Self::OrderNumber,
        Self::TrackingNumber,
        Self::Phone,
        Self::Email,
        Self::IdCard,
        Self::BankCard,
        Self::Amount,
        Self::Quantity,
        Self::Date,
        Self::Size,
        Self::Height,
        Self::Weight,
        Self::Color,
        Self::Carrier,
        Self::Time,
        Self::Duration,
        Self::Region,
        Self::City,
        Self::Product,
        Self::Brand,
        Self::Sku,
    ];

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OrderNumber => "order_number",
            Self::TrackingNumber => "tracking_number",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::IdCard => "id_card",
            Self::BankCard => "bank_card",
            Self::Amount => "amount",
            Self::Quantity => "quantity",
            Self::Date => "date",
            Self::Size => "size",
            Self::Height => "height",
            Self::Weight => "weight",
            Self::Color => "color",
            Self::Carrier => "carrier",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Region => "region",
            Self::City => "city",
            Self::Product => "product",
            Self::Brand => "brand",
            Self::Sku => "sku",
        }
    }

    /// Whether the text must not leave the device unmasked.
    #[must_use]
    pub fn personal(self) -> bool {
        matches!(self, Self::Phone | Self::Email | Self::IdCard | Self::BankCard)
    }
}

/// A thing named in the utterance; `start..end` are UTF-8 byte offsets into the text as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    pub kind: EntityKind,
    /// What was typed; for dates and times what it means, for names of the catalog their id. The table is in `zg-nlu`.
    pub value: String,
    pub start: usize,
    pub end: usize,
}

/// What the models make of an utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct Understanding {
    /// Best first, at most five; never empty.
    pub intents: Vec<Scored<Intent>>,
    /// The probability that no intent of the shop fits.
    pub out_of_scope: Confidence,
    pub sentiment: Scored<Sentiment>,
    /// In the order of [`Sentiment::ALL`].
    pub sentiment_scores: [Confidence; 3],
    pub emotion: Scored<Emotion>,
    /// In the order of [`Emotion::ALL`].
    pub emotion_scores: [Confidence; 5],
    pub entities: Vec<Entity>,
}
