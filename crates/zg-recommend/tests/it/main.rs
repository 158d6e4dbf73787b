//! Lists as a caller sees them: a log in, items out.

mod bandit;
mod judge;
mod lists;
mod log;
mod rules;
mod snapshot;
mod stream;

use zg_recommend::build::{Config, build, renumber};
use zg_recommend::log::{Reader, Sessions};
use zg_recommend::{Exclude, Hit, Index, Knobs, Request, Rules, Workspace, recommend};

/// A log from rows `session item time`.
fn log(rows: &[(&str, &str, f64)]) -> Sessions {
    let mut reader = Reader::new("SessionId\tItemId\tTime").expect("the header is right");
    for (session, item, time) in rows {
        reader.row(&format!("{session}\t{item}\t{time}")).expect("the row is right");
    }
    reader.finish()
}

/// An index of a log as it is, without choosing or growing.
fn index(rows: &[(&str, &str, f64)]) -> Index {
    index_of(log(rows))
}

fn index_of(mut sessions: Sessions) -> Index {
    renumber(&mut sessions);
    let config = Config { knobs: Some(Knobs::default()), forest: false, ..Config::default() };
    build(&sessions, &config, &mut |_| {}).0
}

fn ask(index: &Index, session: &[&str], k: usize, exclude: Exclude, rules: &Rules) -> Vec<Hit> {
    let session: Vec<u32> = session.iter().map(|name| index.names().find(name).unwrap_or(u32::MAX)).collect();
    let mut hits = Vec::new();
    recommend(index, &Request { session: &session, k, exclude, rules }, &mut Workspace::default(), &mut hits);
    hits
}

fn names(index: &Index, hits: &[Hit]) -> Vec<String> {
    hits.iter().map(|hit| index.names().get(hit.item).to_owned()).collect()
}

fn list(index: &Index, session: &[&str]) -> Vec<String> {
    names(index, &ask(index, session, 20, Exclude::Seen, &Rules::default()))
}

/// Shoppers who walk along shelves: item `n` of a shelf is mostly followed by item `n + 1` or `n + 2` of it, and a fifth of
/// them go back to where they began. Always the same.
fn shelves(n_sessions: usize) -> Sessions {
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut reader = Reader::new("SessionId\tItemId\tTime").expect("the header is right");
    for session in 0..n_sessions {
        let shelf = next(12);
        let first = next(25);
        let mut at = first;
        let time = 1_000_000 + session * 300;
        for click in 0..2 + next(5) {
            let item = if click > 1 && next(5) == 0 { first } else { at % 25 };
            reader
                .row(&format!("{session}\tshelf{shelf}-{item}\t{}", time as u64 + click * 20))
                .expect("the row is right");
            at += 1 + next(2);
        }
    }
    reader.finish()
}
