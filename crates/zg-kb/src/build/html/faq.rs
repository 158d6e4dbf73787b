//! Questions and answers in the page itself.

use std::collections::BTreeSet;

use super::markdown::{self, Block};
use super::tree::{NodeIdx, Tree};
use crate::build::question::is_question;
use crate::build::{Entry, Sources};

/// Folding sections and definitions; headings that ask where the page has neither, nor said anything as data.
pub(super) fn read(file: &str, tree: &Tree, first: usize, sources: &mut Sources) {
    let page_lang = tree
        .all()
        .find(|at| &*tree.node(*at).name == "html")
        .and_then(|at| tree.attribute(at, "lang"))
        .unwrap_or_default()
        .to_owned();
    for entry in &mut sources.entries[first..] {
        let lang = lang(&page_lang, &entry.question);
        if !lang.is_empty() {
            entry.lang = lang;
        }
    }
    let mut asked: BTreeSet<String> =
        sources.entries[first..].iter().map(|entry| zg_text::normalize(&entry.question)).collect();
    let mut push = |question: &str, answer: String, category: &str, line: u64, sources: &mut Sources| {
        let question = question.split_whitespace().collect::<Vec<_>>().join(" ");
        if question.is_empty() || answer.trim().is_empty() || !asked.insert(zg_text::normalize(&question)) {
            return;
        }
        sources.push(Entry {
            lang: lang(&page_lang, &question),
            question,
            answer,
            category: category.to_owned(),
            file: file.to_owned(),
            line,
            ..Entry::default()
        });
    };
    let is_folding = |at: &NodeIdx| &*tree.node(*at).name == "details";
    let groups: BTreeSet<NodeIdx> =
        tree.all().filter(is_folding).filter_map(|at| tree.ancestors(at).find(is_folding)).collect();
    for at in tree.all() {
        let name = &*tree.node(at).name;
        let is_inner = |name: &str| tree.ancestors(at).any(|outer| &*tree.node(outer).name == name);
        if !matches!(name, "details" | "dl") || tree.node(at).is_boilerplate || (name == "dl" && is_inner("dl")) {
            continue;
        }
        if name == "details" {
            // One that only groups others.
            if groups.contains(&at) {
                continue;
            }
            if let Some((question, answer)) = folding(tree, at) {
                let category = tree.ancestors(at).find(|outer| &*tree.node(*outer).name == "details");
                let category = category.and_then(|outer| summary(tree, outer)).unwrap_or_default();
                push(&question, answer, &category, tree.node(at).line, sources);
            }
        } else {
            for (question, answer, line) in definitions(tree, at) {
                push(&question, answer, "", line, sources);
            }
        }
    }
    if sources.entries.len() > first {
        return;
    }
    let blocks = markdown::blocks(tree, Tree::ROOT);
    for (at, block) in blocks.iter().enumerate() {
        if (2..=4).contains(&block.level) && is_question(&block.text) {
            let rest = &blocks[at + 1..];
            // A question below this one is an entry of its own, so this answer ends there too.
            let end = rest.iter().position(|next| ends(block, next)).unwrap_or(rest.len());
            push(&block.text, markdown::join(&rest[..end]), "", block.line, sources);
        }
    }
}

fn ends(heading: &Block, next: &Block) -> bool {
    next.level > 0 && (next.level <= heading.level || (next.level <= 4 && is_question(&next.text)))
}

/// The page's language where it is also the question's: many shops never change their template's.
fn lang(page: &str, question: &str) -> String {
    let written = zg_text::identify(question).0.written().unwrap_or_default();
    let primary = page.split('-').next().unwrap_or_default();
    let well_formed = page.len() <= 35 && page.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if well_formed && !written.is_empty() && primary.eq_ignore_ascii_case(written) {
        page.to_owned()
    } else {
        String::new()
    }
}

fn summary(tree: &Tree, at: NodeIdx) -> Option<String> {
    let summary = tree.children(at).find(|child| &*tree.node(*child).name == "summary")?;
    Some(markdown::words(tree, summary))
}

/// Summary and content; `None` without a summary.
fn folding(tree: &Tree, at: NodeIdx) -> Option<(String, String)> {
    let question = summary(tree, at)?;
    let mut blocks = markdown::blocks(tree, at);
    // The summary is a piece of its own, and nearly always the first.
    if let Some(summary) = blocks.iter().position(|block| block.text == markdown::summary_text(&question)) {
        blocks.remove(summary);
    }
    Some((question, markdown::join(&blocks)))
}

/// Terms and what is said of them, where the terms ask or the list says that it is one of questions.
fn definitions(tree: &Tree, at: NodeIdx) -> Vec<(String, String, u64)> {
    let mut pairs: Vec<(String, Vec<String>, u64)> = Vec::new();
    collect(tree, at, 0, &mut pairs);
    let n_asking = pairs.iter().filter(|(question, ..)| is_question(question)).count();
    let says_so = std::iter::once(at).chain(tree.ancestors(at)).any(|outer| {
        ["id", "class"].iter().filter_map(|name| tree.attribute(outer, name)).any(|value| {
            let value = value.to_ascii_lowercase();
            value.contains("faq") || value.contains("question")
        })
    });
    if !says_so && n_asking * 2 < pairs.len() {
        return Vec::new();
    }
    pairs.into_iter().map(|(question, answers, line)| (question, answers.join("\n\n"), line)).collect()
}

fn collect(tree: &Tree, at: NodeIdx, depth: usize, pairs: &mut Vec<(String, Vec<String>, u64)>) {
    for child in tree.children(at) {
        match &*tree.node(child).name {
            "dt" => pairs.push((markdown::words(tree, child), Vec::new(), tree.node(child).line)),
            "dd" => {
                if let Some((_, answers, _)) = pairs.last_mut() {
                    answers.push(markdown::markdown(tree, child));
                }
            }
            "div" if depth < 2 => collect(tree, child, depth + 1, pairs),
            _ => {}
        }
    }
}
