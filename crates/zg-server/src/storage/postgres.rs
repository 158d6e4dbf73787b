//! The storage in PostgreSQL: for several processes, and for shops that run one anyway.
//!
//! Every write is a transaction that holds its conversation's row, so what is done to one conversation has an order;
//! the database gathers the commits of many into one sync to disk by itself. Shoppers' messages, which are most of what
//! is written, share transactions ([`group`]).

mod actions;
mod connect;
mod conversations;
mod desk;
mod group;
mod images;
mod ledger;
mod news;
mod offers;
mod operators;
mod profiles;
mod row;
pub(crate) mod schema;
mod seen;
mod shop;
mod sql;

use std::pin::Pin;
use std::sync::Arc;

use deadpool_postgres::{Pool, Transaction};
use zg_domain::{ConversationId, MessageId, OperatorId, TenantId, Timestamp};
use zg_policy::money::{Facts, Policy};
use zg_proto::Message;
use zg_proto::cli::{OutcomeTag, PacketTag};
use zg_proto::http::{Ack, MessagePage, OperatorConversation, OperatorReply, QueueItem};
use zg_proto::remedy::{RedeemRequest, Redemption, RemedyDecision};

pub use self::connect::Settings;
use self::group::Group;
pub(crate) use self::news::Seen;

use super::known::Known;
use super::profiles::Identifier;
use super::rules;
use super::{
    Account, Actions, Asked, Begun, Conversations, Desk, Digest, Directory, Image, Ledger, NewAction, NewConversation,
    NewOperator, NewSession, Opened, Operators, Session, Snapshot, State, Storage, StorageError, Task, patiently,
};
use crate::aside;
use crate::hub::{Change, Hub};
use crate::identity::Identity;

fn panicked() -> StorageError {
    StorageError::Database("a write panicked".to_owned())
}

/// A pool of connections to a database of ours.
pub struct Postgres {
    epoch: String,
    pool: Pool,
    hub: Arc<Hub>,
    seen: Arc<Seen>,
    group: Group,
    known: Arc<Known>,
    /// Looks for what other processes have committed; ends with this.
    watch: tokio::task::JoinHandle<()>,
}

/// What a write does, under its transaction. Boxed, because an `async` closure cannot say yet that it is `Send`.
type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T, StorageError>> + Send + 'a>>;

pub(crate) fn broken(error: tokio_postgres::Error) -> StorageError {
    StorageError::Database(words(&error))
}

fn words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        // Without the detail, which may quote a row.
        Some(error) => format!("{} ({})", error.message(), error.code().code()),
        None => match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    }
}

pub(super) fn unconnected(error: deadpool_postgres::PoolError) -> StorageError {
    match error {
        deadpool_postgres::PoolError::Backend(error) => broken(error),
        other => StorageError::Database(format!("no connection to PostgreSQL: {other}")),
    }
}

/// The one character that a text here cannot hold.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

impl Postgres {
    /// Connects, and makes or extends the tables. `hub` hears of every commit, also of those of other processes.
    ///
    /// # Errors
    /// The database cannot be reached, is too old, or was written by a newer release.
    pub async fn open(settings: &Settings, hub: Arc<Hub>) -> Result<Self, StorageError> {
        let pool = settings.pool()?;
        let epoch = patiently(|| Self::prepare(&pool)).await?;
        let seen = Arc::new(Seen::default());
        let known = Arc::new(Known::default());
        let watch = tokio::spawn(news::watch(pool.clone(), Arc::clone(&hub), Arc::clone(&seen), Arc::clone(&known)));
        let group = Group::new(pool.clone(), Arc::clone(&hub), Arc::clone(&seen));
        Ok(Self { epoch, pool, hub, seen, group, known, watch })
    }

    async fn prepare(pool: &Pool) -> Result<String, StorageError> {
        let mut client = pool.get().await.map_err(unconnected)?;
        schema::check_version(&client).await?;
        schema::migrate(&mut client).await
    }

    /// What was heard of already, on whichever way.
    pub(crate) fn seen(&self) -> Arc<Seen> {
        Arc::clone(&self.seen)
    }

    fn write<T, F>(&self, work: F) -> Task<'_, T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a Transaction<'a>, &'a mut Vec<Change>) -> Work<'a, T> + Send + 'static,
    {
        let (pool, hub, seen) = (self.pool.clone(), Arc::clone(&self.hub), Arc::clone(&self.seen));
        // A task of its own: a caller that goes away leaves no transaction half done on a connection that others get.
        let task = tokio::spawn(async move { transact(&pool, &hub, &seen, work).await });
        Box::pin(async move { task.await.unwrap_or_else(|_| Err(StorageError::Database("a write panicked".into()))) })
    }
}

/// Carries out a write: commits it, and tells of it.
async fn transact<T, F>(pool: &Pool, hub: &Hub, seen: &Seen, work: F) -> Result<T, StorageError>
where
    F: for<'a> FnOnce(&'a Transaction<'a>, &'a mut Vec<Change>) -> Work<'a, T> + Send,
{
    let mut client = pool.get().await.map_err(unconnected)?;
    let transaction = client.transaction().await.map_err(broken)?;
    let mut changes = Vec::new();
    // Where it is refused, dropping the transaction takes it back.
    let outcome = work(&transaction, &mut changes).await?;
    news::write(&transaction, &mut changes).await?;
    transaction.commit().await.map_err(broken)?;
    for change in &changes {
        seen.own(change);
    }
    hub.publish(changes);
    Ok(outcome)
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl Storage for Postgres {
    fn epoch(&self) -> &str {
        &self.epoch
    }

    fn ping(&self) -> Task<'_, ()> {
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            // A standby answers and cannot write.
            let row = client.query_one("SELECT current_setting('transaction_read_only') = 'on'", &[]).await;
            if row.map_err(broken)?.get(0) {
                return Err(StorageError::Database("the database can only be read".to_owned()));
            }
            Ok(())
        })
    }
}

impl Directory for Postgres {
    fn shopper(&self, id: &ConversationId, secret: Digest) -> Task<'_, Option<TenantId>> {
        let id = id.clone();
        Box::pin(async move {
            if let Some(tenant) = self.known.find(&id, &secret) {
                return Ok(Some(tenant));
            }
            let moment = self.known.moment();
            let client = self.pool.get().await.map_err(unconnected)?;
            let found = conversations::shopper(&client, &id, &secret).await?;
            if let Some(tenant) = &found {
                self.known.keep(&id, &secret, tenant, moment);
            }
            Ok(found)
        })
    }

    fn session(&self, token: Digest, now: Timestamp) -> Task<'_, Option<Session>> {
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            operators::session(&client, &token, now).await
        })
    }

    fn account(&self, name: &str) -> Task<'_, Option<Account>> {
        let name = clean(name);
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            operators::account(&client, &name).await
        })
    }

    fn has_operators(&self) -> Task<'_, bool> {
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            operators::any(&client).await
        })
    }
}

impl Conversations for Postgres {
    fn open(&self, tenant: &TenantId, new: NewConversation, now: Timestamp) -> Task<'_, Opened> {
        let tenant = tenant.clone();
        self.write(move |transaction, _| {
            Box::pin(async move { conversations::open(transaction, &tenant, &new, now).await })
        })
    }

    fn state(&self, tenant: &TenantId, id: &ConversationId) -> Task<'_, Option<State>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            conversations::state(&client, &tenant, &id).await
        })
    }

    fn append(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        messages: Vec<Message>,
        now: Timestamp,
    ) -> Task<'_, Vec<Ack>> {
        let long = rules::is_long(&messages);
        let whose = (tenant.clone(), id.clone());
        let received = move || conversations::received(messages, now);
        if !long {
            // Queued here and not when first polled: a caller that goes away does not undo its request.
            let answer = self.group.append(whose, received(), long, now);
            return Box::pin(async move { answer.await.unwrap_or_else(|_| Err(panicked())) });
        }
        Box::pin(async move {
            let received = aside::run(received).await.map_err(|_| StorageError::Busy)?;
            self.group.append(whose, received, long, now).await.unwrap_or_else(|_| Err(panicked()))
        })
    }

    fn messages(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        after: u64,
        limit: u32,
    ) -> Task<'_, Option<MessagePage>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            conversations::page(&client, &tenant, &id, after, limit).await
        })
    }

    fn snapshot(&self, tenant: &TenantId, id: &ConversationId, after: u64, limit: u32) -> Task<'_, Option<Snapshot>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            conversations::snapshot(&client, &tenant, &id, after, limit).await
        })
    }

    fn request_handoff(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        reason: Option<String>,
        packet: Option<PacketTag>,
        now: Timestamp,
    ) -> Task<'_, State> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |transaction, changes| {
            Box::pin(async move {
                let what = (reason.as_deref(), packet.as_ref());
                conversations::request_handoff(transaction, &tenant, &id, what, now, changes).await
            })
        })
    }

    fn identify(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        identity: Identity,
        identifiers: Vec<Identifier>,
        now: Timestamp,
    ) -> Task<'_, bool> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |transaction, changes| {
            Box::pin(async move {
                conversations::identify(transaction, &tenant, &id, (&identity, &identifiers), now, changes).await
            })
        })
    }

    fn append_image(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        message: Message,
        image: Image,
        now: Timestamp,
    ) -> Task<'_, Ack> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |transaction, changes| {
            Box::pin(async move { images::append(transaction, &tenant, &id, (message, &image), now, changes).await })
        })
    }

    fn image(&self, tenant: &TenantId, id: &ConversationId, message: &MessageId) -> Task<'_, Option<Image>> {
        let (tenant, id, message) = (tenant.clone(), id.clone(), message.clone());
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            images::find(&client, &tenant, &id, &message).await
        })
    }

    fn seen(&self, tenant: &TenantId, id: &ConversationId, seq: u64) -> Task<'_, ()> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |transaction, changes| {
            Box::pin(async move { seen::by_shopper(transaction, &tenant, &id, seq, changes).await })
        })
    }

    fn end(&self, tenant: &TenantId, id: &ConversationId) -> Task<'_, State> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |transaction, changes| {
            Box::pin(async move { conversations::end(transaction, &tenant, &id, changes).await })
        })
    }

    fn erase(&self, tenant: &TenantId, id: &ConversationId, now: Timestamp) -> Task<'_, ()> {
        let (tenant, erased) = (tenant.clone(), id.clone());
        let written = self.write(move |transaction, changes| {
            Box::pin(async move { conversations::erase(transaction, &tenant, &erased, now, changes).await })
        });
        let id = id.clone();
        Box::pin(async move {
            let outcome = written.await;
            self.known.forget(&id);
            outcome
        })
    }
}

impl Desk for Postgres {
    fn queue(&self, tenant: &TenantId, operator: &OperatorId) -> Task<'_, Vec<QueueItem>> {
        let (tenant, operator) = (tenant.clone(), operator.clone());
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            desk::queue(&client, &tenant, &operator).await
        })
    }

    fn view(
        &self,
        tenant: &TenantId,
        operator: &OperatorId,
        id: &ConversationId,
        after: u64,
        limit: u32,
    ) -> Task<'_, Option<OperatorConversation>> {
        let (tenant, operator, id) = (tenant.clone(), operator.clone(), id.clone());
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            let Some(item) = desk::item(&client, &tenant, &operator, &id).await? else { return Ok(None) };
            // Read second, so that no message is passed over that the item counts.
            let (messages, next) = row::page(&client, &tenant, &id, after, limit).await?;
            Ok(Some(OperatorConversation { item, epoch: self.epoch.clone(), messages, next }))
        })
    }

    fn take(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId, now: Timestamp) -> Task<'_, ()> {
        let (tenant, operator, id) = (tenant.clone(), operator.clone(), id.clone());
        self.write(move |transaction, changes| {
            Box::pin(async move { desk::take(transaction, &tenant, &operator, &id, now, changes).await })
        })
    }

    fn release(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId, now: Timestamp) -> Task<'_, ()> {
        let (tenant, operator, id) = (tenant.clone(), operator.clone(), id.clone());
        self.write(move |transaction, changes| {
            Box::pin(async move { desk::release(transaction, &tenant, &operator, &id, now, changes).await })
        })
    }

    fn finish(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId, now: Timestamp) -> Task<'_, ()> {
        let (tenant, operator, id) = (tenant.clone(), operator.clone(), id.clone());
        self.write(move |transaction, changes| {
            Box::pin(async move { desk::finish(transaction, &tenant, &operator, &id, now, changes).await })
        })
    }

    fn reply(
        &self,
        tenant: &TenantId,
        operator: &OperatorId,
        id: &ConversationId,
        reply: OperatorReply,
        now: Timestamp,
    ) -> Task<'_, Ack> {
        let (tenant, operator, id) = (tenant.clone(), operator.clone(), id.clone());
        self.write(move |transaction, changes| {
            Box::pin(async move { desk::reply(transaction, &tenant, &operator, &id, reply, now, changes).await })
        })
    }

    fn desk_image(&self, tenant: &TenantId, id: &ConversationId, message: &MessageId) -> Task<'_, Option<Image>> {
        let (tenant, id, message) = (tenant.clone(), id.clone(), message.clone());
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            let on_desk = row::load(&client, &tenant, &id).await?.is_some_and(|row| row.queued_at.is_some());
            if on_desk { images::find(&client, &tenant, &id, &message).await } else { Ok(None) }
        })
    }

    fn desk_seen(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId, seq: u64) -> Task<'_, ()> {
        let (tenant, operator, id) = (tenant.clone(), operator.clone(), id.clone());
        self.write(move |transaction, changes| {
            Box::pin(async move { seen::by_holder(transaction, &tenant, &operator, &id, seq, changes).await })
        })
    }

    fn holds(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId) -> Task<'_, bool> {
        let (tenant, operator, id) = (tenant.clone(), operator.clone(), id.clone());
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            Ok(row::load(&client, &tenant, &id).await?.is_some_and(|row| row.held_by(&operator)))
        })
    }
}

impl Ledger for Postgres {
    fn decide(
        &self,
        tenant: &TenantId,
        policy: Arc<Policy>,
        request: Asked,
        facts: Facts,
        now: Timestamp,
    ) -> Task<'_, RemedyDecision> {
        let tenant = tenant.clone();
        self.write(move |transaction, _| {
            Box::pin(async move { ledger::decide(transaction, &tenant, &policy, &request, &facts, now).await })
        })
    }

    fn redeem(&self, tenant: &TenantId, code: &str, request: RedeemRequest, now: Timestamp) -> Task<'_, Redemption> {
        let (tenant, code) = (tenant.clone(), code.to_owned());
        self.write(move |transaction, _| {
            Box::pin(async move { offers::redeem(transaction, &tenant, &code, &request, now).await })
        })
    }
}

impl Actions for Postgres {
    fn begin_action(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        action: NewAction,
        now: Timestamp,
    ) -> Task<'_, Begun> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |transaction, _| {
            Box::pin(async move { actions::begin(transaction, &tenant, &id, &action, now).await })
        })
    }

    fn finish_action(&self, tenant: &TenantId, id: &ConversationId, action: &str, outcome: OutcomeTag) -> Task<'_, ()> {
        let (tenant, id, action) = (tenant.clone(), id.clone(), action.to_owned());
        self.write(move |transaction, _| {
            Box::pin(async move { actions::finish(transaction, &tenant, &id, &action, &outcome).await })
        })
    }
}

impl Operators for Postgres {
    fn put_operator(&self, tenant: &TenantId, operator: NewOperator, now: Timestamp) -> Task<'_, ()> {
        let tenant = tenant.clone();
        self.write(move |transaction, _| {
            Box::pin(async move { operators::put(transaction, &tenant, &operator, now).await })
        })
    }

    fn first_operator(&self, tenant: &TenantId, operator: NewOperator, now: Timestamp) -> Task<'_, bool> {
        let tenant = tenant.clone();
        self.write(move |transaction, _| {
            Box::pin(async move { operators::first(transaction, &tenant, &operator, now).await })
        })
    }

    fn start_session(&self, tenant: &TenantId, session: NewSession, now: Timestamp) -> Task<'_, ()> {
        let tenant = tenant.clone();
        self.write(move |transaction, _| {
            Box::pin(async move { operators::start_session(transaction, &tenant, &session, now).await })
        })
    }

    fn end_session(&self, tenant: &TenantId, token: Digest) -> Task<'_, ()> {
        let tenant = tenant.clone();
        self.write(move |transaction, _| {
            Box::pin(async move { operators::end_session(transaction, &tenant, &token).await })
        })
    }
}
