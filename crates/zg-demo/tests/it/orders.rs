use super::*;

const STATES: [&str; 12] = [
    "unpaid",
    "paid",
    "packing",
    "shipped",
    "out_for_delivery",
    "signed",
    "returning",
    "refunding",
    "refunded",
    "exchanged",
    "cancelled",
    "closed",
];

#[tokio::test]
async fn the_first_orders_cover_every_state() {
    let shop = TestShop::new();
    let mut seen = Vec::new();
    for account in 1..=3 {
        let (status, list) = shop.get(account, "/api/orders").await;
        assert_eq!(status, StatusCode::OK);
        for order in list["orders"].as_array().unwrap() {
            let no = order["no"].as_str().unwrap();
            assert!(no.starts_with("HM2026") && no.len() == 13, "{no}");
            seen.push(order["status"].as_str().unwrap().to_owned());
        }
    }
    assert!(seen.len() >= 16, "{}", seen.len());
    for state in STATES {
        assert!(seen.iter().any(|status| status == state), "no order is {state}");
    }
}

#[tokio::test]
async fn an_order_is_placed_paid_and_cancelled() {
    let shop = TestShop::new();
    let variant = "HM1003-FOREST-M";
    let before = shop.stock("merino-sweater", variant).await;
    let (status, order) = shop
        .post(4, "/api/orders", json!({ "items": [{ "variant": variant, "quantity": 2 }], "address": address() }))
        .await;
    assert_eq!((status, order["status"].as_str()), (StatusCode::CREATED, Some("unpaid")), "{order}");
    assert_eq!(order["amounts"]["total"], 2 * 29_900);
    assert_eq!(order["no"].as_str().unwrap().get(..10), Some("HM20261122"));
    assert_eq!(shop.stock("merino-sweater", variant).await, before - 2);

    let path = format!("/api/orders/{}", order["no"].as_str().unwrap());
    let (_, paid) = shop.post(4, &format!("{path}/pay"), json!({})).await;
    assert_eq!(paid["status"], "paid");
    refused(&shop.post(4, &format!("{path}/pay"), json!({})).await, "already_paid");
    let (_, cancelled) = shop.post(4, &format!("{path}/cancel"), json!({})).await;
    assert_eq!(
        (cancelled["status"].as_str(), cancelled["state"]["refund"]["amount"].as_i64()),
        (Some("cancelled"), Some(59_800))
    );
    assert_eq!(shop.stock("merino-sweater", variant).await, before);
}

#[tokio::test]
async fn an_unpaid_order_closes_after_half_an_hour() {
    let shop = TestShop::new();
    let no = shop.order_in(1, "unpaid").await;
    let variant = "HM7003-SAGE";
    let before = shop.stock("soy-candle", variant).await;
    shop.advance_hours(1);
    let (_, order) = shop.get(1, &format!("/api/orders/{no}")).await;
    assert_eq!(order["status"], "closed");
    assert_eq!(shop.stock("soy-candle", variant).await, before + 1, "the goods are back on the shelf");
    refused(&shop.post(1, &format!("/api/orders/{no}/pay"), json!({})).await, "order_over");
}

#[tokio::test]
async fn after_dispatch_an_order_is_intercepted_not_cancelled() {
    let shop = TestShop::new();
    let no = shop.order_in(1, "shipped").await;
    refused(&shop.post(1, &format!("/api/orders/{no}/cancel"), json!({})).await, "already_dispatched");
    refused(
        &shop.post(1, &format!("/api/orders/{no}/address"), json!({ "detail": "示例路 2 号" })).await,
        "already_dispatched",
    );
    let (status, order) = shop.post(1, &format!("/api/orders/{no}/intercept"), json!({})).await;
    assert_eq!((status, order["status"].as_str()), (StatusCode::OK, Some("returning")));
}

#[tokio::test]
async fn address_and_size_change_once() {
    let shop = TestShop::new();
    let no = shop.order_in(1, "paid").await;
    let path = format!("/api/orders/{no}/address");
    refused(&shop.post(1, &path, json!({ "province": "香港特别行政区" })).await, "no_delivery");
    let before = shop.stock("merino-sweater", "HM1003-FOREST-L").await;
    let (status, order) = shop
        .post(1, &path, json!({ "detail": "示例路 2 号", "variants": [{ "line": 1, "variant": "HM1003-FOREST-L" }] }))
        .await;
    assert_eq!(status, StatusCode::OK, "{order}");
    assert_eq!(
        (order["address"]["detail"].as_str(), order["lines"][0]["size"]["en"].as_str()),
        (Some("示例路 2 号"), Some("L"))
    );
    assert_eq!(order["address"]["phone"], "100****0001", "the phone is masked");
    assert_eq!(shop.stock("merino-sweater", "HM1003-FOREST-L").await, before - 1);
    refused(&shop.post(1, &path, json!({ "detail": "示例路 3 号" })).await, "once_only");
}

#[tokio::test]
async fn seven_days_for_no_reason_fifteen_for_a_fault() {
    let shop = TestShop::new();
    // Signed 74 hours before the start: sneakers and socks.
    let no = shop.order_in(1, "signed").await;
    let path = format!("/api/orders/{no}/return");
    refused(&shop.post(1, &path, json!({ "reason": "no_reason" })).await, "excluded");
    shop.advance_hours(24 * 5);
    refused(
        &shop.post(1, &path, json!({ "reason": "no_reason", "lines": [1], "unopened": true })).await,
        "window_over",
    );
    refused(&shop.post(1, &path, json!({ "reason": "quality", "lines": [1] })).await, "photo_needed");
    let (status, order) = shop
        .post(1, &path, json!({ "reason": "quality", "lines": [1], "photos": ["data:image/png;base64,iVBORw0KGgo="] }))
        .await;
    assert_eq!((status, order["state"]["refund"]["amount"].as_i64()), (StatusCode::OK, Some(17_900)), "{order}");
    refused(
        &shop.post(1, &path, json!({ "reason": "no_reason", "lines": [2], "unopened": true })).await,
        "in_progress",
    );
}

#[tokio::test]
async fn the_seventh_day_after_signing_still_counts() {
    let shop = TestShop::new();
    let no = shop.order_in(1, "signed").await;
    // Signed on the 19th at 08:00, so the last day is the 26th; one hour before it ends.
    shop.advance_hours(24 * 4 + 13);
    let (status, order) = shop
        .post(1, &format!("/api/orders/{no}/return"), json!({ "reason": "no_reason", "lines": [1], "unopened": true }))
        .await;
    assert_eq!(status, StatusCode::OK, "{order}");
}

#[tokio::test]
async fn one_exchange_a_line() {
    let shop = TestShop::new();
    let no = shop.order_in(1, "signed").await;
    let path = format!("/api/orders/{no}/exchange");
    let (status, other) = shop.post(1, &path, json!({ "line": 1, "variant": "HM1003-FOREST-L" })).await;
    assert_eq!((status, other["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("invalid_request")));
    let (status, order) = shop.post(1, &path, json!({ "line": 1, "variant": "HM1008-CREAM-40" })).await;
    assert_eq!(
        (status, order["status"].as_str(), order["lines"][0]["exchanged_from"].as_str()),
        (StatusCode::OK, Some("exchanged"), Some("HM1008-CREAM-39")),
        "{order}"
    );
    refused(&shop.post(1, &path, json!({ "line": 1, "variant": "HM1008-CREAM-41" })).await, "once_only");
}

#[tokio::test]
async fn the_difference_is_paid_back_once() {
    let shop = TestShop::new();
    let no = shop.order_in(1, "signed").await;
    let path = format!("/api/orders/{no}/price-protection");
    let (status, order) = shop.post(1, &path, json!({ "line": 1 })).await;
    assert_eq!((status, order["paid_back"].as_i64()), (StatusCode::OK, Some(17_900 - 15_900)), "{order}");
    refused(&shop.post(1, &path, json!({ "line": 1 })).await, "once_only");
    refused(&shop.post(1, &path, json!({})).await, "no_price_drop");
    shop.advance_hours(24 * 16);
    refused(&shop.post(1, &path, json!({})).await, "window_over");
}

#[tokio::test]
async fn an_invoice_title_changes_once() {
    let shop = TestShop::new();
    let no = shop.order_in(3, "signed").await;
    let path = format!("/api/orders/{no}/invoice");
    let (status, _) = shop.post(3, &path, json!({ "title": "个人", "email": "nobody" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, _) =
        shop.post(3, &path, json!({ "kind": "special", "title": "示例公司", "email": "a@example.com" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a special invoice needs a tax id");
    for title in ["个人", "示例公司"] {
        let (status, order) = shop.post(3, &path, json!({ "title": title, "email": "a@example.com" })).await;
        assert_eq!((status, order["invoice"]["title"].as_str()), (StatusCode::OK, Some(title)));
    }
    refused(&shop.post(3, &path, json!({ "title": "第三次", "email": "a@example.com" })).await, "once_only");
}

#[tokio::test]
async fn urging_counts_once_a_day() {
    let shop = TestShop::new();
    let no = shop.order_in(1, "packing").await;
    let path = format!("/api/orders/{no}/expedite");
    assert_eq!(shop.post(1, &path, json!({})).await.0, StatusCode::OK);
    refused(&shop.post(1, &path, json!({})).await, "once_only");
    shop.advance_hours(24);
    assert_eq!(shop.post(1, &path, json!({})).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_coupon_is_claimed_used_and_given_back() {
    let shop = TestShop::new();
    refused(&shop.post(2, "/api/coupons", json!({ "code": "NEW20" })).await, "not_eligible");
    assert_eq!(shop.post(4, "/api/coupons", json!({ "code": "NEW20" })).await.0, StatusCode::CREATED);
    refused(&shop.post(4, "/api/coupons", json!({ "code": "NEW20" })).await, "once_only");

    let cart = |variant: &str| json!({ "items": [{ "variant": variant, "quantity": 1 }], "address": address(), "coupon": "NEW20" });
    refused(&shop.post(4, "/api/orders", cart("HM7001-FOREST")).await, "below_minimum");
    let (_, order) = shop.post(4, "/api/orders", cart("HM1003-OAT-M")).await;
    assert_eq!(order["amounts"]["total"], 29_900 - 2_000, "{order}");
    refused(&shop.post(4, "/api/orders", cart("HM1003-OAT-M")).await, "coupon_spent");
    let no = order["no"].as_str().unwrap();
    shop.post(4, &format!("/api/orders/{no}/cancel"), json!({})).await;
    assert_eq!(shop.get(4, "/api/coupons").await.1["coupons"][0]["status"], "claimed");
    shop.advance_hours(24 * 7);
    refused(&shop.post(4, "/api/orders", cart("HM1003-OAT-M")).await, "coupon_spent");
}

#[tokio::test]
async fn the_quote_follows_the_shops_rules() {
    let shop = TestShop::new();
    let quote = |items: Value, more: Value| {
        let mut body = json!({ "items": items });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let amounts = async |account: u8, body: Value| shop.post(account, "/api/quote", body).await.1["amounts"].clone();
    // A notebook of 49 yuan: postage 10, or 18 to Hainan.
    let notebook = json!([{ "variant": "HM7001-FOREST", "quantity": 1 }]);
    assert_eq!(amounts(2, quote(notebook.clone(), json!({}))).await["total"], 4_900 + 1_000);
    assert_eq!(amounts(2, quote(notebook.clone(), json!({ "province": "海南省" }))).await["total"], 4_900 + 1_800);
    // SF is 15 yuan, free for gold; gift wrap is 8.
    assert_eq!(
        amounts(2, quote(notebook.clone(), json!({ "carrier": "sf", "gift_wrap": true }))).await["total"],
        4_900 + 1_000 + 1_500 + 800
    );
    assert_eq!(amounts(3, quote(notebook.clone(), json!({ "carrier": "sf" }))).await["carrier_fee"], 0);
    // Points pay a tenth at most.
    assert_eq!(amounts(3, quote(notebook.clone(), json!({ "use_points": true }))).await["points_discount"], 490);
    // In the Double 11 of next year every full 300 is 30 less.
    shop.advance_hours(24 * 350);
    let amounts = amounts(2, quote(json!([{ "variant": "HM1006-FOREST-M", "quantity": 2 }]), json!({}))).await;
    assert_eq!((amounts["goods"].as_i64(), amounts["campaign_discount"].as_i64()), (Some(119_800), Some(9_000)));
}

#[tokio::test]
async fn a_repeated_key_is_one_order() {
    let shop = TestShop::new();
    let body = json!({ "items": [{ "variant": "HM7001-FOREST", "quantity": 1 }], "address": address() });
    let (_, first) = shop.post_with_key(4, "/api/orders", body.clone(), Some("k-1")).await;
    let (status, second) = shop.post_with_key(4, "/api/orders", body.clone(), Some("k-1")).await;
    assert_eq!((status, &second["no"]), (StatusCode::CREATED, &first["no"]));
    let (_, list) = shop.get(4, "/api/orders").await;
    assert_eq!(list["orders"].as_array().unwrap().len(), 1);
    let (status, reused) = shop.post_with_key(4, "/api/coupons", json!({ "code": "NEW20" }), Some("k-1")).await;
    assert_eq!((status, reused["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("key_reused")));
}

#[tokio::test]
async fn the_last_one_is_sold_once() {
    let shop = TestShop::new();
    let variant = "HM7001-FOREST";
    let left = shop.stock("thread-notebook", variant).await;
    let body = |quantity: i64| json!({ "items": [{ "variant": variant, "quantity": quantity }], "address": address() });
    assert_eq!(shop.post(4, "/api/orders", body(left)).await.0, StatusCode::CREATED);
    refused(&shop.post(2, "/api/orders", body(1)).await, "out_of_stock");
    assert_eq!(shop.get(4, "/api/orders").await.1["orders"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_restart_keeps_the_orders() {
    let folder = std::env::temp_dir().join(format!("zg-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let catalog = Catalog::read(format!("{ROOT}/www/shop/data/products.json").as_ref()).unwrap();
    let start = Timestamp::from_second(START).unwrap();
    let orders = format!("{ROOT}/demo/data/orders.json");
    for planted in [21, 0] {
        let store = Store::open(&folder.join("shop.sqlite"), &catalog).unwrap();
        assert_eq!(seed::plant(&store, &catalog, orders.as_ref(), start).unwrap(), planted);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
