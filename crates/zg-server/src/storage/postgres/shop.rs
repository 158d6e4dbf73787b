//! Events, products and lists, in SQL. Whole batches travel as arrays: a round trip for each event would be hundreds.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use zg_domain::{TenantId, Timestamp};
use zg_proto::recommendation::{CatalogChanges, CatalogProduct};

use super::{Postgres, broken, clean, unconnected};
use crate::storage::shop::{
    EventKind, EventRow, Known, LoggedEvent, NewEvents, NewProduct, ShopLog, Visitor, product, told, word,
};
use crate::storage::{StorageError, Task};

/// Takes `n` numbers of a log and gives the one before them. The row is held until the end of the transaction: numbers become
/// visible in their order.
async fn numbers(transaction: &Transaction<'_>, tenant: &TenantId, log: &str, n: usize) -> Result<i64, StorageError> {
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    let sql = format!(
        "INSERT INTO shop_counters AS c (tenant, {log}) VALUES ($1, $2)
         ON CONFLICT (tenant) DO UPDATE SET {log} = c.{log} + $2 RETURNING c.{log} - $2"
    );
    let row = transaction.query_one(&sql, &[&tenant.as_str(), &n]).await.map_err(broken)?;
    Ok(row.get(0))
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

async fn add_events(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    new: &NewEvents,
    now: Timestamp,
) -> Result<Vec<bool>, StorageError> {
    let before = numbers(transaction, tenant, "events", new.events.len()).await?;
    let of = |get: fn(&crate::storage::shop::NewEvent) -> Option<String>| -> Vec<Option<String>> {
        new.events.iter().map(get).collect()
    };
    let ids = of(|event| Some(clean(&event.id)));
    let rows = transaction
        .query(
            "INSERT INTO shop_events
                (tenant, seq, visitor, id, kind, item, at, received_at, request, slot, reason, context, vouched, counted)
             SELECT $1, $2 + n, $3, id, kind, item, at, $4, request, slot, reason, context, $5, counted
             FROM unnest($6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[], $11::bigint[], $12::text[],
                         $13::text[], $14::bigint[])
                WITH ORDINALITY AS e (id, kind, item, at, request, slot, reason, context, counted, n)
             ON CONFLICT DO NOTHING RETURNING seq",
            &[
                &tenant.as_str(),
                &before,
                &new.visitor.as_slice(),
                &now.as_millis(),
                &i64::from(new.vouched),
                &ids,
                &of(|event| Some(event.kind.word().to_owned())),
                &of(|event| Some(clean(&event.item))),
                &new.events.iter().map(|event| event.at).collect::<Vec<_>>(),
                &of(|event| event.request.clone()),
                &new.events.iter().map(|event| event.slot.map(i64::from)).collect::<Vec<_>>(),
                &of(|event| event.reason.as_ref().map(word)),
                &of(|event| event.context.as_ref().map(word)),
                &new.events.iter().map(|event| i64::from(event.counted)).collect::<Vec<_>>(),
            ],
        )
        .await
        .map_err(broken)?;
    let mut taken = vec![false; new.events.len()];
    for row in rows {
        if let Some(taken) = taken.get_mut(unsigned(row.get::<_, i64>(0) - before - 1) as usize) {
            *taken = true;
        }
    }
    Ok(taken)
}

async fn erase(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    visitor: Visitor,
    now: Timestamp,
) -> Result<u64, StorageError> {
    let seq = numbers(transaction, tenant, "events", 1).await? + 1;
    let n = transaction
        .execute(
            "DELETE FROM shop_events WHERE tenant = $1 AND visitor = $2 AND kind <> 'erased'",
            &[&tenant.as_str(), &visitor.as_slice()],
        )
        .await
        .map_err(broken)?;
    transaction
        .execute(
            "INSERT INTO shop_events (tenant, seq, visitor, id, kind, item, at, received_at, vouched, counted)
             VALUES ($1, $2, $3, $4, $5, '', $6, $6, 0, 0)",
            &[
                &tenant.as_str(),
                &seq,
                &visitor.as_slice(),
                &format!("erased-{seq}"),
                &EventKind::Erased.word(),
                &now.as_millis(),
            ],
        )
        .await
        .map_err(broken)?;
    Ok(n)
}

async fn put_products(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    products: &[NewProduct],
) -> Result<CatalogChanges, StorageError> {
    let mut seq = numbers(transaction, tenant, "products", products.len()).await?;
    let items: Vec<String> = products.iter().map(|new| clean(&new.product.item.0)).collect();
    let rows = transaction
        .query(
            "SELECT item, data, digest FROM shop_products WHERE tenant = $1 AND item = ANY($2)",
            &[&tenant.as_str(), &items],
        )
        .await
        .map_err(broken)?;
    let mut known: HashMap<String, Known> = HashMap::new();
    for row in rows {
        known.insert(row.get(0), (product(row.get(1))?, row.get(2)));
    }
    let mut changes = CatalogChanges::default();
    let mut changed: HashMap<String, i64> = HashMap::new();
    for (new, item) in products.iter().zip(items) {
        seq += 1;
        if let Some(now) = told(known.get(&item), new, &mut changes) {
            known.insert(item.clone(), now);
            changed.insert(item, seq);
        }
    }
    // Each item once, however often it was spoken of: a statement cannot change a row twice.
    let (mut items, mut seqs, mut digests, mut data) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (item, seq) in changed {
        let Some((product, digest)) = known.get(&item) else { continue };
        items.push(item);
        seqs.push(seq);
        digests.push(digest.clone());
        data.push(clean(&zg_proto::to_json(product)));
    }
    transaction
        .execute(
            "INSERT INTO shop_products (tenant, item, seq, digest, data)
             SELECT $1, item, seq, digest, data
             FROM unnest($2::text[], $3::bigint[], $4::bytea[], $5::text[]) AS p (item, seq, digest, data)
             ON CONFLICT (tenant, item) DO UPDATE
                SET seq = excluded.seq, digest = excluded.digest, data = excluded.data",
            &[&tenant.as_str(), &items, &seqs, &digests, &data],
        )
        .await
        .map_err(broken)?;
    Ok(changes)
}

impl ShopLog for Postgres {
    fn add_events(&self, tenant: &TenantId, events: NewEvents, now: Timestamp) -> Task<'_, Vec<bool>> {
        let tenant = tenant.clone();
        self.write(move |transaction, _| Box::pin(async move { add_events(transaction, &tenant, &events, now).await }))
    }

    fn events_after(&self, tenant: &TenantId, after: u64, limit: u32) -> Task<'_, Vec<LoggedEvent>> {
        let tenant = tenant.clone();
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            let statement = client
                .prepare_cached(
                    "SELECT seq, visitor, id, kind, item, at, received_at, request, slot, reason, context, vouched, counted
                     FROM shop_events WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                )
                .await
                .map_err(broken)?;
            let rows = client
                .query(&statement, &[&tenant.as_str(), &signed(after), &i64::from(limit)])
                .await
                .map_err(broken)?;
            let read = |row: tokio_postgres::Row| {
                EventRow {
                    seq: row.get(0),
                    visitor: row.get(1),
                    id: row.get(2),
                    kind: row.get(3),
                    item: row.get(4),
                    at: row.get(5),
                    received_at: row.get(6),
                    request: row.get(7),
                    slot: row.get(8),
                    reason: row.get(9),
                    context: row.get(10),
                    vouched: row.get(11),
                    counted: row.get(12),
                }
                .read()
            };
            rows.into_iter().map(read).collect()
        })
    }

    fn erase_visitor(&self, tenant: &TenantId, visitor: Visitor, now: Timestamp) -> Task<'_, u64> {
        let tenant = tenant.clone();
        self.write(move |transaction, _| Box::pin(async move { erase(transaction, &tenant, visitor, now).await }))
    }

    fn put_products(&self, tenant: &TenantId, products: Vec<NewProduct>) -> Task<'_, CatalogChanges> {
        let tenant = tenant.clone();
        self.write(move |transaction, _| Box::pin(async move { put_products(transaction, &tenant, &products).await }))
    }

    fn products_after(&self, tenant: &TenantId, after: u64, limit: u32) -> Task<'_, Vec<(u64, CatalogProduct)>> {
        let tenant = tenant.clone();
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            let sql = "SELECT seq, data FROM shop_products WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3";
            let statement = client.prepare_cached(sql).await.map_err(broken)?;
            let rows = client
                .query(&statement, &[&tenant.as_str(), &signed(after), &i64::from(limit)])
                .await
                .map_err(broken)?;
            rows.into_iter().map(|row| Ok((unsigned(row.get(0)), product(row.get(1))?))).collect()
        })
    }

    fn fed_products(&self, tenant: &TenantId) -> Task<'_, Vec<(String, Vec<u8>)>> {
        let tenant = tenant.clone();
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            let sql = "SELECT item, digest FROM shop_products WHERE tenant = $1 AND digest IS NOT NULL";
            let rows = client.query(sql, &[&tenant.as_str()]).await.map_err(broken)?;
            Ok(rows.into_iter().map(|row| (row.get(0), row.get(1))).collect())
        })
    }

    fn add_lists(&self, tenant: &TenantId, lines: String, now: Timestamp) -> Task<'_, ()> {
        let tenant = tenant.clone();
        self.write(move |transaction, _| {
            Box::pin(async move {
                let seq = numbers(transaction, &tenant, "lists", 1).await? + 1;
                let sql = "INSERT INTO shop_lists (tenant, seq, at, lines) VALUES ($1, $2, $3, $4)";
                transaction
                    .execute(sql, &[&tenant.as_str(), &seq, &now.as_millis(), &clean(&lines)])
                    .await
                    .map_err(broken)?;
                Ok(())
            })
        })
    }

    fn lists_after(&self, tenant: &TenantId, after: u64, limit: u32) -> Task<'_, Vec<(u64, String)>> {
        let tenant = tenant.clone();
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            let sql = "SELECT seq, lines FROM shop_lists WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3";
            let rows =
                client.query(sql, &[&tenant.as_str(), &signed(after), &i64::from(limit)]).await.map_err(broken)?;
            Ok(rows.into_iter().map(|row| (unsigned(row.get(0)), row.get(1))).collect())
        })
    }

    fn forget_before(&self, tenant: &TenantId, before: Timestamp) -> Task<'_, ()> {
        let tenant = tenant.clone();
        self.write(move |transaction, _| {
            Box::pin(async move {
                for sql in [
                    "DELETE FROM shop_events WHERE tenant = $1 AND received_at < $2",
                    "DELETE FROM shop_lists WHERE tenant = $1 AND at < $2",
                ] {
                    transaction.execute(sql, &[&tenant.as_str(), &before.as_millis()]).await.map_err(broken)?;
                }
                Ok(())
            })
        })
    }
}
