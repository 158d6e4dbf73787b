//! A session in, a list out: neighbours, forest, rules, and what is shown where neighbours say nothing.

use crate::features::{Rows, first, score_of};
use crate::forest::Bins;
use crate::index::Index;
use crate::math;
use crate::neighbours::{Arrays, Clicks, Tables};
use crate::rules::{self, Rules};

/// What of the session may be recommended again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exclude {
    /// Nothing of it.
    #[default]
    Seen,
    /// All but the item on screen.
    Last,
    /// Everything.
    None,
}

/// Why an item is in the list: what the index holds of it, nothing invented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// `sessions` looked at it after `item`.
    ViewedAfter { item: u32, sessions: u32 },
    /// `sessions` looked at it as well as at `item`.
    ViewedTogether { item: u32, sessions: u32 },
    /// The shopper looked at it `clicks` clicks ago.
    SeenBefore { clicks: u32 },
    /// Of the category of `item`.
    SameCategory { item: u32 },
    /// Of the brand of `item`.
    SameBrand { item: u32 },
    /// Described in the words of `item`.
    SimilarText { item: u32 },
    /// Looked at in `sessions` sessions, the newer the more they count.
    Popular { sessions: u32 },
    /// Of a category that the shopper cares for, as the catalog numbers it.
    OfCategory { category: u32 },
    /// Of a brand that the shopper cares for.
    OfBrand { brand: u32 },
    /// New in the catalog: nobody has looked at it yet.
    New,
    /// Shown to learn whether it is liked.
    Explored,
}

/// An item of a list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    pub item: u32,
    /// Falls along the list; among the neighbours' items an estimate of how likely the next click is.
    pub score: f32,
    pub reason: Reason,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// Items clicked, the oldest first. Numbers that the index lacks are passed over.
    pub session: &'r [u32],
    /// How long the list is to be.
    pub k: usize,
    pub exclude: Exclude,
    pub rules: &'r Rules,
}

/// Room that queries share; one for each thread, any index.
#[derive(Debug, Default)]
pub struct Workspace {
    pub(crate) clicks: Clicks,
    pub(crate) arrays: Arrays,
    pub(crate) rows: Rows,
    bins: Bins,
    scores: Vec<f32>,
    pub(crate) tables: Option<Tables>,
    order: Vec<(f32, u32)>,
    sorted: Vec<u64>,
    seen: Vec<u32>,
    pub(crate) fill: crate::fallback::Room,
}

impl Workspace {
    /// Lets the neighbours vote; [`Workspace::clear`] has to follow.
    #[inline(always)]
    pub(crate) fn vote(&mut self, index: &Index, knobs: &crate::Knobs, session: &[u32]) {
        let known = session.iter().copied().filter(|&item| index.count(item) > 0);
        self.clicks.read(known);
        self.arrays.fit(index);
        if !self.tables.as_ref().is_some_and(|tables| tables.fit(index, knobs)) {
            self.tables = Some(Tables::new(index, *knobs));
        }
        if let Some(tables) = &self.tables {
            self.arrays.vote(index, tables, &self.clicks);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.arrays.clear();
        self.rows.clear();
    }
}

/// Writes a list into `hits`, which is emptied before. It is shorter than `k` only where there are no more items that may be
/// shown. The same index, session and rules give the same list, in every build.
#[multiversion::multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+lzcnt+popcnt"))]
pub fn recommend(index: &Index, request: &Request<'_>, workspace: &mut Workspace, hits: &mut Vec<Hit>) {
    hits.clear();
    let k = request.k.min(crate::MAX_LIST);
    workspace.vote(index, &index.knobs, request.session);
    let last = request.session.last().copied();
    let mut sorted = std::mem::take(&mut workspace.seen);
    sorted.clear();
    sorted.extend_from_slice(request.session);
    sorted.sort_unstable();
    let seen = |item: u32| match request.exclude {
        Exclude::None => false,
        Exclude::Last => last == Some(item),
        // The whole session, not only the clicks that are looked at.
        Exclude::Seen => sorted.binary_search(&item).is_ok(),
    };
    let may = |item: u32| !seen(item) && index.catalog.may_sell(item) && request.rules.may_show(index, item);
    let Workspace { clicks, arrays, rows, bins, scores, tables, order, sorted: ranks, .. } = workspace;
    if let Some(tables) = tables {
        // The session's own are the first of the places, and hardly any session has others: most items need no look at it.
        let known = request.session.iter().filter(|&&item| index.count(item) > 0).count();
        let seen_by_place = request.exclude == Exclude::Seen && known == usize::from(clicks.length);
        let anything = index.catalog.is_empty() && request.rules.hide_nothing();
        let (n_own, last) = (clicks.items.len() as u32, last.unwrap_or(u32::MAX));
        rows.fill(index, tables, arrays, clicks, |place, item| match request.exclude {
            Exclude::Seen if seen_by_place => place >= n_own && (anything || may(item)),
            Exclude::Last if anything => item != last,
            Exclude::None if anything => true,
            _ => may(item),
        });
    }
    let forest = &index.forests[usize::from(request.exclude == Exclude::Seen)];
    match forest {
        Some(forest) => {
            forest.rank(rows, bins, scores);
            let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for score in scores.iter_mut() {
                *score = math::exp(*score - most);
            }
            let sum: f32 = scores.iter().sum();
            for score in scores.iter_mut() {
                *score /= sum;
            }
        }
        None => {
            let sum: f32 = rows.column(0).iter().sum();
            scores.clear();
            scores.extend(rows.column(0).iter().map(|share| if sum > 0.0 { share / sum } else { 0.0 }));
        }
    }
    order.clear();
    order.extend(scores.iter().copied().zip(rows.items.iter().copied()));
    request.rules.weigh(index, order);
    // Items without a vote of the tuned view have one of another: all of them are candidates.
    ranks.clear();
    ranks.extend(order.iter().map(|&(score, item)| first(score, item)));
    // Without a catalog nothing is left out of the list.
    if index.catalog.is_empty() && ranks.len() > k {
        ranks.select_nth_unstable(k);
        ranks.truncate(k);
    }
    ranks.sort_unstable();
    hits.extend(ranks.iter().map(|&rank| {
        let item = rank as u32;
        Hit { item, score: score_of(rank), reason: reason(arrays, clicks, item) }
    }));
    rules::arrange(index, request.rules, k, hits);
    if hits.len() < k {
        crate::fallback::fill(index, request, &may, workspace, hits);
    }
    workspace.clear();
    workspace.seen = sorted;
}

/// What speaks for an item most plainly.
pub(crate) fn reason(arrays: &Arrays, clicks: &Clicks, item: u32) -> Reason {
    let place = arrays.place(item);
    if let Some(&clicks) = clicks.steps.get(place as usize) {
        return Reason::SeenBefore { clicks: u32::from(clicks) };
    }
    let votes = arrays.votes(place);
    let last = clicks.items[0];
    if votes.after() > 0.0 && votes.after() >= votes.before() {
        Reason::ViewedAfter { item: last, sessions: u32::from(votes.beside()) }
    } else if votes.beside() > 0 {
        Reason::ViewedTogether { item: last, sessions: u32::from(votes.beside()) }
    } else {
        let newest = votes.clicks().trailing_zeros() as usize;
        let item = clicks.items.get(newest).copied().unwrap_or(last);
        Reason::ViewedTogether { item, sessions: u32::from(votes.n()) }
    }
}
