//! Erased is gone: from the interface, from the file and from its log.

use serde_json::Value;

use crate::support::{TestApp, text};

#[tokio::test]
async fn erased_messages_are_nowhere() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let other = app.shopper("one", "c-2").await;
    let ann = app.operator("one", "ann").await;
    let words = "unmistakable words of a shopper";
    shopper.say("m-1", words).await.ok();
    // Long enough for overflow pages.
    shopper.say("m-2", &words.repeat(300)).await.ok();
    other.say("m-1", "these stay").await.ok();
    shopper.post("/handoff", &Value::Null).await.ok();
    let mut events = shopper.events(None).await;
    events.until("conversation").await;
    let mut desk = ann.events().await;
    desk.until("ready").await;

    assert_eq!(shopper.erase().await.status, 204);
    while events.next().await.is_some() {}
    assert_eq!(desk.until("queue").await.data["conversation"], "c-1");
    shopper.erase().await.problem(404, "not_found");
    shopper.get("").await.problem(404, "not_found");
    shopper.get("/messages").await.problem(404, "not_found");
    shopper.post("/typing", &Value::Null).await.problem(404, "not_found");
    shopper
        .post("/messages", &serde_json::json!({ "messages": [text("shopper", "m-1", words)] }))
        .await
        .problem(404, "not_found");
    // Not even who had it may use the id again: a forgotten outbox would fill it anew.
    shopper.open("one").await.problem(404, "not_found");
    ann.get("/conversations/c-1").await.problem(404, "not_found");
    assert_eq!(ann.get("/queue").await.json()["items"], serde_json::json!([]));

    if !app.is_file() {
        // What PostgreSQL has on its disk is its own affair until it cleans up; docs/scale.md says so.
        return;
    }
    let mut seen = 0;
    for entry in std::fs::read_dir(&app.folder.0).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(words.len()).any(|window| window == words.as_bytes()));
        seen += bytes.windows(10).filter(|window| window == b"these stay").count();
    }
    assert!(seen > 0, "the test reads the right files");
}
