//! `GET /v1/conversations/{id}`: who holds it and how long its log is.

use axum::Json;
use axum::extract::State;
use zg_proto::http::Conversation;

use crate::app::App;
use crate::auth::Shopper;
use crate::problem::Failure;

pub async fn handle(State(app): State<App>, shopper: Shopper) -> Result<Json<Conversation>, Failure> {
    let state = app.storage.state(&shopper.tenant, &shopper.id).await?.ok_or(Failure::not_found())?;
    Ok(Json(app.conversation(&shopper.id, state)))
}
