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

/// Tells SQLite how many rows a value of each index's columns has. It would count them (`ANALYZE`), which takes long where
/// there are many, and guess where nobody has counted, and its guess is that a tenant has ten rows, as a conversation has:
/// then all that a shop has is read where an index has the one row that is wanted. What is said here is what is so of any
/// database that has grown: one tenant has everything, and what is looked up by more has little. The table and its form are
/// those of <https://www.sqlite.org/fileformat2.html#the_sqlite_stat1_table>.
pub(crate) fn tell_sizes(connection: &mut Connection) -> Result<(), StorageError> {
    const MANY: u32 = 1_000_000;
    const FEW: u32 = 10;
    // Makes the table, of a table with a few rows.
    connection.execute_batch("ANALYZE meta")?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute("DELETE FROM sqlite_stat1", [])?;
    {
        let mut indexes = transaction.prepare(
            "SELECT t.name, CASE WHEN t.wr AND i.origin = 'pk' THEN t.name ELSE i.name END, i.\"unique\",
                (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
             FROM pragma_table_list t JOIN pragma_index_list(t.name) i
             WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )?;
        let mut tell = transaction.prepare("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?1, ?2, ?3)")?;
        let rows = indexes.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?, row.get::<_, String>(3)?))
        })?;
        for row in rows {
            let (table, index, unique, columns) = row?;
            let n = columns.split(',').count();
            let per_value = columns.split(',').enumerate().map(|(at, column)| match column {
                _ if unique && at + 1 == n => 1,
                "tenant" => MANY,
                _ => FEW,
            });
            let stat: Vec<_> = std::iter::once(MANY).chain(per_value).map(|rows| rows.to_string()).collect();
            tell.execute([table, index, stat.join(" ")])?;
        }
    }
    transaction.commit()?;
    connection.execute_batch("ANALYZE sqlite_schema")?;
    Ok(())
}

pub(crate) fn epoch(connection: &Connection) -> Result<String, StorageError> {
    Ok(connection.query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is asked of one conversation, visitor, profile or order must not read all that a shop has.
    #[test]
    fn what_is_asked_of_one_does_not_read_everybodys() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        tell_sizes(&mut connection).unwrap();
        let plan = |sql: &str| -> Vec<String> {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
            let steps = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3)).unwrap();
            steps.map(Result::unwrap).collect()
        };
        let everybody = |step: &String| step.starts_with("SCAN") || step.contains("(tenant=?)");
        assert!(plan("SELECT data FROM shop_products WHERE tenant = ?1").iter().any(everybody));
        for sql in [
            "DELETE FROM shop_events WHERE tenant = ?1 AND visitor = ?2 AND kind <> 'erased'",
            "DELETE FROM image_parts WHERE tenant = ?1 AND conversation = ?2 AND upload = ?3",
            "SELECT seq FROM consents WHERE tenant = ?1 AND conversation = ?2",
            "SELECT seq FROM consents WHERE tenant = ?1 AND profile = ?2",
            "DELETE FROM continuations WHERE tenant = ?1 AND conversation = ?2 AND used_by IS NULL",
            "SELECT id, subject FROM conversations WHERE tenant = ?1 AND profile = ?2",
            "SELECT id FROM conversations WHERE tenant = ?1 AND subject = ?2 AND profile IS NULL",
            "SELECT id FROM profiles WHERE tenant = ?1 AND kind = ?2 AND digest = ?3 AND retired_at IS NOT NULL",
            "DELETE FROM profile_merges WHERE tenant = ?1 AND (one = ?2 OR other = ?2)",
            "SELECT count(*) FROM grants WHERE tenant = ?1 AND (order_id IN (?2, ?3) OR purchase IN (?2, ?3))",
            "UPDATE offers SET customer = ?3 WHERE tenant = ?1 AND customer = ?2",
            "DELETE FROM grant_households WHERE tenant = ?1 AND grant_id = ?2",
            "SELECT seq, message FROM messages WHERE tenant = ?1 AND conversation = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4",
        ] {
            let steps = plan(sql);
            assert!(!steps.iter().any(everybody), "{sql}: {steps:?}");
        }
        // Those who wait, and nobody else.
        let waiting = "SELECT count(*) FROM conversations
            WHERE tenant = ?1 AND state = 'queued' AND state IN ('queued', 'assigned') AND (queued_at - priority, id) < (?2, ?3)";
        assert!(plan(waiting).iter().all(|step| step.contains("conversations_waiting")));
    }

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
