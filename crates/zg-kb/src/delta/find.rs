//! Here are old and new bytes: which runs of the new ones can be copied?
//!
//! Read from the start, always with the best run at hand: one a little further on in the old bytes,
//! or else a long one from anywhere. Not the shortest list of edits there is, and near it for edits of people.

use super::edits::Edit;

/// How far on (and back) short runs are looked for.
const NEAR: usize = 1_024;
/// The shortest run near by, and from where the words around it may be told from chance.
const NEAR_RUN: usize = 7;
const NEAR_SURE: usize = 28;
/// How far a short run may be from where it is expected.
const NEAR_SHORT: usize = 64;
/// Long runs are known by their first bytes.
const SEED: usize = 16;
const FAR_RUN: usize = 28;
/// A run so long is where the reading goes on, wherever it lies.
const FAR_SURE: usize = 256;
/// Candidates looked at; what is said hundreds of times is seldom what tells where we are.
const CHAIN: usize = 48;
/// After so many new bytes in a row nothing short is looked for near by.
const LOST: usize = 4 << 10;
const NONE: u32 = u32::MAX;

pub(super) fn edits(old: &[u8], new: &[u8]) -> Vec<Edit> {
    let seeds = Seeds::of(old);
    let mut edits = Vec::new();
    let mut open = Edit { from: 0, n_copied: 0, elsewhere: false, own: 0..0 };
    let (mut at, mut here) = (0, 0);
    while at < new.len() {
        let own_start = open.own.start;
        let near = if at - own_start < LOST { near(old, new, at, here) } else { None };
        let far = if near.is_some_and(|run| run.length >= FAR_SURE) { None } else { seeds.find(old, new, at, here) };
        let best = match (near, far) {
            (Some(near), Some(far)) if far.length > 4 * near.length + 16 => Some(far),
            (near, far) => near.or(far),
        };
        let Some(mut run) = best else {
            at += 1;
            continue;
        };
        // What came before may be the same as well.
        while at > own_start && run.from > 0 && old[run.from - 1] == new[at - 1] {
            (at, run.from, run.length) = (at - 1, run.from - 1, run.length + 1);
        }
        let on = run.from >= here && run.from - here <= NEAR;
        let elsewhere = !on && run.length < FAR_SURE && here.abs_diff(run.from) > NEAR_SHORT;
        open.own.end = at;
        at += run.length;
        if !elsewhere {
            here = run.from + run.length;
        }
        let next = Edit { from: run.from, n_copied: run.length, elsewhere, own: at..at };
        let done = std::mem::replace(&mut open, next);
        if done.n_copied > 0 || !done.own.is_empty() {
            edits.push(done);
        }
    }
    open.own.end = new.len();
    edits.push(open);
    edits
}

#[derive(Clone, Copy)]
struct Run {
    from: usize,
    length: usize,
}

fn same(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// The best run within reach of `here`: long, and not far.
fn near(old: &[u8], new: &[u8], at: usize, here: usize) -> Option<Run> {
    let wanted = new.get(at..at + NEAR_RUN)?;
    let mut best: Option<(i64, Run)> = None;
    let window = here.saturating_sub(NEAR_SHORT)..(here + NEAR).min(old.len());
    for from in window {
        if old[from] != wanted[0] || !old[from..].starts_with(wanted) {
            continue;
        }
        let length = same(&old[from..], &new[at..]);
        let distance = from.abs_diff(here);
        if length < NEAR_SURE && distance > NEAR_SHORT {
            continue;
        }
        // Each doubling of the distance is a bit more to say, and a little less likely to be what happened.
        let score = 8 * length as i64 - 2 * i64::from(usize::BITS - distance.leading_zeros());
        if best.is_none_or(|(most, _)| score > most) {
            best = Some((score, Run { from, length }));
        }
    }
    best.map(|(_, run)| run)
}

/// Where in the old bytes each seed stands: the last place, and from each place the one before.
struct Seeds {
    last: Vec<u32>,
    before: Vec<u32>,
}

impl Seeds {
    fn of(old: &[u8]) -> Self {
        let n_slots = (old.len().max(256) * 2).next_power_of_two();
        let mut seeds = Self { last: vec![NONE; n_slots], before: vec![NONE; old.len()] };
        for (at, seed) in old.windows(SEED).enumerate() {
            let slot = seeds.slot(seed);
            seeds.before[at] = std::mem::replace(&mut seeds.last[slot], at as u32);
        }
        seeds
    }

    fn slot(&self, seed: &[u8]) -> usize {
        let hash = seed
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        (hash ^ hash >> 32) as usize & (self.last.len() - 1)
    }

    /// The longest run from anywhere; of equally long ones the one closest to `here`.
    fn find(&self, old: &[u8], new: &[u8], at: usize, here: usize) -> Option<Run> {
        let seed = new.get(at..at + SEED)?;
        let mut best: Option<Run> = None;
        let mut next = self.last[self.slot(seed)];
        for _ in 0..CHAIN {
            if next == NONE {
                break;
            }
            let from = next as usize;
            let length = same(&old[from..], &new[at..]);
            let better = best.is_none_or(|best| {
                length > best.length || (length == best.length && from.abs_diff(here) < best.from.abs_diff(here))
            });
            if length >= FAR_RUN && better {
                best = Some(Run { from, length });
            }
            next = self.before[from];
        }
        best
    }
}
