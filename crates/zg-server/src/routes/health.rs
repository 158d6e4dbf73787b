//! `GET /healthz`: the process answers. `GET /readyz`: work may be sent here.

use axum::Json;
use axum::extract::State;
use zg_proto::http::Health;

use crate::app::App;
use crate::health;
use crate::problem::Failure;

pub async fn alive() -> Json<Health> {
    Json(Health { status: "ok".to_owned() })
}

pub async fn ready(State(app): State<App>) -> Result<Json<Health>, Failure> {
    match health::obstacle(&app).await {
        None => Ok(Json(Health { status: "ok".to_owned() })),
        Some(what) => Err(Failure::not_ready(what)),
    }
}
