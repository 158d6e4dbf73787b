//! Normalisation by the browser, for `zg_text::normalize_by`. Every WASM module that reads text includes this file: they share
//! nothing else, and each sets it for itself.

use js_sys::{JsString, RegExp};

/// NFKC, by `String.prototype.normalize`.
fn nfkc(text: &str) -> String {
    JsString::from(text).normalize("NFKC").into()
}

/// Whether the compatibility decomposition of a character begins with a mark, or with what composes a Hangul syllable.
fn begins_with_mark(character: char) -> bool {
    thread_local! {
        static MARK: RegExp = RegExp::new(r"^[\p{M}\u1160-\u11ff]", "u");
    }
    let parts: String = JsString::from(character.to_string()).normalize("NFKD").into();
    MARK.with(|mark| mark.test(&parts))
}

/// Has the browser normalise what this module reads.
pub fn normalize_by_browser() {
    zg_text::normalize_by(zg_text::Host { nfkc, begins_with_mark });
}
