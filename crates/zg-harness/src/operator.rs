//! An operator's console as far as a test needs one: signs in, takes conversations, hears of what is written.

use std::net::SocketAddr;

use anyhow::Context as _;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// What every operator of a test signs in with; tests have nothing to hide.
pub const PASSWORD: &str = "only for a test";

/// Lines of a configuration that have operators of these names.
///
/// # Errors
/// The system has no randomness.
pub fn configured(names: &[String]) -> anyhow::Result<String> {
    let hash = zg_server::hash_password(PASSWORD)?;
    let one =
        |name: &String| format!("[[operators]]\nname = {name:?}\ndisplay_name = {name:?}\npassword_hash = {hash:?}\n");
    Ok(names.iter().map(one).collect())
}

/// A session.
pub struct Operator {
    address: SocketAddr,
    cookie: String,
    csrf: String,
}

impl Operator {
    /// # Errors
    /// The server refuses, or cannot be reached.
    pub async fn sign_in(address: SocketAddr, name: &str) -> anyhow::Result<Self> {
        let mut session = Self { address, cookie: String::new(), csrf: String::new() };
        let body = format!("{{\"name\":{name:?},\"password\":{PASSWORD:?}}}");
        let (head, body) = session.call("POST", "/v1/operator/session", &body).await?;
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).context("no cookie")?;
        cookie.split(';').next().unwrap_or_default().clone_into(&mut session.cookie);
        let body: Value = serde_json::from_str(&body).context("a session that is no JSON")?;
        body["csrf_token"].as_str().context("no token")?.clone_into(&mut session.csrf);
        Ok(session)
    }

    /// Lines of a head by which a request is this operator's.
    #[must_use]
    pub fn credentials(&self) -> String {
        let Self { cookie, csrf, .. } = self;
        format!("cookie: {cookie}\r\nx-csrf-token: {csrf}\r\n")
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> anyhow::Result<BufReader<TcpStream>> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let host = self.address;
        // HTTP 1.0, so that nothing is wrapped around what comes, and the end is the end.
        let request = format!(
            "{method} {path} HTTP/1.0\r\nhost: {host}\r\norigin: http://{host}\r\ncookie: {}\r\nx-csrf-token: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.cookie,
            self.csrf,
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        Ok(BufReader::new(stream))
    }

    /// Sends a request, and gives head and body of what is not refused.
    ///
    /// # Errors
    /// The server refuses, or cannot be reached.
    pub async fn call(&self, method: &str, path: &str, body: &str) -> anyhow::Result<(String, String)> {
        let mut stream = self.send(method, path, body).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (head, body) = answer.split_once("\r\n\r\n").context("an answer without an end of its head")?;
        let status = head.split(' ').nth(1).unwrap_or_default();
        anyhow::ensure!(status.starts_with('2'), "{method} {path}: {status} {body}");
        Ok((head.to_owned(), body.to_owned()))
    }

    /// # Errors
    /// The server refuses, or cannot be reached.
    pub async fn take(&self, conversation: &str) -> anyhow::Result<()> {
        self.call("POST", &format!("/v1/operator/conversations/{conversation}/take"), "").await.map(drop)
    }

    /// What happens on the desk, once the server listens.
    ///
    /// # Errors
    /// The server refuses, or cannot be reached.
    pub async fn events(&self) -> anyhow::Result<Events> {
        let mut stream = self.send("GET", "/v1/operator/events", "").await?;
        let mut status = String::new();
        stream.read_line(&mut status).await?;
        anyhow::ensure!(status.contains(" 200 "), "events: {status}");
        let mut events = Events { stream, line: String::new(), event: String::new() };
        while events.next().await?.0 != "ready" {}
        Ok(events)
    }
}

/// A stream of events.
pub struct Events {
    stream: BufReader<TcpStream>,
    line: String,
    event: String,
}

impl Events {
    /// Name and data of the next one.
    ///
    /// # Errors
    /// The stream has ended.
    pub async fn next(&mut self) -> anyhow::Result<(&str, &str)> {
        loop {
            self.line.clear();
            anyhow::ensure!(self.stream.read_line(&mut self.line).await? > 0, "the stream has ended");
            if let Some(name) = self.line.strip_prefix("event: ") {
                name.trim_end().clone_into(&mut self.event);
            } else if self.line.starts_with("data: ") {
                break;
            }
        }
        Ok((&self.event, self.line["data: ".len()..].trim_end()))
    }
}
