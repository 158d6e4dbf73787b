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
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                sources.find(file, line, "csv", Severity::Error, error.to_string());
                continue;
            }
        };
        let line = row.position().map_or(0, csv::Position::line);
        if row.len() != headers.len() {
            let message = format!("{} fields where the header has {}; quote fields that hold a comma", row.len(), headers.len());
            sources.find(file, line, "csv", Severity::Error, message);
            continue;
        }
        let mut entry = Entry { file: file.to_owned(), line, ..Entry::default() };
        for (name, value) in headers.iter().zip(row.iter()) {
            sources.set(&mut entry, line, name.trim(), value);
        }
        sources.entries.push(entry);
    }
}
