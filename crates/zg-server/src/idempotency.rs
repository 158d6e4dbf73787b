//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): where a request has a name of its own, the header is that name.

use axum::http::{HeaderMap, HeaderName};

use crate::problem::Failure;

pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Holds the header, where there is one, against the name in the body. Two names for one request would be two requests.
///
/// # Errors
/// There are several, or it is another name.
pub fn check(headers: &HeaderMap, name: &str) -> Result<(), Failure> {
    let mut given = headers.get_all(KEY).iter();
    let Some(first) = given.next() else { return Ok(()) };
    if given.next().is_some() {
        return Err(Failure::invalid("Idempotency-Key: send it once"));
    }
    // The draft writes it as a string of structured fields, in quotes; many send it bare.
    let text = first.to_str().unwrap_or_default().trim();
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    if bare == name { Ok(()) } else { Err(Failure::invalid("Idempotency-Key: it has to be the request's own name")) }
}
