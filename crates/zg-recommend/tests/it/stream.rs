use zg_recommend::Index;
use zg_recommend::Rules;
use zg_recommend::build::evaluate;

use crate::{index, index_of, list, shelves};

#[test]
fn a_finished_session_is_known_to_the_next_query() {
    let mut index = index(&[("1", "a", 10.0), ("1", "b", 20.0)]);
    assert_eq!(list(&index, &["a"]), ["b"]);
    for at in 0..3 {
        assert!(index.insert(["a", "new", "a", "new"], 30.0 + f64::from(at)));
    }
    assert_eq!(list(&index, &["a"]), ["new", "b"]);
    assert_eq!((index.n_sessions(), index.n_items()), (4, 3));
    // And is still there after a restart.
    let again = Index::load(&index.save()).expect("what was saved is read");
    assert_eq!(list(&again, &["a"]), ["new", "b"]);
}

#[test]
fn an_empty_shop_learns_from_its_first_session() {
    let mut index = index(&[]);
    assert_eq!(list(&index, &["a"]), [""; 0]);
    assert!(index.insert(["a", "b"], 1_700_000_000.0));
    assert_eq!(list(&index, &["a"]), ["b"]);
    assert_eq!(list(&Index::load(&index.save()).expect("it is read"), &[]).len(), 2);
}

#[test]
fn what_is_no_session_is_not_taken() {
    let mut index = index(&[("1", "a", 10.0), ("1", "b", 20.0)]);
    let before = index.save();
    assert!(!index.insert([], 5.0));
    assert!(!index.insert([""], 5.0));
    for end in [f64::NAN, f64::INFINITY, -1.0] {
        assert!(!index.insert(["a", "b"], end));
    }
    let robot: Vec<String> = (0..10_000).map(|at| format!("x{}", at % 7)).collect();
    assert!(!index.insert(robot.iter().map(String::as_str), 50.0));
    assert!(!index.insert_items(&[77, 78], 50.0));
    assert_eq!(index.n_sessions(), 1);
    assert!(index.save().len() < before.len() + 100);
}

#[test]
fn a_clock_that_runs_back_or_leaps_ahead_does_no_harm() {
    let mut index = index(&[("1", "a", 1e9), ("1", "b", 1e9 + 1.0)]);
    assert!(index.insert(["a", "c"], 5.0));
    assert!(index.insert(["a", "d"], 2.5e11));
    assert!(index.insert(["a", "e"], 1e9));
    let again = Index::load(&index.save()).expect("it is read");
    assert_eq!(list(&again, &["a"]).len(), 4);
}

#[test]
fn a_stream_ranks_new_items_that_a_frozen_index_never_has() {
    let mut log = shelves(3_000);
    // What is looked at later, nobody looked at before.
    let later = log.all.split_off(1_500);
    let frozen = index_of(log.clone());
    let mut reader =
        zg_recommend::log::Reader::over("SessionId\tItemId\tTime", frozen.names().clone()).expect("header");
    for (at, session) in later.iter().enumerate() {
        for (click, &item) in session.items.iter().enumerate() {
            let name = format!("autumn-{}", log.items.get(item));
            reader.row(&format!("{at}\t{name}\t{}", session.first + click as f64)).expect("the row is right");
        }
    }
    let later = reader.finish();
    let judge = |stream| evaluate(&mut frozen.clone(), &later, &Rules::default(), stream);
    assert!(judge(false).all[0].hit_rate < 0.01);
    let streamed = judge(true);
    assert!(streamed.second_half[0].hit_rate > 0.4, "{:?}", streamed.second_half[0]);
    assert!(streamed.n_inserted > 1_000);
}
