use zg_recommend::build::evaluate;
use zg_recommend::{About, Exclude, Index, Interests, Knobs, Request, Rules, Workspace, by_interests, recommend};

use crate::{index, index_of, list, names, shelves};

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

#[test]
fn what_was_inserted_ranks_as_what_was_loaded() {
    let mut index = Index::empty(Knobs::default(), 1_000_000.0);
    for n in 0..200 {
        let session: &[&str] = match n % 10 {
            0..=6 => &["coat", "hat", "scarf"],
            7 => &["coat", "boots"],
            _ => &["pan", "lid"],
        };
        assert!(index.insert(session.iter().copied(), 1_000_000.0 + f64::from(n)));
    }
    let loaded = Index::load(&index.save()).expect("it was just saved");
    for session in [&["coat"][..], &["coat", "boots"], &["lid"], &[]] {
        assert_eq!(list(&index, session), list(&loaded, session), "{session:?}");
    }
    assert_eq!(list(&index, &["coat"])[..2], ["hat", "scarf"]);
}

#[test]
fn products_are_told_one_by_one() {
    let about = |for_sale| About { for_sale, ..About::default() };
    let mut shop = index(&[("1", "coat", 1.0), ("1", "hat", 2.0), ("1", "scarf", 3.0)]);
    // Where the shop has spoken of some items only, the others stay for sale.
    let hat = shop.set_product("hat", about(false)).expect("a name");
    assert_eq!(list(&shop, &["coat"]), ["scarf"]);
    assert_eq!(shop.set_product("hat", about(true)), Some(hat));
    assert_eq!(list(&shop, &["coat"]).len(), 2);
    shop.set_product("gloves", about(true));
    assert_eq!(list(&shop, &["coat"]).len(), 3, "what is new is shown last");
    shop.set_partial(false);
    assert_eq!(list(&shop, &["coat"]), ["hat", "gloves"]);
    assert_eq!(shop.set_product("", about(true)), None);
}

#[test]
fn interests_stand_for_a_session() {
    let about = |category, brand| About { category, brand, for_sale: true, ..About::default() };
    let mut shop = index(&[("1", "coat", 1.0), ("2", "coat", 2.0), ("2", "hat", 3.0), ("3", "pan", 4.0)]);
    shop.set_catalog([("coat", about(1, 1)), ("hat", about(1, 2)), ("pan", about(2, 1)), ("lid", about(2, 2))]);
    let ask = |categories: &[(u32, f32)], brands: &[(u32, f32)], k| {
        let interests = Interests { categories: categories.to_vec(), brands: brands.to_vec() };
        let (rules, mut hits) = (Rules::default(), Vec::new());
        let request = Request { session: &[], k, exclude: Exclude::Seen, rules: &rules };
        let mut workspace = Workspace::default();
        // Whatever was asked before.
        recommend(&shop, &Request { session: &[0], ..request }, &mut workspace, &mut hits);
        by_interests(&shop, &interests, &request, &mut workspace, &mut hits);
        assert!(hits.windows(2).all(|two| two[0].score >= two[1].score), "{hits:?}");
        names(&shop, &hits)
    };
    assert_eq!(ask(&[(1, 1.0)], &[], 2), ["coat", "hat"]);
    assert_eq!(ask(&[(2, 1.0)], &[(2, 0.5)], 3), ["lid", "pan", "hat"]);
    assert_eq!(ask(&[(2, 1.0)], &[], 4).len(), 4, "it is filled with what is popular");
    assert_eq!(ask(&[(9, 1.0)], &[], 1), ["coat"]);
    assert_eq!(ask(&[], &[], 9).len(), 4);
}
