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
mod profiles;
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

/// Every byte of the database of a test: the file, and what stands beside it.
fn everything(app: &support::TestApp) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(&app.folder.0).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    bytes
}

/// Writes to the database of a test, past the server.
fn change(app: &support::TestApp, sql: &str) {
    let connection = rusqlite::Connection::open(app.folder.0.join("zhanggui.sqlite3")).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    connection.execute(sql, []).unwrap();
}
