//! Group commit: messages of many conversations in one transaction, in two round trips whatever their number.
//!
//! What is waiting when a transaction begins shares it, so one message alone is written at once and a thousand cost
//! little more. Rows that somebody else holds are passed over and written by a transaction of their own: a
//! conversation that has to wait keeps nobody else waiting, and two groups cannot wait for each other.
//! A request that is long is written alone, one at a time, while the others go on.

mod transaction;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deadpool_postgres::{Object, Pool, PoolError};
use tokio::sync::{Semaphore, oneshot};
use tokio_postgres::error::SqlState;
use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::Message;
use zg_proto::http::Ack;

use super::{Seen, conversations, transact, words};
use crate::hub::Hub;
use crate::storage::{Digest, StorageError};

/// Transactions at the same time. While one is written to disk the next is put together; more of them only make each smaller.
const MAX_GROUPS: usize = 2;
/// Long requests that wait; each holds a megabyte at the most.
const MAX_LONG: usize = 64;
/// Messages of a transaction; beyond this the first would wait too long for the last.
const MAX_MESSAGES: usize = 512;

/// The messages of one request.
struct Request {
    tenant: TenantId,
    id: ConversationId,
    messages: Vec<(Message, Digest)>,
    now: Timestamp,
    reply: oneshot::Sender<Result<Vec<Ack>, StorageError>>,
}

impl Request {
    fn key(&self) -> (&TenantId, &ConversationId) {
        (&self.tenant, &self.id)
    }
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Request>,
    /// Those that are long, and whether one of them is being written.
    long: VecDeque<Request>,
    writes_long: bool,
    n_groups: usize,
}

struct Shared {
    pool: Pool,
    hub: Arc<Hub>,
    seen: Arc<Seen>,
    queue: Mutex<Queue>,
    /// Of those that are written alone, as many as may hold a connection; they may have to wait, and others must not.
    alone: Semaphore,
}

/// Where messages are handed in.
pub(super) struct Group(Arc<Shared>);

impl Group {
    pub(super) fn new(pool: Pool, hub: Arc<Hub>, seen: Arc<Seen>) -> Self {
        let alone = Semaphore::new((pool.status().max_size / 2).max(1));
        Self(Arc::new(Shared { pool, hub, seen, queue: Mutex::default(), alone }))
    }

    /// Writes messages, as `conversations::received` has made them, at the end of their conversation's log. The answer
    /// comes after the commit; a caller that goes away changes nothing. Where too many that are `long` wait, it is not begun.
    pub(super) fn append(
        &self,
        (tenant, id): (TenantId, ConversationId),
        messages: Vec<(Message, Digest)>,
        long: bool,
        now: Timestamp,
    ) -> oneshot::Receiver<Result<Vec<Ack>, StorageError>> {
        let (reply, answer) = oneshot::channel();
        let mut queue = self.0.queue();
        if long && queue.long.len() >= MAX_LONG {
            let _ = reply.send(Err(StorageError::Busy));
            return answer;
        }
        let to = if long { &mut queue.long } else { &mut queue.waiting };
        to.push_back(Request { tenant, id, messages, now, reply });
        if queue.n_groups < MAX_GROUPS {
            queue.n_groups += 1;
            tokio::spawn(work_off(Arc::clone(&self.0)));
        }
        answer
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What waits, as much as fits into a transaction, or one that is long, and whether it is; nothing means that the caller's
    /// place is given up. `was_long` is what this gave the caller before.
    fn next(&self, was_long: bool) -> (Vec<Request>, bool) {
        let mut queue = self.queue();
        queue.writes_long &= !was_long;
        if !queue.writes_long
            && let Some(long) = queue.long.pop_front()
        {
            queue.writes_long = true;
            return (vec![long], true);
        }
        let (mut group, mut n_messages) = (Vec::new(), 0);
        while let Some(next) = queue.waiting.front()
            && (group.is_empty() || n_messages + next.messages.len() <= MAX_MESSAGES)
        {
            n_messages += next.messages.len();
            group.extend(queue.waiting.pop_front());
        }
        if group.is_empty() {
            queue.n_groups -= 1;
        }
        (group, false)
    }
}

async fn work_off(shared: Arc<Shared>) {
    let mut long = false;
    loop {
        let group;
        (group, long) = shared.next(long);
        if group.is_empty() {
            return;
        }
        // A task of its own: a panic costs its group an answer, never the place of those that follow.
        let written = tokio::spawn(write(Arc::clone(&shared), group)).await;
        if written.is_err() {
            tracing::error!("a group of messages was not written: its task panicked");
        }
    }
}

async fn write(shared: Arc<Shared>, group: Vec<Request>) {
    let outcome = try_write(&shared, &group).await;
    let (alone, error) = match outcome {
        Ok(outcomes) => {
            let mut alone = Vec::new();
            for (request, outcome) in group.into_iter().zip(outcomes) {
                match outcome {
                    // Whoever asked may have gone; the commit stands.
                    Some(outcome) => drop(request.reply.send(outcome)),
                    None => alone.push(request),
                }
            }
            (alone, None)
        }
        // Something of one of them was refused, and it is not known which.
        Err(Failed::Refused(error)) if group.len() > 1 => {
            tracing::warn!(requests = group.len(), %error, "a group of messages was refused; each is written alone");
            (group, None)
        }
        Err(Failed::Refused(error) | Failed::Gone(error)) => (group, Some(error)),
    };
    for request in alone {
        match &error {
            Some(error) => drop(request.reply.send(Err(StorageError::Database(error.clone())))),
            // Not waited for: the row may be held for long.
            None => drop(tokio::spawn(write_alone(Arc::clone(&shared), request))),
        }
    }
}

async fn write_alone(shared: Arc<Shared>, request: Request) {
    // Nobody closes it.
    let _place = shared.alone.acquire().await;
    let Request { tenant, id, messages, now, reply } = request;
    let outcome = transact(&shared.pool, &shared.hub, &shared.seen, move |transaction, changes| {
        Box::pin(async move { conversations::append(transaction, &tenant, &id, &messages, now, changes).await })
    });
    let _ = reply.send(outcome.await);
}

/// Why nothing of a group was written, as far as is known.
enum Failed {
    /// The database took the statements and refused one of them.
    Refused(String),
    /// There is no database to ask.
    Gone(String),
}

impl From<tokio_postgres::Error> for Failed {
    fn from(error: tokio_postgres::Error) -> Self {
        // Connections that are ended (class 57) and servers without room (53) would refuse each of them as well.
        let elsewhere = |code: &SqlState| ["08", "53", "57"].iter().any(|class| code.code().starts_with(class));
        let refused = error.code().is_some_and(|code| !elsewhere(code));
        if refused { Self::Refused(words(&error)) } else { Self::Gone(words(&error)) }
    }
}

/// Per request its answer, which may be a refusal of its own; none where it has to be written alone.
type Outcomes = Vec<Option<Result<Vec<Ack>, StorageError>>>;

async fn try_write(shared: &Shared, group: &[Request]) -> Result<Outcomes, Failed> {
    let client = shared.pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => Failed::Gone(words(&error)),
        other => Failed::Gone(format!("no connection to PostgreSQL: {other}")),
    })?;
    match transaction::write(&client, group).await {
        Ok((outcomes, changes)) => {
            for change in &changes {
                shared.seen.own(change);
            }
            shared.hub.publish(changes);
            Ok(outcomes)
        }
        Err(error) => {
            // In whatever state it is: that it is closed takes the transaction back.
            drop(Object::take(client));
            Err(error)
        }
    }
}
