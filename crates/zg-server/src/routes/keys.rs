//! `/v1/conversations/{id}/keys`: the devices that the conversation goes on at, and shutting one out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use zg_proto::profile::{DeviceKeys, RevokeKey};

use crate::app::App;
use crate::auth::Shopper;
use crate::body::Body;
use crate::problem::Failure;

pub async fn list(State(app): State<App>, shopper: Shopper) -> Result<Json<DeviceKeys>, Failure> {
    let keys = app.storage.device_keys(&shopper.tenant, &shopper.id, shopper.secret).await?;
    Ok(Json(DeviceKeys { keys }))
}

pub async fn revoke(
    State(app): State<App>,
    shopper: Shopper,
    Body(request): Body<RevokeKey>,
) -> Result<StatusCode, Failure> {
    app.storage.revoke_key(&shopper.tenant, &shopper.id, &request.key, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
