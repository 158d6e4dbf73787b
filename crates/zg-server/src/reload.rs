//! The configuration, read again while the server runs: on `SIGHUP`, or when one of its files has changed.
//!
//! A file that cannot be used changes nothing, and the log says what is wrong with it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::app::App;
use crate::config::{Config, ConfigError};
use crate::first_start;

/// The files are looked at this often. Not by notifications of the system: those miss files on a network, and files that are
/// replaced by a link, as orchestrators replace them.
const LOOK: Duration = Duration::from_secs(2);

/// Where the configuration comes from, and what the command line says besides.
pub struct Source {
    pub path: PathBuf,
    pub adjust: Box<dyn Fn(&mut Config) + Send + Sync>,
}

impl Source {
    /// # Errors
    /// As [`Config::load`].
    pub fn read(&self) -> Result<Config, ConfigError> {
        let mut config = Config::load(&self.path)?;
        (self.adjust)(&mut config);
        Ok(config)
    }
}

/// What a file looks like from the outside; `None` where there is none.
type Look = Option<(SystemTime, u64)>;

fn looks(source: &Source, config: &Config) -> BTreeMap<PathBuf, Look> {
    let look = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    std::iter::once(&source.path).chain(&config.files).map(|path| (path.clone(), look(path))).collect()
}

/// Reads the configuration again whenever there is cause to, for as long as the server runs.
pub async fn follow(app: App, source: Source) {
    let mut seen = looks(&source, &app.config());
    let mut hangup = Hangup::new();
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let asked = tokio::select! {
            () = app.stopped() => return,
            () = hangup.next() => true,
            _ = look.tick() => false,
        };
        let now = looks(&source, &app.config());
        if asked || now != seen {
            reload(&app, &source).await;
            // Other files may be named now.
            seen = looks(&source, &app.config());
            if !asked {
                // What changed while it was read is read again.
                seen.extend(now);
            }
        }
    }
}

/// Reads the configuration once more; what cannot be used leaves all as it was.
pub async fn reload(app: &App, source: &Source) {
    let new = match source.read() {
        Ok(new) => new,
        Err(error) => {
            app.metrics.reloaded("refused");
            tracing::error!(%error, "the configuration cannot be used; the one before holds on");
            return;
        }
    };
    let old = app.config();
    if *old == new {
        app.metrics.reloaded("same");
        tracing::info!("the configuration says what it said before");
        return;
    }
    for name in needs_restart(&old, &new) {
        tracing::warn!(setting = name, "a changed setting takes effect after a restart");
    }
    let operators: Vec<_> = new.operators.iter().filter(|one| !old.operators.contains(one)).cloned().collect();
    let kept = keep_fixed(&old, new);
    app.set_config(kept);
    // Those alone that have changed: their sessions end.
    for operator in &operators {
        if let Err(error) = first_start::put_configured(app, operator).await {
            tracing::error!(error = format!("{error:#}"), "an operator of the configuration could not be put");
        }
    }
    app.metrics.reloaded("taken");
    tracing::info!("a changed configuration holds from here on");
}

fn needs_restart(old: &Config, new: &Config) -> Vec<&'static str> {
    let mut names = Vec::new();
    let mut differs = |name, differs: bool| {
        if differs {
            names.push(name);
        }
    };
    differs("listen", old.listen != new.listen);
    differs("data", old.data_dir != new.data_dir);
    differs("static_dir", old.static_dir != new.static_dir);
    differs("profile_key_file", old.profile_key != new.profile_key);
    differs("operations.metrics_listen", old.operations.metrics_listen != new.operations.metrics_listen);
    differs("operations.log", old.operations.log != new.operations.log);
    differs("operations.otlp_endpoint", old.operations.otlp_endpoint != new.operations.otlp_endpoint);
    differs("operations.otlp_percent", old.operations.otlp_share != new.operations.otlp_share);
    differs("storage", old.storage != new.storage);
    names
}

/// What was read at the start stays as it was then, whatever the file says now.
fn keep_fixed(old: &Config, mut new: Config) -> Config {
    new.listen = old.listen;
    new.data_dir.clone_from(&old.data_dir);
    new.static_dir.clone_from(&old.static_dir);
    new.profile_key.clone_from(&old.profile_key);
    new.operations.metrics_listen = old.operations.metrics_listen;
    new.operations.log = old.operations.log;
    new.operations.otlp_endpoint.clone_from(&old.operations.otlp_endpoint);
    new.operations.otlp_share = old.operations.otlp_share;
    new.storage.clone_from(&old.storage);
    new
}

#[cfg(unix)]
struct Hangup(Option<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Hangup {
    fn new() -> Self {
        Self(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok())
    }

    async fn next(&mut self) {
        match &mut self.0 {
            Some(signal) => {
                signal.recv().await;
            }
            None => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
struct Hangup;

#[cfg(not(unix))]
impl Hangup {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        std::future::pending().await
    }
}
