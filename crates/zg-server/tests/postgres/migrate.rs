//! From SQLite to PostgreSQL: everything, once, and the old one takes nothing any more.

use zg_server::Config;
use zg_server::storage::StorageError;
use zg_server::transfer::{self, TransferError};

use crate::images::{large, picture};
use crate::support::{Folder, Shopper, TestApp, secret};
use crate::{CLUSTER, shared};

#[tokio::test]
async fn devices_go_on_where_they_were() {
    let Some(cluster) = CLUSTER.as_ref() else { return };
    let old = TestApp::with(|config| {
        crate::profiles::with_keys(config);
        config.storage = None;
    });
    let shopper = old.shopper("one", "c-1").await;
    let shows = old.shopper("one", "c-5").await;
    shows.post("/handoff", &serde_json::Value::Null).await.ok();
    shows.post("/images", &picture("p-1", &large())).await.ok();
    crate::profiles::fill(&old).await;
    let told = crate::profiles::told(&old).await;
    old.operator("one", "ann").await;
    for n in 0..20 {
        shopper.say(&format!("m-{n}"), "before \0").await.ok();
    }
    let url = cluster.schema("moved").unwrap();
    let config = Config { storage: Some(shared(&url)), ..(*old.app.config()).clone() };
    let summary = transfer::migrate(&old.folder.0, &config).await.unwrap();
    assert_eq!(summary.epoch, old.app.storage.epoch(), "the same history goes on");

    // The old server runs still; what it is sent now is not acknowledged, so it is not lost either.
    assert_eq!(shopper.say("m-20", "meanwhile").await.status, 503);
    assert!(matches!(
        zg_server::App::open((*old.app.config()).clone(), Box::new(old.clock.clone())),
        Err(StorageError::Moved)
    ));
    let new = TestApp::with(|slot| *slot = config.clone());
    let moved = Shopper { app: &new, id: "c-1".into(), secret: secret("one-c-1") };
    let shown = Shopper { app: &new, id: "c-5".into(), secret: secret("one-c-5") };
    assert!(shown.get("/images/p-1").await.ok().bytes == shows.get("/images/p-1").await.ok().bytes);
    let ack = moved.say("m-20", "meanwhile").await.ok().json();
    assert_eq!((&ack["acks"][0]["seq"], &ack["acks"][0]["duplicate"]), (&21.into(), &false.into()));
    assert_eq!(moved.say("m-7", "before \0").await.ok().json()["acks"][0]["duplicate"], true);
    let mut events = moved.events(Some(&format!("{}-20", summary.epoch))).await;
    assert_eq!(events.next().await.unwrap().data["seq"], 21, "no reset");
    assert_eq!(crate::profiles::told(&new).await, told, "who is who, and every device");
    // Once only.
    assert!(matches!(transfer::migrate(&old.folder.0, &config).await, Err(TransferError::NotEmpty(_))));
    // And back again by a file.
    let place = Folder::new();
    let file = place.0.join("backup");
    let saved = transfer::backup(&config, &file).await.unwrap();
    let back = Config { data_dir: place.0.join("data"), storage: None, ..config };
    let restored = transfer::restore(&file, &back).await.unwrap();
    assert!(saved.rows().eq(restored.rows()));
}

#[tokio::test]
async fn what_cannot_be_moved_stays_as_it_was() {
    let Some(cluster) = CLUSTER.as_ref() else { return };
    let old = TestApp::with(|config| config.storage = None);
    let shopper = old.shopper("one", "c-1").await;
    let url = cluster.schema("taken").unwrap();
    let config = Config { storage: Some(shared(&url)), ..(*old.app.config()).clone() };
    let other = TestApp::with(|slot| *slot = config.clone());
    other.shopper("one", "c-9").await;
    assert!(
        matches!(transfer::migrate(&old.folder.0, &config).await, Err(TransferError::NotEmpty(table)) if table == "conversations")
    );
    shopper.say("m-1", "goes on").await.ok();
    let nowhere = Config { storage: Some(shared("postgres://postgres@127.0.0.1:1/x")), ..config.clone() };
    assert!(matches!(transfer::migrate(&old.folder.0, &nowhere).await, Err(TransferError::Storage(_))));
    let none = transfer::migrate(&old.folder.0.join("none"), &config).await;
    assert!(matches!(none, Err(TransferError::NoDatabase(_) | TransferError::NotEmpty(_))));
    shopper.say("m-2", "goes on").await.ok();
}
