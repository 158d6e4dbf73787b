//! How much a server does, and what it costs.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::time::{Instant, sleep};
use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::{AuthorTag, Body, Message};
use zg_server::storage::{Conversations as _, NewConversation};

use crate::client::{self, Http};
use crate::crash::{Scratch, percentile};
use crate::server::{Plan, Server, usage};
use crate::services::{Cluster, free_port};

pub(crate) fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// What is measured: an address, and the process behind it.
struct Target {
    name: &'static str,
    address: SocketAddr,
    pid: u32,
    /// Path of a conversation's messages.
    path: fn(&str) -> String,
}

/// Durable acknowledged messages a second, and the CPU that each costs, of the server and of the bare reference.
///
/// # Errors
/// Something could not be started or was refused.
pub async fn posts(
    program: &Path,
    reference: &Path,
    connections: usize,
    seconds: f64,
    postgres: bool,
) -> anyhow::Result<Value> {
    let folder = Scratch::new("load")?;
    let mut results = Vec::new();
    {
        let bare = Reference::start(reference, &folder.0).await?;
        let target =
            Target { name: "reference", address: bare.address, pid: bare.child.id(), path: |id| format!("/c/{id}") };
        results.push(measure(&target, connections, seconds, false).await?);
    }
    {
        let (server, _) = Plan::new(program, &folder.0, "server", "")?.start().await?;
        results.push(measure(&of(&server, "sqlite"), connections, seconds, true).await?);
    }
    if postgres {
        let cluster = Cluster::start(true)?;
        let storage = format!("postgres = {:?}", cluster.schema("shop")?);
        let (server, _) = Plan::new(program, &folder.0, "postgres", &storage)?.start().await?;
        results.push(measure(&of(&server, "postgres"), connections, seconds, true).await?);
    }
    Ok(json!({ "connections": connections, "seconds": seconds, "results": results }))
}

fn of(server: &Server, name: &'static str) -> Target {
    let path = |id: &str| format!("/v1/conversations/{id}/messages");
    Target { name, address: server.address, pid: server.pid(), path }
}

async fn measure(target: &Target, connections: usize, seconds: f64, open: bool) -> anyhow::Result<Value> {
    let (go, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let mut tasks = Vec::new();
    for n in 0..connections {
        let (go, stop) = (Arc::clone(&go), Arc::clone(&stop));
        let (address, path) = (target.address, target.path);
        tasks.push(tokio::spawn(async move {
            let conversation = format!("c-{n}");
            let mut http = Http::new(address);
            if open {
                client::open(&mut http, &conversation).await?;
            }
            let (path, secret) = (path(&conversation), client::secret(&conversation));
            let mut taken = Vec::new();
            for n in 0_u64.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let counts = go.load(Ordering::Relaxed);
                let since = Instant::now();
                let (status, body) = http.call("POST", &path, &secret, &client::message(n)).await?;
                anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
                if counts {
                    taken.push(since.elapsed().as_secs_f64() * 1000.0);
                }
            }
            Ok(taken)
        }));
    }
    // Connections, caches and the first conversations are not what is measured.
    sleep(Duration::from_secs_f64(seconds / 5.0)).await;
    let (before, _) = usage(target.pid)?;
    let since = Instant::now();
    go.store(true, Ordering::Relaxed);
    sleep(Duration::from_secs_f64(seconds)).await;
    go.store(false, Ordering::Relaxed);
    let (after, kib) = usage(target.pid)?;
    let elapsed = since.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    let mut taken = Vec::new();
    for task in tasks {
        taken.extend(task.await.context("a client panicked")??);
    }
    taken.sort_by(f64::total_cmp);
    let n = taken.len() as f64;
    Ok(json!({
        "of": target.name,
        "acknowledged_per_second": (n / elapsed).round(),
        "server_cpu_us_each": tenths((after - before) * 1e6 / n),
        "server_cores": tenths((after - before) / elapsed),
        "ms": { "p50": tenths(percentile(&taken, 50.0)), "p99": tenths(percentile(&taken, 99.0)) },
        "rss_mib": kib / 1024,
    }))
}

/// The bare server beside which ours is measured.
struct Reference {
    child: Child,
    address: SocketAddr,
}

impl Reference {
    async fn start(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let address: SocketAddr = ([127, 0, 0, 1], free_port()?).into();
        let mut command = Command::new(program);
        command.arg(address.to_string()).arg(folder.join("reference.sqlite3"));
        let child = command.stdin(Stdio::null()).spawn().context("start the reference")?;
        for _ in 0..500 {
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                return Ok(Self { child, address });
            }
            sleep(Duration::from_millis(10)).await;
        }
        anyhow::bail!("the reference does not listen")
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What so many event streams cost on which nothing happens, each of a conversation of its own.
///
/// # Errors
/// A stream could not be opened.
pub async fn idle(program: &Path, n: usize, seconds: f64) -> anyhow::Result<Value> {
    let folder = Scratch::new("idle")?;
    let (server, _) = Plan::new(program, &folder.0, "server", "")?.start().await?;
    let (_, empty) = server.usage()?;
    let since = Instant::now();
    let mut tasks = Vec::new();
    for worker in 0..64 {
        let address = server.address;
        tasks.push(tokio::spawn(async move {
            let mut http = Http::new(address);
            let mut streams = Vec::new();
            for k in (worker..n).step_by(64) {
                let conversation = format!("c-{k}");
                client::open(&mut http, &conversation).await?;
                let mut stream = client::stream(address, &conversation, "").await?;
                // The first events are there: the server has read the log and waits for news.
                let mut seen = Vec::new();
                while !seen.windows(19).any(|window| window == b"event: conversation") {
                    let n = stream.read_buf(&mut seen).await?;
                    anyhow::ensure!(n > 0, "a stream ended at once");
                }
                streams.push(stream.into_inner());
            }
            Ok::<_, anyhow::Error>(streams)
        }));
    }
    let mut streams = Vec::new();
    for task in tasks {
        streams.extend(task.await.context("a client panicked")??);
    }
    let opened = since.elapsed().as_secs_f64();
    // Allocations of the opening have settled.
    sleep(Duration::from_secs(2)).await;
    let (before, _) = server.usage()?;
    sleep(Duration::from_secs_f64(seconds)).await;
    let (after, full) = server.usage()?;
    Ok(json!({
        "streams": streams.len(), "opened_in_s": tenths(opened),
        "rss_mib": full / 1024, "rss_mib_before": empty / 1024,
        "kib_each": tenths((full - empty) as f64 / streams.len() as f64),
        "cpu_percent_of_a_core": ((after - before) / seconds * 10_000.0).round() / 100.0, "seconds": seconds,
    }))
}

/// How long a server takes to be ready after kill -9, with so many messages in its database.
///
/// # Errors
/// Something could not be started or written.
pub async fn restart(program: &Path, n_messages: u64, times: u32) -> anyhow::Result<Value> {
    let folder = Scratch::new("restart")?;
    let filled = Instant::now();
    fill(&folder.0.join("data"), n_messages).await?;
    let filled = filled.elapsed().as_secs_f64();
    let plan = Plan::new(program, &folder.0, "server", "")?;
    let (mut server, first) = plan.start().await?;
    let mut took = Vec::new();
    for k in 0..times {
        // Something is in the write-ahead log when it is killed.
        let mut http = Http::new(server.address);
        let conversation = format!("after-{k}");
        client::open(&mut http, &conversation).await?;
        for n in 0..200 {
            let path = format!("/v1/conversations/{conversation}/messages");
            http.call("POST", &path, &client::secret(&conversation), &client::message(n)).await?;
        }
        server.kill();
        let (started, time) = plan.start().await?;
        server = started;
        took.push(time.as_secs_f64() * 1000.0);
    }
    took.sort_by(f64::total_cmp);
    let size = std::fs::metadata(folder.0.join("data/zhanggui.sqlite3"))?.len();
    Ok(json!({
        "messages": n_messages, "database_mib": size >> 20, "filled_in_s": filled.round(), "first_ms": tenths(first.as_secs_f64() * 1000.0),
        "kills": times, "restart_ms": { "p50": tenths(percentile(&took, 50.0)), "p99": tenths(percentile(&took, 99.0)), "max": tenths(percentile(&took, 100.0)) },
    }))
}

/// Conversations of 200 messages each, as shoppers would have written them.
async fn fill(folder: &Path, n_messages: u64) -> anyhow::Result<()> {
    let storage = zg_server::storage::sqlite::Sqlite::open(folder, Arc::default())?;
    let (tenant, now) = (TenantId::new("default")?, Timestamp::from_millis(1_780_000_000_000));
    for chunk in 0..n_messages.div_ceil(200 * 50) {
        let mut writes = Vec::new();
        for k in 0..50 {
            let id = ConversationId::new(format!("filled-{}", chunk * 50 + k))?;
            let new = NewConversation { id: id.clone(), secret: [0; 32], locale: "zh-CN".to_owned(), page: None };
            let messages = (0..200).map(|n| Message {
                id: format!("m-{n}"),
                author: if n % 2 == 0 { AuthorTag::Shopper } else { AuthorTag::Assistant },
                at: now.as_millis(),
                text: format!("快递三天没动了，帮我看看 {n}"),
                lang: None,
                body: Body::Text,
                quick_replies: Vec::new(),
                cards: Vec::new(),
            });
            storage.open(&tenant, new, now).await?;
            writes.push(storage.append(&tenant, &id, messages.collect(), now));
        }
        for write in writes {
            write.await?;
        }
    }
    Ok(())
}
