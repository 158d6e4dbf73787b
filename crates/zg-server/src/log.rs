//! One line for each request: the route as a pattern, so that no id gets into the log, and no query, header or body.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

pub async fn requests(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("file", MatchedPath::as_str).to_owned();
    let start = Instant::now();
    let response = next.run(request).await;
    let duration_millis = start.elapsed().as_millis();
    let status = response.status().as_u16();
    tracing::info!(%method, route, status, duration_millis = duration_millis as u64, "answered a request");
    response
}
