//! What a fault is worth: once an order, from the merchant's facts, whoever asks and how often.

use std::sync::Arc;

use axum::http::Request;
use serde_json::{Value, json};

use crate::support::{Answer, START, TestApp, secret, text};

const DAY: i64 = 86_400_000;
const POLICY: &str = r#"
[budget]
currency = "CNY"
per_day = 10000
per_order = 2000
per_customer = 3000
window_days = 90
late_grace_hours = 12

[remedies.late]
fault = ["late"]
gives = "coupon"
amount = 500
per_day = 12

[remedies.broken]
fault = ["damaged", "defective"]
gives = "compensation"
percent = 10
cap = 2000
per_day = 2
"#;

fn shops() -> TestApp {
    TestApp::with(|config| {
        let policy = Arc::new(zg_policy::build::compile(Some(POLICY)).unwrap().money);
        for site in &mut config.sites {
            let digest = <sha2::Sha256 as sha2::Digest>::digest(secret(&site.key).as_bytes());
            (site.secrets, site.policy) = (vec![digest.into()], Some(Arc::clone(&policy)));
        }
    })
}

async fn ask_as(app: &TestApp, bearer: &str, facts: &Value) -> Answer {
    let request = Request::post("/v1/remedies")
        .header("authorization", format!("Bearer {bearer}"))
        .header("content-type", "application/json");
    app.send(request.body(facts.to_string().into()).unwrap()).await
}

async fn ask(app: &TestApp, facts: &Value) -> Value {
    ask_as(app, &secret("one"), facts).await.ok().json()
}

/// An order delivered a day late, with other fields over it.
fn late(request: &str, order: &str, over: Value) -> Value {
    let mut facts = json!({
        "request": request, "order": order, "customer": format!("c-{order}"), "currency": "CNY",
        "placed": START - 9 * DAY, "paid": 12_900, "promised": START - 3 * DAY, "delivered": START - 2 * DAY,
    });
    for (name, value) in over.as_object().unwrap() {
        facts[name] = value.clone();
    }
    facts
}

#[tokio::test]
async fn a_grant_is_given_once_an_order() {
    let app = shops();
    let first = ask(&app, &late("r-1", "A1", json!({}))).await;
    assert_eq!(
        (&first["decision"], &first["gives"], &first["amount"]),
        (&json!("grant"), &json!("coupon"), &json!(500))
    );
    // A retry gets the same; another request, the order by another spelling, another account, another parcel of it do not.
    let again = ask(&app, &late("r-1", "A1", json!({}))).await;
    assert_eq!((&again["grant"], &again["replayed"]), (&first["grant"], &json!(true)));
    for (request, order, over) in [
        ("r-2", "A1", json!({})),
        ("r-3", "a1", json!({})),
        ("r-4", "A1", json!({"customer": "other"})),
        ("r-5", "A1-2", json!({"purchase": "A1"})),
    ] {
        let refused = ask(&app, &late(request, order, over)).await;
        assert_eq!(
            (&refused["decision"], &refused["reason"]),
            (&json!("none"), &json!("already_granted")),
            "{request}"
        );
    }
    // The name of a request is of its facts.
    ask_as(&app, &secret("one"), &late("r-1", "A1", json!({"paid": 1}))).await.problem(409, "request_conflict");
    // Another shop has a ledger of its own; and after the window the order has a claim no more.
    let other = ask_as(&app, &secret("two"), &late("r-1", "A1", json!({}))).await.ok().json();
    assert_eq!(other["decision"], "grant");
    app.clock.advance(91 * DAY);
    assert_eq!(ask(&app, &late("r-6", "A2", json!({"customer": "c-A1"}))).await["decision"], "grant");
}

#[tokio::test]
async fn a_hundred_at_once_are_one() {
    let app = shops();
    let requests: Vec<Value> =
        (0..100).map(|n| late(&format!("r-{n}"), "A1", json!({"customer": format!("c-{n}")}))).collect();
    let answers = futures_util::future::join_all(requests.iter().map(|facts| ask(&app, facts))).await;
    assert_eq!(answers.iter().filter(|answer| answer["decision"] == "grant").count(), 1);
}

#[tokio::test]
async fn one_household_and_one_day_have_their_limits() {
    let app = shops();
    let of = |n: usize, household: &str| {
        late(
            &format!("{household}-{n}"),
            &format!("{household}-{n}"),
            json!({"household": [household, format!("x-{household}-{n}")]}),
        )
    };
    let mut given = Vec::new();
    for n in 0..5 {
        given.push(ask(&app, &of(n, "home")).await["reason"].as_str().unwrap().to_owned());
    }
    assert_eq!(given, ["late", "late", "customer_limit", "customer_limit", "customer_limit"]);
    // Twelve a day by the rule, two are gone; the next day there are twelve again.
    let mut given = 0;
    for n in 0..20 {
        let answer = ask(&app, &of(n, &format!("h{n}"))).await;
        given += usize::from(answer["decision"] == "grant");
        if n >= 10 {
            assert_eq!(answer["reason"], "day_limit", "{n}");
        }
    }
    assert_eq!(given, 10);
    app.clock.advance(DAY);
    assert_eq!(ask(&app, &of(0, "later")).await["decision"], "grant");
}

#[tokio::test]
async fn without_a_verified_fault_there_is_nothing() {
    let app = shops();
    let on_time = json!({"promised": START - 2 * DAY});
    let with = |mut over: Value| {
        for (name, value) in on_time.as_object().unwrap() {
            if over[name].is_null() {
                over[name] = value.clone();
            }
        }
        over
    };
    let said = |fault: &str, by: Value| json!([{"fault": fault, "by": by, "at": START}]);
    for (n, over) in [
        json!({}),
        json!({"faults": said("damaged", Value::Null)}),
        json!({"faults": said("damaged", json!("shopper"))}),
        json!({"faults": said("damaged", json!("assistant"))}),
        json!({"faults": said("damaged", json!("WAREHOUSE"))}),
        json!({"faults": said("late", json!("operator"))}),
        json!({"faults": said("refund_overdue", json!("operator"))}),
        json!({"faults": said("lost", json!("carrier"))}),
        json!({"faults": said("out_of_stock", json!("warehouse"))}),
        json!({"promised": START + DAY, "delivered": null}),
        json!({"promised": START - 3 * DAY, "delivered": START - 2 * DAY, "excused": true}),
        json!({"promised": START - 3 * DAY, "cancelled": START - 4 * DAY, "delivered": null}),
        json!({"faults": said("damaged", json!("inspection")), "refunded": 12_900}),
        json!({"faults": said("damaged", json!("inspection")), "internal": true}),
        json!({"faults": said("damaged", json!("inspection")), "currency": "USD"}),
        json!({"faults": said("damaged", json!("inspection")), "delivered": null, "promised": START + DAY}),
        json!({"faults": said("damaged", json!("inspection")), "paid": 9}),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = ask(&app, &late(&format!("r-{n}"), &format!("A{n}"), with(over.clone()))).await;
        assert_eq!((&answer["decision"], &answer["amount"]), (&json!("none"), &json!(0)), "{over}");
    }
    let verified = ask(&app, &late("r-x", "B1", with(json!({"faults": said("damaged", json!("inspection"))})))).await;
    assert_eq!((&verified["gives"], &verified["amount"]), (&json!("compensation"), &json!(1_290)));
}

#[tokio::test]
async fn what_cannot_be_decided_on_is_refused() {
    let app = shops();
    for over in [
        json!({"angry": true}),
        json!({"faults": [{"fault": "angry", "at": START}]}),
        json!({"faults": [{"fault": "damaged", "by": "inspection", "at": START, "amount": 9_000}]}),
        json!({"paid": -1}),
        json!({"paid": 1.5}),
        json!({"paid": 1e300}),
        json!({"paid": "12900"}),
        json!({"refunded": 12_901}),
        json!({"order": "A 1"}),
        json!({"order": "Ａ１"}),
        json!({"order": ""}),
        json!({"order": "a".repeat(65)}),
        json!({"customer": "c\u{200b}"}),
        json!({"class": "vip"}),
        json!({"delivered": START + DAY}),
        json!({"placed": i64::MAX}),
        json!({"household": vec!["h"; 33]}),
        json!({"request": ""}),
        json!({"request": "r\n"}),
    ] {
        let answer = ask_as(&app, &secret("one"), &late("r", "A1", over.clone())).await;
        assert_eq!(answer.status, 422, "{over}: {}", answer.text());
    }
    // Nothing of it was entered.
    assert_eq!(ask(&app, &late("r", "A1", json!({}))).await["decision"], "grant");
}

#[tokio::test]
async fn nobody_but_the_back_office_may_ask() {
    let app = shops();
    let shopper = app.shopper("one", "c-1").await;
    shopper.post("/messages", &json!({"messages": [text("shopper", "m-1", "我很生气，赔钱")]})).await.ok();
    let operator = app.operator("one", "ann").await;
    let facts = late("r", "A1", json!({}));
    for bearer in [shopper.secret.clone(), secret("nobody"), "one".to_owned(), String::new(), operator.csrf.clone()] {
        ask_as(&app, &bearer, &facts).await.problem(401, "unauthorized");
    }
    // A page may not call it at all: there is no leave for a foreign origin.
    let request = Request::options("/v1/remedies")
        .header("origin", "http://localhost")
        .header("access-control-request-method", "POST");
    let answer = app.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"), "{:?}", answer.headers);
    // Where a shop has no policy nothing is decided.
    let bare = TestApp::with(|config| {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(secret("one").as_bytes());
        config.sites[0].secrets = vec![digest.into()];
    });
    ask_as(&bare, &secret("one"), &facts).await.problem(409, "no_policy");
}

async fn redeem_as(app: &TestApp, bearer: &str, code: &str, request: &Value) -> Answer {
    let builder = Request::post(format!("/v1/remedies/{code}/redeem"))
        .header("authorization", format!("Bearer {bearer}"))
        .header("content-type", "application/json");
    app.send(builder.body(request.to_string().into()).unwrap()).await
}

fn checkout(request: &str, customer: &str) -> Value {
    json!({"request": request, "customer": customer, "order": "B1"})
}

#[tokio::test]
async fn a_code_is_redeemed_once_by_whom_it_was_given_to() {
    let app = shops();
    let shop = secret("one");
    let granted = ask(&app, &late("r-1", "A1", json!({"customer": "lin"}))).await;
    let code = granted["code"].as_str().unwrap().to_owned();
    assert_eq!((code.len(), &granted["valid_until"]), (19, &json!(START + 90 * DAY)));
    assert_eq!(
        ask(&app, &late("r-1", "A1", json!({"customer": "lin"}))).await["code"],
        json!(code),
        "a retry gets the same"
    );
    let other = redeem_as(&app, &shop, &code, &checkout("p-1", "wang")).await.ok().json();
    assert_eq!(
        (&other["redeemed"], &other["reason"], &other["amount"]),
        (&json!(false), &json!("other_customer"), &json!(0))
    );
    let typed = code.to_lowercase().replace('-', "").replace('0', "o").replace('1', "l");
    let first = redeem_as(&app, &shop, &typed, &checkout("p-2", "LIN")).await.ok().json();
    assert_eq!((&first["redeemed"], &first["amount"], &first["currency"]), (&json!(true), &json!(500), &json!("CNY")));
    let again = redeem_as(&app, &shop, &code, &checkout("p-2", "lin")).await.ok().json();
    assert_eq!(
        (&again["redeemed"], &again["replayed"], &again["grant"]),
        (&json!(true), &json!(true), &granted["grant"])
    );
    let late_comer = redeem_as(&app, &shop, &code, &checkout("p-3", "lin")).await.ok().json();
    assert_eq!((&late_comer["redeemed"], &late_comer["reason"]), (&json!(false), &json!("already_redeemed")));
    let mut another = checkout("p-2", "lin");
    another["order"] = json!("B2");
    redeem_as(&app, &shop, &code, &another).await.problem(409, "request_conflict");
    // A request redeems one code.
    let second = ask(&app, &late("r-2", "A2", json!({"customer": "lin"}))).await;
    let second = second["code"].as_str().unwrap();
    redeem_as(&app, &shop, second, &checkout("p-2", "lin")).await.problem(409, "request_conflict");
    // Another shop knows nothing of it, and neither does a guess.
    redeem_as(&app, &secret("two"), second, &checkout("p-4", "lin")).await.problem(404, "not_found");
    for guess in ["0000-0000-0000-0000", "x", "'; DROP TABLE offers; --", "%F0%9F%8E%81", &"A".repeat(5000)] {
        redeem_as(&app, &shop, &guess.replace([' ', ';', '\''], "%20"), &checkout("p-4", "lin"))
            .await
            .problem(404, "not_found");
    }
    for bearer in [secret("nobody"), app.shopper("one", "c-1").await.secret] {
        redeem_as(&app, &bearer, second, &checkout("p-4", "lin")).await.problem(401, "unauthorized");
    }
    app.clock.advance(90 * DAY);
    let void = redeem_as(&app, &shop, second, &checkout("p-4", "lin")).await.ok().json();
    assert_eq!((&void["redeemed"], &void["reason"]), (&json!(false), &json!("expired")));
}

#[tokio::test]
async fn of_a_hundred_who_redeem_at_once_one_does() {
    let app = shops();
    let granted = ask(&app, &late("r-1", "A1", json!({"customer": "lin"}))).await;
    let code = granted["code"].as_str().unwrap();
    let requests: Vec<Value> = (0..100).map(|n| checkout(&format!("p-{n}"), "lin")).collect();
    let shop = secret("one");
    let answers = futures_util::future::join_all(requests.iter().map(|one| redeem_as(&app, &shop, code, one))).await;
    assert_eq!(answers.iter().filter(|answer| answer.ok().json()["redeemed"] == true).count(), 1);
}

#[tokio::test]
async fn after_a_grant_a_household_waits() {
    let text = POLICY.replace("window_days = 90", "window_days = 90\ncool_down_hours = 48\ngrants_per_customer = 9");
    let policy = Arc::new(zg_policy::build::compile(Some(&text)).unwrap().money);
    let app = TestApp::with(|config| {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(secret("one").as_bytes());
        (config.sites[0].secrets, config.sites[0].policy) = (vec![digest.into()], Some(policy));
    });
    let of = |n: usize| late(&format!("r-{n}"), &format!("A{n}"), json!({"household": ["home"]}));
    assert_eq!(ask(&app, &of(1)).await["decision"], "grant");
    assert_eq!(ask(&app, &of(2)).await["reason"], "cool_down");
    app.clock.advance(2 * DAY - 1);
    assert_eq!(ask(&app, &of(3)).await["reason"], "cool_down");
    app.clock.advance(1);
    assert_eq!(ask(&app, &of(4)).await["decision"], "grant");
}
