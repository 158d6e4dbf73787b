//! Everything that is held of a shopper: told whole, and erased everywhere.

use serde_json::{Value, json};

use super::{PHONE, code, contains, known, names, office, redeem, shops, show, signed};
use crate::images::{PNG, large, picture};
use crate::remedies;
use crate::support::{Shopper, TestApp, secret};

/// A shopper of whom there is something in every table.
async fn with_everything(app: &TestApp) -> Shopper<'_> {
    let shopper = known(app, "one", "c-1", &json!({"sub": "user-1042x", "phone": PHONE, "wechat": "oAbC-1"})).await;
    shopper.say("m-2", &"unmistakable words of a shopper ".repeat(200)).await.ok();
    for (id, data) in [("p-1", PNG), ("p-2", large().as_str())] {
        shopper.post("/images", &picture(id, data)).await.ok();
    }
    let guest = known(app, "one", "c-2", &json!({"phone": PHONE})).await;
    let packet = json!({"wants": "unmistakable wish", "facts": {"order": "A1"}});
    guest.post("/handoff", &json!({"reason": "asked", "packet": packet})).await.ok();
    for id in ["c-1", "c-2"] {
        let shopper = Shopper { app, id: id.into(), secret: secret(&format!("one-{id}")) };
        let given = code(&shopper).await;
        redeem(app, "one", &given, &secret(&format!("device of {id}")), "wechat").await.ok();
        code(&shopper).await;
        let consent =
            json!({"purpose": "marketing", "granted": true, "wording": "unmistakable-wording", "channel": "web"});
        shopper.post("/consents", &consent).await.ok();
    }
    let (one, c_1) = (zg_domain::TenantId::new("one").unwrap(), zg_domain::ConversationId::new("c-1").unwrap());
    let action = zg_server::storage::NewAction {
        id: "a-1".into(),
        digest: [7; 32],
        delivery: "act_unmistakable".into(),
        leased_until: app.app.clock.now(),
    };
    app.app.storage.begin_action(&one, &c_1, action, app.app.clock.now()).await.unwrap();
    let facts = [("status_text".to_owned(), json!("unmistakable outcome"))].into();
    app.app.storage.finish_action(&one, &c_1, "a-1", zg_proto::cli::OutcomeTag::Ok { facts }).await.unwrap();
    let late = remedies::late("r-1", "A1", json!({"customer": "user-1042x", "household": ["unmistakable-house"]}));
    assert_eq!(remedies::ask(app, &late).await["decision"], "grant");
    shopper
}

#[tokio::test]
async fn an_export_has_everything_and_nobody_elses() {
    let app = shops();
    let shopper = with_everything(&app).await;
    let ann = app.operator("one", "ann").await;
    ann.act("c-1", "take").await.ok();
    for n in 0..250 {
        ann.reply("c-1", &format!("r-{n}"), &format!("reply {n}")).await.ok();
    }
    known(&app, "one", "c-9", &json!({"sub": "77"})).await;
    let by_office = office(&app, "one", "export", &json!({"who": {"user": "user-1042x"}})).await;
    assert_eq!(by_office.headers["content-type"], "application/json");
    let mut document = by_office.ok().json();
    let conversations = document["conversations"].as_array().unwrap().clone();
    assert_eq!(names(&document["conversations"], "id"), ["c-1", "c-2"]);
    assert_eq!(conversations[0]["messages"].as_array().unwrap().len(), 255);
    let seqs: Vec<u64> =
        conversations[0]["messages"].as_array().unwrap().iter().map(|m| m["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=255).collect::<Vec<_>>());
    for (n, data) in [PNG, &large()].into_iter().enumerate() {
        assert!(conversations[0]["images"][n]["data"] == data);
    }
    assert_eq!(conversations[0]["actions"][0]["outcome"]["facts"]["status_text"], "unmistakable outcome");
    assert_eq!(conversations[0]["devices"].as_array().unwrap().len(), 2);
    assert_eq!(conversations[1]["packet"]["wants"], "unmistakable wish");
    assert_eq!(document["profile"]["grants"][0]["order"], "A1");
    assert_eq!(document["profile"]["consents"]["now"]["marketing"], true);
    assert_eq!(names(&document["profile"]["parts"], "kind"), ["user", "wechat", "phone"]);
    // The shopper gets the same, where the shop says that they are signed in.
    let signed_in = signed("one", &json!({"sub": "user-1042x"}));
    let mut mine = shopper.post("/export", &signed_in).await.ok().json();
    for export in [&mut document, &mut mine] {
        export["exported_at"] = Value::Null;
    }
    assert_eq!(mine, document);
    // The device alone gets the conversation that it has.
    let alone = shopper.post("/export", &Value::Null).await.ok().json();
    assert_eq!(names(&alone["conversations"], "id"), ["c-1"]);
    assert_eq!((&alone["profile"]["parts"], &alone["profile"]["grants"]), (&json!([]), &json!([])));
    let other = Shopper { app: &app, id: "c-9".into(), secret: secret("one-c-9") };
    other.post("/export", &signed_in).await.problem(409, "identity_differs");
    other.post("/profile/erase", &signed_in).await.problem(409, "identity_differs");
    other.post("/export", &json!({"token": "user-1042x"})).await.problem(403, "identity_refused");
    other.post("/profile/erase", &json!({"token": "user-1042x"})).await.problem(403, "identity_refused");
    office(&app, "two", "export", &json!({"who": {"user": "user-1042x"}})).await.problem(404, "not_found");
    office(&app, "two", "erase", &json!({"who": {"user": "user-1042x"}})).await.problem(404, "not_found");
}

#[tokio::test]
async fn what_is_erased_is_nowhere() {
    for by_shopper in [false, true] {
        let app = shops();
        let shopper = with_everything(&app).await;
        known(&app, "one", "c-9", &json!({"sub": "77", "phone": "+8613900139000"})).await;
        let ann = app.operator("one", "ann").await;
        let theirs = show(&app, &json!({"user": "77"})).await["profile"].clone();
        ann.post("/conversations/c-1/profile/merges", &json!({"profile": theirs, "note": "unmistakable note"}))
            .await
            .ok();
        let merged = ann.get("/conversations/c-1/profile").await.json()["profile"]["merges"].clone();
        let merge = merged.as_array().unwrap().iter().find(|m| m["by"] == "operator").unwrap()["id"].clone();
        if !by_shopper {
            // The shop means this one and not whom somebody took for the same.
            office(&app, "one", "merges/undo", &json!({ "merge": merge })).await.ok();
        }
        let parts: Vec<String> = names(&show(&app, &json!({"phone": PHONE})).await["parts"], "profile");
        let mut events = shopper.events(None).await;
        events.until("conversation").await;
        let words =
            ["unmistakable", "user-1042x", "USER-1042X", "13800138000", "oAbC-1", "words of c-1", "words of c-2"];
        let erased = if by_shopper {
            let signed_in = signed("one", &json!({"sub": "user-1042x"}));
            let erased = shopper.post("/profile/erase", &signed_in).await.ok().json();
            assert_eq!(
                shopper.post("/profile/erase", &signed_in).await.status,
                404,
                "the device has nothing left to ask with"
            );
            erased
        } else {
            let erased = office(&app, "one", "erase", &json!({"who": {"phone": PHONE}})).await.ok().json();
            office(&app, "one", "erase", &json!({"who": {"phone": PHONE}})).await.problem(404, "not_found");
            erased
        };
        assert_eq!((&erased["profiles"], &erased["conversations"]), (&json!(3), &json!(2)), "{erased}");
        let remaining = erased["remaining"].as_object().unwrap();
        assert!(remaining.values().all(|n| *n == 0) && remaining.len() == 18, "{erased}");
        // PostgreSQL keeps parts of pictures only where they come from elsewhere.
        let may_be_empty = |place: &str| place == "image_parts.conversation" && !app.is_file();
        let empty: Vec<_> = (erased["before"].as_object().unwrap().iter())
            .filter(|(place, n)| **n == 0 && !may_be_empty(place))
            .collect();
        assert!(empty.is_empty(), "the search finds each kind of row where there is one: {empty:?}");
        while events.next().await.is_some() {}
        shopper.get("/messages").await.problem(404, "not_found");
        shopper.open("one").await.problem(404, "not_found");
        let device = Shopper { app: &app, id: "c-1".into(), secret: secret("device of c-1") };
        device.get("").await.problem(404, "not_found");
        // What somebody else has is all there.
        let raw = crate::everything(&app);
        let other = show(&app, &json!({"user": "77"})).await;
        assert_eq!((&other["conversations"], other["merges"].as_array().unwrap().len()), (&json!(1), 1));
        assert!(contains(&raw, b"words of c-9"));
        let stay = names(&other["parts"], "profile");
        let gone = parts.iter().filter(|part| !stay.contains(part)).map(String::as_str);
        for word in words.into_iter().chain(gone) {
            assert!(!contains(&raw, word.as_bytes()), "{word} is still there");
        }
        // The order stays made good, whoever asks.
        let again = remedies::late("r-2", "A1", json!({"customer": "user-1042x"}));
        assert_eq!(remedies::ask(&app, &again).await["reason"], "already_granted");
        // Who comes back is new.
        let back = known(&app, "one", "c-7", &json!({"sub": "user-1042x", "phone": PHONE})).await;
        assert_eq!(back.get("/consents").await.json()["history"], json!([]));
        assert_eq!(show(&app, &json!({"phone": PHONE})).await["conversations"], 1);
    }
}
