//! Moves the write-ahead log into the database while others write.
//!
//! SQLite does so by itself inside of the commit that makes the log too long, and whoever writes then waits for four
//! megabytes to be written and synced. Here a thread of its own does most of it, on a connection of its own, and the writer
//! does the rest, which is what was written meanwhile; then the log begins anew.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use crate::storage::StorageError;

/// Pages in the log that are worth moving: a third of what SQLite has by itself, because the disk has to take all of them at
/// once, and what is written meanwhile waits for it.
const PAGES: i64 = 300;
/// The log's length is looked at so often at the most.
const LOOK: Duration = Duration::from_millis(50);
/// An erasure waits so long at the most for the log to be moved by the thread.
const AT_ONCE: Duration = Duration::from_millis(300);
/// What is written while the log is moved is moved after it, so often at the most, until so few pages are left: for those
/// everybody waits.
const ROUNDS: usize = 4;
const FEW_PAGES: i64 = 100;

#[derive(Default)]
struct Asked {
    committed: bool,
    at_once: bool,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    asked: Mutex<Asked>,
    news: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handle to the thread; dropping it ends the thread.
pub(super) struct Checkpoints {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// From here on `writer` leaves its log alone. `moved` is told when the log was moved and something is left, or was asked
    /// for at once, and which of both.
    pub(super) fn start(
        writer: &Connection,
        path: &Path,
        moved: impl Fn(bool) + Send + 'static,
    ) -> Result<Self, StorageError> {
        let shared = Arc::<Shared>::default();
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "synchronous", "full")?;
        // Never closed: a process that closes any descriptor of a file has no locks on it any more (POSIX), and SQLite's would
        // be among them.
        let file = File::open(path).map_err(|error| StorageError::Database(error.to_string()))?;
        let database = Database { connection, file: ManuallyDrop::new(file) };
        let asked = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || follow(&database, &asked, moved))
            .map_err(|error| StorageError::Database(error.to_string()))?;
        writer.pragma_update(None, "wal_autocheckpoint", 0)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Something was written.
    pub(super) fn committed(&self) {
        let mut asked = self.shared.lock();
        // Once is enough until it is looked at.
        if !std::mem::replace(&mut asked.committed, true) {
            drop(asked);
            self.shared.news.notify_one();
        }
    }

    /// Has the log moved now, and says for how long to wait for that.
    pub(super) fn at_once(&self) -> Duration {
        self.shared.lock().at_once = true;
        self.shared.news.notify_one();
        AT_ONCE
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.news.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the thread moves the log into.
struct Database {
    connection: Connection,
    file: ManuallyDrop<File>,
}

impl Database {
    /// Pages in the log that are to be moved.
    fn left(&self) -> i64 {
        run(&self.connection, "NOOP").map_or(0, |(_, in_log, done)| in_log - done)
    }

    /// Moves what is there, and has it on the disk: SQLite does so only when nothing is left, which is the writer's part, and
    /// everybody would wait for all of it. Gives how many pages were written to the log meanwhile.
    fn moves(&self) -> i64 {
        passive(&self.connection);
        if let Err(error) = self.file.sync_data() {
            // SQLite asks again, and acts on it.
            tracing::warn!(%error, "what was moved out of the write-ahead log is not on the disk yet");
        }
        self.left()
    }
}

fn follow(database: &Database, shared: &Shared, moved: impl Fn(bool)) {
    loop {
        let asked = shared.lock();
        let idle = |asked: &mut Asked| !asked.committed && !asked.at_once && !asked.closed;
        let asked = shared.news.wait_while(asked, idle).unwrap_or_else(PoisonError::into_inner);
        // Not after every commit.
        let early = |asked: &mut Asked| !asked.at_once && !asked.closed;
        let waited = shared.news.wait_timeout_while(asked, LOOK, early).unwrap_or_else(PoisonError::into_inner);
        let mut asked = waited.0;
        if asked.closed {
            return;
        }
        let at_once = std::mem::take(&mut asked.at_once);
        asked.committed = false;
        drop(asked);
        if at_once || database.left() >= PAGES {
            let mut left = database.moves();
            for _ in 1..ROUNDS {
                if left > FEW_PAGES {
                    left = database.moves();
                }
            }
            if at_once || left > 0 {
                moved(at_once);
            }
        }
    }
}

/// Moves what nobody reads, and waits for nobody.
pub(super) fn passive(connection: &Connection) {
    run(connection, "PASSIVE");
}

/// Moves the log and empties it, so that nothing is in it; `false` where a reader is in the way.
pub(super) fn truncate(connection: &Connection) -> bool {
    // Everybody who writes would wait for that reader.
    let patience = |wait| connection.busy_timeout(wait).is_ok();
    patience(Duration::ZERO);
    let emptied = run(connection, "TRUNCATE").is_some_and(|(busy, ..)| !busy);
    patience(super::schema::PATIENCE);
    emptied
}

/// Whether somebody was in the way, pages in the log, and how many of them are in the database.
fn run(connection: &Connection, mode: &str) -> Option<(bool, i64, i64)> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let found = connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    found.inspect_err(|error| tracing::warn!(%error, "the write-ahead log could not be moved")).ok()
}
