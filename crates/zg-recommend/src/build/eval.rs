//! How good lists are on sessions the index has not seen, by the protocols of the literature.

use crate::index::Index;
use crate::log::Sessions;
use crate::{Exclude, Request, Rules, Workspace, recommend};

/// Length of the lists that are judged.
const K: usize = 20;

/// Which clicks count and what a list may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Every next click; anything may be recommended: the protocol of most papers.
    All,
    /// Every next click; the item on screen is left out, as the Serenade server does.
    NoLast,
    /// Next clicks on items new to the session; items of the session are left out.
    Novel,
}

impl Protocol {
    pub const EVERY: [Self; 3] = [Self::All, Self::NoLast, Self::Novel];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::NoLast => "nolast",
            Self::Novel => "novel",
        }
    }

    fn exclude(self) -> Exclude {
        match self {
            Self::All => Exclude::None,
            Self::NoLast => Exclude::Last,
            Self::Novel => Exclude::Seen,
        }
    }
}

/// Figures at 20.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    pub n: usize,
    /// Lists that hold the next click, and the mean of 1/rank in them; with their standard errors.
    pub hit_rate: f64,
    pub mrr: f64,
    pub hit_rate_error: f64,
    pub mrr_error: f64,
    /// Of a list, what the rest of the session clicks; and of the rest of the session, what the list holds.
    pub precision: f64,
    pub recall: f64,
    /// Items that were shown at all, of those somebody clicked.
    pub coverage: f64,
    /// Mean popularity of what was shown, the most popular item being 1.
    pub popularity: f64,
    /// Mean length of the lists.
    pub length: f64,
}

/// Figures by protocol, and for the second half of the time alone.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub n_sessions: usize,
    pub n_inserted: usize,
    pub all: [Figures; 3],
    pub second_half: [Figures; 3],
}

#[derive(Default)]
struct Sums {
    n: f64,
    hits: f64,
    ranks: f64,
    ranks_squared: f64,
    precision: f64,
    recall: f64,
    popularity: f64,
    length: f64,
}

impl Sums {
    fn figures(&self, shown: usize, items: usize) -> Figures {
        let n = self.n.max(1.0);
        let (hit_rate, mrr) = (self.hits / n, self.ranks / n);
        Figures {
            n: self.n as usize,
            hit_rate,
            mrr,
            hit_rate_error: (hit_rate * (1.0 - hit_rate) / n).sqrt(),
            mrr_error: ((self.ranks_squared / n - mrr * mrr).max(0.0) / n).sqrt(),
            precision: self.precision / n,
            recall: self.recall / n,
            coverage: shown as f64 / items.max(1) as f64,
            popularity: self.popularity / n,
            length: self.length / n,
        }
    }
}

/// Asks for every next click of every session of a log that was read over the names of the index, in the order of their first clicks. With `stream`, sessions that are over by
/// the time another one begins are taken into the index.
pub fn evaluate(index: &mut Index, log: &Sessions, rules: &Rules, stream: bool) -> Report {
    let sessions = &log.all;
    index.know(&log.items);
    let mut order: Vec<usize> = (0..sessions.len()).collect();
    order.sort_by(|&a, &b| sessions[a].first.total_cmp(&sessions[b].first));
    let middle = order.get(order.len() / 2).map_or(0.0, |&at| sessions[at].first);
    let most = (0..index.n_items() as u32).map(|item| index.count(item)).max().unwrap_or(1).max(1);
    let n_items = (0..index.n_items() as u32).filter(|&item| index.count(item) > 0).count();
    let counts: Vec<u32> = (0..index.n_items() as u32).map(|item| index.count(item)).collect();
    let (mut workspace, mut hits) = (Workspace::default(), Vec::new());
    let mut sums: [[Sums; 2]; 3] = Default::default();
    let mut shown = vec![[0_u8; 3]; index.n_items()];
    let mut report = Report { n_sessions: sessions.len(), ..Report::default() };
    // Sessions are in ascending order of their last clicks.
    let mut over = 0;
    for &at in &order {
        let session = &sessions[at];
        while stream && over < sessions.len() && sessions[over].last < session.first {
            report.n_inserted += usize::from(index.insert_items(&sessions[over].items, sessions[over].last));
            over += 1;
        }
        let half = usize::from(session.first >= middle);
        for n in 1..session.items.len() {
            let (seen, rest) = session.items.split_at(n);
            for (which, protocol) in Protocol::EVERY.into_iter().enumerate() {
                if protocol == Protocol::Novel && seen.contains(&rest[0]) {
                    continue;
                }
                let request = Request { session: seen, k: K, exclude: protocol.exclude(), rules };
                recommend(index, &request, &mut workspace, &mut hits);
                let list: Vec<u32> = hits.iter().map(|hit| hit.item).collect();
                let rank = list.iter().position(|&item| item == rest[0]).map_or(0.0, |at| 1.0 / (at + 1) as f64);
                let mut wanted = rest.to_vec();
                wanted.sort_unstable();
                wanted.dedup();
                let found = list.iter().filter(|item| wanted.binary_search(item).is_ok()).count() as f64;
                let popular: f64 = list
                    .iter()
                    .map(|&item| f64::from(counts.get(item as usize).copied().unwrap_or(0)) / f64::from(most))
                    .sum();
                for half in if half == 1 { 0..2 } else { 0..1 } {
                    let sums = &mut sums[which][half];
                    sums.n += 1.0;
                    sums.hits += f64::from(u8::from(rank > 0.0));
                    sums.ranks += rank;
                    sums.ranks_squared += rank * rank;
                    sums.precision += found / K as f64;
                    sums.recall += found / wanted.len() as f64;
                    sums.popularity += popular / list.len().max(1) as f64;
                    sums.length += list.len() as f64;
                }
                for item in list {
                    if let Some(shown) = shown.get_mut(item as usize) {
                        shown[which] |= 1 << half;
                    }
                }
            }
        }
    }
    for (which, sums) in sums.iter().enumerate() {
        let of = |bits: u8| shown.iter().filter(|shown| shown[which] & bits != 0).count();
        report.all[which] = sums[0].figures(of(3), n_items);
        report.second_half[which] = sums[1].figures(of(2), n_items);
    }
    report
}
