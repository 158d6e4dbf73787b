//! splitmix64 (Steele, Lea, Flood 2014): the same numbers on every machine.

pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // Below 2^32 by far, so the remainder favors nothing that anybody would notice.
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}
