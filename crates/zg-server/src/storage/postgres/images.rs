//! The shoppers' pictures, in SQL.

use deadpool_postgres::{Object, Transaction};
use zg_domain::{ConversationId, Handoff, MessageId, TenantId, Timestamp};
use zg_proto::Message;
use zg_proto::http::Ack;

use super::{broken, row};
use crate::hub::Change;
use crate::storage::rules::{MAX_IMAGES, Row, image_digest};
use crate::storage::{Image, StorageError};

pub(super) async fn append(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    mut message: Message,
    image: &Image,
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<Ack, StorageError> {
    let before = row::lock(transaction, tenant, id).await?;
    let digest = image_digest(&message, image);
    message.at = message.at.clamp(0, now.as_millis());
    let name = message.id.clone();
    let mut last_seq = before.last_seq;
    let acks = row::insert(transaction, tenant, id, &mut last_seq, &[(message, digest)], now).await?;
    let ack = acks.into_iter().next().ok_or(StorageError::Missing)?;
    // After the look for a duplicate: a retry of what was taken in time is no new picture.
    if ack.duplicate {
        return Ok(ack);
    }
    if !matches!(before.handoff, Handoff::Queued { .. } | Handoff::Assigned { .. }) {
        return Err(StorageError::NobodyAsked);
    }
    let held: i64 = transaction
        .query_one(
            "SELECT count(*) FROM images WHERE tenant = $1 AND conversation = $2",
            &[&tenant.as_str(), &id.as_str()],
        )
        .await
        .map_err(broken)?
        .get(0);
    if held >= i64::from(MAX_IMAGES) {
        return Err(StorageError::TooManyImages { most: MAX_IMAGES });
    }
    transaction
        .execute(
            "INSERT INTO images (tenant, conversation, message, media_type, bytes) VALUES ($1, $2, $3, $4, $5)",
            &[&tenant.as_str(), &id.as_str(), &name, &image.media_type, &image.bytes],
        )
        .await
        .map_err(broken)?;
    let after = Row { handoff: before.handoff.clone(), queued_at: before.queued_at, last_seq };
    row::save(transaction, tenant, id, (&before, &after), changes).await?;
    Ok(ack)
}

pub(super) async fn find(
    client: &Object,
    tenant: &TenantId,
    id: &ConversationId,
    message: &MessageId,
) -> Result<Option<Image>, StorageError> {
    let row = client
        .query_opt(
            "SELECT media_type, bytes FROM images WHERE tenant = $1 AND conversation = $2 AND message = $3",
            &[&tenant.as_str(), &id.as_str(), &message.as_str()],
        )
        .await
        .map_err(broken)?;
    // A type that this release does not know is not guessed at.
    Ok(row.and_then(|row| Some(Image { media_type: crate::picture::media_type(row.get(0))?, bytes: row.get(1) })))
}
