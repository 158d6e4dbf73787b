//! `POST /v1/conversations/{id}/messages`: refused or acknowledged as one, after the last commit.

use axum::Json;
use axum::extract::State;
use zg_proto::http::{PostMessages, Posted};

use crate::app::App;
use crate::auth::Shopper;
use crate::body::Body;
use crate::problem::Failure;
use crate::validate;

/// Bytes of text that count as one message against the limit; a long message counts as several.
const COUNTS_ONCE: usize = 1024;

pub async fn handle(
    State(app): State<App>,
    shopper: Shopper,
    Body(request): Body<PostMessages>,
) -> Result<Json<Posted>, Failure> {
    validate::messages(&request.messages)?;
    let key = (shopper.tenant.clone(), shopper.id.clone());
    let cost = request.messages.iter().map(|message| message.text.len().div_ceil(COUNTS_ONCE).max(1)).sum();
    app.messages.take(&key, cost, app.now())?;
    let acks = app.storage.append(&shopper.tenant, &shopper.id, request.messages, app.now()).await?;
    Ok(Json(Posted { acks }))
}
