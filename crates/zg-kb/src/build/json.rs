//! JSON and JSON lines: entries, turns of conversations, products, or data of schema.org.

use serde_json::{Map, Value};

use super::transcript::{self, Turn};
use super::{Entry, Severity, Sources, product, schema};

/// Parsed, a document takes up to thirty times its size; lines are parsed one by one and need no such limit.
const MAX_BYTES: usize = 32 << 20;
const MAX_LINE: usize = 4 << 20;

/// Reads a document; gives what it held.
pub(super) fn read(file: &str, text: &str, sources: &mut Sources) -> &'static str {
    if text.len() > MAX_BYTES {
        let message = format!("{} bytes; {MAX_BYTES} is the most for .json, write JSON lines instead", text.len());
        sources.find(file, 0, "json", Severity::Error, message);
        return "json";
    }
    let value = match serde_json::from_str::<Value>(text) {
        Ok(value) => value,
        Err(error) => {
            sources.find(file, error.line() as u64, "json", Severity::Error, error.to_string());
            return "json";
        }
    };
    let list = |name: &str| value.get(name).and_then(Value::as_array);
    if let Some(values) = value.as_array() {
        if values.iter().any(schema::is_schema) {
            schema::read(file, &value, &mut schema::Lines::new(text, 1), sources);
            return "schema-json";
        }
        let lines = lines_of_items(text, None);
        if values.iter().any(|value| turn(value, 0).is_some() || conversation(value, 0).is_some()) {
            let one = values.iter().any(|value| turn(value, 0).is_some());
            let with_lines = values.iter().zip(lines);
            let conversations = if one {
                vec![with_lines.filter_map(|(value, line)| turn(value, line)).collect()]
            } else {
                with_lines.filter_map(|(value, line)| conversation(value, line)).collect()
            };
            transcript::mine(file, &conversations, sources);
            return "transcript";
        }
        for (value, line) in values.iter().zip(lines) {
            entry(file, line, value, sources);
        }
        return "json";
    }
    if let Some(values) = list("entries") {
        for (value, line) in values.iter().zip(lines_of_items(text, Some("entries"))) {
            entry(file, line, value, sources);
        }
        return "json";
    }
    if let Some(values) = list("products") {
        product::read_json(file, values, &lines_of_items(text, Some("products")), sources);
        return "shopify-json";
    }
    if schema::is_schema(&value) {
        schema::read(file, &value, &mut schema::Lines::new(text, 1), sources);
        return "schema-json";
    }
    if let Some(conversation) = conversation(&value, 1) {
        transcript::mine(file, &[conversation], sources);
        return "transcript";
    }
    if value.get("question").is_some() {
        entry(file, 1, &value, sources);
        return "json";
    }
    let message = "neither entries nor products, turns or data of schema.org";
    sources.find(file, 1, "json", Severity::Error, message);
    "json"
}

/// Reads JSON lines: entries, turns, or whole conversations; an empty line ends a conversation of turns.
pub(super) fn read_lines(file: &str, text: &str, sources: &mut Sources) -> &'static str {
    let mut conversations: Vec<Vec<Turn>> = vec![Vec::new()];
    let before = sources.entries.len();
    for (at, line) in text.lines().enumerate() {
        let number = at as u64 + 1;
        if line.trim().is_empty() {
            conversations.push(Vec::new());
            continue;
        }
        if line.len() > MAX_LINE {
            let message = format!("a line of {} bytes; {MAX_LINE} is the most", line.len());
            sources.find(file, number, "json", Severity::Error, message);
            continue;
        }
        match serde_json::from_str::<Value>(line) {
            Ok(value) => {
                if let Some(turn) = turn(&value, number) {
                    if let Some(last) = conversations.last_mut() {
                        last.push(turn);
                    }
                } else if let Some(conversation) = conversation(&value, number) {
                    conversations.push(conversation);
                    conversations.push(Vec::new());
                } else {
                    entry(file, number, &value, sources);
                }
            }
            Err(error) => sources.find(file, number, "json", Severity::Error, error.to_string()),
        }
    }
    conversations.retain(|turns| !turns.is_empty());
    if conversations.is_empty() {
        return "jsonl";
    }
    transcript::mine(file, &conversations, sources);
    if sources.entries.len() > before { "jsonl" } else { "transcript" }
}

fn entry(file: &str, line: u64, value: &Value, sources: &mut Sources) {
    let Some(fields) = value.as_object() else {
        sources.find(file, line, "json", Severity::Error, "an object with question and answer is expected");
        return;
    };
    let mut entry = Entry { file: file.to_owned(), line, ..Entry::default() };
    for needed in ["question", "answer"] {
        if !fields.get(needed).is_some_and(Value::is_string) {
            sources.find(file, line, "json", Severity::Error, format!("missing field {needed}, a text"));
            return;
        }
    }
    for (name, value) in fields {
        match value {
            Value::Null => {}
            Value::String(text) => sources.set(&mut entry, line, name, text),
            // Ids are often numbers elsewhere.
            Value::Number(number) => sources.set(&mut entry, line, name, &number.to_string()),
            Value::Array(ways) if name == "variants" => {
                let ways = ways.iter().filter_map(Value::as_str).map(str::trim).filter(|way| !way.is_empty());
                entry.variants = ways.map(str::to_owned).collect();
            }
            Value::Array(groups) if name == "audience" && groups.iter().all(Value::is_string) => {
                let groups: Vec<&str> = groups.iter().filter_map(Value::as_str).collect();
                sources.set(&mut entry, line, name, &groups.join("|"));
            }
            _ if known(name) => {
                sources.find(file, line, "json", Severity::Error, format!("the field {name} is no text"));
            }
            _ => sources.set(&mut entry, line, name, ""),
        }
    }
    sources.push(entry);
}

fn known(name: &str) -> bool {
    super::fields::canonical(name) == Some(name)
}

/// `{"role","text"}`, as its author's tool may call them.
fn turn(value: &Value, line: u64) -> Option<Turn> {
    let node: &Map<String, Value> = value.as_object()?;
    let text = |names: &[&str]| names.iter().find_map(|name| node.get(*name)).and_then(Value::as_str);
    let speaker = transcript::speaker(text(&["role", "author", "from", "speaker"])?)?;
    Some(Turn { speaker, text: text(&["text", "content", "message"])?.to_owned(), line })
}

/// An array of turns, or an object that holds one.
fn conversation(value: &Value, line: u64) -> Option<Vec<Turn>> {
    let turns = match value {
        Value::Array(turns) => turns,
        other => ["turns", "messages", "conversation"].iter().find_map(|name| other.get(*name))?.as_array()?,
    };
    let turns: Vec<Turn> = turns.iter().filter_map(|value| turn(value, line)).collect();
    (!turns.is_empty()).then_some(turns)
}

/// The lines on which the items of the outermost array begin, or of the array under a name of the outermost object.
///
/// The text is known to be JSON, so that brackets outside of strings are enough to go by.
fn lines_of_items(text: &str, name: Option<&str>) -> Vec<u64> {
    let wanted_depth = if name.is_some() { 2 } else { 1 };
    let quoted = name.map(|name| format!("\"{name}\""));
    let (mut lines, mut depth, mut line) = (Vec::new(), 0_usize, 1_u64);
    let (mut is_within, mut expects_item) = (name.is_none(), false);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b'\n' {
            line += 1;
        }
        let is_closing = matches!(byte, b']' | b'}');
        if expects_item && depth == wanted_depth && is_within && !byte.is_ascii_whitespace() && !is_closing {
            lines.push(line);
            expects_item = false;
        }
        match byte {
            b'"' => {
                let start = at;
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    // A string of JSON holds no line feed.
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                if depth == 1
                    && let Some(quoted) = &quoted
                {
                    let is_key = text.get(at + 1..).is_some_and(|rest| rest.trim_start().starts_with(':'));
                    if is_key {
                        is_within = text.get(start..=at) == Some(quoted);
                    }
                }
            }
            b'[' | b'{' => {
                depth += 1;
                expects_item |= depth == wanted_depth && is_within;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => expects_item |= depth == wanted_depth && is_within,
            _ => {}
        }
        at += 1;
    }
    lines
}
