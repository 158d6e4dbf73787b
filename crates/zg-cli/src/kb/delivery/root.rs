//! `zhanggui kb root`: whose signatures count, from the first root to the next.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use zg_delivery::{FORMAT, Pin, Role};
use zg_kb::sign::PublicKey;
use zg_proto::delivery::{RoleKeys, Roles, Root, RootKey};

use super::super::trust;
use super::folder::{self, Needs, Written};
use super::{in_days, secrets};

/// Keys and thresholds; what a rotation does not name stays.
#[derive(clap::Args)]
pub struct Members {
    /// A secret root key to sign with; may be given several times.
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// A public root key; with `rotate` these are all there are from now on. Those of --key are of them with `init`.
    #[arg(long, value_name = "FILE")]
    root: Vec<PathBuf>,
    /// How many root keys have to sign.
    #[arg(long, value_name = "N")]
    threshold: Option<u32>,
    /// A public key that may sign targets, which say what answers; may be given several times.
    #[arg(long, value_name = "FILE")]
    targets: Vec<PathBuf>,
    #[arg(long, value_name = "N")]
    targets_threshold: Option<u32>,
    /// A public key that may sign timestamps, which say that nothing newer is there; may be given several times.
    #[arg(long, value_name = "FILE")]
    timestamp: Vec<PathBuf>,
    #[arg(long, value_name = "N")]
    timestamp_threshold: Option<u32>,
    /// How long the root is good for.
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3650))]
    expires: u16,
}

#[derive(clap::Subcommand)]
pub enum RootCommand {
    /// Make the first root of a folder, and print the pin for your pages as JSON.
    #[command(
        after_help = "Example:\n  zhanggui kb root init -o knowledge --key root.key --targets targets.key.pub --timestamp timestamp.key.pub"
    )]
    Init {
        #[arg(short, long, value_name = "FOLDER")]
        output: PathBuf,
        #[command(flatten)]
        members: Members,
    },
    /// Make the next root: other keys, other thresholds, a later end. Signed by keys of the old and of the new one.
    #[command(
        after_help = "Example:\n  zhanggui kb root rotate knowledge --key root.key --timestamp new-timestamp.key.pub"
    )]
    Rotate {
        folder: PathBuf,
        #[command(flatten)]
        members: Members,
    },
    /// Print the pin of the newest root, or of another version.
    #[command(after_help = "Example:\n  zhanggui kb root pin knowledge")]
    Pin {
        folder: PathBuf,
        #[arg(long, value_name = "N")]
        version: Option<u64>,
    },
}

pub fn run(command: RootCommand) -> anyhow::Result<bool> {
    match command {
        RootCommand::Init { output, members } => init(&output, &members),
        RootCommand::Rotate { folder, members } => rotate(&folder, &members),
        RootCommand::Pin { folder, version } => {
            let version = match version {
                Some(version) => version,
                None => folder::newest_root(&folder)?.0.version,
            };
            let found = folder::read(&folder, Role::Root, version)?;
            let found = found.with_context(|| format!("{} is missing", Role::Root.file(version)))?;
            println!("{}", serde_json::json!({"pin": Pin::of(version, &found.bytes).to_string(), "version": version}));
            Ok(true)
        }
    }
}

fn publics(paths: &[PathBuf]) -> anyhow::Result<Vec<PublicKey>> {
    paths.iter().map(|path| trust::public(path)).collect()
}

/// A role's keys and threshold, from what is given and what was.
fn role_keys(given: &[PublicKey], threshold: Option<u32>, before: Option<&RoleKeys>) -> RoleKeys {
    let mut keys: Vec<String> = given.iter().map(|key| hex::encode(key.full_id())).collect();
    let mut seen = std::collections::BTreeSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    if keys.is_empty() {
        keys = before.map(|before| before.keys.clone()).unwrap_or_default();
    }
    RoleKeys { keys, threshold: threshold.or(before.map(|before| before.threshold)).unwrap_or(1) }
}

fn compose(version: u64, members: &Members, before: Option<&Root>) -> anyhow::Result<Root> {
    let signers = secrets(&members.key)?;
    let mut root = publics(&members.root)?;
    if before.is_none() {
        root.extend(signers.iter().map(zg_kb::sign::SecretKey::public));
    }
    let (targets, timestamp) = (publics(&members.targets)?, publics(&members.timestamp)?);
    let roles = Roles {
        root: role_keys(&root, members.threshold, before.map(|before| &before.roles.root)),
        timestamp: role_keys(&timestamp, members.timestamp_threshold, before.map(|before| &before.roles.timestamp)),
        targets: role_keys(&targets, members.targets_threshold, before.map(|before| &before.roles.targets)),
    };
    for (role, keys) in
        [(Role::Root, &roles.root), (Role::Timestamp, &roles.timestamp), (Role::Targets, &roles.targets)]
    {
        ensure!(!keys.keys.is_empty(), "no key for the role {role}; give one, made by zhanggui kb keygen");
        ensure!(
            keys.threshold >= 1 && keys.threshold as usize <= keys.keys.len(),
            "the threshold of {role} is {}, and it has {} keys; choose one from 1 to that",
            keys.threshold,
            keys.keys.len()
        );
    }
    let known = before.map(|before| before.keys.clone()).unwrap_or_default();
    let given = root.iter().chain(&targets).chain(&timestamp);
    let mut keys: Vec<RootKey> = Vec::new();
    for key in
        known.into_iter().chain(given.map(|key| RootKey { keyid: hex::encode(key.full_id()), public: key.to_string() }))
    {
        let used = [&roles.root, &roles.timestamp, &roles.targets].iter().any(|role| role.keys.contains(&key.keyid));
        if used && !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(Root { format: FORMAT, version, expires: in_days(members.expires)?, keys, roles })
}

fn init(folder: &Path, members: &Members) -> anyhow::Result<bool> {
    ensure!(
        !folder::has_root(folder),
        "{} has a root already; devices follow it by: zhanggui kb root rotate",
        folder.display()
    );
    let root = compose(1, members, None)?;
    write(folder, &root, None, members)
}

fn rotate(folder: &Path, members: &Members) -> anyhow::Result<bool> {
    let (trusted, before) = folder::newest_root(folder)?;
    let root = compose(trusted.version + 1, members, Some(&before))?;
    write(folder, &root, Some((&trusted, &before)), members)
}

fn write(
    folder: &Path,
    root: &Root,
    before: Option<(&zg_delivery::TrustedRoot, &Root)>,
    members: &Members,
) -> anyhow::Result<bool> {
    let payload = zg_proto::to_json(root);
    // Read as a device will.
    let own = zg_delivery::root(&Role::Root.file(root.version), payload.as_bytes())?;
    let roots: Vec<_> = before.iter().map(|(trusted, _)| *trusted).chain([&own]).collect();
    let needs = Needs::of(Role::Root, &roots);
    let signers = secrets(&members.key)?;
    let Written { file, missing, bytes } = folder::put(folder, Role::Root, root.version, &payload, &needs, &signers)?;
    let mut next = Vec::new();
    if missing > 0 {
        next.push(format!("zhanggui kb sign-metadata {file} --key ROOT.key, where the other keys are"));
    }
    if let Some((_, before)) = before {
        if before.roles.targets != root.roles.targets {
            next.push("zhanggui kb publish BUNDLE, signed by the new keys of targets".to_owned());
        }
        if before.roles.targets != root.roles.targets || before.roles.timestamp != root.roles.timestamp {
            next.push("zhanggui kb timestamp, signed by the new keys of timestamp".to_owned());
        }
    }
    println!(
        "{}",
        serde_json::json!({
            "file": file, "version": root.version, "expires": root.expires, "missing_signatures": missing,
            "pin": (missing == 0).then(|| Pin::of(root.version, &bytes).to_string()), "next": next,
        })
    );
    Ok(true)
}
