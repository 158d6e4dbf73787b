//! The routes, as a table: the router is built from it and the OpenAPI document is held against it.

mod actions;
mod consents;
mod continuations;
mod end;
mod erase;
mod erase_visitor;
mod events;
mod handoff;
mod health;
mod home;
mod identify;
mod image;
mod keys;
mod messages;
mod mine;
mod open;
mod openapi;
mod operator;
mod post_events;
mod post_image;
mod post_messages;
mod profiles;
mod put_catalog;
mod recommendations;
mod redeem;
mod remedies;
mod seen;
mod show;
mod typing;
mod version;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::routing::{MethodFilter, MethodRouter, get, on};
use tower::ServiceBuilder;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;
use crate::body::MAX_BODY_BYTES;
use crate::front::Front;
use crate::{console, idempotency, log, metrics, problem, statics};

/// Whose route it is: storefronts' pages call the shopper's ones, and no foreign page may call any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Shopper,
    Operator,
    /// The merchant's own back office, with the secret of its storefront.
    Merchant,
    Anyone,
}

pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub audience: Audience,
    handler: MethodRouter<App>,
}

fn route<H, T>(method: Method, path: &'static str, audience: Audience, handler: H) -> Route
where
    H: Handler<T, App>,
    T: 'static,
{
    let filter = MethodFilter::try_from(method.clone()).expect("the table has standard methods only");
    Route { method, path, audience, handler: on(filter, handler) }
}

/// Every route of the interface.
#[must_use]
pub fn table() -> Vec<Route> {
    use Audience::{Anyone, Merchant, Operator, Shopper};
    vec![
        route(Method::POST, "/v1/conversations", Shopper, open::handle),
        route(Method::GET, "/v1/conversations/{id}", Shopper, show::handle),
        route(Method::DELETE, "/v1/conversations/{id}", Shopper, erase::handle),
        route(Method::GET, "/v1/conversations/{id}/messages", Shopper, messages::handle),
        route(Method::POST, "/v1/conversations/{id}/messages", Shopper, post_messages::handle),
        route(Method::POST, "/v1/conversations/{id}/images", Shopper, post_image::handle),
        route(Method::GET, "/v1/conversations/{id}/images/{message}", Shopper, image::handle),
        route(Method::POST, "/v1/conversations/{id}/seen", Shopper, seen::handle),
        route(Method::GET, "/v1/conversations/{id}/events", Shopper, events::handle),
        route(Method::POST, "/v1/conversations/{id}/handoff", Shopper, handoff::handle),
        route(Method::POST, "/v1/conversations/{id}/actions", Shopper, actions::handle),
        route(Method::POST, "/v1/conversations/{id}/identity", Shopper, identify::handle),
        route(Method::GET, "/v1/conversations/{id}/consents", Shopper, consents::show),
        route(Method::POST, "/v1/conversations/{id}/consents", Shopper, consents::give),
        route(Method::POST, "/v1/conversations/{id}/continuations", Shopper, continuations::start),
        route(Method::POST, "/v1/continuations/redeem", Shopper, continuations::redeem),
        route(Method::GET, "/v1/conversations/{id}/keys", Shopper, keys::list),
        route(Method::POST, "/v1/conversations/{id}/keys/revoke", Shopper, keys::revoke),
        route(Method::POST, "/v1/conversations/{id}/export", Shopper, mine::export),
        route(Method::POST, "/v1/conversations/{id}/profile/erase", Shopper, mine::erase),
        route(Method::POST, "/v1/conversations/{id}/end", Shopper, end::handle),
        route(Method::POST, "/v1/conversations/{id}/typing", Shopper, typing::handle),
        route(Method::POST, "/v1/operator/session", Operator, operator::sign_in::handle),
        route(Method::GET, "/v1/operator/session", Operator, operator::session::show),
        route(Method::DELETE, "/v1/operator/session", Operator, operator::session::sign_out),
        route(Method::GET, "/v1/operator/queue", Operator, operator::queue::handle),
        route(Method::GET, "/v1/operator/events", Operator, operator::events::handle),
        route(Method::GET, "/v1/operator/conversations/{id}", Operator, operator::view::handle),
        route(Method::POST, "/v1/operator/conversations/{id}/take", Operator, operator::take::handle),
        route(Method::POST, "/v1/operator/conversations/{id}/release", Operator, operator::release::handle),
        route(Method::POST, "/v1/operator/conversations/{id}/end", Operator, operator::end::handle),
        route(Method::POST, "/v1/operator/conversations/{id}/messages", Operator, operator::reply::handle),
        route(Method::GET, "/v1/operator/conversations/{id}/images/{message}", Operator, operator::image::handle),
        route(Method::POST, "/v1/operator/conversations/{id}/seen", Operator, operator::seen::handle),
        route(Method::POST, "/v1/operator/conversations/{id}/typing", Operator, operator::typing::handle),
        route(Method::GET, "/v1/operator/conversations/{id}/profile", Operator, operator::profile::show),
        route(Method::POST, "/v1/operator/conversations/{id}/profile/merges", Operator, operator::profile::merge),
        route(Method::POST, "/v1/operator/conversations/{id}/profile/merges/undo", Operator, operator::profile::undo),
        route(Method::POST, "/v1/profiles/show", Merchant, profiles::show),
        route(Method::POST, "/v1/profiles/merges", Merchant, profiles::merge),
        route(Method::POST, "/v1/profiles/merges/undo", Merchant, profiles::undo),
        route(Method::POST, "/v1/profiles/consents", Merchant, profiles::consent),
        route(Method::POST, "/v1/profiles/export", Merchant, profiles::export),
        route(Method::POST, "/v1/profiles/erase", Merchant, profiles::erase),
        route(Method::POST, "/v1/remedies", Merchant, remedies::handle),
        route(Method::POST, "/v1/remedies/{code}/redeem", Merchant, redeem::handle),
        route(Method::POST, "/v1/recommendations", Shopper, recommendations::handle),
        route(Method::POST, "/v1/events", Shopper, post_events::handle),
        route(Method::DELETE, "/v1/visitors/{id}", Shopper, erase_visitor::handle),
        route(Method::PUT, "/v1/catalog", Merchant, put_catalog::handle),
        route(Method::GET, "/v1/openapi.json", Shopper, openapi::handle),
        route(Method::GET, "/healthz", Anyone, health::alive),
        route(Method::GET, "/readyz", Anyone, health::ready),
    ]
}

/// The whole server as a service: interface, console, static files.
pub fn router(app: App) -> Router {
    let mut shopper = Router::new();
    let mut others = Router::new();
    for Route { path, audience, handler, .. } in table() {
        if audience == Audience::Shopper {
            shopper = shopper.route(path, handler);
        } else {
            others = others.route(path, handler);
        }
    }
    // One stack of layers for each kind of route: a router boxes what it is given at each layer, and clones it for each request.
    let set = |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    let outer = || {
        ServiceBuilder::new()
            .layer(Front(app.clone()))
            .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
    };
    let interface = || outer().layer(set(header::CACHE_CONTROL, "no-store"));
    // The fallback before the layers: a preflight is a method without a handler, and CORS answers it.
    let shopper = shopper
        .merge(version::router())
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(interface().layer(cors(&app)));
    let others = others.method_not_allowed_fallback(problem::method_not_allowed).layer(interface());
    let rest = Router::new()
        .route("/v1/{*rest}", axum::routing::any(problem::not_found))
        .merge(console::router())
        .route("/", get(home::handle))
        .route("/metrics", get(metrics::guarded))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(outer());
    let files = statics::service(app.config().static_dir.as_deref());
    shopper.merge(others).merge(rest).fallback_service(outer().service(files)).with_state(app)
}

/// What monitoring reads, on a listener of its own: no shopper's load is in its way.
pub fn monitoring(app: App) -> Router {
    Router::new()
        .route("/metrics", get(metrics::show))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(app)
}

/// For the shopper's routes alone. The credential is a header of the request's own, never a cookie,
/// so a page that is not admitted could send nothing it does not know.
fn cors(app: &App) -> CorsLayer {
    let app = app.clone();
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| {
            origin.to_str().is_ok_and(|origin| app.config().admits(origin))
        }))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::CACHE_CONTROL,
            HeaderName::from_static("last-event-id"),
            idempotency::KEY,
        ])
        .expose_headers([header::RETRY_AFTER, log::REQUEST_ID])
        .max_age(std::time::Duration::from_secs(600))
}
