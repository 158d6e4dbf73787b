//! The dialogue in WASM without models: how long does a turn take?

use wasm_bindgen::prelude::*;
use zg_assistant::{Context, NoModels, Playbooks, step};
use zg_domain::{DialogueState, Timestamp};
use zg_kb::Bundle;
use zg_proto::cli::ChatLine;

/// A conversation over a bundle.
#[wasm_bindgen]
pub struct Talk {
    bundle: Bundle,
    playbooks: Playbooks,
    state: DialogueState,
    next: Option<ChatLine>,
}

#[wasm_bindgen]
impl Talk {
    /// # Errors
    /// A JavaScript `Error` for bytes that are no bundle.
    pub fn open(bytes: Vec<u8>) -> Result<Talk, JsError> {
        let bundle = Bundle::open(bytes)?;
        let playbooks = Playbooks::read(bundle.playbooks())?;
        Ok(Self { bundle, playbooks, state: DialogueState::default(), next: None })
    }

    /// Begins another conversation.
    pub fn again(&mut self) {
        self.state = DialogueState::default();
    }

    /// Reads an event, as `zhanggui chat` reads it; what is timed is the step alone.
    ///
    /// # Errors
    /// A JavaScript `Error` for a line that is none.
    pub fn hear(&mut self, line: &str) -> Result<(), JsError> {
        self.next = Some(zg_proto::from_json(line)?);
        Ok(())
    }

    /// Takes the turn, and gives the number of effects.
    pub fn step(&mut self) -> usize {
        let Some(ChatLine { at, event }) = self.next.take() else { return 0 };
        let context = Context {
            bundle: &self.bundle,
            playbooks: &self.playbooks,
            understand: &NoModels,
            locale: "zh-CN",
            people: true,
            customer: zg_policy::Customer::Unknown,
            actions: true,
            cart: true,
            forms: true,
            products: &[],
        };
        let state = std::mem::take(&mut self.state);
        let (state, effects) = step(&context, state, event.into_dialogue(), Timestamp::from_millis(at));
        self.state = state;
        effects.len()
    }
}
