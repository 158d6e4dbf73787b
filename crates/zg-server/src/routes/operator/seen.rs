//! `POST /v1/operator/conversations/{id}/seen`: the holder has seen the log up to here.

use axum::extract::State;
use axum::http::StatusCode;
use zg_proto::http::Seen;

use crate::app::App;
use crate::auth::{OnDesk, Operator};
use crate::body::Body;
use crate::problem::Failure;

pub async fn handle(
    State(app): State<App>,
    Operator { session, .. }: Operator,
    OnDesk(id): OnDesk,
    Body(Seen { seq }): Body<Seen>,
) -> Result<StatusCode, Failure> {
    app.storage.desk_seen(&session.tenant, &session.operator, &id, seq).await?;
    Ok(StatusCode::NO_CONTENT)
}
