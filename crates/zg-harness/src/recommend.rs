//! What a list costs the server over HTTP: kept connections, one request at a time on each, CPU of the server's process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::client::Http;
use crate::crash::{Scratch, percentile};
use crate::serenade::Serenade;
use crate::server::{Plan, usage};

/// What is measured.
pub struct Options {
    /// What `zhanggui recommend build` wrote.
    pub index: PathBuf,
    /// Lines of `{"session":[…]}`.
    pub sessions: PathBuf,
    pub k: u32,
    pub connections: usize,
    pub requests: usize,
    /// Whether lists are kept, as they are by default.
    pub keep_lists: bool,
    /// Serenade's server and the log that it reads, to be asked in turn with ours.
    pub serenade: Option<(PathBuf, PathBuf)>,
}

/// Visits, and what is asked for in each, click by click.
type Visits = Vec<Vec<Ask>>;

struct Ask {
    /// As our server takes it.
    body: String,
    /// What was clicked last: Serenade keeps the clicks before it.
    item: String,
}

#[derive(Clone, Copy)]
enum Of {
    Ours { k: usize },
    Serenade,
}

/// Lists a second, the CPU that each costs, and how long they take; each of the runs is of its own server.
///
/// # Errors
/// Something could not be started, or a request was refused.
pub async fn lists(program: &Path, options: &Options, runs: usize) -> anyhow::Result<Value> {
    let visits = Arc::new(visits(options)?);
    let sessions: usize = visits.iter().map(Vec::len).sum();
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        ours.push(one(program, options, &visits).await?);
        if let Some((program, clicks)) = &options.serenade {
            let folder = Scratch::new("serenade")?;
            let server = Serenade::start(program, clicks, &folder.0, options.k).await?;
            others.push(measure(server.address, server.pid(), options, &visits, Of::Serenade).await?);
        }
    }
    let mut figures = json!({
        "index": options.index.display().to_string(), "sessions": sessions, "k": options.k,
        "connections": options.connections, "keep_lists": options.keep_lists,
        "least_server_cpu_us_each": least(&ours), "runs": ours,
    });
    if !others.is_empty() {
        let share = ((least(&ours) / least(&others)) * 1_000.0).round() / 1_000.0;
        figures["serenade"] =
            json!({ "least_server_cpu_us_each": least(&others), "ours_to_theirs": share, "runs": others });
    }
    Ok(figures)
}

fn least(runs: &[Value]) -> f64 {
    runs.iter().filter_map(|run| run["server_cpu_us_each"].as_f64()).fold(f64::INFINITY, f64::min)
}

fn visits(options: &Options) -> anyhow::Result<Visits> {
    let unreadable = || format!("cannot read {}", options.sessions.display());
    let text = std::fs::read_to_string(&options.sessions).with_context(unreadable)?;
    let mut visits = Visits::new();
    for line in text.lines() {
        let mut line: Value = serde_json::from_str(line).with_context(unreadable)?;
        let session = line["session"].take();
        let clicks = session.as_array().map(Vec::as_slice).unwrap_or_default();
        let item = clicks
            .last()
            .map_or_else(String::new, |item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
        if clicks.len() <= 1 || visits.is_empty() {
            visits.push(Vec::new());
        }
        let body = json!({"site_key": "demo", "session": session, "k": options.k, "context": "product"}).to_string();
        visits.last_mut().context("a visit was just begun")?.push(Ask { body, item });
    }
    ensure!(!visits.is_empty(), "{} has no sessions", options.sessions.display());
    Ok(visits)
}

async fn one(program: &Path, options: &Options, visits: &Arc<Visits>) -> anyhow::Result<Value> {
    let folder = Scratch::new("recommend")?;
    let index = options.index.canonicalize().context("find the index")?;
    let sites = format!(
        "[[sites]]\nkey = \"demo\"\ntenant = \"default\"\n[sites.recommend]\nindex = {index:?}\nkeep_lists = {}",
        options.keep_lists
    );
    let (server, _) = Plan::new(program, &folder.0, "server", &sites)?.start().await?;
    measure(server.address, server.pid(), options, visits, Of::Ours { k: options.k as usize }).await
}

async fn measure(
    address: SocketAddr,
    pid: u32,
    options: &Options,
    visits: &Arc<Visits>,
    of: Of,
) -> anyhow::Result<Value> {
    // The index is read with the first list, and every thread makes room for itself.
    run(address, options, visits, of, "w", options.requests / 10).await?;
    // Lists that wait are written once a second; none of those before is to count.
    sleep(Duration::from_millis(1_500)).await;
    let (before, _) = usage(pid)?;
    let since = Instant::now();
    let mut taken = run(address, options, visits, of, "m", options.requests).await?;
    let elapsed = since.elapsed().as_secs_f64();
    // And all of these are.
    sleep(Duration::from_millis(1_500)).await;
    let (after, kib) = usage(pid)?;
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

/// So many requests in all, each visit's on one connection; microseconds that each took.
async fn run(
    address: SocketAddr,
    options: &Options,
    visits: &Arc<Visits>,
    of: Of,
    phase: &'static str,
    requests: usize,
) -> anyhow::Result<Vec<f64>> {
    let mut tasks = Vec::new();
    for n in 0..options.connections {
        let visits = Arc::clone(visits);
        let connections = options.connections;
        let share = requests / connections;
        tasks.push(tokio::spawn(async move {
            let mut http = Http::new(address);
            let mut taken = Vec::new();
            for visit in (n..).step_by(connections) {
                for ask in &visits[visit % visits.len()] {
                    if taken.len() == share {
                        return Ok(taken);
                    }
                    let since = Instant::now();
                    let (status, body) = match of {
                        Of::Ours { .. } => http.call("POST", "/v1/recommendations", "", &ask.body).await?,
                        Of::Serenade => {
                            let item = &ask.item;
                            let path =
                                format!("/v1/recommend?session_id={phase}{visit}&item_id={item}&user_consent=true");
                            http.call("GET", &path, "", "").await?
                        }
                    };
                    taken.push(since.elapsed().as_secs_f64() * 1e6);
                    ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
                    if let Of::Ours { k } = of {
                        let items = body.windows(7).filter(|window| window == b"\"item\":").count();
                        ensure!(items >= k, "a list of {items}: {}", String::from_utf8_lossy(&body));
                    }
                }
            }
            Ok::<_, anyhow::Error>(taken)
        }));
    }
    let mut taken = Vec::new();
    for task in tasks {
        taken.extend(task.await.context("a client panicked")??);
    }
    Ok(taken)
}
