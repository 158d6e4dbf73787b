//! One line for each request: the route as a pattern, so that no id gets into the log, and no query, header or body.
//! The same is counted, and with traces each request is a span.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::app::App;
use crate::{random, request_id};

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub async fn requests(State(app): State<App>, request: Request, next: Next) -> Response {
    let method = word(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("file", MatchedPath::as_str).to_owned();
    let start = Instant::now();
    let id = random::hex(8);
    let span = tracing::info_span!(
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        request.id = id,
    );
    let mut response = request_id::within(id.clone(), next.run(request)).instrument(span.clone()).await;
    let took = start.elapsed();
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    if let Ok(value) = HeaderValue::try_from(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    app.metrics.answered(method, &route, status, took);
    let duration_millis = took.as_millis() as u64;
    // Out of the span, whose fields it would repeat.
    tracing::info!(parent: None, request.id = id, method, route, status, duration_millis, "answered a request");
    response
}

/// A method may be any word; what is logged and counted is one of these.
fn word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
