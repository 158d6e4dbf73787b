use zg_recommend::judge::{Logged, accept, estimate};

/// Two items, shown with 0.8 and 0.2; the second is clicked three times as often.
fn log(n: usize, wanted: [f64; 2]) -> Vec<Logged> {
    let row = |at: usize| {
        let second = at % 5 == 0;
        let clicks = if second { 30 } else { 10 };
        let reward = f64::from(u8::from(at / 5 % 100 < clicks));
        Logged { reward, propensity: if second { 0.2 } else { 0.8 }, wanted: wanted[usize::from(second)] }
    };
    (0..n).map(row).collect()
}

#[test]
fn a_way_to_rank_is_judged_by_what_another_showed() {
    let live = estimate(&log(10_000, [0.8, 0.2])).expect("the log is long");
    assert!((live.mean - 0.14).abs() < 1e-9, "{live:?}");
    assert!((live.n_effective - 10_000.0).abs() < 1e-6);
    let better = estimate(&log(10_000, [0.0, 1.0])).expect("the log is long");
    assert!((better.mean - 0.3).abs() < 1e-9, "{better:?}");
    assert!(better.lower > 0.27 && better.upper < 0.33 && better.n_effective < 2_001.0);
}

#[test]
fn only_what_is_surely_better_is_accepted() {
    assert!(accept(&log(10_000, [0.0, 1.0]), 0.14));
    assert!(!accept(&log(10_000, [1.0, 0.0]), 0.14));
    // Better, but on too few.
    assert!(!accept(&log(500, [0.6, 0.4]), 0.14));
    assert!(!accept(&log(99, [0.0, 1.0]), 0.0));
    assert!(!accept(&[], 0.0));
}

#[test]
fn rows_that_make_no_sense_and_tiny_propensities_decide_nothing() {
    let sane = log(1_000, [0.8, 0.2]);
    let mut hostile = sane.clone();
    hostile.push(Logged { reward: f64::NAN, propensity: 0.5, wanted: 1.0 });
    hostile.push(Logged { reward: 1.0, propensity: 0.0, wanted: 1.0 });
    hostile.push(Logged { reward: 1.0, propensity: f64::INFINITY, wanted: 1.0 });
    hostile.push(Logged { reward: 1.0, propensity: 0.5, wanted: -7.0 });
    assert_eq!(estimate(&hostile), estimate(&sane));
    hostile.push(Logged { reward: 1.0, propensity: 1e-9, wanted: 1.0 });
    let moved = estimate(&hostile).expect("the log is long").mean - estimate(&sane).expect("the log is long").mean;
    assert!(moved < 0.1, "{moved}");
    // No click at all is no certainty.
    let none: Vec<Logged> = sane.iter().map(|row| Logged { reward: 0.0, ..*row }).collect();
    let estimate = estimate(&none).expect("the log is long");
    assert!(estimate.upper > 0.002 && !accept(&none, -0.001));
}
