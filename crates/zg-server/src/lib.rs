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

mod auth;
mod body;
mod log;
mod peer;
mod problem;
mod stream;
mod validate;

mod app;
mod config;
mod first_start;
mod guard;
pub mod hub;
pub mod identity;
mod limit;
mod passwords;
mod random;
mod relay;

mod console;
mod statics;

pub mod storage;
pub mod transfer;

pub use app::{App, SystemClock};
pub use config::{Config, ConfigError, ConfiguredOperator, Limits, Origins, Site};
pub use first_start::{PASSWORD_VARIABLE, add_operator, add_operator_to, hash_password};
pub use hub::Hub;
pub use limit::Rate;
pub use routes::router;
pub use serve::{bind, serve};
