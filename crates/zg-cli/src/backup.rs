//! `zhanggui backup`, `restore` and `migrate`.

use std::path::PathBuf;

use anyhow::Context;
use serde_json::{Map, Value, json};
use zg_server::Config;
use zg_server::transfer::{self, Summary};

use crate::serve::{read, runtime};

/// Which database.
#[derive(clap::Args)]
pub struct Place {
    /// Configuration file (TOML), which says where the database is.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the SQLite database; wins over the configuration.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Place {
    pub fn config(&self) -> anyhow::Result<Config> {
        let mut config = read(self.config.as_deref())?;
        if let Some(data) = &self.data {
            config.data_dir.clone_from(data);
            config.storage = None;
        }
        Ok(config)
    }
}

#[derive(clap::Args)]
pub struct BackupArgs {
    #[command(flatten)]
    place: Place,
    /// File to write; one that exists is not replaced.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

#[derive(clap::Args)]
pub struct RestoreArgs {
    /// File of `zhanggui backup`.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(clap::Args)]
pub struct MigrateArgs {
    /// Folder of the SQLite database.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Configuration file (TOML) whose [storage] names an empty PostgreSQL.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

fn show(summary: &Summary) {
    let rows: Map<String, Value> = summary.rows().map(|(table, n)| (table.to_owned(), n.into())).collect();
    println!("{}", json!({ "epoch": summary.epoch, "rows": rows }));
}

pub fn backup(args: &BackupArgs) -> anyhow::Result<bool> {
    let config = args.place.config()?;
    let done = runtime()?.block_on(transfer::backup(&config, &args.output));
    show(&done.context("no backup was made")?);
    Ok(true)
}

pub fn restore(args: &RestoreArgs) -> anyhow::Result<bool> {
    let config = args.place.config()?;
    let done = runtime()?.block_on(transfer::restore(&args.file, &config));
    show(&done.with_context(|| format!("{} was not restored", args.file.display()))?);
    Ok(true)
}

pub fn migrate(args: &MigrateArgs) -> anyhow::Result<bool> {
    let config = read(Some(&args.to))?;
    let done = runtime()?.block_on(transfer::migrate(&args.from, &config));
    show(&done.with_context(|| format!("{} was not moved", args.from.display()))?);
    Ok(true)
}
