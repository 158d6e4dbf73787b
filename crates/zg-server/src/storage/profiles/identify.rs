//! A token is believed: its profiles, the rows it adds to the ledger, and whose conversation it is.

use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::profile::{IdentifierTag, MergeByTag};

use super::plan::{Known, plan};
use super::{Identifier, Reach, merge, together};
use crate::identity::Identity;
use crate::random;
use crate::storage::StorageError;
use crate::storage::sql::{Sql, Value};

const KEY: &str = "profiles";

/// The key of the hashes, made where there is none.
pub(in crate::storage) async fn key<S: Sql>(sql: &S) -> Result<Vec<u8>, StorageError> {
    let made = random::bytes::<32>();
    sql.execute(
        "INSERT INTO profile_keys (name, key) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        vec![KEY.into(), Value::from(made.as_slice())],
    )
    .await?;
    let rows = sql.query("SELECT key FROM profile_keys WHERE name = $1", vec![KEY.into()]).await?;
    rows.first().ok_or_else(|| StorageError::Database("the key of the profiles is gone".to_owned()))?.blob(0)
}

/// Whether the conversation is this shopper's from here on; of one that is another's nothing is written.
/// The caller holds the conversation. `identifiers` are those of the token, the strongest first.
pub(in crate::storage) async fn identify<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    id: &ConversationId,
    identity: &Identity,
    identifiers: &[Identifier],
    now: Timestamp,
) -> Result<bool, StorageError> {
    let values = vec![tenant.as_str().into(), id.as_str().into()];
    let rows = sql
        .query(
            "SELECT c.subject, c.profile, p.kind FROM conversations c
             LEFT JOIN profiles p ON p.tenant = c.tenant AND p.id = c.profile
             WHERE c.tenant = $1 AND c.id = $2 AND c.erased_at IS NULL",
            values,
        )
        .await?;
    let row = rows.first().ok_or(StorageError::Missing)?;
    let (subject, profile) = (row.maybe_text(0)?, row.maybe_text(1)?);
    let kind = row.maybe_text(2)?.as_deref().and_then(IdentifierTag::from_name);
    if let (Some(before), Some(now)) = (&subject, &identity.subject)
        && before != now
    {
        return Ok(false);
    }
    let mut named = Vec::new();
    let mut new = Vec::new();
    for identifier in identifiers {
        let values =
            vec![tenant.as_str().into(), identifier.kind.name().into(), Value::from(identifier.digest.as_slice())];
        let known =
            sql.query("SELECT id FROM profiles WHERE tenant = $1 AND kind = $2 AND digest = $3", values).await?;
        let name = match known.first() {
            Some(row) => row.text(0)?,
            None => {
                let name = format!("p_{}", random::hex(12));
                new.push((name.clone(), identifier));
                name
            }
        };
        named.push((identifier.kind, name));
    }
    let known = known(sql, tenant, &named).await?;
    let (rows, group) = plan(&named, &known);
    let same_subject = subject.is_some() && subject == identity.subject;
    // Whose it was before has to be among those whom this token is about, else one shopper's words would be another's.
    let before = profile.as_deref().is_none_or(|profile| group.contains(profile));
    if !same_subject && (!before || (subject.is_some() && profile.is_none())) {
        return Ok(false);
    }
    for (name, identifier) in new {
        let values = vec![
            tenant.as_str().into(),
            name.as_str().into(),
            identifier.kind.name().into(),
            Value::from(identifier.digest.as_slice()),
            now.as_millis().into(),
        ];
        sql.execute("INSERT INTO profiles (tenant, id, kind, digest, created_at) VALUES ($1, $2, $3, $4, $5)", values)
            .await?;
    }
    for row in rows {
        let entry = merge::Entry {
            pair: (&row.one, &row.other),
            evidence: row.evidence.name(),
            confidence: row.confidence,
            applied: row.applied,
            by: MergeByTag::Token,
            operator: None,
            note: None,
        };
        merge::enter(sql, tenant, entry, now).await?;
    }
    // The strongest thing that was ever said of this conversation, whatever becomes of merges.
    let first = named.first().filter(|(strongest, _)| kind.is_none_or(|kind| *strongest < kind));
    let values = vec![
        tenant.as_str().into(),
        id.as_str().into(),
        Value::from(identity.subject.as_deref()),
        Value::from(identity.name.as_deref()),
        Value::from(first.map(|(_, name)| name.as_str())),
    ];
    sql.execute(
        "UPDATE conversations SET subject = coalesce($3, subject), subject_name = $4, profile = coalesce($5, profile)
         WHERE tenant = $1 AND id = $2",
        values,
    )
    .await?;
    Ok(true)
}

/// What the ledger says of the profiles that a token names.
async fn known<S: Sql>(sql: &S, tenant: &TenantId, named: &[(IdentifierTag, String)]) -> Result<Known, StorageError> {
    let mut known = Known::default();
    for (kind, name) in named {
        if *kind == IdentifierTag::User {
            known.users.insert(name.clone());
        }
        let group = together(sql, tenant, name, Reach::Vouched).await?;
        for part in super::parts(sql, tenant, &group).await? {
            if part.kind == IdentifierTag::User {
                known.users.insert(part.profile);
            }
        }
        if named.len() > 1 {
            for profile in &group {
                known.settled.extend(merge::not_in_effect(sql, tenant, profile).await?);
            }
        }
        known.together.insert(name.clone(), group);
    }
    Ok(known)
}
