//! Reading sources from files and folders.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use zg_domain::Date;
use zg_kb::build::{Entry, Finding, Severity, Sources};
use zg_proto::cli::EntryLine;

const MAX_SOURCE: u64 = 256 << 20;

/// Reads every source; a folder gives its files in the order of their names, those of unknown kinds passed over.
///
/// # Errors
/// A path that is not there or cannot be read, or a file of a kind that is not known.
pub fn read(paths: &[PathBuf]) -> anyhow::Result<Sources> {
    let mut sources = Sources::default();
    for path in paths {
        if path.is_dir() {
            let mut files = Vec::new();
            walk(path, &mut files)?;
            for file in files {
                add(&file, path, &mut sources)?;
            }
        } else {
            let known = path
                .extension()
                .and_then(|extension| extension.to_str())
                .is_some_and(|extension| KNOWN.contains(&extension));
            if path.exists() && !known {
                bail!("{}: sources end in .md, .csv, .jsonl or .json", path.display());
            }
            add(path, path.parent().unwrap_or(Path::new("")), &mut sources)?;
        }
    }
    if sources.entries.is_empty() && sources.findings.is_empty() {
        bail!("no entries in {}", paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "));
    }
    Ok(sources)
}

const KNOWN: [&str; 5] = ["md", "markdown", "csv", "jsonl", "json"];

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let listing =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}; check the path", folder.display()))?;
    let mut paths = listing.map(|item| item.map(|item| item.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        let hidden = path.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with('.'));
        if hidden {
            continue;
        }
        // Links are not followed: a loop of them would never end.
        let kind = std::fs::symlink_metadata(&path)?.file_type();
        if kind.is_dir() {
            walk(&path, files)?;
        } else if kind.is_file() && path.extension().and_then(|e| e.to_str()).is_some_and(|e| KNOWN.contains(&e)) {
            files.push(path);
        }
    }
    Ok(())
}

fn add(path: &Path, root: &Path, sources: &mut Sources) -> anyhow::Result<()> {
    let metadata =
        std::fs::metadata(path).with_context(|| format!("cannot read {}; check the path", path.display()))?;
    if metadata.len() > MAX_SOURCE {
        bail!("{} has {} bytes; {MAX_SOURCE} is the most for one source", path.display(), metadata.len());
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}; check the path", path.display()))?;
    // Names are kept relative, so that the bundle does not depend on where it was compiled.
    let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if extension == "csv" {
        sources.add_csv(&name, &bytes);
        return Ok(());
    }
    let text = String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))?;
    match extension {
        "jsonl" => add_json_lines(&name, &text, sources),
        "json" => add_json(&name, &text, sources)?,
        _ => sources.add_markdown(&name, &text),
    }
    Ok(())
}

fn add_json_lines(file: &str, text: &str, sources: &mut Sources) {
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let number = at as u64 + 1;
        match serde_json::from_str::<EntryLine>(line) {
            Ok(read) => add_entry(file, number, read, sources),
            Err(error) => sources.findings.push(finding(file, number, "json", error.to_string())),
        }
    }
}

fn add_json(file: &str, text: &str, sources: &mut Sources) -> anyhow::Result<()> {
    let entries: Vec<EntryLine> = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .with_context(|| format!("{file}: an array of entries is expected"))?;
    for (at, read) in entries.into_iter().enumerate() {
        add_entry(file, at as u64 + 1, read, sources);
    }
    Ok(())
}

fn add_entry(file: &str, line: u64, read: EntryLine, sources: &mut Sources) {
    let mut date = |name: &str, text: Option<String>| {
        let text = text.filter(|text| !text.is_empty())?;
        let date = Date::parse(&text);
        if date.is_none() {
            sources.findings.push(finding(file, line, "date", format!("{name} is {text:?}; write YYYY-MM-DD")));
        }
        date
    };
    let (verified, valid_until) = (date("verified", read.verified), date("valid_until", read.valid_until));
    sources.entries.push(Entry {
        id: read.id.unwrap_or_default(),
        question: read.question,
        variants: read.variants,
        answer: read.answer,
        category: read.category.unwrap_or_default(),
        lang: read.lang.unwrap_or_default(),
        product: read.product.unwrap_or_default(),
        intent: read.intent.unwrap_or_default(),
        verified,
        valid_until,
        file: file.to_owned(),
        line,
    });
}

fn finding(file: &str, line: u64, rule: &'static str, message: String) -> Finding {
    Finding { file: file.to_owned(), line, rule, severity: Severity::Error, message }
}

/// Drops entries that say what an earlier one says, word for word after folding.
pub fn drop_duplicates(entries: &mut Vec<Entry>) {
    let mut seen = BTreeSet::new();
    entries.retain(|entry| {
        seen.insert((entry.lang.clone(), zg_text::normalize(&entry.question), entry.answer.trim().to_owned()))
    });
}
