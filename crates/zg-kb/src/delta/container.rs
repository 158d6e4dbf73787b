//! What deltas know of a bundle's outside: a header, a table of sections, sections one after another.
//!
//! Kept apart from the reader of bundles on purpose: that one refuses versions which it cannot search,
//! and a delta has no need to understand what it carries. A file of another layout is carried as plain bytes.

use super::bytes::Input;
use crate::format::checksum;

const MAGIC: &[u8; 4] = b"ZGKB";
const HEADER: usize = 16;
const ROW: usize = 16;

pub(super) struct Section<'b> {
    pub(super) tag: [u8; 4],
    pub(super) body: &'b [u8],
}

/// Version and sections of a file. Sections that overlap, or leave gaps, are not of this layout.
pub(super) fn read(file: &[u8]) -> Option<([u8; 2], Vec<Section<'_>>)> {
    let mut input = Input { rest: file };
    if input.take(4)? != MAGIC {
        return None;
    }
    let version = input.take(2)?.try_into().ok()?;
    let n_sections = usize::from(u16::from_le_bytes(input.take(2)?.try_into().ok()?));
    let length = u32_of(&mut input)?;
    input.take(4)?;
    let mut table = Input { rest: input.take(n_sections * ROW)? };
    let mut sections = Vec::with_capacity(n_sections);
    while !table.rest.is_empty() {
        let tag = table.take(4)?.try_into().ok()?;
        let (offset, length) = (u32_of(&mut table)?, u32_of(&mut table)?);
        table.take(4)?;
        if offset != file.len() - input.rest.len() {
            return None;
        }
        sections.push(Section { tag, body: input.take(length)? });
    }
    (input.rest.is_empty() && length == file.len()).then_some((version, sections))
}

fn u32_of(input: &mut Input<'_>) -> Option<usize> {
    let four = input.take(4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(four)).ok()
}

/// A file that grows section by section; lengths, offsets and checksums are filled in.
pub(super) struct Writer {
    file: Vec<u8>,
    n_sections: usize,
    n_written: usize,
}

impl Writer {
    pub(super) fn new(version: [u8; 2], n_sections: usize, capacity: usize) -> Option<Self> {
        let mut file = Vec::with_capacity(capacity);
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&version);
        file.extend_from_slice(&u16::try_from(n_sections).ok()?.to_le_bytes());
        file.resize(HEADER + n_sections * ROW, 0);
        Some(Self { file, n_sections, n_written: 0 })
    }

    pub(super) fn section(&mut self, tag: &[u8], write: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> Option<()> {
        let offset = self.file.len();
        write(&mut self.file)?;
        let body = self.file.get(offset..)?;
        let numbers =
            [u32::try_from(offset).ok()?, u32::try_from(body.len()).ok()?, checksum(body)].map(u32::to_le_bytes);
        let at = HEADER + self.n_written * ROW;
        let row = self.file.get_mut(at..at + ROW)?;
        row[..4].copy_from_slice(tag.get(..4)?);
        row[4..].copy_from_slice(numbers.as_flattened());
        self.n_written += 1;
        Some(())
    }

    pub(super) fn finish(mut self) -> Option<Vec<u8>> {
        let length = u32::try_from(self.file.len()).ok()?;
        let table = checksum(self.file.get(HEADER..HEADER + self.n_sections * ROW)?);
        self.file[8..12].copy_from_slice(&length.to_le_bytes());
        self.file[12..16].copy_from_slice(&table.to_le_bytes());
        (self.n_written == self.n_sections).then_some(self.file)
    }
}
