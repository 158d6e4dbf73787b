//! Playbooks beside the knowledge: `playbooks/*.toml` and `playbooks/<locale>.ftl` in a folder of sources.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use zg_assistant::playbook::build::{Finding, Sources, compile};

/// A megabyte of playbooks is none that anybody wrote.
const MAX_FILE: u64 = 1 << 20;

/// What the folders among the sources hold.
///
/// # Errors
/// A file that cannot be read, or is too large or no text.
pub fn read(sources: &[PathBuf]) -> anyhow::Result<Sources> {
    let mut found = Sources::default();
    for folder in sources.iter().map(|source| source.join("playbooks")).filter(|folder| folder.is_dir()) {
        let listing =
            std::fs::read_dir(&folder).with_context(|| format!("cannot read {}; check the path", folder.display()))?;
        let mut paths = listing.map(|item| item.map(|item| item.path())).collect::<Result<Vec<_>, _>>()?;
        paths.sort();
        for path in paths {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
            let name = format!("playbooks/{}", path.file_name().and_then(|name| name.to_str()).unwrap_or_default());
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("toml") if stem == "policy" => found.policy = Some((name, text(&path)?)),
                Some("toml") => found.logic.push((name, text(&path)?)),
                Some("ftl") => found.words.push((name, stem, text(&path)?)),
                _ => {}
            }
        }
    }
    Ok(found)
}

fn text(path: &Path) -> anyhow::Result<String> {
    let length = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    if length > MAX_FILE {
        bail!("{} has {length} bytes; {MAX_FILE} is the most for playbooks", path.display());
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read {} as UTF-8 text", path.display()))
}

/// The bytes that a bundle carries.
///
/// # Errors
/// What would make a playbook fail a shopper: unlike a bad row it is never left out in silence.
pub fn compiled(sources: &Sources) -> anyhow::Result<Vec<u8>> {
    let (bytes, findings) = compile(sources);
    let errors: Vec<&Finding> = findings.iter().filter(|finding| finding.error).collect();
    for finding in &errors {
        eprintln!("{}: {}: {} [{}]", finding.file, finding.playbook, finding.message, finding.rule);
    }
    bytes.with_context(|| format!("{} errors in playbooks; `zhanggui kb lint` lists them", errors.len()))
}

/// What `zhanggui kb lint` says of them.
pub fn findings(sources: &Sources) -> Vec<zg_proto::cli::FindingLine> {
    let line = |finding: Finding| zg_proto::cli::FindingLine {
        // The line on which the playbook begins.
        line: line_of(sources, &finding),
        file: finding.file,
        rule: finding.rule.to_owned(),
        severity: if finding.error { "error" } else { "warning" }.to_owned(),
        message: if finding.playbook.is_empty() {
            finding.message
        } else {
            format!("{}: {}", finding.playbook, finding.message)
        },
        fix: "see docs/playbooks.md".to_owned(),
    };
    compile(sources).1.into_iter().map(line).collect()
}

fn line_of(sources: &Sources, finding: &Finding) -> u64 {
    let policy = sources.policy.iter();
    let text = sources.logic.iter().chain(policy).find(|(file, _)| *file == finding.file).map_or("", |(_, text)| text);
    let heading = format!(".{}]", finding.playbook);
    let entry = format!("{} ", finding.playbook);
    let is = |line: &str| !finding.playbook.is_empty() && (line.contains(&heading) || line.starts_with(&entry));
    text.lines().position(is).map_or(1, |at| at as u64 + 1)
}
