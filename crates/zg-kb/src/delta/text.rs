//! Foretells new text from old: the next bit by what followed the last 1, 2, 3, 4 and 6 bytes before,
//! and by the place in the old text that reads like this one.
//!
//! The old text is on both sides, so what is learned from it costs nothing:
//! a few new words of Chinese, three bytes a character, take about a third of their length.
//! Each forecast is weighed by how well it did, as in Mahoney's paq
//! ("Adaptive Weighing of Context Models for Lossless Data Compression", 2005).

use super::coder::{Bits, Chance, Lesson};

/// Bytes of context; characters of Chinese have three.
const ORDERS: [usize; 5] = [1, 2, 3, 4, 6];
const N_INPUTS: usize = ORDERS.len() + 2;
/// Chances per order: 2 MiB of them in all, whatever the text.
const SLOTS: usize = 1 << 17;
/// Old text to learn from, in stretches from all over it: a tenth of a second of a phone's time.
const LESSON: usize = 96 << 10;
const N_STRETCHES: usize = 12;
/// A place in the old text is remembered by the bytes before it.
const PLACE: usize = 5;
const PLACES: usize = 1 << 16;
const LEARN_LIMIT: u32 = 254;

pub(super) struct TextModel<'o> {
    old: &'o [u8],
    slots: Vec<Chance>,
    order_0: Vec<Chance>,
    /// By how long the likeness has lasted, and the bit it expects.
    likeness: [Chance; 64],
    /// Where in the old text some bytes are followed by what; 0 is nowhere.
    places: Vec<u32>,
    weights: Vec<[i32; N_INPUTS]>,
    stretch: Vec<i16>,
    history: u64,
    /// Where the old text reads like this, and for how many bytes it has.
    alike: usize,
    n_alike: usize,
}

impl<'o> TextModel<'o> {
    pub(super) fn new(old: &'o [u8]) -> Self {
        let mut places = vec![0; PLACES];
        for at in PLACE..old.len() {
            places[place(&old[at - PLACE..at])] = at as u32;
        }
        let mut model = Self {
            old,
            slots: vec![Chance::EVEN; ORDERS.len() * SLOTS],
            order_0: vec![Chance::EVEN; 256],
            likeness: [Chance::EVEN; 64],
            places,
            weights: vec![[1 << 14; N_INPUTS]; 256],
            stretch: stretches(),
            history: 0,
            alike: 0,
            n_alike: 0,
        };
        let stretch = LESSON / N_STRETCHES;
        for number in 0..N_STRETCHES {
            let start = if old.len() <= LESSON { number * stretch } else { old.len() / N_STRETCHES * number };
            for &byte in old.iter().skip(start).take(stretch) {
                // Its own place in the old text would be found every time, and likeness trusted too much.
                model.n_alike = 0;
                model.code(&mut Lesson, byte);
            }
        }
        model
    }

    /// Says what was copied before the next byte, which is context too.
    pub(super) fn follow(&mut self, before: &[u8]) {
        let tail = &before[before.len().saturating_sub(8)..];
        self.history = tail.iter().fold(0, |history, &byte| history << 8 | u64::from(byte));
        self.n_alike = 0;
        self.look_up();
    }

    pub(super) fn code(&mut self, bits: &mut impl Bits, byte: u8) -> u8 {
        let bases: [usize; ORDERS.len()] = std::array::from_fn(|order| {
            let context = self.history & (u64::MAX >> (64 - 8 * ORDERS[order]));
            (mix(context ^ (order as u64) << 56) as usize) % SLOTS
        });
        let mut node = 1_usize;
        for shift in (0..8).rev() {
            let expected = self.expected(node, shift);
            let likeness = expected.map(|bit| (self.n_alike.min(31) << 1) | bit as usize);
            let slots: [usize; ORDERS.len()] = std::array::from_fn(|order| {
                order * SLOTS + ((bases[order] ^ ((node as u32).wrapping_mul(0x9e35_79b1) >> 3) as usize) % SLOTS)
            });
            let mut inputs = [0_i32; N_INPUTS];
            for (input, &slot) in inputs.iter_mut().zip(&slots) {
                *input = self.stretched(self.slots[slot].p1());
            }
            inputs[ORDERS.len()] = self.stretched(self.order_0[node].p1());
            if let Some(likeness) = likeness {
                inputs[ORDERS.len() + 1] = self.stretched(self.likeness[likeness].p1());
            }
            let weights = &mut self.weights[node];
            let dot: i64 = inputs.iter().zip(&*weights).map(|(&i, &w)| i64::from(i) * i64::from(w)).sum();
            let p1 = squash((dot >> 16).clamp(-2_047, 2_047) as i32);
            let bit = bits.bit(bit_of(byte, shift), (p1 << 4).clamp(32, 65_536 - 32));

            let error = ((bit << 12) as i32 - p1 as i32) * 10;
            for (weight, input) in weights.iter_mut().zip(inputs) {
                *weight = (*weight + ((input * error + (1 << 11)) >> 12)).clamp(-(1 << 20), 1 << 20);
            }
            for slot in slots {
                self.slots[slot].learn(bit, LEARN_LIMIT);
            }
            self.order_0[node].learn(bit, LEARN_LIMIT);
            if let (Some(likeness), Some(expected)) = (likeness, expected) {
                self.likeness[likeness].learn(bit, LEARN_LIMIT);
                if expected != bit {
                    self.n_alike = 0;
                }
            }
            node = node << 1 | bit as usize;
        }
        let byte = node as u8;
        self.history = self.history << 8 | u64::from(byte);
        if self.n_alike > 0 {
            self.alike += 1;
            self.n_alike += 1;
        } else {
            self.look_up();
        }
        byte
    }

    /// The bit that the likeness expects, where it has held so far within this byte.
    fn expected(&self, node: usize, shift: u32) -> Option<u32> {
        if self.n_alike == 0 {
            return None;
        }
        self.old.get(self.alike).map(|&byte| bit_of(byte, shift)).filter(|_| node < 256)
    }

    fn look_up(&mut self) {
        let last: [u8; 8] = self.history.to_be_bytes();
        let at = self.places[place(&last[8 - PLACE..])] as usize;
        // Places are shared by what hashes alike; only the same bytes count.
        if at >= PLACE && self.old[at - PLACE..at] == last[8 - PLACE..] {
            self.alike = at;
            self.n_alike = 1;
        }
    }

    fn stretched(&self, p1: u32) -> i32 {
        i32::from(self.stretch[(p1 >> 4) as usize])
    }
}

fn bit_of(byte: u8, shift: u32) -> u32 {
    u32::from(byte) >> shift & 1
}

fn place(bytes: &[u8]) -> usize {
    let number = bytes.iter().fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
    mix(number) as usize % PLACES
}

fn mix(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 24
}

/// 4,096 / (1 + e^(−x / 256)), by straight lines between 33 points.
fn squash(x: i32) -> u32 {
    const POINTS: [i32; 33] = [
        1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1_101, 1_546, 2_047, 2_549, 2_994, 3_348, 3_607,
        3_785, 3_901, 3_975, 4_022, 4_050, 4_068, 4_079, 4_085, 4_089, 4_092, 4_093, 4_094,
    ];
    let x = x + 2_048;
    let (point, part) = ((x >> 7) as usize, x & 127);
    ((POINTS[point] * (128 - part) + POINTS[point + 1] * part + 64) >> 7) as u32
}

/// The inverse of [`squash`], for chances of 4,096.
fn stretches() -> Vec<i16> {
    let mut table = vec![2_047_i16; 4_096];
    let mut next = 0;
    for x in -2_047..=2_047 {
        let p1 = squash(x) as usize;
        for slot in table.iter_mut().take(p1 + 1).skip(next) {
            *slot = x as i16;
        }
        next = next.max(p1 + 1);
    }
    table
}
