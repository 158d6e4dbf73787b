//! `POST /v1/recommendations`: what a shopper may like next, for pages and for the merchant's own back office.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use zg_proto::recommendation::RecommendationRequest;

use crate::app::App;
use crate::auth::Caller;
use crate::body::FlatBody;
use crate::problem::Failure;
use crate::recommend;

pub async fn handle(
    State(app): State<App>,
    headers: HeaderMap,
    FlatBody(request, bytes): FlatBody<RecommendationRequest>,
) -> Result<impl IntoResponse, Failure> {
    let caller = Caller::of(&headers, &app, request.site_key.as_deref())?;
    let shop = app.shops.shop(&app, &caller.tenant).await?;
    let settings = recommend::settings(&app, &caller.tenant);
    let answer = shop.answer(&settings, &request, &bytes, app.now());
    let answer = answer.map_err(|recommend::Failed(reason)| Failure::invalid(reason))?;
    Ok(([(CONTENT_TYPE, "application/json")], answer))
}
