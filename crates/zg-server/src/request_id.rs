//! Names a request, so that what a client was told and what the log says can be put together. It says nothing of who asked.

use crate::random;

tokio::task_local! {
    static ID: String;
}

/// The id of the request that runs here, or a new one where none does.
pub fn current() -> String {
    ID.try_with(Clone::clone).unwrap_or_else(|_| random::request_id())
}

pub async fn within<F: Future>(id: String, work: F) -> F::Output {
    ID.scope(id, work).await
}
