//! From credentials to who is asking. The tenant comes from here, and never from a request's own words.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use subtle::ConstantTimeEq as _;
use zg_domain::{ConversationId, MessageId, TenantId};

use zg_policy::money::Policy;

use crate::app::App;
use crate::problem::Failure;
use crate::random;
use crate::storage::{Digest, Session};

/// The cookie's name over https; the prefix makes browsers insist on `Secure` and on this very host.
pub const SECURE_COOKIE: &str = "__Host-zhanggui";
/// Its name over plain http, where browsers refuse the prefix.
pub const PLAIN_COOKIE: &str = "zhanggui";

/// The device that opened the conversation in the address.
pub struct Shopper {
    pub tenant: TenantId,
    pub id: ConversationId,
    /// What has let it in.
    pub secret: Digest,
}

/// An operator with a session; on unsafe methods also with the CSRF token and from our own origin.
pub struct Operator {
    pub session: Session,
    pub token: Digest,
}

/// The conversation in the address, for an operator. What they may see of it is the storage's to say.
pub struct OnDesk(pub ConversationId);

/// The message in the address.
pub struct OfMessage(pub MessageId);

/// A merchant's own back office, by the secret of its storefront.
pub struct Merchant {
    pub tenant: TenantId,
    pub policy: Option<Arc<Policy>>,
}

/// A request from our own pages, or from no page at all.
pub struct SameOrigin;

/// The hash of a bearer secret. The form is checked so that nobody uses a word as a secret.
pub fn bearer(headers: &HeaderMap) -> Result<Digest, Failure> {
    let secret = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(Failure::unauthorized)?;
    let well_formed =
        (43..=128).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    if !well_formed {
        return Err(Failure::unauthorized().detail("a secret is 43 to 128 characters of A-Z, a-z, 0-9, '_' and '-'"));
    }
    Ok(random::sha256(secret.as_bytes()))
}

/// A page has to be one of the tenant's own storefronts, and the tenant within its limit. A request without `Origin` is no page's.
pub fn admitted(headers: &HeaderMap, app: &App, tenant: &TenantId) -> Result<(), Failure> {
    if let Some(origin) = headers.get(ORIGIN) {
        let admitted = origin.to_str().is_ok_and(|origin| {
            // A page of the server's own, such as the demo's, is of the same origin and sends one all the same.
            app.config().admits_to(tenant, origin) || same_origin(headers, &[])
        });
        if !admitted {
            return Err(Failure::foreign_origin());
        }
    }
    app.tenants.take(tenant, 1, app.now())
}

async fn conversation_id(parts: &mut Parts, app: &App) -> Result<ConversationId, Failure> {
    // An id that cannot exist is told from one that does not by nobody.
    ConversationId::new(param(parts, app, "id").await?).map_err(|_| Failure::not_found())
}

async fn param(parts: &mut Parts, app: &App, name: &str) -> Result<String, Failure> {
    let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Failure::not_found())?;
    let found = params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    found.ok_or(Failure::not_found())
}

impl FromRequestParts<App> for Shopper {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let secret = bearer(&parts.headers)?;
        let id = conversation_id(parts, app).await?;
        let tenant = app.storage.shopper(&id, secret).await?.ok_or(Failure::not_found())?;
        admitted(&parts.headers, app, &tenant)?;
        Ok(Self { tenant, id, secret })
    }
}

/// A page that names its storefront, or the merchant's own back office, which has the secret.
pub struct Caller {
    pub tenant: TenantId,
    /// It is the merchant who speaks.
    pub vouched: bool,
}

impl Caller {
    pub fn of(headers: &HeaderMap, app: &App, site_key: Option<&str>) -> Result<Self, Failure> {
        if headers.contains_key(AUTHORIZATION) {
            let merchant = Merchant::of(headers, app)?;
            return Ok(Self { tenant: merchant.tenant, vouched: true });
        }
        let Some(key) = site_key else {
            return Err(Failure::unauthorized().detail("send site_key, or the storefront's secret as a bearer token"));
        };
        let tenant = app.tenant_of_site(key).ok_or(Failure::new(
            StatusCode::FORBIDDEN,
            "unknown_site_key",
            "No storefront has this key",
        ))?;
        admitted(headers, app, &tenant)?;
        Ok(Self { tenant, vouched: false })
    }
}

impl FromRequestParts<App> for Merchant {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        Self::of(&parts.headers, app)
    }
}

impl Merchant {
    fn of(headers: &HeaderMap, app: &App) -> Result<Self, Failure> {
        let given = bearer(headers)?;
        let mut found = None;
        // Every site, so that the time tells nothing of which one it was.
        for site in &app.config().sites {
            for secret in &site.secrets {
                if bool::from(secret.ct_eq(&given)) {
                    found = Some(Self { tenant: site.tenant.clone(), policy: site.policy.clone() });
                }
            }
        }
        let merchant = found.ok_or_else(Failure::unauthorized)?;
        app.tenants.take(&merchant.tenant, 1, app.now())?;
        Ok(merchant)
    }
}

impl FromRequestParts<App> for OnDesk {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        conversation_id(parts, app).await.map(Self)
    }
}

impl FromRequestParts<App> for OfMessage {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let message = MessageId::new(param(parts, app, "message").await?);
        message.map(Self).map_err(|_| Failure::not_found())
    }
}

impl FromRequestParts<App> for SameOrigin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        if same_origin(&parts.headers, &app.config().console_origins) {
            Ok(Self)
        } else {
            Err(Failure::foreign_origin())
        }
    }
}

impl FromRequestParts<App> for Operator {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        // Here and not in the routes, so that none can forget it.
        if !parts.method.is_safe() {
            SameOrigin::from_request_parts(parts, app).await?;
        }
        let token = cookie(&parts.headers).ok_or_else(Failure::unauthorized)?;
        let session = app.storage.session(token, app.now()).await?.ok_or_else(Failure::unauthorized)?;
        app.tenants.take(&session.tenant, 1, app.now())?;
        if !parts.method.is_safe() {
            let sent = parts.headers.get("x-csrf-token").map(|value| value.as_bytes()).unwrap_or_default();
            if !bool::from(sent.ct_eq(session.csrf_token.as_bytes())) {
                return Err(Failure::new(StatusCode::FORBIDDEN, "csrf", "X-CSRF-Token is missing or wrong"));
            }
        }
        Ok(Self { session, token })
    }
}

fn cookie(headers: &HeaderMap) -> Option<Digest> {
    let mut plain = None;
    for header in headers.get_all(COOKIE) {
        for pair in header.to_str().ok()?.split(';') {
            match pair.trim().split_once('=') {
                Some((SECURE_COOKIE, value)) => return Some(random::sha256(value.as_bytes())),
                Some((PLAIN_COOKIE, value)) => plain = Some(random::sha256(value.as_bytes())),
                _ => {}
            }
        }
    }
    plain
}

/// Browsers send `Origin` with every unsafe request. Where it is missing no page is behind the request,
/// unless `Sec-Fetch-Site` says so.
fn same_origin(headers: &HeaderMap, also: &[String]) -> bool {
    let text = |value: &axum::http::HeaderValue| value.to_str().map(str::to_owned).ok();
    let Some(origin) = headers.get(ORIGIN) else {
        return headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    };
    let Some(origin) = text(origin) else { return false };
    if also.contains(&origin) {
        return true;
    }
    let Some(host) = headers.get(HOST).and_then(text) else { return false };
    let named = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    named.is_some_and(|named| named.eq_ignore_ascii_case(&host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_compared_with_the_host() {
        let check = |origin: Option<&str>, site: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "desk.example:8787".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            if let Some(site) = site {
                headers.insert("sec-fetch-site", site.parse().unwrap());
            }
            same_origin(&headers, &["https://other.example".to_owned()])
        };
        assert!(check(Some("http://desk.example:8787"), None));
        assert!(check(Some("https://other.example"), None));
        assert!(check(None, None));
        assert!(check(None, Some("same-origin")));
        assert!(!check(None, Some("cross-site")));
        assert!(!check(Some("null"), None));
        assert!(!check(Some("http://desk.example"), None));
        assert!(!check(Some("http://desk.example:8787.evil.example"), None));
    }
}
