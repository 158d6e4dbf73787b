//! The suite of `zg_sync::store::conformance` on IndexedDB, for `tests/browser/stores.test.mjs`. Nothing of it is shipped.

use wasm_bindgen::prelude::*;
use zg_sync::store::conformance::check;
use zg_web::Database;

/// Runs the suite on a database of this name, which must be new. Rejects with what was wrong, in words.
#[wasm_bindgen]
pub async fn stores(name: String) -> Result<(), JsValue> {
    let store = Database::open(&name).await.map_err(|error| JsValue::from_str(&error.to_string()))?;
    // Another connection to the same database: what another tab sees.
    check(store, async |_| Database::open(&name).await).await.map_err(|wrong| JsValue::from_str(&wrong))
}
