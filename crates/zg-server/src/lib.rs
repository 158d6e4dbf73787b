//! The sync server: conversations, handoff to the shop's people, their console, static files.
//!
//! [`serve`] runs it with a [`Config`] on a listener until told to stop; [`router`] is the same as a service,
//! for tests and for other servers. [`add_operator`] works beside a running server.
//!
//! Acknowledged means committed: an answer to a write leaves after the transaction has been synced to disk,
//! and a retry with the same id finds what it wrote. Events are read from the log; signals only say when.
//!
//! ```no_run
//! # async fn run() -> anyhow::Result<()> {
//! let config = zg_server::Config::from_toml("data = \"shop\"")?;
//! let listener = zg_server::bind(config.listen)?;
//! zg_server::serve(config, listener, std::future::pending::<()>()).await
//! # }
//! ```

mod serve;

mod routes;

pub mod remedy;

mod admission;
mod aside;
mod auth;
mod body;
mod health;
mod idempotency;
mod json;
mod log;
mod metrics;
mod peer;
mod picture;
mod problem;
mod request_id;
mod stream;
mod validate;

mod app;
mod backoffice;
pub mod config;
mod export;
mod first_start;
mod front;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod guard;
pub mod hub;
pub mod identity;
mod limit;
mod passwords;
mod phone;
mod profile;
mod random;
pub mod recommend;
mod relay;
mod reload;

mod console;
mod statics;

pub mod storage;
pub mod transfer;

pub use app::{App, SystemClock};
pub use config::{Config, ConfigError, ConfiguredOperator, Limits, LogForm, Operations, Origins, Site};
pub use first_start::{PASSWORD_VARIABLE, add_operator, add_operator_to, hash_password};
pub use hub::Hub;
pub use limit::Rate;
pub use reload::{Source, reload};
pub use routes::{monitoring, router};
pub use serve::{bind, log_places_of_panics, serve, serve_from, serve_with};
