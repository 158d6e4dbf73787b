//! What is written in a way of its own, and what it is read as: an `fst` over the tables of `data/`.
//!
//! The tables ship as text and the automaton is built from them at first use: finished, it is 22.0 KB under brotli, for
//! 15 KB of tables, and those would still be needed for the readings.

use std::sync::OnceLock;

use fst::{Map, raw::Output};

use crate::{
    pinyin::pinyin,
    read::RewriteKind,
    sorted::{Sorted, sorted},
};

/// One reading of a surface form.
pub(crate) struct Entry {
    surface: &'static str,
    /// `None`: a known word, which stays as it is.
    pub read: Option<(RewriteKind, &'static str)>,
    /// `^`: only at the start of a text.
    pub first: bool,
    /// `$`: only before the end of a clause.
    pub last: bool,
    /// Asked for often enough that a typing mistake is corrected to it.
    mended: bool,
    /// `~`: only in an utterance that is Cantonese otherwise, because the form is ordinary Mandarin too.
    pub cantonese: bool,
}

pub(crate) struct Lexicon {
    entries: Vec<Entry>,
    /// Surfaces and indexes into `entries`, ascending; so among equals, the order of the tables.
    order: Sorted,
    /// Surface to the first place in `order`.
    map: Map,
}

const TABLES: [(RewriteKind, &str); 5] = [
    (RewriteKind::Cantonese, include_str!("../data/cantonese.tsv")),
    (RewriteKind::Dialect, include_str!("../data/dialect.tsv")),
    (RewriteKind::Slang, include_str!("../data/slang.tsv")),
    (RewriteKind::Kaomoji, include_str!("../data/kaomoji.tsv")),
    (RewriteKind::Typo, include_str!("../data/typos.tsv")),
];
/// Words that are right as they are, though a list or a typing mistake would read them otherwise.
const GUARDS: &str = include_str!("../data/guards.txt");

pub(crate) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(Lexicon::new)
}

impl Lexicon {
    fn new() -> Self {
        let mut entries = Vec::with_capacity(4_000);
        for (kind, table) in TABLES {
            for line in table.lines() {
                let mut fields = line.split('\t');
                let Some(read) = fields.next() else { continue };
                entries.extend(fields.map(|field| Entry::parse(field, Some((kind, read)))));
            }
        }
        entries.extend(GUARDS.split_ascii_whitespace().map(|field| Entry::parse(field, None)));
        entries
            .extend(pinyin().words.iter().map(|word| Entry { mended: word.mended, ..Entry::parse(word.text, None) }));
        let order = sorted(entries.iter().map(|entry| entry.surface));
        let firsts = order.iter().enumerate().filter(|(at, row)| *at == 0 || order[at - 1].0 != row.0);
        let map = Map::from_iter(firsts.map(|(at, row)| (row.0, at as u64)));
        let map = map.expect("surfaces are sorted and distinct");
        Self { map, order, entries }
    }

    /// The entries from a place in the order on that have the surface of the first.
    fn same(&self, first: u64) -> impl Iterator<Item = &Entry> {
        let rows = &self.order[first as usize..];
        rows.iter().take_while(|row| row.0 == rows[0].0).map(|row| &self.entries[row.1 as usize])
    }

    /// Every entry whose surface begins at `start`, with the position it ends at.
    pub fn matches(&self, text: &[char], start: usize, mut found: impl FnMut(usize, &Entry)) {
        let fst = self.map.as_fst();
        let (mut node, mut value) = (fst.root(), Output::zero());
        let mut buffer = [0; 4];
        for (at, character) in text.iter().enumerate().skip(start) {
            for byte in character.encode_utf8(&mut buffer).bytes() {
                let Some(input) = node.find_input(byte) else { return };
                let transition = node.transition(input);
                value = value.cat(transition.out);
                node = fst.node(transition.addr);
            }
            if node.is_final() {
                self.same(value.cat(node.final_output()).value()).for_each(|entry| found(at + 1, entry));
            }
        }
    }

    /// Whether a text is a known word as it stands.
    pub fn knows(&self, word: &str) -> bool {
        self.map.get(word).is_some_and(|first| self.same(first).any(|entry| entry.read.is_none()))
    }

    /// The text, if it is a word that typing mistakes are corrected to.
    pub fn mended(&self, word: &str) -> Option<&'static str> {
        self.same(self.map.get(word)?).find(|entry| entry.mended).map(|entry| entry.surface)
    }
}

impl Entry {
    fn parse(field: &'static str, read: Option<(RewriteKind, &'static str)>) -> Self {
        // Faces are full of such signs and have no flags.
        let flags = read.is_some_and(|(kind, _)| kind != RewriteKind::Kaomoji);
        let flag =
            |rest: Option<&'static str>, field| rest.filter(|_| flags).map_or((field, false), |rest| (rest, true));
        let (field, first) = flag(field.strip_prefix('^'), field);
        let (field, cantonese) = flag(field.strip_suffix('~'), field);
        let (field, last) = flag(field.strip_suffix('$'), field);
        let doubled = |read: &str| field.strip_prefix(read) == Some(read);
        let read = read.map(|(kind, read)| (if doubled(read) { RewriteKind::Elongation } else { kind }, read));
        Self { surface: field, read, first, last, mended: false, cantonese }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_folded_and_large_enough() {
        let lexicon = lexicon();
        for entry in &lexicon.entries {
            assert_eq!(crate::normalize(entry.surface), entry.surface, "a surface form must be folded");
            if let Some((_, read)) = entry.read {
                assert_eq!(crate::normalize(read), read, "a reading must be folded");
                assert_ne!(read, entry.surface, "a reading must be another form");
            }
        }
        let count = |kind| lexicon.entries.iter().filter(|entry| entry.read.is_some_and(|read| read.0 == kind)).count();
        assert!(count(RewriteKind::Cantonese) >= 250);
        assert!(count(RewriteKind::Dialect) >= 250);
        assert!(count(RewriteKind::Slang) >= 300);
        assert!(lexicon.knows("退货") && !lexicon.knows("点解"));
    }
}
