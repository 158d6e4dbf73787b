//! Toneless pinyin: how a character is read, and which Latin runs are Chinese typed without an input method.
#![cfg_attr(not(feature = "read"), expect(dead_code, reason = "identify only asks whether there is a reading"))]

use std::sync::OnceLock;

use crate::{
    sorted::{Sorted, sorted},
    span::{Folded, fold},
};

/// A word of the shop and of what is said around it.
pub(crate) struct Word {
    pub text: &'static str,
    /// Toneless pinyin without spaces, in the letters of a keyboard: `v` for `ü`.
    pub letters: &'static str,
    /// Bit `n`: a syllable begins at letter `n`; letters past 63 count as none.
    pub breaks: u64,
    pub syllables: u32,
    /// Of the shop, rather than of the language.
    pub shop: bool,
    /// Asked for often enough that a typing mistake is corrected to it.
    pub mended: bool,
}

/// Readings of characters and words by their readings. Built once, from text: see `data/NOTICE` for where it is from.
pub(crate) struct Pinyin {
    syllables: Vec<&'static str>,
    /// Syllable of a character from U+4E00 on, [`NONE`] where the table has none.
    first: Vec<u16>,
    /// Further readings, ascending by character.
    others: Vec<(char, u16)>,
    pub words: Vec<Word>,
    /// Letters and indexes into `words`, ascending; the shop's words are before the others.
    by_letters: Sorted,
}

const NONE: u16 = u16::MAX;
const FIRST_CHARACTER: u32 = 0x4e00;
/// The table writes syllable `n` as the character U+0100 + `n`.
const FIRST_SYLLABLE: u32 = 0x100;

/// English (and names) that happens to be spelled like words of the list. Found by reading the vocabulary of the public
/// English sets with this very code; a token in this list is pinyin only where other tokens beside it are.
const ENGLISH: &str = " a aaa abu ada adele age agenda aji ale ama aman amanda ana arena aren aye ba baba babe bang bale bane banana \
    bangle beige ban bin can cha change chang china damage dale dan dana data date de diana do fa fade fan fang fen gang ge gen \
    gene genji guide guinea gun hai hang hate he hehe hen hey hong hu hui huge i jade ji kanye lane le lea line long ma made maine \
    male mama man manage mane mania mata mate me men na nada name nana nani ne nile nina nine no one pin ping ran rang ren run sale \
    same sane sang sha shanghai she shine shin shia shu sing so song sun ta tale tan tang tata tiana to tone wan wang woman women \
    wen win wine yang ye yea yes yin you young yuan yue ziti thx thanx tks thks tk th sf by nb mm ";

/// What letters cost that are read as a word of several syllables, and of one; as they stand, a run costs 20.
const MANY: u32 = 5;
const ONE: u32 = 13;
/// What a second word of the same letters costs more.
const RANK: u32 = 2;

/// A run of letters `a` to `z` in a folded text, as character positions. Digits beside it make it no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub start: usize,
    pub end: usize,
}

/// Letters from `start` to `end` that are the pinyin of a word.
#[derive(Clone, Copy)]
pub(crate) struct Match {
    pub start: usize,
    pub end: usize,
    pub word: &'static Word,
    pub cost: u32,
}

/// The two commonest sounds of a character, for [`syllable`]; 0 where there is none.
#[must_use]
pub fn sounds(character: char) -> [u16; 2] {
    let mut readings = pinyin().readings(character);
    [0; 2].map(|_| readings.next().map_or(0, |id| id + 1))
}

/// A sound in toneless pinyin; empty for 0 and for what is no sound.
#[must_use]
pub fn syllable(sound: u16) -> &'static str {
    usize::from(sound).checked_sub(1).and_then(|id| pinyin().syllables.get(id)).copied().unwrap_or("")
}

pub(crate) fn pinyin() -> &'static Pinyin {
    static PINYIN: OnceLock<Pinyin> = OnceLock::new();
    PINYIN.get_or_init(Pinyin::new)
}

impl Pinyin {
    /// Whether a folded text is likely Chinese in Latin letters: three in four of its words are syllables of pinyin,
    /// and at least two, or with Chinese characters beside them one, are no English words. Numbers say nothing.
    pub fn spells(&self, folded: &str) -> bool {
        let han = folded.chars().any(crate::is_han);
        let words = folded.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
        let (mut n, mut syllabic, mut telling) = (0, 0, 0);
        for word in words {
            n += 1;
            if self.is_syllables(word) {
                syllabic += 1;
                telling += usize::from(!ENGLISH.contains(&format!(" {word} ")));
            }
        }
        4 * syllabic >= 3 * n && telling >= if han { 1 } else { 2 }
    }

    /// Whether letters can be cut into syllables. Nothing longer than a long word is looked at.
    fn is_syllables(&self, letters: &str) -> bool {
        const LONGEST_SYLLABLE: usize = 6;
        if letters.len() > 40 {
            return false;
        }
        let mut reached = vec![false; letters.len() + 1];
        reached[0] = true;
        for end in 1..=letters.len() {
            reached[end] = (end.saturating_sub(LONGEST_SYLLABLE)..end)
                .any(|start| reached[start] && self.syllables.binary_search(&&letters[start..end]).is_ok());
        }
        reached[letters.len()]
    }

    fn new() -> Self {
        let mut lines = include_str!("../data/pinyin.txt").lines();
        let syllables: Vec<&'static str> = lines.next().unwrap_or_default().split(' ').collect();
        let first = lines.next().unwrap_or_default().chars();
        let first = first.map(|c| (c as u32).checked_sub(FIRST_SYLLABLE).map_or(NONE, |id| id as u16)).collect();
        let mut others = Vec::new();
        for item in lines.next().unwrap_or_default().split(' ') {
            let mut characters = item.chars();
            let Some(character) = characters.next() else { continue };
            for syllable in characters.as_str().split(',') {
                others.extend(syllables.binary_search(&syllable).map(|id| (character, id as u16)));
            }
        }
        let mut pinyin = Self { syllables, first, others, words: Vec::new(), by_letters: Vec::new() };
        // All the letters in one string, which lives as long as the tables do.
        let mut letters = String::new();
        let mut ends = Vec::new();
        for (file, shop) in [(include_str!("../data/words.txt"), true), (include_str!("../data/common.txt"), false)] {
            // The words before the blank line are those that typing mistakes are corrected to.
            let mut mended = shop;
            for line in file.lines() {
                mended &= !line.is_empty();
                let start = letters.len();
                let mut word = Word { text: line, letters: "", breaks: 0, syllables: 0, shop, mended };
                let mut add = |syllable: &str| {
                    word.breaks |= 1_u64.checked_shl((letters.len() - start) as u32).unwrap_or(0);
                    word.syllables += 1;
                    letters.push_str(syllable);
                };
                // `退货`, or `便宜=pian yi` where a character is not read as the table says first.
                if let Some((text, given)) = line.split_once('=') {
                    given.split(' ').for_each(add);
                    word.text = text;
                } else {
                    let first = line.chars().filter_map(|character| pinyin.readings(character).next());
                    first.for_each(|id| add(pinyin.syllables[usize::from(id)]));
                }
                if word.syllables > 0 {
                    pinyin.words.push(word);
                    ends.push(letters.len());
                }
            }
        }
        let letters: &'static str = letters.leak();
        let mut start = 0;
        for (word, end) in pinyin.words.iter_mut().zip(ends) {
            word.letters = &letters[start..end];
            start = end;
        }
        pinyin.by_letters = sorted(pinyin.words.iter().map(|word| word.letters));
        pinyin
    }

    /// The syllables a character is read as, the commonest first; none for what the table does not have.
    pub fn readings(&self, character: char) -> impl Iterator<Item = u16> + '_ {
        let at = (character as u32).checked_sub(FIRST_CHARACTER);
        let first = at.and_then(|at| self.first.get(at as usize)).copied().filter(|id| *id != NONE);
        let from = self.others.partition_point(|other| other.0 < character);
        let others = self.others[from..].iter().take_while(move |other| other.0 == character);
        first.into_iter().chain(others.map(|other| other.1))
    }

    pub fn syllables(&self) -> &[&'static str] {
        &self.syllables
    }

    /// Every word whose letters begin at `start`; spaces and apostrophes may stand between its syllables.
    fn matches(&'static self, text: &[char], start: usize, mut found: impl FnMut(Match)) {
        let (mut low, mut high) = (0, self.by_letters.len());
        let (mut depth, mut gaps) = (0_usize, 0_u64);
        for (at, &character) in text.iter().enumerate().skip(start) {
            if matches!(character, ' ' | '\'') && depth > 0 && text.get(at + 1).is_some_and(char::is_ascii_lowercase) {
                gaps |= 1_u64.checked_shl(depth as u32).unwrap_or(0);
                continue;
            }
            if !character.is_ascii_lowercase() {
                return;
            }
            let letter = Some(character as u8);
            let letter_of = |row: &(&str, u32)| row.0.as_bytes().get(depth).copied();
            let range = &self.by_letters[low..high];
            let from = range.partition_point(|row| letter_of(row) < letter);
            let to = range.partition_point(|row| letter_of(row) <= letter);
            (low, high) = (low + from, low + to);
            depth += 1;
            let whole = self.by_letters[low..high].iter().map(|row| &self.words[row.1 as usize]);
            let whole = whole.take_while(|word| word.letters.len() == depth).filter(|word| word.breaks & gaps == gaps);
            for (rank, word) in whole.enumerate() {
                let cost = if word.syllables > 1 { MANY } else { ONE } + RANK * rank as u32;
                found(Match { start, end: at + 1, word, cost });
            }
            if low == high {
                return;
            }
        }
    }
}

/// The words that Latin runs of a folded text may be read as, ascending by start.
///
/// In an utterance that is Chinese otherwise (`chinese`) any run may be read; elsewhere only a stretch of runs that is
/// Chinese from end to end, or one run that is a single word of the shop.
pub(crate) fn matches(text: &[char], chinese: bool) -> Vec<Match> {
    let pinyin = pinyin();
    let mut kept: Vec<Match> = Vec::new();
    for zone in zones(text) {
        let (start, end) = (zone[0].start, zone[zone.len() - 1].end);
        let mut found = Vec::new();
        for run in &zone {
            for at in run.start..run.end {
                pinyin.matches(text, at, |one| found.push(one));
            }
        }
        let english: Vec<bool> = zone.iter().map(|run| is_english(&text[run.start..run.end])).collect();
        let long = |one: &Match| one.word.syllables > 1;
        let clear = reads(&found, &text[start..end], start, |one| {
            let at = zone.partition_point(|run| run.start < one.start);
            let run = zone.get(at).is_some_and(|run| (run.start, run.end) == (one.start, one.end));
            long(one) && !(run && english[at])
        });
        let mut rest = &found[..];
        for (run, english) in zone.iter().zip(english) {
            let (here, after) = rest.split_at(rest.partition_point(|one| one.start < run.end));
            rest = after;
            let within: Vec<Match> = here.iter().filter(|one| one.end <= run.end).copied().collect();
            let whole = |one: &Match| (one.start, one.end) == (run.start, run.end);
            // A name may fall into single syllables ("dalian"), which are hardly ever typed in one run.
            let falls = chinese && reads(&within, &text[run.start..run.end], run.start, long);
            kept.extend(here.iter().filter(|one| {
                let alone = if chinese { whole(one) || falls } else { whole(one) && long(one) && one.word.shop };
                clear || alone && !english && one.end <= run.end
            }));
        }
    }
    kept
}

/// Whether a text without Han characters is Chinese in pinyin: more of its runs can be read so than not.
pub(crate) fn is_pinyin(text: &str) -> bool {
    let Folded { text, .. } = fold(text);
    let text: Vec<char> = text.chars().collect();
    let mut read = vec![false; text.len()];
    for one in matches(&text, false) {
        read[one.start..one.end].fill(true);
    }
    let runs: Vec<Run> = zones(&text).into_iter().flatten().collect();
    let chinese = runs.iter().filter(|run| read[run.start..run.end].iter().all(|read| *read)).count();
    chinese > 0 && chinese * 2 > runs.len()
}

/// Whether matches lead from start to end, by way of one that `clear` accepts.
fn reads(found: &[Match], zone: &[char], start: usize, clear: impl Fn(&Match) -> bool) -> bool {
    // Bit 0: reached; bit 1: reached by way of a clear one.
    let mut reached = vec![0_u8; zone.len() + 1];
    reached[0] = 1;
    // Ascending by start, as they were found.
    let mut at = 0;
    for position in 0..=zone.len() {
        let state = reached[position];
        if state != 0 && position < zone.len() && !zone[position].is_ascii_lowercase() {
            reached[position + 1] |= state;
        }
        while at < found.len() && found[at].start - start == position {
            let one = &found[at];
            if state != 0 {
                reached[one.end - start] |= state | if clear(one) { 2 } else { 0 };
            }
            at += 1;
        }
    }
    reached[zone.len()] & 2 != 0
}

pub(crate) fn is_english(run: &[char]) -> bool {
    let run: String = run.iter().collect();
    ENGLISH.split_ascii_whitespace().any(|word| word == run)
}

/// Runs of letters, in stretches of runs that only a space or an apostrophe parts.
pub(crate) fn zones(text: &[char]) -> Vec<Vec<Run>> {
    let mut zones: Vec<Vec<Run>> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let start = at;
        while at < text.len() && (text[at].is_ascii_lowercase() || text[at].is_ascii_digit()) {
            at += 1;
        }
        if at == start {
            at += 1;
        } else if text[start..at].iter().all(char::is_ascii_lowercase) {
            let follows = zones
                .last()
                .and_then(|zone| zone.last())
                .is_some_and(|before: &Run| before.end + 1 == start && matches!(text[before.end], ' ' | '\''));
            match zones.last_mut().filter(|_| follows) {
                Some(zone) => zone.push(Run { start, end: at }),
                None => zones.push(vec![Run { start, end: at }]),
            }
        }
    }
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole() {
        let pinyin = pinyin();
        let spelled = |c| pinyin.readings(c).map(|id| pinyin.syllables()[usize::from(id)]).collect::<Vec<_>>();
        assert!(pinyin.syllables().is_sorted() && pinyin.syllables().len() >= 390);
        assert!(pinyin.first.iter().filter(|id| **id != NONE).count() >= 3_700);
        assert_eq!(spelled('货'), ["huo"]);
        assert_eq!(spelled('绿'), ["lv", "lu"]);
        assert_eq!(spelled('还'), ["hai", "huan"]);
        assert_eq!(spelled('x'), [""; 0]);
        assert!(pinyin.words.iter().filter(|word| word.shop).count() >= 700);
        for word in &pinyin.words {
            assert_eq!(word.syllables as usize, word.text.chars().count(), "{}", word.text);
            assert_eq!(crate::normalize(word.text), word.text);
        }
    }

    #[test]
    fn pinyin_is_told_from_english() {
        for text in [
            "tuihuo zenme tui",
            "wo de kuai di dao na le",
            "kuaidi",
            "wodekuaididaonale",
            "fapiao?",
            "qing wen zen me tui kuan",
            "TuiHuo",
        ] {
            assert!(is_pinyin(text), "{text}");
        }
        for text in [
            "",
            "123",
            "can men fan",
            "refund",
            "women shoes",
            "hi",
            "size",
            "you",
            "he made a song",
            "name",
            "change",
            "shanghai",
            "no",
            "where is my kuaidi",
            "can you help me",
            "data",
            "banana",
            "A1042",
            "tuihuox",
            "long fan",
        ] {
            assert!(!is_pinyin(text), "{text}");
        }
    }
}
