//! The operators' desk: a page and its parts, carried in the executable.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;

/// Nothing but our own files, no frame around us, and no string ever becomes script or markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

macro_rules! file {
    ($name:literal, $kind:literal) => {
        ($name, $kind, include_str!(concat!("../../../www/console/", $name)))
    };
}

const FILES: &[(&str, &str, &str)] = &[
    file!("index.html", "text/html; charset=utf-8"),
    file!("console.css", "text/css; charset=utf-8"),
    file!("console.js", "text/javascript; charset=utf-8"),
    file!("api.js", "text/javascript; charset=utf-8"),
    file!("conversation.js", "text/javascript; charset=utf-8"),
    file!("dom.js", "text/javascript; charset=utf-8"),
    file!("locale.js", "text/javascript; charset=utf-8"),
    file!("outbox.js", "text/javascript; charset=utf-8"),
    file!("profile.js", "text/javascript; charset=utf-8"),
    file!("queue.js", "text/javascript; charset=utf-8"),
    file!("locales/zh-CN.json", "application/json"),
    file!("locales/en.json", "application/json"),
];

pub fn router() -> Router<App> {
    let mut router = Router::new().route("/console", get(|| async { Redirect::permanent("/console/") }));
    for &(name, kind, text) in FILES {
        let path = if name == "index.html" { "/console/".to_owned() } else { format!("/console/{name}") };
        router =
            router.route(&path, get(move || async move { ([(header::CONTENT_TYPE, kind)], text).into_response() }));
    }
    let set = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::overriding(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    router.layer(
        ServiceBuilder::new()
            .layer(set("content-security-policy", POLICY))
            .layer(set("cache-control", "no-cache"))
            .layer(set("referrer-policy", "no-referrer"))
            .layer(set("cross-origin-opener-policy", "same-origin"))
            .layer(set("cross-origin-resource-policy", "same-origin")),
    )
}
