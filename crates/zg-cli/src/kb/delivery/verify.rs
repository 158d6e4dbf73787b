//! `zhanggui kb verify FOLDER --root PIN`: what a device would say of a folder.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use zg_delivery::{Pin, Refusal, Role, Source};
use zg_kb::Bundle;
use zg_proto::delivery::TrustState;
use zg_proto::knowledge::PublishedFile;

use super::super::{beside, publish as plain, trust};

pub struct Verify<'v> {
    pub folder: &'v Path,
    pub pin: &'v str,
    /// What a device remembers; written again.
    pub state: Option<&'v PathBuf>,
    /// The number of a device that remembers nothing yet.
    pub device: Option<&'v str>,
    /// In place of the system's clock.
    pub at: Option<&'v str>,
}

struct Folder<'f>(&'f Path);

impl Source for Folder<'_> {
    fn read(&mut self, file: &str, limit: usize) -> Result<Option<Vec<u8>>, String> {
        let opened = match File::open(self.0.join(file)) {
            Ok(opened) => opened,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let mut bytes = Vec::new();
        opened.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        Ok(Some(bytes))
    }
}

pub fn verify(options: &Verify<'_>) -> anyhow::Result<bool> {
    let pin: Pin = options.pin.parse()?;
    ensure!(options.folder.is_dir(), "{} is no folder; give the one that is published", options.folder.display());
    let now = match options.at {
        Some(text) => zg_delivery::parse_expires(text).context("--at is written as 2027-11-29T00:00:00Z")?,
        None => super::now(),
    };
    let device = match options.device {
        Some(device) => {
            ensure!(
                device.len() == 32 && device.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
                "--device is 32 hexadecimal digits, lower case"
            );
            device.to_owned()
        }
        None => {
            let mut bytes = [0; 16];
            getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness from the system: {error}"))?;
            hex::encode(bytes)
        }
    };
    let mut state: Option<TrustState> = match options.state {
        Some(path) if path.exists() => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            Some(
                zg_proto::from_json(&text)
                    .with_context(|| format!("{} is no state of a device; remove it to begin anew", path.display()))?,
            )
        }
        _ => None,
    };
    let found = judge(options.folder, &pin, &mut state, &device, now);
    if let (Some(path), Some(state)) = (options.state, &state) {
        trust::write(path, format!("{}\n", zg_proto::to_json(state)).as_bytes())?;
    }
    let (report, ok) = match found {
        Ok(report) => {
            let ok = report["damaged"].as_array().is_some_and(Vec::is_empty);
            (report, ok)
        }
        Err(refusal) => {
            eprintln!("{refusal}");
            let report = serde_json::json!({
                "ok": false, "role": refusal.role().name(), "code": refusal.code(), "error": refusal.to_string(),
            });
            (report, false)
        }
    };
    println!("{report}");
    Ok(ok)
}

fn judge(
    folder: &Path,
    pin: &Pin,
    state: &mut Option<TrustState>,
    device: &str,
    now: i64,
) -> Result<serde_json::Value, Refusal> {
    let update = zg_delivery::update(&mut Folder(folder), pin, state, device, now)?;
    let bytes = whole(folder, &update.bundle)?;
    let malformed = |what: String| Refusal::Malformed { role: Role::Targets, file: update.bundle.file.clone(), what };
    let bundle = Bundle::open(bytes.clone()).map_err(|error| malformed(error.to_string()))?;
    for (entry, info) in bundle.entries() {
        bundle.answer(entry).map_err(|error| malformed(format!("the answer of {:?}: {error}", info.id)))?;
    }
    // A device does without these; whoever publishes wants to know.
    let targets = &update.targets;
    let rollout = targets.rollout.iter();
    let others = std::iter::once(&targets.bundle)
        .chain(targets.deltas.iter().map(|delta| &delta.file))
        .chain(rollout.flat_map(|it| std::iter::once(&it.bundle).chain(it.deltas.iter().map(|delta| &delta.file))));
    let mut damaged: Vec<String> =
        others.filter(|file| whole(folder, file).is_err()).map(|file| file.file.clone()).collect();
    let of_rollout = targets.rollout.as_ref().and_then(|it| whole(folder, &it.bundle).ok());
    for bundle in std::iter::once(bytes).chain(of_rollout) {
        damaged.extend(beside::damaged(folder, &bundle));
    }
    let mut seen = std::collections::BTreeSet::new();
    damaged.retain(|name| seen.insert(name.clone()));
    Ok(serde_json::json!({
        "ok": damaged.is_empty(),
        "root": {"version": update.root.version, "expires": update.root.expires},
        "timestamp": {"version": update.timestamp, "expires": update.timestamp_expires},
        "targets": {"version": targets.version, "expires": targets.expires},
        "bundle": update.bundle.file, "entries": bundle.len(), "in_rollout": update.in_rollout,
        "rollout_percent": targets.rollout.as_ref().map(|it| it.percent),
        "clock_doubted": update.clock_doubted, "damaged": damaged,
    }))
}

/// The bytes of a file that are as was signed for.
fn whole(folder: &Path, file: &PublishedFile) -> Result<Vec<u8>, Refusal> {
    let role = Role::Targets;
    let limit = usize::try_from(file.bytes).unwrap_or(usize::MAX - 1);
    let found = Folder(folder).read(&file.file, limit);
    let found = found.map_err(|error| Refusal::Unreachable { role, file: file.file.clone(), error })?;
    let bytes = found.ok_or_else(|| Refusal::Missing { role, file: file.file.clone() })?;
    if bytes.len() != limit || plain::hash(&bytes) != file.sha256 {
        return Err(Refusal::Mismatch { role, file: file.file.clone() });
    }
    Ok(bytes)
}
