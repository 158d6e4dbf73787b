//! What is learned from: what shoppers do, what the shop says of its products, and the lists that were shown.
//!
//! Each of the three is a log with numbers that become visible in their order, so that whoever reads on from a number misses
//! nothing, whichever process has written it.

use zg_domain::{TenantId, Timestamp};
use zg_proto::recommend::DismissalReason;
use zg_proto::recommendation::{CatalogChanges, CatalogProduct, ContextTag};

use super::{StorageError, Task};

/// A hash of the number that a device has made for itself.
pub type Visitor = [u8; 16];

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    View,
    Impression,
    Click,
    Dismiss,
    Like,
    Cart,
    Purchase,
    /// The visit is over.
    End,
    /// All that was known of the visitor was erased. Of the server's own.
    Erased,
}

impl EventKind {
    const ALL: [Self; 9] = [
        Self::View,
        Self::Impression,
        Self::Click,
        Self::Dismiss,
        Self::Like,
        Self::Cart,
        Self::Purchase,
        Self::End,
        Self::Erased,
    ];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Impression => "impression",
            Self::Click => "click",
            Self::Dismiss => "dismiss",
            Self::Like => "like",
            Self::Cart => "cart",
            Self::Purchase => "purchase",
            Self::End => "end",
            Self::Erased => "erased",
        }
    }

    /// The kind of a word; those of the server's own, too.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// An event of one visitor, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub id: String,
    pub kind: EventKind,
    /// Empty for what is about no item.
    pub item: String,
    /// Milliseconds since 1970.
    pub at: i64,
    pub request: Option<String>,
    pub slot: Option<u32>,
    pub reason: Option<DismissalReason>,
    pub context: Option<ContextTag>,
    /// Whether it is learned from.
    pub counted: bool,
}

/// Events that come together.
#[derive(Debug, Clone)]
pub struct NewEvents {
    pub visitor: Visitor,
    /// The merchant says so, and not a page.
    pub vouched: bool,
    pub events: Vec<NewEvent>,
}

/// An event of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedEvent {
    pub seq: u64,
    pub visitor: Visitor,
    pub received_at: i64,
    pub vouched: bool,
    pub event: NewEvent,
}

/// What is said of a product.
#[derive(Debug, Clone, PartialEq)]
pub struct NewProduct {
    pub product: CatalogProduct,
    /// Where the feed says so: it says all there is, and the hash tells whether it says the same as before.
    pub feed: Option<Visitor>,
}

/// The three logs.
pub trait ShopLog {
    /// Enters events, and says of each whether it is new. Acknowledged means committed.
    fn add_events(&self, tenant: &TenantId, events: NewEvents, now: Timestamp) -> Task<'_, Vec<bool>>;
    /// In the order of their numbers.
    fn events_after(&self, tenant: &TenantId, after: u64, limit: u32) -> Task<'_, Vec<LoggedEvent>>;
    /// Removes all events of a visitor, and notes that it did; gives how many there were.
    fn erase_visitor(&self, tenant: &TenantId, visitor: Visitor, now: Timestamp) -> Task<'_, u64>;
    /// Enters what is new of products.
    fn put_products(&self, tenant: &TenantId, products: Vec<NewProduct>) -> Task<'_, CatalogChanges>;
    /// Products in the order of their last change, removed ones too.
    fn products_after(&self, tenant: &TenantId, after: u64, limit: u32) -> Task<'_, Vec<(u64, CatalogProduct)>>;
    /// The products of the feed, with the hash of what it said of each.
    fn fed_products(&self, tenant: &TenantId) -> Task<'_, Vec<(String, Vec<u8>)>>;
    fn add_lists(&self, tenant: &TenantId, lines: String, now: Timestamp) -> Task<'_, ()>;
    fn lists_after(&self, tenant: &TenantId, after: u64, limit: u32) -> Task<'_, Vec<(u64, String)>>;
    /// Forgets events and lists that came before.
    fn forget_before(&self, tenant: &TenantId, before: Timestamp) -> Task<'_, ()>;
}

/// What was known of a product, and how the feed's word of it hashes.
pub(super) type Known = (CatalogProduct, Option<Vec<u8>>);

/// What is known of a product after it was spoken of; nothing where nothing changes.
pub(super) fn told(known: Option<&Known>, new: &NewProduct, changes: &mut CatalogChanges) -> Option<Known> {
    let digest = known.and_then(|(_, digest)| digest.clone());
    let (product, digest) = match &new.feed {
        // What the feed lacks.
        Some(_) if new.product.removed => {
            let before = known.map_or_else(|| new.product.clone(), |(product, _)| product.clone());
            (CatalogProduct { removed: true, ..before }, None)
        }
        Some(fed) => {
            if digest.as_deref() == Some(fed.as_slice()) {
                changes.unchanged += 1;
                return None;
            }
            (new.product.clone(), Some(fed.to_vec()))
        }
        None => {
            let before = known.map(|(product, _)| product.clone()).unwrap_or_default();
            (over(before, &new.product), digest)
        }
    };
    let was_sold = known.is_some_and(|(product, _)| !product.removed);
    if product.removed && (was_sold || known.is_none()) {
        changes.removed += 1;
    } else if !product.removed && !was_sold {
        changes.added += 1;
    } else if known.is_some_and(|(before, of)| *before == product && *of == digest) {
        changes.unchanged += 1;
        return None;
    } else {
        changes.changed += 1;
    }
    Some((product, digest))
}

/// What is said goes before what was known; what is left out stays.
fn over(before: CatalogProduct, new: &CatalogProduct) -> CatalogProduct {
    let new = new.clone();
    CatalogProduct {
        item: new.item,
        also: if new.also.is_empty() { before.also } else { new.also },
        title: new.title.or(before.title),
        category: new.category.or(before.category),
        brand: new.brand.or(before.brand),
        price: new.price.or(before.price),
        currency: new.currency.or(before.currency),
        url: new.url.or(before.url),
        image: new.image.or(before.image),
        in_stock: new.in_stock.or(before.in_stock),
        margin: new.margin.or(before.margin),
        removed: new.removed,
    }
}

/// A row of the events, as either database gives it.
pub(super) struct EventRow {
    pub seq: i64,
    pub visitor: Vec<u8>,
    pub id: String,
    pub kind: String,
    pub item: String,
    pub at: i64,
    pub received_at: i64,
    pub request: Option<String>,
    pub slot: Option<i64>,
    pub reason: Option<String>,
    pub context: Option<String>,
    pub vouched: i64,
    pub counted: i64,
}

impl EventRow {
    pub(super) fn read(self) -> Result<LoggedEvent, StorageError> {
        let broken = |what: &str| StorageError::Database(format!("event {} has no {what}", self.seq));
        Ok(LoggedEvent {
            seq: u64::try_from(self.seq).map_err(|_| broken("number"))?,
            visitor: self.visitor.as_slice().try_into().map_err(|_| broken("visitor"))?,
            received_at: self.received_at,
            vouched: self.vouched != 0,
            event: NewEvent {
                kind: EventKind::of(&self.kind).ok_or_else(|| broken("kind"))?,
                id: self.id,
                item: self.item,
                at: self.at,
                request: self.request,
                slot: self.slot.and_then(|slot| u32::try_from(slot).ok()),
                reason: self.reason.as_deref().and_then(word_read),
                context: self.context.as_deref().and_then(word_read),
                counted: self.counted != 0,
            },
        })
    }
}

/// A tag as its word.
pub(super) fn word<T: serde::Serialize>(tag: &T) -> String {
    zg_proto::to_json(tag).trim_matches('"').to_owned()
}

fn word_read<T: zg_proto::DeserializeOwned>(word: &str) -> Option<T> {
    zg_proto::from_json(&format!("\"{word}\"")).ok()
}

pub(super) fn product(json: &str) -> Result<CatalogProduct, StorageError> {
    zg_proto::from_json(json).map_err(|error| StorageError::Database(format!("a product cannot be read: {error}")))
}
