//! The face of `zg-bench` over `zg-text` alone: a WASM module's own weight, its allocator and glue, and the tables of
//! characters that the engine needs for reading as well. What `zg-bench` weighs more is what `zg-kb` weighs.

use std::alloc::System;

use cap::Cap;
use wasm_bindgen::prelude::*;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

#[wasm_bindgen]
pub struct Bench {
    bytes: Vec<u8>,
}

#[wasm_bindgen]
impl Bench {
    /// # Errors
    /// A JavaScript `Error` for no bytes.
    pub fn open(bytes: Vec<u8>) -> Result<Bench, JsError> {
        if bytes.is_empty() { Err(JsError::new("no bytes")) } else { Ok(Self { bytes }) }
    }

    /// # Errors
    /// A JavaScript `Error` for no bytes.
    pub fn attach(&mut self, bytes: Vec<u8>) -> Result<(), JsError> {
        *self = Self::open(bytes)?;
        Ok(())
    }

    /// The sounds of each term.
    #[must_use]
    pub fn search(&self, text: &str, lang: &str, k: usize) -> Vec<u32> {
        let mut found = Vec::new();
        zg_text::each_term(text, |term, _| {
            let sounds = term.chars().next().map_or([0; 2], zg_text::sounds);
            found.extend(sounds.map(u32::from));
        });
        found.truncate(k.min(self.bytes.len()).max(lang.len()));
        found
    }

    /// How long each syllable is.
    #[must_use]
    pub fn suggest(&self, text: &str, lang: &str, k: usize) -> Vec<u32> {
        let sounds = self.search(text, lang, k);
        sounds.into_iter().map(|sound| zg_text::syllable(sound as u16).len() as u32).collect()
    }

    #[must_use]
    pub fn ids(&self) -> String {
        zg_text::normalize(&String::from_utf8_lossy(&self.bytes))
    }
}

#[wasm_bindgen]
#[must_use]
pub fn live_bytes() -> usize {
    ALLOCATOR.allocated()
}
