//! What a token means for the ledger, decided on what is known and before anything is written.
//!
//! A user id is what the merchant calls one customer, so two user ids are never put together by a token: a number that two
//! accounts share is a household's, or was given to somebody else. That becomes a proposal for a person. The confidences are
//! set by rule and not measured: how far the merchant's word for the shared identifier singles out one person.

use std::collections::{BTreeMap, BTreeSet};

use zg_proto::profile::IdentifierTag;

use super::MAX_TOGETHER;

/// What was proposed and undone of a profile; beyond it the ledger grows by people alone. A number that so many accounts share
/// says nothing of who anybody is.
const MAX_SETTLED: usize = 20;

/// A row for the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) one: String,
    pub(super) other: String,
    pub(super) evidence: IdentifierTag,
    pub(super) confidence: i64,
    pub(super) applied: bool,
}

/// What is known of the profiles that a token names.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The profiles that each is one with, itself among them.
    pub(super) together: BTreeMap<String, BTreeSet<String>>,
    /// Those of them that are user ids.
    pub(super) users: BTreeSet<String>,
    /// Pairs of which the ledger says something that is not in effect: undone, or proposed. No token says it again.
    pub(super) settled: BTreeSet<(String, String)>,
}

impl Known {
    fn group(&self, profile: &str) -> BTreeSet<String> {
        self.together.get(profile).cloned().unwrap_or_else(|| BTreeSet::from([profile.to_owned()]))
    }

    fn is_settled(&self, a: &BTreeSet<String>, b: &BTreeSet<String>) -> bool {
        self.settled
            .iter()
            .any(|(one, other)| (a.contains(one) && b.contains(other)) || (a.contains(other) && b.contains(one)))
    }
}

/// The rows that a token adds, and the group of its strongest profile afterwards. `named` are its profiles, the strongest first.
pub(super) fn plan(named: &[(IdentifierTag, String)], known: &Known) -> (Vec<Row>, BTreeSet<String>) {
    let Some((_, first)) = named.first() else { return (Vec::new(), BTreeSet::new()) };
    let mut group = known.group(first);
    let mut rows = Vec::new();
    for (kind, profile) in &named[1..] {
        let other = known.group(profile);
        if group.contains(profile) || known.is_settled(&group, &other) {
            continue;
        }
        let of_other = known.settled.iter().filter(|(one, with)| other.contains(one) || other.contains(with)).count();
        let n_users = group.union(&other).filter(|profile| known.users.contains(*profile)).count();
        let applied = n_users <= 1 && group.len() + other.len() <= MAX_TOGETHER;
        if !applied && of_other >= MAX_SETTLED {
            continue;
        }
        let confidence = match (kind, applied) {
            (IdentifierTag::Phone, true) => 950,
            (IdentifierTag::Phone, false) => 400,
            (_, true) => 990,
            (_, false) => 700,
        };
        rows.push(Row { one: first.clone(), other: profile.clone(), evidence: *kind, confidence, applied });
        if applied {
            group.extend(other);
        }
    }
    (rows, group)
}

#[cfg(test)]
mod tests {
    use zg_proto::profile::IdentifierTag::{Phone, User, Wechat};

    use super::*;

    /// `groups` are profiles that are one; those that begin with `u` are user ids.
    fn check(named: &[(IdentifierTag, &str)], groups: &[&[&str]], settled: &[(&str, &str)], expected: &str) {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let mut known = Known::default();
        for group in groups {
            for profile in *group {
                known.together.insert((*profile).to_owned(), own(group));
                known.users.extend(profile.starts_with('u').then(|| (*profile).to_owned()));
            }
        }
        for (_, profile) in named {
            known.users.extend(profile.starts_with('u').then(|| (*profile).to_owned()));
        }
        known.settled = settled.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let named: Vec<_> = named.iter().map(|(kind, profile)| (*kind, (*profile).to_owned())).collect();
        let (rows, group) = plan(&named, &known);
        let rows: Vec<String> = rows
            .iter()
            .map(|row| {
                let sign = if row.applied { '=' } else { '?' };
                format!("{}{sign}{} {} {}", row.one, row.other, row.evidence.name(), row.confidence)
            })
            .collect();
        let group: Vec<&str> = group.iter().map(String::as_str).collect();
        assert_eq!(format!("{} -> {}", rows.join(", "), group.join(" ")), expected);
    }

    #[test]
    fn a_token_joins_what_it_names_and_never_two_accounts() {
        check(&[(User, "u1")], &[], &[], " -> u1");
        check(&[(User, "u1"), (Phone, "p1")], &[], &[], "u1=p1 phone 950 -> p1 u1");
        check(
            &[(User, "u1"), (Wechat, "w1"), (Phone, "p1")],
            &[],
            &[],
            "u1=w1 wechat 990, u1=p1 phone 950 -> p1 u1 w1",
        );
        // Known already: nothing to add.
        check(&[(User, "u1"), (Phone, "p1")], &[&["u1", "p1"]], &[], " -> p1 u1");
        check(&[(Phone, "p1")], &[&["u1", "p1"]], &[], " -> p1 u1");
        // A number that another account has, too.
        check(&[(User, "u2"), (Phone, "p1")], &[&["u1", "p1"]], &[], "u2?p1 phone 400 -> u2");
        check(&[(User, "u2"), (Wechat, "w1")], &[&["u1", "w1"]], &[], "u2?w1 wechat 700 -> u2");
        // Said before, or taken back: not said again.
        check(&[(User, "u2"), (Phone, "p1")], &[&["u1", "p1"]], &[("u2", "p1")], " -> u2");
        check(&[(User, "u1"), (Phone, "p1")], &[], &[("u1", "p1")], " -> u1");
        // Also where the two have other profiles by now.
        check(&[(User, "u1"), (Phone, "p2")], &[&["u1", "w1"], &["p2", "w2"]], &[("w2", "u1")], " -> u1 w1");
        // The phone brings a second account only by way of WeChat: that is a proposal as well.
        check(
            &[(User, "u1"), (Wechat, "w1"), (Phone, "p1")],
            &[&["u2", "p1"]],
            &[],
            "u1=w1 wechat 990, u1?p1 phone 400 -> u1 w1",
        );
    }

    #[test]
    fn a_number_that_everybody_has_is_proposed_for_some() {
        let others: Vec<String> = (0..MAX_SETTLED).map(|n| format!("u{n}")).collect();
        let mut settled: Vec<(&str, &str)> = others.iter().map(|other| (other.as_str(), "p")).collect();
        let groups: &[&[&str]] = &[&["u", "p"], &["unew", "w"]];
        check(&[(User, "unew"), (Phone, "p")], groups, &settled, " -> unew w");
        settled.pop();
        check(&[(User, "unew"), (Phone, "p")], groups, &settled, "unew?p phone 400 -> unew w");
    }

    #[test]
    fn a_group_has_an_end() {
        let many: Vec<String> = (0..MAX_TOGETHER).map(|n| format!("p{n}")).collect();
        let names: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut expected = names.clone();
        expected.sort_unstable();
        check(&[(Phone, "p0"), (Phone, "q")], &[&names], &[], &format!("p0?q phone 400 -> {}", expected.join(" ")));
    }
}
