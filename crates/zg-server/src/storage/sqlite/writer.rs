//! The one thread that writes. Whatever is queued when a transaction begins shares it, and its one sync to disk.
//!
//! What is long, such as a batch of hundreds of messages or an erasure, has a queue and transactions of its own, and after
//! each of them there is a pause in which everybody else writes: whoever floods the server with what is long waits for
//! others who do so. The log is moved into the database by another thread ([`super::checkpoints`]).

mod queues;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;
use tokio::time::Instant;

pub(super) use self::queues::Length;
use self::queues::{Queues, Turn};
use super::checkpoints::{self, Checkpoints};
use crate::hub::{Change, Hub};
use crate::storage::StorageError;

/// So many times as long as a long transaction took there is no other: they get a tenth of the time at the most.
const PAUSE: u32 = 9;
/// So many times as long as it took to empty the log, erasures wait for others that want it emptied, too: everybody's next
/// writes have to make the file grow again, which costs each of them more than what it has to say.
const SCRUB_PAUSE: u32 = 50;
const MAX_SCRUB_PAUSE: Duration = Duration::from_millis(500);
/// How soon a log that could not be emptied is tried again, and for how long whoever erased waits for it.
const SCRUB_AGAIN: Duration = Duration::from_millis(10);
const SCRUB_PATIENCE: Duration = Duration::from_secs(5);

/// What a request does besides its rows.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) changes: Vec<Change>,
    /// Something was erased: the write-ahead log must forget it too.
    pub(super) erased: bool,
}

trait Job: Send {
    /// Whether its rows are to be kept.
    fn run(&mut self, connection: &Connection, effects: &mut Effects) -> bool;
    fn answer(self: Box<Self>, committed: Result<(), String>);
}

struct Request<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, StorageError>>,
    reply: oneshot::Sender<Result<T, StorageError>>,
}

impl<T, F> Job for Request<T, F>
where
    T: Send,
    F: FnOnce(&Connection, &mut Effects) -> Result<T, StorageError> + Send,
{
    fn run(&mut self, connection: &Connection, effects: &mut Effects) -> bool {
        let Some(work) = self.work.take() else { return false };
        // A panic costs its own request, never the thread that everyone writes through.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(connection, effects)))
            .unwrap_or_else(|_| Err(StorageError::Database("a write panicked".to_owned())));
        self.outcome.insert(outcome).is_ok()
    }

    fn answer(self: Box<Self>, committed: Result<(), String>) {
        let outcome = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            // Refused for a reason of its own: that stands, whatever became of the transaction.
            (Err(_), Some(Err(own))) => Err(own),
            (Err(error), _) => Err(StorageError::Database(error)),
            (Ok(()), None) => Err(StorageError::Closed),
        };
        // Whoever asked may have gone; the commit stands.
        let _ = self.reply.send(outcome);
    }
}

/// A handle to the thread; dropping it ends the thread after what is queued.
pub(super) struct Writer {
    queues: Arc<Queues>,
    thread: Option<std::thread::JoinHandle<()>>,
    // Dropped after the thread has ended.
    _checkpoints: Arc<Checkpoints>,
}

impl Writer {
    /// `path` is that of the database which `connection` writes.
    pub(super) fn start(connection: Connection, path: &Path, hub: Arc<Hub>) -> Result<Self, StorageError> {
        let queues = Arc::<Queues>::default();
        let moved = Arc::clone(&queues);
        let checkpoints = Arc::new(Checkpoints::start(&connection, path, move |to_empty| moved.moved(to_empty))?);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn({
                let (queues, checkpoints) = (Arc::clone(&queues), Arc::clone(&checkpoints));
                move || {
                    let _closing = queues.closing();
                    work_off(connection, &queues, &checkpoints, &hub);
                }
            })
            .map_err(|error| StorageError::Database(error.to_string()))?;
        Ok(Self { queues, thread: Some(thread), _checkpoints: checkpoints })
    }

    /// Queues `work`. Where too much that is long waits already it is not begun; where the thread has ended the caller is
    /// told `Closed`.
    pub(super) fn submit<T, F>(&self, length: Length, work: F) -> oneshot::Receiver<Result<T, StorageError>>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &mut Effects) -> Result<T, StorageError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let request = Box::new(Request { work: Some(work), outcome: Some(Err(StorageError::Busy)), reply });
        if let Err(refused) = self.queues.push(length, request) {
            refused.answer(Ok(()));
        }
        answer
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queues.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Erasures whose words may still be in the write-ahead log.
#[derive(Default)]
struct Owed {
    jobs: Vec<Box<dyn Job>>,
    /// Most of the log is being moved by the other thread; the rest follows once it has said so.
    asked: bool,
    /// When the next try is due, and when those who wait are answered all the same.
    again: Option<Instant>,
    until: Option<Instant>,
}

impl Owed {
    fn answer(&mut self) {
        for job in self.jobs.drain(..) {
            job.answer(Ok(()));
        }
    }
}

fn work_off(mut connection: Connection, queues: &Queues, checkpoints: &Checkpoints, hub: &Hub) {
    let mut long_from = Instant::now();
    let mut scrub_from = long_from;
    let mut owed = Owed::default();
    loop {
        match queues.next(long_from, owed.again) {
            Turn::End => break,
            // What was written meanwhile is little; with it the log can begin anew.
            Turn::Rest => checkpoints::passive(&connection),
            Turn::Scrub => {
                let now = Instant::now();
                if !owed.asked {
                    owed.asked = true;
                    owed.again = Some(now + checkpoints.at_once());
                } else if checkpoints::truncate(&connection) {
                    owed.answer();
                    owed = Owed::default();
                    let done = Instant::now();
                    scrub_from = done + ((done - now) * SCRUB_PAUSE).min(MAX_SCRUB_PAUSE);
                } else {
                    if owed.until.is_some_and(|until| until <= now) {
                        tracing::warn!("the write-ahead log could not be emptied after an erasure; it is tried on");
                        owed.answer();
                        owed.until = None;
                    }
                    owed.again = Some(now + SCRUB_AGAIN);
                }
            }
            Turn::Write(batch, length) => {
                let since = Instant::now();
                let erased = write(&mut connection, batch, hub);
                if length == Length::Long {
                    let now = Instant::now();
                    long_from = now + (now - since) * PAUSE;
                }
                checkpoints.committed();
                if !erased.is_empty() {
                    let now = Instant::now();
                    owed.jobs.extend(erased);
                    owed.until = owed.until.or(Some(now + SCRUB_PATIENCE));
                    owed.again = owed.again.or(Some(now.max(scrub_from)));
                }
            }
        }
    }
    if owed.again.is_some() {
        checkpoints::truncate(&connection);
        owed.answer();
    }
}

/// Writes a batch and answers; gives back those that have erased something, which are to wait.
fn write(connection: &mut Connection, mut batch: Vec<Box<dyn Job>>, hub: &Hub) -> Vec<Box<dyn Job>> {
    let mut effects = Effects::default();
    let mut erasing = Vec::new();
    let committed = commit(connection, &mut batch, &mut effects, &mut erasing).map_err(|error| error.to_string());
    match &committed {
        Ok(()) => hub.publish(effects.changes),
        Err(error) => {
            tracing::error!(requests = batch.len(), %error, "a transaction failed, nothing of it was kept");
            erasing.clear();
        }
    }
    let mut waiting = Vec::new();
    for (n, job) in batch.into_iter().enumerate() {
        if erasing.contains(&n) {
            waiting.push(job);
        } else {
            job.answer(committed.clone());
        }
    }
    waiting
}

fn commit(
    connection: &mut Connection,
    batch: &mut [Box<dyn Job>],
    effects: &mut Effects,
    erasing: &mut Vec<usize>,
) -> rusqlite::Result<()> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (n, job) in batch.iter_mut().enumerate() {
        let n_changes = effects.changes.len();
        effects.erased = false;
        // A savepoint each: one that is refused takes back its own rows and nobody else's.
        let savepoint = transaction.savepoint()?;
        if job.run(&savepoint, effects) {
            savepoint.commit()?;
            if effects.erased {
                erasing.push(n);
            }
        } else {
            savepoint.finish()?;
            effects.changes.truncate(n_changes);
        }
    }
    transaction.commit()
}
