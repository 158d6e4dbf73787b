//! Pictures that shoppers show to people, and up to where each side has seen the talk.

use serde_json::{Value, json};

use crate::support::{START, Shopper, TestApp};

/// Two by three pixels each.
pub const JPEG: &str = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wAARCAADAAIDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAAX/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCdAB//2Q==";
pub const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAFElEQVR4nGM8ISfHwMDAxMDAgKAAFEoBCqHkTQMAAAAASUVORK5CYII=";
pub const WEBP: &str = "UklGRjoAAABXRUJQVlA4IC4AAACwAQCdASoCAAMAAUAmJaACdLoABDAAAP7x3I/4DdfFtMv/vYL/3YL/3YL/WwAA";
const GIF: &str = "R0lGODdhAgADAIEAAMgeHgAAAAAAAAAAACwAAAAAAgADAAAIBgABCBwYEAA7";
/// 5,000 pixels wide.
const WIDE: &str = "iVBORw0KGgoAAAANSUhEUgAAE4gAAAABAQAAAAAaanklAAAAD0lEQVR4nGNgGAWjgJ4AAAJyAAHq5ifDAAAAAElFTkSuQmCC";
/// `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`
const SVG: &str = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIG9ubG9hZD0iYWxlcnQoMSkiLz4=";

/// So large that it is written in parts; what follows the picture itself is the word "unmistakable", again and again.
pub fn large() -> String {
    format!("{WEBP}{}", "dW5taXN0YWthYmxl".repeat(4_000))
}

pub fn picture(id: &str, data: &str) -> Value {
    let message = json!({ "id": id, "author": "shopper", "at": START - 1000, "text": "[图片]", "kind": "image" });
    json!({ "message": message, "data": data })
}

async fn asked<'a>(app: &'a TestApp, tenant: &str, id: &str) -> Shopper<'a> {
    let shopper = app.shopper(tenant, id).await;
    shopper.say("m-0", "坏了").await.ok();
    shopper.post("/handoff", &Value::Null).await.ok();
    shopper
}

#[tokio::test]
async fn a_picture_reaches_the_desk_once_and_goes_with_the_conversation() {
    let app = TestApp::new();
    let shopper = asked(&app, "one", "c-1").await;
    let ann = app.operator("one", "ann").await;
    let first = shopper.post("/images", &picture("m-1", JPEG)).await.ok().json()["acks"][0].clone();
    assert_eq!((&first["id"], &first["duplicate"]), (&json!("m-1"), &json!(false)));
    let retry = shopper.post("/images", &picture("m-1", JPEG)).await.ok().json()["acks"][0].clone();
    assert_eq!((&retry["seq"], &retry["duplicate"]), (&first["seq"], &json!(true)));
    // The same words about another picture are another message.
    shopper.post("/images", &picture("m-1", PNG)).await.problem(409, "id_conflict");
    let large = large();
    for (id, data) in [("m-2", PNG), ("m-3", WEBP), ("m-4", large.as_str())] {
        shopper.post("/images", &picture(id, data)).await.ok();
    }
    let retry = shopper.post("/images", &picture("m-4", &large)).await.ok().json()["acks"][0].clone();
    assert_eq!((&retry["seq"], &retry["duplicate"]), (&json!(5), &json!(true)));
    shopper.post("/images", &picture("m-4", &format!("{large}AAAA"))).await.problem(409, "id_conflict");

    let view = ann.get("/conversations/c-1").await.ok().json();
    assert_eq!(view["messages"][1]["kind"], "image");
    for (id, media_type) in [("m-1", "image/jpeg"), ("m-2", "image/png"), ("m-3", "image/webp"), ("m-4", "image/webp")]
    {
        let shown = ann.get(&format!("/conversations/c-1/images/{id}")).await;
        assert_eq!(shown.ok().headers["content-type"], media_type);
        assert_eq!(shown.headers["x-content-type-options"], "nosniff");
        assert_eq!(shown.headers["content-security-policy"], "default-src 'none'; sandbox");
        assert_eq!(shown.bytes, shopper.get(&format!("/images/{id}")).await.ok().bytes);
    }
    let whole = ann.get("/conversations/c-1/images/m-4").await.ok().bytes.clone();
    assert_eq!(whole.len(), large.len() / 4 * 3);
    assert!(whole.ends_with(b"unmistakableunmistakable"));
    ann.get("/conversations/c-1/images/m-0").await.problem(404, "not_found");
    ann.get("/conversations/c-1/images/%2e%2e").await.problem(404, "not_found");

    shopper.erase().await.ok();
    ann.get("/conversations/c-1/images/m-1").await.problem(404, "not_found");
    shopper.get("/images/m-1").await.problem(404, "not_found");
}

#[tokio::test]
async fn what_is_no_picture_or_nobodys_to_see_is_refused() {
    let app = TestApp::with(|config| config.limits.messages = None);
    let shopper = app.shopper("one", "c-1").await;
    shopper.post("/images", &picture("m-1", JPEG)).await.problem(409, "no_person_asked");
    assert_eq!(shopper.get("/messages").await.ok().json()["messages"], json!([]));
    shopper.post("/handoff", &Value::Null).await.ok();
    for (data, status, code) in [
        (GIF, 422, "not_an_image"),
        (SVG, 422, "not_an_image"),
        ("", 422, "not_an_image"),
        (&JPEG[..24], 422, "not_an_image"),
        ("%%%%", 422, "invalid_request"),
        (WIDE, 413, "image_too_large"),
        (&"A".repeat(960_000), 413, "image_too_large"),
    ] {
        shopper.post("/images", &picture("m-1", data)).await.problem(status, code);
    }
    for (field, value) in [("author", "operator"), ("author", "assistant"), ("kind", "text")] {
        let mut other = picture("m-1", JPEG);
        other["message"][field] = json!(value);
        shopper.post("/images", &other).await.problem(422, "invalid_request");
    }
    // Without its bytes a picture is none.
    let message = picture("m-1", JPEG)["message"].clone();
    shopper.post("/messages", &json!({ "messages": [message] })).await.problem(422, "invalid_request");

    for at in 0..20 {
        shopper.post("/images", &picture(&format!("p-{at}"), PNG)).await.ok();
    }
    shopper.post("/images", &picture("p-20", PNG)).await.problem(409, "too_many_images");
    assert_eq!(shopper.post("/images", &picture("p-0", PNG)).await.ok().json()["acks"][0]["duplicate"], true);
}

#[tokio::test]
async fn pictures_are_their_tenants_and_their_conversations() {
    let app = TestApp::new();
    let [mine, theirs] = [asked(&app, "one", "c-1").await, asked(&app, "two", "c-2").await];
    mine.post("/images", &picture("m-1", JPEG)).await.ok();
    theirs.get("/images/m-1").await.problem(404, "not_found");
    let zoe = app.operator("two", "zoe").await;
    zoe.get("/conversations/c-1/images/m-1").await.problem(404, "not_found");
    app.get("/v1/operator/conversations/c-1/images/m-1").await.problem(401, "unauthorized");
    app.get("/v1/conversations/c-1/images/m-1").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn each_side_hears_how_far_the_other_has_seen() {
    let app = TestApp::new();
    let shopper = asked(&app, "one", "c-1").await;
    let [ann, bob] = [app.operator("one", "ann").await, app.operator("one", "bob").await];
    // Who only looks in has seen nothing for the shopper.
    ann.post("/conversations/c-1/seen", &json!({ "seq": 1 })).await.problem(409, "not_holder");
    ann.act("c-1", "take").await.ok();
    bob.post("/conversations/c-1/seen", &json!({ "seq": 1 })).await.problem(409, "not_holder");
    let mut events = shopper.events(None).await;
    assert_eq!(events.until("conversation").await.data["seen"], Value::Null);
    ann.post("/conversations/c-1/seen", &json!({ "seq": 1 })).await.ok();
    assert_eq!(events.until("conversation").await.data["seen"], 1);
    // Beyond the end is the end, and back is nowhere.
    ann.post("/conversations/c-1/seen", &json!({ "seq": u64::MAX })).await.ok();
    assert_eq!(events.until("conversation").await.data["seen"], 2);
    ann.post("/conversations/c-1/seen", &json!({ "seq": 1 })).await.ok();
    assert_eq!(shopper.get("").await.ok().json()["seen"], 2);

    let mut desk = ann.events().await;
    desk.until("ready").await;
    shopper.post("/seen", &json!({ "seq": 2 })).await.ok();
    assert_eq!(desk.until("queue").await.data["conversation"], "c-1");
    assert_eq!(ann.get("/queue").await.ok().json()["items"][0]["seen"], 2);
    shopper.post("/seen", &json!({ "seq": -1 })).await.problem(422, "invalid_request");
}
