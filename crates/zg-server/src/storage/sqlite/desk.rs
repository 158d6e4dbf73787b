//! The operators' side, in SQL. A conversation is on the desk once a person was asked for, and not before.

use rusqlite::{Connection, OptionalExtension as _, params};
use zg_domain::{ConversationId, Handoff, OperatorId, TenantId, Timestamp};
use zg_proto::http::{Ack, OperatorReply, QueueItem};

use super::row::{self, Ready, Row};
use super::writer::Effects;
use crate::storage::{StorageError, rules};

const ITEM: &str =
    "SELECT c.id, c.state, c.queued_at, c.locale, c.page, c.reason, c.operator, o.display_name, c.last_seq,
            (SELECT message FROM messages m
             WHERE m.tenant = c.tenant AND m.conversation = c.id AND m.author = 'shopper'
             ORDER BY m.seq DESC LIMIT 1),
            c.packet, c.subject, c.subject_name, c.seen_by_shopper
     FROM conversations c LEFT JOIN operators o ON o.id = c.operator AND o.tenant = c.tenant";

fn read_item(row: &rusqlite::Row<'_>, me: &OperatorId) -> rusqlite::Result<QueueItem> {
    let holder: Option<String> = row.get(6)?;
    let newest: Option<String> = row.get(9)?;
    Ok(QueueItem {
        id: row.get(0)?,
        state: row::tag(&row.get::<_, String>(1)?),
        since: row.get(2)?,
        locale: row.get(3)?,
        page: row.get(4)?,
        reason: row.get(5)?,
        packet: row.get::<_, Option<String>>(10)?.and_then(|json| zg_proto::from_json(&json).ok()),
        subject: row.get(11)?,
        subject_name: row.get(12)?,
        mine: holder.as_deref() == Some(me.as_str()),
        operator: row.get(7)?,
        seen: row.get(13)?,
        last_seq: row.get(8)?,
        preview: rules::preview(newest),
    })
}

pub(super) fn queue(
    connection: &Connection,
    tenant: &TenantId,
    me: &OperatorId,
) -> Result<Vec<QueueItem>, StorageError> {
    let mut statement = connection.prepare_cached(&format!(
        "{ITEM} WHERE c.tenant = ?1 AND c.state IN ('queued', 'assigned') AND c.erased_at IS NULL
         ORDER BY c.queued_at - c.priority * ?3, c.id LIMIT ?2"
    ))?;
    let rows = statement
        .query_map(params![tenant.as_str(), rules::MAX_ITEMS, row::PRIORITY_MILLIS], |row| read_item(row, me))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn item(
    connection: &Connection,
    tenant: &TenantId,
    me: &OperatorId,
    id: &ConversationId,
) -> Result<Option<QueueItem>, StorageError> {
    let item = connection
        .prepare_cached(&format!(
            "{ITEM} WHERE c.tenant = ?1 AND c.id = ?2 AND c.queued_at IS NOT NULL AND c.erased_at IS NULL"
        ))?
        .query_row([tenant.as_str(), id.as_str()], |row| read_item(row, me))
        .optional()?;
    Ok(item)
}

/// The conversation, if it is on the desk at all.
fn load(connection: &Connection, tenant: &TenantId, id: &ConversationId) -> Result<Row, StorageError> {
    row::load(connection, tenant, id)?.filter(|row| row.queued_at.is_some()).ok_or(StorageError::Missing)
}

pub(super) fn load_held(
    connection: &Connection,
    tenant: &TenantId,
    operator: &OperatorId,
    id: &ConversationId,
) -> Result<Row, StorageError> {
    let row = load(connection, tenant, id)?;
    if row.held_by(operator) { Ok(row) } else { Err(StorageError::NotHolder) }
}

pub(super) fn take(
    connection: &Connection,
    tenant: &TenantId,
    operator: &OperatorId,
    id: &ConversationId,
    now: Timestamp,
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let before = load(connection, tenant, id)?;
    let handoff = before.handoff.clone().assign(operator.clone())?;
    if handoff == before.handoff {
        return Ok(());
    }
    let name: String = connection
        .prepare_cached("SELECT display_name FROM operators WHERE id = ?1 AND tenant = ?2")?
        .query_row([operator.as_str(), tenant.as_str()], |row| row.get(0))?;
    let mut last_seq = before.last_seq;
    row::insert_event(connection, tenant, id, &mut last_seq, ("operator_joined", &name), now)?;
    let after = Row { handoff, queued_at: before.queued_at, last_seq };
    row::save(connection, tenant, id, (&before, &after), effects)
}

pub(super) fn release(
    connection: &Connection,
    tenant: &TenantId,
    operator: &OperatorId,
    id: &ConversationId,
    now: Timestamp,
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let before = load_held(connection, tenant, operator, id)?;
    let since = before.queued_at.unwrap_or(now);
    let mut last_seq = before.last_seq;
    row::insert_event(connection, tenant, id, &mut last_seq, ("operator_left", ""), now)?;
    let after = Row { handoff: Handoff::Queued { since }, queued_at: Some(since), last_seq };
    row::save(connection, tenant, id, (&before, &after), effects)
}

pub(super) fn finish(
    connection: &Connection,
    tenant: &TenantId,
    operator: &OperatorId,
    id: &ConversationId,
    now: Timestamp,
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let before = load_held(connection, tenant, operator, id)?;
    let handoff = before.handoff.clone().end()?;
    let mut last_seq = before.last_seq;
    row::insert_event(connection, tenant, id, &mut last_seq, ("ended", ""), now)?;
    let after = Row { handoff, queued_at: before.queued_at, last_seq };
    row::save(connection, tenant, id, (&before, &after), effects)
}

pub(super) fn reply(
    connection: &Connection,
    tenant: &TenantId,
    operator: &OperatorId,
    id: &ConversationId,
    reply: OperatorReply,
    now: Timestamp,
    effects: &mut Effects,
) -> Result<Ack, StorageError> {
    let before = load(connection, tenant, id)?;
    let (message, digest) = rules::reply(operator, reply, now);
    let mut last_seq = before.last_seq;
    let ack = row::insert(connection, tenant, id, &mut last_seq, &Ready::with(message, digest), now)?;
    if !ack.duplicate {
        // After the look for a duplicate: a retry of what was sent while holding is no new reply.
        if !before.held_by(operator) {
            return Err(StorageError::NotHolder);
        }
        let after = Row { handoff: before.handoff.clone(), queued_at: before.queued_at, last_seq };
        row::save(connection, tenant, id, (&before, &after), effects)?;
    }
    Ok(ack)
}
