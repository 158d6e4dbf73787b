//! [`Sql`] on a connection of SQLite, which answers at once.

use std::future::ready;

use futures_util::FutureExt as _;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ToSql, params_from_iter};
use zg_domain::{ConversationId, TenantId};

use super::row;
use crate::storage::sql::{Row, Sql, Value};
use crate::storage::{StorageError, Task};

pub(super) struct On<'c>(pub(super) &'c Connection);

/// Carries out what never waits.
pub(super) fn at_once<T>(work: impl Future<Output = Result<T, StorageError>>) -> Result<T, StorageError> {
    work.now_or_never().expect("SQLite answers at once")
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        };
        Ok(rusqlite::types::ToSqlOutput::Borrowed(value))
    }
}

impl On<'_> {
    fn rows(&self, sql: &str, parameters: Vec<Value>) -> Result<Vec<Row>, StorageError> {
        let mut statement = self.0.prepare_cached(&sql.replace('$', "?"))?;
        let n_columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(parameters))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let mut values = Vec::with_capacity(n_columns);
            for n in 0..n_columns {
                values.push(match row.get_ref(n)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => Value::Integer(number),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                    ValueRef::Real(_) => return Err(StorageError::Database("a column holds a fraction".to_owned())),
                });
            }
            found.push(Row(values));
        }
        Ok(found)
    }

    fn change(&self, sql: &str, parameters: Vec<Value>) -> Result<u64, StorageError> {
        let n_changed = self.0.prepare_cached(&sql.replace('$', "?"))?.execute(params_from_iter(parameters))?;
        Ok(n_changed as u64)
    }
}

impl Sql for On<'_> {
    fn query<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> Task<'a, Vec<Row>> {
        Box::pin(ready(self.rows(sql, parameters)))
    }

    fn execute<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> Task<'a, u64> {
        Box::pin(ready(self.change(sql, parameters)))
    }

    fn lock_profiles<'a>(&'a self, _: &TenantId) -> Task<'a, ()> {
        // There is one writer.
        Box::pin(ready(Ok(())))
    }

    fn lock_conversation<'a>(&'a self, tenant: &TenantId, id: &ConversationId) -> Task<'a, bool> {
        Box::pin(ready(row::load(self.0, tenant, id).map(|row| row.is_some())))
    }
}
