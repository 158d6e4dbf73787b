//! The view, from the outside in.

mod card;
mod composer;
mod header;
mod icon;
mod message;
mod panel;
mod privacy;
mod transcript;
mod welcome;

pub use panel::Panel;
