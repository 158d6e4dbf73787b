//! Versions of the interface that this server does not speak: it says so, and which one it does.

use axum::Router;
use axum::http::header::LINK;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;

use crate::app::App;
use crate::problem::Failure;

/// One digit: what no client of ours asks for is an address like any other.
const OTHERS: [u8; 9] = [0, 2, 3, 4, 5, 6, 7, 8, 9];

pub fn router() -> Router<App> {
    OTHERS.iter().fold(Router::new(), |router, version| {
        router
            .route(&format!("/v{version}"), any(unsupported))
            .route(&format!("/v{version}/{{*rest}}"), any(unsupported))
    })
}

async fn unsupported() -> Response {
    let failure = Failure::new(StatusCode::NOT_FOUND, "unsupported_version", "This server speaks version 1 of the interface")
        .detail("ask under /v1, as /v1/openapi.json describes it; a widget that asks for another is of another release than the server");
    let mut response = failure.into_response();
    // RFC 8631.
    response.headers_mut().insert(LINK, HeaderValue::from_static("</v1/openapi.json>; rel=\"service-desc\""));
    response
}
