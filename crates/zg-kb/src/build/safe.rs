//! Answers that are safe to show: links that lead where a shopper may be led, no HTML, nothing invisible.
//!
//! Markdown is edited in place rather than written anew, so that what is fine stays as its author wrote it.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};

use super::html;

/// Taking one thing out may make another of what is left; nobody needs this often who means well.
const MAX_PASSES: usize = 6;
const MAX_SHOWN: usize = 80;

/// What [`safe_markdown`] made of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Safe {
    pub text: String,
    /// Targets of links and images that were taken out; their words stay.
    pub links: Vec<String>,
    /// Tags and other HTML that was taken out; what scripts and styles hold goes with them.
    pub html: Vec<String>,
}

/// Cleans Markdown: links lead to `http(s):`, `mailto:`, `tel:`, `/…` or `#…`, images come over `https:` and have a
/// text, all others become their text; raw HTML, control characters and marks of direction go.
#[must_use]
pub fn safe_markdown(markdown: &str) -> Safe {
    let mut safe = Safe { text: visible(markdown), ..Safe::default() };
    for _ in 0..MAX_PASSES {
        if !safe.text.contains(['<', '[']) {
            return safe;
        }
        let Some(text) = pass(&safe.text, &mut safe.links, &mut safe.html) else { return safe };
        safe.text = text;
    }
    // Nested on purpose: without these characters there is neither a link nor a tag.
    safe.text.retain(|c| !matches!(c, '<' | '>' | '[' | ']'));
    safe
}

/// Whether a link may lead there.
pub(super) fn is_safe_link(target: &str) -> bool {
    if target.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '\\' | '<' | '>' | '"')) {
        return false;
    }
    let lower = target.get(..8.min(target.len())).unwrap_or_default().to_ascii_lowercase();
    ["http://", "https://", "mailto:", "tel:", "#"].iter().any(|start| lower.starts_with(start))
        // `//elsewhere` is another host.
        || (target.starts_with('/') && !target.starts_with("//"))
}

/// Whether an image may come from there.
pub(super) fn is_safe_image(target: &str) -> bool {
    is_safe_link(target) && target.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"))
}

/// Without control characters and those that change direction or are not seen. Joiners stay: emoji need them.
pub(super) fn visible(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter(|c| match *c {
            '\n' | '\t' => true,
            c if c.is_control() => false,
            c => !matches!(c as u32,
                0xad | 0x61c | 0x180e | 0x200b | 0x200e..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff
                | 0xfff9..=0xfffb | 0xe_0000..=0xe_007f),
        })
        .collect()
}

/// One pass over the text; `None` where nothing had to go.
fn pass(text: &str, links: &mut Vec<String>, html: &mut Vec<String>) -> Option<String> {
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let parser = Parser::new(text);
    for (_, definition) in parser.reference_definitions().iter() {
        if !is_safe_link(&definition.dest) {
            links.push(shown(&definition.dest));
            edits.push((definition.span.clone(), String::new()));
        }
    }
    // Links and images that have to go and are still open, with where their text lies.
    let mut open: Vec<(Range<usize>, Option<Range<usize>>)> = Vec::new();
    // Where a script began, and what ends it.
    let mut hidden: Option<(usize, &'static str)> = None;
    let mut block: Option<Range<usize>> = None;
    for (event, range) in parser.into_offset_iter() {
        let bad = match &event {
            Event::Start(Tag::Link { dest_url, link_type, .. }) => {
                let target = if *link_type == LinkType::Email { "mailto:" } else { dest_url.as_ref() };
                Some((!is_safe_link(target), dest_url))
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                // `![](…)` and `![ ](…)`.
                let has_text = text[range.clone()]
                    .split_once("![")
                    .is_some_and(|(_, rest)| rest.split_once(']').is_some_and(|(words, _)| !words.trim().is_empty()));
                Some((!is_safe_image(dest_url) || !has_text, dest_url))
            }
            _ => None,
        };
        match (bad, &event) {
            (Some((true, target)), _) => {
                links.push(shown(target));
                open.push((range, None));
                continue;
            }
            (None, Event::End(TagEnd::Link | TagEnd::Image)) => {
                // A link that stays has another range.
                if let Some((whole, inner)) = open.pop_if(|(whole, _)| *whole == range) {
                    let inner = inner.unwrap_or(whole.end..whole.end);
                    edits.push((whole.start..inner.start, String::new()));
                    edits.push((inner.end..whole.end, String::new()));
                    // What is left is text of the one around it.
                    grow(open.last_mut(), &inner);
                }
                continue;
            }
            (None, Event::Start(Tag::HtmlBlock)) => block = Some(range.clone()),
            (None, Event::End(TagEnd::HtmlBlock)) => {
                if let Some(block) = block.take() {
                    html.push(shown(text[block.clone()].trim()));
                    let words = html::to_markdown(&text[block.clone()]);
                    let words = if words.is_empty() { words } else { words + "\n" };
                    edits.push((block, words));
                }
            }
            (None, Event::InlineHtml(tag)) => {
                if let Some((start, end)) = hidden {
                    if tag.to_ascii_lowercase().starts_with(end) {
                        edits.push((start..range.end, String::new()));
                        hidden = None;
                    }
                } else {
                    html.push(shown(tag));
                    let lower = tag.to_ascii_lowercase();
                    let silent = [("<script", "</script"), ("<style", "</style"), ("<iframe", "</iframe")];
                    hidden = silent.iter().find(|(tag, _)| lower.starts_with(tag)).map(|(_, end)| (range.start, *end));
                    let is_break = lower.starts_with("<br");
                    edits.push((range.clone(), if is_break { "\n".to_owned() } else { String::new() }));
                }
            }
            _ => {}
        }
        grow(open.last_mut(), &range);
    }
    if edits.is_empty() {
        return None;
    }
    // The widest first where several begin together; those within another wait for the next pass.
    edits.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut edited = String::with_capacity(text.len());
    let mut done = 0;
    for (range, words) in edits {
        if range.start >= done {
            edited.push_str(&text[done..range.start]);
            edited.push_str(&words);
            done = range.end;
        }
    }
    edited.push_str(&text[done..]);
    Some(edited)
}

fn grow(open: Option<&mut (Range<usize>, Option<Range<usize>>)>, child: &Range<usize>) {
    if let Some((whole, inner)) = open {
        let inner = inner.get_or_insert_with(|| child.clone());
        *inner = inner.start.min(child.start).max(whole.start)..inner.end.max(child.end).min(whole.end);
    }
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
