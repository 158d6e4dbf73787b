//! `cargo xtask fuzz TARGET [SECONDS]`: libFuzzer, by coverage, on the stable toolchain.
//!
//! cargo-fuzz asks for a nightly because of its sanitizers. Code without `unsafe` has little use for those; what finds panics is
//! coverage, and its flags are stable ones.

use anyhow::{Context as _, bail, ensure};

use crate::run::{output, root};

const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Clink-dead-code -Ccodegen-units=1 --cfg fuzzing";
/// The server's readers, then those of `fuzz/src/lib.rs`.
const TARGETS: [&str; 13] = [
    "envelope",
    "token",
    "config",
    "answer",
    "bundle",
    "delta",
    "metadata",
    "index",
    "model",
    "playbooks",
    "import",
    "words",
    "events",
];

pub fn run(target: &str, seconds: &str) -> anyhow::Result<()> {
    ensure!(TARGETS.contains(&target), "no target {target:?}; there are {}", TARGETS.join(", "));
    let seconds: u32 = seconds.parse().context("SECONDS: want a whole number")?;
    let host = output("rustc", &["-vV"]).context("rustc cannot be run")?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc -vV names no host")?.to_owned();
    let folder = root().join("fuzz");
    // With a target named, build scripts and macros are built without the flags.
    let built = std::process::Command::new("cargo")
        .current_dir(&folder)
        .env("RUSTFLAGS", COVERAGE)
        .args(["build", "--release", "--locked", "--target", &host, "--target-dir", "target", "--bin", target])
        .status()
        .context("cargo cannot be run")?;
    ensure!(built.success(), "the target was not built");
    let corpus = folder.join("corpus").join(target);
    let artifacts = folder.join("artifacts").join(target);
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&artifacts)?;
    // Git keeps no empty folder.
    std::fs::create_dir_all(folder.join("regressions").join(target))?;
    let ran = std::process::Command::new(folder.join("target").join(&host).join("release").join(target))
        .current_dir(&folder)
        .arg(&corpus)
        .arg(folder.join("seeds").join(target))
        .arg(folder.join("regressions").join(target))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(["-timeout=10", "-rss_limit_mb=1024", "-max_len=65536", "-print_final_stats=1"])
        .status()
        .context("the target cannot be run")?;
    if !ran.success() {
        bail!("something was found: see {}; put the input into fuzz/regressions/{target}", artifacts.display());
    }
    Ok(())
}
