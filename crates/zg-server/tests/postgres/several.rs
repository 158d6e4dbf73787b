//! Several processes on one database: here each is a server of its own in one process; `zg-harness` starts real ones.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::Request;
use rusqlite::Connection;
use serde_json::{Value, json};
use zg_domain::TenantId;
use zg_harness::services::{Nats, may_skip, nats_program};
use zg_proto::recommendation::{CatalogProduct, ItemName};
use zg_server::storage::settings;
use zg_server::storage::shop::NewProduct;

use crate::support::{Events, Operator, Shopper, TestApp};
use crate::{CLUSTER, shared};

/// Two servers on one schema, with NATS where it is given.
fn two(schema: &str, nats: Option<&Nats>) -> Option<(TestApp, TestApp)> {
    let url = CLUSTER.as_ref()?.schema(schema).unwrap();
    let one = || {
        TestApp::with(|config| {
            let mut shared = shared(&url);
            shared.nats = nats.map(|nats| settings::Nats::read(nats.url()).unwrap());
            config.storage = Some(shared);
        })
    };
    Some((one(), one()))
}

fn at<'a>(app: &'a TestApp, shopper: &Shopper<'_>) -> Shopper<'a> {
    Shopper { app, id: shopper.id.clone(), secret: shopper.secret.clone() }
}

#[tokio::test]
async fn what_one_server_takes_another_one_tells() {
    let Some((a, b)) = two("told", None) else { return };
    assert_eq!(a.app.storage.epoch(), b.app.storage.epoch());
    let shopper = a.shopper("one", "c-1").await;
    let mut events = at(&b, &shopper).events(None).await;
    events.until("conversation").await;
    for n in 0..5 {
        shopper.say(&format!("m-{n}"), "hello").await.ok();
        assert_eq!(events.until("message").await.data["seq"], n + 1);
    }
    // A retry that another server gets finds what this one wrote.
    let again = at(&b, &shopper).say("m-0", "hello").await.ok().json();
    assert_eq!(again["acks"][0]["duplicate"], true);
    // The desk of the one hears of the queue of the other, and who is waiting hears of a place that moves.
    let ann = b.operator("one", "ann").await;
    let mut desk = ann.events().await;
    desk.until("ready").await;
    let second = a.shopper("one", "c-2").await;
    shopper.post("/handoff", &Value::Null).await.ok();
    while desk.until("queue").await.data["conversation"] != "c-1" {}
    second.post("/handoff", &Value::Null).await.ok();
    let mut waiting = second.events(None).await;
    assert_eq!(waiting.until("conversation").await.data["queue_ahead"], 1);
    ann.act("c-1", "take").await.ok();
    assert_eq!(waiting.until("conversation").await.data["queue_ahead"], 0);
    while events.until("conversation").await.data["state"] != "assigned" {}
    // Erased on one, over on the other.
    at(&b, &shopper).erase().await;
    while events.next().await.is_some() {}
}

#[tokio::test]
async fn a_device_that_was_shut_out_at_one_server_is_out_at_all() {
    let Some((a, b)) = two("revoked", None) else { return };
    let first = a.shopper("one", "c-1").await;
    let second = crate::profiles::continued(&first, "second").await;
    // The other server knows both by now, from what they ask.
    at(&b, &second).say("m-1", "hello").await.ok();
    at(&b, &first).get("").await.ok();
    let further = first.get("/keys").await.json()["keys"][1]["key"].as_str().unwrap().to_owned();
    shut_out(&b, &second, &first, &further).await;
    let third = crate::profiles::continued(&first, "third").await;
    shut_out(&b, &first, &third, "first").await;
}

/// `by` revokes the key of `device` at its own server; at `there` the device is out as well.
async fn shut_out(there: &TestApp, device: &Shopper<'_>, by: &Shopper<'_>, key: &str) {
    let mut events = at(there, device).events(None).await;
    events.until("conversation").await;
    let revoked = by.post("/keys/revoke", &serde_json::json!({ "key": key })).await;
    assert_eq!(revoked.status, 204, "{}", revoked.text());
    while events.next().await.is_some() {}
    at(there, device).get("").await.problem(404, "not_found");
    at(there, by).get("").await.ok();
}

/// Only NATS carries that somebody is writing, so this shows that it carries at all.
async fn typing_arrives(ann: &Operator<'_>, events: &mut Events) {
    for _ in 0..100 {
        ann.act("c-1", "typing").await.ok();
        let next = tokio::time::timeout(Duration::from_millis(100), events.next()).await;
        if next.is_ok_and(|event| event.unwrap().name == "typing") {
            return;
        }
    }
    panic!("NATS carries nothing");
}

#[tokio::test]
async fn nats_carries_wake_ups_and_without_it_nothing_is_lost() {
    if CLUSTER.is_none() || (nats_program().is_none() && may_skip("NATS")) {
        return;
    }
    let mut nats = Nats::start().unwrap();
    let (a, b) = two("waking", Some(&nats)).unwrap();
    let shopper = a.shopper("one", "c-1").await;
    let mut events = at(&b, &shopper).events(None).await;
    shopper.post("/handoff", &Value::Null).await.ok();
    let ann = a.operator("one", "ann").await;
    ann.act("c-1", "take").await.ok();
    while events.until("conversation").await.data["state"] != "assigned" {}
    typing_arrives(&ann, &mut events).await;
    let mut seq = 1;
    let mut tell = async |name: String, events: &mut Events| {
        ann.reply("c-1", &name, "hello").await.ok();
        seq += 1;
        assert_eq!(events.until("message").await.data["seq"], seq, "{name}");
    };
    for n in 0..5 {
        tell(format!("with-{n}"), &mut events).await;
    }
    nats.kill();
    for n in 0..5 {
        tell(format!("without-{n}"), &mut events).await;
    }
    nats.resume().unwrap();
    for n in 0..5 {
        tell(format!("again-{n}"), &mut events).await;
    }
    typing_arrives(&ann, &mut events).await;
}

#[tokio::test]
async fn a_server_starts_without_nats() {
    let Some(cluster) = CLUSTER.as_ref() else { return };
    let url = cluster.schema("lonely").unwrap();
    let app = TestApp::with(|config| {
        let mut shared = shared(&url);
        shared.nats = Some(settings::Nats::read("nats://127.0.0.1:1".to_owned()).unwrap());
        config.storage = Some(shared);
    });
    app.shopper("one", "c-1").await.say("m-1", "hello").await.ok();
}

#[tokio::test]
async fn servers_that_start_together_make_one_database() {
    let Some(cluster) = CLUSTER.as_ref() else { return };
    let url = cluster.schema("together").unwrap();
    let starts = (0..6).map(|_| {
        let hub = std::sync::Arc::default();
        let config = zg_server::Config { storage: Some(shared(&url)), ..zg_server::Config::default() };
        async move { zg_server::storage::open(&config, &hub).await.unwrap().epoch().to_owned() }
    });
    let epochs: BTreeSet<String> = futures_util::future::join_all(starts).await.into_iter().collect();
    assert_eq!(epochs.len(), 1);
    // A database that is not the one it was begins anew; one that a newer release wrote is left alone.
    cluster.sql("UPDATE together.meta SET value = 'elsewhere' WHERE key = 'cluster'").unwrap();
    let config = zg_server::Config { storage: Some(shared(&url)), ..zg_server::Config::default() };
    let restored = zg_server::storage::open(&config, &std::sync::Arc::default()).await.unwrap();
    assert!(!epochs.contains(restored.epoch()));
    cluster.sql("UPDATE together.meta SET value = '99' WHERE key = 'schema'").unwrap();
    let newer = zg_server::storage::open(&config, &std::sync::Arc::default()).await;
    assert!(matches!(newer, Err(zg_server::storage::StorageError::Newer { found: 99, .. })));
}

/// What a backup of the one is read into the other by.
#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let Some(cluster) = CLUSTER.as_ref() else { return };
    let app = TestApp::new();
    let schema = app.folder.0.file_name().unwrap().to_str().unwrap().replace('-', "_");
    let postgres: BTreeSet<String> = cluster
        .sql(&format!(
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns
             WHERE table_schema = '{schema}' AND table_name <> 'news'"
        ))
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    let folder = crate::support::Folder::new();
    drop(zg_server::storage::sqlite::Sqlite::open(&folder.0, std::sync::Arc::default()).unwrap());
    let connection = Connection::open(folder.0.join("zhanggui.sqlite3")).unwrap();
    let mut columns = connection
        .prepare(
            "SELECT t.name, c.name, CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'BLOB' THEN 'bytea' ELSE 'text' END,
                CASE WHEN c.\"notnull\" OR c.pk THEN 'NO' ELSE 'YES' END
             FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
        )
        .unwrap();
    let sqlite: BTreeSet<String> = columns
        .query_map([], |row| {
            let parts: [String; 4] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
            Ok(format!("{}.{} {} {}", parts[0], parts[1], parts[2], parts[3]))
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(postgres, sqlite);
}

#[tokio::test]
async fn what_shoppers_tell_one_server_another_learns() {
    let Some((a, b)) = two("learning", None) else { return };
    let post = async |app: &TestApp, path: &str, body: Value| {
        let request = Request::post(path).header("content-type", "application/json");
        app.send(request.body(body.to_string().into()).unwrap()).await.ok().json()
    };
    let first = async |app: &TestApp| {
        let list = post(app, "/v1/recommendations", json!({"site_key": "one", "session": ["coat"], "k": 1})).await;
        list["items"][0]["item"].clone()
    };
    assert_eq!((first(&a).await, first(&b).await), (Value::Null, Value::Null));
    for n in 0..3 {
        let events = json!([
            {"id": "1", "type": "view", "item": "coat"},
            {"id": "2", "type": "view", "item": "hat"},
            {"id": "3", "type": "end"},
        ]);
        let body = json!({"site_key": "one", "visitor": format!("visitor-number-{n}"), "events": events});
        post(if n == 1 { &b } else { &a }, "/v1/events", body).await;
    }
    for app in [&a, &b, &b, &a] {
        zg_server::recommend::learn(&app.app).await;
    }
    assert_eq!((first(&a).await, first(&b).await), (json!("hat"), json!("hat")));
    let sold_out =
        CatalogProduct { item: ItemName("hat".to_owned()), in_stock: Some(false), ..CatalogProduct::default() };
    let new = NewProduct { product: sold_out, feed: None };
    a.app.storage.put_products(&TenantId::new("one").unwrap(), vec![new]).await.unwrap();
    zg_server::recommend::learn(&b.app).await;
    assert_ne!(first(&b).await, json!("hat"));
}
