//! Understanding: intent, sentiment, emotion and entities of an utterance, on the device.
//!
//! [`Model`] is one ONNX file (`models/<lang>/nlu.onnx`): hashed n-grams in, calibrated labels out, run by tract.
//! [`Nlu`] holds one model per language and picks by the language of the utterance.
//! [`entities`] finds order numbers, amounts, dates and the like without a model.
//! This is the only crate that names tract.
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

pub use entity::entities;
pub use features::{Features, MAX_FEATURES, features};
pub use model::{LoadError, Logits, Model};

use zg_domain::{Language, Understanding};

/// The models that are there, one per written language.
#[derive(Default)]
pub struct Nlu {
    models: Vec<Model>,
}

impl Nlu {
    /// Adds a model, in the place of one for the same language.
    pub fn add(&mut self, model: Model) {
        self.models.retain(|other| other.lang() != model.lang());
        self.models.push(model);
    }

    /// The languages there is a model for.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(Model::lang)
    }

    /// What the model of the utterance's language makes of it; `None` where there is no such model.
    /// An utterance of no telling language goes to the first model.
    #[must_use]
    pub fn understand(&self, text: &str) -> Option<Understanding> {
        let (language, _) = zg_text::identify(text);
        let model = match language {
            Language::Undetermined => self.models.first(),
            told => self.models.iter().find(|model| Some(model.lang()) == told.written()),
        }?;
        Some(model.understand(text))
    }
}
