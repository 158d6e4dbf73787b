//! Every store that runs here passes the suite; IndexedDB does so in the browser (`tests/browser/stores.test.mjs`).

use zg_sync::store::MemoryStore;
use zg_sync::store::conformance::check;
use zg_sync::store::sqlite::SqliteStore;

use crate::run;

#[test]
fn memory_is_a_store() {
    run(check(MemoryStore::default(), async |store| Ok(store))).unwrap_or_else(|wrong| panic!("{wrong}"));
}

#[test]
fn sqlite_is_a_store_that_outlives_its_process() {
    let path = std::env::temp_dir().join(format!("zg-sync-{}.sqlite3", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let store = SqliteStore::open(&path).expect("a folder for temporary files");
    let reopen = async |store: SqliteStore| {
        drop(store);
        SqliteStore::open(&path)
    };
    run(check(store, reopen)).unwrap_or_else(|wrong| panic!("{wrong}"));
    let _ = std::fs::remove_file(&path);
}

#[test]
fn the_suite_finds_a_store_that_forgets_or_disorders() {
    // Forgets with each restart.
    let forgets = run(check(MemoryStore::default(), async |_| Ok(MemoryStore::default())));
    assert!(forgets.is_err_and(|wrong| wrong.contains("the order of the outbox")));
}
