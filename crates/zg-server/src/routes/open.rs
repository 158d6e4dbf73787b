//! `POST /v1/conversations`: the device names the conversation and its secret, so a retry is recognised.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use zg_domain::ConversationId;
use zg_proto::http::OpenConversation;

use crate::app::App;
use crate::body::Body;
use crate::peer::Peer;
use crate::problem::Failure;
use crate::storage::{NewConversation, Opened};
use crate::{auth, validate};

pub async fn handle(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    Body(request): Body<OpenConversation>,
) -> Result<Response, Failure> {
    let secret = auth::bearer(&headers)?;
    app.opens.take(&peer.address, 1, app.now())?;
    let id = ConversationId::new(request.id).map_err(|error| Failure::invalid(error.to_string()))?;
    validate::locale(&request.locale)?;
    validate::page(request.page.as_deref().unwrap_or_default())?;
    let tenant = app.tenant_of_site(&request.site_key).ok_or(Failure::new(
        StatusCode::FORBIDDEN,
        "unknown_site_key",
        "No storefront has this key",
    ))?;
    auth::admitted(&headers, &app, &tenant)?;
    let new = NewConversation { id: id.clone(), secret, locale: request.locale, page: request.page };
    let status = match app.storage.open(&tenant, new, app.now()).await? {
        Opened::Created => StatusCode::CREATED,
        Opened::Existing => StatusCode::OK,
        // The same words as for a conversation that does not exist.
        Opened::Refused => return Err(Failure::not_found()),
    };
    let state = app.storage.state(&tenant, &id).await?.ok_or(Failure::not_found())?;
    Ok((status, Json(app.conversation(&id, state))).into_response())
}
