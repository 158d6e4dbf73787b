//! The device's database (IndexedDB): transcript, outbox, session, state of the dialogue.
//!
//! Nothing is written before the shopper has written something; opening alone creates empty stores.

use idb::{DatabaseEvent, Factory, KeyPath, ObjectStoreParams, Transaction, TransactionMode};
use js_sys::{JSON, Object, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use zg_proto::cli::StateRecord;
use zg_proto::port::Shown;
use zg_proto::stored::{OutboxEntry, Session};
use zg_sync::{LocalStore, StoreError};

const VERSION: u32 = 1;
const MESSAGES: &str = "messages";
const OUTBOX: &str = "outbox";
const SINGLE: &str = "single";
/// A transcript longer than this is read from its end.
const MAX_SHOWN: usize = 2_000;

#[wasm_bindgen]
extern "C" {
    /// An `IDBDatabase`, for the one thing that `idb` does not say.
    type Raw;
    #[wasm_bindgen(method, catch)]
    fn transaction(this: &Raw, store: &str, mode: &str, options: &JsValue) -> Result<JsValue, JsValue>;
}

/// One shop's database on this device.
pub struct Database {
    database: idb::Database,
    raw: Raw,
}

impl From<idb::Error> for Failure {
    fn from(error: idb::Error) -> Self {
        Self(StoreError(error.to_string()))
    }
}

/// A record by way of JSON, which the browser reads and writes natively: a second reader and writer of every type,
/// for its objects, would be part of what every visitor downloads.
fn record<T: DeserializeOwned>(value: &JsValue) -> Option<T> {
    let text = JSON::stringify(value).ok()?.as_string()?;
    zg_proto::from_json(&text).ok()
}

/// So that `?` works on errors of two other crates.
struct Failure(StoreError);

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

impl Database {
    /// Opens the database, making its stores where they are not there.
    ///
    /// # Errors
    /// The browser refuses one: a private window, a full disk, a page policy.
    pub async fn open(name: &str) -> Result<Self, StoreError> {
        Ok(Self::try_open(name).await?)
    }

    async fn try_open(name: &str) -> Result<Self, Failure> {
        let mut request = Factory::new()?.open(name, Some(VERSION))?;
        request.on_upgrade_needed(|event| {
            // A failure here fails the request itself, which is reported below.
            let Ok(database) = event.database() else { return };
            let keyed = |path: &str| {
                let mut params = ObjectStoreParams::new();
                params.key_path(Some(KeyPath::new_single(path)));
                params
            };
            let _ = database.create_object_store(MESSAGES, keyed("message.id"));
            let _ = database.create_object_store(OUTBOX, keyed("order"));
            let _ = database.create_object_store(SINGLE, ObjectStoreParams::new());
        });
        let raw: JsValue = request.await?.into();
        Ok(Self { database: raw.clone().try_into()?, raw: raw.unchecked_into() })
    }

    async fn all(&self, store: &str) -> Result<Vec<JsValue>, Failure> {
        let transaction = self.database.transaction(&[store], TransactionMode::ReadOnly)?;
        let values = transaction.object_store(store)?.get_all(None, None)?.await?;
        transaction.await?;
        Ok(values)
    }

    /// What waits to be sent is on the disk before it is shown as waiting (`durability: "strict"`, Indexed Database API 3.0):
    /// without that a browser says "done" when the system has it, and a power cut takes it away.
    fn writing(&self, store: &str) -> Result<Transaction, Failure> {
        if store == OUTBOX {
            let options = Object::new();
            // Setting a property of a fresh object cannot fail; a browser that does not know it passes it over.
            let _ = Reflect::set(&options, &"durability".into(), &"strict".into());
            if let Ok(transaction) = self.raw.transaction(store, "readwrite", &options) {
                return Ok(transaction.try_into()?);
            }
        }
        Ok(self.database.transaction(&[store], TransactionMode::ReadWrite)?)
    }

    async fn put<T: Serialize>(&self, store: &str, key: Option<&str>, value: &T) -> Result<(), Failure> {
        let value = JSON::parse(&zg_proto::to_json(value)).unwrap_or_default();
        let transaction = self.writing(store)?;
        let key = key.map(JsValue::from_str);
        transaction.object_store(store)?.put(&value, key.as_ref())?.await?;
        // The request's success is not the transaction's.
        transaction.commit()?.await?;
        Ok(())
    }

    async fn remove(&self, store: &str, key: JsValue) -> Result<(), Failure> {
        let transaction = self.database.transaction(&[store], TransactionMode::ReadWrite)?;
        transaction.object_store(store)?.delete(idb::Query::Key(key))?.await?;
        transaction.commit()?.await?;
        Ok(())
    }

    async fn single<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Failure> {
        let transaction = self.database.transaction(&[SINGLE], TransactionMode::ReadOnly)?;
        let value = transaction.object_store(SINGLE)?.get(idb::Query::Key(key.into()))?.await?;
        transaction.await?;
        Ok(value.as_ref().and_then(record))
    }

    async fn try_clear(&self) -> Result<(), Failure> {
        let transaction = self.database.transaction(&[MESSAGES, SINGLE, OUTBOX], TransactionMode::ReadWrite)?;
        for store in [MESSAGES, SINGLE, OUTBOX] {
            transaction.object_store(store)?.clear()?.await?;
        }
        transaction.commit()?.await?;
        Ok(())
    }
}

impl LocalStore for Database {
    async fn outbox(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        // The store's key is the order, and all of a store come in the order of their keys.
        // A record of a later version that cannot be read is passed over, not fatal.
        let read = |value: &JsValue| {
            let mut entry: OutboxEntry = record(value)?;
            // To the last bit: it is the key by which the entry is removed.
            entry.order = Reflect::get(value, &"order".into()).ok()?.as_f64()?;
            Some(entry)
        };
        Ok(self.all(OUTBOX).await?.iter().filter_map(read).collect())
    }

    async fn put_outbox(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        Ok(self.put(OUTBOX, None, entry).await?)
    }

    async fn remove_outbox(&self, order: f64) -> Result<(), StoreError> {
        Ok(self.remove(OUTBOX, order.into()).await?)
    }

    async fn session(&self) -> Result<Option<Session>, StoreError> {
        Ok(self.single("session").await?)
    }

    async fn put_session(&self, session: &Session) -> Result<(), StoreError> {
        Ok(self.put(SINGLE, Some("session"), session).await?)
    }

    async fn messages(&self) -> Result<Vec<Shown>, StoreError> {
        let mut messages: Vec<Shown> = self.all(MESSAGES).await?.iter().filter_map(record).collect();
        messages.sort_by(|a, b| a.order.total_cmp(&b.order));
        Ok(messages.split_off(messages.len().saturating_sub(MAX_SHOWN)))
    }

    async fn put_message(&self, shown: &Shown) -> Result<(), StoreError> {
        Ok(self.put(MESSAGES, None, shown).await?)
    }

    async fn state(&self) -> Result<StateRecord, StoreError> {
        Ok(self.single("state").await?.unwrap_or_default())
    }

    async fn put_state(&self, state: &StateRecord) -> Result<(), StoreError> {
        Ok(self.put(SINGLE, Some("state"), state).await?)
    }

    async fn clear(&self) -> Result<(), StoreError> {
        Ok(self.try_clear().await?)
    }
}
