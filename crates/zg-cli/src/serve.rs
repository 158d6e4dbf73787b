//! `zhanggui serve` and `zhanggui operator`.

use std::io::BufRead;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use zg_server::{Config, ConfigError, Source};

use crate::recommend::feed;
use crate::telemetry;

#[derive(clap::Args)]
pub struct Args {
    /// Configuration file (TOML); the options below win over it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the database.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Folder of the loader, WASM, models and knowledge, served at `/`.
    #[arg(long, value_name = "DIR")]
    static_dir: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
pub enum OperatorCommand {
    /// Add a person, or give one a new password; the password is the first line of stdin.
    #[command(after_help = "Example:\n  zhanggui operator add lin --display-name 小林 --data ./data < password.txt")]
    Add {
        name: String,
        /// The name shoppers see.
        #[arg(long)]
        display_name: Option<String>,
        #[arg(long, default_value = "default")]
        tenant: String,
        /// Configuration file (TOML), which says where the database is.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Folder of the database (default: the configuration's, or `zhanggui-data`).
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let (data, listen, static_dir) = (args.data.clone(), args.listen, args.static_dir.clone());
    let adjust = move |config: &mut Config| {
        if let Some(data) = &data {
            config.data_dir.clone_from(data);
        }
        if let Some(listen) = listen {
            config.listen = listen;
        }
        if let Some(folder) = &static_dir {
            config.static_dir = Some(folder.clone());
        }
    };
    let source = args.config.clone().map(|path| Source { path, adjust: Box::new(adjust.clone()) });
    let config = match &source {
        Some(source) => usable(source.read(), &source.path)?,
        None => {
            let mut config = Config::default();
            adjust(&mut config);
            config
        }
    };
    if let Some(folder) = config.static_dir.as_ref().filter(|folder| !folder.is_dir()) {
        anyhow::bail!("{} is not a folder; build the static files with `cargo xtask dist`", folder.display());
    }
    runtime()?.block_on(async {
        let telemetry = telemetry::begin(&config.operations)?;
        zg_server::log_places_of_panics();
        let listener = zg_server::bind(config.listen).with_context(|| format!("cannot listen on {}", config.listen))?;
        let address = listener.local_addr()?;
        // Scripts wait for this line: it says which port was given where 0 was asked for.
        println!("listening on http://{address}");
        let served = zg_server::serve_with(config, source, Some(feed::reader()), listener, shutdown()).await;
        telemetry.end().await;
        served
    })?;
    Ok(true)
}

/// The configuration in the file, with what it names; the default where there is none.
pub fn read(path: Option<&Path>) -> anyhow::Result<Config> {
    let Some(path) = path else { return Ok(Config::default()) };
    usable(Config::load(path), path)
}

/// A mistake does not say in which file it is.
fn usable(read: Result<Config, ConfigError>, path: &Path) -> anyhow::Result<Config> {
    match read {
        Err(error @ ConfigError::Mistakes(_)) => Err(error).with_context(|| format!("cannot use {}", path.display())),
        other => Ok(other?),
    }
}

pub fn operator(command: &OperatorCommand) -> anyhow::Result<bool> {
    let OperatorCommand::Add { name, display_name, tenant, config, data } = command;
    let mut config = read(config.as_deref())?;
    if let Some(data) = data {
        config.data_dir.clone_from(data);
        config.storage = None;
    }
    let mut password = String::new();
    std::io::stdin().lock().read_line(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    let display_name = display_name.as_deref().unwrap_or(name);
    runtime()?.block_on(zg_server::add_operator_to(&config, tenant, name, display_name, password))?;
    eprintln!("{name} can sign in at /console/");
    Ok(true)
}

pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")
}

async fn shutdown() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}
