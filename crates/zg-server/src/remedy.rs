//! From a merchant's request to facts that can be decided on.

use zg_domain::Timestamp;
use zg_policy::Customer;
use zg_policy::money::{Facts, Fault, Statement, Verifier};
use zg_proto::remedy::RemedyRequest;

use crate::random;
use crate::storage::Asked;

/// The facts of a request, checked, and its name.
///
/// # Errors
/// What is wrong with it, for whoever wrote it.
pub fn facts(request: &RemedyRequest, now: Timestamp) -> Result<(Asked, Facts), String> {
    let name = &request.request;
    if !(1..=64).contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("request: write 1 to 64 visible ASCII characters without spaces".to_owned());
    }
    let class = match request.class.as_deref() {
        None => Customer::Unknown,
        Some(class) => Customer::from_name(class)
            .ok_or_else(|| format!("class: {class:?} is none; write unknown, new, returning or member"))?,
    };
    let mut statements = Vec::new();
    for stated in &request.faults {
        let fault = Fault::from_name(&stated.fault).filter(|fault| *fault != Fault::None);
        let fault = fault.ok_or_else(|| format!("faults: {:?} is none that is known", stated.fault))?;
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
