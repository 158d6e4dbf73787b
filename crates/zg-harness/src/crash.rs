//! Servers that are killed while they are written to and read from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::client::{self, Http, Tally, chance};
use crate::ledger::{Findings, Ledger};
use crate::server::{Plan, Server};
use crate::services::{Cluster, Nats};

#[derive(Clone)]
pub struct Options {
    /// What is run as `PROGRAM serve --config FILE --listen ADDRESS`.
    pub program: PathBuf,
    pub cycles: u32,
    pub writers: usize,
    /// Two servers on one PostgreSQL with NATS, instead of one with SQLite.
    pub postgres: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    pub findings: Findings,
    pub acknowledged: usize,
    pub retries: u64,
    /// Milliseconds from the start of a process to its being able to write, sorted.
    pub restarts: Vec<f64>,
}

/// The `p`th hundredth of sorted figures.
#[must_use]
pub fn percentile(sorted: &[f64], p: f64) -> f64 {
    let at = (sorted.len() as f64 * p / 100.0).ceil() as usize;
    sorted.get(at.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}

impl Outcome {
    #[must_use]
    pub fn json(&self) -> Value {
        let Findings { lost, doubled, reordered, gaps, wrong_answers } = self.findings;
        let restart = |p| (percentile(&self.restarts, p) * 10.0).round() / 10.0;
        json!({
            "acknowledged": self.acknowledged, "retries": self.retries,
            "lost": lost, "doubled": doubled, "reordered": reordered, "gaps": gaps, "wrong_answers": wrong_answers,
            "kills": self.restarts.len(), "restart_ms": { "p50": restart(50.0), "p99": restart(99.0), "max": restart(100.0) },
        })
    }
}

/// Services and servers of a run; gone with it.
struct Shop {
    servers: Vec<(Plan, Option<Server>)>,
    nats: Option<Nats>,
    cluster: Option<Cluster>,
}

impl Shop {
    async fn open(options: &Options, folder: &Path) -> anyhow::Result<Self> {
        let mut shop = Self { servers: Vec::new(), nats: None, cluster: None };
        let mut storage = String::new();
        if options.postgres {
            let cluster = Cluster::start(true)?;
            let nats = Nats::start()?;
            storage = format!("postgres = {:?}\nnats = {:?}", cluster.schema("shop")?, nats.url());
            (shop.cluster, shop.nats) = (Some(cluster), Some(nats));
        }
        for n in 0..if options.postgres { 2 } else { 1 } {
            let plan = Plan::new(&options.program, folder, &format!("server-{n}"), &storage)?;
            let (server, _) = plan.start().await?;
            shop.servers.push((plan, Some(server)));
        }
        Ok(shop)
    }
}

/// Kills again and again, and then holds what was acknowledged against what is there.
///
/// # Errors
/// Something could not be started. What is wrong with the servers is in the outcome.
pub async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let folder = Scratch::new("crash")?;
    let mut shop = Shop::open(options, &folder.0).await?;
    let addresses: Vec<_> = shop.servers.iter().map(|(plan, _)| plan.address).collect();
    let any = move || addresses[(chance() * addresses.len() as f64) as usize % addresses.len()];
    let (ledger, tally) = (Arc::new(Ledger::default()), Arc::new(Tally::default()));
    let mut writers = Vec::new();
    let mut readers = Vec::new();
    for n in 0..options.writers {
        let conversation = format!("c-{n}");
        let both = (Arc::clone(&ledger), Arc::clone(&tally));
        writers.push(tokio::spawn(client::write(any.clone(), conversation.clone(), both, false)));
        let seen = Arc::new(AtomicU64::new(0));
        let follow = client::follow(any.clone(), conversation, Arc::clone(&ledger), Arc::clone(&seen));
        readers.push((tokio::spawn(follow), seen));
    }
    let mut restarts = Vec::new();
    for cycle in 0..options.cycles {
        sleep(Duration::from_secs_f64(0.02 + 0.1 * chance())).await;
        if let Some(nats) = &mut shop.nats {
            // Now and then what carries wake-ups goes, too, and comes back.
            match cycle % 10 {
                3 => nats.kill(),
                6 => nats.resume()?,
                _ => {}
            }
        }
        if let Some(cluster) = shop.cluster.as_ref().filter(|_| cycle % 25 == 20) {
            // One of its own processes killed makes PostgreSQL throw all others out and recover from its log.
            let pid = cluster.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'zhanggui' LIMIT 1");
            if let Some(pid) = pid.ok().filter(|pid| !pid.is_empty()) {
                let _ = std::process::Command::new("kill").args(["-9", &pid]).status();
            }
        }
        let n = (chance() * shop.servers.len() as f64) as usize % shop.servers.len();
        let (plan, server) = &mut shop.servers[n];
        *server = None;
        let (started, took) = plan.start().await?;
        *server = Some(started);
        restarts.push(took.as_secs_f64() * 1000.0);
    }
    tally.stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.context("a writer panicked")??;
    }
    let findings = finish(&ledger, shop.servers[0].0.address, readers).await?;
    restarts.sort_by(f64::total_cmp);
    let retries = tally.retries.load(Ordering::Relaxed);
    Ok(Outcome { findings, acknowledged: ledger.len(), retries, restarts })
}

/// Reads every log, waits until readers have been shown it to its end, and checks.
pub(crate) async fn finish(
    ledger: &Ledger,
    address: std::net::SocketAddr,
    readers: Vec<(tokio::task::JoinHandle<()>, Arc<AtomicU64>)>,
) -> anyhow::Result<Findings> {
    let mut http = Http::new(address);
    let mut logs = BTreeMap::new();
    for (n, (reader, seen)) in readers.into_iter().enumerate() {
        let conversation = format!("c-{n}");
        let log = client::log(&mut http, &conversation).await?;
        let last = log.last().map_or(0, |(seq, _)| *seq);
        for _ in 0..1000 {
            if seen.load(Ordering::Relaxed) >= last {
                break;
            }
            sleep(Duration::from_millis(10)).await;
        }
        ledger.shown(seen.load(Ordering::Relaxed), last + 1);
        reader.abort();
        logs.insert(conversation, log);
    }
    Ok(ledger.check(&logs))
}

/// A folder that goes with the run.
pub struct Scratch(pub PathBuf);

impl Scratch {
    /// # Errors
    /// The folder of temporary files cannot be written.
    pub fn new(name: &str) -> anyhow::Result<Self> {
        static N: AtomicU64 = AtomicU64::new(0);
        let n = N.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("zg-{name}-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
