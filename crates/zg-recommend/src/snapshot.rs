//! An index as bytes: what `recommend build` writes, what a server saves and what a browser is sent.
//!
//! Sessions travel, posting lists are made anew while loading: that is a third of the bytes. Every number is little-endian or
//! LEB128, items are numbered by popularity so that most take one or two bytes, and columns lie together, which brotli likes.
//!
//! ```text
//!  0  4  magic "ZGRX"
//!  4  2  version, 1
//!  6  2  zero
//!  8  8  length of the whole file
//! 16  4  CRC-32 (ISO-HDLC) of all that follows
//! 20  ‥  origin and unit of time (f64), knobs (8 × f32)
//!     ‥  items: number, lengths of names, names; sessions: number, ends as differences, lengths, items
//!     ‥  forests: twice 0 or 1 and the forest; catalog: 0, or the number of items and their columns
//! ```

use crc::{CRC_32_ISO_HDLC, Crc};

use crate::catalog::{About, Catalog};
use crate::features::N_FEATURES;
use crate::forest::{DEPTH, Forest, LEAF_STEP, LEAVES, MAX_BORDERS, MAX_TREES, Tree};
use crate::index::{Index, Parts};
use crate::names::{MAX_NAME, Names};
use crate::{Knobs, MAX_ITEMS, MAX_SESSION};

const MAGIC: &[u8; 4] = b"ZGRX";
const VERSION: u16 = 1;
const HEADER: usize = 20;
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// Why bytes are no index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are of something else. Make an index: `zhanggui recommend build`.
    #[error("this is no recommendation index (no ZGRX magic); make one with `zhanggui recommend build`")]
    NotAnIndex,
    /// Written by another version. Make it again from its log.
    #[error("the index has format {found}, this build reads {VERSION}; make it again with `zhanggui recommend build`")]
    Version { found: u16 },
    /// Bytes are missing or too many. Drop the copy and fetch it again.
    #[error("the index is cut or padded: {found} bytes of {expected}; fetch it again")]
    Length { expected: u64, found: u64 },
    /// Bytes were changed on the way. Drop the copy and fetch it again.
    #[error("the index is damaged: its checksum does not match; fetch it again")]
    Checksum,
    /// The checksum holds but the content makes no sense. Make it again from its log.
    #[error("the index is malformed: {0}; make it again with `zhanggui recommend build`")]
    Malformed(&'static str),
}

impl Index {
    /// The index with all that was inserted, as bytes.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let Parts { names, offsets, items, ends, origin, unit } = self.parts();
        let mut out = vec![0; HEADER];
        out.extend_from_slice(&origin.to_le_bytes());
        out.extend_from_slice(&unit.to_le_bytes());
        for number in self.knobs.to_numbers() {
            out.extend_from_slice(&number.to_le_bytes());
        }
        put(&mut out, names.len() as u64);
        (0..names.len() as u32).for_each(|item| put(&mut out, names.get(item).len() as u64));
        (0..names.len() as u32).for_each(|item| out.extend_from_slice(names.get(item).as_bytes()));
        put(&mut out, ends.len() as u64);
        let mut before = 0;
        for &end in &ends {
            put(&mut out, u64::from(end - before));
            before = end;
        }
        offsets.windows(2).for_each(|two| put(&mut out, u64::from(two[1] - two[0])));
        items.iter().for_each(|&item| put(&mut out, u64::from(item)));
        for forest in &self.forests {
            out.push(u8::from(forest.is_some()));
            if let Some(forest) = forest {
                put_forest(&mut out, forest);
            }
        }
        put_catalog(&mut out, &self.catalog);
        let checksum = CRC.checksum(&out[HEADER..]);
        let length = out.len() as u64;
        out[..4].copy_from_slice(MAGIC);
        out[4..6].copy_from_slice(&VERSION.to_le_bytes());
        out[8..16].copy_from_slice(&length.to_le_bytes());
        out[16..20].copy_from_slice(&checksum.to_le_bytes());
        out
    }

    /// Reads what [`Index::save`] wrote. Memory is bounded by a small multiple of the bytes.
    ///
    /// # Errors
    /// [`LoadError`] for any other bytes.
    pub fn load(bytes: &[u8]) -> Result<Self, LoadError> {
        if bytes.get(..4) != Some(MAGIC) {
            return Err(LoadError::NotAnIndex);
        }
        let mut reader = Reader { rest: &bytes[4..] };
        let found = u16::from_le_bytes(reader.array()?);
        if found != VERSION {
            return Err(LoadError::Version { found });
        }
        reader.take(2)?;
        let expected = u64::from_le_bytes(reader.array()?);
        if expected != bytes.len() as u64 {
            return Err(LoadError::Length { expected, found: bytes.len() as u64 });
        }
        if u32::from_le_bytes(reader.array()?) != CRC.checksum(reader.rest) {
            return Err(LoadError::Checksum);
        }
        let (origin, unit) = (f64::from_le_bytes(reader.array()?), f64::from_le_bytes(reader.array()?));
        if !(0.0..1e12).contains(&origin) || !(1.0..1e9).contains(&unit) {
            return Err(LoadError::Malformed("time"));
        }
        let mut numbers = [0.0; 8];
        for number in &mut numbers {
            *number = reader.float()?;
        }
        let knobs = Knobs::from_numbers(numbers).ok_or(LoadError::Malformed("knobs"))?;
        let names = reader.names()?;
        let n_sessions = reader.count()?;
        let mut ends = Vec::with_capacity(n_sessions);
        let mut end = 0_u64;
        for _ in 0..n_sessions {
            end = end.saturating_add(reader.number()?);
            ends.push(u16::try_from(end).map_err(|_| LoadError::Malformed("end of a session"))?);
        }
        let mut offsets = Vec::with_capacity(n_sessions + 1);
        let mut n_events = 0_u64;
        offsets.push(0);
        for _ in 0..n_sessions {
            let length = reader.number()?;
            if length == 0 || length > MAX_SESSION as u64 {
                return Err(LoadError::Malformed("length of a session"));
            }
            n_events += length;
            offsets.push(u32::try_from(n_events).map_err(|_| LoadError::Malformed("number of clicks"))?);
        }
        if n_events > reader.rest.len() as u64 {
            return Err(LoadError::Malformed("number of clicks"));
        }
        let mut items = Vec::with_capacity(n_events as usize);
        // The session that held each item last, from 1: a set holds an item once.
        let mut held = vec![0_u32; names.len()];
        for session in 0..n_sessions {
            for _ in offsets[session]..offsets[session + 1] {
                let item = reader.number()?;
                let before = held.get_mut(item as usize).ok_or(LoadError::Malformed("item of a session"))?;
                if std::mem::replace(before, session as u32 + 1) == session as u32 + 1 {
                    return Err(LoadError::Malformed("a session holds an item twice"));
                }
                items.push(item as u32);
            }
        }
        let mut forests = [None, None];
        for forest in &mut forests {
            *forest = match reader.array()? {
                [0] => None,
                [1] => Some(reader.forest()?),
                _ => return Err(LoadError::Malformed("forest")),
            };
        }
        let catalog = reader.catalog(names.len())?;
        if !reader.rest.is_empty() {
            return Err(LoadError::Malformed("bytes after the end"));
        }
        let mut index = Self::build(Parts { names, offsets, items, ends, origin, unit }, knobs);
        (index.forests, index.catalog) = (forests, catalog);
        Ok(index)
    }
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_forest(out: &mut Vec<u8>, forest: &Forest) {
    out.extend_from_slice(&forest.scale.to_le_bytes());
    for borders in &forest.borders {
        out.push(borders.len() as u8);
        borders.iter().for_each(|border| out.extend_from_slice(&border.to_le_bytes()));
    }
    put(out, forest.n_trees() as u64);
    for (splits, leaves) in forest.trees() {
        splits.iter().for_each(|&(feature, border)| out.extend_from_slice(&[feature, border]));
        for leaf in leaves {
            out.extend_from_slice(&((leaf / LEAF_STEP).round() as i16).to_le_bytes());
        }
    }
}

fn put_catalog(out: &mut Vec<u8>, catalog: &Catalog) {
    put(out, catalog.items.len() as u64);
    let known = || catalog.items.iter().flatten();
    for about in &catalog.items {
        out.push(
            about.as_ref().map_or(0, |about| 1 | u8::from(about.for_sale) << 1 | u8::from(about.price.is_some()) << 2),
        );
    }
    known().for_each(|about| put(out, u64::from(about.category)));
    known().for_each(|about| put(out, u64::from(about.brand)));
    known().filter_map(|about| about.price).for_each(|price| put(out, price));
    known().for_each(|about| out.push((about.margin.clamp(0.0, 1.0) * 255.0).round() as u8));
    known().for_each(|about| out.extend_from_slice(&about.words.to_le_bytes()));
}

struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    fn take(&mut self, n: usize) -> Result<&'b [u8], LoadError> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(LoadError::Malformed("it ends too soon"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], LoadError> {
        self.take(N)?.try_into().map_err(|_| LoadError::Malformed("it ends too soon"))
    }

    fn float(&mut self) -> Result<f32, LoadError> {
        let float = f32::from_le_bytes(self.array()?);
        if float.is_finite() { Ok(float) } else { Err(LoadError::Malformed("a number that is none")) }
    }

    fn number(&mut self) -> Result<u64, LoadError> {
        let mut number = 0_u64;
        for shift in (0..63).step_by(7) {
            let [byte] = self.array()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(LoadError::Malformed("a number that is too large"))
    }

    /// A number of things that take a byte each at least.
    fn count(&mut self) -> Result<usize, LoadError> {
        let count = self.number()?;
        if count > self.rest.len() as u64 {
            return Err(LoadError::Malformed("a count that is too large"));
        }
        Ok(count as usize)
    }

    fn names(&mut self) -> Result<Names, LoadError> {
        let n = self.count()?;
        if n > MAX_ITEMS {
            return Err(LoadError::Malformed("number of items"));
        }
        let mut lengths = Vec::with_capacity(n);
        for _ in 0..n {
            let length = self.number()?;
            if length == 0 || length > MAX_NAME as u64 {
                return Err(LoadError::Malformed("length of a name"));
            }
            lengths.push(length as usize);
        }
        let mut names = Names::default();
        for (item, length) in lengths.into_iter().enumerate() {
            let name =
                std::str::from_utf8(self.take(length)?).map_err(|_| LoadError::Malformed("a name is not UTF-8"))?;
            // A name twice would give two items one number.
            if names.add(name) != Some(item as u32) {
                return Err(LoadError::Malformed("a name stands twice"));
            }
        }
        Ok(names)
    }

    fn forest(&mut self) -> Result<Forest, LoadError> {
        let scale = self.float()?;
        let mut borders = Vec::with_capacity(N_FEATURES);
        for _ in 0..N_FEATURES {
            let [n] = self.array()?;
            if usize::from(n) > MAX_BORDERS {
                return Err(LoadError::Malformed("number of borders"));
            }
            let mut of_feature = Vec::with_capacity(usize::from(n));
            for _ in 0..n {
                of_feature.push(self.float()?);
            }
            if !of_feature.is_sorted() {
                return Err(LoadError::Malformed("order of borders"));
            }
            borders.push(of_feature);
        }
        let n_trees = self.count()?;
        if n_trees > MAX_TREES {
            return Err(LoadError::Malformed("number of trees"));
        }
        let mut trees = Vec::with_capacity(n_trees);
        for _ in 0..n_trees {
            let mut splits = [(0, 0); DEPTH];
            for split in &mut splits {
                let [feature, border] = self.array()?;
                if usize::from(feature) >= N_FEATURES {
                    return Err(LoadError::Malformed("feature of a tree"));
                }
                *split = (feature, border);
            }
            let mut leaves = [0.0; LEAVES];
            for leaf in &mut leaves {
                *leaf = f32::from(i16::from_le_bytes(self.array()?)) * LEAF_STEP;
            }
            trees.push(Tree { splits, leaves });
        }
        Ok(Forest::new(borders, scale, &trees))
    }

    fn catalog(&mut self, n_items: usize) -> Result<Catalog, LoadError> {
        let n = self.count()?;
        if n > n_items {
            return Err(LoadError::Malformed("number of products"));
        }
        let flags = self.take(n)?;
        let mut items: Vec<Option<About>> = flags
            .iter()
            .map(|flags| (flags & 1 != 0).then(|| About { for_sale: flags & 2 != 0, ..About::default() }))
            .collect();
        for about in items.iter_mut().flatten() {
            about.category = u32::try_from(self.number()?).map_err(|_| LoadError::Malformed("category"))?;
        }
        for about in items.iter_mut().flatten() {
            about.brand = u32::try_from(self.number()?).map_err(|_| LoadError::Malformed("brand"))?;
        }
        for (about, flags) in items.iter_mut().zip(flags) {
            if let Some(about) = about.as_mut().filter(|_| flags & 4 != 0) {
                about.price = Some(self.number()?);
            }
        }
        for about in items.iter_mut().flatten() {
            let [margin] = self.array()?;
            about.margin = f32::from(margin) / 255.0;
        }
        for about in items.iter_mut().flatten() {
            about.words = u64::from_le_bytes(self.array()?);
        }
        Ok(Catalog { items, partial: false })
    }
}
