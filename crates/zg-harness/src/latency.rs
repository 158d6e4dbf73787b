//! How soon an operator has what a shopper writes.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use crate::client::{self, Http};
use crate::crash::{Scratch, percentile};
use crate::load::tenths;
use crate::operator::{self, Events, Operator};
use crate::server::Plan;
use crate::services::Cluster;

#[derive(Clone, Copy)]
pub struct Options {
    pub shoppers: usize,
    pub operators: usize,
    /// Messages a second, of all shoppers together.
    pub rate: f64,
    pub seconds: f64,
    pub postgres: bool,
}

/// When messages were sent that no operator has yet, by conversation and number.
type Sent = Arc<Mutex<HashMap<(usize, u64), Instant>>>;

#[derive(Default)]
struct Tally {
    stop: AtomicBool,
    sent: AtomicU64,
    /// Sent later than their time had come: the client, or the acknowledgement before, was too slow.
    late: AtomicU64,
    /// Times that an operator's stream was told to read everything again.
    missed: AtomicU64,
}

/// From the sending of a message to the moment that its operator's stream has it, at an even rate.
///
/// # Errors
/// Something could not be started or was refused.
pub async fn run(program: &Path, options: Options) -> anyhow::Result<Value> {
    let Options { shoppers, operators, rate, seconds, postgres } = options;
    anyhow::ensure!(shoppers > 0 && operators > 0 && rate > 0.0, "shoppers, operators and rate have to be more than 0");
    let folder = Scratch::new("latency")?;
    let cluster = if postgres { Some(Cluster::start(true)?) } else { None };
    let storage = cluster.as_ref().map(|cluster| cluster.schema("shop")).transpose()?;
    let storage = storage.map(|url| format!("postgres = {url:?}\n")).unwrap_or_default();
    let names: Vec<String> = (0..operators).map(|n| format!("operator-{n}")).collect();
    let lines = format!(
        "{}[limits]\nopens_per_minute = 0\nmessages_per_minute = 0\n[storage]\n{storage}",
        operator::configured(&names)?
    );
    let (server, _) = Plan::with(program, &folder.0, "server", &lines)?.start().await?;
    let address = server.address;

    let mut people = Vec::new();
    for name in &names {
        people.push(Operator::sign_in(address, name).await?);
    }
    let mut http = Http::new(address);
    for k in 0..shoppers {
        let conversation = format!("c-{k}");
        client::open(&mut http, &conversation).await?;
        let path = format!("/v1/conversations/{conversation}/handoff");
        let (status, body) = http.call("POST", &path, &client::secret(&conversation), "").await?;
        anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
        people[k % operators].take(&conversation).await?;
    }

    let (sent, tally) = (Sent::default(), Arc::new(Tally::default()));
    let mut readers = Vec::new();
    for person in &people {
        let events = person.events().await?;
        readers.push(tokio::spawn(read(events, Arc::clone(&sent), Arc::clone(&tally))));
    }
    let mut writers = Vec::new();
    let since = Instant::now();
    for k in 0..shoppers {
        // Evenly spread, so that the rate is one at every moment.
        let first = since + Duration::from_secs_f64(0.2 + k as f64 / rate);
        let every = Duration::from_secs_f64(shoppers as f64 / rate);
        writers.push(tokio::spawn(write(Http::new(address), k, (first, every), Arc::clone(&sent), Arc::clone(&tally))));
    }
    sleep(Duration::from_secs_f64(seconds)).await;
    tally.stop.store(true, Ordering::Relaxed);
    let elapsed = since.elapsed().as_secs_f64() - 0.2;
    for writer in writers {
        writer.await.context("a shopper panicked")??;
    }
    // What is on its way arrives, or it does not count as told.
    for _ in 0..200 {
        if sent.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    let untold = sent.lock().unwrap_or_else(PoisonError::into_inner).len();
    drop(server);
    let mut taken = Vec::new();
    for reader in readers {
        taken.extend(reader.await.context("an operator panicked")?);
    }
    taken.sort_by(f64::total_cmp);
    let n = |count: &AtomicU64| count.load(Ordering::Relaxed);
    Ok(json!({
        "of": if postgres { "postgres" } else { "sqlite" }, "shoppers": shoppers, "operators": operators,
        "messages_per_second": (n(&tally.sent) as f64 / elapsed).round(), "messages": n(&tally.sent),
        "told": taken.len(), "untold": untold, "sent_late": n(&tally.late), "told_to_read_again": n(&tally.missed),
        "shopper_to_operator_ms": {
            "p50": tenths(percentile(&taken, 50.0)), "p99": tenths(percentile(&taken, 99.0)),
            "max": tenths(percentile(&taken, 100.0)),
        },
    }))
}

async fn write(
    mut http: Http,
    k: usize,
    (first, every): (Instant, Duration),
    sent: Sent,
    tally: Arc<Tally>,
) -> anyhow::Result<()> {
    let conversation = format!("c-{k}");
    let (path, secret) = (format!("/v1/conversations/{conversation}/messages"), client::secret(&conversation));
    let mut ticks = interval_at(first, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for n in 0_u64.. {
        let due = ticks.tick().await;
        if tally.stop.load(Ordering::Relaxed) {
            break;
        }
        if due.elapsed() > Duration::from_millis(20) {
            tally.late.fetch_add(1, Ordering::Relaxed);
        }
        sent.lock().unwrap_or_else(PoisonError::into_inner).insert((k, n), Instant::now());
        tally.sent.fetch_add(1, Ordering::Relaxed);
        let (status, body) = http.call("POST", &path, &secret, &client::message(n)).await?;
        anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
    }
    Ok(())
}

/// Notes how long messages took, until the stream ends.
async fn read(mut events: Events, sent: Sent, tally: Arc<Tally>) -> Vec<f64> {
    let mut taken = Vec::new();
    while let Ok((name, data)) = events.next().await {
        let now = Instant::now();
        match name {
            "message" => {
                let Some(key) = key(data) else { continue };
                if let Some(since) = sent.lock().unwrap_or_else(PoisonError::into_inner).remove(&key) {
                    taken.push((now - since).as_secs_f64() * 1000.0);
                }
            }
            "ready" => drop(tally.missed.fetch_add(1, Ordering::Relaxed)),
            _ => {}
        }
    }
    taken
}

/// Which message an event tells of.
fn key(data: &str) -> Option<(usize, u64)> {
    let data: Value = serde_json::from_str(data).ok()?;
    let conversation = data["conversation"].as_str()?.strip_prefix("c-")?.parse().ok()?;
    Some((conversation, data["id"].as_str()?.strip_prefix("m-")?.parse().ok()?))
}
