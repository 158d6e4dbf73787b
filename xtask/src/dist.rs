//! The static files: what a CDN holds, and the demo's storefront beside it.

use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::run::{command, finish, root, run as call};
use crate::tools;

/// Builds everything and gives the folder; `cdn/` is what a CDN holds, `storefront/` the demo shop.
pub fn run() -> anyhow::Result<PathBuf> {
    let out = root().join("target/dist-files");
    let (fingerprint, stamp) = (fingerprint()?, root().join("target/dist-fingerprint"));
    native()?;
    if out.join("cdn/zhanggui.json").exists() && std::fs::read_to_string(&stamp).is_ok_and(|kept| kept == fingerprint) {
        eprintln!("{} is up to date", out.display());
        return Ok(out);
    }
    tools::build()?;
    let trunk = ["build", "--release", "--cargo-profile", "dist"];
    eprintln!("$ trunk {}", trunk.join(" "));
    let mut build = command("trunk", &trunk);
    // Trunk reads NO_COLOR as an option of its own and wants true or false there.
    build.env_remove("NO_COLOR");
    finish(build, "trunk")?;

    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    let (cdn, storefront) = (out.join("cdn"), out.join("storefront"));
    let built = root().join("target/trunk");
    std::fs::create_dir_all(cdn.join("models"))?;
    std::fs::create_dir_all(cdn.join("knowledge"))?;
    // Trunk names what it builds after the package.
    for (package, module) in [
        ("zhanggui", "widget"),
        ("zg-engine", "engine"),
        ("zg-inference", "inference"),
        ("zg-update", "update"),
        ("zg-recommender", "recommender"),
    ] {
        copy(&built.join(format!("{package}.js")), &cdn.join(format!("{module}.js")))?;
        copy(&built.join(format!("{package}_bg.wasm")), &cdn.join(format!("{module}_bg.wasm")))?;
    }
    copy_tree(&root().join("www/embed"), &cdn)?;
    // For browsers without Ed25519 of their own; fetched by those alone.
    copy(&root().join("node_modules/@noble/ed25519/index.js"), &cdn.join("ed25519.js"))?;
    copy_locales(&cdn)?;
    for lang in ["zh", "en"] {
        copy(&root().join(format!("models/{lang}/nlu.onnx")), &cdn.join(format!("models/{lang}.onnx")))?;
        copy(&root().join(format!("models/{lang}/embedding.zgem")), &cdn.join(format!("models/{lang}.zgem")))?;
    }
    std::fs::create_dir_all(&storefront)?;
    copy(&root().join("index.html"), &storefront.join("index.html"))?;
    strip_trunk(&storefront.join("index.html"))?;
    copy_tree(&root().join("www/shop"), &storefront.join("shop"))?;

    // What is published to npm: the types are the contract's.
    copy_tree(&root().join("www/npm"), &out.join("npm"))?;
    copy(&root().join("www/embed/zhanggui.d.ts"), &out.join("npm/zhanggui.d.ts"))?;

    let bundle = cdn.join("knowledge/shop.zgkb").to_string_lossy().into_owned();
    let zhanggui = bin().join("zhanggui");
    let zhanggui = zhanggui.to_string_lossy();
    let demo = root().join("target/demo");
    std::fs::create_dir_all(&demo)?;
    let at = |name: &str| demo.join(name).to_string_lossy().into_owned();
    let (feed, clicks, index) = (at("products.csv"), at("clicks.tsv"), at("shop.zgrx"));
    call("node", &["www/build/demo-feed.mjs", "www/shop/data/products.json", &feed, &clicks])?;
    call(&zhanggui, &["recommend", "build", &clicks, "-o", &index, "--catalog", &feed, "--reranker", "none"])?;
    call(&zhanggui, &["kb", "build", "demo/knowledge", "-o", &bundle, "--catalog", &feed, "--recommend", &index])?;
    call(&zhanggui, &["kb", "publish", &bundle, "-o", &cdn.join("knowledge").to_string_lossy()])?;
    call(&zhanggui, &["kb", "help-page", &bundle, "-o", &cdn.join("help.html").to_string_lossy()])?;
    // Compression and the manifest last: they are of what is there.
    call("node", &["www/build/finish.mjs", &cdn.to_string_lossy()])?;
    std::fs::write(stamp, fingerprint)?;
    Ok(out)
}

/// What the static files are made of, by name, size and time: wasm-opt takes minutes, also where nothing has changed.
fn fingerprint() -> anyhow::Result<String> {
    const SOURCES: [&str; 12] = [
        ".cargo",
        "Cargo.lock",
        "Cargo.toml",
        "Trunk.toml",
        "crates",
        "demo/knowledge",
        "index.html",
        "models",
        "package-lock.json",
        "rust-toolchain.toml",
        "src",
        "www",
    ];
    let mut files = Vec::new();
    for source in SOURCES {
        list(&root().join(source), &mut files)?;
    }
    files.sort();
    let mut hasher = std::hash::DefaultHasher::new();
    files.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

fn list(path: &Path, files: &mut Vec<(PathBuf, u64, std::time::SystemTime)>) -> anyhow::Result<()> {
    let metadata = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if !metadata.is_dir() {
        files.push((path.to_path_buf(), metadata.len(), metadata.modified()?));
        return Ok(());
    }
    for item in std::fs::read_dir(path)? {
        list(&item?.path(), files)?;
    }
    Ok(())
}

/// The folder of the native executables: of the profile the tests use, because compiling tract a second time
/// would cost minutes and change nothing in the answers.
pub fn bin() -> PathBuf {
    root().join("target/debug")
}

/// Compiles the native executables, with the features of the whole workspace, so that tests share what was compiled.
fn native() -> anyhow::Result<()> {
    call("cargo", &["build", "--locked", "--quiet", "--workspace", "--bins"])
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for item in std::fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let item = item?;
        let to = to.join(item.file_name());
        if item.file_type()?.is_dir() { copy_tree(&item.path(), &to)? } else { copy(&item.path(), &to)? }
    }
    Ok(())
}

/// The widget's words; the assistant's are compiled into the engine.
fn copy_locales(cdn: &Path) -> anyhow::Result<()> {
    for item in std::fs::read_dir(root().join("www/locales"))? {
        let item = item?;
        let to = cdn.join("locales").join(item.file_name());
        std::fs::create_dir_all(&to)?;
        copy(&item.path().join("widget.ftl"), &to.join("widget.ftl"))?;
    }
    Ok(())
}

/// Takes out the lines that are Trunk's: a browser would ask for them.
fn strip_trunk(page: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(page)?;
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains("data-trunk")).collect();
    std::fs::write(page, kept.join("\n") + "\n")?;
    Ok(())
}
