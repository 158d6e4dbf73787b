//! The operators' side, in SQL. A conversation is on the desk once a person was asked for, and not before.

use deadpool_postgres::{Object, Transaction};
use tokio_postgres::Row as Columns;
use zg_domain::{ConversationId, Handoff, OperatorId, TenantId, Timestamp};
use zg_proto::http::{Ack, OperatorReply, QueueItem};

use super::broken;
use super::row::{self, unsigned};
use crate::hub::Change;
use crate::storage::StorageError;
use crate::storage::rules::{self, PRIORITY_MILLIS, Row};

const ITEM: &str =
    "SELECT c.id, c.state, c.queued_at, c.locale, c.page, c.reason, c.operator, o.display_name, c.last_seq,
            (SELECT message FROM messages m
             WHERE m.tenant = c.tenant AND m.conversation = c.id AND m.author = 'shopper'
             ORDER BY m.seq DESC LIMIT 1),
            c.packet, c.subject, c.subject_name, c.seen_by_shopper
     FROM conversations c LEFT JOIN operators o ON o.id = c.operator AND o.tenant = c.tenant";

fn read_item(columns: &Columns, me: &OperatorId) -> QueueItem {
    let holder: Option<String> = columns.get(6);
    QueueItem {
        id: columns.get(0),
        state: rules::tag(columns.get(1)),
        since: columns.get(2),
        locale: columns.get(3),
        page: columns.get(4),
        reason: columns.get(5),
        packet: columns.get::<_, Option<String>>(10).and_then(|json| zg_proto::from_json(&json).ok()),
        subject: columns.get(11),
        subject_name: columns.get(12),
        mine: holder.as_deref() == Some(me.as_str()),
        operator: columns.get(7),
        seen: unsigned(columns.get(13)),
        last_seq: unsigned(columns.get(8)),
        preview: rules::preview(columns.get(9)),
    }
}

pub(super) async fn queue(client: &Object, tenant: &TenantId, me: &OperatorId) -> Result<Vec<QueueItem>, StorageError> {
    let statement = client
        .prepare_cached(&format!(
            "{ITEM} WHERE c.tenant = $1 AND c.state IN ('queued', 'assigned') AND c.erased_at IS NULL
             ORDER BY c.queued_at - c.priority * $3::bigint, c.id LIMIT $2"
        ))
        .await
        .map_err(broken)?;
    let rows = client
        .query(&statement, &[&tenant.as_str(), &i64::from(rules::MAX_ITEMS), &PRIORITY_MILLIS])
        .await
        .map_err(broken)?;
    Ok(rows.iter().map(|row| read_item(row, me)).collect())
}

pub(super) async fn item(
    client: &Object,
    tenant: &TenantId,
    me: &OperatorId,
    id: &ConversationId,
) -> Result<Option<QueueItem>, StorageError> {
    let statement = client
        .prepare_cached(&format!(
            "{ITEM} WHERE c.tenant = $1 AND c.id = $2 AND c.queued_at IS NOT NULL AND c.erased_at IS NULL"
        ))
        .await
        .map_err(broken)?;
    let row = client.query_opt(&statement, &[&tenant.as_str(), &id.as_str()]).await.map_err(broken)?;
    Ok(row.map(|row| read_item(&row, me)))
}

/// The conversation, if it is on the desk at all.
async fn lock(transaction: &Transaction<'_>, tenant: &TenantId, id: &ConversationId) -> Result<Row, StorageError> {
    let row = row::lock(transaction, tenant, id).await?;
    if row.queued_at.is_some() { Ok(row) } else { Err(StorageError::Missing) }
}

pub(super) async fn lock_held(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    operator: &OperatorId,
    id: &ConversationId,
) -> Result<Row, StorageError> {
    let row = lock(transaction, tenant, id).await?;
    if row.held_by(operator) { Ok(row) } else { Err(StorageError::NotHolder) }
}

pub(super) async fn take(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    operator: &OperatorId,
    id: &ConversationId,
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<(), StorageError> {
    let before = lock(transaction, tenant, id).await?;
    let handoff = before.handoff.clone().assign(operator.clone())?;
    if handoff == before.handoff {
        return Ok(());
    }
    let name: String = transaction
        .query_one(
            "SELECT display_name FROM operators WHERE id = $1 AND tenant = $2",
            &[&operator.as_str(), &tenant.as_str()],
        )
        .await
        .map_err(broken)?
        .get(0);
    let mut last_seq = before.last_seq;
    row::insert_event(transaction, tenant, id, &mut last_seq, ("operator_joined", &name), now).await?;
    let after = Row { handoff, queued_at: before.queued_at, last_seq };
    row::save(transaction, tenant, id, (&before, &after), changes).await
}

pub(super) async fn release(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    operator: &OperatorId,
    id: &ConversationId,
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<(), StorageError> {
    let before = lock_held(transaction, tenant, operator, id).await?;
    let since = before.queued_at.unwrap_or(now);
    let mut last_seq = before.last_seq;
    row::insert_event(transaction, tenant, id, &mut last_seq, ("operator_left", ""), now).await?;
    let after = Row { handoff: Handoff::Queued { since }, queued_at: Some(since), last_seq };
    row::save(transaction, tenant, id, (&before, &after), changes).await
}

pub(super) async fn finish(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    operator: &OperatorId,
    id: &ConversationId,
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<(), StorageError> {
    let before = lock_held(transaction, tenant, operator, id).await?;
    let handoff = before.handoff.clone().end()?;
    let mut last_seq = before.last_seq;
    row::insert_event(transaction, tenant, id, &mut last_seq, ("ended", ""), now).await?;
    let after = Row { handoff, queued_at: before.queued_at, last_seq };
    row::save(transaction, tenant, id, (&before, &after), changes).await
}

pub(super) async fn reply(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    operator: &OperatorId,
    id: &ConversationId,
    reply: OperatorReply,
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<Ack, StorageError> {
    let before = lock(transaction, tenant, id).await?;
    let message = rules::reply(operator, reply, now);
    let mut last_seq = before.last_seq;
    let acks = row::insert(transaction, tenant, id, &mut last_seq, &[message], now).await?;
    let ack = acks.into_iter().next().ok_or(StorageError::Missing)?;
    if !ack.duplicate {
        // After the look for a duplicate: a retry of what was sent while holding is no new reply.
        if !before.held_by(operator) {
            return Err(StorageError::NotHolder);
        }
        let after = Row { handoff: before.handoff.clone(), queued_at: before.queued_at, last_seq };
        row::save(transaction, tenant, id, (&before, &after), changes).await?;
    }
    Ok(ack)
}
