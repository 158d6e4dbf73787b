//! Which importer a file is for, told by its name and, where that does not say, by its content.

use super::encoding::{Decoded, decode, decode_lossy};
use super::{Severity, Sources, csv, html, json, markdown, product, transcript, xlsx};

/// The most one source may have.
const MAX_BYTES: usize = 256 << 20;

pub(super) fn add(file: &str, bytes: &[u8], sources: &mut Sources) {
    if bytes.len() > MAX_BYTES {
        sources.collect(file, "unknown", |sources| {
            let message = format!("{} bytes; {MAX_BYTES} is the most for one source", bytes.len());
            sources.find(file, 0, "too-large", Severity::Error, message);
            "unknown"
        });
        return;
    }
    // Whatever it is called: people rename workbooks to .csv.
    if bytes.starts_with(b"PK\x03\x04") {
        sources.add_xlsx(file, bytes);
        return;
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        sources.collect(file, "unknown", |sources| {
            let message = "a workbook of an old or encrypted kind; save it as .xlsx without a password";
            sources.find(file, 0, "unknown-kind", Severity::Error, message);
            "unknown"
        });
        return;
    }
    let extension = file.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_ascii_lowercase());
    if matches!(extension.as_str(), "csv" | "tsv" | "tab") {
        sources.add_csv(file, bytes);
        return;
    }
    if matches!(extension.as_str(), "xlsx" | "xlsm") {
        sources.add_xlsx(file, bytes);
        return;
    }
    let Decoded { text, encoding } = decode_lossy(bytes);
    sources.collect(file, encoding, |sources| {
        if encoding == "unknown" {
            let message = "neither UTF-8 nor GB18030; what could not be read is left out";
            sources.find(file, 0, "encoding", Severity::Error, message);
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        match extension.as_str() {
            "md" | "markdown" => {
                markdown::read(file, text, sources);
                "markdown"
            }
            "html" | "htm" | "xhtml" => html::read(file, text, sources),
            "xml" | "rss" | "atom" => markup(file, text, sources),
            "json" => json::read(file, text, sources),
            "jsonl" | "ndjson" => json::read_lines(file, text, sources),
            "txt" | "log" => transcript::read(file, text, sources),
            _ => sniff(file, text, sources),
        }
    });
}

/// Reads a table in whatever encoding a spreadsheet has saved it.
pub(super) fn add_table(file: &str, bytes: &[u8], sources: &mut Sources) {
    match decode(bytes) {
        Some(Decoded { text, encoding }) => {
            sources.collect(file, encoding, |sources| csv::read(file, text.as_bytes(), sources));
        }
        // Rows that are UTF-8 are read, the others are findings.
        None => sources.collect(file, "unknown", |sources| csv::read(file, bytes, sources)),
    }
}

/// Reads a workbook.
pub(super) fn add_workbook(file: &str, bytes: &[u8], sources: &mut Sources) {
    sources.collect(file, "utf-8", |sources| {
        xlsx::read(file, bytes, sources);
        "xlsx"
    });
}

fn markup(file: &str, text: &str, sources: &mut Sources) -> &'static str {
    let head: String = text.chars().take(1_000).flat_map(char::to_lowercase).collect();
    if head.contains("<html") || head.contains("<!doctype html") {
        return html::read(file, text, sources);
    }
    product::read_xml(file, text, sources);
    "merchant-xml"
}

fn sniff(file: &str, text: &str, sources: &mut Sources) -> &'static str {
    let first = text.trim_start().lines().next().unwrap_or_default();
    match text.trim_start().as_bytes().first() {
        Some(b'<') if first.starts_with("<?xml") || first.starts_with("<rss") || first.starts_with("<feed") => {
            markup(file, text, sources)
        }
        Some(b'<') => html::read(file, text, sources),
        Some(b'{' | b'[') if serde_json::from_str::<serde_json::Value>(first).is_ok() && text.trim().contains('\n') => {
            json::read_lines(file, text, sources)
        }
        Some(b'{' | b'[') => json::read(file, text, sources),
        _ if transcript::looks_like(text) => transcript::read(file, text, sources),
        _ if text.starts_with("---\n") || text.contains("\n## ") || text.starts_with("## ") => {
            markdown::read(file, text, sources);
            "markdown"
        }
        _ if first.contains([',', '\t', ';']) => csv::read(file, text.as_bytes(), sources),
        _ => {
            let message = "no kind of source that is known by its name or content";
            sources.find(file, 0, "unknown-kind", Severity::Error, message);
            "unknown"
        }
    }
}
