//! `POST /v1/conversations/{id}/typing`: heard by whoever listens now, kept by nobody.

use axum::extract::State;
use axum::http::StatusCode;
use zg_proto::AuthorTag;

use crate::app::App;
use crate::auth::Shopper;
use crate::problem::Failure;

pub async fn handle(State(app): State<App>, shopper: Shopper) -> Result<StatusCode, Failure> {
    app.messages.take(&(shopper.tenant.clone(), shopper.id.clone()), 1, app.now())?;
    app.hub.typing(&shopper.tenant, shopper.id, AuthorTag::Shopper);
    Ok(StatusCode::NO_CONTENT)
}
