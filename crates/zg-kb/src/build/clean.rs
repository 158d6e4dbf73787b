//! What can be put right without asking, and what somebody should look at.

use std::collections::{BTreeMap, BTreeSet};

use super::minhash::{Near, shingles};
use super::{Entry, Finding, Severity, Sources, personal};

/// How much of question and answer two entries share to be reported.
const ALIKE: f64 = 0.7;
/// A sentence is boilerplate where this share of a file's answers has it, and at least so many.
const BOILERPLATE_SHARE: f64 = 0.3;
const MIN_BOILERPLATE: usize = 4;
/// Shorter sentences (`好的。`) repeat by nature.
const MIN_SENTENCE_CHARS: usize = 6;
const MAX_SENTENCES: usize = 40;
const MAX_BOILERPLATES: usize = 20;
/// Of personal data in one entry.
const MAX_SHOWN: usize = 5;

/// What [`clean`] did, and how much it found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cleaned {
    /// Entries in which white space changed.
    pub n_tidied: usize,
    /// Entries that say what an earlier one says, word for word after folding. They are dropped.
    pub n_duplicates: usize,
    pub n_near_duplicates: usize,
    pub n_boilerplate: usize,
    pub n_personal: usize,
    /// Entries that no bundle can use, taken out of the sources.
    pub invalid: Vec<Entry>,
}

/// Cleans all entries. Findings are added to those of the sources.
pub fn clean(sources: &mut Sources) -> Cleaned {
    let mut cleaned = Cleaned::default();
    let mut findings = Vec::new();
    for entry in &mut sources.entries {
        cleaned.n_tidied += usize::from(tidy(entry));
    }
    let mut seen = BTreeSet::new();
    let mut folded_questions = Vec::new();
    for entry in std::mem::take(&mut sources.entries) {
        let folded = zg_text::normalize(&entry.question);
        if let Some((rule, message)) = invalid(&entry) {
            findings.push(finding(&entry, rule, Severity::Error, message.to_owned()));
            cleaned.invalid.push(entry);
        } else if seen.insert([&entry.lang, &folded, &entry.answer, &entry.product, &entry.audience].map(Clone::clone))
        {
            folded_questions.push(folded);
            sources.entries.push(entry);
        } else {
            cleaned.n_duplicates += 1;
        }
    }
    drop(seen);
    near_duplicates(&sources.entries, &folded_questions, &mut findings, &mut cleaned);
    boilerplate(&sources.entries, &mut findings, &mut cleaned);
    personal(&sources.entries, &mut findings, &mut cleaned);
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
        let tidied = line(field);
        set(field, tidied);
    }
    let tidied = tidy_answer(&entry.answer);
    set(&mut entry.answer, tidied);
    entry.variants.retain(|way| !way.is_empty());
    changed
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

fn near_duplicates(entries: &[Entry], folded_questions: &[String], findings: &mut Vec<Finding>, cleaned: &mut Cleaned) {
    let mut near = Near::new(24, 4, ALIKE);
    for (entry, question) in entries.iter().zip(folded_questions) {
        // Folding looks at a thousand characters of each; who agrees that far is alike.
        let folded = format!("{question}\n{}", zg_text::normalize(&entry.answer));
        let Some((other, likeness)) = near.insert(shingles(&folded)) else { continue };
        let other = &entries[other];
        // Products differ by a size and a price, and mean to.
        if !entry.product.is_empty() && !other.product.is_empty() && entry.product != other.product
            || entry.audience != other.audience
        {
            continue;
        }
        cleaned.n_near_duplicates += 1;
        let percent = (likeness * 100.0).round();
        let message = format!(
            "{percent} % of question and answer are also at {}:{}; keep one of the two",
            other.file, other.line
        );
        findings.push(finding(entry, "near-duplicate", Severity::Warning, message));
    }
}

/// Sentences that many answers of one file share. They are kept: whether they say something is for people to judge.
fn boilerplate(entries: &[Entry], findings: &mut Vec<Finding>, cleaned: &mut Cleaned) {
    let is_written = |entry: &&Entry| entry.category != "product" || entry.product.is_empty();
    let mut files: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries.iter().filter(is_written) {
        files.entry(&entry.file).or_default().push(entry);
    }
    for entries in files.values() {
        // A sentence's hash: how many answers have it, in which first, and how it is written there.
        let mut counts: BTreeMap<u64, (usize, &Entry, &str)> = BTreeMap::new();
        for entry in entries {
            let mut own = BTreeSet::new();
            for sentence in sentences(&entry.answer).take(MAX_SENTENCES) {
                let folded: String =
                    sentence.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
                if folded.chars().count() < MIN_SENTENCE_CHARS {
                    continue;
                }
                let key = folded.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
                });
                if own.insert(key) {
                    counts.entry(key).or_insert((0, entry, sentence)).0 += 1;
                }
            }
        }
        let mut many: Vec<_> = counts
            .into_values()
            .filter(|(n, ..)| *n >= MIN_BOILERPLATE && *n as f64 >= BOILERPLATE_SHARE * entries.len() as f64)
            .collect();
        many.sort_by_key(|(n, entry, _)| (std::cmp::Reverse(*n), entry.line));
        for (n, entry, sentence) in many.into_iter().take(MAX_BOILERPLATES) {
            cleaned.n_boilerplate += 1;
            let shown: String = sentence.chars().take(60).collect();
            let message = format!("{n} of {} answers of this file say {shown:?}", entries.len());
            findings.push(finding(entry, "boilerplate", Severity::Warning, message));
        }
    }
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['。', '！', '？', '!', '?', '\n'])
        .flat_map(|piece| piece.split_inclusive(". "))
        .map(str::trim)
        .filter(|sentence| !sentence.is_empty())
}

fn personal(entries: &[Entry], findings: &mut Vec<Finding>, cleaned: &mut Cleaned) {
    for entry in entries {
        let texts = [&entry.question, &entry.answer].into_iter().chain(&entry.variants);
        let mut shown = BTreeSet::new();
        for one in texts.flat_map(|text| personal::personal_data(text)) {
            if shown.len() < MAX_SHOWN && shown.insert((one.kind.name(), one.masked.clone())) {
                cleaned.n_personal += 1;
                let message = format!("{} {}: does it belong to a person?", one.kind.name(), one.masked);
                findings.push(finding(entry, "personal-data", Severity::Warning, message));
            }
        }
    }
}
