//! The ledger of grants, in SQL.

use std::collections::{BTreeMap, HashMap};

use deadpool_postgres::Transaction;
use zg_domain::{TenantId, Timestamp};
use zg_policy::money::{Facts, History, Policy};
use zg_proto::remedy::RemedyDecision;

use super::{broken, offers};
use crate::random;
use crate::storage::rules::{self, DAY_MILLIS, DECISIONS_KEPT_MILLIS, today};
use crate::storage::{Asked, StorageError};

pub(super) async fn decide(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    policy: &Policy,
    request: &Asked,
    facts: &Facts,
    now: Timestamp,
) -> Result<RemedyDecision, StorageError> {
    // One at a time: between a look at the ledger and an entry nobody else of this tenant's may enter anything.
    transaction
        .execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('zhanggui ledger ' || current_schema() || ' ' || $1, 0))",
            &[&tenant.as_str()],
        )
        .await
        .map_err(broken)?;
    let before = transaction
        .query_opt(
            "SELECT digest, decision FROM decisions WHERE tenant = $1 AND request = $2",
            &[&tenant.as_str(), &request.name],
        )
        .await
        .map_err(broken)?;
    if let Some(before) = before {
        return rules::replay(request, before.get(0), before.get(1));
    }
    let history = history(transaction, tenant, policy, facts, now).await?;
    let today = n_today(transaction, tenant, now).await?;
    let decided = policy.decide(facts, &history, |rule| today.get(rule).copied().unwrap_or(0), now);
    let decision = match decided {
        Err(refusal) => rules::decision(policy, (request, facts), Err(refusal)),
        Ok(grant) => {
            let id = random::hex(12);
            transaction
                .execute(
                    "INSERT INTO grants (tenant, id, order_id, purchase, customer, rule, fault, gives, amount, cost, granted_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                    &[
                        &tenant.as_str(),
                        &id,
                        &facts.order,
                        &facts.purchase,
                        &facts.customer,
                        &grant.rule,
                        &grant.fault.name(),
                        &grant.gives.name(),
                        &grant.amount,
                        &grant.cost,
                        &now.as_millis(),
                    ],
                )
                .await
                .map_err(broken)?;
            transaction
                .execute(
                    "INSERT INTO grant_households (tenant, household, grant_id)
                     SELECT $1, household, $2 FROM unnest($3::text[]) household ON CONFLICT DO NOTHING",
                    &[&tenant.as_str(), &id, &facts.household],
                )
                .await
                .map_err(broken)?;
            let valid_until = rules::valid_until(policy, now);
            let whose = (facts.customer.as_str(), policy.budget.currency.as_str());
            let code = offers::issue(transaction, tenant, (&id, &grant), whose, valid_until).await?;
            rules::decision(policy, (request, facts), Ok(rules::Given { grant: &grant, id, code, valid_until }))
        }
    };
    // Other tenants clean up, too: what one has locked the other leaves alone.
    transaction
        .execute(
            "DELETE FROM decisions WHERE (tenant, request) IN
                (SELECT tenant, request FROM decisions WHERE decided_at < $1 LIMIT 1000 FOR UPDATE SKIP LOCKED)",
            &[&(now.as_millis() - DECISIONS_KEPT_MILLIS)],
        )
        .await
        .map_err(broken)?;
    transaction
        .execute(
            "INSERT INTO decisions (tenant, request, digest, decision, decided_at) VALUES ($1, $2, $3, $4, $5)",
            &[
                &tenant.as_str(),
                &request.name,
                &request.digest.as_slice(),
                &zg_proto::to_json(&decision),
                &now.as_millis(),
            ],
        )
        .await
        .map_err(broken)?;
    Ok(decision)
}

/// Grants of the day by rule. Read before the decision: a policy has few rules, and it asks while it decides.
async fn n_today(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    now: Timestamp,
) -> Result<HashMap<String, i64>, StorageError> {
    let rows = transaction
        .query(
            "SELECT rule, count(*) FROM grants WHERE tenant = $1 AND granted_at >= $2 GROUP BY rule",
            &[&tenant.as_str(), &today(now)],
        )
        .await
        .map_err(broken)?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

async fn history(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    policy: &Policy,
    facts: &Facts,
    now: Timestamp,
) -> Result<History, StorageError> {
    let since = now.as_millis() - policy.budget.window_days * DAY_MILLIS;
    // Of whatever age: an order is made good once.
    // An order's number may be another's purchase: parcels are often numbered after what they are of.
    let purchase = facts.purchase.as_deref().unwrap_or(&facts.order);
    let n_of_order: i64 = transaction
        .query_one(
            "SELECT count(*) FROM grants
             WHERE tenant = $1 AND (order_id IN ($2, $3) OR purchase IN ($2, $3))",
            &[&tenant.as_str(), &facts.order, &purchase],
        )
        .await
        .map_err(broken)?
        .get(0);
    // What a household has is what any of its accounts has.
    let rows = transaction
        .query(
            "SELECT id, cost, granted_at FROM grants WHERE tenant = $1 AND customer = $2 AND granted_at > $4
             UNION
             SELECT g.id, g.cost, g.granted_at FROM grant_households h JOIN grants g ON g.tenant = h.tenant AND g.id = h.grant_id
             WHERE h.tenant = $1 AND h.household = ANY($3) AND g.granted_at > $4",
            &[&tenant.as_str(), &facts.customer, &facts.household, &since],
        )
        .await
        .map_err(broken)?;
    let grants: BTreeMap<String, (i64, i64)> = rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect();
    let spent_today: i64 = transaction
        .query_one(
            "SELECT coalesce(sum(cost), 0)::bigint FROM grants WHERE tenant = $1 AND granted_at >= $2",
            &[&tenant.as_str(), &today(now)],
        )
        .await
        .map_err(broken)?
        .get(0);
    Ok(History {
        n_of_order,
        n_of_customer: i64::try_from(grants.len()).unwrap_or(i64::MAX),
        spent_on_customer: grants.values().fold(0, |sum, (cost, _)| sum.saturating_add(*cost)),
        spent_today,
        last_of_customer: grants.values().map(|(_, at)| Timestamp::from_millis(*at)).max(),
    })
}
