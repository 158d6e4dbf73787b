//! What the shop says of its items: stock, category, brand, price, words. An index may have none of it.

/// What is known of an item; 0 stands for a category or brand that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct About {
    pub category: u32,
    pub brand: u32,
    /// In hundredths.
    pub price: Option<u64>,
    /// The share of the price that the shop earns, 0 to 1.
    pub margin: f32,
    /// In stock, and lawful to sell here.
    pub for_sale: bool,
    /// The words of its name, as bits of a signature; 0 for none.
    pub words: u64,
}

/// By number of item. Once an index has a catalog, what the catalog lacks is not for sale, unless it is said to be partial.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalog {
    pub(crate) items: Vec<Option<About>>,
    /// What is not in it may be shown all the same: the shop has spoken of some items, and not of all.
    pub(crate) partial: bool,
}

impl Catalog {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    #[must_use]
    pub fn about(&self, item: u32) -> Option<&About> {
        self.items.get(item as usize)?.as_ref()
    }

    /// Whether an item may be shown at all.
    #[must_use]
    pub fn may_sell(&self, item: u32) -> bool {
        self.items.is_empty() || self.about(item).map_or(self.partial, |about| about.for_sale)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.items.capacity() * size_of::<Option<About>>()
    }
}

/// The signature of a text: one of 64 bits for each word, so that few words collide and two texts are compared at once.
#[must_use]
pub fn signature(words: impl Iterator<Item = impl AsRef<str>>) -> u64 {
    words.fold(0, |bits, word| {
        let hash = word
            .as_ref()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        bits | 1 << ((hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58)
    })
}
