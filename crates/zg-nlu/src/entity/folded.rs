//! A text as its matchers see it: folded characters that remember the bytes they came from.
//!
//! What nobody sees is left out, so that a zero-width space amid a phone number hides nothing;
//! every run is bounded, so that no text takes more than linear time.

/// No number, word or address that anyone means is longer; a longer run is none.
const MAX_RUN: usize = 64;

/// Folded characters: half width, lower case, Simplified, nothing invisible.
pub(super) struct Folded<'t> {
    text: &'t str,
    characters: Vec<char>,
    /// Byte offset of each character.
    offsets: Vec<usize>,
}

/// Digits with what separates their groups left out.
pub(super) struct Digits {
    pub digits: String,
    /// Where the text goes on after each digit.
    ends: Vec<usize>,
    /// How many digits stand before each separator.
    pub breaks: Vec<usize>,
}

impl<'t> Folded<'t> {
    pub fn new(text: &'t str) -> Self {
        let mut characters = Vec::with_capacity(text.len() / 2);
        let mut offsets = Vec::with_capacity(text.len() / 2);
        for (offset, character) in text.char_indices() {
            if let Some(character) = fold(character) {
                characters.push(character);
                offsets.push(offset);
            }
        }
        Self { text, characters, offsets }
    }

    pub fn text(&self) -> &'t str {
        self.text
    }

    pub fn len(&self) -> usize {
        self.characters.len()
    }

    pub fn characters(&self) -> &[char] {
        &self.characters
    }

    /// The bytes of `start..end`, which is not empty; what is invisible after the last character stays outside.
    pub fn bytes(&self, start: usize, end: usize) -> (usize, usize) {
        let last = self.offsets[end - 1];
        let width = self.text[last..].chars().next().map_or(0, char::len_utf8);
        (self.offsets[start], last + width)
    }

    pub fn get(&self, at: usize) -> Option<char> {
        self.characters.get(at).copied()
    }

    pub fn before(&self, at: usize) -> Option<char> {
        self.get(at.checked_sub(1)?)
    }

    pub fn is(&self, at: usize, any_of: &str) -> bool {
        self.get(at).is_some_and(|c| any_of.contains(c))
    }

    pub fn is_digit(&self, at: usize) -> bool {
        self.get(at).is_some_and(|c| c.is_ascii_digit())
    }

    pub fn is_alphanumeric(&self, at: usize) -> bool {
        self.get(at).is_some_and(|c| c.is_ascii_alphanumeric())
    }

    pub fn is_upper(&self, at: usize) -> bool {
        self.offsets
            .get(at)
            .and_then(|offset| self.text[*offset..].chars().next())
            .is_some_and(|c| c.is_ascii_uppercase() || ('Ａ'..='Ｚ').contains(&c))
    }

    pub fn slice(&self, start: usize, end: usize) -> String {
        self.characters.get(start..end).unwrap_or_default().iter().collect()
    }

    /// The end of the run that starts here, after [`MAX_RUN`] characters at most.
    pub fn run(&self, at: usize, holds: fn(char) -> bool) -> usize {
        let most = self.len().min(at + MAX_RUN);
        (at..most).find(|next| !holds(self.characters[*next])).unwrap_or(most.max(at))
    }

    /// The value of the digits of `start..end`, twelve at most.
    pub fn integer(&self, start: usize, end: usize) -> Option<u64> {
        let digits = self.characters.get(start..end).filter(|digits| (1..=12).contains(&digits.len()))?;
        digits.iter().try_fold(0, |value, digit| Some(value * 10 + u64::from(digit.to_digit(10)?)))
    }

    /// The end of the white space that starts here.
    pub fn spaces(&self, at: usize) -> usize {
        self.run(at, |c| c == ' ')
    }

    /// The end of `word` if it stands here.
    pub fn literal(&self, at: usize, word: &str) -> Option<usize> {
        let mut end = at;
        for character in word.chars() {
            if self.get(end) != Some(character) {
                return None;
            }
            end += 1;
        }
        Some(end)
    }

    /// The end of the first of `words`, separated by `|`, that stands here; the longest should come first.
    /// A Latin word ends where its letters do.
    pub fn word(&self, at: usize, words: &str) -> Option<usize> {
        // Most characters begin none of the words; this spares splitting the list for them.
        if !words.contains(self.get(at)?) {
            return None;
        }
        words.split('|').find_map(|word| {
            let end = self.literal(at, word)?;
            let latin = word.ends_with(|c: char| c.is_ascii_lowercase());
            (!latin || !self.get(end).is_some_and(|c| c.is_ascii_lowercase())).then_some(end)
        })
    }

    /// Whether one of `words`, separated by `|`, ends just before `at`.
    pub fn ends(&self, at: usize, words: &str) -> bool {
        if !self.before(at).is_some_and(|last| words.contains(last)) {
            return false;
        }
        words.split('|').any(|word| {
            let mut start = at;
            let same = word.chars().rev().all(|character| {
                start > 0 && {
                    start -= 1;
                    self.characters[start] == character
                }
            });
            let latin = word.starts_with(|c: char| c.is_ascii_lowercase());
            same && !(latin && self.before(start).is_some_and(|c| c.is_ascii_lowercase()))
        })
    }

    /// Whether one of `words` leads here, with no more between than a colon and a verb: "订单号是：", "order no. is".
    pub fn cue(&self, at: usize, words: &str) -> bool {
        let mut end = at;
        for _ in 0..6 {
            end -= match self.before(end) {
                Some(' ' | ':' | '#' | '.' | '=' | '(' | '"' | '“' | '「' | '【' | '[' | ',') => 1,
                Some(_) if self.ends(end, words) => return true,
                Some('是' | '为' | '系') => 1,
                Some(_) if self.ends(end, "is|no") => 2,
                _ => return false,
            };
        }
        self.ends(end, words)
    }

    /// Digits from here, at most `most`, with up to three separators between two of them.
    pub fn digits(&self, at: usize, separators: &str, most: usize) -> Digits {
        let mut found = Digits { digits: String::new(), ends: Vec::new(), breaks: Vec::new() };
        let mut next = at;
        while found.digits.len() < most {
            if !self.is_digit(next) {
                let gap = (next..next + 4).find(|gap| !self.is(*gap, separators)).unwrap_or(next);
                if found.digits.is_empty() || gap == next || !self.is_digit(gap) {
                    break;
                }
                found.breaks.push(found.digits.len());
                next = gap;
            }
            found.digits.extend(self.get(next));
            next += 1;
            found.ends.push(next);
        }
        found
    }
}

impl Digits {
    /// The end of the first `n` digits, where these stand alone.
    pub fn end_of(&self, n: usize, text: &Folded<'_>) -> Option<usize> {
        let end = *self.ends.get(n.checked_sub(1)?)?;
        (!text.is_digit(end)).then_some(end)
    }

    /// The counts of digits at which a number could end, the largest first.
    pub fn bounds(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.digits.len()).chain(self.breaks.iter().rev().copied())
    }

    /// Whether these stand in one piece.
    pub fn whole(&self, n: usize) -> bool {
        self.breaks.iter().all(|at| *at >= n)
    }
}

fn fold(character: char) -> Option<char> {
    let folded = match character {
        '\n' | '\r' => '\n',
        _ if is_invisible(character) => return None,
        '0'..='9' | 'a'..='z' | ' ' => character,
        '！'..='～' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character).to_ascii_lowercase(),
        '￥' => '¥',
        '￡' => '£',
        '‐' | '‑' | '‒' | '–' | '−' | '﹣' => '-',
        '’' | '‘' | 'ʼ' => '\'',
        '〜' => '~',
        '〇' => '零',
        // Digits of other hands, which a number may hide behind.
        '①'..='⑨' => digit(character as u32 - 0x245f),
        '٠'..='٩' => digit(character as u32 - 0x660),
        '۰'..='۹' => digit(character as u32 - 0x6f0),
        '𝟎'..='𝟿' => digit((character as u32 - 0x1_d7ce) % 10),
        _ if character.is_whitespace() => ' ',
        _ => zg_text::simplify(character.to_lowercase().next().unwrap_or(character)),
    };
    Some(folded)
}

fn digit(value: u32) -> char {
    char::from_digit(value, 10).unwrap_or('0')
}

/// Controls, format characters, variation selectors and the keycap's frame: nothing that a shopper reads.
fn is_invisible(character: char) -> bool {
    (character.is_control() && !character.is_whitespace())
        || matches!(character as u32,
            0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180e | 0x200b..=0x200f
            | 0x202a..=0x202e | 0x2060..=0x206f | 0x20e3 | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0
            | 0xfff9..=0xfffb | 0xe_0000..=0xe_0fff)
}

impl std::fmt::Debug for Folded<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The text may be personal; its length is all a log needs.
        write!(f, "Folded({} bytes)", self.text.len())
    }
}
