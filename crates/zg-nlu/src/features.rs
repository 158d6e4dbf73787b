//! Hashed n-grams: the features the models were trained on (`models/train/text.py` is the same in Python).

use zg_text::Token;

/// How many features of one utterance a model looks at; the graph's inputs have this length.
pub const MAX_FEATURES: usize = 512;
/// Character n-grams of one word.
const MAX_WORD_GRAMS: usize = 12;

/// The features of an utterance, ready for the graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Rows of the embedding table, without repetition, in order of first appearance; not padded.
    pub ids: Vec<i32>,
    /// Rows of the wide table, likewise.
    pub wide_ids: Vec<i32>,
    pub n_tokens: usize,
}

impl Features {
    /// The model's `scale` input: 1 / √tokens.
    #[must_use]
    pub fn scale(&self) -> f32 {
        1.0 / (self.n_tokens.max(1) as f32).sqrt()
    }
}

/// Hashes an utterance into tables of `rows` and `wide_rows` rows (0: no wide table).
#[must_use]
pub fn features(text: &str, rows: u32, wide_rows: u32) -> Features {
    let normalized = zg_text::normalize(text);
    let tokens: Vec<Token<'_>> = zg_text::tokens(&normalized).collect();
    let mut hashes = Vec::with_capacity(tokens.len() * 4);
    let mut gram = String::new();
    for at in 0..tokens.len() {
        for (n, prefix) in [(1, "1:"), (2, "2:"), (3, "3:")] {
            let Some(window) = tokens.get(at..at + n) else { break };
            gram.clear();
            gram.push_str(prefix);
            for (position, token) in window.iter().enumerate() {
                if position > 0 {
                    gram.push('|');
                }
                gram.push_str(token.text);
            }
            hashes.push(hash(gram.as_bytes()));
        }
        if tokens[at].word && tokens[at].text.len() >= 3 {
            word_grams(tokens[at].text, &mut gram, &mut hashes);
        }
    }
    Features { ids: rows_of(&hashes, rows), wide_ids: rows_of(&hashes, wide_rows), n_tokens: tokens.len() }
}

/// Character 3-, 4- and 5-grams of `<word>`; a word is ASCII, so bytes are characters.
fn word_grams(word: &str, gram: &mut String, hashes: &mut Vec<u32>) {
    let marked = format!("<{word}>");
    let grams = (3..=5).flat_map(|n| marked.as_bytes().windows(n));
    for window in grams.take(MAX_WORD_GRAMS) {
        gram.clear();
        gram.push_str("c:");
        gram.extend(window.iter().map(|byte| char::from(*byte)));
        hashes.push(hash(gram.as_bytes()));
    }
}

fn rows_of(hashes: &[u32], rows: u32) -> Vec<i32> {
    let mut ids = Vec::new();
    if rows < 2 {
        return ids;
    }
    for hash in hashes {
        let id = (1 + hash % (rows - 1)) as i32;
        if !ids.contains(&id) {
            ids.push(id);
            if ids.len() == MAX_FEATURES {
                break;
            }
        }
    }
    ids
}

/// FNV-1a, then the finalizer `lowbias32` (Ellis, hash-prospector), because the low bits of FNV alone are poor.
fn hash(bytes: &[u8]) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    for byte in bytes {
        hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x7feb_352d);
    hash ^= hash >> 15;
    hash = hash.wrapping_mul(0x846c_a68b);
    hash ^ (hash >> 16)
}
