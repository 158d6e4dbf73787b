//! A server as a process of its own, with what the kernel knows of it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::time::{Instant, sleep};

use crate::client::Http;
use crate::services::free_port;

/// How a server is started: the program, and the configuration that it is given.
#[derive(Clone)]
pub struct Plan {
    pub program: PathBuf,
    pub config: PathBuf,
    pub address: SocketAddr,
}

impl Plan {
    /// Writes a configuration without limits into `folder`; `storage` is the lines of that table.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn new(program: &Path, folder: &Path, name: &str, storage: &str) -> anyhow::Result<Self> {
        let limits = "opens_per_minute = 0\nmessages_per_minute = 0\n";
        Self::with(program, folder, name, &format!("[limits]\n{limits}[storage]\n{storage}\n"))
    }

    /// Writes a configuration of these lines into `folder`, beside where the data is.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn with(program: &Path, folder: &Path, name: &str, lines: &str) -> anyhow::Result<Self> {
        let config = folder.join(format!("{name}.toml"));
        let text = format!("data = {:?}\n{lines}", folder.join("data"));
        std::fs::write(&config, text).context("write a configuration")?;
        Ok(Self { program: program.to_owned(), config, address: ([127, 0, 0, 1], free_port()?).into() })
    }

    /// Starts it, and waits until it can write; gives also how long that took.
    ///
    /// # Errors
    /// It ended, or is not ready within a minute.
    pub async fn start(&self) -> anyhow::Result<(Server, Duration)> {
        let since = Instant::now();
        let mut command = Command::new(&self.program);
        command.arg("serve").arg("--config").arg(&self.config).arg("--listen").arg(self.address.to_string());
        command.env("ZHANGGUI_OPERATOR_PASSWORD", "only for a test").env("RUST_LOG", "off");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn();
        let mut server = Server { child: child.context("start the server")?, address: self.address };
        loop {
            if let Ok((200, _)) = Http::new(self.address).call("GET", "/readyz", "", "").await {
                return Ok((server, since.elapsed()));
            }
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended at its start: {status}");
            }
            if since.elapsed() > Duration::from_secs(60) {
                bail!("the server is not ready within a minute");
            }
            sleep(Duration::from_millis(1)).await;
        }
    }
}

pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// kill -9: it has no time for anything.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Seconds of CPU that it has had, and KiB of memory that it has.
    ///
    /// # Errors
    /// There is no `/proc`.
    pub fn usage(&self) -> anyhow::Result<(f64, u64)> {
        usage(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Of any process.
///
/// # Errors
/// There is no such process, or no `/proc`.
pub fn usage(pid: u32) -> anyhow::Result<(f64, u64)> {
    // Ticks are hundredths of a second on every Linux that anybody runs.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("read /proc")?;
    let fields: Vec<&str> =
        stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let ticks = |n: usize| fields.get(n).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("read /proc")?;
    let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kib = memory.trim().trim_end_matches("kB").trim().parse().unwrap_or(0);
    Ok(((ticks(11) + ticks(12)) / TICKS, kib))
}
