//! Here is a term: which ways to ask hold it? A term dictionary (`fst`) and posting lists, built when a bundle is opened.

use std::collections::BTreeMap;

use fst::automaton::Levenshtein;
use fst::{IntoStreamer, Map, MapBuilder, Streamer};

use crate::bundle::EntryInfo;
use crate::format::{OpenError, malformed, put_varint};

/// Term dictionary and posting lists over the forms of a bundle.
pub(crate) struct Index {
    /// Term to offset in `postings`.
    dictionary: Map<Vec<u8>>,
    /// Per term: number of entries that hold it, number of forms, form numbers as gaps; all LEB128.
    postings: Vec<u8>,
    /// BM25's length factor of each form.
    length_factors: Vec<f32>,
    /// The entry of each form.
    pub(crate) entry_of_form: Vec<u32>,
    n_entries: usize,
}

/// The forms that hold a term.
pub(crate) struct Postings<'i> {
    pub(crate) idf: f64,
    n_forms: usize,
    rest: &'i [u8],
}

// Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with tf = 1:
// a question says a thing once. b as in the paper: a way to ask that says more than was asked means something else;
// looked at on the development questions and on `tests/data/questions/shoppers.tsv`.
const K1: f64 = 1.2;
const B: f64 = 0.75;

impl Index {
    pub(crate) fn build(entries: &[EntryInfo], forms: &[Box<str>]) -> Result<Self, OpenError> {
        let mut lists: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut lengths = Vec::with_capacity(forms.len());
        let mut entry_of_form = Vec::with_capacity(forms.len());
        for (at, entry) in entries.iter().enumerate() {
            for form in entry.forms.clone() {
                let mut n_terms = 0_u32;
                for term in zg_text::terms(&forms[form as usize]) {
                    n_terms += 1;
                    let list = lists.entry(term.text).or_default();
                    if list.last() != Some(&form) {
                        list.push(form);
                    }
                }
                lengths.push(n_terms);
                entry_of_form.push(at as u32);
            }
        }
        let mut builder = MapBuilder::memory();
        let mut postings = Vec::new();
        for (term, list) in &lists {
            builder.insert(term, postings.len() as u64).map_err(|_| malformed("term order"))?;
            let mut entries_of_term: Vec<u32> = list.iter().map(|form| entry_of_form[*form as usize]).collect();
            entries_of_term.dedup();
            put_varint(&mut postings, entries_of_term.len());
            put_varint(&mut postings, list.len());
            let mut previous = 0;
            for form in list {
                put_varint(&mut postings, (form - previous) as usize);
                previous = *form;
            }
        }
        let mean = f64::from(lengths.iter().sum::<u32>()).max(1.0) / (lengths.len().max(1) as f64);
        let length_factors = lengths
            .iter()
            .map(|length| ((K1 + 1.0) / (1.0 + K1 * (1.0 - B + B * f64::from(*length) / mean))) as f32)
            .collect();
        let dictionary = Map::new(builder.into_inner().map_err(|_| malformed("term dictionary"))?)
            .map_err(|_| malformed("term dictionary"))?;
        Ok(Self { dictionary, postings, length_factors, entry_of_form, n_entries: entries.len() })
    }

    pub(crate) fn n_terms(&self) -> usize {
        self.dictionary.len()
    }

    pub(crate) fn length_factor(&self, form: u32) -> f64 {
        f64::from(self.length_factors[form as usize])
    }

    pub(crate) fn postings(&self, term: &str) -> Option<Postings<'_>> {
        self.dictionary.get(term).map(|offset| self.postings_at(offset as usize))
    }

    /// The terms one edit away (insertion, deletion or substitution of a character), in order.
    pub(crate) fn near(&self, term: &str) -> Vec<(String, Postings<'_>)> {
        // Refused only for automata of more states than a word of this length can need.
        let Ok(automaton) = Levenshtein::new(term, 1) else { return Vec::new() };
        let mut found = Vec::new();
        let mut stream = self.dictionary.search(automaton).into_stream();
        while let Some((near, offset)) = stream.next() {
            found.push((String::from_utf8_lossy(near).into_owned(), self.postings_at(offset as usize)));
        }
        found
    }

    /// How telling a term is that a share of `n_entries_of_term` holds; the largest for one that none holds.
    pub(crate) fn idf(&self, n_entries_of_term: usize) -> f64 {
        let (n, df) = (self.n_entries as f64, n_entries_of_term as f64);
        // libm on every target: the platform's logarithm differs in the last bit.
        libm::log(1.0 + (n - df + 0.5) / (df + 0.5))
    }

    fn postings_at(&self, offset: usize) -> Postings<'_> {
        let mut rest = &self.postings[offset..];
        let n_entries = take_varint(&mut rest);
        let n_forms = take_varint(&mut rest);
        Postings { idf: self.idf(n_entries), n_forms, rest }
    }
}

impl Postings<'_> {
    pub(crate) fn forms(&self) -> impl Iterator<Item = u32> {
        let (mut rest, mut form) = (self.rest, 0);
        (0..self.n_forms).map(move |_| {
            form += take_varint(&mut rest) as u32;
            form
        })
    }
}

/// Reads what [`put_varint`] wrote in this very process.
fn take_varint(rest: &mut &[u8]) -> usize {
    let (mut value, mut shift) = (0, 0);
    while let Some((&byte, after)) = rest.split_first() {
        *rest = after;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
        shift += 7;
    }
    value
}
