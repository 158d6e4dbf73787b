//! The shopper's side, in SQL.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use subtle::ConstantTimeEq as _;
use zg_domain::{ConversationId, Handoff, TenantId, Timestamp};
use zg_proto::cli::PacketTag;
use zg_proto::http::{Ack, MessagePage};

use super::row::{self, Ready, Row};
use super::seen;
use super::sql::{On, at_once};
use super::writer::Effects;
use crate::identity::Identity;
use crate::storage::profiles::{self, Believed, Identifier};
use crate::storage::rules::spoken;
use crate::storage::{Digest, NewConversation, Opened, State, StorageError};

/// The tenant whose conversation of this id the secret opens. Two tenants may use the same id; the secret tells them apart.
pub(super) fn shopper(
    connection: &Connection,
    id: &ConversationId,
    secret: &Digest,
) -> Result<Option<TenantId>, StorageError> {
    let mut found = None;
    for (tenant, stored) in secrets(connection, id)? {
        // All zeros is what is left of one that was revoked.
        if bool::from(stored.as_slice().ct_eq(secret.as_slice())) && stored != [0; 32] {
            found = Some(tenant);
        }
    }
    Ok(found)
}

/// Every tenant's conversation of this id, with the hashes of its secrets.
pub(super) fn secrets(connection: &Connection, id: &ConversationId) -> Result<Vec<(TenantId, Vec<u8>)>, StorageError> {
    let mut statement = connection.prepare_cached(
        "SELECT tenant, secret FROM conversations WHERE id = ?1 AND erased_at IS NULL
         UNION ALL
         SELECT k.tenant, k.secret FROM conversation_keys k JOIN conversations c ON c.tenant = k.tenant AND c.id = k.conversation
         WHERE k.conversation = ?1 AND k.revoked_at IS NULL AND c.erased_at IS NULL",
    )?;
    let rows = statement.query_map([id.as_str()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let mut secrets = Vec::new();
    for row in rows {
        let (tenant, secret) = row?;
        let tenant = TenantId::new(tenant).map_err(|error| StorageError::Database(error.to_string()))?;
        secrets.push((tenant, secret));
    }
    Ok(secrets)
}

pub(super) fn open(
    connection: &Connection,
    tenant: &TenantId,
    new: &NewConversation,
    now: Timestamp,
) -> Result<Opened, StorageError> {
    let n_inserted = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO conversations (tenant, id, secret, locale, page, state, opened_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 'new', ?6)",
        )?
        .execute(params![
            tenant.as_str(),
            new.id.as_str(),
            new.secret.as_slice(),
            new.locale,
            new.page,
            now.as_millis(),
        ])?;
    if n_inserted == 1 {
        return Ok(Opened::Created);
    }
    let same = shopper(connection, &new.id, &new.secret)?.is_some_and(|owner| owner == *tenant);
    Ok(if same { Opened::Existing } else { Opened::Refused })
}

pub(super) fn state(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
) -> Result<Option<State>, StorageError> {
    let Some(row) = row::load(connection, tenant, id)? else { return Ok(None) };
    let queue_ahead = match row.handoff {
        // The state is said twice so that SQLite sees that the index of those on the desk has them all.
        Handoff::Queued { since } => Some(
            connection
                .prepare_cached(
                    "SELECT count(*) FROM conversations
                     WHERE tenant = ?1 AND state = 'queued' AND state IN ('queued', 'assigned')
                       AND (queued_at - priority * ?4, id) < (?2 - ?4 * (SELECT priority FROM conversations WHERE tenant = ?1 AND id = ?3), ?3)",
                )?
                .query_row(params![tenant.as_str(), since.as_millis(), id.as_str(), row::PRIORITY_MILLIS], |row| {
                    row.get::<_, u32>(0)
                })?,
        ),
        _ => None,
    };
    let seen = seen::of_operators(connection, tenant, id)?;
    let operator = match &row.handoff {
        Handoff::Assigned { operator } => connection
            .prepare_cached("SELECT display_name FROM operators WHERE id = ?1 AND tenant = ?2")?
            .query_row([operator.as_str(), tenant.as_str()], |row| row.get(0))
            .optional()?,
        _ => None,
    };
    Ok(Some(State { handoff: row.handoff, last_seq: row.last_seq, queue_ahead, operator, seen }))
}

fn reload(connection: &Connection, tenant: &TenantId, id: &ConversationId) -> Result<State, StorageError> {
    state(connection, tenant, id)?.ok_or(StorageError::Missing)
}

/// Whether these messages can be written, all of them.
pub(super) fn check(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    messages: &[Ready],
) -> Result<(), StorageError> {
    row::load(connection, tenant, id)?.ok_or(StorageError::Missing)?;
    let mut digests = HashMap::new();
    for message in messages {
        row::find(connection, tenant, id, message)?;
        if *digests.entry(&message.id).or_insert(message.digest) != message.digest {
            return Err(StorageError::Conflict { id: message.id.clone() });
        }
    }
    Ok(())
}

pub(super) fn append(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    messages: &[Ready],
    now: Timestamp,
    effects: &mut Effects,
) -> Result<Vec<Ack>, StorageError> {
    let before = row::load(connection, tenant, id)?.ok_or(StorageError::Missing)?;
    let mut last_seq = before.last_seq;
    let mut handoff = before.handoff.clone();
    let mut acks = Vec::with_capacity(messages.len());
    for message in messages {
        let ack = row::insert(connection, tenant, id, &mut last_seq, message, now)?;
        if !ack.duplicate {
            handoff = spoken(handoff, message.author);
        }
        acks.push(ack);
    }
    if last_seq > before.last_seq {
        let after = Row { handoff, queued_at: before.queued_at, last_seq };
        row::save(connection, tenant, id, (&before, &after), effects)?;
    }
    Ok(acks)
}

pub(super) fn page(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    after: u64,
    limit: u32,
) -> Result<Option<MessagePage>, StorageError> {
    if row::load(connection, tenant, id)?.is_none() {
        return Ok(None);
    }
    let (messages, next) = row::page(connection, tenant, id, after, limit)?;
    Ok(Some(MessagePage { messages, next }))
}

pub(super) fn request_handoff(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    (reason, packet): (Option<&str>, Option<&PacketTag>),
    now: Timestamp,
    effects: &mut Effects,
) -> Result<State, StorageError> {
    let before = row::load(connection, tenant, id)?.ok_or(StorageError::Missing)?;
    let handoff = before.handoff.clone().request(now)?;
    // Asking again is a retry: the place in the queue stays.
    // No event here: the device has said so in the transcript already, in the shopper's words.
    if let Some(packet) = packet {
        connection
            .prepare_cached("UPDATE conversations SET packet = ?3, priority = ?4 WHERE tenant = ?1 AND id = ?2")?
            .execute(params![tenant.as_str(), id.as_str(), zg_proto::to_json(packet), packet.priority])?;
        if handoff == before.handoff {
            // Those who look at it see what was put right.
            let same = Row { handoff: handoff.clone(), queued_at: before.queued_at, last_seq: before.last_seq };
            row::save(connection, tenant, id, (&before, &same), effects)?;
        }
    }
    if handoff != before.handoff {
        connection
            .prepare_cached("UPDATE conversations SET reason = ?3 WHERE tenant = ?1 AND id = ?2")?
            .execute(params![tenant.as_str(), id.as_str(), reason])?;
        let after = Row { handoff, queued_at: Some(now), last_seq: before.last_seq };
        row::save(connection, tenant, id, (&before, &after), effects)?;
    }
    reload(connection, tenant, id)
}

/// Whether the conversation is this shopper's from here on; one that is another's stays so.
pub(super) fn identify(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    (identity, identifiers): (&Identity, &[Identifier]),
    now: Timestamp,
    effects: &mut Effects,
) -> Result<bool, StorageError> {
    let before = row::load(connection, tenant, id)?.ok_or(StorageError::Missing)?;
    let on = On(connection);
    let notes = match at_once(profiles::look(&on, tenant, id, identity, identifiers, now))? {
        Believed::Another => return Ok(false),
        Believed::Same => return Ok(true),
        Believed::Noted(notes) => notes,
    };
    at_once(profiles::note(&on, tenant, id, identity, notes, now))?;
    // Those who look at it see who it is.
    let same = Row { handoff: before.handoff.clone(), queued_at: before.queued_at, last_seq: before.last_seq };
    row::save(connection, tenant, id, (&before, &same), effects)?;
    Ok(true)
}

pub(super) fn end(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    effects: &mut Effects,
) -> Result<State, StorageError> {
    let before = row::load(connection, tenant, id)?.ok_or(StorageError::Missing)?;
    // A retry whose first answer was lost finds it ended already.
    if before.handoff != Handoff::Ended {
        let handoff = before.handoff.clone().end()?;
        let after = Row { handoff, queued_at: before.queued_at, last_seq: before.last_seq };
        row::save(connection, tenant, id, (&before, &after), effects)?;
    }
    reload(connection, tenant, id)
}

pub(super) fn erase(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    now: Timestamp,
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let before = row::load(connection, tenant, id)?.ok_or(StorageError::Missing)?;
    for delete in [
        "DELETE FROM messages WHERE tenant = ?1 AND conversation = ?2",
        "DELETE FROM actions WHERE tenant = ?1 AND conversation = ?2",
        "DELETE FROM images WHERE tenant = ?1 AND conversation = ?2",
        "DELETE FROM image_parts WHERE tenant = ?1 AND conversation = ?2",
        "DELETE FROM continuations WHERE tenant = ?1 AND conversation = ?2",
        "DELETE FROM conversation_keys WHERE tenant = ?1 AND conversation = ?2",
        // What a known shopper has said of a purpose holds beyond this conversation.
        "UPDATE consents SET conversation = NULL, profile = coalesce(profile,
            (SELECT profile FROM conversations WHERE tenant = ?1 AND id = ?2))
         WHERE tenant = ?1 AND conversation = ?2
            AND coalesce(profile, (SELECT profile FROM conversations WHERE tenant = ?1 AND id = ?2)) IS NOT NULL",
        "DELETE FROM consents WHERE tenant = ?1 AND conversation = ?2",
    ] {
        connection.prepare_cached(delete)?.execute([tenant.as_str(), id.as_str()])?;
    }
    connection
        .prepare_cached(
            "UPDATE conversations SET erased_at = ?3, secret = zeroblob(32), locale = '', page = NULL, reason = NULL, packet = NULL,
                subject = NULL, subject_name = NULL, profile = NULL
             WHERE tenant = ?1 AND id = ?2",
        )?
        .execute(params![tenant.as_str(), id.as_str(), now.as_millis()])?;
    let after = Row { handoff: Handoff::Ended, queued_at: None, last_seq: before.last_seq };
    row::save(connection, tenant, id, (&before, &after), effects)?;
    effects.erased = true;
    Ok(())
}
