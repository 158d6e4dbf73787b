//! What a careful reader would say of the sources.

use std::collections::BTreeMap;

use zg_domain::Date;

use super::Entry;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub file: String,
    pub line: u64,
    pub rule: &'static str,
    pub severity: Severity,
    pub message: String,
}

/// Looks entries over. `today` is the day validity is judged by.
#[must_use]
pub fn lint(entries: &[Entry], today: Date) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut asked: BTreeMap<(String, String), &Entry> = BTreeMap::new();
    for entry in entries {
        let mut find = |rule, severity, message: String| {
            findings.push(Finding { file: entry.file.clone(), line: entry.line, rule, severity, message });
        };
        if entry.question.trim().is_empty() {
            find("empty-question", Severity::Error, "the question is empty".to_owned());
        }
        if entry.answer.trim().is_empty() {
            find("empty-answer", Severity::Error, "the answer is empty".to_owned());
        }
        if let Some(last) = entry.valid_until.filter(|last| *last < today) {
            find("expired", Severity::Warning, format!("valid until {last}, which is past: it is never shown"));
        }
        for way in std::iter::once(&entry.question).chain(&entry.variants) {
            let folded = zg_text::normalize(way);
            if folded.is_empty() {
                continue;
            }
            if zg_text::terms(way).next().is_none() {
                find("unsearchable", Severity::Warning, format!("{way:?} has no character or word to find it by"));
            }
            match asked.insert((entry.lang.clone(), folded), entry) {
                Some(other) if !std::ptr::eq(other, entry) => find(
                    "duplicate",
                    Severity::Warning,
                    format!(
                        "{way:?} is also asked at {}:{}; a shopper gets one of the two answers",
                        other.file, other.line
                    ),
                ),
                _ => {}
            }
        }
    }
    findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    findings
}
