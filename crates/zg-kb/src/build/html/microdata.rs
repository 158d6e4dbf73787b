//! Microdata as the JSON-LD that would say the same.

use serde_json::{Map, Value};

use super::markdown;
use super::tree::{NodeIdx, Tree};

/// Items that are no property of another, with the lines they begin at.
pub(super) fn items(tree: &Tree) -> Vec<(Value, u64)> {
    tree.all()
        .filter(|at| is_item(tree, *at) && tree.attribute(*at, "itemprop").is_none())
        .map(|at| (item(tree, at), tree.node(at).line))
        .collect()
}

fn is_item(tree: &Tree, at: NodeIdx) -> bool {
    tree.attribute(at, "itemscope").is_some()
}

fn item(tree: &Tree, at: NodeIdx) -> Value {
    let mut properties = Map::new();
    let kind = tree.attribute(at, "itemtype").unwrap_or_default();
    let kind = kind.split_whitespace().next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    properties.insert("@type".to_owned(), Value::String(kind.to_owned()));
    collect(tree, at, &mut properties);
    Value::Object(properties)
}

fn collect(tree: &Tree, at: NodeIdx, properties: &mut Map<String, Value>) {
    for child in tree.children(at) {
        let names = tree.attribute(child, "itemprop");
        if let Some(names) = names {
            for name in names.split_whitespace() {
                let value = if is_item(tree, child) { item(tree, child) } else { value(tree, child, name) };
                match properties.get_mut(name) {
                    Some(Value::Array(values)) => values.push(value),
                    Some(first) => *first = Value::Array(vec![first.take(), value]),
                    None => {
                        properties.insert(name.to_owned(), value);
                    }
                }
            }
        }
        // An item's properties are its own.
        if !is_item(tree, child) {
            collect(tree, child, properties);
        }
    }
}

fn value(tree: &Tree, at: NodeIdx, name: &str) -> Value {
    let attribute = match &*tree.node(at).name {
        "meta" => "content",
        "a" | "link" | "area" => "href",
        "img" | "audio" | "video" | "source" | "embed" | "iframe" => "src",
        "data" | "meter" => "value",
        "time" => "datetime",
        _ => "content",
    };
    if let Some(value) = tree.attribute(at, attribute) {
        return Value::String(value.trim().to_owned());
    }
    if matches!(name, "text" | "description") {
        // Already Markdown, which the reader of the data must not take for text.
        let markdown = Map::from_iter([("@markdown".to_owned(), Value::String(markdown::markdown(tree, at)))]);
        return Value::Object(markdown);
    }
    Value::String(markdown::words(tree, at))
}
