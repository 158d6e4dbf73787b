//! From sources to a bundle: import, lint, compile. With the feature `build` only.

mod compile;
mod csv;
mod lint;
mod markdown;

use zg_domain::Date;

pub use compile::{CompileError, compile};
pub use lint::{Finding, Severity, lint};

/// One entry as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Empty: the compiler makes one from the question.
    pub id: String,
    pub question: String,
    pub variants: Vec<String>,
    pub answer: String,
    pub category: String,
    /// BCP 47; empty: told from the question.
    pub lang: String,
    pub product: String,
    pub intent: String,
    pub verified: Option<Date>,
    pub valid_until: Option<Date>,
    pub file: String,
    pub line: u64,
}

/// Entries read so far, and what was wrong with the rest.
#[derive(Debug, Default)]
pub struct Sources {
    pub entries: Vec<Entry>,
    pub findings: Vec<Finding>,
}

impl Sources {
    /// Reads a Markdown file: front matter, then one entry per level-2 heading (`docs/formats.md`).
    pub fn add_markdown(&mut self, file: &str, text: &str) {
        markdown::read(file, text, self);
    }

    /// Reads a CSV file (RFC 4180) with a header row that names at least `question` and `answer`.
    pub fn add_csv(&mut self, file: &str, bytes: &[u8]) {
        csv::read(file, bytes, self);
    }

    pub(crate) fn find(
        &mut self,
        file: &str,
        line: u64,
        rule: &'static str,
        severity: Severity,
        message: impl Into<String>,
    ) {
        self.findings.push(Finding { file: file.to_owned(), line, rule, severity, message: message.into() });
    }

    /// Sets a named field. Unknown names are a finding, so that a typo does not lose a field silently.
    pub(crate) fn set(&mut self, entry: &mut Entry, line: u64, name: &str, value: &str) {
        let value = value.trim();
        match name {
            "id" => value.clone_into(&mut entry.id),
            "question" => value.clone_into(&mut entry.question),
            "answer" => value.clone_into(&mut entry.answer),
            "variants" => {
                entry.variants =
                    value.split('|').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
            }
            "category" => value.clone_into(&mut entry.category),
            "lang" => value.clone_into(&mut entry.lang),
            "product" => value.clone_into(&mut entry.product),
            "intent" => value.clone_into(&mut entry.intent),
            "verified" | "valid_until" if value.is_empty() => {}
            "verified" | "valid_until" => {
                let date = Date::parse(value);
                if date.is_none() {
                    let file = entry.file.clone();
                    self.find(&file, line, "date", Severity::Error, format!("{name} is {value:?}; write YYYY-MM-DD"));
                }
                *(if name == "verified" { &mut entry.verified } else { &mut entry.valid_until }) = date;
            }
            _ => {
                let file = entry.file.clone();
                self.find(&file, line, "unknown-field", Severity::Warning, format!("no field is called {name:?}"));
            }
        }
    }
}
