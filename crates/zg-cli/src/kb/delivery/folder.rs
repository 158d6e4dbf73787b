//! What is in a folder, and how metadata gets into it: complete at once, or as a draft that others sign as well.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use zg_delivery::{Pin, Role, TrustedRoot, envelope};
use zg_kb::sign::{PublicKey, SecretKey};
use zg_proto::delivery::{Envelope, Targets, Timestamp};

use super::super::publish;

/// Beyond this nobody comes by counting: a version that whoever stole a key made up is not gone on from.
pub const PLAUSIBLE: u64 = 1 << 40;

/// Whether pages may pin a root of this folder.
pub fn has_root(folder: &Path) -> bool {
    versions(folder, Role::Root).is_ok_and(|found| !found.is_empty())
}

/// Versions of a role that lie in a folder, complete, the newest first.
pub fn versions(folder: &Path, role: Role) -> anyhow::Result<Vec<u64>> {
    numbers(folder, &format!(".{role}.json"))
}

fn numbers(folder: &Path, suffix: &str) -> anyhow::Result<Vec<u64>> {
    let mut found = Vec::new();
    if !folder.exists() {
        return Ok(found);
    }
    for item in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let Ok(name) = item?.file_name().into_string() else { continue };
        let number = name.strip_suffix(suffix).and_then(|number| number.parse::<u64>().ok());
        found.extend(number.filter(|number| (1..=zg_delivery::MAX_VERSION).contains(number)));
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

/// The version after all that somebody may have counted to, drafts included.
pub fn next_version(folder: &Path, role: Role) -> anyhow::Result<u64> {
    let drafts = numbers(folder, &format!(".{role}.draft.json"))?;
    let all = versions(folder, role)?.into_iter().chain(drafts);
    Ok(all.filter(|version| *version < PLAUSIBLE).max().unwrap_or(0) + 1)
}

/// A file of metadata: its payload and its envelope.
pub struct Found {
    pub bytes: Vec<u8>,
    pub opened: envelope::Opened,
}

pub fn read(folder: &Path, role: Role, version: u64) -> anyhow::Result<Option<Found>> {
    let name = role.file(version);
    let path = folder.join(&name);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let opened = envelope::read(role, &name, &bytes).with_context(|| format!("{}", folder.display()))?;
    Ok(Some(Found { bytes, opened }))
}

/// The root of a version, as a device reads it, and as it is written.
pub fn root(folder: &Path, version: u64) -> anyhow::Result<(TrustedRoot, zg_proto::delivery::Root)> {
    let name = Role::Root.file(version);
    let found = read(folder, Role::Root, version)?.with_context(|| format!("{name} is missing"))?;
    let trusted = zg_delivery::root(&name, &found.opened.payload)?;
    let written = zg_proto::from_json(&String::from_utf8_lossy(&found.opened.payload))?;
    Ok((trusted, written))
}

/// The newest root.
pub fn newest_root(folder: &Path) -> anyhow::Result<(TrustedRoot, zg_proto::delivery::Root)> {
    let newest = versions(folder, Role::Root)?.first().copied();
    let newest = newest
        .with_context(|| format!("{} has no root; make one: zhanggui kb root init -o FOLDER …", folder.display()))?;
    root(folder, newest)
}

pub fn complete(opened: &envelope::Opened, role: Role, root: &TrustedRoot) -> bool {
    opened.signers(role, &root.keys(role).keys) >= root.keys(role).threshold
}

/// Targets of a version, where the root's keys have signed them.
pub fn targets(folder: &Path, root: &TrustedRoot, version: u64) -> anyhow::Result<Option<(Targets, Vec<u8>)>> {
    let Some(found) = read(folder, Role::Targets, version)? else { return Ok(None) };
    if !complete(&found.opened, Role::Targets, root) {
        return Ok(None);
    }
    let (targets, _) = zg_delivery::targets(&Role::Targets.file(version), &found.opened.payload)?;
    Ok(Some((targets, found.bytes)))
}

/// The newest of them.
pub fn newest_targets(folder: &Path, root: &TrustedRoot) -> anyhow::Result<Option<(Targets, Vec<u8>)>> {
    for version in versions(folder, Role::Targets)? {
        if let Some(found) = targets(folder, root, version)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The timestamp that lies there, and whether the root's keys have signed it.
pub fn current_timestamp(folder: &Path, root: &TrustedRoot) -> anyhow::Result<Option<(Timestamp, i64, bool)>> {
    let Some(found) = read(folder, Role::Timestamp, 0)? else { return Ok(None) };
    let (timestamp, expires) = zg_delivery::timestamp(&Role::Timestamp.file(0), &found.opened.payload)?;
    Ok(Some((timestamp, expires, complete(&found.opened, Role::Timestamp, root))))
}

/// Who has to sign: sets of keys, each with its threshold.
pub struct Needs {
    sets: Vec<(Vec<PublicKey>, usize)>,
}

impl Needs {
    pub fn of(role: Role, roots: &[&TrustedRoot]) -> Self {
        let sets = roots.iter().map(|root| (root.keys(role).keys.clone(), root.keys(role).threshold)).collect();
        Self { sets }
    }

    fn check(&self, role: Role, secrets: &[SecretKey]) -> anyhow::Result<()> {
        for secret in secrets {
            let id = secret.public().full_id();
            ensure!(
                self.sets.iter().flat_map(|(keys, _)| keys).any(|key| key.full_id() == id),
                "the key {} is none of the role {role} in this folder's root; give another, or rotate the root",
                secret.public().id()
            );
        }
        Ok(())
    }

    /// How many signatures are still wanted.
    fn missing(&self, role: Role, opened: &envelope::Opened) -> usize {
        self.sets
            .iter()
            .map(|(keys, threshold)| threshold.saturating_sub(opened.signers(role, keys)))
            .max()
            .unwrap_or(0)
    }
}

/// What was written.
pub struct Written {
    pub file: String,
    /// Signatures that are still wanted; 0: devices may have it.
    pub missing: usize,
    pub bytes: Vec<u8>,
}

/// Signs a payload and puts it into a folder: under its name where enough have signed, else as a draft.
pub fn put(
    folder: &Path,
    role: Role,
    version: u64,
    payload: &str,
    needs: &Needs,
    secrets: &[SecretKey],
) -> anyhow::Result<Written> {
    needs.check(role, secrets)?;
    let mut sealed = envelope::seal(role, payload.as_bytes());
    for secret in secrets {
        envelope::add(&mut sealed, role, secret)?;
    }
    place(folder, role, version, &sealed, needs)
}

fn place(folder: &Path, role: Role, version: u64, sealed: &Envelope, needs: &Needs) -> anyhow::Result<Written> {
    let name = role.file(version);
    let draft = draft_of(&name);
    let bytes = zg_proto::to_json(sealed).into_bytes();
    let missing = needs.missing(role, &envelope::read(role, &name, &bytes)?);
    let file = if missing == 0 { name } else { draft.clone() };
    publish::write_last(folder, &file, &bytes)?;
    if missing == 0 {
        let _ = std::fs::remove_file(folder.join(draft));
    }
    Ok(Written { file, missing, bytes })
}

fn draft_of(name: &str) -> String {
    name.replace(".json", ".draft.json")
}

/// Adds a signature to a draft; with the last one that is wanted it becomes what devices read.
pub fn sign_metadata(path: &Path, keys: &[PathBuf]) -> anyhow::Result<bool> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}; check the path", path.display()))?;
    ensure!(bytes.len() <= Role::Targets.limit(), "{} is too long for metadata", path.display());
    let text = String::from_utf8(bytes).ok().with_context(|| format!("{} is no metadata", path.display()))?;
    let mut sealed: Envelope =
        zg_proto::from_json(&text).with_context(|| format!("{} is no envelope of metadata", path.display()))?;
    let roles = [Role::Root, Role::Timestamp, Role::Targets];
    let role = roles.into_iter().find(|role| role.payload_type() == sealed.payload_type);
    let role = role.with_context(|| format!("{} is metadata of no role that there is", path.display()))?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !name.ends_with(".draft.json") {
        bail!("{name} is no draft: what names it would no longer fit; sign the file that ends in .draft.json");
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let opened = envelope::read(role, name, text.as_bytes())?;
    let (version, needs) = match role {
        Role::Root => {
            let own = zg_delivery::root(name, &opened.payload)?;
            let before = if own.version > 1 { Some(root(folder, own.version - 1)) } else { None };
            let before = before.transpose().with_context(|| format!("{name} needs the root before it beside it"))?;
            let roots: Vec<&TrustedRoot> = before.iter().map(|(root, _)| root).chain([&own]).collect();
            (own.version, Needs::of(role, &roots))
        }
        Role::Timestamp => (0, Needs::of(role, &[&newest_root(folder)?.0])),
        Role::Targets => {
            (zg_delivery::targets(name, &opened.payload)?.0.version, Needs::of(role, &[&newest_root(folder)?.0]))
        }
    };
    ensure!(name == draft_of(&role.file(version)), "{name} says that it is {}; give it that name", role.file(version));
    let secrets = super::secrets(keys)?;
    needs.check(role, &secrets)?;
    for secret in &secrets {
        envelope::add(&mut sealed, role, secret)?;
    }
    let written = place(folder, role, version, &sealed, &needs)?;
    let pin = (role == Role::Root && written.missing == 0).then(|| Pin::of(version, &written.bytes).to_string());
    println!(
        "{}",
        serde_json::json!({"file": written.file, "role": role.name(), "missing_signatures": written.missing, "pin": pin})
    );
    Ok(true)
}
