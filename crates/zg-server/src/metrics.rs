//! What monitoring reads, in the text format of OpenMetrics.
//!
//! Every label value is one of a fixed set: routes are patterns, methods and outcomes are words of the house. Nothing of a
//! shopper's, an operator's or a merchant's is in here, and no request can add a time series.

use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::auth;
use crate::problem::Failure;

/// Seconds. A durable write takes about a millisecond, an action of a back office some hundred.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 25.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRoute {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    outcome: &'static str,
}

#[derive(Clone)]
struct Durations;

impl MetricConstructor<Histogram> for Durations {
    fn new_metric(&self) -> Histogram {
        Histogram::new(BUCKETS)
    }
}

pub struct Metrics {
    registry: Registry,
    answered: Family<Answered, Counter>,
    duration: Family<ByRoute, Histogram, Durations>,
    in_flight: Gauge,
    streams: Gauge,
    shed: Counter,
    reloads: Family<ByOutcome, Counter>,
    actions: Family<ByOutcome, Counter>,
    attempts: Family<ByOutcome, Counter>,
    shop_events: Family<ByOutcome, Counter>,
    catalog: Family<ByOutcome, Counter>,
    circuits_open: Gauge,
    database_up: Gauge,
    /// Of no label; a family, so that it is absent where nobody knows.
    disk_free: Family<[(&'static str, &'static str); 0], Gauge>,
    resident: Gauge<i64>,
    open_files: Gauge<i64>,
}

/// Counts something for as long as it lives.
pub struct Counted(Gauge);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("zhanggui");
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The version that runs", Info::new(version.to_vec()));
        let answered = Family::default();
        registry.register("http_requests", "Requests answered, by route pattern", answered.clone());
        let duration = Family::new_with_constructor(Durations);
        let help = "From the request to its answer's head";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, duration.clone());
        let gauge = |registry: &mut Registry, name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let in_flight = gauge(
            &mut registry,
            "http_requests_in_flight",
            "Requests of the interface in progress, with a body counted four times",
        );
        let streams = gauge(&mut registry, "streams_open", "Event streams that are open");
        let circuits_open = gauge(&mut registry, "back_office_circuits_open", "Back offices that are not being called");
        let database_up = gauge(&mut registry, "database_up", "1 where the database could be written when asked");
        let shed = Counter::default();
        registry.register("http_requests_shed", "Requests turned away because too much was going on", shed.clone());
        let reloads = Family::default();
        registry.register("config_reloads", "Readings of a changed configuration", reloads.clone());
        let actions = Family::default();
        registry.register("actions", "What became of actions", actions.clone());
        let attempts = Family::default();
        registry.register("back_office_attempts", "What became of requests to back offices", attempts.clone());
        let shop_events = Family::default();
        registry.register("shop_events", "What became of events of shoppers", shop_events.clone());
        let catalog = Family::default();
        registry.register("catalog_products", "Products of feeds that were new, changed or gone", catalog.clone());
        let bytes = |registry: &mut Registry, name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register_with_unit(name, help, Unit::Bytes, gauge.clone());
            gauge
        };
        let disk_free = Family::default();
        let help = "Space left in the data folder";
        registry.register_with_unit("disk_free", help, Unit::Bytes, disk_free.clone());
        let resident = bytes(&mut registry, "process_resident_memory", "Memory of the process");
        let open_files = gauge(&mut registry, "process_open_fds", "Files and sockets of the process");
        Self {
            registry,
            answered,
            duration,
            in_flight,
            streams,
            shed,
            reloads,
            actions,
            attempts,
            shop_events,
            catalog,
            circuits_open,
            database_up,
            disk_free,
            resident,
            open_files,
        }
    }

    pub fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        self.answered.get_or_create(&Answered { method, route: route.to_owned(), status }).inc();
        self.duration.get_or_create(&ByRoute { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    pub fn shed(&self) {
        self.shed.inc();
    }

    pub fn reloaded(&self, outcome: &'static str) {
        self.reloads.get_or_create(&ByOutcome { outcome }).inc();
    }

    pub fn action(&self, outcome: &'static str) {
        self.actions.get_or_create(&ByOutcome { outcome }).inc();
    }

    pub fn attempt(&self, outcome: &'static str) {
        self.attempts.get_or_create(&ByOutcome { outcome }).inc();
    }

    pub fn shop_events(&self, outcome: &'static str, n: u64) {
        self.shop_events.get_or_create(&ByOutcome { outcome }).inc_by(n);
    }

    pub fn catalog(&self, outcome: &'static str, n: u64) {
        self.catalog.get_or_create(&ByOutcome { outcome }).inc_by(n);
    }

    /// A stream; it is counted until what is given is dropped.
    pub fn stream(&self) -> Counted {
        self.streams.inc();
        Counted(self.streams.clone())
    }

    /// A back office that is not called; likewise.
    pub fn circuit(&self) -> Counted {
        self.circuits_open.inc();
        Counted(self.circuits_open.clone())
    }

    /// # Errors
    /// The text cannot be written, which a `String` always can.
    async fn text(&self, app: &App) -> Result<String, std::fmt::Error> {
        let health = crate::health::examine(app).await;
        self.database_up.set(i64::from(health.database));
        if let Some(free) = health.disk_free {
            self.disk_free.get_or_create(&[]).set(i64::try_from(free).unwrap_or(i64::MAX));
        }
        self.in_flight.set(i64::try_from(app.admission.in_flight()).unwrap_or(i64::MAX));
        if let Some((resident, open)) = process() {
            self.resident.set(resident);
            self.open_files.set(open);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Memory in bytes and open descriptors, where the system says.
fn process() -> Option<(i64, i64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes: i64 =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.parse().ok()?;
    let open = std::fs::read_dir("/proc/self/fd").ok()?.count();
    Some((kilobytes * 1024, i64::try_from(open).unwrap_or(i64::MAX)))
}

/// For the listener that monitoring alone can reach.
pub async fn show(State(app): State<App>) -> Result<Response, Failure> {
    let text = app.metrics.text(&app).await.map_err(|error| Failure::internal(error.to_string()))?;
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}

/// `GET /metrics` at the main address: with its secret alone, and where there is none there is nothing.
pub async fn guarded(State(app): State<App>, headers: HeaderMap) -> Result<Response, Failure> {
    let secret = app.config().operations.metrics_secret.ok_or(Failure::not_found())?;
    if !bool::from(auth::bearer(&headers)?.ct_eq(&secret)) {
        return Err(Failure::unauthorized());
    }
    show(State(app)).await
}
