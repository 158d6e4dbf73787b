//! What a conversation's row and its log mean.

use rusqlite::{Connection, OptionalExtension as _, params};
use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::http::{Ack, Sequenced};
use zg_proto::{AuthorTag, Message};

use super::writer::Effects;
use crate::hub::Change;
use crate::storage::{Digest, Image, StorageError};

pub(super) use crate::storage::rules::{PRIORITY_MILLIS, Row, handoff, tag};
use crate::storage::rules::{digest, digest_with, house_event, is_full};

/// `None` where there is no such conversation or it was erased.
pub(super) fn load(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
) -> Result<Option<Row>, StorageError> {
    let columns = connection
        .prepare_cached(
            "SELECT state, queued_at, operator, last_seq FROM conversations
             WHERE tenant = ?1 AND id = ?2 AND erased_at IS NULL",
        )?
        .query_row(params![tenant.as_str(), id.as_str()], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, Option<i64>>(1)?,
                row.get::<_, Option<String>>(2)?,
                row.get::<_, u64>(3)?,
            ))
        })
        .optional()?;
    let Some((state, queued_at, operator, last_seq)) = columns else { return Ok(None) };
    let handoff = handoff(&state, queued_at, operator)?;
    Ok(Some(Row { handoff, queued_at: queued_at.map(Timestamp::from_millis), last_seq }))
}

/// Writes the state back and tells the hub, with everything after `after` as news.
pub(super) fn save(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    (before, after): (&Row, &Row),
    effects: &mut Effects,
) -> Result<(), StorageError> {
    connection
        .prepare_cached(
            "UPDATE conversations SET state = ?3, queued_at = ?4, operator = ?5, last_seq = ?6
             WHERE tenant = ?1 AND id = ?2",
        )?
        .execute(params![
            tenant.as_str(),
            id.as_str(),
            after.handoff.name(),
            after.queued_at.map(Timestamp::as_millis),
            after.holder(),
            after.last_seq,
        ])?;
    effects.changes.push(Change {
        id: 0,
        tenant: tenant.clone(),
        conversation: id.clone(),
        after: before.last_seq,
        desk: before.queued_at.is_some() || after.queued_at.is_some(),
        queue: before.handoff != after.handoff,
        keys: false,
    });
    Ok(())
}

/// Tells the hub that a key was revoked.
pub(super) fn keys_changed(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let row = load(connection, tenant, id)?.ok_or(StorageError::Missing)?;
    let (tenant, conversation) = (tenant.clone(), id.clone());
    effects.changes.push(Change {
        id: 0,
        tenant,
        conversation,
        after: row.last_seq,
        desk: false,
        queue: false,
        keys: true,
    });
    Ok(())
}

/// A message as it is kept, with what a retry is recognised by. Made before it is the writer's turn, for which everybody waits.
pub(super) struct Ready {
    pub(super) id: String,
    pub(super) author: AuthorTag,
    pub(super) digest: Digest,
    json: String,
}

impl Ready {
    pub(super) fn new(message: Message) -> Self {
        let digest = digest(&message);
        Self::with(message, digest)
    }

    /// As a device has sent it.
    pub(super) fn received(mut message: Message, now: Timestamp) -> Self {
        let digest = digest(&message);
        // A device's clock is a claim; one that runs ahead would put its messages after everything else.
        message.at = message.at.clamp(0, now.as_millis());
        Self::with(message, digest)
    }

    /// The same, with the picture that it shows.
    pub(super) fn picture(mut message: Message, image: &Image, now: Timestamp) -> Self {
        let digest = digest_with(&message, image);
        message.at = message.at.clamp(0, now.as_millis());
        Self::with(message, digest)
    }

    pub(super) fn with(message: Message, digest: Digest) -> Self {
        let json = zg_proto::to_json(&message);
        Self { id: message.id, author: message.author, digest, json }
    }

    /// What it costs to write, in bytes: rows and indices have their price, too.
    pub(super) fn weight(&self) -> usize {
        self.json.len().max(1024)
    }
}

/// The place of a message that was written before.
///
/// # Errors
/// `Conflict` where its id is taken by another content.
pub(super) fn find(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    message: &Ready,
) -> Result<Option<u64>, StorageError> {
    let known = connection
        .prepare_cached("SELECT seq, digest FROM messages WHERE tenant = ?1 AND conversation = ?2 AND id = ?3")?
        .query_row(params![tenant.as_str(), id.as_str(), message.id], |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .optional()?;
    match known {
        Some((_, stored)) if stored != message.digest => Err(StorageError::Conflict { id: message.id.clone() }),
        known => Ok(known.map(|(seq, _)| seq)),
    }
}

/// Writes one message at the end of the log, unless its id is there already.
pub(super) fn insert(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    last_seq: &mut u64,
    message: &Ready,
    now: Timestamp,
) -> Result<Ack, StorageError> {
    if let Some(seq) = find(connection, tenant, id, message)? {
        return Ok(Ack { id: message.id.clone(), seq, duplicate: true });
    }
    *last_seq += 1;
    connection
        .prepare_cached(
            "INSERT INTO messages (tenant, conversation, seq, id, author, digest, received_at, message)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            tenant.as_str(),
            id.as_str(),
            *last_seq,
            message.id,
            message.author.name(),
            message.digest.as_slice(),
            now.as_millis(),
            message.json,
        ])?;
    Ok(Ack { id: message.id.clone(), seq: *last_seq, duplicate: false })
}

/// Writes what an operator has done. What the shopper does is told by the shopper's device. `text` is for the event's one variable, a name; the words are the reader's.
pub(super) fn insert_event(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    last_seq: &mut u64,
    (name, text): (&str, &str),
    now: Timestamp,
) -> Result<(), StorageError> {
    insert(connection, tenant, id, last_seq, &Ready::new(house_event(name, text, now)), now)?;
    Ok(())
}

/// At most `limit` messages after `after`, oldest first, and whether there may be more of them: of what is long, fewer come at
/// a time ([`is_full`]).
pub(super) fn messages(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    after: u64,
    limit: u32,
) -> Result<(Vec<Sequenced>, bool), StorageError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, message FROM messages
         WHERE tenant = ?1 AND conversation = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4",
    )?;
    // Beyond what SQLite can count there are no messages either.
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![tenant.as_str(), id.as_str(), after, i64::from(limit) + 1], |row| {
        Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?))
    })?;
    let (mut messages, mut bytes) = (Vec::new(), 0);
    for row in rows {
        let (seq, json) = row?;
        if is_full(messages.len(), limit, bytes) {
            return Ok((messages, true));
        }
        bytes += json.len();
        let message = zg_proto::from_json(&json)
            .map_err(|error| StorageError::Database(format!("message {seq} cannot be read: {error}")))?;
        messages.push(Sequenced { seq, message });
    }
    Ok((messages, false))
}

/// The same, with the cursor of the next page where there is one.
pub(super) fn page(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    after: u64,
    limit: u32,
) -> Result<(Vec<Sequenced>, Option<u64>), StorageError> {
    let (messages, more) = messages(connection, tenant, id, after, limit.max(1))?;
    let next = if more { messages.last().map(|last| last.seq) } else { None };
    Ok((messages, next))
}
