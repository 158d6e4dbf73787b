//! A server without a socket, and shoppers and operators who talk to it.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use zg_domain::{Clock, TenantId, Timestamp};
use zg_server::{App, Config, Site};

/// Some moment of 2026, so that times look like times.
pub const START: i64 = 1_780_000_000_000;
pub const HOST: &str = "desk.example";
pub const PASSWORD: &str = "correct horse battery";

/// A folder that goes with its test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static N: AtomicU64 = AtomicU64::new(0);
        let name = format!("zg-server-{}-{}", std::process::id(), N.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[derive(Clone)]
pub struct MockClock(Arc<AtomicI64>);

impl MockClock {
    pub fn at(millis: Arc<AtomicI64>) -> Self {
        Self(millis)
    }

    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for MockClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

pub struct TestApp {
    pub router: Router,
    pub app: App,
    pub clock: MockClock,
    pub folder: Folder,
}

/// Two tenants, `one` and `two`, whose site keys are called the same.
pub fn config(folder: &Folder) -> Config {
    let site = |name: &str| Site::new(name, TenantId::new(name).unwrap());
    let storage = crate::storage_of(folder);
    Config { data_dir: folder.0.clone(), sites: vec![site("one"), site("two")], storage, ..Config::default() }
}

/// Opens the database in a runtime that outlives the test, because a test's own may not be waited on from within.
pub fn start(config: Config, clock: MockClock) -> App {
    static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());
    let (done, app) = std::sync::mpsc::channel();
    RUNTIME.spawn(async move { done.send(App::start(config, Box::new(clock)).await.unwrap()) });
    app.recv().unwrap()
}

impl TestApp {
    /// Whether the database is a file in the test's folder.
    pub fn is_file(&self) -> bool {
        self.app.config().storage.is_none()
    }

    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = Folder::new();
        let mut config = config(&folder);
        change(&mut config);
        let clock = MockClock(Arc::new(AtomicI64::new(START)));
        let app = start(config, clock.clone());
        Self { router: zg_server::router(app.clone()), app, clock, folder }
    }

    /// The server anew, on the same database and at the same time.
    pub fn restart(self) -> Self {
        let Self { router, app, clock, folder } = self;
        let config = (*app.config()).clone();
        drop((router, app));
        let app = start(config, clock.clone());
        Self { router: zg_server::router(app.clone()), app, clock, folder }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, bytes: bytes.to_vec() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Opens conversation `id` at the storefront of `tenant`.
    pub async fn shopper(&self, tenant: &str, id: &str) -> Shopper<'_> {
        let shopper = Shopper { app: self, id: id.to_owned(), secret: secret(&format!("{tenant}-{id}")) };
        let answer = shopper.open(tenant).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        shopper
    }

    /// Adds an operator of `tenant` and signs them in.
    pub async fn operator(&self, tenant: &str, name: &str) -> Operator<'_> {
        zg_server::add_operator_to(&self.app.config(), tenant, name, &name.to_uppercase(), PASSWORD).await.unwrap();
        let answer = self.sign_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let csrf = answer.json()["csrf_token"].as_str().unwrap().to_owned();
        Operator { app: self, cookie, csrf }
    }

    pub async fn sign_in(&self, name: &str, password: &str) -> Answer {
        let body = json!({ "name": name, "password": password }).to_string();
        let request = Request::post("/v1/operator/session").header("content-type", "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }
}

/// 43 characters that depend on `seed`.
pub fn secret(seed: &str) -> String {
    format!("{:_<43}", seed.replace(|c: char| !c.is_ascii_alphanumeric(), "-"))
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Checks that it is a problem of this status and code, and gives it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("urn:zhanggui:problem:{code}"));
        assert!(problem["instance"].as_str().unwrap().starts_with("urn:zhanggui:instance:"));
        let known = ["type", "title", "status", "detail", "code", "instance"];
        assert!(problem.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{problem}");
        problem
    }

    #[track_caller]
    pub fn ok(&self) -> &Self {
        assert!(self.status.is_success(), "{} {}", self.status, self.text());
        self
    }
}

pub fn text(author: &str, id: &str, text: &str) -> Value {
    json!({ "id": id, "author": author, "at": START - 1000, "text": text, "kind": "text" })
}

pub struct Shopper<'a> {
    pub app: &'a TestApp,
    pub id: String,
    pub secret: String,
}

impl Shopper<'_> {
    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("/v1/conversations/{}{path}", self.id))
            .header("authorization", format!("Bearer {}", self.secret))
            .header("content-type", "application/json")
    }

    pub async fn open(&self, site_key: &str) -> Answer {
        let body =
            json!({ "id": self.id, "site_key": site_key, "locale": "zh-CN", "page": "https://shop.example/p/1" });
        let request = Request::post("/v1/conversations")
            .header("authorization", format!("Bearer {}", self.secret))
            .header("content-type", "application/json");
        self.app.send(request.body(body.to_string().into()).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.app.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
        self.app.send(self.request("POST", path).body(body).unwrap()).await
    }

    pub async fn erase(&self) -> Answer {
        self.app.send(self.request("DELETE", "").body(Body::empty()).unwrap()).await
    }

    pub async fn say(&self, id: &str, words: &str) -> Answer {
        self.post("/messages", &json!({ "messages": [text("shopper", id, words)] })).await
    }

    pub async fn events(&self, cursor: Option<&str>) -> Events {
        let mut request = self.request("GET", "/events");
        if let Some(cursor) = cursor {
            request = request.header("last-event-id", cursor);
        }
        Events::open(self.app, request.body(Body::empty()).unwrap()).await
    }
}

pub struct Operator<'a> {
    pub app: &'a TestApp,
    pub cookie: String,
    pub csrf: String,
}

impl Operator<'_> {
    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("/v1/operator{path}"))
            .header("cookie", &self.cookie)
            .header("host", HOST)
            .header("origin", format!("http://{HOST}"))
            .header("x-csrf-token", &self.csrf)
            .header("content-type", "application/json")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.app.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
        self.app.send(self.request("POST", path).body(body).unwrap()).await
    }

    pub async fn act(&self, id: &str, action: &str) -> Answer {
        self.post(&format!("/conversations/{id}/{action}"), &Value::Null).await
    }

    pub async fn reply(&self, id: &str, message: &str, words: &str) -> Answer {
        self.post(&format!("/conversations/{id}/messages"), &json!({ "id": message, "text": words })).await
    }

    pub async fn events(&self) -> Events {
        Events::open(self.app, self.request("GET", "/events").body(Body::empty()).unwrap()).await
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub name: String,
    pub id: Option<String>,
    pub data: Value,
}

/// A stream of server-sent events.
pub struct Events {
    body: Pin<Box<BodyDataStream>>,
    buffer: String,
}

impl Events {
    /// With the cursor in the query, as at a first connection.
    pub async fn open_for(shopper: &Shopper<'_>, query: &str) -> Self {
        let request = shopper.request("GET", &format!("/events{query}"));
        Self::open(shopper.app, request.body(Body::empty()).unwrap()).await
    }

    async fn open(app: &TestApp, request: Request<Body>) -> Self {
        let response = app.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: Box::pin(response.into_body().into_data_stream()), buffer: String::new() }
    }

    /// The next event, or `None` at the end. What never comes fails the test instead of hanging it.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.buffer.find("\n\n") {
                let block: String = self.buffer.drain(..end + 2).collect();
                let field = |name: &str| {
                    block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned))
                };
                if let Some(data) = field("data") {
                    let data = serde_json::from_str(&data).unwrap();
                    return Some(Event { name: field("event").unwrap(), id: field("id"), data });
                }
                continue;
            }
            let more = tokio::time::timeout(Duration::from_secs(10), self.body.next());
            let chunk = more.await.expect("an event within 10 seconds")?.unwrap();
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Passes over others until one of this name.
    pub async fn until(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if event.name == name {
                return event;
            }
        }
    }
}
