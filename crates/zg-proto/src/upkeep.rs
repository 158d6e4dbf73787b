//! Signals about knowledge, and what `zhanggui kb upkeep` makes of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zg_domain::{Date, Timestamp};

/// A line of a signals file. Unknown fields are passed over: who writes it may note more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignalLine {
    #[serde(flatten)]
    pub signal: SignalKind,
    /// When; without it, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// A person or a conversation, as a string or a number: each counts once per entry and kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SignalKind {
    /// A shopper said whether an answer helped.
    Feedback { entry: String, helpful: bool },
    /// A question got no answer.
    Miss {
        text: String,
        /// BCP 47; for the record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lang: Option<String>,
    },
    /// An answer was given.
    Answered { entry: String },
    /// A person was asked for, after an answer or with a question.
    Handoff {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// An attribute of a product is not any more what it was. Values are texts, numbers or booleans.
    CatalogChange { product: By, field: String, old: Value, new: Value },
}

/// A time: milliseconds since 1970, or a day or time by RFC 3339, of which the day counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct At(pub Timestamp);

impl TryFrom<Value> for At {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        const DAY: i64 = 86_400_000;
        let millis = match &value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => {
                let (day, rest) = text.split_at_checked(10).unwrap_or((text.as_str(), ""));
                let date = Date::parse(day).filter(|_| rest.is_empty() || rest.starts_with(['T', 't', ' ']));
                date.map(|date| date.days() * DAY)
            }
            _ => None,
        };
        // A year of five figures is seconds or microseconds taken for milliseconds, or nonsense.
        let millis = millis.filter(|millis| (0..253_402_300_800_000).contains(millis));
        millis
            .map(|millis| Self(Timestamp::from_millis(millis)))
            .ok_or("`at` is milliseconds since 1970 or a day, YYYY-MM-DD, before the year 10000")
    }
}

impl From<At> for Value {
    fn from(at: At) -> Self {
        at.0.as_millis().into()
    }
}

/// A name that may be written as a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct By(pub String);

impl TryFrom<Value> for By {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            _ => Err("a name is a string or a number"),
        }
    }
}

impl From<By> for Value {
    fn from(by: By) -> Self {
        by.0.into()
    }
}

/// Output of `zhanggui kb upkeep`: what to look at, most urgent first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewLine {
    /// From 1 on.
    pub rank: u64,
    /// None for a question that no entry answers.
    pub entry: Option<String>,
    /// Shoppers let down or about to be, lately and at least.
    pub score: f64,
    /// The weightiest first.
    pub reasons: Vec<ReasonLine>,
    /// The entry's, or how most have asked.
    pub question: String,
    /// Ways in which shoppers asked without an answer, personal data masked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
    /// File and anchor of the entry.
    pub source: Option<String>,
    pub file: Option<String>,
    /// Where the sources were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    pub suggestion: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasonLine {
    /// `unhelpful`, `miss`, `catalog_change`, `stale`, `expiring`, `expired`, `handoff` or `never_asked`.
    pub kind: String,
    pub detail: String,
    /// How many signals speak of it, each person once.
    pub n: u64,
}
