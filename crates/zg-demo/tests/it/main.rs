//! The demo shop from outside: requests in, answers out, a clock that moves only when told.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod hostile;
mod orders;
mod page;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use zg_demo::catalog::Catalog;
use zg_demo::store::Store;
use zg_demo::{Shop, Site, router, seed};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// 2026-11-22 10:00 in the shop.
const START: i64 = 1_795_312_800;

struct TestShop {
    app: Router,
    now: Arc<AtomicI64>,
}

impl TestShop {
    fn new() -> Self {
        let catalog = Catalog::read(format!("{ROOT}/www/shop/data/products.json").as_ref()).unwrap();
        let store = Store::in_memory(&catalog).unwrap();
        let start = Timestamp::from_second(START).unwrap();
        seed::plant(&store, &catalog, format!("{ROOT}/demo/data/orders.json").as_ref(), start).unwrap();
        let now = Arc::new(AtomicI64::new(START));
        let clock = {
            let now = now.clone();
            Arc::new(move || Timestamp::from_second(now.load(Ordering::Relaxed)).unwrap())
        };
        let app = router(
            Arc::new(Shop { catalog, store, clock }),
            &Site { assets: ROOT.into(), widget_origin: "http://127.0.0.1:8787".parse().unwrap() },
        )
        .unwrap();
        Self { app, now }
    }

    fn advance_hours(&self, hours: i64) {
        self.now.fetch_add(hours * 3600, Ordering::Relaxed);
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, axum::http::HeaderMap, Vec<u8>) {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), 16 * 1024 * 1024).await.unwrap();
        (status, headers, body.to_vec())
    }

    async fn get(&self, account: u8, path: &str) -> (StatusCode, Value) {
        let request = Request::get(path).header("hm-demo", account.to_string()).body(Body::empty()).unwrap();
        let (status, _, body) = self.send(request).await;
        (status, serde_json::from_slice(&body).unwrap())
    }

    async fn post(&self, account: u8, path: &str, body: Value) -> (StatusCode, Value) {
        self.post_with_key(account, path, body, None).await
    }

    async fn post_with_key(&self, account: u8, path: &str, body: Value, key: Option<&str>) -> (StatusCode, Value) {
        let mut request = Request::post(path)
            .header("cookie", format!("a=b; hm-demo={account}"))
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let (status, _, body) = self.send(request.body(Body::from(body.to_string())).unwrap()).await;
        (status, serde_json::from_slice(&body).unwrap())
    }

    /// The number of the first order of the account in that state.
    async fn order_in(&self, account: u8, status: &str) -> String {
        let (_, list) = self.get(account, &format!("/api/orders?status={status}")).await;
        list["orders"][0]["no"]
            .as_str()
            .unwrap_or_else(|| panic!("account {account} has no order that is {status}"))
            .to_owned()
    }

    async fn stock(&self, product: &str, variant: &str) -> i64 {
        let (_, product) = self.get(1, &format!("/api/products/{product}")).await;
        let variants = product["variants"].as_array().unwrap();
        variants.iter().find(|candidate| candidate["sku"] == variant).unwrap()["stock"].as_i64().unwrap()
    }
}

fn address() -> Value {
    json!({ "recipient": "演示账户 4", "phone": "10000000004", "province": "浙江省", "city": "杭州市", "district": "西湖区", "detail": "示例路 1 号" })
}

#[track_caller]
fn refused(answer: &(StatusCode, Value), code: &str) {
    assert_eq!((answer.0, answer.1["code"].as_str()), (StatusCode::CONFLICT, Some(code)), "{}", answer.1);
}
