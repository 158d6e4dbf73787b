//! What shoppers have agreed to. The newest word on a purpose holds; without one only `service` does.

use std::collections::BTreeMap;

use zg_domain::{TenantId, Timestamp};
use zg_proto::profile::{ChannelTag, Consent, ConsentByTag, Consents, PurposeTag};

use super::{NewConsent, Reach, Whose, start_of, together};
use crate::storage::StorageError;
use crate::storage::sql::{Row, Sql, Value, count};

fn read(row: &Row) -> Result<(i64, Consent), StorageError> {
    let strange = |word: String| StorageError::Database(format!("a consent has {word}"));
    let (purpose, channel, by) = (row.text(1)?, row.text(4)?, row.text(5)?);
    let consent = Consent {
        purpose: PurposeTag::from_name(&purpose).ok_or_else(|| strange(purpose))?,
        granted: row.integer(2)? == 1,
        wording: row.text(3)?,
        channel: ChannelTag::from_name(&channel).ok_or_else(|| strange(channel))?,
        by: ConsentByTag::from_name(&by).ok_or_else(|| strange(by))?,
        at: row.integer(6)?,
    };
    Ok((row.integer(0)?, consent))
}

/// What holds of who writes in a conversation, or of a profile. Merges count where the merchant vouches for them.
pub(in crate::storage) async fn consents<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    whose: &Whose,
) -> Result<Consents, StorageError> {
    let mut found = BTreeMap::new();
    if let Whose::Writer(id) = whose {
        let rows = sql
            .query(
                "SELECT seq, purpose, granted, wording, channel, by_kind, given_at FROM consents
                 WHERE tenant = $1 AND conversation = $2",
                vec![tenant.as_str().into(), id.as_str().into()],
            )
            .await?;
        for row in &rows {
            let (seq, consent) = read(row)?;
            found.insert(seq, consent);
        }
    }
    if let Some(start) = start_of(sql, tenant, whose).await? {
        for profile in together(sql, tenant, &start, Reach::Vouched).await? {
            // Also what was said before anybody knew who it was.
            let rows = sql
                .query(
                    "SELECT seq, purpose, granted, wording, channel, by_kind, given_at FROM consents
                     WHERE tenant = $1 AND profile = $2
                     UNION
                     SELECT k.seq, k.purpose, k.granted, k.wording, k.channel, k.by_kind, k.given_at
                     FROM conversations c JOIN consents k ON k.tenant = c.tenant AND k.conversation = c.id
                     WHERE c.tenant = $1 AND c.profile = $2",
                    vec![tenant.as_str().into(), profile.as_str().into()],
                )
                .await?;
            for row in &rows {
                let (seq, consent) = read(row)?;
                found.insert(seq, consent);
            }
        }
    }
    let mut now: BTreeMap<String, bool> =
        PurposeTag::ALL.iter().map(|purpose| (purpose.name().to_owned(), *purpose == PurposeTag::Service)).collect();
    let history: Vec<Consent> = found.into_values().collect();
    for consent in &history {
        now.insert(consent.purpose.name().to_owned(), consent.granted);
    }
    Ok(Consents { now, history })
}

/// Records a word on a purpose.
///
/// # Errors
/// There is no such conversation, or nothing is known by what was given.
pub(in crate::storage) async fn give<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    whose: &Whose,
    new: &NewConsent,
    now: Timestamp,
) -> Result<Consents, StorageError> {
    sql.lock_profiles(tenant).await?;
    let conversation = match whose {
        Whose::Writer(id) => {
            if !sql.lock_conversation(tenant, id).await? {
                return Err(StorageError::Missing);
            }
            Some(id.as_str())
        }
        Whose::Vouched { .. } | Whose::Named(_) => None,
    };
    let profile = start_of(sql, tenant, whose).await?;
    if conversation.is_none() && profile.is_none() {
        return Err(StorageError::NotVouched);
    }
    let before = consents(sql, tenant, whose).await?;
    let last = before.history.iter().rfind(|consent| consent.purpose == new.purpose);
    let same = |consent: &&Consent| {
        (consent.granted, consent.wording.as_str(), consent.channel, consent.by)
            == (new.granted, new.wording.as_str(), new.channel, new.by)
    };
    if last.filter(same).is_some() {
        return Ok(before);
    }
    let seq =
        count(sql, "SELECT coalesce(max(seq), 0) + 1 FROM consents WHERE tenant = $1", vec![tenant.as_str().into()])
            .await?;
    let values = vec![
        tenant.as_str().into(),
        seq.into(),
        Value::from(conversation),
        Value::from(profile.as_deref()),
        new.purpose.name().into(),
        i64::from(new.granted).into(),
        new.wording.as_str().into(),
        new.channel.name().into(),
        new.by.name().into(),
        now.as_millis().into(),
    ];
    sql.execute(
        "INSERT INTO consents (tenant, seq, conversation, profile, purpose, granted, wording, channel, by_kind, given_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values,
    )
    .await?;
    consents(sql, tenant, whose).await
}
