//! Deltas: a new bundle from an old one and what changed between them.
//!
//! Text of a bundle lies in deflate blocks, and one changed word changes every byte of its block.
//! So both bundles are *unfolded* into plain text (`fold`), the new one is said in runs copied from the old one
//! and runs of its own (`edits`, found by `find`), all of it arithmetic-coded by a model
//! that has read the old text (`coder`, `text`), and the reader *folds* the result with the compiler's own encoder.
//! Offsets, checksums and boundaries of blocks follow from the text and are not carried.
//!
//! Nothing here knows what a section means: what does not unfold and fold again to the same bytes is carried as it is.
//!
//! A delta holds for one old file and gives one new file, known by their hashes; several are applied one after another.
//! It is no proof of where it came from: sign it (`sign`, with the feature of that name), and check that before applying.
//!
//! ```
//! # #[cfg(feature = "build")] {
//! use zg_kb::{build, delta};
//! let bundle = |answer: &str| {
//!     let mut sources = build::Sources::default();
//!     sources.add_markdown("faq.md", &format!("## 怎么退货? {{#return}}\n\n{answer}\n"));
//!     build::compile(&sources.entries).unwrap()
//! };
//! let (old, new) = (bundle("七天内申请。"), bundle("十五天内申请。"));
//! let change = delta::diff(&old, &new).unwrap();
//! assert_eq!(delta::apply(&old, &change).unwrap(), new);
//! # }
//! ```

mod blocks;
mod bytes;
mod coder;
mod container;
mod edits;
#[cfg(feature = "build")]
mod find;
mod fold;
mod text;

use std::borrow::Cow;

#[cfg(feature = "build")]
use sha2::{Digest, Sha256};

use bytes::Input;

const MAGIC: &[u8; 4] = b"ZGKD";
const VERSION: u8 = 1;
/// The largest file a delta may give, and the most text it may unfold to.
const MAX_LENGTH: usize = 64 << 20;
const MAX_UNFOLDED: usize = 64 << 20;
/// A delta may not declare more than this many times the bytes that it and the old bundle have: deflate's own bound.
const MAX_RATIO: usize = 1_032;

/// Why there is no new bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeltaError {
    /// The bytes are of something else. Fetch the whole bundle.
    #[error("this is not a delta of knowledge bundles (no ZGKD magic); fetch the whole bundle")]
    NotADelta,
    /// Written by a later builder. Fetch the whole bundle.
    #[error("the delta has format {found}, this build reads {VERSION}; fetch the whole bundle")]
    Version { found: u8 },
    /// It was made for another bundle than the one at hand. Apply those before it first, or fetch the whole bundle.
    #[error(
        "the delta is for the bundle {expected}, this one is {found}; apply the deltas before it, or fetch the whole bundle"
    )]
    OtherBase { expected: String, found: String },
    /// It declares more than a bundle of this size can become. Fetch the whole bundle.
    #[error("the delta declares {declared} bytes, {limit} is the most; fetch the whole bundle")]
    TooLarge { declared: usize, limit: usize },
    /// Bytes were lost or changed on the way. Fetch it again, or the whole bundle.
    #[error("the delta is damaged: {what}; fetch it again, or the whole bundle")]
    Damaged { what: &'static str },
    /// It gave other bytes than it promised: it is damaged, or this build compresses otherwise than its builder's.
    /// Fetch the whole bundle.
    #[error("the delta gave a bundle with another hash than it promised; fetch the whole bundle")]
    Result,
    /// A file is larger than deltas go. Publish the whole bundle.
    #[error("a file of {length} bytes is too large for a delta, {MAX_LENGTH} is the most; publish the whole bundle")]
    FileTooLarge { length: usize },
    /// The delta that was made did not give the new file back, which it should. Publish the whole bundle.
    #[error("the delta does not give the new file back; publish the whole bundle and report this")]
    Unproven,
}

/// What unfolding is for.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    /// To copy from: the text is what counts.
    Read,
    /// To be folded again into the same bytes.
    #[cfg_attr(not(feature = "build"), expect(dead_code, reason = "only a builder checks that folding gives the same"))]
    Rewrite,
}

/// What is copied from.
struct Base<'o> {
    /// The old text and then the old file: blocks that are carried as they are may be the old ones.
    bytes: Cow<'o, [u8]>,
    n_text: usize,
}

impl<'o> Base<'o> {
    fn plain(old: &'o [u8]) -> Self {
        Self { bytes: Cow::Borrowed(old), n_text: old.len() }
    }

    fn unfolded(old: &[u8]) -> Option<Self> {
        let mut bytes = fold::unfold(old, Purpose::Read)?;
        let n_text = bytes.len();
        bytes.reserve_exact(old.len());
        bytes.extend_from_slice(old);
        Some(Self { bytes: Cow::Owned(bytes), n_text })
    }

    /// What the model of text learns from.
    fn text(&self) -> &[u8] {
        &self.bytes[..self.n_text]
    }
}

/// What a delta says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The start of the SHA-256 of the bundle it is for.
    ///
    /// Eight bytes tell a shop's bundles apart; that nobody forges one is up to the signature and to `new`.
    pub old: [u8; 8],
    /// The start of the SHA-256 of the bundle it gives: 128 bits, which nobody finds a second file for.
    pub new: [u8; 16],
    /// The length of the bundle it gives.
    pub length: usize,
    /// The length of that bundle's text, unfolded; 0 where the files are compared as they are.
    pub unfolded: usize,
}

/// Reads what a delta says of itself.
///
/// # Errors
/// [`DeltaError::NotADelta`], [`DeltaError::Version`] or [`DeltaError::Damaged`].
pub fn header(delta: &[u8]) -> Result<Header, DeltaError> {
    split(delta).map(|(header, _)| header)
}

fn split(delta: &[u8]) -> Result<(Header, &[u8]), DeltaError> {
    let mut input = Input { rest: delta };
    if input.take(4) != Some(MAGIC) {
        return Err(DeltaError::NotADelta);
    }
    let cut = DeltaError::Damaged { what: "its head is cut" };
    let version = input.byte().ok_or_else(|| cut.clone())?;
    if version != VERSION {
        return Err(DeltaError::Version { found: version });
    }
    let read = |input: &mut Input<'_>| {
        let old = input.take(8)?.try_into().ok()?;
        let new = input.take(16)?.try_into().ok()?;
        Some(Header { old, new, length: input.number()?, unfolded: input.number()? })
    };
    let header = read(&mut input).ok_or(cut)?;
    Ok((header, input.rest))
}

/// Gives the new bundle, byte for byte as its builder made it.
///
/// Holds at most twice what the old bundle unfolds to and what the delta declares, and three megabytes for its models.
///
/// # Errors
/// [`DeltaError`]: [`DeltaError::OtherBase`] before anything else is looked at. No bytes make it panic.
#[cfg(feature = "build")]
pub fn apply(old: &[u8], delta: &[u8]) -> Result<Vec<u8>, DeltaError> {
    let header = header(delta)?;
    let base = hash(old);
    if header.old != base {
        return Err(DeltaError::OtherBase { expected: hex(&header.old), found: hex(&base) });
    }
    let new = apply_unchecked(old, delta)?;
    if header.new == hash(&new) { Ok(new) } else { Err(DeltaError::Result) }
}

/// As `apply`, for a reader that compares hashes by itself: a browser has SHA-256 of its own, and a manifest says
/// which it must be. Given another bundle than the delta is for, the outcome is an error or a file of no use.
///
/// # Errors
/// [`DeltaError`]. No bytes make it panic.
pub fn apply_unchecked(old: &[u8], delta: &[u8]) -> Result<Vec<u8>, DeltaError> {
    let (header, coded) = split(delta)?;
    let plausible = old.len().saturating_add(delta.len()).saturating_mul(MAX_RATIO);
    for (declared, most) in [(header.length, MAX_LENGTH), (header.unfolded, MAX_UNFOLDED)] {
        let limit = most.min(plausible);
        if declared > limit {
            return Err(DeltaError::TooLarge { declared, limit });
        }
    }
    let damaged = |what| DeltaError::Damaged { what };
    if header.unfolded == 0 {
        edits::decode(&Base::plain(old), coded, header.length).ok_or(damaged("its edits make no sense"))
    } else {
        let base = Base::unfolded(old).ok_or(damaged("the old bundle does not unfold"))?;
        let text = edits::decode(&base, coded, header.unfolded).ok_or(damaged("its edits make no sense"))?;
        drop(base);
        fold::fold(&text, header.length).ok_or(damaged("its text does not fold"))
    }
}

/// Makes the delta that leads from one file to another, and proves it by applying it.
///
/// Any two files have one; it is short where both are bundles that this build's compiler made.
/// Whether it is short enough to be worth publishing is the caller's to say.
///
/// # Errors
/// [`DeltaError::FileTooLarge`]; [`DeltaError::Unproven`] where the new file is over a thousand times as long
/// as the old one and the delta, which no bundle is, and otherwise would be a mistake of ours.
#[cfg(feature = "build")]
pub fn diff(old: &[u8], new: &[u8]) -> Result<Vec<u8>, DeltaError> {
    if let Some(length) = [old.len(), new.len()].into_iter().find(|&length| length > MAX_LENGTH) {
        return Err(DeltaError::FileTooLarge { length });
    }
    let proven = |delta: &Vec<u8>| apply(old, delta).as_deref() == Ok(new);
    let unfolded = || {
        let (base, text) = (Base::unfolded(old)?, fold::unfold(new, Purpose::Rewrite)?);
        let coded = edits::encode(&base, &text, &find::edits(&base.bytes, &text));
        Some(join(old, new, text.len(), &coded)).filter(proven)
    };
    if let Some(delta) = unfolded() {
        return Ok(delta);
    }
    let coded = edits::encode(&Base::plain(old), new, &find::edits(old, new));
    Some(join(old, new, 0, &coded)).filter(proven).ok_or(DeltaError::Unproven)
}

#[cfg(feature = "build")]
fn join(old: &[u8], new: &[u8], unfolded: usize, coded: &[u8]) -> Vec<u8> {
    let mut delta = MAGIC.to_vec();
    delta.push(VERSION);
    delta.extend_from_slice(&hash::<8>(old));
    delta.extend_from_slice(&hash::<16>(new));
    bytes::put_number(&mut delta, new.len());
    bytes::put_number(&mut delta, unfolded);
    delta.extend_from_slice(coded);
    delta
}

#[cfg(feature = "build")]
fn hash<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let digest = Sha256::digest(bytes);
    std::array::from_fn(|at| digest[at])
}

#[cfg(feature = "build")]
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
