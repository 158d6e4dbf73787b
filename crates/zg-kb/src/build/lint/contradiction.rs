//! Two answers, or two sentences of one, that give different values for the same thing.

use std::collections::{HashMap, HashSet};

use super::Finding;
use super::facts::{Fact, Value};
use super::page::Page;
use super::text::Unit;

/// Assertions of one group that are kept to compare with; a group of more different values is reported already.
const MAX_KEPT: usize = 6;

/// Language, product and audience, attribute and circumstances: what two assertions share that are compared.
type Group<'p> = (&'p str, (&'p str, &'p str), &'p str, String);

/// Returns the pairs of pages that contradict each other, lower index first.
pub(super) fn check(pages: &[Page<'_>], findings: &mut Vec<Finding>) -> HashSet<(usize, usize)> {
    let mut groups: HashMap<Group<'_>, Vec<(usize, &Fact)>> = HashMap::new();
    let mut pairs = HashSet::new();
    for (at, page) in pages.iter().enumerate() {
        let mut reported = false;
        for fact in &page.facts {
            let group = (page.lang.as_str(), page.about(), fact.key.as_str(), fact.scope.key());
            let kept = groups.entry(group).or_default();
            let other = kept.iter().find(|(other_at, other)| {
                if *other_at == at {
                    other.sentence != fact.sentence && within_one(&other.value, &fact.value)
                } else {
                    differ(&other.value, &fact.value)
                }
            });
            if let Some((other_at, other)) = other {
                if !reported {
                    let message = message(fact, &pages[*other_at], other, *other_at == at);
                    let fix = "Find out which one holds and write it in both, or write the circumstance that tells them apart.";
                    findings.push(Finding::error(page.entry, "contradiction", message, fix));
                    reported = true;
                }
                pairs.insert((*other_at, at));
            } else if kept.len() < MAX_KEPT {
                kept.push((at, fact));
            }
        }
    }
    pairs
}

fn message(fact: &Fact, other_page: &Page<'_>, other: &Fact, same: bool) -> String {
    let scope = fact.scope.key();
    let under = if scope.is_empty() { String::new() } else { format!(" ({scope})") };
    let key = &fact.key;
    if same {
        return format!("on {key}{under} the answer says {:?} and {:?}", other.clause, fact.clause);
    }
    let place = other_page.place();
    format!("on {key}{under} the answer says {:?}, and {place} says {:?}", fact.clause, other.clause)
}

/// In one answer a second, softer or wider value is an explanation; only plain ones contradict.
fn within_one(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Quantity { low, high, soft: false, .. }, Value::Quantity { low: l, high: h, soft: false, .. })
            if low == high && l == h =>
        {
            differ(a, b)
        }
        (Value::Choice(_), Value::Choice(_)) => differ(a, b),
        _ => false,
    }
}

/// Whether both cannot hold.
pub(super) fn differ(a: &Value, b: &Value) -> bool {
    let (
        Value::Quantity { unit, low, high, soft },
        Value::Quantity { unit: unit_b, low: low_b, high: high_b, soft: soft_b },
    ) = (a, b)
    else {
        return matches!((a, b), (Value::Choice(a), Value::Choice(b)) if a != b);
    };
    let time = |unit: &Unit| matches!(unit, Unit::Time | Unit::WorkingTime);
    if unit != unit_b {
        // Working days against days: only what no weekend explains.
        let ratio = high.max(*high_b) / high.min(*high_b).max(f64::MIN_POSITIVE);
        return time(unit) && time(unit_b) && ratio > 2.0;
    }
    // Twelve months are a year and 180 days are half of one, though they differ by one in seventy.
    let slack = if time(unit) && low.min(*low_b) >= 28.0 * 24.0 { 0.021 } else { 0.011 };
    let near = |a: f64, b: f64| (a - b).abs() <= slack * a.abs().max(b.abs());
    if near(*low, *low_b) && near(*high, *high_b) {
        return false;
    }
    if *unit == Unit::Clock {
        return true;
    }
    let apart = high < low_b || high_b < low;
    match (*soft, *soft_b) {
        (true, true) => apart && high.max(*high_b) / high.min(*high_b) > 1.25,
        // What is usual may be anything within what is promised.
        (true, false) => (low > high_b && !near(*low, *high_b)) || (apart && (is_amount(*unit) || low_b < high_b)),
        (false, true) => (low_b > high && !near(*low_b, *high)) || (apart && (is_amount(*unit) || low < high)),
        (false, false) => {
            if low < high && low_b < high_b {
                return !(low <= low_b && high >= high_b || low_b <= low && high_b >= high);
            }
            if low == high && low_b == high_b {
                return true;
            }
            // A point and a range: the point may be the end that counts, or lie within.
            apart
        }
    }
}

/// Units of which a soft value is a measurement, not a promise.
fn is_amount(unit: Unit) -> bool {
    !matches!(unit, Unit::Time | Unit::WorkingTime)
}
