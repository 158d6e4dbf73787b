//! `zhanggui kb`.

mod help_page;
mod sources;

use std::path::{Path, PathBuf};

use anyhow::Context;
use zg_domain::Date;
use zg_kb::build::{self, Severity};
use zg_kb::{Bundle, Query};
use zg_proto::cli::{FindingLine, HitLine, HitsLine, TextLine};

use crate::lines;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Compile sources (Markdown, CSV, JSON lines; folders are walked) into a bundle.
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
    /// Check every byte of a bundle, answers included.
    #[command(after_help = "Example:\n  zhanggui kb verify shop.zgkb")]
    Verify { bundle: PathBuf },
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
        Command::Verify { bundle } => verify(&bundle),
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
    if !keep_duplicates {
        sources::drop_duplicates(&mut sources.entries);
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
    let left_out = before - sources.entries.len();
    let bytes = build::compile(&sources.entries)?;
    let written = bytes.len();
    if let Some(folder) = output.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    std::fs::write(output, bytes).with_context(|| format!("cannot write {}", output.display()))?;
    eprintln!(
        "{}: {} entries, {written} bytes; {n_errors} errors, {n_warnings} warnings, {left_out} entries left out (`zhanggui kb lint`)",
        output.display(),
        sources.entries.len()
    );
    Ok(true)
}

fn all_findings(sources: &mut build::Sources) -> Vec<build::Finding> {
    let mut findings = std::mem::take(&mut sources.findings);
    findings.extend(build::lint(&sources.entries, today()));
    findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    findings
}

fn lint(paths: &[PathBuf], strict: bool) -> anyhow::Result<bool> {
    let mut sources = sources::read(paths)?;
    let findings = all_findings(&mut sources);
    let mut output = std::io::stdout().lock();
    for finding in &findings {
        let line = FindingLine {
            file: finding.file.clone(),
            line: finding.line,
            rule: finding.rule.to_owned(),
            severity: finding.severity.name().to_owned(),
            message: finding.message.clone(),
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

fn verify(path: &Path) -> anyhow::Result<bool> {
    let bundle = open(path)?;
    for (entry, info) in bundle.entries() {
        bundle.answer(entry).with_context(|| format!("{}: the answer of {:?}", path.display(), info.id))?;
    }
    lines::write(
        &mut std::io::stdout().lock(),
        &serde_json::json!({"file": path.display().to_string(), "entries": bundle.len(), "ok": true}),
    )?;
    Ok(true)
}

fn search(path: &Path, k: usize) -> anyhow::Result<bool> {
    let bundle = open(path)?;
    let today = today();
    lines::each(|line: TextLine| {
        let reading = zg_text::read(&line.text);
        let (language, _) = reading.identify(&line.text);
        let query = Query { text: &reading.text, lang: language.written(), today: Some(today) };
        let hits = bundle
            .search(&query, k)
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
