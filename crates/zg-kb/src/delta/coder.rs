//! Arithmetic coding of single bits, and numbers made of them.
//!
//! A delta of one edit is a handful of numbers and words: code tables, as deflate sends them, would be longer than it.
//! A coder that learns as it goes sends none.
//! Everything is whole numbers, so that every device reads what the builder wrote.

/// Writes bits, reads bits, or only learns from bits: models are written once for the three.
pub(super) trait Bits {
    /// Codes a bit of which `p1` of 65,536 expect a one; a reader gives what it reads instead of `bit`.
    fn bit(&mut self, bit: u32, p1: u32) -> u32;
}

/// Learns from text that both sides have.
pub(super) struct Lesson;

impl Bits for Lesson {
    fn bit(&mut self, bit: u32, _: u32) -> u32 {
        bit
    }
}

/// The range `low..=high` narrows with each bit; the bytes on which both ends agree are sent.
/// After Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression" (2005).
#[cfg(feature = "build")]
pub(super) struct Encoder {
    low: u32,
    high: u32,
    out: Vec<u8>,
}

#[cfg(feature = "build")]
impl Encoder {
    pub(super) fn new() -> Self {
        Self { low: 0, high: u32::MAX, out: Vec::new() }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        // As few bytes as name a number within the range; what is missing reads as zeros.
        for n_bytes in 0..=4_u32 {
            let mask = u32::MAX.checked_shr(8 * n_bytes).unwrap_or(0);
            let value = self.high & !mask;
            if value >= self.low {
                self.out.extend_from_slice(&value.to_be_bytes()[..n_bytes as usize]);
                break;
            }
        }
        self.out
    }
}

#[cfg(feature = "build")]
impl Bits for Encoder {
    fn bit(&mut self, bit: u32, p1: u32) -> u32 {
        let middle = middle(self.low, self.high, p1);
        if bit == 1 {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.out.push((self.high >> 24) as u8);
            self.low <<= 8;
            self.high = self.high << 8 | 0xff;
        }
        bit
    }
}

pub(super) struct Decoder<'b> {
    low: u32,
    high: u32,
    value: u32,
    rest: &'b [u8],
    n_missing: u32,
}

impl<'b> Decoder<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        let mut decoder = Self { low: 0, high: u32::MAX, value: 0, rest: bytes, n_missing: 0 };
        for _ in 0..4 {
            decoder.shift();
        }
        decoder
    }

    /// Whether more was read than a writer can have meant: four bytes are in `value` ahead of their time.
    pub(super) fn exhausted(&self) -> bool {
        self.n_missing > 4
    }

    fn shift(&mut self) {
        let byte = match self.rest.split_first() {
            Some((&byte, rest)) => {
                self.rest = rest;
                byte
            }
            None => {
                self.n_missing = self.n_missing.saturating_add(1);
                0
            }
        };
        self.value = self.value << 8 | u32::from(byte);
    }
}

impl Bits for Decoder<'_> {
    fn bit(&mut self, _: u32, p1: u32) -> u32 {
        let middle = middle(self.low, self.high, p1);
        let bit = u32::from(self.value <= middle);
        if bit == 1 {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.low <<= 8;
            self.high = self.high << 8 | 0xff;
            self.shift();
        }
        bit
    }
}

/// Within `low..high`, so that either bit leaves a range.
fn middle(low: u32, high: u32, p1: u32) -> u32 {
    let range = high - low;
    low + (range >> 16) * p1 + (((range & 0xffff) * p1) >> 16)
}

/// A chance that is learned: 22 bits of it, and in the lowest 10 how often it was met.
#[derive(Clone, Copy)]
pub(super) struct Chance(u32);

impl Chance {
    pub(super) const EVEN: Self = Self(1 << 31);

    /// Of 65,536, never none nor all.
    pub(super) fn p1(self) -> u32 {
        (self.0 >> 16).clamp(32, 65_536 - 32)
    }

    /// Moves towards `bit`: by half at first, later by an ever smaller share.
    pub(super) fn learn(&mut self, bit: u32, limit: u32) {
        let n = self.0 & 1_023;
        let p22 = i64::from(self.0 >> 10);
        let target = if bit == 1 { (1 << 22) - 1 } else { 0 };
        let moved = p22 + (target - p22) * 2 / i64::from(2 * n + 3);
        self.0 = (moved as u32) << 10 | if n < limit { n + 1 } else { n };
    }

    fn code(&mut self, bits: &mut impl Bits, bit: u32) -> u32 {
        let bit = bits.bit(bit, self.p1());
        self.learn(bit, 30);
        bit
    }
}

/// Codes numbers of one meaning: how many bits, then the bits; the two highest after the first are learned too.
pub(super) struct Numbers {
    lengths: [Chance; 33],
    heads: [[Chance; 4]; 33],
}

impl Numbers {
    pub(super) fn new() -> Self {
        Self { lengths: [Chance::EVEN; 33], heads: [[Chance::EVEN; 4]; 33] }
    }

    pub(super) fn code(&mut self, bits: &mut impl Bits, number: usize) -> usize {
        // One more than the number has at least one bit.
        let value = number as u64 + 1;
        let wanted = 63 - value.leading_zeros();
        let mut length = 0;
        while length < 32 && self.lengths[length as usize].code(bits, u32::from(length < wanted)) == 1 {
            length += 1;
        }
        let mut read = 1_u64;
        for at in (0..length).rev() {
            let bit = (value >> at & 1) as u32;
            let depth = length - 1 - at;
            read = read << 1
                | u64::from(match depth {
                    0 => self.heads[length as usize][0].code(bits, bit),
                    1 => self.heads[length as usize][1 + (read & 1) as usize].code(bits, bit),
                    _ => bits.bit(bit, 1 << 15),
                });
        }
        usize::try_from(read - 1).unwrap_or(usize::MAX)
    }

    /// Numbers around zero: 0, −1, 1, −2, …
    pub(super) fn code_signed(&mut self, bits: &mut impl Bits, number: i64) -> i64 {
        let coded = self.code(bits, (number << 1 ^ number >> 63) as usize) as u64;
        (coded >> 1) as i64 ^ -((coded & 1) as i64)
    }
}

/// A yes or no of one meaning.
pub(super) struct Flag(Chance);

impl Flag {
    pub(super) fn new() -> Self {
        Self(Chance::EVEN)
    }

    pub(super) fn code(&mut self, bits: &mut impl Bits, flag: bool) -> bool {
        self.0.code(bits, u32::from(flag)) == 1
    }
}
