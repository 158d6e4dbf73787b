//! Here is an utterance: which entries answer it, and how well?

use zg_domain::Date;

use crate::bundle::{Bundle, EntryIdx};
use crate::index::TermOrd;
use crate::meaning::Meaning;

/// What is looked for, and among what.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<'q> {
    pub text: &'q str,
    /// Primary language subtag (`zh`, `en`); entries of other languages count only where none of this one matches.
    pub lang: Option<&'q str>,
    /// Entries whose validity ended before this day are left out.
    pub today: Option<Date>,
    /// Entries of other products are left out; those of this one stand before general ones that are hardly better
    /// ([`PRODUCT_FIRST`]).
    pub product: Option<&'q str>,
    /// The groups a shopper is of, separated by `|`; entries for other groups are left out.
    pub audience: &'q str,
}

/// An entry that matches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    pub entry: EntryIdx,
    /// The chance, as far as the texts tell, that the entry is what is asked for: 0 to 1.
    pub score: f64,
    /// The way to ask that matched best.
    pub form: u32,
}

/// How many candidates have their stored text looked at.
const N_CANDIDATES: usize = 96;
/// How many terms of an utterance are looked up; a longer one is a story, and its start tells.
const N_TERMS: usize = 96;
/// What nearness of meaning is worth beside the shared terms when candidates are chosen.
const MEANING: f32 = 1.0;
/// How much better a general entry may score than one of the page's product and still stand behind it: what a few words
/// more cost. Without a product in the query nothing moves.
pub const PRODUCT_FIRST: f64 = 0.02;
/// How near in meaning a form must be that shares no term: any two texts are a little near.
const ALONE: f32 = 0.3;
/// How many of the best forms by shared terms have their meaning looked at, where there are more: of 10,000 questions of
/// AFQMC, ATEC and BQ Recall@10 is .535 with so many and .534 with all.
const N_WEIGHED: usize = 1_024;
const N_STEPS: usize = 255;
/// What a term found by one edit is worth beside one found as it was typed.
const FUZZY: f64 = 0.7;
/// How many spellings of a mistyped word are looked up.
const N_SPELLINGS: usize = 8;

/// A term of the utterance and what it is worth.
pub(crate) struct Weighted {
    pub(crate) text: String,
    pub(crate) word: bool,
    pub(crate) idf: f64,
    pub(crate) sounds: [u16; 2],
    /// The spellings under which the index knows it, with their discount.
    pub(crate) spellings: Vec<(TermOrd, f64)>,
}

impl Weighted {
    /// What this spelling of it is worth, if it is one.
    pub(crate) fn spelled(&self, term: TermOrd) -> Option<f64> {
        self.spellings.iter().find(|(spelling, _)| *spelling == term).map(|(_, discount)| *discount)
    }
}

/// An utterance, cut and weighed.
pub(crate) struct Asked {
    pub(crate) terms: Vec<Weighted>,
    /// The terms as they stand in the utterance, by number.
    pub(crate) sequence: Vec<usize>,
    /// The worth of all terms.
    pub(crate) total: f64,
    pub(crate) meaning: Meaning,
}

/// What the shared terms say, before any text is looked at.
pub(crate) struct Matches {
    /// BM25 of each form.
    pub(crate) of_form: Vec<f32>,
    /// The worth of the terms that any form of an entry holds.
    pub(crate) of_entry: Vec<f32>,
}

impl Bundle {
    /// The best `k` entries, best first; ties by position in the bundle, so that the order is the same everywhere.
    #[must_use]
    pub fn search(&self, query: &Query<'_>, k: usize) -> Vec<Hit> {
        let asked = self.ask(query.text);
        let mut hits = self.rank(&asked, query, query.lang);
        if hits.is_empty() && query.lang.is_some() {
            hits = self.rank(&asked, query, None);
        }
        if let Some(product) = query.product.filter(|product| !product.is_empty()) {
            self.put_first(product, &mut hits);
        }
        hits.truncate(k);
        hits
    }

    /// Lets the entries of a product pass general ones that are better by less than [`PRODUCT_FIRST`].
    fn put_first(&self, product: &str, hits: &mut [Hit]) {
        for at in 1..hits.len() {
            let score = hits[at].score;
            if self.entry(hits[at].entry).product != product {
                continue;
            }
            let mut at = at;
            while at > 0
                && hits[at - 1].score <= score + PRODUCT_FIRST
                && self.entry(hits[at - 1].entry).product.is_empty()
            {
                hits.swap(at - 1, at);
                // It takes the score of the one it passed: as likely, no more.
                hits[at - 1].score = hits[at].score;
                at -= 1;
            }
        }
    }

    pub(crate) fn ask(&self, text: &str) -> Asked {
        let (mut terms, mut sequence): (Vec<Weighted>, Vec<usize>) = (Vec::new(), Vec::new());
        zg_text::each_term(text, |text, kind| {
            if sequence.len() == N_TERMS {
                return;
            }
            let known = terms.iter().position(|weighted| weighted.text == text);
            sequence.push(known.unwrap_or(terms.len()));
            if known.is_some() {
                return;
            }
            let word = kind == zg_text::TermKind::Word;
            let (idf, spellings) = if let Some(term) = self.index.term(text) {
                (self.index.idf(term), vec![(term, 1.0)])
            } else {
                // One edit in a word of four letters or more; Han terms are single characters and have no edits.
                let long_word = word && text.len() >= 4 && text.len() <= 24;
                let near = if long_word { self.near(text) } else { Vec::new() };
                let idf = near.iter().map(|term| self.index.idf(*term)).fold(0.0, f64::max);
                // A term that nothing holds speaks against every entry; a number or a name does so less than a word.
                let idf = if near.is_empty() { self.index.idf_of_unknown() * 0.5 } else { idf };
                (idf, near.into_iter().take(N_SPELLINGS).map(|term| (term, FUZZY)).collect())
            };
            let sounds = if word { [0; 2] } else { text.chars().next().map_or([0; 2], zg_text::sounds) };
            terms.push(Weighted { text: text.to_owned(), word, idf, sounds, spellings });
        });
        let total = terms.iter().map(|term| term.idf).sum();
        Asked { terms, sequence, total, meaning: self.meaning_of(text) }
    }

    /// The terms one edit away, two letters in each other's place among them.
    fn near(&self, text: &str) -> Vec<TermOrd> {
        let mut near = self.index.near(text);
        let mut letters = text.as_bytes().to_vec();
        for at in 1..letters.len() {
            letters.swap(at - 1, at);
            near.extend(str::from_utf8(&letters).ok().and_then(|swapped| self.index.term(swapped)));
            letters.swap(at - 1, at);
        }
        near
    }

    pub(crate) fn matches(&self, asked: &Asked) -> Matches {
        let mut of_form = vec![0.0_f32; self.forms.len()];
        let mut of_entry = vec![0.0_f32; self.len()];
        for term in &asked.terms {
            for (spelling, discount) in &term.spellings {
                let worth = (term.idf * discount) as f32;
                let mut last_entry = None;
                for form in self.index.forms(*spelling) {
                    of_form[form as usize] += worth * self.index.length_factor(form);
                    let entry = self.entry_of(form);
                    if last_entry != Some(entry) {
                        of_entry[entry.0 as usize] += worth;
                        last_entry = Some(entry);
                    }
                }
            }
        }
        Matches { of_form, of_entry }
    }

    fn rank(&self, asked: &Asked, query: &Query<'_>, lang: Option<&str>) -> Vec<Hit> {
        if asked.total <= 0.0 {
            return Vec::new();
        }
        let matches = self.matches(asked);
        let weights = self.weights(asked);
        let mut met = self.meetings(asked);
        // Of each entry the best form, and the votes of all.
        let mut found: Vec<(Hit, f64)> = Vec::new();
        for form in self.candidates(asked, &matches, query, lang) {
            let entry = self.entry_of(form);
            let logit = weights.logit(&self.evidence(asked, &matches, &mut met, form));
            // Every form votes for its entry, the more the likelier it is: with a hundred ways to ask an entry, many near ones say
            // more than the nearest.
            let vote = libm::exp(logit);
            match found.iter_mut().find(|(hit, _)| hit.entry == entry) {
                Some((hit, votes)) => {
                    *votes += vote;
                    if logit > hit.score {
                        (hit.score, hit.form) = (logit, form);
                    }
                }
                None => found.push((Hit { entry, score: logit, form }, vote)),
            }
        }
        // Few, and a sort is compiled anew for every type: a good kilobyte each in WASM.
        let mut hits: Vec<Hit> = Vec::with_capacity(found.len());
        for (hit, votes) in found {
            let hit = Hit { score: libm::log(votes), ..hit };
            let better = |other: &Hit| other.score > hit.score || (other.score == hit.score && other.entry < hit.entry);
            hits.insert(hits.partition_point(better), hit);
        }
        for hit in &mut hits {
            // The grid keeps native and WASM equal.
            hit.score = (10_000.0 * weights.probability(hit.score)).round() / 10_000.0;
        }
        hits
    }

    /// Per record: whether its entries may be shown.
    pub(crate) fn admitted(&self, query: &Query<'_>, lang: Option<&str>) -> Vec<bool> {
        // Folded as the compiler folds what authors write.
        let audience = zg_text::normalize(query.audience);
        let is_of = |group: &str| audience.split('|').any(|one| one.trim() == group);
        self.records()
            .map(|([of_lang, product, of_audience], valid_until)| {
                lang.is_none_or(|lang| of_lang.is_empty() || primary(of_lang) == lang)
                    && query.today.is_none_or(|today| valid_until.is_none_or(|last| today <= last))
                    && (product.is_empty() || query.product.is_none_or(|shown| shown.is_empty() || shown == product))
                    && (of_audience.is_empty() || of_audience.split('|').any(is_of))
            })
            .collect()
    }

    /// The most promising forms among those that may be shown, best first, ties by position.
    pub(crate) fn candidates(
        &self,
        asked: &Asked,
        matches: &Matches,
        query: &Query<'_>,
        lang: Option<&str>,
    ) -> Vec<u32> {
        let admitted = self.admitted(query, lang);
        let scale = MEANING * asked.total as f32;
        // Of very many forms fewer, and only such as share a term: their vectors have to be made.
        let (n_weighed, least) =
            if self.keeps_vectors() { (N_WEIGHED, 0.0) } else { (N_WEIGHED / 2, f32::MIN_POSITIVE) };
        let promising = promising(&matches.of_form, n_weighed).max(least);
        // In order of their scores; forms come in theirs, so that equals keep it.
        let mut best: Vec<(f32, u32)> = Vec::with_capacity(N_CANDIDATES + 1);
        let mut least = 0.0;
        for (entry, record) in self.record_of.iter().enumerate() {
            if !admitted[*record as usize] {
                continue;
            }
            for form in self.forms_of(EntryIdx(entry as u32)) {
                let mut score = matches.of_form[form as usize];
                if score >= promising {
                    let nearness = self.nearness(&asked.meaning, form);
                    if score > 0.0 || nearness >= ALONE {
                        score += scale * nearness;
                    }
                }
                if score > least {
                    best.insert(best.partition_point(|other| other.0 >= score), (score, form));
                    best.truncate(N_CANDIDATES);
                    least = best.get(N_CANDIDATES - 1).map_or(0.0, |least| least.0);
                }
            }
        }
        best.into_iter().map(|(_, form)| form).collect()
    }
}

/// From which score on a form's meaning is looked at: of few forms all, of many about so many, so that cost does not grow with
/// the bundle.
fn promising(of_form: &[f32], n_weighed: usize) -> f32 {
    if of_form.len() <= n_weighed {
        return 0.0;
    }
    let step = of_form.iter().copied().fold(f32::MIN_POSITIVE, f32::max) / N_STEPS as f32;
    let steps = 1.0 / step;
    let mut counts = [0_usize; N_STEPS + 1];
    for score in of_form {
        counts[((score * steps) as usize).min(N_STEPS)] += 1;
    }
    let mut n = 0;
    let first = (1..=N_STEPS).rev().find(|at| {
        n += counts[*at];
        n > n_weighed
    });
    first.map_or(0.0, |first| (first as f32) * step)
}

fn primary(lang: &str) -> &str {
    lang.split('-').next().unwrap_or(lang)
}
