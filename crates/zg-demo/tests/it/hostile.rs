use super::*;

#[tokio::test]
async fn hostile_requests_get_a_problem() {
    let shop = TestShop::new();
    let no = shop.order_in(1, "paid").await;
    let deep = "[".repeat(100_000);
    let long = "x".repeat(100_000);
    let order = |items: Value| json!({ "items": items, "address": address() }).to_string();
    let bodies = [
        String::new(), "null".into(), "[]".into(), "{".into(), deep, "\"text\"".into(), "{\"items\":null}".into(),
        order(json!([])), order(json!([{ "variant": "HM7001-FOREST", "quantity": 0 }])), order(json!([{ "variant": "HM7001-FOREST", "quantity": -1 }])),
        order(json!([{ "variant": "HM7001-FOREST", "quantity": 4_294_967_296_u64 }])), order(json!([{ "variant": "'; DROP TABLE orders; --", "quantity": 1 }])),
        order(json!([{ "variant": long, "quantity": 1 }])), order(json!([{ "variant": "HM7001-FOREST", "quantity": 1, "price": 1 }])),
        order(json!([{ "variant": "HM7002-INK", "quantity": 1, "engraving": "a" }])),
        json!({ "items": [{ "variant": "HM7001-FOREST", "quantity": 1 }], "address": { "recipient": "\u{0}", "phone": "１００００００００００", "province": "浙江省", "city": "x", "district": "x", "detail": "x" } }).to_string(),
    ];
    for body in bodies {
        let request = Request::post("/api/orders")
            .header("content-type", "application/json")
            .body(Body::from(body.clone()))
            .unwrap();
        problem(&shop, request, &body.chars().take(60).collect::<String>()).await;
    }
    for path in [
        "/api",
        "/api/nothing",
        "/api/products/%00",
        "/api/products/%ff",
        "/api/orders/..%2f..%2fetc",
        "/api/orders/HM'--",
        "/api/orders?account=99",
        "/api/orders?account=1&account=2",
        "/api/products?q=%ff%fe&category=%zz",
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (status, headers, _) = shop.send(request).await;
        let harmless = path.contains("?q=") && status == StatusCode::OK;
        assert!(harmless || status.is_client_error(), "{path}: {status}");
        assert!(harmless || headers["content-type"] == "application/problem+json", "{path}");
    }
    for action in ["explode", "return", "exchange", "invoice"] {
        for body in [
            "{}",
            "[1]",
            "{\"line\":99,\"variant\":\"\"}",
            "{\"reason\":\"cancelled\"}",
            "{\"title\":\"\",\"email\":\"@\"}",
        ] {
            let request = Request::post(format!("/api/orders/{no}/{action}"))
                .header("content-type", "application/json")
                .body(Body::from(body))
                .unwrap();
            problem(&shop, request, action).await;
        }
    }
    let (status, _) = shop.get(1, &format!("/api/orders/{no}")).await;
    assert_eq!(status, StatusCode::OK, "the shop still answers");
}

#[tokio::test]
async fn form_posts_large_bodies_and_strangers_are_refused() {
    let shop = TestShop::new();
    let no = shop.order_in(1, "paid").await;
    let cancel = || Request::post(format!("/api/orders/{no}/cancel"));
    problem(
        &shop,
        cancel().header("content-type", "application/x-www-form-urlencoded").body(Body::from("a=b")).unwrap(),
        "a form",
    )
    .await;
    problem(&shop, cancel().body(Body::empty()).unwrap(), "no type").await;
    problem(
        &shop,
        cancel()
            .header("content-type", "application/json")
            .header("idempotency-key", "k".repeat(200))
            .body(Body::empty())
            .unwrap(),
        "a long key",
    )
    .await;
    problem(
        &shop,
        cancel().header("content-type", "application/json").body(Body::from(vec![b' '; 2 * 1024 * 1024])).unwrap(),
        "2 MiB",
    )
    .await;
    problem(
        &shop,
        cancel().header("content-type", "application/json").header("hm-demo", "2").body(Body::from("{}")).unwrap(),
        "another account's order",
    )
    .await;
    problem(
        &shop,
        cancel().header("content-type", "application/json").header("hm-demo", "-1").body(Body::from("{}")).unwrap(),
        "no such account",
    )
    .await;
    problem(&shop, Request::delete("/api/orders").body(Body::empty()).unwrap(), "a method").await;
    assert_eq!(shop.get(1, &format!("/api/orders/{no}")).await.1["status"], "paid");
}

async fn problem(shop: &TestShop, request: Request<Body>, what: &str) {
    let (status, headers, body) = shop.send(request).await;
    assert!(status.is_client_error(), "{what}: {status}");
    assert_eq!(headers["content-type"], "application/problem+json", "{what}");
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["status"], status.as_u16(), "{what}");
    assert!(body["code"].is_string() && body["message"]["zh-CN"].is_string(), "{what}: {body}");
}
