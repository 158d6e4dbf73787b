//! What is shown where neighbours say too little: never nothing while there is something to show.
//!
//! In this order: the neighbours' items that were too many to be ranked, items that neighbours of the neighbours' items hold,
//! items like the last ones by category, brand and words, what is popular now, and what is new in the catalog.

use crate::index::Index;
use crate::rank::{Hit, Reason, Request, Workspace, reason};

/// Sessions of an item that are asked for its company.
const COMPANY: usize = 30;
/// Items at the head of the list whose company is asked for.
const HEADS: usize = 5;

/// Room to fill in.
#[derive(Debug, Default)]
pub(crate) struct Room {
    ranked: Vec<(f32, u32, Reason)>,
    session: Vec<u32>,
}

/// Appends to `hits` until there are `k`.
pub(crate) fn fill(
    index: &Index,
    request: &Request<'_>,
    may: &dyn Fn(u32) -> bool,
    workspace: &mut Workspace,
    hits: &mut Vec<Hit>,
) {
    let k = request.k.min(crate::MAX_LIST);
    let Workspace { clicks, arrays, rows, fill: room, .. } = workspace;
    let seeds: Vec<u32> = clicks.items.iter().copied().chain(hits.iter().map(|hit| hit.item)).take(HEADS).collect();
    let stages: [&dyn Fn(&mut Room); 5] = [
        &|room| room.ranked.extend(rows.rest().map(|(score, item)| (score, item, reason(arrays, clicks, item)))),
        &|room| company(index, &seeds, room),
        &|room| alike(index, request.session, room),
        &|room| popular(index, index.popular(), room),
        &|room| everything(index, room),
    ];
    // A shop of one brand still has lists: the cap gives way once there is nothing else.
    let caps = [request.rules.brand_cap, 0];
    for (stage, cap) in caps.into_iter().flat_map(|cap| stages.iter().map(move |stage| (stage, cap))) {
        if hits.len() >= k {
            return;
        }
        room.ranked.clear();
        stage(room);
        room.ranked.retain(|&(_, item, _)| may(item));
        room.ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        // Several clicks may lead to one item: the best of them is its reason. Each is worth less than what stands before it.
        for &(_, item, reason) in &room.ranked {
            if hits.len() >= k {
                break;
            }
            if hits.iter().any(|hit| hit.item == item) {
                continue;
            }
            if cap > 0 && full(index, hits, item, cap) {
                continue;
            }
            let score = hits.last().map_or(0.01, |hit| hit.score * 0.95);
            hits.push(Hit { item, score, reason });
        }
    }
}

/// Whether a list has as many of an item's brand as it may.
fn full(index: &Index, hits: &[Hit], item: u32, cap: usize) -> bool {
    let brand = |item: u32| index.catalog.about(item).map_or(0, |about| about.brand);
    let of_item = brand(item);
    of_item != 0 && hits.iter().filter(|hit| brand(hit.item) == of_item).count() >= cap
}

/// Items that were looked at together with those of the list.
fn company(index: &Index, seeds: &[u32], room: &mut Room) {
    let mut found: Vec<(u32, u32, u32)> = Vec::new();
    for &seed in seeds {
        index.each_session_of(seed, COMPANY, |session| {
            index.items_of(session, &mut room.session);
            // One long session is no company.
            found.extend(room.session.iter().take(50).filter(|&&item| item != seed).map(|&item| (item, seed, 1)));
        });
    }
    found.sort_unstable();
    for run in found.chunk_by(|a, b| a.0 == b.0) {
        let sessions = run.len() as u32;
        let worth = sessions as f32 / (index.count(run[0].0) as f32 + 1.0).sqrt();
        room.ranked.push((worth, run[0].0, Reason::ViewedTogether { item: run[0].1, sessions }));
    }
}

/// Items like the newest clicks by category, brand and words.
fn alike(index: &Index, session: &[u32], room: &mut Room) {
    for &click in session.iter().rev().take(3) {
        let Some(wanted) = index.catalog.about(click) else { continue };
        for item in 0..index.n_items() as u32 {
            let Some(about) = index.catalog.about(item) else { continue };
            let category = wanted.category != 0 && wanted.category == about.category;
            let brand = wanted.brand != 0 && wanted.brand == about.brand;
            let both = (wanted.words & about.words).count_ones() as f32;
            let words = both / ((wanted.words | about.words).count_ones() as f32).max(1.0);
            let worth = f32::from(u8::from(category)) + 0.5 * f32::from(u8::from(brand)) + words;
            if worth < 0.3 {
                continue;
            }
            let reason = if category {
                Reason::SameCategory { item: click }
            } else if brand {
                Reason::SameBrand { item: click }
            } else {
                Reason::SimilarText { item: click }
            };
            // Among equals the popular ones, by a little.
            let trend = index.trend(item);
            room.ranked.push((worth + 0.2 * trend / (trend + 20.0), item, reason));
        }
    }
}

fn popular(index: &Index, items: &[u32], room: &mut Room) {
    let of = |&item: &u32| (index.trend(item), item, Reason::Popular { sessions: index.count(item) });
    room.ranked.extend(items.iter().map(of));
}

/// Every item there is: those that somebody looked at, and then what is new.
fn everything(index: &Index, room: &mut Room) {
    room.ranked.extend((0..index.n_items() as u32).filter_map(|item| match index.count(item) {
        0 if index.catalog.is_empty() => None,
        0 => Some((-1.0, item, Reason::New)),
        sessions => Some((index.trend(item), item, Reason::Popular { sessions })),
    }));
}
