//! Text the shop shows in its two languages, and text people send it.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    #[serde(rename = "zh-CN")]
    pub zh: String,
    pub en: String,
}

pub fn text(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text { zh: zh.into(), en: en.into() }
}

/// Free text from outside: trimmed, one line, at most `max` characters, no control characters.
pub fn line(value: &str, max: usize) -> Option<String> {
    let value = value.trim();
    let fits = !value.is_empty() && value.chars().count() <= max && !value.chars().any(char::is_control);
    fits.then(|| value.to_owned())
}
