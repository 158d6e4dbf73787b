//! Rows to learn from: what the index of the older sessions says of queries made of the newer ones.

use super::{index_of, parallel};
use crate::features::N_FEATURES;
use crate::index::Index;
use crate::log::{Session, Sessions};
use crate::rank::Workspace;
use crate::{Exclude, Knobs};

/// The most queries that are learned from.
const MAX_QUERIES: usize = 72_000;
/// Candidates of a query that are learned from, the first by the tuned view: the others are hardly ever shown, and would take
/// a third of the time. A click on one of those teaches nothing: alone among its like, it would teach that they are clicked.
const LEARNED: usize = 64;
/// The share of the sessions that may be held out, as a divisor: what is held out, the neighbours lack while the forest grows. Where
/// there are few queries, they are worth more than that.
const HELD_OUT: usize = 8;
const HELD_OUT_OF_FEW: usize = 4;
const FEW_QUERIES: usize = 20_000;

/// A session and how many of its clicks are known; the next one is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueryAt {
    pub session: u32,
    pub n: u32,
}

/// Candidates of many queries, feature by feature.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    /// Features of every row, one column after the other.
    pub columns: Vec<Vec<f32>>,
    /// Where the ranking of each row starts from.
    pub base: Vec<f32>,
    /// Where each query's rows begin; one more than there are queries.
    pub offsets: Vec<u32>,
    /// The row of each query that was clicked, from its first; `None` where no candidate was.
    pub clicked: Vec<Option<u32>>,
}

/// The first of the sessions that are held out.
pub(crate) fn split(sessions: &Sessions) -> usize {
    let all = &sessions.all;
    let (many, few) = (all.len() - all.len() / HELD_OUT, all.len() - all.len() / HELD_OUT_OF_FEW);
    let mut n_queries = 0;
    let mut at = all.len();
    while at > few && n_queries < FEW_QUERIES || at > many && n_queries < MAX_QUERIES {
        at -= 1;
        n_queries += all[at].items.len().saturating_sub(1);
    }
    at
}

/// Every prefix of every session.
pub(crate) fn queries(sessions: &[Session]) -> Vec<QueryAt> {
    let of = |(session, visit): (usize, &Session)| {
        let session = session as u32;
        (1..visit.items.len() as u32).map(move |n| QueryAt { session, n })
    };
    sessions.iter().enumerate().flat_map(of).collect()
}

/// The rows that [`super::build`] learns from, for another library to learn from: see `models/recommend`.
#[must_use]
pub fn dataset(sessions: &Sessions, knobs: Knobs, exclude: Exclude, threads: usize) -> Dataset {
    let (older, newer) = sessions.all.split_at(split(sessions));
    let past = index_of(&sessions.items, older, knobs);
    dataset_of(&past, newer, &queries(newer), exclude, threads)
}

pub(crate) fn dataset_of(
    past: &Index,
    newer: &[Session],
    queries: &[QueryAt],
    exclude: Exclude,
    threads: usize,
) -> Dataset {
    // In parts of one size, so that the number of threads changes nothing.
    let parts: Vec<&[QueryAt]> = queries.chunks(1_000).collect();
    let done = parallel(parts.len(), threads, |at| part(past, newer, parts[at], exclude));
    // Room for all of it at once: hundreds of megabytes are not to be there twice.
    let n_rows = done.iter().map(|part| part.base.len()).sum();
    let columns = (0..N_FEATURES).map(|_| Vec::with_capacity(n_rows)).collect();
    let mut all = Dataset { columns, base: Vec::with_capacity(n_rows), offsets: vec![0], ..Dataset::default() };
    for part in done {
        let start = all.base.len() as u32;
        for (column, more) in all.columns.iter_mut().zip(&part.columns) {
            column.extend_from_slice(more);
        }
        all.base.extend_from_slice(&part.base);
        all.offsets.extend(part.offsets.iter().skip(1).map(|end| end + start));
        all.clicked.extend_from_slice(&part.clicked);
    }
    all
}

fn part(past: &Index, newer: &[Session], queries: &[QueryAt], exclude: Exclude) -> Dataset {
    let mut workspace = Workspace::default();
    let mut data = Dataset { columns: vec![Vec::new(); N_FEATURES], offsets: vec![0], ..Dataset::default() };
    let mut session = Vec::new();
    for query in queries {
        let items = &newer[query.session as usize].items;
        let wanted = items[query.n as usize];
        let seen = &items[..query.n as usize];
        if past.count(wanted) == 0 || exclude == Exclude::Seen && seen.contains(&wanted) {
            continue;
        }
        session.clear();
        session.extend(seen.iter().copied().filter(|&item| past.count(item) > 0));
        if session.is_empty() {
            continue;
        }
        workspace.vote(past, &past.knobs, &session);
        let Workspace { clicks, arrays, rows, tables, .. } = &mut workspace;
        let Some(tables) = tables else { continue };
        rows.fill(past, tables, arrays, clicks, |_, item| exclude == Exclude::None || !seen.contains(&item));
        let n = rows.items.len().min(LEARNED);
        for (feature, column) in data.columns.iter_mut().enumerate() {
            column.extend_from_slice(&rows.column(feature)[..n]);
        }
        data.base.extend_from_slice(&rows.base[..n]);
        data.clicked.push(rows.items[..n].iter().position(|&item| item == wanted).map(|at| at as u32));
        data.offsets.push(data.base.len() as u32);
        workspace.clear();
    }
    data
}
