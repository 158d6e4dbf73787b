//! The two coupons the shop gives, and who may have them.

use jiff::Timestamp;

use crate::account::{Account, Tier};
use crate::rules::Refusal;
use crate::text::{Text, text};
use crate::time::plus_hours;

pub struct Coupon {
    pub code: &'static str,
    pub off: i64,
    pub minimum: i64,
    pub valid_days: i64,
}

pub const COUPONS: [Coupon; 2] = [
    Coupon { code: "NEW20", off: 2_000, minimum: 19_900, valid_days: 7 },
    Coupon { code: "BIRTHDAY30", off: 3_000, minimum: 19_900, valid_days: 30 },
];

pub fn coupon(code: &str) -> Option<&'static Coupon> {
    COUPONS.iter().find(|coupon| coupon.code == code)
}

impl Coupon {
    pub fn title(&self) -> Text {
        match self.code {
            "NEW20" => text("新人券：满 199 减 20", "New shopper: 20 off from 199"),
            _ => text("生日券：满 199 减 30", "Birthday: 30 off from 199"),
        }
    }

    pub fn expires_at(&self, claimed_at: Timestamp) -> Timestamp {
        plus_hours(claimed_at, self.valid_days * 24)
    }

    /// Whether this account may claim it; one claim per account is the database's business.
    pub fn may_claim(&self, account: &Account, has_orders: bool) -> Result<(), Refusal> {
        let eligible = match self.code {
            "NEW20" => !has_orders,
            _ => account.birthday_month && account.tier != Tier::Sprout,
        };
        if eligible { Ok(()) } else { Err(Refusal::NotEligible) }
    }
}
