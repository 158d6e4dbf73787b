//! From a merchant's request to facts that can be decided on.

use zg_domain::Timestamp;
use zg_policy::Customer;
use zg_policy::money::{Facts, Fault, Statement, Verifier};
use zg_proto::remedy::{RedeemRequest, RemedyRequest};

use crate::random;
use crate::storage::Asked;

/// The facts of a request, checked, and its name.
///
/// # Errors
/// What is wrong with it, for whoever wrote it.
pub fn facts(request: &RemedyRequest, now: Timestamp) -> Result<(Asked, Facts), String> {
    let name = &request.request;
    plain("request", name)?;
    let class = match request.class.as_deref() {
        None => Customer::Unknown,
        Some(class) => {
            Customer::from_name(class).ok_or_else(|| "class: write unknown, new, returning or member".to_owned())?
        }
    };
    let mut statements = Vec::new();
    for stated in &request.faults {
        let fault = Fault::from_name(&stated.fault).filter(|fault| *fault != Fault::None);
        let fault = fault.ok_or_else(|| "faults: write one that docs/policy.md has".to_owned())?;
        let by = stated.by.as_deref().and_then(Verifier::from_name);
        statements.push(Statement { fault, by, at: Timestamp::from_millis(stated.at) });
    }
    let at = |millis: Option<i64>| millis.map(Timestamp::from_millis);
    let facts = Facts {
        order: request.order.clone(),
        purchase: request.purchase.clone(),
        customer: request.customer.clone(),
        household: request.household.clone(),
        class,
        currency: request.currency.clone(),
        placed: Timestamp::from_millis(request.placed),
        paid: request.paid,
        refunded: request.refunded,
        promised: at(request.promised),
        delivered: at(request.delivered),
        cancelled: at(request.cancelled),
        refund_due: at(request.refund_due),
        refund_paid: at(request.refund_paid),
        statements,
        excused: request.excused,
        internal: request.internal,
    };
    let facts = facts.checked(now).map_err(|error| error.to_string())?;
    let digest = random::sha256(zg_proto::to_json(request).as_bytes());
    Ok((Asked { name: name.clone(), digest }, facts))
}

/// A request to redeem, checked, its ids folded as those of the grant are.
///
/// # Errors
/// What is wrong with it, for whoever wrote it.
pub fn redeemable(mut request: RedeemRequest) -> Result<RedeemRequest, String> {
    plain("request", &request.request)?;
    plain("customer", &request.customer)?;
    request.customer.make_ascii_uppercase();
    if let Some(order) = &mut request.order {
        plain("order", order)?;
        order.make_ascii_uppercase();
    }
    Ok(request)
}

/// A code as it was issued, however it was typed: case, hyphens and spaces are nothing, and O, I and L are digits.
#[must_use]
pub fn code(text: &str) -> Option<String> {
    let digits = random::digits(text)?;
    let groups = [digits.get(..4)?, digits.get(4..8)?, digits.get(8..12)?, digits.get(12..)?];
    (digits.len() == 16).then(|| groups.join("-"))
}

fn plain(field: &str, text: &str) -> Result<(), String> {
    if (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(format!("{field}: write 1 to 64 visible ASCII characters without spaces"))
    }
}
