//! From sources to a bundle: import, clean, lint, compile. With the feature `build` only.
//!
//! [`Sources::add`] takes any file a shop has; what it held is in [`Sources::collected`]. Importers never fail:
//! what cannot be read is a [`Finding`], and memory and time are bounded by the size of the file, whoever wrote it.

mod clean;
mod compile;
mod csv;
mod dispatch;
mod embedding;
mod encoding;
mod fields;
mod html;
mod json;
mod lint;
mod markdown;
mod minhash;
pub mod parallel;
mod product;
mod question;
mod safe;
mod schema;
mod slice;
mod transcript;
pub mod upkeep;
mod xlsx;

use std::collections::BTreeSet;

use zg_domain::Date;

pub use clean::{Cleaned, clean};
pub use compile::{CompileError, Extras, Files, compile, compile_files, compile_with, ids};
pub use embedding::{embedding_of, learn};
pub use lint::{CatalogFact, Classifier, Context, Finding, Severity, TOP_INTENTS, lint};
pub use product::{Price, Product, ProductVariant};
pub use safe::{Safe, safe_markdown};
pub use transcript::Candidate;
pub use zg_text::personal::{Personal, PersonalKind, mask, personal_data};

/// Findings kept of one file; a file that is wrong throughout says nothing new after so many.
const MAX_FINDINGS: usize = 10_000;
/// Of a question or an answer. A block of a bundle holds not much more.
const MAX_TEXT: usize = 1_000_000;

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
    /// The groups of shoppers it is for, separated by `|`; empty: everybody.
    pub audience: String,
    pub intent: String,
    pub verified: Option<Date>,
    pub valid_until: Option<Date>,
    pub file: String,
    pub line: u64,
}

/// What one file gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Collected {
    pub file: String,
    /// `markdown`, `csv`, `tsv`, `xlsx`, `html`, `json`, `jsonl`, `schema-json`, `merchant-xml`, `merchant-table`,
    /// `shopify-csv`, `shopify-json`, `transcript` or `unknown`.
    pub kind: &'static str,
    /// The encoding that was assumed: `utf-8`, `utf-8-bom`, `utf-16le`, `utf-16be`, `gb18030`, `windows-1252`, the one
    /// that the file declares, or `unknown`.
    pub encoding: &'static str,
    pub n_entries: usize,
    pub n_products: usize,
    pub n_candidates: usize,
    pub n_findings: usize,
}

/// Entries read so far, and what was wrong with the rest.
#[derive(Debug, Default)]
pub struct Sources {
    pub entries: Vec<Entry>,
    pub findings: Vec<Finding>,
    /// Products of feeds and pages. Each is an entry too.
    pub products: Vec<Product>,
    /// Questions mined from conversations. They are not compiled: somebody has to answer them first.
    pub candidates: Vec<Candidate>,
    /// What each file gave, in the order they were added.
    pub collected: Vec<Collected>,
    /// Ids of entries made from products: a feed and a page may both have one.
    product_ids: BTreeSet<String>,
    /// Findings there were before the file being read.
    n_findings_before: usize,
}

impl Sources {
    /// Reads a file of any kind that is known, told by its name and its content (`docs/formats.md`).
    pub fn add(&mut self, file: &str, bytes: &[u8]) {
        dispatch::add(file, bytes, self);
    }

    /// Reads a Markdown file: front matter, then one entry per level-2 heading.
    pub fn add_markdown(&mut self, file: &str, text: &str) {
        self.collect(file, "utf-8", |sources| {
            markdown::read(file, text, sources);
            "markdown"
        });
    }

    /// Reads a CSV or TSV file (RFC 4180) with a header row that names at least `question` and `answer`, or the columns
    /// of a product feed.
    pub fn add_csv(&mut self, file: &str, bytes: &[u8]) {
        dispatch::add_table(file, bytes, self);
    }

    /// Reads every sheet of a workbook whose first row names at least `question` and `answer`.
    pub fn add_xlsx(&mut self, file: &str, bytes: &[u8]) {
        dispatch::add_workbook(file, bytes, self);
    }

    /// Reads a page: its data in the vocabulary of schema.org, folding sections, definitions, headings that ask.
    pub fn add_html(&mut self, file: &str, text: &str) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        self.collect(file, "utf-8", |sources| html::read(file, text, sources));
    }

    /// Reads conversations, from which questions are mined: lines `顾客: …` and `客服: …`, or JSON lines of turns.
    pub fn add_transcript(&mut self, file: &str, text: &str) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        self.collect(file, "utf-8", |sources| transcript::read(file, text, sources));
    }

    /// Takes a product and makes its entry.
    pub fn add_product(&mut self, mut product: Product) {
        for (name, url) in [("link", &mut product.url), ("image", &mut product.image)] {
            let is_safe = if name == "link" { safe::is_safe_link(url) } else { safe::is_safe_image(url) };
            if !url.is_empty() && !is_safe {
                let url = std::mem::take(url);
                let message =
                    format!("the {name} of a product taken out: {:?}", url.chars().take(80).collect::<String>());
                self.find(&product.file, product.line, "unsafe-link", Severity::Warning, message);
            }
        }
        let entry = product::entry(&product);
        if product.title.trim().is_empty() {
            self.find(&product.file, product.line, "product", Severity::Error, "a product without a title");
        } else if self.product_ids.insert(entry.id.clone()) {
            self.push(entry);
            self.products.push(product);
        } else {
            let message = format!("the product {:?} is there already", product.id);
            self.find(&product.file, product.line, "duplicate-product", Severity::Warning, message);
        }
    }

    /// Runs an importer, which gives the kind of the file, and notes what came of it.
    pub(crate) fn collect(&mut self, file: &str, encoding: &'static str, read: impl FnOnce(&mut Self) -> &'static str) {
        let count = |sources: &Self| {
            [sources.entries.len(), sources.products.len(), sources.candidates.len(), sources.findings.len()]
        };
        let before = count(self);
        self.n_findings_before = before[3];
        let kind = read(self);
        let after = count(self);
        let [n_entries, n_products, n_candidates, n_findings] = std::array::from_fn(|at| after[at] - before[at]);
        let file = file.to_owned();
        self.collected.push(Collected { file, kind, encoding, n_entries, n_products, n_candidates, n_findings });
    }

    /// Takes an entry of an importer, its answer made safe to show.
    pub(crate) fn push(&mut self, mut entry: Entry) {
        if [&entry.question, &entry.answer].iter().any(|text| text.len() > MAX_TEXT) {
            let message = format!("a text of more than {MAX_TEXT} bytes, left out; cut it in several");
            self.find(&entry.file, entry.line, "too-long", Severity::Error, message);
            return;
        }
        entry.question = safe::visible(&entry.question);
        for way in &mut entry.variants {
            *way = safe::visible(way);
        }
        let safe = safe::safe_markdown(&entry.answer);
        entry.answer = safe.text.trim().to_owned();
        if !safe.links.is_empty() {
            let shown = safe.links.iter().take(5).map(|target| format!("{target:?}")).collect::<Vec<_>>().join(", ");
            let message = format!("{} links or images taken out of the answer: {shown}", safe.links.len());
            self.find(&entry.file, entry.line, "unsafe-link", Severity::Warning, message);
        }
        if !safe.html.is_empty() {
            let shown = safe.html.iter().take(5).map(|tag| format!("{tag:?}")).collect::<Vec<_>>().join(", ");
            let message = format!("HTML taken out of the answer: {shown}");
            self.find(&entry.file, entry.line, "raw-html", Severity::Warning, message);
        }
        self.entries.push(entry);
    }

    pub(crate) fn find(
        &mut self,
        file: &str,
        line: u64,
        rule: &'static str,
        severity: Severity,
        message: impl Into<String>,
    ) {
        let n_findings = self.findings.len().saturating_sub(self.n_findings_before);
        let (rule, severity, message) = match n_findings.cmp(&MAX_FINDINGS) {
            std::cmp::Ordering::Less => (rule, severity, message.into()),
            std::cmp::Ordering::Equal => {
                ("too-many", Severity::Warning, "further findings of this file are left out".to_owned())
            }
            std::cmp::Ordering::Greater => return,
        };
        self.findings.push(Finding { file: file.to_owned(), line, rule, severity, message, fix: String::new() });
    }

    /// Sets a named field. Unknown names are a finding, so that a typo does not lose a field silently.
    pub(crate) fn set(&mut self, entry: &mut Entry, line: u64, name: &str, value: &str) {
        let value = value.trim();
        match name {
            "id" => value.clone_into(&mut entry.id),
            "question" => value.clone_into(&mut entry.question),
            "answer" => value.clone_into(&mut entry.answer),
            "variants" => {
                entry.variants = value
                    .split(['|', '｜', '\n'])
                    .map(|one| one.trim().to_owned())
                    .filter(|one| !one.is_empty())
                    .collect()
            }
            "category" => value.clone_into(&mut entry.category),
            "lang" => value.clone_into(&mut entry.lang),
            "product" => value.clone_into(&mut entry.product),
            "audience" => value.clone_into(&mut entry.audience),
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
