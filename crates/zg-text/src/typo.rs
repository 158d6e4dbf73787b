//! Typing mistakes: a stretch that sounds or looks like a word of the shop and is no word itself.

use std::sync::OnceLock;

use crate::{
    is_han,
    lattice::{FUNCTIONS, Lattice, typo},
    lexicon::lexicon,
    pinyin::{Word, pinyin},
    read::RewriteKind,
    sorted::{Sorted, sorted},
};

/// Lengths of the words that are corrected, in characters.
const SHORTEST: usize = 2;
const LONGEST: usize = 4;
/// How many readings of one character are tried.
const READINGS: usize = 3;

struct Typos {
    /// Words that mistakes are corrected to, by how they sound, with indexes into [`pinyin`]'s words.
    by_sound: Sorted,
    /// Characters with those they are mistaken for by shape, ascending.
    shapes: Vec<(char, &'static str)>,
}

fn typos() -> &'static Typos {
    static TYPOS: OnceLock<Typos> = OnceLock::new();
    TYPOS.get_or_init(Typos::new)
}

impl Typos {
    fn new() -> Self {
        // The sounds of all words in one string, which lives as long as the tables do; a word without is an empty one.
        let (mut sounds, mut ends) = (String::new(), Vec::new());
        for word in &pinyin().words {
            if word.mended && (SHORTEST..=LONGEST).contains(&(word.syllables as usize)) {
                spelled(word).for_each(|syllable| push_sound(&mut sounds, syllable));
            }
            ends.push(sounds.len());
        }
        let sounds: &'static str = sounds.leak();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let shapes = include_str!("../data/shapes.txt").lines().filter_map(|line| {
            let mut characters = line.chars();
            Some((characters.next()?, characters.as_str()))
        });
        Self { by_sound: sorted(starts.zip(&ends).map(|(start, end)| &sounds[start..*end])), shapes: shapes.collect() }
    }
}

/// The syllables of a word, as letters.
fn spelled(word: &Word) -> impl Iterator<Item = &str> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest;
        if start >= word.letters.len() {
            return None;
        }
        rest += 1;
        while rest < word.letters.len() && word.breaks >> rest & 1 == 0 {
            rest += 1;
        }
        Some(&word.letters[start..rest])
    })
}

/// Adds a syllable, spelled alike for what sounds alike in much of China: `zh` and `z`, `ch` and `c`, `sh` and `s`, `n` and
/// `l`, `ng` and `n`.
fn push_sound(sounds: &mut String, syllable: &str) {
    let letters = syllable.as_bytes();
    for (at, &letter) in letters.iter().enumerate() {
        match letter {
            b'h' if at == 1 && matches!(letters[0], b'z' | b'c' | b's') => {}
            b'n' if at == 0 && letters.len() > 1 => sounds.push('l'),
            // "ong" has no counterpart without.
            b'g' if at > 1 && letters[at - 1] == b'n' && letters[at - 2] != b'o' => {}
            letter => sounds.push(char::from(letter)),
        }
    }
    sounds.push(' ');
}

/// Adds to the lattice every word of the shop that the characters from `start` may be a mistake for.
pub(crate) fn add(lattice: &mut Lattice, text: &[char], start: usize) {
    let mut window = String::new();
    for length in 1..=LONGEST.min(text.len() - start) {
        let character = text[start + length - 1];
        if !is_han(character) {
            return;
        }
        window.push(character);
        if length >= SHORTEST && !lexicon().knows(&window) {
            let characters = &text[start..start + length];
            sound(lattice, characters, start);
            shape(lattice, characters, start);
        }
    }
}

fn sound(lattice: &mut Lattice, window: &[char], start: usize) {
    let (typos, pinyin) = (typos(), pinyin());
    let mut readings = [[0_u16; READINGS]; LONGEST];
    let mut counts = [0; LONGEST];
    for (at, character) in window.iter().enumerate() {
        for (slot, id) in readings[at].iter_mut().zip(pinyin.readings(*character)) {
            *slot = id;
            counts[at] += 1;
        }
        if counts[at] == 0 {
            return;
        }
    }
    // Every combination of readings, counted through as digits.
    let mut digits = [0; LONGEST];
    let mut key = String::new();
    loop {
        key.clear();
        (0..window.len())
            .for_each(|at| push_sound(&mut key, pinyin.syllables()[usize::from(readings[at][digits[at]])]));
        let from = typos.by_sound.partition_point(|row| row.0 < key.as_str());
        for (_, word) in typos.by_sound[from..].iter().take_while(|row| row.0 == key) {
            let word = &pinyin.words[*word as usize];
            let (mut differing, mut fuzzy) = (0, 0);
            for ((at, syllable), written) in spelled(word).enumerate().zip(word.text.chars()) {
                if written != window[at] {
                    // What is a word of its own, is not half of another: "很快的", "有电话号吗".
                    differing += if FUNCTIONS.contains(window[at]) { LONGEST as u32 } else { 1 };
                    fuzzy += u32::from(pinyin.syllables()[usize::from(readings[at][digits[at]])] != syllable);
                }
            }
            // One wrong character of two, two of more: "以为" sounds like "异味" and is not meant to.
            if (1..=window.len() as u32 / 2).contains(&differing) {
                let cost = typo(window.len() as u32, differing, fuzzy);
                lattice.rewrite(start, start + window.len(), cost, RewriteKind::Typo, word.text);
            }
        }
        let Some(at) = (0..window.len()).find(|at| digits[*at] + 1 < counts[*at]) else { return };
        digits[..at].fill(0);
        digits[at] += 1;
    }
}

fn shape(lattice: &mut Lattice, window: &[char], start: usize) {
    let typos = typos();
    for (at, character) in window.iter().enumerate().filter(|(_, character)| !FUNCTIONS.contains(**character)) {
        let Ok(row) = typos.shapes.binary_search_by_key(character, |row| row.0) else { continue };
        for right in typos.shapes[row].1.chars() {
            let mended: String = window[..at].iter().chain([&right]).chain(&window[at + 1..]).collect();
            if let Some(word) = lexicon().mended(&mended) {
                let cost = typo(window.len() as u32, 1, 0);
                lattice.rewrite(start, start + window.len(), cost, RewriteKind::Typo, word);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_fold_as_speakers_do() {
        let sound = |syllable: &str| {
            let mut sounds = String::new();
            push_sound(&mut sounds, syllable);
            sounds
        };
        for (one, other) in [("zhi", "zi"), ("chang", "can"), ("shi", "si"), ("nan", "lang"), ("ding", "din")] {
            assert_eq!(sound(one), sound(other), "{one} {other}");
        }
        assert_ne!(sound("dong"), sound("don"));
        assert!(typos().shapes.is_sorted());
    }
}
