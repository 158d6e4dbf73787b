//! The device's half of the sync protocol, without a browser in it.
//!
//! A message is in the outbox before it is shown as pending, and leaves it when the server has said "committed".
//! [`pump`] sends what waits, in order, through a [`Transport`]; a retry carries the same ids, so the server
//! recognises what it has. [`EventStream`] parses server-sent events as their bytes arrive.
//! Storage is a [`LocalStore`]: IndexedDB in the browser, SQLite elsewhere, memory where nothing may be kept.
//! All three pass `store::conformance`.

mod backoff;
mod pump;
mod sse;
pub mod store;
mod transport;

pub use backoff::backoff_millis;
pub use pump::{Outcome, Pumped, Site, pump};
pub use sse::{EventStream, ServerEvent};
pub use store::{LocalStore, StoreError};
pub use transport::{Offline, Request, Response, Transport};
