//! Listening, serving, stopping.

use std::future::IntoFuture as _;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpSocket};

use crate::app::{App, SystemClock};
use crate::config::Config;
use crate::guard::Guarded;
use crate::peer::Remote;
use crate::recommend::{self, FeedReader};
use crate::reload::{self, Source};
use crate::{first_start, request_id, routes};

/// What the system holds while we are busy: the usual 128 turns a storm of reconnections away.
const BACKLOG: u32 = 4096;
/// How long requests in progress may take once the server is to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long the start waits for indexes and feeds.
const FIRST_LISTS: Duration = Duration::from_secs(2);

/// Listens on an address, with room for everyone who reconnects after a restart.
///
/// # Errors
/// The address is taken or not ours.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `shutdown` resolves; then streams end, requests in progress finish, and the database is closed.
///
/// # Errors
/// The database cannot be opened, no operator can be made, or monitoring has no address.
pub async fn serve<F>(config: Config, listener: TcpListener, shutdown: F) -> anyhow::Result<()>
where
    F: Future + Send + 'static,
{
    serve_from(config, None, listener, shutdown).await
}

/// The same with a configuration that is read again when its files change, or on `SIGHUP`.
///
/// # Errors
/// As [`serve`].
pub async fn serve_from<F>(
    config: Config,
    source: Option<Source>,
    listener: TcpListener,
    shutdown: F,
) -> anyhow::Result<()>
where
    F: Future + Send + 'static,
{
    serve_with(config, source, None, listener, shutdown).await
}

/// The same; `feeds` reads what product feeds there are besides JSON of our own form.
///
/// # Errors
/// As [`serve`].
pub async fn serve_with<F>(
    config: Config,
    source: Option<Source>,
    feeds: Option<FeedReader>,
    listener: TcpListener,
    shutdown: F,
) -> anyhow::Result<()>
where
    F: Future + Send + 'static,
{
    let metrics_listen = config.operations.metrics_listen;
    let app = App::start(config, Box::new(SystemClock)).await.context("open the database")?;
    if let Some(feeds) = feeds {
        app.shops.set_reader(feeds);
    }
    first_start::ensure_operators(&app).await?;
    let mut beside = tokio::task::JoinSet::new();
    if let Some(address) = metrics_listen {
        let listener = bind(address).with_context(|| format!("listen on {address}, operations.metrics_listen"))?;
        tracing::info!(address = %listener.local_addr()?, "monitoring is served");
        let monitoring = routes::monitoring(app.clone());
        beside.spawn(async move {
            if let Err(error) = axum::serve(Guarding(listener), monitoring).await {
                tracing::error!(%error, "monitoring is served no more");
            }
        });
    }
    if let Some(source) = source {
        beside.spawn(reload::follow(app.clone(), source));
    }
    // Lists from the first request on, where index and feed are at hand; a feed that does not answer delays nobody for long.
    let first = tokio::spawn({
        let app = app.clone();
        async move { recommend::learn(&app).await }
    });
    let _ = tokio::time::timeout(FIRST_LISTS, first).await;
    beside.spawn(recommend::follow(app.clone()));
    let router = routes::router(app.clone());
    let service = router.into_make_service_with_connect_info::<Remote>();
    let stopping = app.clone();
    let server = axum::serve(Guarding(listener), service).with_graceful_shutdown(async move {
        shutdown.await;
        // First no more is sent here, then nothing more is taken.
        stopping.drain();
        let delay = stopping.config().operations.stop_delay;
        tracing::info!(delay_seconds = delay.as_secs(), "stopping");
        tokio::time::sleep(delay).await;
        stopping.stop();
    });
    let deadline = async {
        app.stopped().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server.into_future() => served.context("serve")?,
        () = deadline => tracing::warn!("stopping with requests unanswered"),
    }
    recommend::close(&app).await;
    Ok(())
}

/// Where a panic was. Not what it says: a message may quote what somebody wrote, and a log is kept, copied and read by others.
///
/// For an executable to call once; a library leaves the hook to whoever links it.
pub fn log_places_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        tracing::error!(place, thread, request.id = request_id::current(), "a panic");
    }));
}

/// Accepts connections that are given up when nothing moves on them.
struct Guarding(TcpListener);

impl Listener for Guarding {
    type Io = Guarded;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guarded, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Events are small, and each is news.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        (Guarded::new(stream), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Guarding>> for Remote {
    fn connect_info(stream: IncomingStream<'_, Guarding>) -> Self {
        Self(*stream.remote_addr())
    }
}
