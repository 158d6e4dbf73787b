//! Recommendations: lists, events, products, and what is learned of them.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use zg_domain::{TenantId, Timestamp};
use zg_proto::recommend::DismissalReason;
use zg_proto::recommendation::{CatalogProduct, ContextTag, ItemName};
use zg_server::Config;
use zg_server::config::{Feed, Recommend};
use zg_server::recommend::learn;
use zg_server::storage::shop::{EventKind, NewEvent, NewEvents, NewProduct};

use crate::support::{Answer, START, TestApp, secret};

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

fn with_secrets(config: &mut Config) {
    for site in &mut config.sites {
        site.secrets = vec![<sha2::Sha256 as sha2::Digest>::digest(secret(&site.key).as_bytes()).into()];
    }
}

/// Something in each of the logs, for whoever moves databases.
pub async fn with_something(app: &TestApp) {
    let (storage, one, now) = (&app.app.storage, TenantId::new("one").unwrap(), Timestamp::from_millis(START));
    let mut dismissed = event("e-1", EventKind::Dismiss, "帽子");
    (dismissed.request, dismissed.slot) = (Some("0".repeat(32)), Some(3));
    (dismissed.reason, dismissed.context) = (Some(DismissalReason::Brand), Some(ContextTag::Cart));
    let events = vec![dismissed, NewEvent { counted: false, ..event("e-2", EventKind::End, "") }];
    storage.add_events(&one, NewEvents { visitor: [1; 16], vouched: true, events }, now).await.unwrap();
    let product =
        CatalogProduct { item: ItemName("帽子".to_owned()), margin: Some(0.25), ..CatalogProduct::default() };
    let fed = NewProduct { product: product.clone(), feed: Some([9; 16]) };
    storage.put_products(&one, vec![fed]).await.unwrap();
    storage.add_lists(&one, "{}\n".to_owned(), now).await.unwrap();
}

/// What is in them.
pub async fn everything(app: &TestApp) -> String {
    let (storage, one) = (&app.app.storage, TenantId::new("one").unwrap());
    let events = storage.events_after(&one, 0, 100).await.unwrap();
    let products = storage.products_after(&one, 0, 100).await.unwrap();
    let (fed, lists) = (storage.fed_products(&one).await.unwrap(), storage.lists_after(&one, 0, 100).await.unwrap());
    format!("{events:?} {products:?} {fed:?} {lists:?}")
}

fn event(id: &str, kind: EventKind, item: &str) -> NewEvent {
    NewEvent {
        id: id.to_owned(),
        kind,
        item: item.to_owned(),
        at: START,
        request: None,
        slot: None,
        reason: None,
        context: None,
        counted: true,
    }
}

fn shop() -> TestApp {
    TestApp::with(with_secrets)
}

/// A visitor's number.
fn visitor(name: &str) -> String {
    format!("{name:-<24}")
}

impl TestApp {
    async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    async fn as_merchant(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", secret("one")));
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    async fn list(&self, over: Value) -> Value {
        let mut request = json!({"site_key": "one", "explore": false});
        for (name, value) in over.as_object().unwrap() {
            request[name] = value.clone();
        }
        self.call("POST", "/v1/recommendations", &request).await.ok().json()
    }

    async fn items(&self, over: Value) -> Vec<String> {
        names(&self.list(over).await)
    }

    /// A visit of the merchant's own log, which ends.
    async fn visit(&self, who: &str, items: &[&str]) {
        let events = visit(items);
        let body = json!({"visitor": visitor(who), "events": events});
        self.as_merchant("POST", "/v1/events", &body).await.ok();
    }

    async fn sell(&self, products: Value) -> Value {
        self.as_merchant("PUT", "/v1/catalog", &json!({ "products": products })).await.ok().json()
    }
}

fn visit(items: &[&str]) -> Vec<Value> {
    let mut events: Vec<Value> = items
        .iter()
        .enumerate()
        .map(|(n, item)| json!({"id": format!("v-{n}"), "type": "view", "item": item, "at": START - 60_000 + 2_000 * n as i64}))
        .collect();
    events.push(json!({"id": "end", "type": "end"}));
    events
}

fn names(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item["item"].as_str().unwrap().to_owned()).collect()
}

/// Twenty visitors who look at a coat and then at a hat, and some who look at other things.
async fn with_history(app: &TestApp) {
    for n in 0..20 {
        app.visit(&format!("a-{n}"), &["coat", "hat", "scarf"]).await;
    }
    for n in 0..5 {
        app.visit(&format!("b-{n}"), &["pan", "lid"]).await;
        app.visit(&format!("c-{n}"), &["coat", "boots"]).await;
    }
    learn(&app.app).await;
}

#[tokio::test]
async fn an_empty_shop_learns_from_visits_as_they_end() {
    let app = shop();
    let nothing = app.list(json!({"session": ["coat"]})).await;
    assert_eq!((&nothing["items"], &nothing["empty"]), (&json!([]), &json!("no_items")));
    with_history(&app).await;
    let list = app.list(json!({"session": ["coat"], "k": 3})).await;
    assert_eq!(names(&list)[0], "hat");
    let first = &list["items"][0];
    assert_eq!(
        (&first["reason"], &first["slot"], &first["propensity"]),
        (&json!("viewed_after"), &json!(0), &json!(1.0))
    );
    assert_eq!((&first["because"]["item"], &first["because"]["sessions"]), (&json!("coat"), &json!(20)));
    // A visit that has not ended is nobody else's yet; it ends by itself.
    for n in 0..40 {
        let events = json!([{"id": "1", "type": "view", "item": "pan"}, {"id": "2", "type": "view", "item": "spoon"}]);
        let body = json!({"visitor": visitor(&format!("d-{n}")), "events": events});
        app.as_merchant("POST", "/v1/events", &body).await.ok();
    }
    learn(&app.app).await;
    assert_eq!(app.items(json!({"session": ["pan"], "k": 1})).await, ["lid"]);
    app.clock.advance(31 * MINUTE);
    learn(&app.app).await;
    assert_eq!(app.items(json!({"session": ["pan"], "k": 1})).await, ["spoon"]);
    // Another tenant knows nothing of it.
    let other = json!({"site_key": "two", "session": ["coat"]});
    assert_eq!(app.call("POST", "/v1/recommendations", &other).await.ok().json()["items"], json!([]));
}

#[tokio::test]
async fn the_same_request_gives_the_same_bytes() {
    let app = shop();
    with_history(&app).await;
    for over in [
        json!({"session": ["coat"]}),
        json!({"session": ["coat", "hat"], "visitor": visitor("x"), "explore": true, "k": 2}),
        json!({"session": []}),
        json!({"session": ["unknown"]}),
        json!({"session": ["pan"], "liked": ["coat"], "dismissed": [{"item": "lid", "reason": "item"}]}),
    ] {
        let mut request = over;
        request["site_key"] = json!("one");
        let first = app.call("POST", "/v1/recommendations", &request).await.ok().bytes.clone();
        for _ in 0..5 {
            assert_eq!(app.call("POST", "/v1/recommendations", &request).await.ok().bytes, first, "{request}");
        }
    }
    // What was learned meanwhile has another name.
    let before = app.list(json!({"session": ["coat"]})).await;
    app.visit("later", &["coat", "gloves"]).await;
    learn(&app.app).await;
    let after = app.list(json!({"session": ["coat"]})).await;
    assert_ne!((&before["request"], &before["version"]), (&after["request"], &after["version"]));
}

#[tokio::test]
async fn there_is_a_list_while_anything_may_be_sold_and_nothing_else_is_in_it() {
    let app = shop();
    with_history(&app).await;
    let many: Vec<String> =
        (0..10_000).map(|n| if n % 2 == 0 { "coat".to_owned() } else { format!("x-{n}") }).collect();
    for over in [
        json!({}),
        json!({"session": ["never heard of"]}),
        json!({"session": ["coat", "hat", "scarf", "pan", "lid"]}),
        json!({"session": many}),
        json!({"session": [17, "coat"]}),
        json!({"hidden": ["coat", "hat", "scarf", "pan", "lid"]}),
        json!({"interests": {"categories": {"没有": 1.0}}}),
        json!({"price": [0, 1]}),
        json!({"context": "after_complaint", "k": 200}),
    ] {
        let list = app.list(over.clone()).await;
        assert!(!names(&list).is_empty(), "{over}");
        assert!(list["items"].as_array().unwrap().iter().all(|item| item["score"].as_f64().unwrap().is_finite()));
    }
    let everything = ["coat", "hat", "scarf", "pan", "lid", "boots"];
    let none = app.list(json!({ "hidden": everything })).await;
    assert_eq!((&none["items"], &none["empty"]), (&json!([]), &json!("all_excluded")));
    assert_eq!(app.items(json!({"session": everything, "exclude": "none", "k": 6})).await.len(), 6);
    assert_eq!(app.items(json!({"session": everything, "exclude": "last", "k": 6})).await.len(), 5);
    // Waved away, hidden and sold out.
    let shown = app.items(json!({"session": ["coat"], "dismissed": [{"item": "hat"}], "hidden": ["scarf"]})).await;
    assert!(!shown.iter().any(|item| item == "hat" || item == "scarf"), "{shown:?}");
    app.sell(json!([{"item": "hat", "in_stock": false}])).await;
    assert!(!app.items(json!({"session": ["coat"]})).await.contains(&"hat".to_owned()));
    assert!(app.items(json!({"session": ["coat"]})).await.contains(&"scarf".to_owned()), "others stay for sale");
}

#[tokio::test]
async fn what_cannot_be_answered_says_why() {
    let app = shop();
    for over in [
        json!({"k": 0}),
        json!({"k": 201}),
        json!({"k": -1}),
        json!({"k": 1.5}),
        json!({"session": "coat"}),
        json!({"session": [""]}),
        json!({"session": ["x".repeat(256)]}),
        json!({"session": ["a\nb"]}),
        json!({"session": [null]}),
        json!({"session": vec!["a"; 20_001]}),
        json!({"exclude": "all"}),
        json!({"dismissed": [{"item": "a", "reason": "mood"}]}),
        json!({"price": [5, 1]}),
        json!({"price": [-1, 1]}),
        json!({"interests": {"categories": {"a": -1}}}),
        json!({"interests": {"brands": {"a": 1e300}}}),
        json!({"visitor": "short"}),
        json!({"visitor": "has a space in it…"}),
        json!({"context": "elsewhere"}),
        json!({"unknown": 1}),
        json!({"liked": vec!["a"; 501]}),
    ] {
        let mut request = json!({"site_key": "one"});
        for (name, value) in over.as_object().unwrap() {
            request[name] = value.clone();
        }
        let answer = app.call("POST", "/v1/recommendations", &request).await;
        assert_eq!(answer.status, 422, "{over}: {}", answer.text());
        assert!(!answer.json()["detail"].as_str().unwrap().is_empty(), "{over}");
    }
    for text in
        [r#"{"site_key":"one","k":1,"k":2}"#, r#"{"site_key":"one","price":[NaN,1]}"#, "{", "", r#"{"k":1e999}"#]
    {
        let request = Request::post("/v1/recommendations").header("content-type", "application/json");
        app.send(request.body(text.to_owned().into()).unwrap()).await.problem(400, "malformed_json");
    }
    app.call("POST", "/v1/recommendations", &json!({})).await.problem(401, "unauthorized");
    app.call("POST", "/v1/recommendations", &json!({"site_key": "nobody"})).await.problem(403, "unknown_site_key");
    let foreign = Request::post("/v1/recommendations")
        .header("content-type", "application/json")
        .header("origin", "https://evil.example");
    let body = json!({"site_key": "one"}).to_string();
    app.send(foreign.body(body.into()).unwrap()).await.problem(403, "foreign_origin");
    for (path, body) in [("/v1/recommendations", json!({})), ("/v1/catalog", json!({"products": []}))] {
        let request = Request::builder()
            .method(if path == "/v1/catalog" { "PUT" } else { "POST" })
            .uri(path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", secret("nobody")));
        app.send(request.body(body.to_string().into()).unwrap()).await.problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn an_event_counts_once_and_one_that_is_wrong_costs_no_other() {
    let app = shop();
    let events = json!([
        {"id": "1", "type": "view", "item": "coat", "at": START},
        {"id": "1", "type": "view", "item": "hat", "at": START},
        {"id": "2", "type": "glance", "item": "hat"},
        {"id": "3", "type": "erased", "item": "hat"},
        {"id": "x".repeat(65), "type": "view", "item": "hat"},
        {"id": "", "type": "view", "item": "hat"},
        {"type": "view", "item": "hat"},
        {"id": "4", "type": "view", "item": "hat", "at": "NaN"},
        {"id": "5", "type": "view", "item": "hat", "at": -1},
        {"id": "6", "type": "view", "item": "hat", "at": START + 10 * MINUTE},
        {"id": "7", "type": "view", "item": "hat", "at": START - 31 * DAY},
        {"id": "8", "type": "view", "item": "hat", "at": 1e300},
        {"id": "9", "type": "view"},
        {"id": "10", "type": "view", "item": "x".repeat(256)},
        {"id": "11", "type": "view", "item": ["hat"]},
        {"id": "12", "type": "click", "item": "hat", "request": "not ours"},
        {"id": "13", "type": "click", "item": "hat", "request": "0".repeat(32), "slot": -1},
        {"id": "14", "type": "dismiss", "item": "hat", "reason": "mood"},
        {"id": "15", "type": "view", "item": "hat", "price": 5},
        17,
        null,
        {"id": "16", "type": "end"},
        {"id": "17", "type": "purchase", "item": 4711},
    ]);
    let body = json!({"site_key": "one", "visitor": visitor("v"), "events": events});
    let taken = app.call("POST", "/v1/events", &body).await.ok().json();
    let of = |taken: &Value| -> Vec<String> {
        let all = taken["events"].as_array().unwrap().iter();
        all.map(|event| event["code"].as_str().or(event["status"].as_str()).unwrap().to_owned()).collect()
    };
    let want = [
        "accepted",
        "duplicate",
        "unknown_type",
        "unknown_type",
        "invalid_id",
        "invalid_id",
        "invalid_id",
        "invalid_time",
        "invalid_time",
        "in_future",
        "too_old",
        "invalid_time",
        "invalid_item",
        "invalid_item",
        "invalid_item",
        "invalid_request",
        "malformed",
        "malformed",
        "malformed",
        "malformed",
        "malformed",
        "accepted",
        "accepted",
    ];
    assert_eq!(of(&taken), want);
    assert_eq!(taken["events"][6]["id"], "");
    // A retry finds what it wrote; the same id of another visitor, and of another tenant, is another event.
    let again = of(&app.call("POST", "/v1/events", &body).await.ok().json());
    assert_eq!((again[0].as_str(), again[21].as_str(), again[22].as_str()), ("duplicate", "duplicate", "duplicate"));
    let one = json!([{"id": "1", "type": "view", "item": "coat"}]);
    for (key, who) in [("one", "w"), ("two", "v")] {
        let body = json!({"site_key": key, "visitor": visitor(who), "events": one});
        assert_eq!(of(&app.call("POST", "/v1/events", &body).await.ok().json()), ["accepted"]);
    }
    for body in [
        json!({"site_key": "one", "visitor": visitor("v"), "events": []}),
        json!({"site_key": "one", "visitor": visitor("v"), "events": vec![one[0].clone(); 501]}),
        json!({"site_key": "one", "visitor": "v", "events": one}),
        json!({"site_key": "one", "events": one}),
    ] {
        app.call("POST", "/v1/events", &body).await.problem(422, "invalid_request");
    }
    // What the merchant says of the past is believed.
    let old = json!([{"id": "old", "type": "purchase", "item": "coat", "at": START - 300 * DAY}]);
    let body = json!({"visitor": visitor("v"), "events": old});
    assert_eq!(of(&app.as_merchant("POST", "/v1/events", &body).await.ok().json()), ["accepted"]);
}

/// A page's visit, from an address.
async fn browse(app: &TestApp, address: &str, who: &str, n: usize, items: &[&str]) {
    let mut events = visit(items);
    for event in &mut events {
        event["id"] = json!(format!("{n}-{}", event["id"].as_str().unwrap()));
    }
    let body = json!({"site_key": "one", "visitor": visitor(who), "events": events});
    let request =
        Request::post("/v1/events").header("content-type", "application/json").header("x-forwarded-for", address);
    app.send(request.body(body.to_string().into()).unwrap()).await.ok();
}

#[tokio::test]
async fn a_flood_of_one_visitor_or_of_one_address_moves_nobodys_list() {
    let app = TestApp::with(|config| {
        with_secrets(config);
        config.trust_proxy = true;
    });
    // Items that are looked at after the coat, the first of them most.
    let after: Vec<String> = (0..21).map(|n| format!("after-{n:02}")).collect();
    for (n, item) in after.iter().enumerate() {
        for who in 0..(23 - n) {
            app.visit(&format!("h-{n}-{who}"), &["coat", item]).await;
        }
    }
    learn(&app.app).await;
    let before = app.items(json!({"session": ["coat"], "k": 20})).await;
    assert_eq!(before, after[..20]);
    // One visitor who comes back for ever: written at once, as so many requests would.
    let one = TenantId::new("one").unwrap();
    for batch in 0..100 {
        let mut events = Vec::new();
        for n in 0..100 {
            events.push(event(&format!("{batch}-{n}-1"), EventKind::View, "coat"));
            events.push(event(&format!("{batch}-{n}-2"), EventKind::View, "junk"));
            events.push(event(&format!("{batch}-{n}-3"), EventKind::End, ""));
        }
        let flood = NewEvents { visitor: [7; 16], vouched: false, events };
        app.app.storage.add_events(&one, flood, Timestamp::from_millis(START)).await.unwrap();
    }
    learn(&app.app).await;
    assert_eq!(app.items(json!({"session": ["coat"], "k": 20})).await, before);
    // One address that makes up visitors.
    for n in 0..200 {
        browse(&app, "203.0.113.9", &format!("made-up-{n}"), n, &["coat", "rubbish"]).await;
    }
    learn(&app.app).await;
    assert_eq!(app.items(json!({"session": ["coat"], "k": 20})).await, before);
    // The same from two hundred addresses is what shoppers like.
    for n in 0..200 {
        browse(&app, &format!("198.51.{}.{}", n / 100, n % 100), &format!("real-{n}"), n, &["coat", "jacket"]).await;
    }
    learn(&app.app).await;
    assert_eq!(app.items(json!({"session": ["coat"], "k": 1})).await, ["jacket"]);
}

#[tokio::test]
async fn robots_are_not_learned_from() {
    let app = shop();
    with_history(&app).await;
    let before = app.items(json!({"session": ["coat"]})).await;
    for n in 0..30 {
        let items: Vec<String> =
            (0..60).map(|item| if item == 0 { "coat".to_owned() } else { format!("junk-{item}") }).collect();
        let mut events = visit(&items.iter().map(String::as_str).collect::<Vec<_>>());
        for (at, event) in events.iter_mut().enumerate().take(60) {
            // Ten clicks a second.
            event["at"] = json!(START - 60_000 + 100 * at as i64);
        }
        let body = json!({"visitor": visitor(&format!("robot-{n}")), "events": events});
        app.as_merchant("POST", "/v1/events", &body).await.ok();
    }
    learn(&app.app).await;
    assert_eq!(app.items(json!({"session": ["coat"]})).await, before);
}

#[tokio::test]
async fn what_a_visitor_says_is_known_to_their_next_list() {
    let app = shop();
    with_history(&app).await;
    let me = visitor("me");
    let asked = || json!({"session": ["coat"], "visitor": me});
    assert!(app.items(asked()).await.contains(&"hat".to_owned()));
    let say = async |id: &str, kind: &str, item: &str| {
        let events = json!([{"id": id, "type": kind, "item": item}]);
        app.call("POST", "/v1/events", &json!({"site_key": "one", "visitor": me, "events": events})).await.ok();
        learn(&app.app).await;
    };
    say("1", "dismiss", "hat").await;
    say("2", "purchase", "scarf").await;
    let now = app.items(asked()).await;
    assert!(!now.contains(&"hat".to_owned()) && !now.contains(&"scarf".to_owned()), "{now:?}");
    let others = app.items(json!({"session": ["coat"], "visitor": visitor("you")})).await;
    assert!(others.contains(&"hat".to_owned()) && others.contains(&"scarf".to_owned()));
    say("3", "like", "hat").await;
    assert!(app.items(asked()).await.contains(&"hat".to_owned()), "the last word counts");
    // Erased, nothing is known, and nobody without the number can erase it.
    let path = |id: &str| format!("/v1/visitors/{id}?site_key=one");
    let erase = async |path: String| app.send(Request::delete(path).body(Body::empty()).unwrap()).await;
    erase(path(&visitor("you"))).await.ok();
    learn(&app.app).await;
    assert!(!app.items(asked()).await.contains(&"scarf".to_owned()));
    erase(path(&me)).await.ok();
    learn(&app.app).await;
    assert!(app.items(asked()).await.contains(&"scarf".to_owned()));
    erase(path("short")).await.problem(404, "not_found");
    erase(format!("/v1/visitors/{me}")).await.problem(401, "unauthorized");
    let one = TenantId::new("one").unwrap();
    let left = app.app.storage.events_after(&one, 0, 1_000).await.unwrap();
    assert!(left.iter().all(|event| !["1", "2", "3"].contains(&event.event.id.as_str())));
}

#[tokio::test]
async fn a_visit_that_was_erased_is_learned_from_by_nobody() {
    let app = shop();
    with_history(&app).await;
    for n in 0..50 {
        let who = visitor(&format!("gone-{n}"));
        let events =
            json!([{"id": "1", "type": "view", "item": "coat"}, {"id": "2", "type": "view", "item": "secret"}]);
        app.as_merchant("POST", "/v1/events", &json!({"visitor": who, "events": events})).await.ok();
        learn(&app.app).await;
        app.as_merchant("DELETE", &format!("/v1/visitors/{who}"), &Value::Null).await.ok();
    }
    app.clock.advance(31 * MINUTE);
    learn(&app.app).await;
    assert!(!app.items(json!({"session": ["coat"]})).await.contains(&"secret".to_owned()));
}

#[tokio::test]
async fn products_are_merged_and_come_with_the_list() {
    let app = shop();
    with_history(&app).await;
    let product = json!({
        "item": "hat", "title": "羊毛帽", "price": "129.00", "currency": "CNY", "url": "https://shop.example/hat",
        "image": "/hat.jpg", "category": "帽子", "brand": "暖"
    });
    assert_eq!(app.sell(json!([product])).await, json!({"added": 1, "changed": 0, "removed": 0, "unchanged": 0}));
    assert_eq!(app.sell(json!([product])).await["unchanged"], 1);
    assert_eq!(app.sell(json!([{"item": "hat", "price": "99.00"}])).await["changed"], 1);
    let list = app.list(json!({"session": ["coat"], "k": 1})).await;
    assert_eq!(
        list["items"][0]["product"],
        json!({"title": "羊毛帽", "price": "99.00", "currency": "CNY", "url": "https://shop.example/hat", "image": "/hat.jpg"})
    );
    let cheap = app.items(json!({"session": ["coat"], "price": [0, 50]})).await;
    assert!(!cheap.contains(&"hat".to_owned()) && cheap.contains(&"scarf".to_owned()), "{cheap:?}");
    let interested = app.list(json!({"interests": {"categories": {" 帽子": 2}}, "k": 2})).await;
    assert_eq!(names(&interested)[0], "hat");
    assert_eq!(
        (&interested["items"][0]["reason"], &interested["items"][0]["because"]),
        (&json!("same_category"), &json!({"category": "帽子"}))
    );
    assert_eq!(names(&interested).len(), 2, "it is filled with what is popular");
    assert_eq!(app.sell(json!([{"item": "hat", "removed": true}])).await["removed"], 1);
    assert!(!app.items(json!({"session": ["coat"]})).await.contains(&"hat".to_owned()));
    for wrong in [
        json!({"item": ""}),
        json!({"item": "a", "url": "javascript:alert(1)"}),
        json!({"item": "a", "image": "//evil.example/x"}),
        json!({"item": "a", "price": "NaN"}),
        json!({"item": "a", "price": "-1"}),
        json!({"item": "a", "currency": "元"}),
        json!({"item": "a", "margin": 2}),
        json!({"item": "a", "title": "x".repeat(1_001)}),
        json!({"item": "a", "stock": 3}),
    ] {
        let answer = app.as_merchant("PUT", "/v1/catalog", &json!({"products": [wrong]})).await;
        assert_eq!(answer.status, 422, "{wrong}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_feed_is_read_when_it_changes_and_says_all_there_is() {
    let folder = crate::support::Folder::new();
    let path = folder.0.join("products.jsonl");
    let write = |lines: &[Value]| {
        std::fs::write(&path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    };
    write(&[json!({"item": "hat"}), json!({"item": "scarf", "title": "围巾"}), json!({"item": "boots"})]);
    let feed = path.clone();
    let app = TestApp::with(|config| {
        with_secrets(config);
        let recommend = Recommend { catalog: Some(Feed::File(feed)), ..Recommend::default() };
        config.sites[0].recommend = Some(recommend.into());
    });
    with_history(&app).await;
    let list = async || {
        let mut items = app.items(json!({"session": ["coat"], "k": 10})).await;
        items.sort();
        items
    };
    assert_eq!(list().await, ["boots", "hat", "scarf"], "what the feed lacks is not for sale");
    // A stock that was told holds until the feed says something else of that product.
    app.sell(json!([{"item": "hat", "in_stock": false}])).await;
    assert_eq!(list().await, ["boots", "scarf"]);
    write(&[json!({"item": "hat"}), json!({"item": "scarf", "title": "羊毛围巾"}), json!({"item": "new thing"})]);
    learn(&app.app).await;
    assert_eq!(list().await, ["new thing", "scarf"]);
    write(&[json!({"item": "hat", "title": "帽子"}), json!({"item": "scarf", "title": "羊毛围巾"})]);
    learn(&app.app).await;
    assert_eq!(list().await, ["hat", "scarf"]);
    // Pages may report an article number: it is the product.
    let hat = json!({"item": "hat", "title": "帽子", "also": ["SKU-9", "SKU-10"]});
    write(&[hat, json!({"item": "scarf", "title": "羊毛围巾"}), json!({"item": "boots"})]);
    learn(&app.app).await;
    for n in 0..30 {
        app.visit(&format!("sku-{n}"), &["boots", "SKU-9", "SKU-10"]).await;
    }
    learn(&app.app).await;
    assert_eq!(app.items(json!({"session": ["boots"], "k": 1})).await, ["hat"]);
    assert!(!app.items(json!({"session": ["boots", "SKU-10"]})).await.contains(&"hat".to_owned()), "it was seen");
    assert_eq!(list().await, ["boots", "hat", "scarf"]);
    write(&[json!({"item": "hat", "title": "帽子"}), json!({"item": "scarf", "title": "羊毛围巾"})]);
    learn(&app.app).await;
    // A feed that cannot be read, or is empty, changes nothing.
    for broken in ["", "{\"item\":", "{\"item\":\"\"}\n"] {
        std::fs::write(&path, broken).unwrap();
        learn(&app.app).await;
        assert_eq!(list().await, ["hat", "scarf"], "{broken:?}");
    }
}

#[tokio::test]
async fn what_was_learned_outlives_the_process_whether_or_not_it_was_saved() {
    let app = shop();
    with_history(&app).await;
    app.sell(json!([{"item": "hat", "title": "帽子", "in_stock": true}])).await;
    // A visit that goes on while the server stops.
    let me = json!({"visitor": visitor("me"), "events": [{"id": "1", "type": "view", "item": "coat"}]});
    app.as_merchant("POST", "/v1/events", &me).await.ok();
    learn(&app.app).await;
    let before = app.list(json!({"session": ["coat"], "k": 5})).await;
    let snapshots = app.folder.0.join("recommend");
    let mut again = app;
    for how in ["killed", "saved", "saved again", "damaged"] {
        if how.starts_with("saved") {
            zg_server::recommend::close(&again.app).await;
            assert!(std::fs::read_dir(&snapshots).unwrap().count() >= 2, "{how}");
        }
        if how == "damaged" {
            for file in std::fs::read_dir(&snapshots).unwrap() {
                let path = file.unwrap().path();
                let mut bytes = std::fs::read(&path).unwrap();
                let at = bytes.len() / 2;
                bytes[at] ^= 1;
                std::fs::write(&path, bytes).unwrap();
            }
        }
        again = again.restart();
        let after = again.list(json!({"session": ["coat"], "k": 5})).await;
        assert_eq!(names(&after), names(&before), "{how}");
        let sessions = |list: &Value| list["items"][0]["because"]["sessions"].clone();
        assert_eq!(sessions(&after), sessions(&before), "{how}: nothing counts twice");
    }
    // The visit goes on, and counts as one.
    let rest = json!({"visitor": visitor("me"), "events": [{"id": "2", "type": "view", "item": "hat"}, {"id": "3", "type": "end"}]});
    again.as_merchant("POST", "/v1/events", &rest).await.ok();
    learn(&again.app).await;
    let list = again.list(json!({"session": ["coat"], "k": 5})).await;
    assert_eq!(list["items"][0]["because"]["sessions"], 21);
}

#[tokio::test]
async fn lists_are_kept_for_whoever_judges_another_way_to_rank() {
    let app = TestApp::with(|config| {
        with_secrets(config);
        let recommend = Recommend { explore: 0.5, ..Recommend::default() };
        config.sites[0].recommend = Some(recommend.into());
    });
    with_history(&app).await;
    let mut explored = 0;
    for n in 0..200 {
        let asked = json!({"session": ["coat"], "k": 3, "visitor": visitor(&format!("e-{n}")), "explore": true});
        let list = app.list(asked).await;
        for (slot, item) in list["items"].as_array().unwrap().iter().enumerate() {
            let propensity = item["propensity"].as_f64().unwrap();
            assert!(propensity > 0.0 && propensity <= 1.0 && (slot > 0 || propensity == 1.0), "{item}");
            explored += usize::from(item["reason"] == "explored");
        }
    }
    assert!((60..140).contains(&explored), "half of the lists, {explored}");
    learn(&app.app).await;
    let one = TenantId::new("one").unwrap();
    let lines: String =
        app.app.storage.lists_after(&one, 0, 100).await.unwrap().into_iter().map(|(_, lines)| lines).collect();
    assert_eq!(lines.lines().count(), 200);
    assert!(!lines.contains("e-1"), "nobody's number is in them");
    let list: zg_proto::recommendation::LoggedList<'static> =
        zg_proto::from_json(lines.lines().next().unwrap()).unwrap();
    assert_eq!((list.items.len(), &*list.policy, &*list.session[0]), (3, "session", "coat"));
    assert!(!list.considered.is_empty());
}

#[tokio::test]
async fn the_logs_are_each_tenants_and_in_their_order() {
    let app = shop();
    let (storage, one, two) = (&app.app.storage, TenantId::new("one").unwrap(), TenantId::new("two").unwrap());
    let at = |seconds: i64| Timestamp::from_millis(START + 1_000 * seconds);
    with_something(&app).await;
    let all = storage.events_after(&one, 0, 10).await.unwrap();
    assert_eq!(all.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((all[0].event.reason, all[0].event.context), (Some(DismissalReason::Brand), Some(ContextTag::Cart)));
    assert!(all[0].vouched && all[0].event.counted && !all[1].event.counted);
    assert_eq!(storage.events_after(&two, 0, 10).await.unwrap(), []);
    // Many at once: each number once, none passed over, and of one id one is taken.
    let writes = (0..40).map(|n: usize| {
        let events = vec![event("same", EventKind::View, "a"), event(&format!("own-{n}"), EventKind::View, "a")];
        storage.add_events(&one, NewEvents { visitor: [2; 16], vouched: false, events }, at(1))
    });
    let taken = futures_util::future::join_all(writes).await;
    let taken: Vec<Vec<bool>> = taken.into_iter().map(Result::unwrap).collect();
    assert_eq!(taken.iter().filter(|taken| taken[0]).count(), 1);
    assert!(taken.iter().all(|taken| taken[1]));
    let mut after = 0;
    let mut n = 0;
    loop {
        let page = storage.events_after(&one, after, 7).await.unwrap();
        assert!(page.windows(2).all(|two| two[0].seq < two[1].seq));
        let Some(last) = page.last() else { break };
        assert!(page[0].seq > after);
        (after, n) = (last.seq, n + page.len());
    }
    assert_eq!(n, 2 + 1 + 40);
    // Erased are one visitor's of one tenant; that they are is itself in the log.
    let theirs = || NewEvents { visitor: [2; 16], vouched: false, events: vec![event("e", EventKind::View, "a")] };
    storage.add_events(&two, theirs(), at(2)).await.unwrap();
    assert_eq!(storage.erase_visitor(&one, [2; 16], at(3)).await.unwrap(), 41);
    assert_eq!(storage.erase_visitor(&one, [2; 16], at(3)).await.unwrap(), 0);
    let left = storage.events_after(&one, 2, 100).await.unwrap();
    assert!(left.iter().all(|event| event.event.kind == EventKind::Erased && event.seq > after), "{left:?}");
    assert_eq!(storage.events_after(&two, 0, 10).await.unwrap().len(), 1);
    // What is forgotten leaves its number to nothing else.
    storage.forget_before(&one, at(10)).await.unwrap();
    assert_eq!(storage.events_after(&one, 0, 10).await.unwrap(), []);
    assert_eq!(storage.lists_after(&one, 0, 10).await.unwrap(), []);
    storage.add_events(&one, theirs(), at(11)).await.unwrap();
    assert!(storage.events_after(&one, 0, 10).await.unwrap()[0].seq > after);
    assert_eq!(storage.events_after(&two, 0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn products_are_merged_by_who_speaks_of_them() {
    let app = shop();
    let (storage, one) = (&app.app.storage, TenantId::new("one").unwrap());
    let product = |title: Option<&str>, in_stock, removed| CatalogProduct {
        item: ItemName("A".to_owned()),
        title: title.map(str::to_owned),
        in_stock,
        removed,
        ..CatalogProduct::default()
    };
    let put = async |product: CatalogProduct, feed: Option<u8>| {
        let new = NewProduct { product, feed: feed.map(|byte| [byte; 16]) };
        let changes = storage.put_products(&one, vec![new]).await.unwrap();
        let all = storage.products_after(&one, 0, 10).await.unwrap();
        assert_eq!(all.len(), 1);
        let CatalogProduct { title, in_stock, removed, .. } = all[0].1.clone();
        ((changes.added, changes.changed, changes.removed, changes.unchanged), (title, in_stock, removed))
    };
    let title = |text: &str| Some(text.to_owned());
    assert_eq!(put(product(Some("a"), None, false), Some(1)).await, ((1, 0, 0, 0), (title("a"), None, false)));
    assert_eq!(put(product(None, Some(false), false), None).await, ((0, 1, 0, 0), (title("a"), Some(false), false)));
    assert_eq!(put(product(Some("a"), None, false), Some(1)).await, ((0, 0, 0, 1), (title("a"), Some(false), false)));
    assert_eq!(put(product(Some("b"), None, false), Some(2)).await, ((0, 1, 0, 0), (title("b"), None, false)));
    assert_eq!(put(product(None, None, true), Some(0)).await, ((0, 0, 1, 0), (title("b"), None, true)));
    assert_eq!(storage.fed_products(&one).await.unwrap(), []);
    assert_eq!(put(product(Some("b"), None, false), Some(2)).await, ((1, 0, 0, 0), (title("b"), None, false)));
    assert_eq!(put(product(None, None, true), None).await, ((0, 0, 1, 0), (title("b"), None, true)));
    // Twice in one batch: the last word counts.
    let new = |in_stock| NewProduct { product: product(None, Some(in_stock), false), feed: None };
    storage.put_products(&one, vec![new(true), new(false)]).await.unwrap();
    assert_eq!(storage.products_after(&one, 0, 10).await.unwrap()[0].1.in_stock, Some(false));
}

#[tokio::test]
async fn another_index_is_taken_while_the_server_runs() {
    let folder = crate::support::Folder::new();
    let path = folder.0.join("shop.zgrx");
    let write = |after: &str| {
        let from = (START / 1_000 - 100_000) as f64;
        let mut index = zg_recommend::Index::empty(zg_recommend::Knobs::default(), from);
        for n in 0..10 {
            index.insert(["coat", after], from + f64::from(n));
        }
        std::fs::write(&path, index.save()).unwrap();
    };
    write("hat");
    let index = path.clone();
    let app = TestApp::with(|config| {
        with_secrets(config);
        let recommend = Recommend { index: Some(index), ..Recommend::default() };
        config.sites[0].recommend = Some(recommend.into());
    });
    let first = async || app.items(json!({"session": ["coat"], "k": 1})).await;
    assert_eq!(first().await, ["hat"]);
    app.visit("me", &["coat", "boots"]).await;
    learn(&app.app).await;
    write("a scarf");
    learn(&app.app).await;
    assert_eq!(first().await, ["a scarf"]);
    assert!(app.items(json!({"session": ["coat"]})).await.contains(&"boots".to_owned()), "what was learned stays");
    std::fs::write(&path, "ZGRX and nothing else").unwrap();
    learn(&app.app).await;
    assert_eq!(first().await, ["a scarf"]);
}

#[tokio::test]
async fn the_feed_comes_from_an_address_that_may_be_called() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let n = stream.read(&mut head).await.unwrap();
            assert!(head[..n].starts_with(b"GET /feed?key=1 HTTP/1.1\r\n"));
            let body = "[{\"item\":\"from afar\",\"title\":\"远\"}]";
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    for (allowed, items) in [("\"127.0.0.0/8\"", vec!["from afar"]), ("\"10.0.0.0/8\"", vec![])] {
        let text = format!(
            "[[sites]]\nkey = \"one\"\ntenant = \"one\"\n[sites.recommend]\ncatalog = \"http://{address}/feed?key=1\"\nallow_private = [{allowed}]"
        );
        let sites = Config::from_toml(&text).unwrap().sites;
        let app = TestApp::with(|config| config.sites = sites);
        learn(&app.app).await;
        assert_eq!(app.items(json!({})).await, items, "{allowed}");
    }
    let plain = "[[sites]]\nkey = \"k\"\ntenant = \"t\"\n[sites.recommend]\ncatalog = \"http://shop.example/feed\"";
    assert!(Config::from_toml(plain).unwrap_err().to_string().contains("allow_private"));
}
