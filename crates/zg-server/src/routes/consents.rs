//! `/v1/conversations/{id}/consents`: what the shopper agrees to, purpose by purpose, and takes back.

use axum::Json;
use axum::extract::State;
use zg_proto::profile::{ConsentByTag, Consents, GiveConsent};

use crate::app::App;
use crate::auth::Shopper;
use crate::body::Body;
use crate::problem::Failure;
use crate::profile;
use crate::storage::profiles::{NewConsent, Whose};

pub async fn show(State(app): State<App>, shopper: Shopper) -> Result<Json<Consents>, Failure> {
    Ok(Json(app.storage.consents(&shopper.tenant, Whose::Writer(shopper.id)).await?))
}

pub async fn give(
    State(app): State<App>,
    shopper: Shopper,
    Body(request): Body<GiveConsent>,
) -> Result<Json<Consents>, Failure> {
    profile::wording(&request.wording).map_err(Failure::invalid)?;
    app.actions.take(&(shopper.tenant.clone(), shopper.id.clone()), 1, app.now())?;
    let consent = NewConsent {
        purpose: request.purpose,
        granted: request.granted,
        wording: request.wording,
        channel: request.channel,
        by: ConsentByTag::Shopper,
    };
    Ok(Json(app.storage.give_consent(&shopper.tenant, Whose::Writer(shopper.id), consent, app.now()).await?))
}
