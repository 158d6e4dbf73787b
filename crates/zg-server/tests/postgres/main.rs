//! The tests of `tests/it`, all of them, against PostgreSQL; and what only several processes or a broken connection show.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../it/backoffice.rs"]
mod backoffice;
#[path = "../it/desk.rs"]
mod desk;
#[path = "../it/erase.rs"]
mod erase;
#[path = "../it/events.rs"]
mod events;
#[path = "../it/hostile.rs"]
mod hostile;
#[path = "../it/identity.rs"]
mod identity;
#[path = "../it/images.rs"]
mod images;
#[path = "../it/limits.rs"]
mod limits;
#[path = "../it/matrix.rs"]
mod matrix;
#[path = "../it/messages.rs"]
mod messages;
#[path = "../it/operations.rs"]
mod operations;
#[path = "../it/profiles.rs"]
mod profiles;
#[path = "../it/recommend.rs"]
mod recommend;
#[path = "../it/remedies.rs"]
mod remedies;
#[path = "../it/serving.rs"]
mod serving;
#[path = "../it/session.rs"]
mod session;
#[path = "../it/simulation.rs"]
mod simulation;
#[path = "../it/storage.rs"]
mod storage;
#[path = "../it/support.rs"]
mod support;
#[path = "../it/tenancy.rs"]
mod tenancy;
#[path = "../it/transfer.rs"]
mod transfer;

mod broken;
mod group;
mod migrate;
mod several;

use std::sync::LazyLock;

use zg_harness::services::{Cluster, may_skip, postgres_programs};
use zg_server::storage::postgres::Settings;
use zg_server::storage::settings::Shared;

/// Runs of the simulation; each opens its database some ten times.
const SEEDS: u64 = 8;

/// One for all tests; each has a schema of its own in it.
pub static CLUSTER: LazyLock<Option<Cluster>> = LazyLock::new(|| {
    if postgres_programs().is_none() && may_skip("PostgreSQL") {
        return None;
    }
    Some(Cluster::start(false).unwrap())
});

/// A schema for the test of this folder; where there is no PostgreSQL, SQLite once more.
fn storage_of(folder: &support::Folder) -> Option<Shared> {
    let cluster = CLUSTER.as_ref()?;
    let schema = folder.0.file_name().unwrap().to_str().unwrap().replace('-', "_");
    cluster.sql(&format!("CREATE SCHEMA IF NOT EXISTS {schema}")).unwrap();
    Some(shared(&cluster.url(&schema)))
}

pub fn shared(url: &str) -> Shared {
    let postgres = Settings { connections: 8, ..Settings::new(url) };
    Shared { postgres, nats: None }
}

/// Empties the database of a test.
fn empty(config: &zg_server::Config) {
    let (Some(cluster), Some(shared)) = (CLUSTER.as_ref(), &config.storage) else { return };
    let schema = shared.postgres.url.rsplit("%3D").next().unwrap();
    cluster.sql(&format!("DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}")).unwrap();
}

fn schema_of(app: &support::TestApp) -> String {
    app.folder.0.file_name().unwrap().to_str().unwrap().replace('-', "_")
}

/// Every row of every table of a test, as text; where there is no PostgreSQL, the files.
fn everything(app: &support::TestApp) -> Vec<u8> {
    let Some(cluster) = CLUSTER.as_ref() else {
        let files = std::fs::read_dir(&app.folder.0).unwrap();
        return files.flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
    };
    let schema = schema_of(app);
    let tables = cluster
        .sql(&format!("SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}'"))
        .unwrap();
    assert!(tables.lines().count() > 10, "{tables}");
    let rows = tables.lines().map(|table| cluster.sql(&format!("SELECT t::text FROM {schema}.{table} t")).unwrap());
    rows.collect::<String>().into_bytes()
}

/// Writes to the database of a test, past the server.
fn change(app: &support::TestApp, sql: &str) {
    match CLUSTER.as_ref() {
        Some(cluster) => {
            cluster.sql(&format!("SET search_path = {}; {sql}", schema_of(app))).unwrap();
        }
        None => {
            let connection = rusqlite::Connection::open(app.folder.0.join("zhanggui.sqlite3")).unwrap();
            connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
            connection.execute(sql, []).unwrap();
        }
    }
}
