//! Who is at the other end of the connection, and how they came.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::app::App;

/// The address of a connection, put there by the listener.
#[derive(Debug, Clone, Copy)]
pub struct Remote(pub SocketAddr);

/// The client as limits and cookies see it.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// What is limited: an IPv4 address, or the /64 of an IPv6 one, because a subscriber is given all of that.
    pub address: IpAddr,
    pub https: bool,
}

impl FromRequestParts<App> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let direct = parts.extensions.get::<ConnectInfo<Remote>>().map(|ConnectInfo(Remote(address))| address.ip());
        Ok(Self::of(direct, &parts.headers, app.config().trust_proxy))
    }
}

impl Peer {
    pub fn of(direct: Option<IpAddr>, headers: &HeaderMap, trust_proxy: bool) -> Self {
        let forwarded = trust_proxy.then(|| forwarded(headers)).flatten();
        let address = forwarded.or(direct).unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        let proto = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
        Self { address: limited(address), https: trust_proxy && proto == Some("https") }
    }

    /// Whether it is this machine, which stands for everybody behind a proxy that does not say for whom it asks.
    pub fn is_local(&self) -> bool {
        self.address.is_loopback() || self.address.is_unspecified()
    }
}

/// The last entry is the one that our own proxy added; those before it are the client's to invent.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let list = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    list.rsplit(',').next()?.trim().parse().ok()
}

fn limited(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}
