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
    // No file has such a name, and the system's complaint about it would be a failure of ours.
    let impossible = path.len() > MAX_PATH_BYTES || path.contains("%00") || path.split('/').any(is_too_long);
    if disguised || impossible || path.split('/').any(|part| part.starts_with('.') && part != ".well-known") {
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

/// Longer names no file system has that files are served from, and longer ways no system follows.
const MAX_NAME_BYTES: usize = 255;
const MAX_PATH_BYTES: usize = 3 * 1024;

/// Whether a name is too long for a file. Three bytes of an escape stand for one.
fn is_too_long(part: &str) -> bool {
    let n_escapes = part.as_bytes().windows(3).filter(|three| is_escape(three)).count();
    part.len() - 2 * n_escapes > MAX_NAME_BYTES
}

fn is_escape(three: &[u8]) -> bool {
    matches!(three, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
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
    use super::{hashed, is_too_long};

    #[test]
    fn no_file_has_a_name_of_more_than_255_bytes() {
        assert!(!is_too_long(&"a".repeat(255)));
        assert!(is_too_long(&"a".repeat(256)));
        assert!(!is_too_long(&"%e5%ad%97".repeat(85)));
        assert!(is_too_long(&"%e5%ad%97".repeat(86)));
        // No escapes, though they look like some.
        assert!(is_too_long(&"%zz".repeat(86)));
        assert!(is_too_long(&"%".repeat(256)));
        assert!(!is_too_long("%"));
    }

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
