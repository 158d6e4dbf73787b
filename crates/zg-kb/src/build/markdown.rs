//! Markdown: front matter for the whole file, an entry per level-2 heading.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{Entry, Severity, Sources};

/// Parsed, a text of nothing but marks takes up to 150 times its size.
const MAX_BYTES: usize = 16 << 20;

pub(super) fn read(file: &str, text: &str, sources: &mut Sources) {
    if text.len() > MAX_BYTES {
        let message = format!("{} bytes; {MAX_BYTES} is the most for Markdown, write several files", text.len());
        sources.find(file, 0, "too-large", Severity::Error, message);
        return;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut common = Entry { file: file.to_owned(), ..Entry::default() };
    let mut body_start = 0;
    if let Some(rest) = text.strip_prefix("---\n") {
        let Some(end) = rest.find("\n---\n") else {
            sources.find(file, 1, "front-matter", Severity::Error, "the front matter has no closing line of ---");
            return;
        };
        for (at, line) in rest[..end].lines().enumerate() {
            match line.split_once(':') {
                Some((name, value)) => sources.set(&mut common, at as u64 + 2, name.trim(), value),
                None if line.trim().is_empty() => {}
                None => {
                    sources.find(file, at as u64 + 2, "front-matter", Severity::Error, "not of the form name: value")
                }
            }
        }
        body_start = "---\n".len() + end + "\n---\n".len();
    }
    let body = &text[body_start..];
    // Offsets ascend, so each byte is counted once.
    let (mut counted, mut line) = (0, 1_u64);
    let mut line_of = |offset: usize| {
        let offset = (body_start + offset).max(counted);
        line += text[counted..offset].matches('\n').count() as u64;
        counted = offset;
        line
    };

    let headings = headings(body);
    for (at, heading) in headings.iter().enumerate() {
        if heading.level != HeadingLevel::H2 {
            continue;
        }
        let end =
            headings[at + 1..].iter().find(|next| next.level <= HeadingLevel::H2).map_or(body.len(), |next| next.start);
        let line = line_of(heading.start);
        let mut entry = Entry { question: heading.text.clone(), id: heading.id.clone(), line, ..common.clone() };
        let mut rest = &body[heading.end..end];
        // Field lines follow the heading at once; the first line that is none begins the answer.
        while let Some((first, after)) = rest.split_once('\n') {
            let Some((name, value)) = first.split_once(':') else { break };
            if !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') || name.is_empty() {
                break;
            }
            sources.set(&mut entry, line_of(end - rest.len()), name, value);
            rest = after;
        }
        rest.trim().clone_into(&mut entry.answer);
        sources.push(entry);
    }
    if !headings.iter().any(|heading| heading.level == HeadingLevel::H2) {
        sources.find(file, 1, "no-entries", Severity::Warning, "no level-2 heading, so no entry");
    }
}

struct Heading {
    level: HeadingLevel,
    text: String,
    id: String,
    start: usize,
    /// Where what follows the heading begins.
    end: usize,
}

fn headings(body: &str) -> Vec<Heading> {
    let mut found: Vec<Heading> = Vec::new();
    let mut inside = false;
    for (event, range) in Parser::new_ext(body, Options::ENABLE_HEADING_ATTRIBUTES).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, id, .. }) => {
                let id = id.map(|id| id.to_string()).unwrap_or_default();
                found.push(Heading { level, text: String::new(), id, start: range.start, end: range.end });
                inside = true;
            }
            Event::End(TagEnd::Heading(_)) => inside = false,
            Event::Text(text) | Event::Code(text) if inside => {
                if let Some(heading) = found.last_mut() {
                    heading.text.push_str(&text);
                }
            }
            _ => {}
        }
    }
    for heading in &mut found {
        heading.text = heading.text.trim().to_owned();
    }
    found
}
