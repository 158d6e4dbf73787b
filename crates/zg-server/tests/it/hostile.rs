//! Bodies that are wrong in every way get a problem, and the server goes on.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::support::{START, TestApp, text};

#[tokio::test]
async fn bodies_that_are_wrong_get_a_problem() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let with = |field: &str, value: Value| {
        let mut message = text("shopper", "m-1", "hi");
        message[field] = value;
        json!({ "messages": [message] }).to_string()
    };
    let deep = format!("{{\"messages\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    let many: Vec<Value> = (0..201).map(|n| text("shopper", &format!("m-{n}"), "hi")).collect();
    let cases: Vec<(String, u16, &str)> = vec![
        (String::new(), 400, "malformed_json"),
        ("{".to_owned(), 400, "malformed_json"),
        ("\u{0}".to_owned(), 400, "malformed_json"),
        ("{\"messages\":1e999}".to_owned(), 400, "malformed_json"),
        (deep, 400, "malformed_json"),
        ("[]".to_owned(), 422, "invalid_request"),
        ("null".to_owned(), 422, "invalid_request"),
        (json!({}).to_string(), 422, "invalid_request"),
        (json!({ "messages": [] }).to_string(), 422, "invalid_request"),
        (json!({ "messages": many }).to_string(), 422, "invalid_request"),
        (json!({ "messages": [text("shopper", "m-1", "hi")], "admin": true }).to_string(), 422, "invalid_request"),
        (with("admin", json!(true)), 422, "invalid_request"),
        (with("seq", json!(7)), 422, "invalid_request"),
        (with("entry", json!("x")), 422, "invalid_request"),
        (with("id", json!("")), 422, "invalid_request"),
        (with("id", json!("a b")), 422, "invalid_request"),
        (with("id", json!("x".repeat(65))), 422, "invalid_request"),
        (with("id", json!(7)), 422, "invalid_request"),
        (with("at", json!("now")), 422, "invalid_request"),
        (with("kind", json!("markup")), 422, "invalid_request"),
        (with("lang", json!("<script>")), 422, "invalid_request"),
        (with("quick_replies", json!([{ "label": "a", "value": "b", "onclick": "c" }])), 422, "invalid_request"),
        (with("text", json!("字".repeat(6000))), 413, "message_too_large"),
        (with("author", json!("operator")), 403, "author_not_allowed"),
        (with("author", json!("root")), 422, "invalid_request"),
        (" ".repeat(1024 * 1024 + 1), 413, "body_too_large"),
    ];
    for (body, status, code) in cases {
        let shown: String = body.chars().take(120).collect();
        let answer = app.send(shopper.request("POST", "/messages").body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{shown}: {}", answer.text());
        answer.problem(status, code);
    }
    let joined = json!({ "id": "m-1", "author": "system", "at": START, "text": "The manager", "kind": "event", "name": "operator_joined" });
    shopper.post("/messages", &json!({ "messages": [joined] })).await.problem(403, "author_not_allowed");
    assert_eq!(shopper.get("").await.ok().json()["last_seq"], 0);
}

#[tokio::test]
async fn opening_is_checked_too() {
    let app = TestApp::new();
    let open = async |body: Value, secret: &str| {
        let request = Request::post("/v1/conversations")
            .header("authorization", format!("Bearer {secret}"))
            .header("content-type", "application/json; charset=utf-8");
        app.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    let good = json!({ "id": "c-1", "site_key": "one", "locale": "zh-Hans-CN" });
    let secret = "s".repeat(43);
    for (field, value) in [
        ("id", json!("../etc/passwd")),
        ("locale", json!("x")),
        ("locale", json!("'; DROP TABLE conversations; --")),
        ("page", json!("x".repeat(3000))),
        ("tenant", json!("two")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        open(body, &secret).await.problem(422, "invalid_request");
    }
    for weak in ["s".repeat(42), "s".repeat(129), format!("{}!", "s".repeat(43))] {
        open(good.clone(), &weak).await.problem(401, "unauthorized");
    }
    assert_eq!(open(good, &secret).await.status, 201);
}

#[tokio::test]
async fn wrong_addresses_methods_and_types_are_problems() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    app.get("/v1/nothing").await.problem(404, "not_found");
    app.get("/v1/").await.problem(404, "not_found");
    app.get("/nothing").await.problem(404, "not_found");
    app.send(shopper.request("PUT", "").body(Body::empty()).unwrap()).await.problem(405, "method_not_allowed");
    shopper.get("/messages?limit=many").await.problem(422, "invalid_request");
    shopper.get("/messages?offset=1").await.problem(422, "invalid_request");
    let request = Request::post("/v1/conversations/c-1/messages")
        .header("authorization", format!("Bearer {}", shopper.secret))
        .header("content-type", "text/plain")
        .body(Body::from(json!({ "messages": [text("shopper", "m-1", "hi")] }).to_string()));
    app.send(request.unwrap()).await.problem(415, "unsupported_media_type");
    let request =
        Request::get("/v1/conversations/%2e%2e%2f").header("authorization", format!("Bearer {}", shopper.secret));
    app.send(request.body(Body::empty()).unwrap()).await.problem(404, "not_found");
}

#[tokio::test]
async fn text_is_kept_as_it_came() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let hostile = [
        "<img src=x onerror=alert(1)>",
        "'; DROP TABLE messages; --",
        "{{constructor.constructor('alert(1)')()}}",
        "\u{202e}right to left\u{0}nul",
        "line\r\ndata: forged\n\nevent: reset\ndata: {}",
        "👩‍👩‍👧‍👦 é ﷽ \u{feff}",
    ];
    for (n, words) in hostile.iter().enumerate() {
        shopper.say(&format!("m-{n}"), words).await.ok();
    }
    let page = shopper.get("/messages").await.ok().json();
    let mut events = shopper.events(None).await;
    for (n, words) in hostile.iter().enumerate() {
        assert_eq!(page["messages"][n]["text"], *words);
        let event = events.next().await.unwrap();
        assert_eq!((event.name.as_str(), &event.data["text"]), ("message", &json!(words)));
    }
}

#[tokio::test]
async fn a_log_of_long_messages_comes_in_short_pages_and_whole() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    const N: u64 = 60;
    let long = "字".repeat(5_000);
    let messages: Vec<Value> = (0..N).map(|n| text("shopper", &format!("m-{n}"), &long)).collect();
    // Almost a megabyte in one request, written whole.
    let acks = shopper.post("/messages", &json!({ "messages": messages })).await.ok().json();
    assert_eq!(acks["acks"][59]["seq"], N);
    let (mut after, mut n_pages) = (Some(0), 0_u64);
    let mut seen = Vec::new();
    while let Some(cursor) = after {
        let answer = shopper.get(&format!("/messages?after={cursor}&limit=200")).await;
        answer.ok();
        assert!(answer.text().len() < 160 * 1024, "{}", answer.text().len());
        let page = answer.json();
        seen.extend(page["messages"].as_array().unwrap().iter().map(|message| message["seq"].as_u64().unwrap()));
        after = page["next"].as_u64();
        n_pages += 1;
    }
    assert!((6..=20).contains(&n_pages), "{n_pages}");
    assert_eq!(seen, (1..=N).collect::<Vec<_>>());
    let mut events = shopper.events(None).await;
    for n in 0..N {
        let event = events.next().await.unwrap();
        assert_eq!((event.name.as_str(), &event.data["id"]), ("message", &json!(format!("m-{n}"))));
    }
    assert_eq!(events.next().await.unwrap().name, "conversation");
}
