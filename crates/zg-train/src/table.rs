//! The table of utterances: tab-separated, a header row, neither quotes nor escapes.

use std::collections::HashMap;
use std::fmt;

use crate::TrainError;

/// The largest table in bytes.
pub const MAX_BYTES: usize = 64 << 20;
/// The most utterances.
pub const MAX_UTTERANCES: usize = 100_000;
/// The most intents.
pub const MAX_INTENTS: usize = 500;
/// Utterances times intents: memory and time grow with the product.
pub const MAX_PRODUCT: usize = 10_000_000;
/// The longest name of an intent, in bytes.
const MAX_LABEL: usize = 64;
/// With one text there is nothing to hold out.
const MIN_TEXTS: usize = 2;
/// An utterance of a shopper is shorter; the models look at the first 400 words or Chinese characters.
const LONG: usize = 2_000;

/// A line that was left out, or is odd, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Counted from 1, the header being line 1.
    pub line: usize,
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "line {}: {}", self.line, self.message)
    }
}

/// Utterances with their labels, ready for training.
#[derive(Clone)]
pub(crate) struct Corpus {
    pub(crate) texts: Vec<String>,
    /// Index into `labels`.
    pub(crate) intents: Vec<usize>,
    pub(crate) lines: Vec<usize>,
    /// Sorted, so that the order of the lines does not matter to the order of the outputs.
    pub(crate) labels: Vec<String>,
}

pub(crate) fn read(bytes: &[u8], warnings: &mut Vec<Warning>) -> Result<Corpus, TrainError> {
    if bytes.len() > MAX_BYTES {
        return Err(TrainError::TooLarge { what: "bytes", found: bytes.len(), most: MAX_BYTES });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).zip(1..);
    let header = lines.next().map_or(&b""[..], |(line, _)| line);
    let header = std::str::from_utf8(header).map_err(|_| TrainError::Header("it is not UTF-8"))?;
    let names: Vec<&str> = header.split('\t').map(str::trim).collect();
    let column = |wanted: &str| names.iter().position(|name| *name == wanted);
    let text = column("text").ok_or(TrainError::Header("it has no column `text`"))?;
    let intent = column("intent").or_else(|| column("label")).ok_or(TrainError::Header("it has no column `intent`"))?;

    let mut rows: Vec<(String, String, usize)> = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (bytes, line) in lines {
        if bytes.is_empty() {
            continue;
        }
        let mut warn = |message: String| warnings.push(Warning { line, message });
        let Ok(cells) = std::str::from_utf8(bytes) else {
            warn("not UTF-8; left out".to_owned());
            continue;
        };
        let cells: Vec<&str> = cells.split('\t').collect();
        let (Some(said), Some(label)) = (cells.get(text), cells.get(intent)) else {
            warn(format!("{} columns, but the header row has {}; left out", cells.len(), names.len()));
            continue;
        };
        let (said, label) = (said.trim(), label.trim());
        let key = zg_text::normalize(said);
        if key.is_empty() {
            warn("the text is empty; left out".to_owned());
        } else if label.is_empty() {
            warn("the intent is empty; left out".to_owned());
        } else if label.len() > MAX_LABEL || label.contains(',') || label.chars().any(char::is_control) {
            warn(format!("an intent's name has at most {MAX_LABEL} bytes and no comma; left out"));
        } else if let Some(before) = seen.get(&key) {
            let (_, other, first): &(String, String, usize) = &rows[*before];
            if other != label {
                warn(format!("the text of line {first}, which is {other:?} there and {label:?} here; left out here"));
            }
        } else {
            if said.len() > LONG {
                warn(format!("{} bytes are long for an utterance; only its beginning counts", said.len()));
            }
            if rows.len() == MAX_UTTERANCES {
                return Err(TrainError::TooLarge { what: "utterances", found: rows.len() + 1, most: MAX_UTTERANCES });
            }
            seen.insert(key, rows.len());
            rows.push((said.to_owned(), label.to_owned(), line));
        }
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (_, label, _) in &rows {
        *counts.entry(label).or_default() += 1;
    }
    let mut labels: Vec<String> =
        counts.iter().filter(|(_, count)| **count >= MIN_TEXTS).map(|(label, _)| (*label).to_owned()).collect();
    labels.sort_unstable();
    let lonely = rows.iter().filter(|(_, label, _)| counts[label.as_str()] < MIN_TEXTS);
    warnings.extend(lonely.map(|(_, label, line)| Warning {
        line: *line,
        message: format!("the intent {label:?} has one text, and {MIN_TEXTS} are the fewest; left out"),
    }));
    warnings.sort_by_key(|warning| warning.line);
    if labels.len() < 2 {
        return Err(TrainError::TooFew { intents: labels.len() });
    }
    if labels.len() > MAX_INTENTS {
        return Err(TrainError::TooLarge { what: "intents", found: labels.len(), most: MAX_INTENTS });
    }
    let mut corpus = Corpus { texts: Vec::new(), intents: Vec::new(), lines: Vec::new(), labels };
    for (text, label, line) in rows {
        let Ok(intent) = corpus.labels.binary_search(&label) else { continue };
        corpus.texts.push(text);
        corpus.intents.push(intent);
        corpus.lines.push(line);
    }
    let product = corpus.texts.len() * corpus.labels.len();
    if product > MAX_PRODUCT {
        return Err(TrainError::TooLarge { what: "utterances times intents", found: product, most: MAX_PRODUCT });
    }
    Ok(corpus)
}
