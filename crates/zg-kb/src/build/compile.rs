//! From entries to bytes. The same entries give the same bytes.

use std::collections::{HashMap, HashSet};

use zg_domain::Date;

use super::{Entry, Product, parallel, slice};
use crate::beside;
use crate::bundle::{COUNTED, MADE, MAX_BLOCK, MAX_FORM_BYTES, MAX_FORMS, N_TEXTS, NEW, RECENT, made_id, successor};
use crate::format::{self, MAGIC, put_string, put_varint};

/// Raw bytes in a block of answers: small enough to decode one in well under a millisecond, large enough to compress.
const BLOCK: usize = 16 * 1024;
/// Stored, in frames of deflate: what delivers the file compresses the text of all blocks together, and by a fifth better.
const LEVEL: u8 = 0;

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
    compile_with(entries, &Extras::default())
}

/// What a bundle may carry beside its entries.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras<'e> {
    /// A slice of the catalog: the first [`MAX_PRODUCTS`](crate::MAX_PRODUCTS), in the order given.
    pub products: &'e [Product],
    /// An embedding of the shop's own: [`learn`](super::learn).
    pub embedding: Option<&'e [u8]>,
    /// Playbooks, compiled by `zg-assistant`; empty for none.
    pub playbooks: &'e [u8],
    /// A slice of a recommendation index, as `zg-recommend` saves it; empty for none.
    pub recommender: &'e [u8],
}

/// [`compile`], with more than entries.
///
/// # Errors
/// As [`compile`].
pub fn compile_with(entries: &[Entry], extras: &Extras<'_>) -> Result<Vec<u8>, CompileError> {
    let mut sections = texts(entries)?;
    if !extras.products.is_empty() {
        sections.push((b"PROD", slice::section(extras.products)));
    }
    if !extras.playbooks.is_empty() {
        sections.push((b"PLAY", extras.playbooks.to_vec()));
    }
    if !extras.recommender.is_empty() {
        sections.push((b"RECO", extras.recommender.to_vec()));
    }
    if let Some(embedding) = extras.embedding {
        sections.push((b"EMBD", embedding.to_vec()));
    }
    format::write(MAGIC, &sections).ok_or(CompileError::TooLarge)
}

/// The files of a bundle that has products: itself, and what lies beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    pub bundle: Vec<u8>,
    /// The catalog and the index of a recommender.
    pub products: Option<Vec<u8>>,
    /// What was learned of the ways to ask.
    pub learned: Option<Vec<u8>>,
}

/// The same in several files, where there are products: the bundle has what a first answer needs, and beside it lies what is wanted
/// later or by few. The bundle names the others by their hashes, so who believes the bundle need believe nobody else.
///
/// # Errors
/// As [`compile`].
pub fn compile_files(entries: &[Entry], extras: &Extras<'_>) -> Result<Files, CompileError> {
    if extras.products.is_empty() {
        return Ok(Files { bundle: compile_with(entries, extras)?, ..Files::default() });
    }
    let mut products: Vec<Section> = vec![(b"PROD", slice::section(extras.products))];
    if !extras.recommender.is_empty() {
        products.push((b"RECO", extras.recommender.to_vec()));
    }
    let write = |sections: Vec<Section>| format::write(beside::MAGIC, &sections).ok_or(CompileError::TooLarge);
    let products = write(products)?;
    let learned = extras.embedding.map(|table| write(vec![(b"EMBD", table.to_vec())])).transpose()?;
    let mut side = beside::row(&products, beside::PRODUCTS).ok_or(CompileError::TooLarge)?;
    if let Some(learned) = &learned {
        side.extend(beside::row(learned, beside::LEARNED).ok_or(CompileError::TooLarge)?);
    }
    let mut sections = texts(entries)?;
    if !extras.playbooks.is_empty() {
        sections.push((b"PLAY", extras.playbooks.to_vec()));
    }
    sections.push((b"SIDE", side));
    let bundle = format::write(MAGIC, &sections).ok_or(CompileError::TooLarge)?;
    Ok(Files { bundle, products: Some(products), learned })
}

type Section = (&'static [u8; 4], Vec<u8>);

/// Entries, ways to ask and answers.
fn texts(entries: &[Entry]) -> Result<Vec<Section>, CompileError> {
    if entries.is_empty() {
        return Err(CompileError::NoEntries);
    }
    let ids = ids(entries)?;
    // Columns, because what is alike then stands together and compresses to nothing on its way;
    // nothing is named by its place among all, so that a change of one entry is a change in few places.
    let mut table = Vec::new();
    put_varint(&mut table, entries.len());
    put_ids(&mut table, entries, &ids);
    let mut records = Records::default();
    for entry in entries {
        records.put(&mut table, entry);
    }
    let mut forms = String::new();
    let mut n_forms = 0;
    let mut answers = Blocks::default();
    for entry in entries {
        let ways = ways(entry);
        put_varint(&mut table, ways.len());
        n_forms += ways.len();
        for way in &ways {
            too_long(entry, way)?;
            forms.push_str(way);
            forms.push('\n');
        }
        let answer = entry.answer.trim();
        too_long(entry, answer)?;
        answers.push(answer);
    }
    if n_forms > MAX_FORMS || forms.len() > MAX_FORM_BYTES {
        return Err(CompileError::TooLarge);
    }
    // As plain text: what delivers the file compresses it better than blocks of our own would, and a device reads it in place.
    Ok(vec![(b"ENTR", table), (b"FORM", forms.into_bytes()), (b"ANSW", answers.finish())])
}

fn too_long(entry: &Entry, text: &str) -> Result<(), CompileError> {
    if text.len() + 8 > MAX_BLOCK {
        return Err(CompileError::TooLong { file: entry.file.clone(), line: entry.line, length: text.len() });
    }
    Ok(())
}

fn put_ids(table: &mut Vec<u8>, entries: &[Entry], ids: &[String]) {
    let mut before: Option<&String> = None;
    for (entry, id) in entries.iter().zip(ids) {
        // Folding costs; an id that does not look like a made one is none.
        if id.starts_with("q-") && *id == made_id(&one_line(&entry.question)) {
            put_varint(table, MADE);
        } else if before.and_then(|before| successor(before)).is_some_and(|next| next == *id) {
            put_varint(table, COUNTED);
        } else {
            put_varint(table, id.len() + 1);
            table.extend_from_slice(id.as_bytes());
        }
        before = Some(id);
    }
}

/// What the entries before said of themselves, the last first.
#[derive(Default)]
struct Records {
    recent: Vec<Record>,
    written: [String; N_TEXTS],
}

/// Language, category, intent, product, file, audience; verified, valid until.
type Record = ([String; N_TEXTS], [usize; 2]);

impl Records {
    fn put(&mut self, table: &mut Vec<u8>, entry: &Entry) {
        let lang = if entry.lang.is_empty() {
            zg_text::identify(&entry.question).0.written().unwrap_or("")
        } else {
            &entry.lang
        };
        let audience = groups(&entry.audience).join("|");
        let texts = [lang, &entry.category, &entry.intent, &entry.product, &entry.file, &audience].map(str::to_owned);
        // 0 is no date; days before 1970 are none that a shop means.
        let number = |date: Date| usize::try_from(date.days() + 1).unwrap_or(0);
        let record = (texts, [entry.verified, entry.valid_until].map(|date| date.map_or(0, number)));
        if let Some(at) = self.recent.iter().position(|other| *other == record) {
            put_varint(table, at + 1);
            self.recent.remove(at);
        } else {
            put_varint(table, NEW);
            for (text, before) in record.0.iter().zip(&self.written) {
                if text == before {
                    put_varint(table, 0);
                } else {
                    put_varint(table, text.len() + 1);
                    table.extend_from_slice(text.as_bytes());
                }
            }
            record.1.iter().for_each(|number| put_varint(table, *number));
            self.written.clone_from(&record.0);
        }
        self.recent.insert(0, record);
        self.recent.truncate(RECENT);
    }
}

/// The groups that an author names, as a query's are read too ([`Query::audience`](crate::Query)): folded, each once.
pub(super) fn groups(audience: &str) -> Vec<String> {
    let mut groups = Vec::new();
    for group in zg_text::normalize(audience).split('|').map(str::trim) {
        if !group.is_empty() && !groups.iter().any(|other| other == group) {
            groups.push(group.to_owned());
        }
    }
    groups
}

/// A way to ask, trimmed, without line feeds.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The question and its variants, without those that fold to the same text.
fn ways(entry: &Entry) -> Vec<String> {
    if entry.variants.is_empty() {
        return vec![one_line(&entry.question)];
    }
    let mut seen = HashSet::new();
    std::iter::once(&entry.question)
        .chain(&entry.variants)
        .map(|way| one_line(way))
        .filter(|way| !way.is_empty() && seen.insert(zg_text::normalize(way)))
        .collect()
}

/// The id of each entry in the bundle: the author's, or one made from the question.
///
/// # Errors
/// Where two entries share an id, or a question or answer is empty.
pub fn ids(entries: &[Entry]) -> Result<Vec<String>, CompileError> {
    let mut taken: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    let mut ids = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        for (what, text) in [("the question", &entry.question), ("the answer", &entry.answer)] {
            if text.trim().is_empty() {
                return Err(CompileError::Empty { file: entry.file.clone(), line: entry.line, what });
            }
        }
        let mut id = if entry.id.is_empty() { made_id(&one_line(&entry.question)) } else { entry.id.clone() };
        if entry.id.is_empty() && taken.contains_key(&id) {
            // The same question with another answer, in another file or for another product.
            let made = (2..).map(|n| format!("{id}-{n}")).find(|made| !taken.contains_key(made));
            id = made.unwrap_or(id);
        }
        if let Some(other) = taken.insert(id.clone(), at) {
            let other = format!("{}:{}", entries[other].file, entries[other].line);
            return Err(CompileError::DuplicateId { file: entry.file.clone(), line: entry.line, id, other });
        }
        ids.push(id);
    }
    Ok(ids)
}

/// Strings gathered into blocks of about [`BLOCK`] bytes.
#[derive(Default)]
pub(super) struct Blocks {
    full: Vec<(usize, Vec<u8>)>,
    n: usize,
    raw: Vec<u8>,
}

impl Blocks {
    pub(super) fn push(&mut self, text: &str) {
        if self.n > 0 && self.raw.len() + text.len() > BLOCK {
            self.full.push((self.n, std::mem::take(&mut self.raw)));
            self.n = 0;
        }
        put_string(&mut self.raw, text);
        self.n += 1;
    }

    /// Each block: number of strings, raw length, compressed length, deflate stream.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.n > 0 {
            self.full.push((self.n, self.raw));
        }
        let mut section = Vec::new();
        // A block is compressed without a look at the others.
        let compressed = parallel::map_large(&self.full, |(_, raw)| miniz_oxide::deflate::compress_to_vec(raw, LEVEL));
        for ((n, raw), compressed) in self.full.iter().zip(compressed) {
            for number in [*n, raw.len(), compressed.len()] {
                put_varint(&mut section, number);
            }
            section.extend_from_slice(&compressed);
        }
        section
    }
}
