//! Understanding: intent, sentiment, emotion and entities of an utterance, on the device.
//!
//! [`Model`] is one ONNX file (`models/<lang>/nlu.onnx`): hashed n-grams in, calibrated labels out, run by tract.
//! [`Nlu`] holds one model per language and picks by the language of the utterance; a shop's own intents go before.
//! [`entities`] finds order numbers, amounts, dates and the like without a model.
//! This is the only crate that names tract. Its feature `write` gives the types by which ONNX files are written.
//!
//! ```
//! let found = zg_nlu::entities("订单HM20261118001的199元能退吗");
//! assert_eq!(found[0].value, "HM20261118001");
//! assert_eq!(&"订单HM20261118001的199元能退吗"[found[1].start..found[1].end], "199元");
//! ```

mod entity;
mod features;
mod graph;
mod model;
#[cfg(feature = "write")]
pub mod onnx;
mod shape;
mod speller;

#[cfg(feature = "gazetteer")]
pub use entity::{Gazetteer, GazetteerError, NameKind, entities_with};
pub use entity::{entities, normalized, redact};
pub use features::{Features, MAX_FEATURES, features};
pub use model::{ANY_LANGUAGE, LoadError, Logits, Model};

use zg_domain::{Language, Understanding, Utterance};

/// The models that are there: one per written language, and before them a shop's own for its intents.
#[derive(Default)]
pub struct Nlu {
    models: Vec<Model>,
    /// Intents alone, by `zhanggui train`.
    own: Vec<Model>,
}

impl Nlu {
    /// Adds a model, in the place of one of its kind for the same language.
    pub fn add(&mut self, model: Model) {
        let models = if model.has_tone() { &mut self.models } else { &mut self.own };
        models.retain(|other| other.lang() != model.lang());
        models.push(model);
    }

    /// The languages there is a model for; [`ANY_LANGUAGE`] for a shop's own that does not look at it.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        let own = self.own.iter().map(Model::lang);
        let others = self.models.iter().map(Model::lang);
        others.chain(own.filter(|lang| self.models.iter().all(|model| model.lang() != *lang)))
    }

    /// What the models make of the utterance: intents from the shop's own model where one takes its language,
    /// sentiment and emotion from the model of the language, neutral where there is none.
    /// `None` where no model takes the language. An utterance of no telling language goes to the first model.
    #[must_use]
    pub fn understand(&self, utterance: &Utterance<'_>) -> Option<Understanding> {
        let language = utterance.language;
        let model = match language {
            Language::Undetermined => self.models.first(),
            told => self.models.iter().find(|model| Some(model.lang()) == told.written()),
        };
        let own = match language {
            Language::Undetermined => self.own.first(),
            told => {
                let named = self.own.iter().find(|model| Some(model.lang()) == told.written());
                named.or_else(|| self.own.iter().find(|model| model.lang() == ANY_LANGUAGE))
            }
        };
        let Some(own) = own else { return Some(model?.understand(utterance)) };
        let mut understood = own.understand(utterance);
        if let Some(model) = model {
            let tone = model.tone(utterance);
            (understood.sentiment, understood.sentiment_scores) = tone.sentiment;
            (understood.emotion, understood.emotion_scores) = tone.emotion;
        }
        Some(understood)
    }
}
