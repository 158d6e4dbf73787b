//! NFKC (Unicode Standard Annex 15): by tables of our own with the feature `unicode`, else by the host's.
//!
//! The tables are a third of all data that the engine would have to carry, and every browser has them. Unicode's stability
//! policy makes them agree: what is assigned is normalised for ever as it is now.

/// What the host does.
#[derive(Debug, Clone, Copy)]
pub struct Host {
    /// NFKC.
    pub nfkc: fn(&str) -> String,
    /// Whether the compatibility decomposition of a character begins with a mark (general category M).
    pub begins_with_mark: fn(char) -> bool,
}

#[cfg(not(feature = "unicode"))]
static HOST: std::sync::OnceLock<Host> = std::sync::OnceLock::new();

/// Says who normalises, once and before any text is read; without anybody texts are compared as they were typed.
/// With the feature `unicode` nobody has to be asked.
pub fn normalize_by(host: Host) {
    #[cfg(not(feature = "unicode"))]
    let _ = HOST.set(host);
    #[cfg(feature = "unicode")]
    let _ = host;
}

#[cfg(feature = "unicode")]
pub(crate) fn nfkc(text: &str) -> String {
    unicode_normalization::UnicodeNormalization::nfkc(text).collect()
}

#[cfg(not(feature = "unicode"))]
pub(crate) fn nfkc(text: &str) -> String {
    HOST.get().map_or_else(|| text.to_owned(), |host| (host.nfkc)(text))
}

/// Whether a character may compose with what stands before it, or be reordered before it: a mark, or the vowel or the final
/// consonant of a Hangul syllable, or another letter that composes.
pub(crate) fn continues(character: char) -> bool {
    // Nothing below the combining marks, no ideograph and no emoji ever does.
    match character {
        '\0'..='\u{2ff}' | '\u{3400}'..='\u{9fff}' | '\u{1f300}'..='\u{1faff}' => false,
        // Kirat Rai composes vowels that are letters.
        '\u{1160}'..='\u{11ff}' | '\u{16d60}'..='\u{16d6f}' => true,
        _ => begins_with_mark(character),
    }
}

#[cfg(feature = "unicode")]
fn begins_with_mark(character: char) -> bool {
    use unicode_normalization::char::{decompose_compatible, is_combining_mark};
    let mut first = None;
    decompose_compatible(character, |part| {
        first.get_or_insert(part);
    });
    // Half width vowels of Hangul (U+FFC2 and on) decompose to those that compose.
    first.is_some_and(|first| is_combining_mark(first) || matches!(first, '\u{1160}'..='\u{11ff}'))
}

#[cfg(not(feature = "unicode"))]
fn begins_with_mark(character: char) -> bool {
    HOST.get().is_some_and(|host| (host.begins_with_mark)(character))
}

#[cfg(all(test, feature = "unicode"))]
mod tests {
    use unicode_normalization::char::{compose, decompose_canonical};

    use super::*;

    #[test]
    fn nothing_but_what_continues_is_ever_the_second_half_of_a_composition() {
        for character in '\0'..=char::MAX {
            let mut parts = Vec::new();
            decompose_canonical(character, |part| parts.push(part));
            for pair in parts.windows(2) {
                assert!(compose(pair[0], pair[1]).is_none() || continues(pair[1]), "{character:?}: {pair:?}");
            }
        }
    }
}
