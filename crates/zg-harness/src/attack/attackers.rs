//! Those who send what nobody should: an even rate of hostile inputs, each on a connection of its own, and connections on
//! which a request never ends.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::inputs::{self, Dice, Kind, Stolen, Whose};
use super::{OWNED, Options};
use crate::client;
use crate::server::Server;

/// Connections that send hostile inputs at the same time: enough that those on which nothing is answered for two seconds do not
/// slow the others down.
const HANDS: usize = 256;
/// Longer than this nobody waits for the answer to a hostile input.
const PATIENCE: Duration = Duration::from_secs(2);

/// What attackers have: kinds of inputs, and what was stolen.
pub struct Arms {
    pub kinds: Vec<Kind>,
    pub stolen: Stolen,
}

/// Who attacks from where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// Every input from an address of its own: no limit by address stops any.
    Everywhere,
    /// All from one.
    OneAddress,
}

#[derive(Default)]
pub struct Outcome {
    pub sent: usize,
    /// How long it took; much longer than planned, and the attack was weaker than planned.
    pub seconds: f64,
    /// Answers by status; 0 is none at all.
    pub statuses: BTreeMap<u16, u64>,
    /// By kind of input: server errors that are not 503 with a time to come back.
    pub wrong: BTreeMap<String, u64>,
    /// Memory of the server, in MiB.
    pub before_mib: u64,
    pub peak_mib: u64,
    pub after_mib: u64,
}

/// Attacks on the runtime of `handle` until every input is sent.
///
/// # Errors
/// An attacker panicked, or has not done within two minutes.
pub async fn attack(
    handle: &Handle,
    server: &Server,
    options: &Options,
    from: From,
    arms: &Arc<Arms>,
) -> anyhow::Result<Outcome> {
    let address = server.address;
    let mib = || server.usage().map_or(0, |(_, kib)| kib / 1024);
    let before_mib = mib();
    let slow: Vec<_> = (0..options.slow).map(|n| handle.spawn(dawdle(address, n, from, Arc::clone(arms)))).collect();
    let next = Arc::new(AtomicUsize::new(0));
    let since = Instant::now();
    let hands: Vec<_> = (0..HANDS)
        .map(|_| handle.spawn(send(address, since, options.clone(), from, (Arc::clone(&next), Arc::clone(arms)))))
        .collect();
    let mut peak_mib = before_mib;
    while hands.iter().any(|hand| !hand.is_finished()) {
        anyhow::ensure!(since.elapsed() < Duration::from_secs(120), "the attack has not ended within two minutes");
        sleep(Duration::from_millis(50)).await;
        peak_mib = peak_mib.max(mib());
    }
    let seconds = since.elapsed().as_secs_f64();
    let mut outcome = Outcome { before_mib, peak_mib, seconds, ..Outcome::default() };
    for hand in hands {
        for (kind, status, excused) in hand.await.context("an attacker panicked")? {
            outcome.sent += 1;
            *outcome.statuses.entry(status).or_default() += 1;
            if status >= 500 && !excused {
                *outcome.wrong.entry(format!("{kind}: {status}")).or_default() += 1;
            }
        }
    }
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
    since: Instant,
    options: Options,
    from: From,
    (next, arms): (Arc<AtomicUsize>, Arc<Arms>),
) -> Vec<(&'static str, u16, bool)> {
    let mut answers = Vec::new();
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= options.inputs {
            return answers;
        }
        let due = options.seconds * n as f64 / options.inputs as f64;
        sleep_until(since + Duration::from_secs_f64(due)).await;
        let mut dice = Dice::new(options.seed ^ (n as u64) << 1 ^ u64::from(from == From::OneAddress));
        let conversation = format!("evil-{}", dice.below(OWNED));
        let secret = client::secret(&conversation);
        let whose =
            Whose { address: &address_of(n, from), conversation: &conversation, secret: &secret, stolen: &arms.stolen };
        let (kind, make) = arms.kinds[n % arms.kinds.len()];
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
async fn dawdle(address: SocketAddr, n: usize, from: From, arms: Arc<Arms>) {
    let conversation = format!("evil-{}", n % OWNED);
    let (secret, said) = (client::secret(&conversation), address_of(n, from));
    loop {
        let whose = Whose { address: &said, conversation: &conversation, secret: &secret, stolen: &arms.stolen };
        if let Ok(mut stream) = TcpStream::connect(address).await {
            let mut going = stream.write_all(&inputs::slow(n, &whose)).await.is_ok();
            while going {
                sleep(Duration::from_millis(900)).await;
                going = stream.write_all(b"a").await.is_ok();
            }
        }
        sleep(Duration::from_millis(200)).await;
    }
}
