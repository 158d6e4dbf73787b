//! Loader, WASM, models, knowledge: files that storefronts on other origins load, and that a CDN could serve as well.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use crate::problem::{self, Failure};

/// Files of `folder`; without one there is nothing here.
pub fn service(folder: Option<&Path>) -> Router {
    let Some(folder) = folder else { return Router::new().fallback(problem::not_found) };
    let files = ServeDir::new(folder)
        .precompressed_br()
        .not_found_service(tower::service_fn(|_| async { Ok(Failure::not_found().into_response()) }));
    Router::new().fallback_service(files).layer(from_fn(headers))
}

async fn headers(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    // Dot files are a repository's or an editor's, left behind in the folder. No file of ours needs a dot,
    // a slash or a backslash in disguise, so nothing has to be decoded to find them.
    let disguised = ["%2e", "%2f", "%5c"].iter().any(|escape| path.to_ascii_lowercase().contains(escape));
    if disguised || path.split('/').any(|part| part.starts_with('.') && part != ".well-known") {
        return Failure::not_found().into_response();
    }
    let mut response = next.run(request).await;
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let caching = if found && hashed(&path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    // A page that asks for cross-origin isolation may load these files all the same.
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        return problem::method_not_allowed().await.into_response();
    }
    response
}

/// Whether the name holds a hash of the content: `engine.0123abcd.wasm`.
fn hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let parts: Vec<&str> = name.split('.').collect();
    // Neither the first part nor the last: those are the name and its ending.
    parts
        .get(1..parts.len().saturating_sub(1))
        .unwrap_or_default()
        .iter()
        .any(|part| part.len() >= 8 && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
}

#[cfg(test)]
mod tests {
    use super::hashed;

    #[test]
    fn a_hash_stands_between_name_and_ending() {
        assert!(hashed("/pkg/engine.0123abcd.wasm"));
        assert!(hashed("/shop.0123456789abcdef.zgkb"));
        assert!(!hashed("/zhanggui.js"));
        assert!(!hashed("/0123abcd.wasm"));
        assert!(!hashed("/engine.0123abc.wasm"));
        assert!(!hashed("/engine.deadbeefx.wasm"));
        assert!(!hashed("/"));
    }
}
