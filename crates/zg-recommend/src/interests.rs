//! Lists for who says what they care for and not what they looked at: categories and brands, each with a weight.

use crate::index::Index;
use crate::rank::{Hit, Reason, Request, Workspace};
use crate::rules;

/// Numbers of the catalog with weights above 0, in ascending order of numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interests {
    pub categories: Vec<(u32, f32)>,
    pub brands: Vec<(u32, f32)>,
}

impl Interests {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.categories.is_empty() && self.brands.is_empty()
    }
}

/// Trend at which an item is as popular as it is worth half of what popularity may add.
const HALF: f32 = 20.0;

/// Writes a list into `hits`, which is emptied before: what is of the categories and brands, the popular sooner, then what is
/// popular at all. The session of the request only says what was seen.
pub fn by_interests(
    index: &Index,
    interests: &Interests,
    request: &Request<'_>,
    workspace: &mut Workspace,
    hits: &mut Vec<Hit>,
) {
    hits.clear();
    let k = request.k.min(crate::MAX_LIST);
    let weight = |list: &[(u32, f32)], number: u32| {
        let found = list.binary_search_by_key(&number, |&(number, _)| number).ok().filter(|_| number != 0);
        found.map_or(0.0, |at| list[at].1)
    };
    let most = |list: &[(u32, f32)]| list.iter().map(|&(_, weight)| weight).fold(0.0, f32::max);
    let sum = most(&interests.categories) + most(&interests.brands);
    let may = |item: u32| {
        index.catalog().may_sell(item) && request.rules.may_show(index, item) && !request.session.contains(&item)
    };
    let mut scored = Vec::new();
    if sum > 0.0 && sum.is_finite() {
        for item in 0..index.n_items() as u32 {
            let Some(about) = index.catalog().about(item) else { continue };
            let of_category = weight(&interests.categories, about.category);
            let of_brand = weight(&interests.brands, about.brand);
            if of_category + of_brand > 0.0 && may(item) {
                let trend = index.trend(item);
                scored.push(((of_category + of_brand) / sum * (0.7 + 0.3 * trend / (trend + HALF)), item));
            }
        }
    }
    request.rules.weigh(index, &mut scored);
    scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    hits.extend(scored.iter().filter_map(|&(score, item)| {
        let about = index.catalog().about(item)?;
        let by_category = weight(&interests.categories, about.category) >= weight(&interests.brands, about.brand);
        let reason = if by_category {
            Reason::OfCategory { category: about.category }
        } else {
            Reason::OfBrand { brand: about.brand }
        };
        Some(Hit { item, score, reason })
    }));
    rules::arrange(index, request.rules, k, hits);
    if hits.len() < k {
        // Nothing of the query before may be left in the room.
        workspace.vote(index, index.knobs(), &[]);
        crate::fallback::fill(index, &Request { session: &[], ..*request }, &may, workspace, hits);
        workspace.clear();
    }
}
