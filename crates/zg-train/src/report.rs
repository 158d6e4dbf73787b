//! What cross-validation says of the table: which intents are told apart, and which lines look wrong.

use std::collections::BTreeMap;

use crate::calibrate;
use crate::recipe::{Outcome, guesses};
use crate::table::Corpus;

/// Pairs and lines that are worth a look; more would not be read.
const MOST_PAIRS: usize = 10;
const MOST_EXAMPLES: usize = 3;
const MOST_SUSPECTS: usize = 50;
/// A line looks mislabelled where another intent has at least this and its own at most the other.
const SURE: f32 = 0.8;
const UNLIKELY: f32 = 0.05;

/// Figures of an intent on utterances that the judging model had not seen.
#[derive(Debug, Clone, PartialEq)]
pub struct IntentFigures {
    pub intent: String,
    /// Utterances of the intent.
    pub n: usize,
    /// Of those called so, the share that are; 0 where none was.
    pub precision: f64,
    /// Of those that are, the share called so.
    pub recall: f64,
}

/// Two intents taken for each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Confusion {
    pub intents: [String; 2],
    pub n: usize,
    pub examples: Vec<Example>,
}

/// An utterance that another intent was found for.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// In the table; the header is line 1.
    pub line: usize,
    pub text: String,
    /// As the table says.
    pub intent: String,
    /// As the model says that had not seen it.
    pub found: String,
    /// Calibrated, `0.0..=1.0`.
    pub confidence: f64,
}

/// What there is to say about a table and the model trained on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Utterances trained on.
    pub n: usize,
    /// In the order of the labels.
    pub intents: Vec<IntentFigures>,
    /// Share of utterances rightly understood by models that had not seen them.
    pub accuracy: f64,
    /// Expected calibration error of the shipped form on such utterances, ten bins; its temperature is fitted on them.
    pub ece: f64,
    /// Parts that each utterance was held out in one of.
    pub folds: usize,
    /// Whether precision, recall and the lists below come from quicker models (a machine and one net each)
    /// instead of the shipped form; so it is above 3,000 utterances.
    pub quick: bool,
    pub temperature: f64,
    /// Confidence above which nine of ten answers are right.
    pub accept: f64,
    /// Confidence below which one of twenty right answers falls.
    pub reject: f64,
    /// Of the model's file.
    pub bytes: usize,
    /// The most frequent first.
    pub confusions: Vec<Confusion>,
    /// Lines that look mislabelled, the surest first.
    pub suspects: Vec<Example>,
}

pub(crate) fn report(corpus: &Corpus, outcome: &Outcome, folds: usize, quick: bool, bytes: usize) -> Report {
    let labels = corpus.labels.len();
    let guesses = guesses(&outcome.held_out, labels);
    let mut counts = vec![[0_usize; 3]; labels];
    let mut pairs: BTreeMap<(usize, usize), Vec<Example>> = BTreeMap::new();
    let mut suspects = Vec::new();
    for (at, ((found, confidence), intent)) in guesses.iter().zip(&corpus.intents).enumerate() {
        counts[*intent][1] += 1;
        counts[*found][2] += 1;
        if found == intent {
            counts[*intent][0] += 1;
            continue;
        }
        let example = Example {
            line: corpus.lines[at],
            text: corpus.texts[at].clone(),
            intent: corpus.labels[*intent].clone(),
            found: corpus.labels[*found].clone(),
            confidence: f64::from(*confidence),
        };
        if *confidence >= SURE && outcome.held_out[at * labels + intent] <= UNLIKELY {
            suspects.push(example.clone());
        }
        pairs.entry((*intent.min(found), *intent.max(found))).or_default().push(example);
    }
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_by_key(|(_, examples)| std::cmp::Reverse(examples.len()));
    pairs.truncate(MOST_PAIRS);
    let surest = |a: &Example, b: &Example| b.confidence.total_cmp(&a.confidence).then(a.line.cmp(&b.line));
    suspects.sort_by(surest);
    suspects.truncate(MOST_SUSPECTS);
    let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    Report {
        n: corpus.texts.len(),
        intents: counts
            .iter()
            .zip(&corpus.labels)
            .map(|([right, n, called], intent)| IntentFigures {
                intent: intent.clone(),
                n: *n,
                precision: share(*right, *called),
                recall: share(*right, *n),
            })
            .collect(),
        accuracy: share(counts.iter().map(|counts| counts[0]).sum(), corpus.texts.len()),
        ece: calibrate::ece(&outcome.calls),
        folds,
        quick,
        temperature: f64::from(outcome.temperature),
        accept: f64::from(calibrate::accept(&outcome.calls)),
        reject: f64::from(calibrate::reject(&outcome.calls)),
        bytes,
        confusions: pairs
            .into_iter()
            .map(|((one, other), mut examples)| {
                examples.sort_by(surest);
                let n = examples.len();
                examples.truncate(MOST_EXAMPLES);
                Confusion { intents: [corpus.labels[one].clone(), corpus.labels[other].clone()], n, examples }
            })
            .collect(),
        suspects,
    }
}
