//! CSV and TSV: a header row names the columns, each further row is an entry.

use super::{Entry, Severity, Sources, fields, product};

/// Reads a table; gives what kind it was.
pub(super) fn read(file: &str, bytes: &[u8], sources: &mut Sources) -> &'static str {
    let delimiter = delimiter(file, bytes);
    let kind = if delimiter == b'\t' { "tsv" } else { "csv" };
    let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(bytes);
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => {
            sources.find(file, 1, "csv", Severity::Error, error.to_string());
            return kind;
        }
    };
    let feed = product::table(headers.iter());
    if feed.is_none() && !fields::is_header(headers.iter()) {
        sources.find(file, 1, "csv", Severity::Error, "the header row must name the columns question and answer");
        return kind;
    }
    let mut rows = Vec::new();
    let mut lines = Lines { bytes, counted: 0, line: 1 };
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let line = error.position().map_or(0, |position| lines.of(position));
                sources.find(file, line, "csv", Severity::Error, error.to_string());
                continue;
            }
        };
        let line = row.position().map_or(0, |position| lines.of(position));
        if row.len() != headers.len() {
            let message =
                format!("{} fields where the header has {}; quote fields that hold a comma", row.len(), headers.len());
            sources.find(file, line, "csv", Severity::Error, message);
            continue;
        }
        // A spreadsheet's empty rows are commas.
        if row.iter().all(|value| value.trim().is_empty()) {
            continue;
        }
        if feed.is_some() {
            rows.push((line, row));
            continue;
        }
        let mut entry = Entry { file: file.to_owned(), line, ..Entry::default() };
        for (header, value) in headers.iter().zip(row.iter()) {
            if header.trim().is_empty() && value.trim().is_empty() {
                continue;
            }
            let name = fields::canonical(header).unwrap_or(header.trim());
            sources.set(&mut entry, line, name, &fields::cell(name, value));
        }
        sources.push(entry);
    }
    // An open quote swallows every row after it without an error.
    if bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
        let message =
            "a quotation mark has no partner, so rows may be missing; double those within a field and quote the field";
        sources.find(file, lines.line, "csv", Severity::Warning, message);
    }
    let Some(feed) = feed else { return kind };
    let rows: Vec<product::Row<'_>> = rows
        .iter()
        .map(|(line, row)| product::Row { line: *line, cells: headers.iter().zip(row.iter()).collect() })
        .collect();
    product::read_table(feed, file, &rows, sources)
}

/// The delimiter: a tab where the name says so, otherwise what the first line has most of.
fn delimiter(file: &str, bytes: &[u8]) -> u8 {
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    if extension.eq_ignore_ascii_case("tsv") || extension.eq_ignore_ascii_case("tab") {
        return b'\t';
    }
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| first.iter().filter(|byte| **byte == delimiter).count();
    // Semicolons are what spreadsheets write where the comma is the decimal sign.
    [b'\t', b';'].into_iter().find(|other| count(*other) > count(b',')).unwrap_or(b',')
}

/// Where rows begin. The reader's own count stands before the line feed of a CRLF and before blank lines.
struct Lines<'b> {
    bytes: &'b [u8],
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    /// Rows come in order, so each byte is counted once.
    fn of(&mut self, position: &csv::Position) -> u64 {
        let start = usize::try_from(position.byte()).unwrap_or(usize::MAX).clamp(self.counted, self.bytes.len());
        let blank = self.bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = &self.bytes[self.counted..start + blank];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.counted = start + blank;
        self.line
    }
}
