//! From the queue to the reply to the end, and who may do what.

use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test]
async fn a_conversation_is_taken_answered_and_ended() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let ann = app.operator("one", "ann").await;
    let mut desk = ann.events().await;
    assert_eq!(desk.next().await.unwrap().name, "ready");
    shopper.say("m-1", "我要找人工").await.ok();
    assert_eq!(ann.get("/queue").await.ok().json()["items"], json!([]));
    // Nobody was asked for: it is not the operators' business.
    ann.get("/conversations/c-1").await.problem(404, "not_found");
    ann.act("c-1", "take").await.problem(404, "not_found");

    shopper.post("/handoff", &json!({ "reason": "shopper_asked" })).await.ok();
    assert_eq!(desk.next().await.unwrap().data["conversation"], "c-1");
    let item = ann.get("/queue").await.ok().json()["items"][0].clone();
    assert_eq!(item["state"], "queued");
    assert_eq!(item["preview"], "我要找人工");
    assert_eq!(item["reason"], "shopper_asked");
    assert_eq!(item["locale"], "zh-CN");
    assert_eq!(item["mine"], false);
    ann.reply("c-1", "r-0", "too early").await.problem(409, "not_holder");

    let mut events = shopper.events(None).await;
    assert_eq!(events.until("conversation").await.data["state"], "queued");
    ann.act("c-1", "take").await.ok();
    ann.act("c-1", "take").await.ok();
    let joined = events.until("message").await.data;
    assert_eq!((&joined["name"], &joined["text"]), (&json!("operator_joined"), &json!("ANN")));
    let assigned = events.until("conversation").await.data;
    assert_eq!((&assigned["state"], &assigned["operator"]), (&json!("assigned"), &json!("ANN")));

    let first = ann.reply("c-1", "r-1", "您好").await.ok().json();
    assert_eq!(first["duplicate"], false);
    app.clock.advance(5000);
    let retry = ann.reply("c-1", "r-1", "您好").await.ok().json();
    assert_eq!((&retry["duplicate"], &retry["seq"]), (&json!(true), &first["seq"]));
    ann.reply("c-1", "r-1", "something else").await.problem(409, "id_conflict");
    ann.reply("c-1", "r-2", " \n ").await.problem(422, "invalid_request");
    assert_eq!(events.until("message").await.data["text"], "您好");

    shopper.say("m-2", "谢谢").await.ok();
    loop {
        let event = desk.until("message").await;
        assert_eq!(event.data["conversation"], "c-1");
        if event.data["text"] == "谢谢" {
            break;
        }
    }
    let view = ann.get("/conversations/c-1").await.ok().json();
    assert_eq!(view["mine"], true);
    assert_eq!(view["messages"].as_array().unwrap().len(), 4);
    ann.act("c-1", "end").await.ok();
    assert_eq!(events.until("message").await.data["text"], "谢谢");
    assert_eq!(events.until("message").await.data["name"], "ended");
    assert_eq!(events.until("conversation").await.data["state"], "ended");
    assert_eq!(ann.get("/queue").await.ok().json()["items"], json!([]));
    ann.reply("c-1", "r-3", "late").await.problem(409, "not_holder");
    // A retry of what was said in time still gets its answer.
    assert_eq!(ann.reply("c-1", "r-1", "您好").await.ok().json()["duplicate"], true);
}

#[tokio::test]
async fn one_holds_it_and_the_place_survives_a_release() {
    let app = TestApp::new();
    let [first, second] = [app.shopper("one", "c-1").await, app.shopper("one", "c-2").await];
    let [ann, bob] = [app.operator("one", "ann").await, app.operator("one", "bob").await];
    first.post("/handoff", &Value::Null).await.ok();
    app.clock.advance(1000);
    second.post("/handoff", &Value::Null).await.ok();
    ann.act("c-1", "take").await.ok();
    bob.act("c-1", "take").await.problem(409, "invalid_transition");
    bob.act("c-1", "end").await.problem(409, "not_holder");
    bob.act("c-1", "release").await.problem(409, "not_holder");
    bob.act("c-1", "typing").await.problem(409, "not_holder");
    bob.reply("c-1", "r-1", "hello").await.problem(409, "not_holder");
    assert_eq!(second.get("").await.json()["queue_ahead"], 0);

    app.clock.advance(1000);
    ann.act("c-1", "release").await.ok();
    assert_eq!(first.get("").await.json()["queue_ahead"], 0);
    assert_eq!(second.get("").await.json()["queue_ahead"], 1);
    bob.act("c-1", "take").await.ok();
    bob.reply("c-1", "r-1", "hello").await.ok();
}

#[tokio::test]
async fn typing_is_heard_by_the_other_side() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let ann = app.operator("one", "ann").await;
    shopper.post("/handoff", &Value::Null).await.ok();
    ann.act("c-1", "take").await.ok();
    let mut desk = ann.events().await;
    desk.until("ready").await;
    let mut events = shopper.events(None).await;
    events.until("conversation").await;
    shopper.post("/typing", &Value::Null).await.ok();
    assert_eq!(desk.until("typing").await.data, json!({ "conversation": "c-1", "author": "shopper" }));
    ann.act("c-1", "typing").await.ok();
    assert_eq!(events.until("typing").await.data, json!({ "conversation": "c-1", "author": "operator" }));
}

#[tokio::test]
async fn what_the_assistant_hands_over_is_on_the_desk_and_can_be_put_right() {
    let app = TestApp::new();
    let ann = app.operator("one", "ann").await;
    let packet = |order: &str, priority: bool| json!({"wants": "我要取消订单", "facts": {"order": order}, "tried": ["cancel-how"], "moods": ["neutral", "angry"], "priority": priority});
    let mut shoppers = Vec::new();
    for (id, minutes) in [("c-1", 1), ("c-2", 1), ("c-3", 10)] {
        let shopper = app.shopper("one", id).await;
        shopper.post("/handoff", &json!({"reason": "emotion", "packet": packet(id, id == "c-2")})).await.ok();
        app.clock.advance(minutes * 60_000);
        shoppers.push(shopper);
    }
    let first = &shoppers[0];
    // As a device writes it where nothing is known.
    let bare =
        zg_proto::handoff_json(Some("shopper_asked"), Some(&zg_proto::packet_json(&zg_domain::Packet::default())));
    let bare: Value = serde_json::from_str(&bare).unwrap();
    app.shopper("two", "c-9").await.post("/handoff", &bare).await.ok();
    let queue = || async { ann.get("/queue").await.ok().json()["items"].clone() };
    let ids = |items: &Value| items.as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
    // The policy's second waits as if it had waited five minutes longer.
    assert_eq!(ids(&queue().await), ["c-2", "c-1", "c-3"]);
    assert_eq!(first.get("").await.ok().json()["queue_ahead"], 1);
    assert_eq!(queue().await[1]["packet"]["facts"]["order"], "c-1");
    // Put right while it waits: the place stays, and who looks at the desk hears of it.
    let mut desk = ann.events().await;
    desk.until("ready").await;
    first.post("/handoff", &json!({"reason": "shopper_asked", "packet": packet("other", false)})).await.ok();
    assert_eq!(desk.next().await.unwrap().data["conversation"], "c-1");
    let items = queue().await;
    assert_eq!(ids(&items), ["c-2", "c-1", "c-3"]);
    assert_eq!((&items[1]["packet"]["facts"]["order"], &items[1]["reason"]), (&json!("other"), &json!("emotion")));
    assert_eq!(ann.get("/conversations/c-1").await.ok().json()["packet"]["tried"], json!(["cancel-how"]));
    for wrong in [
        json!({"wants": "x".repeat(1_025)}),
        json!({"facts": {"order": 7}}),
        json!({"moods": vec!["angry"; 65]}),
        json!({"compensation": 100}),
    ] {
        first.post("/handoff", &json!({"packet": wrong})).await.problem(422, "invalid_request");
    }
}
