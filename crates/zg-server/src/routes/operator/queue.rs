//! `GET /v1/operator/queue`: who waits, and who is being served.

use axum::Json;
use axum::extract::State;
use zg_proto::http::Queue;

use crate::app::App;
use crate::auth::Operator;
use crate::problem::Failure;

pub async fn handle(State(app): State<App>, operator: Operator) -> Result<Json<Queue>, Failure> {
    let items = app.storage.queue(&operator.session.tenant, &operator.session.operator).await?;
    Ok(Json(Queue { items }))
}
