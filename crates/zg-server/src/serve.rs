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
use crate::{first_start, routes};

/// What the system holds while we are busy: the usual 128 turns a storm of reconnections away.
const BACKLOG: u32 = 4096;
/// How long requests in progress may take once the server is to stop.
const GRACE: Duration = Duration::from_secs(10);

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
/// The database cannot be opened, or no operator can be made.
pub async fn serve<F>(config: Config, listener: TcpListener, shutdown: F) -> anyhow::Result<()>
where
    F: Future + Send + 'static,
{
    let app = App::start(config, Box::new(SystemClock)).await.context("open the database")?;
    first_start::ensure_operators(&app).await?;
    let router = routes::router(app.clone());
    let service = router.into_make_service_with_connect_info::<Remote>();
    let stopping = app.clone();
    let server = axum::serve(Guarding(listener), service).with_graceful_shutdown(async move {
        shutdown.await;
        tracing::info!("stopping");
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
    Ok(())
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
