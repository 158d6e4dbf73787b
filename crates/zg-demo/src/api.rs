//! The back office's HTTP surface: JSON in and out, problems as RFC 9457, `Idempotency-Key` on every POST.

mod coupons;
mod orders;
mod products;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Shop;
use crate::account::{Account, of_request};
use crate::problem::Problem;
use crate::store::Desk;
use crate::text::text;

/// Three photos of 200 KB and a form.
const BODY_LIMIT: usize = 1024 * 1024;

pub fn routes(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/products", get(products::list))
        .route("/products/{id}", get(products::one))
        .route("/account", get(coupons::account))
        .route("/coupons", get(coupons::list).post(coupons::claim))
        .route("/quote", post(orders::quote_cart))
        .route("/orders", get(orders::list).post(orders::place))
        .route("/orders/{no}", get(orders::one))
        .route("/orders/{no}/{action}", post(orders::act))
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                text("不支持的操作", "this method is not offered here"),
            )
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(shop)
}

fn account(headers: &HeaderMap) -> Result<Account, Problem> {
    of_request(headers).ok_or_else(|| {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "no_such_account",
            text("没有这个演示账户", "there is no such demo account"),
        )
    })
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

fn ok(value: &Value) -> Response {
    json(StatusCode::OK, value.to_string())
}

/// A POST as it came, its shape already sound.
struct Post {
    account: Account,
    key: Option<String>,
    body: Value,
    fingerprint: String,
}

/// Checks account, content type, size, JSON and key, in this order.
fn read_post(path: &str, headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Post, Problem> {
    let account = account(headers)?;
    let body = body.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", text("内容过大", "the body is too large"))
        }
        _ => Problem::malformed(),
    })?;
    // A form of another site cannot send this type without asking first.
    let is_json = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    });
    if !is_json {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_json",
            text("请使用 JSON", "send application/json"),
        ));
    }
    let value = if body.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_slice(&body).map_err(|_| Problem::malformed())?
    };
    let key = match headers.get("idempotency-key") {
        None => None,
        Some(key) => match key.to_str() {
            Ok(key) if (1..=128).contains(&key.len()) => Some(key.to_owned()),
            _ => {
                return Err(Problem::invalid("Idempotency-Key 不正确", "Idempotency-Key: 1 to 128 ASCII characters"));
            }
        },
    };
    Ok(Post { account, key, fingerprint: format!("{path} {:016x} {}", fnv1a(&body), body.len()), body: value })
}

/// Only tells one request of an account from another of the same account: no adversary to resist.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

fn form<T: DeserializeOwned>(body: &Value) -> Result<T, Problem> {
    T::deserialize(body).map_err(|error| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", text("提交的内容有误", error.to_string()))
    })
}

/// Runs a step once per key: a repeated key gets the first answer again. Refusals are not kept, they may pass later.
async fn once(
    shop: Arc<Shop>,
    post: Post,
    step: impl FnOnce(&Shop, &Desk<'_>, &Post) -> Result<(StatusCode, Value), Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let work = move || {
        shop.store.transact(|desk| {
            if let Some(key) = &post.key
                && let Some((fingerprint, status, body)) = desk.answer(post.account.id, key)?
            {
                if fingerprint != post.fingerprint {
                    return Err(Problem::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        "key_reused",
                        text("Idempotency-Key 已用于另一请求", "this Idempotency-Key was used for another request"),
                    ));
                }
                return Ok((StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body));
            }
            let (status, value) = step(&shop, desk, &post)?;
            let body = value.to_string();
            if let Some(key) = &post.key {
                desk.keep_answer(post.account.id, key, &post.fingerprint, status.as_u16(), &body)?;
            }
            Ok((status, body))
        })
    };
    let (status, body) = blocking(work).await?;
    Ok(json(status, body))
}

/// SQLite blocks, so it runs where blocking is allowed.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))?
}
