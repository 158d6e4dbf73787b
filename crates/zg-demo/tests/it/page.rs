use super::*;

use zg_demo::page::Origin;

#[tokio::test]
async fn the_page_is_filled_in_and_strict() {
    let shop = TestShop::new();
    for path in ["/", "/index.html", "/zhanggui-sw.js"] {
        let (status, headers, body) = shop.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains("http://127.0.0.1:8787/") && !text.contains("__ZHANGGUI_ORIGIN__"), "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("script-src 'self' http://127.0.0.1:8787 'wasm-unsafe-eval';")
                && !policy.contains("unsafe-inline"),
            "{policy}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn the_page_needs_nothing_inline() {
    let page = std::fs::read_to_string(format!("{ROOT}/index.html")).unwrap();
    assert!(!page.contains("style=") && !page.contains("<style"), "inline styles");
    for tag in page.match_indices("<script").map(|(at, _)| &page[at..]) {
        let opening = &tag[..tag.find('>').unwrap()];
        assert!(opening.contains("src="), "an inline script: {opening}");
    }
}

#[tokio::test]
async fn only_the_shops_files_are_served() {
    let shop = TestShop::new();
    assert_eq!(
        shop.send(Request::get("/shop/data/products.json").body(Body::empty()).unwrap()).await.0,
        StatusCode::OK
    );
    for path in ["/Cargo.toml", "/.git/HEAD", "/shop/../Cargo.toml", "/shop/%2e%2e/%2e%2e/Cargo.toml", "/crates"] {
        let (status, _, _) = shop.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn an_origin_is_checked() {
    assert_eq!("https://chat.example:8443/".parse::<Origin>().unwrap().as_str(), "https://chat.example:8443");
    for wrong in [
        "",
        "chat.example",
        "javascript:alert(1)",
        "http://a b",
        "http://a/path",
        "http://a?x",
        "http://u:p@a",
        "http://a;script-src *",
        "ftp://a",
        "http://\"><script>",
    ] {
        assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
    }
}
