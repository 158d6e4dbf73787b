//! What a fault is worth: `POST /v1/remedies` and `zhanggui policy decide`.

use serde::{Deserialize, Serialize};

/// An order as the merchant's own back office knows it, for a decision. Times are Unix milliseconds, amounts hundredths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RemedyRequest {
    /// Names this request: the same one again is answered with the same decision.
    pub request: String,
    pub order: String,
    /// What was bought in one go, where several orders or parcels are of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase: Option<String>,
    pub customer: String,
    /// Hashes of address, telephone or means of payment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub household: Vec<String>,
    /// `unknown`, `new`, `returning` or `member`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// ISO 4217.
    pub currency: String,
    pub placed: i64,
    pub paid: i64,
    #[serde(default)]
    pub refunded: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_due: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_paid: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<StatedFault>,
    /// The shop is not at fault for a delay.
    #[serde(default)]
    pub excused: bool,
    /// A trial, or an order of the shop's own people.
    #[serde(default)]
    pub internal: bool,
}

/// A fault, and who has found it so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StatedFault {
    pub fault: String,
    /// `warehouse`, `carrier`, `inspection`, `operator` or `accounting`; anybody else verifies nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    pub at: i64,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RemedyDecision {
    pub request: String,
    pub order: String,
    /// `grant` or `none`.
    pub decision: String,
    /// The id under which it is in the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// `coupon`, `points` or `compensation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives: Option<String>,
    /// What the customer is given to redeem it with, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Unix milliseconds; void from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<i64>,
    /// Hundredths, or points; 0 where nothing is given.
    pub amount: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The verified fault it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// The rule that gives it, or why nothing is given.
    pub reason: String,
    /// The request had been decided before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
}

/// `POST /v1/remedies/{code}/redeem`, of the merchant's own back office.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RedeemRequest {
    /// Names this request: the same one again is answered with the same.
    pub request: String,
    /// Who redeems: the customer of the grant.
    pub customer: String,
    /// What it is redeemed for, where it is for an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

/// Whether a code was redeemed by this request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Redemption {
    pub request: String,
    pub code: String,
    pub redeemed: bool,
    /// `redeemed`, `already_redeemed`, `expired` or `other_customer`.
    pub reason: String,
    /// The id of the grant in the ledger.
    pub grant: String,
    pub gives: String,
    /// Hundredths, or points; 0 where it was not redeemed.
    pub amount: i64,
    pub currency: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
}

/// A line of `zhanggui policy decide`: a request, and the time at which it comes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "serde_json::Map<String, serde_json::Value>")]
pub struct RemedyLine {
    pub at: i64,
    pub request: RemedyRequest,
}

impl TryFrom<serde_json::Map<String, serde_json::Value>> for RemedyLine {
    type Error = String;

    fn try_from(mut fields: serde_json::Map<String, serde_json::Value>) -> Result<Self, String> {
        let at = fields.remove("at").and_then(|at| at.as_i64()).ok_or("at: write Unix milliseconds")?;
        let request = serde_json::from_value(fields.into()).map_err(|error| error.to_string())?;
        Ok(Self { at, request })
    }
}

/// A line that was refused.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RemedyRefused {
    pub request: String,
    pub error: String,
}

/// What `zhanggui policy check` found wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyFinding {
    pub rule: String,
    pub check: String,
    pub message: String,
}

/// What `zhanggui policy check` has proved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyProof {
    /// Combinations of temper, intent and customer, and of fault and customer; each has one answer.
    pub cells: usize,
    pub currency: String,
    /// What may be given on one day at the worst, in hundredths.
    pub worst_day: i64,
    pub budget_day: i64,
    pub budget_order: i64,
    pub budget_customer: i64,
    pub window_days: i64,
}
