//! What a fault of the shop's is worth: decided from the facts of an order as the merchant's own back office states them, and
//! from what was given before. Nothing that a shopper says, and nothing that a device holds, comes in here.

use zg_domain::Timestamp;

use crate::manner::{Customer, names};

/// What went wrong with an order, by the shop's doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing that anybody has verified.
    None,
    /// Delivered, or still not, after the day that was promised. Told by the dates alone.
    Late,
    /// A refund paid, or still not, after the day it was due. Told by the dates alone.
    RefundOverdue,
    Lost,
    Damaged,
    Defective,
    WrongItem,
    MissingItem,
    Overcharged,
    /// Cancelled by the shop after it was paid.
    OutOfStock,
}

names!(Fault: None = "none", Late = "late", RefundOverdue = "refund_overdue", Lost = "lost", Damaged = "damaged", Defective = "defective", WrongItem = "wrong_item", MissingItem = "missing_item", Overcharged = "overcharged", OutOfStock = "out_of_stock");

impl Fault {
    /// Whether dates tell it, so that no statement of it is taken.
    fn by_dates(self) -> bool {
        matches!(self, Self::None | Self::Late | Self::RefundOverdue)
    }
}

/// What a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Gives {
    #[default]
    Nothing,
    /// A voucher for the next order.
    Coupon,
    Points,
    /// Money back.
    Compensation,
}

names!(Gives: Nothing = "nothing", Coupon = "coupon", Points = "points", Compensation = "compensation");

/// Who has looked at a fault and found it so. Not the shopper, and not the assistant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verifier {
    Warehouse,
    Carrier,
    Inspection,
    Operator,
    Accounting,
}

names!(Verifier: Warehouse = "warehouse", Carrier = "carrier", Inspection = "inspection", Operator = "operator", Accounting = "accounting");

/// What may be given at the most. Amounts in hundredths of the currency.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Budget {
    /// ISO 4217.
    pub currency: String,
    /// A day is one of UTC.
    pub per_day: i64,
    pub per_order: i64,
    /// To one customer, and to one household, within the window.
    pub per_customer: i64,
    /// How many to one customer, and to one household, within the window.
    pub grants_per_customer: i64,
    pub window_days: i64,
    /// What a point costs.
    pub point_value: i64,
    pub late_grace_hours: i64,
    /// After so many days from the order nothing is given for it.
    pub claim_days: i64,
    /// So long after a grant a customer, and a household, gets no other.
    pub cool_down_hours: i64,
    /// After so many days a grant that was not redeemed is void.
    pub valid_days: i64,
}

/// A rule of the table; an empty list is everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remedy {
    pub rule: String,
    pub faults: Vec<Fault>,
    pub customers: Vec<Customer>,
    pub gives: Gives,
    /// Hundredths, or points.
    pub amount: i64,
    /// Of what was paid and not given back; in place of an amount.
    pub percent: i64,
    /// What one grant costs at the most, in hundredths.
    pub cap: i64,
    /// Grants of this rule on one day.
    pub per_day: i64,
}

/// A proved table with its budget.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    pub budget: Budget,
    /// The narrowest first.
    pub remedies: Vec<Remedy>,
}

/// A fault that somebody has stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub fault: Fault,
    pub by: Option<Verifier>,
    pub at: Timestamp,
}

/// An order, as the merchant's back office knows it. Amounts in hundredths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub order: String,
    /// What was bought in one go: several parcels or split orders of it are one.
    pub purchase: Option<String>,
    pub customer: String,
    /// Hashes of address, telephone or means of payment: what accounts of one household share.
    pub household: Vec<String>,
    pub class: Customer,
    pub currency: String,
    pub placed: Timestamp,
    pub paid: i64,
    /// Given back so far, for whatever reason, by whatever channel.
    pub refunded: i64,
    pub promised: Option<Timestamp>,
    pub delivered: Option<Timestamp>,
    pub cancelled: Option<Timestamp>,
    pub refund_due: Option<Timestamp>,
    pub refund_paid: Option<Timestamp>,
    pub statements: Vec<Statement>,
    /// The shop is not at fault: the address was changed, nobody was at home, the road was closed.
    pub excused: bool,
    /// A trial, or an order of the shop's own people.
    pub internal: bool,
}

/// What was given before, as the ledger has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct History {
    /// Grants for the order or its purchase, ever.
    pub n_of_order: i64,
    /// Grants to the customer or to anybody of the household within the window; the larger of the two.
    pub n_of_customer: i64,
    pub spent_on_customer: i64,
    pub spent_today: i64,
    /// When the customer, or anybody of the household, was given something last, within the window.
    pub last_of_customer: Option<Timestamp>,
}

/// Why nothing is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No rule gives anything for it.
    NotProvided,
    NoVerifiedFault,
    Excused,
    Internal,
    NothingPaid,
    TooLate,
    OtherCurrency,
    AlreadyGranted,
    CustomerLimit,
    CoolDown,
    DayLimit,
    Budget,
}

names!(Refusal: NotProvided = "not_provided", NoVerifiedFault = "no_verified_fault", Excused = "excused", Internal = "internal_order", NothingPaid = "nothing_paid", TooLate = "too_late", OtherCurrency = "other_currency", AlreadyGranted = "already_granted", CustomerLimit = "customer_limit", CoolDown = "cool_down", DayLimit = "day_limit", Budget = "budget_spent");

/// What is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub rule: String,
    pub fault: Fault,
    pub gives: Gives,
    /// Hundredths, or points.
    pub amount: i64,
    /// What it costs the budget, in hundredths.
    pub cost: i64,
}

/// What the facts of an order leave to be decided by the ledger.
pub type Decision = Result<Grant, Refusal>;

/// Facts that contradict themselves; nothing is decided on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    #[error("{0}: write 1 to 64 visible ASCII characters without spaces")]
    Id(&'static str),
    #[error("{0}: write an amount from 0 to 1,000,000,000, in hundredths")]
    Amount(&'static str),
    #[error("{0} lies in the future")]
    Future(&'static str),
    #[error("{0} lies before the order was placed")]
    Before(&'static str),
    #[error("more was given back than was paid")]
    Refunded,
    #[error("more than {0} of them: {1}")]
    Many(usize, &'static str),
}

const MOST: usize = 32;
const MOST_AMOUNT: i64 = 1_000_000_000;
const DAY_MILLIS: i64 = 86_400_000;

impl Facts {
    /// Ids folded, so that one order has one name.
    ///
    /// # Errors
    /// [`FactsError`].
    pub fn checked(mut self, now: Timestamp) -> Result<Self, FactsError> {
        fn id(name: &'static str, text: &mut str) -> Result<(), FactsError> {
            let visible = (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
            text.make_ascii_uppercase();
            if visible { Ok(()) } else { Err(FactsError::Id(name)) }
        }
        id("order", &mut self.order)?;
        id("customer", &mut self.customer)?;
        if let Some(purchase) = &mut self.purchase {
            id("purchase", purchase)?;
        }
        for (name, n) in [("household", self.household.len()), ("faults", self.statements.len())] {
            if n > MOST {
                return Err(FactsError::Many(MOST, name));
            }
        }
        for household in &mut self.household {
            id("household", household)?;
        }
        for (name, amount) in [("paid", self.paid), ("refunded", self.refunded)] {
            if !(0..=MOST_AMOUNT).contains(&amount) {
                return Err(FactsError::Amount(name));
            }
        }
        if self.refunded > self.paid {
            return Err(FactsError::Refunded);
        }
        let past = [("delivered", self.delivered), ("cancelled", self.cancelled), ("refund_paid", self.refund_paid)];
        let statements = self.statements.iter().map(|statement| ("faults", Some(statement.at)));
        for (name, at) in past.into_iter().chain(statements).chain([("placed", Some(self.placed))]) {
            if at.is_some_and(|at| at > now) {
                return Err(FactsError::Future(name));
            }
            if at.is_some_and(|at| at < self.placed) {
                return Err(FactsError::Before(name));
            }
        }
        for (name, at) in [("promised", self.promised), ("refund_due", self.refund_due)] {
            if at.is_some_and(|at| at < self.placed) {
                return Err(FactsError::Before(name));
            }
        }
        Ok(self)
    }

    /// The faults that dates show or that somebody who may has verified.
    #[must_use]
    pub fn verified(&self, budget: &Budget, now: Timestamp) -> Vec<Fault> {
        let over = |due: Option<Timestamp>, done: Option<Timestamp>| {
            let grace = budget.late_grace_hours.saturating_mul(3_600_000);
            due.is_some_and(|due| done.unwrap_or(now).as_millis() > due.as_millis().saturating_add(grace))
        };
        let mut faults = Vec::new();
        // What was cancelled before its day came was never late.
        if over(self.promised, self.delivered.or(self.cancelled)) {
            faults.push(Fault::Late);
        }
        if over(self.refund_due, self.refund_paid) {
            faults.push(Fault::RefundOverdue);
        }
        let stated = self.statements.iter().filter(|one| one.by.is_some() && !one.fault.by_dates());
        // What never arrived cannot have arrived broken.
        let arrived = |fault: Fault| {
            !matches!(fault, Fault::Damaged | Fault::Defective | Fault::WrongItem | Fault::MissingItem)
                || self.delivered.is_some()
        };
        // What arrived after all was not lost; what was not cancelled was not out of stock.
        let holds = |fault: Fault| match fault {
            Fault::Lost => self.delivered.is_none() && self.cancelled.is_none(),
            Fault::OutOfStock => self.cancelled.is_some(),
            other => arrived(other),
        };
        faults.extend(stated.map(|one| one.fault).filter(|fault| holds(*fault)));
        faults.sort_unstable();
        faults.dedup();
        faults
    }
}

impl Policy {
    fn remedy(&self, fault: Fault, class: Customer) -> Option<&Remedy> {
        self.remedies.iter().find(|remedy| {
            (remedy.faults.is_empty() || remedy.faults.contains(&fault))
                && (remedy.customers.is_empty() || remedy.customers.contains(&class))
        })
    }

    /// What checked facts and the ledger come to. `n_today` says how often a rule has given today.
    ///
    /// One grant at the most, the dearest that one of the faults is worth.
    ///
    /// # Errors
    /// Why nothing is given.
    pub fn decide(
        &self,
        facts: &Facts,
        history: &History,
        mut n_today: impl FnMut(&str) -> i64,
        now: Timestamp,
    ) -> Decision {
        let budget = &self.budget;
        if facts.internal {
            return Err(Refusal::Internal);
        }
        if facts.currency != budget.currency {
            return Err(Refusal::OtherCurrency);
        }
        let age = now.as_millis().saturating_sub(facts.placed.as_millis());
        if age > budget.claim_days.saturating_mul(DAY_MILLIS) {
            return Err(Refusal::TooLate);
        }
        let faults = facts.verified(budget, now);
        if faults.is_empty() {
            return Err(Refusal::NoVerifiedFault);
        }
        if facts.excused {
            return Err(Refusal::Excused);
        }
        let left = facts.paid - facts.refunded;
        if left <= 0 {
            return Err(Refusal::NothingPaid);
        }
        if history.n_of_order > 0 {
            return Err(Refusal::AlreadyGranted);
        }
        let offers = faults.iter().filter_map(|fault| {
            let remedy = self.remedy(*fault, facts.class)?;
            let (amount, cost) = match remedy.gives {
                Gives::Nothing => return None,
                Gives::Points => (remedy.amount, remedy.amount.saturating_mul(budget.point_value)),
                // Never more than the shopper has paid.
                Gives::Coupon | Gives::Compensation => {
                    let share = left.saturating_mul(remedy.percent) / 100;
                    let amount = if remedy.percent > 0 { share.min(remedy.cap) } else { remedy.amount }.min(left);
                    (amount, amount)
                }
            };
            (amount > 0).then(|| Grant { rule: remedy.rule.clone(), fault: *fault, gives: remedy.gives, amount, cost })
        });
        let mut offers: Vec<(i64, Grant)> = offers.map(|grant| (n_today(&grant.rule), grant)).collect();
        if offers.is_empty() {
            return Err(Refusal::NotProvided);
        }
        if history.n_of_customer >= budget.grants_per_customer {
            return Err(Refusal::CustomerLimit);
        }
        let rest = budget.cool_down_hours.saturating_mul(3_600_000);
        let over = |last: Timestamp| now.as_millis().saturating_sub(last.as_millis()) >= rest;
        if !history.last_of_customer.is_none_or(over) {
            return Err(Refusal::CoolDown);
        }
        let of_rule = |rule: &str| self.remedies.iter().find(|remedy| remedy.rule == rule).map_or(0, |one| one.per_day);
        offers.retain(|(n, grant)| *n < of_rule(&grant.rule));
        let Some((_, grant)) = offers.into_iter().max_by_key(|(_, grant)| grant.cost) else {
            return Err(Refusal::DayLimit);
        };
        if grant.cost > budget.per_order || grant.cost > budget.per_day.saturating_sub(history.spent_today) {
            return Err(Refusal::Budget);
        }
        if grant.cost > budget.per_customer.saturating_sub(history.spent_on_customer) {
            return Err(Refusal::CustomerLimit);
        }
        Ok(grant)
    }
}
