//! `POST /v1/operator/session`: signs in. The answer to a wrong name and to a wrong password is one and the same.

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use zg_domain::Timestamp;
use zg_proto::http::{OperatorSession, SignIn};

use crate::app::App;
use crate::auth::{PLAIN_COOKIE, SECURE_COOKIE, SameOrigin};
use crate::body::Body;
use crate::passwords::{self, MAX_PASSWORD_BYTES};
use crate::peer::Peer;
use crate::problem::Failure;
use crate::random;
use crate::storage::NewSession;

/// A working day with some to spare.
const SESSION_SECONDS: i64 = 12 * 60 * 60;
const MAX_NAME_BYTES: usize = 200;

pub async fn handle(
    State(app): State<App>,
    peer: Peer,
    _: SameOrigin,
    Body(request): Body<SignIn>,
) -> Result<Response, Failure> {
    if request.name.len() > MAX_NAME_BYTES || request.password.len() > MAX_PASSWORD_BYTES {
        return Err(wrong());
    }
    let now = app.now();
    app.sign_ins_by_address.take(&peer.address, 1, now)?;
    app.sign_ins_by_name.take(&request.name, 1, now)?;
    let account = app.storage.account(&request.name).await?;
    let stored = account.as_ref().map(|account| account.password_hash.clone());
    let right = passwords::verify(request.password, stored).await.map_err(|_| Failure::overloaded(2))?;
    let Some(account) = account.filter(|_| right) else { return Err(wrong()) };
    app.sign_ins_by_name.reset(&request.name);

    let token = random::hex(32);
    let csrf_token = random::hex(32);
    let session = NewSession {
        token: random::sha256(token.as_bytes()),
        operator: account.operator.clone(),
        csrf_token: csrf_token.clone(),
        expires: Timestamp::from_millis(now.as_millis() + SESSION_SECONDS * 1000),
    };
    app.storage.start_session(&account.tenant, session, now).await?;
    let session =
        OperatorSession { operator: account.operator.to_string(), display_name: account.display_name, csrf_token };
    let mut response = Json(session).into_response();
    let secure = peer.https || app.config().secure_cookies;
    response.headers_mut().append(SET_COOKIE, cookie(&token, secure, SESSION_SECONDS)?);
    Ok(response)
}

fn wrong() -> Failure {
    Failure::new(StatusCode::UNAUTHORIZED, "wrong_credentials", "Name or password is wrong")
}

/// The session's cookie; 0 seconds takes it away.
pub fn cookie(token: &str, secure: bool, seconds: i64) -> Result<HeaderValue, Failure> {
    let (name, attribute) = if secure { (SECURE_COOKIE, "; Secure") } else { (PLAIN_COOKIE, "") };
    HeaderValue::try_from(format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{attribute}"))
        .map_err(|error| Failure::internal(error.to_string()))
}
