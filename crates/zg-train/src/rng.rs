//! Random numbers of our own, so that the same input gives the same bytes with every release of every dependency.

/// SplitMix64 (Steele, Lea and Flood 2014): one multiplication chain, any seed is a good one.
#[derive(Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Within `0.0..1.0`.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Within `0..n`; `n` of 0 counts as 1.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n.max(1) as u128) >> 64) as usize
    }

    /// Mean 0, variance 1: the sum of twelve uniform draws less six, which needs no logarithm.
    pub(crate) fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }

    /// Fisher and Yates.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }

    /// Appends each item to `to` unless it is dropped, which happens with probability `drop`.
    pub(crate) fn keep(&mut self, drop: f32, items: &[u32], to: &mut Vec<u32>) {
        let threshold = (drop * 65_536.0) as u64;
        // Sixteen bits decide, so that one draw serves four.
        for four in items.chunks(4) {
            let mut dice = self.next();
            for item in four {
                if dice & 0xffff >= threshold {
                    to.push(*item);
                }
                dice >>= 16;
            }
        }
    }

    /// Zeros with probability `drop`, and elsewhere what makes up for them.
    pub(crate) fn mask(&mut self, drop: f32, mask: &mut [f32]) {
        let threshold = (drop * 65_536.0) as u64;
        let kept = (1.0 - drop).recip();
        for four in mask.chunks_mut(4) {
            let mut dice = self.next();
            for one in four {
                *one = if dice & 0xffff >= threshold { kept } else { 0.0 };
                dice >>= 16;
            }
        }
    }
}
