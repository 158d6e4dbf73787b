//! SQL that both databases read: what is rare enough to be written once.
//!
//! Parameters are `$1`, `$2`, …; types are text, whole numbers and bytes. What is asked of every message has its own words in
//! either storage, because there each database has a way of its own to be fast.

use zg_domain::{ConversationId, TenantId};

use super::{StorageError, Task};

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Of a column of text: PostgreSQL asks of which kind nothing is.
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::from)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

/// A row of an answer.
pub(super) struct Row(pub(super) Vec<Value>);

impl Row {
    fn at(&self, n: usize) -> Result<&Value, StorageError> {
        self.0.get(n).ok_or_else(|| StorageError::Database(format!("column {n} is missing")))
    }

    pub(super) fn text(&self, n: usize) -> Result<String, StorageError> {
        self.maybe_text(n)?.ok_or_else(|| StorageError::Database(format!("column {n} is empty")))
    }

    pub(super) fn maybe_text(&self, n: usize) -> Result<Option<String>, StorageError> {
        match self.at(n)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text.clone())),
            _ => Err(StorageError::Database(format!("column {n} is no text"))),
        }
    }

    pub(super) fn integer(&self, n: usize) -> Result<i64, StorageError> {
        self.maybe_integer(n)?.ok_or_else(|| StorageError::Database(format!("column {n} is empty")))
    }

    pub(super) fn maybe_integer(&self, n: usize) -> Result<Option<i64>, StorageError> {
        match self.at(n)? {
            Value::Null => Ok(None),
            Value::Integer(number) => Ok(Some(*number)),
            _ => Err(StorageError::Database(format!("column {n} is no number"))),
        }
    }

    pub(super) fn blob(&self, n: usize) -> Result<Vec<u8>, StorageError> {
        match self.at(n)? {
            Value::Blob(bytes) => Ok(bytes.clone()),
            _ => Err(StorageError::Database(format!("column {n} holds no bytes"))),
        }
    }
}

/// A connection, inside a transaction wherever something is written.
pub(super) trait Sql {
    fn query<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> Task<'a, Vec<Row>>;
    /// Gives the number of rows that were changed.
    fn execute<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> Task<'a, u64>;
    /// Holds off everyone else who writes profiles of the tenant, until the transaction is over.
    fn lock_profiles<'a>(&'a self, tenant: &TenantId) -> Task<'a, ()>;
    /// Holds off everyone else who writes the conversation, likewise; after the profiles, where both are held.
    /// `false` where there is none, or it was erased.
    fn lock_conversation<'a>(&'a self, tenant: &TenantId, id: &ConversationId) -> Task<'a, bool>;
}

/// One number.
pub(super) async fn count<S: Sql>(sql: &S, query: &'static str, parameters: Vec<Value>) -> Result<i64, StorageError> {
    sql.query(query, parameters).await?.first().map_or(Ok(0), |row| row.integer(0))
}
