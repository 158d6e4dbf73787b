//! A static sentence embedding: a table of rows for hashed features; a text is the sum of its rows, scaled.
//!
//! Features are the terms of a text, neighbouring terms, the sounds of ideographs and the trigrams of words,
//! as in fastText (Bojanowski et al., "Enriching Word Vectors with Subword Information", 2017), with hashed rows.
//! Everything is counted in whole numbers, so that native and WASM agree in every bit.
//! A text of features that were never learned has a short sum and stays short: v / √(|v|² + c²).

use crate::format::{OpenError, Reader, malformed};
use crate::index::Index;

/// Numbers in a vector.
pub(crate) const DIMS: usize = 64;
/// A vector that is as long as can be has this length.
const UNIT: f64 = 127.0;
const MAGIC: &[u8; 4] = b"ZGEM";
const VERSION: u8 = 1;
const MOST_ROWS_LOG2: u8 = 16;
/// Features of a text that are looked at, each side: a longer one is a story.
const MOST_TERMS: usize = 96;
/// The most that a term gives to a number: more than words of the longest have.
const MOST_OF_TERM: i32 = 2_047;

pub(crate) type Vector = [i8; DIMS];

/// What stands before the first term, and after the last.
const BEGIN: u32 = 0x9e37_79b1;
const END: u32 = 0x85eb_ca77;

/// A table of rows, and what it is for.
pub struct Embedding {
    lang: String,
    rows_log2: u8,
    /// How many ways to ask taught it of each answer, on the mean; 0 for one of general use.
    n_ways: u32,
    /// c², in squared steps of the table.
    softness: f64,
    table: Vec<i8>,
}

impl Embedding {
    /// Reads what `models/train/embedding.py` or the compiler wrote.
    ///
    /// # Errors
    /// [`OpenError`] for any other bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, OpenError> {
        let mut reader = Reader { rest: bytes };
        if reader.bytes(4)? != MAGIC {
            return Err(malformed("this is no embedding"));
        }
        let &[version, rows_log2, dims] = reader.bytes(3)? else { return Err(malformed("embedding header")) };
        let (softness, n_ways, lang) = (reader.varint()?, reader.varint()?, reader.string()?.to_owned());
        if version != VERSION || rows_log2 > MOST_ROWS_LOG2 || usize::from(dims) != DIMS || softness == 0 {
            return Err(malformed("embedding header"));
        }
        let checksum = u32::from_le_bytes(reader.bytes(4)?.try_into().map_err(|_| malformed("embedding header"))?);
        let length = DIMS << rows_log2;
        // Deflate cannot shrink by more than 1,032 (RFC 1951): a table of zeros is no reason to give half a megabyte.
        if length > reader.rest.len().saturating_mul(1_032) {
            return Err(malformed("embedding length"));
        }
        let table = miniz_oxide::inflate::decompress_to_vec_with_limit(reader.rest, length)
            .map_err(|_| malformed("the embedding does not decompress"))?;
        if table.len() != length || crate::format::checksum(&table) != checksum {
            return Err(malformed("the embedding is damaged"));
        }
        // Bytes hold signed steps.
        let table = table.into_iter().map(|byte| byte as i8).collect();
        Ok(Self {
            lang,
            rows_log2,
            n_ways: u32::try_from(n_ways).unwrap_or(u32::MAX),
            softness: softness as f64,
            table,
        })
    }

    /// Primary language subtag of the texts it is for; empty for all.
    #[must_use]
    pub fn lang(&self) -> &str {
        &self.lang
    }

    pub(crate) fn n_ways(&self) -> u32 {
        self.n_ways
    }

    fn add(&self, sum: &mut [i32; DIMS], feature: u32) {
        let row = (feature >> (32 - u32::from(self.rows_log2).max(1))) as usize * DIMS;
        if let Some(row) = self.table.get(row..row + DIMS) {
            for (sum, step) in sum.iter_mut().zip(row) {
                *sum += i32::from(*step);
            }
        }
    }

    fn factor(&self, sum: &[i32; DIMS]) -> f64 {
        let squared: i64 = sum.iter().map(|value| i64::from(*value) * i64::from(*value)).sum();
        // The root is the one operation on fractions, and IEEE 754 says how it rounds.
        UNIT / (squared as f64 + self.softness).sqrt()
    }

    fn scaled(&self, sum: &[i32; DIMS]) -> Vector {
        let factor = self.factor(sum);
        sum.map(|value| (f64::from(value) * factor).round() as i8)
    }

    /// The vector of a text.
    pub(crate) fn of_text(&self, text: &str) -> Vector {
        let mut sum = [0; DIMS];
        features(text, |feature| self.add(&mut sum, feature));
        self.scaled(&sum)
    }

    /// What the terms of an index give alone.
    pub(crate) fn of_terms(&self, index: &Index) -> TermSums {
        let (mut hashes, mut sums) = (Vec::with_capacity(index.n_terms()), Vec::with_capacity(index.n_terms()));
        index.each_term(|term| {
            let mut sum = [0; DIMS];
            of_term(term, |feature| self.add(&mut sum, feature));
            sums.push(sum.map(|value: i32| value.clamp(-MOST_OF_TERM, MOST_OF_TERM) as i16));
            hashes.push(hash(term.as_bytes()));
        });
        TermSums { hashes, sums }
    }

    /// The vector of a form of the index, whose terms give these.
    pub(crate) fn of_form(&self, index: &Index, terms: &TermSums, form: u32) -> Vector {
        self.scaled(&self.sum_of_form(index, terms, form))
    }

    /// The cosine with a form of the index, whose vector is not wanted otherwise.
    pub(crate) fn cosine_of_form(&self, vector: &Vector, index: &Index, terms: &TermSums, form: u32) -> f64 {
        let sum = self.sum_of_form(index, terms, form);
        // No overflow: 64 products of a byte and 96 times what a term gives at most, with a row of bytes for each pair.
        let dot: i32 = vector.iter().zip(&sum).map(|(one, other)| i32::from(*one) * other).sum();
        f64::from(dot) * self.factor(&sum) / (UNIT * UNIT)
    }

    fn sum_of_form(&self, index: &Index, terms: &TermSums, form: u32) -> [i32; DIMS] {
        let mut sum = [0; DIMS];
        let mut before = BEGIN;
        for term in index.terms_of(form).take(MOST_TERMS) {
            for (sum, own) in sum.iter_mut().zip(&terms.sums[term as usize]) {
                *sum += i32::from(*own);
            }
            let this = terms.hashes[term as usize];
            self.add(&mut sum, pair(before, this));
            before = this;
        }
        self.add(&mut sum, pair(before, END));
        sum
    }
}

/// What each term of an index gives to the vector of a text that holds it, added up once.
pub(crate) struct TermSums {
    hashes: Vec<u32>,
    sums: Vec<[i16; DIMS]>,
}

/// The cosine of two vectors, as far as they are long.
pub(crate) fn cosine(one: &Vector, other: &[i8]) -> f64 {
    f64::from(dot(one, other)) / (UNIT * UNIT)
}

pub(crate) fn dot(one: &Vector, other: &[i8]) -> i32 {
    one.iter().zip(other).map(|(one, other)| i32::from(*one) * i32::from(*other)).sum()
}

/// The features of a text, as numbers that the rows of a table are taken from.
pub fn features(text: &str, mut give: impl FnMut(u32)) {
    let mut before = BEGIN;
    let mut n = 0;
    zg_text::each_term(text, |term, _| {
        n += 1;
        if n > MOST_TERMS {
            return;
        }
        let this = hash(term.as_bytes());
        of_term(term, &mut give);
        give(pair(before, this));
        before = this;
    });
    give(pair(before, END));
}

/// What a term says by itself: that it is there, how it sounds, and a word's trigrams.
fn of_term(term: &str, mut give: impl FnMut(u32)) {
    let this = hash(term.as_bytes());
    give(mix(this ^ 1));
    let mut characters = term.chars();
    let sound = characters.next().map_or(0, |first| zg_text::sounds(first)[0]);
    if sound != 0 {
        give(mix(hash(zg_text::syllable(sound).as_bytes()) ^ 2));
    } else if term.is_ascii() {
        each_trigram(term, |trigram| give(mix(hash(&trigram) ^ 3)));
    }
}

/// The trigrams of a word with its ends marked.
pub(crate) fn each_trigram(word: &str, mut give: impl FnMut([u8; 3])) {
    let letter = |at: usize| at.checked_sub(1).and_then(|at| word.as_bytes().get(at)).copied().unwrap_or(b'#');
    for at in 0..word.len().min(24) {
        give([letter(at), letter(at + 1), letter(at + 2)]);
    }
}

fn pair(before: u32, this: u32) -> u32 {
    mix(mix(before ^ 4).wrapping_add(this))
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The finalizer that the models hash with as well.
fn mix(mut hash: u32) -> u32 {
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x7feb_352d);
    hash ^= hash >> 15;
    hash = hash.wrapping_mul(0x846c_a68b);
    hash ^ (hash >> 16)
}

/// Puts an embedding of a bundle's own into bytes: `steps` are its rows one after the other, `softness` is c² in squared steps.
#[cfg(feature = "build")]
pub(crate) fn write(rows_log2: u8, softness: usize, n_ways: usize, steps: &[i8]) -> Vec<u8> {
    use crate::format::{put_string, put_varint};
    let raw: Vec<u8> = steps.iter().map(|step| *step as u8).collect();
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&[VERSION, rows_log2, DIMS as u8]);
    put_varint(&mut bytes, softness);
    put_varint(&mut bytes, n_ways);
    put_string(&mut bytes, "");
    bytes.extend_from_slice(&crate::format::checksum(&raw).to_le_bytes());
    bytes.extend_from_slice(&miniz_oxide::deflate::compress_to_vec(&raw, 10));
    bytes
}
