//! What shoppers have asked the back office to do, in SQL.

use deadpool_postgres::Transaction;
use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::cli::OutcomeTag;

use super::broken;
use crate::storage::rules::DECISIONS_KEPT_MILLIS;
use crate::storage::{Begun, NewAction, StorageError};

pub(super) async fn begin(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    action: &NewAction,
    now: Timestamp,
) -> Result<Begun, StorageError> {
    // The conversation is held, so of two who begin the same one comes first.
    let shopper = transaction
        .query_opt(
            "SELECT subject, locale FROM conversations WHERE tenant = $1 AND id = $2 AND erased_at IS NULL FOR UPDATE",
            &[&tenant.as_str(), &id.as_str()],
        )
        .await
        .map_err(broken)?
        .ok_or(StorageError::Missing)?;
    let (subject, locale): (Option<String>, String) = (shopper.get(0), shopper.get(1));
    transaction
        .execute(
            "DELETE FROM actions WHERE (tenant, conversation, id) IN
                (SELECT tenant, conversation, id FROM actions WHERE begun_at < $1 LIMIT 1000 FOR UPDATE SKIP LOCKED)",
            &[&now.as_millis().saturating_sub(DECISIONS_KEPT_MILLIS)],
        )
        .await
        .map_err(broken)?;
    let found = transaction
        .query_opt(
            "SELECT digest, delivery, leased_until, outcome FROM actions
             WHERE tenant = $1 AND conversation = $2 AND id = $3",
            &[&tenant.as_str(), &id.as_str(), &action.id],
        )
        .await
        .map_err(broken)?;
    let Some(found) = found else {
        transaction
            .execute(
                "INSERT INTO actions (tenant, conversation, id, digest, delivery, leased_until, begun_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                &[
                    &tenant.as_str(),
                    &id.as_str(),
                    &action.id,
                    &action.digest.as_slice(),
                    &action.delivery,
                    &action.leased_until.as_millis(),
                    &now.as_millis(),
                ],
            )
            .await
            .map_err(broken)?;
        return Ok(Begun::Begin { delivery: action.delivery.clone(), subject, locale });
    };
    if found.get::<_, Vec<u8>>(0) != action.digest {
        return Err(StorageError::Conflict { id: action.id.clone() });
    }
    if let Some(outcome) = found.get::<_, Option<String>>(3) {
        let outcome = zg_proto::from_json(&outcome).map_err(|error| StorageError::Database(error.to_string()))?;
        return Ok(Begun::Done(outcome));
    }
    if found.get::<_, i64>(2) > now.as_millis() {
        return Ok(Begun::Running);
    }
    // Whoever had begun it is gone. The back office may have done it, and knows by the name that it has.
    transaction
        .execute(
            "UPDATE actions SET leased_until = $4 WHERE tenant = $1 AND conversation = $2 AND id = $3",
            &[&tenant.as_str(), &id.as_str(), &action.id, &action.leased_until.as_millis()],
        )
        .await
        .map_err(broken)?;
    Ok(Begun::Begin { delivery: found.get(1), subject, locale })
}

pub(super) async fn finish(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    action: &str,
    outcome: &OutcomeTag,
) -> Result<(), StorageError> {
    transaction
        .execute(
            "UPDATE actions SET outcome = $4 WHERE tenant = $1 AND conversation = $2 AND id = $3",
            &[&tenant.as_str(), &id.as_str(), &action, &zg_proto::to_json(outcome)],
        )
        .await
        .map_err(broken)?;
    Ok(())
}
