//! Those who notice: shoppers who write a message every so often, whatever else goes on.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{interval, sleep};

use crate::client::{self, Http, chance};
use crate::crash::percentile;
use crate::load::tenths;

/// Shoppers who write all the while.
const HEALTHY: usize = 32;
/// Messages of each of them a second.
const EACH_PER_SECOND: f64 = 8.0;

/// What they have waited for since somebody last asked.
#[derive(Default)]
struct Seen {
    millis: Mutex<Vec<f64>>,
    refused: AtomicU64,
    stop: AtomicBool,
}

pub struct Shoppers {
    seen: Arc<Seen>,
    writers: Vec<JoinHandle<anyhow::Result<()>>>,
}

/// How long they waited in one phase, in milliseconds, and how many messages were not taken.
pub struct Waited {
    pub p50: f64,
    pub p99: f64,
    pub most: f64,
    pub n: usize,
    pub refused: u64,
}

impl Waited {
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({ "p50": tenths(self.p50), "p99": tenths(self.p99), "max": tenths(self.most), "of": self.n })
    }
}

impl Shoppers {
    /// All of them begin to write, on the runtime of `handle`.
    #[must_use]
    pub fn start(handle: &Handle, address: SocketAddr) -> Self {
        let seen = Arc::<Seen>::default();
        let writers = (0..HEALTHY).map(|k| handle.spawn(write(address, k, Arc::clone(&seen)))).collect();
        Self { seen, writers }
    }

    /// What they saw since the last call; every message that was due is in it, also the one that failed.
    #[must_use]
    pub fn take(&self) -> Waited {
        let mut millis = std::mem::take(&mut *self.seen.millis.lock().unwrap_or_else(PoisonError::into_inner));
        millis.sort_by(f64::total_cmp);
        Waited {
            p50: percentile(&millis, 50.0),
            p99: percentile(&millis, 99.0),
            most: percentile(&millis, 100.0),
            n: millis.len(),
            refused: self.seen.refused.swap(0, Ordering::Relaxed),
        }
    }

    /// # Errors
    /// One of them could not open a conversation, or panicked.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.seen.stop.store(true, Ordering::Relaxed);
        for writer in self.writers {
            writer.await.context("a shopper panicked")??;
        }
        Ok(())
    }
}

async fn write(address: SocketAddr, k: usize, seen: Arc<Seen>) -> anyhow::Result<()> {
    let mut http = Http::at(address, format!("198.51.100.{k}"));
    let conversation = format!("c-{k}");
    client::open(&mut http, &conversation).await?;
    let (path, secret) = (format!("/v1/conversations/{conversation}/messages"), client::secret(&conversation));
    sleep(Duration::from_secs_f64(chance() / EACH_PER_SECOND)).await;
    let mut ticks = interval(Duration::from_secs_f64(1.0 / EACH_PER_SECOND));
    for n in 0_u64.. {
        // From when it is due: a server that keeps one waiting keeps the next one waiting, too.
        let since = ticks.tick().await;
        if seen.stop.load(Ordering::Relaxed) {
            break;
        }
        let answer = http.call("POST", &path, &secret, &client::message(n)).await;
        // A refusal in no time is no short wait: it counts as refused, and its time counts all the same.
        let took = since.elapsed().as_secs_f64() * 1000.0;
        seen.millis.lock().unwrap_or_else(PoisonError::into_inner).push(took);
        if !matches!(answer, Ok((200, _))) {
            seen.refused.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}
