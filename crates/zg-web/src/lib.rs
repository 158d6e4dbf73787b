//! What the engine needs of a browser: a database, a network, a clock, randomness, news from other tabs.
//!
//! Everything here works in a worker and on the UI thread alike: globals are looked up by name, not through `Window`.

mod database;
mod network;
mod platform;

pub use database::Database;
pub use network::{EndpointTransport, StreamHandle, open_stream};
pub use platform::{now, random, random_token, sleep_millis, tabs};
