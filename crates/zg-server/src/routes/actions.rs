//! `POST /v1/conversations/{id}/actions`: what a playbook wants done, by the merchant's back office. The same id is the same action.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use zg_proto::action::{ActionAnswer, RequestAction};

use crate::app::App;
use crate::auth::Shopper;
use crate::body::Body;
use crate::problem::Failure;
use crate::{backoffice, idempotency, validate};

const MAX_ARGUMENTS: usize = 32;
const MAX_ARGUMENT_BYTES: usize = 1024;

pub async fn handle(
    State(app): State<App>,
    shopper: Shopper,
    headers: HeaderMap,
    Body(request): Body<RequestAction>,
) -> Result<Json<ActionAnswer>, Failure> {
    idempotency::check(&headers, &request.id)?;
    validate::message_id(&request.id)?;
    validate::word("action", &request.action)?;
    if request.arguments.len() > MAX_ARGUMENTS {
        return Err(Failure::invalid(format!("arguments: want at most {MAX_ARGUMENTS}")));
    }
    for (name, value) in &request.arguments {
        validate::word("arguments", name)?;
        if value.len() > MAX_ARGUMENT_BYTES {
            return Err(Failure::invalid(format!("arguments: want at most {MAX_ARGUMENT_BYTES} bytes each")));
        }
    }
    let config = app.config();
    let office = config.sites_of(&shopper.tenant).find_map(|site| site.back_office.clone());
    let office = office.filter(|office| office.takes(&request.action)).ok_or(Failure::new(
        StatusCode::CONFLICT,
        "action_not_offered",
        "The shop has no back office that does this; a person can",
    ))?;
    app.actions.take(&(shopper.tenant.clone(), shopper.id.clone()), 1, app.now())?;
    backoffice::carry_out(&app, shopper.tenant, shopper.id, &office, request).await.map(Json)
}
