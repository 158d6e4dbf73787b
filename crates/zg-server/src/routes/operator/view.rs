//! `GET /v1/operator/conversations/{id}`: state and transcript, a page at a time.

use axum::Json;
use axum::extract::State;
use zg_proto::http::{OperatorConversation, PageQuery};

use crate::app::App;
use crate::auth::{OnDesk, Operator};
use crate::body::Params;
use crate::problem::Failure;
use crate::routes::messages::MAX_LIMIT;

pub async fn handle(
    State(app): State<App>,
    Operator { session, .. }: Operator,
    OnDesk(id): OnDesk,
    Params(query): Params<PageQuery>,
) -> Result<Json<OperatorConversation>, Failure> {
    let limit = query.limit.unwrap_or(MAX_LIMIT).clamp(1, MAX_LIMIT);
    let after = query.after.unwrap_or(0);
    let view = app.storage.view(&session.tenant, &session.operator, &id, after, limit).await?;
    view.map(Json).ok_or(Failure::not_found())
}
