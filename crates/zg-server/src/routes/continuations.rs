//! A conversation goes on elsewhere: a code on the device that has it, redeemed once by the device that is to have it.
//!
//! The code is in the body, because addresses end up in logs.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use zg_domain::Timestamp;
use zg_proto::http::Conversation;
use zg_proto::profile::{Continuation, RedeemContinuation};

use crate::app::App;
use crate::auth::{self, Shopper};
use crate::body::Body;
use crate::peer::Peer;
use crate::problem::Failure;
use crate::{profile, random};

/// Long enough to walk over to the other device.
const VALID_MILLIS: i64 = 10 * 60 * 1_000;

/// `POST /v1/conversations/{id}/continuations`.
pub async fn start(State(app): State<App>, shopper: Shopper) -> Result<(StatusCode, Json<Continuation>), Failure> {
    let now = app.now();
    app.actions.take(&(shopper.tenant.clone(), shopper.id.clone()), 1, now)?;
    let code = random::short_code();
    let digest = profile::code_digest(app.profile_key().await?, &shopper.tenant, &code);
    let expires = Timestamp::from_millis(now.as_millis().saturating_add(VALID_MILLIS));
    app.storage.start_continuation(&shopper.tenant, &shopper.id, digest, expires, now).await?;
    Ok((StatusCode::CREATED, Json(Continuation { code, expires_at: expires.as_millis() })))
}

/// `POST /v1/continuations/redeem`.
pub async fn redeem(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    Body(request): Body<RedeemContinuation>,
) -> Result<Json<Conversation>, Failure> {
    let secret = auth::bearer(&headers)?;
    app.redemptions.take(&peer.address, 1, app.now())?;
    let tenant = app.tenant_of_site(&request.site_key).ok_or(Failure::new(
        StatusCode::FORBIDDEN,
        "unknown_site_key",
        "No storefront has this key",
    ))?;
    auth::admitted(&headers, &app, &tenant)?;
    // Wrong, used, over, of a conversation that was erased: the same answer.
    let refused = || Failure::new(StatusCode::CONFLICT, "code_refused", "The code does not work");
    let code = profile::code(&request.code).ok_or_else(refused)?;
    let digest = profile::code_digest(app.profile_key().await?, &tenant, &code);
    let redeemed = app.storage.redeem_continuation(&tenant, digest, secret, request.channel, app.now()).await?;
    let id = redeemed.ok_or_else(refused)?;
    // A server that redeems for many shoppers has one address, and so have those behind one.
    app.redemptions.reset(&peer.address);
    let state = app.storage.state(&tenant, &id).await?.ok_or_else(refused)?;
    Ok(Json(app.conversation(&id, state)))
}
