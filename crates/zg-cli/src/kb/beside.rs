//! The files beside a bundle, which a first answer does not wait for: catalog and index of a recommender in one, what was learned
//! of the ways to ask in the other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use zg_kb::{Beside, Bundle, Companion};

use super::{publish, trust};

fn ending(products: bool) -> &'static str {
    if products { "zgkc" } else { "zgkl" }
}

/// Where `kb build` puts what lies beside a bundle: products, or what was learned.
///
/// # Errors
/// Where the bundle itself has that name.
pub fn path_of(bundle: &Path, products: bool) -> anyhow::Result<PathBuf> {
    let path = bundle.with_extension(ending(products));
    ensure!(path != bundle, "{} is the name of a file beside a bundle; end the bundle's in .zgkb", bundle.display());
    Ok(path)
}

/// What it is called in a published folder.
pub fn name(beside: &Beside) -> String {
    format!("{}.{}", &beside.sha256_text()[..32], ending(beside.has_products()))
}

/// Reads what a bundle names from where it was published or built; nothing where no such file is there.
fn read(bundle: &Path, beside: &Beside) -> anyhow::Result<Option<(PathBuf, Vec<u8>)>> {
    for path in [bundle.with_file_name(name(beside)), path_of(bundle, beside.has_products())?] {
        match std::fs::read(&path) {
            Ok(bytes) => {
                let same = bytes.len() == beside.bytes() && publish::hash(&bytes) == beside.sha256_text();
                ensure!(
                    same,
                    "{} is not the file that {} names; bring both of one build",
                    path.display(),
                    bundle.display()
                );
                return Ok(Some((path, bytes)));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }
    Ok(None)
}

/// The same, where nothing may be missing.
pub fn needed(bundle: &Path, beside: &Beside) -> anyhow::Result<(PathBuf, Vec<u8>)> {
    let found = read(bundle, beside)?;
    let path = path_of(bundle, beside.has_products())?;
    found.with_context(|| {
        format!("{} is missing; `kb build` writes it beside the bundle, and both belong together", path.display())
    })
}

/// Takes in what lies beside a bundle, as a device does once it has come; without it the bundle answers alone. Gives where it was.
pub fn take_in(bundle: &mut Bundle, path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut there = Vec::new();
    for beside in bundle.awaited().to_vec() {
        if let Some((found, bytes)) = read(path, &beside)? {
            let unfit = || format!("cannot use {}", found.display());
            bundle.take_in(Companion::open(&bytes, &[beside]).with_context(unfit)?);
            there.push(found);
        } else {
            let what = if beside.has_products() { "no products are known" } else { "what was learned is not known" };
            let missing = path_of(path, beside.has_products())?;
            eprintln!("note: {} lies beside {} and is not there, so {what}", missing.display(), path.display());
        }
    }
    Ok(there)
}

/// Puts the file of a bundle into a folder that devices read, before anything there names the bundle.
pub fn publish(folder: &Path, bytes: &[u8], beside: &Beside) -> anyhow::Result<()> {
    let path = folder.join(name(beside));
    if std::fs::read(&path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    trust::write(&path, bytes)
}

/// The files beside those bundles of a folder that are among `named`.
pub fn named(folder: &Path, named: &BTreeSet<String>) -> BTreeSet<String> {
    let bundles = named.iter().filter(|file| file.ends_with(".zgkb"));
    let beside = |file: &String| Beside::of(&std::fs::read(folder.join(file)).ok()?).ok();
    bundles.filter_map(beside).flatten().map(|beside| name(&beside)).collect()
}

/// What lies beside a published bundle and is missing or damaged.
pub fn damaged(folder: &Path, bundle: &[u8]) -> Vec<String> {
    let whole = |beside: &Beside| {
        let bytes = std::fs::read(folder.join(name(beside)));
        bytes.is_ok_and(|bytes| {
            publish::hash(&bytes) == beside.sha256_text()
                && Companion::open(&bytes, std::slice::from_ref(beside)).is_ok()
        })
    };
    Beside::of(bundle).unwrap_or_default().iter().filter(|beside| !whole(beside)).map(name).collect()
}
