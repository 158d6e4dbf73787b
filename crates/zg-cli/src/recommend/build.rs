//! `zhanggui recommend build`.

use std::path::PathBuf;

use anyhow::bail;
use jiff::Timestamp;
use serde_json::json;
use zg_recommend::Knobs;
use zg_recommend::build::{Config, Grown, build, renumber};

use super::{catalog, open, rounded, save, table, threads};
use crate::lines;

#[derive(clap::Args)]
pub struct Args {
    /// The log; `-` is stdin.
    clicks: PathBuf,
    /// Where the index goes.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// A product feed: stock, category, brand, price and words of the items; may be given several times. What it lacks or
    /// names as out of stock is never shown.
    #[arg(long, value_name = "FILE")]
    catalog: Vec<PathBuf>,
    /// Rank by the forest of another index in place of one grown on this log, or by neighbours alone: `none`.
    #[arg(long, value_name = "INDEX|none")]
    reranker: Option<PathBuf>,
    /// Leave the neighbourhood's settings as they come, in place of choosing them on the newest sessions.
    #[arg(long)]
    default_knobs: bool,
    /// Another seed gives another forest of about the same worth; the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let started = Timestamp::now();
    let seconds = || Timestamp::now().duration_since(started).as_secs_f64();
    let other = args.reranker.as_ref().filter(|path| path.as_os_str() != "none").map(|path| open(path)).transpose()?;
    let (mut sessions, skipped) = table::read(&args.clicks, None)?;
    if sessions.all.is_empty() && args.catalog.is_empty() {
        bail!("{} holds no session; nothing was written, check the log or give a --catalog", args.clicks.display());
    }
    renumber(&mut sessions);
    let config = Config {
        knobs: args.default_knobs.then(Knobs::default),
        forest: args.reranker.is_none(),
        seed: args.seed,
        threads: threads(),
    };
    let (mut index, learned) = build(&sessions, &config, &mut |what| eprintln!("[{:5.1} s] {what}", seconds()));
    if let Some(other) = &other {
        index.take_forests(other);
    }
    let (n_products, n_for_sale) = catalog::add(&mut index, &args.catalog)?;
    let bytes = index.save();
    save(&args.output, &bytes)?;
    let forest = |grown: &Grown| {
        let figures = |(hit_rate, mrr): (f64, f64)| json!({"HR@20": rounded(hit_rate, 4), "MRR@20": rounded(mrr, 4)});
        json!({"trees": grown.n_trees, "n": grown.n_queries, "without": figures(grown.before), "with": figures(grown.after)})
    };
    let knobs = index.knobs();
    lines::write(
        &mut std::io::stdout().lock(),
        &json!({
            "file": args.clicks.display().to_string(),
            "index": args.output.display().to_string(),
            "sessions": index.n_sessions(), "items": index.n_items(), "clicks": index.n_events(),
            "skipped": skipped, "duplicates": sessions.duplicates, "robots": sessions.robots,
            "products": n_products, "for_sale": n_for_sale,
            "bytes": bytes.len(), "memory": index.bytes(), "seconds": rounded(seconds(), 1),
            "knobs": {
                "m": knobs.m, "k": knobs.k, "click_decay": knobs.click_decay, "match_decay": knobs.match_decay,
                "distance_decay": knobs.distance_decay, "age_decay": knobs.age_decay, "idf_factor": knobs.idf_factor,
                "length_power": knobs.length_power,
            },
            "learned": {
                "sessions": learned.n_sessions, "queries": learned.n_queries,
                "all": forest(&learned.forests[0]), "novel": forest(&learned.forests[1]),
            },
        }),
    )?;
    Ok(skipped == 0)
}
