//! Events, products and lists, in SQL.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension as _, params};
use zg_domain::{TenantId, Timestamp};
use zg_proto::recommendation::{CatalogChanges, CatalogProduct};

use super::{Sqlite, parts};
use crate::storage::shop::{
    EventKind, EventRow, Known, LoggedEvent, NewEvents, NewProduct, ShopLog, Visitor, product, told, word,
};
use crate::storage::{StorageError, Task};

/// Rows that are written together with what others write; more are written in parts.
const SHORT: usize = 16;

/// Takes `n` numbers of a log and gives the one before them.
fn numbers(connection: &Connection, tenant: &TenantId, log: &str, n: usize) -> Result<i64, StorageError> {
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    let sql = format!(
        "INSERT INTO shop_counters (tenant, {log}) VALUES (?1, ?2)
         ON CONFLICT (tenant) DO UPDATE SET {log} = {log} + ?2 RETURNING {log} - ?2"
    );
    Ok(connection.prepare_cached(&sql)?.query_row(params![tenant.as_str(), n], |row| row.get(0))?)
}

const INSERT: &str = "INSERT INTO shop_events
        (tenant, seq, visitor, id, kind, item, at, received_at, request, slot, reason, context, vouched, counted)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT DO NOTHING";

fn add_events(
    connection: &Connection,
    tenant: &TenantId,
    (new, part): (&NewEvents, Range<usize>),
    now: Timestamp,
) -> Result<Vec<bool>, StorageError> {
    let events = &new.events[part];
    let mut seq = numbers(connection, tenant, "events", events.len())?;
    let mut insert = connection.prepare_cached(INSERT)?;
    let mut taken = Vec::with_capacity(events.len());
    for event in events {
        seq += 1;
        let n = insert.execute(params![
            tenant.as_str(),
            seq,
            new.visitor.as_slice(),
            event.id,
            event.kind.word(),
            event.item,
            event.at,
            now.as_millis(),
            event.request,
            event.slot,
            event.reason.as_ref().map(word),
            event.context.as_ref().map(word),
            i64::from(new.vouched),
            i64::from(event.counted),
        ])?;
        taken.push(n == 1);
    }
    Ok(taken)
}

fn events_after(
    connection: &Connection,
    tenant: &TenantId,
    after: u64,
    limit: u32,
) -> Result<Vec<LoggedEvent>, StorageError> {
    let mut select = connection.prepare_cached(
        "SELECT seq, visitor, id, kind, item, at, received_at, request, slot, reason, context, vouched, counted
         FROM shop_events WHERE tenant = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )?;
    let rows = select.query_map(params![tenant.as_str(), after, limit], |row| {
        Ok(EventRow {
            seq: row.get(0)?,
            visitor: row.get(1)?,
            id: row.get(2)?,
            kind: row.get(3)?,
            item: row.get(4)?,
            at: row.get(5)?,
            received_at: row.get(6)?,
            request: row.get(7)?,
            slot: row.get(8)?,
            reason: row.get(9)?,
            context: row.get(10)?,
            vouched: row.get(11)?,
            counted: row.get(12)?,
        })
    })?;
    rows.map(|row| row?.read()).collect()
}

fn erase(connection: &Connection, tenant: &TenantId, visitor: Visitor, now: Timestamp) -> Result<u64, StorageError> {
    let n = connection
        .prepare_cached("DELETE FROM shop_events WHERE tenant = ?1 AND visitor = ?2 AND kind <> 'erased'")?
        .execute(params![tenant.as_str(), visitor.as_slice()])?;
    let seq = numbers(connection, tenant, "events", 1)? + 1;
    connection.prepare_cached(INSERT)?.execute(params![
        tenant.as_str(),
        seq,
        visitor.as_slice(),
        format!("erased-{seq}"),
        EventKind::Erased.word(),
        "",
        now.as_millis(),
        now.as_millis(),
        None::<String>,
        None::<i64>,
        None::<String>,
        None::<String>,
        0,
        0,
    ])?;
    Ok(n as u64)
}

fn put_products(
    connection: &Connection,
    tenant: &TenantId,
    products: &[NewProduct],
) -> Result<CatalogChanges, StorageError> {
    let mut seq = numbers(connection, tenant, "products", products.len())?;
    let mut select =
        connection.prepare_cached("SELECT data, digest FROM shop_products WHERE tenant = ?1 AND item = ?2")?;
    let mut upsert = connection.prepare_cached(
        "INSERT INTO shop_products (tenant, item, seq, digest, data) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (tenant, item) DO UPDATE SET seq = ?3, digest = ?4, data = ?5",
    )?;
    let mut changes = CatalogChanges::default();
    for new in products {
        seq += 1;
        let item = &new.product.item.0;
        let found: Option<(String, Option<Vec<u8>>)> =
            select.query_row(params![tenant.as_str(), item], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let known: Option<Known> =
            found.map(|(data, digest)| Ok::<_, StorageError>((product(&data)?, digest))).transpose()?;
        if let Some((product, digest)) = told(known.as_ref(), new, &mut changes) {
            upsert.execute(params![tenant.as_str(), item, seq, digest, zg_proto::to_json(&product)])?;
        }
    }
    Ok(changes)
}

impl ShopLog for Sqlite {
    fn add_events(&self, tenant: &TenantId, events: NewEvents, now: Timestamp) -> Task<'_, Vec<bool>> {
        let tenant = tenant.clone();
        let parts = parts(events.events.len(), SHORT, |_| 1);
        let taken =
            self.write_parts(parts, move |connection, part, _| add_events(connection, &tenant, (&events, part), now));
        Box::pin(async move { Ok(taken.await?.concat()) })
    }

    fn events_after(&self, tenant: &TenantId, after: u64, limit: u32) -> Task<'_, Vec<LoggedEvent>> {
        let tenant = tenant.clone();
        self.read(move |connection| events_after(connection, &tenant, after, limit))
    }

    fn erase_visitor(&self, tenant: &TenantId, visitor: Visitor, now: Timestamp) -> Task<'_, u64> {
        let tenant = tenant.clone();
        self.write_long(move |connection, effects| {
            let n_erased = erase(connection, &tenant, visitor, now)?;
            // Nobody's events need no log to be emptied: anybody may ask for that.
            effects.erased = n_erased > 0;
            Ok(n_erased)
        })
    }

    fn put_products(&self, tenant: &TenantId, products: Vec<NewProduct>) -> Task<'_, CatalogChanges> {
        let tenant = tenant.clone();
        let parts = parts(products.len(), SHORT, |_| 1);
        let entered =
            self.write_parts(parts, move |connection, part, _| put_products(connection, &tenant, &products[part]));
        Box::pin(async move {
            let mut all = CatalogChanges::default();
            entered.await?.into_iter().for_each(|one| all += one);
            Ok(all)
        })
    }

    fn products_after(&self, tenant: &TenantId, after: u64, limit: u32) -> Task<'_, Vec<(u64, CatalogProduct)>> {
        let tenant = tenant.clone();
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT seq, data FROM shop_products WHERE tenant = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            )?;
            let rows = select.query_map(params![tenant.as_str(), after, limit], |row| {
                Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?))
            })?;
            rows.map(|row| row.map_err(StorageError::from).and_then(|(seq, data)| Ok((seq, product(&data)?)))).collect()
        })
    }

    fn fed_products(&self, tenant: &TenantId) -> Task<'_, Vec<(String, Vec<u8>)>> {
        let tenant = tenant.clone();
        self.read(move |connection| {
            let mut select = connection
                .prepare_cached("SELECT item, digest FROM shop_products WHERE tenant = ?1 AND digest IS NOT NULL")?;
            let rows = select.query_map([tenant.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn add_lists(&self, tenant: &TenantId, lines: String, now: Timestamp) -> Task<'_, ()> {
        let tenant = tenant.clone();
        self.write(move |connection, _| {
            let seq = numbers(connection, &tenant, "lists", 1)? + 1;
            connection
                .prepare_cached("INSERT INTO shop_lists (tenant, seq, at, lines) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![tenant.as_str(), seq, now.as_millis(), lines])?;
            Ok(())
        })
    }

    fn lists_after(&self, tenant: &TenantId, after: u64, limit: u32) -> Task<'_, Vec<(u64, String)>> {
        let tenant = tenant.clone();
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT seq, lines FROM shop_lists WHERE tenant = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            )?;
            let rows =
                select.query_map(params![tenant.as_str(), after, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn forget_before(&self, tenant: &TenantId, before: Timestamp) -> Task<'_, ()> {
        let tenant = tenant.clone();
        self.write_long(move |connection, _| {
            for sql in [
                "DELETE FROM shop_events WHERE tenant = ?1 AND received_at < ?2",
                "DELETE FROM shop_lists WHERE tenant = ?1 AND at < ?2",
            ] {
                connection.prepare_cached(sql)?.execute(params![tenant.as_str(), before.as_millis()])?;
            }
            Ok(())
        })
    }
}
