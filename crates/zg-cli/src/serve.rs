//! `zhanggui serve` and `zhanggui operator`.

use std::io::BufRead;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use zg_server::Config;

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
    let mut config = read(args.config.as_deref())?;
    if let Some(data) = &args.data {
        config.data_dir.clone_from(data);
    }
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    if let Some(folder) = &args.static_dir {
        config.static_dir = Some(folder.clone());
    }
    if let Some(folder) = config.static_dir.as_ref().filter(|folder| !folder.is_dir()) {
        anyhow::bail!("{} is not a folder; build the static files with `cargo xtask dist`", folder.display());
    }
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();
    runtime()?.block_on(async {
        let listener = zg_server::bind(config.listen).with_context(|| format!("cannot listen on {}", config.listen))?;
        let address = listener.local_addr()?;
        // Scripts wait for this line: it says which port was given where 0 was asked for.
        println!("listening on http://{address}");
        zg_server::serve(config, listener, shutdown()).await
    })?;
    Ok(true)
}

/// The configuration in the file, with what it names; the default where there is none.
pub fn read(path: Option<&Path>) -> anyhow::Result<Config> {
    let Some(path) = path else { return Ok(Config::default()) };
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}; check the path", path.display()))?;
    let unusable = || format!("cannot use {}", path.display());
    let mut config = Config::from_toml(&text).with_context(unusable)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    config.load_policies(folder).with_context(unusable)?;
    config.load_identity_keys(folder).with_context(unusable)?;
    config.load_storage_secrets(folder).with_context(unusable)?;
    Ok(config)
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
