//! `POST /v1/operator/conversations/{id}/typing`: the shopper sees that somebody is writing.

use axum::extract::State;
use axum::http::StatusCode;
use zg_proto::AuthorTag;

use crate::app::App;
use crate::auth::{OnDesk, Operator};
use crate::problem::Failure;
use crate::storage::StorageError;

pub async fn handle(
    State(app): State<App>,
    Operator { session, .. }: Operator,
    OnDesk(id): OnDesk,
) -> Result<StatusCode, Failure> {
    if !app.storage.holds(&session.tenant, &session.operator, &id).await? {
        return Err(StorageError::NotHolder.into());
    }
    app.hub.typing(&session.tenant, id, AuthorTag::Operator);
    Ok(StatusCode::NO_CONTENT)
}
