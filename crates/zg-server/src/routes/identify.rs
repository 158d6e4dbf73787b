//! `POST /v1/conversations/{id}/identity`: the merchant's back office says who the shopper is.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use zg_domain::TenantId;
use zg_proto::http::{Identified, Identify};

use crate::app::App;
use crate::auth::Shopper;
use crate::body::Body;
use crate::identity::{Identity, verify};
use crate::problem::Failure;
use crate::profile;

pub async fn handle(
    State(app): State<App>,
    shopper: Shopper,
    Body(request): Body<Identify>,
) -> Result<Json<Identified>, Failure> {
    let identity = believe(&app, &shopper.tenant, &request.token)?;
    let identifiers = profile::identifiers(app.profile_key().await?, &shopper.tenant, &identity);
    let subject = identity.subject.clone();
    // The same again is a retry; another one would hand one shopper's words to another.
    if !app.storage.identify(&shopper.tenant, &shopper.id, identity, identifiers, app.now()).await? {
        return Err(differs());
    }
    Ok(Json(Identified { subject }))
}

/// Reads a token of the tenant's.
pub fn believe(app: &App, tenant: &TenantId, token: &str) -> Result<Identity, Failure> {
    let config = app.config();
    let sites = || config.sites_of(tenant);
    let keys: Vec<Vec<u8>> = sites().flat_map(|site| site.identity_keys.iter().cloned()).collect();
    let audiences: Vec<&str> = sites().map(|site| site.key.as_str()).collect();
    verify(token, &keys, &audiences, app.now()).map_err(|refusal| {
        Failure::new(StatusCode::FORBIDDEN, "identity_refused", "The token does not say who this is")
            .detail(refusal.to_string())
    })
}

pub fn differs() -> Failure {
    Failure::new(StatusCode::CONFLICT, "identity_differs", "This conversation is another shopper's; begin a new one")
}
