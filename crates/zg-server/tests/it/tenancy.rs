//! What belongs to others is answered as if it did not exist.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::support::{Shopper, TestApp, secret, text};

const SHOPPER_ROUTES: [(&str, &str); 8] = [
    ("GET", ""),
    ("DELETE", ""),
    ("GET", "/messages"),
    ("POST", "/messages"),
    ("GET", "/events"),
    ("POST", "/handoff"),
    ("POST", "/end"),
    ("POST", "/typing"),
];

fn body(path: &str) -> Body {
    if path == "/messages" {
        json!({ "messages": [text("shopper", "x-1", "hi")] }).to_string().into()
    } else {
        Body::empty()
    }
}

#[tokio::test]
async fn another_secret_opens_nothing() {
    let app = TestApp::new();
    let mine = app.shopper("one", "c-1").await;
    mine.say("m-1", "private").await.ok();
    let theirs = app.shopper("one", "c-2").await;
    for (method, path) in SHOPPER_ROUTES {
        for secret in [theirs.secret.clone(), secret("nobody")] {
            let stranger = Shopper { app: &app, id: "c-1".to_owned(), secret };
            let answer = app.send(stranger.request(method, path).body(body(path)).unwrap()).await;
            answer.problem(404, "not_found");
        }
        for credential in [None, Some("Bearer short"), Some("Basic YTpi"), Some("Bearer ")] {
            let mut request = Request::builder()
                .method(method)
                .uri(format!("/v1/conversations/c-1{path}"))
                .header("content-type", "application/json");
            if let Some(credential) = credential {
                request = request.header("authorization", credential);
            }
            let answer = app.send(request.body(body(path)).unwrap()).await;
            answer.problem(401, "unauthorized");
        }
    }
    assert_eq!(mine.get("").await.ok().json()["last_seq"], 1);
}

#[tokio::test]
async fn two_tenants_may_use_the_same_conversation_id() {
    let app = TestApp::new();
    let one = app.shopper("one", "c-1").await;
    let two = app.shopper("two", "c-1").await;
    one.say("m-1", "of one").await.ok();
    two.say("m-1", "of two").await.ok();
    assert_eq!(one.get("/messages").await.json()["messages"][0]["text"], "of one");
    assert_eq!(two.get("/messages").await.json()["messages"][0]["text"], "of two");
    let [ann, zoe] = [app.operator("one", "ann").await, app.operator("two", "zoe").await];
    one.post("/handoff", &Value::Null).await.ok();
    two.post("/handoff", &Value::Null).await.ok();
    assert_eq!(ann.get("/conversations/c-1").await.json()["messages"][0]["text"], "of one");
    assert_eq!(zoe.get("/conversations/c-1").await.json()["messages"][0]["text"], "of two");
}

#[tokio::test]
async fn an_operator_sees_nothing_of_another_tenant() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let zoe = app.operator("two", "zoe").await;
    let mut desk = zoe.events().await;
    desk.until("ready").await;
    shopper.say("m-1", "private").await.ok();
    shopper.post("/handoff", &Value::Null).await.ok();
    assert_eq!(zoe.get("/queue").await.ok().json()["items"], json!([]));
    zoe.get("/conversations/c-1").await.problem(404, "not_found");
    for action in ["take", "release", "end"] {
        zoe.act("c-1", action).await.problem(404, "not_found");
    }
    zoe.act("c-1", "typing").await.problem(409, "not_holder");
    zoe.reply("c-1", "r-1", "hi").await.problem(404, "not_found");
    // The first thing her stream has is of her own tenant.
    let own = app.shopper("two", "c-2").await;
    own.post("/handoff", &Value::Null).await.ok();
    assert_eq!(desk.next().await.unwrap().data["conversation"], "c-2");
}

#[tokio::test]
async fn credentials_do_not_cross_from_one_side_to_the_other() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let ann = app.operator("one", "ann").await;
    shopper.post("/handoff", &Value::Null).await.ok();
    let request = Request::get("/v1/operator/queue").header("authorization", format!("Bearer {}", shopper.secret));
    app.send(request.body(Body::empty()).unwrap()).await.problem(401, "unauthorized");
    let request = Request::get("/v1/conversations/c-1").header("cookie", &ann.cookie);
    app.send(request.body(Body::empty()).unwrap()).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_site_key_of_nobody_opens_nothing() {
    let app = TestApp::new();
    let shopper = Shopper { app: &app, id: "c-1".to_owned(), secret: secret("s") };
    shopper.open("three").await.problem(403, "unknown_site_key");
}
