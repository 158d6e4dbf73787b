//! From a tree to the small Markdown of answers: paragraphs, lists, links, bold; tables become lines.

use super::tree::{NodeIdx, Tree};
use crate::build::safe::{is_safe_image, is_safe_link};

/// A piece of a page: a heading, or what stands between two empty lines.
pub(super) struct Block {
    /// Of a heading, 1 to 6; 0 for anything else.
    pub level: u8,
    pub text: String,
    pub line: u64,
}

/// The pieces of an element in the order of the page, without what is there on every page.
pub(super) fn blocks(tree: &Tree, at: NodeIdx) -> Vec<Block> {
    let mut writer = Writer { tree, blocks: Vec::new(), line: String::new(), started: 0 };
    writer.children(at);
    writer.flush();
    writer.blocks
}

/// An element's content as Markdown.
pub(super) fn markdown(tree: &Tree, at: NodeIdx) -> String {
    join(&blocks(tree, at))
}

/// Pieces as Markdown; headings become bold.
pub(super) fn join(blocks: &[Block]) -> String {
    let texts: Vec<String> = blocks
        .iter()
        .map(|block| if block.level > 0 { bold(&escape(&block.text)) } else { block.text.clone() })
        .collect();
    texts.join("\n\n")
}

/// How the words of a summary stand among the pieces.
pub(super) fn summary_text(words: &str) -> String {
    bold(&escape(words))
}

/// An element's words on one line, without any mark.
pub(super) fn words(tree: &Tree, at: NodeIdx) -> String {
    let mut text = String::new();
    push_words(tree, at, &mut text);
    text.trim().to_owned()
}

fn push_words(tree: &Tree, at: NodeIdx, text: &mut String) {
    let node = tree.node(at);
    if matches!(&*node.name, "script" | "style" | "template" | "noscript" | "svg") {
        return;
    }
    push_collapsed(text, &node.text);
    for child in tree.children(at) {
        push_words(tree, child, text);
    }
    if is_block(&node.name) || node.name.as_ref() == "br" {
        push_collapsed(text, " ");
    }
}

/// Plain text that looks like no mark.
pub(super) fn escape(text: &str) -> String {
    // One star alone marks nothing.
    let is_paired = |mark: char| text.matches(mark).nth(1).is_some();
    let (stars, ticks) = (is_paired('*'), is_paired('`'));
    // Only a target after the closing bracket makes a link.
    let brackets = text.contains("](");
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        let is_mark = match c {
            '*' => stars,
            '`' => ticks,
            '[' => brackets,
            '<' => next.is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?')),
            '\\' => next.is_some_and(|next| next.is_ascii_punctuation()),
            _ => false,
        };
        if is_mark {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    // At the beginning of a line these are a heading, a list or a quotation.
    let lines = escaped.split('\n').map(|line| match line.as_bytes() {
        [b'#' | b'>', ..] | [b'-' | b'+' | b'=', b' ' | b'-' | b'=', ..] => format!("\\{line}"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Plain text with lines: empty ones part paragraphs.
pub(in crate::build) fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(escape).collect::<Vec<_>>().join("\n\n")
}

pub(super) fn heading_level(name: &str) -> u8 {
    match name.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => level - b'0',
        _ => 0,
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "main"
            | "body"
            | "html"
            | "blockquote"
            | "figure"
            | "figcaption"
            | "address"
            | "center"
            | "fieldset"
            | "summary"
            | "details"
            | "dl"
            | "dt"
            | "dd"
            | "ul"
            | "ol"
            | "li"
            | "table"
            | "tr"
            | "td"
            | "th"
            | "hgroup"
    ) || heading_level(name) > 0
}

struct Writer<'t> {
    tree: &'t Tree,
    blocks: Vec<Block>,
    line: String,
    /// Where the piece being written began.
    started: u64,
}

impl Writer<'_> {
    fn children(&mut self, at: NodeIdx) {
        let tree = self.tree;
        for child in tree.children(at) {
            self.node(child);
        }
    }

    fn node(&mut self, at: NodeIdx) {
        let tree = self.tree;
        let node = tree.node(at);
        if self.line.trim().is_empty() {
            self.started = node.line;
        }
        let name = &*node.name;
        if name.is_empty() {
            push_collapsed(&mut self.line, &escape(&node.text));
            return;
        }
        if tree.node(at).is_boilerplate || name == "button" {
            return;
        }
        match name {
            "br" => {
                self.line.truncate(self.line.trim_end().len());
                self.line.push('\n');
            }
            "hr" => self.flush(),
            "ul" | "ol" => {
                self.flush();
                let text = list(tree, at, name == "ol");
                self.push(0, text, node.line);
            }
            "table" => {
                self.flush();
                let text = table(tree, at);
                self.push(0, text, node.line);
            }
            "dl" => {
                self.flush();
                let mut lines = Vec::new();
                definitions(tree, at, &mut lines);
                self.push(0, lines.join("\n"), node.line);
            }
            "pre" => {
                self.flush();
                let text = escape(tree.raw_text(at).trim_matches('\n'));
                self.push(0, text, node.line);
            }
            "a" | "b" | "strong" | "img" => {
                let piece = inline(tree, at);
                push_joined(&mut self.line, &piece);
            }
            _ if heading_level(name) > 0 => {
                self.flush();
                let text = words(tree, at);
                self.push(heading_level(name), text, node.line);
            }
            "summary" => {
                self.flush();
                let text = summary_text(&words(tree, at));
                self.push(0, text, node.line);
            }
            _ if is_block(name) => {
                self.flush();
                self.children(at);
                self.flush();
            }
            _ => self.children(at),
        }
    }

    fn flush(&mut self) {
        let line = std::mem::take(&mut self.line);
        let text = line.split('\n').map(str::trim).collect::<Vec<_>>().join("\n");
        let started = self.started;
        self.push(0, text, started);
    }

    fn push(&mut self, level: u8, text: String, line: u64) {
        let text = text.trim();
        if !text.is_empty() {
            self.blocks.push(Block { level, text: text.to_owned(), line });
        }
    }
}

/// Links, bold and images; any other element is what it holds, blocks parted by a space.
fn inline(tree: &Tree, at: NodeIdx) -> String {
    let node = tree.node(at);
    if node.name.is_empty() {
        return escape(&node.text);
    }
    if tree.node(at).is_boilerplate {
        return String::new();
    }
    if &*node.name == "img" {
        let alt = escape(tree.attribute(at, "alt").unwrap_or_default().trim()).replace(['\n', ']'], " ");
        let source = tree.attribute(at, "src").unwrap_or_default().trim();
        let shown = is_safe_image(source) && !source.contains(['(', ')']) && !alt.is_empty();
        return if shown { format!("![{alt}]({source})") } else { alt };
    }
    let mut text = String::new();
    for child in tree.children(at) {
        push_joined(&mut text, &inline(tree, child));
        if is_block(&tree.node(child).name) || &*tree.node(child).name == "br" {
            push_collapsed(&mut text, " ");
        }
    }
    match &*node.name {
        "a" => {
            let target = tree.attribute(at, "href").unwrap_or_default().trim();
            let words = text.trim().replace(']', "\\]");
            // Parentheses would end the target early; `%28` means the same.
            let target = target.replace('(', "%28").replace(')', "%29");
            if words.is_empty() || !is_safe_link(&target) || words.contains("](") {
                return text;
            }
            around(&text, &format!("[{words}]({target})"))
        }
        "b" | "strong" if !text.contains("**") && !text.trim().is_empty() => around(&text, &bold(text.trim())),
        _ => text,
    }
}

/// The space at both ends of `before`, around `inside`.
fn around(before: &str, inside: &str) -> String {
    let lead = if before.starts_with(char::is_whitespace) { " " } else { "" };
    let trail = if before.ends_with(char::is_whitespace) { " " } else { "" };
    format!("{lead}{inside}{trail}")
}

fn bold(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("**{text}**") }
}

fn list(tree: &Tree, at: NodeIdx, ordered: bool) -> String {
    let mut lines = Vec::new();
    let items = tree.children(at).filter(|child| &*tree.node(*child).name == "li");
    for (number, item) in items.enumerate() {
        let mark = if ordered { format!("{}. ", number + 1) } else { "- ".to_owned() };
        let indent = " ".repeat(mark.len());
        // Lists stay tight: an item is one paragraph, and lists in it.
        let text = blocks(tree, item).into_iter().map(|block| block.text).collect::<Vec<_>>().join("\n");
        if !text.is_empty() {
            lines.push(mark + &text.replace('\n', &format!("\n{indent}")));
        }
    }
    lines.join("\n")
}

/// Rows as lines: `name: value` where there are two columns, otherwise cells between bars.
fn table(tree: &Tree, at: NodeIdx) -> String {
    let mut rows = Vec::new();
    collect_rows(tree, at, &mut rows);
    let lines = rows.iter().filter_map(|row| match row.as_slice() {
        [] => None,
        [name, value] => Some(format!("- {name}: {value}")),
        cells => Some(format!("- {}", cells.join(" | "))),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn collect_rows(tree: &Tree, at: NodeIdx, rows: &mut Vec<Vec<String>>) {
    for child in tree.children(at) {
        match &*tree.node(child).name {
            "tr" => {
                let cells = tree.children(child).filter(|cell| matches!(&*tree.node(*cell).name, "td" | "th"));
                let texts = cells.map(|cell| inline(tree, cell).split_whitespace().collect::<Vec<_>>().join(" "));
                rows.push(texts.filter(|text| !text.is_empty()).collect());
            }
            "thead" | "tbody" | "tfoot" => collect_rows(tree, child, rows),
            _ => {}
        }
    }
}

fn definitions(tree: &Tree, at: NodeIdx, lines: &mut Vec<String>) {
    for child in tree.children(at) {
        let text = || inline(tree, child).split_whitespace().collect::<Vec<_>>().join(" ");
        match &*tree.node(child).name {
            "dt" => lines.push(format!("- {}", text())),
            "dd" => match lines.last_mut() {
                Some(line) => *line = format!("{line}: {}", text()),
                None => lines.push(format!("- {}", text())),
            },
            "div" => definitions(tree, child, lines),
            _ => {}
        }
    }
}

/// Adds text whose runs of white space become one space.
fn push_collapsed(line: &mut String, text: &str) {
    for c in text.chars() {
        if !c.is_whitespace() {
            line.push(c);
        } else if !line.is_empty() && !line.ends_with(char::is_whitespace) {
            line.push(' ');
        }
    }
}

/// Adds finished Markdown; one space where both have one.
fn push_joined(line: &mut String, text: &str) {
    let text = if line.is_empty() || line.ends_with(char::is_whitespace) { text.trim_start() } else { text };
    push_collapsed(line, text);
}
