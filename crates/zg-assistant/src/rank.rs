//! Which entries answer an utterance: text search, re-ranked by whether the models read the same intent.

use zg_domain::{Confidence, Date, Understanding};
use zg_kb::{Bundle, EntryIdx, Query};

use crate::calibration;

/// What speaks for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// Text search alone, 0 to 1.
    pub score: f64,
    /// How far the re-ranked score is above the next entry's.
    pub margin: f64,
    /// The probability the models give to the entry's intent.
    pub agreement: f64,
    /// The probability the models give to no intent of the shop.
    pub out_of_scope: f64,
    /// Whether the models had a say at all.
    pub models: bool,
}

/// An entry with what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    pub entry: EntryIdx,
    pub evidence: Evidence,
    pub confidence: Confidence,
}

/// What a shared intent adds to a text score, by its probability; chosen on `tests/data/questions/*.dev.tsv`.
const AGREEMENT: f64 = 0.06;
/// What it adds on top where the models are all but certain: one question of 184 lost on those,
/// kept for questions whose words say little and whose intent says all.
const CERTAIN_AGREEMENT: f64 = 0.2;
const CERTAIN: f64 = 0.95;
const N_SEARCHED: usize = 24;

/// The entries that may answer, best first, at most `k`.
#[must_use]
pub fn candidates(
    bundle: &Bundle,
    text: &str,
    understanding: Option<&Understanding>,
    today: Date,
    k: usize,
) -> Vec<Candidate> {
    ranked(bundle, text, understanding, Some(today), k)
}

/// By how much of the utterance an entry that has expired must be the better match, to stand in the way of one that holds:
/// of a campaign's answer and the one that came after it, the second is meant.
const CLEARLY: f64 = 0.05;

/// The entry that would be the answer, had it not expired, where none that holds comes near.
pub(crate) fn expired(
    bundle: &Bundle,
    text: &str,
    understanding: Option<&Understanding>,
    today: Date,
    best: Option<&Candidate>,
) -> Option<EntryIdx> {
    // Most shops, most days: one search is enough.
    if !bundle.any_expired(today) {
        return None;
    }
    let all = ranked(bundle, text, understanding, None, 1);
    let lost = all.first().filter(|lost| lost.confidence.get() >= calibration::ACCEPT)?;
    let clearly = best.is_none_or(|best| best.evidence.score + CLEARLY < lost.evidence.score);
    (clearly && bundle.entry(lost.entry).expired(today)).then_some(lost.entry)
}

fn ranked(
    bundle: &Bundle,
    text: &str,
    understanding: Option<&Understanding>,
    today: Option<Date>,
    k: usize,
) -> Vec<Candidate> {
    let (language, _) = zg_text::identify(text);
    let query = Query { text, lang: language.written(), today, ..Query::default() };
    let mut ranked: Vec<(f64, EntryIdx, Evidence)> = Vec::with_capacity(N_SEARCHED);
    for hit in bundle.search(&query, N_SEARCHED) {
        let intent = &bundle.entry(hit.entry).intent;
        let agreement = understanding.map_or(0.0, |understanding| {
            let found = understanding.intents.iter().find(|scored| scored.label.0 == *intent && !intent.is_empty());
            found.map_or(0.0, |scored| scored.confidence.get())
        });
        let evidence = Evidence {
            score: hit.score,
            margin: 0.0,
            agreement,
            out_of_scope: understanding.map_or(0.0, |understanding| understanding.out_of_scope.get()),
            models: understanding.is_some(),
        };
        let certain = if agreement >= CERTAIN { CERTAIN_AGREEMENT } else { 0.0 };
        let score = hit.score + AGREEMENT * agreement + certain;
        // Equals keep the order of the search, which is the same on every target.
        ranked.insert(ranked.partition_point(|other| other.0 >= score), (score, hit.entry, evidence));
    }
    let scores: Vec<f64> = ranked.iter().map(|row| row.0).collect();
    ranked
        .into_iter()
        .take(k)
        .enumerate()
        .map(|(at, (score, entry, evidence))| {
            let evidence = Evidence { margin: score - scores.get(at + 1).copied().unwrap_or(0.0), ..evidence };
            Candidate { entry, evidence, confidence: calibration::confidence(&evidence) }
        })
        .collect()
}
