//! Folding: compatibility forms, case, Traditional to Simplified, invisible characters, white space.

use std::sync::OnceLock;

/// How many characters of a text are looked at; what follows is cut.
pub const MAX_CHARS: usize = 1_000;

/// Folds a text: NFKC (Unicode Standard Annex 15), lower case, Traditional to Simplified character by character
/// (OpenCC's table), format and control characters dropped, runs of white space to one space.
///
/// Dropping format characters takes the zero width joiner out of an emoji: a family folds to its members, one after
/// another. The models were trained so; [`read`](crate::read) keeps such an emoji in one piece.
#[must_use]
pub fn normalize(text: &str) -> String {
    plain(text).unwrap_or_else(|| crate::span::fold(text).text)
}

/// The same for texts of nothing but ASCII, ideographs and their punctuation, at a fifth of the time: what shops and
/// shoppers write, and an index is built of ten thousand of them while somebody waits.
fn plain(text: &str) -> Option<String> {
    let mut folded = String::with_capacity(text.len());
    let mut space = false;
    for character in text.chars().take(MAX_CHARS) {
        let character = match character {
            // Full width forms.
            '\u{ff01}'..='\u{ff5e}' => char::from((character as u32 - 0xfee0) as u8),
            '\u{3000}' => ' ',
            _ => character,
        };
        match character {
            '\t'..='\r' | ' ' => space = !folded.is_empty(),
            '!'..='~' | '\u{3001}' | '\u{3002}' | '\u{4e00}'..='\u{9fff}' => {
                if std::mem::take(&mut space) {
                    folded.push(' ');
                }
                folded.push(simplify(character.to_ascii_lowercase()));
            }
            _ => return None,
        }
    }
    Some(folded)
}

/// The Simplified form of a Traditional character; any other character as it is.
#[must_use]
pub fn simplify(character: char) -> char {
    if (character as u32) < 0x3400 {
        return character;
    }
    let table = table();
    match table.binary_search_by_key(&character, |row| row.0) {
        Ok(found) => table[found].1,
        Err(_) => character,
    }
}

include!(concat!(env!("OUT_DIR"), "/n_pairs.rs"));

fn table() -> &'static [(char, char)] {
    static TABLE: OnceLock<Vec<(char, char)>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let packed = include_bytes!(concat!(env!("OUT_DIR"), "/ts_chars"));
        // Steps between the traditional characters, then the high and the low bytes of the simplified ones.
        let (steps, simplified) = packed.split_at(packed.len() - 2 * N_PAIRS);
        let (high, low) = simplified.split_at(N_PAIRS);
        let mut rest = steps.iter();
        let mut traditional = 0_u32;
        let character = |code: u32| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        high.iter()
            .zip(low)
            .map(|(high, low)| {
                let mut shift = 0;
                for byte in rest.by_ref() {
                    traditional += u32::from(byte & 0x7f) << shift;
                    shift += 7;
                    if *byte < 0x80 {
                        break;
                    }
                }
                (character(traditional), character(u32::from(*high) << 8 | u32::from(*low)))
            })
            .collect()
    })
}

/// Whether a character is a Han ideograph (CJK Unified Ideographs, extensions and compatibility forms).
#[must_use]
pub fn is_han(character: char) -> bool {
    matches!(character as u32, 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff | 0x3007)
}

/// General category Cf or Cc: nothing a shopper sees, and a favourite way to smuggle one word past another.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character as u32,
            0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890..=0x891 | 0x8e2 | 0x180e | 0x200b..=0x200f
            | 0x202a..=0x202e | 0x2060..=0x2064 | 0x2066..=0x206f | 0xfeff | 0xfff9..=0xfffb | 0x1_10bd | 0x1_10cd
            | 0x1_3430..=0x1_343f | 0x1_bca0..=0x1_bca3 | 0x1_d173..=0x1_d17a | 0xe_0001 | 0xe_0020..=0xe_007f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_same_is_spelled_the_same() {
        for (text, folded) in [
            ("", ""),
            (" \u{3000}\t\n", ""),
            ("ＡｂＣ１２３！", "abc123!"),
            ("退貨運費誰出？", "退货运费谁出?"),
            ("退\u{200b}货\u{202e}", "退货"),
            ("①件  ２件", "1件 2件"),
            ("ﬁne İ", "fine i\u{307}"),
            ("👍🏽 ok", "👍🏽 ok"),
            ("，。、～（A）　\t b", ",。、~(a) b"),
        ] {
            assert_eq!(normalize(text), crate::span::fold(text).text, "both ways: {text:?}");
            assert_eq!(normalize(text), folded, "{text:?}");
            assert_eq!(normalize(&normalize(text)), folded, "folding twice changes nothing: {text:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(normalize(&"货".repeat(100_000)).chars().count(), MAX_CHARS);
    }

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert!(table().len() > 2_900);
        assert!(table().is_sorted_by_key(|row| row.0));
        assert_eq!(
            ["後", "發", "裡", "為"].map(|c| simplify(c.chars().next().expect("one"))),
            ['后', '发', '里', '为']
        );
    }
}
