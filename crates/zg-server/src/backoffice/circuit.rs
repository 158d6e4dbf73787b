//! A back office that does not answer is left alone: every shopper would wait for nothing, and it could not recover.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::metrics::{Counted, Metrics};

/// Failures in a row that open the circuit.
const FAILURES: u32 = 5;
const FIRST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(60);

#[derive(Default)]
struct State {
    failures: u32,
    /// How long the last rest was.
    rest: Duration,
    open_until: Option<Instant>,
    /// One has been let through to see.
    probing: Option<Instant>,
    counted: Option<Counted>,
}

#[derive(Default)]
pub struct Circuit(Mutex<State>);

impl Circuit {
    /// Whether the back office may be called. After a rest one call is let through, and the others wait for what becomes of it.
    pub fn admits(&self, now: Instant) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.open_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                // A probe that was never heard of again holds nobody up for longer than an attempt may take.
                let free = state.probing.is_none_or(|since| now.duration_since(since) > LONGEST_REST);
                if free {
                    state.probing = Some(now);
                }
                free
            }
        }
    }

    pub fn succeeded(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    pub fn failed(&self, now: Instant, metrics: &Metrics) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        let probed = state.probing.take().is_some();
        let open = state.open_until.is_some();
        // What was on its way when the circuit opened says nothing new.
        if probed || (!open && state.failures >= FAILURES) {
            state.rest = if open { (state.rest * 2).min(LONGEST_REST) } else { FIRST_REST };
            state.open_until = Some(now + state.rest);
            state.counted.get_or_insert_with(|| metrics.circuit());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_rests_probes_and_closes() {
        let (circuit, metrics, start) = (Circuit::default(), Metrics::new(), Instant::now());
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        for _ in 0..4 {
            circuit.failed(start, &metrics);
        }
        assert!(circuit.admits(start), "four are bad luck");
        circuit.failed(start, &metrics);
        assert!(!circuit.admits(at(4)));
        assert!(circuit.admits(at(5)), "one is let through");
        assert!(!circuit.admits(at(5)), "and no other");
        circuit.failed(at(5), &metrics);
        assert!(!circuit.admits(at(14)), "the rest doubles");
        assert!(circuit.admits(at(15)));
        circuit.succeeded();
        assert!(circuit.admits(at(15)) && circuit.admits(at(15)));
    }
}
