//! Signing in and out, CSRF, cookies, CORS.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::support::{HOST, PASSWORD, TestApp};

#[tokio::test]
async fn signing_in_gives_a_session_and_signing_out_takes_it() {
    let app = TestApp::new();
    let ann = app.operator("one", "ann").await;
    let me = ann.get("/session").await.ok().json();
    assert_eq!(me["display_name"], "ANN");
    assert_eq!(me["csrf_token"], ann.csrf.as_str());
    let out = app.send(ann.request("DELETE", "/session").body(Body::empty()).unwrap()).await;
    assert_eq!(out.status, 204);
    ann.get("/session").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_session_ends_with_the_day_and_with_the_password() {
    let app = TestApp::new();
    let ann = app.operator("one", "ann").await;
    let bob = app.operator("one", "bob").await;
    zg_server::add_operator_to(&app.app.config(), "one", "bob", "BOB", "another password").await.unwrap();
    bob.get("/session").await.problem(401, "unauthorized");
    ann.get("/session").await.ok();
    app.clock.advance(13 * 3600 * 1000);
    ann.get("/session").await.problem(401, "unauthorized");
    assert!(zg_server::add_operator_to(&app.app.config(), "two", "bob", "BOB", PASSWORD).await.is_err());
}

#[tokio::test]
async fn wrong_name_and_wrong_password_are_told_the_same() {
    let app = TestApp::new();
    app.operator("one", "ann").await;
    let mut problems = [app.sign_in("ann", "wrong").await, app.sign_in("nobody", "wrong").await].map(|answer| {
        assert!(!answer.headers.contains_key("set-cookie"));
        answer.problem(401, "wrong_credentials")
    });
    for problem in &mut problems {
        problem["instance"] = Value::Null;
    }
    assert_eq!(problems[0], problems[1]);
}

#[tokio::test]
async fn guessing_is_slowed_by_name_and_by_address() {
    let app = TestApp::new();
    app.operator("one", "ann").await;
    let mut tried = 0;
    let refused = loop {
        let answer = app.sign_in("ann", "wrong").await;
        if answer.status == 429 {
            break answer;
        }
        tried += 1;
        assert!(tried < 20, "guessing has to be slowed");
    };
    refused.problem(429, "rate_limited");
    let seconds: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    // The right password is refused as well, else the limit would be an oracle.
    app.sign_in("ann", PASSWORD).await.problem(429, "rate_limited");
    app.clock.advance(seconds * 1000);
    app.sign_in("ann", PASSWORD).await.ok();
    // Another name each time does not help.
    let mut last = None;
    for n in 0..40 {
        last = Some(app.sign_in(&format!("name-{n}"), "wrong").await.status);
    }
    assert_eq!(last.unwrap(), 429);
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_sites() {
    let app = TestApp::with(|config| config.secure_cookies = true);
    zg_server::add_operator_to(&app.app.config(), "one", "ann", "Ann", PASSWORD).await.unwrap();
    let answer = app.sign_in("ann", PASSWORD).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    for attribute in ["__Host-zhanggui=", "; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
        assert!(cookie.contains(attribute), "{attribute} in {cookie}");
    }
    let plain = TestApp::new();
    let ann = plain.operator("one", "ann").await;
    assert!(ann.cookie.starts_with("zhanggui="));
}

#[tokio::test]
async fn unsafe_requests_need_token_and_origin() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    shopper.post("/handoff", &Value::Null).await.ok();
    let ann = app.operator("one", "ann").await;
    let routes = [
        ("DELETE", "/session"),
        ("POST", "/conversations/c-1/take"),
        ("POST", "/conversations/c-1/release"),
        ("POST", "/conversations/c-1/end"),
        ("POST", "/conversations/c-1/messages"),
        ("POST", "/conversations/c-1/typing"),
    ];
    for (method, path) in routes {
        let request = |csrf: Option<&str>, origin: &str| {
            let mut request = Request::builder()
                .method(method)
                .uri(format!("/v1/operator{path}"))
                .header("host", HOST)
                .header("cookie", &ann.cookie)
                .header("origin", origin)
                .header("content-type", "application/json");
            if let Some(csrf) = csrf {
                request = request.header("x-csrf-token", csrf);
            }
            request.body(Body::from(json!({ "id": "r-1", "text": "hi" }).to_string())).unwrap()
        };
        let own = format!("http://{HOST}");
        app.send(request(None, &own)).await.problem(403, "csrf");
        app.send(request(Some("0000"), &own)).await.problem(403, "csrf");
        for foreign in ["https://evil.example", "null", "http://desk.example.evil.example"] {
            app.send(request(Some(&ann.csrf), foreign)).await.problem(403, "foreign_origin");
        }
    }
    ann.get("/session").await.ok();
    assert_eq!(shopper.get("").await.json()["state"], "queued");
    let sign_in = Request::post("/v1/operator/session")
        .header("host", HOST)
        .header("origin", "https://evil.example")
        .header("content-type", "application/json")
        .body(Body::from(json!({ "name": "ann", "password": PASSWORD }).to_string()));
    app.send(sign_in.unwrap()).await.problem(403, "foreign_origin");
}

#[tokio::test]
async fn storefronts_may_call_shopper_routes_and_no_others() {
    let app = TestApp::with(|config| {
        config.origins = zg_server::Origins::Only(vec!["https://shop.example".to_owned()]);
    });
    let preflight = async |path: &str, origin: &str| {
        let request = Request::builder()
            .method("OPTIONS")
            .uri(path)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        answer.headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap().to_owned())
    };
    let shop = "https://shop.example";
    assert_eq!(preflight("/v1/conversations", shop).await.as_deref(), Some(shop));
    assert_eq!(preflight("/v1/conversations/c-1/messages", shop).await.as_deref(), Some(shop));
    assert_eq!(preflight("/v1/conversations", "https://evil.example").await, None);
    assert_eq!(preflight("/v1/conversations", "https://shop.example.evil.example").await, None);
    assert_eq!(preflight("/v1/operator/session", shop).await, None);
    assert_eq!(preflight("/v1/operator/conversations/c-1/take", shop).await, None);
    let request = Request::get("/v1/operator/queue").header("origin", shop).body(Body::empty()).unwrap();
    assert!(!app.send(request).await.headers.contains_key("access-control-allow-origin"));
}
