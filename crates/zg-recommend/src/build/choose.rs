//! Which knobs suit a log: one after the other, on queries of its newest sessions.

use super::parallel;
use super::rows::QueryAt;
use crate::index::Index;
use crate::log::Session;
use crate::{Exclude, Knobs, Request, Rules, Workspace, recommend};

/// Queries that are asked for each setting.
const ASKED: usize = 3_000;
/// What a setting has to gain in HR@20 + MRR@20; less may be luck.
const MIN_GAIN: f64 = 0.006;

pub(crate) fn knobs(past: &Index, newer: &[Session], queries: &[QueryAt], threads: usize) -> Knobs {
    let step = queries.len().div_ceil(ASKED).max(1);
    let asked: Vec<QueryAt> = queries.iter().copied().step_by(step).collect();
    let worth = |settings: &[Knobs]| {
        parallel(settings.len(), threads, |at| {
            let mut index = past.clone();
            index.knobs = settings[at];
            worth(&index, newer, &asked)
        })
    };
    let mut best = past.knobs;
    let mut most = worth(&[best])[0];
    let rounds: [fn(Knobs) -> Vec<Knobs>; 8] = [
        |best| [1_000, 2_000].map(|m| Knobs { m, ..best }).to_vec(),
        |best| [0.0, 0.7, 1.25, 5.0].map(|click_decay| Knobs { click_decay, ..best }).to_vec(),
        |best| [0.0, 1.25, 5.0, 10.0].map(|distance_decay| Knobs { distance_decay, ..best }).to_vec(),
        |best| [0.0, 1.25, 2.5, 10.0].map(|match_decay| Knobs { match_decay, ..best }).to_vec(),
        |best| [0.0, 0.25, 1.0].map(|length_power| Knobs { length_power, ..best }).to_vec(),
        |best| [100, 200, 500, 1_000].map(|k| Knobs { k, ..best }).to_vec(),
        |best| [0.0, 10.0, 30.0, 200.0].map(|age_decay| Knobs { age_decay, ..best }).to_vec(),
        |best| [0.0, 1.0, 5.0].map(|idf_factor| Knobs { idf_factor, ..best }).to_vec(),
    ];
    for round in rounds {
        let settings = round(best);
        for (knobs, gained) in settings.iter().zip(worth(&settings)) {
            if gained > most + MIN_GAIN {
                (best, most) = (*knobs, gained);
            }
        }
    }
    best
}

/// HR@20 + MRR@20 of the neighbours alone.
fn worth(index: &Index, newer: &[Session], asked: &[QueryAt]) -> f64 {
    let rules = Rules::default();
    let (mut workspace, mut hits) = (Workspace::default(), Vec::new());
    let mut sum = 0.0;
    for query in asked {
        let items = &newer[query.session as usize].items;
        let session = &items[..query.n as usize];
        let request = Request { session, k: 20, exclude: Exclude::None, rules: &rules };
        recommend(index, &request, &mut workspace, &mut hits);
        if let Some(at) = hits.iter().position(|hit| hit.item == items[query.n as usize]) {
            sum += 1.0 + 1.0 / (at + 1) as f64;
        }
    }
    sum / asked.len().max(1) as f64
}
