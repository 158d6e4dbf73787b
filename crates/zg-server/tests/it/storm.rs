//! Thousands of requests that nobody should send, made from a seed: each is answered in the one form, none brings the server down,
//! and nothing of what was sent comes back.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, Uri};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower::ServiceExt as _;

use crate::support::{Folder, HOST, START, TestApp, config, secret, text};

/// It stands in everything that is made up, and is no part of any id, so that an answer that has it says something back.
const CANARY: &str = "zq<\"canary'>qz";
const N_REQUESTS: usize = 6_000;

/// Xorshift64* (Vigna 2016): the same storm each time.
struct Storm(u64);

impl Storm {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("less than n")
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth > 3 { 12 } else { 14 }) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(-1),
            3 => json!(u64::MAX),
            4 => json!(1.5e300),
            5 => json!(""),
            6 => json!(CANARY),
            7 => json!(CANARY.repeat(200)),
            8 => json!("\u{0}\u{202e}\u{feff}\n\r"),
            9 => json!(format!("__proto__{CANARY}")),
            10 => json!("'; DROP TABLE messages; --"),
            11 => json!("../../etc/passwd"),
            12 => Value::Array((0..self.below(4)).map(|_| self.value(depth + 1)).collect()),
            _ => (0..self.below(4)).map(|n| (format!("{CANARY}{n}"), self.value(depth + 1))).collect(),
        }
    }

    /// A body with one thing changed, somewhere.
    fn changed(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(fields) if !fields.is_empty() && self.chance(85) => {
                let mut fields = fields.clone();
                let names: Vec<String> = fields.keys().cloned().collect();
                let name = names[self.below(names.len())].clone();
                match self.below(5) {
                    0 => drop(fields.remove(&name)),
                    1 => drop(fields.insert(format!("{name}{CANARY}"), self.value(0))),
                    2 => drop(fields.insert(name, self.value(0))),
                    _ => {
                        let inner = self.changed(&fields[&name]);
                        fields.insert(name, inner);
                    }
                }
                Value::Object(fields)
            }
            Value::Array(items) if !items.is_empty() && self.chance(80) => {
                let mut items = items.clone();
                let at = self.below(items.len());
                items[at] = self.changed(&items[at]);
                Value::Array(items)
            }
            _ => self.value(0),
        }
    }

    /// The text of a body with bytes changed, cut, doubled.
    fn broken(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len().max(1));
            match self.below(6) {
                0 => bytes.truncate(at),
                1 if !bytes.is_empty() => bytes[at] = self.next().to_le_bytes()[0],
                2 => {
                    // A field, an object, anything once more.
                    let copy = bytes[at..].to_vec();
                    bytes.extend(copy);
                }
                3 => {
                    let twice = text.replacen('{', "{\"id\":\"x\",\"id\":\"y\",", 1);
                    bytes = twice.into_bytes();
                }
                4 => bytes.splice(at..at, [0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80]).for_each(drop),
                _ => bytes.splice(at..at, "[".repeat(self.below(400)).into_bytes()).for_each(drop),
            }
        }
        bytes
    }
}

struct Valid {
    method: &'static str,
    path: &'static str,
    body: Value,
}

/// One of each kind, from which the others are made.
fn valid() -> Vec<Valid> {
    let one = |method, path, body| Valid { method, path, body };
    vec![
        one("POST", "/v1/conversations", json!({"id": "c-9", "site_key": "one", "locale": "zh-CN", "page": "/p"})),
        one("GET", "/v1/conversations/c-1", Value::Null),
        one("GET", "/v1/conversations/c-1/messages?after=0&limit=5", Value::Null),
        one(
            "POST",
            "/v1/conversations/c-1/messages",
            json!({"messages": [text("shopper", "m-1", "hi"), {
                "id": "m-2", "author": "assistant", "at": START, "text": "t", "kind": "answer", "entry": "e", "question": "q",
                "source": "s", "confidence": 0.5, "quick_replies": [{"label": "a", "value": "b"}]}]}),
        ),
        one(
            "POST",
            "/v1/conversations/c-1/handoff",
            json!({"reason": "emotion", "packet": {"wants": "w", "intent": "i", "facts": {"a": "b"}, "tried": ["e"], "moods": ["m"], "priority": true}}),
        ),
        one("POST", "/v1/conversations/c-1/identity", json!({"token": "e30.e30.e30"})),
        one(
            "POST",
            "/v1/conversations/c-1/actions",
            json!({"id": "a1", "action": "order_lookup", "arguments": {"order": "1"}}),
        ),
        one("POST", "/v1/conversations/c-1/typing", Value::Null),
        one("POST", "/v1/operator/session", json!({"name": "nobody", "password": "p"})),
        one("GET", "/v1/operator/queue", Value::Null),
        one("POST", "/v1/operator/conversations/c-1/messages", json!({"id": "r-1", "text": "hello"})),
        one("POST", "/v1/operator/conversations/c-1/take", Value::Null),
        one(
            "POST",
            "/v1/remedies",
            json!({"request": "r", "order": "A", "customer": "c", "household": ["h"], "class": "new", "currency": "CNY", "placed": 1,
                "paid": 2, "refunded": 0, "promised": 3, "delivered": 4, "faults": [{"fault": "damaged", "by": "carrier", "at": 4}]}),
        ),
        one("POST", "/v1/remedies/0000-0000-0000-0000/redeem", json!({"request": "r", "customer": "c", "order": "o"})),
        one("GET", "/v1/openapi.json", Value::Null),
        one("GET", "/metrics", Value::Null),
        one("GET", "/console/", Value::Null),
        one("GET", "/zhanggui.js", Value::Null),
    ]
}

const PATHS: [&str; 18] = [
    "/v1/conversations/%00",
    "/v1/conversations/%ff%fe",
    "/v1/conversations/..%2f..%2fetc",
    "/v1//conversations",
    "/v1/conversations/c-1/",
    "/v1/conversations/c-1/messages?after=-1",
    "/v1/conversations/c-1/messages?limit=999999999999999999999",
    "/v1/conversations/c-1/messages?after=1&after=2",
    "/v1/conversations/c-1/messages?%ff=%ff",
    "/v1/conversations/c-1/events?after=zzz-x",
    "/v1/conversations/c-1/events?after=-",
    "/v1/remedies/%ff/redeem",
    "/v1/operator/conversations/%2e%2e",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/.git/config",
    "/console/%5c..%5c",
    "/v1/conversations/zq%3C%22canary'%3Eqz/messages?x=zq%3C%22canary'%3Eqz",
    "//evil.example/v1",
];

fn request(storm: &mut Storm, valid: &[Valid], cookie: &(String, String)) -> Request<Body> {
    let from = &valid[storm.below(valid.len())];
    let mut method = Method::from_bytes(from.method.as_bytes()).unwrap();
    if storm.chance(5) {
        method =
            Method::from_bytes(storm.one(&["PUT", "PATCH", "OPTIONS", "HEAD", "TRACE", "CONNECTX", "get"]).as_bytes())
                .unwrap();
    }
    let mut path = from.path.to_owned();
    if storm.chance(12) {
        path = storm.one(&PATHS).to_owned();
    } else if storm.chance(5) {
        path.push_str(&"/a".repeat(storm.below(500)));
    }
    let body = match (&from.body, storm.below(4)) {
        (Value::Null, _) => {
            if storm.chance(30) {
                storm.value(0).to_string().into_bytes()
            } else {
                Vec::new()
            }
        }
        (body, 0) => storm.broken(&body.to_string()),
        (body, _) => storm.changed(body).to_string().into_bytes(),
    };
    let mut request =
        Request::builder().method(method).uri(path.parse::<Uri>().unwrap_or_default()).body(Body::from(body)).unwrap();
    let headers = request.headers_mut();
    let mut put = |name: &'static str, value: &[u8]| {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    };
    put("host", HOST.as_bytes());
    let kinds: [&[u8]; 5] =
        [b"application/json", b"text/plain", b"application/json; charset=utf-7", b"application/json\xff", b""];
    put("content-type", if storm.chance(90) { kinds[0] } else { storm.one(&kinds) });
    match storm.below(8) {
        0 => put(
            "authorization",
            storm.one(&[&b"Bearer"[..], b"Bearer ", b"Basic YTpi", b"Bearer \xff\xfe", b"bearer x", CANARY.as_bytes()]),
        ),
        1 => put("authorization", format!("Bearer {}", secret("shop one")).as_bytes()),
        _ => put("authorization", format!("Bearer {}", secret("one-c-1")).as_bytes()),
    }
    if storm.chance(40) {
        put("cookie", cookie.0.as_bytes());
        put("x-csrf-token", cookie.1.as_bytes());
    } else if storm.chance(20) {
        put(
            "cookie",
            storm.one(&[&b"zhanggui"[..], b"zhanggui=; ;;==", b"\xff=\xff", b"__Host-zhanggui=zq<canary", b"="]),
        );
    }
    if storm.chance(15) {
        put(
            "origin",
            storm.one(&[
                &b"null"[..],
                b"https://evil.example",
                b"http://localhost:99999",
                b"\xff",
                b"http://localhost",
            ]),
        );
    }
    if storm.chance(10) {
        let odd: [(&'static str, &[u8]); 9] = [
            ("last-event-id", b"zq-18446744073709551616"),
            ("last-event-id", b"\xff"),
            ("x-forwarded-for", b"zq, ::ffff:1.2.3.4, x"),
            ("accept", b"\xff"),
            ("range", b"bytes=0-,-1,99999999999999999999-"),
            ("if-modified-since", b"yesterday"),
            ("idempotency-key", b"zq<\"canary'>qz"),
            ("content-encoding", b"gzip"),
            ("accept-encoding", b"br;q=nan, *;q=-1"),
        ];
        let (name, value) = storm.one(&odd);
        put(name, value);
    }
    request
}

#[tokio::test]
async fn thousands_of_hostile_requests_are_answered_in_one_form() {
    let app = TestApp::with(|config| {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(secret("shop one").as_bytes());
        config.sites[0].secrets = vec![digest.into()];
        config.sites[0].policy = Some(std::sync::Arc::new(zg_policy::build::compile(None).unwrap().money));
        config.sites[0].identity_keys = vec![vec![7; 32]];
        (config.limits.messages, config.limits.opens) = (None, None);
    });
    let shopper = app.shopper("one", "c-1").await;
    let operator = app.operator("one", "ann").await;
    let cookie = (operator.cookie.clone(), operator.csrf.clone());
    let codes: BTreeSet<String> =
        app.get("/v1/openapi.json").await.json()["components"]["schemas"]["Problem"]["properties"]["code"]["examples"]
            .as_array()
            .unwrap()
            .iter()
            .map(|code| code.as_str().unwrap().to_owned())
            .collect();
    let (mut storm, valid) = (Storm(0x9e37_79b9_7f4a_7c15), valid());
    let mut seen = BTreeSet::new();
    for n in 0..N_REQUESTS {
        let request = request(&mut storm, &valid, &cookie);
        let shown = format!("{n}: {request:?}");
        let head = request.method() == Method::HEAD;
        let streams = request.uri().path().ends_with("/events");
        let response = app.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        assert!(parts.status.as_u16() < 500, "{shown}: {}", parts.status);
        if parts.status.is_success() || parts.status.is_redirection() || head {
            // A stream has no end, and goes with its reader.
            drop(body);
            continue;
        }
        assert!(!streams || parts.status.is_client_error());
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!(
            parts.headers.get("content-type").map(HeaderValue::as_bytes),
            Some(&b"application/problem+json"[..]),
            "{shown}: {text}"
        );
        for trace in ["canary", "zq", "DROP TABLE", "etc/passwd", "sqlite", "panicked", "src/"] {
            assert!(!text.contains(trace), "{shown}: {text}");
        }
        let problem: Value = serde_json::from_str(&text).unwrap();
        let code = problem["code"].as_str().unwrap().to_owned();
        assert_eq!(problem["status"], parts.status.as_u16(), "{shown}: {text}");
        assert!(codes.contains(&code), "{shown}: {text}");
        seen.insert(code);
    }
    // The storm reaches what it is to reach.
    for code in [
        "malformed_json",
        "unauthorized",
        "foreign_origin",
        "not_found",
        "method_not_allowed",
        "unsupported_media_type",
        "invalid_request",
        "action_not_offered",
        "id_conflict",
        "rate_limited",
    ] {
        assert!(seen.contains(code), "{code}: {seen:?}");
    }
    shopper.get("").await.ok();
    app.get("/readyz").await.ok();
}

#[tokio::test]
async fn a_socket_takes_any_bytes() {
    let folder = Folder::new();
    let listener = zg_server::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(zg_server::serve(config(&folder), listener, stopped));
    let many = (0..300).map(|n| format!("x-{n}: y\r\n")).collect::<String>();
    let cases: Vec<Vec<u8>> = vec![
        b"\r\n\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/1.1\r\n folded: x\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n".to_vec(),
        b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET http://evil.example/v1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        b"CONNECT evil.example:80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        b"POST /v1/conversations HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_vec(),
        b"POST /v1/conversations HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n".to_vec(),
        b"POST /v1/conversations HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!".to_vec(),
        b"POST /v1/conversations HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n".to_vec(),
        b"POST /v1/conversations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n".to_vec(),
        b"POST /v1/conversations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nffffffffffffffff\r\n".to_vec(),
        b"POST /v1/conversations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\nConnection: close\r\n\r\n".to_vec(),
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{many}\r\n").into_bytes(),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a".repeat(100_000)).into_bytes(),
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\nx: {}\r\n\r\n", "a".repeat(600_000)).into_bytes(),
        [0xff; 70_000].to_vec(),
    ];
    for (n, bytes) in cases.iter().enumerate() {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // The server may close before it has read all of it.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(std::time::Duration::from_secs(10), stream.read_to_end(&mut answer))
            .await
            .expect("an end");
        let text = String::from_utf8_lossy(&answer);
        assert!(!text.starts_with("HTTP/1.1 5"), "{n}: {text}");
    }
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}
