//! `GET /api/coupons` lists, `POST /api/coupons` claims (`{"code"}`), `GET /api/account` says who asks.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{blocking, form, ok, once, read_post};
use crate::Shop;
use crate::account::{ACCOUNTS, Account};
use crate::coupon::{COUPONS, Coupon, coupon};
use crate::problem::Problem;
use crate::rules::Refusal;
use crate::store::Desk;
use crate::text::text;

pub async fn account(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Result<Response, Problem> {
    let account = super::account(&headers)?;
    let points = blocking(move || shop.store.transact(|desk| Ok::<_, Problem>(desk.points(account.id)?))).await?;
    let all: Vec<Value> = ACCOUNTS
        .iter()
        .map(|account| json!({ "id": account.id.0, "name": name(account), "tier": account.tier }))
        .collect();
    Ok(ok(
        &json!({ "id": account.id.0, "name": name(&account), "tier": account.tier, "points": points, "birthday_month": account.birthday_month, "accounts": all }),
    ))
}

fn name(account: &Account) -> crate::text::Text {
    text(format!("演示账户 {}", account.id.0), format!("Demo account {}", account.id.0))
}

pub async fn list(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Result<Response, Problem> {
    let account = super::account(&headers)?;
    let now = (shop.clock)();
    let coupons = blocking(move || {
        shop.store.transact(|desk| {
            COUPONS.iter().map(|coupon| view(coupon, &account, desk, now)).collect::<Result<Vec<_>, Problem>>()
        })
    })
    .await?;
    Ok(ok(&json!({ "coupons": coupons })))
}

fn view(coupon: &Coupon, account: &Account, desk: &Desk<'_>, now: jiff::Timestamp) -> Result<Value, Problem> {
    let claim = desk.claim_of(account.id, coupon.code)?;
    let eligible = coupon.may_claim(account, desk.has_orders(account.id)?).is_ok();
    let (status, expires_at) = match &claim {
        None if eligible => ("claimable", None),
        None => ("not_eligible", None),
        Some((_, Some(_))) => ("used", None),
        Some((at, None)) if coupon.expires_at(*at) <= now => ("expired", Some(coupon.expires_at(*at))),
        Some((at, None)) => ("claimed", Some(coupon.expires_at(*at))),
    };
    Ok(
        json!({ "code": coupon.code, "title": coupon.title(), "off": coupon.off, "minimum": coupon.minimum, "valid_days": coupon.valid_days, "status": status, "expires_at": expires_at }),
    )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    code: String,
}

pub async fn claim(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let post = read_post("coupons", &headers, body)?;
    let now = (shop.clock)();
    once(shop, post, move |_, desk, post| {
        let claim: Claim = form(&post.body)?;
        let coupon = coupon(&claim.code).ok_or_else(Problem::not_found)?;
        if desk.claim_of(post.account.id, coupon.code)?.is_some() {
            return Err(Refusal::Once.into());
        }
        coupon.may_claim(&post.account, desk.has_orders(post.account.id)?)?;
        if !desk.claim(&post.account, coupon.code, now)? {
            return Err(Refusal::Once.into());
        }
        Ok((StatusCode::CREATED, view(coupon, &post.account, desk, now)?))
    })
    .await
}
