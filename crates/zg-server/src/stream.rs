//! Server-sent events: a task writes, a bounded channel keeps it honest, a reader who does not read is dropped.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use crate::metrics::Counted;
use crate::problem::Failure;

/// Events a reader may be behind before the writer waits for it.
const QUEUE: usize = 32;
/// How long the writer waits. Whoever is dropped resumes by its cursor.
const PATIENCE: Duration = Duration::from_secs(30);
/// Proxies close what is silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The stream is over: the reader has gone or is too slow, the conversation was erased, the server stops.
#[derive(Debug)]
pub struct Over;

impl From<Failure> for Over {
    fn from(_: Failure) -> Self {
        Self
    }
}

impl From<crate::storage::StorageError> for Over {
    fn from(error: crate::storage::StorageError) -> Self {
        tracing::warn!(%error, "a stream ends, its reader will resume");
        Self
    }
}

#[derive(Clone)]
pub struct Outlet(mpsc::Sender<Event>);

impl Outlet {
    pub async fn send<T: Serialize>(&self, name: &str, id: Option<String>, data: &T) -> Result<(), Over> {
        let mut event = Event::default().event(name).data(zg_proto::to_json(data));
        if let Some(id) = id {
            event = event.id(id);
        }
        self.0.send_timeout(event, PATIENCE).await.map_err(|_| Over)
    }

    /// Resolves once the reader has gone.
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

/// Answers with what `write` puts into the outlet, until it returns; so long it is `counted`.
pub fn respond<W, F>(counted: Counted, write: W) -> Response
where
    W: FnOnce(Outlet) -> F,
    F: Future<Output = Result<(), Over>> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(QUEUE);
    let writing = write(Outlet(sender));
    tokio::spawn(async move {
        // Every way out is an ordinary one; the reader comes back with its cursor.
        let _ = writing.await;
        drop(counted);
    });
    let events = ReceiverStream::new(receiver).map(Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("")).into_response();
    // nginx would hold events back until its buffer is full.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
