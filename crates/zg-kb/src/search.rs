//! Here is an utterance: which entries answer it, and how well?

use zg_domain::Date;

use crate::bundle::{Bundle, EntryIdx};
use crate::index::TermOrd;

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
    /// How much of the utterance the entry accounts for, 0 to 1: 1 is an utterance that is one of its ways to ask.
    pub score: f64,
    /// The way to ask that matched best.
    pub form: u32,
}

/// How many candidates by BM25 have their stored text looked at.
const N_CANDIDATES: usize = 96;
/// How many terms of an utterance are looked up; a longer one is a story, and its start tells.
const N_TERMS: usize = 96;
/// Weight of two terms that stand together in both texts, beside that of the terms themselves.
/// This and the next two were chosen on `tests/data/questions/*.dev.tsv` (`zhanggui eval kb`).
const ADJACENCY: f64 = 0.3;
/// Share of an entry's score that comes from the best single way to ask; the rest from all of them together.
const BEST_FORM: f64 = 0.7;
/// How many of the best forms vote for their entries, how soon a vote fades with its form's score, and what all votes are worth.
/// With a hundred ways to ask an entry, many near ones say more than the nearest: Banking77's development part as 77 entries,
/// Recall@1 .828 without and .860 with, .780 and .814 with a typo; with one way to ask each nothing changes.
const N_VOTERS: usize = 40;
const NEARNESS: f64 = 0.15;
const VOTE: f64 = 0.2;
/// How much better a general entry may score than one of the page's product and still stand behind it: what a few words
/// more cost. Without a product in the query nothing moves.
pub const PRODUCT_FIRST: f64 = 0.02;
/// What a term found by one edit is worth beside one found as it was typed.
const FUZZY: f64 = 0.7;

/// A term of the utterance and what it is worth.
pub(crate) struct Weighted {
    pub(crate) text: String,
    pub(crate) idf: f64,
    /// The spellings under which the index knows it, with their discount.
    pub(crate) spellings: Vec<(TermOrd, f64)>,
}

impl Weighted {
    fn is(&self, term: TermOrd) -> bool {
        self.spellings.iter().any(|(spelling, _)| *spelling == term)
    }
}

/// Two terms that stand together in the utterance, and what it is worth that they do in a form.
struct Pair<'t> {
    first: &'t Weighted,
    second: &'t Weighted,
    worth: f64,
}

impl Bundle {
    /// The best `k` entries, best first; ties by position in the bundle, so that the order is the same everywhere.
    #[must_use]
    pub fn search(&self, query: &Query<'_>, k: usize) -> Vec<Hit> {
        let terms = self.weigh(query.text);
        let mut hits = self.rank(&terms, query, query.lang);
        if hits.is_empty() && query.lang.is_some() {
            hits = self.rank(&terms, query, None);
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

    /// The distinct terms of an utterance, and each as often as it stands there, by number.
    pub(crate) fn weigh(&self, text: &str) -> (Vec<Weighted>, Vec<usize>) {
        let (mut distinct, mut sequence): (Vec<Weighted>, Vec<usize>) = (Vec::new(), Vec::new());
        zg_text::each_term(text, |text, kind| {
            if sequence.len() == N_TERMS {
                return;
            }
            let known = distinct.iter().position(|weighted| weighted.text == text);
            sequence.push(known.unwrap_or(distinct.len()));
            if known.is_some() {
                return;
            }
            let (idf, spellings) = if let Some(term) = self.index.term(text) {
                (self.index.idf(term), vec![(term, 1.0)])
            } else {
                // One edit in a word of four letters or more; Han terms are single characters and have no edits.
                let long_word = kind == zg_text::TermKind::Word && text.len() >= 4 && text.len() <= 24;
                let near = if long_word { self.index.near(text) } else { Vec::new() };
                let idf = near.iter().map(|term| self.index.idf(*term)).fold(0.0, f64::max);
                // A term that nothing holds speaks against every entry; a number or a name does so less than a word.
                let idf = if near.is_empty() { self.index.idf_of(0) * 0.5 } else { idf };
                (idf, near.into_iter().take(8).map(|term| (term, FUZZY)).collect())
            };
            distinct.push(Weighted { text: text.to_owned(), idf, spellings });
        });
        (distinct, sequence)
    }

    fn rank(&self, (terms, sequence): &(Vec<Weighted>, Vec<usize>), query: &Query<'_>, lang: Option<&str>) -> Vec<Hit> {
        let total: f64 = terms.iter().map(|term| term.idf).sum();
        let pairs: Vec<Pair<'_>> = sequence
            .windows(2)
            .map(|two| {
                let (first, second) = (&terms[two[0]], &terms[two[1]]);
                Pair { first, second, worth: (first.idf + second.idf) / 2.0 }
            })
            .collect();
        let ideal = total + ADJACENCY * pairs.iter().map(|pair| pair.worth).sum::<f64>();
        if ideal <= 0.0 {
            return Vec::new();
        }
        let mut of_form = vec![0.0_f32; self.forms.len()];
        let mut of_entry = vec![0.0_f32; self.len()];
        for term in terms {
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

        let mut hits: Vec<Hit> = Vec::new();
        let mut scores: Vec<(f64, EntryIdx)> = Vec::new();
        for form in self.candidates(&of_form, query, lang) {
            let entry = self.entry_of(form);
            let score = (f64::from(of_form[form as usize]) + ADJACENCY * self.adjacency(form, &pairs)) / ideal;
            let score = BEST_FORM * score
                + (1.0 - BEST_FORM) * f64::from(of_entry[entry.0 as usize]) / total.max(f64::MIN_POSITIVE);
            scores.insert(scores.partition_point(|other| other.0 >= score), (score, entry));
            match hits.iter_mut().find(|hit| hit.entry == entry) {
                Some(hit) if hit.score >= score => {}
                Some(hit) => *hit = Hit { score, form, ..*hit },
                None => hits.push(Hit { entry, score, form }),
            }
        }
        for hit in &mut hits {
            // The length factor lifts short forms over 1; the grid keeps native and WASM equal.
            hit.score = (hit.score.min(1.0) * 10_000.0).round() / 10_000.0;
        }
        // Few, and a sort is compiled anew for every type: a good kilobyte each in WASM.
        let mut sorted: Vec<(f64, Hit)> = Vec::with_capacity(hits.len());
        scores.truncate(N_VOTERS);
        for hit in hits {
            let worth = hit.score + VOTE * share(&scores, hit.entry);
            let better = |other: &(f64, Hit)| other.0 > worth || (other.0 == worth && other.1.entry < hit.entry);
            sorted.insert(sorted.partition_point(better), (worth, hit));
        }
        // An entry that the vote has lifted stands at the score of the one it passed: as likely, no more.
        let mut least = 0.0_f64;
        for (_, hit) in sorted.iter_mut().rev() {
            least = least.max(hit.score);
            hit.score = least;
        }
        sorted.into_iter().map(|(_, hit)| hit).collect()
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

    /// The forms with the highest scores among those that may be shown, best first, ties by position.
    fn candidates(&self, of_form: &[f32], query: &Query<'_>, lang: Option<&str>) -> Vec<u32> {
        let admitted = self.admitted(query, lang);
        // In order of their scores; forms come in theirs, so that equals keep it.
        let mut best: Vec<(f32, u32)> = Vec::with_capacity(N_CANDIDATES + 1);
        for (entry, record) in self.record_of.iter().enumerate() {
            if !admitted[*record as usize] {
                continue;
            }
            for form in self.forms_of(EntryIdx(entry as u32)) {
                let score = of_form[form as usize];
                let least = best.get(N_CANDIDATES - 1).map_or(0.0, |least| least.0);
                if score > least {
                    best.insert(best.partition_point(|other| other.0 >= score), (score, form));
                    best.truncate(N_CANDIDATES);
                }
            }
        }
        best.into_iter().map(|(_, form)| form).collect()
    }

    /// The worth of the utterance's neighbouring terms that are neighbours in this form as well.
    fn adjacency(&self, form: u32, pairs: &[Pair<'_>]) -> f64 {
        let terms = self.index.terms_of(form);
        let factor = f64::from(self.index.length_factor(form)).min(1.0);
        let stands = |pair: &&Pair<'_>| terms.windows(2).any(|two| pair.first.is(two[0]) && pair.second.is(two[1]));
        pairs.iter().filter(stands).map(|pair| pair.worth * factor).sum()
    }
}

/// The part of the votes that an entry gets: every form votes for its own, the more the nearer it is to the best.
fn share(scores: &[(f64, EntryIdx)], entry: EntryIdx) -> f64 {
    let Some((best, _)) = scores.first().filter(|(best, _)| *best > 0.0) else { return 0.0 };
    let vote = |score: f64| libm::exp((score - best) / (best * NEARNESS));
    let all: f64 = scores.iter().map(|(score, _)| vote(*score)).sum();
    let own: f64 = scores.iter().filter(|(_, of)| *of == entry).map(|(score, _)| vote(*score)).sum();
    own / all
}

fn primary(lang: &str) -> &str {
    lang.split('-').next().unwrap_or(lang)
}
