//! `zhanggui kb publish`: a folder that devices keep themselves up to date from.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use sha2::{Digest, Sha256};
use zg_kb::sign::{self, Kind, SecretKey};
use zg_kb::{Beside, Bundle, Companion, delta};
use zg_proto::knowledge::{Publication, PublishedDelta, PublishedFile};

use super::{beside, trust};

const FORMAT: u32 = 1;
pub const MANIFEST: &str = "manifest.json";
pub const SIGNATURE: &str = "manifest.json.sig";
/// Where whole numbers of JavaScript end.
const MAX_VERSION: u64 = (1 << 53) - 1;
/// What a reader takes.
const MAX_BUNDLE: usize = 64 << 20;

pub struct Options<'o> {
    pub folder: &'o Path,
    /// The secret key; without one the folder is not signed.
    pub key: Option<&'o Path>,
    /// How many bundles before this one get a delta.
    pub previous: usize,
    /// In place of the version after the last one; for a folder that was lost.
    pub version: Option<u64>,
    /// What something else than the manifest names, and must stay.
    pub named: BTreeSet<String>,
}

pub fn publish(bundle: &Path, options: &Options<'_>) -> anyhow::Result<bool> {
    let outgoing = read_bundle(bundle)?;
    outgoing.put_companions(options.folder)?;
    println!("{}", publish_bytes(&outgoing.bytes, options)?);
    Ok(true)
}

/// A bundle that may go out, and the files beside it.
pub struct Outgoing {
    pub bytes: Vec<u8>,
    companions: Vec<(Beside, Vec<u8>)>,
}

impl Outgoing {
    /// Puts what lies beside the bundle into a folder, before anything there names the bundle.
    pub fn put_companions(&self, folder: &Path) -> anyhow::Result<()> {
        self.companions.iter().try_for_each(|(beside, bytes)| beside::publish(folder, bytes, beside))
    }
}

/// Reads a bundle that may go out.
pub fn read_bundle(path: &Path) -> anyhow::Result<Outgoing> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}; check the path", path.display()))?;
    let unfit = || format!("{} is not published", path.display());
    let mut bundle = check(&bytes).with_context(unfit)?;
    let mut companions = Vec::new();
    for beside in bundle.beside().to_vec() {
        let (found, file) = beside::needed(path, &beside).with_context(unfit)?;
        ensure!(
            file.len() <= MAX_BUNDLE,
            "{} has {} bytes, devices take at most {MAX_BUNDLE}",
            found.display(),
            file.len()
        );
        bundle.take_in(Companion::open(&file, std::slice::from_ref(&beside)).with_context(unfit)?);
        companions.push((beside, file));
    }
    bundle.products().context("the products").with_context(unfit)?;
    Ok(Outgoing { bytes, companions })
}

/// Publishes, and says what has become of it.
pub fn publish_bytes(bytes: &[u8], options: &Options<'_>) -> anyhow::Result<serde_json::Value> {
    let secret = options.key.map(trust::secret).transpose()?;
    let folder = options.folder;
    let before = read_manifest(folder)?;
    if secret.is_none() && folder.join(SIGNATURE).exists() {
        bail!(
            "{} is signed, and devices that pin the key refuse what is not; give --key, or remove {SIGNATURE} first",
            folder.display()
        );
    }
    let file = file_of(bytes);
    let unchanged = options.version.is_none()
        && before.as_ref().is_some_and(|before| before.bundle == file && is_whole(folder, before));
    let publication = match before.as_ref().filter(|_| unchanged) {
        Some(before) => before.clone(),
        None => write_files(bytes, file, before.as_ref(), options)?,
    };
    let manifest = format!("{}\n", zg_proto::to_json(&publication));
    if let Some(secret) = &secret {
        write_signature(folder, manifest.as_bytes(), secret, unchanged)?;
    }
    if !unchanged {
        write_last(folder, MANIFEST, manifest.as_bytes())?;
        prune(folder, &publication, before.as_ref(), options)?;
    }
    let deltas: Vec<_> = publication
        .deltas
        .iter()
        .map(|delta| serde_json::json!({"from": delta.from, "file": delta.file.file, "bytes": delta.file.bytes}))
        .collect();
    Ok(serde_json::json!({
        "folder": folder.display().to_string(), "version": publication.version, "changed": !unchanged,
        "bundle": publication.bundle.file, "bytes": publication.bundle.bytes, "deltas": deltas,
        "signed_by": secret.map(|secret| secret.public().id().to_string()),
    }))
}

/// What a bundle is called beside its metadata.
pub fn file_of(bytes: &[u8]) -> PublishedFile {
    let sha256 = hash(bytes);
    PublishedFile { file: name(&sha256), sha256, bytes: bytes.len() as u64 }
}

/// Nothing goes out that a device could not open to its last answer.
fn check(bytes: &[u8]) -> anyhow::Result<Bundle> {
    ensure!(bytes.len() <= MAX_BUNDLE, "it has {} bytes, devices take at most {MAX_BUNDLE}", bytes.len());
    let bundle = Bundle::open(bytes.to_vec())?;
    for (entry, info) in bundle.entries() {
        bundle.answer(entry).with_context(|| format!("the answer of {:?}", info.id))?;
    }
    Ok(bundle)
}

fn read_manifest(folder: &Path) -> anyhow::Result<Option<Publication>> {
    let path = folder.join(MANIFEST);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let manifest: Publication = zg_proto::from_json(&text).with_context(|| {
        format!("{} is no manifest of published knowledge; publish into another folder", path.display())
    })?;
    let files = std::iter::once(&manifest.bundle).chain(manifest.deltas.iter().map(|delta| &delta.file));
    let hashes = files.clone().map(|file| &file.sha256).chain(manifest.deltas.iter().map(|delta| &delta.from));
    ensure!(
        manifest.format == FORMAT
            && files.map(|file| &file.file).all(|name| is_ours(name))
            && hashes.into_iter().all(|hash| is_hex(hash, 64)),
        "{} was not written by this command; publish into another folder",
        path.display()
    );
    Ok(Some(manifest))
}

/// Writes the bundle and what leads to it from those before, and gives the manifest of it.
fn write_files(
    bytes: &[u8],
    file: PublishedFile,
    before: Option<&Publication>,
    options: &Options<'_>,
) -> anyhow::Result<Publication> {
    let last = before.map_or(0, |before| before.version);
    let version = options.version.unwrap_or(last.saturating_add(1));
    ensure!(
        version > last && version <= MAX_VERSION,
        "version {version} is not after {last}; devices refuse what is older than what they have"
    );
    let deltas = write_deltas(options.folder, bytes, &file, earlier(before), options.previous)?;
    trust::write(&options.folder.join(&file.file), bytes)?;
    Ok(Publication { format: FORMAT, version, bundle: file, deltas })
}

/// Writes what leads to a bundle from those before, which are given by their hashes, the newest first.
pub fn write_deltas<'e>(
    folder: &Path,
    bytes: &[u8],
    file: &PublishedFile,
    earlier: impl Iterator<Item = &'e str>,
    previous: usize,
) -> anyhow::Result<Vec<PublishedDelta>> {
    let mut deltas = Vec::new();
    for from in earlier.filter(|from| *from != file.sha256).take(previous) {
        // One that is gone or was changed is fetched whole.
        let Ok(old) = std::fs::read(folder.join(name(from))) else { continue };
        if hash(&old) != *from {
            continue;
        }
        let Ok(change) = delta::diff(&old, bytes) else { continue };
        // Where everything has changed the bundle itself, which compresses on its way, is as good.
        if change.len() * 2 > bytes.len() {
            continue;
        }
        let sha256 = hash(&change);
        let change_file = PublishedFile {
            file: format!("{}-{}.zgkd", &from[..16], &file.sha256[..16]),
            sha256,
            bytes: change.len() as u64,
        };
        trust::write(&folder.join(&change_file.file), &change)?;
        deltas.push(PublishedDelta { from: from.to_owned(), file: change_file });
    }
    Ok(deltas)
}

/// Hashes of the bundles before, the newest first.
fn earlier(before: Option<&Publication>) -> impl Iterator<Item = &str> {
    before.into_iter().flat_map(|before| {
        let older = before.deltas.iter().map(|delta| delta.from.as_str());
        std::iter::once(before.bundle.sha256.as_str()).chain(older)
    })
}

/// Whether all that a manifest names is there as it says.
fn is_whole(folder: &Path, manifest: &Publication) -> bool {
    std::iter::once(&manifest.bundle)
        .chain(manifest.deltas.iter().map(|delta| &delta.file))
        .all(|file| std::fs::read(folder.join(&file.file)).is_ok_and(|bytes| hash(&bytes) == file.sha256))
}

fn write_signature(folder: &Path, manifest: &[u8], secret: &SecretKey, unchanged: bool) -> anyhow::Result<()> {
    let there = std::fs::read_to_string(folder.join(SIGNATURE)).unwrap_or_default();
    if unchanged && sign::verify(&[secret.public()], Kind::Manifest, manifest, &there).is_ok() {
        return Ok(());
    }
    write_last(folder, SIGNATURE, sign::sign(secret, Kind::Manifest, manifest).as_bytes())
}

/// Writes a file of a name that stays. A compressed copy of what was there before would be sent in its place.
pub fn write_last(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    trust::write(&folder.join(name), bytes)?;
    for suffix in [".br", ".gz"] {
        let _ = std::fs::remove_file(folder.join(format!("{name}{suffix}")));
    }
    Ok(())
}

/// Removes what neither this publication nor the one before names: a device may still be at work with that one.
fn prune(
    folder: &Path,
    publication: &Publication,
    before: Option<&Publication>,
    options: &Options<'_>,
) -> anyhow::Result<()> {
    let mut named = options.named.clone();
    for manifest in std::iter::once(publication).chain(before) {
        named.insert(manifest.bundle.file.clone());
        named.extend(manifest.deltas.iter().map(|delta| delta.file.file.clone()));
    }
    named.extend(earlier(before).take(options.previous).map(name));
    sweep(folder, &named)
}

/// The files that the manifest of a folder names.
pub fn named_by_manifest(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let manifest = read_manifest(folder)?;
    Ok(manifest
        .iter()
        .flat_map(|manifest| std::iter::once(&manifest.bundle).chain(manifest.deltas.iter().map(|delta| &delta.file)))
        .map(|file| file.file.clone())
        .collect())
}

/// Removes bundles, deltas and files beside bundles that nothing names any more.
pub fn sweep(folder: &Path, named: &BTreeSet<String>) -> anyhow::Result<()> {
    let beside = beside::named(folder, named);
    for item in std::fs::read_dir(folder)? {
        let item = item?;
        let Ok(found) = item.file_name().into_string() else { continue };
        let plain = found.trim_end_matches(".br").trim_end_matches(".gz");
        if is_ours(plain) && !named.contains(plain) && !beside.contains(plain) && item.file_type()?.is_file() {
            let path = item.path();
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

pub fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn name(sha256: &str) -> String {
    format!("{}.zgkb", &sha256[..32])
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a file has a name that this command gives.
fn is_ours(file: &str) -> bool {
    match file.rsplit_once('.') {
        Some((stem, "zgkb" | "zgkc" | "zgkl")) => is_hex(stem, 32),
        Some((stem, "zgkd")) => stem.split_once('-').is_some_and(|(from, to)| is_hex(from, 16) && is_hex(to, 16)),
        _ => false,
    }
}
