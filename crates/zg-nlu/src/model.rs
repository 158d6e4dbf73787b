//! One model: an ONNX file that carries its labels, temperatures and thresholds in its own properties.

use std::collections::HashMap;

use tract_onnx::prelude::*;
use zg_domain::{Confidence, Emotion, Intent, Previous, Scored, Sentiment, Understanding, Utterance};

use crate::features::{Features, features, of_normalized};
use crate::graph;
use crate::shape;
use crate::speller::Speller;

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

/// Raw scores, before temperature. A model of intents alone has none for sentiment and emotion.
#[derive(Debug, Clone, PartialEq)]
pub struct Logits {
    pub intent: Vec<f32>,
    pub sentiment: Vec<f32>,
    pub emotion: Vec<f32>,
}

/// Sentiment and emotion of an utterance.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tone {
    pub(crate) sentiment: (Scored<Sentiment>, [Confidence; 3]),
    pub(crate) emotion: (Scored<Emotion>, [Confidence; 5]),
}

impl Tone {
    /// What is said where no model knows better. Zeros, because nothing was measured.
    pub(crate) const UNKNOWN: Self = Self {
        sentiment: (Scored { label: Sentiment::Neutral, confidence: Confidence::ZERO }, [Confidence::ZERO; 3]),
        emotion: (Scored { label: Emotion::Neutral, confidence: Confidence::ZERO }, [Confidence::ZERO; 5]),
    };
}

/// How a model of intents alone tells that none of them fits: `1 - top^exponent`, where `top` is the highest
/// probability of an intent of the shop at a temperature of its own, softer than that of the confidences.
///
/// A softer one ranks better, because it also sees how the other intents compare (CLINC150's development part
/// with 200 utterances out of scope, three seeds: AUROC .962 against .954); the exponent brings the mean back to that of the confidences.
struct Scope {
    temperature: f64,
    exponent: f64,
    /// The label that stands for "none of these", where the shop trained one.
    outside: Option<usize>,
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
    inputs: Vec<InputKind>,
    intent: Head<Intent>,
    scope: Option<Scope>,
    tone: Option<(Head<Sentiment>, Head<Emotion>)>,
    speller: Option<Speller>,
    plan: Arc<TypedRunnableModel>,
}

#[derive(Clone, Copy)]
enum InputKind {
    Ids,
    Scale,
}

const MAX_ROWS: u32 = 1 << 21;
/// The tensor that no node reads: what wrong characters are found by.
const SPELLING: &str = "spelling";
/// What `zg.lang` says of a model for utterances of any language.
pub const ANY_LANGUAGE: &str = "any";

impl Model {
    /// Reads a model and runs it once, so that what cannot be run is refused here and the first answer is not the slow one.
    ///
    /// # Errors
    /// [`LoadError`] for any bytes that `models/train` has not written.
    pub fn load(bytes: &[u8]) -> Result<Self, LoadError> {
        let mut parsed = graph::parse(bytes).map_err(LoadError::Malformed)?;
        let speller = match parsed.take(SPELLING) {
            Some(tensor) => {
                Some(Speller::read(&tensor).ok_or_else(|| LoadError::Malformed("its spelling".to_owned()))?)
            }
            None => None,
        };
        let properties = Properties(&parsed.properties);
        if properties.text("zg.version")? != "2" {
            return Err(LoadError::Property("zg.version"));
        }
        // The exporter writes it last: without it the file was cut.
        properties.text("zg.intent.reject")?;
        let lang = properties.text("zg.lang")?.to_owned();
        let rows = properties.rows("zg.rows")?;
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
        let scope = properties.scope("zg.intent.scope_temperature", "zg.intent.scope_exponent", &intent.labels)?;
        // Trained by a shop: intents alone.
        let tone = if properties.text("zg.sentiment.labels").is_err() && properties.text("zg.emotion.labels").is_err() {
            None
        } else {
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
            Some((sentiment, emotion))
        };
        graph::check_rows(graph, &[("ids", rows)]).map_err(LoadError::Malformed)?;
        shape::check(graph).map_err(LoadError::Malformed)?;
        let initialized: Vec<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
        let inputs = graph
            .input
            .iter()
            .filter(|input| !initialized.contains(&input.name.as_str()))
            .map(|input| match input.name.as_str() {
                "ids" => Ok(InputKind::Ids),
                "scale" => Ok(InputKind::Scale),
                other => Err(LoadError::Malformed(format!("it wants an input {other:?}"))),
            })
            .collect::<Result<_, _>>()?;
        let plan = graph::plan(&parsed.proto).map_err(|error| LoadError::Graph(error.to_string()))?;
        let model = Self { lang, rows, inputs, intent, scope, tone, speller, plan };
        let logits = model.run(&features("你好 hello", None, rows)).map_err(LoadError::Graph)?;
        let mut lengths = vec![(logits.intent.len(), model.intent.labels.len())];
        if let Some((sentiment, emotion)) = &model.tone {
            lengths.push((logits.sentiment.len(), sentiment.labels.len()));
            lengths.push((logits.emotion.len(), emotion.labels.len()));
        }
        if lengths.iter().any(|(found, labels)| found != labels) {
            return Err(LoadError::Graph(format!("outputs and labels differ in number: {lengths:?}")));
        }
        Ok(model)
    }

    /// The written language it was trained for, or [`ANY_LANGUAGE`].
    #[must_use]
    pub fn lang(&self) -> &str {
        &self.lang
    }

    /// Whether it also knows sentiment and emotion; a model that a shop trained knows intents alone.
    #[must_use]
    pub fn has_tone(&self) -> bool {
        self.tone.is_some()
    }

    /// The intents it tells apart, in the order of its logits.
    pub fn intents(&self) -> impl Iterator<Item = &Intent> {
        self.intent.labels.iter()
    }

    /// The features of a text in this model's tables.
    #[must_use]
    pub fn features(&self, text: &str, previous: Option<&Previous>) -> Features {
        features(text, previous, self.rows)
    }

    /// A text with wrong characters set right, normalized: what [`Model::understand`] looks at.
    #[must_use]
    pub fn mended(&self, text: &str) -> String {
        let normalized = zg_text::normalize(text);
        match &self.speller {
            Some(speller) => speller.mend(&normalized).into_owned(),
            None => normalized,
        }
    }

    /// Raw scores of a text as it stands, in the order of the model's labels.
    ///
    /// # Errors
    /// tract's message; [`Model::load`] has run the graph, so this does not happen to a model that loaded.
    pub fn logits(&self, text: &str, previous: Option<&Previous>) -> Result<Logits, String> {
        self.run(&self.features(text, previous))
    }

    /// What the model makes of an utterance; its entities are found without a model, by [`entities`](crate::entities).
    /// Without heads for them, sentiment and emotion are neutral with confidence 0.
    #[must_use]
    pub fn understand(&self, utterance: &Utterance<'_>) -> Understanding {
        let logits = self.answer(utterance);
        let scores = softmax(&logits.intent, self.intent.temperature);
        let mut intents: Vec<_> = self
            .intent
            .labels
            .iter()
            .zip(&scores)
            .map(|(label, score)| Scored { label: label.clone(), confidence: Confidence::saturating(*score) })
            .collect();
        let out_of_scope = match &self.scope {
            Some(scope) => scope.outside(&logits.intent),
            None => intents
                .iter()
                .find(|intent| intent.label.is(Intent::OUT_OF_SCOPE))
                .map_or(Confidence::ZERO, |intent| intent.confidence),
        };
        // Stable, so that equals stay in the order of the labels on every target.
        intents.sort_by_key(|scored| std::cmp::Reverse(scored.confidence));
        intents.truncate(5);
        let Tone { sentiment: (sentiment, sentiment_scores), emotion: (emotion, emotion_scores) } =
            self.tone_of(&logits);
        Understanding {
            intents,
            out_of_scope,
            sentiment,
            sentiment_scores,
            emotion,
            emotion_scores,
            entities: Vec::new(),
        }
    }

    /// Sentiment and emotion alone, for the intents of another model.
    pub(crate) fn tone(&self, utterance: &Utterance<'_>) -> Tone {
        self.tone_of(&self.answer(utterance))
    }

    fn tone_of(&self, logits: &Logits) -> Tone {
        self.tone.as_ref().map_or(Tone::UNKNOWN, |(sentiment, emotion)| Tone {
            sentiment: best(sentiment, &logits.sentiment, Sentiment::ALL),
            emotion: best(emotion, &logits.emotion, Emotion::ALL),
        })
    }

    /// The logits, or indifference where the graph fails.
    fn answer(&self, utterance: &Utterance<'_>) -> Logits {
        let tone =
            self.tone.as_ref().map_or((0, 0), |(sentiment, emotion)| (sentiment.labels.len(), emotion.labels.len()));
        let text = self.mended(utterance.reading);
        let features = of_normalized(&text, utterance.previous, self.rows);
        self.run(&features).unwrap_or_else(|_| Logits {
            intent: vec![0.0; self.intent.labels.len()],
            sentiment: vec![0.0; tone.0],
            emotion: vec![0.0; tone.1],
        })
    }

    fn run(&self, features: &Features) -> Result<Logits, String> {
        // At least one: a graph is not asked to sum over nothing. Row 0 of every table is zeros.
        let row = |ids: &[i32]| {
            let ids = if ids.is_empty() { &[0] } else { ids };
            Tensor::from_shape(&[1, ids.len()], ids)
        };
        let mut inputs = TVec::new();
        for input in &self.inputs {
            let tensor = match input {
                InputKind::Ids => row(&features.ids),
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
        let (sentiment, emotion) = match &self.tone {
            Some((sentiment, emotion)) => (take(sentiment.output)?, take(emotion.output)?),
            None => (Vec::new(), Vec::new()),
        };
        Ok(Logits { intent: take(self.intent.output)?, sentiment, emotion })
    }
}

impl Scope {
    fn outside(&self, logits: &[f32]) -> Confidence {
        let scores = softmax(logits, self.temperature);
        // What goes to the label for "none of these" is missing here, so it counts as out of scope, as doubt does.
        let inside = scores.iter().enumerate().filter(|(at, _)| Some(*at) != self.outside);
        let top = inside.fold(0.0, |top: f64, (_, score)| top.max(*score));
        Confidence::saturating(1.0 - libm::pow(top, self.exponent))
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

    fn scope(
        &self,
        temperature: &'static str,
        exponent: &'static str,
        labels: &[Intent],
    ) -> Result<Option<Scope>, LoadError> {
        if self.text(temperature).is_err() {
            return Ok(None);
        }
        let outside = match self.text("zg.intent.outside") {
            Ok(name) => {
                let at = labels.iter().position(|label| label.is(name));
                Some(at.ok_or(LoadError::Property("zg.intent.outside"))?)
            }
            Err(_) => None,
        };
        Ok(Some(Scope { temperature: self.temperature(temperature)?, exponent: self.temperature(exponent)?, outside }))
    }

    fn labels<T>(&self, name: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, LoadError> {
        self.text(name)?
            .split(',')
            .map(|label| read(label.trim()))
            .collect::<Option<Vec<_>>>()
            .ok_or(LoadError::Property(name))
    }
}
