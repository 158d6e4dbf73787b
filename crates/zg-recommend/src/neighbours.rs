//! Neighbours of a session, and what they say of each item: VMIS-kNN's candidates (Kersbergen et al., "Serenade", 2022)
//! under VSTAN's weights, in flat arrays that one query leaves clean for the next.
//!
//! One pass over the neighbours gives every view that the forest ranks by: the tuned one, a flat one, a steep one,
//! and what came after, before and beside the last clicks.

use crate::index::{Facts, Index, Items};
use crate::{Knobs, MAX_SESSION};

/// Distinct clicks of a session that are looked at, the newest.
pub(crate) const MAX_STEPS: usize = 15;
/// Items of a neighbour that are looked at together.
const BLOCK: usize = 8;
/// Distances that the weights tell apart.
const MAX_DISTANCE: usize = 32;
/// Where tables of distances have theirs of 0: any item of a session is less than that before or behind any other.
const MIDDLE: usize = MAX_SESSION.next_power_of_two();
/// Counts of sessions whose logarithms are at hand: those of nearly all items.
const MAX_LOG: usize = 512;

/// What the neighbours say of one item: one line of the nearest cache, in lanes of four, which are added to at once.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub(crate) struct Votes {
    /// Of the tuned view: the k most similar sessions; of the flat one: every session that was looked at, hardly weighed; of the
    /// steep one: the last click above all.
    views: [f32; 4],
    /// 1/distance after the last click, before it, and after the last click but one; and how many neighbours have it right after
    /// the last click.
    around: [f32; 4],
    /// The most that one neighbour gave.
    pub best: f32,
    /// Neighbours with the item, and above them those with the last click as well, who are 65,535 at the most.
    counts: u32,
    /// Clicks of the session, as bits, that neighbours with the item share.
    clicks: u16,
}

impl Votes {
    pub(crate) fn tuned(&self) -> f32 {
        self.views[0]
    }

    pub(crate) fn flat(&self) -> f32 {
        self.views[1]
    }

    pub(crate) fn steep(&self) -> f32 {
        self.views[2]
    }

    pub(crate) fn after(&self) -> f32 {
        self.around[0]
    }

    pub(crate) fn before(&self) -> f32 {
        self.around[1]
    }

    pub(crate) fn after_second(&self) -> f32 {
        self.around[2]
    }

    /// Right after the last click.
    pub(crate) fn next(&self) -> f32 {
        self.around[3]
    }

    /// Neighbours with the item.
    pub(crate) fn n(&self) -> u16 {
        self.counts as u16
    }

    /// Neighbours with the item and the last click.
    pub(crate) fn beside(&self) -> u16 {
        (self.counts >> 16) as u16
    }

    /// Clicks of the session, as bits, that neighbours with the item share.
    pub(crate) fn clicks(&self) -> u16 {
        self.clicks
    }
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
        for item in session.rev().take(MAX_SESSION) {
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
    shared: Shared,
    touched: Vec<u32>,
    order: Vec<u32>,
    nearest: Vec<u64>,
    similar: Vec<Neighbour>,
    /// The place of each item in `votes`, from 1; 0 for none. The session's own are the first, in the order of its clicks.
    places: Vec<u32>,
    votes: Vec<Votes>,
    /// The item of each place; of them as many as there are places are this query's.
    items: Vec<u32>,
    /// What is known of each.
    facts: Vec<Facts>,
    n_places: usize,
    /// The first of the places, which are the session's own.
    n_clicked: usize,
    /// Clicks, as bits, that some neighbour shares.
    shared_clicks: u16,
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

/// What clicks weigh in each view, and all sets of the newest six together: how many of them a neighbour shares is a coin toss, so
/// nothing should branch on it.
#[derive(Debug, Clone)]
struct Shared {
    clicks: [[f32; 4]; MAX_STEPS],
    sets: [[f32; 4]; 1 << Self::TOGETHER],
}

impl Default for Shared {
    fn default() -> Self {
        Self { clicks: [[0.0; 4]; MAX_STEPS], sets: [[0.0; 4]; 1 << Self::TOGETHER] }
    }
}

impl Shared {
    const TOGETHER: usize = 6;

    fn fill(&mut self, n_clicks: usize, weights: impl Fn(usize) -> [f32; 4]) {
        self.sets[0] = [0.0; 4];
        for click in 0..n_clicks {
            let weights = weights(click);
            self.clicks[click] = weights;
            if click < Self::TOGETHER {
                let (without, with) = self.sets.split_at_mut(1 << click);
                for (with, without) in with.iter_mut().zip(without) {
                    *with = std::array::from_fn(|view| without[view] + weights[view]);
                }
            }
        }
    }

    /// The weights of the clicks whose bits are set, added in the order of the clicks.
    #[inline(always)]
    fn of(&self, mask: u16) -> [f32; 4] {
        let mut sum = self.sets[usize::from(mask) & (self.sets.len() - 1)];
        let mut rest = mask >> Self::TOGETHER;
        while rest != 0 {
            let weights = &self.clicks[Self::TOGETHER + rest.trailing_zeros() as usize];
            sum = std::array::from_fn(|view| sum[view] + weights[view]);
            rest &= rest - 1;
        }
        sum
    }
}

/// Weights that depend on nothing but the knobs.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    knobs: Knobs,
    unit_days: f32,
    /// Of each distance, from [`MIDDLE`] before to as much behind: what it weighs in each view,
    near: Vec<[f32; 4]>,
    /// 1/distance behind as [`Votes::around`] has it first, before second, right behind last,
    around: Vec<[f32; 4]>,
    /// and behind again, third.
    second: Vec<[f32; 4]>,
    /// Nothing of all of it.
    nowhere: Vec<[f32; 4]>,
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
        let middle = MIDDLE as isize;
        let table = |of: &dyn Fn(isize) -> [f32; 4]| (-middle..middle).map(of).collect();
        let behind = |d: isize| if d > 0 { 1.0 / d as f32 } else { 0.0 };
        Self {
            knobs,
            unit_days,
            near: table(&|d| {
                let d = d.unsigned_abs().min(MAX_DISTANCE - 1) as f32;
                [decay(d, knobs.distance_decay), 1.0, decay(d, 1.25), 0.0]
            }),
            around: table(&|d| [behind(d), behind(-d), 0.0, f32::from(u8::from(d == 1))]),
            second: table(&|d| [0.0, 0.0, behind(d), 0.0]),
            nowhere: vec![[0.0; 4]; MIDDLE],
            log: std::array::from_fn(|n| libm::logf(1.0 + n as f32)),
            age: Decay::new(rate(knobs.age_decay)),
            steep_age: Decay::new(rate(20.0)),
        }
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

    /// What is known of the item of a place.
    pub(crate) fn facts(&self, place: u32) -> &Facts {
        &self.facts[place as usize]
    }

    /// The place of an item that has votes.
    pub(crate) fn place(&self, item: u32) -> u32 {
        self.places[item as usize].wrapping_sub(1)
    }

    /// Lets the neighbours vote; [`Arrays::clear`] empties them again.
    #[inline(always)]
    pub(crate) fn vote(&mut self, index: &Index, tables: &Tables, clicks: &Clicks) {
        let knobs = &tables.knobs;
        let m = usize::from(knobs.m);
        let n_touched = self.touch(index, clicks, m);
        let length = f32::from(clicks.length);
        let weights = |of: &dyn Fn(f32) -> f32| -> [f32; MAX_STEPS] {
            std::array::from_fn(|at| clicks.steps.get(at).map_or(0.0, |&step| of(f32::from(step))))
        };
        let tuned_match = weights(&|step| decay(step, knobs.match_decay));
        let flat_match = weights(&|step| (1.0 - 0.1 * step).max(0.0));
        let steep_match = weights(&|step| decay(step, 1.25));
        self.shared.fill(clicks.items.len(), |click| {
            let step = f32::from(clicks.steps[click]);
            let at = (length - step) / length;
            [decay(step, knobs.click_decay), at * at, decay(step, 0.7), 0.0]
        });
        // Sessions lie all over memory. Fetched one after the other in loops that do nothing else, the fetches overlap; fetched
        // where they are needed, each would be waited for.
        self.similar.clear();
        self.similar.extend(self.touched[..n_touched].iter().map(|&session| Neighbour {
            key: 0,
            similarity: 0.0,
            session,
            age: 0,
            length: index.length(session),
            mask: std::mem::take(&mut self.masks[session as usize]),
        }));
        // The first of the items lie behind it.
        let now = index.now();
        for neighbour in &mut self.similar {
            neighbour.age = now.saturating_sub(index.end(neighbour.session));
        }
        for neighbour in &mut self.similar {
            let [sum, ..] = self.shared.of(neighbour.mask);
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
        self.make_room(&clicks.items);
        let (mut n_last, mut n_second) = (0, 0);
        let mut voting = Voting {
            clicked: &clicks.items,
            tables,
            places: &mut self.places,
            votes: &mut self.votes,
            items: &mut self.items,
            n_places: self.n_places,
        };
        for neighbour in &self.similar {
            let mask = neighbour.mask;
            let newest = mask.trailing_zeros() as usize;
            let tuned = if neighbour.key < farthest { 0.0 } else { neighbour.similarity * tuned_match[newest] };
            let [_, flat, steep, _] = self.shared.of(mask);
            let flat = flat * flat_match[newest] * tables.age.at(neighbour.age);
            let steep = steep * steep_match[newest] * tables.steep_age.at(neighbour.age);
            let given = [tuned, flat, steep, 0.0];
            let n = neighbour.length as usize;
            let (has_last, has_second) = match index.items_from(neighbour.session) {
                Items::Narrow(items) => voting.of_neighbour(items, n, mask, given),
                Items::Wide(items) => voting.of_neighbour(items, n, mask, given),
            };
            n_last += u32::from(has_last);
            n_second += u32::from(has_second);
            self.shared_clicks |= mask;
        }
        self.n_places = voting.n_places;
        (self.n_neighbours, self.n_last, self.n_second) = (self.similar.len() as u32, n_last, n_second);
        // They lie all over memory, and are fetched at once.
        self.facts.clear();
        self.facts.extend(self.items[..self.n_places].iter().map(|&item| index.facts(item)));
        for (votes, facts) in self.votes.iter_mut().zip(&self.facts[..self.n_places]) {
            let idf = facts.idf;
            let rare = [1.0 + knobs.idf_factor * idf, 1.0 + 10.0 * idf, 1.0 + idf, 0.0];
            votes.views = std::array::from_fn(|view| votes.views[view] * rare[view]);
            votes.best *= rare[0];
        }
    }

    /// Puts the newest `m` sessions that share a click into `touched`, and says how many they are; `masks` has what each shares.
    /// Whether a session is there already, and whether it is to stay, are coin tosses: nothing here branches on them.
    #[inline(always)]
    fn touch(&mut self, index: &Index, clicks: &Clicks, m: usize) -> usize {
        let most = clicks.items.len() * m + 1;
        if self.touched.len() < most {
            self.touched.resize(most, 0);
        }
        let (touched, masks) = (&mut self.touched[..], &mut self.masks[..]);
        let mut n = 0;
        for (step, &item) in clicks.items.iter().enumerate() {
            self.places[item as usize] = step as u32 + 1;
            index.each_session_of(item, m, |session| {
                let mask = &mut masks[session as usize];
                touched[n] = session;
                n += usize::from(*mask == 0);
                *mask |= 1 << step;
            });
        }
        if n <= m {
            return n;
        }
        // The newest have the largest numbers. What is kept stays in its order, whatever the selection does.
        self.order.clear();
        self.order.extend_from_slice(&touched[..n]);
        let (_, &mut oldest, _) = self.order.select_nth_unstable(n - m);
        let mut kept = 0;
        for at in 0..n {
            let session = touched[at];
            let keep = u16::from(session >= oldest);
            touched[kept] = session;
            kept += usize::from(keep);
            masks[session as usize] &= keep.wrapping_neg();
        }
        kept
    }

    /// Makes room for all that the neighbours may name, and gives the session's own their places.
    fn make_room(&mut self, clicked: &[u32]) {
        let n_named: usize = self.similar.iter().map(|neighbour| neighbour.length as usize).sum();
        let most = clicked.len() + n_named + 1;
        if self.items.len() < most {
            self.items.resize(most.next_power_of_two(), 0);
            self.votes.resize(most.next_power_of_two(), Votes::default());
        }
        self.items[..clicked.len()].copy_from_slice(clicked);
        (self.n_clicked, self.n_places, self.shared_clicks) = (clicked.len(), clicked.len(), 0);
    }

    /// Places with votes: those of the session's own clicks that a neighbour shares, and those of all other items.
    #[inline(always)]
    pub(crate) fn voted(&self) -> impl Iterator<Item = u32> {
        let shared = self.shared_clicks;
        let own = (0..self.n_clicked as u32).filter(move |&click| shared >> click & 1 == 1);
        own.chain(self.n_clicked as u32..self.n_places as u32)
    }

    /// Forgets the votes.
    pub(crate) fn clear(&mut self) {
        for &item in &self.items[..self.n_places] {
            self.places[item as usize] = 0;
        }
        self.votes[..self.n_places].fill(Votes::default());
        (self.n_clicked, self.n_places) = (0, 0);
    }
}

/// The number of an item, in as many bytes as an index has for it.
trait Id: Copy + PartialEq {
    fn new(item: u32) -> Self;
    fn get(self) -> u32;
}

impl Id for u16 {
    fn new(item: u32) -> Self {
        item as u16
    }

    fn get(self) -> u32 {
        u32::from(self)
    }
}

impl Id for u32 {
    fn new(item: u32) -> Self {
        item
    }

    fn get(self) -> u32 {
        self
    }
}

/// What the neighbours write to, one after the other.
struct Voting<'v> {
    clicked: &'v [u32],
    tables: &'v Tables,
    places: &'v mut [u32],
    votes: &'v mut [Votes],
    items: &'v mut [u32],
    n_places: usize,
}

impl Voting<'_> {
    /// Counts what a neighbour that shares the clicks of `mask` gives to its `n` items, of which `items` are the first. Says
    /// whether it holds the last click, and the last but one.
    #[inline(always)]
    fn of_neighbour<T: Id>(&mut self, items: &[T], n: usize, mask: u16, given: [f32; 4]) -> (bool, bool) {
        // Where it met the session last, and where it holds the last clicks; behind all for nowhere.
        let (mut met, mut last, mut second) = (0, MIDDLE, MIDDLE);
        let mut rest = mask;
        while rest != 0 {
            let click = rest.trailing_zeros() as usize;
            let at = self.clicked.get(click).map_or(0, |&item| place_of(T::new(item), items, n));
            met = at.max(met);
            match click {
                0 => last = at,
                1 => second = at,
                _ => {}
            }
            rest &= rest - 1;
        }
        let has_last = last < MIDDLE;
        let counted = 1 | u32::from(has_last) << 16;
        let near = &self.tables.near[MIDDLE - met..];
        let around = if has_last { &self.tables.around[MIDDLE - last..] } else { &self.tables.nowhere[..] };
        let after_second = &self.tables.second[MIDDLE - second..];
        for (((&item, near), around), after_second) in items[..n].iter().zip(near).zip(around).zip(after_second) {
            let item = item.get();
            let place = &mut self.places[item as usize];
            // Whether an item has a place already is a coin toss, so nothing here branches on it, and there is no choice, which
            // would be made a branch: what has no place has 0.
            let is_new = u32::from(*place == 0);
            self.items[self.n_places] = item;
            self.n_places += is_new as usize;
            *place |= self.n_places as u32 & is_new.wrapping_neg();
            let votes = &mut self.votes[*place as usize - 1];
            let given: [f32; 4] = std::array::from_fn(|view| given[view] * near[view]);
            votes.views = std::array::from_fn(|view| votes.views[view] + given[view]);
            votes.best = if given[0] > votes.best { given[0] } else { votes.best };
            votes.around = std::array::from_fn(|way| votes.around[way] + (around[way] + after_second[way]));
            votes.counts += counted;
            votes.clicks |= mask;
        }
        (has_last, second < MIDDLE)
    }
}

/// Where an item is among the first `n`, of which one is it.
#[inline(always)]
fn place_of<T: Id>(item: T, items: &[T], n: usize) -> usize {
    for from in (0..n).step_by(BLOCK) {
        // All of a block at once. What lies behind the first `n` is behind the item as well.
        let bit = |found: u32, (at, &other): (usize, &T)| found | u32::from(other == item) << at;
        let found = match items[from..].first_chunk::<BLOCK>() {
            Some(block) => block.iter().enumerate().fold(0, bit),
            None => items[from..].iter().enumerate().fold(0, bit),
        };
        if found != 0 {
            return from + found.trailing_zeros() as usize;
        }
    }
    0
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
