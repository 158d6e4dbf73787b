//! Installing what is missing.

use std::path::Path;

use anyhow::{Context, bail};

use crate::run::{command, finish, output, root, run};

const TRUNK: &str = "0.21.14";

/// Everything the build and the tests need.
pub fn all() -> anyhow::Result<()> {
    build()?;
    services()?;
    browser()
}

/// What compiling the static files needs.
pub fn build() -> anyhow::Result<()> {
    target()?;
    node()?;
    cargo_tool("trunk", TRUNK, &["--no-default-features", "--features", "rustls", "--locked"])?;
    let version = locked("wasm-bindgen")?;
    // Without --locked: the lock file of this release names a crate version that mirrors may lack.
    cargo_tool("wasm-bindgen-cli", &version, &[])?;
    // Trunk passes --offline on to cargo.
    run("cargo", &["fetch", "--locked", "--quiet"])
}

fn target() -> anyhow::Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let sysroot = output("rustc", &["--print", "sysroot"]).context("no rustc; install Rust from https://rustup.rs")?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).exists() {
        return Ok(());
    }
    run("rustup", &["target", "add", TARGET])
        .context("the WASM target is missing; `rustup target add wasm32-unknown-unknown`")
}

pub fn node() -> anyhow::Result<()> {
    if output("node", &["--version"]).is_none() {
        bail!("no node; install Node.js 20 or later");
    }
    let lock = std::fs::read(root().join("package-lock.json"))?;
    let stamp = root().join("node_modules/.zhanggui-lock");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    run("npm", &["ci", "--no-fund", "--no-audit", "--loglevel=error"])?;
    std::fs::write(stamp, lock)?;
    Ok(())
}

fn cargo_tool(package: &str, version: &str, options: &[&str]) -> anyhow::Result<()> {
    let program = package.trim_end_matches("-cli");
    if output(program, &["--version"]).is_some_and(|printed| printed.split_whitespace().nth(1) == Some(version)) {
        return Ok(());
    }
    eprintln!("installing {package} {version}; this takes some minutes, once");
    let root = root().join("target/tools");
    let mut install = command("cargo", &["install", package, "--version", version, "--quiet", "--root"]);
    install.arg(root).args(options);
    // A tool that runs for seconds need not be optimised for minutes. Only here: it must not reach the product's build.
    for (name, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "1")] {
        install.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    finish(install, "cargo install")
}

/// The version of a package in Cargo.lock.
fn locked(package: &str) -> anyhow::Result<String> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let named = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != named);
    let version =
        lines.nth(1).and_then(|line| line.strip_prefix("version = \"")).map(|rest| rest.trim_end_matches('"'));
    version.map(str::to_owned).with_context(|| format!("{package} is not in Cargo.lock"))
}

/// Where Chromium is.
pub fn chromium() -> Option<String> {
    let found = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        .into_iter()
        .find_map(|name| output("which", &[name]));
    std::env::var("CHROMIUM").ok().or_else(|| found.map(|path| path.trim().to_owned()))
}

/// A browser and a font with Chinese characters in it, so that screenshots show what shoppers see.
pub fn browser() -> anyhow::Result<()> {
    let has_font = output("fc-list", &[":lang=zh-cn"]).is_some_and(|fonts| !fonts.trim().is_empty());
    if chromium().is_some() && has_font {
        return Ok(());
    }
    apt(&["chromium", "fonts-noto-cjk", "fonts-noto-color-emoji", "fontconfig"], "or set CHROMIUM to a browser")
}

/// The services that tests of the server start for themselves.
pub fn services() -> anyhow::Result<()> {
    let has_postgres = Path::new("/usr/lib/postgresql")
        .read_dir()
        .is_ok_and(|versions| versions.flatten().any(|version| version.path().join("bin/initdb").exists()));
    let has_nats = Path::new("/usr/sbin/nats-server").exists() || output("nats-server", &["--version"]).is_some();
    let missing: Vec<&str> = [("postgresql", has_postgres), ("nats-server", has_nats)]
        .into_iter()
        .filter_map(|(package, has)| (!has).then_some(package))
        .collect();
    if missing.is_empty() { Ok(()) } else { apt(&missing, "version 15 or newer of the first") }
}

/// Installs packages where the system's package manager is Debian's; says what to install where it is not.
fn apt(packages: &[&str], or: &str) -> anyhow::Result<()> {
    if output("apt-get", &["--version"]).is_none() {
        bail!("install {} ({or})", packages.join(", "));
    }
    let root = output("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    let apt = |arguments: &[&str]| {
        let options = ["-o", "DPkg::Lock::Timeout=300", "-qq"];
        let arguments: Vec<&str> = options.iter().chain(arguments).copied().collect();
        let mut call = if root {
            command("apt-get", &arguments)
        } else {
            command("sudo", &[&["-n", "apt-get"], arguments.as_slice()].concat())
        };
        call.env("DEBIAN_FRONTEND", "noninteractive");
        finish(call, "apt-get")
    };
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    apt(&["update"]).and_then(|()| apt(&install)).with_context(|| format!("install {} by hand", packages.join(", ")))
}

/// Trains the models from their recipe.
pub fn train() -> anyhow::Result<()> {
    let python = root().join("target/train-venv/bin/python");
    if !python.exists() {
        run("python3", &["-m", "venv", "target/train-venv"])?;
    }
    let python = python.to_string_lossy().into_owned();
    run(&python, &["-m", "pip", "install", "--quiet", "-r", "models/train/requirements.txt"])?;
    run(&python, &["models/train/train.py", "--data", "../shared/data", "--out", "models"])?;
    run(&python, &["models/train/embedding.py", "--data", "../shared/data", "--out", "models"])?;
    // Its twin that has never seen the evaluation clusters, to measure by.
    run(
        &python,
        &["models/train/embedding.py", "--data", "../shared/data", "--held-out", "--lang", "zh", "--out", HELD_OUT],
    )
}

const HELD_OUT: &str = "models/train/held-out";
