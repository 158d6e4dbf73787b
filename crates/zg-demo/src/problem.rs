//! Problems as RFC 9457, with a stable `code` to match on and the sentence in both languages.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::text::{Text, text};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: Text,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, message: Text) -> Self {
        Self { status, code, message }
    }

    /// The request itself is wrong; sending it again unchanged cannot help.
    pub fn invalid(zh: &str, en: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", text(zh, en))
    }

    pub fn malformed() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_request", text("请求格式不正确", "the request is malformed"))
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", text("没有找到", "there is nothing here"))
    }

    pub fn internal(error: &dyn std::error::Error) -> Self {
        // The page learns nothing of the cause; whoever runs the demo does.
        eprintln!("back office: {error}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            text("系统繁忙，请稍后再试", "something broke on our side, please try again"),
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": format!("urn:hemuli:problem:{}", self.code),
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.message.en,
            "message": self.message,
        });
        (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
    }
}
