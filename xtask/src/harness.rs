//! `cargo xtask crash` and `cargo xtask load`: the server under what it has to bear, at length.

use anyhow::bail;

use crate::run::{command, finish};
use crate::tools;

const CRASH: &str = "cargo xtask crash [--cycles N] [--postgres]: kill -9 under load and a network at its worst";

/// kill -9 so many times, with SQLite or with two servers on PostgreSQL, and the network tests.
pub fn crash(options: &[&str]) -> anyhow::Result<()> {
    let (mut cycles, mut postgres) = ("1000", false);
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        match *option {
            "--postgres" => postgres = true,
            "--cycles" => match rest.next() {
                Some(n) if n.parse::<u32>().is_ok() => cycles = n,
                _ => bail!("--cycles wants a number; {CRASH}"),
            },
            other => bail!("unknown option {other}; {CRASH}"),
        }
    }
    build()?;
    if postgres {
        tools::services()?;
        return harness(&["crash", "--cycles", cycles, "--postgres"]);
    }
    harness(&["crash", "--cycles", cycles])?;
    harness(&["chaos", "--seconds", "60"])
}

/// Durable messages beside the bare reference, idle streams, restarts of a large database.
pub fn load() -> anyhow::Result<()> {
    tools::services()?;
    build()?;
    harness(&["posts", "--connections", "64", "--postgres"])?;
    harness(&["posts", "--connections", "512", "--postgres"])?;
    harness(&["idle"])?;
    harness(&["restart"])
}

fn build() -> anyhow::Result<()> {
    finish(command("cargo", &["build", "--locked", "--quiet", "--release", "-p", "zg-harness"]), "cargo build")
}

fn harness(arguments: &[&str]) -> anyhow::Result<()> {
    let mut run =
        command("cargo", &["run", "--locked", "--quiet", "--release", "-p", "zg-harness", "--bin", "zg-harness", "--"]);
    run.args(arguments);
    finish(run, "zg-harness")
}
