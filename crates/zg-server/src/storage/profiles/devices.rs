//! Codes by which a conversation goes on elsewhere, and the keys of the devices that it has gone on at.

use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::profile::{ChannelTag, DeviceKey};

use crate::random;
use crate::storage::sql::{Sql, Value, count};
use crate::storage::{Digest, StorageError};

/// Devices that may read a conversation besides the first, at a time.
const MAX_KEYS: i64 = 10;
/// Codes of one conversation that work at a time; a further one puts the oldest out of use.
const MAX_LIVE_CODES: i64 = 3;
/// The name of the key that has opened the conversation.
const FIRST: &str = "first";
/// In place of a secret that lets nobody in any more.
const NOTHING: Digest = [0; 32];

async fn live_keys<S: Sql>(sql: &S, tenant: &TenantId, id: &ConversationId) -> Result<i64, StorageError> {
    count(
        sql,
        "SELECT count(*) FROM conversation_keys WHERE tenant = $1 AND conversation = $2 AND revoked_at IS NULL",
        vec![tenant.as_str().into(), id.as_str().into()],
    )
    .await
}

/// Keeps a code.
///
/// # Errors
/// There is no such conversation, or it has as many devices as it may.
pub(in crate::storage) async fn start<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    id: &ConversationId,
    digest: &Digest,
    expires: Timestamp,
    now: Timestamp,
) -> Result<(), StorageError> {
    if !sql.lock_conversation(tenant, id).await? {
        return Err(StorageError::Missing);
    }
    if live_keys(sql, tenant, id).await? >= MAX_KEYS {
        return Err(StorageError::TooManyDevices { most: MAX_KEYS });
    }
    sql.execute("DELETE FROM continuations WHERE expires_at <= $1", vec![now.as_millis().into()]).await?;
    sql.execute(
        "DELETE FROM continuations WHERE tenant = $1 AND conversation = $2 AND used_by IS NULL AND digest NOT IN
            (SELECT digest FROM continuations WHERE tenant = $1 AND conversation = $2 AND used_by IS NULL
             ORDER BY created_at DESC, digest LIMIT $3)",
        vec![tenant.as_str().into(), id.as_str().into(), (MAX_LIVE_CODES - 1).into()],
    )
    .await?;
    let values = vec![
        tenant.as_str().into(),
        Value::from(digest.as_slice()),
        id.as_str().into(),
        now.as_millis().into(),
        expires.as_millis().into(),
    ];
    sql.execute(
        "INSERT INTO continuations (tenant, digest, conversation, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        values,
    )
    .await?;
    Ok(())
}

/// Uses a code, once; whoever has used it may ask again with the same secret while it is valid, because answers are lost.
pub(in crate::storage) async fn redeem<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    digest: &Digest,
    secret: &Digest,
    channel: ChannelTag,
    now: Timestamp,
) -> Result<Option<ConversationId>, StorageError> {
    const LIVE: &str = "SELECT conversation FROM continuations WHERE tenant = $1 AND digest = $2 AND expires_at > $3";
    let live = vec![tenant.as_str().into(), Value::from(digest.as_slice()), now.as_millis().into()];
    let rows = sql.query(LIVE, live).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let id = ConversationId::new(row.text(0)?).map_err(|error| StorageError::Database(error.to_string()))?;
    if !sql.lock_conversation(tenant, &id).await? {
        return Ok(None);
    }
    // Whoever is in already needs no code.
    if keys(sql, tenant, &id, secret).await?.iter().any(|key| key.mine) {
        return Ok(Some(id));
    }
    if live_keys(sql, tenant, &id).await? >= MAX_KEYS {
        return Ok(None);
    }
    let key = format!("k_{}", random::hex(8));
    let values =
        vec![tenant.as_str().into(), Value::from(digest.as_slice()), key.as_str().into(), now.as_millis().into()];
    // Under the lock: another one may have been first.
    let n_used = sql
        .execute(
            "UPDATE continuations SET used_by = $3
             WHERE tenant = $1 AND digest = $2 AND used_by IS NULL AND expires_at > $4",
            values,
        )
        .await?;
    if n_used != 1 {
        return Ok(None);
    }
    let values = vec![
        tenant.as_str().into(),
        id.as_str().into(),
        key.as_str().into(),
        Value::from(secret.as_slice()),
        channel.name().into(),
        now.as_millis().into(),
    ];
    sql.execute(
        "INSERT INTO conversation_keys (tenant, conversation, id, secret, channel, added_at) VALUES ($1, $2, $3, $4, $5, $6)",
        values,
    )
    .await?;
    Ok(Some(id))
}

/// The devices that may read a conversation, oldest first.
pub(in crate::storage) async fn keys<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    id: &ConversationId,
    mine: &Digest,
) -> Result<Vec<DeviceKey>, StorageError> {
    let values = || vec![tenant.as_str().into(), id.as_str().into()];
    let mut keys = Vec::new();
    let first = sql
        .query(
            "SELECT secret, opened_at FROM conversations WHERE tenant = $1 AND id = $2 AND erased_at IS NULL",
            values(),
        )
        .await?;
    let Some(row) = first.first() else { return Err(StorageError::Missing) };
    let secret = row.blob(0)?;
    if secret != NOTHING {
        keys.push(DeviceKey { key: FIRST.to_owned(), channel: None, added_at: row.integer(1)?, mine: secret == *mine });
    }
    let rows = sql
        .query(
            "SELECT id, channel, added_at, secret FROM conversation_keys
             WHERE tenant = $1 AND conversation = $2 AND revoked_at IS NULL ORDER BY added_at, id",
            values(),
        )
        .await?;
    for row in rows {
        keys.push(DeviceKey {
            key: row.text(0)?,
            channel: ChannelTag::from_name(&row.text(1)?),
            added_at: row.integer(2)?,
            mine: row.blob(3)? == *mine,
        });
    }
    Ok(keys)
}

/// Lets a device in no more. Its codes go with it: whoever had the device may have read them.
///
/// # Errors
/// There is no such conversation, or it never had this key.
pub(in crate::storage) async fn revoke<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    id: &ConversationId,
    key: &str,
    now: Timestamp,
) -> Result<(), StorageError> {
    if !sql.lock_conversation(tenant, id).await? {
        return Err(StorageError::Missing);
    }
    sql.execute(
        "DELETE FROM continuations WHERE tenant = $1 AND conversation = $2 AND used_by IS NULL",
        vec![tenant.as_str().into(), id.as_str().into()],
    )
    .await?;
    if key == FIRST {
        sql.execute(
            "UPDATE conversations SET secret = $3 WHERE tenant = $1 AND id = $2",
            vec![tenant.as_str().into(), id.as_str().into(), Value::from(NOTHING.as_slice())],
        )
        .await?;
        return Ok(());
    }
    let n_known = count(
        sql,
        "SELECT count(*) FROM conversation_keys WHERE tenant = $1 AND conversation = $2 AND id = $3",
        vec![tenant.as_str().into(), id.as_str().into(), key.into()],
    )
    .await?;
    if n_known == 0 {
        return Err(StorageError::NoSuchKey);
    }
    let values = vec![
        tenant.as_str().into(),
        id.as_str().into(),
        key.into(),
        Value::from(NOTHING.as_slice()),
        now.as_millis().into(),
    ];
    sql.execute(
        "UPDATE conversation_keys SET secret = $4, revoked_at = $5
         WHERE tenant = $1 AND conversation = $2 AND id = $3 AND revoked_at IS NULL",
        values,
    )
    .await?;
    Ok(())
}
