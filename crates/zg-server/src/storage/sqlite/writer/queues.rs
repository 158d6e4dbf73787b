//! What waits to be written: what is short, all of it at once; with it a part of what is parted; and what is long and cannot
//! be parted, one after the other.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::Job;

/// Requests that share a transaction; beyond this the first of them would wait too long for the last.
const MAX_BATCH: usize = 512;
/// Long ones that wait, and parted ones; each holds a megabyte at the most.
const MAX_LONG: usize = 64;

/// Whether others would notice the time that a write takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::storage::sqlite) enum Length {
    Short,
    /// It is written in parts, each of which is short.
    Parted,
    Long,
}

/// Nothing long before `long`, and no part before `part`.
#[derive(Clone, Copy)]
pub(super) struct NotBefore {
    pub(super) long: Instant,
    pub(super) part: Instant,
}

/// What the writer does next.
pub(super) enum Turn {
    /// In one transaction.
    Write(Vec<Box<dyn Job>>, Length),
    /// Empties the write-ahead log.
    Scrub,
    /// Moves what is left of the log.
    Rest,
    End,
}

#[derive(Default)]
struct State {
    short: VecDeque<Box<dyn Job>>,
    parted: VecDeque<Box<dyn Job>>,
    long: VecDeque<Box<dyn Job>>,
    /// The log was moved as far as others could, so that it can be emptied.
    moved: bool,
    /// The log was moved but for what was written meanwhile.
    rest: bool,
    closed: bool,
}

#[derive(Default)]
pub(super) struct Queues {
    state: Mutex<State>,
    news: Condvar,
}

/// Nothing is queued for a thread that has ended, however it did.
pub(super) struct Closing<'a>(&'a Queues);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.closed = true;
        // Whoever waits for one of these is told so by its end.
        let State { short, parted, long, .. } = &mut *state;
        let left = [short, parted, long].map(std::mem::take);
        drop(state);
        drop(left);
    }
}

impl Queues {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn closing(&self) -> Closing<'_> {
        Closing(self)
    }

    /// Gives back what is one too many; drops it where nobody writes any more.
    pub(super) fn push(&self, length: Length, job: Box<dyn Job>) -> Result<(), Box<dyn Job>> {
        let mut state = self.lock();
        if state.closed {
            return Ok(());
        }
        let State { short, parted, long, .. } = &mut *state;
        let (queue, most) = match length {
            Length::Short => (short, usize::MAX),
            Length::Parted => (parted, MAX_LONG),
            Length::Long => (long, MAX_LONG),
        };
        if queue.len() >= most {
            return Err(job);
        }
        queue.push_back(job);
        drop(state);
        self.news.notify_one();
        Ok(())
    }

    /// The next part of a job that was taken is to be written, before others of its length.
    pub(super) fn go_on(&self, job: Box<dyn Job>) {
        self.lock().parted.push_front(job);
    }

    /// The log was moved by another: because it is to be emptied, or something that was written meanwhile is left.
    pub(super) fn moved(&self, to_empty: bool) {
        let mut state = self.lock();
        if to_empty {
            state.moved = true;
        } else {
            state.rest = true;
        }
        drop(state);
        self.news.notify_one();
    }

    /// What is queued is written, and nothing more.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.news.notify_one();
    }

    /// Waits for something to do. `scrub` is when the log is to be emptied, at the latest.
    pub(super) fn next(&self, from: NotBefore, scrub: Option<Instant>) -> Turn {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            if scrub.is_some_and(|at| at <= now || state.moved) {
                (state.moved, state.rest) = (false, false);
                return Turn::Scrub;
            }
            if state.rest {
                state.rest = false;
                return Turn::Rest;
            }
            // Before what is short, which would keep it waiting for ever; the pause after it is theirs.
            if (state.closed || from.long <= now)
                && let Some(job) = state.long.pop_front()
            {
                return Turn::Write(vec![job], Length::Long);
            }
            let n = state.short.len().min(MAX_BATCH);
            let mut batch: Vec<_> = state.short.drain(..n).collect();
            if (state.closed || from.part <= now)
                && let Some(job) = state.parted.pop_front()
            {
                batch.push(job);
                return Turn::Write(batch, Length::Parted);
            }
            if !batch.is_empty() {
                return Turn::Write(batch, Length::Short);
            }
            if state.closed {
                return Turn::End;
            }
            let long = (!state.long.is_empty()).then_some(from.long);
            let part = (!state.parted.is_empty()).then_some(from.part);
            state = match [scrub, long, part].into_iter().flatten().min() {
                None => self.news.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let waited = self.news.wait_timeout(state, at.saturating_duration_since(now));
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rusqlite::Connection;

    use super::super::{Effects, Ran};
    use super::*;

    struct Nothing;

    impl Job for Nothing {
        fn run(&mut self, _: &Connection, _: &mut Effects) -> Ran {
            Ran::Done
        }

        fn answer(self: Box<Self>, _: Result<(), String>) {}
    }

    fn push(queues: &Queues, length: Length, n: usize) -> usize {
        (0..n).filter(|_| queues.push(length, Box::new(Nothing)).is_ok()).count()
    }

    /// How many, of which length.
    fn written(turn: Turn) -> Option<(usize, Length)> {
        if let Turn::Write(batch, length) = turn { Some((batch.len(), length)) } else { None }
    }

    /// Nothing long and no part before then.
    fn both(from: Instant) -> NotBefore {
        NotBefore { long: from, part: from }
    }

    #[test]
    fn what_is_long_is_written_alone_in_its_time_and_never_keeps_what_is_short() {
        let queues = Queues::default();
        let now = both(Instant::now());
        let later = both(now.long + Duration::from_secs(3_600));
        assert_eq!(push(&queues, Length::Long, MAX_LONG + 3), MAX_LONG, "what waits is bounded");
        assert_eq!(push(&queues, Length::Short, MAX_BATCH + 7), MAX_BATCH + 7);
        assert_eq!(written(queues.next(later, None)), Some((MAX_BATCH, Length::Short)));
        assert_eq!(written(queues.next(now, None)), Some((1, Length::Long)));
        assert_eq!(written(queues.next(later, None)), Some((7, Length::Short)));
        // Whoever closes waits for no pause, and nothing that was taken is lost.
        queues.close();
        for _ in 1..MAX_LONG {
            assert_eq!(written(queues.next(later, None)), Some((1, Length::Long)));
        }
        assert!(matches!(queues.next(later, None), Turn::End));
    }

    #[test]
    fn a_part_shares_the_transaction_of_others_in_its_time_and_the_next_one_comes_first() {
        let queues = Queues::default();
        let now = both(Instant::now());
        let later = both(now.long + Duration::from_secs(3_600));
        assert_eq!(push(&queues, Length::Parted, MAX_LONG + 3), MAX_LONG, "what waits is bounded");
        push(&queues, Length::Short, 2);
        assert_eq!(written(queues.next(later, None)), Some((2, Length::Short)));
        push(&queues, Length::Short, 2);
        assert_eq!(written(queues.next(now, None)), Some((3, Length::Parted)));
        // What is begun goes on, however many wait.
        queues.go_on(Box::new(Nothing));
        assert_eq!(written(queues.next(now, None)), Some((1, Length::Parted)));
        queues.close();
        for _ in 1..MAX_LONG {
            assert_eq!(written(queues.next(later, None)), Some((1, Length::Parted)));
        }
        assert!(matches!(queues.next(later, None), Turn::End));
    }

    #[test]
    fn the_log_is_emptied_when_it_was_moved_or_when_it_is_time() {
        let queues = Queues::default();
        let now = Instant::now();
        let later = now + Duration::from_secs(3_600);
        let from = both(later);
        assert!(matches!(queues.next(from, Some(now)), Turn::Scrub));
        queues.moved(true);
        assert!(matches!(queues.next(from, Some(later)), Turn::Scrub));
        queues.moved(false);
        assert!(matches!(queues.next(from, Some(later)), Turn::Rest));
        push(&queues, Length::Short, 1);
        assert_eq!(written(queues.next(from, Some(later))), Some((1, Length::Short)));
    }

    #[test]
    fn nothing_waits_for_a_thread_that_has_ended() {
        let queues = Queues::default();
        push(&queues, Length::Short, 1);
        drop(queues.closing());
        assert!(queues.lock().short.is_empty());
        assert_eq!(push(&queues, Length::Short, 1), 1);
        assert!(queues.lock().short.is_empty());
    }
}
