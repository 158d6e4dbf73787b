//! `POST /v1/remedies/{code}/redeem`: what was granted is redeemed, once, for the merchant's own back office.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use zg_proto::remedy::{RedeemRequest, Redemption};

use crate::app::App;
use crate::auth::Merchant;
use crate::body::Body;
use crate::problem::Failure;
use crate::{idempotency, remedy};

pub async fn handle(
    State(app): State<App>,
    merchant: Merchant,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    Body(request): Body<RedeemRequest>,
) -> Result<Json<Redemption>, Failure> {
    idempotency::check(&headers, &request.request)?;
    let request = remedy::redeemable(request).map_err(Failure::invalid)?;
    let code = code.ok().and_then(|Path(code)| remedy::code(&code)).ok_or(Failure::not_found())?;
    Ok(Json(app.storage.redeem(&merchant.tenant, &code, request, app.now()).await?))
}
