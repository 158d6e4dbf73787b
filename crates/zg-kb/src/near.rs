//! Here is a word: which texts are one edit away? An automaton that walks the term dictionary.
//!
//! `fst`'s own builds a table of states first, which for one edit takes longer than the walk and is four kilobytes
//! of what every visitor downloads; here a state is a word of bits.

use fst::Automaton;

/// Characters of the word that are looked at; of a longer one nothing is near.
const LONGEST: usize = 31;

/// Accepts the word itself and every text that one insertion, deletion or substitution of a character makes of it.
pub(crate) struct OneEdit {
    word: Vec<char>,
}

/// Where in the word one may be after what was read.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Without an edit: bit `n`, after `n` characters of the word. At most one is set.
    exact: u32,
    /// After one edit.
    edited: u32,
    /// The character being read, and how many bytes of it are to come.
    partial: u32,
    rest: u8,
}

impl OneEdit {
    pub(crate) fn of(word: &str) -> Self {
        Self { word: word.chars().collect() }
    }

    fn step(&self, place: Place, character: u32) -> Place {
        let same = self.word.iter().zip(0..).filter(|(own, _)| u32::from(**own) == character);
        let same = same.fold(0, |bits, (_, at)| bits | 1_u32 << at);
        let Place { exact, edited, .. } = place;
        // Put in; put in place of another; left out before this one.
        let edit = exact | exact << 1 | (exact << 1 & same) << 1;
        Place { exact: (exact & same) << 1, edited: (edited & same) << 1 | edit & self.places(), partial: 0, rest: 0 }
    }

    fn places(&self) -> u32 {
        u32::MAX >> (LONGEST - self.word.len())
    }
}

impl Automaton for OneEdit {
    type State = Place;

    fn start(&self) -> Place {
        Place { exact: u32::from(self.word.len() <= LONGEST), edited: 0, partial: 0, rest: 0 }
    }

    fn is_match(&self, place: &Place) -> bool {
        let end = 1_u32 << self.word.len().min(LONGEST);
        place.rest == 0 && (place.edited | place.exact | place.exact << 1) & end != 0
    }

    fn can_match(&self, place: &Place) -> bool {
        place.exact | place.edited != 0
    }

    /// What is read is UTF-8: the dictionary was built from text.
    fn accept(&self, place: &Place, byte: u8) -> Place {
        let bits = u32::from(byte);
        let (partial, rest) = match (place.rest, byte.leading_ones()) {
            (0, 0) => (bits, 0),
            (0, length @ 2..=4) => (bits & 0x7f >> length, length as u8 - 1),
            (rest, _) => (place.partial << 6 | bits & 0x3f, rest.saturating_sub(1)),
        };
        if rest > 0 || !self.can_match(place) {
            return Place { partial, rest, ..*place };
        }
        self.step(*place, partial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(word: &str, text: &str) -> bool {
        let near = OneEdit::of(word);
        let place = text.bytes().fold(near.start(), |place, byte| near.accept(&place, byte));
        near.can_match(&place) && near.is_match(&place)
    }

    /// By the definition (Wagner and Fischer 1974).
    fn distance(a: &str, b: &str) -> usize {
        let b: Vec<char> = b.chars().collect();
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, own) in a.chars().enumerate() {
            let mut before = row[0];
            row[0] = i + 1;
            for (j, other) in b.iter().enumerate() {
                let best = (before + usize::from(own != *other)).min(row[j] + 1).min(row[j + 1] + 1);
                before = std::mem::replace(&mut row[j + 1], best);
            }
        }
        row[b.len()]
    }

    #[test]
    fn it_accepts_what_the_definition_does() {
        let letters = ['a', 'b', 'é', '退', '😀'];
        let mut texts = vec![String::new()];
        for length in 0..4 {
            let longest: Vec<String> = texts.iter().filter(|text| text.chars().count() == length).cloned().collect();
            texts.extend(longest.iter().flat_map(|text| letters.map(|letter| format!("{text}{letter}"))));
        }
        for word in texts.iter().filter(|word| word.chars().count() <= 3) {
            for text in &texts {
                assert_eq!(accepts(word, text), distance(word, text) <= 1, "{word:?} and {text:?}");
            }
        }
        let long = "abcdefghijklmnopqrstuvwxyzabcde";
        assert!(accepts(long, long) && accepts(long, &long[1..]) && accepts(long, &format!("{long}x")));
        assert!(!accepts(long, &long[2..]));
        assert!(!accepts(&"a".repeat(32), &"a".repeat(32)) && !accepts(&"a".repeat(400), "a"));
    }
}
