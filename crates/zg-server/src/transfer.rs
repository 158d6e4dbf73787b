//! A whole database as a stream of rows: into a file (backup), out of one (restore), from one database to another (migrate).
//!
//! A source sends tables and rows of one moment, a sink takes them in one transaction, reads them back and compares before
//! it commits. What a sink has not compared is not kept, so a file that is cut or an error half way leaves nothing behind.

mod file;
mod postgres;
mod sqlite;

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use zg_domain::Clock as _;

use crate::app::SystemClock;
use crate::config::Config;
use crate::random;

/// Bytes of one row at the most; a message is at most a hundredth of it.
const MAX_ROW_BYTES: usize = 64 << 20;
const MAX_COLUMNS: usize = 256;
const MAX_TABLES: usize = 256;
/// Rows on their way; a picture has up to 700 KiB.
const QUEUE: usize = 64;

/// What belongs to one database and not to what is in it.
const OWN_TABLES: [&str; 2] = ["meta", "news"];

/// Why a database could not be saved, restored or moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// There is nothing to read. Check the folder.
    #[error("there is no database in {0}")]
    NoDatabase(String),
    /// A restored database replaces nothing. Move the old one away first.
    #[error("{0} is there already; move it away first")]
    Exists(String),
    /// Rows would be mixed with others. Give an empty database, or another schema of one.
    #[error("the PostgreSQL database is not empty: {0} has rows")]
    NotEmpty(String),
    /// The file was cut, changed, or is no backup. Take another copy of it.
    #[error("this is no backup that can be used: {0}")]
    Damaged(String),
    /// A newer release made the backup. Restore it with that release.
    #[error("the backup has {0}, which this release does not know; restore it with the release that made it")]
    Newer(String),
    /// What was written is not what was read; nothing of it was kept.
    #[error("{0} does not hold what was read; nothing was kept")]
    Differs(String),
    #[error("{place}: {source}")]
    Io { place: String, source: std::io::Error },
    #[error(transparent)]
    Storage(#[from] crate::storage::StorageError),
}

impl From<rusqlite::Error> for TransferError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl From<tokio_postgres::Error> for TransferError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Storage(crate::storage::postgres::broken(error))
    }
}

fn io(place: &Path) -> impl FnOnce(std::io::Error) -> TransferError + '_ {
    move |source| TransferError::Io { place: place.display().to_string(), source }
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

enum Item {
    /// First: which history it is.
    Epoch(String),
    /// Rows of this table follow. Columns in the order of their names, because the databases have orders of their own.
    Table {
        name: String,
        columns: Vec<String>,
    },
    Row(Vec<Value>),
    /// Last: without it the source has failed.
    End,
}

/// What a table holds, whichever order its rows come in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    rows: u64,
    /// Sum of the rows' hashes.
    sum: u128,
}

/// What was moved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub epoch: String,
    counts: BTreeMap<String, Count>,
}

impl Summary {
    /// Rows by table.
    pub fn rows(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts.iter().map(|(table, count)| (table.as_str(), count.rows))
    }

    fn table(&mut self, name: &str) {
        self.counts.entry(name.to_owned()).or_default();
    }

    fn row(&mut self, table: &str, columns: &[String], values: &[Value]) {
        let mut hash = Sha256::new();
        // What is empty counts for nothing: a column that a newer schema adds changes no sum.
        for (column, value) in columns.iter().zip(values) {
            let bytes: &[u8] = match value {
                Value::Null => continue,
                Value::Integer(number) => &number.to_le_bytes(),
                Value::Text(text) => text.as_bytes(),
                Value::Blob(bytes) => bytes,
            };
            hash.update(column.as_bytes());
            hash.update([0]);
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
        let hash: [u8; 32] = hash.finalize().into();
        let (half, _) = hash.split_at(16);
        let count = self.counts.entry(table.to_owned()).or_default();
        count.rows += 1;
        count.sum = count.sum.wrapping_add(u128::from_le_bytes(half.try_into().unwrap_or_default()));
    }

    /// Tables that are empty or unknown on one side count as the same.
    fn check(&self, written: &Self) -> Result<(), TransferError> {
        for (table, count) in &self.counts {
            if written.counts.get(table).copied().unwrap_or_default() != *count {
                return Err(TransferError::Differs(table.clone()));
            }
        }
        Ok(())
    }
}

type Items = mpsc::Receiver<Item>;
type Outlet = mpsc::Sender<Item>;

/// The sink has given up; it says why.
fn gone<T>(_: T) -> TransferError {
    TransferError::Damaged("it was not read to its end".to_owned())
}

/// Runs both sides; where both fail the sink's word counts unless it only missed the end.
async fn pipe<A, B>(source: A, sink: B) -> Result<Summary, TransferError>
where
    A: Future<Output = Result<(), TransferError>>,
    B: Future<Output = Result<Summary, TransferError>>,
{
    let (sent, kept) = tokio::join!(source, sink);
    match (sent, kept) {
        (Ok(()), kept) => kept,
        (Err(TransferError::Damaged(_)), Err(sink)) if !matches!(sink, TransferError::Damaged(_)) => Err(sink),
        (Err(source), _) => Err(source),
    }
}

/// Writes the database that `config` names to a new file. Servers may go on meanwhile: what is saved is one moment.
///
/// # Errors
/// [`TransferError`]; no file is left behind.
pub async fn backup(config: &Config, path: &Path) -> Result<Summary, TransferError> {
    let now = SystemClock.now();
    let (outlet, items) = mpsc::channel(QUEUE);
    let sink = file::write(path.to_owned(), items, now);
    match &config.storage {
        Some(shared) => pipe(postgres::read(&shared.postgres, outlet), sink).await,
        None => pipe(sqlite::read(config.data_dir.clone(), outlet), sink).await,
    }
}

/// Fills an empty database from a file. The history gets a new name: devices may have seen more of it than the file holds.
///
/// # Errors
/// [`TransferError`]; nothing is kept.
pub async fn restore(path: &Path, config: &Config) -> Result<Summary, TransferError> {
    let epoch = random::hex(8);
    let (outlet, items) = mpsc::channel(QUEUE);
    let source = file::read(path.to_owned(), outlet);
    match &config.storage {
        Some(shared) => pipe(source, postgres::write(&shared.postgres, items, Some(epoch), None)).await,
        None => pipe(source, sqlite::write(config.data_dir.clone(), items, epoch)).await,
    }
}

/// Moves the SQLite database in `folder` to an empty PostgreSQL. The old one takes no writes from its last moment on,
/// so nothing is lost, and the history keeps its name: devices go on where they were.
///
/// # Errors
/// [`TransferError`]; unless it is the very last step that fails, the old database goes on as it was.
pub async fn migrate(folder: &Path, config: &Config) -> Result<Summary, TransferError> {
    let Some(shared) = &config.storage else {
        return Err(TransferError::NoDatabase("the configuration: it names no PostgreSQL".to_owned()));
    };
    let (outlet, items) = mpsc::channel(QUEUE);
    let (seal, sealing) = sqlite::seal();
    let source = sqlite::read_and_seal(folder.to_owned(), outlet, sealing);
    pipe(source, postgres::write(&shared.postgres, items, None, Some(seal))).await
}

/// The names that may stand in a statement.
fn check_name(name: &str) -> Result<(), TransferError> {
    let plain = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit());
    if plain { Ok(()) } else { Err(TransferError::Damaged("it names a table or column that cannot be".to_owned())) }
}
