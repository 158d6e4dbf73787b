//! Payloads: read, and every number, length and count bounded.

use std::collections::BTreeSet;

use zg_kb::sign::PublicKey;
use zg_proto::delivery::{MetadataFormat, RoleKeys, Root, Targets, TargetsFile, Timestamp};
use zg_proto::knowledge::{PublishedDelta, PublishedFile};

use crate::{Refusal, Role};

/// The major form that this reads.
pub const FORMAT: u32 = 1;
/// Where whole numbers of JavaScript end.
pub const MAX_VERSION: u64 = (1 << 53) - 1;
/// What a reader takes, in bytes.
pub const MAX_BUNDLE: u64 = 64 << 20;
/// Deltas of one bundle.
pub const MAX_DELTAS: usize = 32;
/// Keys of one role.
pub const MAX_KEYS: usize = 16;

/// The keys of a role, and how many of them have to sign.
#[derive(Debug, Clone)]
pub struct KeySet {
    pub keys: Vec<PublicKey>,
    pub threshold: usize,
}

impl KeySet {
    /// Whether the same keys are in both, whatever their thresholds.
    pub(crate) fn same_keys(&self, other: &Self) -> bool {
        let ids = |set: &Self| set.keys.iter().map(PublicKey::full_id).collect::<BTreeSet<_>>();
        ids(self) == ids(other)
    }
}

/// A root whose numbers and keys have been looked at; who signed it has not.
#[derive(Debug, Clone)]
pub struct TrustedRoot {
    pub version: u64,
    pub expires: String,
    pub(crate) expires_millis: i64,
    root: KeySet,
    timestamp: KeySet,
    targets: KeySet,
}

impl TrustedRoot {
    #[must_use]
    pub fn keys(&self, role: Role) -> &KeySet {
        match role {
            Role::Root => &self.root,
            Role::Timestamp => &self.timestamp,
            Role::Targets => &self.targets,
        }
    }
}

type Read<T> = Result<T, Refusal>;

struct At<'f> {
    role: Role,
    file: &'f str,
}

impl At<'_> {
    fn malformed(&self, what: impl Into<String>) -> Refusal {
        Refusal::Malformed { role: self.role, file: self.file.to_owned(), what: what.into() }
    }

    fn ensure(&self, holds: bool, what: &str) -> Read<()> {
        if holds { Ok(()) } else { Err(self.malformed(what)) }
    }

    fn parse<T: zg_proto::DeserializeOwned>(&self, payload: &[u8]) -> Read<T> {
        let text = std::str::from_utf8(payload).map_err(|_| self.malformed("its payload is no UTF-8"))?;
        let form: MetadataFormat = zg_proto::from_json(text).map_err(|_| self.malformed("it names no format"))?;
        if form.format != FORMAT {
            return Err(Refusal::Format { role: self.role, file: self.file.to_owned(), found: form.format });
        }
        zg_proto::from_json(text).map_err(|error| self.malformed(error.to_string()))
    }

    fn version(&self, version: u64) -> Read<()> {
        self.ensure((1..=MAX_VERSION).contains(&version), "a version is from 1 to 2^53 - 1")
    }

    fn expires(&self, text: &str) -> Read<i64> {
        parse_expires(text).ok_or_else(|| self.malformed("expires is written as 2027-11-29T00:00:00Z"))
    }
}

/// Reads a root's payload.
///
/// # Errors
/// [`Refusal::Malformed`] or [`Refusal::Format`].
pub fn root(file: &str, payload: &[u8]) -> Result<TrustedRoot, Refusal> {
    let at = At { role: Role::Root, file };
    let root: Root = at.parse(payload)?;
    at.version(root.version)?;
    let expires_millis = at.expires(&root.expires)?;
    at.ensure(root.keys.len() <= 3 * MAX_KEYS, "it has more than 48 keys")?;
    let mut keys: Vec<(&str, PublicKey)> = Vec::new();
    for key in &root.keys {
        let public: PublicKey = key.public.parse().map_err(|_| at.malformed("one of its keys is none"))?;
        at.ensure(hex::encode(public.full_id()) == key.keyid, "a key id is not its key's")?;
        at.ensure(keys.iter().all(|(id, _)| *id != key.keyid), "a key is listed twice")?;
        keys.push((&key.keyid, public));
    }
    let set = |role: &RoleKeys| -> Read<KeySet> {
        at.ensure(role.keys.len() <= MAX_KEYS, "a role has more than 16 keys")?;
        at.ensure(role.keys.iter().collect::<BTreeSet<_>>().len() == role.keys.len(), "a role lists a key twice")?;
        let find = |id: &String| keys.iter().find(|(known, _)| known == id).map(|(_, key)| *key);
        let found: Option<Vec<PublicKey>> = role.keys.iter().map(find).collect();
        let threshold = usize::try_from(role.threshold).unwrap_or(usize::MAX);
        let found = found.ok_or_else(|| at.malformed("a role lists a key that is not there"))?;
        at.ensure(threshold >= 1 && threshold <= found.len(), "a threshold is from 1 to the number of keys")?;
        Ok(KeySet { keys: found, threshold })
    };
    Ok(TrustedRoot {
        version: root.version,
        expires: root.expires.clone(),
        expires_millis,
        root: set(&root.roles.root)?,
        timestamp: set(&root.roles.timestamp)?,
        targets: set(&root.roles.targets)?,
    })
}

/// Reads a timestamp's payload, and when it expires.
///
/// # Errors
/// [`Refusal::Malformed`] or [`Refusal::Format`].
pub fn timestamp(file: &str, payload: &[u8]) -> Result<(Timestamp, i64), Refusal> {
    let at = At { role: Role::Timestamp, file };
    let timestamp: Timestamp = at.parse(payload)?;
    at.version(timestamp.version)?;
    let TargetsFile { version, sha256, bytes } = &timestamp.targets;
    at.version(*version)?;
    let limit = Role::Targets.limit() as u64;
    at.ensure(is_hash(sha256) && (1..=limit).contains(bytes), "what it says of the targets is impossible")?;
    let expires = at.expires(&timestamp.expires)?;
    Ok((timestamp, expires))
}

/// Reads a payload of targets, and when it expires.
///
/// # Errors
/// [`Refusal::Malformed`] or [`Refusal::Format`].
pub fn targets(file: &str, payload: &[u8]) -> Result<(Targets, i64), Refusal> {
    let at = At { role: Role::Targets, file };
    let targets: Targets = at.parse(payload)?;
    at.version(targets.version)?;
    let expires = at.expires(&targets.expires)?;
    let whole = |bundle: &PublishedFile, deltas: &[PublishedDelta]| {
        deltas.len() <= MAX_DELTAS
            && is_file(bundle)
            && deltas.iter().all(|delta| is_file(&delta.file) && is_hash(&delta.from))
    };
    at.ensure(whole(&targets.bundle, &targets.deltas), "what it says of a file is impossible")?;
    if let Some(rollout) = &targets.rollout {
        at.ensure(whole(&rollout.bundle, &rollout.deltas), "what it says of a file is impossible")?;
        at.ensure(rollout.percent <= 100, "a rollout is from 0 to 100 percent")?;
    }
    Ok((targets, expires))
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A name beside the metadata: no folder, nothing hidden.
fn is_file(file: &PublishedFile) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let name = file.file.as_bytes();
    name.len() <= 100
        && name.first().is_some_and(|first| letter(*first))
        && name.iter().all(|byte| letter(*byte) || matches!(byte, b'.' | b'-'))
        && is_hash(&file.sha256)
        && (1..=MAX_BUNDLE).contains(&file.bytes)
}

/// Milliseconds since 1970 of a time that is written in the one way there is.
#[must_use]
pub fn parse_expires(text: &str) -> Option<i64> {
    let millis = text.parse::<jiff::Timestamp>().ok()?.as_millisecond();
    (millis >= 0 && expires_text(millis).as_deref() == Some(text)).then_some(millis)
}

/// That way: to the second, in UTC.
#[must_use]
pub fn expires_text(millis: i64) -> Option<String> {
    let time = jiff::Timestamp::from_second(millis.div_euclid(1000)).ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
