//! Recommendations as the dialogue asks for them, gets them and hears what became of them.

use crate::Timestamp;

/// Longer names of products are none that a feed may have.
pub const MAX_ITEM_BYTES: usize = 64;

/// What a list is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Occasion {
    /// The shopper asked.
    #[default]
    Chat,
    /// More like one that was shown.
    Similar,
    /// In place of one that is sold out.
    OutOfStock,
    /// What goes with something bought.
    AfterPurchase,
    /// Something gentle, once a complaint is settled.
    AfterComplaint,
}

impl Occasion {
    pub const ALL: [Self; 5] = [Self::Chat, Self::Similar, Self::OutOfStock, Self::AfterPurchase, Self::AfterComplaint];

    /// The word for it in every serialized form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Similar => "similar",
            Self::OutOfStock => "out_of_stock",
            Self::AfterPurchase => "after_purchase",
            Self::AfterComplaint => "after_complaint",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|occasion| occasion.name() == name)
    }

    /// Whether the shopper did not ask for it: then it counts against the shop's cap.
    #[must_use]
    pub fn is_proactive(self) -> bool {
        matches!(self, Self::AfterPurchase | Self::AfterComplaint)
    }
}

/// Why an item was waved away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dislike {
    /// Not this one.
    #[default]
    Item,
    /// Nothing of its brand.
    Brand,
    /// Nothing that costs as much.
    Price,
    /// Nothing of its kind.
    Category,
}

impl Dislike {
    pub const ALL: [Self; 4] = [Self::Item, Self::Brand, Self::Price, Self::Category];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Brand => "brand",
            Self::Price => "price",
            Self::Category => "category",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.name() == name)
    }
}

/// What is asked of a recommender, wherever it runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Comes back with the list.
    pub id: String,
    pub occasion: Occasion,
    /// Products looked at, the oldest first.
    pub session: Vec<String>,
    /// Bought already.
    pub hidden: Vec<String>,
    pub dismissed: Vec<(String, Dislike)>,
    pub liked: Vec<String>,
    /// The least and the most that an item may cost, in hundredths.
    pub price: Option<(u64, u64)>,
    pub k: u32,
}

/// One item of a list, and what speaks for it: a figure of the index, nothing invented.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Suggested {
    pub item: String,
    /// `viewed_after`, `viewed_together`, `seen_before`, `same_category`, `same_brand`, `similar_text`, `popular`, `new` or
    /// `explored`.
    pub reason: String,
    /// The item that led to it.
    pub because: Option<String>,
}

/// What a shopper did with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedbackKind {
    /// Its page was looked at.
    View,
    /// It was in a list that was shown.
    Impression,
    Click,
    Dismiss,
    Like,
    Cart,
    Purchase,
}

impl FeedbackKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Impression => "impression",
            Self::Click => "click",
            Self::Dismiss => "dismiss",
            Self::Like => "like",
            Self::Cart => "cart",
            Self::Purchase => "purchase",
        }
    }
}

/// What whoever learns from lists is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemFeedback {
    pub kind: FeedbackKind,
    pub item: String,
    /// The list it was in, by the id that its maker gave it.
    pub request: Option<String>,
    /// Its place there, from 0.
    pub slot: Option<u32>,
    /// Why it was waved away.
    pub why: Option<Dislike>,
}

/// What the shopper likes and has looked at, as far as the dialogue remembers it; bounded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shopping {
    /// Products looked at, the oldest first.
    pub looked: Vec<String>,
    /// The list shown last, and the id that its maker gave it.
    pub shown: Vec<String>,
    pub request: String,
    /// Shown before that: "others, please".
    pub earlier: Vec<String>,
    pub dismissed: Vec<(String, Dislike)>,
    pub liked: Vec<String>,
    pub bought: Vec<String>,
    /// Bought a moment ago, and nothing that goes with it has been shown yet; empty otherwise.
    pub fresh: String,
    /// Words that the last list was looked for by, as they were said.
    pub wishes: String,
    /// The product that the list shown last is like; empty where it is of wishes.
    pub like: String,
    /// A list that was asked for and has not come.
    pub waits: Option<Waiting>,
    /// Lists asked for so far; their ids are counted.
    pub n_lists: u32,
    /// When something was shown unasked, the last first.
    pub unasked: Vec<Timestamp>,
    /// What the shopper comes back to: coarse, and theirs to change.
    pub tastes: Vec<Taste>,
    /// Products looked at while there was no catalog to say of what kind they are, the oldest first; what they tell is still to learn.
    pub owed: Vec<String>,
}

/// A list that is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waiting {
    pub id: String,
    pub occasion: Occasion,
    /// The product it is about, where it is about one.
    pub about: String,
    pub since: Timestamp,
}

/// Something a shopper comes back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taste {
    pub kind: TasteKind,
    /// A category or brand as the catalog writes it, or a band of prices such as `100–200`.
    pub value: String,
    /// How often, newer times counting more; in hundredths.
    pub weight: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TasteKind {
    Category,
    Brand,
    Price,
}

impl TasteKind {
    pub const ALL: [Self; 3] = [Self::Category, Self::Brand, Self::Price];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Price => "price",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
