//! What a shopper may have and erase of their own.
//!
//! A device keeps the secret of its conversation for as long as it likes; somebody else may sit at it by then. So what goes
//! beyond that one conversation asks for a token, which says that they are signed in at the shop now.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use zg_domain::TenantId;
use zg_proto::profile::{Consents, EraseMine, Erasure, ExportHead, ExportMine};

use super::identify::{believe, differs};
use crate::app::App;
use crate::auth::Shopper;
use crate::body::{Body, OptionalBody};
use crate::export;
use crate::problem::Failure;
use crate::profile;
use crate::storage::profiles::{Exported, Reach, Whose};

/// Who a token names, where the conversation is theirs.
async fn myself(app: &App, shopper: &Shopper, token: &str) -> Result<Whose, Failure> {
    let identity = believe(app, &shopper.tenant, token)?;
    let identifiers = profile::identifiers(app.profile_key().await?, &shopper.tenant, &identity);
    let first = identifiers.first().cloned().ok_or_else(differs)?;
    // As identifying does it: where the conversation is another's, this is refused, and nothing is shown.
    let user = identity.subject.clone();
    if !app.storage.identify(&shopper.tenant, &shopper.id, identity, identifiers, app.now()).await? {
        return Err(differs());
    }
    Ok(Whose::Vouched { identifier: first, user })
}

/// `POST /v1/conversations/{id}/export`.
pub async fn export(
    State(app): State<App>,
    shopper: Shopper,
    OptionalBody(request): OptionalBody<ExportMine>,
) -> Result<Response, Failure> {
    app.actions.take(&(shopper.tenant.clone(), shopper.id.clone()), 5, app.now())?;
    let exported = match &request.token {
        Some(token) => {
            let whose = myself(&app, &shopper, token).await?;
            app.storage.export(&shopper.tenant, whose, Reach::Vouched).await?.ok_or(Failure::not_found())?
        }
        None => this_one(app.storage.consents(&shopper.tenant, Whose::Writer(shopper.id.clone())).await?, &shopper),
    };
    Ok(export::respond(app, shopper.tenant, exported))
}

fn this_one(consents: Consents, shopper: &Shopper) -> Exported {
    let head = ExportHead { parts: Vec::new(), merges: Vec::new(), consents, grants: Vec::new() };
    Exported { head, conversations: vec![shopper.id.clone()] }
}

/// `POST /v1/conversations/{id}/profile/erase`.
pub async fn erase(
    State(app): State<App>,
    shopper: Shopper,
    Body(request): Body<EraseMine>,
) -> Result<Json<Erasure>, Failure> {
    app.actions.take(&(shopper.tenant.clone(), shopper.id.clone()), 5, app.now())?;
    let whose = myself(&app, &shopper, &request.token).await?;
    erased(&app, &shopper.tenant, whose, Reach::Vouched).await
}

/// Erases, and answers with the proof.
pub async fn erased(app: &App, tenant: &TenantId, whose: Whose, reach: Reach) -> Result<Json<Erasure>, Failure> {
    let erased = app.storage.erase_profile(tenant, whose, reach, app.now()).await?;
    let (erasure, _) = erased.ok_or(Failure::not_found())?;
    Ok(Json(erasure))
}
