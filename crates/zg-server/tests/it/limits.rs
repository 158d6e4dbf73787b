//! Floods are told when to come back.

use crate::support::{Shopper, TestApp, secret};
use zg_server::Rate;

#[tokio::test]
async fn opening_is_limited_by_address() {
    let app = TestApp::with(|config| config.limits.opens = Rate::per_minute(2));
    for n in 0..4 {
        app.shopper("one", &format!("c-{n}")).await;
    }
    let late = Shopper { app: &app, id: "c-9".to_owned(), secret: secret("late") };
    let refused = late.open("one").await;
    refused.problem(429, "rate_limited");
    assert_eq!(refused.headers["retry-after"], "30");
    app.clock.advance(30_000);
    assert_eq!(late.open("one").await.status, 201);
}

#[tokio::test]
async fn messages_are_limited_by_conversation() {
    let app = TestApp::with(|config| config.limits.messages = Rate::per_minute(3));
    let [loud, quiet] = [app.shopper("one", "c-1").await, app.shopper("one", "c-2").await];
    for n in 0..6 {
        loud.say(&format!("m-{n}"), "hi").await.ok();
    }
    let refused = loud.say("m-6", "hi").await;
    refused.problem(429, "rate_limited");
    assert_eq!(refused.headers["retry-after"], "20");
    quiet.say("m-0", "hi").await.ok();
    app.clock.advance(20_000);
    loud.say("m-6", "hi").await.ok();
}

#[tokio::test]
async fn a_long_message_counts_as_several() {
    let app = TestApp::with(|config| config.limits.messages = Rate::per_minute(3));
    let shopper = app.shopper("one", "c-1").await;
    shopper.say("m-0", &"x".repeat(5 * 1024)).await.ok();
    shopper.say("m-1", "hi").await.ok();
    shopper.say("m-2", "hi").await.problem(429, "rate_limited");
}

#[tokio::test]
async fn streams_of_one_conversation_are_limited() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let mut open = Vec::new();
    for _ in 0..16 {
        let mut events = shopper.events(None).await;
        events.until("conversation").await;
        open.push(events);
    }
    shopper.get("/events").await.problem(429, "rate_limited");
    app.shopper("one", "c-2").await.events(None).await.until("conversation").await;
}
