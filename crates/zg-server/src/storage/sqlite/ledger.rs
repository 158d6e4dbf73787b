//! The ledger of grants, in SQL.

use rusqlite::{Connection, OptionalExtension as _, params};
use zg_domain::{TenantId, Timestamp};
use zg_policy::money::{Facts, History, Policy};
use zg_proto::remedy::RemedyDecision;

use crate::random;
use crate::storage::rules::{self, DAY_MILLIS, DECISIONS_KEPT_MILLIS, today};
use crate::storage::{Asked, StorageError};

pub(super) fn decide(
    connection: &Connection,
    tenant: &TenantId,
    policy: &Policy,
    request: &Asked,
    facts: &Facts,
    now: Timestamp,
) -> Result<RemedyDecision, StorageError> {
    if let Some(before) = decided(connection, tenant, request)? {
        return Ok(before);
    }
    let history = history(connection, tenant, policy, facts, now)?;
    let day = today(now);
    let mut counted = Ok(());
    let decided = policy.decide(
        facts,
        &history,
        |rule| match n_today(connection, tenant, rule, day) {
            Ok(n) => n,
            Err(error) => {
                counted = Err(error);
                i64::MAX
            }
        },
        now,
    );
    counted?;
    let decision = match decided {
        Err(refusal) => rules::decision(policy, (request, facts), Err(refusal)),
        Ok(grant) => {
            let id = random::hex(12);
            connection
                .prepare_cached(
                    "INSERT INTO grants (tenant, id, order_id, purchase, customer, rule, fault, gives, amount, cost, granted_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                )?
                .execute(params![
                    tenant.as_str(),
                    id,
                    facts.order,
                    facts.purchase,
                    facts.customer,
                    grant.rule,
                    grant.fault.name(),
                    grant.gives.name(),
                    grant.amount,
                    grant.cost,
                    now.as_millis(),
                ])?;
            for household in &facts.household {
                connection
                    .prepare_cached(
                        "INSERT OR IGNORE INTO grant_households (tenant, household, grant_id) VALUES (?1, ?2, ?3)",
                    )?
                    .execute(params![tenant.as_str(), household, id])?;
            }
            let valid_until = rules::valid_until(policy, now);
            let whose = (facts.customer.as_str(), policy.budget.currency.as_str());
            let code = super::offers::issue(connection, tenant, (&id, &grant), whose, valid_until)?;
            rules::decision(policy, (request, facts), Ok(rules::Given { grant: &grant, id, code, valid_until }))
        }
    };
    connection
        .prepare_cached("DELETE FROM decisions WHERE decided_at < ?1")?
        .execute([now.as_millis() - DECISIONS_KEPT_MILLIS])?;
    connection
        .prepare_cached(
            "INSERT INTO decisions (tenant, request, digest, decision, decided_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            tenant.as_str(),
            request.name,
            request.digest.as_slice(),
            zg_proto::to_json(&decision),
            now.as_millis(),
        ])?;
    Ok(decision)
}

fn decided(
    connection: &Connection,
    tenant: &TenantId,
    request: &Asked,
) -> Result<Option<RemedyDecision>, StorageError> {
    let found: Option<(Vec<u8>, String)> = connection
        .prepare_cached("SELECT digest, decision FROM decisions WHERE tenant = ?1 AND request = ?2")?
        .query_row(params![tenant.as_str(), request.name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((digest, decision)) = found else { return Ok(None) };
    rules::replay(request, &digest, &decision).map(Some)
}

fn n_today(connection: &Connection, tenant: &TenantId, rule: &str, day: i64) -> Result<i64, StorageError> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM grants WHERE tenant = ?1 AND granted_at >= ?2 AND rule = ?3")?
        .query_row(params![tenant.as_str(), day, rule], |row| row.get(0))?)
}

fn history(
    connection: &Connection,
    tenant: &TenantId,
    policy: &Policy,
    facts: &Facts,
    now: Timestamp,
) -> Result<History, StorageError> {
    let since = now.as_millis() - policy.budget.window_days * DAY_MILLIS;
    // Of whatever age: an order is made good once.
    // An order's number may be another's purchase: parcels are often numbered after what they are of.
    let purchase = facts.purchase.as_deref().unwrap_or(&facts.order);
    let n_of_order: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM grants
             WHERE tenant = ?1 AND (order_id IN (?2, ?3) OR purchase IN (?2, ?3))",
        )?
        .query_row(params![tenant.as_str(), facts.order, purchase], |row| row.get(0))?;
    // One after the other: what a household has is what any of its accounts has.
    let mut grants: std::collections::BTreeMap<String, (i64, i64)> = std::collections::BTreeMap::new();
    let mut of_customer = connection.prepare_cached(
        "SELECT id, cost, granted_at FROM grants WHERE tenant = ?1 AND customer = ?2 AND granted_at > ?3",
    )?;
    let mut of_household = connection.prepare_cached(
        "SELECT g.id, g.cost, g.granted_at FROM grant_households h JOIN grants g ON g.tenant = h.tenant AND g.id = h.grant_id
         WHERE h.tenant = ?1 AND h.household = ?2 AND g.granted_at > ?3",
    )?;
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)));
    let found = of_customer.query_map(params![tenant.as_str(), facts.customer, since], pair)?;
    grants.extend(found.collect::<Result<Vec<_>, _>>()?);
    for household in &facts.household {
        let found = of_household.query_map(params![tenant.as_str(), household, since], pair)?;
        grants.extend(found.collect::<Result<Vec<_>, _>>()?);
    }
    let spent_today: i64 = connection
        .prepare_cached("SELECT coalesce(sum(cost), 0) FROM grants WHERE tenant = ?1 AND granted_at >= ?2")?
        .query_row(params![tenant.as_str(), today(now)], |row| row.get(0))?;
    Ok(History {
        n_of_order,
        n_of_customer: i64::try_from(grants.len()).unwrap_or(i64::MAX),
        spent_on_customer: grants.values().fold(0, |sum, (cost, _)| sum.saturating_add(*cost)),
        spent_today,
        last_of_customer: grants.values().map(|(_, at)| Timestamp::from_millis(*at)).max(),
    })
}
