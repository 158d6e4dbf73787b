//! Here is a name of the shop's catalog: where does the shopper say it? A term dictionary (`fst`) of folded names.
//!
//! Names are compared without case, width, Traditional forms, spaces and hyphens: "iphone-15 pro" is "iPhone15 Pro".
//! The bytes of a gazetteer are a sorted list; the automaton is built when they are read, as in `zg-kb`:
//! one built here cannot be a hostile one, and `fst` panics on one in five flipped bits.

use std::collections::BTreeMap;

use fst::{Map, raw::Output};
use zg_domain::{Entity, EntityKind};

use super::folded::Folded;
use super::{Hit, find};

/// What a name of the catalog names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    Product,
    Brand,
    Sku,
}

impl NameKind {
    const ALL: [Self; 3] = [Self::Product, Self::Brand, Self::Sku];

    fn entity(self) -> EntityKind {
        match self {
            Self::Product => EntityKind::Product,
            Self::Brand => EntityKind::Brand,
            Self::Sku => EntityKind::Sku,
        }
    }
}

/// Why a gazetteer could not be read. All of them: build it from the catalog again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GazetteerError {
    /// The bytes are something else, or their beginning is lost.
    #[error("these bytes are no gazetteer")]
    Magic,
    /// Written by another version of this crate.
    #[error("gazetteer format is {found}, this build reads {VERSION}")]
    Version { found: u8 },
    /// Bytes were lost or changed on the way.
    #[error("gazetteer checksum is {found:08x}, expected {expected:08x}")]
    Checksum { expected: u32, found: u32 },
    /// The checksum holds and the content does not: written by something else than [`Gazetteer::to_bytes`].
    #[error("gazetteer is malformed at name {name}")]
    Malformed { name: usize },
}

const MAGIC: &[u8; 4] = b"ZGGZ";
const VERSION: u8 = 1;
/// A longer name is not one that a shopper types.
const MAX_NAME_CHARS: usize = 64;
const MAX_NAMES: usize = 200_000;

/// The names of a catalog, ready to be found in text by [`entities_with`].
#[derive(Default)]
pub struct Gazetteer {
    map: Map,
    /// Kind and id by the number that `map` gives.
    names: Vec<(NameKind, String)>,
}

impl Gazetteer {
    /// From `(name, kind, id)`; `id` is what the value of a found entity is.
    ///
    /// A name is folded and loses its spaces and hyphens; one that is then shorter than two characters, or a number of
    /// fewer than five digits, is left out, as it would be found everywhere.
    /// A product is also found by its name without what stands in brackets (羊毛围巾（灰色） by 羊毛围巾), unless the
    /// catalog has that name itself; other short names are the caller's to give, each as a pair of its own.
    /// Of two equal names the first wins. At most 200,000 names are kept.
    pub fn new<N: AsRef<str>, I: Into<String>>(pairs: impl IntoIterator<Item = (N, NameKind, I)>) -> Self {
        let (mut exact, mut aliases) = (BTreeMap::new(), BTreeMap::new());
        for (name, kind, id) in pairs {
            let (name, id) = (name.as_ref(), id.into());
            let short = without_brackets(name);
            if let Some(alias) = key(&short).filter(|_| kind == NameKind::Product && short != name) {
                aliases.entry(alias).or_insert_with(|| (kind, id.clone()));
            }
            if let Some(key) = key(name) {
                exact.entry(key).or_insert((kind, id));
            }
        }
        for (alias, name) in aliases {
            exact.entry(alias).or_insert(name);
        }
        Self::build(exact.into_iter().take(MAX_NAMES)).unwrap_or_default()
    }

    /// `None` for keys out of order.
    fn build(sorted: impl Iterator<Item = (String, (NameKind, String))>) -> Option<Self> {
        let mut names = Vec::new();
        let keys = sorted.zip(0_u64..).map(|((key, name), n)| {
            names.push(name);
            (key, n)
        });
        let map = Map::from_iter(keys).ok()?;
        Some(Self { map, names })
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// A magic, a version, a checksum and the sorted names.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        use fst::Streamer;
        let mut content = Vec::new();
        let mut stream = self.map.stream();
        while let Some((key, n)) = stream.next() {
            let Some((kind, id)) = usize::try_from(n).ok().and_then(|n| self.names.get(n)) else {
                continue;
            };
            content.push(*kind as u8);
            for field in [key, id.as_bytes()] {
                content.extend_from_slice(&u32::try_from(field.len()).unwrap_or(0).to_le_bytes());
                content.extend_from_slice(field);
            }
        }
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend_from_slice(&checksum(&content).to_le_bytes());
        bytes.append(&mut content);
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// For any other bytes; never a panic.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, GazetteerError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(GazetteerError::Magic)?;
        let (found, rest) = rest.split_first().ok_or(GazetteerError::Magic)?;
        if *found != VERSION {
            return Err(GazetteerError::Version { found: *found });
        }
        let (expected, mut content) = rest.split_first_chunk().ok_or(GazetteerError::Magic)?;
        let (expected, found) = (u32::from_le_bytes(*expected), checksum(content));
        if expected != found {
            return Err(GazetteerError::Checksum { expected, found });
        }
        let mut rows: Vec<(String, (NameKind, String))> = Vec::new();
        while !content.is_empty() {
            let malformed = GazetteerError::Malformed { name: rows.len() };
            let row = read_row(&mut content).ok_or(malformed)?;
            let ordered = rows.last().is_none_or(|last| last.0 < row.0);
            if !ordered || rows.len() == MAX_NAMES || key(&row.0).as_ref() != Some(&row.0) {
                return Err(malformed);
            }
            rows.push(row);
        }
        Self::build(rows.into_iter()).ok_or(GazetteerError::Malformed { name: 0 })
    }

    /// The longest name that starts at a character: where it ends, and its kind and id.
    fn longest(&self, text: &Folded<'_>, at: usize) -> Option<(usize, &(NameKind, String))> {
        let fst = self.map.as_fst();
        let (mut node, mut output) = (fst.root(), Output::zero());
        let (mut longest, mut n_gaps) = (None, 0);
        for (position, character) in text.characters().iter().enumerate().skip(at) {
            if is_gap(*character) {
                n_gaps += 1;
                if position == at || n_gaps > 2 {
                    break;
                }
                continue;
            }
            n_gaps = 0;
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                let Some(found) = node.find_input(byte) else {
                    return self.named(longest);
                };
                let transition = node.transition(found);
                output = output.cat(transition.out);
                node = fst.node(transition.addr);
            }
            if node.is_final() && ends_word(text, position + 1) {
                longest = Some((position + 1, output.cat(node.final_output()).value()));
            }
        }
        self.named(longest)
    }

    fn named(&self, found: Option<(usize, u64)>) -> Option<(usize, &(NameKind, String))> {
        let (end, n) = found?;
        Some((end, self.names.get(usize::try_from(n).ok()?)?))
    }
}

impl std::fmt::Debug for Gazetteer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gazetteer({} names)", self.len())
    }
}

/// As [`entities`](super::entities), with the names of a catalog: the longest wins, a name where both are as long.
#[must_use]
pub fn entities_with(text: &str, names: &Gazetteer) -> Vec<Entity> {
    find(&Folded::new(text), &|text, at| {
        let (end, (kind, id)) = names.longest(text, at)?;
        Some((kind.entity(), Hit { end, value: Some(id.clone()) }))
    })
}

/// "scarf" is not in "scarface"; an English plural is the name all the same.
fn ends_word(text: &Folded<'_>, end: usize) -> bool {
    let plural = text.get(end) == Some('s') && !text.is_alphanumeric(end + 1);
    let inside = text.is_alphanumeric(end) && text.is_alphanumeric(end - 1);
    !inside || plural
}

fn is_gap(character: char) -> bool {
    matches!(character, ' ' | '-' | '_' | '·')
}

/// How a name is compared; `None` for one that is too short to be looked for.
fn key(name: &str) -> Option<String> {
    let folded = Folded::new(name);
    let key: String = folded.characters().iter().filter(|c| !is_gap(**c)).take(MAX_NAME_CHARS).collect();
    let n_chars = key.chars().count();
    let number = key.chars().all(|c| c.is_ascii_digit());
    (n_chars >= 2 && !(number && n_chars < 5)).then_some(key)
}

fn without_brackets(name: &str) -> String {
    let mut depth = 0_u32;
    let outside = name.chars().filter(|c| {
        let (opens, closes) = (matches!(c, '(' | '（' | '[' | '【'), matches!(c, ')' | '）' | ']' | '】'));
        let shown = depth == 0 && !opens && !closes;
        depth = if opens { depth + 1 } else { depth.saturating_sub(u32::from(closes)) };
        shown
    });
    outside.collect::<String>().trim().to_owned()
}

fn read_row(content: &mut &[u8]) -> Option<(String, (NameKind, String))> {
    let (kind, rest) = content.split_first()?;
    let kind = NameKind::ALL.into_iter().find(|one| *one as u8 == *kind)?;
    *content = rest;
    let mut field = || {
        let (length, rest) = content.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        *content = rest;
        std::str::from_utf8(field).ok().map(str::to_owned)
    };
    Some((field()?, (kind, field()?)))
}

/// FNV-1a: against accidents, not against forgers; what is read is checked besides.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> Gazetteer {
        use NameKind::{Brand, Product, Sku};
        Gazetteer::new([
            ("羊毛围巾（灰色）", Product, "p1"),
            ("羊毛", Product, "p2"),
            ("iPhone 15 Pro", Product, "p3"),
            ("iPhone 15", Product, "p4"),
            ("scarf", Product, "p5"),
            ("安踏", Brand, "b1"),
            ("H&M", Brand, "b2"),
            ("HM-SW-001", Sku, "s1"),
            ("Café Crème", Product, "p6"),
            ("一", Product, "too short"),
            ("2026", Product, "a number"),
        ])
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str, &str)]) {
        let found = entities_with(text, &catalog());
        let found: Vec<_> =
            found.iter().map(|one| (one.kind.name(), one.value.as_str(), &text[one.start..one.end])).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn names_are_found_however_they_are_typed() {
        check("这款羊毛围巾起球吗", &[("product", "p1", "羊毛围巾")]);
        check("羊毛圍巾(灰色)有貨嗎", &[("product", "p1", "羊毛圍巾(灰色)")]);
        check("羊毛的吗", &[("product", "p2", "羊毛")]);
        check("ｉＰｈｏｎｅ１５ ｐｒｏ多少钱", &[("product", "p3", "ｉＰｈｏｎｅ１５ ｐｒｏ")]);
        check("IPHONE-15 还有吗", &[("product", "p4", "IPHONE-15")]);
        check("iphone 150", &[]);
        check("two scarfs and a scarface", &[("product", "p5", "scarf")]);
        check("安踏和h&m", &[("brand", "b1", "安踏"), ("brand", "b2", "h&m")]);
        check("hm sw 001 x2", &[("sku", "s1", "hm sw 001"), ("quantity", "x2", "x2")]);
        check("CAFÉ CRÈME, 2026", &[("product", "p6", "CAFÉ CRÈME")]);
        check("羊\u{200b}毛围巾，前天买的", &[("product", "p1", "羊\u{200b}毛围巾"), ("date", "P-2D", "前天")]);
        check("", &[]);
    }

    #[test]
    fn bytes_come_back_and_others_are_refused() {
        let bytes = catalog().to_bytes();
        let back = Gazetteer::from_bytes(&bytes).expect("its own bytes");
        assert_eq!((back.len(), back.to_bytes()), (catalog().len(), bytes.clone()));
        assert!(Gazetteer::from_bytes(&Gazetteer::default().to_bytes()).expect("an empty one").is_empty());
        for cut in 0..bytes.len() {
            assert!(Gazetteer::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                assert!(Gazetteer::from_bytes(&changed).is_err(), "bit {bit} of {at}");
                // A forger sets the checksum right; what is read is used then, and nothing panics.
                let sum = checksum(&changed[9..]).to_le_bytes();
                changed[5..9].copy_from_slice(&sum);
                if let Ok(forged) = Gazetteer::from_bytes(&changed) {
                    let _ = entities_with("羊毛围巾 iphone 15 pro", &forged);
                }
            }
        }
    }
}
