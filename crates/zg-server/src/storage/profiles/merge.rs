//! The ledger of merges.

use std::collections::BTreeSet;

use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::profile::{Merge, MergeByTag, Undone};

use super::{By, MAX_TOGETHER, Reach, Whose, start_of, together};
use crate::random;
use crate::storage::StorageError;
use crate::storage::sql::{Row, Sql, Value};

/// A row that is to be entered.
pub(super) struct Entry<'a> {
    pub(super) pair: (&'a str, &'a str),
    pub(super) evidence: &'a str,
    pub(super) confidence: i64,
    pub(super) applied: bool,
    pub(super) by: MergeByTag,
    pub(super) operator: Option<&'a str>,
    pub(super) note: Option<&'a str>,
}

pub(super) async fn enter<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    entry: Entry<'_>,
    now: Timestamp,
) -> Result<String, StorageError> {
    let id = format!("m_{}", random::hex(12));
    let values = vec![
        tenant.as_str().into(),
        id.as_str().into(),
        entry.pair.0.into(),
        entry.pair.1.into(),
        entry.evidence.into(),
        entry.confidence.into(),
        i64::from(entry.applied).into(),
        entry.by.name().into(),
        Value::from(entry.operator),
        Value::from(entry.note),
        now.as_millis().into(),
    ];
    sql.execute(
        "INSERT INTO profile_merges (tenant, id, one, other, evidence, confidence, applied, by_kind, operator, note, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values,
    )
    .await?;
    Ok(id)
}

/// Pairs with `profile` of which the ledger says something that is not in effect.
pub(super) async fn not_in_effect<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    profile: &str,
) -> Result<Vec<(String, String)>, StorageError> {
    let rows = sql
        .query(
            "SELECT one, other FROM profile_merges
             WHERE tenant = $1 AND one = $2 AND (applied = 0 OR undone_at IS NOT NULL)
             UNION SELECT one, other FROM profile_merges
             WHERE tenant = $1 AND other = $2 AND (applied = 0 OR undone_at IS NOT NULL)",
            vec![tenant.as_str().into(), profile.into()],
        )
        .await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Rows of the ledger by a column, with the names of people.
macro_rules! rows {
    ($column:literal) => {
        concat!(
            "SELECT m.id, m.one, m.other, m.evidence, m.confidence, m.applied, m.by_kind, o.display_name, m.note, m.made_at,
                m.undone_by_kind, u.display_name, m.undone_at
             FROM profile_merges m
             LEFT JOIN operators o ON o.id = m.operator AND o.tenant = m.tenant
             LEFT JOIN operators u ON u.id = m.undone_operator AND u.tenant = m.tenant
             WHERE m.tenant = $1 AND ",
            $column,
            " = $2"
        )
    };
}

fn read(row: &Row) -> Result<Merge, StorageError> {
    let by = |n: usize| -> Result<Option<MergeByTag>, StorageError> {
        Ok(row.maybe_text(n)?.as_deref().and_then(MergeByTag::from_name))
    };
    let undone = match (by(10)?, row.maybe_integer(12)?) {
        (Some(by), Some(at)) => Some(Undone { by, operator: row.maybe_text(11)?, at }),
        _ => None,
    };
    Ok(Merge {
        id: row.text(0)?,
        one: row.text(1)?,
        other: row.text(2)?,
        evidence: row.text(3)?,
        confidence: row.integer(4)?,
        applied: row.integer(5)? == 1,
        by: by(6)?.ok_or_else(|| StorageError::Database("a merge is by nobody".to_owned()))?,
        operator: row.maybe_text(7)?,
        note: row.maybe_text(8)?,
        at: row.integer(9)?,
        undone,
    })
}

async fn find<S: Sql>(sql: &S, tenant: &TenantId, id: &str) -> Result<Option<Merge>, StorageError> {
    let rows = sql.query(rows!("m.id"), vec![tenant.as_str().into(), id.into()]).await?;
    rows.first().map(read).transpose()
}

/// What the ledger says of any of the profiles, oldest first.
pub(super) async fn of<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    profiles: &BTreeSet<String>,
) -> Result<Vec<Merge>, StorageError> {
    let mut merges: Vec<Merge> = Vec::new();
    for profile in profiles {
        let rows = sql
            .query(
                concat!(rows!("m.one"), " UNION ALL ", rows!("m.other")),
                vec![tenant.as_str().into(), profile.as_str().into()],
            )
            .await?;
        for row in &rows {
            let merge = read(row)?;
            if merges.iter().all(|other| other.id != merge.id) {
                merges.push(merge);
            }
        }
    }
    merges.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    Ok(merges)
}

/// A person says that two are one.
///
/// # Errors
/// Either is known by nothing that was vouched for, or the two would be too many together.
pub(in crate::storage) async fn by_hand<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    (one, other): &(Whose, Whose),
    by: &By,
    note: Option<&str>,
    now: Timestamp,
) -> Result<Merge, StorageError> {
    sql.lock_profiles(tenant).await?;
    let one = start_of(sql, tenant, one).await?.ok_or(StorageError::NotVouched)?;
    let other = start_of(sql, tenant, other).await?.ok_or(StorageError::NotVouched)?;
    // What the merchant vouches for counts for more than what an operator took for the same.
    let reach = if by.kind() == MergeByTag::Operator { Reach::All } else { Reach::Vouched };
    let group = together(sql, tenant, &one, reach).await?;
    if group.contains(&other) {
        let of_both = of(sql, tenant, &group).await?;
        let in_effect = || of_both.iter().filter(|merge| merge.applied && merge.undone.is_none());
        let pair = [&one, &other];
        let same = in_effect().rfind(|merge| pair.contains(&&merge.one) && pair.contains(&&merge.other));
        // Of one profile with itself there is nothing to say.
        return same.or(in_effect().next_back()).cloned().ok_or(StorageError::NotVouched);
    }
    let everyone = together(sql, tenant, &one, Reach::All).await?;
    let others = together(sql, tenant, &other, Reach::All).await?;
    if everyone.union(&others).count() > MAX_TOGETHER {
        return Err(StorageError::TooManyProfiles { most: MAX_TOGETHER });
    }
    let entry = Entry {
        pair: (&one, &other),
        evidence: "hand",
        // The shop's own records count for more than what a person at the desk makes of a talk.
        confidence: if by.kind() == MergeByTag::Operator { 900 } else { 1000 },
        applied: true,
        by: by.kind(),
        operator: by.operator(),
        note,
    };
    let id = enter(sql, tenant, entry, now).await?;
    find(sql, tenant, &id).await?.ok_or(StorageError::Missing)
}

/// Takes a row of the ledger back.
///
/// # Errors
/// There is no such row, or it is not about whoever writes in `within`.
pub(in crate::storage) async fn undo<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    id: &str,
    within: Option<&ConversationId>,
    by: &By,
    now: Timestamp,
) -> Result<Merge, StorageError> {
    sql.lock_profiles(tenant).await?;
    let merge = find(sql, tenant, id).await?.ok_or(StorageError::Missing)?;
    if let Some(conversation) = within {
        let start = start_of(sql, tenant, &Whose::Writer(conversation.clone())).await?.ok_or(StorageError::Missing)?;
        let group = together(sql, tenant, &start, Reach::All).await?;
        if !group.contains(&merge.one) && !group.contains(&merge.other) {
            return Err(StorageError::Missing);
        }
    }
    let values = vec![
        tenant.as_str().into(),
        id.into(),
        now.as_millis().into(),
        by.kind().name().into(),
        Value::from(by.operator()),
    ];
    sql.execute(
        "UPDATE profile_merges SET undone_at = $3, undone_by_kind = $4, undone_operator = $5
         WHERE tenant = $1 AND id = $2 AND undone_at IS NULL",
        values,
    )
    .await?;
    find(sql, tenant, id).await?.ok_or(StorageError::Missing)
}
