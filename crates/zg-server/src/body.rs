//! Bodies and queries, read strictly; every refusal is a problem.

use std::time::Duration;

use axum::body::{Bytes, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header::CONTENT_TYPE};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::aside;
use crate::json::Strict;
use crate::problem::Failure;

/// The largest body of any request; 200 messages of ordinary length are far below.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// A larger body is read beside the threads that answer: a megabyte of JSON takes them ten milliseconds and more. What a
/// shopper writes, and what a device has to send after a day without a network, is smaller.
const MAX_INLINE_BYTES: usize = 16 * 1024;

/// A body that trickles in for longer than this is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A JSON body of a known form, without a field that the form lacks.
pub struct Body<T>(pub T);

/// The same; an empty body stands for the default.
pub struct OptionalBody<T>(pub T);

/// A query string of a known form.
pub struct Params<T>(pub T);

impl<S, T> FromRequest<S> for Body<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Serialize + Send + 'static,
{
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let json = is_json(&request);
        let bytes = read(request, state).await?;
        if !json {
            return Err(wrong_type());
        }
        parsed(bytes, |bytes| parse(bytes)).await.map(|(form, _)| Self(form))
    }
}

impl<S, T> FromRequest<S> for OptionalBody<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Serialize + Default + Send + 'static,
{
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let json = is_json(&request);
        let bytes = read(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        if !json {
            return Err(wrong_type());
        }
        parsed(bytes, |bytes| parse(bytes)).await.map(|(form, _)| Self(form))
    }
}

impl<S, T> FromRequestParts<S> for Params<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => {
                // "Failed to …: <field>: <what serde says>".
                let text = rejection.body_text();
                let said = text.rfind("unknown field").map_or(NO_FORM.to_owned(), |at| unquoted(&text[at..]));
                Err(Failure::invalid(format!("query: {said}")))
            }
        }
    }
}

fn is_json(request: &Request) -> bool {
    let Some(value) = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn wrong_type() -> Failure {
    Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body has to be application/json")
}

/// What `parse` makes of a body, and the body.
async fn parsed<T, P>(bytes: Bytes, parse: P) -> Result<(T, Bytes), Failure>
where
    T: Send + 'static,
    P: FnOnce(&[u8]) -> Result<T, Failure> + Send + 'static,
{
    if bytes.len() <= MAX_INLINE_BYTES {
        return Ok((parse(&bytes)?, bytes));
    }
    aside::run(move || Ok((parse(&bytes)?, bytes))).await?
}

fn too_large() -> Failure {
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body is larger than 1 MiB")
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Failure> {
    // A body that says itself that it is too large needs not come.
    if request.body().size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(too_large());
    }
    let reading = tokio::time::timeout(PATIENCE, Bytes::from_request(request, state)).await;
    let slow = |_| Failure::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The body took too long");
    reading.map_err(slow)?.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            too_large()
        } else {
            Failure::new(StatusCode::BAD_REQUEST, "unreadable_body", "The body broke off")
        }
    })
}

/// A JSON body of a form that refuses unknown fields and fields that come twice by itself, and the bytes that it was read from:
/// for what is asked too often to be read by way of a tree.
pub struct FlatBody<T>(pub T, pub Bytes);

impl<S, T> FromRequest<S> for FlatBody<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send + 'static,
{
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let json = is_json(&request);
        let bytes = read(request, state).await?;
        if !json {
            return Err(wrong_type());
        }
        let (form, bytes) = parsed(bytes, parse_flat).await?;
        Ok(Self(form, bytes))
    }
}

fn parse_flat<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| {
        let said = error.to_string();
        let twice = said.starts_with("duplicate field") || said.starts_with("a field comes twice");
        if error.classify() != serde_json::error::Category::Data || twice {
            return malformed().detail(if twice { "a field comes twice".to_owned() } else { said });
        }
        // Without the place, which `unquoted` does not expect.
        let said = said.rfind(" at line ").map_or(said.as_str(), |at| &said[..at]);
        Failure::invalid(unquoted(said))
    })
}

fn malformed() -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, "malformed_json", "The body is not JSON, or says a field twice")
}

pub fn parse<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, Failure> {
    let Strict(given) = serde_json::from_slice(bytes).map_err(|error| malformed().detail(error.to_string()))?;
    let typed = T::deserialize(&given).map_err(|error| Failure::invalid(unquoted(&error.to_string())))?;
    // serde cannot refuse unknown fields in a flattened form, and a message is one.
    // What does not survive being read and written again is a field that nobody knows.
    let kept = serde_json::to_value(&typed).map_err(|_| Failure::invalid(NO_FORM))?;
    if has_unknown(&given, &kept) { Err(Failure::invalid("unknown field; see /v1/openapi.json")) } else { Ok(typed) }
}

/// Whether `given` has a field that `kept` lacks. Absent, null and empty are one.
fn has_unknown(given: &Value, kept: &Value) -> bool {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given.iter().any(|(key, value)| match kept.get(key) {
            Some(kept) => has_unknown(value, kept),
            None => !value.is_null() && !value.as_array().is_some_and(Vec::is_empty),
        }),
        (Value::Array(given), Value::Array(kept)) => {
            given.iter().zip(kept).any(|(given, kept)| has_unknown(given, kept))
        }
        _ => false,
    }
}

const NO_FORM: &str = "not of the form that /v1/openapi.json describes";

/// What serde says of a value, without the value: an answer says nothing back of what somebody has written.
fn unquoted(error: &str) -> String {
    if error.starts_with("missing field") || error.starts_with("duplicate field") {
        return error.to_owned();
    }
    // The last one is serde's own, whatever the value says.
    let Some(at) = error.rfind(", expected ") else { return NO_FORM.to_owned() };
    let (what, expected) = error.split_at(at);
    let what = what.split(['`', '"']).next().unwrap_or_default().trim_end();
    format!("{what}{expected}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_says_is_told_without_the_value() {
        for (said, told) in [
            ("missing field `id`", "missing field `id`"),
            ("invalid type: string \"a, expected b\", expected i64", "invalid type: string, expected i64"),
            ("invalid value: integer `-1`, expected u64", "invalid value: integer, expected u64"),
            ("unknown variant `<b>`, expected `text` or `answer`", "unknown variant, expected `text` or `answer`"),
            ("unknown field `secret`, expected one of `id`, `text`", "unknown field, expected one of `id`, `text`"),
            ("something with `secret`", NO_FORM),
        ] {
            assert_eq!(unquoted(said), told);
        }
    }
}
