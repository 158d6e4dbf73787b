//! `/v1/operator/conversations/{id}/profile`: who the shopper is over all channels, and the ledger that says so.

use axum::Json;
use axum::extract::State;
use zg_proto::profile::{DeskProfile, Merge, MergeHere, UndoMerge};

use crate::app::App;
use crate::auth::{OnDesk, Operator};
use crate::body::Body;
use crate::problem::Failure;
use crate::profile;
use crate::storage::profiles::{By, Whose};

pub async fn show(
    State(app): State<App>,
    Operator { session, .. }: Operator,
    OnDesk(id): OnDesk,
) -> Result<Json<DeskProfile>, Failure> {
    app.storage.desk_profile(&session.tenant, &id).await?.map(Json).ok_or(Failure::not_found())
}

pub async fn merge(
    State(app): State<App>,
    Operator { session, .. }: Operator,
    OnDesk(id): OnDesk,
    Body(request): Body<MergeHere>,
) -> Result<Json<Merge>, Failure> {
    let note = profile::note(request.note.as_deref()).map_err(Failure::invalid)?;
    on_desk(&app, &session.tenant, &id).await?;
    let pair = (Whose::Writer(id), Whose::Named(request.profile));
    Ok(Json(app.storage.merge(&session.tenant, pair, By::Operator(session.operator), note, app.now()).await?))
}

pub async fn undo(
    State(app): State<App>,
    Operator { session, .. }: Operator,
    OnDesk(id): OnDesk,
    Body(request): Body<UndoMerge>,
) -> Result<Json<Merge>, Failure> {
    on_desk(&app, &session.tenant, &id).await?;
    let by = By::Operator(session.operator);
    Ok(Json(app.storage.undo(&session.tenant, &request.merge, Some(id), by, app.now()).await?))
}

/// Of what is not on the desk an operator says nothing.
async fn on_desk(app: &App, tenant: &zg_domain::TenantId, id: &zg_domain::ConversationId) -> Result<(), Failure> {
    app.storage.desk_profile(tenant, id).await?.map(drop).ok_or(Failure::not_found())
}
