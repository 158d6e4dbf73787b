//! The models in the browser: a WASM module of its own, fetched when a first answer is already possible.
//!
//! It shares nothing with the engine but one function from text to [`zg_proto::port::Understood`].

#[path = "../../zg-web/src/unicode.rs"]
mod unicode;

use wasm_bindgen::prelude::*;
use zg_domain::{Act, Intent, Language, Previous, Utterance};
use zg_nlu::{Model, Nlu};
use zg_proto::port::Understood;

/// The models that are loaded.
#[wasm_bindgen]
#[derive(Default)]
pub struct Inference {
    nlu: Nlu,
}

#[wasm_bindgen]
impl Inference {
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        unicode::normalize_by_browser();
        Self::default()
    }

    /// Loads the model of a language, in the place of one that is there.
    ///
    /// # Errors
    /// A JavaScript `Error` that says what to do, for bytes that are no model or one of another language.
    pub fn load(&mut self, lang: &str, bytes: &[u8]) -> Result<(), JsError> {
        let model = Model::load(bytes)?;
        if model.lang() != lang {
            return Err(JsError::new(&format!(
                "the model is for {:?}, not for {lang:?}; fetch it again",
                model.lang()
            )));
        }
        self.nlu.add(model);
        Ok(())
    }

    /// The languages that are loaded.
    #[must_use]
    pub fn languages(&self) -> Vec<String> {
        self.nlu.languages().map(str::to_owned).collect()
    }

    /// What an utterance means, by its reading, its language and, where there was one, the assistant's last act and
    /// the intent of that; `undefined` where no model is loaded for the language.
    #[must_use]
    pub fn understand(&self, reading: &str, language: &str, act: Option<String>, intent: Option<String>) -> JsValue {
        let act = act.and_then(|act| Act::from_name(&act));
        let previous = act.zip(intent).map(|(act, intent)| Previous { act, intent: Intent(intent) });
        let utterance = Utterance { reading, language: Language::from_code(language), previous: previous.as_ref() };
        let understood = self.nlu.understand(&utterance).map(Understood::from);
        understood.and_then(|understood| serde_wasm_bindgen::to_value(&understood).ok()).unwrap_or(JsValue::UNDEFINED)
    }
}
