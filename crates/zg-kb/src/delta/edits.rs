//! New bytes as runs copied from old ones and runs of their own.
//!
//! A place in the old bytes, *here*, moves along as they are copied: most runs begin at it, or a few bytes on.
//! A run may also be copied from elsewhere without moving it: text that was moved, or is said twice.

use super::Base;
use super::coder::{Bits, Decoder, Flag, Numbers};
use super::text::TextModel;

/// A run that is copied, and the new bytes after it.
#[cfg(feature = "build")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    /// Where the copied run begins in the old bytes.
    pub(super) from: usize,
    pub(super) n_copied: usize,
    /// Whether *here* stays where it was.
    pub(super) elsewhere: bool,
    /// The bytes of its own, as a range of the new ones.
    pub(super) own: std::ops::Range<usize>,
}

/// The models of everything an edit says.
struct Models<'o> {
    elsewhere: Flag,
    skips: Numbers,
    places: Numbers,
    copied: Numbers,
    copied_elsewhere: Numbers,
    own: Numbers,
    old: &'o [u8],
    /// Reads the old text when the first byte of its own comes up: many deltas only take away.
    text: Option<TextModel<'o>>,
    here: i64,
}

impl<'o> Models<'o> {
    fn new(old: &'o [u8]) -> Self {
        let numbers = Numbers::new;
        Self {
            elsewhere: Flag::new(),
            skips: numbers(),
            places: numbers(),
            copied: numbers(),
            copied_elsewhere: numbers(),
            own: numbers(),
            old,
            text: None,
            here: 0,
        }
    }

    /// The model of what follows `before`.
    fn text(&mut self, before: &[u8]) -> &mut TextModel<'o> {
        let text = self.text.get_or_insert_with(|| TextModel::new(self.old));
        text.follow(before);
        text
    }

    /// Codes where a run lies and how long it is; gives the place and the length.
    fn run(&mut self, bits: &mut impl Bits, elsewhere: bool, from: usize, n_copied: usize) -> (i64, usize) {
        if self.elsewhere.code(bits, elsewhere) {
            let from = self.places.code(bits, from);
            return (i64::try_from(from).unwrap_or(i64::MAX), self.copied_elsewhere.code(bits, n_copied));
        }
        let from = self.here.saturating_add(self.skips.code_signed(bits, from as i64 - self.here));
        let n_copied = self.copied.code(bits, n_copied);
        self.here = from.saturating_add(n_copied as i64);
        (from, n_copied)
    }
}

#[cfg(feature = "build")]
pub(super) fn encode(base: &Base<'_>, new: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut bits = super::coder::Encoder::new();
    let mut models = Models::new(base.text());
    for edit in edits {
        models.run(&mut bits, edit.elsewhere, edit.from, edit.n_copied);
        if edit.own.end == new.len() && edit.own.is_empty() {
            break;
        }
        models.own.code(&mut bits, edit.own.len());
        if edit.own.is_empty() {
            continue;
        }
        let text = models.text(&new[..edit.own.start]);
        for &byte in &new[edit.own.clone()] {
            text.code(&mut bits, byte);
        }
    }
    bits.finish()
}

/// The new bytes, `length` of them; `None` for edits that are none of these old bytes.
pub(super) fn decode(base: &Base<'_>, coded: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut bits = Decoder::new(coded);
    let mut models = Models::new(base.text());
    let mut new = Vec::with_capacity(length);
    while new.len() < length {
        let before = new.len();
        let (from, n_copied) = models.run(&mut bits, false, 0, 0);
        let from = usize::try_from(from).ok()?;
        let copied = base.bytes.get(from..from.checked_add(n_copied)?)?;
        if n_copied > length - new.len() {
            return None;
        }
        new.extend_from_slice(copied);
        if new.len() == length {
            break;
        }
        let n_own = models.own.code(&mut bits, 0);
        if n_own > length - new.len() {
            return None;
        }
        if n_own > 0 {
            let text = models.text(&new);
            for _ in 0..n_own {
                new.push(text.code(&mut bits, 0));
                if bits.exhausted() {
                    return None;
                }
            }
        }
        if bits.exhausted() || new.len() == before {
            return None;
        }
    }
    Some(new)
}
