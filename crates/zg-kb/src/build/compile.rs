//! From entries to bytes. The same entries give the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use zg_domain::Date;

use super::Entry;
use crate::bundle::{MAX_BLOCK, MAX_FORM_BYTES, MAX_FORMS};
use crate::format::{self, put_string, put_varint};

/// Raw bytes in a block of answers: small enough to decode one in well under a millisecond, large enough to compress.
const BLOCK: usize = 16 * 1024;
const LEVEL: u8 = 10;

/// Why entries could not be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// Two entries share an id. Rename one.
    #[error("{file}:{line}: the id {id:?} is taken by {other}; ids are unique")]
    DuplicateId { file: String, line: u64, id: String, other: String },
    /// A question or an answer is empty. Write it or drop the entry.
    #[error("{file}:{line}: {what} is empty")]
    Empty { file: String, line: u64, what: &'static str },
    /// One text is longer than a block may be. Cut the answer in two.
    #[error("{file}:{line}: a text of {length} bytes is too long; {MAX_BLOCK} is the most")]
    TooLong { file: String, line: u64, length: usize },
    /// No source gave an entry.
    #[error("no entries to compile")]
    NoEntries,
    /// More than 4 GiB, or more ways to ask than a device takes on. Compile several bundles.
    #[error(
        "the bundle would be larger than 4 GiB, or hold more than {MAX_FORMS} ways to ask or {MAX_FORM_BYTES} bytes of them"
    )]
    TooLarge,
}

/// Compiles entries into a bundle, in the order given.
///
/// # Errors
/// [`CompileError`]: the first entry that no bundle can hold.
pub fn compile(entries: &[Entry]) -> Result<Vec<u8>, CompileError> {
    if entries.is_empty() {
        return Err(CompileError::NoEntries);
    }
    let ids = ids(entries)?;
    let mut pool = BTreeSet::new();
    let mut rows = Vec::new();
    for (entry, id) in entries.iter().zip(&ids) {
        let lang = if entry.lang.is_empty() {
            zg_text::identify(&entry.question).0.written().unwrap_or("")
        } else {
            &entry.lang
        };
        let source = format!("{}#{id}", entry.file);
        let pooled = [lang.to_owned(), entry.category.clone(), entry.intent.clone(), entry.product.clone(), source];
        pool.extend(pooled.iter().cloned());
        rows.push(pooled);
    }
    let numbers: BTreeMap<&str, usize> = pool.iter().enumerate().map(|(at, text)| (text.as_str(), at)).collect();

    let mut table = Vec::new();
    put_varint(&mut table, pool.len());
    for text in &pool {
        put_string(&mut table, text);
    }
    put_varint(&mut table, entries.len());
    let mut forms = Blocks::default();
    let mut answers = Blocks::default();
    for ((entry, id), pooled) in entries.iter().zip(&ids).zip(&rows) {
        put_string(&mut table, id);
        for text in pooled {
            put_varint(&mut table, numbers[text.as_str()]);
        }
        for date in [entry.verified, entry.valid_until] {
            // 0 is no date; days before 1970 are none that a shop means.
            put_varint(&mut table, date.and_then(|date: Date| usize::try_from(date.days() + 1).ok()).unwrap_or(0));
        }
        let ways = ways(entry);
        put_varint(&mut table, ways.len());
        for way in &ways {
            forms.push(entry, way)?;
        }
        answers.push(entry, entry.answer.trim())?;
    }
    if forms.n_strings > MAX_FORMS || forms.n_bytes > MAX_FORM_BYTES {
        return Err(CompileError::TooLarge);
    }
    let form_section = forms.finish(|_, out| out.clear());
    let answer_section = answers.finish(|n, out| put_varint(out, n));
    format::write(&[(b"ENTR", table), (b"FORM", form_section), (b"ANSW", answer_section)]).ok_or(CompileError::TooLarge)
}

/// The question and its variants, without those that fold to the same text.
fn ways(entry: &Entry) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    std::iter::once(&entry.question)
        .chain(&entry.variants)
        .map(|way| way.trim())
        .filter(|way| !way.is_empty() && seen.insert(zg_text::normalize(way)))
        .collect()
}

fn ids(entries: &[Entry]) -> Result<Vec<String>, CompileError> {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    let mut ids = Vec::with_capacity(entries.len());
    for entry in entries {
        let (file, line) = (entry.file.clone(), entry.line);
        for (what, text) in [("the question", &entry.question), ("the answer", &entry.answer)] {
            if text.trim().is_empty() {
                return Err(CompileError::Empty { file, line, what });
            }
        }
        // Made from the text, not from the position: an entry keeps its id when others come and go.
        let id = if entry.id.is_empty() {
            let text = format!("{}\n{}", entry.lang, zg_text::normalize(&entry.question));
            format!("q-{:08x}", crc32fast::hash(text.as_bytes()))
        } else {
            entry.id.clone()
        };
        if let Some(other) = taken.insert(id.clone(), format!("{file}:{line}")) {
            return Err(CompileError::DuplicateId { file, line, id, other });
        }
        ids.push(id);
    }
    Ok(ids)
}

/// Strings gathered into blocks of about [`BLOCK`] bytes.
#[derive(Default)]
struct Blocks {
    full: Vec<(usize, Vec<u8>)>,
    n: usize,
    raw: Vec<u8>,
    n_strings: usize,
    n_bytes: usize,
}

impl Blocks {
    fn push(&mut self, entry: &Entry, text: &str) -> Result<(), CompileError> {
        if text.len() + 8 > MAX_BLOCK {
            return Err(CompileError::TooLong { file: entry.file.clone(), line: entry.line, length: text.len() });
        }
        if self.n > 0 && self.raw.len() + text.len() > BLOCK {
            self.full.push((self.n, std::mem::take(&mut self.raw)));
            self.n = 0;
        }
        let before = self.raw.len();
        put_string(&mut self.raw, text);
        self.n += 1;
        self.n_strings += 1;
        self.n_bytes += self.raw.len() - before;
        Ok(())
    }

    /// Each block: what `head` writes of its number of strings, raw length, compressed length, deflate stream.
    fn finish(mut self, head: impl Fn(usize, &mut Vec<u8>)) -> Vec<u8> {
        if self.n > 0 {
            self.full.push((self.n, self.raw));
        }
        let mut section = Vec::new();
        for (n, raw) in self.full {
            let compressed = miniz_oxide::deflate::compress_to_vec(&raw, LEVEL);
            let mut start = Vec::new();
            head(n, &mut start);
            section.append(&mut start);
            put_varint(&mut section, raw.len());
            put_varint(&mut section, compressed.len());
            section.extend_from_slice(&compressed);
        }
        section
    }
}
