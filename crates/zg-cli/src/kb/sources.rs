//! Reading sources from files and folders.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use zg_kb::build::Sources;

const MAX_SOURCE: u64 = 256 << 20;

/// What a folder is searched for; what a file is, its content has a say in.
const KNOWN: [&str; 13] =
    ["md", "markdown", "csv", "tsv", "xlsx", "json", "jsonl", "ndjson", "html", "htm", "xml", "rss", "atom"];
/// A transcript, where it is named: in a folder it may be anything.
const NAMED: &str = "txt";

/// Reads every source; a folder gives its files in the order of their names, those of unknown kinds passed over.
///
/// # Errors
/// A path that is not there or cannot be read, or a file of a kind that is not known.
pub fn read(paths: &[PathBuf]) -> anyhow::Result<Sources> {
    let mut sources = Sources::default();
    for path in paths {
        if path.to_str().is_some_and(|path| path.starts_with("http://") || path.starts_with("https://")) {
            bail!("{} is an address; sources are files, save the page first and name the file", path.display());
        }
        if path.is_dir() {
            let mut files = Vec::new();
            walk(path, &mut files)?;
            for file in files {
                add(&file, path, &mut sources)?;
            }
        } else {
            let named = path.extension().is_some_and(|extension| extension == NAMED);
            if path.exists() && !known(path) && !named {
                bail!("{}: sources end in .{} or .{NAMED}", path.display(), KNOWN.join(", ."));
            }
            add(path, path.parent().unwrap_or(Path::new("")), &mut sources)?;
        }
    }
    if sources.entries.is_empty() && sources.findings.is_empty() && sources.candidates.is_empty() {
        let places = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        bail!(
            "no entries in {places}; a page that its own script writes holds none: copy the questions into a table with the columns question and answer"
        );
    }
    Ok(sources)
}

fn known(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    extension.is_some_and(|extension| KNOWN.contains(&extension.as_str()))
}

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
        } else if kind.is_file() && known(&path) {
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
    sources.add(&name, &bytes);
    Ok(())
}
