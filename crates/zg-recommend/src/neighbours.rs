//! Neighbours of a session, and what they say of each item: VMIS-kNN's candidates (Kersbergen et al., "Serenade", 2022)
//! under VSTAN's weights, in flat arrays that one query leaves clean for the next.
//!
//! One pass over the neighbours gives every view that the forest ranks by: the tuned one, a flat one, a steep one,
//! and what came after, before and beside the last clicks.

use crate::Knobs;
use crate::index::Index;

/// Distinct clicks of a session that are looked at, the newest.
pub(crate) const MAX_STEPS: usize = 15;
/// Steps and distances that the tables tell apart.
const MAX_DISTANCE: usize = 32;

/// What the neighbours say of one item.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Votes {
    /// The tuned view: the k most similar sessions.
    pub tuned: f32,
    /// Every session that was looked at, hardly weighed.
    pub flat: f32,
    /// The last click above all.
    pub steep: f32,
    /// After the last click, 1/distance.
    pub after: f32,
    /// Before the last click, 1/distance.
    pub before: f32,
    /// After the last click but one, 1/distance.
    pub after_second: f32,
    /// The most that one neighbour gave.
    pub best: f32,
    /// Neighbours with the item.
    pub n: u16,
    /// Neighbours with the item and the last click.
    pub beside: u16,
    /// Right after the last click.
    pub next: u16,
    /// Clicks of the session, as bits, that neighbours with the item share.
    pub clicks: u16,
}

/// A session as the neighbours see it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clicks {
    /// Distinct items, the newest first.
    pub items: Vec<u32>,
    /// How many clicks back each was last.
    pub steps: Vec<u16>,
    /// How often each was clicked.
    pub times: Vec<u16>,
    /// Clicks in all.
    pub length: u16,
}

impl Clicks {
    /// Looks at the newest clicks alone; `session` is the oldest first.
    pub(crate) fn read(&mut self, session: impl DoubleEndedIterator<Item = u32>) {
        self.items.clear();
        self.steps.clear();
        self.times.clear();
        self.length = 0;
        for item in session.rev().take(crate::MAX_SESSION) {
            if let Some(at) = self.items.iter().position(|&other| other == item) {
                self.times[at] += 1;
            } else if self.items.len() < MAX_STEPS {
                self.items.push(item);
                self.steps.push(self.length);
                self.times.push(1);
            } else {
                break;
            }
            self.length += 1;
        }
    }
}

/// Arrays that queries share; one for each thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrays {
    /// Clicks that each session shares, as bits.
    masks: Vec<u16>,
    touched: Vec<u32>,
    order: Vec<u32>,
    nearest: Vec<(f32, u32)>,
    /// Similarity and number of each neighbour.
    similar: Vec<(f32, u32)>,
    /// Which click each item is, from 1; 0 for none.
    clicked: Vec<u8>,
    pub votes: Vec<Votes>,
    /// Items with votes.
    pub items: Vec<u32>,
    /// Items of the neighbours, and where each of them ends.
    session: Vec<u32>,
    ends: Vec<u32>,
    /// Neighbours that were looked at, and those of them with the last click and the last but one.
    pub n_neighbours: u32,
    pub n_last: u32,
    pub n_second: u32,
}

/// Weights that depend on nothing but the knobs.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    knobs: Knobs,
    unit_days: f32,
    distance: [f32; MAX_DISTANCE],
    steep_distance: [f32; MAX_DISTANCE],
    age: Decay,
    steep_age: Decay,
}

/// e^(−age / life) by two small tables: high and low byte of the age.
#[derive(Debug, Clone)]
struct Decay {
    high: [f32; 256],
    low: [f32; 256],
}

impl Decay {
    /// `rate` is in units of age; 0 never decays.
    fn new(rate: f32) -> Self {
        let at = |age: usize| libm::expf(-(age as f32) * rate);
        Self { high: std::array::from_fn(|age| at(age << 8)), low: std::array::from_fn(at) }
    }

    fn at(&self, age: u32) -> f32 {
        let age = age.min(0xffff) as usize;
        self.high[age >> 8] * self.low[age & 0xff]
    }
}

/// e^(−x / life); 1 where the life is 0, which stands for ever.
fn decay(x: f32, life: f32) -> f32 {
    if life > 0.0 { libm::expf(-x / life) } else { 1.0 }
}

impl Tables {
    pub(crate) fn new(index: &Index, knobs: Knobs) -> Self {
        let unit_days = (index.unit / 86_400.0) as f32;
        let rate = |days: f32| if days > 0.0 { unit_days / days } else { 0.0 };
        Self {
            knobs,
            unit_days,
            distance: std::array::from_fn(|at| decay(at as f32, knobs.distance_decay)),
            steep_distance: std::array::from_fn(|at| decay(at as f32, 1.25)),
            age: Decay::new(rate(knobs.age_decay)),
            steep_age: Decay::new(rate(20.0)),
        }
    }

    /// Whether they are those of an index and knobs.
    pub(crate) fn fit(&self, index: &Index, knobs: &Knobs) -> bool {
        self.knobs == *knobs && self.unit_days == (index.unit / 86_400.0) as f32
    }
}

impl Arrays {
    /// Makes room for what was inserted.
    pub(crate) fn fit(&mut self, index: &Index) {
        if self.masks.len() < index.n_sessions() {
            self.masks.resize(index.n_sessions().next_multiple_of(1_024), 0);
        }
        if self.votes.len() < index.n_items() {
            let n = index.n_items().next_multiple_of(256);
            self.votes.resize(n, Votes::default());
            self.clicked.resize(n, 0);
        }
    }

    /// Fills `votes` and `items`; [`Arrays::clear`] empties them again.
    pub(crate) fn vote(&mut self, index: &Index, tables: &Tables, clicks: &Clicks) {
        let knobs = &tables.knobs;
        self.touched.clear();
        let m = usize::from(knobs.m);
        for (step, &item) in clicks.items.iter().enumerate() {
            self.clicked[item as usize] = step as u8 + 1;
            for session in index.sessions_of(item).take(m) {
                let mask = &mut self.masks[session as usize];
                if *mask == 0 {
                    self.touched.push(session);
                }
                *mask |= 1 << step;
            }
        }
        if self.touched.len() > m {
            // The newest have the largest numbers. What is kept stays in its order, whatever the selection does.
            self.order.clear();
            self.order.extend_from_slice(&self.touched);
            let old = self.touched.len() - m;
            let (_, &mut oldest, _) = self.order.select_nth_unstable(old);
            let masks = &mut self.masks;
            self.touched.retain(|&session| {
                let keep = session >= oldest;
                if !keep {
                    masks[session as usize] = 0;
                }
                keep
            });
        }
        let length = f32::from(clicks.length);
        let weights = |of: &dyn Fn(f32) -> f32| -> [f32; MAX_STEPS] {
            std::array::from_fn(|at| clicks.steps.get(at).map_or(0.0, |&step| of(f32::from(step))))
        };
        let tuned_click = weights(&|step| decay(step, knobs.click_decay));
        let tuned_match = weights(&|step| decay(step, knobs.match_decay));
        let flat_click = weights(&|step| {
            let at = (length - step) / length;
            at * at
        });
        let flat_match = weights(&|step| (1.0 - 0.1 * step).max(0.0));
        let steep_click = weights(&|step| decay(step, 0.7));
        let steep_match = weights(&|step| decay(step, 1.25));
        self.similar.clear();
        for &session in &self.touched {
            let sum = sum_of(&tuned_click, self.masks[session as usize]);
            let n = index.length(session) as f32;
            let length = if knobs.length_power == 0.5 { n.sqrt() } else { libm::powf(n, knobs.length_power) };
            self.similar.push((sum / length * tables.age.at(index.age(session)), session));
        }
        let k = usize::from(knobs.k);
        let nearer = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1));
        let mut farthest = (f32::NEG_INFINITY, 0);
        if self.similar.len() > k {
            self.nearest.clear();
            self.nearest.extend_from_slice(&self.similar);
            farthest = *self.nearest.select_nth_unstable_by(k - 1, nearer).1;
        }
        self.items.clear();
        (self.n_neighbours, self.n_last, self.n_second) = (self.similar.len() as u32, 0, 0);
        // Sessions lie all over memory, and so do their items' votes. Fetched one after the other in loops that do nothing else,
        // the fetches overlap; fetched where they are needed, each would be waited for.
        self.session.clear();
        self.ends.clear();
        for &(_, session) in &self.similar {
            index.append_items_of(session, &mut self.session);
            self.ends.push(self.session.len() as u32);
        }
        let near = self.session.iter().fold(0, |near, &item| near | self.votes[item as usize].n);
        std::hint::black_box(near);
        let mut start = 0;
        for at in 0..self.similar.len() {
            let (similarity, session) = self.similar[at];
            let far = nearer(&farthest, &(similarity, session)).is_lt();
            let mask = std::mem::take(&mut self.masks[session as usize]);
            let newest = mask.trailing_zeros() as usize;
            let items = &self.session[start..self.ends[at] as usize];
            start = self.ends[at] as usize;
            // Where the neighbour met the session last, and where it holds the last clicks.
            let (mut met, mut last, mut second) = (0, usize::MAX, usize::MAX);
            for (at, &item) in items.iter().enumerate() {
                match self.clicked[item as usize] {
                    0 => continue,
                    1 => last = at,
                    2 => second = at,
                    _ => {}
                }
                met = at;
            }
            self.n_last += u32::from(last != usize::MAX);
            self.n_second += u32::from(second != usize::MAX);
            let age = index.age(session);
            let tuned = if far { 0.0 } else { similarity * tuned_match[newest] };
            let flat = sum_of(&flat_click, mask) * flat_match[newest] * tables.age.at(age);
            let steep = sum_of(&steep_click, mask) * steep_match[newest] * tables.steep_age.at(age);
            for (at, &item) in items.iter().enumerate() {
                let votes = &mut self.votes[item as usize];
                if votes.n == 0 {
                    self.items.push(item);
                }
                let distance = at.abs_diff(met).min(MAX_DISTANCE - 1);
                let idf = index.idf[item as usize];
                let given = tuned * tables.distance[distance] * (1.0 + knobs.idf_factor * idf);
                votes.tuned += given;
                votes.best = votes.best.max(given);
                votes.flat += flat * (1.0 + 10.0 * idf);
                votes.steep += steep * tables.steep_distance[distance] * (1.0 + idf);
                votes.n = votes.n.saturating_add(1);
                votes.clicks |= mask;
                if last != usize::MAX {
                    votes.beside = votes.beside.saturating_add(1);
                    if at > last {
                        votes.after += 1.0 / (at - last) as f32;
                        votes.next += u16::from(at == last + 1);
                    } else if at < last {
                        votes.before += 1.0 / (last - at) as f32;
                    }
                }
                if second != usize::MAX && at > second {
                    votes.after_second += 1.0 / (at - second) as f32;
                }
            }
        }
        for &item in &clicks.items {
            self.clicked[item as usize] = 0;
        }
    }

    /// Forgets the votes.
    pub(crate) fn clear(&mut self) {
        for item in self.items.drain(..) {
            self.votes[item as usize] = Votes::default();
        }
    }
}

/// The weights of the clicks whose bits are set.
fn sum_of(weights: &[f32; MAX_STEPS], mut mask: u16) -> f32 {
    let mut sum = 0.0;
    while mask != 0 {
        sum += weights[mask.trailing_zeros() as usize];
        mask &= mask - 1;
    }
    sum
}
