//! A network at its worst, and then none at all for a while.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::client::{self, Tally};
use crate::crash::{Scratch, finish};
use crate::ledger::{Findings, Ledger};
use crate::proxy::{self, Faults};
use crate::server::Plan;

#[derive(Clone)]
pub struct Options {
    pub program: PathBuf,
    pub seconds: f64,
    pub blackout_seconds: f64,
    pub writers: usize,
}

#[derive(Debug)]
pub struct Outcome {
    pub findings: Findings,
    pub acknowledged: usize,
    pub retries: u64,
    pub faults: Arc<Faults>,
    /// Seconds from the end of the blackout to the first acknowledgement, and until every reader had what was written before.
    pub first_ack: f64,
    pub caught_up: f64,
}

impl Outcome {
    #[must_use]
    pub fn json(&self) -> Value {
        let Findings { lost, doubled, reordered, gaps, wrong_answers } = self.findings;
        let n = |count: &AtomicU64| count.load(Ordering::Relaxed);
        json!({
            "acknowledged": self.acknowledged, "retries": self.retries,
            "lost": lost, "doubled": doubled, "reordered": reordered, "gaps": gaps, "wrong_answers": wrong_answers,
            "network": { "cut": n(&self.faults.cut), "delayed": n(&self.faults.delayed),
                         "requests_doubled": n(&self.faults.doubled), "replies_swallowed": n(&self.faults.swallowed) },
            "after_blackout_s": { "first_ack": self.first_ack, "caught_up": self.caught_up },
        })
    }
}

/// # Errors
/// Something could not be started. What is wrong with the server is in the outcome.
pub async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let folder = Scratch::new("chaos")?;
    let plan = Plan::new(&options.program, &folder.0, "server", "")?;
    let (server, _) = plan.start().await?;
    let faults = Arc::new(Faults::default());
    let address = proxy::start(server.address, Arc::clone(&faults)).await?;
    let (ledger, tally) = (Arc::new(Ledger::default()), Arc::new(Tally::default()));
    let (mut writers, mut readers) = (Vec::new(), Vec::new());
    for n in 0..options.writers {
        let conversation = format!("c-{n}");
        let both = (Arc::clone(&ledger), Arc::clone(&tally));
        // A connection for each request: what is doubled is a whole one.
        writers.push(tokio::spawn(client::write(move || address, conversation.clone(), both, true)));
        let seen = Arc::new(AtomicU64::new(0));
        let follow = client::follow(move || address, conversation, Arc::clone(&ledger), Arc::clone(&seen));
        readers.push((tokio::spawn(follow), seen));
    }
    sleep(Duration::from_secs_f64(options.seconds / 2.0)).await;
    faults.blackout.store(true, Ordering::Relaxed);
    sleep(Duration::from_secs_f64(options.blackout_seconds)).await;
    let before = ledger.len();
    let mut direct = client::Http::new(server.address);
    let mut ends = Vec::new();
    for n in 0..options.writers {
        ends.push(client::log(&mut direct, &format!("c-{n}")).await?.last().map_or(0, |(seq, _)| *seq));
    }
    faults.blackout.store(false, Ordering::Relaxed);
    let since = Instant::now();
    let (mut first_ack, mut caught_up) = (f64::NAN, f64::NAN);
    while first_ack.is_nan() || caught_up.is_nan() {
        if first_ack.is_nan() && ledger.len() > before {
            first_ack = since.elapsed().as_secs_f64();
        }
        let all = readers.iter().zip(&ends).all(|((_, seen), end)| seen.load(Ordering::Relaxed) >= *end);
        if caught_up.is_nan() && all {
            caught_up = since.elapsed().as_secs_f64();
        }
        anyhow::ensure!(since.elapsed() < Duration::from_secs(30), "nobody has come back within 30 seconds");
        sleep(Duration::from_millis(5)).await;
    }
    sleep(Duration::from_secs_f64(options.seconds / 2.0)).await;
    tally.stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.context("a writer panicked")??;
    }
    // What was doubled late is on its way for another second.
    sleep(Duration::from_millis(1_100)).await;
    let findings = finish(&ledger, server.address, readers).await?;
    let retries = tally.retries.load(Ordering::Relaxed);
    Ok(Outcome { findings, acknowledged: ledger.len(), retries, faults, first_ack, caught_up })
}
