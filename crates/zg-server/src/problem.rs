//! What goes wrong, as the client sees it: RFC 9457, a stable code, an id that the log knows, and nothing else.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use zg_proto::http::Problem;

use crate::request_id;
use crate::storage::StorageError;

/// Every code there is, its status, and what whoever gets it does. A code is a promise: it never means anything else.
pub const CODES: &[(&str, u16, &str)] = &[
    ("malformed_json", 400, "send JSON in which no field comes twice"),
    ("unreadable_body", 400, "send the body whole"),
    (
        "unauthorized",
        401,
        "send the credential of the route: the conversation's secret, the session's cookie, the storefront's secret",
    ),
    ("wrong_credentials", 401, "name or password is wrong"),
    ("author_not_allowed", 403, "a device does not write for operators"),
    ("csrf", 403, "send the session's X-CSRF-Token"),
    ("foreign_origin", 403, "list the page's origin in the configuration"),
    ("identity_refused", 403, "sign a token as its detail says"),
    ("unknown_site_key", 403, "use the key of a storefront in the configuration"),
    ("not_found", 404, "there is nothing, or nothing for this credential"),
    ("unsupported_version", 404, "ask under /v1"),
    ("method_not_allowed", 405, "use a method that /v1/openapi.json names"),
    ("body_too_slow", 408, "send the body within 30 seconds"),
    ("action_not_offered", 409, "hand over to a person"),
    ("code_refused", 409, "ask the first device for another code; this one is wrong, used or over"),
    ("id_conflict", 409, "choose another id: this one has another content"),
    ("identity_differs", 409, "begin a new conversation"),
    ("invalid_transition", 409, "read the conversation's state again"),
    ("no_policy", 409, "name a policy for the storefront"),
    ("no_person_asked", 409, "ask for a person first"),
    ("no_such_key", 409, "name a key that /v1/conversations/{id}/keys lists"),
    ("not_holder", 409, "take the conversation first"),
    ("not_verified", 409, "identify the shopper by a token first; nothing that is typed does"),
    ("request_conflict", 409, "choose another name: this one was decided on other facts"),
    ("too_many_devices", 409, "revoke the key of another device first"),
    ("too_many_images", 409, "send no more pictures in this conversation"),
    ("too_many_profiles", 409, "undo a merge first"),
    ("body_too_large", 413, "send at most 1 MiB"),
    ("image_too_large", 413, "send at most 700 KiB, and 4,096 pixels a side"),
    ("message_too_large", 413, "send at most 16 KiB of text in a message"),
    ("unsupported_media_type", 415, "send application/json"),
    ("invalid_request", 422, "send what its detail says"),
    ("not_an_image", 422, "send a JPEG, PNG or WebP"),
    ("rate_limited", 429, "come back after Retry-After"),
    ("internal", 500, "look for the instance in the server's log"),
    ("not_ready", 503, "send work elsewhere"),
    ("overloaded", 503, "come back after Retry-After; nothing was begun"),
    ("unavailable", 503, "come back after Retry-After; nothing was written"),
];

/// A refusal. `cause` is for the log alone.
#[derive(Debug, Clone)]
pub struct Failure {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: Option<String>,
    retry_after_seconds: Option<u64>,
    cause: Option<String>,
}

impl Failure {
    pub const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title, detail: None, retry_after_seconds: None, cause: None }
    }

    /// Says more about the client's own request; never about anything of the server's.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into().chars().take(300).collect());
        self
    }

    pub const fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here")
    }

    /// The request can be read but not accepted.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", "The request is not valid").detail(detail)
    }

    pub const fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "A credential is needed")
    }

    pub const fn foreign_origin() -> Self {
        Self::new(StatusCode::FORBIDDEN, "foreign_origin", "The request came from another site")
    }

    /// More is going on than can be answered in time; nothing was begun.
    pub fn overloaded(retry_after_seconds: u64) -> Self {
        let failure =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Too much is going on; nothing was begun");
        Self { retry_after_seconds: Some(retry_after_seconds), ..failure }
    }

    pub fn not_ready(what: &'static str) -> Self {
        let failure = Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "Send nothing here for now").detail(what);
        Self { retry_after_seconds: Some(1), ..failure }
    }

    pub fn too_many(retry_after_seconds: u64) -> Self {
        let failure = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests");
        Self { retry_after_seconds: Some(retry_after_seconds), ..failure }
    }

    pub fn internal(cause: impl Into<String>) -> Self {
        let failure = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The server failed");
        Self { cause: Some(cause.into()), ..failure }
    }

    fn unavailable(cause: String) -> Self {
        let failure = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Nothing was written; try again");
        Self { retry_after_seconds: Some(1), cause: Some(cause), ..failure }
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Missing => Self::not_found(),
            StorageError::Busy => Self::overloaded(2),
            StorageError::Decided { .. } => {
                Self::new(StatusCode::CONFLICT, "request_conflict", "The request was decided before on other facts")
                    .detail("choose another name")
            }
            StorageError::Conflict { id } => {
                Self::new(StatusCode::CONFLICT, "id_conflict", "The id was used before with another content").detail(id)
            }
            StorageError::NotHolder => {
                Self::new(StatusCode::CONFLICT, "not_holder", "Somebody else holds this conversation, or nobody does")
            }
            StorageError::NobodyAsked => {
                Self::new(StatusCode::CONFLICT, "no_person_asked", "Pictures are for people; ask for one first")
            }
            StorageError::NotVouched => {
                Self::new(StatusCode::CONFLICT, "not_verified", "Nobody vouches for who this is")
            }
            StorageError::TooManyProfiles { most } => {
                Self::new(StatusCode::CONFLICT, "too_many_profiles", "More profiles than one shopper has")
                    .detail(format!("at most {most}"))
            }
            StorageError::TooManyDevices { most } => Self::new(
                StatusCode::CONFLICT,
                "too_many_devices",
                "The conversation goes on at as many devices as it may",
            )
            .detail(format!("at most {most} besides the first")),
            StorageError::NoSuchKey => {
                Self::new(StatusCode::CONFLICT, "no_such_key", "The conversation has no such key")
            }
            StorageError::TooManyImages { most } => {
                Self::new(StatusCode::CONFLICT, "too_many_images", "The conversation holds as many pictures as it may")
                    .detail(format!("at most {most}"))
            }
            StorageError::Transition(_) => {
                Self::new(StatusCode::CONFLICT, "invalid_transition", "The conversation's state does not allow this")
            }
            other @ (StorageError::Database(_)
            | StorageError::Newer { .. }
            | StorageError::OldSqlite { .. }
            | StorageError::OldPostgres { .. }
            | StorageError::Moved
            | StorageError::Setting(_)
            | StorageError::Closed) => Self::unavailable(other.to_string()),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let instance = request_id::current();
        if let Some(cause) = &self.cause {
            tracing::error!(%instance, code = self.code, %cause, "a request failed");
        }
        let problem = Problem {
            kind: format!("urn:zhanggui:problem:{}", self.code),
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code.to_owned(),
            instance: format!("urn:zhanggui:instance:{instance}"),
        };
        let mut response = (self.status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// For addresses that no route has.
pub async fn not_found() -> Failure {
    Failure::not_found()
}

/// For routes that have another method.
pub async fn method_not_allowed() -> Failure {
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This address has no such method")
}

/// For handlers that panic. The message may quote what somebody wrote, so it goes nowhere; the panic hook logs the place.
pub fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    Failure::internal("a handler panicked").into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The words that follow a status in the sources, where a failure is made.
    fn used(folder: &Path, found: &mut BTreeSet<String>) {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                used(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for rest in
                    text.split("new(").skip(1).map(str::trim_start).filter(|rest| rest.starts_with("StatusCode::"))
                {
                    let word = rest.split_once(',').map(|(_, rest)| rest.trim_start().trim_start_matches('"'));
                    found.extend(word.and_then(|word| word.split_once('"')).map(|(word, _)| word.to_owned()));
                }
            }
        }
    }

    #[test]
    fn every_code_is_in_the_table_and_in_the_documents() {
        let mut found = BTreeSet::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        used(&root.join("src"), &mut found);
        let listed: BTreeSet<String> = CODES.iter().map(|(code, ..)| (*code).to_owned()).collect();
        assert_eq!(found, listed);
        let documents = std::fs::read_to_string(root.join("../../docs/serve.md")).unwrap();
        for (code, status, advice) in CODES {
            let row = format!("| `{code}` | {status} | {advice} |");
            assert!(documents.contains(&row), "docs/serve.md lacks {row}");
        }
    }

    #[tokio::test]
    async fn a_panic_tells_the_client_nothing() {
        let response = panicked(Box::new("the password is in here".to_owned()));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(text.contains("\"code\":\"internal\"") && !text.contains("password"), "{text}");
    }
}
