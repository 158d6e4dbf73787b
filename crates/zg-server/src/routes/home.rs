//! `GET /`: the storefront's own page where static files have one, else where to find things.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt as _;

use crate::app::App;
use crate::statics;

const ADDRESSES: &str = "zhanggui\n\n\
    /console/          the operators' desk\n\
    /v1/openapi.json   the interface, as OpenAPI 3.1\n\
    /healthz           the process answers\n\
    /readyz            the database can be written\n";

pub async fn handle(State(app): State<App>, request: Request) -> Response {
    let config = app.config();
    if let Some(folder) = config.static_dir.as_deref()
        && folder.join("index.html").is_file()
    {
        return match statics::service(Some(folder)).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
    }
    ADDRESSES.into_response()
}
