//! CSV: a header row names the columns, each further row is an entry.

use super::{Entry, Severity, Sources};

pub(super) fn read(file: &str, bytes: &[u8], sources: &mut Sources) {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => {
            sources.find(file, 1, "csv", Severity::Error, error.to_string());
            return;
        }
    };
    if !["question", "answer"].iter().all(|needed| headers.iter().any(|name| name.trim() == *needed)) {
        sources.find(file, 1, "csv", Severity::Error, "the header row must name the columns question and answer");
        return;
    }
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
        let mut entry = Entry { file: file.to_owned(), line, ..Entry::default() };
        for (name, value) in headers.iter().zip(row.iter()) {
            sources.set(&mut entry, line, name.trim(), value);
        }
        sources.entries.push(entry);
    }
    // An open quote swallows every row after it without an error.
    if bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
        let message =
            "a quotation mark has no partner, so rows may be missing; double those within a field and quote the field";
        sources.find(file, lines.line, "csv", Severity::Warning, message);
    }
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
