//! What was granted and is to be redeemed once, in SQL.

use deadpool_postgres::Transaction;
use tokio_postgres::error::SqlState;
use zg_domain::{TenantId, Timestamp};
use zg_policy::money::Grant;
use zg_proto::remedy::{RedeemRequest, Redemption};

use super::{broken, clean};
use crate::random;
use crate::storage::StorageError;
use crate::storage::rules::{self, Offer};

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

/// Redeems a code under its row's lock: of many who ask at once one is first.
///
/// # Errors
/// There is no such code, or the request's name has redeemed another one, or this one for another order.
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
            &[&tenant.as_str(), &clean(code)],
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
    if let Some(answer) = offer.settled(code, request, now)? {
        return Ok(answer);
    }
    let updated = transaction
        .execute(
            "UPDATE offers SET redeemed_at = $3, request = $4, order_id = $5 WHERE tenant = $1 AND code = $2",
            &[&tenant.as_str(), &code, &now.as_millis(), &request.request, &request.order],
        )
        .await;
    match updated {
        Ok(_) => Ok(offer.redeemed(code, request)),
        // The index has one code for a request, also where two come at once.
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Err(rules::taken(request)),
        Err(error) => Err(broken(error)),
    }
}
