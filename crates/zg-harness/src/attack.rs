//! What shoppers notice of an attack: nothing, it should be.
//!
//! Server, shoppers and attackers share the cores of one machine, and what is to be measured is the server. So shoppers
//! have a runtime of their own: what they wait for is not the attackers' own work in the same event loop. And attackers, who
//! would be on other machines, run at the lowest priority: what they burn to make a megabyte of junk is not taken from the
//! server. They send as much at the same even rate all the same, and it is told how long they took; `--attackers-nice 0`
//! lets them compete with the server for its cores, and `--together` puts them into the event loop of the shoppers besides.
//! Whatever is chosen, shoppers write the same in the quiet time as under attack, every message counts, and a refused one
//! fails the run.

mod attackers;
mod inputs;
mod shoppers;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

use self::attackers::{Arms, From, Outcome, attack};
use self::inputs::{Kind, Stolen};
use self::shoppers::{Shoppers, Waited};
use crate::client::{self, Http};
use crate::crash::Scratch;
use crate::load::tenths;
use crate::operator::Operator;
use crate::server::{Plan, Server};

#[derive(Clone)]
pub struct Options {
    /// Hostile inputs of each phase.
    pub inputs: usize,
    pub seconds: f64,
    /// Connections on which a request never ends.
    pub slow: usize,
    pub seed: u64,
    /// Kinds of inputs that are sent, by a part of their names; all where there is none.
    pub only: Vec<String>,
    /// Likewise those that are not sent.
    pub except: Vec<String>,
    /// How much later than the server the attackers' threads get the cores, 0 to 19, as `nice` has it.
    pub attackers_nice: i32,
    /// Attackers and shoppers in one event loop.
    pub together: bool,
}

/// Conversations that the attackers have opened, as anybody may.
const OWNED: usize = 64;
/// The secret of a storefront that was stolen, and its hash.
const MERCHANT: &str = "of-a-shop-that-was-careless-with-its-secrets-x";
const MERCHANT_SHA256: &str = "3bd2aececd4f8e6b28d74255bf53d04d2f74a8ff93fe87616143140436956178";
/// What a server may grow to under it.
const MOST_MIB: u64 = 512;

/// Whether it has passed, and the figures.
///
/// # Errors
/// Something could not be started.
pub fn run(program: &Path, options: &Options) -> anyhow::Result<(bool, Value)> {
    let named = |parts: &[String], name: &str| parts.iter().any(|part| name.contains(part.as_str()));
    let kinds: Vec<Kind> = (inputs::kinds().into_iter())
        .filter(|(name, _)| options.only.is_empty() || named(&options.only, name))
        .filter(|(name, _)| !named(&options.except, name))
        .collect();
    anyhow::ensure!(!kinds.is_empty(), "no kind of input has such a name");
    let folder = Scratch::new("attack")?;
    let plan = Plan::with(program, &folder.0, "server", &configured(&folder.0)?)?;
    // What starts the server has the usual priority, and so has the server.
    let shoppers = runtime(1, 0)?;
    let attackers = if options.together { runtime(2, 0)? } else { runtime(2, options.attackers_nice)? };
    let of_shoppers = if options.together { attackers.handle() } else { shoppers.handle() };
    let control = Builder::new_current_thread().enable_all().build()?;
    let measured = control.block_on(async {
        let (server, _) = plan.start().await?;
        let shoppers = Shoppers::start(of_shoppers, server.address);
        let measured = measure(&server, &shoppers, &attackers, options, kinds).await;
        shoppers.stop().await?;
        measured
    });
    // Whoever is still asleep needs not be waited for.
    attackers.shutdown_background();
    measured
}

/// The limits are those of every shop; what the proxy says is believed, so that each client has an address.
fn configured(folder: &Path) -> anyhow::Result<String> {
    let files = folder.join("files");
    std::fs::create_dir_all(&files)?;
    std::fs::write(files.join("zhanggui.js"), "x".repeat(256 << 10))?;
    Ok(format!(
        "static_dir = {files:?}\ntrust_proxy = true\n[[sites]]\nkey = \"demo\"\ntenant = \"default\"\nsecret_sha256 = {MERCHANT_SHA256:?}\n"
    ))
}

fn runtime(threads: usize, nice: i32) -> anyhow::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(threads).enable_all();
    if nice > 0 {
        builder.on_thread_start(move || give_way(nice));
    }
    Ok(builder.build()?)
}

/// On Linux a priority is a thread's own; elsewhere it would be that of the shoppers, too.
fn give_way(nice: i32) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, nice) {
        eprintln!("attackers keep the usual priority: {error}");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = nice;
}

async fn measure(
    server: &Server,
    shoppers: &Shoppers,
    attackers: &Runtime,
    options: &Options,
    kinds: Vec<Kind>,
) -> anyhow::Result<(bool, Value)> {
    for k in 0..OWNED {
        let mut http = Http::at(server.address, format!("203.0.113.{k}"));
        client::open(&mut http, &format!("evil-{k}")).await?;
    }
    let operator = Operator::sign_in(server.address, "admin").await?.credentials();
    let arms = Arc::new(Arms { kinds, stolen: Stolen { merchant: MERCHANT.to_owned(), operator } });
    // Caches and connections are not what is measured.
    sleep(Duration::from_secs(1)).await;
    let _ = shoppers.take();
    let before = server.usage()?.0;
    sleep(Duration::from_secs_f64(options.seconds)).await;
    let cores = (server.usage()?.0 - before) / options.seconds;
    let quiet = shoppers.take();
    let mut passed = quiet.refused == 0;
    let mut phases = Vec::new();
    for (name, from) in
        [("every input from another address", From::Everywhere), ("all from one address", From::OneAddress)]
    {
        let before = server.usage()?.0;
        let outcome = attack(attackers.handle(), server, options, from, &arms).await?;
        let cores = (server.usage()?.0 - before) / outcome.seconds;
        let (ok, phase) = phase(name, &quiet, &shoppers.take(), &outcome, cores);
        passed &= ok;
        phases.push(phase);
    }
    let attackers = if options.together { json!("together") } else { json!({ "nice": options.attackers_nice }) };
    Ok((
        passed,
        json!({
            "seed": options.seed, "slow_connections": options.slow, "attackers": attackers,
            "quiet_ms": quiet.json(), "quiet_cores": hundredths(cores), "attacks": phases,
        }),
    ))
}

fn phase(name: &str, quiet: &Waited, under: &Waited, outcome: &Outcome, cores: f64) -> (bool, Value) {
    let times = under.p99 / quiet.p99;
    let wrong: u64 = outcome.wrong.values().sum();
    // A process that has died has no memory.
    let alive = outcome.after_mib > 0;
    let ok = wrong == 0 && under.refused == 0 && alive && outcome.peak_mib < MOST_MIB && times <= 2.0;
    let figures = json!({
        "from": name, "inputs": outcome.sent, "seconds": tenths(outcome.seconds), "answers": outcome.statuses,
        "wrong_5xx": outcome.wrong, "healthy_refused": under.refused, "healthy_ms": under.json(),
        "p99_times_quiet": hundredths(times), "server_cores": hundredths(cores), "alive": alive,
        "rss_mib": { "before": outcome.before_mib, "peak": outcome.peak_mib, "after": outcome.after_mib }, "ok": ok,
    });
    (ok, figures)
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
