//! How the server is looked after: health, metrics, overload, a configuration that changes.

use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt as _;
use zg_server::config::keys;
use zg_server::{Config, ConfigError, Source};

use crate::support::{Folder, Shopper, TestApp, secret, text};

async fn metrics(app: &TestApp) -> String {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = zg_server::monitoring(app.app.clone()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn metrics_count_by_pattern_and_say_nothing_of_anybody() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "private-conversation").await;
    shopper.say("private-message", "private words").await.ok();
    for n in 0..50 {
        app.get(&format!("/v1/conversations/guess-{n}?private=query")).await.problem(401, "unauthorized");
        let strange = Request::builder().method("PRIVATE").uri(format!("/private-{n}")).body(Body::empty()).unwrap();
        app.send(strange).await;
    }
    let events = shopper.events(None).await;
    let text = metrics(&app).await;
    for line in [
        "zhanggui_http_requests_total{method=\"POST\",route=\"/v1/conversations/{id}/messages\",status=\"200\"} 1",
        "zhanggui_http_requests_total{method=\"GET\",route=\"/v1/conversations/{id}\",status=\"401\"} 50",
        "zhanggui_http_request_duration_seconds_count{route=\"/v1/conversations/{id}/messages\"} 1",
        "zhanggui_streams_open 1",
        "zhanggui_database_up 1",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert_eq!(text.contains("\nzhanggui_disk_free_bytes"), app.is_file(), "elsewhere nobody knows");
    for word in ["private", "guess", "PRIVATE"] {
        assert!(!text.contains(word), "{word}\n{text}");
    }
    let n_lines = text.lines().count();
    app.get("/v1/conversations/another").await.problem(401, "unauthorized");
    assert_eq!(metrics(&app).await.lines().count(), n_lines, "a request adds no time series");
    drop(events);
}

#[tokio::test]
async fn metrics_at_the_main_address_need_their_secret() {
    let bare = TestApp::new();
    bare.get("/metrics").await.problem(404, "not_found");
    let app = TestApp::with(|config| {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(secret("monitor").as_bytes());
        config.operations.metrics_secret = Some(digest.into());
    });
    app.get("/metrics").await.problem(401, "unauthorized");
    let shopper = app.shopper("one", "c-1").await;
    let ask = async |secret: &str| {
        let request = Request::get("/metrics").header("authorization", format!("Bearer {secret}"));
        app.send(request.body(Body::empty()).unwrap()).await
    };
    ask(&shopper.secret).await.problem(401, "unauthorized");
    assert!(ask(&secret("monitor")).await.ok().text().contains("zhanggui_database_up 1"));
}

#[tokio::test]
async fn ready_is_what_can_take_work() {
    let app = TestApp::new();
    assert_eq!(app.get("/readyz").await.ok().json()["status"], "ok");
    let full = TestApp::with(|config| config.operations.min_free_bytes = u64::MAX);
    if full.is_file() {
        assert_eq!(full.get("/readyz").await.problem(503, "not_ready")["detail"], "disk");
    } else {
        // The folder is not where the database is.
        full.get("/readyz").await.ok();
    }
    full.get("/healthz").await.ok();
    app.app.drain();
    let refused = app.get("/readyz").await;
    assert_eq!(refused.problem(503, "not_ready")["detail"], "stopping");
    assert_eq!(refused.headers["retry-after"], "1");
    // What comes all the same is answered.
    app.shopper("one", "c-1").await.say("m-1", "hi").await.ok();
    app.get("/healthz").await.ok();
}

#[tokio::test]
async fn under_overload_shoppers_give_way_and_nothing_is_written() {
    let app = TestApp::with(|config| config.operations.max_in_flight = 4);
    let shopper = app.shopper("one", "c-1").await;
    let operator = app.operator("one", "ann").await;
    // Requests that never end: each waits for a body that does not come.
    let stuck = || {
        let body = Body::from_stream(futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>());
        app.router.clone().oneshot(shopper.request("POST", "/messages").body(body).unwrap())
    };
    let mut first = Box::pin(stuck());
    assert!(futures_util::poll!(&mut first).is_pending());
    // The reader answers from a thread of its own; until the body is waited for the place is taken all the same.
    let refused = shopper.say("m-1", "hi").await;
    refused.problem(503, "overloaded");
    let after: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3).contains(&after), "{after}");
    let page = async |origin: &str| {
        app.send(shopper.request("GET", "").header("origin", origin).body(Body::empty()).unwrap()).await
    };
    assert_eq!(page("http://localhost").await.headers["access-control-allow-origin"], "http://localhost");
    assert!(!page("https://evil.example").await.headers.contains_key("access-control-allow-origin"));
    operator.get("/queue").await.ok();
    app.get("/healthz").await.ok();
    app.get("/readyz").await.ok();
    drop(first);
    shopper.say("m-1", "hi").await.ok();
    assert!(metrics(&app).await.contains("zhanggui_http_requests_shed_total 3"));
}

#[tokio::test]
async fn every_answer_has_an_id_that_the_problem_names() {
    let app = TestApp::new();
    let answer = app.get("/v1/conversations/c-1").await;
    let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(answer.problem(401, "unauthorized")["instance"], format!("urn:zhanggui:instance:{id}"));
    assert_ne!(app.get("/healthz").await.ok().headers["x-request-id"], id);
}

#[tokio::test]
async fn limits_by_tenant_and_by_address_say_when_to_come_back() {
    let app = TestApp::with(|config| {
        config.limits.tenant_requests = zg_server::Rate::per_minute(2);
        config.limits.address_requests = zg_server::Rate::per_minute(6);
        config.trust_proxy = true;
    });
    let one = app.shopper("one", "c-1").await;
    for _ in 0..3 {
        one.get("").await.ok();
    }
    let refused = one.get("").await;
    refused.problem(429, "rate_limited");
    assert_eq!(refused.headers["retry-after"], "30");
    // Another tenant has its own.
    app.shopper("two", "c-1").await.get("").await.ok();
    let from = async |address: &str| {
        let request = Request::get("/v1/nothing").header("x-forwarded-for", address).body(Body::empty()).unwrap();
        app.send(request).await
    };
    for _ in 0..12 {
        from("198.51.100.7").await.problem(404, "not_found");
    }
    from("198.51.100.7").await.problem(429, "rate_limited");
    from("198.51.100.8").await.problem(404, "not_found");
}

#[tokio::test]
async fn a_storefront_may_have_origins_of_its_own() {
    let app = TestApp::with(|config| {
        config.origins = zg_server::Origins::Only(vec!["https://two.example".to_owned()]);
        config.sites[0].origins = Some(zg_server::Origins::Only(vec!["https://one.example".to_owned()]));
    });
    let shopper = app.shopper("one", "c-1").await;
    let from = async |origin: &str| {
        app.send(shopper.request("GET", "").header("origin", origin).body(Body::empty()).unwrap()).await
    };
    let own = from("https://one.example").await;
    assert_eq!(own.ok().headers["access-control-allow-origin"], "https://one.example");
    // A page of another storefront that got hold of the secret.
    for foreign in ["https://two.example", "https://evil.example", "null", "https://one.example.evil.example"] {
        from(foreign).await.problem(403, "foreign_origin");
    }
    let opening = Shopper { app: &app, id: "c-2".to_owned(), secret: secret("c-2") };
    let body = serde_json::json!({ "id": "c-2", "site_key": "one", "locale": "en" }).to_string();
    let request = Request::post("/v1/conversations")
        .header("authorization", format!("Bearer {}", opening.secret))
        .header("content-type", "application/json")
        .header("origin", "https://two.example");
    app.send(request.body(body.into()).unwrap()).await.problem(403, "foreign_origin");
}

fn mistakes(text: &str) -> Vec<String> {
    match Config::from_toml(text) {
        Ok(_) => Vec::new(),
        Err(ConfigError::Mistakes(found)) => found.iter().map(ToString::to_string).collect(),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn every_mistake_is_named_with_its_line_and_what_to_do() {
    let text = "\
lisen = \"127.0.0.1:1\"
origins = [\"https://shop.example/\", 7]
secure_cookies = \"yes\"

[[sites]]
key = \"one\"
secret_sha256 = [\"00\"]

[[sites]]
key = \"one\"
tenant = \"not an id\"
[sites.back_office]
url = \"http://10.0.0.1/\"
secret_files = []
attempts = 9

[limits]
opens_per_minute = -1
[operations]
log = \"xml\"
metrics_listen = \"9464\"
max_in_flight = 0
";
    let found = mistakes(text);
    for (line, key, part) in [
        (1, "lisen", "did you mean `listen`?"),
        (2, "origins", "want a list of texts"),
        (3, "secure_cookies", "want true or false, found a string"),
        (5, "sites[0].tenant", "is missing; write tenant ="),
        (7, "sites[0].secret_sha256", "64 hexadecimal digits"),
        (10, "sites[1].key", "another storefront has this key"),
        (11, "sites[1].tenant", ""),
        (13, "sites[1].back_office.url", "write https://"),
        (14, "sites[1].back_office.secret_files", "at least one file"),
        (15, "sites[1].back_office.attempts", "write 1 to 5"),
        (18, "limits.opens_per_minute", "a whole number"),
        (20, "operations.log", "write \"text\" or \"json\""),
        (21, "operations.metrics_listen", "an address and a port"),
        (22, "operations.max_in_flight", "write 1 to"),
    ] {
        let start = format!("line {line}: {key}: ");
        assert!(found.iter().any(|one| one.starts_with(&start) && one.contains(part)), "{start}{part}\n{found:#?}");
    }
    assert_eq!(found.len(), 14, "{found:#?}");
    // Broken text does not hide what is wrong with the rest.
    let found = mistakes("listen = \"x\"\norigins = [\nsecure_cookies = 1\n");
    assert!(found.iter().any(|one| one.starts_with("line 1: listen: ")), "{found:#?}");
    assert!(found.iter().any(|one| one.contains("not TOML")), "{found:#?}");
}

/// Reads the sample with all of its comments taken off, and with stand-ins for the files it names.
#[test]
fn the_sample_is_whole_and_documented() {
    let sample = keys::sample();
    assert_eq!(Config::from_toml(&sample).unwrap(), Config::default(), "all of it is commented out");
    let said: String = sample
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .fold(String::new(), |text, line| text + line + "\n");
    let folder = Folder::new();
    std::fs::write(folder.0.join("zhanggui.toml"), &said).unwrap();
    std::fs::create_dir(folder.0.join("playbooks")).unwrap();
    std::fs::write(folder.0.join("playbooks/policy.toml"), "").unwrap();
    std::fs::write(folder.0.join("identity.key"), "0123456789abcdef0123456789abcdef\n").unwrap();
    std::fs::write(folder.0.join("profile.key"), "fedcba9876543210fedcba9876543210\n").unwrap();
    std::fs::write(folder.0.join("webhook.secret"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    std::fs::write(folder.0.join("postgres.password"), "hunter2\n").unwrap();
    std::fs::write(folder.0.join("nats.token"), "hunter3\n").unwrap();
    let certificate = rcgen::generate_simple_self_signed(vec!["shop.example".to_owned()]).unwrap();
    for name in ["ca.pem", "postgres.pem"] {
        std::fs::write(folder.0.join(name), certificate.cert.pem()).unwrap();
    }
    let config = Config::load(&folder.0.join("zhanggui.toml")).unwrap_or_else(|error| panic!("{error}\n{said}"));
    assert_eq!((config.sites.len(), config.files.len()), (1, 8));
    assert_eq!(config.sites[0].back_office.as_ref().unwrap().roots.len(), 1);
    let storage = config.storage.as_ref().unwrap();
    assert_eq!((storage.postgres.password.as_deref(), storage.postgres.roots.len()), (Some("hunter2"), 1));
    assert_eq!(storage.nats.as_ref().unwrap().token.as_deref(), Some("hunter3"));
    assert!(!format!("{config:?}").contains("hunter"), "secrets are not printed");
    // The file that is delivered, and the reference, are written from the same table.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (file, part) in [("deploy/zhanggui.toml", sample), ("docs/serve.md", keys::reference())] {
        let path = root.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let begin = text.find(part.lines().next().unwrap()).expect("the place of the table");
        let end = if file.ends_with(".md") {
            text[begin..].find("\n\n").map_or(text.len(), |at| begin + at + 1)
        } else {
            text.len()
        };
        let whole = format!("{}{part}{}", &text[..begin], &text[end..]);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, whole).unwrap();
        } else {
            assert_eq!(text, whole, "{file} is not what the table of keys says; UPDATE_EXPECT=1 writes it");
        }
    }
}

#[tokio::test]
async fn a_changed_file_holds_and_a_broken_one_does_not() {
    let folder = Folder::new();
    let path = folder.0.join("zhanggui.toml");
    let write = |text: &str| std::fs::write(&path, text).unwrap();
    write("[[sites]]\nkey = \"one\"\ntenant = \"one\"\n");
    let data = folder.0.join("data");
    let source = Source { path: path.clone(), adjust: Box::new(move |config| config.data_dir.clone_from(&data)) };
    let clock = Box::new(zg_server::SystemClock);
    let app = zg_server::App::open(source.read().unwrap(), clock).unwrap();
    let keys = || app.config().sites.iter().map(|site| site.key.clone()).collect::<Vec<_>>();
    let reload = async || zg_server::reload(&app, &source).await;
    write("listen = \"127.0.0.1:1\"\n[[sites]]\nkey = \"two\"\ntenant = \"one\"\n[limits]\nopens_per_minute = 7\n");
    reload().await;
    assert_eq!((keys(), app.config().limits.opens), (vec!["two".to_owned()], zg_server::Rate::per_minute(7)));
    assert_eq!(app.config().listen, Config::default().listen, "an address is for the start");
    assert_eq!(app.config().data_dir, folder.0.join("data"), "the command line wins each time");
    write("[[sites]]\nkey = \"two\"\ntenant = \"one\"\n[storage]\npostgres = \"postgres://db.example/zg\"\n");
    reload().await;
    assert_eq!((keys(), &app.config().storage), (vec!["two".to_owned()], &None), "so is the database");
    for broken in ["[[sites]]\nkey = 1\n", "=", "[[sites]]\nkey = \"k\"\ntenant = \"t\"\npolicy = \"missing.toml\"\n"] {
        write(broken);
        reload().await;
        assert_eq!(keys(), ["two"], "{broken}");
    }
    std::fs::remove_file(&path).unwrap();
    reload().await;
    assert_eq!(keys(), ["two"]);
    let router = zg_server::router(app.clone());
    let message = serde_json::json!({ "messages": [text("shopper", "m", "hi")] }).to_string();
    let request = Request::post("/v1/conversations/c/messages").body(Body::from(message)).unwrap();
    assert_eq!(router.oneshot(request).await.unwrap().status(), 401);
}
