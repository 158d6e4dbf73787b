//! A token is believed: its profiles, the rows it adds to the ledger, and whose conversation it is.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::profile::{IdentifierTag, MergeByTag};

use super::plan::{Known, Row, plan};
use super::{Identifier, Reach, merge, together};
use crate::identity::Identity;
use crate::random;
use crate::storage::StorageError;
use crate::storage::rules::DAY_MILLIS;
use crate::storage::sql::{Sql, Value};

/// The key of the hashes, made where there is none, with `second` in it where one is given.
///
/// # Errors
/// The shoppers of this database are known by another second key, or by none.
pub(in crate::storage) async fn key<S: Sql>(sql: &S, second: Option<&[u8]>) -> Result<Vec<u8>, StorageError> {
    let first = kept(sql, "first", &random::bytes::<32>()).await?;
    let key = match second {
        Some(second) => hmac(second, &first),
        None => first,
    };
    // What both together were when the first shopper was known. With others nobody would be found again.
    let seal = hmac(&key, b"seal");
    if kept(sql, "seal", &seal).await? == seal {
        return Ok(key);
    }
    Err(StorageError::Setting(
        "profile_key_file: the shoppers of this database are known by another key; name the file they were known by, or leave it out"
            .to_owned(),
    ))
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// What is kept under a name; from here on `new` where nothing is.
async fn kept<S: Sql>(sql: &S, name: &'static str, new: &[u8]) -> Result<Vec<u8>, StorageError> {
    sql.execute(
        "INSERT INTO profile_keys (name, key) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        vec![name.into(), Value::from(new)],
    )
    .await?;
    let rows = sql.query("SELECT key FROM profile_keys WHERE name = $1", vec![name.into()]).await?;
    rows.first().ok_or_else(|| StorageError::Database("the key of the profiles is gone".to_owned()))?.blob(0)
}

/// Numbers are given to others no sooner than this after they were given up: three months are the shortest freeze that China's
/// rules for carriers know. One that nobody has vouched for as long is nobody's word for who wrote before.
const STALE_MILLIS: i64 = 90 * DAY_MILLIS;

/// What a token means for a conversation.
pub(in crate::storage) enum Believed {
    /// The conversation is another's.
    Another,
    /// All of it is known.
    Same,
    Noted(Notes),
}

/// What is to be written.
#[derive(Default)]
pub(in crate::storage) struct Notes {
    new: Vec<(String, Identifier)>,
    retired: Vec<String>,
    seen: Vec<String>,
    rows: Vec<Row>,
    /// The strongest thing that was ever said of this conversation, whatever becomes of merges.
    profile: Option<String>,
}

/// What a conversation has of its shopper.
struct Before {
    subject: Option<String>,
    name: Option<String>,
    profile: Option<String>,
    kind: Option<IdentifierTag>,
}

async fn before<S: Sql>(sql: &S, tenant: &TenantId, id: &ConversationId) -> Result<Before, StorageError> {
    let rows = sql
        .query(
            "SELECT c.subject, c.subject_name, c.profile, p.kind FROM conversations c
             LEFT JOIN profiles p ON p.tenant = c.tenant AND p.id = c.profile
             WHERE c.tenant = $1 AND c.id = $2 AND c.erased_at IS NULL",
            vec![tenant.as_str().into(), id.as_str().into()],
        )
        .await?;
    let row = rows.first().ok_or(StorageError::Missing)?;
    Ok(Before {
        subject: row.maybe_text(0)?,
        name: row.maybe_text(1)?,
        profile: row.maybe_text(2)?,
        kind: row.maybe_text(3)?.as_deref().and_then(IdentifierTag::from_name),
    })
}

/// Reads what a token means, and writes nothing. `identifiers` are those of the token, the strongest first.
pub(in crate::storage) async fn look<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    id: &ConversationId,
    identity: &Identity,
    identifiers: &[Identifier],
    now: Timestamp,
) -> Result<Believed, StorageError> {
    let before = before(sql, tenant, id).await?;
    if let (Some(before), Some(now)) = (&before.subject, &identity.subject)
        && before != now
    {
        return Ok(Believed::Another);
    }
    let mut notes = Notes::default();
    let mut named = Vec::new();
    let mut found = Vec::new();
    for identifier in identifiers {
        let values =
            vec![tenant.as_str().into(), identifier.kind.name().into(), Value::from(identifier.digest.as_slice())];
        let query =
            "SELECT id, seen_at FROM profiles WHERE tenant = $1 AND kind = $2 AND digest = $3 AND retired_at IS NULL";
        let rows = sql.query(query, values).await?;
        found.push(rows.first().map(|row| Ok::<_, StorageError>((row.text(0)?, row.integer(1)?))).transpose()?);
    }
    for (identifier, at) in identifiers.iter().zip(&found) {
        let kept = match at {
            Some((name, seen_at)) => {
                let others = found.iter().flatten().map(|(other, _)| other).filter(|other| *other != name);
                let stale = identifier.kind == IdentifierTag::Phone && now.as_millis() - seen_at > STALE_MILLIS;
                // Whom it was with speaks for it: the same account, the same conversation.
                let group = if stale { together(sql, tenant, name, Reach::Vouched).await? } else { BTreeSet::new() };
                let known = others.chain(&before.profile).any(|other| group.contains(other));
                if stale && !known {
                    notes.retired.push(name.clone());
                    None
                } else {
                    notes.seen.extend((now.as_millis() - seen_at > DAY_MILLIS).then(|| name.clone()));
                    Some(name.clone())
                }
            }
            None => None,
        };
        let name = kept.unwrap_or_else(|| {
            let name = format!("p_{}", random::hex(12));
            notes.new.push((name.clone(), identifier.clone()));
            name
        });
        named.push((identifier.kind, name));
    }
    let known = known(sql, tenant, &named).await?;
    let (rows, group) = plan(&named, &known);
    notes.rows = rows;
    let same_subject = before.subject.is_some() && before.subject == identity.subject;
    // Whose it was before has to be among those whom this token is about, else one shopper's words would be another's.
    let among = before.profile.as_deref().is_none_or(|profile| group.contains(profile));
    if !same_subject && (!among || (before.subject.is_some() && before.profile.is_none())) {
        return Ok(Believed::Another);
    }
    for old in &notes.retired {
        // A person may know that it is the same one after all.
        if let Some((kind, name)) = named.iter().find(|(kind, _)| *kind == IdentifierTag::Phone) {
            let (one, other, confidence) = (name.clone(), old.clone(), 400);
            notes.rows.push(Row { one, other, evidence: *kind, confidence, applied: false });
        }
    }
    let stronger = named.first().filter(|(strongest, _)| before.kind.is_none_or(|kind| *strongest < kind));
    notes.profile = stronger.map(|(_, name)| name.clone());
    let told = identity.subject.is_none() || same_subject;
    let nothing = notes.new.is_empty() && notes.rows.is_empty() && notes.seen.is_empty() && notes.profile.is_none();
    if told && nothing && before.name == identity.name {
        return Ok(Believed::Same);
    }
    Ok(Believed::Noted(notes))
}

/// Writes what a look has found. The caller holds the profiles and the conversation, since before the look.
pub(in crate::storage) async fn note<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    id: &ConversationId,
    identity: &Identity,
    notes: Notes,
    now: Timestamp,
) -> Result<(), StorageError> {
    for (names, update) in [
        (&notes.retired, "UPDATE profiles SET retired_at = $3 WHERE tenant = $1 AND id = $2"),
        (&notes.seen, "UPDATE profiles SET seen_at = $3 WHERE tenant = $1 AND id = $2"),
    ] {
        for name in names {
            let values = vec![tenant.as_str().into(), name.as_str().into(), now.as_millis().into()];
            sql.execute(update, values).await?;
        }
    }
    for (name, identifier) in notes.new {
        let values = vec![
            tenant.as_str().into(),
            name.as_str().into(),
            identifier.kind.name().into(),
            Value::from(identifier.digest.as_slice()),
            now.as_millis().into(),
        ];
        sql.execute(
            "INSERT INTO profiles (tenant, id, kind, digest, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)",
            values,
        )
        .await?;
    }
    for row in notes.rows {
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
    let values = vec![
        tenant.as_str().into(),
        id.as_str().into(),
        Value::from(identity.subject.as_deref()),
        Value::from(identity.name.as_deref()),
        Value::from(notes.profile.as_deref()),
    ];
    sql.execute(
        "UPDATE conversations SET subject = coalesce($3, subject), subject_name = $4, profile = coalesce($5, profile)
         WHERE tenant = $1 AND id = $2",
        values,
    )
    .await?;
    Ok(())
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
