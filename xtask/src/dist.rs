//! The static files: what a CDN holds, and the demo's storefront beside it.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::run::{command, finish, root, run as call};
use crate::tools;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As shoppers get it: small, and minutes to compile.
    Shipped,
    /// The same behaviour, quick to compile.
    Quick,
}

/// Builds everything and gives the folder; `cdn/` is what a CDN holds, `storefront/` the demo shop.
pub fn run(kind: Kind) -> anyhow::Result<PathBuf> {
    tools::build()?;
    let trunk = match kind {
        Kind::Shipped => ["build", "--release", "--cargo-profile", "dist"].as_slice(),
        Kind::Quick => &["build", "--cargo-profile", "quick"],
    };
    eprintln!("$ trunk {}", trunk.join(" "));
    let mut build = command("trunk", trunk);
    // Trunk reads NO_COLOR as an option of its own and wants true or false there.
    build.env_remove("NO_COLOR");
    finish(build, "trunk")?;

    let out = root().join(match kind {
        Kind::Shipped => "target/dist",
        Kind::Quick => "target/quick-dist",
    });
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    let (cdn, storefront) = (out.join("cdn"), out.join("storefront"));
    let built = root().join("target/trunk");
    std::fs::create_dir_all(cdn.join("models"))?;
    std::fs::create_dir_all(cdn.join("knowledge"))?;
    for module in ["widget", "engine", "inference"] {
        copy(&built.join(format!("{module}.js")), &cdn.join(format!("{module}.js")))?;
        copy(&built.join(format!("{module}_bg.wasm")), &cdn.join(format!("{module}_bg.wasm")))?;
    }
    copy_tree(&root().join("www/embed"), &cdn)?;
    copy_locales(&cdn)?;
    for lang in ["zh", "en"] {
        copy(&root().join(format!("models/{lang}/nlu.onnx")), &cdn.join(format!("models/{lang}.onnx")))?;
    }
    std::fs::create_dir_all(&storefront)?;
    copy(&root().join("index.html"), &storefront.join("index.html"))?;
    strip_trunk(&storefront.join("index.html"))?;
    copy_tree(&root().join("www/shop"), &storefront.join("shop"))?;

    let bundle = cdn.join("knowledge/shop.zgkb").to_string_lossy().into_owned();
    let zhanggui = executable(kind)?;
    let zhanggui = zhanggui.to_string_lossy();
    call(&zhanggui, &["kb", "build", "demo/knowledge", "-o", &bundle])?;
    call(&zhanggui, &["kb", "help-page", &bundle, "-o", &cdn.join("help.html").to_string_lossy()])?;
    // Compression and the manifest last: they are of what is there.
    let level = if kind == Kind::Shipped { "11" } else { "0" };
    call("node", &["www/build/finish.mjs", &cdn.to_string_lossy(), level])?;
    Ok(out)
}

/// The executable `zhanggui`, compiled where it is not.
pub fn executable(kind: Kind) -> anyhow::Result<PathBuf> {
    native(kind)?;
    Ok(root().join(profile_folder(kind)).join("zhanggui"))
}

/// The folder of native executables of that kind.
pub fn profile_folder(_: Kind) -> &'static str {
    // One profile for both: compiling tract a second time for the server would cost minutes and change nothing in it.
    "target/debug"
}

/// Compiles the native executables, all features of the workspace at once, so that tests use the same artifacts.
fn native(_: Kind) -> anyhow::Result<()> {
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
