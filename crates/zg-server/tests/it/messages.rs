//! Dedupe, order, pages.

use serde_json::{Value, json};

use crate::support::{START, Shopper, TestApp, secret, text};

fn seqs(page: &Value) -> Vec<u64> {
    page["messages"].as_array().unwrap().iter().map(|message| message["seq"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn opening_is_idempotent_and_gives_nothing_away() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let again = shopper.open("one").await;
    assert_eq!(again.status, 200);
    assert_eq!(again.json()["state"], "new");
    assert_eq!(again.json()["last_seq"], 0);

    let stranger = Shopper { app: &app, id: "c-1".to_owned(), secret: secret("stranger") };
    let refused = stranger.open("one").await.problem(404, "not_found");
    let unknown = Shopper { app: &app, id: "c-9".to_owned(), secret: secret("stranger") }.get("").await;
    assert_eq!(refused["title"], unknown.problem(404, "not_found")["title"]);
}

#[tokio::test]
async fn a_retry_is_told_and_another_content_is_refused() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let body = json!({ "messages": [text("shopper", "m-1", "在吗"), text("assistant", "m-2", "在的")] });
    let first = shopper.post("/messages", &body).await.ok().json();
    assert_eq!(
        first["acks"],
        json!([
            { "id": "m-1", "seq": 1, "duplicate": false },
            { "id": "m-2", "seq": 2, "duplicate": false },
        ])
    );
    let second = shopper.post("/messages", &body).await.ok().json();
    assert_eq!(
        second["acks"],
        json!([
            { "id": "m-1", "seq": 1, "duplicate": true },
            { "id": "m-2", "seq": 2, "duplicate": true },
        ])
    );
    // A batch is one: what comes with a conflict is not written either.
    let mixed = json!({ "messages": [text("shopper", "m-3", "new"), text("shopper", "m-1", "changed")] });
    assert_eq!(shopper.post("/messages", &mixed).await.problem(409, "id_conflict")["detail"], "m-1");
    assert_eq!(seqs(&shopper.get("/messages").await.ok().json()), [1, 2]);
}

#[tokio::test]
async fn many_writers_at_once_leave_no_gap_and_no_double() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let writes = (0..200).map(|n| {
        let shopper = &shopper;
        // Every message is sent twice, as a flaky network would.
        async move { shopper.say(&format!("m-{}", n / 2), &format!("message {}", n / 2)).await.ok().json() }
    });
    let acks = futures_util::future::join_all(writes).await;
    let fresh = acks.iter().filter(|ack| ack["acks"][0]["duplicate"] == false).count();
    assert_eq!(fresh, 100);
    let page = shopper.get("/messages?limit=200").await.ok().json();
    assert_eq!(seqs(&page), (1..=100).collect::<Vec<_>>());
}

#[tokio::test]
async fn pages_follow_one_another() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    for n in 1..=5 {
        shopper.say(&format!("m-{n}"), "hi").await.ok();
    }
    let mut after = 0;
    let mut seen = Vec::new();
    loop {
        let page = shopper.get(&format!("/messages?after={after}&limit=2")).await.ok().json();
        seen.extend(seqs(&page));
        match page["next"].as_u64() {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    assert_eq!(seqs(&shopper.get("/messages?after=18446744073709551615").await.ok().json()), Vec::<u64>::new());
}

#[tokio::test]
async fn a_message_keeps_its_form_and_a_fast_clock_is_set_right() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let answer = json!({
        "id": "m-1", "author": "assistant", "at": START + 999_999, "text": "7 天内可退", "lang": "zh",
        "kind": "answer", "entry": "returns", "question": "怎么退货", "source": "faq.jsonl#returns", "confidence": 0.912,
        "quick_replies": [{ "label": "找人工", "value": "handoff" }],
    });
    shopper.post("/messages", &json!({ "messages": [answer] })).await.ok();
    let mut read = shopper.get("/messages").await.ok().json()["messages"][0].clone();
    assert_eq!(read["at"], START);
    read["at"] = answer["at"].clone();
    read.as_object_mut().unwrap().remove("seq");
    assert_eq!(read, answer);
    // The retry is recognised by what was sent, not by what was kept.
    assert_eq!(
        shopper.post("/messages", &json!({ "messages": [answer] })).await.ok().json()["acks"][0]["duplicate"],
        true
    );
}

#[tokio::test]
async fn states_follow_what_is_said() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let state = async || shopper.get("").await.ok().json()["state"].as_str().unwrap().to_owned();
    assert_eq!(state().await, "new");
    shopper.post("/end", &Value::Null).await.problem(409, "invalid_transition");
    shopper.say("m-1", "hi").await.ok();
    assert_eq!(state().await, "contained");
    shopper.post("/handoff", &json!({ "reason": "shopper_asked" })).await.ok();
    assert_eq!(state().await, "queued");
    shopper.post("/end", &Value::Null).await.ok();
    shopper.post("/end", &Value::Null).await.ok();
    assert_eq!(state().await, "ended");
    // A late retry does not open it again; something new does.
    shopper.say("m-1", "hi").await.ok();
    assert_eq!(state().await, "ended");
    shopper.say("m-2", "still there?").await.ok();
    assert_eq!(state().await, "contained");
    // What the shopper does is told by the shopper's device: the server adds nothing of its own.
    assert_eq!(seqs(&shopper.get("/messages").await.ok().json()), [1, 2]);
}
