//! The shoppers' pictures, in SQL.

use deadpool_postgres::{GenericClient, Transaction};
use zg_domain::{ConversationId, MessageId, TenantId, Timestamp};
use zg_proto::Message;
use zg_proto::http::Ack;

use super::broken;
use super::row;
use crate::hub::Change;
use crate::storage::rules::{self, MAX_IMAGES, Row};
use crate::storage::{Image, StorageError};

pub(super) async fn append(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    (mut message, image): (Message, &Image),
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<Ack, StorageError> {
    let before = row::lock(transaction, tenant, id).await?;
    let digest = rules::digest_with(&message, image);
    message.at = message.at.clamp(0, now.as_millis());
    let name = message.id.clone();
    let mut last_seq = before.last_seq;
    let acks = row::insert(transaction, tenant, id, &mut last_seq, &[(message, digest)], now).await?;
    let ack = acks.into_iter().next().ok_or(StorageError::Missing)?;
    // After the look for a duplicate: a retry of what was taken in time is no new picture.
    if ack.duplicate {
        return Ok(ack);
    }
    if !rules::is_asked(&before.handoff) {
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
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &ConversationId,
    message: &MessageId,
) -> Result<Option<Image>, StorageError> {
    let statement = client
        .prepare_cached(
            "SELECT media_type, bytes, upload FROM images WHERE tenant = $1 AND conversation = $2 AND message = $3",
        )
        .await
        .map_err(broken)?;
    let found =
        client.query_opt(&statement, &[&tenant.as_str(), &id.as_str(), &message.as_str()]).await.map_err(broken)?;
    let Some(row) = found else { return Ok(None) };
    // A type that this release does not know is not guessed at.
    let Some(media_type) = crate::picture::media_type(row.get(0)) else { return Ok(None) };
    let mut bytes: Vec<u8> = row.get(1);
    // Of a database that kept it in parts.
    if let Some(upload) = row.get::<_, Option<String>>(2) {
        let parts = client
            .query(
                "SELECT bytes FROM image_parts WHERE tenant = $1 AND conversation = $2 AND upload = $3 ORDER BY n",
                &[&tenant.as_str(), &id.as_str(), &upload],
            )
            .await
            .map_err(broken)?;
        bytes = parts.iter().flat_map(|row| row.get::<_, &[u8]>(0)).copied().collect();
    }
    Ok(Some(Image { media_type, bytes }))
}
