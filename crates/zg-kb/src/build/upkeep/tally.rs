//! Who said what of an entry, and when: everybody once.

use std::collections::BTreeMap;

use zg_domain::Date;

/// A signal counts half after so many days.
const HALF_LIFE: f64 = 30.0;

/// Who a signal came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Voter {
    Somebody(String),
    /// By a number that nobody else has.
    Nobody(u64),
}

/// How much a signal of a day counts.
pub(super) fn weight(at: Option<Date>, today: Date) -> f64 {
    let days = at.map_or(0, |at| (today.days() - at.days()).max(0));
    libm::exp2(-(days as f64) / HALF_LIFE)
}

/// People, each with the latest day of theirs.
#[derive(Debug, Clone, Default)]
pub(super) struct People(BTreeMap<Voter, Option<Date>>);

impl People {
    pub(super) fn note(&mut self, voter: Voter, at: Option<Date>) {
        let latest = self.0.entry(voter).or_insert(at);
        *latest = (*latest).max(at);
    }

    pub(super) fn join(&mut self, others: &Self) {
        for (voter, at) in &others.0 {
            self.note(voter.clone(), *at);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn weight(&self, today: Date) -> f64 {
        self.0.values().map(|at| weight(*at, today)).sum()
    }
}

/// What is known of an entry from its signals.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The last vote of each, and its day.
    pub(super) votes: BTreeMap<Voter, (Option<Date>, bool)>,
    pub(super) answered: People,
    pub(super) handoffs: People,
}

impl Tally {
    pub(super) fn is_empty(&self) -> bool {
        self.votes.is_empty() && self.answered.len() == 0 && self.handoffs.len() == 0
    }

    /// Where a person has voted before, the later day counts, and of one day the later line.
    pub(super) fn vote(&mut self, voter: Voter, at: Option<Date>, helpful: bool) {
        let vote = self.votes.entry(voter).or_insert((at, helpful));
        if at >= vote.0 {
            *vote = (at, helpful);
        }
    }

    pub(super) fn n_unhelpful(&self) -> u64 {
        self.votes.values().filter(|(_, helpful)| !helpful).count() as u64
    }

    /// The votes against, and all of them, weighed by age.
    pub(super) fn weigh_votes(&self, today: Date) -> (f64, f64) {
        self.votes.values().fold((0.0, 0.0), |(against, all), (at, helpful)| {
            let weight = weight(*at, today);
            (against + if *helpful { 0.0 } else { weight }, all + weight)
        })
    }

    /// How many shoppers it reaches, weighed by age. Who votes was answered, whether or not it was noted.
    pub(super) fn demand(&self, today: Date) -> f64 {
        self.answered.weight(today).max(self.weigh_votes(today).1)
    }
}
