//! `POST /v1/conversations/{id}/end`: the shopper leaves the queue, or ends the talk with a person.

use axum::Json;
use axum::extract::State;
use zg_proto::http::Conversation;

use crate::app::App;
use crate::auth::Shopper;
use crate::problem::Failure;

pub async fn handle(State(app): State<App>, shopper: Shopper) -> Result<Json<Conversation>, Failure> {
    let state = app.storage.end(&shopper.tenant, &shopper.id).await?;
    Ok(Json(app.conversation(&shopper.id, state)))
}
