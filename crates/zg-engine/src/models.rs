//! The models, which live in another WASM module of the same worker.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::JsValue;
use zg_assistant::Understand;
use zg_domain::{Understanding, Utterance};
use zg_proto::port::Understood;

/// Asks the other module, once it is there.
#[derive(Default)]
pub(crate) struct RemoteModels(RefCell<Option<Function>>);

impl RemoteModels {
    pub(crate) fn set(&self, understand: Function) {
        self.0.borrow_mut().replace(understand);
    }
}

impl Understand for RemoteModels {
    fn understand(&self, utterance: &Utterance<'_>) -> Option<Understanding> {
        let understand = self.0.borrow().clone()?;
        // A module that trapped throws from then on: the dialogue goes on by text search.
        let [act, intent] = utterance.previous.map_or([JsValue::UNDEFINED; 2], |previous| {
            [previous.act.name().into(), previous.intent.0.as_str().into()]
        });
        let value = understand
            .call4(&JsValue::NULL, &utterance.reading.into(), &utterance.language.code().into(), &act, &intent)
            .ok()?
            .as_string()?;
        zg_proto::from_json::<Understood>(&value).ok().map(Understanding::from)
    }
}
