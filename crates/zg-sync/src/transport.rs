//! What the outbox asks of a network.

/// A request to the sync endpoint; `path` begins behind `/v1`.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub method: &'static str,
    pub path: String,
    /// Sent as `Authorization: Bearer`.
    pub secret: String,
    /// JSON.
    pub body: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    pub status: u16,
    pub body: String,
    /// Seconds, where the server said when to come back.
    pub retry_after: Option<u32>,
}

/// No answer came: no network, no server, or a page policy that forbids it. Try again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sync endpoint gives no answer")]
pub struct Offline;

/// Carries requests; `fetch` in the browser.
pub trait Transport {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, Offline>>;
}
