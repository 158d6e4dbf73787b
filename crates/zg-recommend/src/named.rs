//! Lists by the shop's own names of items: what a dialogue asks for, wherever it runs.

use crate::feedback::{Dislike, Taste};
use crate::index::Index;
use crate::rank::{Exclude, Reason, Request, Workspace, recommend};
use crate::rules::Rules;

/// What is known of a shopper, by the names of items; names that the index lacks are passed over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shopper<'s> {
    /// Items looked at, the oldest first.
    pub session: &'s [&'s str],
    /// Bought already.
    pub hidden: &'s [&'s str],
    pub dismissed: &'s [(&'s str, Dislike)],
    pub liked: &'s [&'s str],
    /// The least and the most that an item may cost, in hundredths.
    pub price: Option<(u64, u64)>,
}

/// An item of a list, by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Named<'i> {
    pub item: &'i str,
    pub score: f32,
    pub reason: Reason,
    /// The item that led to it.
    pub because: Option<&'i str>,
}

impl Reason {
    /// The word for it in every serialized form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ViewedAfter { .. } => "viewed_after",
            Self::ViewedTogether { .. } => "viewed_together",
            Self::SeenBefore { .. } => "seen_before",
            Self::SameCategory { .. } => "same_category",
            Self::SameBrand { .. } => "same_brand",
            Self::SimilarText { .. } => "similar_text",
            Self::Popular { .. } => "popular",
            Self::New => "new",
            Self::Explored => "explored",
            Self::OfCategory { .. } => "same_category",
            Self::OfBrand { .. } => "same_brand",
        }
    }

    /// The item that led to it.
    #[must_use]
    pub fn item(self) -> Option<u32> {
        match self {
            Self::ViewedAfter { item, .. }
            | Self::ViewedTogether { item, .. }
            | Self::SameCategory { item }
            | Self::SameBrand { item }
            | Self::SimilarText { item } => Some(item),
            Self::SeenBefore { .. }
            | Self::Popular { .. }
            | Self::New
            | Self::Explored
            | Self::OfCategory { .. }
            | Self::OfBrand { .. } => None,
        }
    }
}

/// A list of at most `k` items for a shopper, by a shop's rules.
#[must_use]
pub fn list<'i>(
    index: &'i Index,
    shopper: &Shopper<'_>,
    rules: &Rules,
    k: usize,
    workspace: &mut Workspace,
) -> Vec<Named<'i>> {
    let names = index.names();
    let find = |name: &&str| names.find(name);
    // An item that the index lacks is still the one on screen.
    let session: Vec<u32> = shopper.session.iter().map(|name| find(name).unwrap_or(u32::MAX)).collect();
    let mut taste = Taste::default();
    shopper.hidden.iter().filter_map(find).for_each(|item| taste.hide(item));
    for (name, why) in shopper.dismissed {
        if let Some(item) = names.find(name) {
            taste.dismiss(item, *why);
        }
    }
    shopper.liked.iter().filter_map(find).for_each(|item| taste.like(item));
    let mut rules = Rules { price: shopper.price, ..rules.clone() };
    taste.apply(index, &mut rules);
    let mut hits = Vec::new();
    let request = Request { session: &session, k, exclude: Exclude::Seen, rules: &rules };
    recommend(index, &request, workspace, &mut hits);
    let named = |hit: &crate::rank::Hit| Named {
        item: names.get(hit.item),
        score: hit.score,
        reason: hit.reason,
        because: hit.reason.item().map(|item| names.get(item)),
    };
    hits.iter().map(named).collect()
}
