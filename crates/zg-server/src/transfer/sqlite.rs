//! SQLite as the beginning or the end of a transfer.

use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use tokio::sync::oneshot;

use super::file::{put_in_place, sync_folder};
use super::{Item, Items, OWN_TABLES, Outlet, Summary, TransferError, Value, check_name, gone, io};
use crate::storage::sqlite::{FILE, schema};

/// What the other side does once everything is there and before it is kept.
pub(super) struct Seal {
    /// Says that all was compared.
    ready: oneshot::Sender<()>,
    /// Says that the old database takes no more writes.
    sealed: oneshot::Receiver<()>,
}

pub(super) struct Sealing {
    ready: oneshot::Receiver<()>,
    sealed: oneshot::Sender<()>,
}

pub(super) fn seal() -> (Seal, Sealing) {
    let (ready, wait) = oneshot::channel();
    let (done, sealed) = oneshot::channel();
    (Seal { ready, sealed }, Sealing { ready: wait, sealed: done })
}

impl Seal {
    /// Closes the old database; afterwards the new one may be kept.
    pub(super) async fn close(self) -> Result<(), TransferError> {
        self.ready.send(()).map_err(gone)?;
        self.sealed.await.map_err(gone)
    }
}

fn open(folder: &Path) -> Result<Connection, TransferError> {
    schema::check_version()?;
    let path = folder.join(FILE);
    if !path.is_file() {
        return Err(TransferError::NoDatabase(folder.display().to_string()));
    }
    let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    let ours: bool = connection.query_row(
        "SELECT count(*) = 2 FROM sqlite_schema WHERE type = 'table' AND name IN ('meta', 'conversations')",
        [],
        |row| row.get(0),
    )?;
    if ours { Ok(connection) } else { Err(TransferError::NoDatabase(folder.display().to_string())) }
}

/// Names of tables with those of their columns, the latter in order.
fn tables(connection: &Connection) -> Result<Vec<(String, Vec<String>)>, TransferError> {
    let mut names = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY name = 'sessions', name",
    )?;
    let names = names.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut tables = Vec::new();
    for name in names.into_iter().filter(|name| !OWN_TABLES.contains(&name.as_str())) {
        check_name(&name)?;
        let mut columns = connection.prepare("SELECT name FROM pragma_table_info(?1) ORDER BY name")?;
        let columns = columns.query_map([&name], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        columns.iter().try_for_each(|column| check_name(column))?;
        tables.push((name, columns));
    }
    Ok(tables)
}

fn value(value: ValueRef<'_>) -> Result<Value, TransferError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(
            String::from_utf8(text.to_vec()).map_err(|_| TransferError::Damaged("a text is no UTF-8".to_owned()))?,
        ),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Real(_) => return Err(TransferError::Damaged("a column holds a fraction".to_owned())),
    })
}

fn each_row(
    connection: &Connection,
    (table, columns): (&str, &[String]),
    mut each: impl FnMut(Vec<Value>) -> Result<(), TransferError>,
) -> Result<(), TransferError> {
    let mut statement = connection.prepare(&format!("SELECT {} FROM {table}", columns.join(", ")))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let values = (0..columns.len()).map(|n| value(row.get_ref(n)?)).collect::<Result<Vec<_>, TransferError>>()?;
        each(values)?;
    }
    Ok(())
}

fn send_all(connection: &Connection, outlet: &Outlet) -> Result<(), TransferError> {
    outlet.blocking_send(Item::Epoch(schema::epoch(connection)?)).map_err(gone)?;
    for (name, columns) in tables(connection)? {
        outlet.blocking_send(Item::Table { name: name.clone(), columns: columns.clone() }).map_err(gone)?;
        each_row(connection, (&name, &columns), |values| outlet.blocking_send(Item::Row(values)).map_err(gone))?;
    }
    outlet.blocking_send(Item::End).map_err(gone)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TransferError> + Send + 'static,
) -> Result<T, TransferError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| TransferError::Damaged("a thread panicked".to_owned()))?
}

pub(super) async fn read(folder: PathBuf, outlet: Outlet) -> Result<(), TransferError> {
    blocking(move || {
        let mut connection = open(&folder)?;
        // What is read in a transaction is of one moment; writers are not held up.
        let transaction = connection.transaction()?;
        send_all(&transaction, &outlet)
    })
    .await
}

/// Sends everything while nobody else can write, and then lets nobody write any more.
pub(super) async fn read_and_seal(folder: PathBuf, outlet: Outlet, sealing: Sealing) -> Result<(), TransferError> {
    blocking(move || {
        let mut connection = open(&folder)?;
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        send_all(&transaction, &outlet)?;
        drop(outlet);
        // Where the other side has failed there is nothing to close.
        if sealing.ready.blocking_recv().is_err() {
            return Ok(());
        }
        for (table, _) in tables(&transaction)? {
            for action in ["INSERT", "UPDATE", "DELETE"] {
                // A trigger, because it also stops a server that runs, of whichever release.
                transaction.execute_batch(&format!(
                    "CREATE TRIGGER IF NOT EXISTS moved_{table}_{action} BEFORE {action} ON {table}
                     BEGIN SELECT RAISE(ABORT, 'this database was moved to PostgreSQL'); END"
                ))?;
            }
        }
        transaction.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('moved', 'postgres')", [])?;
        transaction.commit()?;
        // Where it is gone it has failed at its last step, and says so.
        let _ = sealing.sealed.send(());
        Ok(())
    })
    .await
}

pub(super) async fn write(folder: PathBuf, items: Items, epoch: String) -> Result<Summary, TransferError> {
    blocking(move || {
        crate::storage::sqlite::create_private(&folder).map_err(io(&folder))?;
        let path = folder.join(FILE);
        if path.exists() {
            return Err(TransferError::Exists(path.display().to_string()));
        }
        let part = folder.join(format!("{FILE}.part"));
        for left in ["", "-journal", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.join(format!("{FILE}.part{left}")));
            if !left.is_empty() {
                // Of a database that is no longer there: SQLite would take them for this one's.
                let _ = std::fs::remove_file(folder.join(format!("{FILE}{left}")));
            }
        }
        let written = fill(&part, items, &epoch).and_then(|summary| {
            put_in_place(&part, &path)?;
            Ok(summary)
        });
        let _ = std::fs::remove_file(&part);
        sync_folder(&path)?;
        written
    })
    .await
}

fn fill(part: &Path, mut items: Items, epoch: &str) -> Result<Summary, TransferError> {
    let mut connection = Connection::open(part)?;
    connection.pragma_update(None, "journal_mode", "delete")?;
    connection.pragma_update(None, "synchronous", "full")?;
    schema::migrate(&mut connection)?;
    let known = tables(&connection)?;
    let transaction = connection.transaction()?;
    transaction.pragma_update(None, "defer_foreign_keys", "on")?;
    let mut summary = Summary::default();
    let mut came: Vec<(String, Vec<String>)> = Vec::new();
    loop {
        match items.blocking_recv().ok_or_else(|| gone(()))? {
            Item::Epoch(_) => {}
            Item::Table { name, columns } => {
                let (_, have) =
                    known.iter().find(|(table, _)| *table == name).ok_or_else(|| TransferError::Newer(name.clone()))?;
                if let Some(column) = columns.iter().find(|column| !have.contains(column)) {
                    return Err(TransferError::Newer(format!("{name}.{column}")));
                }
                summary.table(&name);
                came.push((name, columns));
            }
            Item::Row(values) => {
                let (name, columns) = came.last().ok_or_else(|| gone(()))?;
                summary.row(name, columns, &values);
                let marks = vec!["?"; columns.len()].join(", ");
                transaction
                    .prepare_cached(&format!("INSERT INTO {name} ({}) VALUES ({marks})", columns.join(", ")))?
                    .execute(params_from_iter(values.into_iter().map(bind)))?;
            }
            Item::End => break,
        }
    }
    // Only the columns that came: what the backup did not know is filled by its default.
    let mut written = Summary::default();
    for (name, columns) in &came {
        each_row(&transaction, (name, columns), |values| {
            written.row(name, columns, &values);
            Ok(())
        })?;
    }
    summary.check(&written)?;
    transaction.execute("UPDATE meta SET value = ?1 WHERE key = 'epoch'", [epoch])?;
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    epoch.clone_into(&mut summary.epoch);
    Ok(summary)
}

fn bind(value: Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(number) => rusqlite::types::Value::Integer(number),
        Value::Text(text) => rusqlite::types::Value::Text(text),
        Value::Blob(bytes) => rusqlite::types::Value::Blob(bytes),
    }
}
