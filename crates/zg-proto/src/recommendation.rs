//! Recommendations over HTTP: what is asked, what is answered, what shoppers do with it, and what the shop says of its products.
//!
//! Texts of answers are `Cow`, so that the server writes them without copying; read them as `Recommendations<'static>`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::recommend::DismissalReason;

/// `POST /v1/recommendations`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RecommendationRequest {
    /// The storefront's public key. The merchant's own back office sends its secret instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_key: Option<String>,
    /// Items looked at, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub session: Vec<ItemName>,
    /// How many items, 1 to 200; 6 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k: Option<u32>,
    /// What of the session is not recommended again: all that was `seen` (the default), the `last` item, or `none` of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude: Option<ExcludeTag>,
    /// Never shown, such as what was bought already.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<ItemName>,
    /// What the shopper waved away, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dismissed: Vec<Dismissed>,
    /// What the shopper said to like.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub liked: Vec<ItemName>,
    /// The least and the most that an item may cost, in the catalog's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<(f64, f64)>,
    /// What the shopper cares for, coarsely, for shops that do not want sessions to leave the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interests: Option<Interests>,
    /// Where the list is shown; `chat` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<ContextTag>,
    /// A random number of the device, 16 to 64 characters of A-Z, a-z, 0-9, `_` and `-`. Whoever knows it may erase what is kept
    /// under it, so make it of 128 random bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visitor: Option<String>,
    /// Whether one slot may be given to learning; it may where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explore: Option<bool>,
}

/// An item as the shop names it, at most 255 bytes; a number stands for its digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ItemName(pub String);

impl<'de> Deserialize<'de> for ItemName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = ItemName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an item")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<ItemName, E> {
                Ok(ItemName(name.trim().to_owned()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<ItemName, E> {
                Ok(ItemName(number.to_string()))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// `{"item":"A1","reason":"brand"}`; without a reason it is the item alone that is not wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Dismissed {
    pub item: ItemName,
    #[serde(default)]
    pub reason: DismissalReason,
}

/// What of the session may be recommended again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExcludeTag {
    #[default]
    Seen,
    Last,
    None,
}

/// Where a list is shown. What is learned of an item is learned for each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContextTag {
    #[default]
    Chat,
    Product,
    Cart,
    Home,
    AfterPurchase,
    AfterComplaint,
}

/// Names of categories and brands, as the feed has them, each with a weight above 0.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Interests {
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "weights")]
    pub categories: BTreeMap<String, f64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "weights")]
    pub brands: BTreeMap<String, f64>,
}

/// A map in which no name comes twice.
fn weights<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, f64>, D::Error> {
    struct Reader;
    impl<'de> Visitor<'de> for Reader {
        type Value = BTreeMap<String, f64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("names with weights")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some((name, weight)) = fields.next_entry::<String, f64>()? {
                if map.insert(name, weight).is_some() {
                    return Err(A::Error::custom("a field comes twice"));
                }
            }
            Ok(map)
        }
    }
    deserializer.deserialize_map(Reader)
}

/// The answer. The same request, state of the index and visitor give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recommendations<'a> {
    /// Names this list; events about it carry it.
    pub request: Cow<'a, str>,
    /// Names the state of the index that made it.
    pub version: Cow<'a, str>,
    pub items: Vec<Recommended<'a>>,
    /// Why there are no items: `no_items`, where nothing is known that is for sale, or `all_excluded`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty: Option<Cow<'a, str>>,
}

/// An item of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recommended<'a> {
    pub item: Cow<'a, str>,
    /// Falls along the list.
    pub score: f64,
    /// `viewed_after`, `viewed_together`, `seen_before`, `same_category`, `same_brand`, `similar_text`, `popular`, `new` or
    /// `explored`; there may be others later.
    pub reason: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Because<'a>>,
    /// How likely it was to be here, 0 to 1; for whoever judges other ways to rank.
    pub propensity: f64,
    /// The first is 0.
    pub slot: u32,
    /// What the shop's feed says of it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductCard<'a>>,
}

/// The figures behind a reason.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Because<'a> {
    /// The item of the session that led to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Cow<'a, str>>,
    /// Sessions that say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<u32>,
    /// How many clicks ago it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clicks: Option<u32>,
    /// The interest that it meets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<Cow<'a, str>>,
}

/// Enough to draw a card.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ProductCard<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub title: Cow<'a, str>,
    /// A decimal number, such as `"129.00"`: what has to be paid now.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub price: Cow<'a, str>,
    /// ISO 4217.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub currency: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub url: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub image: Cow<'a, str>,
}

/// `POST /v1/events`. Each event is taken or refused by itself, so that one that is wrong costs no other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PostEvents {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_key: Option<String>,
    /// As in [`RecommendationRequest`].
    pub visitor: String,
    /// At most 500, each a [`ShopEvent`].
    #[cfg_attr(feature = "schema", schemars(with = "Vec<ShopEvent>"))]
    pub events: Vec<serde_json::Value>,
}

/// What a shopper did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ShopEvent {
    /// Names the event for its visitor: the same id counts once. 1 to 64 characters of A-Z, a-z, 0-9, `_`, `.`, `:` and `-`.
    pub id: String,
    /// `view`, `impression`, `click`, `dismiss`, `like`, `cart`, `purchase` or `end` (of the visit).
    #[serde(rename = "type")]
    pub kind: String,
    /// Absent for `end` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemName>,
    /// Milliseconds since 1970, within the last 30 days; the time of arrival where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
    /// The list it is about: `request` of [`Recommendations`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Where in that list the item was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u32>,
    /// Why it was waved away; of `dismiss` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DismissalReason>,
    /// Where the list was shown, as in [`RecommendationRequest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<ContextTag>,
}

/// One entry for each event, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventsTaken {
    pub events: Vec<EventTaken>,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventTaken {
    /// Empty where the event has none that can be read.
    pub id: String,
    pub status: TakenTag,
    /// Why it was rejected: `malformed`, `unknown_type`, `invalid_id`, `invalid_item`, `invalid_time`, `in_future`, `too_old` or
    /// `invalid_request`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TakenTag {
    /// Committed.
    Accepted,
    /// It had been taken before.
    Duplicate,
    Rejected,
}

/// `PUT /v1/catalog`, of the merchant's own back office: products that are new or have changed. What is left out of a product
/// stays as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutCatalog {
    /// At most 1,000.
    pub products: Vec<CatalogProduct>,
}

/// What the shop says of an item. This is also how it is stored.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CatalogProduct {
    pub item: ItemName,
    /// Other names under which pages report it: an article number, variants. At most 200.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<ItemName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// A decimal number, such as `"129.00"`: what has to be paid now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Whether it may be bought; where nothing was ever said it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_stock: Option<bool>,
    /// The share of the price that the shop earns, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// It is sold no more: never shown, until it is put again without this.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

/// How many products were new, changed and removed; the others were known so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CatalogChanges {
    pub added: u64,
    pub changed: u64,
    pub removed: u64,
    pub unchanged: u64,
}

impl std::ops::AddAssign for CatalogChanges {
    fn add_assign(&mut self, more: Self) {
        self.added += more.added;
        self.changed += more.changed;
        self.removed += more.removed;
        self.unchanged += more.unchanged;
    }
}

/// The query of `DELETE /v1/visitors/{id}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VisitorQuery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_key: Option<String>,
}

/// A list that was shown, as it is kept: a line of `zhanggui recommend export --format lists`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoggedList<'a> {
    pub request: Cow<'a, str>,
    /// Milliseconds since 1970.
    pub at: i64,
    pub context: ContextTag,
    pub version: Cow<'a, str>,
    /// `session` or `interests`: what the list was made of.
    pub policy: Cow<'a, str>,
    pub exclude: ExcludeTag,
    pub session: Vec<Cow<'a, str>>,
    pub items: Vec<LoggedItem<'a>>,
    /// What would have come next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub considered: Vec<LoggedItem<'a>>,
    /// Items of it that were clicked, put into the cart or bought; added while it is exported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clicked: Vec<Cow<'a, str>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoggedItem<'a> {
    pub item: Cow<'a, str>,
    pub score: f64,
    /// How likely it was to be in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propensity: Option<f64>,
}

/// Beside the snapshot of an index: what it holds of the log of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredShop {
    pub version: u32,
    /// The database's history that the numbers are of.
    pub epoch: String,
    /// CRC-32 of the index that it began with; 0 for an empty one.
    pub base: u32,
    /// When the newest session of that one ended, in seconds since 1970.
    pub base_newest: f64,
    /// That one had a catalog: what it lacks is not for sale.
    #[serde(default)]
    pub base_complete: bool,
    /// File of the snapshot, in the same folder.
    pub index: String,
    /// The number of the last event that it knows.
    pub events: u64,
    /// Visits that were going on.
    pub open: Vec<StoredVisit>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredVisit {
    /// The hash, in hexadecimal.
    pub visitor: String,
    pub items: Vec<ItemName>,
    pub first_at: i64,
    pub last_at: i64,
    pub last_received: i64,
    #[serde(default)]
    pub dropped: bool,
}
