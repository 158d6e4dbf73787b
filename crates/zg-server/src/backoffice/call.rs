//! One HTTP request: the name is resolved, each address is checked, and the connection goes to a checked address. There are no
//! redirects, no proxies and no connections kept, so nothing else can be reached by it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::header::{ACCEPT, CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::address::may_call;
use crate::config::BackOffice;

/// An answer has at most 64 facts; this is ample.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// What an attempt failed of. Nothing of the back office's own words is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The name means nothing.
    Unresolved,
    /// It means an address that must not be called.
    Forbidden,
    /// Nobody answered, or not with the certificate of that name; nothing was sent.
    Unconnected,
    /// The request went off and no whole answer came back.
    Interrupted,
    /// More came back than anybody may say.
    TooLarge,
}

pub struct Answer {
    pub status: StatusCode,
    pub json: bool,
    pub retry_after_seconds: Option<u64>,
    pub body: Bytes,
}

pub struct Connector {
    tls: Option<TlsConnector>,
}

impl Connector {
    /// # Errors
    /// No certificate can be trusted, or one of the configuration's is none.
    pub fn new(settings: &BackOffice) -> Result<Self, String> {
        if !settings.target.https {
            return Ok(Self { tls: None });
        }
        let mut roots = RootCertStore::empty();
        // One that cannot be read is one that is not trusted.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for root in &settings.roots {
            roots.add(CertificateDer::from(root.clone())).map_err(|error| format!("back_office.ca_file: {error}"))?;
        }
        if roots.is_empty() {
            return Err("no certificates to trust on this machine; install them, or name some in back_office.ca_file"
                .to_owned());
        }
        let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: Some(TlsConnector::from(Arc::new(config))) })
    }

    /// Posts `body`. Dropping it closes the connection.
    pub async fn post(&self, settings: &BackOffice, headers: HeaderMap, body: String) -> Result<Answer, Broken> {
        let request = Request::post(settings.target.path.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json");
        self.ask(settings, request, headers, body, MAX_ANSWER_BYTES).await
    }

    /// Gets what is at the address, `most` bytes of it. Dropping it closes the connection.
    pub async fn get(&self, settings: &BackOffice, headers: HeaderMap, most: usize) -> Result<Answer, Broken> {
        let request = Request::get(settings.target.path.as_str()).header(ACCEPT, "*/*");
        self.ask(settings, request, headers, String::new(), most).await
    }

    async fn ask(
        &self,
        settings: &BackOffice,
        request: Builder,
        headers: HeaderMap,
        body: String,
        most: usize,
    ) -> Result<Answer, Broken> {
        let mut request = request
            .header(HOST, settings.target.authority.as_str())
            .header(USER_AGENT, concat!("zhanggui/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| Broken::Unconnected)?;
        request.headers_mut().extend(headers);
        let stream = connect(settings).await?;
        let Some(tls) = &self.tls else { return exchange(stream, request, most).await };
        let name = ServerName::try_from(settings.target.host.clone()).map_err(|_| Broken::Unconnected)?;
        let stream = tls.connect(name, stream).await.map_err(|_| Broken::Unconnected)?;
        exchange(stream, request, most).await
    }
}

async fn connect(settings: &BackOffice) -> Result<TcpStream, Broken> {
    let target = &settings.target;
    let addresses: Vec<SocketAddr> = match target.host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, target.port)],
        Err(_) => resolve(target.host.clone(), target.port).await?,
    };
    if addresses.is_empty() {
        return Err(Broken::Unresolved);
    }
    // All of them: a name that means one of ours besides is somebody's attempt.
    if !addresses.iter().all(|address| may_call(address.ip(), &settings.allow_private)) {
        return Err(Broken::Forbidden);
    }
    // The very addresses that were checked; asked again, the name might mean another.
    let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|_| Broken::Unconnected)?;
    stream.set_nodelay(true).map_err(|_| Broken::Unconnected)?;
    Ok(stream)
}

/// Asks what a name means. The system's resolver cannot be called back, and holds a thread of the pool that the database reads
/// by as well: so only a few at a time, and one that hangs keeps its place until it ends, whoever has given it up.
async fn resolve(host: String, port: u16) -> Result<Vec<SocketAddr>, Broken> {
    static LOOKUPS: Semaphore = Semaphore::const_new(32);
    let place = LOOKUPS.try_acquire().map_err(|_| Broken::Unresolved)?;
    let asking = tokio::spawn(async move {
        let found = tokio::net::lookup_host((host.as_str(), port)).await;
        drop(place);
        found.map(Iterator::collect)
    });
    asking.await.map_err(|_| Broken::Unresolved)?.map_err(|_| Broken::Unresolved)
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>, most: usize) -> Result<Answer, Broken>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut client = http1::Builder::new();
    client.max_buf_size(MAX_HEAD_BYTES).max_headers(64);
    let (mut sender, connection) = client.handshake(TokioIo::new(stream)).await.map_err(|_| Broken::Unconnected)?;
    // It ends with this function, however that ends.
    let mut driver = tokio::task::JoinSet::new();
    driver.spawn(async move {
        let _ = connection.await;
    });
    let response = sender.send_request(request).await.map_err(|_| Broken::Interrupted)?;
    let (parts, body) = response.into_parts();
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let essence = header(CONTENT_TYPE).and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    let json = essence.eq_ignore_ascii_case("application/json");
    let retry_after_seconds = header(RETRY_AFTER).and_then(|value| value.parse().ok());
    let body = Limited::new(body, most).collect().await.map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() { Broken::TooLarge } else { Broken::Interrupted }
    })?;
    Ok(Answer { status: parts.status, json, retry_after_seconds, body: body.to_bytes() })
}
