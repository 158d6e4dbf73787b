//! The one thread that writes. Whatever is queued when a transaction begins shares it, and its one sync to disk.
//!
//! What is long, such as a batch of hundreds of messages, is written in parts, each in a transaction that others share; what
//! cannot be parted, such as an erasure, has transactions of its own. After each of either there is a pause in
//! which everybody else writes alone: whoever floods the server with what is long waits for others who do so. The log is
//! moved into the database by another thread ([`super::checkpoints`]).

mod queues;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;
use tokio::time::Instant;

pub(super) use self::queues::Length;
use self::queues::{NotBefore, Queues, Turn};
use super::checkpoints::{self, Checkpoints};
use crate::hub::{Change, Hub};
use crate::storage::StorageError;

/// So many times as long as a long transaction took there is no other: they get a tenth of the time at the most.
const PAUSE: u32 = 9;
/// Likewise of a transaction with a part of something long, which makes it little longer than others are.
const PART_PAUSE: u32 = 4;
/// So many times as long as it took to empty the log, erasures wait for others that want it emptied, too: everybody waits
/// meanwhile, and the next writes have to make the file grow again.
const SCRUB_PAUSE: u32 = 200;
const MAX_SCRUB_PAUSE: Duration = Duration::from_secs(5);
/// How soon a log that could not be emptied is tried again, and for how long whoever erased waits for it.
const SCRUB_AGAIN: Duration = Duration::from_millis(10);
const SCRUB_PATIENCE: Duration = Duration::from_secs(10);

/// What a request does besides its rows.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) changes: Vec<Change>,
    /// Something was erased: the write-ahead log must forget it too.
    pub(super) erased: bool,
}

/// What has become of a job in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ran {
    /// Its rows are to be kept.
    Done,
    /// Likewise, and there is more of it to write.
    More,
    /// None of its rows is to be kept.
    Refused,
}

trait Job: Send {
    fn run(&mut self, connection: &Connection, effects: &mut Effects) -> Ran;
    fn answer(self: Box<Self>, committed: Result<(), String>);
}

/// A panic costs its own request, never the thread that everyone writes through.
fn caught<T>(work: impl FnOnce() -> Result<T, StorageError>) -> Result<T, StorageError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(StorageError::Database("a write panicked".to_owned())))
}

/// What whoever asked hears: what the job says, once it is committed.
fn outcome<T>(committed: Result<(), String>, said: Result<T, StorageError>) -> Result<T, StorageError> {
    // Refused for a reason of its own: that stands, whatever became of the transaction.
    let said = said?;
    committed.map(|()| said).map_err(StorageError::Database)
}

struct Request<T, F> {
    work: Option<F>,
    /// `Busy` until it was run.
    said: Result<T, StorageError>,
    reply: oneshot::Sender<Result<T, StorageError>>,
}

impl<T, F> Job for Request<T, F>
where
    T: Send,
    F: FnOnce(&Connection, &mut Effects) -> Result<T, StorageError> + Send,
{
    fn run(&mut self, connection: &Connection, effects: &mut Effects) -> Ran {
        let Some(work) = self.work.take() else { return Ran::Refused };
        self.said = caught(|| work(connection, effects));
        if self.said.is_ok() { Ran::Done } else { Ran::Refused }
    }

    fn answer(self: Box<Self>, committed: Result<(), String>) {
        // Whoever asked may have gone; the commit stands.
        let _ = self.reply.send(outcome(committed, self.said));
    }
}

/// A request that is written in parts, in order, and answered when the last is committed.
struct Parts<P, T, F> {
    parts: std::vec::IntoIter<P>,
    work: F,
    said: Result<Vec<T>, StorageError>,
    reply: oneshot::Sender<Result<Vec<T>, StorageError>>,
}

impl<P, T, F> Job for Parts<P, T, F>
where
    P: Send,
    T: Send,
    F: FnMut(&Connection, P, &mut Effects) -> Result<T, StorageError> + Send,
{
    fn run(&mut self, connection: &Connection, effects: &mut Effects) -> Ran {
        let Some(part) = self.parts.next() else { return Ran::Refused };
        let mut before = match std::mem::replace(&mut self.said, Err(StorageError::Busy)) {
            Ok(before) => before,
            // Not begun.
            Err(_) => Vec::with_capacity(self.parts.len() + 1),
        };
        self.said = caught(|| (self.work)(connection, part, effects)).map(|one| {
            before.push(one);
            before
        });
        match &self.said {
            Err(_) => Ran::Refused,
            Ok(_) if self.parts.len() == 0 => Ran::Done,
            Ok(_) => Ran::More,
        }
    }

    fn answer(self: Box<Self>, committed: Result<(), String>) {
        let _ = self.reply.send(outcome(committed, self.said));
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
        self.push(length, Box::new(Request { work: Some(work), said: Err(StorageError::Busy), reply }));
        answer
    }

    /// Likewise `work` on each of the parts, which others' writes may come between. Where one is refused those before it stay.
    pub(super) fn submit_parts<P, T, F>(
        &self,
        parts: Vec<P>,
        work: F,
    ) -> oneshot::Receiver<Result<Vec<T>, StorageError>>
    where
        P: Send + 'static,
        T: Send + 'static,
        F: FnMut(&Connection, P, &mut Effects) -> Result<T, StorageError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let length = match parts.len() {
            0 => {
                let _ = reply.send(Ok(Vec::new()));
                return answer;
            }
            1 => Length::Short,
            _ => Length::Parted,
        };
        let parts = parts.into_iter();
        self.push(length, Box::new(Parts { parts, work, said: Err(StorageError::Busy), reply }));
        answer
    }

    fn push(&self, length: Length, job: Box<dyn Job>) {
        if let Err(refused) = self.queues.push(length, job) {
            refused.answer(Ok(()));
        }
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
    let mut from = NotBefore { long: Instant::now(), part: Instant::now() };
    let mut scrub_from = from.long;
    let mut owed = Owed::default();
    loop {
        match queues.next(from, owed.again) {
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
                let Written { erased, more } = write(&mut connection, batch, hub);
                let now = Instant::now();
                match length {
                    Length::Short => {}
                    Length::Parted => from.part = now + (now - since) * PART_PAUSE,
                    Length::Long => from.long = now + (now - since) * PAUSE,
                }
                if let Some(job) = more {
                    queues.go_on(job);
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

/// Jobs of a batch that are not answered yet.
#[derive(Default)]
struct Written {
    /// They have erased something, and are to wait.
    erased: Vec<Box<dyn Job>>,
    /// There is more of it. A batch has one in parts at the most.
    more: Option<Box<dyn Job>>,
}

/// Writes a batch and answers those that are done.
fn write(connection: &mut Connection, mut batch: Vec<Box<dyn Job>>, hub: &Hub) -> Written {
    let mut effects = Effects::default();
    let ran = commit(connection, &mut batch, &mut effects);
    let mut written = Written::default();
    match ran {
        Ok(ran) => {
            hub.publish(effects.changes);
            for (job, (ran, erased)) in batch.into_iter().zip(ran) {
                match ran {
                    Ran::More => written.more = Some(job),
                    Ran::Done if erased => written.erased.push(job),
                    Ran::Done | Ran::Refused => job.answer(Ok(())),
                }
            }
        }
        Err(error) => {
            tracing::error!(requests = batch.len(), %error, "a transaction failed, nothing of it was kept");
            for job in batch {
                job.answer(Err(error.to_string()));
            }
        }
    }
    written
}

/// What has become of each, and whether it has erased something.
fn commit(
    connection: &mut Connection,
    batch: &mut [Box<dyn Job>],
    effects: &mut Effects,
) -> rusqlite::Result<Vec<(Ran, bool)>> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut all = Vec::with_capacity(batch.len());
    for job in batch {
        let n_changes = effects.changes.len();
        effects.erased = false;
        // A savepoint each: one that is refused takes back its own rows and nobody else's.
        let savepoint = transaction.savepoint()?;
        let ran = job.run(&savepoint, effects);
        if ran == Ran::Refused {
            savepoint.finish()?;
            effects.changes.truncate(n_changes);
        } else {
            savepoint.commit()?;
        }
        all.push((ran, effects.erased));
    }
    transaction.commit()?;
    Ok(all)
}
