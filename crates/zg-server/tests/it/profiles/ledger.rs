//! What puts two shoppers together by mistake is taken back, and nothing is lost by it.

use serde_json::{Value, json};

use super::{PHONE, contains, desk, fresh, known, names, office, shops, show, signed};
use crate::support::{Shopper, secret};

/// The profile without its ledger.
fn without_ledger(mut profile: Value) -> Value {
    profile.as_object_mut().unwrap().remove("merges");
    profile
}

#[tokio::test]
async fn a_wrong_merge_is_taken_back_without_loss() {
    let app = shops();
    let lin = known(&app, "one", "c-1", &json!({"sub": "1", "phone": PHONE})).await;
    let chen = known(&app, "one", "c-2", &json!({"sub": "2"})).await;
    for (shopper, purpose) in [(&lin, "marketing"), (&chen, "recommendations")] {
        let consent = json!({"purpose": purpose, "granted": true, "wording": "v1", "channel": "web"});
        shopper.post("/consents", &consent).await.ok();
    }
    let ann = app.operator("one", "ann").await;
    let bob = app.operator("two", "bob").await;
    let everything = async || {
        let mut all = Vec::new();
        for who in [json!({"user": "1"}), json!({"user": "2"})] {
            all.push(without_ledger(show(&app, &who).await));
        }
        for id in ["c-1", "c-2"] {
            all.push(desk(&ann, id).await["earlier"].clone());
        }
        all
    };
    let before = everything().await;
    // Two accounts with one number are a household until somebody says otherwise.
    chen.post("/identity", &signed("one", &json!({"sub": "2", "phone": PHONE}))).await.ok();
    assert_eq!(everything().await, before);
    let seen = desk(&ann, "c-2").await;
    let proposal = seen["profile"]["merges"][0].clone();
    assert_eq!(
        (&proposal["applied"], &proposal["evidence"], &proposal["confidence"]),
        (&json!(false), &json!("phone"), &json!(400))
    );
    let other = show(&app, &json!({"user": "1"})).await["profile"].clone();
    let merge = json!({"profile": other, "note": "说是同一位客人"});
    bob.post("/conversations/c-2/profile/merges", &merge).await.problem(404, "not_found");
    let merged = ann.post("/conversations/c-2/profile/merges", &merge).await.ok().json();
    assert_eq!(
        (&merged["by"], &merged["operator"], &merged["evidence"]),
        (&json!("operator"), &json!("ANN"), &json!("hand"))
    );
    // Again is a retry.
    assert_eq!(ann.post("/conversations/c-2/profile/merges", &merge).await.ok().json()["id"], merged["id"]);
    let together = show(&app, &json!({"user": "2"})).await;
    assert_eq!((&together["conversations"], together["parts"].as_array().unwrap().len()), (&json!(2), 3));
    assert_eq!(names(&desk(&ann, "c-2").await["earlier"], "id"), ["c-1"]);
    // New ones come in meanwhile, to the one they are of.
    known(&app, "one", "c-3", &json!({"sub": "2"})).await;
    assert_eq!(names(&desk(&ann, "c-1").await["earlier"], "id"), ["c-3", "c-2"]);
    // What people took for one shopper shows the one's words to the other by no token.
    let exported = chen.post("/export", &signed("one", &json!({"sub": "2"}))).await.ok().text();
    assert!(exported.contains("words of c-3") && !exported.contains("words of c-1"), "{exported}");
    let undo = json!({"merge": merged["id"]});
    bob.post("/conversations/c-2/profile/merges/undo", &undo).await.problem(404, "not_found");
    office(&app, "two", "merges/undo", &undo).await.problem(404, "not_found");
    let strange = known(&app, "one", "c-8", &json!({"sub": "8"})).await;
    ann.post("/conversations/c-8/profile/merges/undo", &undo).await.problem(404, "not_found");
    strange.erase().await;
    let undone = ann.post("/conversations/c-1/profile/merges/undo", &undo).await.ok().json();
    assert_eq!((&undone["undone"]["by"], &undone["undone"]["operator"]), (&json!("operator"), &json!("ANN")));
    assert_eq!(
        ann.post("/conversations/c-1/profile/merges/undo", &undo).await.ok().json(),
        undone,
        "a retry changes nothing"
    );
    let third = Shopper { app: &app, id: "c-3".into(), secret: secret("one-c-3") };
    assert_eq!(third.erase().await.status, 204);
    assert_eq!(everything().await, before, "as it was");
    // No token says it again, and the ledger keeps what was.
    chen.post("/identity", &signed("one", &json!({"sub": "2", "phone": PHONE}))).await.ok();
    assert_eq!(everything().await, before);
    let ledger = show(&app, &json!({"user": "2"})).await["merges"].clone();
    assert_eq!(ledger.as_array().unwrap().len(), 2, "{ledger}");
    // The shop may still know better.
    let known = json!({"one": {"user": "1"}, "other": {"user": "2"}, "note": "CRM 4711"});
    let merged = office(&app, "one", "merges", &known).await.ok().json();
    assert_eq!((&merged["by"], &merged["note"]), (&json!("merchant"), &json!("CRM 4711")));
    assert_eq!(show(&app, &json!({"user": "2"})).await["conversations"], 2);
    office(&app, "one", "merges/undo", &json!({"merge": merged["id"]})).await.ok();
    assert_eq!(everything().await, before);
    // What a token has put together is taken back the same way.
    let ledger = show(&app, &json!({"phone": PHONE})).await["merges"].clone();
    let by_token = ledger.as_array().unwrap().iter().find(|m| m["by"] == "token" && m["applied"] == true).unwrap();
    office(&app, "one", "merges/undo", &json!({"merge": by_token["id"]})).await.ok();
    assert_eq!(show(&app, &json!({"phone": PHONE})).await["conversations"], 0);
    lin.post("/identity", &signed("one", &json!({"sub": "1", "phone": PHONE}))).await.ok();
    assert_eq!(show(&app, &json!({"phone": PHONE})).await["conversations"], 0);
    for (body, status, code) in [
        (json!({"one": {"user": "1"}, "other": {"user": "nobody"}}), 409, "not_verified"),
        (json!({"one": {"user": "1"}, "other": {"user": "1"}}), 409, "not_verified"),
        (json!({"one": {"user": "1"}, "other": {"user": "2"}, "note": "a\nb"}), 422, "invalid_request"),
        (json!({"one": {"user": "1"}, "other": {"user": "2"}, "note": "x".repeat(201)}), 422, "invalid_request"),
    ] {
        office(&app, "one", "merges", &body).await.problem(status, code);
    }
}

/// Whatever is put together and taken back, in whatever order: what holds is what the ledger's rows in effect say, and when all
/// are undone everything is as it was.
#[tokio::test]
async fn the_ledger_and_nothing_else_says_who_is_who() {
    const N: usize = 6;
    let app = shops();
    for n in 0..N {
        known(&app, "one", &format!("c-{n}"), &json!({"sub": format!("u-{n}")})).await;
    }
    let ann = app.operator("one", "ann").await;
    let shown = async || {
        let mut all = Vec::new();
        for n in 0..N {
            all.push(show(&app, &json!({"user": format!("u-{n}")})).await);
        }
        all
    };
    let untouched = shown().await;
    let own: Vec<String> = untouched.iter().map(|one| one["profile"].as_str().unwrap().to_owned()).collect();
    let mut in_effect: Vec<(String, usize, usize)> = Vec::new();
    // Xorshift64* (Vigna 2016), so that every run is the same.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |n: usize| {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        usize::try_from(state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % n
    };
    for step in 0..60 {
        let undo = !in_effect.is_empty() && (step >= 40 || next(3) == 0);
        if undo {
            let (merge, one, _) = in_effect.swap_remove(next(in_effect.len()));
            let undo = json!({ "merge": merge });
            if next(2) == 0 {
                office(&app, "one", "merges/undo", &undo).await.ok();
            } else {
                ann.post(&format!("/conversations/c-{one}/profile/merges/undo"), &undo).await.ok();
            }
        } else if step < 40 {
            let (one, other) = (next(N), next(N));
            if one == other {
                continue;
            }
            let merge = if next(2) == 0 {
                let pair = json!({"one": {"user": format!("u-{one}")}, "other": {"user": format!("u-{other}")}});
                office(&app, "one", "merges", &pair).await.ok().json()
            } else {
                let other = json!({"profile": own[other]});
                ann.post(&format!("/conversations/c-{one}/profile/merges"), &other).await.ok().json()
            };
            let id = merge["id"].as_str().unwrap().to_owned();
            if in_effect.iter().all(|(known, ..)| *known != id) {
                in_effect.push((id, one, other));
            }
        }
        // Each with those whom a chain of rows in effect leads to.
        let mut group: Vec<usize> = (0..N).collect();
        for _ in 0..N {
            for (_, one, other) in &in_effect {
                let least = group[*one].min(group[*other]);
                (group[*one], group[*other]) = (least, least);
            }
        }
        for (n, shown) in shown().await.into_iter().enumerate() {
            let mut expected: Vec<&String> = (0..N).filter(|k| group[*k] == group[n]).map(|k| &own[k]).collect();
            expected.sort();
            let mut parts = names(&shown["parts"], "profile");
            parts.sort();
            assert_eq!(parts.iter().collect::<Vec<_>>(), expected, "step {step} of {n}: {in_effect:?}");
            assert_eq!(shown["conversations"], expected.len());
        }
    }
    while let Some((merge, ..)) = in_effect.pop() {
        office(&app, "one", "merges/undo", &json!({ "merge": merge })).await.ok();
    }
    let after: Vec<Value> = shown().await.into_iter().map(without_ledger).collect();
    assert_eq!(after, untouched.into_iter().map(without_ledger).collect::<Vec<_>>());
}

/// A number is given to somebody else three months after it was given up, and not sooner.
#[tokio::test]
async fn a_number_that_was_silent_for_long_may_be_another_persons() {
    const DAY: i64 = 86_400_000;
    let app = shops();
    let phone = json!({ "phone": PHONE });
    known(&app, "one", "c-1", &phone).await;
    app.clock.advance(90 * DAY);
    known(&app, "one", "c-2", &phone).await;
    assert_eq!(show(&app, &phone).await["conversations"], 2, "still the same");
    app.clock.advance(90 * DAY + 1000);
    let ann = app.operator("one", "ann").await;
    let stranger = known(&app, "one", "c-3", &phone).await;
    assert_eq!(show(&app, &phone).await["conversations"], 1);
    let seen = desk(&ann, "c-3").await;
    assert_eq!(seen["earlier"], json!([]));
    let proposal = seen["profile"]["merges"][0].clone();
    assert_eq!((&proposal["applied"], &proposal["confidence"]), (&json!(false), &json!(400)));
    let exported = stranger.post("/export", &fresh(&app, "one", &phone)).await.ok().json();
    assert_eq!(names(&exported["conversations"], "id"), ["c-3"]);
    // An account that signs up with it is whose it is now.
    known(&app, "one", "c-4", &json!({"sub": "2077", "phone": PHONE})).await;
    assert_eq!(names(&desk(&ann, "c-4").await["earlier"], "id"), ["c-3"]);
    // The device that has the old conversation, and the account that it was with, go on however long it took.
    app.clock.advance(200 * DAY);
    let ann = app.operator("one", "ann").await;
    let device = Shopper { app: &app, id: "c-2".into(), secret: secret("one-c-2") };
    device.post("/identity", &fresh(&app, "one", &phone)).await.problem(409, "identity_differs");
    known(&app, "one", "c-5", &json!({"sub": "2077", "phone": PHONE})).await;
    assert_eq!(names(&desk(&ann, "c-5").await["earlier"], "id"), ["c-4", "c-3"]);
    let account = show(&app, &json!({"user": "2077"})).await;
    assert_eq!((&account["conversations"], account["parts"].as_array().unwrap().len()), (&json!(3), 2));
    let other = app.shopper("one", "c-6").await;
    let wechat = json!({"phone": "+8613900139000", "wechat": "oAbC-6"});
    other.post("/identity", &fresh(&app, "one", &json!({"phone": "+8613900139000"}))).await.ok();
    app.clock.advance(200 * DAY);
    other.post("/identity", &fresh(&app, "one", &wechat)).await.ok();
    assert_eq!(show(&app, &json!({"wechat": "oAbC-6"})).await["parts"].as_array().unwrap().len(), 2);
    // Who has it erased by the number means all who had it.
    let erased = office(&app, "one", "erase", &json!({ "who": phone })).await.ok().json();
    assert_eq!(erased["conversations"], 5);
    assert!(!contains(&crate::everything(&app), b"words of c-1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tokens_at_once_make_one_profile() {
    let app = shops();
    let mut shoppers = Vec::new();
    for n in 0..24 {
        shoppers.push(app.shopper("one", &format!("c-{n}")).await);
    }
    // Half of them know both, the others one of the two.
    let whos = [
        json!({"sub": "1042", "phone": PHONE}),
        json!({"phone": PHONE, "sub": "1042"}),
        json!({"sub": "1042"}),
        json!({"phone": PHONE}),
    ];
    let tokens: Vec<Value> = (0..24).map(|n| signed("one", &whos[n % 4])).collect();
    let asks = shoppers.iter().zip(&tokens).map(|(shopper, token)| shopper.post("/identity", token));
    for answer in futures_util::future::join_all(asks).await {
        answer.ok();
    }
    let profile = show(&app, &json!({"user": "1042"})).await;
    assert_eq!(profile["conversations"], 24);
    assert_eq!((profile["parts"].as_array().unwrap().len(), profile["merges"].as_array().unwrap().len()), (2, 1));
}
