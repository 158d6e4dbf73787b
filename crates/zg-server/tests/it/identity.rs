//! Who a shopper is, in the merchant's word: shown to that tenant's operators, never exchanged, gone with the conversation.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};

use crate::support::{START, TestApp};

fn shops() -> TestApp {
    TestApp::with(|config| {
        for site in &mut config.sites {
            site.identity_keys = vec![format!("{:_<32}", site.key).into_bytes()];
        }
    })
}

pub fn token(shop: &str, claims: &Value) -> String {
    let encode = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let signed = format!("{}.{}", encode(&json!({"alg": "HS256", "typ": "JWT"})), encode(claims));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(format!("{shop:_<32}").as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(&mac.finalize().into_bytes()))
}

pub fn claims(subject: &str, shop: &str) -> Value {
    json!({"sub": subject, "aud": shop, "exp": START / 1000 + 300, "name": "林小姐"})
}

#[tokio::test]
async fn operators_see_who_it_is_and_nobody_is_exchanged() {
    let app = shops();
    let shopper = app.shopper("one", "c-1").await;
    let identify = async |token: String| shopper.post("/identity", &json!({ "token": token })).await;
    assert_eq!(identify(token("one", &claims("1042", "one"))).await.ok().json(), json!({"subject": "1042"}));
    // A retry, with a new token and a new name.
    let mut again = claims("1042", "one");
    again["name"] = json!("林溪");
    identify(token("one", &again)).await.ok();
    identify(token("one", &claims("7", "one"))).await.problem(409, "identity_differs");
    shopper.say("m-1", "在吗").await.ok();
    shopper.post("/handoff", &Value::Null).await.ok();
    let lin = app.operator("one", "lin").await;
    let queue = lin.get("/queue").await.ok().json();
    assert_eq!((&queue["items"][0]["subject"], &queue["items"][0]["subject_name"]), (&json!("1042"), &json!("林溪")));
    let view = lin.get("/conversations/c-1").await.ok().json();
    assert_eq!(view["subject"], "1042");
    // The shopper's own side says nothing of it, and erasing takes it along.
    assert!(!shopper.get("").await.ok().text().contains("1042"));
    shopper.erase().await.ok();
    if !app.is_file() {
        return;
    }
    let bytes = std::fs::read(app.folder.0.join("zhanggui.sqlite3")).unwrap();
    assert!(!bytes.windows(6).any(|window| window == "林溪".as_bytes()), "the name is still on the disk");
}

#[tokio::test]
async fn one_shops_key_says_nothing_at_another_and_words_are_no_identity() {
    let app = shops();
    let shopper = app.shopper("one", "c-1").await;
    for (given, detail) in [
        (token("two", &claims("1042", "one")), "no key of this storefront"),
        (token("two", &claims("1042", "two")), "no key of this storefront"),
        (token("one", &claims("1042", "two")), "aud"),
        (token("one", &json!({"sub": "1042", "aud": "one", "exp": START / 1000 - 3600})), "exp"),
        ("lin@example.com".to_owned(), "three parts"),
        (String::new(), "three parts"),
        ("x".repeat(100_000), "three parts"),
    ] {
        let problem = shopper.post("/identity", &json!({ "token": given })).await.problem(403, "identity_refused");
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
    }
    shopper.post("/identity", &json!({"token": "a.b.c", "sub": "1042"})).await.problem(422, "invalid_request");
    // Without a key there is no word to believe.
    let plain = TestApp::new();
    let shopper = plain.shopper("one", "c-1").await;
    shopper
        .post("/identity", &json!({ "token": token("one", &claims("1042", "one")) }))
        .await
        .problem(403, "identity_refused");
}
