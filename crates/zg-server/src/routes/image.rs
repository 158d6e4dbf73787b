//! `GET /v1/conversations/{id}/images/{message}`: a picture of the shopper's own.

use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::auth::{OfMessage, Shopper};
use crate::picture;
use crate::problem::Failure;

pub async fn handle(
    State(app): State<App>,
    shopper: Shopper,
    OfMessage(message): OfMessage,
) -> Result<Response, Failure> {
    let image = app.storage.image(&shopper.tenant, &shopper.id, &message).await?;
    image.map(picture::respond).ok_or(Failure::not_found())
}
