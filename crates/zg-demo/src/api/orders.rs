//! Orders: list, read, quote, place, and the steps of the state machine under `/api/orders/{no}/…`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Post, blocking, form, ok, once, read_post};
use crate::account::Account;
use crate::coupon::{Coupon, coupon};
use crate::order::{Address, Effect, Event, EventCode, Line, Order, Payment, State as OrderState};
use crate::pricing::{self, Amounts, Carrier, Cart};
use crate::problem::Problem;
use crate::rules::{self, Refusal};
use crate::store::Desk;
use crate::text::line as clean;
use crate::time::{day, plus_minutes};
use crate::{Shop, account, view};

#[derive(Debug, Deserialize)]
pub struct Filter {
    account: Option<String>,
    status: Option<String>,
}

/// The account may also be named in the query, for callers without headers.
pub async fn list(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(filter) = filter.map_err(|_| Problem::malformed())?;
    let account = match &filter.account {
        Some(id) => account::account(id).ok_or_else(Problem::not_found)?,
        None => super::account(&headers)?,
    };
    let now = (shop.clock)();
    let orders = blocking(move || {
        shop.store.transact(|desk| {
            let mut views = Vec::new();
            for mut order in desk.orders(account.id)? {
                settle(&mut order, desk, now)?;
                if filter.status.as_ref().is_none_or(|status| status == order.state.name()) {
                    views.push(view::summary(&order, &shop.catalog, now));
                }
            }
            Ok::<_, Problem>(views)
        })
    })
    .await?;
    Ok(ok(&json!({ "account": account.id.0, "orders": orders })))
}

pub async fn one(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    no: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(no) = no.map_err(|_| Problem::malformed())?;
    let account = super::account(&headers)?;
    let now = (shop.clock)();
    let order = blocking(move || {
        shop.store.transact(|desk| Ok::<_, Problem>(view::order(&load(desk, &no, &account, now)?, &shop.catalog, now)))
    })
    .await?;
    Ok(ok(&order))
}

/// An order of someone else is not there, rather than forbidden: its number tells nothing.
fn load(desk: &Desk<'_>, no: &str, account: &Account, now: Timestamp) -> Result<Order, Problem> {
    let mut order = desk.order(no, account.id)?.ok_or_else(Problem::not_found)?;
    settle(&mut order, desk, now)?;
    Ok(order)
}

fn settle(order: &mut Order, desk: &Desk<'_>, now: Timestamp) -> Result<(), Problem> {
    let before = order.state.name();
    let effects = order.settle(now);
    desk.carry_out(&effects, order, now)?;
    if order.state.name() != before {
        desk.save(order)?;
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    variant: String,
    quantity: u32,
    #[serde(default)]
    engraving: Option<String>,
}

/// What a cart asks for; `address` is needed to place it, a province is enough to price it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkout {
    items: Vec<Item>,
    #[serde(default)]
    address: Option<Address>,
    #[serde(default)]
    province: Option<String>,
    #[serde(default = "zto")]
    carrier: Carrier,
    #[serde(default = "wechat")]
    payment: Payment,
    #[serde(default)]
    coupon: Option<String>,
    #[serde(default)]
    gift_wrap: bool,
    #[serde(default)]
    gift_card: Option<String>,
    #[serde(default)]
    use_points: bool,
}

fn zto() -> Carrier {
    Carrier::Zto
}

fn wechat() -> Payment {
    Payment::Wechat
}

fn lines(shop: &Shop, items: &[Item]) -> Result<Vec<Line>, Problem> {
    const MAX_LINES: usize = 50;
    const MAX_QUANTITY: u32 = 99;
    if items.is_empty() || items.len() > MAX_LINES {
        return Err(Problem::invalid("购物车为空或商品过多", "a cart has 1 to 50 lines"));
    }
    (1u32..)
        .zip(items)
        .map(|(number, item)| {
            let (product, _) = shop
                .catalog
                .variant(&item.variant)
                .ok_or_else(|| Problem::invalid("商品不存在", "there is no such variant"))?;
            if item.quantity == 0 || item.quantity > MAX_QUANTITY {
                return Err(Problem::invalid("数量应为 1 到 99", "a quantity is 1 to 99"));
            }
            let engraving = match &item.engraving {
                None => None,
                Some(_) if !product.engraving => {
                    return Err(Problem::invalid("该商品不支持刻字", "this product cannot be engraved"));
                }
                Some(words) => Some(
                    clean(words, 10)
                        .ok_or_else(|| Problem::invalid("刻字 1 到 10 个字", "engraving: 1 to 10 characters"))?,
                ),
            };
            Ok(Line {
                line: number,
                product: product.id.clone(),
                variant: item.variant.clone(),
                quantity: item.quantity,
                unit_price: product.price,
                engraving,
                exchanged_from: None,
                price_protected: None,
            })
        })
        .collect()
}

fn amounts(
    desk: &Desk<'_>,
    checkout: &Checkout,
    lines: &[Line],
    province: &str,
    account: &Account,
    now: Timestamp,
) -> Result<Amounts, Problem> {
    let goods = lines.iter().map(|line| line.unit_price * i64::from(line.quantity)).sum();
    let coupon = checkout.coupon.as_deref().map(|code| usable(desk, code, account, now)).transpose()?;
    let cart = Cart {
        goods,
        province,
        carrier: checkout.carrier,
        coupon,
        gift_wrap: checkout.gift_wrap,
        use_points: checkout.use_points,
    };
    Ok(pricing::quote(&cart, account, desk.points(account.id)?, now)?)
}

fn usable(desk: &Desk<'_>, code: &str, account: &Account, now: Timestamp) -> Result<&'static Coupon, Problem> {
    let coupon = coupon(code).ok_or(Refusal::CouponSpent)?;
    match desk.claim_of(account.id, code)? {
        Some((at, None)) if now < coupon.expires_at(at) => Ok(coupon),
        _ => Err(Refusal::CouponSpent.into()),
    }
}

/// What the cart would cost, by the same arithmetic as the order; stores nothing.
pub async fn quote_cart(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let post = read_post("quote", &headers, body)?;
    let now = (shop.clock)();
    once(shop, Post { key: None, ..post }, move |shop, desk, post| {
        let checkout: Checkout = form(&post.body)?;
        let lines = lines(shop, &checkout.items)?;
        let province = checkout.address.as_ref().map(|address| address.province.as_str()).or(checkout.province.as_deref()).unwrap_or("浙江省");
        let amounts = amounts(desk, &checkout, &lines, province, &post.account, now)?;
        let mut short = Vec::new();
        for line in &lines {
            let stock = desk.stock(&line.variant)?;
            if stock < i64::from(line.quantity) {
                short.push(json!({ "variant": line.variant, "stock": stock }));
            }
        }
        let days = pricing::transit_days(province);
        Ok((StatusCode::OK, json!({ "amounts": amounts, "campaign": pricing::campaign(now), "short": short, "points": desk.points(post.account.id)?, "transit_days": { "from": days.0, "to": days.1 } })))
    })
    .await
}

/// Places an unpaid order; the goods are taken off the shelf now and go back if it is not paid.
pub async fn place(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let post = read_post("orders", &headers, body)?;
    let now = (shop.clock)();
    once(shop, post, move |shop, desk, post| {
        let checkout: Checkout = form(&post.body)?;
        let lines = lines(shop, &checkout.items)?;
        let address =
            checkout.address.clone().ok_or_else(|| Problem::invalid("请填写收货地址", "an address is needed"))?;
        let address = rules::checked_address(address)?;
        let gift_card = match checkout.gift_card.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(words) => Some(
                clean(words, 60)
                    .ok_or_else(|| Problem::invalid("贺卡最多 60 字", "a gift card holds 60 characters"))?,
            ),
        };
        let amounts = amounts(desk, &checkout, &lines, &address.province, &post.account, now)?;
        let order = Order {
            no: desk.next_no(day(now))?,
            account: post.account.id.0,
            placed_at: now,
            state: OrderState::Unpaid { closes_at: plus_minutes(now, 30) },
            amounts,
            campaign: pricing::campaign(now),
            coupon: checkout.coupon,
            address,
            carrier: checkout.carrier,
            payment: checkout.payment,
            tracking_no: None,
            gift_card,
            changed: false,
            expedited_at: None,
            invoice: None,
            events: vec![Event { at: now, code: EventCode::Placed, place: None }],
            lines,
        };
        let effects: Vec<Effect> = order
            .lines
            .iter()
            .map(|line| Effect::Reserve { variant: line.variant.clone(), quantity: line.quantity })
            .collect();
        desk.save(&order)?;
        desk.carry_out(&effects, &order, now)?;
        desk.spend_points(post.account.id, order.amounts.points_used)?;
        if let Some(code) = &order.coupon {
            desk.use_coupon(post.account.id, code, &order.no)?;
        }
        Ok((StatusCode::CREATED, view::order(&order, &shop.catalog, now)))
    })
    .await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProtectPrice {
    #[serde(default)]
    line: Option<u32>,
}

/// One step of an order; answers with the order as it is afterwards.
pub async fn act(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    path: Result<Path<(String, String)>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let Path((no, action)) = path.map_err(|_| Problem::malformed())?;
    let post = read_post(&format!("orders/{no}/{action}"), &headers, body)?;
    let now = (shop.clock)();
    once(shop, post, move |shop, desk, post| {
        let mut order = load(desk, &no, &post.account, now)?;
        let (effects, extra) = step(&mut order, &action, &post.body, shop, now)?;
        // A changed variant is checked before it is saved, so that a refusal leaves nothing behind.
        desk.carry_out(&effects, &order, now)?;
        desk.save(&order)?;
        let mut value = view::order(&order, &shop.catalog, now);
        if let Some(paid_back) = extra {
            value["paid_back"] = paid_back;
        }
        Ok((StatusCode::OK, value))
    })
    .await
}

fn step(
    order: &mut Order,
    action: &str,
    body: &Value,
    shop: &Shop,
    now: Timestamp,
) -> Result<(Vec<Effect>, Option<Value>), Problem> {
    let catalog = &shop.catalog;
    let effects = match action {
        "pay" => rules::pay(order, now)?,
        "cancel" => rules::cancel(order, now)?,
        "address" => rules::change(order, &form(body)?, catalog, now)?,
        "expedite" => rules::expedite(order, now)?,
        "intercept" => rules::intercept(order, now)?,
        "confirm" => rules::confirm(order, now)?,
        "return" => rules::request_return(order, &form(body)?, catalog, now)?,
        "exchange" => rules::exchange(order, &form(body)?, catalog, now)?,
        "invoice" => rules::request_invoice(order, &form(body)?, now)?,
        "price-protection" => {
            let request: ProtectPrice = form(body)?;
            let paid_back = rules::protect_price(order, request.line, catalog, now)?;
            return Ok((Vec::new(), Some(paid_back.into())));
        }
        _ => return Err(Problem::not_found()),
    };
    Ok((effects, None))
}
