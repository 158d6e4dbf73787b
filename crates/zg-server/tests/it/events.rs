//! Streams: resuming after every number, another epoch, places in the queue.

use serde_json::Value;

use crate::support::{Event, TestApp};

#[tokio::test]
async fn a_stream_resumes_after_every_number() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    for n in 1..=7 {
        shopper.say(&format!("m-{n}"), "hi").await.ok();
    }
    let epoch = shopper.get("").await.json()["epoch"].as_str().unwrap().to_owned();
    for after in 0..=7_u64 {
        let mut events = shopper.events(Some(&format!("{epoch}-{after}"))).await;
        for seq in after + 1..=7 {
            let event = events.next().await.unwrap();
            assert_eq!((event.name.as_str(), &event.data["seq"]), ("message", &Value::from(seq)));
            assert_eq!(event.id, Some(format!("{epoch}-{seq}")));
        }
        let event = events.next().await.unwrap();
        assert_eq!((event.name.as_str(), &event.data["last_seq"]), ("conversation", &Value::from(7)));
    }
    let mut events = crate::support::Events::open_for(&shopper, "?after=5").await;
    assert_eq!(events.next().await.unwrap().data["seq"], 6);
}

#[tokio::test]
async fn nothing_falls_between_catching_up_and_following() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let n_messages = 300_u64;
    let write = async {
        for n in 1..=n_messages {
            shopper.say(&format!("m-{n}"), "hi").await.ok();
        }
    };
    // The reader breaks off and comes back while the writer writes.
    let read = async {
        let mut cursor: Option<String> = None;
        let mut seen = Vec::new();
        while seen.len() < n_messages as usize {
            let mut events = shopper.events(cursor.as_deref()).await;
            for _ in 0..40 {
                if seen.len() == n_messages as usize {
                    break;
                }
                let event = events.until("message").await;
                seen.push(event.data["seq"].as_u64().unwrap());
                cursor = event.id;
            }
        }
        seen
    };
    let ((), seen) = tokio::join!(write, read);
    assert_eq!(seen, (1..=n_messages).collect::<Vec<_>>());
}

#[tokio::test]
async fn another_epoch_is_told_and_read_from_the_beginning() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    shopper.say("m-1", "hi").await.ok();
    let epoch = shopper.get("").await.json()["epoch"].as_str().unwrap().to_owned();
    for void in ["0123456789abcdef-1".to_owned(), format!("{epoch}-2")] {
        let mut events = shopper.events(Some(&void)).await;
        let Event { name, id, data } = events.next().await.unwrap();
        assert_eq!((name.as_str(), id), ("reset", Some(format!("{epoch}-0"))));
        assert_eq!(data["last_seq"], 1);
        assert_eq!(events.next().await.unwrap().data["seq"], 1);
    }
}

#[tokio::test]
async fn a_cursor_that_is_none_is_refused() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    shopper.get("/events?after=soon").await.problem(422, "invalid_request");
}

#[tokio::test]
async fn the_place_in_the_queue_moves_up() {
    let app = TestApp::new();
    let first = app.shopper("one", "c-1").await;
    let second = app.shopper("one", "c-2").await;
    first.post("/handoff", &Value::Null).await.ok();
    app.clock.advance(1000);
    second.post("/handoff", &Value::Null).await.ok();
    let mut events = second.events(None).await;
    assert_eq!(events.until("conversation").await.data["queue_ahead"], 1);
    first.post("/end", &Value::Null).await.ok();
    assert_eq!(events.until("conversation").await.data["queue_ahead"], 0);
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let mut events = shopper.events(None).await;
    events.until("conversation").await;
    app.app.stop();
    assert_eq!(events.next().await, None);
}
