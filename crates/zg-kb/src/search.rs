//! Here is an utterance: which entries answer it, and how well?

use zg_domain::Date;

use crate::bundle::{Bundle, EntryIdx};

/// What is looked for, and among what.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<'q> {
    pub text: &'q str,
    /// Primary language subtag (`zh`, `en`); entries of other languages count only where none of this one matches.
    pub lang: Option<&'q str>,
    /// Entries whose validity ended before this day are left out.
    pub today: Option<Date>,
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
/// What a term found by one edit is worth beside one found as it was typed.
const FUZZY: f64 = 0.7;

/// A term of the utterance and what it is worth.
struct Weighted {
    text: String,
    idf: f64,
    /// The spellings under which the index knows it, with their discount.
    spellings: Vec<(String, f64)>,
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
        hits.truncate(k);
        hits
    }

    fn weigh(&self, text: &str) -> Vec<Weighted> {
        zg_text::terms(text)
            .take(N_TERMS)
            .map(|term| {
                if let Some(postings) = self.index.postings(&term.text) {
                    return Weighted { idf: postings.idf, spellings: vec![(term.text.clone(), 1.0)], text: term.text };
                }
                // One edit in a word of four letters or more; Han terms are single characters and have no edits.
                let long_word = term.kind == zg_text::TermKind::Word && term.text.len() >= 4 && term.text.len() <= 24;
                let near = if long_word { self.index.near(&term.text) } else { Vec::new() };
                let idf = near.iter().map(|(_, postings)| postings.idf).fold(0.0, f64::max);
                let spellings: Vec<_> = near.into_iter().take(8).map(|(spelling, _)| (spelling, FUZZY)).collect();
                // A term that nothing holds speaks against every entry; a number or a name does so less than a word.
                let idf = if spellings.is_empty() { self.index.idf(0) * 0.5 } else { idf };
                Weighted { text: term.text, idf, spellings }
            })
            .collect()
    }

    fn rank(&self, terms: &[Weighted], query: &Query<'_>, lang: Option<&str>) -> Vec<Hit> {
        let admitted = |entry: u32| {
            let info = self.entry(EntryIdx(entry));
            lang.is_none_or(|lang| info.lang.is_empty() || primary(&info.lang) == lang)
                && query.today.is_none_or(|today| info.valid_until.is_none_or(|last| today <= last))
        };
        let mut seen: Vec<&str> = Vec::new();
        let mut of_form = vec![0.0_f64; self.forms.len()];
        let mut of_entry = vec![0.0_f64; self.len()];
        let mut total = 0.0;
        for term in terms {
            if seen.contains(&term.text.as_str()) {
                continue;
            }
            seen.push(&term.text);
            total += term.idf;
            for (spelling, discount) in &term.spellings {
                let Some(postings) = self.index.postings(spelling) else { continue };
                let mut last_entry = None;
                for form in postings.forms() {
                    let entry = self.index.entry_of_form[form as usize];
                    of_form[form as usize] += term.idf * discount * self.index.length_factor(form);
                    if last_entry != Some(entry) {
                        of_entry[entry as usize] += term.idf * discount;
                        last_entry = Some(entry);
                    }
                }
            }
        }
        let pairs: Vec<(&Weighted, &Weighted, f64)> =
            terms.windows(2).map(|two| (&two[0], &two[1], (two[0].idf + two[1].idf) / 2.0)).collect();
        let ideal = total + ADJACENCY * pairs.iter().map(|pair| pair.2).sum::<f64>();
        if ideal <= 0.0 {
            return Vec::new();
        }

        let mut candidates: Vec<u32> = (0..self.forms.len() as u32)
            .filter(|form| of_form[*form as usize] > 0.0 && admitted(self.index.entry_of_form[*form as usize]))
            .collect();
        candidates.sort_by(|a, b| of_form[*b as usize].total_cmp(&of_form[*a as usize]).then(a.cmp(b)));
        candidates.truncate(N_CANDIDATES);

        let mut hits: Vec<Hit> = Vec::new();
        for form in candidates {
            let entry = self.index.entry_of_form[form as usize];
            let score = (of_form[form as usize] + ADJACENCY * self.adjacency(form, &pairs)) / ideal;
            let score = BEST_FORM * score + (1.0 - BEST_FORM) * of_entry[entry as usize] / total.max(f64::MIN_POSITIVE);
            match hits.iter_mut().find(|hit| hit.entry.0 == entry) {
                Some(hit) if hit.score >= score => {}
                Some(hit) => *hit = Hit { score, form, ..*hit },
                None => hits.push(Hit { entry: EntryIdx(entry), score, form }),
            }
        }
        for hit in &mut hits {
            // The length factor lifts short forms over 1; the grid keeps native and WASM equal.
            hit.score = (hit.score.min(1.0) * 10_000.0).round() / 10_000.0;
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.entry.cmp(&b.entry)));
        hits
    }

    /// The worth of the utterance's neighbouring terms that are neighbours in this form as well.
    fn adjacency(&self, form: u32, pairs: &[(&Weighted, &Weighted, f64)]) -> f64 {
        let terms: Vec<String> = zg_text::terms(&self.forms[form as usize]).map(|term| term.text).collect();
        let factor = self.index.length_factor(form).min(1.0);
        let holds =
            |weighted: &Weighted, text: &String| weighted.spellings.iter().any(|(spelling, _)| spelling == text);
        pairs
            .iter()
            .filter(|(first, second, _)| terms.windows(2).any(|two| holds(first, &two[0]) && holds(second, &two[1])))
            .map(|(_, _, worth)| worth * factor)
            .sum()
    }
}

fn primary(lang: &str) -> &str {
    lang.split('-').next().unwrap_or(lang)
}
