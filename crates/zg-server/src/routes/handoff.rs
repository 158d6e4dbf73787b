//! `POST /v1/conversations/{id}/handoff`: a person is asked for. Asking again keeps the place in the queue.

use axum::Json;
use axum::extract::State;
use zg_proto::http::{Conversation, RequestHandoff};

use crate::app::App;
use crate::auth::Shopper;
use crate::body::OptionalBody;
use crate::problem::Failure;
use crate::validate;

pub async fn handle(
    State(app): State<App>,
    shopper: Shopper,
    OptionalBody(request): OptionalBody<RequestHandoff>,
) -> Result<Json<Conversation>, Failure> {
    if let Some(reason) = &request.reason {
        validate::word("reason", reason)?;
    }
    if let Some(packet) = &request.packet {
        validate::packet(packet)?;
    }
    let state =
        app.storage.request_handoff(&shopper.tenant, &shopper.id, request.reason, request.packet, app.now()).await?;
    Ok(Json(app.conversation(&shopper.id, state)))
}
