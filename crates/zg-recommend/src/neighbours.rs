//! Neighbours of a session, and what they say of each item: VMIS-kNN's candidates (Kersbergen et al., "Serenade", 2022)
//! under VSTAN's weights, in flat arrays that one query leaves clean for the next.
//!
//! One pass over the neighbours gives every view that the forest ranks by: the tuned one, a flat one, a steep one,
//! and what came after, before and beside the last clicks.

use crate::Knobs;
use crate::index::{Index, Items};

/// Distinct clicks of a session that are looked at, the newest.
pub(crate) const MAX_STEPS: usize = 15;
/// Steps and distances that the tables tell apart.
const MAX_DISTANCE: usize = 32;
/// Counts of sessions whose logarithms are at hand: those of nearly all items.
const MAX_LOG: usize = 512;

/// What the neighbours say of one item. Of the items that neighbours hold alone, packed, so that they stay in the nearest cache.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(16))]
pub(crate) struct Votes {
    /// The tuned view: the k most similar sessions.
    pub tuned: f32,
    /// Every session that was looked at, hardly weighed.
    pub flat: f32,
    /// The last click above all.
    pub steep: f32,
    /// What a vote of each view is multiplied by, for how rare the item is.
    rare: [f32; 3],
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
    nearest: Vec<u64>,
    similar: Vec<Neighbour>,
    /// The place of each item in `votes`, from 1; 0 for none. The session's own are the first, in the order of its clicks.
    places: Vec<u32>,
    votes: Vec<Votes>,
    /// The item of each place; of them as many as there are places are this query's.
    items: Vec<u32>,
    n_places: usize,
    voted: Vec<u32>,
    n_voted: usize,
    /// Places of the neighbours' items, one neighbour after the other.
    events: Vec<u32>,
    /// Neighbours that were looked at, and those of them with the last click and the last but one.
    pub n_neighbours: u32,
    pub n_last: u32,
    pub n_second: u32,
}

/// A session that shares a click with this one.
#[derive(Debug, Clone, Copy)]
struct Neighbour {
    /// Ascends with similarity, among equals with the number.
    key: u64,
    similarity: f32,
    session: u32,
    age: u32,
    length: u32,
    mask: u16,
}

/// Weights that depend on nothing but the knobs.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    knobs: Knobs,
    unit_days: f32,
    /// Of the tuned view and of the steep one.
    distance: [[f32; 2]; MAX_DISTANCE],
    /// 1/n.
    reciprocal: [f32; MAX_DISTANCE],
    /// ln(1 + n).
    log: [f32; MAX_LOG],
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
            distance: std::array::from_fn(|at| [decay(at as f32, knobs.distance_decay), decay(at as f32, 1.25)]),
            reciprocal: std::array::from_fn(|n| 1.0 / n as f32),
            log: std::array::from_fn(|n| libm::logf(1.0 + n as f32)),
            age: Decay::new(rate(knobs.age_decay)),
            steep_age: Decay::new(rate(20.0)),
        }
    }

    /// 1/`n`.
    fn share(&self, n: usize) -> f32 {
        self.reciprocal.get(n).copied().unwrap_or_else(|| 1.0 / n as f32)
    }

    /// ln(1 + `count`).
    pub(crate) fn log(&self, count: u32) -> f32 {
        self.log.get(count as usize).copied().unwrap_or_else(|| libm::logf(1.0 + count as f32))
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
        if self.places.len() < index.n_items() {
            self.places.resize(index.n_items().next_multiple_of(256), 0);
        }
    }

    /// The item of a place.
    pub(crate) fn item(&self, place: u32) -> u32 {
        self.items[place as usize]
    }

    pub(crate) fn votes(&self, place: u32) -> &Votes {
        &self.votes[place as usize]
    }

    /// The place of an item that has votes.
    pub(crate) fn place(&self, item: u32) -> u32 {
        self.places[item as usize].wrapping_sub(1)
    }

    /// Lets the neighbours vote; [`Arrays::clear`] empties them again.
    pub(crate) fn vote(&mut self, index: &Index, tables: &Tables, clicks: &Clicks) {
        let knobs = &tables.knobs;
        self.touched.clear();
        let m = usize::from(knobs.m);
        for (step, &item) in clicks.items.iter().enumerate() {
            self.places[item as usize] = step as u32 + 1;
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
        // Sessions lie all over memory. Fetched one after the other in loops that do nothing else, the fetches overlap; fetched
        // where they are needed, each would be waited for.
        self.similar.clear();
        self.similar.extend(self.touched.iter().map(|&session| Neighbour {
            key: 0,
            similarity: 0.0,
            session,
            age: index.age(session),
            length: index.length(session),
            mask: std::mem::take(&mut self.masks[session as usize]),
        }));
        for neighbour in &mut self.similar {
            let sum = sum_of(&tuned_click, neighbour.mask);
            let n = neighbour.length as f32;
            let length = if knobs.length_power == 0.5 { n.sqrt() } else { libm::powf(n, knobs.length_power) };
            neighbour.similarity = sum / length * tables.age.at(neighbour.age);
            neighbour.key = u64::from(ascending(neighbour.similarity)) << 32 | u64::from(neighbour.session);
        }
        let k = usize::from(knobs.k);
        let mut farthest = 0;
        if self.similar.len() > k {
            self.nearest.clear();
            self.nearest.extend(self.similar.iter().map(|neighbour| neighbour.key));
            farthest = *self.nearest.select_nth_unstable_by(k - 1, |a, b| b.cmp(a)).1;
        }
        (self.n_neighbours, self.n_last, self.n_second) = (self.similar.len() as u32, 0, 0);
        self.events.clear();
        for neighbour in &self.similar {
            match index.items_at(neighbour.session) {
                Items::Narrow(items) => self.events.extend(items.iter().map(|&item| u32::from(item))),
                Items::Wide(items) => self.events.extend_from_slice(items),
            }
        }
        self.find_places(index, knobs, &clicks.items);
        let similar = std::mem::take(&mut self.similar);
        let mut start = 0;
        for neighbour in &similar {
            let mask = neighbour.mask;
            let newest = mask.trailing_zeros() as usize;
            let places = &self.events[start..start + neighbour.length as usize];
            start += neighbour.length as usize;
            // Where the neighbour met the session last, and where it holds the last clicks.
            let (mut met, mut last, mut second) = (0, usize::MAX, usize::MAX);
            for (at, &place) in places.iter().enumerate() {
                met = if (place as usize) < clicks.items.len() { at } else { met };
                last = if place == 0 { at } else { last };
                second = if place == 1 { at } else { second };
            }
            let second = if clicks.items.len() > 1 { second } else { usize::MAX };
            self.n_last += u32::from(last != usize::MAX);
            self.n_second += u32::from(second != usize::MAX);
            let tuned = if neighbour.key < farthest { 0.0 } else { neighbour.similarity * tuned_match[newest] };
            let flat = sum_of(&flat_click, mask) * flat_match[newest] * tables.age.at(neighbour.age);
            let steep = sum_of(&steep_click, mask) * steep_match[newest] * tables.steep_age.at(neighbour.age);
            for (at, &place) in places.iter().enumerate() {
                let votes = &mut self.votes[place as usize];
                let [near, steeply] = tables.distance[at.abs_diff(met).min(MAX_DISTANCE - 1)];
                let given = tuned * near * votes.rare[0];
                votes.tuned += given;
                votes.best = votes.best.max(given);
                votes.flat += flat * votes.rare[1];
                votes.steep += steep * steeply * votes.rare[2];
                votes.n = votes.n.saturating_add(1);
                votes.clicks |= mask;
            }
            if last != usize::MAX {
                for (at, &place) in places.iter().enumerate() {
                    let votes = &mut self.votes[place as usize];
                    votes.beside = votes.beside.saturating_add(1);
                    if at > last {
                        votes.after += tables.share(at - last);
                        votes.next += u16::from(at == last + 1);
                    } else if at < last {
                        votes.before += tables.share(last - at);
                    }
                }
            }
            if second != usize::MAX {
                for (at, &place) in places.iter().enumerate().skip(second + 1) {
                    self.votes[place as usize].after_second += tables.share(at - second);
                }
            }
        }
        self.similar = similar;
    }

    /// Puts places where `events` has items. Whether an item has one already is a coin toss, so nothing here branches on it.
    fn find_places(&mut self, index: &Index, knobs: &Knobs, clicked: &[u32]) {
        let most = clicked.len() + self.events.len();
        if self.items.len() < most {
            let most = most.next_power_of_two();
            self.items.resize(most, 0);
            self.voted.resize(most, 0);
        }
        self.items[..clicked.len()].copy_from_slice(clicked);
        let mut n_places = clicked.len();
        let mut n_voted = 0;
        // Bits of the session's own items that no neighbour has named yet.
        let mut unnamed = (1_u32 << clicked.len()) - 1;
        for event in &mut self.events {
            let item = *event;
            let place = &mut self.places[item as usize];
            let is_new = *place == 0;
            self.items[n_places] = item;
            n_places += usize::from(is_new);
            *place = if is_new { n_places as u32 } else { *place };
            let at = *place - 1;
            let own = unnamed >> (at & 31) & u32::from(at < MAX_STEPS as u32);
            unnamed &= !(own << (at & 15));
            self.voted[n_voted] = at;
            n_voted += usize::from(is_new) | own as usize;
            *event = at;
        }
        (self.n_places, self.n_voted) = (n_places, n_voted);
        if self.votes.len() < n_places {
            self.votes.resize(n_places.next_power_of_two(), Votes::default());
        }
        for (votes, &item) in self.votes.iter_mut().zip(&self.items[..n_places]) {
            let idf = index.idf[item as usize];
            *votes = Votes { rare: [1.0 + knobs.idf_factor * idf, 1.0 + 10.0 * idf, 1.0 + idf], ..Votes::default() };
        }
    }

    /// Places with votes, in the order in which the neighbours named them.
    pub(crate) fn voted(&self) -> &[u32] {
        &self.voted[..self.n_voted]
    }

    /// Forgets the votes.
    pub(crate) fn clear(&mut self) {
        for &item in &self.items[..self.n_places] {
            self.places[item as usize] = 0;
        }
        (self.n_places, self.n_voted) = (0, 0);
    }
}

/// Numbers in the order of [`f32::total_cmp`].
pub(crate) fn ascending(value: f32) -> u32 {
    let bits = value.to_bits();
    bits ^ ((bits as i32 >> 31) as u32 | 1 << 31)
}

/// The value of a number of [`ascending`].
pub(crate) fn value_of(ascending: u32) -> f32 {
    let sign = if ascending >> 31 == 1 { 1 << 31 } else { u32::MAX };
    f32::from_bits(ascending ^ sign)
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
