//! Figures of the models.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use zg_domain::{Act, Intent, Previous, Utterance};

use super::table::{Table, figure, share};
use crate::{ModelArgs, lines, models};

pub fn run(path: &Path, args: &ModelArgs) -> anyhow::Result<bool> {
    let table = Table::read(path, &["text"])?;
    let models = models::load(args)?;
    let text = table.column(&["text"]);
    let (intent, sentiment, emotion) =
        (table.column(&["intent"]), table.column(&["sentiment", "label"]), table.column(&["emotion"]));
    let (act, before) = (table.column(&["act"]), table.column(&["previous"]));
    let mut heads = [Head::default(), Head::default(), Head::default()];
    let mut without_model = 0;
    let mut scope = Scope::default();
    for row in table.rows() {
        let reading = zg_text::read(row.get(text));
        let (language, _) = reading.identify(row.get(text));
        let previous = match (Act::from_name(row.get(act)), row.get(before)) {
            (Some(act), intent) if !intent.is_empty() => Some(Previous { act, intent: Intent(intent.to_owned()) }),
            _ => None,
        };
        let utterance = Utterance { reading: &reading.text, language, previous: previous.as_ref() };
        let Some(understood) = models.0.understand(&utterance) else {
            without_model += 1;
            continue;
        };
        let ranked: Vec<&str> = understood.intents.iter().map(|scored| scored.label.0.as_str()).collect();
        let confidence = understood.intents.first().map_or(0.0, |top| top.confidence.get());
        heads[0].add(row.get(intent), &ranked, confidence);
        scope.add(row.get(intent), ranked.first().copied().unwrap_or_default(), understood.out_of_scope.get());
        // Two-class sets write 0 and 1; they have no neutral, so the better of the two poles is the answer.
        let [negative, neutral, positive] = understood.sentiment_scores.map(zg_domain::Confidence::get);
        let gold = row.get(sentiment);
        if matches!(gold, "0" | "1") {
            let label = if positive >= negative { "1" } else { "0" };
            heads[1].add(gold, &[label], positive.max(negative) / (positive + negative).max(0.001));
        } else {
            heads[1].add(gold, &[understood.sentiment.label.label()], negative.max(neutral).max(positive));
        }
        heads[2].add(row.get(emotion), &[understood.emotion.label.label()], understood.emotion.confidence.get());
    }
    let [intent, sentiment, emotion] = heads;
    let report = json!({
        "file": path.display().to_string(), "rows": table.len(), "rows_without_model": without_model,
        "intent": intent.figures(), "sentiment": sentiment.figures(), "emotion": emotion.figures(), "scope": scope.figures(),
    });
    lines::write(&mut std::io::stdout().lock(), &report)?;
    Ok(true)
}

/// What one head said.
#[derive(Default)]
struct Head {
    n: usize,
    top1: usize,
    top3: usize,
    /// Per label: true positives, predicted, actual.
    labels: BTreeMap<String, [usize; 3]>,
    /// Confidence and whether it was right.
    calls: Vec<(f64, bool)>,
}

impl Head {
    fn add(&mut self, gold: &str, ranked: &[&str], confidence: f64) {
        let (false, Some(first)) = (gold.is_empty(), ranked.first()) else { return };
        let right = *first == gold;
        self.n += 1;
        self.top1 += usize::from(right);
        self.top3 += usize::from(ranked.iter().take(3).any(|label| *label == gold));
        self.labels.entry(gold.to_owned()).or_default()[2] += 1;
        let predicted = self.labels.entry((*first).to_owned()).or_default();
        predicted[1] += 1;
        predicted[0] += usize::from(right);
        self.calls.push((confidence, right));
    }

    fn figures(mut self) -> serde_json::Value {
        if self.n == 0 {
            return serde_json::Value::Null;
        }
        let actual: Vec<_> = self.labels.values().filter(|counts| counts[2] > 0).collect();
        let f1: f64 =
            actual.iter().map(|[hit, predicted, actual]| 2.0 * *hit as f64 / (predicted + actual) as f64).sum();
        self.calls.sort_by(|a, b| b.0.total_cmp(&a.0));
        let covered = &self.calls[..(self.calls.len() * 6).div_ceil(10)];
        let precision = share(covered.iter().filter(|call| call.1).count(), covered.len());
        let recall: BTreeMap<_, _> = self
            .labels
            .iter()
            .filter(|(_, counts)| counts[2] > 0)
            .map(|(label, counts)| (label, share(counts[0], counts[2])))
            .collect();
        json!({
            "n": self.n, "top1": share(self.top1, self.n), "top3": share(self.top3, self.n), "macro_f1": figure(f1 / actual.len() as f64),
            "precision_at_60_percent": precision, "ece": figure(self.ece()), "recall": recall,
        })
    }

    /// Expected calibration error in ten bins of equal width (Guo et al. 2017).
    fn ece(&self) -> f64 {
        let mut bins = [(0_usize, 0.0_f64, 0_usize); 10];
        for (confidence, right) in &self.calls {
            let bin = &mut bins[((confidence * 10.0) as usize).min(9)];
            *bin = (bin.0 + 1, bin.1 + confidence, bin.2 + usize::from(*right));
        }
        let n = self.calls.len() as f64;
        bins.iter().filter(|bin| bin.0 > 0).map(|(_, sum, right)| (sum - *right as f64).abs() / n).sum()
    }
}

/// Names that data sets give to what no intent covers.
const OUTSIDE: [&str; 4] = ["oos", "out_of_scope", "chitchat_other", "other"];

/// How well `out_of_scope` tells the two apart.
#[derive(Default)]
struct Scope {
    inside_right: usize,
    inside: Vec<f64>,
    outside: Vec<f64>,
}

impl Scope {
    fn add(&mut self, gold: &str, top: &str, out_of_scope: f64) {
        if OUTSIDE.contains(&gold) {
            self.outside.push(out_of_scope);
        } else if !gold.is_empty() {
            self.inside.push(out_of_scope);
            self.inside_right += usize::from(gold == top);
        }
    }

    /// Accuracy in scope, and the probability that an utterance out of scope ranks above one in scope (AUROC).
    fn figures(&self) -> serde_json::Value {
        if self.outside.is_empty() || self.inside.is_empty() {
            return serde_json::Value::Null;
        }
        let above = |one: &f64, other: &f64| match one.total_cmp(other) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        let wins: f64 =
            self.outside.iter().flat_map(|one| self.inside.iter().map(move |other| above(one, other))).sum();
        json!({
            "n_in": self.inside.len(), "n_out": self.outside.len(),
            "in_scope_top1": share(self.inside_right, self.inside.len()),
            "auroc": figure(wins / (self.inside.len() * self.outside.len()) as f64),
        })
    }
}
