//! Serenade (bol.com) as a process of its own, to be asked what our server is asked: figures of two programs can be set side by
//! side only where one machine gave them in one run.
//!
//! It is built elsewhere, by `cargo build --release --bin serving` of <https://github.com/bolcom/serenade>.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::time::{Instant, sleep};

use crate::client::Http;
use crate::services::free_port;

/// Longer than any log here takes to be read.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Serenade {
    child: Child,
    pub address: SocketAddr,
}

impl Serenade {
    /// Starts it in `folder`, with the settings of the published comparison (m 1,000, k 200, the last nine clicks), and waits until
    /// it has read `clicks`.
    ///
    /// # Errors
    /// It cannot be started, or answers nothing within a minute.
    pub async fn start(program: &Path, clicks: &Path, folder: &Path, k: u32) -> anyhow::Result<Self> {
        let port = free_port()?;
        let workers = std::thread::available_parallelism().context("count the cores")?;
        let clicks = clicks.canonicalize().context("find the clicks")?;
        let config = format!(
            "[server]\nhost = \"127.0.0.1\"\nport = {port}\nnum_workers = {workers}\n[log]\nlevel = \"info\"\n\
             [data]\ntraining_data_path = \"{}\"\n[model]\nm_most_recent_sessions = 1000\nneighborhood_size_k = 200\n\
             max_items_in_session = 9\nnum_items_to_recommend = {k}\nidf_weighting = 1\n[logic]\nenable_business_logic = false\n\
             [hyperparam]\ntraining_data_path = \"\"\ntest_data_path = \"\"\nvalidation_data_path = \"\"\nnum_iterations = 0\n\
             save_records = false\nout_path = \"\"\nenable_business_logic = false\nn_most_recent_sessions_range = [1, 2]\n\
             neighborhood_size_k_range = [1, 2]\nlast_items_in_session_range = [1, 2]\nidf_weighting_range = [0, 1]\n",
            clicks.display()
        );
        let path = folder.join("serenade.toml");
        std::fs::write(&path, config).context("write a configuration")?;
        // It keeps its sessions where it is started.
        let mut command = Command::new(program.canonicalize().context("find Serenade")?);
        command.arg(&path).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
        let address = ([127, 0, 0, 1], port).into();
        let mut server = Self { child: command.spawn().context("start Serenade")?, address };
        let since = Instant::now();
        while Http::new(address).call("GET", "/", "", "").await.is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("Serenade ended at its start: {status}");
            }
            if since.elapsed() > PATIENCE {
                bail!("Serenade answers nothing within a minute");
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(server)
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Serenade {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
