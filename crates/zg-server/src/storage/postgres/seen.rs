//! Up to where each side has seen the log, in SQL. It never goes back, and never beyond the end.

use deadpool_postgres::Transaction;
use zg_domain::{ConversationId, OperatorId, TenantId};

use super::{broken, desk, row};
use crate::hub::Change;
use crate::storage::StorageError;

pub(super) async fn by_shopper(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    seq: u64,
    changes: &mut Vec<Change>,
) -> Result<(), StorageError> {
    let row = row::lock(transaction, tenant, id).await?;
    note(transaction, tenant, id, ("seen_by_shopper", seq, row.last_seq), changes).await
}

/// Only who holds the conversation has seen it for the shopper: others may look in and do nothing.
pub(super) async fn by_holder(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    operator: &OperatorId,
    id: &ConversationId,
    seq: u64,
    changes: &mut Vec<Change>,
) -> Result<(), StorageError> {
    let row = desk::lock_held(transaction, tenant, operator, id).await?;
    note(transaction, tenant, id, ("seen_by_operator", seq, row.last_seq), changes).await
}

async fn note(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    (column, seq, last_seq): (&'static str, u64, u64),
    changes: &mut Vec<Change>,
) -> Result<(), StorageError> {
    let statement = transaction
        .prepare_cached(&format!(
            "UPDATE conversations SET {column} = $3 WHERE tenant = $1 AND id = $2 AND {column} < $3"
        ))
        .await
        .map_err(broken)?;
    let n_changed = transaction
        .execute(&statement, &[&tenant.as_str(), &id.as_str(), &row::signed(seq.min(last_seq))])
        .await
        .map_err(broken)?;
    if n_changed == 1 {
        let (tenant, conversation) = (tenant.clone(), id.clone());
        changes.push(Change { id: 0, tenant, conversation, after: last_seq, desk: true, queue: false, keys: false });
    }
    Ok(())
}
