//! `knowledge/manifest.json`: which knowledge a shop has published, and what leads to it from what it published before.

use serde::{Deserialize, Serialize};

/// Written by `zhanggui kb publish`, read by `www/embed/knowledge.js`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// 1; a reader refuses any other.
    pub format: u32,
    /// Larger than that of every publication before: a reader refuses a smaller one than it has seen.
    /// At most 2^53 - 1, which is where numbers of JavaScript end.
    pub version: u64,
    pub bundle: PublishedFile,
    /// From the newest bundle to the oldest.
    pub deltas: Vec<PublishedDelta>,
}

/// A file beside the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedFile {
    pub file: String,
    /// Hexadecimal, lower case.
    pub sha256: String,
    pub bytes: u64,
}

/// A delta that leads to the bundle of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedDelta {
    /// The SHA-256 of the bundle it is for.
    pub from: String,
    #[serde(flatten)]
    pub file: PublishedFile,
}
