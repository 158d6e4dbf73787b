//! Training a shop's own intents: a table of labelled utterances in, a model for `zg_nlu::Model` out.
//!
//! [`train`] takes the bytes of a TSV and gives [`Trained`]: the ONNX file (at most [`MODEL_BYTES`]), its manifest,
//! and a [`Report`] on the table. Pure: it reads no file and no clock, runs on one thread, and gives the same bytes
//! for the same input on every machine. Any language: features are words, runs of characters in words,
//! and single Chinese characters with their neighbours.
//!
//! The model is a bag of hashed n-grams with one hidden layer, taught by several larger ones and a support vector machine
//! (see `recipe`); `net` says why the learner is plain code.
//!
//! ```
//! let mut table = String::from("text\tintent\n");
//! for (text, intent) in [("怎么退货", "return"), ("我要退货", "return"), ("能退货吗", "return"), ("可以退吗", "return"),
//!                        ("几天发货", "shipping"), ("什么时候发货", "shipping"), ("今天发货吗", "shipping"), ("发货了吗", "shipping")] {
//!     table.push_str(&format!("{text}\t{intent}\n"));
//! }
//! let trained = zg_train::train(table.as_bytes(), &zg_train::Config::default(), &mut |_| {})?;
//! let model = zg_nlu::Model::load(&trained.model).expect("what was trained loads");
//! let reading = zg_text::read("请问怎么退货").text;
//! let utterance = zg_domain::Utterance { reading: &reading, language: zg_domain::Language::Chinese, previous: None };
//! assert_eq!(model.understand(&utterance).intents[0].label.0, "return");
//! # Ok::<(), zg_train::TrainError>(())
//! ```

mod augment;
mod bags;
mod calibrate;
mod export;
mod matrix;
mod net;
mod recipe;
mod report;
mod rng;
mod svm;
mod table;

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

pub use report::{Confusion, Example, IntentFigures, Report};
pub use table::{MAX_BYTES, MAX_INTENTS, MAX_PRODUCT, MAX_UTTERANCES, Warning};

/// The most bytes of a model's file.
pub const MODEL_BYTES: usize = 600_000;
/// What graph and properties take besides weights and names.
const OVERHEAD: usize = 4_000;
/// Labels for "none of these intents".
const OUTSIDE: [&str; 3] = ["oos", "out_of_scope", "chitchat_other"];

/// What may be chosen; the rest follows from the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The written language (`zh`, `en`) whose utterances the model takes; `any` takes all.
    pub lang: String,
    /// Another seed, another model of about the same worth.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { lang: zg_nlu::ANY_LANGUAGE.to_owned(), seed: 1 }
    }
}

/// A model, ready to be written down.
#[derive(Debug, Clone)]
pub struct Trained {
    /// `nlu.onnx`.
    pub model: Vec<u8>,
    /// `manifest.toml`: hash, labels, temperature, thresholds, figures.
    pub manifest: String,
    pub report: Report,
    /// Lines that were left out, or are odd, in the order of the lines.
    pub warnings: Vec<Warning>,
}

/// Why nothing was trained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The first line does not name the columns. Write `text`, a tab, `intent`.
    #[error("line 1 must name the columns text and intent, separated by a tab: {0}")]
    Header(&'static str),
    /// What is left of the table has no two intents with two texts each. Add utterances; see the warnings.
    #[error("{intents} intents with two texts or more are too few to learn from; add utterances, at least two intents")]
    TooFew { intents: usize },
    /// A table that would take too much memory or time. Take a sample, or merge intents.
    #[error("{found} {what} are too many, {most} are the most; take a sample or merge intents")]
    TooLarge { what: &'static str, found: usize, most: usize },
    /// The trained model does not run: a fault of ours. Report it with the table's size.
    #[error("the trained model does not run: {0}; this is a fault of zhanggui, please report it")]
    Unusable(String),
}

/// Trains a model on a table with the columns `text` and `intent` (or `label`).
///
/// `progress` is told what begins. 10,000 utterances take about half a minute on one core.
///
/// # Errors
/// [`TrainError`]; lines that cannot be used are left out with a warning instead, which the error comes without:
/// `warnings` of [`check`] has them.
pub fn train(table: &[u8], config: &Config, progress: &mut dyn FnMut(&str)) -> Result<Trained, TrainError> {
    let mut warnings = Vec::new();
    let corpus = table::read(table, &mut warnings)?;
    let outside = corpus.labels.iter().position(|label| OUTSIDE.contains(&label.as_str()));
    let names = corpus.labels.join(",");
    let room = MODEL_BYTES - OVERHEAD - names.len();
    let plan = recipe::Plan::new(corpus.texts.len(), corpus.labels.len(), room, config.seed);
    // As the models will see what shoppers type.
    let read = corpus.texts.iter().map(|text| zg_text::read(text).text).collect();
    let read = table::Corpus { texts: read, ..corpus.clone() };
    let outcome = recipe::run(&read, &plan, outside, progress);
    let quick = plan.students < plan.folds;
    let mut report = report::report(&corpus, &outcome, plan.folds, quick, 0);

    let mut properties = vec![
        ("zg.version", "2".to_owned()),
        ("zg.lang", config.lang.clone()),
        ("zg.rows", plan.buckets.to_string()),
        ("zg.data", "own".to_owned()),
        ("zg.intent.labels", names),
        ("zg.intent.temperature", format!("{:.4}", report.temperature)),
        ("zg.intent.scope_temperature", format!("{:.4}", outcome.scope_temperature)),
        ("zg.intent.scope_exponent", format!("{:.4}", outcome.scope_exponent)),
    ];
    if let Some(outside) = outside {
        properties.push(("zg.intent.outside", corpus.labels[outside].clone()));
    }
    properties.push(("zg.intent.accept", format!("{:.4}", report.accept)));
    // The last one, by which a reader knows that the file is whole.
    properties.push(("zg.intent.reject", format!("{:.4}", report.reject)));
    let model = export::bytes(&outcome.student, &properties);
    zg_nlu::Model::load(&model).map_err(|error| TrainError::Unusable(error.to_string()))?;
    report.bytes = model.len();
    let manifest = manifest(&model, config, &corpus.labels, &plan, &report);
    Ok(Trained { model, manifest, report, warnings })
}

/// The lines of a table that [`train`] would leave out, for a table that it refuses.
#[must_use]
pub fn check(table: &[u8]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let _ = table::read(table, &mut warnings);
    warnings
}

fn manifest(model: &[u8], config: &Config, labels: &[String], plan: &recipe::Plan, report: &Report) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let labels: Vec<String> = labels.iter().map(|label| quoted(label)).collect();
    let mut manifest = String::from("# Written by zhanggui train; the model carries the same facts in its metadata.\n");
    // A String takes whatever is written to it.
    let _ = write!(
        manifest,
        "version = \"1\"\nlang = {}\ndata = \"own\"\nfile = \"nlu.onnx\"\nbytes = {}\nsha256 = \"{}\"\n\
         rows = {}\nseed = {}\nutterances = {}\n\n\
         [intent]\nlabels = [{}]\ntemperature = {:.4}\naccept = {:.4}\nreject = {:.4}\n\n\
         [cross_validation]\nfolds = {}\nquick = {}\naccuracy = {:.4}\nece = {:.4}\n",
        quoted(&config.lang),
        model.len(),
        hex::encode(Sha256::digest(model)),
        plan.buckets,
        config.seed,
        report.n,
        labels.join(", "),
        report.temperature,
        report.accept,
        report.reject,
        report.folds,
        report.quick,
        report.accuracy,
        report.ece,
    );
    manifest
}
