//! Tables, and the steps from an older database to this one. A step only ever adds.

use tokio_postgres::{Client, Transaction};

use super::broken;
use crate::random;
use crate::storage::StorageError;

const OLDEST_POSTGRES: i32 = 150_000;

/// One entry per release that changed the schema; `meta` counts the entries applied.
const STEPS: &[&str] = &[
    include_str!("schema/0001.sql"),
    include_str!("schema/0020.sql"),
    include_str!("schema/0021.sql"),
    include_str!("schema/0022.sql"),
];

/// What tells one database from a copy of it that went its own way: the cluster's number, which a dump that is
/// restored elsewhere does not keep, and its timeline, which ends where a standby or a backup takes over.
const IDENTITY: &str = "SELECT (pg_control_system()).system_identifier::text || '/' || current_database() || '/'
            || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";
/// Some hosts keep the number to themselves.
const MAY_ASK: &str = "SELECT has_function_privilege('pg_control_system()', 'execute')
            AND has_function_privilege('pg_walfile_name(pg_lsn)', 'execute')
            AND has_function_privilege('pg_current_wal_lsn()', 'execute')";

pub(crate) async fn check_version(client: &Client) -> Result<(), StorageError> {
    let row = client
        .query_one("SELECT current_setting('server_version_num')::int, current_setting('server_version')", &[])
        .await
        .map_err(broken)?;
    if row.get::<_, i32>(0) >= OLDEST_POSTGRES { Ok(()) } else { Err(StorageError::OldPostgres { found: row.get(1) }) }
}

/// Makes or extends the tables and gives the epoch. Processes that start together take turns.
pub(crate) async fn migrate(client: &mut Client) -> Result<String, StorageError> {
    let transaction = client.transaction().await.map_err(broken)?;
    transaction
        .batch_execute("SELECT pg_advisory_xact_lock(hashtextextended('zhanggui schema ' || current_schema(), 0))")
        .await
        .map_err(broken)?;
    steps(&transaction).await?;
    let epoch = epoch(&transaction).await?;
    transaction.commit().await.map_err(broken)?;
    Ok(epoch)
}

async fn steps(transaction: &Transaction<'_>) -> Result<(), StorageError> {
    let exists: bool = transaction
        .query_one("SELECT to_regclass(quote_ident(current_schema()) || '.meta') IS NOT NULL", &[])
        .await
        .map_err(broken)?
        .get(0);
    let found = if exists { meta(transaction, "schema").await? } else { None };
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let found = found.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    if found > known {
        return Err(StorageError::Newer { found, known });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.batch_execute(step).await.map_err(broken)?;
    }
    if found < known {
        set_meta(transaction, "schema", &known.to_string()).await?;
    }
    Ok(())
}

/// The epoch, a new one where the database is not the one it was: its end may be missing then, and cursors lie.
async fn epoch(transaction: &Transaction<'_>) -> Result<String, StorageError> {
    let may_ask: bool = transaction.query_one(MAY_ASK, &[]).await.map_err(broken)?.get(0);
    let identity = if may_ask { IDENTITY } else { "SELECT current_database()::text" };
    let identity: String = transaction.query_one(identity, &[]).await.map_err(broken)?.get(0);
    let known = meta(transaction, "cluster").await?;
    if let Some(epoch) = meta(transaction, "epoch").await?
        && known.as_ref() == Some(&identity)
    {
        return Ok(epoch);
    }
    if known.is_some() {
        tracing::warn!("the database was restored or promoted since the last start: devices will read their logs anew");
    }
    let epoch = random::hex(8);
    set_meta(transaction, "cluster", &identity).await?;
    set_meta(transaction, "epoch", &epoch).await?;
    Ok(epoch)
}

async fn meta(transaction: &Transaction<'_>, key: &str) -> Result<Option<String>, StorageError> {
    let row = transaction.query_opt("SELECT value FROM meta WHERE key = $1", &[&key]).await.map_err(broken)?;
    Ok(row.map(|row| row.get(0)))
}

async fn set_meta(transaction: &Transaction<'_>, key: &str, value: &str) -> Result<(), StorageError> {
    transaction
        .execute(
            "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            &[&key, &value],
        )
        .await
        .map_err(broken)?;
    Ok(())
}
