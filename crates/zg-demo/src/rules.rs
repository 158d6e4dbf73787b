//! The shop's rules as steps of the state machine: a step that is not allowed is a [`Refusal`], and the order stays as it was.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;

use crate::catalog::{Catalog, Returns};
use crate::order::{Address, Effect, EventCode, Invoice, InvoiceKind, Order, Refund, ReturnReason, State};
use crate::pricing::{Campaign, PROVINCES};
use crate::problem::Problem;
use crate::text::{line as clean, text};
use crate::time::{plus_hours, start_of_day_after};

/// Why the shop says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    #[error("not paid yet")]
    NotPaid,
    #[error("paid already")]
    AlreadyPaid,
    #[error("dispatched already")]
    AlreadyDispatched,
    #[error("not dispatched yet")]
    NotDispatched,
    #[error("not signed for yet")]
    NotSigned,
    #[error("the order is over")]
    Over,
    #[error("a return or exchange is running")]
    InProgress,
    #[error("the time for it is over")]
    WindowOver,
    #[error("this can be done once")]
    Once,
    #[error("an opened, used or engraved item is excluded")]
    Excluded,
    #[error("a photo is needed")]
    PhotoNeeded,
    #[error("out of stock")]
    OutOfStock,
    #[error("the price has not fallen")]
    NoPriceDrop,
    #[error("the coupon is not for this account")]
    NotEligible,
    #[error("the coupon is used or has expired")]
    CouponSpent,
    #[error("below the coupon's minimum")]
    BelowMinimum,
    #[error("the shop does not deliver there")]
    NoDelivery,
    #[error("{0}")]
    Invalid(&'static str),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        use Refusal as R;
        let (code, zh, en) = match refusal {
            R::NotPaid => ("not_paid", "订单还没有付款", "the order has not been paid yet"),
            R::AlreadyPaid => ("already_paid", "订单已经付过款", "the order has been paid already"),
            R::AlreadyDispatched => (
                "already_dispatched",
                "包裹已经发出，可以拒收或申请拦截",
                "the parcel has left; refuse it at the door or ask for an interception",
            ),
            R::NotDispatched => ("not_dispatched", "包裹还没有发出", "the parcel has not left yet"),
            R::NotSigned => ("not_signed", "签收之后才能申请", "this can be asked for once the parcel is signed for"),
            R::Over => ("order_over", "订单已经结束", "the order is over"),
            R::InProgress => ("in_progress", "已有退换货在处理中", "a return or exchange is already running"),
            R::WindowOver => ("window_over", "已超过可申请的时间", "the time for this is over"),
            R::Once => ("once_only", "每单（每件）只能办理一次，已经办理过", "this can be done once, and it has been"),
            R::Excluded => (
                "excluded",
                "拆封、使用过或刻字的商品不支持七天无理由",
                "opened, used or engraved goods are excluded from no-reason returns",
            ),
            R::PhotoNeeded => ("photo_needed", "请附上照片", "please add a photo"),
            R::OutOfStock => ("out_of_stock", "库存不足", "there is not enough stock"),
            R::NoPriceDrop => ("no_price_drop", "目前没有可退的差价", "there is no difference to pay back"),
            R::NotEligible => ("not_eligible", "当前账户不符合领取条件", "this account is not eligible for the coupon"),
            R::CouponSpent => ("coupon_spent", "优惠券不可用或已过期", "the coupon is used up, expired or not yours"),
            R::BelowMinimum => ("below_minimum", "未达到优惠券使用门槛", "the cart is below the coupon's minimum"),
            R::NoDelivery => ("no_delivery", "暂不配送到该地区", "we do not deliver there"),
            R::Invalid(en) => return Self::invalid("提交的内容有误", en),
        };
        Self::new(StatusCode::CONFLICT, code, text(zh, en))
    }
}

type Step = Result<Vec<Effect>, Refusal>;

pub fn may_pay(order: &Order) -> Result<(), Refusal> {
    match order.state {
        State::Unpaid { .. } => Ok(()),
        State::Closed { .. } | State::Cancelled { .. } => Err(Refusal::Over),
        _ => Err(Refusal::AlreadyPaid),
    }
}

pub fn pay(order: &mut Order, now: Timestamp) -> Step {
    may_pay(order)?;
    order.state = State::Paid { paid_at: now };
    order.note(now, EventCode::Paid);
    Ok(Vec::new())
}

fn before_dispatch(order: &Order) -> Result<(), Refusal> {
    match order.state {
        State::Unpaid { .. } | State::Paid { .. } | State::Packing { .. } => Ok(()),
        State::Shipped { .. } | State::OutForDelivery { .. } | State::Signed { .. } => Err(Refusal::AlreadyDispatched),
        State::Returning { .. } | State::Refunding { .. } | State::Exchanged { .. } => Err(Refusal::InProgress),
        State::Refunded { .. } | State::Cancelled { .. } | State::Closed { .. } => Err(Refusal::Over),
    }
}

pub fn may_cancel(order: &Order) -> Result<(), Refusal> {
    before_dispatch(order)
}

/// Until dispatch; what was paid goes back at once.
pub fn cancel(order: &mut Order, now: Timestamp) -> Step {
    may_cancel(order)?;
    let paid = !matches!(order.state, State::Unpaid { .. });
    let lines = order.lines.iter().map(|line| line.line).collect();
    let refund = paid.then_some(Refund { amount: order.amounts.total, reason: ReturnReason::Cancelled, lines });
    order.state = State::Cancelled { cancelled_at: now, refund };
    order.note(now, EventCode::Cancelled);
    Ok(order.give_everything_back())
}

/// What can be changed once until dispatch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    pub recipient: Option<String>,
    pub phone: Option<String>,
    pub province: Option<String>,
    pub city: Option<String>,
    pub district: Option<String>,
    pub detail: Option<String>,
    #[serde(default)]
    pub variants: Vec<NewVariant>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewVariant {
    pub line: u32,
    pub variant: String,
}

pub fn may_change(order: &Order) -> Result<(), Refusal> {
    before_dispatch(order)?;
    if order.changed { Err(Refusal::Once) } else { Ok(()) }
}

pub fn change(order: &mut Order, change: &Change, catalog: &Catalog, now: Timestamp) -> Step {
    may_change(order)?;
    let old = &order.address;
    let field = |new: &Option<String>, old: &str| new.clone().unwrap_or_else(|| old.to_owned());
    let address = checked_address(Address {
        recipient: field(&change.recipient, &old.recipient),
        phone: field(&change.phone, &old.phone),
        province: field(&change.province, &old.province),
        city: field(&change.city, &old.city),
        district: field(&change.district, &old.district),
        detail: field(&change.detail, &old.detail),
    })?;
    let mut lines = order.lines.clone();
    let mut effects = Vec::new();
    for new in &change.variants {
        let line =
            lines.iter_mut().find(|line| line.line == new.line).ok_or(Refusal::Invalid("there is no such line"))?;
        effects.extend(swap(line, &new.variant, catalog)?);
    }
    if address == *old && effects.is_empty() {
        return Err(Refusal::Invalid("nothing would change"));
    }
    order.address = address;
    order.lines = lines;
    order.changed = true;
    order.note(now, EventCode::Changed);
    Ok(effects)
}

/// Another color or size of the same product; the price of the line stays.
fn swap(line: &mut crate::order::Line, variant: &str, catalog: &Catalog) -> Step {
    let (product, _) = catalog.variant(variant).ok_or(Refusal::Invalid("there is no such variant"))?;
    if product.id != line.product {
        return Err(Refusal::Invalid("the variant belongs to another product"));
    }
    if variant == line.variant {
        return Err(Refusal::Invalid("the variant is the one ordered"));
    }
    let old = std::mem::replace(&mut line.variant, variant.to_owned());
    Ok(vec![
        Effect::Reserve { variant: variant.to_owned(), quantity: line.quantity },
        Effect::Restock { variant: old, quantity: line.quantity },
    ])
}

pub fn checked_address(address: Address) -> Result<Address, Refusal> {
    const OUTSIDE: [&str; 3] = ["香港", "澳门", "台湾"];
    if OUTSIDE.iter().any(|name| address.province.contains(name)) || !PROVINCES.contains(&address.province.as_str()) {
        return Err(Refusal::NoDelivery);
    }
    if address.phone.len() != 11
        || !address.phone.starts_with('1')
        || !address.phone.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Err(Refusal::Invalid("the phone number has eleven digits and begins with 1"));
    }
    let field = |value: &str, max, name| clean(value, max).ok_or(Refusal::Invalid(name));
    Ok(Address {
        recipient: field(&address.recipient, 30, "recipient: 1 to 30 characters")?,
        city: field(&address.city, 30, "city: 1 to 30 characters")?,
        district: field(&address.district, 30, "district: 1 to 30 characters")?,
        detail: field(&address.detail, 120, "detail: 1 to 120 characters")?,
        ..address
    })
}

pub fn may_expedite(order: &Order, now: Timestamp) -> Result<(), Refusal> {
    match order.state {
        State::Paid { .. } | State::Packing { .. } | State::Shipped { .. } | State::OutForDelivery { .. } => {}
        State::Unpaid { .. } => return Err(Refusal::NotPaid),
        _ => return Err(Refusal::Over),
    }
    // Once a day: the warehouse's list is short only as long as few are on it.
    match order.expedited_at {
        Some(at) if now < plus_hours(at, 24) => Err(Refusal::Once),
        _ => Ok(()),
    }
}

pub fn expedite(order: &mut Order, now: Timestamp) -> Step {
    may_expedite(order, now)?;
    order.expedited_at = Some(now);
    order.note(now, EventCode::Expedited);
    Ok(Vec::new())
}

pub fn may_intercept(order: &Order) -> Result<(), Refusal> {
    match order.state {
        State::Shipped { .. } | State::OutForDelivery { .. } => Ok(()),
        State::Unpaid { .. } | State::Paid { .. } | State::Packing { .. } => Err(Refusal::NotDispatched),
        State::Returning { .. } | State::Refunding { .. } | State::Exchanged { .. } => Err(Refusal::InProgress),
        _ => Err(Refusal::Over),
    }
}

/// The carrier brings it back, free of charge; refunded once the warehouse has it.
pub fn intercept(order: &mut Order, now: Timestamp) -> Step {
    may_intercept(order)?;
    let refund = Refund {
        amount: order.amounts.total,
        reason: ReturnReason::Intercepted,
        lines: order.lines.iter().map(|line| line.line).collect(),
    };
    order.state = State::Returning { signed_at: None, requested_at: now, refund };
    order.note(now, EventCode::Intercepted);
    Ok(Vec::new())
}

fn signed_at(order: &Order) -> Result<Timestamp, Refusal> {
    match order.state {
        State::Signed { signed_at } => Ok(signed_at),
        State::Returning { .. } | State::Refunding { .. } | State::Exchanged { .. } => Err(Refusal::InProgress),
        State::Refunded { .. } | State::Cancelled { .. } | State::Closed { .. } => Err(Refusal::Over),
        _ => Err(Refusal::NotSigned),
    }
}

fn within_days(signed_at: Timestamp, days: i64, now: Timestamp) -> Result<(), Refusal> {
    // Counted from the day after signing, to the end of the last day.
    if now < start_of_day_after(signed_at, days + 1) { Ok(()) } else { Err(Refusal::WindowOver) }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnRequest {
    pub reason: ReturnReason,
    /// All lines when left out.
    #[serde(default)]
    pub lines: Vec<u32>,
    /// The shopper's word that the goods are unused, tags on, packing complete.
    #[serde(default)]
    pub unopened: bool,
    /// `data:` URLs of pictures.
    #[serde(default)]
    pub photos: Vec<String>,
}

/// Days after signing within which a reason can be given.
pub fn return_days(reason: ReturnReason) -> i64 {
    match reason {
        ReturnReason::Quality => 15,
        ReturnReason::Damaged => 2,
        _ => 7,
    }
}

pub fn may_return(order: &Order, now: Timestamp) -> Result<(), Refusal> {
    within_days(signed_at(order)?, return_days(ReturnReason::Quality), now)
}

pub fn request_return(order: &mut Order, request: &ReturnRequest, catalog: &Catalog, now: Timestamp) -> Step {
    let signed_at = signed_at(order)?;
    let at_fault = match request.reason {
        ReturnReason::NoReason => false,
        ReturnReason::Quality | ReturnReason::Damaged | ReturnReason::WrongItem => true,
        ReturnReason::Cancelled | ReturnReason::Intercepted => {
            return Err(Refusal::Invalid("this is not a reason a shopper gives"));
        }
    };
    match request.reason {
        // Damage on arrival is counted in hours, not in days.
        ReturnReason::Damaged if now >= plus_hours(signed_at, 48) => {
            return Err(Refusal::WindowOver);
        }
        reason => within_days(signed_at, return_days(reason), now)?,
    }
    let mut numbers: Vec<u32> = if request.lines.is_empty() {
        order.lines.iter().map(|line| line.line).collect()
    } else {
        request.lines.clone()
    };
    numbers.sort_unstable();
    numbers.dedup();
    let mut paid_for_goods = 0;
    for number in &numbers {
        let line =
            order.lines.iter().find(|line| line.line == *number).ok_or(Refusal::Invalid("there is no such line"))?;
        let returns = catalog.product(&line.product).map_or(Returns::Standard, |product| product.returns);
        let excluded = line.engraving.is_some() || (returns != Returns::Standard && !request.unopened);
        if !at_fault && excluded {
            return Err(Refusal::Excluded);
        }
        paid_for_goods += line.unit_price * i64::from(line.quantity) - line.price_protected.unwrap_or(0);
    }
    let photos = checked_photos(&request.photos)?;
    if at_fault && photos.is_empty() {
        return Err(Refusal::PhotoNeeded);
    }
    let amount = refundable(order, paid_for_goods, numbers.len() == order.lines.len() && at_fault);
    order.state = State::Returning {
        signed_at: Some(signed_at),
        requested_at: now,
        refund: Refund { amount, reason: request.reason, lines: numbers },
    };
    order.note(now, EventCode::ReturnRequested);
    Ok(if photos.is_empty() { Vec::new() } else { vec![Effect::KeepPhotos { photos }] })
}

/// The share of the discounts that fell on the returned goods is not paid back twice.
fn refundable(order: &Order, goods: i64, with_postage: bool) -> i64 {
    let amounts = &order.amounts;
    let discounts = amounts.campaign_discount + amounts.coupon_discount + amounts.points_discount;
    let share = if amounts.goods > 0 { discounts * goods / amounts.goods } else { 0 };
    let postage = if with_postage { amounts.postage + amounts.carrier_fee } else { 0 };
    (goods - share + postage).clamp(0, amounts.total)
}

fn checked_photos(photos: &[String]) -> Result<Vec<String>, Refusal> {
    const MAX_BYTES: usize = 200 * 1024;
    if photos.len() > 3 {
        return Err(Refusal::Invalid("at most three photos"));
    }
    for photo in photos {
        let picture = ["data:image/jpeg;base64,", "data:image/png;base64,", "data:image/webp;base64,"]
            .iter()
            .find_map(|prefix| photo.strip_prefix(prefix));
        let sound = picture.is_some_and(|data| {
            !data.is_empty()
                && data.len() <= MAX_BYTES
                && data.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
        });
        if !sound {
            return Err(Refusal::Invalid("a photo is a JPEG, PNG or WebP of at most 200 KB as a data URL"));
        }
    }
    Ok(photos.to_vec())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeRequest {
    pub line: u32,
    pub variant: String,
}

fn exchange_base(order: &Order) -> Result<Timestamp, Refusal> {
    match order.state {
        // Another line of an order whose first exchange is running.
        State::Exchanged { signed_at, .. } => Ok(signed_at),
        _ => signed_at(order),
    }
}

pub fn may_exchange(order: &Order, now: Timestamp) -> Result<(), Refusal> {
    within_days(exchange_base(order)?, 15, now)?;
    if order.lines.iter().all(|line| line.exchanged_from.is_some()) { Err(Refusal::Once) } else { Ok(()) }
}

pub fn exchange(order: &mut Order, request: &ExchangeRequest, catalog: &Catalog, now: Timestamp) -> Step {
    let signed_at = exchange_base(order)?;
    within_days(signed_at, 15, now)?;
    let line = order
        .lines
        .iter_mut()
        .find(|line| line.line == request.line)
        .ok_or(Refusal::Invalid("there is no such line"))?;
    if line.exchanged_from.is_some() {
        return Err(Refusal::Once);
    }
    if line.engraving.is_some() {
        return Err(Refusal::Excluded);
    }
    let old = line.variant.clone();
    let mut effects = swap(line, &request.variant, catalog)?;
    // The old one is restocked by the warehouse when it arrives, not when it is asked for.
    effects.retain(|effect| matches!(effect, Effect::Reserve { .. }));
    line.exchanged_from = Some(old);
    order.state = State::Exchanged { signed_at, requested_at: now };
    order.note(now, EventCode::ExchangeRequested);
    Ok(effects)
}

pub fn protection_days(order: &Order) -> i64 {
    match order.campaign {
        Some(Campaign::Mid618 | Campaign::Double11) => 30,
        _ => 15,
    }
}

pub fn may_protect_price(order: &Order, now: Timestamp) -> Result<(), Refusal> {
    within_days(signed_at(order)?, protection_days(order), now)?;
    if order.lines.iter().all(|line| line.price_protected.is_some()) { Err(Refusal::Once) } else { Ok(()) }
}

/// Pays back what the same variant costs less today; flash sales do not count. `line` or all lines.
pub fn protect_price(order: &mut Order, line: Option<u32>, catalog: &Catalog, now: Timestamp) -> Result<i64, Refusal> {
    may_protect_price(order, now)?;
    if let Some(number) = line {
        let line =
            order.lines.iter().find(|line| line.line == number).ok_or(Refusal::Invalid("there is no such line"))?;
        if line.price_protected.is_some() {
            return Err(Refusal::Once);
        }
    }
    let mut paid_back = 0;
    for line in order
        .lines
        .iter_mut()
        .filter(|candidate| line.is_none_or(|number| number == candidate.line) && candidate.price_protected.is_none())
    {
        let Some((product, _)) = catalog.variant(&line.variant) else {
            continue;
        };
        let difference = (line.unit_price - product.price) * i64::from(line.quantity);
        if product.campaign.as_deref() != Some("flash") && difference > 0 {
            line.price_protected = Some(difference);
            paid_back += difference;
        }
    }
    if paid_back == 0 {
        return Err(Refusal::NoPriceDrop);
    }
    order.note(now, EventCode::PriceProtected);
    Ok(paid_back)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoiceRequest {
    #[serde(default = "ordinary")]
    pub kind: InvoiceKind,
    pub title: String,
    pub tax_id: Option<String>,
    pub email: String,
}

fn ordinary() -> InvoiceKind {
    InvoiceKind::Ordinary
}

pub fn may_invoice(order: &Order, now: Timestamp) -> Result<(), Refusal> {
    match order.state {
        State::Unpaid { .. } => return Err(Refusal::NotPaid),
        State::Cancelled { .. } | State::Closed { .. } | State::Refunding { .. } | State::Refunded { .. } => {
            return Err(Refusal::Over);
        }
        _ => {}
    }
    match &order.invoice {
        None => Ok(()),
        Some(invoice) if invoice.changed => Err(Refusal::Once),
        Some(invoice) => within_days(invoice.requested_at, 90, now),
    }
}

pub fn request_invoice(order: &mut Order, request: &InvoiceRequest, now: Timestamp) -> Step {
    may_invoice(order, now)?;
    let title = clean(&request.title, 100).ok_or(Refusal::Invalid("title: 1 to 100 characters"))?;
    let email = clean(&request.email, 120).filter(|email| {
        email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !email.contains(' '))
    });
    let email = email.ok_or(Refusal::Invalid("email: an e-mail address"))?;
    let tax_id = match &request.tax_id {
        None => None,
        Some(id) if (15..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Some(id.clone())
        }
        Some(_) => return Err(Refusal::Invalid("tax_id: 15 to 20 letters and digits")),
    };
    if request.kind == InvoiceKind::Special && tax_id.is_none() {
        return Err(Refusal::Invalid("a special VAT invoice needs the company's tax_id"));
    }
    let (requested_at, changed) = order.invoice.as_ref().map_or((now, false), |invoice| (invoice.requested_at, true));
    order.invoice = Some(Invoice { kind: request.kind, title, tax_id, email, requested_at, changed });
    order.note(now, EventCode::InvoiceRequested);
    Ok(Vec::new())
}

pub fn may_confirm(order: &Order) -> Result<(), Refusal> {
    match order.state {
        State::Shipped { .. } | State::OutForDelivery { .. } => Ok(()),
        State::Unpaid { .. } => Err(Refusal::NotPaid),
        State::Paid { .. } | State::Packing { .. } => Err(Refusal::NotDispatched),
        _ => Err(Refusal::Over),
    }
}

pub fn confirm(order: &mut Order, now: Timestamp) -> Step {
    may_confirm(order)?;
    order.state = State::Signed { signed_at: now };
    order.note(now, EventCode::Signed);
    Ok(Vec::new())
}
