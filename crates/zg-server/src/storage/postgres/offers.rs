//! What was granted and is to be redeemed once, in SQL.

use deadpool_postgres::Transaction;
use zg_domain::{TenantId, Timestamp};
use zg_policy::money::Grant;
use zg_proto::remedy::{RedeemRequest, Redemption};

use super::broken;
use crate::random;
use crate::storage::StorageError;
use crate::storage::rules::{Offer, decided};

/// Enters an offer for a grant and gives its code.
pub(super) async fn issue(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (id, grant): (&str, &Grant),
    (customer, currency): (&str, &str),
    valid_until: i64,
) -> Result<String, StorageError> {
    let code = random::code();
    transaction
        .execute(
            "INSERT INTO offers (tenant, code, grant_id, customer, gives, amount, currency, valid_until)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[&tenant.as_str(), &code, &id, &customer, &grant.gives.name(), &grant.amount, &currency, &valid_until],
        )
        .await
        .map_err(broken)?;
    Ok(code)
}

/// Redeems a code. Its row is held, so of many who ask at once one is first.
pub(super) async fn redeem(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    code: &str,
    request: &RedeemRequest,
    now: Timestamp,
) -> Result<Redemption, StorageError> {
    let row = transaction
        .query_opt(
            "SELECT grant_id, customer, gives, amount, currency, valid_until, request, order_id FROM offers
             WHERE tenant = $1 AND code = $2 FOR UPDATE",
            &[&tenant.as_str(), &code],
        )
        .await
        .map_err(broken)?
        .ok_or(StorageError::Missing)?;
    let offer = Offer {
        grant: row.get(0),
        customer: row.get(1),
        gives: row.get(2),
        amount: row.get(3),
        currency: row.get(4),
        valid_until: row.get(5),
        request: row.get(6),
        order: row.get(7),
    };
    let whole = (code, request);
    if let Some(settled) = offer.settled(whole, now)? {
        return Ok(settled);
    }
    // One name for two codes at once: the index lets the second wait for the first, and refuses it.
    let taken: bool = transaction
        .query_one(
            "SELECT EXISTS (SELECT 1 FROM offers WHERE tenant = $1 AND request = $2)",
            &[&tenant.as_str(), &request.request],
        )
        .await
        .map_err(broken)?
        .get(0);
    if taken {
        return Err(decided(request));
    }
    let redeemed = transaction
        .execute(
            "UPDATE offers SET redeemed_at = $3, request = $4, order_id = $5 WHERE tenant = $1 AND code = $2",
            &[&tenant.as_str(), &code, &now.as_millis(), &request.request, &request.order],
        )
        .await;
    match redeemed {
        Ok(_) => Ok(offer.answer(whole, "redeemed", true, false)),
        Err(error) if error.code() == Some(&tokio_postgres::error::SqlState::UNIQUE_VIOLATION) => Err(decided(request)),
        Err(error) => Err(broken(error)),
    }
}
