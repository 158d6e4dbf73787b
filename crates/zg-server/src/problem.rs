//! What goes wrong, as the client sees it: RFC 9457, a stable code, an id that the log knows, and nothing else.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use zg_proto::http::Problem;

use crate::random;
use crate::storage::StorageError;

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
            StorageError::Decided { request } => {
                Self::new(StatusCode::CONFLICT, "request_conflict", "The request was decided before on other facts")
                    .detail(format!("choose another name than {request}"))
            }
            StorageError::Conflict { id } => {
                Self::new(StatusCode::CONFLICT, "id_conflict", "The id was used before with another content").detail(id)
            }
            StorageError::NotHolder => {
                Self::new(StatusCode::CONFLICT, "not_holder", "Somebody else holds this conversation, or nobody does")
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
        let instance = random::hex(8);
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

/// For handlers that panic: the message goes to the log, with the panic hook's place.
pub fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Failure::internal(format!("panic: {message}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_tells_the_client_nothing() {
        let response = panicked(Box::new("the password is in here".to_owned()));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(text.contains("\"code\":\"internal\"") && !text.contains("password"), "{text}");
    }
}
