//! The shopper's side, in SQL.

use deadpool_postgres::{GenericClient, Object, Transaction};
use subtle::ConstantTimeEq as _;
use tokio_postgres::Row as Columns;
use zg_domain::{ConversationId, Handoff, TenantId, Timestamp};
use zg_proto::Message;
use zg_proto::cli::PacketTag;
use zg_proto::http::{Ack, MessagePage};

use super::row::{self, signed, unsigned};
use super::sql::On;
use super::{broken, clean};
use crate::hub::Change;
use crate::identity::Identity;
use crate::storage::profiles::{self, Believed, Identifier};
use crate::storage::rules::{PRIORITY_MILLIS, Row, digest, handoff, spoken};
use crate::storage::sql::Sql as _;
use crate::storage::{Digest, NewConversation, Opened, Snapshot, State, StorageError};

/// Every tenant's conversation of this id, with the hashes of its secrets.
async fn secrets(client: &impl GenericClient, id: &ConversationId) -> Result<Vec<(TenantId, Vec<u8>)>, StorageError> {
    let statement = client
        .prepare_cached(
            "SELECT tenant, secret FROM conversations WHERE id = $1 AND erased_at IS NULL
             UNION ALL
             SELECT k.tenant, k.secret FROM conversation_keys k JOIN conversations c ON c.tenant = k.tenant AND c.id = k.conversation
             WHERE k.conversation = $1 AND k.revoked_at IS NULL AND c.erased_at IS NULL",
        )
        .await
        .map_err(broken)?;
    let rows = client.query(&statement, &[&id.as_str()]).await.map_err(broken)?;
    rows.iter()
        .map(|row| {
            let tenant = TenantId::new(row.get::<_, String>(0));
            Ok((tenant.map_err(|error| StorageError::Database(error.to_string()))?, row.get(1)))
        })
        .collect()
}

pub(super) async fn shopper(
    client: &impl GenericClient,
    id: &ConversationId,
    secret: &Digest,
) -> Result<Option<TenantId>, StorageError> {
    let mut found = None;
    // Two tenants may use the same conversation id; the secret tells them apart.
    for (tenant, stored) in secrets(client, id).await? {
        // All zeros is what is left of one that was revoked.
        if bool::from(stored.as_slice().ct_eq(secret.as_slice())) && stored != [0; 32] {
            found = Some(tenant);
        }
    }
    Ok(found)
}

pub(super) async fn open(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    new: &NewConversation,
    now: Timestamp,
) -> Result<Opened, StorageError> {
    let statement = transaction
        .prepare_cached(
            "INSERT INTO conversations (tenant, id, secret, locale, page, state, opened_at)
             VALUES ($1, $2, $3, $4, $5, 'new', $6) ON CONFLICT (tenant, id) DO NOTHING",
        )
        .await
        .map_err(broken)?;
    let n_inserted = transaction
        .execute(
            &statement,
            &[
                &tenant.as_str(),
                &new.id.as_str(),
                &new.secret.as_slice(),
                &clean(&new.locale),
                &new.page.as_deref().map(clean),
                &now.as_millis(),
            ],
        )
        .await
        .map_err(broken)?;
    if n_inserted == 1 {
        return Ok(Opened::Created);
    }
    let same = shopper(transaction, &new.id, &new.secret).await?.is_some_and(|owner| owner == *tenant);
    Ok(if same { Opened::Existing } else { Opened::Refused })
}

/// State, place in the queue and holder, in one look.
const STATE: &str = "SELECT c.state, c.queued_at, c.operator, c.last_seq, o.display_name,
            CASE WHEN c.state = 'queued' THEN
                (SELECT count(*) FROM conversations w
                 WHERE w.tenant = c.tenant AND w.state = 'queued'
                   AND (w.queued_at - w.priority * $3::bigint, w.id) < (c.queued_at - c.priority * $3::bigint, c.id))
            END AS ahead,
            c.seen_by_operator
     FROM conversations c
     LEFT JOIN operators o ON c.state = 'assigned' AND o.id = c.operator AND o.tenant = c.tenant
     WHERE c.tenant = $1 AND c.id = $2 AND c.erased_at IS NULL";

fn read_state(columns: &Columns) -> Result<State, StorageError> {
    let ahead: Option<i64> = columns.get(5);
    Ok(State {
        handoff: handoff(columns.get(0), columns.get(1), columns.get(2))?,
        last_seq: unsigned(columns.get(3)),
        queue_ahead: ahead.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
        operator: columns.get(4),
        seen: unsigned(columns.get(6)),
    })
}

pub(super) async fn state(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &ConversationId,
) -> Result<Option<State>, StorageError> {
    let statement = client.prepare_cached(STATE).await.map_err(broken)?;
    let row =
        client.query_opt(&statement, &[&tenant.as_str(), &id.as_str(), &PRIORITY_MILLIS]).await.map_err(broken)?;
    row.map(|row| read_state(&row)).transpose()
}

/// State and messages of one moment: one statement sees one.
pub(super) async fn snapshot(
    client: &Object,
    tenant: &TenantId,
    id: &ConversationId,
    after: u64,
    limit: u32,
) -> Result<Option<Snapshot>, StorageError> {
    let statement = client
        .prepare_cached(&format!(
            "SELECT s.*, m.seq, m.message FROM ({STATE}) s
             LEFT JOIN LATERAL (SELECT seq, message FROM messages
                WHERE tenant = $1 AND conversation = $2 AND seq > $4 ORDER BY seq LIMIT $5) m ON true
             ORDER BY m.seq"
        ))
        .await
        .map_err(broken)?;
    let rows = client
        .query(&statement, &[&tenant.as_str(), &id.as_str(), &PRIORITY_MILLIS, &signed(after), &(i64::from(limit) + 1)])
        .await
        .map_err(broken)?;
    let Some(first) = rows.first() else { return Ok(None) };
    let state = read_state(first)?;
    let found = rows.iter().filter_map(|row| Some((row.get::<_, Option<i64>>(7)?, row.get::<_, Option<&str>>(8)?)));
    let (messages, more) = row::full(found, limit)?;
    Ok(Some(Snapshot { state, messages, more }))
}

async fn reload(transaction: &Transaction<'_>, tenant: &TenantId, id: &ConversationId) -> Result<State, StorageError> {
    state(transaction, tenant, id).await?.ok_or(StorageError::Missing)
}

/// Messages as they are kept, each with what a retry is recognised by.
pub(super) fn received(messages: Vec<Message>, now: Timestamp) -> Vec<(Message, Digest)> {
    let receive = |mut message: Message| {
        let digest = digest(&message);
        // A device's clock is a claim; one that runs ahead would put its messages after everything else.
        message.at = message.at.clamp(0, now.as_millis());
        (message, digest)
    };
    messages.into_iter().map(receive).collect()
}

/// In a transaction of its own; [`super::group`] is the usual way.
pub(super) async fn append(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    messages: &[(Message, Digest)],
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<Vec<Ack>, StorageError> {
    let before = row::lock(transaction, tenant, id).await?;
    let mut last_seq = before.last_seq;
    let acks = row::insert(transaction, tenant, id, &mut last_seq, messages, now).await?;
    if last_seq > before.last_seq {
        let new = messages.iter().zip(&acks).filter(|(_, ack)| !ack.duplicate);
        let handoff = new.fold(before.handoff.clone(), |handoff, ((message, _), _)| spoken(handoff, message.author));
        let after = Row { handoff, queued_at: before.queued_at, last_seq };
        row::save(transaction, tenant, id, (&before, &after), changes).await?;
    }
    Ok(acks)
}

pub(super) async fn page(
    client: &Object,
    tenant: &TenantId,
    id: &ConversationId,
    after: u64,
    limit: u32,
) -> Result<Option<MessagePage>, StorageError> {
    if row::load(client, tenant, id).await?.is_none() {
        return Ok(None);
    }
    let (messages, next) = row::page(client, tenant, id, after, limit).await?;
    Ok(Some(MessagePage { messages, next }))
}

pub(super) async fn request_handoff(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    (reason, packet): (Option<&str>, Option<&PacketTag>),
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<State, StorageError> {
    let before = row::lock(transaction, tenant, id).await?;
    let handoff = before.handoff.clone().request(now)?;
    // Asking again is a retry: the place in the queue stays.
    // No event here: the device has said so in the transcript already, in the shopper's words.
    if let Some(packet) = packet {
        transaction
            .execute(
                "UPDATE conversations SET packet = $3, priority = $4 WHERE tenant = $1 AND id = $2",
                &[&tenant.as_str(), &id.as_str(), &zg_proto::to_json(packet), &i64::from(packet.priority)],
            )
            .await
            .map_err(broken)?;
        if handoff == before.handoff {
            // Those who look at it see what was put right.
            let same = Row { handoff: handoff.clone(), queued_at: before.queued_at, last_seq: before.last_seq };
            row::save(transaction, tenant, id, (&before, &same), changes).await?;
        }
    }
    if handoff != before.handoff {
        transaction
            .execute(
                "UPDATE conversations SET reason = $3 WHERE tenant = $1 AND id = $2",
                &[&tenant.as_str(), &id.as_str(), &reason],
            )
            .await
            .map_err(broken)?;
        let after = Row { handoff, queued_at: Some(now), last_seq: before.last_seq };
        row::save(transaction, tenant, id, (&before, &after), changes).await?;
    }
    reload(transaction, tenant, id).await
}

/// Whether the conversation is this shopper's from here on; one that is another's stays so.
pub(super) async fn identify(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    (identity, identifiers): (&Identity, &[Identifier]),
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<bool, StorageError> {
    let on = On(transaction);
    // Mostly it is the token of every page: then nobody is held up.
    if let Believed::Same = profiles::look(&on, tenant, id, identity, identifiers, now).await? {
        return Ok(true);
    }
    on.lock_profiles(tenant).await?;
    let before = row::lock(transaction, tenant, id).await?;
    let notes = match profiles::look(&on, tenant, id, identity, identifiers, now).await? {
        Believed::Another => return Ok(false),
        Believed::Same => return Ok(true),
        Believed::Noted(notes) => notes,
    };
    profiles::note(&on, tenant, id, identity, notes, now).await?;
    // Those who look at it see who it is.
    let same = Row { handoff: before.handoff.clone(), queued_at: before.queued_at, last_seq: before.last_seq };
    row::save(transaction, tenant, id, (&before, &same), changes).await?;
    Ok(true)
}

pub(super) async fn end(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    changes: &mut Vec<Change>,
) -> Result<State, StorageError> {
    let before = row::lock(transaction, tenant, id).await?;
    // A retry whose first answer was lost finds it ended already.
    if before.handoff != Handoff::Ended {
        let handoff = before.handoff.clone().end()?;
        let after = Row { handoff, queued_at: before.queued_at, last_seq: before.last_seq };
        row::save(transaction, tenant, id, (&before, &after), changes).await?;
    }
    reload(transaction, tenant, id).await
}

pub(super) async fn erase(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &ConversationId,
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<(), StorageError> {
    let before = row::lock(transaction, tenant, id).await?;
    for delete in [
        "DELETE FROM messages WHERE tenant = $1 AND conversation = $2",
        "DELETE FROM actions WHERE tenant = $1 AND conversation = $2",
        "DELETE FROM images WHERE tenant = $1 AND conversation = $2",
        "DELETE FROM image_parts WHERE tenant = $1 AND conversation = $2",
        "DELETE FROM continuations WHERE tenant = $1 AND conversation = $2",
        "DELETE FROM conversation_keys WHERE tenant = $1 AND conversation = $2",
        // What a known shopper has said of a purpose holds beyond this conversation.
        "UPDATE consents SET conversation = NULL, profile = coalesce(profile,
            (SELECT profile FROM conversations WHERE tenant = $1 AND id = $2))
         WHERE tenant = $1 AND conversation = $2
            AND coalesce(profile, (SELECT profile FROM conversations WHERE tenant = $1 AND id = $2)) IS NOT NULL",
        "DELETE FROM consents WHERE tenant = $1 AND conversation = $2",
    ] {
        transaction.execute(delete, &[&tenant.as_str(), &id.as_str()]).await.map_err(broken)?;
    }
    transaction
        .execute(
            "UPDATE conversations SET erased_at = $3, secret = decode(repeat('00', 32), 'hex'), locale = '', page = NULL,
                reason = NULL, packet = NULL, subject = NULL, subject_name = NULL, profile = NULL
             WHERE tenant = $1 AND id = $2",
            &[&tenant.as_str(), &id.as_str(), &now.as_millis()],
        )
        .await
        .map_err(broken)?;
    let after = Row { handoff: Handoff::Ended, queued_at: None, last_seq: before.last_seq };
    row::save(transaction, tenant, id, (&before, &after), changes).await
}
