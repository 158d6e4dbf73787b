//! What is held of a shopper: for the operator who talks to them, for the merchant, and for themselves.

use std::collections::BTreeSet;

use zg_domain::{ConversationId, TenantId};
use zg_proto::profile::{
    Consents, DeskProfile, EarlierConversation, ExportHead, ExportedAction, ExportedConversation, ExportedGrant,
    Profile,
};

use super::{Exported, Reach, Scope, Whose, consents, merge, parts, scope, start_of, together};
use crate::storage::sql::{Sql, Value};
use crate::storage::{StorageError, rules};

/// Earlier conversations that an operator is shown.
const MAX_EARLIER: usize = 20;

async fn profile<S: Sql>(sql: &S, tenant: &TenantId, start: &str) -> Result<Profile, StorageError> {
    let group = together(sql, tenant, start, Reach::All).await?;
    let parts = parts(sql, tenant, &group).await?;
    let first = parts.first().map_or_else(|| start.to_owned(), |part| part.profile.clone());
    let mut conversations = 0;
    for profile in &group {
        let values = vec![tenant.as_str().into(), profile.as_str().into()];
        let query = "SELECT count(*) FROM conversations WHERE tenant = $1 AND profile = $2";
        conversations += crate::storage::sql::count(sql, query, values).await?;
    }
    Ok(Profile {
        profile: first,
        merges: merge::of(sql, tenant, &group).await?,
        consents: consents(sql, tenant, &Whose::Named(start.to_owned())).await?,
        conversations: u64::try_from(conversations).unwrap_or(0),
        parts,
    })
}

pub(in crate::storage) async fn show<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    whose: &Whose,
) -> Result<Option<Profile>, StorageError> {
    match start_of(sql, tenant, whose).await? {
        Some(start) => profile(sql, tenant, &start).await.map(Some),
        None => Ok(None),
    }
}

/// Who writes in a conversation, for the people of the shop; `None` where it is not on the desk.
pub(in crate::storage) async fn of_desk<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    id: &ConversationId,
) -> Result<Option<DeskProfile>, StorageError> {
    let rows = sql
        .query(
            "SELECT profile FROM conversations
             WHERE tenant = $1 AND id = $2 AND queued_at IS NOT NULL AND erased_at IS NULL",
            vec![tenant.as_str().into(), id.as_str().into()],
        )
        .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let devices = super::keys(sql, tenant, id, &[0; 32]).await?;
    let Some(start) = row.maybe_text(0)? else {
        return Ok(Some(DeskProfile { verified: false, profile: None, earlier: Vec::new(), devices }));
    };
    let mut shown = profile(sql, tenant, &start).await?;
    // What the writer of this conversation has said counts as well.
    shown.consents = consents(sql, tenant, &Whose::Writer(id.clone())).await?;
    let mut earlier = Vec::new();
    if allows_service(&shown.consents) {
        for profile in together(sql, tenant, &start, Reach::All).await? {
            // Each for itself: where people put two together, what the one has refused is not shown for the other.
            let theirs = consents(sql, tenant, &Whose::Named(profile.clone())).await?;
            if allows_service(&theirs) {
                earlier.extend(earlier_of(sql, tenant, &profile, id).await?);
            }
        }
    }
    earlier.sort_by(|a, b| (b.opened_at, &b.id).cmp(&(a.opened_at, &a.id)));
    earlier.truncate(MAX_EARLIER);
    Ok(Some(DeskProfile { verified: true, profile: Some(shown), earlier, devices }))
}

/// What `service` is for: that earlier conversations are at hand.
fn allows_service(consents: &Consents) -> bool {
    consents.now.get("service").copied().unwrap_or(true)
}

async fn earlier_of<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    profile: &str,
    but: &ConversationId,
) -> Result<Vec<EarlierConversation>, StorageError> {
    let limit = i64::try_from(MAX_EARLIER).unwrap_or(i64::MAX);
    let values = vec![tenant.as_str().into(), profile.into(), but.as_str().into(), limit.into()];
    let rows = sql
        .query(
            "SELECT c.id, c.state, c.opened_at, c.last_seq,
                (SELECT message FROM messages m WHERE m.tenant = c.tenant AND m.conversation = c.id AND m.author = 'shopper'
                 ORDER BY m.seq DESC LIMIT 1)
             FROM conversations c
             WHERE c.tenant = $1 AND c.profile = $2 AND c.id <> $3 AND c.queued_at IS NOT NULL AND c.erased_at IS NULL
             ORDER BY c.opened_at DESC, c.id LIMIT $4",
            values,
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(EarlierConversation {
                id: row.text(0)?,
                state: rules::tag(&row.text(1)?),
                opened_at: row.integer(2)?,
                last_seq: u64::try_from(row.integer(3)?).unwrap_or(0),
                preview: rules::preview(row.maybe_text(4)?),
            })
        })
        .collect()
}

/// What an export begins with; `None` where nothing is known of them.
pub(in crate::storage) async fn head<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    whose: &Whose,
    reach: Reach,
) -> Result<Option<Exported>, StorageError> {
    let scope = scope(sql, tenant, whose, reach).await?;
    let grants = grants(sql, tenant, &scope).await?;
    if scope.profiles.is_empty() && scope.conversations.is_empty() && grants.is_empty() {
        return Ok(None);
    }
    let head = ExportHead {
        parts: parts(sql, tenant, &scope.profiles).await?,
        merges: merge::of(sql, tenant, &scope.profiles).await?,
        consents: consents(sql, tenant, whose).await?,
        grants,
    };
    let conversations: BTreeSet<ConversationId> =
        scope.conversations.into_iter().filter_map(|id| ConversationId::new(id).ok()).collect();
    Ok(Some(Exported { head, conversations: conversations.into_iter().collect() }))
}

async fn grants<S: Sql>(sql: &S, tenant: &TenantId, scope: &Scope) -> Result<Vec<ExportedGrant>, StorageError> {
    let mut grants = Vec::new();
    for user in &scope.users {
        let customer = user.to_ascii_uppercase();
        let rows = sql
            .query(
                "SELECT g.order_id, g.customer, g.rule, g.fault, g.gives, g.amount, g.granted_at, o.code
                 FROM grants g LEFT JOIN offers o ON o.tenant = g.tenant AND o.grant_id = g.id
                 WHERE g.tenant = $1 AND g.customer = $2 ORDER BY g.granted_at, g.id",
                vec![tenant.as_str().into(), Value::from(customer.as_str())],
            )
            .await?;
        for row in rows {
            grants.push(ExportedGrant {
                order: row.text(0)?,
                customer: row.text(1)?,
                rule: row.text(2)?,
                fault: row.text(3)?,
                gives: row.text(4)?,
                amount: row.integer(5)?,
                granted_at: row.integer(6)?,
                code: row.maybe_text(7)?,
            });
        }
    }
    Ok(grants)
}

/// A conversation as an export has it, but for its messages.
pub(in crate::storage) async fn conversation<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    id: &ConversationId,
) -> Result<Option<ExportedConversation>, StorageError> {
    let values = || vec![tenant.as_str().into(), id.as_str().into()];
    let rows = sql
        .query(
            "SELECT state, locale, opened_at, last_seq, page, reason, packet, subject, subject_name FROM conversations
             WHERE tenant = $1 AND id = $2 AND erased_at IS NULL",
            values(),
        )
        .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    // What was written as JSON is read as such, whichever release has written it.
    let json = |text: Option<String>| text.and_then(|text| zg_proto::from_json(&text).ok());
    let mut actions = Vec::new();
    for row in sql
        .query(
            "SELECT id, begun_at, outcome FROM actions WHERE tenant = $1 AND conversation = $2 ORDER BY begun_at, id",
            values(),
        )
        .await?
    {
        actions.push(ExportedAction { id: row.text(0)?, begun_at: row.integer(1)?, outcome: json(row.maybe_text(2)?) });
    }
    Ok(Some(ExportedConversation {
        id: id.to_string(),
        state: rules::tag(&row.text(0)?),
        locale: row.text(1)?,
        opened_at: row.integer(2)?,
        last_seq: u64::try_from(row.integer(3)?).unwrap_or(0),
        page: row.maybe_text(4)?,
        reason: row.maybe_text(5)?,
        packet: json(row.maybe_text(6)?),
        subject: row.maybe_text(7)?,
        name: row.maybe_text(8)?,
        actions,
        devices: super::keys(sql, tenant, id, &[0; 32]).await?,
    }))
}
