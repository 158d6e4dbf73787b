//! What a list costs the server over HTTP: kept connections, one request at a time on each, CPU of the server's process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::client::Http;
use crate::crash::{Scratch, percentile};
use crate::server::Plan;

/// What is measured.
pub struct Options {
    /// What `zhanggui recommend build` wrote.
    pub index: std::path::PathBuf,
    /// Lines of `{"session":[…]}`.
    pub sessions: std::path::PathBuf,
    pub k: u32,
    pub connections: usize,
    pub requests: usize,
    /// Whether lists are kept, as they are by default.
    pub keep_lists: bool,
}

/// Lists a second, the CPU that each costs, and how long they take; each of the runs is of its own server.
///
/// # Errors
/// Something could not be started, or a request was refused.
pub async fn lists(program: &Path, options: &Options, runs: usize) -> anyhow::Result<Value> {
    let unreadable = || format!("cannot read {}", options.sessions.display());
    let text = std::fs::read_to_string(&options.sessions).with_context(unreadable)?;
    let mut bodies = Vec::new();
    for line in text.lines() {
        let mut line: Value = serde_json::from_str(line).with_context(unreadable)?;
        let body = json!({"site_key": "demo", "session": line["session"].take(), "k": options.k, "context": "product"});
        bodies.push(body.to_string());
    }
    ensure!(!bodies.is_empty(), "{} has no sessions", options.sessions.display());
    let bodies = Arc::new(bodies);
    let mut results = Vec::new();
    for _ in 0..runs {
        results.push(one(program, options, &bodies).await?);
    }
    let least = |of: &str| results.iter().filter_map(|result| result[of].as_f64()).fold(f64::INFINITY, f64::min);
    Ok(json!({
        "index": options.index.display().to_string(), "sessions": bodies.len(), "k": options.k,
        "connections": options.connections, "keep_lists": options.keep_lists,
        "least_server_cpu_us_each": least("server_cpu_us_each"), "runs": results,
    }))
}

async fn one(program: &Path, options: &Options, bodies: &Arc<Vec<String>>) -> anyhow::Result<Value> {
    let folder = Scratch::new("recommend")?;
    let index = options.index.canonicalize().context("find the index")?;
    let sites = format!(
        "[[sites]]\nkey = \"demo\"\ntenant = \"default\"\n[sites.recommend]\nindex = {index:?}\nkeep_lists = {}",
        options.keep_lists
    );
    let (server, _) = Plan::new(program, &folder.0, "server", &sites)?.start().await?;
    // The index is read with the first list, and every thread makes room for itself.
    run(server.address, options, bodies, options.requests / 10).await?;
    // Lists that wait are written once a second; none of those before is to count.
    sleep(Duration::from_millis(1_500)).await;
    let (before, _) = server.usage()?;
    let since = Instant::now();
    let mut taken = run(server.address, options, bodies, options.requests).await?;
    let elapsed = since.elapsed().as_secs_f64();
    // And all of these are.
    sleep(Duration::from_millis(1_500)).await;
    let (after, kib) = server.usage()?;
    taken.sort_by(f64::total_cmp);
    let n = taken.len() as f64;
    let tenths = |value: f64| (value * 10.0).round() / 10.0;
    Ok(json!({
        "lists_per_second": (n / elapsed).round(),
        "server_cpu_us_each": tenths((after - before) * 1e6 / n),
        "us": { "p50": tenths(percentile(&taken, 50.0)), "p90": tenths(percentile(&taken, 90.0)), "p99": tenths(percentile(&taken, 99.0)) },
        "rss_mib": kib / 1024,
    }))
}

/// So many requests in all; microseconds that each took.
async fn run(
    address: std::net::SocketAddr,
    options: &Options,
    bodies: &Arc<Vec<String>>,
    requests: usize,
) -> anyhow::Result<Vec<f64>> {
    let mut tasks = Vec::new();
    for n in 0..options.connections {
        let bodies = Arc::clone(bodies);
        let (connections, k) = (options.connections, options.k as usize);
        tasks.push(tokio::spawn(async move {
            let mut http = Http::new(address);
            let mut taken = Vec::new();
            for at in (n..requests).step_by(connections) {
                let since = Instant::now();
                let (status, body) = http.call("POST", "/v1/recommendations", "", &bodies[at % bodies.len()]).await?;
                taken.push(since.elapsed().as_secs_f64() * 1e6);
                ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
                let items = body.windows(7).filter(|window| window == b"\"item\":").count();
                ensure!(items >= k, "a list of {items}: {}", String::from_utf8_lossy(&body));
            }
            Ok(taken)
        }));
    }
    let mut taken = Vec::new();
    for task in tasks {
        taken.extend(task.await.context("a client panicked")??);
    }
    Ok(taken)
}
