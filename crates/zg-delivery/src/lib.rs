//! Which knowledge is the shop's newest, where neither the network nor whoever keeps the files is to be believed.
//!
//! In the manner of The Update Framework (specification 1.0.33, section 5): a page pins a root, [`update`] walks from it
//! to the newest root, and on by [`Timestamp`](zg_proto::delivery::Timestamp) and [`Targets`](zg_proto::delivery::Targets)
//! to the bundle that is to answer. What was seen is kept in a [`TrustState`](zg_proto::delivery::TrustState), so that an
//! older publication is refused for ever after. `www/embed/tuf.js` is the same for browsers, and both have to give the
//! verdicts of `tests/data/delivery.json`.
//!
//! Envelopes ([`envelope`]) are DSSE 1.0, so nothing depends on a canonical form of JSON.
//!
//! ```
//! use zg_delivery::{Pin, Role, envelope};
//! use zg_kb::sign;
//! let pair = sign::generate([7; 32]); // thirty-two bytes of real randomness
//! let mut sealed = envelope::seal(Role::Timestamp, b"{}");
//! envelope::add(&mut sealed, Role::Timestamp, &pair.secret)?;
//! let read = envelope::read(Role::Timestamp, "timestamp.json", zg_proto::to_json(&sealed).as_bytes())?;
//! assert_eq!(read.signers(Role::Timestamp, &[pair.public]), 1);
//! assert_eq!(read.signers(Role::Targets, &[pair.public]), 0);
//! assert!("zgroot-1:1:none".parse::<Pin>().is_err());
//! # Ok::<(), zg_delivery::Refusal>(())
//! ```
//!
//! Pure: the caller reads files ([`Source`]), knows the time and keeps the state.

mod client;
pub mod envelope;
mod metadata;

use std::fmt;

pub use client::{Pin, Source, Update, bucket, update};
pub use metadata::{
    FORMAT, KeySet, MAX_BUNDLE, MAX_DELTAS, MAX_KEYS, MAX_VERSION, TrustedRoot, expires_text, parse_expires, root,
    targets, timestamp,
};

/// Who signs what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Says whose signatures count, its own included.
    Root,
    /// Says which targets are the newest, and is signed anew every few days.
    Timestamp,
    /// Says which bundle is to answer.
    Targets,
}

impl Role {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Timestamp => "timestamp",
            Self::Targets => "targets",
        }
    }

    /// What is signed along with a payload, so that no role's metadata passes for another's.
    #[must_use]
    pub fn payload_type(self) -> &'static str {
        match self {
            Self::Root => "application/vnd.zhanggui.root+json",
            Self::Timestamp => "application/vnd.zhanggui.timestamp+json",
            Self::Targets => "application/vnd.zhanggui.targets+json",
        }
    }

    /// How long a file of it may be, in bytes.
    #[must_use]
    pub fn limit(self) -> usize {
        match self {
            Self::Root => 64 << 10,
            Self::Timestamp => 16 << 10,
            Self::Targets => 256 << 10,
        }
    }

    /// The name of its file.
    #[must_use]
    pub fn file(self, version: u64) -> String {
        match self {
            Self::Timestamp => "timestamp.json".to_owned(),
            _ => format!("{version}.{}.json", self.name()),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why what was found is not taken; what was there before goes on answering.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A file that others name is not there. Upload the whole folder.
    #[error("{role}: {file} is missing; upload the whole folder")]
    Missing { role: Role, file: String },
    /// A file could not be read at all. Try again; nothing is wrong with what is trusted.
    #[error("{role}: {file} cannot be read ({error}); try again")]
    Unreachable { role: Role, file: String, error: String },
    /// A file goes on after its limit. Upload the right one.
    #[error("{role}: {file} is longer than {limit} bytes; upload the file that the command line wrote")]
    TooLong { role: Role, file: String, limit: usize },
    /// The text is no metadata. Upload the file again.
    #[error("{role}: {file} is damaged ({what}); upload the file that the command line wrote")]
    Malformed { role: Role, file: String, what: String },
    /// Of a later major form. Update the static files, or the command line.
    #[error("{role}: {file} is of format {found}, this reads 1; update zhanggui")]
    Format { role: Role, file: String, found: u32 },
    /// The first root is another than the page names. Pin the root that `kb root init` printed, or upload it.
    #[error("root: {file} is not the one that is pinned; pin the root of this folder, or upload the pinned one")]
    Pin { file: String },
    /// Too few of those who may sign have signed. Sign with the keys of the role.
    #[error(
        "{role}: {file} has {valid} valid signatures of keys of {by}, {threshold} are needed; sign it with keys of the role"
    )]
    Signatures { role: Role, file: String, by: String, valid: usize, threshold: usize },
    /// The version is not the one that must be here: a gap in the chain of roots, or a mixture of two publications.
    #[error("{role}: {file} is version {found}, {expected} is wanted here; upload the files of one publication")]
    Version { role: Role, file: String, found: u64, expected: u64 },
    /// Older than what was seen here before. Publish under a higher version; if nobody did this, someone replays old files.
    #[error("{role}: version {found} is older than {seen}, which was here before; publish under a higher version")]
    Rollback { role: Role, found: u64, seen: u64 },
    /// Nobody has vouched for it any more. Sign it anew.
    #[error("{role}: it has expired on {expires}; sign a new one (a timestamp: zhanggui kb timestamp)")]
    Expired { role: Role, expires: String },
    /// The bytes are not those that signed metadata names. Upload the files of one publication.
    #[error("{role}: {file} is not the file that was signed for; upload the files of one publication")]
    Mismatch { role: Role, file: String },
}

impl Refusal {
    /// Where the fault is.
    #[must_use]
    pub fn role(&self) -> Role {
        match self {
            Self::Pin { .. } => Role::Root,
            Self::Missing { role, .. }
            | Self::Unreachable { role, .. }
            | Self::TooLong { role, .. }
            | Self::Malformed { role, .. }
            | Self::Format { role, .. }
            | Self::Signatures { role, .. }
            | Self::Version { role, .. }
            | Self::Rollback { role, .. }
            | Self::Expired { role, .. }
            | Self::Mismatch { role, .. } => *role,
        }
    }

    /// A word for it that stays.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Unreachable { .. } => "unreachable",
            Self::TooLong { .. } => "too_long",
            Self::Malformed { .. } => "malformed",
            Self::Format { .. } => "format",
            Self::Pin { .. } => "pin",
            Self::Signatures { .. } => "signatures",
            Self::Version { .. } => "version",
            Self::Rollback { .. } => "rollback",
            Self::Expired { .. } => "expired",
            Self::Mismatch { .. } => "mismatch",
        }
    }
}
