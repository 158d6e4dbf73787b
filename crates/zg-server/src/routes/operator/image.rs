//! `GET /v1/operator/conversations/{id}/images/{message}`: what the shopper shows.

use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::auth::{OfMessage, OnDesk, Operator};
use crate::picture;
use crate::problem::Failure;

pub async fn handle(
    State(app): State<App>,
    Operator { session, .. }: Operator,
    OnDesk(id): OnDesk,
    OfMessage(message): OfMessage,
) -> Result<Response, Failure> {
    let image = app.storage.desk_image(&session.tenant, &id, &message).await?;
    image.map(picture::respond).ok_or(Failure::not_found())
}
