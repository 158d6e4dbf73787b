//! `/v1/profiles/…`: one shopper over all channels, for the merchant's own back office. Who it is stands in the body, because
//! addresses end up in logs.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use zg_proto::profile::{
    ConsentByTag, Consents, Erasure, Merge, MergeProfiles, OfProfile, Profile, RecordConsent, UndoMerge, Who,
};

use super::mine::erased;
use crate::app::App;
use crate::auth::Merchant;
use crate::body::Body;
use crate::problem::Failure;
use crate::storage::profiles::{By, NewConsent, Reach, Whose};
use crate::{export, profile};

async fn whose(app: &App, merchant: &Merchant, who: &Who) -> Result<Whose, Failure> {
    profile::whose(app.profile_key().await?, &merchant.tenant, who).map_err(Failure::invalid)
}

pub async fn show(
    State(app): State<App>,
    merchant: Merchant,
    Body(request): Body<OfProfile>,
) -> Result<Json<Profile>, Failure> {
    let whose = whose(&app, &merchant, &request.who).await?;
    app.storage.profile(&merchant.tenant, whose).await?.map(Json).ok_or(Failure::not_found())
}

pub async fn merge(
    State(app): State<App>,
    merchant: Merchant,
    Body(request): Body<MergeProfiles>,
) -> Result<Json<Merge>, Failure> {
    let pair = (whose(&app, &merchant, &request.one).await?, whose(&app, &merchant, &request.other).await?);
    let note = profile::note(request.note.as_deref()).map_err(Failure::invalid)?;
    Ok(Json(app.storage.merge(&merchant.tenant, pair, By::Merchant, note, app.now()).await?))
}

pub async fn undo(
    State(app): State<App>,
    merchant: Merchant,
    Body(request): Body<UndoMerge>,
) -> Result<Json<Merge>, Failure> {
    Ok(Json(app.storage.undo(&merchant.tenant, &request.merge, None, By::Merchant, app.now()).await?))
}

pub async fn consent(
    State(app): State<App>,
    merchant: Merchant,
    Body(request): Body<RecordConsent>,
) -> Result<Json<Consents>, Failure> {
    profile::wording(&request.wording).map_err(Failure::invalid)?;
    let whose = whose(&app, &merchant, &request.who).await?;
    let consent = NewConsent {
        purpose: request.purpose,
        granted: request.granted,
        wording: request.wording,
        channel: request.channel,
        by: ConsentByTag::Merchant,
    };
    Ok(Json(app.storage.give_consent(&merchant.tenant, whose, consent, app.now()).await?))
}

pub async fn export(
    State(app): State<App>,
    merchant: Merchant,
    Body(request): Body<OfProfile>,
) -> Result<Response, Failure> {
    let whose = whose(&app, &merchant, &request.who).await?;
    let exported = app.storage.export(&merchant.tenant, whose, Reach::All).await?.ok_or(Failure::not_found())?;
    Ok(export::respond(app, merchant.tenant, exported))
}

pub async fn erase(
    State(app): State<App>,
    merchant: Merchant,
    Body(request): Body<OfProfile>,
) -> Result<Json<Erasure>, Failure> {
    let whose = whose(&app, &merchant, &request.who).await?;
    erased(&app, &merchant.tenant, whose, Reach::All).await
}
