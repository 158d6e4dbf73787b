//! A conversation's row and its log.

use std::collections::HashMap;

use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row as Columns;
use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::Message;
use zg_proto::http::{Ack, Sequenced};

use super::broken;
use crate::hub::Change;
use crate::storage::rules::{Row, digest, handoff, house_event, is_full};
use crate::storage::{Digest, StorageError};

/// A count of ours, which the database keeps signed.
pub(super) fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

pub(super) fn signed(n: u64) -> i64 {
    // Beyond what the database can count there are no messages either.
    i64::try_from(n).unwrap_or(i64::MAX)
}

const COLUMNS: &str = "SELECT state, queued_at, operator, last_seq FROM conversations
             WHERE tenant = $1 AND id = $2 AND erased_at IS NULL";

/// A row of whose columns `first` is the state, the others following as in [`COLUMNS`].
pub(super) fn read(columns: &Columns, first: usize) -> Result<Row, StorageError> {
    let queued_at: Option<i64> = columns.get(first + 1);
    let handoff = handoff(columns.get(first), queued_at, columns.get(first + 2))?;
    Ok(Row { handoff, queued_at: queued_at.map(Timestamp::from_millis), last_seq: unsigned(columns.get(first + 3)) })
}

/// `None` where there is no such conversation or it was erased.
pub(super) async fn load(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &ConversationId,
) -> Result<Option<Row>, StorageError> {
    let statement = client.prepare_cached(COLUMNS).await.map_err(broken)?;
    let row = client.query_opt(&statement, &[&tenant.as_str(), &id.as_str()]).await.map_err(broken)?;
    row.map(|row| read(&row, 0)).transpose()
}

/// The same for who writes: others wait until the transaction is over.
pub(super) async fn lock(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
) -> Result<Row, StorageError> {
    let statement = transaction.prepare_cached(&format!("{COLUMNS} FOR UPDATE")).await.map_err(broken)?;
    let row = transaction.query_opt(&statement, &[&tenant.as_str(), &id.as_str()]).await.map_err(broken)?;
    row.map(|row| read(&row, 0)).transpose()?.ok_or(StorageError::Missing)
}

/// Writes the state back and notes it as news, with everything after `before` in it.
pub(super) async fn save(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    (before, after): (&Row, &Row),
    changes: &mut Vec<Change>,
) -> Result<(), StorageError> {
    let statement = transaction
        .prepare_cached(
            "UPDATE conversations SET state = $3, queued_at = $4, operator = $5, last_seq = $6
             WHERE tenant = $1 AND id = $2",
        )
        .await
        .map_err(broken)?;
    transaction
        .execute(
            &statement,
            &[
                &tenant.as_str(),
                &id.as_str(),
                &after.handoff.name(),
                &after.queued_at.map(Timestamp::as_millis),
                &after.holder(),
                &signed(after.last_seq),
            ],
        )
        .await
        .map_err(broken)?;
    changes.push(change(tenant, id, (before, after)));
    Ok(())
}

/// What there is to tell of a row that was `before` and is `after` now.
pub(super) fn change(tenant: &TenantId, id: &ConversationId, (before, after): (&Row, &Row)) -> Change {
    Change {
        id: 0,
        tenant: tenant.clone(),
        conversation: id.clone(),
        after: before.last_seq,
        desk: before.queued_at.is_some() || after.queued_at.is_some(),
        queue: before.handoff != after.handoff,
        keys: false,
    }
}

/// Messages of a log by their ids: the place, and what a retry is recognised by.
pub(super) type Known = HashMap<String, (u64, Vec<u8>)>;

/// What becomes of messages that are handed in.
pub(super) struct Placed<'a> {
    pub(super) acks: Vec<Ack>,
    /// Those that are to be written, each with its place; they follow each other.
    pub(super) new: Vec<(u64, &'a (Message, Digest))>,
}

/// Finds places at the end of the log for messages, those aside whose id is there already.
///
/// # Errors
/// An id is there already with another message.
pub(super) fn place<'a>(
    known: &Known,
    mut last_seq: u64,
    messages: &'a [(Message, Digest)],
) -> Result<Placed<'a>, StorageError> {
    let mut placed = Placed { acks: Vec::with_capacity(messages.len()), new: Vec::new() };
    // Those of this very request: an id may come twice in it.
    let mut fresh: HashMap<&str, (u64, &Digest)> = HashMap::new();
    for message in messages {
        let (Message { id, .. }, digest) = message;
        let there = known.get(id).map(|(seq, stored)| (*seq, stored.as_slice()));
        if let Some((seq, stored)) = there.or_else(|| fresh.get(id.as_str()).map(|(seq, stored)| (*seq, &stored[..]))) {
            if stored != digest {
                return Err(StorageError::Conflict { id: id.clone() });
            }
            placed.acks.push(Ack { id: id.clone(), seq, duplicate: true });
            continue;
        }
        last_seq += 1;
        fresh.insert(id, (last_seq, digest));
        placed.acks.push(Ack { id: id.clone(), seq: last_seq, duplicate: false });
        placed.new.push((last_seq, message));
    }
    Ok(placed)
}

/// Notes as news that a key was revoked.
pub(super) async fn keys_changed(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    changes: &mut Vec<Change>,
) -> Result<(), StorageError> {
    let row = load(transaction, tenant, id).await?.ok_or(StorageError::Missing)?;
    let (tenant, conversation) = (tenant.clone(), id.clone());
    changes.push(Change { id: 0, tenant, conversation, after: row.last_seq, desk: false, queue: false, keys: true });
    Ok(())
}

/// Writes messages at the end of the log, those aside whose id is there already.
pub(super) async fn insert(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    last_seq: &mut u64,
    messages: &[(Message, Digest)],
    now: Timestamp,
) -> Result<Vec<Ack>, StorageError> {
    let ids: Vec<&str> = messages.iter().map(|(message, _)| message.id.as_str()).collect();
    let statement = transaction
        .prepare_cached("SELECT id, seq, digest FROM messages WHERE tenant = $1 AND conversation = $2 AND id = ANY($3)")
        .await
        .map_err(broken)?;
    let rows = transaction.query(&statement, &[&tenant.as_str(), &id.as_str(), &ids]).await.map_err(broken)?;
    let known: Known = rows.iter().map(|row| (row.get(0), (unsigned(row.get(1)), row.get(2)))).collect();
    let Placed { acks, new } = place(&known, *last_seq, messages)?;
    if let Some((seq, _)) = new.last() {
        *last_seq = *seq;
        let (mut seqs, mut ids, mut authors, mut digests, mut texts) = (vec![], vec![], vec![], vec![], vec![]);
        for (seq, (message, digest)) in &new {
            seqs.push(signed(*seq));
            ids.push(message.id.as_str());
            authors.push(message.author.name());
            digests.push(digest.as_slice());
            texts.push(zg_proto::to_json(message));
        }
        let statement = transaction
            .prepare_cached(
                "INSERT INTO messages (tenant, conversation, received_at, seq, id, author, digest, message)
                 SELECT $1, $2, $3, * FROM unnest($4::bigint[], $5::text[], $6::text[], $7::bytea[], $8::text[])",
            )
            .await
            .map_err(broken)?;
        transaction
            .execute(
                &statement,
                &[&tenant.as_str(), &id.as_str(), &now.as_millis(), &seqs, &ids, &authors, &digests, &texts],
            )
            .await
            .map_err(broken)?;
    }
    Ok(acks)
}

/// Writes what an operator has done. What the shopper does is told by the shopper's device.
pub(super) async fn insert_event(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    last_seq: &mut u64,
    (name, text): (&str, &str),
    now: Timestamp,
) -> Result<(), StorageError> {
    let message = house_event(name, text, now);
    let digest = digest(&message);
    insert(transaction, tenant, id, last_seq, &[(message, digest)], now).await?;
    Ok(())
}

pub(super) fn sequenced(seq: i64, json: &str) -> Result<Sequenced, StorageError> {
    let message = zg_proto::from_json(json)
        .map_err(|error| StorageError::Database(format!("message {seq} cannot be read: {error}")))?;
    Ok(Sequenced { seq: unsigned(seq), message })
}

/// As many messages as go into one answer, and whether there are more of them.
pub(super) fn full<'a>(
    found: impl Iterator<Item = (i64, &'a str)>,
    limit: u32,
) -> Result<(Vec<Sequenced>, bool), StorageError> {
    let (mut messages, mut bytes) = (Vec::new(), 0);
    for (seq, json) in found {
        if is_full(messages.len(), limit, bytes) {
            return Ok((messages, true));
        }
        bytes += json.len();
        messages.push(sequenced(seq, json)?);
    }
    Ok((messages, false))
}

/// At most `limit` messages after `after`, oldest first, and the cursor of the next page where there is one.
pub(super) async fn page(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &ConversationId,
    after: u64,
    limit: u32,
) -> Result<(Vec<Sequenced>, Option<u64>), StorageError> {
    let limit = limit.max(1);
    let statement = client
        .prepare_cached(
            "SELECT seq, message FROM messages
             WHERE tenant = $1 AND conversation = $2 AND seq > $3 ORDER BY seq LIMIT $4",
        )
        .await
        .map_err(broken)?;
    let rows = client
        .query(&statement, &[&tenant.as_str(), &id.as_str(), &signed(after), &(i64::from(limit) + 1)])
        .await
        .map_err(broken)?;
    let (messages, more) = full(rows.iter().map(|row| (row.get(0), row.get(1))), limit)?;
    let next = if more { messages.last().map(|last| last.seq) } else { None };
    Ok((messages, next))
}
