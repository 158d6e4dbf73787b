//! `GET /v1/conversations/{id}/messages`: the log, a page at a time, oldest first.

use axum::Json;
use axum::extract::State;
use zg_proto::http::{MessagePage, PageQuery};

use crate::app::App;
use crate::auth::Shopper;
use crate::body::Params;
use crate::problem::Failure;

/// Messages of a page where nobody says how many.
pub const DEFAULT_LIMIT: u32 = 100;
pub const MAX_LIMIT: u32 = 200;

pub async fn handle(
    State(app): State<App>,
    shopper: Shopper,
    Params(query): Params<PageQuery>,
) -> Result<Json<MessagePage>, Failure> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let page = app.storage.messages(&shopper.tenant, &shopper.id, query.after.unwrap_or(0), limit).await?;
    page.map(Json).ok_or(Failure::not_found())
}
