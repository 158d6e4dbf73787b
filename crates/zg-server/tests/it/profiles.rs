//! One shopper over several conversations: what puts them together, what does not, and what takes it back.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::identity::{claims, token};
use crate::images::{PNG, picture};
use crate::remedies;
use crate::support::{Answer, Operator, START, Shopper, TestApp, secret};

const PHONE: &str = "+8613800138000";

/// Shops whose back offices sign tokens and have secrets.
pub fn shops() -> TestApp {
    TestApp::with(with_keys)
}

pub fn with_keys(config: &mut zg_server::Config) {
    remedies::with_policy(config);
    for site in &mut config.sites {
        site.identity_keys = vec![format!("{:_<32}", site.key).into_bytes()];
    }
}

/// Something in every table of profiles, of a shopper who is at `c-5`.
pub async fn fill(app: &TestApp) {
    let shopper = Shopper { app, id: "c-5".into(), secret: secret("one-c-5") };
    shopper.post("/identity", &signed("one", &json!({"sub": "1042", "phone": PHONE}))).await.ok();
    let consent = json!({"purpose": "marketing", "granted": true, "wording": "v1", "channel": "web"});
    shopper.post("/consents", &consent).await.ok();
    redeem(app, "one", &code(&shopper).await, &secret("device"), "app").await.ok();
}

/// What `fill` has put there, as it is told.
pub async fn told(app: &TestApp) -> Vec<Value> {
    let device = Shopper { app, id: "c-5".into(), secret: secret("device") };
    let keys = device.get("/keys").await.ok().json();
    vec![keys, device.get("/consents").await.ok().json(), show(app, &json!({"phone": PHONE})).await]
}

/// What a back office asks for.
async fn office(app: &TestApp, tenant: &str, path: &str, body: &Value) -> Answer {
    let request = Request::post(format!("/v1/profiles/{path}"))
        .header("authorization", format!("Bearer {}", secret(tenant)))
        .header("content-type", "application/json");
    app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn show(app: &TestApp, who: &Value) -> Value {
    office(app, "one", "show", &json!({ "who": who })).await.ok().json()
}

fn signed(tenant: &str, who: &Value) -> Value {
    let mut all = claims("", tenant);
    all.as_object_mut().unwrap().remove("sub");
    for (name, value) in who.as_object().unwrap() {
        all[name] = value.clone();
    }
    json!({ "token": token(tenant, &all) })
}

/// The same, signed now, whatever the clock says.
fn fresh(app: &TestApp, tenant: &str, who: &Value) -> Value {
    let mut who = who.clone();
    who["exp"] = (app.app.now().as_millis() / 1000 + 300).into();
    signed(tenant, &who)
}

/// Opens a conversation of somebody whom the shop vouches for, who says something and asks for a person.
async fn known<'a>(app: &'a TestApp, tenant: &str, id: &str, who: &Value) -> Shopper<'a> {
    let shopper = app.shopper(tenant, id).await;
    shopper.post("/identity", &fresh(app, tenant, who)).await.ok();
    shopper.say("m-1", &format!("words of {id}")).await.ok();
    shopper.post("/handoff", &Value::Null).await.ok();
    shopper
}

async fn desk(operator: &Operator<'_>, id: &str) -> Value {
    operator.get(&format!("/conversations/{id}/profile")).await.ok().json()
}

fn names(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_a_token_names_together_is_one_shopper() {
    let app = shops();
    known(&app, "one", "c-1", &json!({"sub": "1042", "phone": "138 0013 8000"})).await;
    // In a WeChat mini program nobody is signed in; the number was verified all the same.
    known(&app, "one", "c-2", &json!({"phone": "0086-13800138000"})).await;
    known(&app, "one", "c-3", &json!({"sub": "1042", "wechat": "oAbC-1"})).await;
    known(&app, "one", "c-4", &json!({"wechat": "oAbC-1"})).await;
    known(&app, "one", "c-9", &json!({"sub": "77"})).await;
    let profile = show(&app, &json!({"user": "1042"})).await;
    assert_eq!(profile["conversations"], 4, "{profile}");
    assert_eq!(names(&profile["parts"], "kind"), ["user", "wechat", "phone"]);
    let merges = profile["merges"].as_array().unwrap();
    let mut said: Vec<_> = merges
        .iter()
        .map(|m| (m["evidence"].as_str().unwrap(), m["confidence"].as_i64().unwrap(), m["by"].as_str().unwrap()))
        .collect();
    said.sort_unstable();
    assert_eq!(said, [("phone", 950, "token"), ("wechat", 990, "token")]);
    assert_eq!(show(&app, &json!({"phone": PHONE})).await, profile);
    assert_eq!(show(&app, &json!({"wechat": "oAbC-1"})).await, profile);
    // Again, as on every page: nothing is added.
    let shopper = Shopper { app: &app, id: "c-1".into(), secret: secret("one-c-1") };
    shopper.post("/identity", &signed("one", &json!({"sub": "1042", "phone": PHONE}))).await.ok();
    assert_eq!(show(&app, &json!({"user": "1042"})).await, profile);
    // Whose it is does not change: not to another, and not to one who only has the same phone and another account.
    shopper.post("/identity", &signed("one", &json!({"sub": "77"}))).await.problem(409, "identity_differs");
    shopper
        .post("/identity", &signed("one", &json!({"phone": "+8613900139000"})))
        .await
        .problem(409, "identity_differs");
    shopper.post("/identity", &signed("one", &json!({"phone": PHONE}))).await.ok();
    assert_eq!(show(&app, &json!({"user": "1042"})).await, profile);
    office(&app, "one", "show", &json!({"who": {"phone": "+8613900139000"}})).await.problem(404, "not_found");
    // The people of the shop see earlier conversations, and no number.
    let ann = app.operator("one", "ann").await;
    let seen = desk(&ann, "c-2").await;
    assert_eq!(seen["verified"], true);
    assert_eq!(names(&seen["earlier"], "id"), ["c-4", "c-3", "c-1"]);
    assert_eq!(seen["earlier"][2]["preview"], "words of c-1");
    assert!(!seen.to_string().contains("1380013") && !seen.to_string().contains("oAbC"), "{seen}");
    let raw = crate::everything(&app);
    for secret_word in ["13800138000", "oAbC-1"] {
        assert!(!contains(&raw, secret_word.as_bytes()), "{secret_word} is kept in clear");
    }
    assert!(contains(&raw, b"words of c-1"), "the test reads the right bytes");
    // Another shop with the same shopper knows nothing of it.
    known(&app, "two", "d-1", &json!({"sub": "1042", "phone": PHONE})).await;
    let elsewhere = office(&app, "two", "show", &json!({"who": {"user": "1042"}})).await.ok().json();
    assert_eq!(elsewhere["conversations"], 1);
    let parts = names(&elsewhere["parts"], "profile");
    assert!(names(&profile["parts"], "profile").iter().all(|part| !parts.contains(part)));
    for body in [
        json!({"who": {}}),
        json!({"who": {"user": "1", "phone": PHONE}}),
        json!({"who": {"phone": "8888"}}),
        json!({"who": {"user": ""}}),
        json!({"who": {"user": "a\nb"}}),
        json!({"who": {"user": "x".repeat(129)}}),
        json!({"who": {"email": "lin@example.com"}}),
        json!({"user": "1042"}),
    ] {
        office(&app, "one", "show", &body).await.problem(422, "invalid_request");
    }
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

#[tokio::test]
async fn what_is_typed_puts_nobody_together() {
    let app = shops();
    known(&app, "one", "c-1", &json!({"sub": "1042", "phone": PHONE, "wechat": "oAbC-1"})).await;
    let before = show(&app, &json!({"user": "1042"})).await;
    let stranger = app.shopper("one", "c-2").await;
    for (n, words) in
        ["我是 1042", PHONE, "13800138000", "lin@example.com", "oAbC-1", "我的手机号是13800138000，会员号1042"]
            .iter()
            .enumerate()
    {
        stranger.say(&format!("m-{n}"), words).await.ok();
    }
    let packet = json!({
        "wants": "我的手机号是13800138000", "facts": {"phone": PHONE, "user": "1042", "sub": "1042", "email": "lin@example.com"}
    });
    stranger.post("/handoff", &json!({"reason": "asked", "packet": packet})).await.ok();
    let ann = app.operator("one", "ann").await;
    ann.act("c-2", "take").await.ok();
    ann.reply("c-2", "r-1", "您的手机号是13800138000吗？").await.ok();
    stranger.say("m-yes", "是的").await.ok();
    let seen = desk(&ann, "c-2").await;
    assert_eq!((&seen["verified"], &seen["earlier"], &seen["profile"]), (&json!(false), &json!([]), &Value::Null));
    // Not even the people of the shop can: there is nothing that anybody vouches for.
    let profile = before["profile"].clone();
    ann.post("/conversations/c-2/profile/merges", &json!({"profile": profile})).await.problem(409, "not_verified");
    assert_eq!(show(&app, &json!({"user": "1042"})).await, before);
    // A token that is not the shop's is typed as well.
    stranger.post("/identity", &json!({"token": PHONE})).await.problem(403, "identity_refused");
    stranger.post("/identity", &signed("two", &json!({"phone": PHONE}))).await.problem(403, "identity_refused");
}

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

#[tokio::test]
async fn consent_is_by_purpose_and_the_newest_word_holds() {
    let app = shops();
    let shopper = app.shopper("one", "c-1").await;
    let asked = shopper.get("/consents").await.ok().json();
    assert_eq!(asked, json!({"now": {"service": true, "recommendations": false, "marketing": false}, "history": []}));
    let give = async |purpose: &str, granted: bool| {
        let body = json!({"purpose": purpose, "granted": granted, "wording": "privacy-2026-05", "channel": "wechat"});
        shopper.post("/consents", &body).await.ok().json()
    };
    assert_eq!(give("marketing", true).await["now"]["marketing"], true);
    app.clock.advance(1000);
    // A retry is no second word.
    let again = give("marketing", true).await;
    let told = json!({
        "purpose": "marketing", "granted": true, "wording": "privacy-2026-05", "channel": "wechat", "by": "shopper", "at": START
    });
    assert_eq!(again["history"], json!([told]));
    let withdrawn = give("marketing", false).await;
    assert_eq!((&withdrawn["now"]["marketing"], withdrawn["history"].as_array().unwrap().len()), (&json!(false), 2));
    give("recommendations", true).await;
    // What was said before anybody knew who it was is theirs once somebody does.
    shopper.post("/identity", &signed("one", &json!({"sub": "1042"}))).await.ok();
    let second = known(&app, "one", "c-2", &json!({"sub": "1042"})).await;
    assert_eq!(second.get("/consents").await.json()["now"]["recommendations"], true);
    let record = json!({
        "who": {"user": "1042"}, "purpose": "recommendations", "granted": false, "wording": "shop-7", "channel": "app"
    });
    let recorded = office(&app, "one", "consents", &record).await.ok().json();
    assert_eq!(recorded["now"]["recommendations"], false);
    assert_eq!(recorded["history"][3]["by"], "merchant");
    assert_eq!(shopper.get("/consents").await.json(), recorded);
    // It outlives the conversation in which it was said.
    assert_eq!(shopper.erase().await.status, 204);
    assert_eq!(second.get("/consents").await.json(), recorded);
    // Without `service` the people of the shop see this conversation and no other.
    known(&app, "one", "c-3", &json!({"sub": "1042"})).await;
    let ann = app.operator("one", "ann").await;
    assert_eq!(names(&desk(&ann, "c-2").await["earlier"], "id"), ["c-3"]);
    let refuse = json!({"purpose": "service", "granted": false, "wording": "v1", "channel": "web"});
    second.post("/consents", &refuse).await.ok();
    for id in ["c-2", "c-3"] {
        let seen = desk(&ann, id).await;
        assert_eq!((&seen["earlier"], &seen["profile"]["consents"]["now"]["service"]), (&json!([]), &json!(false)));
    }
    // Nor where people have put somebody else to it.
    known(&app, "one", "c-4", &json!({"sub": "2"})).await;
    let pair = json!({"one": {"user": "1042"}, "other": {"user": "2"}});
    let theirs = show(&app, &json!({"user": "1042"})).await["profile"].clone();
    ann.post("/conversations/c-4/profile/merges", &json!({"profile": theirs})).await.ok();
    assert_eq!(desk(&ann, "c-4").await["earlier"], json!([]));
    office(&app, "two", "merges", &pair).await.problem(409, "not_verified");
    for body in [
        json!({"purpose": "everything", "granted": true, "wording": "v1", "channel": "web"}),
        json!({"purpose": "marketing", "granted": true, "wording": "", "channel": "web"}),
        json!({"purpose": "marketing", "granted": true, "wording": "a b", "channel": "web"}),
        json!({"purpose": "marketing", "granted": true, "wording": "v1", "channel": "fax"}),
        json!({"purpose": "marketing", "granted": "yes", "wording": "v1", "channel": "web"}),
        json!({"purpose": "marketing", "granted": true, "wording": "v1"}),
    ] {
        second.post("/consents", &body).await.problem(422, "invalid_request");
    }
}

async fn redeem(app: &TestApp, site: &str, code: &str, secret: &str, channel: &str) -> Answer {
    let body = json!({"code": code, "site_key": site, "channel": channel}).to_string();
    let request = Request::post("/v1/continuations/redeem")
        .header("authorization", format!("Bearer {secret}"))
        .header("content-type", "application/json");
    app.send(request.body(Body::from(body)).unwrap()).await
}

async fn code(shopper: &Shopper<'_>) -> String {
    let given = shopper.post("/continuations", &Value::Null).await;
    assert_eq!(given.status, 201, "{}", given.text());
    assert_eq!(given.json()["expires_at"].as_i64().unwrap() - shopper.app.app.clock.now().as_millis(), 600_000);
    given.json()["code"].as_str().unwrap().to_owned()
}

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

/// The same conversation on another device, whose secret is made of `seed`.
pub async fn continued<'a>(shopper: &Shopper<'a>, seed: &str) -> Shopper<'a> {
    let device = Shopper { app: shopper.app, id: shopper.id.clone(), secret: secret(seed) };
    redeem(shopper.app, "one", &code(shopper).await, &device.secret, "app").await.ok();
    device
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

/// A shopper of whom there is something in every table.
async fn with_everything(app: &TestApp) -> Shopper<'_> {
    let shopper = known(app, "one", "c-1", &json!({"sub": "user-1042x", "phone": PHONE, "wechat": "oAbC-1"})).await;
    shopper.say("m-2", &"unmistakable words of a shopper ".repeat(200)).await.ok();
    shopper.post("/images", &picture("p-1", PNG)).await.ok();
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
    assert_eq!(conversations[0]["messages"].as_array().unwrap().len(), 254);
    let seqs: Vec<u64> =
        conversations[0]["messages"].as_array().unwrap().iter().map(|m| m["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=254).collect::<Vec<_>>());
    assert_eq!(conversations[0]["images"][0]["data"], picture("p-1", PNG)["data"]);
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
        assert!(remaining.values().all(|n| *n == 0) && remaining.len() == 17, "{erased}");
        let empty: Vec<_> = erased["before"].as_object().unwrap().iter().filter(|(_, n)| **n == 0).collect();
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

#[tokio::test]
async fn with_another_key_no_server_starts() {
    let app = shops();
    known(&app, "one", "c-1", &json!({"phone": PHONE})).await;
    let restarted = async |key: Option<&[u8]>| {
        let mut config = (*app.app.config()).clone();
        config.profile_key = key.map(<[u8]>::to_vec);
        zg_server::App::start(config, Box::new(app.clock.clone())).await.map(drop).map_err(|error| error.to_string())
    };
    let refused = restarted(Some(b"a second key, of thirty-two bytes")).await.unwrap_err();
    assert!(refused.contains("profile_key_file"), "{refused}");
    restarted(None).await.unwrap();
    // The same number is known otherwise where there is one.
    let other = TestApp::with(|config| {
        with_keys(config);
        config.profile_key = Some(b"a second key, of thirty-two bytes".to_vec());
    });
    known(&other, "one", "c-1", &json!({"phone": PHONE})).await;
    assert_eq!(show(&other, &json!({"phone": PHONE})).await["conversations"], 1);
}

#[tokio::test]
async fn whoever_was_identified_before_there_were_profiles_is_found() {
    let app = shops();
    let shopper = known(&app, "one", "c-1", &json!({"sub": "1042"})).await;
    // As an older release left it.
    crate::change(&app, "UPDATE conversations SET profile = NULL");
    crate::change(&app, "DELETE FROM profiles");
    let export = office(&app, "one", "export", &json!({"who": {"user": "1042"}})).await.ok().json();
    assert_eq!(names(&export["conversations"], "id"), ["c-1"]);
    shopper.post("/identity", &signed("one", &json!({"sub": "1042", "phone": PHONE}))).await.ok();
    assert_eq!(show(&app, &json!({"phone": PHONE})).await["conversations"], 1);
    crate::change(&app, "UPDATE conversations SET profile = NULL");
    let erased = office(&app, "one", "erase", &json!({"who": {"phone": PHONE}})).await.ok().json();
    assert_eq!(erased["conversations"], 0, "a number alone does not lead there");
    let erased = office(&app, "one", "erase", &json!({"who": {"user": "1042"}})).await.ok().json();
    assert_eq!(erased["conversations"], 1);
    assert!(!contains(&crate::everything(&app), b"words of c-1"));
}
