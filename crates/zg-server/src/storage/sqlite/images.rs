//! The shoppers' pictures, in SQL.
//!
//! Small ones are in their row. The bytes of a large one are written in parts beforehand, as an upload, and its row, which
//! comes with its message, names the upload: until then nobody sees them.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension as _, params};
use zg_domain::{ConversationId, MessageId, TenantId, Timestamp};
use zg_proto::http::Ack;

use super::row::{self, Ready, Row};
use super::writer::Effects;
use crate::storage::rules::{self, MAX_IMAGES};
use crate::storage::{Image, StorageError};

/// Where the bytes are of which a message is told.
#[derive(Clone, Copy)]
pub(super) enum Bytes<'a> {
    Inline(&'a [u8]),
    /// Written already, under this name.
    Upload(&'a str),
}

/// What is written one after the other of a large picture.
pub(super) enum Piece {
    Part {
        n: usize,
        range: Range<usize>,
    },
    /// The message, which makes it seen.
    Message,
}

/// Whether the message can be written: its place where it was before.
pub(super) fn check(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    message: &Ready,
) -> Result<Option<Ack>, StorageError> {
    let row = row::load(connection, tenant, id)?.ok_or(StorageError::Missing)?;
    // Before what else may be said of it: a retry of what was taken in time is no new picture.
    if let Some(seq) = row::find(connection, tenant, id, message)? {
        return Ok(Some(Ack { id: message.id.clone(), seq, duplicate: true }));
    }
    if !rules::is_asked(&row.handoff) {
        return Err(StorageError::NobodyAsked);
    }
    let held: u32 = connection
        .prepare_cached("SELECT count(*) FROM images WHERE tenant = ?1 AND conversation = ?2")?
        .query_row([tenant.as_str(), id.as_str()], |row| row.get(0))?;
    if held >= MAX_IMAGES {
        return Err(StorageError::TooManyImages { most: MAX_IMAGES });
    }
    Ok(None)
}

/// Keeps a part of an upload.
pub(super) fn put_part(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    (upload, n, bytes): (&str, usize, &[u8]),
) -> Result<(), StorageError> {
    // Nothing is kept for a conversation that was erased meanwhile.
    row::load(connection, tenant, id)?.ok_or(StorageError::Missing)?;
    connection
        .prepare_cached("INSERT INTO image_parts (tenant, conversation, upload, n, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![tenant.as_str(), id.as_str(), upload, n, bytes])?;
    Ok(())
}

/// Takes an upload back of which no message is told.
pub(super) fn remove_upload(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    upload: &str,
) -> Result<(), StorageError> {
    connection
        .prepare_cached("DELETE FROM image_parts WHERE tenant = ?1 AND conversation = ?2 AND upload = ?3")?
        .execute([tenant.as_str(), id.as_str(), upload])?;
    Ok(())
}

/// Takes back every upload of which no message is told: its server has ended in the middle of it.
pub(super) fn remove_unfinished(connection: &Connection) -> Result<(), StorageError> {
    connection.execute(
        "DELETE FROM image_parts WHERE NOT EXISTS (
            SELECT 1 FROM images i WHERE i.tenant = image_parts.tenant AND i.conversation = image_parts.conversation
                AND i.upload = image_parts.upload)",
        [],
    )?;
    Ok(())
}

pub(super) fn append(
    connection: &Connection,
    tenant: &TenantId,
    id: &ConversationId,
    (message, media_type, bytes): (&Ready, &str, Bytes<'_>),
    now: Timestamp,
    effects: &mut Effects,
) -> Result<Ack, StorageError> {
    if let Some(ack) = check(connection, tenant, id, message)? {
        // Two tries at once: one of them is enough.
        if let Bytes::Upload(upload) = bytes {
            remove_upload(connection, tenant, id, upload)?;
        }
        return Ok(ack);
    }
    let before = row::load(connection, tenant, id)?.ok_or(StorageError::Missing)?;
    let mut last_seq = before.last_seq;
    let ack = row::insert(connection, tenant, id, &mut last_seq, message, now)?;
    let (bytes, upload) = match bytes {
        Bytes::Inline(bytes) => (bytes, None),
        Bytes::Upload(upload) => (&[][..], Some(upload)),
    };
    connection
        .prepare_cached(
            "INSERT INTO images (tenant, conversation, message, media_type, bytes, upload) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![tenant.as_str(), id.as_str(), message.id, media_type, bytes, upload])?;
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
            "SELECT media_type, bytes, upload FROM images WHERE tenant = ?1 AND conversation = ?2 AND message = ?3",
        )?
        .query_row([tenant.as_str(), id.as_str(), message.as_str()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Option<String>>(2)?))
        })
        .optional()?;
    let Some((name, mut bytes, upload)) = found else { return Ok(None) };
    // A type that this release does not know is not guessed at.
    let Some(media_type) = crate::picture::media_type(&name) else { return Ok(None) };
    if let Some(upload) = upload {
        let mut parts = connection.prepare_cached(
            "SELECT bytes FROM image_parts WHERE tenant = ?1 AND conversation = ?2 AND upload = ?3 ORDER BY n",
        )?;
        let mut rows = parts.query([tenant.as_str(), id.as_str(), upload.as_str()])?;
        while let Some(row) = rows.next()? {
            bytes.extend_from_slice(
                row.get_ref(0)?.as_blob().map_err(|error| StorageError::Database(error.to_string()))?,
            );
        }
    }
    Ok(Some(Image { media_type, bytes }))
}
