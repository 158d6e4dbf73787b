//! Knowledge alone in WASM: what does it weigh, how long does it take, how much memory does it hold?
//!
//! `cargo xtask bench` builds it as the engine is built and drives it in a browser (`tests/retrieval/measure.mjs`).
//! What `zg-kb` weighs is the difference to `examples/text.rs`, which has the same face and only `zg-text` behind it.

use std::alloc::System;

use cap::Cap;
use wasm_bindgen::prelude::*;
use zg_kb::{Bundle, Embedding, Query, Typed};

/// Counts what is held: the memory of a WASM module never shrinks, so its size tells only of the most there ever was.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// An opened bundle.
#[wasm_bindgen]
pub struct Bench {
    bundle: Bundle,
}

#[wasm_bindgen]
impl Bench {
    /// Opens a bundle and builds its index.
    ///
    /// # Errors
    /// A JavaScript `Error` that says what to do, for bytes that are no bundle.
    pub fn open(bytes: Vec<u8>) -> Result<Bench, JsError> {
        Ok(Self { bundle: Bundle::open(bytes)? })
    }

    /// Attaches what arrives after the bundle: the general embedding of a language.
    ///
    /// # Errors
    /// A JavaScript `Error` for bytes that are none.
    pub fn attach(&mut self, bytes: &[u8]) -> Result<(), JsError> {
        self.bundle.attach(Embedding::read(bytes)?);
        Ok(())
    }

    /// Positions of the best entries, best first.
    #[must_use]
    pub fn search(&self, text: &str, lang: &str, k: usize) -> Vec<u32> {
        let query = Query { text, lang: Some(lang), ..Query::default() };
        self.bundle.search(&query, k).into_iter().map(|hit| hit.entry.0).collect()
    }

    /// Positions of the entries whose questions what is typed may become.
    #[must_use]
    pub fn suggest(&self, text: &str, lang: &str, k: usize) -> Vec<u32> {
        let typed = Typed { text, lang: Some(lang), ..Typed::default() };
        self.bundle.suggest(&typed, k).into_iter().map(|entry| entry.0).collect()
    }

    /// Ids of the entries in order, each with a line feed behind it.
    #[must_use]
    pub fn ids(&self) -> String {
        self.bundle.entries().map(|(_, info)| format!("{}\n", info.id)).collect()
    }
}

/// Bytes that are allocated now.
#[wasm_bindgen]
#[must_use]
pub fn live_bytes() -> usize {
    ALLOCATOR.allocated()
}
