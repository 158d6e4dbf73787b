//! What speaks for a candidate: how much of the utterance its text accounts for, how much of it the utterance asks for,
//! sound, order, length and meaning; and the logit of all that.

use crate::bundle::Bundle;
use crate::embed::each_trigram;
use crate::index::TermOrd;
use crate::search::{Asked, Matches, Weighted};

/// What speaks for a form; shares are of the worth of terms, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// BM25, as a share of what all terms could give.
    pub bm25: f64,
    /// Of the utterance: terms that the form holds.
    pub of_utterance: f64,
    /// Of the utterance: terms that any form of the entry holds.
    pub of_utterance_by_entry: f64,
    /// Of the utterance: terms that the form holds, or that sound or look like one of its terms.
    pub of_utterance_alike: f64,
    /// Of the form: terms that the utterance holds.
    pub of_form: f64,
    /// Of the form: terms that the utterance holds, or that sound or look like one of its terms.
    pub of_form_alike: f64,
    /// Neighbours in the utterance that are neighbours in the form.
    pub adjacent: f64,
    /// How many terms longer one is than the other.
    pub longer: f64,
    /// Cosines by the bundle's own embedding and by the general one.
    pub own: f64,
    pub general: f64,
}

/// What the terms of forms are to an utterance: candidates share most of theirs.
pub(crate) struct Meetings {
    /// Per term its number among those met; 0 for one not met yet.
    of_term: Vec<u32>,
    known: Vec<Meeting>,
    /// Per term of the utterance, of the form being looked at.
    same: Vec<f64>,
    alike: Vec<f64>,
}

#[derive(Clone)]
struct Meeting {
    idf: f64,
    /// The best with any term of the utterance: as it is spelled, and as it sounds or looks.
    same: f64,
    alike: f64,
    /// Bit n: it is a spelling of term n of the utterance, which has fewer terms than there are bits.
    spelled: u128,
    /// The terms of the utterance that it has to do with, and how much.
    with: Vec<(usize, f64, f64)>,
}

/// Longer forms are looked at up to here.
const LONGEST: usize = 64;
/// More terms than this apart is as bad as this.
const MOST_LONGER: usize = 12;
/// Words that share fewer of their trigrams than this (Dice's coefficient) are not alike.
const ALIKE: f64 = 0.4;

impl Bundle {
    pub(crate) fn evidence(&self, asked: &Asked, matches: &Matches, met: &mut Meetings, form: u32) -> Seen {
        let terms: Vec<TermOrd> = self.index.terms_of(form).take(LONGEST).collect();
        let total = asked.total;
        // Of each term of the utterance the best that the form has.
        met.same.fill(0.0);
        met.alike.fill(0.0);
        let (mut of_form, mut form_exact, mut form_alike) = (0.0, 0.0, 0.0);
        for (at, term) in terms.iter().enumerate() {
            let meeting = self.meet(asked, met, *term);
            let first = !terms[..at].contains(term);
            let Meeting { idf, same, alike, .. } = met.known[meeting];
            for number in 0..met.known[meeting].with.len() {
                let (asked, same, alike) = met.known[meeting].with[number];
                met.same[asked] = met.same[asked].max(same);
                met.alike[asked] = met.alike[asked].max(alike);
            }
            if first {
                of_form += idf;
                form_exact += idf * same;
                form_alike += idf * alike;
            }
        }
        let (mut exact, mut near) = (0.0, 0.0);
        for (at, term) in asked.terms.iter().enumerate() {
            exact += term.idf * met.same[at];
            near += term.idf * met.alike[at];
        }
        let (mut adjacent, mut pairs) = (0.0, 0.0);
        for two in asked.sequence.windows(2) {
            let worth = asked.terms[two[0]].idf + asked.terms[two[1]].idf;
            pairs += worth;
            let (first, second) = (1_u128 << two[0], 1_u128 << two[1]);
            let spelled = |term: TermOrd| met.known[met.of_term[term as usize] as usize].spelled;
            if terms.windows(2).any(|two| spelled(two[0]) & first != 0 && spelled(two[1]) & second != 0) {
                adjacent += worth;
            }
        }
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let (own, general) = self.cosines(&asked.meaning, form);
        Seen {
            bm25: f64::from(matches.of_form[form as usize]) / total,
            of_utterance: exact / total,
            of_utterance_by_entry: f64::from(matches.of_entry[self.entry_of(form).0 as usize]) / total,
            of_utterance_alike: near / total,
            of_form: share(form_exact, of_form),
            of_form_alike: share(form_alike, of_form),
            adjacent: share(adjacent, pairs),
            longer: terms.len().abs_diff(asked.sequence.len()).min(MOST_LONGER) as f64,
            own,
            general,
        }
    }

    pub(crate) fn meetings(&self, asked: &Asked) -> Meetings {
        let zeros = vec![0.0; asked.terms.len()];
        let none = Meeting { idf: 0.0, same: 0.0, alike: 0.0, spelled: 0, with: Vec::new() };
        Meetings { of_term: vec![0; self.index.n_terms()], known: vec![none], same: zeros.clone(), alike: zeros }
    }

    /// What a term of a form is to the utterance, worked out once for all forms that hold it.
    fn meet(&self, asked: &Asked, met: &mut Meetings, term: TermOrd) -> usize {
        let known = met.of_term[term as usize];
        if known != 0 {
            return known as usize;
        }
        let mut meeting = Meeting { idf: self.index.idf(term), same: 0.0, alike: 0.0, spelled: 0, with: Vec::new() };
        for (at, asked) in asked.terms.iter().enumerate() {
            let spelled = asked.spelled(term);
            let same = spelled.unwrap_or(0.0);
            let alike = if same < 1.0 { self.alike(asked, term).max(same) } else { 1.0 };
            if spelled.is_some() {
                meeting.spelled |= 1 << at;
            }
            if alike > 0.0 {
                meeting.with.push((at, same, alike));
                meeting.same = f64::max(meeting.same, same);
                meeting.alike = f64::max(meeting.alike, alike);
            }
        }
        let number = met.known.len();
        met.of_term[term as usize] = number as u32;
        met.known.push(meeting);
        number
    }

    /// Whether two terms sound alike, or how alike two words look.
    fn alike(&self, asked: &Weighted, term: TermOrd) -> f64 {
        if asked.word {
            let dice = dice(&asked.text, self.index.text(term));
            return if dice >= ALIKE { dice } else { 0.0 };
        }
        let sounds = self.index.sounds_of(term);
        f64::from(asked.sounds.iter().any(|sound| *sound != 0 && sounds.contains(sound)))
    }

    /// The weights that suit an utterance.
    pub(crate) fn weights(&self, asked: &Asked) -> Weights {
        let (own, general) = asked.meaning.known();
        if asked.meaning.han() {
            // One question each, as in a forum, or many ways to ask each, as a shop writes them.
            let single = if general { between(&ZH_GENERAL, &ZH_CROWDED, self.crowded()) } else { ZH };
            let shop = match (own, general) {
                (false, false) => &ZH_SHOP,
                (false, true) => &ZH_SHOP_GENERAL,
                (true, false) => &ZH_SHOP_OWN,
                (true, true) => &ZH_SHOP_BOTH,
            };
            return between(&single, shop, self.variety());
        }
        match (own, general) {
            (false, false) => EN,
            (false, true) => EN_GENERAL,
            (true, false) => between(&EN_OWN_POOR, &EN_OWN_RICH, self.richness()),
            (true, true) => between(&EN_BOTH_POOR, &EN_BOTH_RICH, self.richness()),
        }
    }

    /// What speaks for the best forms, for choosing weights: entry, form, evidence.
    #[cfg(feature = "build")]
    #[must_use]
    pub fn seen(&self, query: &crate::Query<'_>) -> Vec<(crate::EntryIdx, u32, Seen)> {
        let asked = self.ask(query.text);
        if asked.total <= 0.0 {
            return Vec::new();
        }
        let matches = self.matches(&asked);
        let forms = self.candidates(&asked, &matches, query, query.lang);
        let mut met = self.meetings(&asked);
        let seen = |form| (self.entry_of(form), form, self.evidence(&asked, &matches, &mut met, form));
        forms.into_iter().map(seen).collect()
    }

    /// How crowded the bundle is, for choosing weights.
    #[cfg(feature = "build")]
    #[must_use]
    pub fn crowdedness(&self) -> f64 {
        self.crowded()
    }
}

/// Dice's coefficient of the trigrams of two words.
fn dice(one: &str, other: &str) -> f64 {
    let (mut of_one, mut n_other, mut shared) = (Vec::with_capacity(24), 0_usize, 0_usize);
    each_trigram(one, |trigram| of_one.push(trigram));
    let n_one = of_one.len();
    each_trigram(other, |trigram| {
        n_other += 1;
        if let Some(at) = of_one.iter().position(|own| *own == trigram) {
            of_one.swap_remove(at);
            shared += 1;
        }
    });
    2.0 * shared as f64 / (n_one + n_other).max(1) as f64
}

/// What each part of the evidence is worth, and what makes a probability of the sum.
///
/// Listwise softmax over the candidates of each query, on development data alone: Chinese on evaluation clusters of LCQMC
/// (`ZH`, `ZH_GENERAL`) and of AFQMC, ATEC and BQ (`ZH_CROWDED`), and on the demo shop's own development questions
/// (`ZH_SHOP_‥`, `tests/data/questions`); English on BANKING77's development part with 1, 3, 10 and all ways to ask, and on
/// the demo shop's. `bias` and `scale` are logistic, on the best hit being right, beside as many queries that nothing answers.
/// `cargo run --release -p zg-kb --features build --example evidence` prints what they were chosen from.
#[derive(Clone, Copy)]
pub(crate) struct Weights {
    bm25: f64,
    of_utterance: f64,
    of_utterance_by_entry: f64,
    of_utterance_alike: f64,
    of_form: f64,
    of_form_alike: f64,
    adjacent: f64,
    longer: f64,
    own: f64,
    general: f64,
    bias: f64,
    scale: f64,
}

impl Weights {
    pub(crate) fn logit(&self, seen: &Seen) -> f64 {
        self.bm25 * seen.bm25
            + self.of_utterance * seen.of_utterance
            + self.of_utterance_by_entry * seen.of_utterance_by_entry
            + self.of_utterance_alike * seen.of_utterance_alike
            + self.of_form * seen.of_form
            + self.of_form_alike * seen.of_form_alike
            + self.adjacent * seen.adjacent
            + self.longer * seen.longer
            + self.own * seen.own
            + self.general * seen.general
    }

    /// The probability that a hit is right whose forms' logits have this log-sum-exp.
    pub(crate) fn probability(&self, logit: f64) -> f64 {
        1.0 / (1.0 + libm::exp(-(self.scale * logit + self.bias)))
    }
}

/// From one to the other as `share` goes from 0 to 1.
fn between(from: &Weights, to: &Weights, share: f64) -> Weights {
    let mix = |from: f64, to: f64| from + (to - from) * share;
    Weights {
        bm25: mix(from.bm25, to.bm25),
        of_utterance: mix(from.of_utterance, to.of_utterance),
        of_utterance_by_entry: mix(from.of_utterance_by_entry, to.of_utterance_by_entry),
        of_utterance_alike: mix(from.of_utterance_alike, to.of_utterance_alike),
        of_form: mix(from.of_form, to.of_form),
        of_form_alike: mix(from.of_form_alike, to.of_form_alike),
        adjacent: mix(from.adjacent, to.adjacent),
        longer: mix(from.longer, to.longer),
        own: mix(from.own, to.own),
        general: mix(from.general, to.general),
        bias: mix(from.bias, to.bias),
        scale: mix(from.scale, to.scale),
    }
}

const ZH: Weights = Weights {
    bm25: 4.92,
    of_utterance: 0.0,
    of_utterance_by_entry: 2.93,
    of_utterance_alike: 9.02,
    of_form: 3.3,
    of_form_alike: 1.58,
    adjacent: 2.01,
    longer: -0.41,
    own: 0.0,
    general: 0.0,
    bias: -7.751,
    scale: 0.509,
};
const ZH_GENERAL: Weights = Weights {
    bm25: 4.37,
    of_utterance: 0.0,
    of_utterance_by_entry: 2.86,
    of_utterance_alike: 8.45,
    of_form: 1.72,
    of_form_alike: 0.81,
    adjacent: -0.44,
    longer: -0.41,
    own: 0.0,
    general: 9.69,
    bias: -8.736,
    scale: 0.474,
};
const ZH_CROWDED: Weights = Weights {
    bm25: 1.57,
    of_utterance: 0.0,
    of_utterance_by_entry: -0.48,
    of_utterance_alike: 2.17,
    of_form: -0.45,
    of_form_alike: 0.75,
    adjacent: 0.0,
    longer: -0.01,
    own: 0.0,
    general: 13.13,
    bias: -6.914,
    scale: 0.362,
};
const EN: Weights = Weights {
    bm25: -1.76,
    of_utterance: -3.0,
    of_utterance_by_entry: 5.61,
    of_utterance_alike: 6.79,
    of_form: -0.14,
    of_form_alike: 6.51,
    adjacent: 0.25,
    longer: -0.06,
    own: 0.0,
    general: 0.0,
    bias: -6.07,
    scale: 0.667,
};
const EN_GENERAL: Weights = Weights {
    bm25: -2.19,
    of_utterance: -2.42,
    of_utterance_by_entry: 5.49,
    of_utterance_alike: 4.48,
    of_form: -0.22,
    of_form_alike: 4.53,
    adjacent: 0.5,
    longer: -0.04,
    own: 0.0,
    general: 6.87,
    bias: -7.303,
    scale: 0.697,
};
const EN_OWN_POOR: Weights = Weights {
    bm25: -3.04,
    of_utterance: -0.61,
    of_utterance_by_entry: 4.65,
    of_utterance_alike: 5.61,
    of_form: -0.66,
    of_form_alike: 5.92,
    adjacent: -0.89,
    longer: -0.05,
    own: 4.39,
    general: 0.0,
    bias: -7.611,
    scale: 0.824,
};
const EN_OWN_RICH: Weights = Weights {
    bm25: -1.63,
    of_utterance: 0.1,
    of_utterance_by_entry: 2.97,
    of_utterance_alike: 7.15,
    of_form: -1.53,
    of_form_alike: 2.68,
    adjacent: 1.32,
    longer: -0.16,
    own: 10.38,
    general: 0.0,
    bias: -9.285,
    scale: 0.68,
};
const EN_BOTH_POOR: Weights = Weights {
    bm25: -3.51,
    of_utterance: -0.42,
    of_utterance_by_entry: 4.96,
    of_utterance_alike: 3.8,
    of_form: -1.13,
    of_form_alike: 4.76,
    adjacent: -0.45,
    longer: -0.04,
    own: 3.55,
    general: 6.27,
    bias: -7.743,
    scale: 0.735,
};
const EN_BOTH_RICH: Weights = Weights {
    bm25: -1.31,
    of_utterance: 0.52,
    of_utterance_by_entry: 3.06,
    of_utterance_alike: 5.64,
    of_form: -1.39,
    of_form_alike: 1.19,
    adjacent: 0.45,
    longer: -0.12,
    own: 9.47,
    general: 7.14,
    bias: -9.911,
    scale: 0.626,
};
const ZH_SHOP: Weights = Weights {
    bm25: 0.39,
    of_utterance: 0.18,
    of_utterance_by_entry: 11.24,
    of_utterance_alike: -0.55,
    of_form: 2.21,
    of_form_alike: 3.64,
    adjacent: -0.95,
    longer: -0.1,
    own: 0.0,
    general: 0.0,
    bias: -7.382,
    scale: 0.713,
};
const ZH_SHOP_GENERAL: Weights = Weights {
    bm25: 1.17,
    of_utterance: 0.53,
    of_utterance_by_entry: 11.01,
    of_utterance_alike: -0.78,
    of_form: 2.11,
    of_form_alike: 3.1,
    adjacent: -2.32,
    longer: -0.07,
    own: 0.0,
    general: 5.35,
    bias: -8.315,
    scale: 0.66,
};
const ZH_SHOP_OWN: Weights = Weights {
    bm25: 0.37,
    of_utterance: 1.41,
    of_utterance_by_entry: 9.47,
    of_utterance_alike: -0.46,
    of_form: 1.22,
    of_form_alike: 3.77,
    adjacent: -2.93,
    longer: -0.12,
    own: 4.74,
    general: 0.0,
    bias: -8.621,
    scale: 0.744,
};
const ZH_SHOP_BOTH: Weights = Weights {
    bm25: 0.8,
    of_utterance: 1.35,
    of_utterance_by_entry: 9.36,
    of_utterance_alike: -1.06,
    of_form: 0.87,
    of_form_alike: 3.35,
    adjacent: -3.09,
    longer: -0.08,
    own: 4.51,
    general: 4.2,
    bias: -7.992,
    scale: 0.612,
};
