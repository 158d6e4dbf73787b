//! What the forest knows of a candidate. The same code makes rows to learn from and rows to rank by.

use crate::index::Index;
use crate::math;
use crate::neighbours::{Arrays, Clicks, Tables, ascending, value_of};

/// Candidates that are ranked.
pub(crate) const MAX_CANDIDATES: usize = 96;

/// What each column is, in order; the name is that of `recommend features`.
pub const FEATURES: [&str; 28] = [
    "tuned",
    "tuned_share",
    "tuned_rank",
    "flat",
    "steep",
    "after",
    "before",
    "next",
    "after_second",
    "beside",
    "cosine",
    "lift",
    "share_of_neighbours",
    "best",
    "n_clicks",
    "log_count",
    "log_trend",
    "trend_ratio",
    "times",
    "steps_back",
    "length",
    "n_distinct",
    "last_times",
    "log_count_last",
    "age_days",
    "concentration",
    "age_days_last",
    "steep_share",
];
const TUNED: usize = 0;
const LOG_TREND: usize = 16;
pub(crate) const N_FEATURES: usize = FEATURES.len();
/// Those of the session, the same for every candidate.
pub(crate) const ALIKE: [usize; 6] = [20, 21, 22, 23, 25, 26];

/// Candidates and their features, column by column: column `f` of candidate `c` is at `f * MAX_CANDIDATES + c`.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub items: Vec<u32>,
    pub columns: Vec<f32>,
    /// Where the ranking starts from, before any tree.
    pub base: Vec<f32>,
    /// Scores of items and their numbers, so that the first is the least: see [`first`]. The candidates, and behind them the rest.
    picked: Vec<u64>,
    /// How many of them are candidates.
    n: usize,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            columns: vec![0.0; N_FEATURES * MAX_CANDIDATES],
            base: Vec::new(),
            picked: Vec::new(),
            n: 0,
        }
    }
}

impl Rows {
    /// Picks candidates among the items with votes that `may` lets through, which is given place and item, best first by the
    /// tuned view, and describes them.
    #[inline(always)]
    pub(crate) fn fill(
        &mut self,
        index: &Index,
        tables: &Tables,
        arrays: &Arrays,
        clicks: &Clicks,
        may: impl Fn(u32, u32) -> bool,
    ) {
        let (mut tuned, mut flat, mut steep) = (0.0_f32, 0.0_f32, 0.0_f32);
        for place in arrays.voted() {
            let votes = arrays.votes(place);
            tuned = if votes.tuned() > tuned { votes.tuned() } else { tuned };
            flat = if votes.flat() > flat { votes.flat() } else { flat };
            steep = if votes.steep() > steep { votes.steep() } else { steep };
        }
        let share = |most: f32| if most > 0.0 { most.recip() } else { 0.0 };
        let (tuned, flat, steep) = (share(tuned), share(flat), share(steep));
        let n_last = if arrays.n_last > 0 { (arrays.n_last as f32).recip() } else { 0.0 };
        let n_second = if arrays.n_second > 0 { (arrays.n_second as f32).recip() } else { 0.0 };
        let (mut sum, mut steep_sum) = (0.0_f32, 0.0_f32);
        self.picked.clear();
        for place in arrays.voted() {
            let votes = arrays.votes(place);
            sum += votes.tuned();
            steep_sum += votes.steep();
            let item = arrays.item(place);
            if may(place, item) {
                let of_views = votes.tuned() * tuned + 0.5 * votes.flat() * flat + 0.5 * votes.steep() * steep;
                self.picked.push(first(of_views + 0.5 * votes.after() * n_last, item));
            }
        }
        self.n = self.picked.len().min(MAX_CANDIDATES);
        if self.picked.len() > MAX_CANDIDATES {
            self.picked.select_nth_unstable(MAX_CANDIDATES);
        }
        let candidates = &mut self.picked[..self.n];
        for picked in candidates.iter_mut() {
            let item = *picked as u32;
            *picked = first(arrays.votes(arrays.place(item)).tuned(), item);
        }
        candidates.sort_unstable();
        self.items.clear();
        self.base.clear();
        let Some(&last) = clicks.items.first() else { return };
        let last_count = index.count(last) as f32;
        let shared = [
            f32::from(clicks.length),
            clicks.items.len() as f32,
            f32::from(clicks.times[0]),
            tables.log(index.count(last)),
            if sum > 0.0 { tuned.recip() / sum } else { 0.0 },
            index.age_days(last),
        ];
        let worth = index.worth_now();
        for (at, &picked) in self.picked[..self.n].iter().enumerate() {
            let item = picked as u32;
            let place = arrays.place(item);
            let (votes, facts) = (arrays.votes(place), arrays.facts(place));
            let (n_sessions, trend) = (facts.count, facts.trend(worth));
            let count = n_sessions as f32;
            let clicked = Some(place as usize).filter(|&place| place < clicks.items.len());
            let values: [f32; N_FEATURES] = [
                votes.tuned() * tuned,
                if sum > 0.0 { votes.tuned() / sum } else { 0.0 },
                at as f32,
                votes.flat() * flat,
                votes.steep() * steep,
                votes.after() * n_last,
                votes.before() * n_last,
                votes.next() * n_last,
                votes.after_second() * n_second,
                f32::from(votes.beside()) * n_last,
                f32::from(votes.beside()) / ((last_count + 1.0) * (count + 1.0)).sqrt(),
                f32::from(votes.n()) / (count + 5.0),
                f32::from(votes.n()) / (arrays.n_neighbours as f32 + 1.0),
                if votes.tuned() > 0.0 { votes.best / votes.tuned() } else { 0.0 },
                votes.clicks().count_ones() as f32 / clicks.items.len() as f32,
                tables.log(n_sessions),
                trend,
                (trend + 1.0) / (count + 5.0),
                clicked.map_or(0.0, |at| f32::from(clicks.times[at])),
                clicked.map_or(99.0, |at| f32::from(clicks.steps[at])),
                shared[0],
                shared[1],
                shared[2],
                shared[3],
                index.age_days_since(facts.last),
                shared[4],
                shared[5],
                if steep_sum > 0.0 { votes.steep() / steep_sum } else { 0.0 },
            ];
            self.items.push(item);
            for (column, value) in values.into_iter().enumerate() {
                self.columns[column * MAX_CANDIDATES + at] = value;
            }
        }
        let n = self.items.len();
        let (columns, _) = self.columns.as_chunks_mut::<MAX_CANDIDATES>();
        columns[LOG_TREND][..n].iter_mut().for_each(|trend| *trend = math::ln(1.0 + *trend));
        self.base.extend(columns[TUNED][..n].iter().map(|share| math::ln(share + 1e-3)));
    }

    /// Items with votes that are no candidates, because there are too many, and what they were passed over by.
    pub(crate) fn rest(&self) -> impl Iterator<Item = (f32, u32)> {
        self.picked[self.n..].iter().map(|&picked| (score_of(picked), picked as u32))
    }

    /// Forgets the items, not the candidates.
    pub(crate) fn clear(&mut self) {
        self.picked.clear();
        self.n = 0;
    }

    /// A feature of every candidate.
    pub(crate) fn column(&self, feature: usize) -> &[f32] {
        let start = feature * MAX_CANDIDATES;
        &self.columns[start..start + self.items.len()]
    }
}

/// A score and an item as a number: the larger the score the smaller, among equals the smaller item.
pub(crate) fn first(score: f32, item: u32) -> u64 {
    u64::from(!ascending(score)) << 32 | u64::from(item)
}

/// The score of such a number.
pub(crate) fn score_of(first: u64) -> f32 {
    value_of(!(first >> 32) as u32)
}
