//! What was acknowledged, held against what is there.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// Conversation, number of the message among its writer's, and the place it was given.
type Acked = (String, u64, u64);

#[derive(Default)]
pub struct Ledger {
    acked: Mutex<Vec<Acked>>,
    findings: Mutex<Findings>,
}

/// What must not be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Acknowledged and not there, or not at the place that was told.
    pub lost: u64,
    /// There more than once, or shown to a reader twice.
    pub doubled: u64,
    /// After something that was written later.
    pub reordered: u64,
    /// Places of a log that are empty, or that a reader was not shown.
    pub gaps: u64,
    /// What a server said that it may not say.
    pub wrong_answers: u64,
}

impl Findings {
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

impl Ledger {
    pub fn acknowledge(&self, conversation: &str, n: u64, seq: u64) {
        self.acked.lock().unwrap_or_else(PoisonError::into_inner).push((conversation.to_owned(), n, seq));
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.acked.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn find(&self, note: impl FnOnce(&mut Findings)) {
        note(&mut self.findings.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A reader has been shown `seq` after `last`.
    pub fn shown(&self, last: u64, seq: u64) {
        if seq > last + 1 {
            self.find(|findings| findings.gaps += seq - last - 1);
        } else if seq <= last {
            self.find(|findings| findings.doubled += 1);
        }
    }

    /// Adds what is wrong with the logs: for each conversation places and numbers, in the order in which it tells them.
    #[must_use]
    pub fn check(&self, logs: &BTreeMap<String, Vec<(u64, u64)>>) -> Findings {
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut places: HashMap<(&str, u64), u64> = HashMap::new();
        for (conversation, log) in logs {
            let (mut last_seq, mut last_n) = (0, None);
            for (seq, n) in log {
                if *seq != last_seq + 1 {
                    findings.gaps += 1;
                }
                last_seq = *seq;
                if places.insert((conversation, *n), *seq).is_some() {
                    findings.doubled += 1;
                } else if last_n.is_some_and(|last| *n < last) {
                    findings.reordered += 1;
                }
                last_n = Some(*n);
            }
        }
        for (conversation, n, seq) in self.acked.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if places.get(&(conversation.as_str(), *n)) != Some(seq) {
                findings.lost += 1;
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_wrong_is_found() {
        let check = |log: &[(u64, u64)]| {
            let ledger = Ledger::default();
            for n in 0..3 {
                ledger.acknowledge("c", n, n + 1);
            }
            ledger.check(&BTreeMap::from([("c".to_owned(), log.to_vec())]))
        };
        assert!(check(&[(1, 0), (2, 1), (3, 2)]).is_clean());
        // What was not acknowledged may be there; it may only be there once.
        assert!(check(&[(1, 0), (2, 1), (3, 2), (4, 3)]).is_clean());
        assert_eq!(check(&[(1, 0), (2, 1)]), Findings { lost: 1, ..Findings::default() });
        assert_eq!(check(&[(1, 0), (2, 1), (3, 2), (4, 2)]).doubled, 1);
        assert_eq!(check(&[(1, 0), (2, 1), (4, 2)]), Findings { lost: 1, gaps: 1, ..Findings::default() });
        assert_eq!(check(&[(1, 1), (2, 0), (3, 2)]), Findings { lost: 2, reordered: 1, ..Findings::default() });
        let ledger = Ledger::default();
        ledger.shown(0, 1);
        ledger.shown(1, 1);
        ledger.shown(1, 4);
        assert_eq!(ledger.check(&BTreeMap::new()), Findings { doubled: 1, gaps: 2, ..Findings::default() });
    }
}
