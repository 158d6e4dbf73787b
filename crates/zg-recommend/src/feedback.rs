//! What a shopper says of items, as rules: only what is waved away is left out, never what was merely not clicked.
//!
//! Leaving out what was shown and not clicked costs a quarter of the hits (`docs/recommend.md`).

use crate::index::Index;
use crate::rules::Rules;

/// Why an item was waved away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dislike {
    /// Not this one.
    Item,
    /// Nothing of its brand.
    Brand,
    /// Nothing that costs as much.
    Price,
    /// Nothing of its kind.
    Category,
}

/// What a liked item's company gains and a dismissed one's loses.
const LIKED: f32 = 1.25;
const DISLIKED: f32 = 0.7;
/// Sessions that are asked for an item's company, and how many of them have to hold an item.
const SESSIONS: usize = 50;
const TOGETHER: usize = 3;
/// The most that is remembered of one shopper.
const MAX_SAID: usize = 200;

/// All that one shopper has said; the order does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taste {
    hidden: Vec<u32>,
    dismissed: Vec<(u32, Dislike)>,
    liked: Vec<u32>,
}

impl Taste {
    /// Never shown again, for a reason that says nothing of others: bought already.
    pub fn hide(&mut self, item: u32) {
        if self.hidden.len() < MAX_SAID {
            self.hidden.push(item);
        }
    }

    pub fn dismiss(&mut self, item: u32, why: Dislike) {
        if self.dismissed.len() < MAX_SAID {
            self.dismissed.push((item, why));
        }
    }

    pub fn like(&mut self, item: u32) {
        if self.liked.len() < MAX_SAID {
            self.liked.push(item);
        }
    }

    /// Adds to rules what follows from it, at once: the next list knows it.
    pub fn apply(&self, index: &Index, rules: &mut Rules) {
        rules.hidden.extend_from_slice(&self.hidden);
        let mut factors: Vec<(u32, f32)> = Vec::new();
        for &(item, why) in &self.dismissed {
            rules.hidden.push(item);
            let about = index.catalog.about(item);
            match why {
                Dislike::Item => company(index, item, DISLIKED, &mut factors),
                Dislike::Brand => {
                    rules.hidden_brands.extend(about.map(|about| about.brand).filter(|&brand| brand != 0))
                }
                Dislike::Category => {
                    rules.hidden_categories.extend(about.map(|about| about.category).filter(|&category| category != 0));
                }
                Dislike::Price => {
                    if let Some(price) = about.and_then(|about| about.price) {
                        let (least, most) = rules.price.unwrap_or((0, u64::MAX));
                        rules.price = Some((least, most.min(price.saturating_sub(1))));
                    }
                }
            }
        }
        self.liked.iter().for_each(|&item| company(index, item, LIKED, &mut factors));
        for list in [&mut rules.hidden, &mut rules.hidden_brands, &mut rules.hidden_categories] {
            list.sort_unstable();
            list.dedup();
        }
        // Said of several, an item gains or loses once.
        factors.sort_unstable_by(|a, b| a.0.cmp(&b.0).then((b.1 - 1.0).abs().total_cmp(&(a.1 - 1.0).abs())));
        factors.dedup_by_key(|&mut (item, _)| item);
        rules.factors = factors;
    }
}

/// Items that are looked at together with one, and the factor for them.
fn company(index: &Index, item: u32, factor: f32, factors: &mut Vec<(u32, f32)>) {
    let mut found = Vec::new();
    let mut session_items = Vec::new();
    index.each_session_of(item, SESSIONS, |session| {
        index.items_of(session, &mut session_items);
        found.extend(session_items.iter().copied().filter(|&other| other != item));
    });
    found.sort_unstable();
    let together = found.chunk_by(|a, b| a == b).filter(|run| run.len() >= TOGETHER);
    factors.extend(together.map(|run| (run[0], factor)));
}
