//! Why was this entry found? For authors, so with the feature `build` only: no search asks it.

use crate::bundle::Bundle;
use crate::index::TermOrd;
use crate::search::Hit;

/// What made a hit.
#[derive(Debug, Clone, PartialEq)]
pub struct Why<'b> {
    /// The way to ask that matched best.
    pub form: &'b str,
    /// The terms of the utterance that this way to ask has, in the order of the utterance.
    pub terms: Vec<MatchedTerm>,
    /// Those it has not, which speak against it.
    pub missing: Vec<String>,
}

/// A term of the utterance and what it met.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedTerm {
    pub term: String,
    /// The term as it stands in the way to ask.
    pub matched: String,
    pub kind: MatchKind,
    /// The part of the utterance that the term accounts for, 0 to 1; 0 where it is shown and not counted.
    pub weight: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchKind {
    Exact,
    /// One edit away.
    Typo,
    /// Another character of the same sound.
    Sound,
}

impl MatchKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Typo => "typo",
            Self::Sound => "sound",
        }
    }
}

impl Bundle {
    /// Why `text` found a hit: which of its terms met which of the way to ask, by the weights that ranked it.
    ///
    /// # Panics
    /// For a hit of another bundle.
    #[must_use]
    pub fn explain(&self, text: &str, hit: &Hit) -> Why<'_> {
        let asked = self.ask(text);
        let total = asked.total.max(f64::MIN_POSITIVE);
        let of_form: Vec<TermOrd> = self.index.terms_of(hit.form).collect();
        let mut why = Why { form: self.forms.get(hit.form as usize), terms: Vec::new(), missing: Vec::new() };
        for term in asked.terms {
            let met = term.spellings.iter().filter(|(spelling, _)| of_form.contains(spelling));
            let best = met.fold(None::<(TermOrd, f64)>, |best, met| match best {
                Some(best) if best.1 >= met.1 => Some(best),
                _ => Some(*met),
            });
            let alike =
                || of_form.iter().find(|other| self.sounds_like(&term.text, **other)).map(|other| (*other, 0.0));
            match best.or_else(alike) {
                None => why.missing.push(term.text),
                Some((ord, discount)) => {
                    let matched = self.index.text(ord).to_owned();
                    let kind = if matched == term.text {
                        MatchKind::Exact
                    } else if self.sounds_like(&term.text, ord) {
                        MatchKind::Sound
                    } else {
                        MatchKind::Typo
                    };
                    let weight = (term.idf * discount / total * 10_000.0).round() / 10_000.0;
                    why.terms.push(MatchedTerm { term: term.text, matched, kind, weight });
                }
            }
        }
        why
    }

    /// How telling a term is among the entries of this bundle; most so one that none has.
    pub(crate) fn telling(&self, term: &str) -> f64 {
        self.index.term(term).map_or_else(|| self.index.idf_of_unknown(), |term| self.index.idf(term))
    }

    /// Whether a term is one ideograph and another term one that sounds the same.
    fn sounds_like(&self, text: &str, other: TermOrd) -> bool {
        let mut characters = text.chars();
        let (Some(first), None) = (characters.next(), characters.next()) else { return false };
        let of_other = self.index.sounds_of(other);
        zg_text::sounds(first).iter().any(|sound| *sound != 0 && of_other.contains(sound))
    }
}
