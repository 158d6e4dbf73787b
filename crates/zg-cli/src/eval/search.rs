//! Figures of search alone, without models and dialogue: is the right entry found, and is it known when there is none?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::bail;
use serde_json::json;
use zg_proto::cli::QueryLine;

use super::score::Score;
use super::table::figure;
use crate::{kb, lines};

/// As many as the figures look at.
const K: usize = 10;

pub fn run(bundle: &Path, queries: &Path, embeddings: &[PathBuf]) -> anyhow::Result<bool> {
    let path = bundle;
    let bundle = kb::open_to_search(path, embeddings)?;
    let lines: Vec<QueryLine> = lines::of_file(queries)?;
    // An id that the bundle lacks can never be found: better said than counted as a miss.
    let ids: BTreeSet<&str> = bundle.entries().map(|(_, info)| info.id).collect();
    for line in &lines {
        if let Some(missing) = line.gold.iter().find(|id| !ids.contains(id.as_str())) {
            bail!(
                "{}: {} has no entry {missing:?}; take the queries of this bundle",
                queries.display(),
                path.display()
            );
        }
    }
    let today = kb::today();
    let mut score = Score::default();
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for line in &lines {
        let hits = kb::find(&bundle, &line.text, K, today);
        let best = hits.first().map_or(0.0, |hit| hit.score);
        if line.gold.is_empty() {
            outside.push(best);
        } else {
            inside.push(best);
            score.add(hits.iter().position(|hit| line.gold.iter().any(|id| id == bundle.entry(hit.entry).id)));
        }
    }
    let scope = (!inside.is_empty() && !outside.is_empty())
        .then(|| json!({"n_out_of_scope": outside.len(), "auroc": figure(auroc(&inside, &mut outside))}));
    let mut output = std::io::stdout().lock();
    let all = score.figures();
    lines::write(&mut output, &json!({"file": queries.display().to_string(), "all": all, "scope": scope}))?;
    Ok(true)
}

/// How often the best score of a query that has an answer is above that of one that has none; equals count half.
fn auroc(inside: &[f64], outside: &mut [f64]) -> f64 {
    outside.sort_by(f64::total_cmp);
    let below = |score: &f64| {
        let less = outside.partition_point(|other| other < score);
        let not_more = outside.partition_point(|other| other <= score);
        (less + not_more) as f64 / 2.0
    };
    inside.iter().map(below).sum::<f64>() / (inside.len() * outside.len()) as f64
}
