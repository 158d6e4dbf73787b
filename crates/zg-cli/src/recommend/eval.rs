//! `zhanggui recommend eval`.

use std::path::PathBuf;

use anyhow::ensure;
use serde_json::{Map, Value, json};
use zg_recommend::Rules;
use zg_recommend::build::{Figures, Protocol, Report, evaluate};

use super::query::RuleArgs;
use super::{open, rounded, table};
use crate::lines;

#[derive(clap::Args)]
pub struct Args {
    index: PathBuf,
    /// The log of sessions to judge by; `-` is stdin.
    clicks: PathBuf,
    /// Take sessions into the index as they end, so that later ones are answered by them.
    #[arg(long)]
    stream: bool,
    /// What each of the rules below costs, one after the other. Needs a catalog.
    #[arg(long)]
    cost: bool,
    #[command(flatten)]
    rules: RuleArgs,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let index = open(&args.index)?;
    // Names of items that the index lacks are numbers after its own, which it never recommends.
    let (sessions, skipped) = table::read(&args.clicks, Some(index.names().clone()))?;
    let n_queries: usize = sessions.all.iter().map(|session| session.items.len().saturating_sub(1)).sum();
    ensure!(n_queries > 0, "{} holds no session of two clicks; there is nothing to judge by", args.clicks.display());
    let rules = args.rules.rules();
    let mut grown = index.clone();
    let report = evaluate(&mut grown, &sessions, &rules, args.stream);
    let mut figures = to_json(&report);
    figures.insert("file".to_owned(), json!(args.clicks.display().to_string()));
    figures.insert("index".to_owned(), json!(args.index.display().to_string()));
    figures.insert("stream".to_owned(), json!(args.stream));
    figures.insert("skipped".to_owned(), json!(skipped));
    if args.cost {
        let without = evaluate(&mut index.clone(), &sessions, &Rules::default(), false);
        let mut costs = Map::new();
        let alone = [
            ("brand_cap", Rules { brand_cap: rules.brand_cap, ..Rules::default() }),
            ("diversity", Rules { diversity: rules.diversity, ..Rules::default() }),
            ("margin", Rules { margin: rules.margin, ..Rules::default() }),
        ];
        for (rule, rules) in alone {
            let with = evaluate(&mut index.clone(), &sessions, &rules, false);
            let cost = Protocol::EVERY.into_iter().enumerate().map(|(at, protocol)| {
                let (with, without) = (&with.all[at], &without.all[at]);
                let hit_rate = rounded(with.hit_rate - without.hit_rate, 4);
                (protocol.name().to_owned(), json!({"HR@20": hit_rate, "MRR@20": rounded(with.mrr - without.mrr, 4)}))
            });
            costs.insert(rule.to_owned(), Value::Object(cost.collect()));
        }
        figures.insert("cost".to_owned(), Value::Object(costs));
    }
    lines::write(&mut std::io::stdout().lock(), &Value::Object(figures))?;
    Ok(skipped == 0)
}

fn to_json(report: &Report) -> Map<String, Value> {
    let protocols = |figures: &[Figures; 3]| {
        let of = |(at, protocol): (usize, Protocol)| (protocol.name().to_owned(), figures_to_json(&figures[at]));
        Value::Object(Protocol::EVERY.into_iter().enumerate().map(of).collect())
    };
    let mut map = Map::new();
    map.insert("sessions".to_owned(), json!(report.n_sessions));
    map.insert("inserted".to_owned(), json!(report.n_inserted));
    map.insert("protocols".to_owned(), protocols(&report.all));
    map.insert("second_half".to_owned(), protocols(&report.second_half));
    map
}

fn figures_to_json(figures: &Figures) -> Value {
    let rounded = |value: f64| rounded(value, 5);
    json!({
        "n": figures.n,
        "HR@20": rounded(figures.hit_rate), "MRR@20": rounded(figures.mrr),
        "P@20": rounded(figures.precision), "R@20": rounded(figures.recall),
        "COV@20": rounded(figures.coverage), "POP@20": rounded(figures.popularity),
        "se_HR": rounded(figures.hit_rate_error), "se_MRR": rounded(figures.mrr_error),
        "length": rounded(figures.length),
    })
}
