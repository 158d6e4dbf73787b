//! Everybody comes back at once.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::time::{Instant, sleep, timeout};

use crate::client::{self, Http, chance};
use crate::crash::{Scratch, percentile};
use crate::load::tenths;
use crate::server::Plan;

/// Messages of a conversation before its stream is lost, and while it is away.
const BEFORE: u64 = 2;
const AWAY: u64 = 1;
/// Connections that open conversations and write.
const WORKERS: usize = 64;

/// So many streams are lost at once, each misses a message, and all come back with their cursors in the same moment.
/// `kill` loses them with the server, which is started again; else the clients are cut off from it.
///
/// # Errors
/// Something could not be started or was refused for good.
pub async fn run(program: &Path, n: usize, kill: bool) -> anyhow::Result<Value> {
    let folder = Scratch::new("reconnect")?;
    let plan = Plan::new(program, &folder.0, "server", "")?;
    let (mut server, _) = plan.start().await?;
    let address = server.address;
    post(address, n, 0..BEFORE).await?;
    let mut tasks = Vec::new();
    for worker in 0..WORKERS {
        tasks.push(tokio::spawn(async move {
            let mut streams = Vec::new();
            for k in (worker..n).step_by(WORKERS) {
                let mut stream = client::stream(address, &format!("c-{k}"), "").await?;
                let (cursor, last) = follow(&mut stream, (String::new(), 0), BEFORE, &AtomicU64::new(0)).await?;
                streams.push((k, cursor, last, stream));
            }
            Ok::<_, anyhow::Error>(streams)
        }));
    }
    let mut streams = Vec::new();
    for task in tasks {
        streams.extend(task.await.context("a client panicked")??);
    }

    if kill {
        server.kill();
        (server, _) = plan.start().await?;
    }
    // The connections go.
    let cursors: Vec<(usize, String, u64)> =
        streams.into_iter().map(|(k, cursor, last, _)| (k, cursor, last)).collect();
    post(address, n, BEFORE..BEFORE + AWAY).await?;

    let gate = Arc::new(Barrier::new(cursors.len() + 1));
    let (refused, wrong) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut tasks = Vec::new();
    for (k, cursor, last) in cursors {
        let (gate, refused, wrong) = (Arc::clone(&gate), Arc::clone(&refused), Arc::clone(&wrong));
        tasks.push(tokio::spawn(async move {
            gate.wait().await;
            let since = Instant::now();
            let stream = come_back(address, k, (cursor, last), (&refused, &wrong)).await?;
            Ok::<_, anyhow::Error>((since.elapsed().as_secs_f64(), stream))
        }));
    }
    let (cpu, _) = server.usage()?;
    gate.wait().await;
    let since = Instant::now();
    let (mut taken, mut kept) = (Vec::new(), Vec::new());
    for task in tasks {
        let (took, stream) = task.await.context("a client panicked")??;
        taken.push(took);
        kept.push(stream);
    }
    let all = since.elapsed().as_secs_f64();
    let (cpu_after, kib) = server.usage()?;
    taken.sort_by(f64::total_cmp);
    let hundredths = |value: f64| (value * 100.0).round() / 100.0;
    Ok(json!({
        "streams": kept.len(), "lost_by": if kill { "kill -9 of the server" } else { "their connections" },
        "all_back_in_s": hundredths(all),
        "back_s": { "p50": hundredths(percentile(&taken, 50.0)), "p99": hundredths(percentile(&taken, 99.0)) },
        "told_to_come_again": refused.load(Ordering::Relaxed), "missed_or_doubled": wrong.load(Ordering::Relaxed),
        "server_cpu_s": tenths(cpu_after - cpu), "rss_mib": kib / 1024,
    }))
}

/// Opens conversations where they are new, and writes messages of these numbers to each.
async fn post(address: SocketAddr, n: usize, numbers: std::ops::Range<u64>) -> anyhow::Result<()> {
    let mut tasks = Vec::new();
    for worker in 0..WORKERS {
        let numbers = numbers.clone();
        tasks.push(tokio::spawn(async move {
            let mut http = Http::new(address);
            for k in (worker..n).step_by(WORKERS) {
                let conversation = format!("c-{k}");
                if numbers.start == 0 {
                    client::open(&mut http, &conversation).await?;
                }
                let path = format!("/v1/conversations/{conversation}/messages");
                for n in numbers.clone() {
                    let (status, body) =
                        http.call("POST", &path, &client::secret(&conversation), &client::message(n)).await?;
                    anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
                }
            }
            Ok::<_, anyhow::Error>(())
        }));
    }
    for task in tasks {
        task.await.context("a client panicked")??;
    }
    Ok(())
}

/// Reads until message `until` is there, and gives the cursor; counts what was not the next one.
async fn follow(
    stream: &mut BufReader<TcpStream>,
    (mut cursor, mut last): (String, u64),
    until: u64,
    wrong: &AtomicU64,
) -> anyhow::Result<(String, u64)> {
    let (mut line, mut event) = (String::new(), String::new());
    while last < until {
        line.clear();
        anyhow::ensure!(stream.read_line(&mut line).await? > 0, "a stream ended");
        let whole = line.trim_end();
        if let Some(name) = whole.strip_prefix("event: ") {
            name.clone_into(&mut event);
            if name == "reset" {
                wrong.fetch_add(1, Ordering::Relaxed);
            }
        } else if let Some(id) = whole.strip_prefix("id: ").filter(|_| event == "message") {
            let seq = id.rsplit_once('-').and_then(|(_, seq)| seq.parse::<u64>().ok()).context("a cursor")?;
            if seq != last + 1 {
                wrong.fetch_add(1, Ordering::Relaxed);
            }
            last = seq;
            id.clone_into(&mut cursor);
        }
    }
    Ok((cursor, last))
}

/// Comes back as a browser does: again after a while where it is refused.
async fn come_back(
    address: SocketAddr,
    k: usize,
    (cursor, last): (String, u64),
    (refused, wrong): (&AtomicU64, &AtomicU64),
) -> anyhow::Result<BufReader<TcpStream>> {
    for _ in 0..30 {
        let opened = timeout(Duration::from_secs(10), client::stream(address, &format!("c-{k}"), &cursor)).await;
        if let Ok(Ok(mut stream)) = opened {
            let (_, last) = follow(&mut stream, (cursor.clone(), last), BEFORE + AWAY, wrong).await?;
            if last > BEFORE + AWAY {
                wrong.fetch_add(1, Ordering::Relaxed);
            }
            return Ok(stream);
        }
        refused.fetch_add(1, Ordering::Relaxed);
        // `Retry-After` says one to three seconds.
        sleep(Duration::from_secs_f64(1.0 + 2.0 * chance())).await;
    }
    anyhow::bail!("stream {k} has not come back")
}
