//! One model: an ONNX file that carries its labels, temperatures and thresholds in its own properties.

use std::collections::HashMap;

use tract_onnx::prelude::*;
use zg_domain::{Confidence, Emotion, Intent, Scored, Sentiment, Understanding};

use crate::features::{Features, MAX_FEATURES, features};
use crate::{entities, graph};

/// Why a model could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are cut, damaged or of something else. Fetch them again, or train: `models/train`.
    #[error("this is not a model of ours: {0}; fetch it again")]
    Malformed(String),
    /// A property is missing or makes no sense: made by another version of `models/train`, or cut. Export it again.
    #[error("the model's property {0:?} is missing or malformed; it may be cut: fetch it again")]
    Property(&'static str),
    /// tract refuses the graph. Export it again and compare with `models/train`.
    #[error("the model's graph cannot be run: {0}")]
    Graph(String),
}

/// Raw scores, before temperature.
#[derive(Debug, Clone, PartialEq)]
pub struct Logits {
    pub intent: Vec<f32>,
    pub sentiment: Vec<f32>,
    pub emotion: Vec<f32>,
}

struct Head<T> {
    labels: Vec<T>,
    temperature: f64,
    /// Which output of the graph it is.
    output: usize,
}

/// A model, ready to run.
pub struct Model {
    lang: String,
    rows: u32,
    wide_rows: u32,
    inputs: Vec<InputKind>,
    intent: Head<Intent>,
    sentiment: Head<Sentiment>,
    emotion: Head<Emotion>,
    plan: Arc<TypedRunnableModel>,
}

#[derive(Clone, Copy)]
enum InputKind {
    Ids,
    WideIds,
    Scale,
}

const MAX_ROWS: u32 = 1 << 21;

impl Model {
    /// Reads a model and runs it once, so that what cannot be run is refused here and the first answer is not the slow one.
    ///
    /// # Errors
    /// [`LoadError`] for any bytes that `models/train` has not written.
    pub fn load(bytes: &[u8]) -> Result<Self, LoadError> {
        let parsed = graph::parse(bytes).map_err(LoadError::Malformed)?;
        let properties = Properties(&parsed.properties);
        if properties.text("zg.version")? != "1" {
            return Err(LoadError::Property("zg.version"));
        }
        // The exporter writes it last: without it the file was cut.
        properties.text("zg.intent.reject")?;
        let lang = properties.text("zg.lang")?.to_owned();
        let (rows, wide_rows) = (properties.rows("zg.rows")?, properties.rows("zg.wide_rows")?);
        let graph = parsed.proto.graph.as_ref().ok_or_else(|| LoadError::Malformed("it has no graph".to_owned()))?;
        let output = |name: &'static str| {
            graph
                .output
                .iter()
                .position(|output| output.name == name)
                .ok_or_else(|| LoadError::Malformed(format!("it has no output {name:?}")))
        };
        let intent = Head {
            labels: properties
                .labels("zg.intent.labels", |label| (!label.is_empty()).then(|| Intent(label.to_owned())))?,
            temperature: properties.temperature("zg.intent.temperature")?,
            output: output("intent")?,
        };
        let sentiment = Head {
            labels: properties.labels("zg.sentiment.labels", Sentiment::from_label)?,
            temperature: properties.temperature("zg.sentiment.temperature")?,
            output: output("sentiment")?,
        };
        let emotion = Head {
            labels: properties.labels("zg.emotion.labels", Emotion::from_label)?,
            temperature: properties.temperature("zg.emotion.temperature")?,
            output: output("emotion")?,
        };
        let initialized: Vec<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
        let inputs = graph
            .input
            .iter()
            .filter(|input| !initialized.contains(&input.name.as_str()))
            .map(|input| match input.name.as_str() {
                "ids" => Ok(InputKind::Ids),
                "wide_ids" => Ok(InputKind::WideIds),
                "scale" => Ok(InputKind::Scale),
                other => Err(LoadError::Malformed(format!("it wants an input {other:?}"))),
            })
            .collect::<Result<_, _>>()?;
        let plan = graph::plan(&parsed.proto).map_err(|error| LoadError::Graph(error.to_string()))?;
        let model = Self { lang, rows, wide_rows, inputs, intent, sentiment, emotion, plan };
        let logits = model.run(&features("你好 hello", rows, wide_rows)).map_err(LoadError::Graph)?;
        let lengths = [
            (logits.intent.len(), model.intent.labels.len()),
            (logits.sentiment.len(), model.sentiment.labels.len()),
            (logits.emotion.len(), model.emotion.labels.len()),
        ];
        if lengths.iter().any(|(found, labels)| found != labels) {
            return Err(LoadError::Graph(format!("outputs and labels differ in number: {lengths:?}")));
        }
        Ok(model)
    }

    /// The written language it was trained for.
    #[must_use]
    pub fn lang(&self) -> &str {
        &self.lang
    }

    /// The features of a text in this model's tables.
    #[must_use]
    pub fn features(&self, text: &str) -> Features {
        features(text, self.rows, self.wide_rows)
    }

    /// Raw scores of a text, in the order of the model's labels.
    ///
    /// # Errors
    /// tract's message; [`Model::load`] has run the graph, so this does not happen to a model that loaded.
    pub fn logits(&self, text: &str) -> Result<Logits, String> {
        self.run(&self.features(text))
    }

    /// What the model makes of a text.
    #[must_use]
    pub fn understand(&self, text: &str) -> Understanding {
        let logits = self.logits(text).unwrap_or_else(|_| Logits {
            intent: vec![0.0; self.intent.labels.len()],
            sentiment: vec![0.0; self.sentiment.labels.len()],
            emotion: vec![0.0; self.emotion.labels.len()],
        });
        let scores = softmax(&logits.intent, self.intent.temperature);
        let mut intents: Vec<_> = self
            .intent
            .labels
            .iter()
            .zip(&scores)
            .map(|(label, score)| Scored { label: label.clone(), confidence: Confidence::saturating(*score) })
            .collect();
        let out_of_scope = intents
            .iter()
            .find(|intent| intent.label.is(Intent::OUT_OF_SCOPE))
            .map_or(Confidence::ZERO, |intent| intent.confidence);
        // Stable, so that equals stay in the order of the labels on every target.
        intents.sort_by_key(|scored| std::cmp::Reverse(scored.confidence));
        intents.truncate(5);
        let (sentiment, sentiment_scores) = best(&self.sentiment, &logits.sentiment, Sentiment::ALL);
        let (emotion, emotion_scores) = best(&self.emotion, &logits.emotion, Emotion::ALL);
        Understanding {
            intents,
            out_of_scope,
            sentiment,
            sentiment_scores,
            emotion,
            emotion_scores,
            entities: entities(text),
        }
    }

    fn run(&self, features: &Features) -> Result<Logits, String> {
        let padded = |ids: &[i32]| {
            let mut padded = [0_i32; MAX_FEATURES];
            padded[..ids.len()].copy_from_slice(ids);
            Tensor::from_shape(&[1, MAX_FEATURES], &padded)
        };
        let mut inputs = TVec::new();
        for input in &self.inputs {
            let tensor = match input {
                InputKind::Ids => padded(&features.ids),
                InputKind::WideIds => padded(&features.wide_ids),
                InputKind::Scale => Tensor::from_shape(&[1, 1], &[features.scale()]),
            };
            inputs.push(tensor.map_err(|error| error.to_string())?.into());
        }
        let outputs = self.plan.run(inputs).map_err(|error| error.to_string())?;
        let take = |at: usize| -> Result<Vec<f32>, String> {
            let output = outputs.get(at).ok_or("an output is missing")?;
            let view = output.to_plain_array_view::<f32>().map_err(|error| error.to_string())?;
            Ok(view.iter().copied().collect())
        };
        Ok(Logits {
            intent: take(self.intent.output)?,
            sentiment: take(self.sentiment.output)?,
            emotion: take(self.emotion.output)?,
        })
    }
}

/// The best label, and the confidence of each label in the order of `all`.
fn best<T: Copy + PartialEq, const N: usize>(
    head: &Head<T>,
    logits: &[f32],
    all: [T; N],
) -> (Scored<T>, [Confidence; N]) {
    let scores = softmax(logits, head.temperature);
    let confidences = all.map(|one| {
        let at = head.labels.iter().position(|label| *label == one);
        at.and_then(|at| scores.get(at)).map_or(Confidence::ZERO, |score| Confidence::saturating(*score))
    });
    let mut at = 0;
    for other in 1..N {
        if confidences[other] > confidences[at] {
            at = other;
        }
    }
    (Scored { label: all[at], confidence: confidences[at] }, confidences)
}

/// Softmax of `logits / temperature`, in f64 and by libm so that all targets agree.
fn softmax(logits: &[f32], temperature: f64) -> Vec<f64> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits.iter().map(|logit| libm::exp(f64::from(logit - highest) / temperature)).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

struct Properties<'p>(&'p HashMap<String, String>);

impl Properties<'_> {
    fn text(&self, name: &'static str) -> Result<&str, LoadError> {
        self.0.get(name).map(String::as_str).ok_or(LoadError::Property(name))
    }

    fn rows(&self, name: &'static str) -> Result<u32, LoadError> {
        self.text(name)?.parse().ok().filter(|rows| *rows <= MAX_ROWS).ok_or(LoadError::Property(name))
    }

    fn temperature(&self, name: &'static str) -> Result<f64, LoadError> {
        self.text(name)?.parse().ok().filter(|value| (0.01..100.0).contains(value)).ok_or(LoadError::Property(name))
    }

    fn labels<T>(&self, name: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, LoadError> {
        self.text(name)?
            .split(',')
            .map(|label| read(label.trim()))
            .collect::<Option<Vec<_>>>()
            .ok_or(LoadError::Property(name))
    }
}
