//! PostgreSQL as the beginning or the end of a transfer.

use futures_util::{TryStreamExt as _, pin_mut};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, IsolationLevel, Transaction};

use super::sqlite::Seal;
use super::{Item, Items, OWN_TABLES, Outlet, Summary, TransferError, Value, check_name, gone};
use crate::storage::postgres::{Settings, broken, schema};

struct Column {
    name: String,
    kind: Type,
}

struct Table {
    name: String,
    /// In the order of their names.
    columns: Vec<Column>,
}

/// Names and kinds, of this schema alone.
async fn tables(transaction: &Transaction<'_>) -> Result<Vec<Table>, TransferError> {
    let rows = transaction
        .query(
            "SELECT c.table_name::text, c.column_name::text, c.data_type::text FROM information_schema.columns c
             JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
             ORDER BY c.table_name = 'sessions', c.table_name::text COLLATE \"C\", c.column_name::text COLLATE \"C\"",
            &[],
        )
        .await?;
    let mut tables: Vec<Table> = Vec::new();
    for row in &rows {
        let (table, name, kind): (String, String, &str) = (row.get(0), row.get(1), row.get(2));
        if OWN_TABLES.contains(&table.as_str()) {
            continue;
        }
        check_name(&table)?;
        check_name(&name)?;
        let kind = match kind {
            "text" => Type::TEXT,
            "bigint" => Type::INT8,
            "bytea" => Type::BYTEA,
            other => return Err(TransferError::Newer(format!("{table}.{name} of type {other}"))),
        };
        match tables.last_mut().filter(|last| last.name == table) {
            Some(last) => last.columns.push(Column { name, kind }),
            None => tables.push(Table { name: table, columns: vec![Column { name, kind }] }),
        }
    }
    Ok(tables)
}

async fn each_row(
    transaction: &Transaction<'_>,
    table: &str,
    columns: &[&Column],
    mut each: impl AsyncFnMut(Vec<Value>) -> Result<(), TransferError>,
) -> Result<(), TransferError> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let rows = transaction
        .query_raw(&format!("SELECT {} FROM {table}", names.join(", ")), std::iter::empty::<&(dyn ToSql + Sync)>())
        .await?;
    pin_mut!(rows);
    while let Some(row) = rows.try_next().await? {
        let mut values = Vec::with_capacity(columns.len());
        for (n, column) in columns.iter().enumerate() {
            values.push(match column.kind {
                Type::INT8 => row.get::<_, Option<i64>>(n).map_or(Value::Null, Value::Integer),
                Type::BYTEA => row.get::<_, Option<Vec<u8>>>(n).map_or(Value::Null, Value::Blob),
                _ => row.get::<_, Option<String>>(n).map_or(Value::Null, Value::Text),
            });
        }
        each(values).await?;
    }
    Ok(())
}

pub(super) async fn read(settings: &Settings, outlet: Outlet) -> Result<(), TransferError> {
    let mut client = settings.connect().await?;
    schema::check_version(&client).await?;
    // One moment of all tables, however long it takes to read them.
    let transaction =
        client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
    let exists: bool = transaction
        .query_one("SELECT to_regclass(quote_ident(current_schema()) || '.conversations') IS NOT NULL", &[])
        .await?
        .get(0);
    if !exists {
        return Err(TransferError::NoDatabase("the PostgreSQL schema".to_owned()));
    }
    let epoch = transaction.query_one("SELECT value FROM meta WHERE key = 'epoch'", &[]).await?.get(0);
    outlet.send(Item::Epoch(epoch)).await.map_err(gone)?;
    for table in tables(&transaction).await? {
        let columns = table.columns.iter().map(|column| column.name.clone()).collect();
        outlet.send(Item::Table { name: table.name.clone(), columns }).await.map_err(gone)?;
        let columns: Vec<&Column> = table.columns.iter().collect();
        each_row(&transaction, &table.name, &columns, async |values| {
            outlet.send(Item::Row(values)).await.map_err(gone)
        })
        .await?;
    }
    outlet.send(Item::End).await.map_err(gone)
}

/// Takes everything in one transaction. `epoch` names the history anew; without it the source's name goes on.
pub(super) async fn write(
    settings: &Settings,
    mut items: Items,
    epoch: Option<String>,
    seal: Option<Seal>,
) -> Result<Summary, TransferError> {
    let mut client = settings.connect().await?;
    schema::check_version(&client).await?;
    schema::migrate(&mut client).await?;
    let transaction = client.transaction().await?;
    let known = tables(&transaction).await?;
    for table in &known {
        transaction.batch_execute(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", table.name)).await?;
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", table.name);
        if transaction.query_one(&sql, &[]).await?.get(0) {
            return Err(TransferError::NotEmpty(table.name.clone()));
        }
    }
    let mut summary = Summary::default();
    let mut came: Vec<(&Table, Vec<&Column>)> = Vec::new();
    let mut next = items.recv().await;
    loop {
        match next.take().ok_or_else(|| gone(()))? {
            Item::Epoch(source) => {
                summary.epoch = epoch.clone().unwrap_or(source);
                next = items.recv().await;
            }
            Item::Table { name, columns } => {
                let newer = |what: &str| TransferError::Newer(what.to_owned());
                let table = known.iter().find(|table| table.name == name).ok_or_else(|| newer(&name))?;
                let columns = columns
                    .iter()
                    .map(|column| table.columns.iter().find(|have| have.name == *column).ok_or_else(|| newer(column)))
                    .collect::<Result<Vec<_>, _>>()?;
                summary.table(&name);
                next = copy(&transaction, &mut items, (table, &columns), &mut summary).await?;
                came.push((table, columns));
            }
            Item::Row(_) => return Err(gone(())),
            Item::End => break,
        }
    }
    let mut written = Summary::default();
    for (table, columns) in &came {
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        each_row(&transaction, &table.name, columns, async |values| {
            written.row(&table.name, &names, &values);
            Ok(())
        })
        .await?;
    }
    summary.check(&written)?;
    transaction.execute("UPDATE meta SET value = $1 WHERE key = 'epoch'", &[&summary.epoch]).await?;
    if let Some(seal) = seal {
        // Before our commit: should it fail, the old database is closed and complete, and this may be tried again.
        seal.close().await?;
    }
    transaction.commit().await?;
    Ok(summary)
}

/// Takes the rows of one table, and gives what follows them.
async fn copy(
    transaction: &Transaction<'_>,
    items: &mut Items,
    (table, columns): (&Table, &[&Column]),
    summary: &mut Summary,
) -> Result<Option<Item>, TransferError> {
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let kinds: Vec<Type> = columns.iter().map(|column| column.kind.clone()).collect();
    let sql = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", table.name, names.join(", "));
    let writer = BinaryCopyInWriter::new(transaction.copy_in(&sql).await?, &kinds);
    pin_mut!(writer);
    loop {
        let next = items.recv().await;
        let Some(Item::Row(mut values)) = next else {
            writer.finish().await?;
            return Ok(next);
        };
        for (value, kind) in values.iter_mut().zip(&kinds) {
            let fits = match value {
                Value::Null => true,
                Value::Integer(_) => *kind == Type::INT8,
                Value::Text(text) => {
                    // The one character that a text here cannot hold.
                    if text.contains('\0') {
                        *text = text.replace('\0', "\u{fffd}");
                    }
                    *kind == Type::TEXT
                }
                Value::Blob(_) => *kind == Type::BYTEA,
            };
            if !fits {
                return Err(TransferError::Damaged(format!("a value of {} is of another kind", table.name)));
            }
        }
        summary.row(&table.name, &names, &values);
        let row = values.iter().zip(&kinds).map(|(value, kind)| {
            let value: &(dyn ToSql + Sync) = match (value, kind) {
                (Value::Integer(number), _) => number,
                (Value::Text(text), _) => text,
                (Value::Blob(bytes), _) => bytes,
                (Value::Null, &Type::INT8) => &None::<i64>,
                (Value::Null, &Type::BYTEA) => &None::<Vec<u8>>,
                (Value::Null, _) => &None::<String>,
            };
            value
        });
        writer.as_mut().write_raw(row).await?;
    }
}

impl Settings {
    /// One connection outside of the pool, on which a statement may take as long as it takes.
    async fn connect(&self) -> Result<Client, TransferError> {
        let (client, connection) = self.driver()?.connect(self.tls()?).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = %broken(error), "the connection to PostgreSQL is lost");
            }
        });
        Ok(client)
    }
}
