//! How many requests are in progress, and who is told to come back: before anything of the database's is asked.
//!
//! Health is never turned away, operators later than shoppers: whoever looks after an overload needs the console most.
//! Event streams count until they begin; static files do not, they are nobody's turn at the database. A request with a body
//! counts four: it may hold a megabyte where another holds its head alone, and devices that come back all at once send none.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{ConnectInfo, Request};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ORIGIN, VARY};
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::peer::{Peer, Remote};
use crate::problem::Failure;
use crate::random;

/// Whose requests give way first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Shoppers and merchants.
    Ordinary,
    Operator,
    /// Health, metrics, static files.
    Free,
}

fn class(path: &str) -> Class {
    if path.starts_with("/v1/operator/") {
        Class::Operator
    } else if path.starts_with("/v1/") {
        Class::Ordinary
    } else {
        Class::Free
    }
}

#[derive(Debug)]
pub struct Admission {
    most: AtomicUsize,
    in_flight: Arc<AtomicUsize>,
}

impl Admission {
    pub fn new(most: usize) -> Self {
        Self { most: AtomicUsize::new(most), in_flight: Arc::default() }
    }

    pub fn set_most(&self, most: usize) {
        self.most.store(most, Ordering::Relaxed);
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    fn admit(&self, class: Class, weight: usize) -> Option<Turn> {
        let most = self.most.load(Ordering::Relaxed);
        let most = if class == Class::Operator { most + most.div_ceil(4) } else { most };
        let turn = Turn(Arc::clone(&self.in_flight), weight);
        // Counted first, so that two cannot both take the last place.
        (self.in_flight.fetch_add(weight, Ordering::Relaxed) < most).then_some(turn)
    }
}

/// A request in progress; also one that its client has given up, until it is dropped.
#[derive(Debug)]
pub struct Turn(Arc<AtomicUsize>, usize);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.fetch_sub(self.1, Ordering::Relaxed);
    }
}

/// Takes a request in, for as long as what is given lives.
///
/// # Errors
/// It has to come back later.
pub fn admit(app: &App, request: &Request) -> Result<Option<Turn>, Box<Refused>> {
    let class = class(request.uri().path());
    // A preflight asks nothing of anybody, and one that is turned away hides from the page why.
    if class == Class::Free || request.method() == Method::OPTIONS {
        return Ok(None);
    }
    let refused = |failure: Failure| {
        let page = request.headers().get(ORIGIN).filter(|_| is_a_pages(request.uri().path()));
        let page = page.filter(|origin| origin.to_str().is_ok_and(|origin| app.config().admits(origin)));
        Box::new(Refused { failure, page: page.cloned() })
    };
    within_limit(app, request).map_err(refused)?;
    let turn = app.admission.admit(class, weight(request)).ok_or_else(|| {
        app.metrics.shed();
        // Not all at the same moment.
        let seconds = 1 + u64::from(random::byte() % 3);
        refused(Failure::overloaded(seconds))
    })?;
    Ok(Some(turn))
}

/// A request that is turned away.
pub struct Refused {
    failure: Failure,
    /// The page that may read why.
    page: Option<HeaderValue>,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.failure.into_response();
        // Before the layer that says which pages may read an answer; they have to read when to come back.
        if let Some(origin) = self.page {
            let headers = response.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after,x-request-id"));
            headers.insert(VARY, HeaderValue::from_static("origin"));
        }
        response
    }
}

/// Whether pages call it.
fn is_a_pages(path: &str) -> bool {
    ["/v1/conversations", "/v1/recommendations", "/v1/events", "/v1/visitors"]
        .iter()
        .any(|start| path.starts_with(start))
}

/// What a request with a body counts.
pub const BODY_WEIGHT: usize = 4;

fn weight(request: &Request) -> usize {
    use axum::body::HttpBody as _;
    if request.body().is_end_stream() { 1 } else { BODY_WEIGHT }
}

fn within_limit(app: &App, request: &Request) -> Result<(), Failure> {
    let direct: Option<IpAddr> =
        request.extensions().get::<ConnectInfo<Remote>>().map(|ConnectInfo(Remote(address))| address.ip());
    let peer = Peer::of(direct, request.headers(), app.config().trust_proxy);
    if peer.is_local() { Ok(()) } else { app.addresses.take(&peer.address, 1, app.now()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_give_way_later_and_every_turn_ends() {
        let admission = Admission::new(4);
        let ordinary: Vec<_> = (0..4).map(|_| admission.admit(Class::Ordinary, 1).expect("room")).collect();
        assert!(admission.admit(Class::Ordinary, 1).is_none());
        let operator = admission.admit(Class::Operator, 1).expect("room of their own");
        assert!(admission.admit(Class::Operator, 1).is_none());
        drop((ordinary, operator));
        assert_eq!(admission.in_flight(), 0);
        assert!(admission.admit(Class::Ordinary, 1).is_some());
    }

    #[test]
    fn what_is_no_business_of_the_database_is_free() {
        assert_eq!(class("/healthz"), Class::Free);
        assert_eq!(class("/metrics"), Class::Free);
        assert_eq!(class("/zhanggui.js"), Class::Free);
        assert_eq!(class("/v1/operator/queue"), Class::Operator);
        assert_eq!(class("/v1/conversations"), Class::Ordinary);
    }
}
