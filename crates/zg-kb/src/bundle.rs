//! An opened bundle: entries, their ways to be asked, their answers.

use zg_domain::Date;

use crate::format::{OpenError, Reader, Sections, malformed};
use crate::index::Index;

/// Position of an entry in its bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryIdx(pub u32);

/// What is known of an entry besides its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryInfo {
    pub id: String,
    /// BCP 47; empty where the author said none.
    pub lang: String,
    pub category: String,
    /// A label of the intent model; empty where the author said none.
    pub intent: String,
    pub product: String,
    /// File and anchor it was compiled from.
    pub source: String,
    /// The day a person last confirmed it.
    pub verified: Option<Date>,
    /// The last day it holds.
    pub valid_until: Option<Date>,
    /// Its ways to be asked, as positions in the bundle; the first is the question proper.
    pub(crate) forms: std::ops::Range<u32>,
}

/// One block of compressed answers: entries `first..`, bytes within the file.
struct Block {
    first: u32,
    bytes: std::ops::Range<usize>,
    raw_length: usize,
}

/// The largest a block may say it becomes; the compiler cuts at 16 KiB, but one answer may be longer.
pub(crate) const MAX_BLOCK: usize = 1 << 20;
/// Deflate cannot shrink by more than this (RFC 1951), so a larger claim is a lie told to make us allocate.
const MAX_RATIO: usize = 1_032;
/// The most ways to ask, and the most bytes of them, that a device takes on: each costs a hundred bytes of index or so,
/// and a hundred kilobytes of deflate stream can hold a hundred million.
pub(crate) const MAX_FORMS: usize = 1 << 20;
pub(crate) const MAX_FORM_BYTES: usize = 64 << 20;

/// A knowledge bundle, opened and indexed.
pub struct Bundle {
    file: Vec<u8>,
    entries: Vec<EntryInfo>,
    /// Entries by id, to find one.
    by_id: Vec<u32>,
    pub(crate) forms: Vec<Box<str>>,
    blocks: Vec<Block>,
    pub(crate) index: Index,
}

impl Bundle {
    /// Checks and opens a bundle, and builds its index: about 5 µs an entry.
    ///
    /// # Errors
    /// [`OpenError`] for any bytes that the compiler has not written. No bytes make it panic.
    pub fn open(file: Vec<u8>) -> Result<Self, OpenError> {
        let sections = Sections::read(&file)?;
        let entries = read_entries(sections.get(b"ENTR")?)?;
        let n_forms = entries.last().map_or(0, |entry| entry.forms.end as usize);
        let forms = read_forms(sections.get(b"FORM")?, n_forms)?;
        let blocks = read_blocks(&file, sections.range(b"ANSW")?, entries.len())?;
        let mut by_id: Vec<u32> = (0..entries.len() as u32).collect();
        by_id.sort_by(|a, b| entries[*a as usize].id.cmp(&entries[*b as usize].id));
        if by_id.windows(2).any(|two| entries[two[0] as usize].id == entries[two[1] as usize].id) {
            return Err(malformed("two entries have the same id"));
        }
        let index = Index::build(&entries, &forms)?;
        Ok(Self { entries, by_id, forms, blocks, index, file })
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Length of the file, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.file.len()
    }

    /// Number of distinct terms, number of ways to ask.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.index.n_terms(), self.forms.len())
    }

    pub fn entries(&self) -> impl Iterator<Item = (EntryIdx, &EntryInfo)> {
        self.entries.iter().enumerate().map(|(at, entry)| (EntryIdx(at as u32), entry))
    }

    /// # Panics
    /// For an index of another bundle.
    #[must_use]
    pub fn entry(&self, entry: EntryIdx) -> &EntryInfo {
        &self.entries[entry.0 as usize]
    }

    #[must_use]
    pub fn find(&self, id: &str) -> Option<EntryIdx> {
        let found = self.by_id.binary_search_by(|at| self.entries[*at as usize].id.as_str().cmp(id)).ok()?;
        Some(EntryIdx(self.by_id[found]))
    }

    /// The question as its author wrote it.
    #[must_use]
    pub fn question(&self, entry: EntryIdx) -> &str {
        self.forms.get(self.entry(entry).forms.start as usize).map_or("", |form| form)
    }

    /// Every way to ask for an entry, the question first.
    pub fn forms(&self, entry: EntryIdx) -> impl Iterator<Item = &str> {
        let forms = &self.entry(entry).forms;
        self.forms[forms.start as usize..forms.end as usize].iter().map(|form| &**form)
    }

    /// Decodes the block that holds an answer and takes the answer out.
    ///
    /// # Errors
    /// [`OpenError::Malformed`]; blocks are looked into only here, so that opening costs no more than it must.
    pub fn answer(&self, entry: EntryIdx) -> Result<String, OpenError> {
        let at = self.blocks.partition_point(|block| block.first <= entry.0);
        let block = at.checked_sub(1).map(|at| &self.blocks[at]).ok_or(malformed("an answer is in no block"))?;
        let raw = inflate(&self.file[block.bytes.clone()], block.raw_length)?;
        let mut reader = Reader { rest: &raw };
        for _ in block.first..entry.0 {
            reader.string()?;
        }
        reader.string().map(str::to_owned)
    }
}

fn read_entries(section: &[u8]) -> Result<Vec<EntryInfo>, OpenError> {
    let mut reader = Reader { rest: section };
    let n_strings = reader.varint()?;
    // Each string takes a byte at least: a count past the section's length is a lie.
    if n_strings > section.len() {
        return Err(malformed("string count"));
    }
    let strings = (0..n_strings).map(|_| reader.string()).collect::<Result<Vec<_>, _>>()?;
    let n_entries = reader.varint()?;
    if n_entries > section.len() {
        return Err(malformed("entry count"));
    }
    let mut entries = Vec::with_capacity(n_entries);
    let mut next_form = 0_u32;
    for _ in 0..n_entries {
        let id = reader.string()?.to_owned();
        let mut pooled = || -> Result<String, OpenError> {
            strings.get(reader.varint()?).map(|text| (*text).to_owned()).ok_or(malformed("string number"))
        };
        let [lang, category, intent, product, source] = [pooled()?, pooled()?, pooled()?, pooled()?, pooled()?];
        let mut date = || -> Result<Option<Date>, OpenError> {
            Ok(reader.varint()?.checked_sub(1).map(|days| Date::from_days(days as i64)))
        };
        let (verified, valid_until) = (date()?, date()?);
        let n_forms = reader.varint()?;
        let end = u32::try_from(n_forms).ok().and_then(|n| next_form.checked_add(n)).ok_or(malformed("form count"))?;
        if n_forms == 0 {
            return Err(malformed("an entry without a question"));
        }
        entries.push(EntryInfo {
            id,
            lang,
            category,
            intent,
            product,
            source,
            verified,
            valid_until,
            forms: next_form..end,
        });
        next_form = end;
    }
    Ok(entries)
}

fn read_forms(section: &[u8], n_forms: usize) -> Result<Vec<Box<str>>, OpenError> {
    if n_forms > MAX_FORMS {
        return Err(malformed("form count"));
    }
    let mut reader = Reader { rest: section };
    // As many as the section could hold at best, whatever the entries claim.
    let mut forms = Vec::with_capacity(n_forms.min(section.len().saturating_mul(MAX_RATIO)).min(1 << 16));
    let mut n_bytes = 0_usize;
    while !reader.rest.is_empty() {
        let (raw_length, length) = (reader.varint()?, reader.varint()?);
        n_bytes = n_bytes.saturating_add(raw_length);
        if n_bytes > MAX_FORM_BYTES {
            return Err(malformed("form length"));
        }
        let raw = inflate(reader.bytes(length)?, raw_length)?;
        let mut block = Reader { rest: &raw };
        while !block.rest.is_empty() {
            if forms.len() == n_forms {
                return Err(malformed("form count"));
            }
            forms.push(block.string()?.into());
        }
    }
    if forms.len() == n_forms { Ok(forms) } else { Err(malformed("form count")) }
}

fn read_blocks(file: &[u8], range: std::ops::Range<usize>, n_entries: usize) -> Result<Vec<Block>, OpenError> {
    let mut reader = Reader { rest: &file[range.clone()] };
    let mut blocks = Vec::new();
    let mut first = 0_usize;
    while !reader.rest.is_empty() {
        let (n, raw_length, length) = (reader.varint()?, reader.varint()?, reader.varint()?);
        let start = range.end - reader.rest.len();
        reader.bytes(length)?;
        if n == 0 || raw_length > MAX_BLOCK || raw_length > length.saturating_mul(MAX_RATIO) {
            return Err(malformed("answer block"));
        }
        blocks.push(Block {
            first: u32::try_from(first).map_err(|_| malformed("entry count"))?,
            bytes: start..start + length,
            raw_length,
        });
        first = first.saturating_add(n);
    }
    if first == n_entries { Ok(blocks) } else { Err(malformed("answer count")) }
}

fn inflate(compressed: &[u8], raw_length: usize) -> Result<Vec<u8>, OpenError> {
    if raw_length > MAX_BLOCK || raw_length > compressed.len().saturating_mul(MAX_RATIO) {
        return Err(malformed("block length"));
    }
    let raw = miniz_oxide::inflate::decompress_to_vec_with_limit(compressed, raw_length)
        .map_err(|_| malformed("a block does not decompress"))?;
    if raw.len() == raw_length { Ok(raw) } else { Err(malformed("block length")) }
}
