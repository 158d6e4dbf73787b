//! What travels between builder and device: deltas, signatures, and what hostile bytes of either can do: nothing.

#[cfg(feature = "sign")]
mod beside;
mod delta;
mod entries;
#[cfg(feature = "sign")]
mod hostile;
#[cfg(feature = "sign")]
#[path = "../it/memory.rs"]
mod memory;
#[cfg(feature = "sign")]
mod sign;

/// splitmix64: the same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[self.below(from.len())]
    }
}
