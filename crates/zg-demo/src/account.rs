//! The demo accounts. They are nobody: a number, a tier and points.

use axum::http::{HeaderMap, header};
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// 绿芽: registered.
    Sprout,
    /// 银叶: 1,000 yuan in twelve months.
    Silver,
    /// 金叶: 5,000 yuan in twelve months.
    Gold,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub tier: Tier,
    pub points: i64,
    /// Whether this is the month of the account's birthday.
    pub birthday_month: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountId(pub u8);

/// All there are; points are what they start with.
pub const ACCOUNTS: [Account; 4] = [
    Account { id: AccountId(1), tier: Tier::Silver, points: 1_860, birthday_month: true },
    Account { id: AccountId(2), tier: Tier::Sprout, points: 320, birthday_month: false },
    Account { id: AccountId(3), tier: Tier::Gold, points: 6_240, birthday_month: true },
    Account { id: AccountId(4), tier: Tier::Sprout, points: 0, birthday_month: false },
];

pub fn account(id: &str) -> Option<Account> {
    ACCOUNTS.into_iter().find(|account| account.id.0.to_string() == id)
}

/// The header a caller without a browser uses, and the name of the cookie.
pub const NAME: &str = "hm-demo";

/// Who asks: the header, else the cookie, else account 1. An unknown name is `None`, never a default.
pub fn of_request(headers: &HeaderMap) -> Option<Account> {
    if let Some(value) = headers.get(NAME) {
        return account(value.to_str().ok()?);
    }
    let cookies = headers.get_all(header::COOKIE);
    let named = cookies
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("hm-demo="));
    match named {
        Some(id) => account(id),
        None => Some(ACCOUNTS[0]),
    }
}
