//! A shopper's device as far as a test needs one: writes until it is told that it may stop, reads on from where it was.
//!
//! HTTP by hand: the client shares the machine with what is measured, so it should cost next to nothing.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::ledger::Ledger;

/// Longer than this nobody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A number from 0 to 1 that nobody can foresee.
#[must_use]
pub fn chance() -> f64 {
    let mut bytes = [0; 4];
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

/// Secret of a conversation; tests have nothing to hide.
#[must_use]
pub fn secret(conversation: &str) -> String {
    format!("{conversation:_<43}")
}

/// One connection, opened when it is needed.
pub struct Http {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    /// Whether each request gets a connection of its own.
    pub once: bool,
    /// What a proxy would say of the client's address.
    address_said: Option<String>,
}

impl Http {
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, once: false, address_said: None }
    }

    /// As a proxy in between would say it of a client at `said`.
    #[must_use]
    pub fn at(address: SocketAddr, said: String) -> Self {
        Self { address_said: Some(said), ..Self::new(address) }
    }

    /// Sends a request, and gives status and body.
    ///
    /// # Errors
    /// The connection failed, or nothing came for five seconds; whether the server has taken it is unknown.
    pub async fn call(&mut self, method: &str, path: &str, bearer: &str, body: &str) -> io::Result<(u16, Vec<u8>)> {
        let outcome = timeout(PATIENCE, self.try_call(method, path, bearer, body)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        if outcome.is_err() || self.once {
            self.stream = None;
        }
        outcome
    }

    async fn try_call(&mut self, method: &str, path: &str, bearer: &str, body: &str) -> io::Result<(u16, Vec<u8>)> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                self.stream.insert(BufReader::with_capacity(2048, stream))
            }
        };
        let said = self.address_said.as_ref().map(|address| format!("x-forwarded-for: {address}\r\n"));
        let said = said.unwrap_or_default();
        let credential = if bearer.is_empty() { String::new() } else { format!("authorization: Bearer {bearer}\r\n") };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: shop\r\n{said}{credential}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.get_mut().write_all(request.as_bytes()).await?;
        let wrong = || io::Error::from(io::ErrorKind::InvalidData);
        let mut line = String::new();
        let mut status = 0;
        let mut length = 0;
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end();
            if status == 0 {
                status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(wrong)?;
            } else if line.is_empty() {
                break;
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse::<usize>().map_err(|_| wrong())?;
            }
        }
        if length > 1 << 24 {
            return Err(wrong());
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        Ok((status, body))
    }
}

/// How long to wait before the next try: somewhere up to a limit that doubles, two seconds at the most.
async fn back_off(tries: u32) {
    let limit = (0.02 * f64::from(1_u32 << tries.min(7))).min(2.0);
    sleep(Duration::from_secs_f64(limit * chance())).await;
}

/// Opens a conversation, however often it takes.
///
/// # Errors
/// The server refuses it for good.
pub async fn open(http: &mut Http, conversation: &str) -> anyhow::Result<()> {
    let body = format!("{{\"id\":\"{conversation}\",\"site_key\":\"demo\",\"locale\":\"zh-CN\"}}");
    for tries in 0.. {
        match http.call("POST", "/v1/conversations", &secret(conversation), &body).await {
            Ok((200 | 201, _)) => return Ok(()),
            Ok((status, body)) if status < 500 && status != 429 => {
                anyhow::bail!("{status}: {}", String::from_utf8_lossy(&body))
            }
            _ => back_off(tries).await,
        }
    }
    Ok(())
}

/// The body of a request that writes message `n`.
#[must_use]
pub fn message(n: u64) -> String {
    format!(
        "{{\"messages\":[{{\"id\":\"m-{n}\",\"author\":\"shopper\",\"at\":1,\"text\":\"快递三天没动了，帮我看看 {n}\",\"kind\":\"text\"}}]}}"
    )
}

/// The place that the server gave to the one message of a request.
#[must_use]
pub fn seq_of(body: &[u8]) -> Option<u64> {
    // Without a parser: it is on the way that is measured.
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("\"seq\":")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Figures of all writers.
#[derive(Default)]
pub struct Tally {
    pub retries: AtomicU64,
    pub stop: AtomicBool,
}

/// Writes one message after the other, each until it is acknowledged; `address` is asked before every connection.
///
/// # Errors
/// The server refuses for good what it must take.
pub async fn write(
    address: impl Fn() -> SocketAddr,
    conversation: String,
    (ledger, tally): (Arc<Ledger>, Arc<Tally>),
    once: bool,
) -> anyhow::Result<u64> {
    let mut http = Http { once, ..Http::new(address()) };
    open(&mut http, &conversation).await?;
    let (path, secret) = (format!("/v1/conversations/{conversation}/messages"), secret(&conversation));
    let mut n = 0;
    while !tally.stop.load(Ordering::Relaxed) {
        let body = message(n);
        let mut tries = 0;
        loop {
            match http.call("POST", &path, &secret, &body).await {
                Ok((200, body)) => {
                    let seq = seq_of(&body).context("an acknowledgement without a number")?;
                    ledger.acknowledge(&conversation, n, seq);
                    break;
                }
                Ok((status, body)) if status < 500 && status != 429 => {
                    ledger.find(|findings| findings.wrong_answers += 1);
                    anyhow::bail!("{status}: {}", String::from_utf8_lossy(&body));
                }
                _ => {
                    tally.retries.fetch_add(1, Ordering::Relaxed);
                    back_off(tries).await;
                    tries += 1;
                    http = Http { once, ..Http::new(address()) };
                }
            }
        }
        n += 1;
    }
    Ok(n)
}

/// A stream of events, raw: HTTP 1.0, so that nothing is wrapped around it.
///
/// # Errors
/// The connection failed or the server refused.
pub async fn stream(address: SocketAddr, conversation: &str, cursor: &str) -> io::Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET /v1/conversations/{conversation}/events HTTP/1.0\r\nhost: shop\r\nauthorization: Bearer {}\r\nlast-event-id: {cursor}\r\n\r\n",
        secret(conversation)
    );
    stream.write_all(request.as_bytes()).await?;
    let mut reader = BufReader::with_capacity(1024, stream);
    let mut line = String::new();
    reader.read_line(&mut line).await?;
    if !line.contains(" 200 ") {
        return Err(io::Error::other(line));
    }
    Ok(reader)
}

/// Follows a conversation over every break, and notes what it is not shown or shown twice. Ends with its task.
pub async fn follow(address: impl Fn() -> SocketAddr, conversation: String, ledger: Arc<Ledger>, seen: Arc<AtomicU64>) {
    let (mut cursor, mut last) = (String::new(), 0);
    loop {
        if let Ok(Ok(mut reader)) = timeout(PATIENCE, stream(address(), &conversation, &cursor)).await {
            let mut line = String::new();
            let mut event = String::new();
            loop {
                line.clear();
                // A heartbeat comes every 15 seconds.
                match timeout(Duration::from_secs(20), reader.read_line(&mut line)).await {
                    Ok(Ok(n)) if n > 0 => {}
                    _ => break,
                }
                // A line that was cut says nothing.
                let Some(whole) = line.strip_suffix('\n') else { break };
                if let Some(name) = whole.strip_prefix("event: ") {
                    name.clone_into(&mut event);
                    if name == "reset" {
                        // Nothing was restored, so no history may be said to be gone.
                        ledger.find(|findings| findings.wrong_answers += 1);
                    }
                } else if let Some(id) = whole.strip_prefix("id: ") {
                    let seq = id.rsplit_once('-').and_then(|(_, seq)| seq.parse::<u64>().ok());
                    if let Some(seq) = seq.filter(|_| event == "message") {
                        ledger.shown(last, seq);
                        last = seq;
                        seen.store(seq, Ordering::Relaxed);
                        id.clone_into(&mut cursor);
                    }
                }
            }
        }
        sleep(Duration::from_secs_f64(0.01 + 0.05 * chance())).await;
    }
}

/// The whole log, as places and numbers of messages.
///
/// # Errors
/// The server does not tell it.
pub async fn log(http: &mut Http, conversation: &str) -> anyhow::Result<Vec<(u64, u64)>> {
    let mut log = Vec::new();
    let mut after = 0;
    let mut tries = 0;
    loop {
        let path = format!("/v1/conversations/{conversation}/messages?limit=200&after={after}");
        let answer = http.call("GET", &path, &secret(conversation), "").await;
        let Ok((200, body)) = answer else {
            tries += 1;
            anyhow::ensure!(tries < 50, "the log of {conversation} is not told: {answer:?}");
            back_off(tries).await;
            continue;
        };
        let page: Value = serde_json::from_slice(&body).context("a page that is no JSON")?;
        for message in page["messages"].as_array().into_iter().flatten() {
            let n = message["id"].as_str().and_then(|id| id.strip_prefix("m-")).and_then(|n| n.parse().ok());
            log.push((message["seq"].as_u64().unwrap_or(0), n.context("an id that nobody wrote")?));
        }
        match page["next"].as_u64() {
            Some(next) => after = next,
            None => return Ok(log),
        }
    }
}
