//! `zhanggui kb`.

mod help_page;
pub mod sources;
mod trust;

use std::path::{Path, PathBuf};

use anyhow::Context;
use zg_domain::Date;
use zg_kb::build::{self, Severity};
use zg_kb::{Bundle, Hit, Query, Typed};
use zg_proto::cli::{FindingLine, HitLine, HitsLine, TextLine};

use crate::lines;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Compile sources (Markdown, tables, workbooks, JSON, HTML, product feeds; folders are walked) into a bundle.
    #[command(after_help = "Example:\n  zhanggui kb build demo/knowledge -o shop.zgkb")]
    Build {
        #[arg(required = true)]
        sources: Vec<PathBuf>,
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Keep entries whose question and answer another entry has word for word.
        #[arg(long)]
        keep_duplicates: bool,
        /// Findings of severity error stop the build.
        #[arg(long)]
        strict: bool,
    },
    /// Say what a careful reader would; findings as JSON lines.
    #[command(after_help = "Example:\n  zhanggui kb lint demo/knowledge")]
    Lint {
        #[arg(required = true)]
        sources: Vec<PathBuf>,
        /// Exit with 1 when there is a finding of severity error.
        #[arg(long)]
        strict: bool,
    },
    /// What is in a bundle, as JSON.
    #[command(after_help = "Example:\n  zhanggui kb inspect shop.zgkb")]
    Inspect { bundle: PathBuf },
    /// What comes from where, and the questions that transcripts ask: one JSON line per source, then one per question.
    #[command(after_help = "Example:\n  zhanggui kb collect faq.html products.csv chats.jsonl")]
    Collect {
        #[arg(required = true)]
        sources: Vec<PathBuf>,
    },
    /// Check every byte of a bundle, answers included, and with a key who signed it.
    #[command(after_help = "Example:\n  zhanggui kb verify shop.zgkb --key shop.key.pub")]
    Verify {
        bundle: PathBuf,
        /// A public key that is trusted; may be given several times.
        #[arg(long, value_name = "FILE")]
        key: Vec<PathBuf>,
        /// The signature (default: the bundle's name and `.sig`).
        #[arg(long, value_name = "FILE", requires = "key")]
        signature: Option<PathBuf>,
    },
    /// What leads from one bundle to another: a few dozen bytes for a changed entry.
    #[command(after_help = "Example:\n  zhanggui kb diff old.zgkb new.zgkb -o update.zgkd")]
    Diff {
        old: PathBuf,
        new: PathBuf,
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// The new bundle, from the old one and what leads to it; nothing is written where anything is wrong.
    #[command(after_help = "Example:\n  zhanggui kb apply old.zgkb update.zgkd -o new.zgkb")]
    Apply {
        old: PathBuf,
        delta: PathBuf,
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Make a pair of keys: FILE, to be kept secret, and FILE.pub.
    #[command(after_help = "Example:\n  zhanggui kb keygen -o shop.key")]
    Keygen {
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Sign a bundle, a delta or a manifest; the signature goes into a file of its own.
    #[command(after_help = "Example:\n  zhanggui kb sign shop.zgkb --key shop.key")]
    Sign {
        file: PathBuf,
        /// The secret key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Where to (default: the file's name and `.sig`).
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Questions that what is typed may become: `{"id","text"}` in, entries with their questions out.
    #[command(after_help = "Example:\n  echo '{\"id\":1,\"text\":\"tuih\"}' | zhanggui kb suggest shop.zgkb --k 5")]
    Suggest {
        bundle: PathBuf,
        /// How many questions at the most.
        #[arg(long, short, default_value_t = 5)]
        k: usize,
        /// The language of the page; default: any.
        #[arg(long)]
        lang: Option<String>,
        /// The product that the page shows.
        #[arg(long)]
        product: Option<String>,
    },
    /// Search a bundle: `{"id","text"}` in, hits out.
    #[command(after_help = "Example:\n  echo '{\"id\":1,\"text\":\"几天发货\"}' | zhanggui kb search shop.zgkb --k 3")]
    Search {
        bundle: PathBuf,
        /// How many hits at the most.
        #[arg(long, short, default_value_t = 10)]
        k: usize,
    },
    /// Write the help page that stands in where a browser or a page's policy forbids the widget.
    #[command(after_help = "Example:\n  zhanggui kb help-page shop.zgkb -o dist/help.html --title 帮助中心")]
    HelpPage {
        bundle: PathBuf,
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        #[arg(long, default_value = "帮助中心 · Help")]
        title: String,
    },
}

pub fn run(command: Command) -> anyhow::Result<bool> {
    match command {
        Command::Build { sources, output, keep_duplicates, strict } => {
            compile(&sources, &output, keep_duplicates, strict)
        }
        Command::Lint { sources, strict } => lint(&sources, strict),
        Command::Inspect { bundle } => inspect(&bundle),
        Command::Collect { sources } => collect(&sources),
        Command::Verify { bundle, key, signature } => verify(&bundle, &key, signature.as_deref()),
        Command::Diff { old, new, output } => trust::diff(&old, &new, &output),
        Command::Apply { old, delta, output } => trust::apply(&old, &delta, &output),
        Command::Keygen { output } => trust::keygen(&output),
        Command::Sign { file, key, output } => trust::sign_file(&file, &key, output),
        Command::Suggest { bundle, k, lang, product } => suggest(&bundle, k, lang.as_deref(), product.as_deref()),
        Command::Search { bundle, k } => search(&bundle, k),
        Command::HelpPage { bundle, output, title } => {
            let page = help_page::render(&open(&bundle)?, &title)?;
            std::fs::write(&output, page).with_context(|| format!("cannot write {}", output.display()))?;
            Ok(true)
        }
    }
}

/// Opens a bundle file.
pub fn open(path: &Path) -> anyhow::Result<Bundle> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}; check the path", path.display()))?;
    Bundle::open(bytes).with_context(|| format!("cannot open {}", path.display()))
}

/// The day in UTC, by which validity is judged.
pub fn today() -> Date {
    zg_domain::Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()).date()
}

fn compile(paths: &[PathBuf], output: &Path, keep_duplicates: bool, strict: bool) -> anyhow::Result<bool> {
    let mut sources = sources::read(paths)?;
    let read = sources.entries.len();
    let mut left_out = 0;
    if !keep_duplicates {
        let cleaned = build::clean(&mut sources);
        left_out = cleaned.invalid.len();
        let (repeats, near) = (cleaned.n_duplicates, cleaned.n_near_duplicates);
        if repeats + near > 0 {
            eprintln!("of {read} entries {repeats} were repeats and are dropped, {near} say nearly what another says");
        }
    }
    let findings = all_findings(&mut sources);
    let n_errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let n_warnings = findings.len() - n_errors;
    if strict && n_errors > 0 {
        for finding in &findings {
            eprintln!("{}:{}: {} [{}]", finding.file, finding.line, finding.message, finding.rule);
        }
        anyhow::bail!("{n_errors} findings of severity error; `zhanggui kb lint` lists them");
    }
    // What no bundle can hold is left out and counted, so that one bad row does not cost the shop its answers.
    let before = sources.entries.len();
    sources.entries.retain(|entry| !entry.question.trim().is_empty() && !entry.answer.trim().is_empty());
    left_out += before - sources.entries.len();
    if sources.entries.is_empty()
        && let Some(first) = findings.first()
    {
        anyhow::bail!(
            "no entries to compile; the first of {} findings: {}:{}: {} [{}]",
            findings.len(),
            first.file,
            first.line,
            first.message,
            first.rule
        );
    }
    let bytes = build::compile(&sources.entries)?;
    let written = bytes.len();
    trust::write(output, &bytes)?;
    eprintln!(
        "{}: {} entries, {written} bytes; {n_errors} errors, {n_warnings} warnings, {left_out} entries left out (`zhanggui kb lint`)",
        output.display(),
        sources.entries.len()
    );
    Ok(true)
}

fn all_findings(sources: &mut build::Sources) -> Vec<build::Finding> {
    let mut findings = std::mem::take(&mut sources.findings);
    let catalog: Vec<build::CatalogFact> = sources.products.iter().map(fact).collect();
    // Entries made from a feed repeat it word for word.
    let authored: Vec<build::Entry> =
        sources.entries.iter().filter(|entry| !entry.id.starts_with("product-")).cloned().collect();
    findings.extend(build::lint(&authored, &build::Context { products: &catalog, ..build::Context::on(today()) }));
    findings.sort_by(|a, b| (&a.file, a.line, a.rule).cmp(&(&b.file, b.line, b.rule)));
    // What cleaning has said of a place, the linter need not repeat.
    findings.dedup_by(|a, b| CLEANED.contains(&a.rule) && (&a.file, a.line, a.rule) == (&b.file, b.line, b.rule));
    findings
}

/// Rules that cleaning and linting share.
const CLEANED: [&str; 2] = ["near-duplicate", "personal-data"];

fn fact(product: &build::Product) -> build::CatalogFact {
    let (price, currency) = product.sale_price.as_ref().or(product.price.as_ref()).cloned().unwrap_or_default();
    build::CatalogFact {
        id: product.id.clone(),
        title: product.title.clone(),
        price: price.parse().ok(),
        currency,
        availability: product.availability.clone(),
        url: product.url.clone(),
        attributes: product.attributes.clone(),
        file: product.file.clone(),
        line: product.line,
    }
}

fn collect(paths: &[PathBuf]) -> anyhow::Result<bool> {
    let mut sources = sources::read(paths)?;
    let cleaned = build::clean(&mut sources);
    let mut output = std::io::stdout().lock();
    for collected in &sources.collected {
        let line = serde_json::json!({
            "file": collected.file, "kind": collected.kind, "encoding": collected.encoding, "entries": collected.n_entries,
            "products": collected.n_products, "candidates": collected.n_candidates, "findings": collected.n_findings,
        });
        lines::write(&mut output, &line)?;
    }
    for candidate in &sources.candidates {
        let line = serde_json::json!({
            "question": candidate.question, "n": candidate.n, "variants": candidate.variants,
            "suggested_answer": candidate.suggested_answer, "file": candidate.file, "line": candidate.line,
        });
        lines::write(&mut output, &line)?;
    }
    eprintln!(
        "{} entries, {} products, {} questions from transcripts; {} repeats, {} near repeats, {} without question or answer",
        sources.entries.len(),
        sources.products.len(),
        sources.candidates.len(),
        cleaned.n_duplicates,
        cleaned.n_near_duplicates,
        cleaned.invalid.len()
    );
    Ok(true)
}

fn lint(paths: &[PathBuf], strict: bool) -> anyhow::Result<bool> {
    let mut sources = sources::read(paths)?;
    // Linted before cleaning: repeats and empty entries are findings too.
    let findings = all_findings(&mut sources);
    let mut output = std::io::stdout().lock();
    for finding in &findings {
        let line = FindingLine {
            file: finding.file.clone(),
            line: finding.line,
            rule: finding.rule.to_owned(),
            severity: finding.severity.name().to_owned(),
            message: finding.message.clone(),
            fix: finding.fix.clone(),
        };
        lines::write(&mut output, &line)?;
    }
    Ok(!(strict && findings.iter().any(|finding| finding.severity == Severity::Error)))
}

fn inspect(path: &Path) -> anyhow::Result<bool> {
    let bundle = open(path)?;
    let (n_terms, n_forms) = bundle.counts();
    let mut langs = std::collections::BTreeMap::new();
    let mut categories = std::collections::BTreeMap::new();
    for (_, entry) in bundle.entries() {
        *langs.entry(entry.lang).or_insert(0_u32) += 1;
        *categories.entry(entry.category).or_insert(0_u32) += 1;
    }
    let report = serde_json::json!({
        "file": path.display().to_string(), "bytes": bundle.bytes(), "format": 2, "entries": bundle.len(),
        "questions": n_forms, "terms": n_terms, "languages": langs, "categories": categories,
    });
    lines::write(&mut std::io::stdout().lock(), &report)?;
    Ok(true)
}

fn verify(path: &Path, keys: &[PathBuf], signature: Option<&Path>) -> anyhow::Result<bool> {
    // Who signed it comes first: nothing else is read of a bundle that nobody known has signed.
    let signed = if keys.is_empty() { None } else { Some(trust::verify_file(path, keys, signature)?) };
    let bundle = open(path)?;
    for (entry, info) in bundle.entries() {
        bundle.answer(entry).with_context(|| format!("{}: the answer of {:?}", path.display(), info.id))?;
    }
    lines::write(
        &mut std::io::stdout().lock(),
        &serde_json::json!({"file": path.display().to_string(), "entries": bundle.len(), "signed_by": signed, "ok": true}),
    )?;
    Ok(true)
}

fn suggest(path: &Path, k: usize, lang: Option<&str>, product: Option<&str>) -> anyhow::Result<bool> {
    let bundle = open(path)?;
    let today = Some(today());
    // `zh-CN`, as elsewhere on the command line, is Chinese here.
    let lang = lang.and_then(|lang| lang.split('-').next());
    lines::each(|line: TextLine| {
        let found = bundle.suggest(&Typed { text: &line.text, lang, today, product }, k);
        let suggestions: Vec<_> = found
            .into_iter()
            .map(|entry| serde_json::json!({"entry": bundle.entry(entry).id, "question": bundle.question(entry)}))
            .collect();
        Some(serde_json::json!({"id": line.id, "suggestions": suggestions}))
    })
}

/// What answers a text, as it comes from a shopper.
pub fn find(bundle: &Bundle, text: &str, k: usize, today: Date) -> Vec<Hit> {
    let reading = zg_text::read(text);
    let (language, _) = reading.identify(text);
    bundle.search(&Query { text: &reading.text, lang: language.written(), today: Some(today) }, k)
}

fn search(path: &Path, k: usize) -> anyhow::Result<bool> {
    let bundle = open(path)?;
    let today = today();
    lines::each(|line: TextLine| {
        let hits = find(&bundle, &line.text, k, today)
            .into_iter()
            .map(|hit| {
                let info = bundle.entry(hit.entry);
                HitLine {
                    entry: info.id.to_owned(),
                    score: hit.score,
                    source: info.source(),
                    verified: info.verified.map(|date| date.to_string()),
                    valid_until: info.valid_until.map(|date| date.to_string()),
                }
            })
            .collect();
        Some(HitsLine { id: line.id, hits })
    })
}
