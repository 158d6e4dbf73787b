//! The same conversation on another device, and devices that are shut out.

use serde_json::{Value, json};

use super::{code, contains, continued, names, redeem, shops};
use crate::support::{Shopper, secret};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_lets_one_of_many_in() {
    let app = shops();
    let shopper = app.shopper("one", "c-1").await;
    shopper.say("m-1", "before").await.ok();
    for round in 0..3 {
        let code = code(&shopper).await;
        let secrets: Vec<String> = (0..8).map(|n| secret(&format!("other-{round}-{n}"))).collect();
        let tries = secrets.iter().map(|secret| redeem(&app, "one", &code, secret, "wechat"));
        let answers = futures_util::future::join_all(tries).await;
        let let_in: Vec<usize> = (0..8).filter(|n| answers[*n].status == 200).collect();
        assert_eq!(let_in.len(), 1, "{let_in:?}");
        for (n, answer) in answers.iter().enumerate().filter(|(n, _)| *n != let_in[0]) {
            answer.problem(409, "code_refused");
            let other = Shopper { app: &app, id: "c-1".into(), secret: secrets[n].clone() };
            other.get("/messages").await.problem(404, "not_found");
        }
        let answer = answers[let_in[0]].json();
        assert_eq!((&answer["id"], &answer["last_seq"]), (&json!("c-1"), &json!(round + 1)));
        // An answer that was lost is given again to the same device, and to no other.
        redeem(&app, "one", &code, &secrets[let_in[0]], "wechat").await.ok();
        redeem(&app, "one", &code, &secret("late"), "wechat").await.problem(409, "code_refused");
        let other = Shopper { app: &app, id: "c-1".into(), secret: secrets[let_in[0]].clone() };
        other.say(&format!("n-{round}"), "after").await.ok();
        app.clock.advance(120_000);
    }
    assert_eq!(shopper.get("/messages").await.json()["messages"].as_array().unwrap().len(), 4);
    let keys = shopper.get("/keys").await.ok().json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 4);
    assert_eq!((&keys["keys"][0]["key"], &keys["keys"][0]["mine"]), (&json!("first"), &json!(true)));
    assert_eq!((&keys["keys"][1]["channel"], &keys["keys"][1]["mine"]), (&json!("wechat"), &json!(false)));
}

#[tokio::test]
async fn a_code_that_does_not_work_tells_nothing() {
    let app = shops();
    let shopper = app.shopper("one", "c-1").await;
    let device = secret("device");
    let refused = async |site: &str, code: &str| {
        app.clock.advance(60_000);
        let mut problem = redeem(&app, site, code, &device, "app").await.problem(409, "code_refused");
        problem["instance"] = Value::Null;
        problem
    };
    let wrong = refused("one", "00000-00000").await;
    for text in ["", "x", "00000", "ööööö-ööööö", &"0".repeat(500), "' OR 1=1 --"] {
        assert_eq!(refused("one", text).await, wrong, "{text}");
    }
    // Of another shop, over by a moment, of what was erased, and put out of use by newer ones.
    let given = code(&shopper).await;
    assert_eq!(refused("two", &given).await, wrong);
    app.clock.advance(9 * 60_000 - 60_000);
    assert_eq!(refused("one", &given).await, wrong);
    let oldest = code(&shopper).await;
    for _ in 0..3 {
        app.clock.advance(1);
        code(&shopper).await;
    }
    assert_eq!(refused("one", &oldest).await, wrong);
    let other = app.shopper("one", "c-2").await;
    let given = code(&other).await;
    other.erase().await;
    assert_eq!(refused("one", &given).await, wrong);
    // It is not in the database.
    let given = code(&shopper).await;
    let raw = crate::everything(&app);
    assert!(!contains(&raw, given.as_bytes()) && !contains(&raw, given.replace('-', "").as_bytes()));
    redeem(&app, "nobody", &given, &device, "app").await.problem(403, "unknown_site_key");
    redeem(&app, "one", &given, "short", "app").await.problem(401, "unauthorized");
    redeem(&app, "one", &given, &device, "telegram").await.problem(422, "invalid_request");
    // A device that has the conversation needs no code, and uses none up.
    redeem(&app, "one", &given, &shopper.secret, "app").await.ok();
    assert_eq!(shopper.get("/keys").await.json()["keys"].as_array().unwrap().len(), 1);
    // However it is typed.
    let typed = given.to_lowercase().replace('-', " ");
    redeem(&app, "one", &typed, &device, "app").await.ok();
    // Who brings codes that work may bring many, as a server between WeChat and here does.
    for n in 0..40 {
        let shopper = app.shopper("one", &format!("many-{n}")).await;
        let given = code(&shopper).await;
        redeem(&app, "one", "00000-00001", &device, "wechat").await.problem(409, "code_refused");
        redeem(&app, "one", &given, &secret(&format!("many {n}")), "wechat").await.ok();
    }
    // Guessing ends.
    let mut answers = Vec::new();
    for _ in 0..40 {
        answers.push(redeem(&app, "one", "00000-00001", &device, "app").await.status.as_u16());
    }
    assert_eq!(answers.last(), Some(&429), "{answers:?}");
}

#[tokio::test]
async fn each_device_can_be_shut_out() {
    let app = shops();
    let first = app.shopper("one", "c-1").await;
    let second = continued(&first, "second").await;
    second.say("m-1", "from the app").await.ok();
    let mut events = second.events(None).await;
    events.until("conversation").await;
    let mut stays = first.events(None).await;
    stays.until("conversation").await;
    let key = first.get("/keys").await.json()["keys"][1]["key"].clone();
    let left_over = code(&second).await;
    first.post("/keys/revoke", &json!({"key": "k_nothing"})).await.problem(409, "no_such_key");
    assert_eq!(first.post("/keys/revoke", &json!({ "key": key })).await.status, 204);
    while events.next().await.is_some() {}
    second.get("").await.problem(404, "not_found");
    second.say("m-2", "x").await.problem(404, "not_found");
    assert_eq!(first.post("/keys/revoke", &json!({ "key": key })).await.status, 204, "again is a retry");
    redeem(&app, "one", &left_over, &second.secret, "app").await.problem(409, "code_refused");
    first.say("m-3", "goes on").await.ok();
    while stays.until("message").await.data["id"] != "m-3" {}
    // The first one as well, as where it is the one that was lost.
    let third = continued(&first, "third").await;
    assert_eq!(third.post("/keys/revoke", &json!({"key": "first"})).await.status, 204);
    first.get("/messages").await.problem(404, "not_found");
    first.open("one").await.problem(404, "not_found");
    while stays.next().await.is_some() {}
    let keys = third.get("/keys").await.ok().json();
    assert_eq!(names(&keys["keys"], "key").len(), 1);
    assert_eq!(third.get("/messages").await.ok().json()["messages"].as_array().unwrap().len(), 2);
    // There are only so many.
    for n in 0..9 {
        app.clock.advance(60_000);
        redeem(&app, "one", &code(&third).await, &secret(&format!("device-{n}")), "web").await.ok();
    }
    third.post("/continuations", &Value::Null).await.problem(409, "too_many_devices");
}
