//! The database: stock, orders, coupons, points and the answers already given to an `Idempotency-Key`.
//!
//! One connection behind a lock: a demo shop has one writer, and a step is one transaction.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::account::{ACCOUNTS, Account, AccountId};
use crate::catalog::Catalog;
use crate::order::{Effect, Order};
use crate::problem::Problem;
use crate::rules::Refusal;

pub struct Store {
    connection: Mutex<Connection>,
}

/// Why the database did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file is damaged, locked or the disk is full. Look at the message; `--fresh` starts over.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A row was written by another version of the demo. Start it with `--fresh`.
    #[error("stored order: {0}")]
    Stored(#[from] serde_json::Error),
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    CREATE TABLE IF NOT EXISTS stock (variant TEXT PRIMARY KEY, quantity INTEGER NOT NULL CHECK (quantity >= 0)) STRICT;
    CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, points INTEGER NOT NULL CHECK (points >= 0)) STRICT;
    CREATE TABLE IF NOT EXISTS orders (no TEXT PRIMARY KEY, account INTEGER NOT NULL, placed_at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS orders_of_account ON orders (account, placed_at DESC);
    CREATE TABLE IF NOT EXISTS coupons (account INTEGER NOT NULL, code TEXT NOT NULL, claimed_at INTEGER NOT NULL, used_by TEXT, PRIMARY KEY (account, code)) STRICT;
    CREATE TABLE IF NOT EXISTS photos (order_no TEXT NOT NULL REFERENCES orders (no), at INTEGER NOT NULL, data TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS answers (account INTEGER NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (account, key)) STRICT;
";

impl Store {
    pub fn open(path: &Path, catalog: &Catalog) -> Result<Self, StoreError> {
        Self::prepare(Connection::open(path)?, catalog)
    }

    pub fn in_memory(catalog: &Catalog) -> Result<Self, StoreError> {
        Self::prepare(Connection::open_in_memory()?, catalog)
    }

    fn prepare(mut connection: Connection, catalog: &Catalog) -> Result<Self, StoreError> {
        connection.execute_batch(SCHEMA)?;
        let tx = connection.transaction()?;
        for (product, _) in catalog.documents() {
            for variant in &product.variants {
                tx.execute(
                    "INSERT OR IGNORE INTO stock (variant, quantity) VALUES (?1, ?2)",
                    params![variant.sku, variant.stock],
                )?;
            }
        }
        for account in ACCOUNTS {
            tx.execute(
                "INSERT OR IGNORE INTO accounts (id, points) VALUES (?1, ?2)",
                params![account.id.0, account.points],
            )?;
        }
        tx.commit()?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// A panic while the lock was held rolled its transaction back, so the connection is still sound.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `step` in a transaction; an error leaves the database as it was.
    pub fn transact<T, E: From<StoreError>>(&self, step: impl FnOnce(&Desk<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connection = self.lock();
        let tx = connection.transaction().map_err(StoreError::from)?;
        let value = step(&Desk { tx: &tx })?;
        tx.commit().map_err(StoreError::from)?;
        Ok(value)
    }
}

/// One transaction at the counter.
pub struct Desk<'a> {
    tx: &'a Transaction<'a>,
}

impl Desk<'_> {
    pub fn stock(&self, variant: &str) -> Result<i64, StoreError> {
        Ok(self
            .tx
            .query_row("SELECT quantity FROM stock WHERE variant = ?1", [variant], |row| row.get(0))
            .optional()?
            .unwrap_or(0))
    }

    pub fn points(&self, account: AccountId) -> Result<i64, StoreError> {
        Ok(self
            .tx
            .query_row("SELECT points FROM accounts WHERE id = ?1", [account.0], |row| row.get(0))
            .optional()?
            .unwrap_or(0))
    }

    pub fn has_orders(&self, account: AccountId) -> Result<bool, StoreError> {
        Ok(self
            .tx
            .query_row("SELECT EXISTS (SELECT 1 FROM orders WHERE account = ?1)", [account.0], |row| row.get(0))?)
    }

    pub fn no_orders_at_all(&self) -> Result<bool, StoreError> {
        Ok(self.tx.query_row("SELECT NOT EXISTS (SELECT 1 FROM orders)", [], |row| row.get(0))?)
    }

    /// Newest first.
    pub fn orders(&self, account: AccountId) -> Result<Vec<Order>, StoreError> {
        let mut statement =
            self.tx.prepare("SELECT body FROM orders WHERE account = ?1 ORDER BY placed_at DESC, no DESC")?;
        let rows = statement.query_map([account.0], |row| row.get::<_, String>(0))?;
        rows.map(|body| Ok(serde_json::from_str(&body?)?)).collect()
    }

    pub fn order(&self, no: &str, account: AccountId) -> Result<Option<Order>, StoreError> {
        let body: Option<String> = self
            .tx
            .query_row("SELECT body FROM orders WHERE no = ?1 AND account = ?2", params![no, account.0], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(body.map(|body| serde_json::from_str(&body)).transpose()?)
    }

    pub fn save(&self, order: &Order) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT INTO orders (no, account, placed_at, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (no) DO UPDATE SET body = excluded.body",
            params![order.no, order.account, order.placed_at.as_second(), serde_json::to_string(order)?],
        )?;
        Ok(())
    }

    /// `HM`, the day, and a number that counts up within it.
    pub fn next_no(&self, day: jiff::civil::Date) -> Result<String, StoreError> {
        let prefix = format!("HM{:04}{:02}{:02}", day.year(), day.month(), day.day());
        let last: Option<i64> = self.tx.query_row(
            "SELECT MAX(CAST(SUBSTR(no, 11) AS INTEGER)) FROM orders WHERE no LIKE ?1 || '%'",
            [&prefix],
            |row| row.get(0),
        )?;
        Ok(format!("{prefix}{:03}", last.unwrap_or(0) + 1))
    }

    /// Carries out what a step asked for. Not enough stock refuses the whole step.
    pub fn carry_out(&self, effects: &[Effect], order: &Order, now: Timestamp) -> Result<(), Problem> {
        for effect in effects {
            match effect {
                Effect::Restock { variant, quantity } => {
                    self.tx.execute(
                        "UPDATE stock SET quantity = quantity + ?2 WHERE variant = ?1",
                        params![variant, quantity],
                    )?;
                }
                Effect::Reserve { variant, quantity } => {
                    let taken = self.tx.execute(
                        "UPDATE stock SET quantity = quantity - ?2 WHERE variant = ?1 AND quantity >= ?2",
                        params![variant, quantity],
                    )?;
                    if taken == 0 {
                        return Err(Refusal::OutOfStock.into());
                    }
                }
                Effect::ReturnCoupon { code } => {
                    self.tx.execute(
                        "UPDATE coupons SET used_by = NULL WHERE account = ?1 AND code = ?2 AND used_by = ?3",
                        params![order.account, code, order.no],
                    )?;
                }
                Effect::ReturnPoints { points } => {
                    self.tx.execute(
                        "UPDATE accounts SET points = points + ?2 WHERE id = ?1",
                        params![order.account, points],
                    )?;
                }
                Effect::KeepPhotos { photos } => {
                    for photo in photos {
                        self.tx.execute(
                            "INSERT INTO photos (order_no, at, data) VALUES (?1, ?2, ?3)",
                            params![order.no, now.as_second(), photo],
                        )?;
                    }
                }
            }
        }
        Ok(())
    }

    pub fn spend_points(&self, account: AccountId, points: i64) -> Result<(), StoreError> {
        self.tx.execute("UPDATE accounts SET points = points - ?2 WHERE id = ?1", params![account.0, points])?;
        Ok(())
    }

    /// When the coupon was claimed, and the order that used it.
    pub fn claim_of(&self, account: AccountId, code: &str) -> Result<Option<(Timestamp, Option<String>)>, StoreError> {
        let row: Option<(i64, Option<String>)> = self
            .tx
            .query_row(
                "SELECT claimed_at, used_by FROM coupons WHERE account = ?1 AND code = ?2",
                params![account.0, code],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        Ok(row.map(|(at, used_by)| (Timestamp::from_second(at).unwrap_or(Timestamp::MIN), used_by)))
    }

    /// `false` when it was claimed before.
    pub fn claim(&self, account: &Account, code: &str, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.tx.execute(
            "INSERT OR IGNORE INTO coupons (account, code, claimed_at) VALUES (?1, ?2, ?3)",
            params![account.id.0, code, now.as_second()],
        )? == 1)
    }

    pub fn use_coupon(&self, account: AccountId, code: &str, order_no: &str) -> Result<(), StoreError> {
        self.tx.execute(
            "UPDATE coupons SET used_by = ?3 WHERE account = ?1 AND code = ?2",
            params![account.0, code, order_no],
        )?;
        Ok(())
    }

    /// Fingerprint of the request, status and body that were answered to this key.
    pub fn answer(&self, account: AccountId, key: &str) -> Result<Option<(String, u16, String)>, StoreError> {
        Ok(self
            .tx
            .query_row(
                "SELECT fingerprint, status, body FROM answers WHERE account = ?1 AND key = ?2",
                params![account.0, key],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?)
    }

    pub fn keep_answer(
        &self,
        account: AccountId,
        key: &str,
        fingerprint: &str,
        status: u16,
        body: &str,
    ) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT INTO answers (account, key, fingerprint, status, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![account.0, key, fingerprint, status, body],
        )?;
        Ok(())
    }
}
