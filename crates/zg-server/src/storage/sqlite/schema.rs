//! Tables, and the steps from an older database to this one. A step only ever adds.

use rusqlite::Connection;

use crate::random;
use crate::storage::StorageError;

/// Before 3.51.3 two connections could corrupt a write-ahead log.
const OLDEST_SQLITE: i32 = 3_051_003;

/// One entry per release that changed the schema; `user_version` counts the entries applied.
const STEPS: &[&str] = &[
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0010.sql"),
    include_str!("schema/0020.sql"),
    include_str!("schema/0021.sql"),
    include_str!("schema/0022.sql"),
];

pub(crate) fn check_version() -> Result<(), StorageError> {
    if rusqlite::version_number() >= OLDEST_SQLITE {
        Ok(())
    } else {
        Err(StorageError::OldSqlite { found: rusqlite::version().to_owned() })
    }
}

/// How long a connection waits for another.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Settings of a connection that writes.
pub(crate) fn prepare(connection: &Connection) -> Result<(), StorageError> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // FULL syncs the log at every commit. NORMAL loses acknowledged messages with the power,
    // and under group commit it is no faster.
    connection.pragma_update(None, "synchronous", "full")?;
    // What a shopper erases is overwritten with zeros, not merely unlinked.
    connection.pragma_update(None, "secure_delete", "on")?;
    Ok(())
}

pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StorageError> {
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let moved = connection.query_row("SELECT value FROM meta WHERE key = 'moved'", [], |row| row.get::<_, String>(0));
    if moved.is_ok() {
        return Err(StorageError::Moved);
    }
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StorageError::Newer { found, known });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.execute("INSERT OR IGNORE INTO meta (key, value) VALUES ('epoch', ?1)", [random::hex(8)])?;
    transaction.commit()?;
    Ok(())
}

pub(crate) fn epoch(connection: &Connection) -> Result<String, StorageError> {
    Ok(connection.query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migration_is_repeatable_and_refuses_a_newer_schema() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let first = epoch(&connection).unwrap();
        migrate(&mut connection).unwrap();
        assert_eq!(epoch(&connection).unwrap(), first);
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(migrate(&mut connection), Err(StorageError::Newer { found: 99, .. })));
    }
}
