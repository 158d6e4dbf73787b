//! Lists alone in WASM: what an index weighs on its way to a browser, how long it takes to load, and to ask.
//!
//! `tests/recommend/measure.mjs` drives it, and compares every list with the native one.

use wasm_bindgen::prelude::*;
use zg_recommend::{Exclude, Hit, Index, Request, Rules, Workspace, recommend};

/// An index and room to ask it in.
#[wasm_bindgen]
pub struct Lists {
    index: Index,
    workspace: Workspace,
    hits: Vec<Hit>,
}

#[wasm_bindgen]
impl Lists {
    /// Reads what `zhanggui recommend build` wrote.
    ///
    /// # Errors
    /// A JavaScript `Error` that says what to do, for any other bytes.
    pub fn open(bytes: &[u8]) -> Result<Lists, JsError> {
        Ok(Self { index: Index::load(bytes)?, workspace: Workspace::default(), hits: Vec::new() })
    }

    /// How many items there are.
    #[must_use]
    pub fn items(&self) -> usize {
        self.index.n_items()
    }

    /// Bytes that the index takes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.index.bytes()
    }

    /// The number of an item, and one that no item has for a name that there is not.
    #[must_use]
    pub fn find(&self, name: &str) -> u32 {
        self.index.names().find(name).unwrap_or(u32::MAX)
    }

    /// The name of an item.
    #[must_use]
    pub fn name(&self, item: u32) -> String {
        self.index.names().get(item).to_owned()
    }

    /// Numbers of 20 items that the session has not seen.
    pub fn list(&mut self, session: &[u32]) -> Vec<u32> {
        let rules = Rules::of_house();
        let request = Request { session, k: 20, exclude: Exclude::Seen, rules: &rules };
        recommend(&self.index, &request, &mut self.workspace, &mut self.hits);
        self.hits.iter().map(|hit| hit.item).collect()
    }

    /// The scores of the last list.
    #[must_use]
    pub fn scores(&self) -> Vec<f32> {
        self.hits.iter().map(|hit| hit.score).collect()
    }
}
