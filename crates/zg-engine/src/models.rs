//! The models, which live in another WASM module of the same worker.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::JsValue;
use zg_assistant::Understand;
use zg_domain::Understanding;
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
    fn understand(&self, text: &str) -> Option<Understanding> {
        let understand = self.0.borrow().clone()?;
        // A module that trapped throws from then on: the dialogue goes on by text search.
        let value = understand.call1(&JsValue::NULL, &text.into()).ok().filter(|value| !value.is_undefined())?;
        serde_wasm_bindgen::from_value::<Understood>(value).ok().map(Understanding::from)
    }
}
