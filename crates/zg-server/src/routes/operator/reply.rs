//! `POST /v1/operator/conversations/{id}/messages`: the holder replies; the same id is the same reply.

use axum::Json;
use axum::extract::State;
use zg_proto::http::{Ack, OperatorReply};

use crate::app::App;
use crate::auth::{OnDesk, Operator};
use crate::body::Body;
use crate::problem::Failure;
use crate::validate;

pub async fn handle(
    State(app): State<App>,
    Operator { session, .. }: Operator,
    OnDesk(id): OnDesk,
    Body(reply): Body<OperatorReply>,
) -> Result<Json<Ack>, Failure> {
    validate::message_id(&reply.id)?;
    validate::text(&reply.text)?;
    if reply.text.trim().is_empty() {
        return Err(Failure::invalid("text: want something to say"));
    }
    let ack = app.storage.reply(&session.tenant, &session.operator, &id, reply, app.now()).await?;
    Ok(Json(ack))
}
