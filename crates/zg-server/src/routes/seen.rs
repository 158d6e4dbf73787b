//! `POST /v1/conversations/{id}/seen`: the shopper has seen the log up to here.

use axum::extract::State;
use axum::http::StatusCode;
use zg_proto::http::Seen;

use crate::app::App;
use crate::auth::Shopper;
use crate::body::Body;
use crate::problem::Failure;

pub async fn handle(
    State(app): State<App>,
    shopper: Shopper,
    Body(Seen { seq }): Body<Seen>,
) -> Result<StatusCode, Failure> {
    app.messages.take(&(shopper.tenant.clone(), shopper.id.clone()), 1, app.now())?;
    app.storage.seen(&shopper.tenant, &shopper.id, seq).await?;
    Ok(StatusCode::NO_CONTENT)
}
