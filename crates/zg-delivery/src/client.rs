//! What a device does with a folder: the client workflow of the specification, section 5, step by step.

use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use zg_proto::delivery::{SeenTimestamp, Targets, TargetsFile, TrustState};
use zg_proto::knowledge::{PublishedDelta, PublishedFile};

use crate::envelope::{self, Opened};
use crate::metadata::{self, FORMAT, MAX_VERSION, TrustedRoot};
use crate::{Refusal, Role};

/// As many roots as the specification proposes; whoever is further behind goes on with the next look.
const MAX_ROOTS: usize = 1024;
/// Beyond this a clock is plainly wrong: no root outlives its end by so much.
const DOUBT_MILLIS: i64 = 10 * 365 * 86_400_000;

/// What a page knows from the shop: the first root to believe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    pub version: u64,
    /// Hexadecimal SHA-256 of the file.
    pub sha256: String,
}

impl Pin {
    /// The pin of a file's bytes.
    #[must_use]
    pub fn of(version: u64, bytes: &[u8]) -> Self {
        Self { version, sha256: hash(bytes) }
    }
}

impl std::fmt::Display for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digest = hex::decode(&self.sha256).unwrap_or_default();
        write!(f, "zgroot-1:{}:{}", self.version, Base64UrlUnpadded::encode_string(&digest))
    }
}

impl FromStr for Pin {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let read = || {
            let (version, digest) = text.trim().strip_prefix("zgroot-1:")?.split_once(':')?;
            let digest = Base64UrlUnpadded::decode_vec(digest).ok().filter(|digest| digest.len() == 32)?;
            let number: u64 = version.parse().ok().filter(|version| (1..=MAX_VERSION).contains(version))?;
            (number.to_string() == version).then(|| Self { version: number, sha256: hex::encode(digest) })
        };
        read().ok_or_else(|| Refusal::Malformed {
            role: Role::Root,
            file: "the pin".to_owned(),
            what: "it is written as zgroot-1:1:… by kb root init".to_owned(),
        })
    }
}

/// Where files come from.
pub trait Source {
    /// The bytes of a file, at most `limit + 1` of them so that a longer one shows; `None` where there is no such file.
    ///
    /// # Errors
    /// It cannot be said whether there is one.
    fn read(&mut self, file: &str, limit: usize) -> Result<Option<Vec<u8>>, String>;
}

/// What a folder's metadata leads to.
#[derive(Debug, Clone)]
pub struct Update {
    pub root: TrustedRoot,
    pub timestamp: u64,
    pub timestamp_expires: String,
    /// All that the newest targets say.
    pub targets: Targets,
    /// The bundle for this device.
    pub bundle: PublishedFile,
    pub deltas: Vec<PublishedDelta>,
    /// Whether that is the one that is being rolled out.
    pub in_rollout: bool,
    /// The clock is plainly wrong, so that nobody can say what has expired.
    pub clock_doubted: bool,
}

/// Brings a device's trust up to date and says which bundle is to answer; `state` holds after a refusal too.
///
/// `device` is the number of a device that has none yet; `now` is in milliseconds since 1970.
///
/// # Errors
/// The first thing that is wrong.
pub fn update(
    source: &mut dyn Source,
    pin: &Pin,
    state: &mut Option<TrustState>,
    device: &str,
    now: i64,
) -> Result<Update, Refusal> {
    let (mut trust, mut root) = begin(source, pin, state, device)?;
    let walked = walk(source, &mut trust, &mut root, state.as_ref());
    *state = Some(trust.clone());
    walked?;
    let clock = Clock { now, doubted: now.saturating_sub(root.expires_millis) > DOUBT_MILLIS };
    // 5.3.10
    clock.check(Role::Root, root.expires_millis, &root.expires)?;

    // 5.4
    let file = Role::Timestamp.file(0);
    let opened = envelope::read(Role::Timestamp, &file, &needed(source, Role::Timestamp, &file)?)?;
    signed(&opened, Role::Timestamp, &file, &root, "the trusted root")?;
    let (timestamp, expires) = metadata::timestamp(&file, &opened.payload)?;
    if let Some(seen) = &trust.timestamp {
        rollback(Role::Timestamp, timestamp.version, seen.version)?;
        rollback(Role::Targets, timestamp.targets.version, seen.targets.version)?;
        if timestamp.version == seen.version && timestamp.targets != seen.targets {
            return Err(Refusal::Mismatch { role: Role::Timestamp, file });
        }
    }
    rollback(Role::Targets, timestamp.targets.version, trust.targets.unwrap_or(0))?;
    clock.check(Role::Timestamp, expires, &timestamp.expires)?;
    trust.timestamp = Some(SeenTimestamp { version: timestamp.version, targets: timestamp.targets.clone() });
    *state = Some(trust.clone());

    // 5.6; 5.5 is folded into 5.4, as there is one file of targets.
    let TargetsFile { version, sha256, bytes } = timestamp.targets;
    let file = Role::Targets.file(version);
    let found = needed(source, Role::Targets, &file)?;
    if found.len() as u64 != bytes || hash(&found) != sha256 {
        return Err(Refusal::Mismatch { role: Role::Targets, file });
    }
    let opened = envelope::read(Role::Targets, &file, &found)?;
    signed(&opened, Role::Targets, &file, &root, "the trusted root")?;
    let (targets, expires) = metadata::targets(&file, &opened.payload)?;
    if targets.version != version {
        return Err(Refusal::Version { role: Role::Targets, file, found: targets.version, expected: version });
    }
    clock.check(Role::Targets, expires, &targets.expires)?;
    trust.targets = Some(version);

    let rollout = targets.rollout.as_ref().filter(|it| bucket(&it.bundle.sha256, &trust.device) < it.percent);
    let (bundle, deltas) =
        rollout.map_or((&targets.bundle, &targets.deltas), |rollout| (&rollout.bundle, &rollout.deltas));
    let (bundle, deltas, in_rollout) = (bundle.clone(), deltas.clone(), rollout.is_some());
    *state = Some(trust);
    Ok(Update {
        root,
        timestamp: timestamp.version,
        timestamp_expires: timestamp.expires,
        targets,
        bundle,
        deltas,
        in_rollout,
        clock_doubted: clock.doubted,
    })
}

/// Of a hundred, where a device stands in the rollout of a bundle.
#[must_use]
pub fn bucket(sha256: &str, device: &str) -> u32 {
    let digest = Sha256::digest(format!("{sha256}:{device}"));
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % 100
}

/// The root to begin at: that of the last look where the pinned one led to it, else the pinned one (5.2).
fn begin(
    source: &mut dyn Source,
    pin: &Pin,
    state: &Option<TrustState>,
    device: &str,
) -> Result<(TrustState, TrustedRoot), Refusal> {
    if let Some(kept) = state
        && let Some(root) = restored(kept)
        && led_through(kept, pin)
    {
        return Ok((kept.clone(), root));
    }
    let file = Role::Root.file(pin.version);
    let bytes = needed(source, Role::Root, &file)?;
    if hash(&bytes) != pin.sha256 {
        return Err(Refusal::Pin { file });
    }
    let opened = envelope::read(Role::Root, &file, &bytes)?;
    let root = metadata::root(&file, &opened.payload)?;
    if root.version != pin.version {
        return Err(Refusal::Version { role: Role::Root, file, found: root.version, expected: pin.version });
    }
    signed(&opened, Role::Root, &file, &root, "its own")?;
    let mut trust = TrustState {
        format: FORMAT,
        first: pin.version,
        chain: vec![pin.sha256.clone()],
        root: String::from_utf8_lossy(&bytes).into_owned(),
        timestamp: None,
        targets: None,
        device: state.as_ref().map_or(device, |kept| &kept.device).to_owned(),
    };
    resume(&mut trust, state.as_ref());
    Ok((trust, root))
}

/// 5.3.1 to 5.3.9.
fn walk(
    source: &mut dyn Source,
    trust: &mut TrustState,
    root: &mut TrustedRoot,
    before: Option<&TrustState>,
) -> Result<(), Refusal> {
    for _ in 0..MAX_ROOTS {
        let version = root.version + 1;
        let file = Role::Root.file(version);
        let Some(bytes) = fetched(source, Role::Root, &file)? else { return Ok(()) };
        let opened = envelope::read(Role::Root, &file, &bytes)?;
        signed(&opened, Role::Root, &file, root, "the root before")?;
        let next = metadata::root(&file, &opened.payload)?;
        signed(&opened, Role::Root, &file, &next, "its own")?;
        if next.version != version {
            return Err(Refusal::Version { role: Role::Root, file, found: next.version, expected: version });
        }
        // 5.3.11: who had the old keys may have signed any version, so none of them binds.
        if [Role::Timestamp, Role::Targets].iter().any(|role| !next.keys(*role).same_keys(root.keys(*role))) {
            trust.timestamp = None;
            trust.targets = None;
        }
        trust.chain.push(hash(&bytes));
        trust.root = String::from_utf8_lossy(&bytes).into_owned();
        *root = next;
        resume(trust, before);
    }
    Ok(())
}

/// A page that pins an older root than the last one did comes by the root that was trusted then, and by what was seen under it.
fn resume(trust: &mut TrustState, before: Option<&TrustState>) {
    if let Some(before) = before
        && newest(before) == newest(trust)
        && before.chain.last() == trust.chain.last()
    {
        trust.timestamp.clone_from(&before.timestamp);
        trust.targets = before.targets;
    }
}

fn newest(state: &TrustState) -> u64 {
    state.first.saturating_add(state.chain.len() as u64).saturating_sub(1)
}

/// The root of a state that is whole.
fn restored(state: &TrustState) -> Option<TrustedRoot> {
    if state.format != FORMAT || state.chain.last() != Some(&hash(state.root.as_bytes())) {
        return None;
    }
    let file = Role::Root.file(newest(state));
    let opened = envelope::read(Role::Root, &file, state.root.as_bytes()).ok()?;
    metadata::root(&file, &opened.payload).ok().filter(|root| root.version == newest(state))
}

/// Whether the chain of a state has the pinned root in it.
fn led_through(state: &TrustState, pin: &Pin) -> bool {
    let at = pin.version.checked_sub(state.first).and_then(|at| usize::try_from(at).ok());
    at.and_then(|at| state.chain.get(at)) == Some(&pin.sha256)
}

struct Clock {
    now: i64,
    doubted: bool,
}

impl Clock {
    fn check(&self, role: Role, expires_millis: i64, expires: &str) -> Result<(), Refusal> {
        if self.doubted || self.now < expires_millis {
            return Ok(());
        }
        Err(Refusal::Expired { role, expires: expires.to_owned() })
    }
}

fn fetched(source: &mut dyn Source, role: Role, file: &str) -> Result<Option<Vec<u8>>, Refusal> {
    let unreachable = |error| Refusal::Unreachable { role, file: file.to_owned(), error };
    let found = source.read(file, role.limit()).map_err(unreachable)?;
    if found.as_ref().is_some_and(|bytes| bytes.len() > role.limit()) {
        return Err(Refusal::TooLong { role, file: file.to_owned(), limit: role.limit() });
    }
    Ok(found)
}

fn needed(source: &mut dyn Source, role: Role, file: &str) -> Result<Vec<u8>, Refusal> {
    fetched(source, role, file)?.ok_or_else(|| Refusal::Missing { role, file: file.to_owned() })
}

fn signed(opened: &Opened, role: Role, file: &str, root: &TrustedRoot, by: &str) -> Result<(), Refusal> {
    let set = root.keys(role);
    let valid = opened.signers(role, &set.keys);
    if valid >= set.threshold {
        return Ok(());
    }
    Err(Refusal::Signatures { role, file: file.to_owned(), by: by.to_owned(), valid, threshold: set.threshold })
}

fn rollback(role: Role, found: u64, seen: u64) -> Result<(), Refusal> {
    if found >= seen { Ok(()) } else { Err(Refusal::Rollback { role, found, seen }) }
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
