//! [`Sql`] on a connection of PostgreSQL, or inside a transaction.

use deadpool_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use zg_domain::{ConversationId, TenantId};

use super::{broken, clean};
use crate::storage::sql::{Row, Sql, Value};
use crate::storage::{StorageError, Task};

pub(super) struct On<'c, C>(pub(super) &'c C);

/// Texts without the one character that they cannot hold here.
fn cleaned(mut parameters: Vec<Value>) -> Vec<Value> {
    for parameter in &mut parameters {
        if let Value::Text(text) = parameter
            && text.contains('\0')
        {
            *text = clean(text);
        }
    }
    parameters
}

fn bound(parameters: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    let bind = |value| -> &(dyn ToSql + Sync) {
        match value {
            &Value::Null => &None::<String>,
            Value::Integer(number) => number,
            Value::Text(text) => text,
            Value::Blob(bytes) => bytes,
        }
    };
    parameters.iter().map(bind).collect()
}

fn read(row: &tokio_postgres::Row) -> Result<Row, StorageError> {
    let columns = row.columns().iter().enumerate();
    let values = columns.map(|(n, column)| {
        Ok(match *column.type_() {
            Type::INT8 => row.get::<_, Option<i64>>(n).map_or(Value::Null, Value::Integer),
            Type::BYTEA => row.get::<_, Option<Vec<u8>>>(n).map_or(Value::Null, Value::Blob),
            Type::TEXT => row.get::<_, Option<String>>(n).map_or(Value::Null, Value::Text),
            ref other => return Err(StorageError::Database(format!("a column is of the type {other}"))),
        })
    });
    values.collect::<Result<_, _>>().map(Row)
}

impl<C: GenericClient + Sync> Sql for On<'_, C> {
    fn query<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> Task<'a, Vec<Row>> {
        Box::pin(async move {
            let parameters = cleaned(parameters);
            let statement = self.0.prepare_cached(sql).await.map_err(broken)?;
            let rows = self.0.query(&statement, &bound(&parameters)).await.map_err(broken)?;
            rows.iter().map(read).collect()
        })
    }

    fn execute<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> Task<'a, u64> {
        Box::pin(async move {
            let parameters = cleaned(parameters);
            let statement = self.0.prepare_cached(sql).await.map_err(broken)?;
            self.0.execute(&statement, &bound(&parameters)).await.map_err(broken)
        })
    }

    fn lock_profiles<'a>(&'a self, tenant: &TenantId) -> Task<'a, ()> {
        let tenant = tenant.clone();
        Box::pin(async move {
            let lock = "SELECT pg_advisory_xact_lock(hashtextextended('zhanggui profiles ' || current_schema() || ' ' || $1, 0))";
            let statement = self.0.prepare_cached(lock).await.map_err(broken)?;
            self.0.query(&statement, &[&tenant.as_str()]).await.map_err(broken)?;
            Ok(())
        })
    }

    fn lock_conversation<'a>(&'a self, tenant: &TenantId, id: &ConversationId) -> Task<'a, bool> {
        let (tenant, id) = (tenant.clone(), id.clone());
        Box::pin(async move {
            let lock = "SELECT id FROM conversations WHERE tenant = $1 AND id = $2 AND erased_at IS NULL FOR UPDATE";
            let statement = self.0.prepare_cached(lock).await.map_err(broken)?;
            let row = self.0.query_opt(&statement, &[&tenant.as_str(), &id.as_str()]).await.map_err(broken)?;
            Ok(row.is_some())
        })
    }
}
