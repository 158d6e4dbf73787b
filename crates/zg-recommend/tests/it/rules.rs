use zg_recommend::feedback::{Dislike, Taste};
use zg_recommend::{About, Exclude, Index, Reason, Rules};

use crate::{ask, index, names};

/// Three jackets of one brand and a shirt that follow a coat, and things nobody has looked at.
fn shop() -> Index {
    let mut rows = Vec::new();
    for (at, item) in ["jacket1", "jacket2", "jacket3", "shirt"].into_iter().enumerate() {
        for time in 0..4 - at {
            rows.push((["s", &at.to_string(), "-", &time.to_string()].concat(), item, 100.0 * time as f64 + at as f64));
        }
    }
    let rows: Vec<(&str, &str, f64)> = rows
        .iter()
        .flat_map(|(session, item, time)| [(session.as_str(), "coat", *time), (session.as_str(), *item, time + 0.5)])
        .collect();
    let mut index = index(&rows);
    let about = |category, brand, price, margin| About {
        category,
        brand,
        price: Some(price),
        margin,
        for_sale: true,
        words: 1 << category,
    };
    index.set_catalog([
        ("coat", about(1, 1, 50_000, 0.0)),
        ("jacket1", about(1, 1, 30_000, 0.0)),
        ("jacket2", about(1, 1, 20_000, 0.0)),
        ("jacket3", about(1, 1, 10_000, 0.0)),
        ("shirt", about(2, 2, 5_000, 1.0)),
        ("sold out", About { for_sale: false, ..about(1, 1, 100, 1.0) }),
        ("fresh", about(1, 3, 15_000, 0.0)),
        ("other", about(4, 4, 15_000, 0.0)),
    ]);
    index
}

fn after_coat(rules: &Rules) -> Vec<String> {
    let index = shop();
    names(&index, &ask(&index, &["coat"], 20, Exclude::Seen, rules))
}

#[test]
fn what_is_not_for_sale_is_never_shown() {
    let index = shop();
    for session in [&["coat"][..], &[], &["sold out"], &["unheard of"]] {
        let hits = ask(&index, session, 20, Exclude::None, &Rules::default());
        let names = names(&index, &hits);
        assert!(!names.contains(&"sold out".to_owned()), "{names:?}");
        assert_eq!(names.len(), 7, "{names:?}");
    }
}

#[test]
fn what_nobody_has_looked_at_is_found_by_what_it_is() {
    let index = shop();
    let hits = ask(&index, &["coat"], 20, Exclude::Seen, &Rules::default());
    let coat = index.names().find("coat").expect("it is there");
    let reasons: Vec<(&str, Reason)> = hits.iter().map(|hit| (index.names().get(hit.item), hit.reason)).collect();
    assert!(reasons.contains(&("fresh", Reason::SameCategory { item: coat })), "{reasons:?}");
    assert!(reasons.contains(&("other", Reason::New)), "{reasons:?}");
    // An item without a click knows its like.
    let hits = ask(&index, &["fresh"], 3, Exclude::Seen, &Rules::default());
    assert!(matches!(hits[0].reason, Reason::SameCategory { .. }), "{hits:?}");
}

#[test]
fn of_a_brand_only_so_many() {
    assert_eq!(after_coat(&Rules::default()), ["jacket1", "jacket2", "jacket3", "shirt", "fresh", "other"]);
    // The third comes once there is nothing else.
    let capped = after_coat(&Rules { brand_cap: 2, ..Rules::default() });
    assert_eq!(capped, ["jacket1", "jacket2", "shirt", "fresh", "other", "jacket3"]);
}

#[test]
fn margin_decides_between_near_equals_alone() {
    let index = shop();
    let scores = |margin| {
        let hits = ask(&index, &["coat"], 20, Exclude::Seen, &Rules { margin, ..Rules::default() });
        let shirt = index.names().find("shirt").expect("it is there");
        hits.iter().find(|hit| hit.item == shirt).map(|hit| hit.score).expect("the shirt is in the list")
    };
    let gained = scores(1.0) / scores(0.0);
    assert!((gained - 1.1).abs() < 1e-4, "{gained}");
    assert!((scores(1e9) / scores(0.0) - 1.1).abs() < 1e-4);
}

#[test]
fn categories_are_mixed_where_the_shop_wants_it() {
    assert_eq!(after_coat(&Rules { diversity: 0.9, ..Rules::default() })[1], "shirt");
}

#[test]
fn a_dismissal_hides_what_its_reason_says_and_no_more() {
    let index = shop();
    let after = |why| {
        let mut taste = Taste::default();
        taste.dismiss(index.names().find("jacket2").expect("it is there"), why);
        let mut rules = Rules::default();
        taste.apply(&index, &mut rules);
        names(&index, &ask(&index, &["coat"], 20, Exclude::Seen, &rules))
    };
    assert_eq!(after(Dislike::Item), ["jacket1", "jacket3", "shirt", "fresh", "other"]);
    assert_eq!(after(Dislike::Brand), ["shirt", "fresh", "other"]);
    assert_eq!(after(Dislike::Price), ["jacket3", "shirt", "fresh", "other"]);
    assert_eq!(after(Dislike::Category), ["shirt", "other"]);
}

#[test]
fn what_is_liked_draws_its_company_up() {
    let rows = [
        ("1", "a", "b"),
        ("2", "a", "b"),
        ("3", "a", "c"),
        ("4", "a", "c"),
        ("5", "liked", "c"),
        ("6", "liked", "c"),
        ("7", "liked", "c"),
    ];
    let rows: Vec<(&str, &str, f64)> =
        rows.iter().flat_map(|&(session, one, two)| [(session, one, 10.0), (session, two, 11.0)]).collect();
    let index = index(&rows);
    let share_of_c = |taste: &Taste| {
        let mut rules = Rules::default();
        taste.apply(&index, &mut rules);
        let hits = ask(&index, &["a"], 2, Exclude::Seen, &rules);
        let score =
            |name| hits.iter().find(|hit| index.names().get(hit.item) == name).expect("it is in the list").score;
        score("c") / score("b")
    };
    let before = share_of_c(&Taste::default());
    let mut taste = Taste::default();
    taste.like(index.names().find("liked").expect("it is there"));
    let after = share_of_c(&taste);
    assert!(after > before * 1.2, "{before} {after}");
}
