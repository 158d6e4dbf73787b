//! `POST /v1/conversations/{id}/messages`: all of them or none, acknowledged after the commit.

use axum::Json;
use axum::extract::State;
use zg_proto::http::{PostMessages, Posted};

use crate::app::App;
use crate::auth::Shopper;
use crate::body::Body;
use crate::problem::Failure;
use crate::validate;

pub async fn handle(
    State(app): State<App>,
    shopper: Shopper,
    Body(request): Body<PostMessages>,
) -> Result<Json<Posted>, Failure> {
    validate::messages(&request.messages)?;
    let key = (shopper.tenant.clone(), shopper.id.clone());
    app.messages.take(&key, request.messages.len(), app.now())?;
    let acks = app.storage.append(&shopper.tenant, &shopper.id, request.messages, app.now()).await?;
    Ok(Json(Posted { acks }))
}
