//! Everything of a shopper goes in one transaction, and a search in the same transaction shows that it has gone.
//!
//! What was given for a fault stays, because the merchant has to account for it and an order is made good once; whose it was
//! goes: the number of the customer is replaced by a random one that is theirs in every row and leads nowhere.

use std::collections::{BTreeMap, BTreeSet};

use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::profile::Erasure;

use super::{Reach, Scope, Whose, scope};
use crate::random;
use crate::storage::StorageError;
use crate::storage::sql::{Sql, Value, count};

/// Where a profile can be named: what it is called in the answer, and how it is counted.
const OF_PROFILE: &[(&str, &str)] = &[
    ("profiles.id", "SELECT count(*) FROM profiles WHERE tenant = $1 AND id = $2"),
    ("profile_merges.one", "SELECT count(*) FROM profile_merges WHERE tenant = $1 AND one = $2"),
    ("profile_merges.other", "SELECT count(*) FROM profile_merges WHERE tenant = $1 AND other = $2"),
    ("conversations.profile", "SELECT count(*) FROM conversations WHERE tenant = $1 AND profile = $2"),
    ("consents.profile", "SELECT count(*) FROM consents WHERE tenant = $1 AND profile = $2"),
];

/// Where a user id is in clear.
const OF_USER: &[(&str, &str)] =
    &[("conversations.subject", "SELECT count(*) FROM conversations WHERE tenant = $1 AND subject = $2")];

/// Where it is as a customer of grants, in capitals.
const OF_CUSTOMER: &[(&str, &str)] = &[
    ("grants.customer", "SELECT count(*) FROM grants WHERE tenant = $1 AND customer = $2"),
    ("offers.customer", "SELECT count(*) FROM offers WHERE tenant = $1 AND customer = $2"),
];

const OF_GRANT: &[(&str, &str)] = &[
    ("grant_households.grant_id", "SELECT count(*) FROM grant_households WHERE tenant = $1 AND grant_id = $2"),
    (
        "decisions.decision",
        r#"SELECT count(*) FROM decisions WHERE tenant = $1 AND decision LIKE '%"grant":"' || $2 || '"%'"#,
    ),
];

const OF_CONVERSATION: &[(&str, &str)] = &[
    ("messages.conversation", "SELECT count(*) FROM messages WHERE tenant = $1 AND conversation = $2"),
    ("images.conversation", "SELECT count(*) FROM images WHERE tenant = $1 AND conversation = $2"),
    ("image_parts.conversation", "SELECT count(*) FROM image_parts WHERE tenant = $1 AND conversation = $2"),
    ("actions.conversation", "SELECT count(*) FROM actions WHERE tenant = $1 AND conversation = $2"),
    ("consents.conversation", "SELECT count(*) FROM consents WHERE tenant = $1 AND conversation = $2"),
    ("continuations.conversation", "SELECT count(*) FROM continuations WHERE tenant = $1 AND conversation = $2"),
    (
        "conversation_keys.conversation",
        "SELECT count(*) FROM conversation_keys WHERE tenant = $1 AND conversation = $2",
    ),
    // The row stays, empty, so that its id takes nothing any more.
    (
        "conversations.content",
        "SELECT count(*) FROM conversations WHERE tenant = $1 AND id = $2 AND
            (locale <> '' OR page IS NOT NULL OR reason IS NOT NULL OR packet IS NOT NULL OR subject IS NOT NULL
             OR subject_name IS NOT NULL OR profile IS NOT NULL OR erased_at IS NULL)",
    ),
];

/// What names the shopper in the ledger of grants.
#[derive(Debug, Default)]
struct Money {
    customers: BTreeSet<String>,
    grants: BTreeSet<String>,
}

/// An erasure half way: it is known what has to go.
pub(in crate::storage) struct Begun {
    scope: Scope,
    money: Money,
    before: BTreeMap<String, u64>,
}

impl Begun {
    /// The conversations that are to be erased, each by itself.
    pub(in crate::storage) fn conversations(&self) -> Vec<ConversationId> {
        self.scope.conversations.iter().filter_map(|id| ConversationId::new(id.as_str()).ok()).collect()
    }
}

/// Finds what there is of a shopper; `None` where there is nothing.
pub(in crate::storage) async fn begin<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    whose: &Whose,
    reach: Reach,
) -> Result<Option<Begun>, StorageError> {
    sql.lock_profiles(tenant).await?;
    let scope = scope(sql, tenant, whose, reach).await?;
    let money = money(sql, tenant, &scope).await?;
    let before = found(sql, tenant, &scope, &money).await?;
    // One that is empty is known of no longer.
    let known = before.values().any(|n| *n > 0);
    Ok(known.then_some(Begun { scope, money, before }))
}

/// Removes what is left once the conversations are erased, and searches for all of it.
///
/// # Errors
/// Something was found: then nothing of it is kept, and it is as it was.
pub(in crate::storage) async fn finish<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    begun: Begun,
    now: Timestamp,
) -> Result<(Erasure, Vec<ConversationId>), StorageError> {
    let conversations = begun.conversations();
    let Begun { scope, money, before } = begun;
    pseudonymize(sql, tenant, &money).await?;
    strike(sql, tenant, &scope).await?;
    let remaining = found(sql, tenant, &scope, &money).await?;
    if let Some((place, n)) = remaining.iter().find(|(_, n)| **n > 0) {
        return Err(StorageError::Database(format!("{n} rows are left in {place} after an erasure")));
    }
    let n = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let erasure = Erasure {
        erased_at: now.as_millis(),
        profiles: n(scope.profiles.len()),
        conversations: n(conversations.len()),
        before,
        remaining,
    };
    Ok((erasure, conversations))
}

/// Rows that name the shopper, by table and column.
async fn found<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    scope: &Scope,
    money: &Money,
) -> Result<BTreeMap<String, u64>, StorageError> {
    let searches = [
        (OF_PROFILE, &scope.profiles),
        (OF_USER, &scope.users),
        (OF_CUSTOMER, &money.customers),
        (OF_GRANT, &money.grants),
        (OF_CONVERSATION, &scope.conversations),
    ];
    let mut found = BTreeMap::new();
    for (places, names) in searches {
        for (place, query) in places {
            let mut n = 0;
            for name in names {
                n += count(sql, query, vec![tenant.as_str().into(), name.as_str().into()]).await?;
            }
            found.insert((*place).to_owned(), u64::try_from(n).unwrap_or(0));
        }
    }
    Ok(found)
}

/// Looks for the shopper in the ledger of grants.
async fn money<S: Sql>(sql: &S, tenant: &TenantId, scope: &Scope) -> Result<Money, StorageError> {
    let mut money = Money::default();
    for user in &scope.users {
        let customer = user.to_ascii_uppercase();
        let values = vec![tenant.as_str().into(), customer.as_str().into()];
        for row in sql.query("SELECT id FROM grants WHERE tenant = $1 AND customer = $2", values).await? {
            money.grants.insert(row.text(0)?);
        }
        money.customers.insert(customer);
    }
    Ok(money)
}

/// Takes names out of the ledger of grants. What was not redeemed can be redeemed by nobody any more.
async fn pseudonymize<S: Sql>(sql: &S, tenant: &TenantId, money: &Money) -> Result<(), StorageError> {
    let nobody = format!("ERASED-{}", random::hex(12).to_ascii_uppercase());
    for customer in &money.customers {
        for update in [
            "UPDATE grants SET customer = $3 WHERE tenant = $1 AND customer = $2",
            "UPDATE offers SET customer = $3 WHERE tenant = $1 AND customer = $2",
        ] {
            let values = vec![tenant.as_str().into(), customer.as_str().into(), nobody.as_str().into()];
            sql.execute(update, values).await?;
        }
    }
    for grant in &money.grants {
        for delete in [
            "DELETE FROM grant_households WHERE tenant = $1 AND grant_id = $2",
            r#"DELETE FROM decisions WHERE tenant = $1 AND decision LIKE '%"grant":"' || $2 || '"%'"#,
        ] {
            sql.execute(delete, vec![tenant.as_str().into(), grant.as_str().into()]).await?;
        }
    }
    Ok(())
}

/// Removes what is known of profiles; their conversations are erased each by itself.
async fn strike<S: Sql>(sql: &S, tenant: &TenantId, scope: &Scope) -> Result<(), StorageError> {
    for profile in &scope.profiles {
        for delete in [
            "DELETE FROM profile_merges WHERE tenant = $1 AND (one = $2 OR other = $2)",
            "DELETE FROM consents WHERE tenant = $1 AND profile = $2",
            "DELETE FROM profiles WHERE tenant = $1 AND id = $2",
        ] {
            sql.execute(delete, vec![tenant.as_str().into(), Value::from(profile.as_str())]).await?;
        }
    }
    Ok(())
}
