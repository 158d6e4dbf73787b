//! What shoppers have asked the back office to do, in SQL.

use rusqlite::{Connection, OptionalExtension as _, params};
use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::cli::OutcomeTag;

use crate::storage::{Begun, NewAction, StorageError};

/// As messages: a retry comes within days.
const KEPT_MILLIS: i64 = 30 * 86_400_000;

pub(super) fn begin(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    action: &NewAction,
    now: Timestamp,
) -> Result<Begun, StorageError> {
    let shopper: Option<(Option<String>, String)> = connection
        .prepare_cached(
            "SELECT subject, locale FROM conversations WHERE tenant = ?1 AND id = ?2 AND erased_at IS NULL",
        )?
        .query_row(params![tenant.as_str(), id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (subject, locale) = shopper.ok_or(StorageError::Missing)?;
    connection
        .prepare_cached("DELETE FROM actions WHERE begun_at < ?1")?
        .execute([now.as_millis().saturating_sub(KEPT_MILLIS)])?;
    let key = params![tenant.as_str(), id.as_str(), action.id];
    let found: Option<(Vec<u8>, String, i64, Option<String>)> = connection
        .prepare_cached(
            "SELECT digest, delivery, leased_until, outcome FROM actions
             WHERE tenant = ?1 AND conversation = ?2 AND id = ?3",
        )?
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((digest, delivery, leased_until, outcome)) = found else {
        connection
            .prepare_cached(
                "INSERT INTO actions (tenant, conversation, id, digest, delivery, leased_until, begun_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                tenant.as_str(),
                id.as_str(),
                action.id,
                action.digest.as_slice(),
                action.delivery,
                action.leased_until.as_millis(),
                now.as_millis(),
            ])?;
        return Ok(Begun::Begin { delivery: action.delivery.clone(), subject, locale });
    };
    if digest != action.digest {
        return Err(StorageError::Conflict { id: action.id.clone() });
    }
    if let Some(outcome) = outcome {
        let outcome = zg_proto::from_json(&outcome).map_err(|error| StorageError::Database(error.to_string()))?;
        return Ok(Begun::Done(outcome));
    }
    if leased_until > now.as_millis() {
        return Ok(Begun::Running);
    }
    // Whoever had begun it is gone. The back office may have done it, and knows by the name that it has.
    connection
        .prepare_cached("UPDATE actions SET leased_until = ?4 WHERE tenant = ?1 AND conversation = ?2 AND id = ?3")?
        .execute(params![tenant.as_str(), id.as_str(), action.id, action.leased_until.as_millis()])?;
    Ok(Begun::Begin { delivery, subject, locale })
}

pub(super) fn finish(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    action: &str,
    outcome: &OutcomeTag,
) -> Result<(), StorageError> {
    connection
        .prepare_cached("UPDATE actions SET outcome = ?4 WHERE tenant = ?1 AND conversation = ?2 AND id = ?3")?
        .execute(params![tenant.as_str(), id.as_str(), action, zg_proto::to_json(outcome)])?;
    Ok(())
}
