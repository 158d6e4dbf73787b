use zg_recommend::bandit::{Bandit, Dice, Outcome, explore};
use zg_recommend::{Hit, Reason};

fn hits(n: u32) -> Vec<Hit> {
    (0..n).map(|item| Hit { item, score: 1.0 / (item + 1) as f32, reason: Reason::New }).collect()
}

#[test]
fn one_person_cannot_move_what_others_see() {
    let mut bandit = Bandit::default();
    let before = bandit.mean(7, 0);
    let counted = (0..10_000).filter(|_| bandit.record(1, 7, 0, 0, Outcome::Wanted)).count();
    assert_eq!(counted, 2);
    let one = bandit.mean(7, 0);
    let items = (0..10_000).filter(|&item| bandit.record(2, item, 0, 0, Outcome::Clicked)).count();
    assert_eq!(items, 200);
    for person in 10..60 {
        bandit.record(person, 7, 0, 0, Outcome::Clicked);
    }
    let many = bandit.mean(7, 0);
    assert!(before < one && one < 0.25 && many > 0.6, "{before} {one} {many}");
    // In another context nothing is known.
    assert!((bandit.mean(7, 1) - before).abs() < 1e-6);
}

#[test]
fn draws_are_those_of_the_belief() {
    let mut bandit = Bandit::default();
    for person in 0..400 {
        bandit.record(person, 1, 0, 0, if person % 4 == 0 { Outcome::Clicked } else { Outcome::Viewed });
    }
    let mut dice = Dice(9);
    let draws: Vec<f32> = (0..2_000).map(|_| bandit.sample(1, 0, &mut dice)).collect();
    let mean = draws.iter().sum::<f32>() / 2_000.0;
    assert!((mean - bandit.mean(1, 0)).abs() < 0.005, "{mean} {}", bandit.mean(1, 0));
    assert!((mean - 101.0 / 420.0).abs() < 0.01, "{mean}");
    // Beta(101, 319) has a standard deviation of 0.0208.
    let spread = (draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f32>() / 2_000.0).sqrt();
    assert!((spread - 0.0208).abs() < 0.002, "{spread}");
}

#[test]
fn exploration_takes_one_slot_but_the_first_and_says_how_likely_that_was() {
    let list = hits(20);
    let mut bandit = Bandit::default();
    for person in 0..30 {
        bandit.record(person, 15, 0, 0, Outcome::Clicked);
    }
    let shown: Vec<_> = (0..4_000).map(|seed| explore(&list, 5, 0.2, &bandit, 0, seed)).collect();
    let mut times = 0.0;
    for one in &shown {
        assert_eq!(one.hits.len(), 5);
        assert_eq!(one.hits[0], list[0]);
        let explored: Vec<usize> = (0..5).filter(|&at| one.hits[at].reason == Reason::Explored).collect();
        assert!(explored.len() <= 1);
        for at in explored {
            times += 1.0;
            assert!(one.hits[at].item >= 5);
            assert!(one.propensities[at] > 0.0 && one.propensities[at] <= 0.05);
        }
    }
    assert!((times / 4_000.0_f64 - 0.2).abs() < 0.02, "{times}");
    // What is clicked a lot is tried most.
    let best = shown.iter().flat_map(|one| &one.hits).filter(|hit| hit.item == 15).count();
    assert!(best as f64 > 0.8 * times, "{best} {times}");
    assert_eq!(explore(&list, 5, 0.2, &bandit, 0, 77), explore(&list, 5, 0.2, &bandit, 0, 77));
    assert_eq!(explore(&list, 20, 0.2, &bandit, 0, 77).hits, list);
    assert_eq!(explore(&list[..1], 1, 0.5, &bandit, 0, 77).hits, list[..1]);
}

#[test]
fn what_was_learned_fades() {
    let mut bandit = Bandit::default();
    for person in 0..50 {
        bandit.record(person, 1, 0, 0, Outcome::Clicked);
    }
    let fresh = bandit.mean(1, 0);
    (0..100).for_each(|_| bandit.next_day());
    assert!(bandit.mean(1, 0) < fresh / 2.0);
    assert!(bandit.record(1, 1, 0, 0, Outcome::Clicked));
}
