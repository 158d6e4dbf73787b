//! Item names: numbers for strings and strings for numbers, in one arena.

/// A slot of the table that holds no item.
const FREE: u32 = u32::MAX;
/// The longest name of an item, in bytes.
pub const MAX_NAME: usize = 255;

/// Every name once, found by hash.
#[derive(Debug, Clone, Default)]
pub struct Names {
    text: String,
    /// Where each name ends.
    ends: Vec<u32>,
    /// Open addressing with linear steps; a power of two, at most three quarters full.
    slots: Vec<u32>,
}

impl Names {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The name of an item, empty for one there is not.
    #[must_use]
    pub fn get(&self, item: u32) -> &str {
        let at = item as usize;
        let Some(&end) = self.ends.get(at) else { return "" };
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start as usize..end as usize]
    }

    /// The item of a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let mask = self.slots.len() - 1;
        let mut at = hash(name) as usize & mask;
        // Ends, because a quarter of the slots is free.
        loop {
            match self.slots[at] {
                FREE => return None,
                item if self.get(item) == name => return Some(item),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// The item of a name, new if it has none; `None` where it is empty, too long, or there is no room for more.
    pub fn add(&mut self, name: &str) -> Option<u32> {
        if let Some(item) = self.find(name) {
            return Some(item);
        }
        let end = u32::try_from(self.text.len() + name.len()).ok()?;
        if name.is_empty() || name.len() > MAX_NAME || self.ends.len() >= crate::MAX_ITEMS {
            return None;
        }
        let item = self.ends.len() as u32;
        self.text.push_str(name);
        self.ends.push(end);
        if self.slots.len() < self.ends.len() + self.ends.len() / 3 + 1 {
            self.rehash();
        } else {
            self.place(item);
        }
        Some(item)
    }

    /// Gives back what was set aside for growing.
    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.slots.shrink_to_fit();
    }

    /// Bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.capacity() + 4 * (self.ends.capacity() + self.slots.capacity())
    }

    fn rehash(&mut self) {
        let wanted = (self.ends.len() + self.ends.len() / 3 + 2).next_power_of_two().max(16);
        self.slots = vec![FREE; wanted];
        for item in 0..self.ends.len() as u32 {
            self.place(item);
        }
    }

    fn place(&mut self, item: u32) {
        let mask = self.slots.len() - 1;
        let mut at = hash(self.get(item)) as usize & mask;
        while self.slots[at] != FREE {
            at = (at + 1) & mask;
        }
        self.slots[at] = item;
    }
}

/// FNV-1a with the finalizer of MurmurHash3, which spreads the last characters over all bits.
fn hash(name: &str) -> u64 {
    let mut hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}
