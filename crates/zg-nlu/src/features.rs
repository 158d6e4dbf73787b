//! Hashed n-grams: the features the models were trained on (`models/train/text.py` is the same in Python).

use std::collections::HashSet;

use zg_domain::Previous;
use zg_text::Token;

/// How many features of one utterance a model looks at.
pub const MAX_FEATURES: usize = 1280;
/// How many tokens meet the turn before.
const MAX_CONTEXT_TOKENS: usize = 8;
/// Before the first token and after the last one, so that a word alone differs from one in a sentence.
const EDGES: [&str; 2] = ["\x02", "\x03"];
/// Character n-grams of one word.
const MAX_WORD_GRAMS: usize = 12;

/// The features of an utterance, ready for the graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Rows of the embedding table, without repetition, in order of first appearance; not padded.
    pub ids: Vec<i32>,
    pub n_tokens: usize,
}

impl Features {
    /// The model's `scale` input: 1 / √tokens.
    #[must_use]
    pub fn scale(&self) -> f32 {
        1.0 / (self.n_tokens.max(1) as f32).sqrt()
    }
}

/// Hashes a text, already read in standard words, into a table of `rows` rows.
#[must_use]
pub fn features(text: &str, previous: Option<&Previous>, rows: u32) -> Features {
    of_normalized(&zg_text::normalize(text), previous, rows)
}

pub(crate) fn of_normalized(normalized: &str, previous: Option<&Previous>, rows: u32) -> Features {
    let tokens: Vec<Token<'_>> = zg_text::tokens(normalized).collect();
    let mut hashes = Vec::with_capacity(tokens.len() * 4);
    let mut gram = String::new();
    // First, so that no cut loses them.
    if let Some(previous) = previous {
        context(previous, &tokens, &mut gram, &mut hashes);
    }
    let edges = if tokens.is_empty() { [None; 2] } else { EDGES.map(Some) };
    let words = tokens.iter().map(|token| token.text);
    let padded: Vec<&str> = edges[0].into_iter().chain(words).chain(edges[1]).collect();
    for at in 0..padded.len() {
        let inside = at.checked_sub(1).and_then(|at| tokens.get(at));
        for (n, prefix) in [(1, "1:"), (2, "2:"), (3, "3:")] {
            let Some(window) = padded.get(at..at + n) else { break };
            if n == 1 && inside.is_none() {
                continue;
            }
            gram.clear();
            gram.push_str(prefix);
            for (position, token) in window.iter().enumerate() {
                if position > 0 {
                    gram.push('|');
                }
                gram.push_str(token);
            }
            hashes.push(hash(gram.as_bytes()));
        }
        if let Some(token) = inside
            && token.word
            && token.text.len() >= 3
        {
            word_grams(token.text, &mut gram, &mut hashes);
        }
    }
    Features { ids: rows_of(&hashes, rows), n_tokens: tokens.len() }
}

/// The turn before: its act and its intent, alone, together and with each of the first tokens.
fn context(previous: &Previous, tokens: &[Token<'_>], gram: &mut String, hashes: &mut Vec<u32>) {
    let (act, intent) = (previous.act.name(), previous.intent.0.as_str());
    let mut push = |parts: &[&str]| {
        gram.clear();
        parts.iter().for_each(|part| gram.push_str(part));
        hashes.push(hash(gram.as_bytes()));
    };
    push(&["a:", act]);
    push(&["p:", intent]);
    push(&["ap:", act, "|", intent]);
    for token in tokens.iter().take(MAX_CONTEXT_TOKENS) {
        push(&["a1:", act, "|", token.text]);
        push(&["p1:", intent, "|", token.text]);
    }
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
    if rows < 2 {
        return Vec::new();
    }
    let mut seen = HashSet::with_capacity(hashes.len());
    let ids = hashes.iter().map(|hash| (1 + hash % (rows - 1)) as i32);
    ids.filter(|id| seen.insert(*id)).take(MAX_FEATURES).collect()
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
