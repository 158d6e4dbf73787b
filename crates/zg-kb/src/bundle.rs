//! An opened bundle: entries, their ways to be asked, their answers.

use std::collections::HashMap;

use zg_domain::Date;

use crate::beside::Beside;
use crate::embed::Embedding;
use crate::format::{OpenError, Reader, Sections, malformed};
use crate::index::Index;
use crate::meaning::Vectors;
use crate::strings::Strings;

/// Position of an entry in its bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryIdx(pub u32);

/// What is known of an entry besides its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryInfo<'b> {
    pub id: &'b str,
    /// BCP 47; empty where the author said none.
    pub lang: &'b str,
    pub category: &'b str,
    /// A label of the intent model; empty where the author said none.
    pub intent: &'b str,
    pub product: &'b str,
    /// The groups of shoppers it is for, folded and separated by `|`; empty: everybody.
    pub audience: &'b str,
    /// The file it was compiled from.
    pub file: &'b str,
    /// The day a person last confirmed it.
    pub verified: Option<Date>,
    /// The last day it holds.
    pub valid_until: Option<Date>,
}

impl EntryInfo<'_> {
    /// File and anchor it was compiled from.
    #[must_use]
    pub fn source(&self) -> String {
        format!("{}#{}", self.file, self.id)
    }

    /// Whether its last day is before this one.
    #[must_use]
    pub fn expired(&self, today: Date) -> bool {
        self.valid_until.is_some_and(|last| last < today)
    }
}

/// What entries of one file mostly share.
struct Record {
    /// Language, category, intent, product, file, audience.
    texts: [u32; N_TEXTS],
    verified: Option<Date>,
    valid_until: Option<Date>,
}

/// How many texts a record has.
pub(crate) const N_TEXTS: usize = 6;

/// One block of compressed answers: entries `first..`, bytes within the section.
pub(crate) struct Block {
    pub(crate) first: u32,
    pub(crate) bytes: std::ops::Range<usize>,
    pub(crate) raw_length: usize,
}

/// The largest a block may say it becomes; the compiler cuts at 16 KiB, but one answer may be longer.
pub(crate) const MAX_BLOCK: usize = 1 << 20;
/// Deflate cannot shrink by more than this (RFC 1951), so a larger claim is a lie told to make us allocate.
const MAX_RATIO: usize = 1_032;
/// The most ways to ask, and the most bytes of them, that a device takes on: each costs some fifty bytes of index.
pub(crate) const MAX_FORMS: usize = 1 << 20;
pub(crate) const MAX_FORM_BYTES: usize = 64 << 20;

/// A knowledge bundle, opened and indexed.
pub struct Bundle {
    pub(crate) n_bytes: usize,
    pool: Strings,
    records: Vec<Record>,
    ids: Strings,
    /// Per entry.
    pub(crate) record_of: Vec<u32>,
    /// The first form of each entry, and behind the last one the number of all; empty where every entry has one form.
    first_form: Vec<u32>,
    /// Empty where every entry has one form.
    entry_of_form: Vec<u32>,
    pub(crate) forms: Strings,
    answers: Vec<u8>,
    blocks: Vec<Block>,
    /// The section of products as it is, empty where there is none.
    pub(crate) products: Vec<u8>,
    pub(crate) catalog: std::sync::OnceLock<crate::products::Products>,
    /// As they are: the dialogue reads them.
    playbooks: Vec<u8>,
    pub(crate) recommender: Vec<u8>,
    /// What lies in files beside it, and what of that is still to come.
    pub(crate) beside: Vec<Beside>,
    pub(crate) awaited: Vec<Beside>,
    pub(crate) index: Index,
    pub(crate) vectors: Vectors,
}

/// Whether a file of so many bytes is worth vectors. Forms and terms have some of their own size, however short they are: such as
/// say next to nothing are a lie told to make us allocate.
pub(crate) fn says_enough(n_bytes: usize, index: &Index, n_forms: usize) -> bool {
    n_forms <= n_bytes / 8 && index.n_terms() <= n_bytes / 16
}

impl Bundle {
    /// Checks and opens a bundle, and builds its index.
    ///
    /// # Errors
    /// [`OpenError`] for any bytes that the compiler has not written. No bytes make it panic.
    pub fn open(file: Vec<u8>) -> Result<Self, OpenError> {
        let sections = Sections::read(&file)?;
        let forms = read_forms(sections.get(b"FORM")?)?;
        let answers = sections.get(b"ANSW")?.to_vec();
        let own = sections.find(b"EMBD").map(Embedding::read).transpose()?;
        let products = sections.find(b"PROD").unwrap_or_default().to_vec();
        let playbooks = sections.find(b"PLAY").unwrap_or_default().to_vec();
        let recommender = sections.find(b"RECO").unwrap_or_default().to_vec();
        let beside = sections.find(b"SIDE").map(Beside::read).transpose()?.unwrap_or_default();
        let mut reader = Reader { rest: sections.get(b"ENTR")? };
        let n_entries = reader.count("entry count")?;
        // Every entry has a question.
        if n_entries > forms.len() {
            return Err(malformed("entry count"));
        }
        let mut ids = Ids::default();
        for _ in 0..n_entries {
            ids.read(&mut reader)?;
        }
        let mut read = Records::default();
        let record_of = (0..n_entries).map(|_| read.read(&mut reader)).collect::<Result<Vec<u32>, _>>()?;
        let (pool, records) = (read.pool, read.records);
        let mut first_form = Vec::with_capacity(n_entries + 1);
        let mut form = 0_usize;
        for _ in 0..n_entries {
            first_form.push(form as u32);
            let n = reader.varint()?;
            if n == 0 || n > forms.len() - form {
                return Err(malformed("form count"));
            }
            form += n;
        }
        if form != forms.len() || !reader.rest.is_empty() {
            return Err(malformed("form count"));
        }
        first_form.push(form as u32);
        let ids = ids.finish(|entry| forms.get(first_form[entry] as usize)).shrunk();
        let blocks = read_blocks(&answers, n_entries)?;
        let n_bytes = file.len();
        // Before the index is built, so that both are never there at once.
        drop(file);
        let index = Index::build(&forms, &first_form)?;
        let entry_of_form = if n_entries == forms.len() {
            first_form = Vec::new();
            Vec::new()
        } else {
            let forms_of = first_form.windows(2).zip(0..).map(|(two, entry)| (two[1] - two[0], entry));
            forms_of.flat_map(|(n, entry)| std::iter::repeat_n(entry, n as usize)).collect()
        };
        let vectors = Vectors::own(own.filter(|_| says_enough(n_bytes, &index, forms.len())), &index, forms.len());
        Ok(Self {
            n_bytes,
            pool,
            records,
            ids,
            record_of,
            first_form,
            entry_of_form,
            forms,
            answers,
            blocks,
            products,
            catalog: std::sync::OnceLock::new(),
            playbooks,
            recommender,
            awaited: beside.clone(),
            beside,
            index,
            vectors,
        })
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.record_of.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.record_of.is_empty()
    }

    /// Length of the file, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.n_bytes
    }

    /// Number of distinct terms, number of ways to ask.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.index.n_terms(), self.forms.len())
    }

    pub fn entries(&self) -> impl Iterator<Item = (EntryIdx, EntryInfo<'_>)> {
        (0..self.len() as u32).map(|at| (EntryIdx(at), self.entry(EntryIdx(at))))
    }

    /// # Panics
    /// For an index of another bundle.
    #[must_use]
    pub fn entry(&self, entry: EntryIdx) -> EntryInfo<'_> {
        let record = &self.records[self.record_of[entry.0 as usize] as usize];
        let [lang, category, intent, product, file, audience] = record.texts.map(|text| self.pool.get(text as usize));
        let id = self.ids.get(entry.0 as usize);
        EntryInfo {
            id,
            lang,
            category,
            intent,
            product,
            audience,
            file,
            verified: record.verified,
            valid_until: record.valid_until,
        }
    }

    /// Whether any entry's last day is before this one: a look at each record, of which there are few.
    #[must_use]
    pub fn any_expired(&self, today: Date) -> bool {
        self.records.iter().any(|record| record.valid_until.is_some_and(|last| last < today))
    }

    /// The entry of an id: a look at each, because only what a shopper taps is looked up so.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<EntryIdx> {
        (0..self.len()).find(|at| self.ids.get(*at) == id).map(|at| EntryIdx(at as u32))
    }

    /// The question as its author wrote it.
    #[must_use]
    pub fn question(&self, entry: EntryIdx) -> &str {
        self.forms.get(self.forms_of(entry).start as usize)
    }

    /// Every way to ask for an entry, the question first.
    pub fn forms(&self, entry: EntryIdx) -> impl Iterator<Item = &str> {
        self.forms_of(entry).map(|form| self.forms.get(form as usize))
    }

    /// Language, product, audience and last day of each record; [`Bundle::record_of`] says which is an entry's.
    pub(crate) fn records(&self) -> impl Iterator<Item = ([&str; 3], Option<Date>)> {
        let text = |number: u32| self.pool.get(number as usize);
        self.records.iter().map(move |record| {
            let [lang, _, _, product, _, audience] = record.texts;
            ([text(lang), text(product), text(audience)], record.valid_until)
        })
    }

    pub(crate) fn forms_of(&self, entry: EntryIdx) -> std::ops::Range<u32> {
        let at = entry.0 as usize;
        if self.first_form.is_empty() { entry.0..entry.0 + 1 } else { self.first_form[at]..self.first_form[at + 1] }
    }

    /// The entry that is asked for by a form.
    pub(crate) fn entry_of(&self, form: u32) -> EntryIdx {
        EntryIdx(if self.entry_of_form.is_empty() { form } else { self.entry_of_form[form as usize] })
    }

    /// The section of playbooks as it is, for whoever conducts the dialogue; empty where there is none.
    #[must_use]
    pub fn playbooks(&self) -> &[u8] {
        &self.playbooks
    }

    /// The section of a recommendation index as it is, for whoever makes lists; empty where there is none.
    #[must_use]
    pub fn recommender(&self) -> &[u8] {
        &self.recommender
    }

    /// The same, which is then no longer here: another module keeps it.
    pub fn take_recommender(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.recommender)
    }

    /// Decodes the block that holds an answer and takes the answer out.
    ///
    /// # Errors
    /// [`OpenError::Malformed`]; blocks are looked into only here, so that opening costs no more than it must.
    pub fn answer(&self, entry: EntryIdx) -> Result<String, OpenError> {
        let at = self.blocks.partition_point(|block| block.first <= entry.0);
        let block = at.checked_sub(1).map(|at| &self.blocks[at]).ok_or(malformed("an answer is in no block"))?;
        let raw = inflate(&self.answers[block.bytes.clone()], block.raw_length)?;
        let mut reader = Reader { rest: &raw };
        for _ in block.first..entry.0 {
            reader.string()?;
        }
        reader.string().map(str::to_owned)
    }
}

/// How a record is written that none of the last [`RECENT`] is; any other number is one more than its place among them.
pub(crate) const NEW: usize = 0;
/// How far back a record is looked for: few, because each look costs so many steps, and a hostile file has a million.
pub(crate) const RECENT: usize = 64;

/// Records as they are read, each once.
#[derive(Default)]
struct Records {
    pool: Strings,
    numbers: HashMap<Box<str>, u32>,
    records: Vec<Record>,
    /// Numbers of the records read last, the last first.
    recent: Vec<u32>,
    /// The texts of the record written last.
    written: Option<[u32; N_TEXTS]>,
}

impl Records {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<u32, OpenError> {
        let place = reader.varint()?;
        let record = if place == NEW {
            let record = self.read_new(reader)?;
            self.records.push(record);
            self.records.len() as u32 - 1
        } else if place <= self.recent.len() {
            self.recent.remove(place - 1)
        } else {
            return Err(malformed("record number"));
        };
        self.recent.insert(0, record);
        self.recent.truncate(RECENT);
        Ok(record)
    }

    fn read_new(&mut self, reader: &mut Reader<'_>) -> Result<Record, OpenError> {
        let mut texts = self.written.unwrap_or_else(|| [self.pooled(""); N_TEXTS]);
        for text in &mut texts {
            if let Some(length) = reader.varint()?.checked_sub(1) {
                let bytes = reader.bytes(length)?;
                *text = self.pooled(std::str::from_utf8(bytes).map_err(|_| malformed("a text is not UTF-8"))?);
            }
        }
        self.written = Some(texts);
        let mut date = || -> Result<Option<Date>, OpenError> {
            Ok(reader.varint()?.checked_sub(1).map(|days| Date::from_days(days as i64)))
        };
        Ok(Record { texts, verified: date()?, valid_until: date()? })
    }

    fn pooled(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.pool.len() as u32;
        self.pool.push(text);
        self.numbers.insert(text.into(), number);
        number
    }
}

/// Ids as they are read: given, counted on from the one before, or made from the question.
#[derive(Default)]
struct Ids {
    ids: Strings,
    made: Vec<u32>,
}

/// How an id is written: a word for two kinds, or one more than the length of the id itself.
pub(crate) const MADE: usize = 0;
pub(crate) const COUNTED: usize = 1;

impl Ids {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), OpenError> {
        match reader.varint()? {
            MADE => {
                self.made.push(self.ids.len() as u32);
                self.ids.push("");
            }
            COUNTED => {
                let before = self.ids.len().checked_sub(1).map(|at| self.ids.get(at));
                let next = before.and_then(successor).ok_or(malformed("an id counts on from none"))?;
                self.ids.push(&next);
            }
            length => {
                let bytes = reader.bytes(length - 1)?;
                self.ids.push(std::str::from_utf8(bytes).map_err(|_| malformed("a text is not UTF-8"))?);
            }
        }
        Ok(())
    }

    /// `question` gives the text of an entry's question.
    fn finish<'f>(self, question: impl Fn(usize) -> &'f str) -> Strings {
        if self.made.is_empty() {
            return self.ids;
        }
        let mut ids = Strings::default();
        let mut made = self.made.iter().peekable();
        for at in 0..self.ids.len() {
            if made.next_if(|made| **made as usize == at).is_some() {
                ids.push(&made_id(question(at)));
            } else {
                ids.push(self.ids.get(at));
            }
        }
        ids
    }
}

/// The id of an entry whose author gave none. Made from the text, not from the position: an entry keeps its id when
/// others come and go.
pub(crate) fn made_id(question: &str) -> String {
    format!("q-{:08x}", crate::format::checksum(zg_text::normalize(question).as_bytes()))
}

/// The id with the number at its end counted on: `faq-9` gives `faq-10`. None where it ends in no number of ours.
pub(crate) fn successor(id: &str) -> Option<String> {
    let (name, digits) = id.split_at(id.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    let number: u32 = digits.parse().ok().filter(|_| digits == "0" || !digits.starts_with('0'))?;
    Some(format!("{name}{}", number.checked_add(1)?))
}

/// Texts, each up to a line feed.
fn read_forms(section: &[u8]) -> Result<Strings, OpenError> {
    if section.len() > MAX_FORM_BYTES {
        return Err(malformed("form length"));
    }
    let text = std::str::from_utf8(section).map_err(|_| malformed("a text is not UTF-8"))?;
    let forms = Strings::of_lines(text).ok_or(malformed("a form is cut"))?;
    if forms.len() > MAX_FORMS { Err(malformed("form count")) } else { Ok(forms) }
}

fn read_blocks(answers: &[u8], n_entries: usize) -> Result<Vec<Block>, OpenError> {
    let (blocks, n) = blocks_of(answers)?;
    if n == n_entries { Ok(blocks) } else { Err(malformed("answer count")) }
}

/// The blocks of a section of strings, and how many strings they say they hold.
pub(crate) fn blocks_of(answers: &[u8]) -> Result<(Vec<Block>, usize), OpenError> {
    let mut reader = Reader { rest: answers };
    let mut blocks = Vec::new();
    let mut first = 0_usize;
    while !reader.rest.is_empty() {
        let (n, raw_length, length) = (reader.varint()?, reader.varint()?, reader.varint()?);
        let start = answers.len() - reader.rest.len();
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
    Ok((blocks, first))
}

pub(crate) fn inflate(compressed: &[u8], raw_length: usize) -> Result<Vec<u8>, OpenError> {
    let raw = miniz_oxide::inflate::decompress_to_vec_with_limit(compressed, raw_length)
        .map_err(|_| malformed("a block does not decompress"))?;
    if raw.len() == raw_length { Ok(raw) } else { Err(malformed("block length")) }
}
