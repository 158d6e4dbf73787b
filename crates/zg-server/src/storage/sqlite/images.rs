//! The shoppers' pictures, in SQL.

use rusqlite::{Connection, OptionalExtension as _, params};
use zg_domain::{ConversationId, MessageId, TenantId, Timestamp};
use zg_proto::http::Ack;

use super::row::{self, Ready, Row};
use super::writer::Effects;
use crate::storage::rules::{self, MAX_IMAGES};
use crate::storage::{Image, StorageError};

pub(super) fn append(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    message: &Ready,
    image: &Image,
    now: Timestamp,
    effects: &mut Effects,
) -> Result<Ack, StorageError> {
    let before = row::load(connection, tenant, id)?.ok_or(StorageError::Missing)?;
    let mut last_seq = before.last_seq;
    let ack = row::insert(connection, tenant, id, &mut last_seq, message, now)?;
    // After the look for a duplicate: a retry of what was taken in time is no new picture.
    if ack.duplicate {
        return Ok(ack);
    }
    if !rules::is_asked(&before.handoff) {
        return Err(StorageError::NobodyAsked);
    }
    let held: u32 = connection
        .prepare_cached("SELECT count(*) FROM images WHERE tenant = ?1 AND conversation = ?2")?
        .query_row([tenant.as_str(), id.as_str()], |row| row.get(0))?;
    if held >= MAX_IMAGES {
        return Err(StorageError::TooManyImages { most: MAX_IMAGES });
    }
    connection
        .prepare_cached(
            "INSERT INTO images (tenant, conversation, message, media_type, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![tenant.as_str(), id.as_str(), message.id, image.media_type, image.bytes])?;
    let after = Row { handoff: before.handoff.clone(), queued_at: before.queued_at, last_seq };
    row::save(connection, tenant, id, (&before, &after), effects)?;
    Ok(ack)
}

pub(super) fn find(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    message: &MessageId,
) -> Result<Option<Image>, StorageError> {
    let found = connection
        .prepare_cached(
            "SELECT media_type, bytes FROM images WHERE tenant = ?1 AND conversation = ?2 AND message = ?3",
        )?
        .query_row([tenant.as_str(), id.as_str(), message.as_str()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .optional()?;
    // A type that this release does not know is not guessed at.
    Ok(found.and_then(|(name, bytes)| Some(Image { media_type: crate::picture::media_type(&name)?, bytes })))
}
