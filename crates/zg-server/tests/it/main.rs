//! The server through its interface. Each test has a database and a clock of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod backoffice;
mod console;
mod desk;
mod erase;
mod events;
mod files;
mod hostile;
mod identity;
mod images;
mod limits;
mod matrix;
mod messages;
mod operations;
mod remedies;
mod serving;
mod session;
mod simulation;
mod storm;
mod support;
mod tenancy;
