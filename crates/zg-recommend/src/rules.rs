//! A shop's rules, after the scores and before the cut.

use crate::index::Index;
use crate::rank::Hit;

/// The most that margin may add to a score.
pub const MAX_MARGIN_SHARE: f32 = 0.1;

/// What may be shown, and what is to be shown sooner.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    /// Never shown: bought already, or dismissed, in ascending order.
    pub hidden: Vec<u32>,
    /// Brands never shown, as the catalog numbers them, in ascending order.
    pub hidden_brands: Vec<u32>,
    /// The same for categories.
    pub hidden_categories: Vec<u32>,
    /// Prices that may be shown, in hundredths of the catalog's currency; items without a price may.
    pub price: Option<(u64, u64)>,
    /// Items of one brand in a list, at the most; 0 for any number. An item of no known brand counts for none.
    pub brand_cap: usize,
    /// How much an item loses for each item of its category before it, 0 to 1.
    pub diversity: f32,
    /// How much of [`MAX_MARGIN_SHARE`] the largest margin earns, 0 to 1.
    pub margin: f32,
    /// Items whose scores are multiplied, such as those like a dismissed one, in ascending order of items.
    pub factors: Vec<(u32, f32)>,
}

impl Rules {
    /// The rules of the house: nothing hidden, at most three of a brand.
    #[must_use]
    pub fn of_house() -> Self {
        Self { brand_cap: 3, ..Self::default() }
    }

    /// Whether [`Rules::may_show`] is so of every item.
    pub(crate) fn hide_nothing(&self) -> bool {
        let Self { hidden, hidden_brands, hidden_categories, price, .. } = self;
        hidden.is_empty() && hidden_brands.is_empty() && hidden_categories.is_empty() && price.is_none()
    }

    pub(crate) fn may_show(&self, index: &Index, item: u32) -> bool {
        if !self.hidden.is_empty() && self.hidden.binary_search(&item).is_ok() {
            return false;
        }
        if self.hidden_brands.is_empty() && self.hidden_categories.is_empty() && self.price.is_none() {
            return true;
        }
        let Some(about) = index.catalog.about(item) else { return true };
        let brand = about.brand != 0 && self.hidden_brands.binary_search(&about.brand).is_ok();
        let price =
            self.price.is_some_and(|(least, most)| about.price.is_some_and(|price| price < least || price > most));
        let category = about.category != 0 && self.hidden_categories.binary_search(&about.category).is_ok();
        !brand && !category && !price
    }

    /// Multiplies scores by margin and factors. Margin adds at most a tenth, so it decides between near equals alone.
    pub(crate) fn weigh(&self, index: &Index, scored: &mut [(f32, u32)]) {
        if self.margin <= 0.0 && self.factors.is_empty() {
            return;
        }
        let share = MAX_MARGIN_SHARE * self.margin.min(1.0);
        for (score, item) in scored {
            let margin = index.catalog.about(*item).map_or(0.0, |about| about.margin.clamp(0.0, 1.0));
            *score *= 1.0 + share.max(0.0) * margin;
            if let Ok(at) = self.factors.binary_search_by_key(item, |&(item, _)| item) {
                *score *= self.factors[at].1.clamp(0.0, 2.0);
            }
        }
    }
}

/// Takes the first `k` that caps and diversity let through, in their order.
pub(crate) fn arrange(index: &Index, rules: &Rules, k: usize, hits: &mut Vec<Hit>) {
    if !index.catalog.is_empty() && rules.diversity > 0.0 {
        spread(index, rules.diversity.min(1.0), k, hits);
    }
    if index.catalog.is_empty() || rules.brand_cap == 0 {
        hits.truncate(k);
        return;
    }
    let mut brands: Vec<(u32, usize)> = Vec::new();
    hits.retain(|hit| {
        let brand = index.catalog.about(hit.item).map_or(0, |about| about.brand);
        if brand == 0 {
            return true;
        }
        let n = match brands.iter_mut().find(|(other, _)| *other == brand) {
            Some((_, n)) => n,
            None => {
                brands.push((brand, 0));
                &mut brands.last_mut().expect("one was just pushed").1
            }
        };
        *n += 1;
        *n <= rules.brand_cap
    });
    hits.truncate(k);
}

/// Maximal marginal relevance by category (Carbonell and Goldstein, 1998): each of a category before it costs an item a share.
fn spread(index: &Index, diversity: f32, k: usize, hits: &mut [Hit]) {
    let category = |hit: &Hit| index.catalog.about(hit.item).map_or(0, |about| about.category);
    let mut counts: Vec<(u32, i32)> = Vec::new();
    for at in 0..hits.len().min(k) {
        let worth = |hit: &Hit| {
            let before = counts.iter().find(|(other, _)| *other == category(hit) && *other != 0).map_or(0, |&(_, n)| n);
            (0..before).fold(hit.score, |score, _| score * (1.0 - diversity))
        };
        let best = (at..hits.len()).max_by(|&a, &b| worth(&hits[a]).total_cmp(&worth(&hits[b])).then(b.cmp(&a)));
        let Some(best) = best else { break };
        hits[at..=best].rotate_right(1);
        let of_best = category(&hits[at]);
        match counts.iter_mut().find(|(other, _)| *other == of_best) {
            Some((_, n)) => *n += 1,
            None => counts.push((of_best, 1)),
        }
        // Scores fall along the list.
        if at > 0 {
            hits[at].score = hits[at].score.min(hits[at - 1].score);
        }
    }
}
