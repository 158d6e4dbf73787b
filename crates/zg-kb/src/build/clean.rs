//! What can be put right without asking.

use std::collections::HashSet;

use super::{Entry, Finding, Severity, Sources, parallel};

/// What [`clean`] did, and how much it found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cleaned {
    /// Entries in which white space changed.
    pub n_tidied: usize,
    /// Entries that say what an earlier one says, word for word after folding. They are dropped.
    pub n_duplicates: usize,
    /// Entries that no bundle can use, taken out of the sources.
    pub invalid: Vec<Entry>,
}

/// Cleans all entries. Findings are added to those of the sources. What is only to be looked at, such as near repeats,
/// boilerplate and personal data, [`super::lint`] says.
pub fn clean(sources: &mut Sources) -> Cleaned {
    let mut cleaned = Cleaned::default();
    let mut findings = Vec::new();
    for entry in &mut sources.entries {
        cleaned.n_tidied += usize::from(tidy(entry));
    }
    let folded = parallel::map(&sources.entries, |entry| zg_text::normalize(&entry.question));
    let mut seen = HashSet::with_capacity(folded.len());
    let kept: Vec<bool> = sources
        .entries
        .iter()
        .zip(&folded)
        .map(|(entry, question)| {
            if let Some((rule, message)) = invalid(entry) {
                findings.push(finding(entry, rule, Severity::Error, message.to_owned()));
                return false;
            }
            let new = seen.insert([&entry.lang, question, &entry.answer, &entry.product, &entry.audience]);
            cleaned.n_duplicates += usize::from(!new);
            new
        })
        .collect();
    drop(seen);
    for (entry, kept) in std::mem::take(&mut sources.entries).into_iter().zip(kept) {
        if kept {
            sources.entries.push(entry);
        } else if invalid(&entry).is_some() {
            cleaned.invalid.push(entry);
        }
    }
    sources.findings.append(&mut findings);
    cleaned
}

fn finding(entry: &Entry, rule: &'static str, severity: Severity, message: String) -> Finding {
    Finding { file: entry.file.clone(), line: entry.line, rule, severity, message, fix: String::new() }
}

/// Trims and collapses white space; says whether anything changed.
fn tidy(entry: &mut Entry) -> bool {
    let mut changed = false;
    let mut set = |field: &mut String, tidied: String| {
        if *field != tidied {
            *field = tidied;
            changed = true;
        }
    };
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for field in [&mut entry.question, &mut entry.category].into_iter().chain(&mut entry.variants) {
        if !is_tidy(field) {
            let tidied = line(field);
            set(field, tidied);
        }
    }
    if !is_tidy(&entry.answer) {
        let tidied = tidy_answer(&entry.answer);
        set(&mut entry.answer, tidied);
    }
    entry.variants.retain(|way| !way.is_empty());
    changed
}

/// Whether a text has no white space but single spaces within, as nearly every one: there is nothing to tidy.
fn is_tidy(text: &str) -> bool {
    let mut before = ' ';
    for character in text.chars() {
        if character.is_whitespace() && (before == ' ' || character != ' ') {
            return false;
        }
        before = character;
    }
    text.is_empty() || before != ' '
}

/// Lines keep their indentation and the two spaces that break a line; code keeps everything.
fn tidy_answer(answer: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut is_code = false;
    for line in answer.trim().lines() {
        let is_fence = line.trim_start().starts_with("```");
        if is_code || is_fence {
            is_code ^= is_fence;
            lines.push(line.to_owned());
            continue;
        }
        let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() {
            if lines.last().is_some_and(|last| !last.is_empty()) {
                lines.push(String::new());
            }
            continue;
        }
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        let end = if line.ends_with("  ") { "  " } else { "" };
        lines.push(indent + &words + end);
    }
    lines.join("\n").trim().to_owned()
}

fn invalid(entry: &Entry) -> Option<(&'static str, &'static str)> {
    let has_words = |text: &str| text.chars().any(char::is_alphanumeric);
    if entry.question.is_empty() {
        Some(("empty-question", "the question is empty"))
    } else if entry.answer.is_empty() {
        Some(("empty-answer", "the answer is empty"))
    } else if !has_words(&entry.question) {
        Some(("only-punctuation", "the question has no word"))
    // A single emoji may well be an answer; marks alone are none.
    } else if entry
        .answer
        .chars()
        .all(|c| c.is_ascii_punctuation() || c.is_whitespace() || "。，、！？…：；“”—".contains(c))
    {
        Some(("only-punctuation", "the answer has no word"))
    } else {
        None
    }
}
