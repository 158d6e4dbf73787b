//! `DELETE /v1/visitors/{id}`: all that a device has told is erased. Its number is the proof: nobody else knows it.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use zg_proto::recommendation::VisitorQuery;

use crate::app::App;
use crate::auth::Caller;
use crate::body::Params;
use crate::problem::Failure;
use crate::recommend;

pub async fn handle(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    Params(query): Params<VisitorQuery>,
) -> Result<StatusCode, Failure> {
    let Caller { tenant, .. } = Caller::of(&headers, &app, query.site_key.as_deref())?;
    let id = id.ok().map(|Path(id)| id).filter(|id| recommend::is_visitor(id)).ok_or(Failure::not_found())?;
    let n = app.storage.erase_visitor(&tenant, recommend::visitor(&tenant, &id), app.now()).await?;
    tracing::info!(events = n, "a visitor's events were erased");
    app.shops.wake();
    Ok(StatusCode::NO_CONTENT)
}
