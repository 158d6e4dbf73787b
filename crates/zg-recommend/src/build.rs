//! From a log to an index: knobs are chosen and the forest is grown on the newest sessions, against an index of the older ones.
//!
//! Nothing is learned from what comes after the log. The same log and seed give the same bytes, on any number of cores.

mod choose;
mod eval;
mod grow;
mod rng;
mod rows;

pub use eval::{Figures, Protocol, Report, evaluate};
pub use rows::{Dataset, dataset};

use crate::index::{Index, Parts};
use crate::log::{Session, Sessions};
use crate::names::Names;
use crate::{Exclude, Forest, Knobs};

/// How an index is made.
#[derive(Debug, Clone)]
pub struct Config {
    /// Choose the knobs on the log; or else they are these.
    pub knobs: Option<Knobs>,
    /// Grow a forest on the log.
    pub forest: bool,
    /// Another seed gives another forest of about the same worth.
    pub seed: u64,
    /// Threads that work at once; the result does not depend on it.
    pub threads: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { knobs: None, forest: true, seed: 1, threads: 1 }
    }
}

/// What was learned, for a report.
#[derive(Debug, Clone, Default)]
pub struct Learned {
    /// Sessions that were held out to learn from, and queries made of them.
    pub n_sessions: usize,
    pub n_queries: usize,
    /// For lists that may hold what was seen, and for lists of new items: trees, and HR@20 and MRR@20 on the newest part
    /// of what was held out, without and with them. No trees where they did not help.
    pub forests: [Grown; 2],
}

/// A forest's figures on sessions it did not grow on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Grown {
    pub n_trees: usize,
    pub n_queries: usize,
    pub before: (f64, f64),
    pub after: (f64, f64),
}

/// The fewest queries to learn from.
const MIN_QUERIES: usize = 400;

/// Makes an index of a log.
pub fn build(sessions: &Sessions, config: &Config, progress: &mut dyn FnMut(&str)) -> (Index, Learned) {
    let mut learned = Learned::default();
    let mut knobs = config.knobs.unwrap_or_default();
    let mut forests: [Option<Forest>; 2] = [None, None];
    let split = rows::split(sessions);
    if split < sessions.all.len() && (config.knobs.is_none() || config.forest) {
        let (older, newer) = sessions.all.split_at(split);
        let queries = rows::queries(newer);
        learned.n_sessions = newer.len();
        learned.n_queries = queries.len();
        if queries.len() >= MIN_QUERIES {
            let mut past = index_of(&sessions.items, older, knobs);
            if config.knobs.is_none() {
                progress("choosing knobs on the newest sessions");
                knobs = choose::knobs(&past, newer, &queries, config.threads);
                past.knobs = knobs;
            }
            if config.forest {
                for (at, exclude) in [Exclude::None, Exclude::Seen].into_iter().enumerate() {
                    progress(if at == 0 {
                        "growing the forest for all clicks"
                    } else {
                        "growing the forest for new items"
                    });
                    let data = rows::dataset_of(&past, newer, &queries, exclude, config.threads);
                    let (forest, grown) = grow::forest(data, config.seed, config.threads);
                    forests[at] = forest;
                    learned.forests[at] = grown;
                }
            }
        }
    }
    progress("indexing every session");
    let mut index = index_of(&sessions.items, &sessions.all, knobs);
    index.forests = forests;
    (index, learned)
}

/// An index of sessions whose items are those of `names`; popular items get small numbers in the result.
fn index_of(names: &Names, sessions: &[Session], knobs: Knobs) -> Index {
    let (mut offsets, mut items, mut ends) = (vec![0], Vec::new(), Vec::new());
    for session in sessions {
        let start = items.len();
        for (at, &item) in session.items.iter().enumerate() {
            if !session.items[at + 1..].contains(&item) {
                items.push(item);
            }
        }
        if items.len() > start {
            offsets.push(items.len() as u32);
            ends.push(session.last);
        }
    }
    items.shrink_to_fit();
    offsets.shrink_to_fit();
    Index::build(Parts::new(names.clone(), offsets, items, &ends), knobs)
}

/// Numbers a log's items anew, the most clicked first: small numbers pack better, and lie together in memory.
pub fn renumber(sessions: &mut Sessions) {
    let mut counts = vec![0_u32; sessions.items.len()];
    for &item in sessions.all.iter().flat_map(|session| &session.items) {
        counts[item as usize] += 1;
    }
    let mut order: Vec<u32> = (0..counts.len() as u32).collect();
    order.sort_by(|&a, &b| counts[b as usize].cmp(&counts[a as usize]).then(a.cmp(&b)));
    let mut numbers = vec![0_u32; counts.len()];
    let mut names = Names::default();
    for (number, &item) in order.iter().enumerate() {
        numbers[item as usize] = number as u32;
        names.add(sessions.items.get(item));
    }
    for item in sessions.all.iter_mut().flat_map(|session| &mut session.items) {
        *item = numbers[*item as usize];
    }
    sessions.items = names;
}

/// Runs `work` on each of `n` parts, on so many threads; results in the order of the parts.
fn parallel<R: Send>(n: usize, threads: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let worker = || {
            let mut mine = Vec::new();
            loop {
                let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if at >= n {
                    return mine;
                }
                mine.push((at, work(at)));
            }
        };
        let workers: Vec<_> = (0..threads.clamp(1, n.max(1))).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker does not panic")).collect()
    });
    done.sort_by_key(|&(at, _)| at);
    done.into_iter().map(|(_, result)| result).collect()
}
