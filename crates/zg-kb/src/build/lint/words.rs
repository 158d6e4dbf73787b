//! The linter's word list: which words of a text name an attribute, a condition, a yes or a no.

use std::collections::HashMap;
use std::sync::OnceLock;

/// What a word can say. A word may have several senses: 顺丰 is a carrier and a thing that one pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// An attribute, or what a yes or a no is about.
    Key(&'static str),
    /// A circumstance: its dimension (region, member, …) and its value.
    Tag(&'static str, &'static str),
    No,
    Yes,
    Need(bool),
    /// One of the small closed classes: `soft`, `max`, `only`, `cond`, `all`, `other`, `after`, `buyer`, `seller`, `free`.
    Mark(&'static str),
    Ask(&'static str),
    Fill,
}

/// A word of the list found in a text, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) senses: &'static [Sense],
}

impl Hit {
    pub(super) fn keys(self) -> impl Iterator<Item = &'static str> {
        self.senses.iter().filter_map(|sense| if let Sense::Key(key) = sense { Some(*key) } else { None })
    }

    pub(super) fn has(self, wanted: Sense) -> bool {
        self.senses.contains(&wanted)
    }
}

struct Word {
    text: String,
    /// Any ending may follow.
    open: bool,
    senses: Vec<Sense>,
}

/// The words of a folded text, leftmost and longest first, without overlaps.
pub(super) fn hits(text: &str) -> Vec<Hit> {
    let table = table();
    let mut found = Vec::new();
    let mut at = 0;
    let mut before = ' ';
    while let Some(first) = text[at..].chars().next() {
        let boundary = !(first.is_ascii_alphanumeric() && before.is_ascii_alphanumeric());
        // Longest first, so the first that fits is the one.
        let words = if boundary { table.get(first) } else { &[] };
        let word = words.iter().find_map(|word| fits(&text[at..], word).map(|length| (word, length)));
        if let Some((word, length)) = word {
            found.push(Hit { start: at, end: at + length, senses: &word.senses });
            at += length;
            before = text[..at].chars().next_back().unwrap_or(' ');
        } else {
            at += first.len_utf8();
            before = first;
        }
    }
    found
}

/// How many bytes of `text` the word covers: an English one ends where a word ends.
fn fits(text: &str, word: &Word) -> Option<usize> {
    let rest = text.strip_prefix(word.text.as_str())?;
    if !word.text.ends_with(|last: char| last.is_ascii_alphabetic()) {
        return Some(word.text.len());
    }
    let ending = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    (ending == 0 || word.open).then_some(word.text.len() + ending)
}

/// Words by their first character, which is looked up for every character of every text.
struct Table {
    /// For each character of the basic plane, where its words are; 0 is nowhere.
    rows: Vec<u16>,
    words: Vec<Vec<Word>>,
}

impl Table {
    fn get(&self, first: char) -> &[Word] {
        let row = self.rows.get(first as usize).copied().unwrap_or(0);
        &self.words[usize::from(row)]
    }
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut senses: HashMap<&str, Vec<Sense>> = HashMap::new();
        for line in include_str!("words.tsv").lines().filter(|line| !line.starts_with('#')) {
            let mut parts = line.split_whitespace();
            let (Some(kind), Some(id)) = (parts.next(), parts.next()) else { continue };
            for word in parts {
                let sense = sense(kind, id);
                let senses = senses.entry(word).or_default();
                if !senses.contains(&sense) {
                    senses.push(sense);
                }
            }
        }
        let mut table: HashMap<char, Vec<Word>> = HashMap::new();
        for (word, senses) in senses {
            let text = word.trim_end_matches('*').replace('_', " ");
            if let Some(first) = text.chars().next() {
                table.entry(first).or_default().push(Word { text, open: word.ends_with('*'), senses });
            }
        }
        let mut rows = vec![0; 0x1_0000];
        let mut lists = vec![Vec::new()];
        for (first, mut words) in table {
            words.sort_by(|a, b| b.text.len().cmp(&a.text.len()).then(a.open.cmp(&b.open)).then(a.text.cmp(&b.text)));
            if let Some(row) = rows.get_mut(first as usize) {
                *row = u16::try_from(lists.len()).expect("the list is far shorter than the basic plane");
                lists.push(words);
            }
        }
        Table { rows, words: lists }
    })
}

fn sense(kind: &'static str, id: &'static str) -> Sense {
    match kind {
        "key" => Sense::Key(id),
        "goods" => Sense::Tag("goods", id),
        "neg" => Sense::No,
        "pos" => Sense::Yes,
        "need" => Sense::Need(id == "yes"),
        "ask" => Sense::Ask(id),
        "fill" => Sense::Fill,
        _ => match kind.strip_prefix("tag.") {
            Some(dimension) => Sense::Tag(dimension, id),
            None => Sense::Mark(kind),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_wins_and_english_words_are_whole() {
        let words = |text: &'static str| hits(text).iter().map(|hit| &text[hit.start..hit.end]).collect::<Vec<_>>();
        assert_eq!(words("不支持货到付款"), ["不支持", "货到付款"]);
        assert_eq!(words("shipping_x returned us"), ["shipping", "returned", "us"]);
        assert!(words("bushy").is_empty());
    }

    #[test]
    fn the_list_is_folded() {
        for words in &table().words {
            for word in words {
                assert_eq!(zg_text::normalize(&word.text), word.text);
            }
        }
    }
}
