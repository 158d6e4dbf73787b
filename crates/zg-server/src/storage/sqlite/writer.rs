//! The one thread that writes. Whatever is queued when a transaction begins shares it, and its one sync to disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::hub::{Change, Hub};
use crate::storage::StorageError;

/// Requests that share a transaction; beyond this the first of them would wait too long for the last.
const MAX_BATCH: usize = 512;

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
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, hub: Arc<Hub>) -> Result<Self, StorageError> {
        let (jobs, queue) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || work_off(connection, &queue, &hub))
            .map_err(|error| StorageError::Database(error.to_string()))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) fn submit<T, F>(&self, work: F) -> oneshot::Receiver<Result<T, StorageError>>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &mut Effects) -> Result<T, StorageError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        if let Some(jobs) = &self.jobs {
            // Where the thread has died the sender is dropped with the request, and the caller is told `Closed`.
            let _ = jobs.send(Box::new(Request { work: Some(work), outcome: None, reply }));
        }
        answer
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work_off(mut connection: Connection, queue: &mpsc::Receiver<Box<dyn Job>>, hub: &Hub) {
    // An erasure whose words may still be in the write-ahead log.
    let mut owed = false;
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        while batch.len() < MAX_BATCH
            && let Ok(next) = queue.try_recv()
        {
            batch.push(next);
        }
        let mut effects = Effects::default();
        let committed = commit(&mut connection, &mut batch, &mut effects).map_err(|error| error.to_string());
        match &committed {
            Ok(()) => {
                owed |= effects.erased;
                if owed {
                    owed = !scrub(&connection);
                }
                hub.publish(effects.changes);
            }
            Err(error) => {
                tracing::error!(requests = batch.len(), %error, "a transaction failed, nothing of it was kept")
            }
        }
        for job in batch {
            job.answer(committed.clone());
        }
    }
}

fn commit(connection: &mut Connection, batch: &mut [Box<dyn Job>], effects: &mut Effects) -> rusqlite::Result<()> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in batch {
        let n_changes = effects.changes.len();
        // A savepoint each: one that is refused takes back its own rows and nobody else's.
        let savepoint = transaction.savepoint()?;
        if job.run(&savepoint, effects) {
            savepoint.commit()?;
        } else {
            savepoint.finish()?;
            effects.changes.truncate(n_changes);
        }
    }
    transaction.commit()
}

/// Moves the log into the database and empties it; `false` where a reader was in the way for too long.
fn scrub(connection: &Connection) -> bool {
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
    match busy {
        Ok(busy) => !busy,
        Err(error) => {
            tracing::warn!(%error, "the write-ahead log could not be emptied after an erasure");
            false
        }
    }
}
