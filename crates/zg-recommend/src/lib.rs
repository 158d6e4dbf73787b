//! Recommendations from click sessions, the same on the server, on the command line and in the browser.
//!
//! A session's neighbours are found in flat arrays (VMIS-kNN's candidates, VSTAN's weights), a small forest ranks what they
//! hold, and a shop's rules have the last word. An [`Index`] takes in a session that has just ended, and the next query knows it.
//! [`recommend`] answers a [`Request`]; `build` (a feature) reads logs, chooses [`Knobs`] and grows the forest.
//!
//! Nothing here reads a clock or does I/O, and the same index and request give the same list in every build.

pub mod bandit;
#[cfg(feature = "build")]
pub mod build;
mod catalog;
mod fallback;
mod features;
pub mod feedback;
mod forest;
mod index;
mod interests;
pub mod judge;
mod knobs;
#[cfg(feature = "build")]
pub mod log;
mod math;
pub mod named;
mod names;
mod neighbours;
mod rank;
mod rules;
mod snapshot;

pub use catalog::{About, Catalog, signature};
pub use features::FEATURES;
pub use forest::Forest;
pub use index::Index;
pub use interests::{Interests, by_interests};
pub use knobs::Knobs;
pub use names::{MAX_NAME, Names};
pub use rank::{Exclude, Hit, Reason, Request, Workspace, recommend};
pub use rules::{MAX_MARGIN_SHARE, Rules};
pub use snapshot::LoadError;

/// The most items of an index.
pub const MAX_ITEMS: usize = 10_000_000;
/// A session with more clicks than this is a robot's or a shared device's: an index does not take it.
pub const MAX_SESSION: usize = 500;
/// The longest list.
pub const MAX_LIST: usize = 200;
