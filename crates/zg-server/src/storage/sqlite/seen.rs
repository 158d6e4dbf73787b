//! Up to where each side has seen the log, in SQL. It never goes back, and never beyond the end.

use rusqlite::{Connection, OptionalExtension as _, params};
use zg_domain::{ConversationId, OperatorId, TenantId};

use super::desk;
use super::row;
use super::writer::Effects;
use crate::hub::Change;
use crate::storage::StorageError;

pub(super) fn by_shopper(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    seq: u64,
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let row = row::load(connection, tenant, id)?.ok_or(StorageError::Missing)?;
    note(connection, tenant, id, ("seen_by_shopper", seq, row.last_seq), effects)
}

/// Only who holds the conversation has seen it for the shopper: others may look in and do nothing.
pub(super) fn by_holder(
    connection: &Connection,
    tenant: &TenantId,
    operator: &OperatorId,
    id: &ConversationId,
    seq: u64,
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let row = desk::load_held(connection, tenant, operator, id)?;
    note(connection, tenant, id, ("seen_by_operator", seq, row.last_seq), effects)
}

pub(super) fn of_operators(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
) -> Result<u64, StorageError> {
    let seen = connection
        .prepare_cached("SELECT seen_by_operator FROM conversations WHERE tenant = ?1 AND id = ?2")?
        .query_row([tenant.as_str(), id.as_str()], |row| row.get(0))
        .optional()?;
    Ok(seen.unwrap_or_default())
}

fn note(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    (column, seq, last_seq): (&'static str, u64, u64),
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let n_changed = connection
        .prepare_cached(&format!(
            "UPDATE conversations SET {column} = ?3 WHERE tenant = ?1 AND id = ?2 AND {column} < ?3"
        ))?
        .execute(params![tenant.as_str(), id.as_str(), seq.min(last_seq)])?;
    if n_changed == 1 {
        let (tenant, conversation) = (tenant.clone(), id.clone());
        effects.changes.push(Change {
            id: 0,
            tenant,
            conversation,
            after: last_seq,
            desk: true,
            queue: false,
            keys: false,
        });
    }
    Ok(())
}
