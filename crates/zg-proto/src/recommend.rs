//! JSON lines of `zhanggui recommend`.

use serde::{Deserialize, Serialize};

/// An item as a shop names it: a string, or a number that stands for its digits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "an item is a string or a number")]
pub enum ItemTag {
    Text(String),
    Number(serde_json::Number),
}

impl ItemTag {
    /// The name of the item.
    #[must_use]
    pub fn name(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Text(text) => text.trim().into(),
            Self::Number(number) => number.to_string().into(),
        }
    }
}

/// Input of `zhanggui recommend query`. What a line says goes before what the command's flags say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionLine {
    /// Given back as it came: a string or a number.
    #[serde(default)]
    pub id: serde_json::Value,
    /// Items clicked, the oldest first.
    pub session: Vec<ItemTag>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<usize>,
    /// `seen`, `last` or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude: Option<String>,
    /// Items that are never to be shown, such as those bought already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<ItemTag>,
    /// What the shopper waved away, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dismissed: Vec<DismissalTag>,
    /// What the shopper said to like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub liked: Vec<ItemTag>,
    /// The least and the most that an item may cost, in the catalog's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<(f64, f64)>,
}

/// `{"item":"A1","reason":"brand"}`; without a reason it is the item alone that is not wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DismissalTag {
    pub item: ItemTag,
    #[serde(default)]
    pub reason: DismissalReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DismissalReason {
    /// Not this one.
    #[default]
    Item,
    /// Nothing of this brand.
    Brand,
    /// Nothing that costs as much.
    Price,
    /// Nothing of this kind.
    Category,
}

/// Output of `zhanggui recommend query`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListLine {
    pub id: serde_json::Value,
    pub items: Vec<RecommendedLine>,
    /// Why there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecommendedLine {
    pub item: ItemTag,
    /// Falls along the list.
    pub score: f64,
    /// `viewed_after`, `viewed_together`, `seen_before`, `same_category`, `same_brand`, `similar_text`, `popular`, `new` or
    /// `explored`.
    pub reason: String,
    /// What the reason rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<BecauseTag>,
}

/// The figures behind a reason.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BecauseTag {
    /// The item of the session that led to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemTag>,
    /// Sessions that say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<u32>,
    /// How many clicks ago it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clicks: Option<u32>,
}
