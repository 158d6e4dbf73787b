//! `zhanggui recommend judge`: whether another index would have brought more than the one that showed these lists.

use std::path::PathBuf;

use anyhow::ensure;
use serde_json::json;
use zg_proto::recommendation::{ExcludeTag, LoggedList};
use zg_recommend::judge::{Estimate, Logged, accept, estimate};
use zg_recommend::{Exclude, Request, Workspace, recommend};

use super::query::RuleArgs;
use super::{open, rounded};
use crate::lines;

#[derive(clap::Args)]
pub struct Args {
    /// The index that might take the place of the live one; make it of what came before the lists.
    index: PathBuf,
    /// What `recommend export --format lists` wrote.
    lists: PathBuf,
    #[command(flatten)]
    rules: RuleArgs,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let index = open(&args.index)?;
    let lists: Vec<LoggedList<'static>> = lines::of_file(&args.lists)?;
    let rules = args.rules.rules();
    let (mut workspace, mut hits) = (Workspace::default(), Vec::new());
    let (mut new, mut live) = (Vec::new(), Vec::new());
    // Lists of interests were not made by the neighbours that are compared here.
    for list in lists.iter().filter(|list| list.policy == "session") {
        let find = |name: &str| index.names().find(name);
        let session: Vec<u32> = list.session.iter().map(|name| find(name).unwrap_or(u32::MAX)).collect();
        let exclude = match list.exclude {
            ExcludeTag::Seen => Exclude::Seen,
            ExcludeTag::Last => Exclude::Last,
            ExcludeTag::None => Exclude::None,
        };
        let request = Request { session: &session, k: list.items.len(), exclude, rules: &rules };
        recommend(&index, &request, &mut workspace, &mut hits);
        for (slot, shown) in list.items.iter().enumerate() {
            let reward = f64::from(u8::from(list.clicked.contains(&shown.item)));
            let propensity = shown.propensity.unwrap_or(0.0);
            // It would show one list, so an item is in its place or it is not.
            let same = hits.get(slot).is_some_and(|hit| index.names().get(hit.item) == shown.item);
            new.push(Logged { reward, propensity, wanted: f64::from(u8::from(same)) });
            live.push(Logged { reward, propensity: 1.0, wanted: 1.0 });
        }
    }
    let Some(of_live) = estimate(&live) else {
        ensure!(!live.is_empty(), "{} holds no lists of sessions; there is nothing to judge by", args.lists.display());
        anyhow::bail!(
            "{} shows {} items; a hundred are the least that can decide anything",
            args.lists.display(),
            live.len()
        );
    };
    let accepted = accept(&new, of_live.mean);
    let figures = |estimate: &Estimate| {
        json!({
            "n": estimate.n, "n_effective": rounded(estimate.n_effective, 1), "mean": rounded(estimate.mean, 6),
            "lower": rounded(estimate.lower, 6), "upper": rounded(estimate.upper, 6),
        })
    };
    lines::write(
        &mut std::io::stdout().lock(),
        &json!({
            "index": args.index.display().to_string(), "lists": lists.len(), "live": figures(&of_live),
            "new": estimate(&new).as_ref().map(figures), "accept": accepted,
        }),
    )?;
    Ok(accepted)
}
