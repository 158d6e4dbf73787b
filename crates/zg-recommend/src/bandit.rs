//! What is learned from lists that were shown: Thompson sampling by item and context (Chapelle and Li, 2011), one slot for
//! trying things out, and the propensities that later judgement needs.
//!
//! Nothing here draws random numbers of its own: the seed comes in, so that an answer can be made again.

use std::collections::BTreeMap;

use crate::rank::{Hit, Reason};

/// Where a list was shown: kind of page, playbook, group of shoppers. The caller says which there are.
pub type Context = u16;

/// Times one person's clicks and views of an item count in a context, until [`Bandit::next_day`].
const PER_PERSON: u8 = 2;
/// Views of one person that count, of all items together, until the next day: a robot's thousands are these few.
const PER_DAY: u16 = 200;
/// The most persons, and pairs of item and context, that are kept.
const MAX_PERSONS: usize = 200_000;
const MAX_ARMS: usize = 500_000;
/// What a day leaves of what was learned before it.
const DECAY: f32 = 0.98;
/// Before anything is known: one click in twenty views.
const PRIOR: (f32, f32) = (1.0, 19.0);
/// How likely a shopper looks at a slot, as seen from the first: 1/log2(slot + 1) (Järvelin and Kekäläinen, 2002).
fn examined(slot: usize) -> f32 {
    (1.0 / libm::log2(slot as f64 + 2.0)) as f32
}

/// What became of an item that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not clicked, which says little.
    Viewed,
    Clicked,
    /// Put into the cart or bought: counts like so many clicks.
    Wanted,
    /// Waved away.
    Dismissed,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Arm {
    clicks: f32,
    views: f32,
}

/// What a person has added today: times in all, and by item and context.
#[derive(Debug, Clone, Default, PartialEq)]
struct Person {
    n: u16,
    times: BTreeMap<(u32, Context), u8>,
}

/// Beliefs about how often an item is clicked, by context.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bandit {
    arms: BTreeMap<(u32, Context), Arm>,
    persons: BTreeMap<u64, Person>,
}

impl Bandit {
    /// Takes in what became of an item at a slot (the first is 0). Gives whether it counted: one person's repetition does not.
    pub fn record(&mut self, person: u64, item: u32, context: Context, slot: usize, outcome: Outcome) -> bool {
        if !self.persons.contains_key(&person) && self.persons.len() >= MAX_PERSONS {
            return false;
        }
        let own = self.persons.entry(person).or_default();
        let times = own.times.get(&(item, context)).copied().unwrap_or(0);
        if own.n >= PER_DAY || times >= PER_PERSON {
            return false;
        }
        if !self.arms.contains_key(&(item, context)) && self.arms.len() >= MAX_ARMS {
            return false;
        }
        own.n += 1;
        own.times.insert((item, context), times + 1);
        let arm = self.arms.entry((item, context)).or_default();
        let (clicks, views) = match outcome {
            Outcome::Viewed => (0.0, examined(slot)),
            Outcome::Clicked => (1.0, examined(slot).max(0.5)),
            Outcome::Wanted => (2.0, 0.0),
            Outcome::Dismissed => (0.0, 4.0),
        };
        arm.clicks += clicks;
        arm.views += views;
        true
    }

    /// Forgets who said what, and a little of what was said; call it once a day.
    pub fn next_day(&mut self) {
        self.persons.clear();
        self.arms.retain(|_, arm| {
            arm.clicks *= DECAY;
            arm.views *= DECAY;
            arm.clicks + arm.views > 0.05
        });
    }

    /// How often an item is believed to be clicked.
    #[must_use]
    pub fn mean(&self, item: u32, context: Context) -> f32 {
        let (a, b) = self.beta(item, context);
        a / (a + b)
    }

    /// A draw from the belief.
    pub fn sample(&self, item: u32, context: Context, dice: &mut Dice) -> f32 {
        beta(self.beta(item, context), dice)
    }

    fn beta(&self, item: u32, context: Context) -> (f32, f32) {
        let arm = self.arms.get(&(item, context)).copied().unwrap_or_default();
        (PRIOR.0 + arm.clicks, PRIOR.1 + (arm.views - arm.clicks).max(0.0))
    }
}

/// A list as it was shown, and how likely each item was to be where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub hits: Vec<Hit>,
    pub propensities: Vec<f32>,
}

/// Shows the first `k` of a list; with probability `share` one of those after them takes a slot, never the first: that of them
/// whose draw is the best. A list without any to try, or of one slot, is shown as it is.
#[must_use]
pub fn explore(list: &[Hit], k: usize, share: f32, bandit: &Bandit, context: Context, seed: u64) -> Shown {
    let shown = list.len().min(k);
    let mut hits = list[..shown].to_vec();
    let mut propensities = vec![1.0; shown];
    let tried = &list[shown..];
    let share = if share.is_finite() { share.clamp(0.0, 0.5) } else { 0.0 };
    if shown < 2 || tried.is_empty() || share == 0.0 {
        return Shown { hits, propensities };
    }
    let mut dice = Dice(seed);
    // Every slot but the first is as likely to be given away.
    let given = share / (shown - 1) as f32;
    propensities[1..].fill(1.0 - given);
    if dice.unit() >= share {
        return Shown { hits, propensities };
    }
    let slot = 1 + ((dice.unit() * (shown - 1) as f32) as usize).min(shown - 2);
    // How often each would win is counted by drawing again: there is no closed form for more than two.
    let beliefs: Vec<(f32, f32)> = tried.iter().map(|hit| bandit.beta(hit.item, context)).collect();
    let mut wins = vec![0_u16; tried.len()];
    let winner = best(&beliefs, &mut dice);
    wins[winner] += 1;
    for _ in 0..DRAWS {
        wins[best(&beliefs, &mut dice)] += 1;
    }
    hits[slot] = Hit { item: tried[winner].item, score: hits[slot].score, reason: Reason::Explored };
    propensities[slot] = given * f32::from(wins[winner]) / f32::from(DRAWS + 1);
    Shown { hits, propensities }
}

/// Draws by which the chance of each candidate is estimated.
const DRAWS: u16 = 99;

fn best(beliefs: &[(f32, f32)], dice: &mut Dice) -> usize {
    let mut best = (f32::NEG_INFINITY, 0);
    for (at, &belief) in beliefs.iter().enumerate() {
        let drawn = beta(belief, dice);
        if drawn > best.0 {
            best = (drawn, at);
        }
    }
    best.1
}

/// Random numbers from a seed: SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Within `0.0..1.0`.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Mean 0, variance 1 (Box and Muller, 1958).
    fn normal(&mut self) -> f32 {
        let (u, v) = (1.0 - self.unit(), self.unit());
        (-2.0 * libm::logf(u)).max(0.0).sqrt() * libm::cosf(std::f32::consts::TAU * v)
    }
}

/// A draw from the beta distribution: by inversion where nobody has clicked, which is so of most items and takes a quarter of
/// the time; else of two draws from gamma distributions.
fn beta((a, b): (f32, f32), dice: &mut Dice) -> f32 {
    if a == 1.0 {
        // F(x) = 1 − (1 − x)^b.
        return 1.0 - libm::expf(libm::logf(1.0 - dice.unit()) / b);
    }
    let (x, y) = (gamma(a, dice), gamma(b, dice));
    if x + y > 0.0 { x / (x + y) } else { 0.0 }
}

/// A draw from the gamma distribution of a shape of at least 1 (Marsaglia and Tsang, 2000).
fn gamma(shape: f32, dice: &mut Dice) -> f32 {
    let d = shape.max(1.0) - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    // Nineteen of twenty draws are taken at once; a bound, because nothing here may run for ever.
    for _ in 0..64 {
        let x = dice.normal();
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        if libm::logf(1.0 - dice.unit()) < 0.5 * x * x + d - d * v + d * libm::logf(v) {
            return d * v;
        }
    }
    d
}
