//! `POST /v1/operator/conversations/{id}/release`: back to the queue, to the place it had.

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::auth::{OnDesk, Operator};
use crate::problem::Failure;

pub async fn handle(
    State(app): State<App>,
    Operator { session, .. }: Operator,
    OnDesk(id): OnDesk,
) -> Result<StatusCode, Failure> {
    app.storage.release(&session.tenant, &session.operator, &id, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
