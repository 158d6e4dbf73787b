//! Variants of an utterance: what the same shopper might have typed, and what lies between two utterances.
//!
//! Their labels come from the teachers, so a variant may well lose the intent: then the student learns doubt.

use crate::rng::Rng;

/// Probability that a word is left out.
const DROP: f32 = 0.1;
/// Probability that the words are rotated: the end first.
const SWAP: f32 = 0.1;
/// Probability of a typing mistake in a word of four letters or more.
const TYPO: f32 = 0.02;

/// The words (and single Chinese characters) that the features are made of.
pub(crate) fn words(text: &str) -> Vec<String> {
    let normalized = zg_text::normalize(text);
    zg_text::tokens(&normalized).map(|token| token.text.to_owned()).collect()
}

/// A variant; joined by spaces, which no feature sees.
pub(crate) fn variant(words: &[String], rng: &mut Rng) -> String {
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    if rng.unit() < SWAP && words.len() >= 4 {
        let at = 1 + rng.below(words.len() - 1);
        words.rotate_left(at);
    }
    let kept: Vec<&str> = words.iter().copied().filter(|_| rng.unit() >= DROP).collect();
    let kept = if kept.is_empty() { words } else { kept };
    let mut variant = String::new();
    for word in kept {
        if !variant.is_empty() {
            variant.push(' ');
        }
        if word.len() >= 4 && word.is_ascii() && rng.unit() < TYPO {
            mistype(word, &mut variant, rng);
        } else {
            variant.push_str(word);
        }
    }
    variant
}

/// A letter lost, two exchanged, or one doubled. `word` is ASCII of two letters or more.
fn mistype(word: &str, to: &mut String, rng: &mut Rng) {
    let at = rng.below(word.len() - 1);
    let (head, tail) = word.split_at(at);
    let (first, rest) = tail.split_at(1);
    let (second, rest_after) = rest.split_at(1);
    let parts = match rng.below(3) {
        0 => [head, rest, "", ""],
        1 => [head, second, first, rest_after],
        _ => [head, first, first, rest],
    };
    to.extend(parts);
}
