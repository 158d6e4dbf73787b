//! `zhanggui eval chat --dial`: what each rate of handoffs costs in wrong answers, predicted on one half of the questions and
//! observed on the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::json;
use zg_assistant::{CLARIFY, MOST_DOUBT, NoModels, Thresholds, Understand, candidates};
use zg_domain::Utterance;

use super::table::{Table, figure, share};
use crate::{ModelArgs, kb, lines, models};

/// How much the models' own certainty counts against what was observed, in questions.
const PRIOR: f64 = 4.0;
/// Both ends of what is printed are passed by one in so many.
const TAIL: f64 = 0.025;

/// A question, and the best entry for it.
struct Asked {
    confidence: f64,
    right: bool,
    intent: String,
}

/// Predicts on the even rows of `path` (or all of it, with `held_out`) and observes on the odd ones (or on `held_out`).
pub fn run(
    bundle: &Path,
    path: &Path,
    held_out: Option<&Path>,
    args: Option<&ModelArgs>,
    targets: &[f64],
) -> anyhow::Result<bool> {
    for target in targets {
        anyhow::ensure!((0.0..=1.0).contains(target), "{target} is no share of handoffs; write 0 to 1");
    }
    let bundle = if args.is_some() { kb::open_to_search(bundle, &[])? } else { kb::open(bundle)? };
    let understand: Box<dyn Understand> = match args {
        Some(args) => Box::new(models::load(args)?),
        None => Box::new(NoModels),
    };
    let today = kb::today();
    let asked = |path: &Path| -> anyhow::Result<Vec<Asked>> {
        let table = Table::read(path, &["text"])?;
        let (text, entry) = (table.column(&["text"]), table.column(&["entry", "faq_id"]));
        let of_row = |row: super::table::Row<'_>| {
            let gold: BTreeSet<&str> = row.get(entry).split(',').map(str::trim).collect();
            let reading = zg_text::read(row.get(text));
            let (language, _) = reading.identify(row.get(text));
            let understood = understand.understand(&Utterance { reading: &reading.text, language, previous: None });
            let best = candidates(&bundle, &reading.text, understood.as_ref(), today, 1).into_iter().next();
            best.map_or(Asked { confidence: 0.0, right: false, intent: String::new() }, |best| {
                let info = bundle.entry(best.entry);
                Asked {
                    confidence: best.confidence.get(),
                    right: gold.contains(info.id),
                    intent: info.intent.to_owned(),
                }
            })
        };
        Ok(table.rows().map(of_row).collect())
    };
    let (known, unseen): (Vec<Asked>, Vec<Asked>) = match held_out {
        Some(held_out) => (asked(path)?, asked(held_out)?),
        None => {
            let (even, odd): (Vec<_>, Vec<_>) = asked(path)?.into_iter().enumerate().partition(|(at, _)| at % 2 == 0);
            let rows = |half: Vec<(usize, Asked)>| half.into_iter().map(|(_, asked)| asked).collect();
            (rows(even), rows(odd))
        }
    };
    anyhow::ensure!(known.len() >= 20 && unseen.len() >= 20, "a dial needs 40 questions; {} has fewer", path.display());
    let mut output = std::io::stdout().lock();
    for target in targets {
        let doubt = doubt_for(&known, *target);
        let thresholds = Thresholds::with_doubt(doubt);
        let handed = |rows: &[Asked]| rows.iter().filter(|row| row.confidence < thresholds.clarify).count();
        let answered = |rows: &[Asked]| rows.iter().filter(|row| row.confidence >= thresholds.accept).count();
        let mut intents = BTreeMap::new();
        let named: BTreeSet<&str> = known.iter().chain(&unseen).map(|row| row.intent.as_str()).collect();
        for intent in named.into_iter().filter(|intent| !intent.is_empty()) {
            let row = compare(&known, &unseen, thresholds.accept, Some(intent));
            // Of what is never answered nothing can be wrong.
            if row["answered"] != 0 || row["answered_held_out"] != 0 {
                intents.insert(intent, row);
            }
        }
        let n_within = intents.values().filter(|row| row["within"] == true).count();
        lines::write(
            &mut output,
            &json!({
                "target_handoff": target, "doubt": figure(doubt),
                "accept": figure(thresholds.accept), "clarify": figure(thresholds.clarify),
                "handoff": share(handed(&known), known.len()), "handoff_held_out": share(handed(&unseen), unseen.len()),
                "asks_back": share(known.len() - handed(&known) - answered(&known), known.len()),
                "answers": share(answered(&known), known.len()),
                "answers_held_out": share(answered(&unseen), unseen.len()),
                "wrong": compare(&known, &unseen, thresholds.accept, None),
                "intents_within": n_within, "n_intents": intents.len(), "intents": intents,
            }),
        )?;
    }
    Ok(true)
}

/// By how much the thresholds have to move so that this share of the questions goes to a person.
fn doubt_for(rows: &[Asked], target: f64) -> f64 {
    let mut sure: Vec<f64> = rows.iter().map(|row| row.confidence).collect();
    sure.sort_by(f64::total_cmp);
    let at = ((sure.len() as f64 * target).round() as usize).min(sure.len());
    let logit = |share: f64| (share / (1.0 - share)).ln();
    // Between the last that goes and the first that stays.
    let (below, above) = (at.checked_sub(1).map_or(0.0, |at| sure[at]), sure.get(at).copied().unwrap_or(1.0));
    let threshold = ((below + above) / 2.0).clamp(1e-6, 1.0 - 1e-6);
    (logit(threshold) - logit(CLARIFY)).clamp(-MOST_DOUBT, MOST_DOUBT)
}

/// Wrong answers among the answers: what is predicted for the held-out ones, between which bounds, and what came.
fn compare(known: &[Asked], unseen: &[Asked], accept: f64, intent: Option<&str>) -> serde_json::Value {
    let given = |rows: &[Asked]| -> Vec<(f64, bool)> {
        let rows = rows.iter().filter(|row| row.confidence >= accept);
        rows.filter(|row| intent.is_none_or(|intent| row.intent == intent))
            .map(|row| (row.confidence, row.right))
            .collect()
    };
    let (here, there) = (given(known), given(unseen));
    let wrong = |rows: &[(f64, bool)]| rows.iter().filter(|row| !row.1).count();
    // What the calibration says of the very questions that will be answered, and what was seen of others.
    let sure: f64 = there.iter().chain(&here).map(|row| 1.0 - row.0).sum();
    let expected = (sure / (there.len() + here.len()).max(1) as f64).clamp(0.01, 0.99);
    let a = wrong(&here) as f64 + PRIOR * expected;
    let b = (here.len() - wrong(&here)) as f64 + PRIOR * (1.0 - expected);
    let (low, high) = beta_binomial(there.len(), a, b);
    let observed = wrong(&there);
    json!({
        "answered": here.len(), "answered_held_out": there.len(), "predicted": figure(a / (a + b)),
        "low": share(low, there.len()), "high": share(high, there.len()),
        "observed": share(observed, there.len()), "within": (low..=high).contains(&observed),
    })
}

/// The bounds between which the number of successes in `n` trials lies with 95 %, where their rate has the distribution
/// Beta(`a`, `b`): the beta-binomial distribution's quantiles.
fn beta_binomial(n: usize, a: f64, b: f64) -> (usize, usize) {
    let mut mass = (0..n).fold(1.0, |mass, at| mass * (b + at as f64) / (a + b + at as f64));
    let (mut below, mut low, mut high) = (0.0, None, n);
    for k in 0..=n {
        below += mass;
        if low.is_none() && below > TAIL {
            low = Some(k);
        }
        if below >= 1.0 - TAIL {
            high = k;
            break;
        }
        let k = k as f64;
        mass *= (n as f64 - k) * (a + k) / ((k + 1.0) * (b + n as f64 - k - 1.0));
    }
    (low.unwrap_or(0), high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_known_distributions() {
        // A uniform rate makes every count equally likely.
        assert_eq!(beta_binomial(99, 1.0, 1.0), (2, 97));
        // A rate that is all but certain makes it binomial: 100 trials at 1/2.
        assert_eq!(beta_binomial(100, 1e7, 1e7), (40, 60));
        assert_eq!(beta_binomial(0, 1.0, 1.0), (0, 0));
    }
}
