//! What shoppers notice of an attack: nothing, it should be.

mod inputs;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, interval, sleep, timeout};

use self::inputs::{Dice, Make, Whose};
use crate::client::{self, Http, chance};
use crate::crash::{Scratch, percentile};
use crate::load::tenths;
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
}

/// Shoppers who write all the while.
const HEALTHY: usize = 32;
/// Messages of each of them a second.
const EACH_PER_SECOND: f64 = 8.0;
/// Connections that send hostile inputs at the same time.
const HANDS: usize = 64;
/// Conversations that the attackers have opened, as anybody may.
const OWNED: usize = 64;
/// Longer than this nobody waits for the answer to a hostile input.
const PATIENCE: Duration = Duration::from_secs(2);
/// What a server may grow to under it.
const MOST_MIB: u64 = 512;

/// What is sent: names, and how it is made.
type Kinds = Arc<[(&'static str, Make)]>;

/// Who attacks from where.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    /// Every input from an address of its own: no limit by address stops any.
    Everywhere,
    /// All from one.
    OneAddress,
}

/// Whether it has passed, and the figures.
///
/// # Errors
/// Something could not be started.
pub async fn run(program: &Path, options: Options) -> anyhow::Result<(bool, Value)> {
    let kinds: Vec<(&'static str, Make)> = (inputs::KINDS.iter().copied())
        .filter(|(name, _)| options.only.is_empty() || options.only.iter().any(|part| name.contains(part.as_str())))
        .collect();
    anyhow::ensure!(!kinds.is_empty(), "no kind of input has such a name");
    let kinds: Arc<[_]> = kinds.into();
    let folder = Scratch::new("attack")?;
    // The limits are those of every shop; what the proxy says is believed, so that each client has an address.
    let plan = Plan::with(program, &folder.0, "server", "trust_proxy = true\n")?;
    let (server, _) = plan.start().await?;
    let stop = Arc::new(AtomicBool::new(false));
    let healthy = Arc::new(Mutex::new(Vec::new()));
    let failed = Arc::new(AtomicU64::new(0));
    let mut shoppers = Vec::new();
    for k in 0..HEALTHY {
        shoppers.push(tokio::spawn(write(
            server.address,
            k,
            Arc::clone(&healthy),
            Arc::clone(&failed),
            Arc::clone(&stop),
        )));
    }
    for k in 0..OWNED {
        let mut http = Http::at(server.address, format!("203.0.113.{k}"));
        client::open(&mut http, &format!("evil-{k}")).await?;
    }
    // Caches and connections are not what is measured.
    sleep(Duration::from_secs(1)).await;
    take(&healthy);
    sleep(Duration::from_secs_f64(options.seconds)).await;
    let quiet = figures(take(&healthy));
    let mut phases = Vec::new();
    let mut passed = failed.swap(0, Ordering::Relaxed) == 0;
    for (name, from) in
        [("every input from another address", From::Everywhere), ("all from one address", From::OneAddress)]
    {
        let outcome = attack(&server, &options, from, &kinds).await?;
        let under = figures(take(&healthy));
        let refused = failed.swap(0, Ordering::Relaxed);
        let times = under.1 / quiet.1;
        let wrong: u64 = outcome.wrong.values().sum();
        let alive = server.usage().is_ok_and(|(_, kib)| kib > 0);
        let ok = wrong == 0 && refused == 0 && alive && outcome.peak_mib < MOST_MIB && times <= 2.0;
        passed &= ok;
        phases.push(json!({
            "from": name, "inputs": outcome.sent, "answers": outcome.statuses, "wrong_5xx": outcome.wrong,
            "healthy_refused": refused, "healthy_ms": { "p50": tenths(under.0), "p99": tenths(under.1), "of": under.2 },
            "p99_times_quiet": (times * 100.0).round() / 100.0, "alive": alive,
            "rss_mib": { "before": outcome.before_mib, "peak": outcome.peak_mib, "after": outcome.after_mib }, "ok": ok,
        }));
    }
    stop.store(true, Ordering::Relaxed);
    for shopper in shoppers {
        shopper.await.context("a shopper panicked")??;
    }
    let quiet = json!({ "p50": tenths(quiet.0), "p99": tenths(quiet.1), "of": quiet.2 });
    Ok((
        passed,
        json!({ "seed": options.seed, "slow_connections": options.slow, "quiet_ms": quiet, "attacks": phases }),
    ))
}

fn take(times: &Mutex<Vec<f64>>) -> Vec<f64> {
    std::mem::take(&mut times.lock().unwrap_or_else(PoisonError::into_inner))
}

/// p50, p99, and of how many.
fn figures(mut times: Vec<f64>) -> (f64, f64, usize) {
    times.sort_by(f64::total_cmp);
    (percentile(&times, 50.0), percentile(&times, 99.0), times.len())
}

/// A shopper who writes a message every so often, whatever else goes on.
async fn write(
    address: SocketAddr,
    k: usize,
    taken: Arc<Mutex<Vec<f64>>>,
    failed: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<()> {
    let mut http = Http::at(address, format!("198.51.100.{k}"));
    let conversation = format!("c-{k}");
    client::open(&mut http, &conversation).await?;
    let (path, secret) = (format!("/v1/conversations/{conversation}/messages"), client::secret(&conversation));
    sleep(Duration::from_secs_f64(chance() / EACH_PER_SECOND)).await;
    let mut ticks = interval(Duration::from_secs_f64(1.0 / EACH_PER_SECOND));
    for n in 0_u64.. {
        // From when it is due: a server that keeps one waiting keeps the next one waiting, too.
        let since = ticks.tick().await;
        if stop.load(Ordering::Relaxed) {
            break;
        }
        match http.call("POST", &path, &secret, &client::message(n)).await {
            Ok((200, _)) => {
                let took = since.elapsed().as_secs_f64() * 1000.0;
                taken.lock().unwrap_or_else(PoisonError::into_inner).push(took);
            }
            _ => drop(failed.fetch_add(1, Ordering::Relaxed)),
        }
    }
    Ok(())
}

#[derive(Default)]
struct Outcome {
    sent: usize,
    /// Answers by status; 0 is none at all.
    statuses: BTreeMap<u16, u64>,
    /// By kind of input: server errors that are not 503 with a time to come back.
    wrong: BTreeMap<String, u64>,
    before_mib: u64,
    peak_mib: u64,
    after_mib: u64,
}

async fn attack(server: &Server, options: &Options, from: From, kinds: &Kinds) -> anyhow::Result<Outcome> {
    let address = server.address;
    let mib = || server.usage().map_or(0, |(_, kib)| kib / 1024);
    let before_mib = mib();
    let over = Arc::new(AtomicBool::new(false));
    let mut slow = Vec::new();
    for n in 0..options.slow {
        slow.push(tokio::spawn(dawdle(address, n, from, Arc::clone(&over))));
    }
    let next = Arc::new(AtomicUsize::new(0));
    let mut hands = Vec::new();
    for _ in 0..HANDS {
        hands.push(tokio::spawn(send(address, options.clone(), from, (Arc::clone(&next), Arc::clone(kinds)))));
    }
    let since = Instant::now();
    let mut peak_mib = before_mib;
    while hands.iter().any(|hand| !hand.is_finished()) {
        anyhow::ensure!(since.elapsed() < Duration::from_secs(60), "the attack has not ended within a minute");
        sleep(Duration::from_millis(50)).await;
        peak_mib = peak_mib.max(mib());
    }
    let mut outcome = Outcome { before_mib, peak_mib, ..Outcome::default() };
    for hand in hands {
        for (kind, status, excused) in hand.await.context("an attacker panicked")? {
            outcome.sent += 1;
            *outcome.statuses.entry(status).or_default() += 1;
            if status >= 500 && !excused {
                *outcome.wrong.entry(format!("{kind}: {status}")).or_default() += 1;
            }
        }
    }
    over.store(true, Ordering::Relaxed);
    for one in slow {
        one.abort();
    }
    outcome.after_mib = mib();
    Ok(outcome)
}

fn address_of(n: usize, from: From) -> String {
    match from {
        From::Everywhere => format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255),
        From::OneAddress => "192.0.2.7".to_owned(),
    }
}

/// Sends inputs at an even rate, each on a connection of its own: kind, status, and whether the status is a deliberate
/// refusal for now.
async fn send(
    address: SocketAddr,
    options: Options,
    from: From,
    (next, kinds): (Arc<AtomicUsize>, Kinds),
) -> Vec<(&'static str, u16, bool)> {
    let since = Instant::now();
    let mut answers = Vec::new();
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= options.inputs {
            return answers;
        }
        let due = options.seconds * n as f64 / options.inputs as f64;
        tokio::time::sleep_until(since + Duration::from_secs_f64(due)).await;
        let mut dice = Dice::new(options.seed ^ (n as u64) << 1 ^ u64::from(from == From::OneAddress));
        let conversation = format!("evil-{}", dice.below(OWNED));
        let secret = client::secret(&conversation);
        let whose = Whose { address: &address_of(n, from), conversation: &conversation, secret: &secret };
        let (kind, make) = kinds[n % kinds.len()];
        let bytes = make(&mut dice, &whose);
        let answer = timeout(PATIENCE, exchange(address, &bytes)).await.unwrap_or_default();
        let head = String::from_utf8_lossy(&answer);
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let excused = status == 503 && head.contains("\r\nretry-after:");
        answers.push((kind, status, excused));
    }
}

/// The beginning of what is answered; nothing where the server hangs up.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut answer = vec![0; 2048];
    let Ok(mut stream) = TcpStream::connect(address).await else { return Vec::new() };
    // It may answer before it has read all, and close.
    let _ = stream.write_all(bytes).await;
    let n = stream.read(&mut answer).await.unwrap_or(0);
    answer.truncate(n);
    answer
}

/// Slow loris: a request that goes on for ever.
async fn dawdle(address: SocketAddr, n: usize, from: From, over: Arc<AtomicBool>) {
    let conversation = format!("evil-{}", n % OWNED);
    let (secret, said) = (client::secret(&conversation), address_of(n, from));
    while !over.load(Ordering::Relaxed) {
        let whose = Whose { address: &said, conversation: &conversation, secret: &secret };
        if let Ok(mut stream) = TcpStream::connect(address).await {
            let mut going = stream.write_all(&inputs::slow(n, &whose)).await.is_ok();
            while going && !over.load(Ordering::Relaxed) {
                sleep(Duration::from_millis(900)).await;
                going = stream.write_all(b"a").await.is_ok();
            }
        }
        sleep(Duration::from_millis(200)).await;
    }
}
