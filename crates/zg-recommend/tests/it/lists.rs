use zg_recommend::build::{Config, build, evaluate, renumber};
use zg_recommend::{Exclude, Reason, Request, Rules, Workspace, recommend};

use crate::{ask, index, index_of, list, names, shelves};

const ROWS: &[(&str, &str, f64)] = &[
    ("1", "tent", 100.0),
    ("1", "mat", 110.0),
    ("2", "tent", 200.0),
    ("2", "mat", 210.0),
    ("2", "lamp", 220.0),
    ("3", "pan", 300.0),
    ("3", "pot", 310.0),
];

#[test]
fn neighbours_come_first_and_say_why() {
    let index = index(ROWS);
    let hits = ask(&index, &["tent"], 20, Exclude::Seen, &Rules::default());
    assert_eq!(names(&index, &hits)[..2], ["mat", "lamp"]);
    let tent = index.names().find("tent").expect("it is in the log");
    assert_eq!(hits[0].reason, Reason::ViewedAfter { item: tent, sessions: 2 });
    assert!(matches!(hits[2].reason, Reason::Popular { sessions: 1 }));
    assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
}

#[test]
fn what_was_seen_comes_back_only_where_it_may() {
    let index = index(ROWS);
    let with = |exclude| names(&index, &ask(&index, &["tent", "mat"], 20, exclude, &Rules::default()));
    let seen = with(Exclude::Seen);
    assert!(!seen.contains(&"tent".to_owned()) && !seen.contains(&"mat".to_owned()), "{seen:?}");
    let last = with(Exclude::Last);
    assert!(last.contains(&"tent".to_owned()) && !last.contains(&"mat".to_owned()), "{last:?}");
    let none = with(Exclude::None);
    assert!(none.contains(&"tent".to_owned()) && none.contains(&"mat".to_owned()), "{none:?}");
}

#[test]
fn there_is_always_a_list() {
    let index = index(ROWS);
    let popular = list(&index, &[]);
    assert_eq!(popular.len(), 5);
    assert_eq!(list(&index, &["unheard of"]), popular);
    // Two sessions hold these, and the rest is filled.
    assert_eq!(list(&index, &["pan"]).len(), 4);
    assert_eq!(list(&index, &["pan"])[0], "pot");
}

#[test]
fn no_session_is_too_long_and_no_number_too_large() {
    let index = index(ROWS);
    let session: Vec<u32> = (0..10_000).map(|at| [0, u32::MAX, 3][at % 3]).collect();
    let mut hits = Vec::new();
    let request = Request { session: &session, k: usize::MAX, exclude: Exclude::Seen, rules: &Rules::default() };
    recommend(&index, &request, &mut Workspace::default(), &mut hits);
    assert_eq!(hits.len(), 3);
    let request = Request { k: 0, ..request };
    recommend(&index, &request, &mut Workspace::default(), &mut hits);
    assert!(hits.is_empty());
}

#[test]
fn a_long_list_has_all_that_neighbours_hold_before_what_is_popular() {
    let names_of = |start: &str, n: usize| (0..n).map(|at| format!("{start} {at}")).collect::<Vec<_>>();
    let (company, popular) = (names_of("company", 150), names_of("popular", 5));
    let sessions: Vec<String> = (0..400).map(|at| at.to_string()).collect();
    let with_tent = sessions[..150].iter().zip(&company).map(|(session, item)| [("tent", session), (item, session)]);
    let of_others = sessions[150..].iter().map(|session| popular.iter().map(move |item| (item.as_str(), session)));
    let rows: Vec<(&str, &str, f64)> =
        with_tent.flatten().chain(of_others.flatten()).map(|(item, session)| (session.as_str(), item, 100.0)).collect();
    let index = index(&rows);
    let hits = ask(&index, &["tent"], 152, Exclude::Seen, &Rules::default());
    let (first, then) = hits.split_at(150);
    assert!(names(&index, first).iter().all(|name| company.contains(name)));
    assert!(first.iter().all(|hit| matches!(hit.reason, Reason::ViewedAfter { sessions: 1, .. })));
    assert!(names(&index, then).iter().all(|name| popular.contains(name)));
    assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
}

#[test]
fn one_query_leaves_nothing_for_the_next() {
    let index = index_of(shelves(400));
    let mut workspace = Workspace::default();
    let mut hits = Vec::new();
    for item in 0..200 {
        let session = [item, item / 2, item];
        let request = Request { session: &session, k: 20, exclude: Exclude::None, rules: &Rules::default() };
        recommend(&index, &request, &mut workspace, &mut hits);
        let mut fresh = Vec::new();
        recommend(&index, &request, &mut Workspace::default(), &mut fresh);
        assert_eq!(hits, fresh, "{item}");
    }
}

#[test]
fn a_forest_ranks_sessions_it_has_not_seen_better_and_is_the_same_each_time() {
    let mut sessions = shelves(6_000);
    renumber(&mut sessions);
    let later = sessions.all.split_off(5_000);
    let grow = |threads, forest| build(&sessions, &Config { threads, forest, ..Config::default() }, &mut |_| {});
    let (mut with, learned) = grow(1, true);
    assert!(learned.forests[0].n_trees > 0, "{learned:?}");
    assert_eq!(with.save(), grow(3, true).0.save());
    let (mut without, _) = grow(1, false);
    let mut log = sessions.clone();
    log.all = later;
    let judge = |index| evaluate(index, &log, &Rules::default(), false);
    let (with, without) = (judge(&mut with), judge(&mut without));
    for protocol in 0..3 {
        let (with, without) = (with.all[protocol], without.all[protocol]);
        assert!(with.mrr > without.mrr + 0.02, "{with:?} {without:?}");
        assert!((with.length - 20.0).abs() < 1e-9);
    }
}
