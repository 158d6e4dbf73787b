//! The storefront's files, with the widget's origin filled in, under a strict content security policy.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Uri, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::Site;

const PLACEHOLDER: &str = "__ZHANGGUI_ORIGIN__";

/// Why the storefront cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// `--assets` names a folder without the storefront. Give the folder that holds `index.html` and `shop/`.
    #[error("cannot read {}: {error}", path.display())]
    Asset { path: PathBuf, error: std::io::Error },
    /// An origin is a scheme, a host and perhaps a port, as in `http://127.0.0.1:8787`.
    #[error("not an http(s) origin: {0:?}")]
    Origin(String),
}

/// A web origin; it goes into a header and a page, so it is checked once, here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl FromStr for Origin {
    type Err = PageError;

    fn from_str(value: &str) -> Result<Self, PageError> {
        let no = || PageError::Origin(value.to_owned());
        let trimmed = value.strip_suffix('/').unwrap_or(value);
        let uri: Uri = trimmed.parse().map_err(|_| no())?;
        let authority = uri.authority().ok_or_else(no)?.as_str();
        let host = authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
        match uri.scheme_str() {
            Some(scheme @ ("http" | "https")) if host && uri.path() == "/" && uri.query().is_none() => {
                Ok(Self(format!("{scheme}://{authority}")))
            }
            _ => Err(no()),
        }
    }
}

impl Origin {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn policy(&self) -> String {
        let origin = &self.0;
        format!(
            "default-src 'self'; script-src 'self' {origin} 'wasm-unsafe-eval'; connect-src 'self' {origin}; worker-src 'self' blob:; style-src 'self'; img-src 'self' data:; \
             font-src 'self'; manifest-src 'self'; frame-src {origin}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
        )
    }
}

/// `index.html` and the service worker are read at start: a file that is missing is an error then, not a blank page later.
pub fn routes(site: &Site) -> Result<Router, PageError> {
    // In a checkout the folder is www/shop; the build copies it to shop.
    let built = site.assets.join("shop");
    let shop = if built.is_dir() { built } else { site.assets.join("www/shop") };
    let filled = |path: &Path| {
        std::fs::read_to_string(path)
            .map(|text| text.replace(PLACEHOLDER, site.widget_origin.as_str()))
            .map_err(|error| PageError::Asset { path: path.to_owned(), error })
    };
    let index = filled(&site.assets.join("index.html"))?;
    let worker = filled(&shop.join("zhanggui-sw.js"))?;
    let page = move || {
        let index = index.clone();
        async move {
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], index)
                .into_response()
        }
    };
    let worker = move || {
        let worker = worker.clone();
        async move {
            ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], worker)
                .into_response()
        }
    };
    // Only the page, the worker and shop/ are served: the assets folder of a checkout holds much else.
    Ok(Router::new()
        .route("/", get(page.clone()))
        .route("/index.html", get(page))
        .route("/zhanggui-sw.js", get(worker))
        .nest_service("/shop", ServeDir::new(shop).append_index_html_on_directories(false)))
}

/// The headers of every answer, the back office's too.
pub fn with_headers(router: Router, origin: &Origin) -> Result<Router, PageError> {
    let policy = HeaderValue::from_str(&origin.policy()).map_err(|_| PageError::Origin(origin.0.clone()))?;
    let set = |name: HeaderName, value| SetResponseHeaderLayer::overriding(name, value);
    Ok(router
        .layer(set(header::CONTENT_SECURITY_POLICY, policy))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(set(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"))))
}
