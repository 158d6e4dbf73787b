//! `GET` and `DELETE /v1/operator/session`: who is signed in, and signing out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse};
use zg_proto::http::OperatorSession;

use super::sign_in::cookie;
use crate::app::App;
use crate::auth::Operator;
use crate::problem::Failure;

pub async fn show(operator: Operator) -> Json<OperatorSession> {
    Json(OperatorSession {
        operator: operator.session.operator.to_string(),
        display_name: operator.session.display_name,
        csrf_token: operator.session.csrf_token,
    })
}

pub async fn sign_out(State(app): State<App>, operator: Operator) -> Result<impl IntoResponse, Failure> {
    app.storage.end_session(&operator.session.tenant, operator.token).await?;
    // Whichever of the two names it has.
    let cookies = AppendHeaders([(SET_COOKIE, cookie("", true, 0)?), (SET_COOKIE, cookie("", false, 0)?)]);
    Ok((StatusCode::NO_CONTENT, cookies))
}
