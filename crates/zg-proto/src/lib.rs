//! Every serialized form: the port between widget and engine, the HTTP endpoint, the command line, stored records.
//!
//! All serde derives of the house are here, so that a change of format shows up in one place,
//! and each form has a snapshot in `tests/it`: a type that serializes is a promise.
//! Requests refuse unknown fields; responses and stored records do not, because a newer side may add to them.

pub mod action;
pub mod cli;
pub mod config;
mod convert;
pub mod delivery;
mod flat;
pub mod http;
pub mod identity;
pub mod knowledge;
pub mod memory;
mod message;
mod packet;
pub mod port;
pub mod profile;
pub mod recommend;
pub mod recommendation;
pub mod remedy;
pub mod stored;
pub mod upkeep;
pub mod wake;

pub use message::{Answer, AuthorTag, Body, Card, CardField, HandoffTag, Message, QuickReply};
pub use serde::de::DeserializeOwned;

pub use packet::{handoff_json, learn_json, packet_json, wanted_json};

/// Reads JSON text.
///
/// # Errors
/// The text is not of the form asked for; the message names line and column.
pub fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text)
}

/// Writes JSON text.
///
/// # Panics
/// Never for the types of this crate: none holds a map with keys other than strings.
#[must_use]
pub fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("no type of this crate has keys other than strings")
}
