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
mod recommend;
mod remedies;
mod serving;
mod session;
mod simulation;
mod storage;
mod storm;
mod support;
mod tenancy;
mod transfer;

/// Runs of the simulation; each opens its database some ten times.
const SEEDS: u64 = 40;

/// SQLite, in the test's folder. `tests/postgres` runs the same tests against PostgreSQL.
fn storage_of(_: &support::Folder) -> Option<zg_server::storage::settings::Shared> {
    None
}

/// Empties the database of a test that is not in its folder.
fn empty(_: &zg_server::Config) {}
