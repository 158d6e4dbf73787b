//! The orders the demo begins with: `orders.json`, whose times are relative to the moment of the first start.

use std::path::Path;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::account::account;
use crate::catalog::Catalog;
use crate::order::{
    Address, Event, EventCode, Invoice, InvoiceKind, Line, Order, Payment, Refund, ReturnReason, State,
};
use crate::pricing::{Campaign, Carrier, Cart, campaign, quote};
use crate::store::{Store, StoreError};
use crate::time::{day, plus_minutes};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedOrder {
    account: u8,
    status: String,
    lines: Vec<SeedLine>,
    province: String,
    city: String,
    district: String,
    carrier: Carrier,
    payment: Payment,
    #[serde(default)]
    tracking_no: Option<String>,
    #[serde(default)]
    reason: Option<ReturnReason>,
    #[serde(default)]
    campaign: Option<Campaign>,
    #[serde(default)]
    invoice_title: Option<String>,
    /// `[how long ago, what, where]`, oldest first; the first is `placed`.
    events: Vec<SeedEvent>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedLine {
    variant: String,
    #[serde(default = "one")]
    quantity: u32,
    /// What was paid then, where it differs from today's price.
    #[serde(default)]
    unit_price: Option<i64>,
    #[serde(default)]
    exchanged_from: Option<String>,
    #[serde(default)]
    engraving: Option<String>,
}

fn one() -> u32 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedEvent {
    ago: SignedDuration,
    code: EventCode,
    #[serde(default)]
    place: Option<String>,
}

/// Fills an empty shop; a shop that has orders is left alone.
pub fn plant(store: &Store, catalog: &Catalog, path: &Path, now: Timestamp) -> anyhow::Result<usize> {
    let json =
        std::fs::read_to_string(path).with_context(|| format!("cannot read the first orders {}", path.display()))?;
    plant_json(store, catalog, &json, now).with_context(|| format!("in {}", path.display()))
}

pub fn plant_json(store: &Store, catalog: &Catalog, json: &str, now: Timestamp) -> anyhow::Result<usize> {
    let seeds: Vec<SeedOrder> = serde_json::from_str(json)?;
    store
        .transact(|desk| {
            if !desk.no_orders_at_all().map_err(anyhow::Error::from)? {
                return Ok(0);
            }
            for (seed_idx, seed) in seeds.iter().enumerate() {
                let order = grow(seed, catalog, now).with_context(|| format!("order {seed_idx}"))?;
                let no = desk.next_no(day(order.placed_at))?;
                desk.save(&Order { no, ..order })?;
            }
            Ok::<_, SeedError>(seeds.len())
        })
        .map_err(|SeedError(error)| error)
}

/// Carries either kind of failure out of the transaction.
struct SeedError(anyhow::Error);

impl From<StoreError> for SeedError {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl From<anyhow::Error> for SeedError {
    fn from(error: anyhow::Error) -> Self {
        Self(error)
    }
}

fn grow(seed: &SeedOrder, catalog: &Catalog, now: Timestamp) -> anyhow::Result<Order> {
    let account = account(&seed.account.to_string()).context("no such demo account")?;
    let mut events = Vec::new();
    for event in &seed.events {
        let at = now.checked_sub(event.ago).context("an event before time")?;
        anyhow::ensure!(events.last().is_none_or(|last: &Event| last.at <= at), "events are not in order");
        events.push(Event { at, code: event.code, place: event.place.clone() });
    }
    let placed_at =
        events.first().filter(|event| event.code == EventCode::Placed).context("the first event is not `placed`")?.at;
    let at = |code: EventCode| {
        events
            .iter()
            .rev()
            .find(|event| event.code == code)
            .map(|event| event.at)
            .with_context(|| format!("no event {code:?}"))
    };

    let mut lines = Vec::new();
    for (number, seed) in (1u32..).zip(&seed.lines) {
        let (product, _) = catalog.variant(&seed.variant).with_context(|| format!("no variant {}", seed.variant))?;
        lines.push(Line {
            line: number,
            product: product.id.clone(),
            variant: seed.variant.clone(),
            quantity: seed.quantity,
            unit_price: seed.unit_price.unwrap_or(product.price),
            engraving: seed.engraving.clone(),
            exchanged_from: seed.exchanged_from.clone(),
            price_protected: None,
        });
    }
    let goods = lines.iter().map(|line| line.unit_price * i64::from(line.quantity)).sum();
    let cart = Cart {
        goods,
        province: &seed.province,
        carrier: seed.carrier,
        coupon: None,
        gift_wrap: false,
        use_points: false,
    };
    let amounts = quote(&cart, &account, 0, placed_at)?;
    let refund = || Refund {
        amount: amounts.total,
        reason: seed.reason.unwrap_or(ReturnReason::NoReason),
        lines: lines.iter().map(|line| line.line).collect(),
    };
    let state = match seed.status.as_str() {
        "unpaid" => State::Unpaid { closes_at: plus_minutes(placed_at, 30) },
        "paid" => State::Paid { paid_at: at(EventCode::Paid)? },
        "packing" => State::Packing { paid_at: at(EventCode::Paid)? },
        "shipped" => State::Shipped { paid_at: at(EventCode::Paid)?, dispatched_at: at(EventCode::Dispatched)? },
        "out_for_delivery" => {
            State::OutForDelivery { paid_at: at(EventCode::Paid)?, dispatched_at: at(EventCode::Dispatched)? }
        }
        "signed" => State::Signed { signed_at: at(EventCode::Signed)? },
        "returning" => State::Returning {
            signed_at: Some(at(EventCode::Signed)?),
            requested_at: at(EventCode::ReturnRequested)?,
            refund: refund(),
        },
        "refunding" => State::Refunding { accepted_at: at(EventCode::ReturnAccepted)?, refund: refund() },
        "refunded" => State::Refunded { refunded_at: at(EventCode::Refunded)?, refund: refund() },
        "exchanged" => {
            State::Exchanged { signed_at: at(EventCode::Signed)?, requested_at: at(EventCode::ExchangeRequested)? }
        }
        "cancelled" => {
            let paid = events.iter().any(|event| event.code == EventCode::Paid);
            State::Cancelled {
                cancelled_at: at(EventCode::Cancelled)?,
                refund: paid.then(|| Refund { reason: ReturnReason::Cancelled, ..refund() }),
            }
        }
        "closed" => State::Closed { closed_at: at(EventCode::Closed)? },
        other => anyhow::bail!("no state {other:?}"),
    };
    let invoice = match &seed.invoice_title {
        None => None,
        Some(title) => Some(Invoice {
            kind: InvoiceKind::Ordinary,
            title: title.clone(),
            tax_id: None,
            email: "demo@example.com".to_owned(),
            requested_at: at(EventCode::InvoiceRequested)?,
            changed: false,
        }),
    };
    let address = Address {
        recipient: format!("演示账户 {}", seed.account),
        // 100 begins no real mobile number.
        phone: format!("1000000000{}", seed.account),
        province: seed.province.clone(),
        city: seed.city.clone(),
        district: seed.district.clone(),
        detail: "示例路 1 号".to_owned(),
    };
    Ok(Order {
        no: String::new(),
        account: seed.account,
        placed_at,
        state,
        lines,
        amounts,
        campaign: seed.campaign.or_else(|| campaign(placed_at)),
        coupon: None,
        address,
        carrier: seed.carrier,
        payment: seed.payment,
        tracking_no: seed.tracking_no.clone(),
        gift_card: None,
        changed: false,
        expedited_at: None,
        invoice,
        events,
    })
}
