//! Data in the vocabulary of schema.org: questions with their answers, and products.

use serde_json::{Map, Value};

use super::{Entry, Sources, html, product};

/// Nothing meant to be read nests deeper; the parser itself stops at 128.
const MAX_DEPTH: usize = 100;
/// Properties under which a product speaks of others.
const OF_OTHERS: [&str; 6] =
    ["isRelatedTo", "isSimilarTo", "isAccessoryOrSparePartFor", "isConsumableFor", "review", "isVariantOf"];

/// Where in its text a node of the data stands, found by its name.
pub(super) struct Lines<'t> {
    text: &'t str,
    from: usize,
    line: u64,
    /// Names may be written in another way than they are searched; then it is not tried for ever.
    n_tries: u32,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str, line: u64) -> Self {
        Self { text, from: 0, line, n_tries: 32 }
    }

    /// For data whose place is known as a whole.
    pub fn fixed(line: u64) -> Self {
        Self::new("", line)
    }

    fn of(&mut self, name: &str) -> u64 {
        if self.n_tries == 0 || self.text.is_empty() {
            return self.line;
        }
        let written = Value::from(name).to_string();
        match self.text[self.from..].find(&written) {
            Some(at) => {
                self.line += self.text[self.from..self.from + at].matches('\n').count() as u64;
                self.from += at;
            }
            None => self.n_tries -= 1,
        }
        self.line
    }
}

/// Takes every question and every product out of a value.
pub(super) fn read(file: &str, value: &Value, lines: &mut Lines<'_>, sources: &mut Sources) {
    walk(file, value, 0, lines, sources);
}

/// Whether a value says that it is of this vocabulary.
pub(super) fn is_schema(value: &Value) -> bool {
    ["@context", "@graph", "@type"].iter().any(|key| value.get(key).is_some())
}

fn walk(file: &str, value: &Value, depth: usize, lines: &mut Lines<'_>, sources: &mut Sources) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| walk(file, value, depth + 1, lines, sources)),
        Value::Object(node) => {
            if is_of(node, &["Question"]) && question(file, node, lines, sources) {
                return;
            }
            if is_of(node, &["Product", "ProductGroup", "IndividualProduct", "ProductModel"]) {
                let line = node.get("name").and_then(Value::as_str).map_or(lines.line, |name| lines.of(name));
                if let Some(product) = product::from_schema(file, line, node) {
                    sources.add_product(product);
                    return;
                }
            }
            for (name, value) in node {
                if !OF_OTHERS.contains(&name.as_str()) {
                    walk(file, value, depth + 1, lines, sources);
                }
            }
        }
        _ => {}
    }
}

/// Whether a node is of one of these types, however the type is written.
pub(super) fn is_of(node: &Map<String, Value>, types: &[&str]) -> bool {
    let is_one = |name: &str| types.contains(&name.rsplit(['/', ':', '#']).next().unwrap_or_default());
    match node.get("@type") {
        Some(Value::String(name)) => is_one(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(is_one),
        _ => false,
    }
}

fn question(file: &str, node: &Map<String, Value>, lines: &mut Lines<'_>, sources: &mut Sources) -> bool {
    let Some(name) = node.get("name").or_else(|| node.get("text")).and_then(first_text) else { return false };
    let answer = ["acceptedAnswer", "suggestedAnswer"].iter().find_map(|key| node.get(*key)).and_then(first);
    let Some(answer) = answer else { return false };
    let answer = match answer {
        Value::Object(answer) => answer.get("text").or_else(|| answer.get("articleBody")).and_then(markdown),
        other => markdown(other),
    };
    let line = lines.of(&name);
    sources.push(Entry {
        question: html::words(&name),
        answer: answer.unwrap_or_default(),
        file: file.to_owned(),
        line,
        ..Entry::default()
    });
    true
}

fn first(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(values) => values.first(),
        other => Some(other),
    }
}

/// A property's text: the first where there are several, the name of a thing.
pub(super) fn first_text(value: &Value) -> Option<String> {
    match first(value)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(thing) => ["@markdown", "name", "@value", "@id", "url"]
            .iter()
            .find_map(|key| thing.get(*key))
            .and_then(Value::as_str)
            .map(|text| text.trim().to_owned()),
        _ => None,
    }
}

fn markdown(value: &Value) -> Option<String> {
    match first(value)? {
        Value::Object(thing) if thing.contains_key("@markdown") => first_text(value),
        other => first_text(other).map(|text| html::text_or_html(&text)),
    }
}
