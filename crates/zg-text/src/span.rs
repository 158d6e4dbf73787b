//! Folding that remembers where every character came from.

use crate::normalize::{MAX_CHARS, is_invisible, simplify};
use crate::unicode::{continues, nfkc};

/// A folded text and, for each of its characters, the UTF-8 byte range of the original that it stands for.
///
/// Several characters may share a range (`ﬁ` is two of them), and a range may hold several originals (a letter and its
/// accents). Ranges ascend, begin and end on character boundaries, and two that differ never overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folded {
    pub text: String,
    pub spans: Vec<(usize, usize)>,
}

/// Folds a text as [`normalize`](crate::normalize) says, which is this without the ranges.
pub(crate) fn fold(text: &str) -> Folded {
    let (composed, origins) = compose_spanned(text);
    let mut folded = Folded { text: String::with_capacity(composed.len()), spans: Vec::with_capacity(origins.len()) };
    let mut space: Option<(usize, usize)> = None;
    // The whole text at once, because a final sigma depends on its neighbours; a character's share of the result does not.
    let lower = composed.to_lowercase();
    let mut lowered = lower.chars();
    for (character, span) in composed.chars().zip(origins) {
        for character in lowered.by_ref().take(character.to_lowercase().count()) {
            if character.is_whitespace() {
                if !folded.text.is_empty() {
                    space = Some(space.map_or(span, |(start, _)| (start, span.1)));
                }
            } else if !is_invisible(character) {
                if let Some(blank) = space.take() {
                    folded.text.push(' ');
                    folded.spans.push(between(folded.spans.last().copied(), blank, span));
                }
                folded.text.push(simplify(character));
                folded.spans.push(span);
            }
        }
    }
    folded
}

/// The range of white space without what it shares with its neighbours; all of it where it shares all (`´` is a space and an accent).
fn between(before: Option<(usize, usize)>, blank: (usize, usize), after: (usize, usize)) -> (usize, usize) {
    let start = before.map_or(blank.0, |before| blank.0.max(before.1));
    let end = blank.1.min(after.0);
    if start < end {
        (start, end)
    } else if blank.1 > after.0 {
        after
    } else {
        before.unwrap_or(blank)
    }
}

/// NFKC with ranges: cut where nothing after can compose with anything before, compose piece by piece.
fn compose_spanned(text: &str) -> (String, Vec<(usize, usize)>) {
    let mut composed = String::with_capacity(text.len().min(4 * MAX_CHARS));
    let mut origins = Vec::with_capacity(text.len().min(MAX_CHARS));
    let mut piece = 0..0;
    let mut flush = |piece: std::ops::Range<usize>| {
        let original = &text[piece.clone()];
        // What stands alone and has no other form is most of any text.
        if original.chars().all(is_plain) && original.chars().nth(1).is_none() {
            composed.push_str(original);
            origins.extend(original.chars().map(|_| (piece.start, piece.end)));
            return;
        }
        for character in nfkc(original).chars() {
            composed.push(character);
            origins.push((piece.start, piece.end));
        }
    };
    for (at, character) in text.char_indices().take(MAX_CHARS) {
        if !continues(character) {
            flush(piece.clone());
            piece.start = at;
        }
        piece.end = at + character.len_utf8();
    }
    flush(piece);
    (composed, origins)
}

/// Whether a character alone is its own NFKC: ASCII, ideographs, their commonest punctuation, emoji.
fn is_plain(character: char) -> bool {
    matches!(character, '\0'..='\u{7f}' | '\u{3001}' | '\u{3002}' | '\u{4e00}'..='\u{9fff}' | '\u{1f300}'..='\u{1faff}')
}

#[cfg(all(test, feature = "unicode"))]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    /// What folding was before it kept ranges; the models were trained on it.
    fn plain(text: &str) -> String {
        let composed: String = text.chars().take(MAX_CHARS).nfkc().collect();
        let (mut folded, mut space_due) = (String::new(), false);
        for character in composed.to_lowercase().chars() {
            if character.is_whitespace() {
                space_due = !folded.is_empty();
            } else if !is_invisible(character) {
                if std::mem::take(&mut space_due) {
                    folded.push(' ');
                }
                folded.push(simplify(character));
            }
        }
        folded
    }

    fn check(text: &str) {
        let folded = fold(text);
        assert_eq!(folded.text, plain(text), "{text:?}");
        assert_eq!(folded.spans.len(), folded.text.chars().count(), "{text:?}");
        let mut before = (0, 0);
        for &(start, end) in &folded.spans {
            assert!(start < end && text.is_char_boundary(start) && text.is_char_boundary(end), "{text:?}");
            assert!((start, end) == before || start >= before.1, "{text:?}: {before:?} then {:?}", (start, end));
            before = (start, end);
        }
    }

    #[test]
    fn ranges_point_at_what_was_written() {
        let folded = fold("  Ａ退\u{200b}貨 \u{3000} ﬁ e\u{301}");
        assert_eq!(folded.text, "a退货 fi é");
        assert_eq!(folded.spans, [(2, 5), (5, 8), (11, 14), (14, 19), (19, 22), (19, 22), (22, 23), (23, 26)]);
    }

    #[test]
    fn any_text_folds_as_it_did_and_its_ranges_are_in_order() {
        for text in ["", " ", "ΑΣ ΑΣΑ Σ", "İ", "ﷺ", "각각", "ｶﾞ", "a\u{301}\u{323}b", "\u{301}a", "\u{200d}", "👨‍👩‍👧🇨🇳1️⃣"]
        {
            check(text);
        }
        // Where compositions, marks, jamo, widths, case and invisible characters live, in every order.
        let pool: Vec<char> = "aA1 Σσİﬁ退貨係ｶﾞ゙か各ᄀ각ᅡㄱée\u{301}\u{323}\u{345}\u{200b}\u{200d}\u{202e}\u{feff}　\t①㌔ﷺ👍🏽\u{fe0f}্ো\u{dcf}\u{ddc}\u{dca}\u{1133e}\u{11347}\u{ac00}\u{11a7}\u{11a8}Å\u{212b}ẛ̣"
            .chars()
            .collect();
        let mut seed = 1_u64;
        for round in 0..20_000 {
            let mut text = String::new();
            for _ in 0..round % 12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let pick = (seed >> 33) as usize;
                let any = char::from_u32((pick % 0x3_0000) as u32).unwrap_or('x');
                text.push(if pick.is_multiple_of(5) { any } else { pool[pick % pool.len()] });
            }
            check(&text);
        }
    }
}
