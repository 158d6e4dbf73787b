//! Texts that are nearly the same, found in one pass: sets of three characters, one-permutation `MinHash`, and bands.
//!
//! A text is compared only with the first and the latest text of each bucket it falls into, so that a thousand copies
//! cost a thousand times what one costs, not a million times.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The three-character pieces of a text as hashes, ascending, each once.
fn shingles(text: &str) -> Vec<u32> {
    // Marks at both ends let a text of one character have a piece, and first and last characters count.
    let characters: Vec<u32> = std::iter::once(2).chain(text.chars().map(u32::from)).chain([3]).collect();
    let hash = |piece: &[u32]| {
        let mut hash = 0x9e37_79b9_7f4a_7c15_u64;
        for character in piece {
            hash = (hash ^ u64::from(*character)).wrapping_mul(0xff51_afd7_ed55_8ccd);
            hash ^= hash >> 32;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a hash")]
        let short = hash as u32;
        short
    };
    let mut pieces: Vec<u32> = characters.windows(3.min(characters.len())).map(hash).collect();
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

/// More bands miss fewer pairs.
const N_BANDS: usize = 24;
/// Rows of a band: more of them compare fewer pairs.
const MAX_ROWS: usize = 4;

/// A text as it is compared: its pieces, and what each band of its signature comes to. Made on any core.
pub(super) struct Shingled {
    pieces: Vec<u32>,
    bands: [u64; N_BANDS],
}

impl Shingled {
    /// Four rows find what shares seven pieces of ten or more, two what shares half.
    pub(super) fn of(text: &str, n_rows: usize) -> Self {
        let n_rows = n_rows.clamp(1, MAX_ROWS);
        let pieces = shingles(text);
        let signature = signature(&pieces, N_BANDS * n_rows);
        let mut bands = [0; N_BANDS];
        for (at, (band, rows)) in bands.iter_mut().zip(signature.chunks_exact(n_rows)).enumerate() {
            *band = rows.iter().fold(at as u64 + 1, |key, row| mix(key ^ u64::from(*row)));
        }
        Self { pieces, bands }
    }
}

/// Remembers texts by their pieces and tells which earlier one a new one is like.
pub(super) struct Near<S> {
    threshold: f64,
    texts: Vec<S>,
    /// By band and its content: the first text there and the latest.
    buckets: HashMap<u64, (u32, u32), BuildHasherDefault<Mixed>>,
}

impl<S: Borrow<Shingled>> Near<S> {
    /// Texts that share `threshold` of their pieces or more are alike.
    pub(super) fn new(threshold: f64) -> Self {
        Self { threshold, texts: Vec::new(), buckets: HashMap::default() }
    }

    /// Adds a text; gives the number of the earlier one most like it, and how like.
    pub(super) fn insert(&mut self, text: S) -> Option<(usize, f64)> {
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let mut others: Vec<u32> = Vec::new();
        for key in text.borrow().bands {
            let bucket = self.buckets.entry(key).or_insert((number, number));
            if bucket.0 != number {
                others.extend([bucket.0, bucket.1]);
            }
            bucket.1 = number;
        }
        others.sort_unstable();
        others.dedup();
        let mut best: Option<(usize, f64)> = None;
        for other in others {
            let likeness = jaccard(&self.texts[other as usize].borrow().pieces, &text.borrow().pieces);
            if likeness >= self.threshold && best.is_none_or(|(_, least)| likeness > least) {
                best = Some((other as usize, likeness));
            }
        }
        self.texts.push(text);
        best
    }
}

/// For keys that are hashes already. Who makes two of them meet makes two texts be compared, no more.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = mix(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// The least hash in each of `n` bins; an empty bin borrows from one that its number leads to.
///
/// Li, Owen and Zhang, "One Permutation Hashing", 2012; Shrivastava, "Optimal Densification for Fast and Accurate
/// Minwise Hashing", 2017. One hash for each piece instead of one for each piece and row.
fn signature(set: &[u32], n: usize) -> Vec<u32> {
    let mut bins = vec![u32::MAX; n];
    for piece in set {
        let hash = mix(u64::from(*piece));
        #[expect(clippy::cast_possible_truncation, reason = "a bin's number, then half of a hash")]
        let (bin, value) = ((((hash >> 32) * n as u64) >> 32) as usize, hash as u32);
        // The greatest number stands for an empty bin.
        let value = value.min(u32::MAX - 1);
        bins[bin] = bins[bin].min(value);
    }
    if set.is_empty() {
        return bins;
    }
    (0..n)
        .map(|bin| {
            let mut from = bin;
            let mut step = mix(bin as u64 + 1);
            while bins[from] == u32::MAX {
                step = mix(step);
                from = usize::try_from(step % n as u64).unwrap_or(0);
            }
            bins[from]
        })
        .collect()
}

/// splitmix64's last step.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// How much of two ascending sets is in both.
fn jaccard(one: &[u32], other: &[u32]) -> f64 {
    let (mut at, mut n_shared) = (0, 0_usize);
    for piece in one {
        while other.get(at).is_some_and(|candidate| candidate < piece) {
            at += 1;
        }
        n_shared += usize::from(other.get(at) == Some(piece));
    }
    let n_all = one.len() + other.len() - n_shared;
    if n_all == 0 { 0.0 } else { n_shared as f64 / n_all as f64 }
}
