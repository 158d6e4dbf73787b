//! Applying deltas in the browser: a WASM module of its own, fetched by a device that has knowledge and is offered newer.
//!
//! Apart from the engine, because a first visit never needs it and every first visit would download it.

use wasm_bindgen::prelude::*;

/// The new bundle, from the one at hand and what leads to it. Neither is known to be what it should be:
/// the host compares the hash of what comes out with the one it trusts.
///
/// # Errors
/// What is wrong, for the console.
#[wasm_bindgen]
pub fn apply(old: &[u8], delta: &[u8]) -> Result<Vec<u8>, String> {
    zg_kb::delta::apply_unchecked(old, delta).map_err(|error| error.to_string())
}
