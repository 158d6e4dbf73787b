//! `GET /healthz`: the process answers. `GET /readyz`: the database can be written.

use axum::Json;
use axum::extract::State;
use zg_proto::http::Health;

use crate::app::App;
use crate::problem::Failure;

pub async fn alive() -> Json<Health> {
    Json(Health { status: "ok".to_owned() })
}

pub async fn ready(State(app): State<App>) -> Result<Json<Health>, Failure> {
    app.storage.ping().await?;
    Ok(Json(Health { status: "ok".to_owned() }))
}
