//! A WASM module's own weight: its allocator and the glue of a string that comes and one that goes.

use std::alloc::System;

use cap::Cap;
use wasm_bindgen::prelude::*;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// # Errors
/// A JavaScript `Error` for no text.
#[wasm_bindgen]
pub fn echo(text: &str) -> Result<String, JsError> {
    if text.is_empty() { Err(JsError::new("no text")) } else { Ok(text.to_owned()) }
}

#[wasm_bindgen]
#[must_use]
pub fn live_bytes() -> usize {
    ALLOCATOR.allocated()
}
