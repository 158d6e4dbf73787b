//! What was granted and is to be redeemed once, in SQL.

use rusqlite::{Connection, OptionalExtension as _, params};
use zg_domain::{TenantId, Timestamp};
use zg_policy::money::Grant;
use zg_proto::remedy::{RedeemRequest, Redemption};

use crate::random;
use crate::storage::StorageError;
use crate::storage::rules::{Offer, decided};

/// Enters an offer for a grant and gives its code.
pub(super) fn issue(
    connection: &Connection,
    tenant: &TenantId,
    (id, grant): (&str, &Grant),
    (customer, currency): (&str, &str),
    valid_until: i64,
) -> Result<String, StorageError> {
    let code = random::code();
    connection
        .prepare_cached(
            "INSERT INTO offers (tenant, code, grant_id, customer, gives, amount, currency, valid_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            tenant.as_str(),
            code,
            id,
            customer,
            grant.gives.name(),
            grant.amount,
            currency,
            valid_until
        ])?;
    Ok(code)
}

/// Redeems a code. All of it is the writer's: of many who ask at once one is first.
///
/// # Errors
/// There is no such code, or the request's name has redeemed another one, or this one for another order.
pub(super) fn redeem(
    connection: &Connection,
    tenant: &TenantId,
    code: &str,
    request: &RedeemRequest,
    now: Timestamp,
) -> Result<Redemption, StorageError> {
    let offer = connection
        .prepare_cached(
            "SELECT grant_id, customer, gives, amount, currency, valid_until, request, order_id FROM offers
             WHERE tenant = ?1 AND code = ?2",
        )?
        .query_row([tenant.as_str(), code], |row| {
            Ok(Offer {
                grant: row.get(0)?,
                customer: row.get(1)?,
                gives: row.get(2)?,
                amount: row.get(3)?,
                currency: row.get(4)?,
                valid_until: row.get(5)?,
                request: row.get(6)?,
                order: row.get(7)?,
            })
        })
        .optional()?
        .ok_or(StorageError::Missing)?;
    let whole = (code, request);
    if let Some(settled) = offer.settled(whole, now)? {
        return Ok(settled);
    }
    let taken: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM offers WHERE tenant = ?1 AND request = ?2)")?
        .query_row([tenant.as_str(), request.request.as_str()], |row| row.get(0))?;
    if taken {
        return Err(decided(request));
    }
    let n_changed = connection
        .prepare_cached(
            "UPDATE offers SET redeemed_at = ?3, request = ?4, order_id = ?5
             WHERE tenant = ?1 AND code = ?2 AND redeemed_at IS NULL",
        )?
        .execute(params![tenant.as_str(), code, now.as_millis(), request.request, request.order])?;
    // Where another process writes as well, it may have been first.
    let first = n_changed == 1;
    Ok(offer.answer(whole, if first { "redeemed" } else { "already_redeemed" }, first, false))
}
