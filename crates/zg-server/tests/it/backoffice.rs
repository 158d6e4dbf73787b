//! Actions at a merchant's own server: signed, once, and never in the way of anybody.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::Notify;
use zg_server::config::{BackOffice, Target};

use crate::support::{Shopper, TestApp};

const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD_SECRET: &str = "C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

type Heard = (HeaderMap, Value);

/// A merchant's server that says what it is told to, and remembers what it was asked.
#[derive(Clone)]
struct Merchant {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    answers: Arc<Mutex<VecDeque<Response>>>,
    /// Where there is one, an answer waits for it.
    gate: Arc<Mutex<Option<Arc<Notify>>>>,
    asked: Arc<Notify>,
}

impl Merchant {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let merchant = Self {
            address: listener.local_addr().unwrap(),
            heard: Arc::default(),
            answers: Arc::default(),
            gate: Arc::default(),
            asked: Arc::default(),
        };
        let router = axum::Router::new().fallback(hear).with_state(merchant.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        merchant
    }

    fn answer(&self, answer: impl IntoResponse) {
        self.answers.lock().unwrap().push_back(answer.into_response());
    }

    fn n_heard(&self) -> usize {
        self.heard.lock().unwrap().len()
    }

    fn settings(&self) -> BackOffice {
        BackOffice {
            target: Target::parse(&format!("http://{}/hook?a=b", self.address)).unwrap(),
            secrets: vec![decode(SECRET), decode(OLD_SECRET)],
            actions: None,
            timeout: Duration::from_secs(8),
            attempts: 3,
            concurrency: 32,
            allow_private: vec!["127.0.0.0/8".parse().unwrap()],
            roots: Vec::new(),
        }
    }

    fn app(&self, change: impl FnOnce(&mut BackOffice)) -> TestApp {
        let mut settings = self.settings();
        change(&mut settings);
        app(settings)
    }
}

fn app(settings: BackOffice) -> TestApp {
    TestApp::with(|config| config.sites[0].back_office = Some(Arc::new(settings)))
}

async fn hear(State(merchant): State<Merchant>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers[name].to_str().unwrap();
    for secret in [SECRET, OLD_SECRET] {
        // The standard's own reference implementation signs the same. (It checks times by the machine's clock, and ours is another.)
        let webhook = standardwebhooks::Webhook::new(secret).unwrap();
        let seconds = header("webhook-timestamp").parse().unwrap();
        let expected = webhook.sign(header("webhook-id"), seconds, &body).unwrap();
        assert!(header("webhook-signature").split(' ').any(|signature| signature == expected));
    }
    merchant.heard.lock().unwrap().push((headers, serde_json::from_slice(&body).unwrap()));
    merchant.asked.notify_one();
    let gate = merchant.gate.lock().unwrap().clone();
    if let Some(gate) = gate {
        gate.notified().await;
    }
    let next = merchant.answers.lock().unwrap().pop_front();
    next.unwrap_or_else(|| {
        axum::Json(json!({"status": "ok", "facts": {"status_text": "已发货", "n": 2}})).into_response()
    })
}

fn decode(text: &str) -> Vec<u8> {
    <base64ct::Base64 as base64ct::Encoding>::decode_vec(text).unwrap()
}

fn lookup(id: &str) -> Value {
    json!({"id": id, "action": "order_lookup", "arguments": {"order": "2026112900017"}})
}

async fn act(shopper: &Shopper<'_>, id: &str) -> Value {
    shopper.post("/actions", &lookup(id)).await.ok().json()
}

#[tokio::test]
async fn an_action_is_signed_carried_out_and_answered_once() {
    let merchant = Merchant::start().await;
    let app = merchant.app(|_| {});
    let shopper = app.shopper("one", "c-1").await;
    let expected = json!({"id": "a1", "status": "ok", "facts": {"n": "2", "status_text": "已发货"}});
    for _ in 0..3 {
        assert_eq!(act(&shopper, "a1").await, expected);
    }
    assert_eq!(merchant.n_heard(), 1, "a retry is answered by what is known");
    let (headers, body) = merchant.heard.lock().unwrap()[0].clone();
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["host"], merchant.address.to_string());
    assert!(headers["webhook-id"].to_str().unwrap().starts_with("act_"));
    assert_eq!(headers["webhook-signature"].to_str().unwrap().split(' ').count(), 2);
    assert!(!headers.contains_key("authorization"), "the shopper's secret stays here");
    assert_eq!(
        body,
        json!({"type": "action.requested", "timestamp": "2026-05-28T20:26:40Z", "data": {
            "tenant": "one", "conversation": "c-1", "id": "a1", "action": "order_lookup",
            "arguments": {"order": "2026112900017"}, "subject": null, "locale": "zh-CN"}})
    );
    let mut other = lookup("a1");
    other["arguments"]["order"] = json!("another");
    shopper.post("/actions", &other).await.problem(409, "id_conflict");
    // Another conversation may count the same.
    act(&app.shopper("one", "c-2").await, "a1").await;
    assert_eq!(merchant.n_heard(), 2);
    let keyed = async |keys: &[&str]| {
        let mut request = shopper.request("POST", "/actions");
        for key in keys {
            request = request.header("idempotency-key", *key);
        }
        app.send(request.body(lookup("a1").to_string().into()).unwrap()).await
    };
    keyed(&["a1"]).await.ok();
    keyed(&["\"a1\""]).await.ok();
    keyed(&["a2"]).await.problem(422, "invalid_request");
    keyed(&["a1", "a1"]).await.problem(422, "invalid_request");
}

#[tokio::test]
async fn many_who_ask_the_same_at_once_are_one() {
    let merchant = Merchant::start().await;
    let app = merchant.app(|_| {});
    let shopper = app.shopper("one", "c-1").await;
    let answers = futures_util::future::join_all((0..40).map(|_| act(&shopper, "a1"))).await;
    assert!(answers.iter().all(|answer| answer["status"] == "ok"), "{answers:?}");
    assert_eq!(merchant.n_heard(), 1);
}

#[tokio::test]
async fn what_fails_is_tried_again_under_one_name() {
    let merchant = Merchant::start().await;
    let app = merchant.app(|_| {});
    let shopper = app.shopper("one", "c-1").await;
    let soon = [("retry-after", "0")];
    merchant.answer((StatusCode::SERVICE_UNAVAILABLE, soon));
    merchant.answer((StatusCode::INTERNAL_SERVER_ERROR, soon));
    assert_eq!(act(&shopper, "a1").await["status"], "ok");
    let names: Vec<_> =
        merchant.heard.lock().unwrap().iter().map(|(headers, _)| headers["webhook-id"].clone()).collect();
    assert_eq!(names.len(), 3);
    assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    // Where all attempts failed nobody knows; where nothing was begun it is known.
    for (answer, status) in [(StatusCode::BAD_GATEWAY, "timeout"), (StatusCode::TOO_MANY_REQUESTS, "failed")] {
        for _ in 0..3 {
            merchant.answer((answer, soon));
        }
        let id = format!("a-{}", answer.as_u16());
        assert_eq!(act(&shopper, &id).await, json!({"id": id, "status": status}));
        act(&app.shopper("one", &format!("c-{}", answer.as_u16())).await, "fine").await;
    }
}

#[tokio::test]
async fn an_answer_is_believed_only_in_its_form() {
    let merchant = Merchant::start().await;
    let app = merchant.app(|_| {});
    let shopper = app.shopper("one", "c-1").await;
    let json_type = [("content-type", "application/json")];
    let large = format!("{{\"status\":\"ok\",\"facts\":{{\"a\":\"{}\"}}}}", "x".repeat(70_000));
    let away = [("location", "http://169.254.169.254/latest/meta-data/")];
    let cases: Vec<(Response, &str)> = vec![
        (StatusCode::NO_CONTENT.into_response(), "ok"),
        ((json_type, "{\"status\":\"refused\",\"reason\":\"已发货，不能取消\"}").into_response(), "refused"),
        ((json_type, "{\"status\":\"failed\"}").into_response(), "failed"),
        ((json_type, large).into_response(), "timeout"),
        ((json_type, "not json").into_response(), "timeout"),
        ((json_type, "{\"status\":\"ok\",\"facts\":{\"a\":[1]}}").into_response(), "timeout"),
        ("{\"status\":\"ok\"}".into_response(), "timeout"),
        ((StatusCode::FOUND, away).into_response(), "failed"),
        ((StatusCode::TEMPORARY_REDIRECT, away).into_response(), "failed"),
        (StatusCode::UNAUTHORIZED.into_response(), "failed"),
        (StatusCode::NOT_FOUND.into_response(), "failed"),
    ];
    for (n, (answer, status)) in cases.into_iter().enumerate() {
        merchant.answer(answer);
        assert_eq!(act(&shopper, &format!("a{n}")).await["status"], status, "{n}");
        assert_eq!(merchant.n_heard(), n + 1, "nothing of it is tried again");
    }
}

#[tokio::test]
async fn no_private_address_is_called_however_it_is_written() {
    let merchant = Merchant::start().await;
    let port = merchant.address.port();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "127.1",
        "169.254.169.254",
    ] {
        let app = merchant.app(|settings| {
            settings.target = Target::parse(&format!("http://{host}:{port}/")).unwrap();
            settings.allow_private = vec!["10.0.0.0/8".parse().unwrap()];
            settings.attempts = 1;
        });
        let shopper = app.shopper("one", "c-1").await;
        assert_eq!(act(&shopper, "a1").await["status"], "failed", "{host}");
    }
    assert_eq!(merchant.n_heard(), 0);
}

#[tokio::test]
async fn one_that_fails_is_left_alone() {
    let merchant = Merchant::start().await;
    let app = merchant.app(|settings| settings.attempts = 1);
    let shopper = app.shopper("one", "c-1").await;
    for n in 0..5 {
        merchant.answer(StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(act(&shopper, &format!("a{n}")).await["status"], "timeout");
    }
    assert_eq!(act(&shopper, "a5").await["status"], "failed", "known not to be done");
    assert_eq!(merchant.n_heard(), 5);
}

#[tokio::test]
async fn a_slow_one_holds_up_nobody() {
    let merchant = Merchant::start().await;
    let gate = Arc::new(Notify::new());
    *merchant.gate.lock().unwrap() = Some(Arc::clone(&gate));
    let app = merchant.app(|settings| settings.concurrency = 1);
    let shopper = app.shopper("one", "c-1").await;
    let waiting = act(&shopper, "a1");
    let meanwhile = async {
        merchant.asked.notified().await;
        let busy = shopper.post("/actions", &lookup("a2")).await;
        busy.problem(503, "overloaded");
        assert!(busy.headers.contains_key("retry-after"));
        shopper.say("m-1", "hi").await.ok();
        gate.notify_one();
    };
    let (answer, ()) = tokio::join!(waiting, meanwhile);
    assert_eq!(answer["status"], "ok");
    // What was turned away was not begun, and may come again.
    *merchant.gate.lock().unwrap() = None;
    assert_eq!(act(&shopper, "a2").await["status"], "ok");
}

#[tokio::test]
async fn a_shopper_who_goes_away_finds_it_done() {
    let merchant = Merchant::start().await;
    let gate = Arc::new(Notify::new());
    *merchant.gate.lock().unwrap() = Some(Arc::clone(&gate));
    let app = merchant.app(|_| {});
    let shopper = app.shopper("one", "c-1").await;
    {
        let asking = act(&shopper, "a1");
        tokio::select! {
            _ = asking => panic!("the answer waits for the gate"),
            () = merchant.asked.notified() => {}
        }
    }
    gate.notify_one();
    assert_eq!(act(&shopper, "a1").await["status"], "ok");
    assert_eq!(merchant.n_heard(), 1);
}

#[tokio::test]
async fn a_time_out_is_one_and_the_whole_has_an_end() {
    let merchant = Merchant::start().await;
    *merchant.gate.lock().unwrap() = Some(Arc::new(Notify::new()));
    let app = merchant.app(|settings| {
        settings.timeout = Duration::from_millis(50);
        settings.attempts = 1;
    });
    let shopper = app.shopper("one", "c-1").await;
    assert_eq!(act(&shopper, "a1").await, json!({"id": "a1", "status": "timeout"}));
}

#[tokio::test]
async fn what_no_back_office_takes_is_a_persons() {
    let merchant = Merchant::start().await;
    let app = merchant.app(|settings| settings.actions = Some(["refund_lookup".to_owned()].into()));
    let [one, two] = [app.shopper("one", "c-1").await, app.shopper("two", "c-1").await];
    one.post("/actions", &lookup("a1")).await.problem(409, "action_not_offered");
    // Another tenant's back office is nobody else's.
    let refund = json!({"id": "a1", "action": "refund_lookup"});
    two.post("/actions", &refund).await.problem(409, "action_not_offered");
    one.post("/actions", &refund).await.ok();
    for wrong in [
        json!({"id": "", "action": "refund_lookup"}),
        json!({"id": "a 2", "action": "refund_lookup"}),
        json!({"id": "a2", "action": "Refund"}),
        json!({"id": "a2", "action": "refund_lookup", "subject": "1042"}),
        json!({"id": "a2", "action": "refund_lookup", "arguments": {"order": 7}}),
        json!({"id": "a2", "action": "refund_lookup", "arguments": {"order": "x".repeat(1025)}}),
        json!({"id": "a2", "action": "refund_lookup", "arguments": {"Order": "x"}}),
    ] {
        one.post("/actions", &wrong).await.problem(422, "invalid_request");
    }
    assert_eq!(merchant.n_heard(), 1);
}

#[tokio::test]
async fn floods_of_one_conversation_are_told_when_to_come_back() {
    let merchant = Merchant::start().await;
    let settings = merchant.settings();
    let app = TestApp::with(|config| {
        config.sites[0].back_office = Some(Arc::new(settings));
        config.limits.actions = zg_server::Rate::per_minute(1);
    });
    let shopper = app.shopper("one", "c-1").await;
    act(&shopper, "a1").await;
    act(&shopper, "a2").await;
    let refused = shopper.post("/actions", &lookup("a3")).await;
    refused.problem(429, "rate_limited");
    assert_eq!(refused.headers["retry-after"], "60");
}

#[tokio::test]
async fn erasing_takes_actions_along() {
    let merchant = Merchant::start().await;
    let app = merchant.app(|_| {});
    let shopper = app.shopper("one", "c-1").await;
    act(&shopper, "a1").await;
    let on_disk = || {
        ["zhanggui.sqlite3", "zhanggui.sqlite3-wal"].iter().any(|name| {
            let bytes = std::fs::read(app.folder.0.join(name)).unwrap_or_default();
            bytes.windows(9).any(|window| window == "已发货".as_bytes())
        })
    };
    assert!(!app.is_file() || on_disk());
    shopper.erase().await.ok();
    assert!(!on_disk());
    shopper.post("/actions", &lookup("a1")).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_certificate_has_to_be_of_the_name_and_trusted() {
    use tokio_rustls::rustls::{ServerConfig, crypto};
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let root = made.cert.der().to_vec();
    let key = made.signing_key.serialize_der().try_into().unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
            let _ = stream.read(&mut [0; 8192]).await;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    let merchant = Merchant::start().await;
    for (host, roots, status) in [
        ("localhost", vec![root.clone()], "ok"),
        ("localhost", Vec::new(), "failed"),
        ("127.0.0.1", vec![root], "failed"),
    ] {
        let mut settings = merchant.settings();
        settings.target = Target::parse(&format!("https://{host}:{port}/")).unwrap();
        settings.allow_private.push("::1/128".parse().unwrap());
        settings.roots = roots.clone();
        settings.attempts = 1;
        let app = app(settings);
        let shopper = app.shopper("one", "c-1").await;
        if roots.is_empty()
            && shopper.post("/actions", &lookup("probe")).await.status == StatusCode::INTERNAL_SERVER_ERROR
        {
            continue; // A machine that trusts nobody.
        }
        assert_eq!(act(&shopper, "a1").await["status"], status, "{host}");
    }
}
