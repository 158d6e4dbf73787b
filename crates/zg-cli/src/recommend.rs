//! `zhanggui recommend`: an index of click sessions, lists out of it, and how good they are.

mod build;
mod catalog;
mod eval;
mod export;
mod features;
pub mod feed;
mod judge;
mod query;
mod table;

use std::path::Path;

use anyhow::Context;
use clap::Subcommand;
use zg_recommend::Index;

#[derive(Subcommand)]
pub enum Command {
    /// Make an index of a log of clicks: a table `SessionId ItemId Time`, tabs between, seconds since 1970, gzip or not.
    #[command(
        after_help = "Example:\n  zhanggui recommend build clicks.tsv -o shop.zgrx --catalog products.xml\n\nA row that cannot be believed gives {\"line\":n,\"error\":\"…\"} on stdout and is left out; the rest goes on, and the exit\nstatus is 1 at the end. The last line on stdout says what was indexed and learned."
    )]
    Build(build::Args),
    /// Lists for sessions: `{"id","session":[items]}` in, `{"id","items":[{"item","score","reason"}]}` out.
    #[command(
        after_help = "Example:\n  echo '{\"id\":1,\"session\":[\"A1\",\"B7\"]}' | zhanggui recommend query shop.zgrx --k 5"
    )]
    Query(query::Args),
    /// How good the lists are on sessions the index has not seen; figures as JSON.
    #[command(after_help = "Example:\n  zhanggui recommend eval shop.zgrx next-week.tsv --stream")]
    Eval(eval::Args),
    /// What a server has learned from, for other programs: Gorse, `recommend build`, `recommend judge`.
    #[command(
        after_help = "Example:\n  zhanggui recommend export --format gorse --data ./data -o gorse/\n  zhanggui recommend export --format tsv --config zhanggui.toml -o clicks.tsv"
    )]
    Export(export::Args),
    /// Whether another index would have brought more clicks than the lists that were shown; exit status 1 where it is not sure.
    #[command(
        after_help = "Example:\n  zhanggui recommend export --format lists --data ./data -o lists.jsonl\n  zhanggui recommend judge new.zgrx lists.jsonl"
    )]
    Judge(judge::Args),
    /// The rows that `build` grows its forest on, as a table, for another library to learn from.
    #[command(after_help = "Example:\n  zhanggui recommend features clicks.tsv -o rows.tsv")]
    Features(features::Args),
}

pub fn run(command: &Command) -> anyhow::Result<bool> {
    match command {
        Command::Build(args) => build::run(args),
        Command::Query(args) => query::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Export(args) => export::run(args),
        Command::Judge(args) => judge::run(args),
        Command::Features(args) => features::run(args),
    }
}

/// The longest index that is read.
const MAX_INDEX: u64 = 8 << 30;

pub(crate) fn open(path: &Path) -> anyhow::Result<Index> {
    let unreadable = || format!("cannot read {}; check the path", path.display());
    let length = std::fs::metadata(path).with_context(unreadable)?.len();
    anyhow::ensure!(length <= MAX_INDEX, "{} has {length} bytes; {MAX_INDEX} is the most", path.display());
    let bytes = std::fs::read(path).with_context(unreadable)?;
    Index::load(&bytes).with_context(|| format!("cannot use {}", path.display()))
}

/// What of an index is about a shop's products, with their catalog, as bytes for a bundle.
pub(crate) fn slice(path: &Path, products: &[zg_kb::build::Product]) -> anyhow::Result<Vec<u8>> {
    let index = open(path)?;
    anyhow::ensure!(!products.is_empty(), "--recommend needs the products that a device knows: give --catalog a feed");
    let names: std::collections::BTreeSet<&str> = products
        .iter()
        .flat_map(|product| [product.id.as_str(), product.sku.as_str()])
        .filter(|name| !name.is_empty())
        .collect();
    let mut slice = index.slice(|name| names.contains(name));
    anyhow::ensure!(
        slice.n_sessions() > 0,
        "{} has no session of the catalog's products; are their ids the same?",
        path.display()
    );
    catalog::tell(&mut slice, products);
    Ok(slice.save())
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Whole or not at all: another process may be reading the file that was there.
fn save(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let part = path.with_extension("part");
    std::fs::write(&part, bytes)
        .and_then(|()| std::fs::rename(&part, path))
        .with_context(|| format!("cannot write {}; name another file with -o", path.display()))
}

/// Rounded to so many decimals.
fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}
