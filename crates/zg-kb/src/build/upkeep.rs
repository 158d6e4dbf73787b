//! What should somebody look at first? From signals (votes, questions without an answer, changes of the catalog) and from
//! dates to a ranked list of entries, and of questions that wait for one.
//!
//! The score of a row is a number of shoppers: how many, lately, were let down or are about to be, counted so carefully
//! that it is at least so many with a confidence of nine in ten.
//!
//! - A signal of `d` days ago counts `2^(-d/30)`. A person counts once per entry and kind, with the last word.
//! - An entry is wrong with the chance `p = 1 - Π (1 - pᵢ)` over its reasons, and reaches `1 + demand` shoppers:
//!   `p · (1 + demand)`. Demand is those it answered, or those who voted where they are more.
//! - `unhelpful` has the lower bound of Wilson's interval for the share of votes, so that one vote of one says less than
//!   forty of fifty; `handoff` half of the bound for the share that went on to a person, which has other reasons too.
//! - Questions that got no answer count by the lower bound of their number ([`bounds::count`]), one question however it
//!   is worded; where an entry is near they are added to that entry's row.
//!
//! The other chances are judgements, and stand in [`CHANCES`].

mod bounds;
mod changes;
mod misses;
mod tally;

use std::collections::BTreeMap;

use zg_domain::Date;

use crate::{Bundle, EntryIdx};
use changes::Changes;
use misses::{Cluster, Misses};
use tally::{Tally, Voter};

/// Something that happened to an entry, a question or a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    pub what: What,
    /// The day it happened; none counts as today.
    pub at: Option<Date>,
    /// Who it came from: a person or a conversation. Without one, each signal is somebody else's.
    pub by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A shopper said whether an answer helped.
    Feedback { entry: String, helpful: bool },
    /// An answer was given.
    Answered { entry: String },
    /// A question got no answer.
    Miss { text: String },
    /// A person was asked for: after an answer, or with a question.
    Handoff { entry: Option<String>, text: Option<String> },
    /// A product is not any more what it was.
    CatalogChange { product: String, field: String, old: String, new: String },
}

/// Why an entry should be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// `unhelpful`, `miss`, `catalog_change`, `stale`, `expiring`, `expired`, `handoff` or `never_asked`.
    pub kind: &'static str,
    /// In a sentence.
    pub detail: String,
    /// How many signals speak of it, each person once.
    pub n: u64,
}

/// A row of the list: an entry, or a question that no entry answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub entry: Option<EntryIdx>,
    /// Shoppers, rounded to ten-thousandths.
    pub score: f64,
    /// The weightiest first.
    pub reasons: Vec<Reason>,
    /// The entry's, or how most have asked, personal data masked.
    pub question: String,
    /// Ways in which shoppers asked what got no answer.
    pub examples: Vec<String>,
    pub suggestion: String,
}

/// A product as the catalog has it: how texts may call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    pub product: String,
    pub names: Vec<String>,
}

/// What is known besides the signals.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    pub today: Date,
    pub products: &'k [Names],
    /// What the catalog contradicts: the entry and in what.
    pub contradictions: &'k [(EntryIdx, String)],
}

/// The chances that an entry is wrong or misses its point, by what is known of it.
struct Chances {
    /// It states what a product was until a change.
    states_old: f64,
    /// It is about a product that has changed and states neither what was nor what is.
    about_changed: f64,
    /// It states an amount that was the price of a product it does not name.
    same_amount: f64,
    /// The catalog says otherwise now.
    contradicted: f64,
    /// Somebody has checked it since the change.
    checked_since: f64,
    expired: f64,
    /// It has expired, and another entry answers in its place.
    replaced: f64,
    ends_in_a_week: f64,
    ends_in_two: f64,
    /// For each year since it was last verified, from the first on; at the most.
    per_year: f64,
    by_years: f64,
    never_asked: f64,
}

const CHANCES: Chances = Chances {
    states_old: 0.9,
    about_changed: 0.05,
    same_amount: 0.1,
    contradicted: 0.7,
    checked_since: 0.3,
    expired: 0.8,
    replaced: 0.05,
    ends_in_a_week: 0.5,
    ends_in_two: 0.3,
    per_year: 0.1,
    by_years: 0.5,
    never_asked: 0.01,
};

/// From here on a question that got no answer is near an entry: chosen on `tests/data/questions/*.dev.tsv`, where the best
/// entry of such a score is the right one for five in six.
const NEAR: f64 = 0.45;
/// An entry that answers to the question of another.
const SAME: f64 = 0.9;
const YEAR: i64 = 365;
/// "Never asked" means something after so many answers over so many days.
const MANY_ANSWERS: usize = 100;
const MANY_DAYS: i64 = 28;
/// Of the ways in which a question was asked.
const N_EXAMPLES: usize = 5;

/// Signals as they come in, each person once.
#[derive(Debug, Default)]
pub struct Signals {
    entries: BTreeMap<String, Tally>,
    misses: Misses,
    changes: Changes,
    n_anonymous: u64,
    first_day: Option<Date>,
    last_day: Option<Date>,
}

impl Signals {
    pub fn add(&mut self, signal: Signal) {
        let Signal { what, at, by } = signal;
        let voter = by.map_or_else(
            || {
                self.n_anonymous += 1;
                Voter::Nobody(self.n_anonymous)
            },
            Voter::Somebody,
        );
        if let Some(at) = at {
            self.first_day = Some(self.first_day.map_or(at, |first| first.min(at)));
            self.last_day = Some(self.last_day.map_or(at, |last| last.max(at)));
        }
        match what {
            What::Feedback { entry, helpful } => self.entries.entry(entry).or_default().vote(voter, at, helpful),
            What::Answered { entry } => self.entries.entry(entry).or_default().answered.note(voter, at),
            What::Miss { text } => self.misses.add(&text, voter, at, false),
            What::Handoff { entry: Some(entry), .. } => {
                self.entries.entry(entry).or_default().handoffs.note(voter, at);
            }
            What::Handoff { entry: None, text: Some(text) } => self.misses.add(&text, voter, at, true),
            What::Handoff { entry: None, text: None } => {}
            What::CatalogChange { product, field, old, new } => self.changes.add(product, field, &old, new, at),
        }
    }

    /// The ids that signals name and a bundle has not, in order.
    #[must_use]
    pub fn unknown_entries(&self, bundle: &Bundle) -> Vec<&str> {
        let known: std::collections::BTreeSet<&str> = bundle.entries().map(|(_, info)| info.id).collect();
        self.entries.keys().map(String::as_str).filter(|id| !known.contains(id)).collect()
    }

    /// The rows, most urgent first; equals by position in the bundle, questions without an entry after them.
    ///
    /// # Errors
    /// [`OpenError`](crate::OpenError) where an answer of the bundle cannot be read.
    pub fn review(&self, bundle: &Bundle, known: &Known<'_>) -> Result<Vec<Row>, crate::OpenError> {
        let (mut near, mut alone): (BTreeMap<EntryIdx, Cluster>, Vec<Cluster>) = Default::default();
        for cluster in self.misses.clusters(bundle, known.today) {
            match cluster.near {
                Some(entry) => near.entry(entry).or_default().join(cluster),
                None => alone.push(cluster),
            }
        }
        let mut contradictions: BTreeMap<EntryIdx, &str> = BTreeMap::new();
        for (entry, message) in known.contradictions {
            contradictions.entry(*entry).or_insert(message);
        }
        let changed = self.changes.of_entries(bundle, known.products)?;
        let n_answers: usize = self.entries.values().map(|tally| tally.answered.len().max(tally.votes.len())).sum();
        let days = self.first_day.zip(self.last_day).map_or(0, |(first, last)| last.days() - first.days());
        let is_telling = n_answers >= MANY_ANSWERS && days >= MANY_DAYS;
        let nothing = Tally::default();
        let mut rows = Vec::new();
        for (at, info) in bundle.entries() {
            let tally = self.entries.get(info.id).unwrap_or(&nothing);
            let asked = near.get(&at);
            let mut found = Found::default();
            found.of_tally(tally, known.today);
            found.of_changes(changed.get(&at).map_or(&[][..], Vec::as_slice), info.verified);
            if let Some(message) = contradictions.get(&at) {
                let message = (*message).to_owned();
                found.push("catalog_change", message, 1, CHANCES.contradicted, "write what the catalog says");
            }
            found.of_dates(bundle, at, known.today);
            if is_telling && tally.is_empty() && asked.is_none() && found.reasons.is_empty() {
                let detail = format!("nobody has asked for it, of {n_answers} answers in {days} days");
                found.push("never_asked", detail, 0, CHANCES.never_asked, "word it as shoppers do, or drop it");
            }
            rows.extend(found.row(bundle, at, 1.0 + tally.demand(known.today), asked, known.today));
        }
        rows.extend(alone.iter().map(|cluster| unanswered(cluster, known.today)));
        rows.retain(|row: &Row| row.score > 0.0);
        rows.sort_by(|a, b| {
            b.score.total_cmp(&a.score).then_with(|| (a.entry.is_none(), a.entry).cmp(&(b.entry.is_none(), b.entry)))
        });
        Ok(rows)
    }
}

fn unanswered(cluster: &Cluster, today: Date) -> Row {
    let examples: Vec<String> = cluster.wordings.iter().take(N_EXAMPLES).cloned().collect();
    Row {
        entry: None,
        score: rounded(bounds::count(cluster.askers.weight(today))),
        reasons: cluster_reasons(cluster),
        question: examples.first().cloned().unwrap_or_default(),
        examples,
        suggestion: "write an entry that answers it".to_owned(),
    }
}

fn cluster_reasons(cluster: &Cluster) -> Vec<Reason> {
    let (n, n_handoffs) = (cluster.askers.len() as u64, cluster.handoffs.len() as u64);
    let ways = match cluster.wordings.len() {
        1 => String::new(),
        n => format!(" in {n} ways"),
    };
    let mut reasons = Vec::new();
    if n > n_handoffs {
        reasons.push(Reason { kind: "miss", detail: format!("asked{ways} without an answer"), n: n - n_handoffs });
    }
    if n_handoffs > 0 {
        reasons.push(Reason { kind: "handoff", detail: format!("a person was asked it{ways}"), n: n_handoffs });
    }
    reasons
}

/// What was found of one entry.
#[derive(Default)]
struct Found {
    reasons: Vec<(f64, Reason, &'static str)>,
}

impl Found {
    fn push(&mut self, kind: &'static str, detail: String, n: u64, chance: f64, suggestion: &'static str) {
        if chance > 0.0 {
            self.reasons.push((chance, Reason { kind, detail, n }, suggestion));
        }
    }

    fn of_tally(&mut self, tally: &Tally, today: Date) {
        let (unhelpful, votes) = tally.weigh_votes(today);
        let n_unhelpful = tally.n_unhelpful();
        if n_unhelpful > 0 {
            let chance = bounds::share(unhelpful, votes);
            let detail = format!(
                "{n_unhelpful} of {} say it did not help, at least {:.0} % lately",
                tally.votes.len(),
                chance * 100.0
            );
            self.push("unhelpful", detail, n_unhelpful, chance, "rewrite the answer");
        }
        let n_handoffs = tally.handoffs.len() as u64;
        if n_handoffs > 0 {
            let weight = tally.handoffs.weight(today);
            let chance = bounds::share(weight, weight.max(tally.demand(today))) / 2.0;
            let detail = format!("{n_handoffs} asked for a person after it");
            self.push("handoff", detail, n_handoffs, chance, "say in the answer what shoppers still ask a person for");
        }
    }

    fn of_changes(&mut self, changes: &[changes::Mention], verified: Option<Date>) {
        for mention in changes {
            let (chance, says, suggestion) = match (mention.names_product, mention.states_old) {
                (true, true) => (CHANCES.states_old, "the entry still says so", "write what the catalog says now"),
                (true, false) => {
                    (CHANCES.about_changed, "the entry is about it", "check whether the change matters to it")
                }
                (false, _) => {
                    (CHANCES.same_amount, "the entry states this amount", "check whether it means this product")
                }
            };
            let suggestion = if mention.is_made { "compile again from the new feed" } else { suggestion };
            let since = mention.at.zip(verified).is_some_and(|(at, verified)| verified > at);
            let chance = if since { chance * CHANCES.checked_since } else { chance };
            let detail = format!("{}; {says}", mention.detail);
            self.push("catalog_change", detail, 1, chance, suggestion);
        }
    }

    fn of_dates(&mut self, bundle: &Bundle, entry: EntryIdx, today: Date) {
        let info = bundle.entry(entry);
        if let Some(last) = info.valid_until {
            let days = last.days() - today.days();
            let detail = format!("valid until {last}");
            if days < 0 {
                let (chance, suggestion) = if misses::answered_otherwise(bundle, entry, today, SAME) {
                    (CHANCES.replaced, "drop it: another entry answers in its place")
                } else {
                    (CHANCES.expired, "write what holds now, or drop it")
                };
                self.push("expired", detail, 0, chance, suggestion);
            } else if days <= 14 {
                let chance = if days <= 7 { CHANCES.ends_in_a_week } else { CHANCES.ends_in_two };
                self.push("expiring", detail, 0, chance, "write what holds after that day");
            }
        }
        if let Some(verified) = info.verified.filter(|verified| today.days() - verified.days() > YEAR) {
            let years = (today.days() - verified.days()) as f64 / YEAR as f64;
            let chance = (CHANCES.per_year * years).min(CHANCES.by_years);
            self.push("stale", format!("last verified {verified}"), 0, chance, "check it and set `verified`");
        }
    }

    fn row(
        mut self,
        bundle: &Bundle,
        entry: EntryIdx,
        reach: f64,
        asked: Option<&Cluster>,
        today: Date,
    ) -> Option<Row> {
        // Chances before numbers of shoppers; a stable sort keeps equals in the order above.
        self.reasons.sort_by(|a, b| b.0.total_cmp(&a.0));
        let sound: f64 = self.reasons.iter().map(|reason| 1.0 - reason.0).product();
        let wrong = (1.0 - sound) * reach;
        let missed = asked.map_or(0.0, |cluster| bounds::count(cluster.askers.weight(today)));
        let mut suggestion = self.reasons.first().map(|reason| reason.2.to_owned()).unwrap_or_default();
        let mut reasons: Vec<Reason> = self.reasons.into_iter().map(|reason| reason.1).collect();
        let mut examples = Vec::new();
        if let Some(cluster) = asked {
            examples = cluster.wordings.iter().take(N_EXAMPLES).cloned().collect();
            let of_misses = cluster_reasons(cluster);
            let first = examples.first().map_or("", String::as_str);
            let add = format!("add to its variants: {first:?}");
            if missed > wrong {
                reasons.splice(0..0, of_misses);
                suggestion = if suggestion.is_empty() { add } else { format!("{add}; {suggestion}") };
            } else {
                reasons.extend(of_misses);
                suggestion = if suggestion.is_empty() { add } else { format!("{suggestion}; {add}") };
            }
        }
        if reasons.is_empty() {
            return None;
        }
        let (score, question) = (rounded(wrong + missed), bundle.question(entry).to_owned());
        Some(Row { entry: Some(entry), score, reasons, question, examples, suggestion })
    }
}

fn rounded(score: f64) -> f64 {
    (score * 10_000.0).round() / 10_000.0
}
