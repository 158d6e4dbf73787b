//! One line for each request: the route as a pattern, so that no id gets into the log, and no query, header or body.
//! The same is counted, and with traces each request is a span.

use std::sync::{Mutex, PoisonError};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::Response;
use tokio::time::Instant;
use tracing::Span;
use tracing::field::Empty;
use zg_domain::Timestamp;

use crate::app::App;
use crate::random;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request that is being answered.
pub struct Asked {
    method: &'static str,
    /// `None` is a file's.
    route: Option<MatchedPath>,
    start: Instant,
    pub id: String,
    pub span: Span,
}

impl Asked {
    pub fn of(request: &Request) -> Self {
        let method = word(request.method());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let id = random::request_id();
        let span = tracing::info_span!(
            "request",
            otel.name = format_args!("{method} {}", name(route.as_ref())),
            otel.kind = "server",
            http.request.method = method,
            http.route = name(route.as_ref()),
            http.response.status_code = Empty,
            request.id = id,
        );
        Self { method, route, start: Instant::now(), id, span }
    }

    /// Names the answer, counts it and writes its line.
    pub fn answered(self, app: &App, response: &mut Response) {
        let Self { method, route, start, id, span } = self;
        let (took, route, status) = (start.elapsed(), name(route.as_ref()), response.status().as_u16());
        span.record("http.response.status_code", status);
        if let Ok(value) = HeaderValue::try_from(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        app.metrics.answered(method, route, status, took);
        let refused = response.status().is_client_error() || status == 503;
        let left_out = if refused { app.refusals.line(app.now()) } else { Some(0) };
        let Some(left_out) = left_out else { return };
        if left_out > 0 {
            tracing::info!(parent: None, requests = left_out, "of refused requests some have no line of their own");
        }
        let duration_millis = took.as_millis() as u64;
        // Out of the span, whose fields it would repeat.
        tracing::info!(parent: None, request.id = id, method, route, status, duration_millis, "answered a request");
    }
}

fn name(route: Option<&MatchedPath>) -> &str {
    route.map_or("file", MatchedPath::as_str)
}

/// Refused requests that have a line of their own in one second: a flood of what is refused is to fill no disk, and writing
/// lines is most of what refusing costs. All of them are counted in the metrics.
const LINES: u32 = 200;

/// How many lines there were of refused requests in the second that is going on, and how many were left out since the last.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<(i64, u32, u64)>);

impl Refusals {
    /// Whether this one has a line, and then how many before it had none.
    fn line(&self, now: Timestamp) -> Option<u64> {
        let second = now.as_millis().div_euclid(1_000);
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, lines, left_out) = &mut *state;
        if *of != second {
            (*of, *lines) = (second, 0);
        }
        if *lines >= LINES {
            *left_out += 1;
            return None;
        }
        *lines += 1;
        Some(std::mem::take(left_out))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_flood_of_refusals_the_rest_is_counted() {
        let refusals = Refusals::default();
        let at = Timestamp::from_millis;
        assert!((0..LINES).all(|_| refusals.line(at(1_000)) == Some(0)));
        assert!((0..500).all(|_| refusals.line(at(1_999)).is_none()));
        assert_eq!(refusals.line(at(2_000)), Some(500));
        assert_eq!(refusals.line(at(2_000)), Some(0));
    }
}
