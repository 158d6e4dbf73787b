//! HTML: what a page says of itself as data, folding sections, definitions, and headings that ask.

mod boilerplate;
mod faq;
mod markdown;
mod microdata;
mod tree;

use std::borrow::Cow;

use super::{Severity, Sources, schema};

pub(super) use markdown::plain;

/// A larger page is a dump of something.
const MAX_BYTES: usize = 16 << 20;

pub(super) fn read(file: &str, text: &str, sources: &mut Sources) -> &'static str {
    if text.len() > MAX_BYTES {
        let message = format!("{} bytes; {MAX_BYTES} is the most for a page", text.len());
        sources.find(file, 0, "html", Severity::Error, message);
        return "html";
    }
    let tree = tree::parse(text);
    if tree.cut {
        sources.find(file, 0, "html", Severity::Warning, "the page is too large; only its beginning was read");
    }
    let before = (sources.entries.len(), sources.products.len());
    for at in tree.all().filter(|at| is_linked_data(&tree, *at)) {
        let (script, line) = (tree.raw_text(at), tree.node(at).line);
        match serde_json::from_str::<serde_json::Value>(&script) {
            Ok(value) => schema::read(file, &value, &mut schema::Lines::new(&script, line), sources),
            Err(error) => {
                let line = line + (error.line() as u64).saturating_sub(1);
                sources.find(file, line, "json", Severity::Warning, format!("JSON-LD: {error}"));
            }
        }
    }
    for (item, line) in microdata::items(&tree) {
        schema::read(file, &item, &mut schema::Lines::fixed(line), sources);
    }
    faq::read(file, &tree, before.0, sources);
    if (sources.entries.len(), sources.products.len()) == before {
        sources.find(file, 1, "no-entries", Severity::Warning, "no question with an answer, and no product");
    }
    "html"
}

/// A piece of HTML as the Markdown of answers.
pub(super) fn to_markdown(html: &str) -> String {
    markdown::markdown(&tree::parse(html), tree::Tree::ROOT)
}

/// A text from a feed or a page's data, which may be HTML, HTML that was escaped, or neither.
pub(super) fn text_or_html(text: &str) -> String {
    let text = unescaped(text);
    if has_tag(&text) { to_markdown(&text) } else { plain(&text) }
}

/// As [`text_or_html`], on one line and without marks.
pub(super) fn words(text: &str) -> String {
    let text = unescaped(text);
    if !has_tag(&text) {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    markdown::words(&tree::parse(&text), tree::Tree::ROOT)
}

/// Without references to characters, where a text has no tags and they would be read as they stand.
/// Many shops escape the HTML of their answers once more, so that tags may come out of it.
fn unescaped(text: &str) -> Cow<'_, str> {
    if text.contains('&') && !has_tag(text) { tree::parse(text).raw_text(tree::Tree::ROOT).into() } else { text.into() }
}

fn has_tag(text: &str) -> bool {
    let last_end = text.rfind('>').unwrap_or(0);
    text[..last_end]
        .match_indices('<')
        .any(|(at, _)| text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!'))
}

fn is_linked_data(tree: &tree::Tree, at: tree::NodeIdx) -> bool {
    &*tree.node(at).name == "script"
        && tree.attribute(at, "type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"))
}
