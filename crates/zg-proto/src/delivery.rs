//! Metadata of knowledge that is delivered in the manner of The Update Framework; `docs/formats.md` describes the files.

use serde::{Deserialize, Serialize};

use crate::knowledge::{PublishedDelta, PublishedFile};

/// What every file of metadata is: a payload and who has signed it (DSSE 1.0).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    #[serde(rename = "payloadType")]
    pub payload_type: String,
    /// Base64.
    pub payload: String,
    pub signatures: Vec<EnvelopeSignature>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeSignature {
    /// Which key to try; it proves nothing.
    #[serde(default)]
    pub keyid: String,
    /// Base64.
    pub sig: String,
}

/// What tells one major form of metadata from another, read before the rest.
#[derive(Debug, Clone, Deserialize)]
pub struct MetadataFormat {
    pub format: u32,
}

/// Whose signatures count for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    pub format: u32,
    pub version: u64,
    /// `2027-11-29T00:00:00Z`.
    pub expires: String,
    pub keys: Vec<RootKey>,
    pub roles: Roles,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootKey {
    /// Hexadecimal SHA-256 of the raw public key.
    pub keyid: String,
    /// As in the file `*.pub`.
    pub public: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles {
    pub root: RoleKeys,
    pub timestamp: RoleKeys,
    pub targets: RoleKeys,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleKeys {
    /// Key ids.
    pub keys: Vec<String>,
    pub threshold: u32,
}

/// Which targets are the newest, said again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timestamp {
    pub format: u32,
    pub version: u64,
    pub expires: String,
    pub targets: TargetsFile,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetsFile {
    pub version: u64,
    pub sha256: String,
    pub bytes: u64,
}

/// Which bundle is to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    pub format: u32,
    pub version: u64,
    pub expires: String,
    pub bundle: PublishedFile,
    /// From the newest bundle to the oldest.
    pub deltas: Vec<PublishedDelta>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
}

/// A bundle for some devices, before it is for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// Of a hundred devices.
    pub percent: u32,
    pub bundle: PublishedFile,
    pub deltas: Vec<PublishedDelta>,
}

/// What a device remembers, so that nothing older is taken on its next visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustState {
    pub format: u32,
    /// The version of the first root of `chain`, which is the pinned one.
    pub first: u64,
    /// SHA-256 of every root from the pinned one to the trusted one.
    pub chain: Vec<String>,
    /// The trusted root, as it came.
    pub root: String,
    #[serde(default)]
    pub timestamp: Option<SeenTimestamp>,
    /// The newest version of targets that was verified.
    #[serde(default)]
    pub targets: Option<u64>,
    /// 32 random hexadecimal digits, by which a device falls into a rollout or not.
    pub device: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenTimestamp {
    pub version: u64,
    pub targets: TargetsFile,
}
