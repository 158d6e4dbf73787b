//! `zhanggui kb diff`, `apply`, `keygen`, `sign`, and the signature that `verify` looks at.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use zg_kb::delta;
use zg_kb::sign::{self, Kind, PublicKey, SecretKey};

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}; check the path", path.display()))
}

/// Writes beside the place and moves there: whoever reads meanwhile, or a cut of power, finds the old file or the new one.
/// What is there and is no plain file, a pipe, a device or a link, is written to as it is and never replaced.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if std::fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mut name = path.file_name().context("the output needs a file name")?.to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = std::fs::File::create(&part)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written.with_context(|| format!("cannot write {}", path.display()))
}

pub fn diff(old: &Path, new: &Path, output: &Path) -> anyhow::Result<bool> {
    let (old, new) = (read(old)?, read(new)?);
    let change = delta::diff(&old, &new)?;
    write(output, &change)?;
    eprintln!("{}: {} bytes lead from {} bytes to {}", output.display(), change.len(), old.len(), new.len());
    Ok(true)
}

pub fn apply(old: &Path, change: &Path, output: &Path) -> anyhow::Result<bool> {
    let new = delta::apply(&read(old)?, &read(change)?)
        .with_context(|| format!("{} was not written; {} is as it was", output.display(), old.display()))?;
    write(output, &new)?;
    Ok(true)
}

/// Two files: the secret key, for its owner's eyes alone, and beside it the public one, for everybody.
pub fn keygen(output: &Path) -> anyhow::Result<bool> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("no randomness from the system: {error}"))?;
    let pair = sign::generate(seed);
    seed.fill(0);
    let public = with_suffix(output, ".pub");
    for path in [output, &public] {
        if path.exists() {
            bail!("{} is there already; a key is never overwritten, choose another name", path.display());
        }
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(output).with_context(|| format!("cannot write {}", output.display()))?;
    writeln!(file, "{}", *pair.secret.to_text()).and_then(|()| file.sync_all())?;
    write(&public, format!("{}\n", pair.public).as_bytes())?;
    eprintln!("{}: keep it secret; {}: give it to whoever verifies", output.display(), public.display());
    println!("{}", serde_json::json!({"key": pair.public.id().to_string(), "public": pair.public.to_string()}));
    Ok(true)
}

/// Reads a secret key.
pub fn secret(key: &Path) -> anyhow::Result<SecretKey> {
    let text = zeroizing(read(key)?)?;
    text.trim().parse().with_context(|| format!("{}", key.display()))
}

/// Reads a public key.
pub fn public(key: &Path) -> anyhow::Result<PublicKey> {
    let text = String::from_utf8(read(key)?).with_context(|| format!("{} is not a key", key.display()))?;
    text.trim().parse().with_context(|| format!("{}", key.display()))
}

pub fn sign_file(path: &Path, key: &Path, output: Option<PathBuf>) -> anyhow::Result<bool> {
    let bytes = read(path)?;
    let secret = secret(key)?;
    let signature = sign::sign(&secret, kind_of(&bytes), &bytes);
    let output = output.unwrap_or_else(|| with_suffix(path, ".sig"));
    write(&output, format!("{}\n", signature.trim_end()).as_bytes())?;
    eprintln!("{}: signed by {}", output.display(), secret.public().id());
    Ok(true)
}

/// Who signed a file, among the keys given.
pub fn verify_file(path: &Path, keys: &[PathBuf], signature: Option<&Path>) -> anyhow::Result<String> {
    let keys = keys.iter().map(|key| public(key)).collect::<anyhow::Result<Vec<_>>>()?;
    let signature = signature.map_or_else(|| with_suffix(path, ".sig"), Path::to_owned);
    let text =
        String::from_utf8(read(&signature)?).with_context(|| format!("{} is no signature", signature.display()))?;
    let bytes = read(path)?;
    let key = sign::verify(&keys, kind_of(&bytes), &bytes, &text).with_context(|| format!("{}", path.display()))?;
    Ok(key.to_string())
}

fn kind_of(bytes: &[u8]) -> Kind {
    match bytes.get(..4) {
        Some(b"ZGKB") => Kind::Bundle,
        Some(b"ZGKD") => Kind::Delta,
        _ => Kind::Manifest,
    }
}

fn zeroizing(bytes: Vec<u8>) -> anyhow::Result<zeroize::Zeroizing<String>> {
    let text = String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("a key is a line of text; this file is none"))?;
    Ok(zeroize::Zeroizing::new(text))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
