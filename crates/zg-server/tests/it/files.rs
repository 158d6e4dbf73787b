//! Console and static files: headers, and nothing beside them.

use axum::body::Body;
use axum::http::Request;

use crate::support::{Folder, TestApp};

fn shop() -> (Folder, TestApp) {
    let folder = Folder::new();
    let files = folder.0.join("public");
    std::fs::create_dir_all(files.join(".git")).unwrap();
    std::fs::write(folder.0.join("secret.txt"), "outside").unwrap();
    std::fs::write(files.join(".git/config"), "hidden").unwrap();
    std::fs::write(files.join("zhanggui.js"), "plain").unwrap();
    std::fs::write(files.join("engine.0123456789abcdef.wasm"), "wasm").unwrap();
    std::fs::write(files.join("engine.0123456789abcdef.wasm.br"), "brotli").unwrap();
    let app = TestApp::with(|config| config.static_dir = Some(files));
    (folder, app)
}

#[tokio::test]
async fn files_have_their_types_and_their_caching() {
    let (_folder, app) = shop();
    let plain = app.get("/zhanggui.js").await;
    assert_eq!((plain.status.as_u16(), plain.text().as_str()), (200, "plain"));
    assert_eq!(plain.headers["cache-control"], "no-cache");
    let wasm = app.get("/engine.0123456789abcdef.wasm").await;
    assert_eq!(wasm.headers["content-type"], "application/wasm");
    assert_eq!(wasm.headers["cache-control"], "public, max-age=31536000, immutable");
    for answer in [&plain, &wasm] {
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        assert_eq!(answer.headers["cross-origin-resource-policy"], "cross-origin");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
    let request = Request::get("/engine.0123456789abcdef.wasm").header("accept-encoding", "gzip, br");
    let brotli = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((brotli.text().as_str(), brotli.headers["content-encoding"].to_str().unwrap()), ("brotli", "br"));
    assert_eq!(brotli.headers["content-type"], "application/wasm");
    assert_eq!(brotli.headers["vary"].to_str().unwrap().to_lowercase(), "accept-encoding");
    let missing = app.get("/engine.fedcba9876543210.wasm").await;
    missing.problem(404, "not_found");
    assert_eq!(missing.headers["cache-control"], "no-cache");
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let (_folder, app) = shop();
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/a/../../secret.txt",
        "//secret.txt",
        "/.git/config",
        "/%2egit/config",
        "/zhanggui.js/../../secret.txt",
        "/zhanggui.js%00",
        "/zhanggui.sqlite3",
    ] {
        let answer = app.get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert!(!answer.text().contains("outside") && !answer.text().contains("hidden"), "{path}");
    }
    // Names that the system cannot even look for are no failure of ours.
    for long in ["a".repeat(256), "a".repeat(60_000), "%zz".repeat(100), "%e5%ad%97".repeat(90), "a/".repeat(3_000)] {
        let shown = &long[..9];
        assert_eq!(app.get(&format!("/{long}/x")).await.status, 404, "{shown}");
        assert_eq!(app.get(&format!("/{long}")).await.status, 404, "{shown}");
    }
    assert_eq!(app.get("/a%00b/zhanggui.js").await.status, 404);
    let request = Request::post("/zhanggui.js").body(Body::empty()).unwrap();
    app.send(request).await.problem(405, "method_not_allowed");
}

#[tokio::test]
async fn the_console_runs_under_a_strict_policy() {
    let app = TestApp::new();
    let page = app.get("/console/").await;
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    // Everything the page and its modules name is there.
    for name in ["console.css", "console.js", "locales/zh-CN.json", "locales/en.json"] {
        let file = app.get(&format!("/console/{name}")).await;
        assert_eq!(file.status, 200, "{name}");
        assert_eq!(file.headers["x-content-type-options"], "nosniff");
    }
    assert_eq!(app.get("/console").await.headers["location"], "/console/");
}

#[tokio::test]
async fn the_root_names_the_addresses_unless_a_shop_has_a_page() {
    let app = TestApp::new();
    assert!(app.get("/").await.ok().text().contains("/v1/openapi.json"));
    assert_eq!(app.get("/v1/openapi.json").await.ok().json()["openapi"], "3.1.0");
    assert_eq!(app.get("/healthz").await.ok().json()["status"], "ok");
    assert_eq!(app.get("/readyz").await.ok().json()["status"], "ok");
    let folder = Folder::new();
    std::fs::write(folder.0.join("index.html"), "<title>Shop</title>").unwrap();
    let app = TestApp::with(|config| config.static_dir = Some(folder.0.clone()));
    assert_eq!(app.get("/").await.text(), "<title>Shop</title>");
}
