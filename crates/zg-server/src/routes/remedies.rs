//! `POST /v1/remedies`: what a fault is worth, for the merchant's own back office. No shopper's credential comes near it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use zg_proto::remedy::{RemedyDecision, RemedyRequest};

use crate::app::App;
use crate::auth::Merchant;
use crate::body::Body;
use crate::problem::Failure;
use crate::{idempotency, remedy};

pub async fn handle(
    State(app): State<App>,
    merchant: Merchant,
    headers: HeaderMap,
    Body(request): Body<RemedyRequest>,
) -> Result<Json<RemedyDecision>, Failure> {
    idempotency::check(&headers, &request.request)?;
    let policy = merchant.policy.ok_or_else(|| {
        let detail = "name a policy for the storefront in zhanggui.toml";
        Failure::new(StatusCode::CONFLICT, "no_policy", "The storefront has no policy").detail(detail)
    })?;
    let now = app.now();
    let (asked, facts) = remedy::facts(&request, now).map_err(Failure::invalid)?;
    Ok(Json(app.storage.decide(&merchant.tenant, policy, asked, facts, now).await?))
}
