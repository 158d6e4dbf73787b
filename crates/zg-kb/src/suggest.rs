//! Here is the beginning of a question: which questions may it become?
//!
//! What is typed is matched term by term: ideographs as they are, by their sound where they are mistyped, and from Latin
//! letters as pinyin, whole, cut short or by initials (`退货`, `腿货`, `tuihuo`, `tuih`, `thh`); the last word of an
//! alphabetic language by its beginning. What matches nowhere in order is searched for instead.

use zg_domain::Date;

use crate::bundle::{Bundle, EntryIdx};
use crate::index::{TermOrd, letter_bit};
use crate::search::Query;

/// What has been typed so far, and where.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'q> {
    pub text: &'q str,
    /// Primary language subtag; entries of other languages are offered only where none of this one is.
    pub lang: Option<&'q str>,
    /// Entries whose validity ended before this day are left out.
    pub today: Option<Date>,
    /// The product the page shows: its entries come first, those of other products not at all.
    pub product: Option<&'q str>,
    /// As in [`Query`].
    pub audience: &'q str,
}

/// How many characters of what is typed are looked at.
const LONGEST: usize = 64;
/// How many letters may be pinyin in one run.
const MOST_LETTERS: usize = 24;

/// A piece of what is typed.
enum Unit {
    Han {
        term: Option<TermOrd>,
        sounds: [u16; 2],
    },
    /// Pinyin or a word, perhaps not to its end.
    Letters {
        letters: String,
        words: std::ops::Range<TermOrd>,
    },
}

/// How well a form goes with what is typed: the less the better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// Characters that only sound like what is typed, and letters that stand for a whole syllable.
    guessed: usize,
    /// In another way to ask than the question, which is what is shown.
    elsewhere: bool,
    /// Where in the form it stands.
    at: usize,
}

impl Bundle {
    /// The `k` entries whose questions go best with what is typed, best first; the order is the same on every target.
    /// Nothing typed suggests nothing.
    #[must_use]
    pub fn suggest(&self, typed: &Typed<'_>, k: usize) -> Vec<EntryIdx> {
        let Typed { text, lang, today, product, audience } = *typed;
        let query = Query { text, lang, today, product, audience };
        let mut found = self.beginning(&query, k);
        if found.len() < k {
            for hit in self.search(&query, k + found.len()) {
                if found.len() < k && !found.contains(&hit.entry) {
                    found.push(hit.entry);
                }
            }
        }
        found
    }

    fn beginning(&self, typed: &Query<'_>, k: usize) -> Vec<EntryIdx> {
        let units = self.units(typed.text);
        let Some(first) = units.first() else { return Vec::new() };
        // Asked once per term rather than at every place it stands.
        let mut begins = vec![0; self.index.n_terms()];
        self.each_term_of(first, |term, next| begins[term as usize] |= next);
        let may_hold = self.may_hold(&units);
        let admitted = self.admitted(typed, typed.lang);
        let mut fits: Vec<(Fit, bool, usize, EntryIdx)> = Vec::with_capacity(k + 1);
        let mut terms = Vec::new();
        for (entry, record) in (0..).map(EntryIdx).zip(&self.record_of) {
            let forms = self.forms_of(entry);
            let question = forms.start;
            let best = forms.filter(|form| may_hold[*form as usize]).filter_map(|form| {
                terms.clear();
                terms.extend(self.index.terms_of(form));
                let fit = self.fit(&terms, &units, &begins)?;
                Some((Fit { elsewhere: form != question, ..fit }, terms.len()))
            });
            if let Some((fit, length)) = best.min()
                && admitted[*record as usize]
            {
                let elsewhere = typed.product.is_some() && self.entry(entry).product.is_empty();
                let fit = (fit, elsewhere, length, entry);
                fits.insert(fits.partition_point(|other| *other < fit), fit);
                fits.truncate(k);
            }
        }
        fits.into_iter().map(|fit| fit.3).collect()
    }

    /// Per form: whether it holds a term that goes with the rarest of the units. Without, what is typed is not in it.
    fn may_hold(&self, units: &[Unit]) -> Vec<bool> {
        let n_entries = |unit: &&Unit| {
            let mut n = 0_u64;
            self.each_term_of(unit, |term, _| n += u64::from(self.index.n_entries_of(term)));
            n
        };
        let mut may_hold = vec![false; self.forms.len()];
        if let Some(rarest) = units.iter().min_by_key(n_entries) {
            self.each_term_of(rarest, |term, _| {
                self.index.forms(term).for_each(|form| may_hold[form as usize] = true);
            });
        }
        may_hold
    }

    fn units(&self, text: &str) -> Vec<Unit> {
        let text: String = zg_text::normalize(text).chars().take(LONGEST).collect();
        let mut units = Vec::new();
        zg_text::each_term(&text, |term, kind| match kind {
            zg_text::TermKind::Word => {}
            _ => {
                let sounds = term.chars().next().map_or([0; 2], zg_text::sounds);
                units.push(Unit::Han { term: self.index.term(term), sounds });
            }
        });
        // Words stay as they were typed: the stem of half a word is none.
        let letters = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|run| !run.is_empty());
        let letters: Vec<&str> = letters.collect();
        if units.is_empty() {
            for run in letters {
                let run: String = run.chars().take(MOST_LETTERS).collect();
                units.push(Unit::Letters { words: self.index.beginning_with(&run), letters: run });
            }
        } else if let Some(run) = letters.last().filter(|run| text.ends_with(**run)) {
            // `退huo`: what is still being typed.
            let run: String = run.chars().take(MOST_LETTERS).collect();
            units.push(Unit::Letters { words: self.index.beginning_with(&run), letters: run });
        }
        units
    }

    /// The terms that may stand where a unit begins, some of them twice, each with what may follow it:
    /// [`END`], or letters that the next term's sound may begin with.
    fn each_term_of(&self, unit: &Unit, mut each: impl FnMut(TermOrd, u32)) {
        match unit {
            Unit::Han { term, sounds } => {
                let alike = sounds.iter().flat_map(|sound| self.index.sounding(*sound));
                term.iter().chain(alike).for_each(|term| each(*term, END));
            }
            Unit::Letters { letters, words } => {
                words.clone().for_each(|term| each(term, END));
                for sound in 1..self.index.n_sounds() {
                    let next = follows(letters, zg_text::syllable(sound));
                    if next != 0 {
                        self.index.sounding(sound).iter().for_each(|term| each(*term, next));
                    }
                }
            }
        }
    }

    /// How the terms of a form go with the units, at the place where they do best.
    fn fit(&self, terms: &[TermOrd], units: &[Unit], begins: &[u32]) -> Option<Fit> {
        // A single letter says nothing within a question.
        let within = !matches!(units, [Unit::Letters { letters, .. }] if letters.len() < 2);
        let places = if within { terms.len() } else { terms.len().min(1) };
        let begun = (0..places).filter(|at| {
            let next = begins[terms[*at] as usize];
            next & END != 0 || terms.get(at + 1).is_some_and(|term| next & self.index.initials_of(*term) != 0)
        });
        begun.filter_map(|at| Some(Fit { guessed: self.follow(&terms[at..], units)?, elsewhere: false, at })).min()
    }

    fn follow(&self, terms: &[TermOrd], units: &[Unit]) -> Option<usize> {
        let Some((unit, rest)) = units.split_first() else { return Some(0) };
        let (term, after) = terms.split_first()?;
        match unit {
            Unit::Han { term: typed, .. } if *typed == Some(*term) => self.follow(after, rest),
            Unit::Han { sounds, .. } => {
                let of_term = self.index.sounds_of(*term);
                let alike = sounds.iter().any(|sound| *sound != 0 && of_term.contains(sound));
                if alike { Some(1 + self.follow(after, rest)?) } else { None }
            }
            Unit::Letters { words, .. } if words.contains(term) => self.follow(after, rest),
            Unit::Letters { letters, .. } => {
                let (guessed, n_terms) = self.spelled(terms, letters)?;
                Some(guessed + self.follow(&terms[n_terms..], rest)?)
            }
        }
    }

    /// Letters as the pinyin of the terms from the first on: how many were guessed, over how many terms they go.
    fn spelled(&self, terms: &[TermOrd], letters: &str) -> Option<(usize, usize)> {
        if letters.is_empty() {
            return Some((0, 0));
        }
        let (term, after) = terms.split_first()?;
        let mut best: Option<(usize, usize)> = None;
        let mut take = |guessed: usize, rest: &str| {
            if let Some((more, n_terms)) = self.spelled(after, rest)
                && best.is_none_or(|best| guessed + more < best.0)
            {
                best = Some((guessed + more, n_terms + 1));
            }
        };
        for sound in self.index.sounds_of(*term).iter().filter(|sound| **sound != 0) {
            let syllable = zg_text::syllable(*sound);
            if let Some(rest) = letters.strip_prefix(syllable) {
                take(0, rest);
            } else if syllable.starts_with(letters) && letters.len() > 1 {
                // Still being typed.
                take(0, "");
            }
            if letters.starts_with(&syllable[..1]) {
                take(1, &letters[1..]);
            }
            if syllable.len() > 2 && syllable.as_bytes()[1] == b'h' && letters.starts_with(&syllable[..2]) {
                take(1, &letters[2..]);
            }
        }
        best
    }
}

/// That a unit may end with a term.
const END: u32 = 1 << 31;

/// What may follow a syllable with which letters begin, whole, cut short or by its first letters, as `Bundle::spelled`
/// takes it: [`END`], or the letter that comes next. 0 where they do not begin with it.
fn follows(letters: &str, syllable: &str) -> u32 {
    let after = |start: &str| match letters.strip_prefix(start).map(str::as_bytes) {
        Some([next, ..]) => letter_bit(*next),
        Some([]) => END,
        None => 0,
    };
    let [first, second] = [1, 2].map(|n| syllable.get(..n).unwrap_or(syllable));
    let double = if syllable.len() > 2 && second.ends_with('h') { after(second) } else { 0 };
    let cut = if letters.len() > 1 && syllable.starts_with(letters) { END } else { 0 };
    after(first) | after(syllable) | double | cut
}
