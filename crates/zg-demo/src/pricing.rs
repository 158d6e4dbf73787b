//! What a cart costs: campaign, coupon, points, postage. All money is in cents of a yuan.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::{Account, Tier};
use crate::coupon::Coupon;
use crate::rules::Refusal;
use crate::time::day;

/// The mainland provinces the shop delivers to.
pub const PROVINCES: [&str; 31] = [
    "北京市",
    "天津市",
    "河北省",
    "山西省",
    "内蒙古自治区",
    "辽宁省",
    "吉林省",
    "黑龙江省",
    "上海市",
    "江苏省",
    "浙江省",
    "安徽省",
    "福建省",
    "江西省",
    "山东省",
    "河南省",
    "湖北省",
    "湖南省",
    "广东省",
    "广西壮族自治区",
    "海南省",
    "重庆市",
    "四川省",
    "贵州省",
    "云南省",
    "西藏自治区",
    "陕西省",
    "甘肃省",
    "青海省",
    "宁夏回族自治区",
    "新疆维吾尔自治区",
];

const REMOTE: [&str; 7] = ["新疆", "西藏", "青海", "甘肃", "宁夏", "内蒙古", "海南"];

pub fn remote(province: &str) -> bool {
    REMOTE.iter().any(|name| province.starts_with(name))
}

pub fn postage(goods_after_discounts: i64, province: &str) -> i64 {
    let (free_from, fee) = if remote(province) { (19_900, 1_800) } else { (9_900, 1_000) };
    if goods_after_discounts >= free_from { 0 } else { fee }
}

/// How long the parcel travels, in days.
pub fn transit_days(province: &str) -> (u8, u8) {
    if remote(province) {
        (4, 7)
    } else if ["江苏", "浙江", "上海", "安徽", "广东"].iter().any(|name| province.starts_with(name)) {
        (1, 2)
    } else {
        (2, 4)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Campaign {
    Mid618,
    Double11,
    NewYear,
}

/// The campaign of a day, if there is one. In a campaign every full 300 yuan is 30 less.
pub fn campaign(now: Timestamp) -> Option<Campaign> {
    let date = day(now);
    match (date.month(), date.day()) {
        (6, 1..=20) => Some(Campaign::Mid618),
        (11, 1..=11) => Some(Campaign::Double11),
        (1, 5..=25) => Some(Campaign::NewYear),
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// 中通
    Zto,
    /// 顺丰: 15 yuan, free for gold.
    Sf,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    pub goods: i64,
    pub campaign_discount: i64,
    pub coupon_discount: i64,
    pub points_used: i64,
    pub points_discount: i64,
    pub postage: i64,
    pub carrier_fee: i64,
    pub gift_wrap: i64,
    /// What is really paid, and what an invoice says.
    pub total: i64,
}

pub struct Cart<'a> {
    /// The sum of the lines.
    pub goods: i64,
    pub province: &'a str,
    pub carrier: Carrier,
    pub coupon: Option<&'a Coupon>,
    pub gift_wrap: bool,
    pub use_points: bool,
}

/// Points pay at most a tenth of an order; 100 points are one yuan, so a point is a cent.
pub fn quote(cart: &Cart<'_>, account: &Account, points: i64, now: Timestamp) -> Result<Amounts, Refusal> {
    let campaign_discount = if campaign(now).is_some() { cart.goods / 30_000 * 3_000 } else { 0 };
    let after_campaign = cart.goods - campaign_discount;
    let coupon_discount = match cart.coupon {
        Some(coupon) if cart.goods < coupon.minimum => return Err(Refusal::BelowMinimum),
        Some(coupon) => coupon.off,
        None => 0,
    };
    let after_coupon = after_campaign - coupon_discount;
    let points_used = if cart.use_points { points.min(after_coupon / 10).max(0) } else { 0 };
    let after_points = after_coupon - points_used;
    let postage = postage(after_points, cart.province);
    let carrier_fee = if cart.carrier == Carrier::Sf && account.tier != Tier::Gold { 1_500 } else { 0 };
    let gift_wrap = if cart.gift_wrap { 800 } else { 0 };
    Ok(Amounts {
        goods: cart.goods,
        campaign_discount,
        coupon_discount,
        points_used,
        points_discount: points_used,
        postage,
        carrier_fee,
        gift_wrap,
        total: after_points + postage + carrier_fee + gift_wrap,
    })
}
