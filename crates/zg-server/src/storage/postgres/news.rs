//! What other processes have committed, found in the database itself. Whatever else carries wake-ups is only faster.
//!
//! A reader goes on from the oldest transaction that was still running when it looked last: rows of younger ones come
//! again, which [`Seen`] notices, and none can be passed over, whichever order they were committed in.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::{Pool, Transaction};
use tokio::time::{MissedTickBehavior, interval, sleep};
use zg_domain::{ConversationId, TenantId};

use super::{broken, row, unconnected};
use crate::hub::{Change, Hub, Topic};
use crate::random;
use crate::storage::StorageError;
use crate::storage::known::Known;

/// How often a process looks. One small query, however many listen.
const EVERY: Duration = Duration::from_millis(250);
/// How long a row is kept; a transaction may run for 30 seconds, and it is younger than that when it is seen.
const KEPT_SECONDS: f64 = 120.0;
/// Rows of one look; more than that, and everyone may as well read.
const MOST: i64 = 10_000;

/// What was heard of lately, so that a second way to the same listener wakes nobody.
#[derive(Default)]
pub(crate) struct Seen(Mutex<[HashSet<(i64, u8)>; 2]>);

/// Changes of one generation; two are kept, so a change is known for at least so many.
const GENERATION: usize = 100_000;

fn kind(topic: &Topic) -> u8 {
    match topic {
        Topic::Conversation(..) => 0,
        Topic::Desk(_) => 1,
        Topic::Queue(_) => 2,
    }
}

impl Seen {
    /// Whether this is the first word of it.
    pub(crate) fn first(&self, id: i64, topic: &Topic) -> bool {
        let key = (id, kind(topic));
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if generations.iter().any(|generation| generation.contains(&key)) {
            return false;
        }
        if generations[0].len() >= GENERATION {
            generations.swap(0, 1);
            generations[0].clear();
        }
        generations[0].insert(key);
        true
    }

    /// Notes what this process has told its listeners itself.
    pub(super) fn own(&self, change: &Change) {
        for topic in change.signal().0 {
            self.first(change.id, &topic);
        }
    }
}

/// Notes changes in their own transaction, and names them.
pub(super) async fn write(transaction: &Transaction<'_>, changes: &mut [Change]) -> Result<(), StorageError> {
    for change in changes {
        change.id = random::id();
        let statement = transaction
            .prepare_cached(
                "INSERT INTO news (id, tenant, conversation, after, desk, queue, keys) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .await
            .map_err(broken)?;
        transaction
            .execute(
                &statement,
                &[
                    &change.id,
                    &change.tenant.as_str(),
                    &change.conversation.as_str(),
                    &row::signed(change.after),
                    &change.desk,
                    &change.queue,
                    &change.keys,
                ],
            )
            .await
            .map_err(broken)?;
    }
    Ok(())
}

/// Looks for as long as the storage lives.
pub(super) async fn watch(pool: Pool, hub: Arc<Hub>, seen: Arc<Seen>, known: Arc<Known>) {
    let mut from = None;
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut n_ticks = 0_u64;
    loop {
        ticks.tick().await;
        match look(&pool, from.as_deref(), (&hub, &seen, &known)).await {
            Ok(next) => {
                if from.is_none() {
                    // The first look, or the first after the database was away: what was told meanwhile is unknown.
                    known.clear();
                    hub.wake_all();
                }
                from = Some(next);
            }
            Err(error) => {
                if from.take().is_some() {
                    tracing::warn!(%error, "cannot look for what other processes have written; trying again");
                }
                // Not all processes at once.
                sleep(Duration::from_millis(500 + random::id().unsigned_abs() % 1_000)).await;
            }
        }
        n_ticks += 1;
        if n_ticks.is_multiple_of(128)
            && let Err(error) = prune(&pool).await
        {
            tracing::warn!(%error, "old news could not be removed");
        }
    }
}

/// Wakes who has news, and gives where to go on. Numbers of transactions travel as text: the driver has no type for them.
async fn look(
    pool: &Pool,
    from: Option<&str>,
    (hub, seen, known): (&Hub, &Seen, &Known),
) -> Result<String, StorageError> {
    let client = pool.get().await.map_err(unconnected)?;
    let statement = client
        .prepare_cached(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text, n.id, n.tenant, n.conversation, n.after, n.desk, n.queue, n.keys
             FROM (SELECT 1) one LEFT JOIN LATERAL
                (SELECT * FROM news WHERE transaction >= $1::text::xid8 LIMIT $2) n ON true",
        )
        .await
        .map_err(broken)?;
    // From the beginning only the number is wanted; no transaction is as young as that.
    let rows = client.query(&statement, &[&from.unwrap_or("9223372036854775807"), &MOST]).await.map_err(broken)?;
    let next = rows.first().map(|row| row.get::<_, String>(0)).unwrap_or_default();
    if rows.len() >= usize::try_from(MOST).unwrap_or(usize::MAX) {
        known.clear();
        hub.wake_all();
        return Ok(next);
    }
    for row in &rows {
        let Some(id) = row.get::<_, Option<i64>>(1) else { continue };
        let (Ok(tenant), Ok(conversation)) =
            (TenantId::new(row.get::<_, String>(2)), ConversationId::new(row.get::<_, String>(3)))
        else {
            continue;
        };
        let (desk, queue, keys) = (row.get(5), row.get(6), row.get(7));
        if keys {
            // However else it was heard of.
            known.forget(&conversation);
        }
        let change = Change { id, tenant, conversation, after: row::unsigned(row.get(4)), desk, queue, keys };
        let (topics, signal) = change.signal();
        for topic in topics {
            if seen.first(id, &topic) {
                hub.wake(&topic, &signal);
            }
        }
    }
    Ok(next)
}

async fn prune(pool: &Pool) -> Result<(), StorageError> {
    let client = pool.get().await.map_err(unconnected)?;
    client
        .execute("DELETE FROM news WHERE at < clock_timestamp() - make_interval(secs => $1)", &[&KEPT_SECONDS])
        .await
        .map_err(broken)?;
    Ok(())
}
