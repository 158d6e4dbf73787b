//! Lists, inserts and loading: `cargo bench -p zg-recommend --features build`.
//!
//! Without data it measures on sessions made here. `ZHANGGUI_CLICKS` names a log of your own (a table `SessionId ItemId Time`),
//! and then the queries are of its newest tenth. What is printed first is JSON, a line for each figure; `-- --test` ends after that.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use zg_recommend::build::{Config, build, renumber};
use zg_recommend::log::{Reader, Session, Sessions};
use zg_recommend::{Exclude, Index, Knobs, Request, Rules, Workspace, recommend};

/// The neighbourhood that Serenade's figures are of.
const KNOBS: fn() -> Knobs = || Knobs { m: 1_000, k: 200, ..Knobs::default() };

/// 40,000 sessions over 10,000 items, popular ones more often, each session about items that lie together.
fn made_up() -> Sessions {
    let mut state = 1_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut reader = Reader::new("SessionId\tItemId\tTime").expect("the header is right");
    for session in 0..40_000 {
        let mut at = next(100) * next(100);
        for click in 0..2 + next(8) {
            reader.row(&format!("{session}\titem{at}\t{}", session * 60 + click)).expect("the row is right");
            at = (at + 1 + next(4)) % 10_000;
        }
    }
    reader.finish()
}

fn log() -> Sessions {
    let Ok(path) = std::env::var("ZHANGGUI_CLICKS") else { return made_up() };
    let text = std::fs::read_to_string(&path).expect("ZHANGGUI_CLICKS names a log");
    let mut lines = text.lines();
    let mut reader = Reader::new(lines.next().unwrap_or_default()).expect("its header names the columns");
    let skipped = lines.filter(|line| reader.row(line).is_err()).count();
    eprintln!("{path}: {skipped} rows skipped");
    reader.finish()
}

fn queries(sessions: &[Session]) -> Vec<&[u32]> {
    sessions.iter().flat_map(|session| (1..session.items.len()).map(|n| &session.items[..n])).take(20_000).collect()
}

/// Microseconds that so much of the queries stay below.
fn distribution(index: &Index, queries: &[&[u32]], exclude: Exclude, what: &str) {
    let (mut workspace, mut hits, rules) = (Workspace::default(), Vec::new(), Rules::default());
    let mut times: Vec<Duration> = queries
        .iter()
        .map(|session| {
            let request = Request { session, k: 20, exclude, rules: &rules };
            // The least of three: the others were disturbed.
            let once = |workspace: &mut Workspace, hits: &mut Vec<_>| {
                #[expect(clippy::disallowed_methods, reason = "a bench measures time, and never in WASM")]
                let started = std::time::Instant::now();
                recommend(index, black_box(&request), workspace, hits);
                started.elapsed()
            };
            (0..3).map(|_| once(&mut workspace, &mut hits)).min().unwrap_or_default()
        })
        .collect();
    times.sort_unstable();
    let micros = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    let mean = times.iter().sum::<Duration>().as_secs_f64() * 1e6 / times.len() as f64;
    println!(
        "{{\"what\":\"{what}\",\"p50_us\":{:.1},\"p90_us\":{:.1},\"p99_us\":{:.1},\"mean_us\":{mean:.1},\"queries\":{}}}",
        micros(0.5),
        micros(0.9),
        micros(0.99),
        times.len()
    );
}

/// Microseconds that taking in a session takes, the least mean of three times.
fn inserts(index: &Index, sessions: &[Session]) -> f64 {
    let once = |_| {
        let mut index = index.clone();
        #[expect(clippy::disallowed_methods, reason = "a bench measures time, and never in WASM")]
        let started = std::time::Instant::now();
        for session in sessions {
            index.insert_items(&session.items, session.last);
        }
        started.elapsed().as_secs_f64() * 1e6 / sessions.len().max(1) as f64
    };
    (0..3).map(once).fold(f64::INFINITY, f64::min)
}

fn lists(criterion: &mut Criterion) {
    let mut sessions = log();
    renumber(&mut sessions);
    let later = sessions.all.split_off(sessions.all.len() - sessions.all.len() / 10);
    let config = Config { knobs: Some(KNOBS()), threads: 2, ..Config::default() };
    let (index, _) = build(&sessions, &config, &mut |_| {});
    let neighbours = build(&sessions, &Config { forest: false, ..config }, &mut |_| {}).0;
    let queries = queries(&later);
    println!(
        "{{\"what\":\"index\",\"items\":{},\"sessions\":{},\"memory_bytes_an_item\":{:.1},\"file_bytes_an_item\":{:.1},\"insert_us\":{:.2}}}",
        index.n_items(),
        index.n_sessions(),
        index.bytes() as f64 / index.n_items() as f64,
        index.save().len() as f64 / index.n_items() as f64,
        inserts(&index, &later)
    );
    distribution(&neighbours, &queries, Exclude::None, "neighbours alone");
    distribution(&index, &queries, Exclude::None, "with the forest");
    distribution(&index, &queries, Exclude::Seen, "with the forest, new items only");

    let mut group = criterion.benchmark_group("recommend");
    let (mut workspace, mut hits, rules) = (Workspace::default(), Vec::new(), Rules::default());
    let mut at = 0;
    group.bench_function("list", |b| {
        b.iter(|| {
            at = (at + 1) % queries.len();
            let request = Request { session: queries[at], k: 20, exclude: Exclude::Seen, rules: &rules };
            recommend(&index, &request, &mut workspace, &mut hits);
        });
    });
    let bytes = index.save();
    group.sample_size(20);
    group.bench_function("load", |b| b.iter(|| Index::load(black_box(&bytes)).expect("it was saved")));
    group.bench_function("save", |b| b.iter(|| black_box(&index).save()));
    group.bench_function("insert of 500 sessions", |b| {
        b.iter_batched_ref(
            || neighbours.clone(),
            |index| {
                for session in later.iter().take(500) {
                    index.insert_items(&session.items, session.last);
                }
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, lists);
criterion_main!(benches);
