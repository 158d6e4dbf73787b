//! What answers, and that nothing newer is there: `publish`, `rollout`, `rollback` and `timestamp` in a folder with a root.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use zg_delivery::{FORMAT, Role, TrustedRoot};
use zg_proto::delivery::{Rollout, Targets, TargetsFile, Timestamp};
use zg_proto::knowledge::{PublishedDelta, PublishedFile};

use super::super::{publish as plain, trust};
use super::folder::{self, Needs};
use super::{DAY_MILLIS, Signers, in_days, now, secrets};

const TIMESTAMP_DAYS: u16 = 7;
const TARGETS_DAYS: u16 = 365;

pub struct Publish<'p> {
    pub folder: &'p Path,
    pub signers: &'p Signers,
    pub previous: usize,
    pub rollout: Option<u32>,
    pub version: Option<u64>,
    pub expires: Option<u16>,
}

/// Puts a bundle into a folder with a root, for all devices or for some.
pub fn publish(bundle: &Path, options: &Publish<'_>) -> anyhow::Result<bool> {
    let outgoing = plain::read_bundle(bundle)?;
    let bytes = &outgoing.bytes;
    let Publish { folder, signers, .. } = options;
    let (root, _) = folder::newest_root(folder)?;
    let before = folder::newest_targets(folder, &root)?.map(|(targets, _)| targets);
    outgoing.put_companions(folder)?;
    let file = plain::file_of(bytes);
    let expires = in_days(options.expires.unwrap_or(TARGETS_DAYS))?;
    let unchanged = options.version.is_none()
        && options.rollout.is_none()
        && before.as_ref().is_some_and(|before| {
            before.bundle == file
                && before.rollout.is_none()
                && folder.join(&file.file).exists()
                && zg_delivery::parse_expires(&before.expires).is_some_and(|end| end - now() > 30 * DAY_MILLIS)
        });
    if let Some(before) = before.as_ref().filter(|_| unchanged) {
        return finish(folder, &root, before, None, signers, options.previous);
    }
    let version = match options.version {
        Some(version) => {
            let least = folder::next_version(folder, Role::Targets)?;
            ensure!(version >= least, "version {version} is not after {}; devices refuse what is older", least - 1);
            version
        }
        None => folder::next_version(folder, Role::Targets)?,
    };
    let earlier = earlier(folder)?;
    let deltas = plain::write_deltas(folder, bytes, &file, earlier.iter().map(String::as_str), options.previous)?;
    trust::write(&folder.join(&file.file), bytes)?;
    let targets = match options.rollout.filter(|percent| *percent < 100) {
        None => Targets { format: FORMAT, version, expires, bundle: file, deltas, rollout: None },
        Some(percent) => {
            let before = before
                .context("a rollout needs a bundle for all the other devices; publish one without --rollout first")?;
            Targets { version, expires, rollout: Some(Rollout { percent, bundle: file, deltas }), ..before }
        }
    };
    write(folder, &root, &targets, signers, options.previous)
}

/// Changes how many devices get the bundle that is being rolled out.
pub fn rollout(folder: &Path, percent: u32, signers: &Signers) -> anyhow::Result<bool> {
    let (root, _) = folder::newest_root(folder)?;
    let before = newest(folder, &root)?;
    let rollout = before.rollout.clone();
    let rollout = rollout.context("nothing is being rolled out; begin with: zhanggui kb publish BUNDLE --rollout N")?;
    let version = folder::next_version(folder, Role::Targets)?;
    let expires = in_days(TARGETS_DAYS)?;
    let targets = if percent == 100 {
        Targets { version, expires, bundle: rollout.bundle, deltas: rollout.deltas, rollout: None, ..before }
    } else {
        Targets { version, expires, rollout: Some(Rollout { percent, ..rollout }), ..before }
    };
    write(folder, &root, &targets, signers, 3)
}

/// The bundle before, under a higher version: ends a rollout, else goes back to what answered before.
pub fn rollback(folder: &Path, to: Option<u64>, signers: &Signers) -> anyhow::Result<bool> {
    let (root, _) = folder::newest_root(folder)?;
    let current = newest(folder, &root)?;
    let bundle = match (to, &current.rollout) {
        (None, Some(_)) => current.bundle.clone(),
        _ => earlier_bundle(folder, &root, &current, to)?,
    };
    let path = folder.join(&bundle.file);
    let bytes = plain::read_bundle(&path).context("the bundle to go back to is no longer there")?.bytes;
    ensure!(plain::file_of(&bytes) == bundle, "{} is damaged; publish that bundle anew", path.display());
    let from = [Some(&current.bundle), current.rollout.as_ref().map(|rollout| &rollout.bundle)];
    let mut hashes: Vec<String> = from.into_iter().flatten().map(|file| file.sha256.clone()).collect();
    hashes.extend(earlier(folder)?);
    let mut seen = BTreeSet::new();
    hashes.retain(|hash| seen.insert(hash.clone()));
    let deltas = plain::write_deltas(folder, &bytes, &bundle, hashes.iter().map(String::as_str), 3)?;
    let version = folder::next_version(folder, Role::Targets)?;
    let targets = Targets { format: FORMAT, version, expires: in_days(TARGETS_DAYS)?, bundle, deltas, rollout: None };
    write(folder, &root, &targets, signers, 3)
}

/// Of an earlier version: that of `to`, or the last that was another.
fn earlier_bundle(
    folder: &Path,
    root: &TrustedRoot,
    current: &Targets,
    to: Option<u64>,
) -> anyhow::Result<PublishedFile> {
    for version in folder::versions(folder, Role::Targets)? {
        if version >= current.version || to.is_some_and(|to| to != version) {
            continue;
        }
        // Of keys that count no more, as well: the file is checked, and it is signed anew.
        let Ok(Some(found)) = folder::read(folder, Role::Targets, version) else { continue };
        let Ok((targets, _)) = zg_delivery::targets(&Role::Targets.file(version), &found.opened.payload) else {
            continue;
        };
        // What the keys of today have not signed might be anybody's, so it has to be asked for.
        let known = to.is_some() || folder::complete(&found.opened, Role::Targets, root);
        if known && (to.is_some() || targets.bundle != current.bundle) {
            return Ok(targets.bundle);
        }
    }
    bail!("there is no earlier bundle to go back to; publish it: zhanggui kb publish BUNDLE -o FOLDER")
}

/// Signs a timestamp for the newest targets, where one is due.
pub fn timestamp(folder: &Path, signers: &[std::path::PathBuf], days: u16, force: bool) -> anyhow::Result<bool> {
    let (root, _) = folder::newest_root(folder)?;
    let report = stamp(folder, &root, &secrets(signers)?, days, force)?;
    println!("{report}");
    Ok(true)
}

fn stamp(
    folder: &Path,
    root: &TrustedRoot,
    signers: &[zg_kb::sign::SecretKey],
    days: u16,
    force: bool,
) -> anyhow::Result<serde_json::Value> {
    let (targets, bytes) = folder::newest_targets(folder, root)?
        .context("no targets here are signed by the keys of the root; publish first")?;
    let due = |what: &str, expires: &str, command: &str| {
        if zg_delivery::parse_expires(expires).is_some_and(|end| end - now() < 30 * DAY_MILLIS) {
            eprintln!("{what} ends on {expires}, and devices take nothing new after that: {command}");
        }
    };
    due("the root", &root.expires, "zhanggui kb root rotate");
    due("what is published", &targets.expires, "zhanggui kb publish, with the same bundle or a new one");
    let names = TargetsFile { version: targets.version, sha256: plain::hash(&bytes), bytes: bytes.len() as u64 };
    let there = folder::current_timestamp(folder, root)?;
    if let Some((there, expires, true)) = &there {
        ensure!(
            there.targets.version <= names.version,
            "the timestamp names targets {} and the newest here are {}; bring back the folder's files",
            there.targets.version,
            names.version
        );
        let fresh = expires - now() > i64::from(days) * DAY_MILLIS / 2;
        if !force && fresh && there.targets == names {
            return Ok(serde_json::json!({
                "file": "timestamp.json", "changed": false, "version": there.version, "targets": names.version,
                "expires": there.expires, "missing_signatures": 0,
            }));
        }
    }
    let last =
        there.map_or(0, |(there, _, valid)| if valid || there.version < folder::PLAUSIBLE { there.version } else { 0 });
    ensure!(last < zg_delivery::MAX_VERSION, "the timestamp has come to the last version there is; rotate its keys");
    let timestamp = Timestamp { format: FORMAT, version: last + 1, expires: in_days(days)?, targets: names };
    let needs = Needs::of(Role::Timestamp, &[root]);
    let payload = zg_proto::to_json(&timestamp);
    let written = folder::put(folder, Role::Timestamp, 0, &payload, &needs, signers)?;
    Ok(serde_json::json!({
        "file": written.file, "changed": true, "version": timestamp.version, "targets": timestamp.targets.version,
        "expires": timestamp.expires, "missing_signatures": written.missing,
    }))
}

fn newest(folder: &Path, root: &TrustedRoot) -> anyhow::Result<Targets> {
    let found = folder::newest_targets(folder, root)?;
    Ok(found.context("no targets here are signed by the keys of the root; publish first")?.0)
}

fn write(
    folder: &Path,
    root: &TrustedRoot,
    targets: &Targets,
    signers: &Signers,
    previous: usize,
) -> anyhow::Result<bool> {
    let payload = zg_proto::to_json(targets);
    let name = Role::Targets.file(targets.version);
    zg_delivery::targets(&name, payload.as_bytes())?;
    let needs = Needs::of(Role::Targets, &[root]);
    let written = folder::put(folder, Role::Targets, targets.version, &payload, &needs, &secrets(&signers.key)?)?;
    finish(folder, root, targets, Some(&written), signers, previous)
}

/// What comes after targets are written: the timestamp, the manifest of pages that pin no root, and room.
fn finish(
    folder: &Path,
    root: &TrustedRoot,
    targets: &Targets,
    written: Option<&folder::Written>,
    signers: &Signers,
    previous: usize,
) -> anyhow::Result<bool> {
    let complete = written.is_none_or(|written| written.missing == 0);
    let stamp = if complete && !signers.timestamp_key.is_empty() {
        Some(stamp(folder, root, &secrets(&signers.timestamp_key)?, TIMESTAMP_DAYS, written.is_some())?)
    } else {
        None
    };
    if complete {
        let named = named(folder, previous)?;
        if folder.join(plain::MANIFEST).exists() && written.is_some() {
            // Pages that pin no root go along.
            let key = signers.key.first().filter(|_| folder.join(plain::SIGNATURE).exists());
            let options = plain::Options {
                folder,
                key: key.map(std::path::PathBuf::as_path),
                previous,
                version: None,
                named: named.clone(),
            };
            plain::publish_bytes(&std::fs::read(folder.join(&targets.bundle.file))?, &options)?;
        }
        let manifest = plain::named_by_manifest(folder)?;
        plain::sweep(folder, &named.into_iter().chain(manifest).collect())?;
    }
    let mut next = Vec::new();
    if let Some(written) = written.filter(|_| !complete) {
        next.push(format!("zhanggui kb sign-metadata {} --key TARGETS.key, where the other keys are", written.file));
    }
    if stamp.as_ref().is_none_or(|stamp| stamp["missing_signatures"] != 0) {
        next.push("zhanggui kb timestamp FOLDER --timestamp-key TIMESTAMP.key".to_owned());
    }
    let deltas = |deltas: &[PublishedDelta]| -> Vec<serde_json::Value> {
        deltas
            .iter()
            .map(|it| serde_json::json!({"from": it.from, "file": it.file.file, "bytes": it.file.bytes}))
            .collect()
    };
    println!(
        "{}",
        serde_json::json!({
            "folder": folder.display().to_string(), "version": targets.version, "changed": written.is_some(),
            "file": written.map_or_else(|| Role::Targets.file(targets.version), |written| written.file.clone()),
            "missing_signatures": written.map_or(0, |written| written.missing), "expires": targets.expires,
            "bundle": targets.bundle.file, "bytes": targets.bundle.bytes, "deltas": deltas(&targets.deltas),
            "rollout": targets.rollout.as_ref().map(|it| serde_json::json!({
                "percent": it.percent, "bundle": it.bundle.file, "deltas": deltas(&it.deltas),
            })),
            "timestamp": stamp, "next": next,
        })
    );
    Ok(true)
}

/// All targets that lie in a folder and can be read, whoever signed them, the newest first.
fn all_targets(folder: &Path) -> anyhow::Result<Vec<Targets>> {
    let mut found = Vec::new();
    for version in folder::versions(folder, Role::Targets)? {
        let Ok(Some(file)) = folder::read(folder, Role::Targets, version) else { continue };
        found.extend(zg_delivery::targets(&Role::Targets.file(version), &file.opened.payload).ok().map(|(it, _)| it));
    }
    Ok(found)
}

/// Hashes of the bundles before, the newest first.
fn earlier(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut hashes: Vec<String> = Vec::new();
    for targets in all_targets(folder)?.into_iter().take(64) {
        let both = [targets.rollout.as_ref().map(|rollout| &rollout.bundle), Some(&targets.bundle)];
        for file in both.into_iter().flatten() {
            if !hashes.contains(&file.sha256) {
                hashes.push(file.sha256.clone());
            }
        }
    }
    Ok(hashes)
}

/// The files that the newest targets name, back to as many bundles as one may go back to.
fn named(folder: &Path, previous: usize) -> anyhow::Result<BTreeSet<String>> {
    let mut named = BTreeSet::new();
    let mut stable = BTreeSet::new();
    for targets in all_targets(folder)? {
        if stable.len() > previous.max(1) && !stable.contains(&targets.bundle.sha256) {
            break;
        }
        stable.insert(targets.bundle.sha256.clone());
        let rollout = targets
            .rollout
            .iter()
            .flat_map(|it| std::iter::once(&it.bundle).chain(it.deltas.iter().map(|delta| &delta.file)));
        let plain = std::iter::once(&targets.bundle).chain(targets.deltas.iter().map(|delta| &delta.file));
        named.extend(plain.chain(rollout).map(|file| file.file.clone()));
    }
    // A draft may wait for its signatures.
    for item in std::fs::read_dir(folder)? {
        let path = item?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !name.ends_with(".targets.draft.json") {
            continue;
        }
        let Ok(opened) = zg_delivery::envelope::read(Role::Targets, name, &std::fs::read(&path)?) else { continue };
        let Ok((targets, _)) = zg_delivery::targets(name, &opened.payload) else { continue };
        let rollout = targets
            .rollout
            .iter()
            .flat_map(|it| std::iter::once(&it.bundle).chain(it.deltas.iter().map(|delta| &delta.file)));
        let plain = std::iter::once(&targets.bundle).chain(targets.deltas.iter().map(|delta| &delta.file));
        named.extend(plain.chain(rollout).map(|file| file.file.clone()));
    }
    Ok(named)
}
