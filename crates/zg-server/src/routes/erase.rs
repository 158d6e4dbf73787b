//! `DELETE /v1/conversations/{id}`: the messages are gone, from the database file and from its log.

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::auth::Shopper;
use crate::problem::Failure;

pub async fn handle(State(app): State<App>, shopper: Shopper) -> Result<StatusCode, Failure> {
    app.storage.erase(&shopper.tenant, &shopper.id, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
