//! A wrong character in a run of Chinese ones: heard alike or looking alike, and another fits in its place far better.
//!
//! A noisy channel (Kernighan, Church and Gale 1990) over a character n-gram model with stupid backoff (Brants et al. 2007).
//! The model comes with the language's own (`models/train/spelling.py` describes the bytes), as whole half-nats, so that
//! native code and WASM mend alike. A character that stands in known pairs on both sides is left alone: that spares most
//! of the time, and mends half as many rightly written ones.

use std::borrow::Cow;
use std::collections::HashMap;

/// What leaving out one character of the context costs, in half-nats.
const BACKOFF: u32 = 3;
/// What a character costs that the model does not know.
const UNKNOWN: u32 = 40;
/// How much better another character has to fit: 8 nats, chosen on the development turns of `real-intents-dev`.
const MARGIN: u32 = 16;
/// Characters that look alike are mistaken less often than those that sound alike.
const BY_SHAPE: u32 = 1;
/// Places of the start and the end of a run.
const START: u16 = 0;
const END: u16 = 1;

pub(crate) struct Speller {
    characters: Vec<char>,
    place: HashMap<char, u16>,
    alone: Vec<u8>,
    sounds: Vec<[u16; 2]>,
    /// Characters by their sound.
    heard: HashMap<u16, Vec<u16>>,
    alike: Lists,
    pairs: Lists,
    pair_costs: Vec<u8>,
    /// One list per pair.
    triples: Lists,
    triple_costs: Vec<u8>,
}

/// Ascending lists, one after the other.
struct Lists {
    starts: Vec<u32>,
    members: Vec<u16>,
}

impl Lists {
    fn of(&self, list: usize) -> &[u16] {
        &self.members[self.starts[list] as usize..self.starts[list + 1] as usize]
    }

    /// Where in all the members `member` of `list` is.
    fn find(&self, list: usize, member: u16) -> Option<usize> {
        let at = self.of(list).binary_search(&member).ok()?;
        Some(self.starts[list] as usize + at)
    }
}

impl Speller {
    /// Reads what `models/train` has written; nothing else is read to its end.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        let n = usize::try_from(rest.varint()?).ok().filter(|n| (2..=usize::from(u16::MAX)).contains(n))?;
        let characters = (0..n).map(|_| char::from_u32(rest.word()?.into())).collect::<Option<Vec<_>>>()?;
        let alone = rest.take(n)?.to_vec();
        let sounds = (0..n).map(|_| Some([rest.word()?, rest.word()?])).collect::<Option<Vec<_>>>()?;
        let alike = rest.lists(n, n)?;
        let pairs = rest.lists(n, n)?;
        let pair_costs = rest.take(pairs.members.len())?.to_vec();
        let triples = rest.lists(pairs.members.len(), n)?;
        let triple_costs = rest.take(triples.members.len())?.to_vec();
        if !rest.0.is_empty() {
            return None;
        }
        let place = characters.iter().zip(0..).map(|(character, at)| (*character, at)).collect();
        let mut heard: HashMap<u16, Vec<u16>> = HashMap::new();
        for (at, of_character) in (0..).zip(&sounds) {
            for sound in of_character.iter().filter(|sound| **sound != 0) {
                heard.entry(*sound).or_default().push(at);
            }
        }
        Some(Self { characters, place, alone, sounds, heard, alike, pairs, pair_costs, triples, triple_costs })
    }

    /// The text with what looks mistyped set right; a normalized text. Time is linear in its length.
    pub(crate) fn mend<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut mended = String::new();
        let mut unchanged = 0;
        let mut run: Vec<(usize, char)> = Vec::new();
        // The end of the text ends the last run.
        for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
            if zg_text::is_han(character) {
                run.push((at, character));
                continue;
            }
            for (at, from, to) in self.mistakes(&run) {
                mended.push_str(&text[unchanged..at]);
                mended.push(to);
                unchanged = at + from.len_utf8();
            }
            run.clear();
        }
        if unchanged == 0 {
            return Cow::Borrowed(text);
        }
        mended.push_str(&text[unchanged..]);
        Cow::Owned(mended)
    }

    /// Of a run of Chinese characters with their positions: where, what stands there, what should.
    fn mistakes(&self, run: &[(usize, char)]) -> Vec<(usize, char, char)> {
        let inside = run.iter().map(|(_, character)| self.place.get(character).copied());
        let places: Vec<Option<u16>> = [Some(START)].into_iter().chain(inside).chain([Some(END)]).collect();
        let mut found: Vec<(u32, usize, u16)> = (1..places.len() - 1)
            .filter_map(|at| self.better(&places, at).map(|(gain, instead)| (gain, at, instead)))
            .collect();
        // What gains most is mended; its neighbours were judged beside the mistake.
        found.sort_by_key(|(gain, at, _)| (std::cmp::Reverse(*gain), *at));
        let mut settled = vec![false; places.len()];
        let mut mended: Vec<(usize, u16)> = Vec::new();
        for (_, at, instead) in found {
            if !settled[at] {
                settled[at - 1..at + 2].fill(true);
                mended.push((at, instead));
            }
        }
        mended.sort_unstable();
        let told = mended.into_iter().map(|(at, instead)| {
            let (position, character) = run[at - 1];
            (position, character, self.characters[usize::from(instead)])
        });
        told.collect()
    }

    /// What fits better than the character at `at`, and by how much over the margin.
    fn better(&self, places: &[Option<u16>], at: usize) -> Option<(u32, u16)> {
        let (left, written, right) = (places[at - 1], places[at]?, places[at + 1]);
        let joins = |one: Option<u16>, other: Option<u16>| self.pairs.find(one?.into(), other?);
        if joins(left, Some(written)).is_some() && joins(Some(written), right).is_some() {
            return None;
        }
        let mut window = places[at.saturating_sub(2)..places.len().min(at + 3)].to_vec();
        let middle = at.min(2);
        let limit = self.cost(&window, middle).checked_sub(MARGIN)?;
        let mut best: Option<(u32, u16)> = None;
        let sounding = self.sounds[usize::from(written)].iter().filter_map(|sound| self.heard.get(sound)).flatten();
        let looking = self.alike.of(written.into()).iter();
        for (instead, extra) in sounding.map(|at| (*at, 0)).chain(looking.map(|at| (*at, BY_SHAPE))) {
            if instead == written || instead <= END {
                continue;
            }
            window[middle] = Some(instead);
            if joins(left, window[middle]).is_none() && joins(window[middle], right).is_none() {
                continue;
            }
            let cost = self.cost(&window, middle) + extra;
            if cost < best.map_or(limit, |best| best.0) {
                best = Some((cost, instead));
            }
        }
        best.map(|(cost, instead)| (limit - cost, instead))
    }

    /// The cost of the characters from `from` on, each after the two before it.
    fn cost(&self, window: &[Option<u16>], from: usize) -> u32 {
        let of = |at: usize| self.cost_of(at.checked_sub(2).map(|first| window[first]), window[at - 1], window[at]);
        (from..window.len()).map(of).sum()
    }

    fn cost_of(&self, first: Option<Option<u16>>, second: Option<u16>, third: Option<u16>) -> u32 {
        let Some(third) = third else { return UNKNOWN + 2 * BACKOFF };
        if let Some(second) = second {
            let pair = first.flatten().and_then(|first| self.pairs.find(first.into(), second));
            if let Some(at) = pair.and_then(|pair| self.triples.find(pair, third)) {
                return self.triple_costs[at].into();
            }
            if let Some(at) = self.pairs.find(second.into(), third) {
                return u32::from(self.pair_costs[at]) + BACKOFF;
            }
        }
        u32::from(self.alone[usize::from(third)]) + 2 * BACKOFF
    }
}

struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn take(&mut self, n: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn word(&mut self) -> Option<u16> {
        let bytes = self.take(2)?.first_chunk()?;
        Some(u16::from_le_bytes(*bytes))
    }

    /// LEB128, of 32 bits.
    fn varint(&mut self) -> Option<u32> {
        let mut value = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = *self.take(1)?.first()?;
            value |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// `n` ascending lists of places below `bound`.
    fn lists(&mut self, n: usize, bound: usize) -> Option<Lists> {
        let mut lists = Lists { starts: vec![0], members: Vec::new() };
        for _ in 0..n {
            let mut at = 0_usize;
            for member in 0..self.varint()? {
                let gap = self.varint()? as usize;
                at = at.saturating_add(gap);
                if at >= bound || (gap == 0 && member > 0) {
                    return None;
                }
                lists.members.push(at as u16);
            }
            lists.starts.push(lists.members.len() as u32);
        }
        Some(lists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 我要退货, and 腿 that sounds like 退.
    fn table() -> Vec<u8> {
        let characters = "\u{2}\u{3}我要退货腿";
        let mut bytes = vec![7];
        characters.chars().for_each(|character| bytes.extend((character as u16).to_le_bytes()));
        bytes.extend([10, 10, 10, 10, 10, 10, 16]);
        for sound in [0_u8, 0, 1, 2, 3, 4, 3] {
            bytes.extend([sound, 0, 0, 0]);
        }
        // None looks like another.
        bytes.extend([0; 7]);
        // ^我, 我要, 要退, 退货, 货$, and what each costs.
        bytes.extend([1, 2, 0, 1, 3, 1, 4, 1, 5, 1, 1, 0]);
        bytes.extend([1; 5]);
        // No triples.
        bytes.extend([0; 5]);
        bytes
    }

    #[test]
    fn a_character_that_sounds_alike_is_set_right() {
        let speller = Speller::read(&table()).expect("the table is well-formed");
        for (typed, meant) in [
            ("我要腿货", "我要退货"),
            ("ok,我要腿货!", "ok,我要退货!"),
            ("我要退货", "我要退货"),
            ("腿", "腿"),
            ("", ""),
        ] {
            assert_eq!(speller.mend(typed), meant, "{typed}");
        }
    }

    #[test]
    fn damaged_tables_are_refused_or_mend_something() {
        let table = table();
        for n in 0..table.len() {
            assert!(Speller::read(&table[..n]).is_none(), "{n} bytes of {}", table.len());
            for value in 0..=u8::MAX {
                let mut damaged = table.clone();
                damaged[n] = value;
                if let Some(speller) = Speller::read(&damaged) {
                    let _ = speller.mend("我要腿货我要退货腿");
                }
            }
        }
    }
}
