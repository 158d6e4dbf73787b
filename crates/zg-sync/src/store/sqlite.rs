//! The store of a client that is no browser: a kiosk, a gateway of another channel, a test.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};
use zg_proto::cli::StateRecord;
use zg_proto::port::Shown;
use zg_proto::stored::{OutboxEntry, Session};
use zg_proto::{from_json, to_json};

use super::{LocalStore, StoreError};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS outbox (place REAL PRIMARY KEY, entry TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, place REAL NOT NULL, shown TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS singles (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;";

/// A file of its own. Every change is on the disk when its method returns.
pub struct SqliteStore(Connection);

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl SqliteStore {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// The file cannot be written, or is no database.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        // What waits to be sent outlives a power cut.
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "secure_delete", "on")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(connection))
    }

    /// Records of a later release that cannot be read are passed over, not fatal.
    fn all<T: zg_proto::DeserializeOwned>(&self, query: &str) -> Result<Vec<T>, StoreError> {
        let mut statement = self.0.prepare_cached(query)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let mut records = Vec::new();
        for text in rows {
            records.extend(from_json(&text?));
        }
        Ok(records)
    }

    fn single<T: zg_proto::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let text = self
            .0
            .prepare_cached("SELECT value FROM singles WHERE name = ?1")?
            .query_row([name], |row| row.get::<_, String>(0))
            .optional()?;
        Ok(text.and_then(|text| from_json(&text).ok()))
    }

    fn put_single(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.0
            .prepare_cached("INSERT OR REPLACE INTO singles (name, value) VALUES (?1, ?2)")?
            .execute([name, value])?;
        Ok(())
    }
}

impl LocalStore for SqliteStore {
    async fn outbox(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        self.all("SELECT entry FROM outbox ORDER BY place")
    }

    async fn put_outbox(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        self.0
            .prepare_cached("INSERT OR REPLACE INTO outbox (place, entry) VALUES (?1, ?2)")?
            .execute(params![entry.order, to_json(entry)])?;
        Ok(())
    }

    async fn remove_outbox(&self, order: f64) -> Result<(), StoreError> {
        self.0.prepare_cached("DELETE FROM outbox WHERE place = ?1")?.execute([order])?;
        Ok(())
    }

    async fn session(&self) -> Result<Option<Session>, StoreError> {
        self.single("session")
    }

    async fn put_session(&self, session: &Session) -> Result<(), StoreError> {
        self.put_single("session", &to_json(session))
    }

    async fn messages(&self) -> Result<Vec<Shown>, StoreError> {
        self.all("SELECT shown FROM messages ORDER BY place, id")
    }

    async fn put_message(&self, shown: &Shown) -> Result<(), StoreError> {
        self.0
            .prepare_cached("INSERT OR REPLACE INTO messages (id, place, shown) VALUES (?1, ?2, ?3)")?
            .execute(params![shown.message.id, shown.order, to_json(shown)])?;
        Ok(())
    }

    async fn state(&self) -> Result<StateRecord, StoreError> {
        Ok(self.single("state")?.unwrap_or_default())
    }

    async fn put_state(&self, state: &StateRecord) -> Result<(), StoreError> {
        self.put_single("state", &to_json(state))
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.0.execute_batch("BEGIN; DELETE FROM outbox; DELETE FROM messages; DELETE FROM singles; COMMIT;")?;
        // Forgotten by the log, too.
        self.0.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}
