//! Sections of deflate blocks, unfolded: their strings, one after another, and how they were cut.
//!
//! The compiler begins a block where the next text would take it past a size,
//! so one longer answer moves every later boundary. Unfolded, boundaries are foretold by that same rule,
//! and only those that are elsewhere are said.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use super::Purpose;
use super::bytes::{Input, put_counted, put_number};

/// Ends a string.
const END: u8 = 0;
/// Stands where a string would begin: no UTF-8 begins so.
const LAST: u8 = 0xff;
/// The level of the compiler's first versions, which the old text of every delta says since, and that of today's, which stores;
/// the others are for files of another compiler.
const LEVELS: [u8; 11] = [10, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1];
/// Sizes at which blocks may have been cut; the compiler's is among them.
const CUTS: [usize; 7] = [16 << 10, 1 << 10, 2 << 10, 4 << 10, 8 << 10, 32 << 10, 64 << 10];
const MAX_BLOCK: usize = 1 << 20;
/// Deflate cannot shrink by more than this (RFC 1951).
const MAX_RATIO: usize = 1_032;

/// More strings, and more blocks, than a bundle that a device opens has: what is kept of each is bounded with them.
const MAX_STRINGS: usize = 1 << 20;
const MAX_BLOCKS: usize = 1 << 16;
const MAX_SURPRISES: usize = 1 << 14;

struct Block<'b> {
    n_strings: Option<usize>,
    raw_length: usize,
    deflated: &'b [u8],
}

/// Appends the unfolded section; `None` for one that is not of this kind, or would become longer than `limit`.
pub(super) fn unfold(section: &[u8], purpose: Purpose, out: &mut Vec<u8>, limit: usize) -> Option<()> {
    let start = out.len();
    [true, false].into_iter().find_map(|counted| {
        out.truncate(start);
        unfold_framed(section, counted, purpose, out, limit)
    })
}

fn unfold_framed(section: &[u8], counted: bool, purpose: Purpose, out: &mut Vec<u8>, limit: usize) -> Option<()> {
    let blocks = frames(section, counted, limit.checked_sub(out.len())?)?;
    // A string takes at least as much in its block, where its length is said, as here, where its end is.
    out.reserve_exact(blocks.iter().map(|block| block.raw_length).sum::<usize>() + 16);
    let text_start = out.len();
    let mut n_strings = 0;
    let mut starts = Vec::with_capacity(blocks.len());
    let mut level = LEVELS[0];
    let mut kept = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        let raw = decompress_to_vec_with_limit(block.deflated, block.raw_length).ok()?;
        if raw.len() != block.raw_length {
            return None;
        }
        let first = n_strings;
        starts.push(first);
        let mut strings = Input { rest: &raw };
        while !strings.rest.is_empty() {
            let text = strings.counted()?;
            if text.contains(&END) || text.first() == Some(&LAST) {
                return None;
            }
            out.extend_from_slice(text);
            out.push(END);
            n_strings += 1;
        }
        if n_strings == first
            || n_strings > MAX_STRINGS
            || block.n_strings.is_some_and(|said| said != n_strings - first)
        {
            return None;
        }
        if let Purpose::Rewrite = purpose {
            if at == 0 {
                level =
                    LEVELS.into_iter().find(|&level| compress_to_vec(&raw, level) == block.deflated).unwrap_or(level);
            }
            if compress_to_vec(&raw, level) != block.deflated {
                kept.push((at, block.deflated));
            }
        }
    }
    // A block kept as it is costs its text and its bytes; where most are, the section is better left alone.
    if kept.len() * 2 > blocks.len() {
        return None;
    }
    out.push(LAST);
    let (mut cut, mut surprises) = (0, None::<Vec<usize>>);
    for candidate in CUTS {
        if surprises.as_ref().is_none_or(|least| !least.is_empty()) {
            let found = surprises_of(&out[text_start..], &starts, candidate);
            if found.as_ref().is_some_and(|found| surprises.as_ref().is_none_or(|least| found.len() < least.len())) {
                (cut, surprises) = (candidate, found);
            }
        }
    }
    let surprises = surprises?;
    put_number(out, usize::from(counted));
    put_number(out, usize::from(level));
    put_number(out, cut);
    put_gaps(out, surprises.into_iter(), |_, ()| {}, |at| (at, ()));
    put_gaps(out, kept.into_iter(), put_counted, |kept| kept);
    Some(())
}

/// Ascending numbers, each followed by what belongs to it: gaps, at least 1, then 0.
fn put_gaps<I, T>(
    out: &mut Vec<u8>,
    items: impl Iterator<Item = I>,
    put: impl Fn(&mut Vec<u8>, T),
    split: impl Fn(I) -> (usize, T),
) {
    let mut next = 0;
    for (at, value) in items.map(split) {
        put_number(out, at - next + 1);
        put(out, value);
        next = at + 1;
    }
    out.push(0);
}

fn frames(section: &[u8], counted: bool, limit: usize) -> Option<Vec<Block<'_>>> {
    let mut input = Input { rest: section };
    let mut blocks = Vec::new();
    let mut total = 0_usize;
    while !input.rest.is_empty() {
        let n_strings = if counted { Some(input.number()?) } else { None };
        let raw_length = input.number()?;
        let deflated = input.counted()?;
        total += raw_length;
        if raw_length > MAX_BLOCK
            || raw_length > deflated.len().saturating_mul(MAX_RATIO)
            || total > limit
            || blocks.len() == MAX_BLOCKS
        {
            return None;
        }
        blocks.push(Block { n_strings, raw_length, deflated });
    }
    Some(blocks)
}

/// The compiler's rule: is a new block begun before a text of `length`, where this one holds `raw_length` bytes?
fn cuts(raw_length: usize, length: usize, cut: usize) -> bool {
    raw_length > 0 && raw_length + length > cut
}

fn prefix_length(length: usize) -> usize {
    (usize::BITS - (length | 1).leading_zeros()).div_ceil(7) as usize
}

/// The strings before which the rule and the section disagree whether a block begins; `None` where it explains nothing.
fn surprises_of(strings: &[u8], starts: &[usize], cut: usize) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    let mut strings = Input { rest: strings };
    let (mut at, mut raw_length) = (0, 0);
    let mut starts = starts.iter().skip(1).peekable();
    while let Some((text, _)) = strings.until(|byte| byte == END) {
        let begins = starts.next_if(|&&start| start == at).is_some();
        if begins != cuts(raw_length, text.len(), cut) {
            found.push(at);
            if found.len() > MAX_SURPRISES {
                return None;
            }
        }
        if begins {
            raw_length = 0;
        }
        raw_length += prefix_length(text.len()) + text.len();
        at += 1;
    }
    Some(found)
}

/// A list written by [`put_gaps`], read item by item.
struct Gaps<'b> {
    input: Input<'b>,
    next: usize,
}

impl Gaps<'_> {
    fn next(&mut self) -> Option<Option<usize>> {
        let gap = self.input.number()?;
        if gap == 0 {
            return Some(None);
        }
        let at = self.next.checked_add(gap - 1)?;
        self.next = at.checked_add(1)?;
        Some(Some(at))
    }
}

/// Reads an unfolded section and appends what it stands for, as long as `out` stays within `limit`.
pub(super) fn fold(input: &mut Input<'_>, out: &mut Vec<u8>, limit: usize) -> Option<()> {
    let mut strings = input.clone();
    while !input.eat(LAST) {
        input.until(|byte| byte == END)?;
    }
    let counted = input.number()? == 1;
    let level = u8::try_from(input.number()?).ok().filter(|&level| level <= 10)?;
    let cut = input.number()?;
    let mut surprises = Gaps { input: input.clone(), next: 0 };
    while let Some(_at) = skip(input)? {}
    let mut kept = Gaps { input: input.clone(), next: 0 };
    while let Some(_at) = skip(input)? {
        input.counted()?;
    }

    let mut surprise = surprises.next()?;
    let mut next_kept = kept.next()?;
    let (mut raw, mut n_strings, mut n_blocks) = (Vec::new(), 0_usize, 0_usize);
    let mut flush = |raw: &mut Vec<u8>, n_strings: &mut usize| -> Option<()> {
        if counted {
            put_number(out, *n_strings);
        }
        put_number(out, raw.len());
        if next_kept == Some(n_blocks) {
            put_counted(out, kept.input.counted()?);
            next_kept = kept.next()?;
        } else {
            put_counted(out, &compress_to_vec(raw, level));
        }
        n_blocks += 1;
        raw.clear();
        *n_strings = 0;
        (out.len() <= limit).then_some(())
    };
    let mut n_seen = 0;
    while !strings.eat(LAST) {
        let (text, _) = strings.until(|byte| byte == END)?;
        let mut begins = cuts(raw.len(), text.len(), cut);
        if surprise == Some(n_seen) {
            begins = !begins;
            surprise = surprises.next()?;
        }
        if begins && n_strings > 0 {
            flush(&mut raw, &mut n_strings)?;
        }
        if raw.len() + text.len() > 2 * MAX_BLOCK {
            return None;
        }
        put_counted(&mut raw, text);
        n_strings += 1;
        n_seen += 1;
    }
    if n_strings > 0 {
        flush(&mut raw, &mut n_strings)?;
    }
    Some(())
}

/// Steps over a gap; whether there was one.
fn skip(input: &mut Input<'_>) -> Option<Option<()>> {
    Some((input.number()? > 0).then_some(()))
}
