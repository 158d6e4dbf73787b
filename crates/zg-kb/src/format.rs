//! The container: magic, version, a table of sections with checksums. Every number is little-endian.
//!
//! ```text
//!  0  4  magic "ZGKB"
//!  4  2  version, 3
//!  6  2  number of sections
//!  8  4  length of the whole file
//! 12  4  CRC-32 of the table
//! 16  ‥  table: per section 4 tag, 4 offset, 4 length, 4 CRC-32
//! ```

use std::sync::OnceLock;

use crc::{CRC_32_ISO_HDLC, Crc, Table};

pub(crate) const MAGIC: &[u8; 4] = b"ZGKB";
pub(crate) const VERSION: u16 = 3;
const HEADER: usize = 16;
const ROW: usize = 16;

/// Why a knowledge bundle could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The bytes are of something else. Compile one: `zhanggui kb build`.
    #[error("this is not a knowledge bundle (no ZGKB magic); compile one with `zhanggui kb build`")]
    NotABundle,
    /// Written by another version of the compiler. Compile it again.
    #[error("the bundle has format {found}, this build reads {VERSION}; compile it again with `zhanggui kb build`")]
    Version { found: u16 },
    /// Bytes are missing or too many. Drop the copy and fetch it again.
    #[error("the bundle is cut or padded: {found} bytes of {expected}; fetch it again")]
    Length { expected: usize, found: usize },
    /// Bytes were changed on the way. Drop the copy and fetch it again.
    #[error("the bundle is damaged: checksum of {section} does not match; fetch it again")]
    Checksum { section: String },
    /// The checksums hold but the content makes no sense. Compile it again from its sources.
    #[error("the bundle is malformed: {what}; compile it again with `zhanggui kb build`")]
    Malformed { what: &'static str },
    /// The file beside the bundle is another than it names, or makes no sense. Bring both of one build.
    #[error("the file beside the bundle {what}; `zhanggui kb build` writes both, bring them of one build")]
    Companion { what: &'static str },
}

pub(crate) fn malformed(what: &'static str) -> OpenError {
    OpenError::Malformed { what }
}

/// The sections of a checked file.
pub(crate) struct Sections<'b> {
    bytes: &'b [u8],
    rows: Vec<([u8; 4], usize, usize)>,
}

impl<'b> Sections<'b> {
    pub(crate) fn read(bytes: &'b [u8]) -> Result<Self, OpenError> {
        Self::read_as(bytes, MAGIC)
    }

    /// The same of a file with another magic.
    pub(crate) fn read_as(bytes: &'b [u8], magic: &[u8; 4]) -> Result<Self, OpenError> {
        if bytes.get(..4) != Some(magic) {
            return Err(OpenError::NotABundle);
        }
        if bytes.len() < HEADER {
            return Err(OpenError::Length { expected: HEADER, found: bytes.len() });
        }
        let version = u16::from_le_bytes([bytes[4], bytes[5]]);
        if version != VERSION {
            return Err(OpenError::Version { found: version });
        }
        let n_sections = usize::from(u16::from_le_bytes([bytes[6], bytes[7]]));
        let expected = u32_at(bytes, 8);
        if expected != bytes.len() {
            return Err(OpenError::Length { expected, found: bytes.len() });
        }
        let table = bytes.get(HEADER..HEADER + n_sections * ROW).ok_or(malformed("section table"))?;
        if checksum(table) as usize != u32_at(bytes, 12) {
            return Err(OpenError::Checksum { section: "the section table".to_owned() });
        }
        let mut rows = Vec::with_capacity(n_sections);
        for row in table.chunks_exact(ROW) {
            let tag = [row[0], row[1], row[2], row[3]];
            let (offset, length) = (u32_at(row, 4), u32_at(row, 8));
            let body =
                offset.checked_add(length).and_then(|end| bytes.get(offset..end)).ok_or(malformed("section offset"))?;
            if checksum(body) as usize != u32_at(row, 12) {
                return Err(OpenError::Checksum { section: String::from_utf8_lossy(&tag).into_owned() });
            }
            rows.push((tag, offset, length));
        }
        Ok(Self { bytes, rows })
    }

    pub(crate) fn get(&self, tag: &[u8; 4]) -> Result<&'b [u8], OpenError> {
        self.find(tag).ok_or(malformed("a section is missing"))
    }

    /// A section that need not be there.
    pub(crate) fn find(&self, tag: &[u8; 4]) -> Option<&'b [u8]> {
        self.rows.iter().find(|row| &row.0 == tag).map(|row| &self.bytes[row.1..row.1 + row.2])
    }
}

/// CRC-32 (IEEE). Its tables are computed when first needed: compiled in they are 16 KB, which no compression shrinks,
/// of what every visitor downloads.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    static CRC: OnceLock<Crc<u32, Table<16>>> = OnceLock::new();
    // What the compiler knows it computes beforehand.
    let algorithm = std::hint::black_box(&CRC_32_ISO_HDLC);
    CRC.get_or_init(|| Crc::<u32, Table<16>>::new(algorithm)).checksum(bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize
}

/// Puts sections together.
#[cfg(feature = "build")]
pub(crate) fn write(magic: &[u8; 4], sections: &[(&[u8; 4], Vec<u8>)]) -> Option<Vec<u8>> {
    let mut offset = HEADER + sections.len() * ROW;
    let mut table = Vec::new();
    for (tag, body) in sections {
        table.extend_from_slice(*tag);
        for number in [u32::try_from(offset).ok()?, u32::try_from(body.len()).ok()?, checksum(body)] {
            table.extend_from_slice(&number.to_le_bytes());
        }
        offset += body.len();
    }
    let mut file = magic.to_vec();
    file.extend_from_slice(&VERSION.to_le_bytes());
    file.extend_from_slice(&u16::try_from(sections.len()).ok()?.to_le_bytes());
    file.extend_from_slice(&u32::try_from(offset).ok()?.to_le_bytes());
    file.extend_from_slice(&checksum(&table).to_le_bytes());
    file.extend_from_slice(&table);
    for (_, body) in sections {
        file.extend_from_slice(body);
    }
    Some(file)
}

/// Reads numbers and strings out of a section; every step is checked.
pub(crate) struct Reader<'b> {
    pub(crate) rest: &'b [u8],
}

impl<'b> Reader<'b> {
    /// LEB128.
    pub(crate) fn varint(&mut self) -> Result<usize, OpenError> {
        let mut value = 0_u64;
        for shift in (0..35).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or(malformed("a number is cut"))?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return usize::try_from(value).map_err(|_| malformed("a number is too large"));
            }
        }
        Err(malformed("a number is too large"))
    }

    /// A number of things that take a byte each at least: more than there are bytes is a lie told to make us allocate.
    pub(crate) fn count(&mut self, what: &'static str) -> Result<usize, OpenError> {
        self.varint().and_then(|n| if n > self.rest.len() { Err(malformed(what)) } else { Ok(n) })
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'b [u8], OpenError> {
        if length > self.rest.len() {
            return Err(malformed("a field is cut"));
        }
        let (bytes, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(bytes)
    }

    pub(crate) fn string(&mut self) -> Result<&'b str, OpenError> {
        let length = self.varint()?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| malformed("a text is not UTF-8"))
    }
}

#[cfg(any(feature = "build", test))]
pub(crate) fn put_string(out: &mut Vec<u8>, text: &str) {
    put_varint(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

#[cfg(any(feature = "build", test))]
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
