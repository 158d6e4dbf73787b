//! One shopper over several conversations: what puts them together, what does not, and what takes it back.

// By their paths, because `tests/postgres` has this file, too.
#[path = "profiles/devices.rs"]
mod devices;
#[path = "profiles/ledger.rs"]
mod ledger;
#[path = "profiles/record.rs"]
mod record;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::identity::{claims, token};
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

/// The same conversation on another device, whose secret is made of `seed`.
pub async fn continued<'a>(shopper: &Shopper<'a>, seed: &str) -> Shopper<'a> {
    let device = Shopper { app: shopper.app, id: shopper.id.clone(), secret: secret(seed) };
    redeem(shopper.app, "one", &code(shopper).await, &device.secret, "app").await.ok();
    device
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
