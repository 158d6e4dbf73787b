//! The storage in SQLite: one writer with group commit, readers beside it.

mod actions;
mod checkpoints;
mod conversations;
mod desk;
mod images;
mod ledger;
mod offers;
mod operators;
mod profiles;
mod readers;
mod row;
pub(crate) mod schema;
mod seen;
mod shop;
mod sql;
mod writer;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use zg_domain::{ConversationId, MessageId, OperatorId, TenantId, Timestamp};
use zg_policy::money::{Facts, Policy};
use zg_proto::Message;
use zg_proto::cli::{OutcomeTag, PacketTag};
use zg_proto::http::{Ack, MessagePage, OperatorConversation, OperatorReply, QueueItem};
use zg_proto::remedy::{RedeemRequest, Redemption, RemedyDecision};

use self::images::Piece;
use self::readers::Readers;
use self::row::Ready;
use self::writer::{Effects, Length, Writer};
use super::known::Known;
use super::profiles::Identifier;
use super::rules;
use super::{
    Account, Actions, Asked, Begun, Conversations, Desk, Digest, Directory, Image, Ledger, NewAction, NewConversation,
    NewOperator, NewSession, Opened, Operators, Session, Snapshot, State, Storage, StorageError, Task,
};
use crate::aside;
use crate::hub::Hub;
use crate::identity::Identity;
use crate::random;

/// Its name in the folder.
pub(crate) const FILE: &str = "zhanggui.sqlite3";

/// A database file and what reads and writes it.
pub struct Sqlite {
    epoch: String,
    writer: Writer,
    readers: Arc<Readers>,
    known: Arc<Known>,
}

impl Sqlite {
    /// Opens or creates `zhanggui.sqlite3` in `folder`. `hub` hears of every commit.
    ///
    /// # Errors
    /// The folder cannot be written, the file is no database of ours, or SQLite is too old to be safe.
    pub fn open(folder: &Path, hub: Arc<Hub>) -> Result<Self, StorageError> {
        schema::check_version()?;
        create_private(folder).map_err(|error| StorageError::Database(error.to_string()))?;
        let path = folder.join(FILE);
        let mut connection = Connection::open(&path)?;
        schema::prepare(&connection)?;
        schema::migrate(&mut connection)?;
        schema::tell_sizes(&mut connection)?;
        images::remove_unfinished(&connection)?;
        let epoch = schema::epoch(&connection)?;
        let writer = Writer::start(connection, &path, hub)?;
        Ok(Self { epoch, writer, readers: Arc::new(Readers::new(path)), known: Arc::default() })
    }

    /// Writes what takes so little time that others do not notice.
    fn write<T, F>(&self, work: F) -> Task<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &mut Effects) -> Result<T, StorageError> + Send + 'static,
    {
        self.write_of(Length::Short, work)
    }

    /// Writes what takes long in parts, in order, between which others write. Where one is refused those before it stay.
    fn write_parts<P, T, F>(&self, parts: Vec<P>, work: F) -> Task<'_, Vec<T>>
    where
        P: Send + 'static,
        T: Send + 'static,
        F: FnMut(&Connection, P, &mut Effects) -> Result<T, StorageError> + Send + 'static,
    {
        let answer = self.writer.submit_parts(parts, work);
        Box::pin(async move { answer.await.unwrap_or(Err(StorageError::Closed)) })
    }

    /// Writes what takes long and cannot be parted: others go first.
    fn write_long<T, F>(&self, work: F) -> Task<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &mut Effects) -> Result<T, StorageError> + Send + 'static,
    {
        self.write_of(Length::Long, work)
    }

    fn write_of<T, F>(&self, length: Length, work: F) -> Task<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &mut Effects) -> Result<T, StorageError> + Send + 'static,
    {
        // Queued here and not when first polled: a caller that goes away does not undo its request.
        let answer = self.writer.submit(length, work);
        Box::pin(async move { answer.await.unwrap_or(Err(StorageError::Closed)) })
    }

    fn read<T, F>(&self, work: F) -> Task<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StorageError> + Send + 'static,
    {
        Box::pin(Arc::clone(&self.readers).run(work))
    }
}

/// Parts of `n` things, of which each weighs `most` at the most, or is a single thing.
fn parts(n: usize, most: usize, weight: impl Fn(usize) -> usize) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut room = 0;
    for k in 0..n {
        let weight = weight(k);
        match parts.last_mut() {
            Some(part) if weight <= room => {
                part.end = k + 1;
                room -= weight;
            }
            _ => {
                parts.push(k..k + 1);
                room = most.saturating_sub(weight);
            }
        }
    }
    parts
}

/// Conversations are nobody's business but the server's own.
pub(crate) fn create_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

impl Storage for Sqlite {
    fn epoch(&self) -> &str {
        &self.epoch
    }

    fn ping(&self) -> Task<'_, ()> {
        // Through the writer: a server that cannot write is not ready.
        self.write(|_, _| Ok(()))
    }
}

impl Directory for Sqlite {
    fn shopper(&self, id: &ConversationId, secret: Digest) -> Task<'_, Option<TenantId>> {
        if let Some(tenant) = self.known.find(id, &secret) {
            return Box::pin(std::future::ready(Ok(Some(tenant))));
        }
        let (id, known, moment) = (id.clone(), Arc::clone(&self.known), self.known.moment());
        self.read(move |connection| {
            let found = conversations::shopper(connection, &id, &secret)?;
            if let Some(tenant) = &found {
                known.keep(&id, &secret, tenant, moment);
            }
            Ok(found)
        })
    }

    fn session(&self, token: Digest, now: Timestamp) -> Task<'_, Option<Session>> {
        self.read(move |connection| operators::session(connection, &token, now))
    }

    fn account(&self, name: &str) -> Task<'_, Option<Account>> {
        let name = name.to_owned();
        self.read(move |connection| operators::account(connection, &name))
    }

    fn has_operators(&self) -> Task<'_, bool> {
        self.read(operators::any)
    }
}

impl Conversations for Sqlite {
    fn open(&self, tenant: &TenantId, new: NewConversation, now: Timestamp) -> Task<'_, Opened> {
        let tenant = tenant.clone();
        self.write(move |connection, _| conversations::open(connection, &tenant, &new, now))
    }

    fn state(&self, tenant: &TenantId, id: &ConversationId) -> Task<'_, Option<State>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |connection| conversations::state(connection, &tenant, &id))
    }

    fn append(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        messages: Vec<Message>,
        now: Timestamp,
    ) -> Task<'_, Vec<Ack>> {
        let long = rules::is_long(&messages);
        let (tenant, id) = (tenant.clone(), id.clone());
        let ready = move || messages.into_iter().map(|message| Ready::received(message, now)).collect::<Vec<_>>();
        if !long {
            let ready = ready();
            return self.write(move |connection, effects| {
                conversations::append(connection, &tenant, &id, &ready, now, effects)
            });
        }
        Box::pin(async move {
            let ready = Arc::new(aside::run(ready).await.map_err(|_| StorageError::Busy)?);
            // Those before the one that is refused would stay.
            let (to, all) = ((tenant.clone(), id.clone()), Arc::clone(&ready));
            self.read(move |connection| conversations::check(connection, &to.0, &to.1, &all)).await?;
            let parts = parts(ready.len(), rules::PART_BYTES, |n| ready[n].weight());
            let acks = self.write_parts(parts, move |connection, part, effects| {
                conversations::append(connection, &tenant, &id, &ready[part], now, effects)
            });
            Ok(acks.await?.concat())
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
        self.read(move |connection| conversations::page(connection, &tenant, &id, after, limit))
    }

    fn snapshot(&self, tenant: &TenantId, id: &ConversationId, after: u64, limit: u32) -> Task<'_, Option<Snapshot>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |connection| {
            let Some(state) = conversations::state(connection, &tenant, &id)? else { return Ok(None) };
            let (messages, more) = row::messages(connection, &tenant, &id, after, limit)?;
            Ok(Some(Snapshot { state, messages, more }))
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
        self.write(move |connection, effects| {
            conversations::request_handoff(connection, &tenant, &id, (reason.as_deref(), packet.as_ref()), now, effects)
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
        self.write(move |connection, effects| {
            conversations::identify(connection, &tenant, &id, (&identity, &identifiers), now, effects)
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
        Box::pin(async move {
            // The hash of half a megabyte: not while everybody waits for the writer.
            let ready = move || (Ready::picture(message, &image, now), image);
            let (ready, image) = aside::run(ready).await.map_err(|_| StorageError::Busy)?;
            let media_type = image.media_type;
            if image.bytes.len() <= rules::PART_BYTES {
                let work = move |connection: &Connection, effects: &mut Effects| {
                    let message = (&ready, media_type, images::Bytes::Inline(&image.bytes));
                    images::append(connection, &tenant, &id, message, now, effects)
                };
                return self.write(work).await;
            }
            let (ready, to) = (Arc::new(ready), Arc::new((tenant, id)));
            // Half a megabyte is not written for nothing.
            let (message, of) = (Arc::clone(&ready), Arc::clone(&to));
            if let Some(ack) = self.read(move |connection| images::check(connection, &of.0, &of.1, &message)).await? {
                return Ok(ack);
            }
            let upload: Arc<str> = random::hex(8).into();
            let len = image.bytes.len();
            let part = |n: usize| {
                let from = n * rules::PART_BYTES;
                Piece::Part { n, range: from..len.min(from + rules::PART_BYTES) }
            };
            let pieces = (0..len.div_ceil(rules::PART_BYTES)).map(part).chain([Piece::Message]).collect();
            let (of, name) = (Arc::clone(&to), Arc::clone(&upload));
            let written = self.write_parts(pieces, move |connection, piece, effects| match piece {
                Piece::Part { n, range } => {
                    images::put_part(connection, &of.0, &of.1, (&name, n, &image.bytes[range])).map(|()| None)
                }
                Piece::Message => {
                    let message = (&*ready, media_type, images::Bytes::Upload(&name));
                    images::append(connection, &of.0, &of.1, message, now, effects).map(Some)
                }
            });
            match written.await {
                Ok(acks) => acks.into_iter().flatten().next().ok_or(StorageError::Closed),
                Err(error) => {
                    // Where that fails, too, the next start does it.
                    let removed =
                        self.write(move |connection, _| images::remove_upload(connection, &to.0, &to.1, &upload));
                    let _ = removed.await;
                    Err(error)
                }
            }
        })
    }

    fn image(&self, tenant: &TenantId, id: &ConversationId, message: &MessageId) -> Task<'_, Option<Image>> {
        let (tenant, id, message) = (tenant.clone(), id.clone(), message.clone());
        self.read(move |connection| images::find(connection, &tenant, &id, &message))
    }

    fn seen(&self, tenant: &TenantId, id: &ConversationId, seq: u64) -> Task<'_, ()> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |connection, effects| seen::by_shopper(connection, &tenant, &id, seq, effects))
    }

    fn end(&self, tenant: &TenantId, id: &ConversationId) -> Task<'_, State> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |connection, effects| conversations::end(connection, &tenant, &id, effects))
    }

    fn erase(&self, tenant: &TenantId, id: &ConversationId, now: Timestamp) -> Task<'_, ()> {
        let (tenant, erased) = (tenant.clone(), id.clone());
        let written = self
            .write_long(move |connection, effects| conversations::erase(connection, &tenant, &erased, now, effects));
        let id = id.clone();
        Box::pin(async move {
            let outcome = written.await;
            self.known.forget(&id);
            outcome
        })
    }
}

impl Desk for Sqlite {
    fn queue(&self, tenant: &TenantId, operator: &OperatorId) -> Task<'_, Vec<QueueItem>> {
        let (tenant, operator) = (tenant.clone(), operator.clone());
        self.read(move |connection| desk::queue(connection, &tenant, &operator))
    }

    fn view(
        &self,
        tenant: &TenantId,
        operator: &OperatorId,
        id: &ConversationId,
        after: u64,
        limit: u32,
    ) -> Task<'_, Option<OperatorConversation>> {
        let (tenant, operator, id, epoch) = (tenant.clone(), operator.clone(), id.clone(), self.epoch.clone());
        self.read(move |connection| {
            let Some(item) = desk::item(connection, &tenant, &operator, &id)? else { return Ok(None) };
            let (messages, next) = row::page(connection, &tenant, &id, after, limit)?;
            Ok(Some(OperatorConversation { item, epoch, messages, next }))
        })
    }

    fn take(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId, now: Timestamp) -> Task<'_, ()> {
        let (tenant, operator, id) = (tenant.clone(), operator.clone(), id.clone());
        self.write(move |connection, effects| desk::take(connection, &tenant, &operator, &id, now, effects))
    }

    fn release(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId, now: Timestamp) -> Task<'_, ()> {
        let (tenant, operator, id) = (tenant.clone(), operator.clone(), id.clone());
        self.write(move |connection, effects| desk::release(connection, &tenant, &operator, &id, now, effects))
    }

    fn finish(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId, now: Timestamp) -> Task<'_, ()> {
        let (tenant, operator, id) = (tenant.clone(), operator.clone(), id.clone());
        self.write(move |connection, effects| desk::finish(connection, &tenant, &operator, &id, now, effects))
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
        self.write(move |connection, effects| desk::reply(connection, &tenant, &operator, &id, reply, now, effects))
    }

    fn desk_image(&self, tenant: &TenantId, id: &ConversationId, message: &MessageId) -> Task<'_, Option<Image>> {
        let (tenant, id, message) = (tenant.clone(), id.clone(), message.clone());
        self.read(move |connection| {
            let on_desk = row::load(connection, &tenant, &id)?.is_some_and(|row| row.queued_at.is_some());
            if on_desk { images::find(connection, &tenant, &id, &message) } else { Ok(None) }
        })
    }

    fn desk_seen(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId, seq: u64) -> Task<'_, ()> {
        let (tenant, operator, id) = (tenant.clone(), operator.clone(), id.clone());
        self.write(move |connection, effects| seen::by_holder(connection, &tenant, &operator, &id, seq, effects))
    }

    fn holds(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId) -> Task<'_, bool> {
        let (tenant, operator, id) = (tenant.clone(), operator.clone(), id.clone());
        self.read(move |connection| Ok(row::load(connection, &tenant, &id)?.is_some_and(|row| row.held_by(&operator))))
    }
}

impl Ledger for Sqlite {
    fn decide(
        &self,
        tenant: &TenantId,
        policy: Arc<Policy>,
        request: Asked,
        facts: Facts,
        now: Timestamp,
    ) -> Task<'_, RemedyDecision> {
        let tenant = tenant.clone();
        // All of it is the writer's: between a look at the ledger and an entry nobody else may enter anything.
        self.write(move |connection, _| ledger::decide(connection, &tenant, &policy, &request, &facts, now))
    }

    fn redeem(&self, tenant: &TenantId, code: &str, request: RedeemRequest, now: Timestamp) -> Task<'_, Redemption> {
        let (tenant, code) = (tenant.clone(), code.to_owned());
        self.write(move |connection, _| offers::redeem(connection, &tenant, &code, &request, now))
    }
}

impl Actions for Sqlite {
    fn begin_action(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        action: NewAction,
        now: Timestamp,
    ) -> Task<'_, Begun> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |connection, _| actions::begin(connection, &tenant, &id, &action, now))
    }

    fn finish_action(&self, tenant: &TenantId, id: &ConversationId, action: &str, outcome: OutcomeTag) -> Task<'_, ()> {
        let (tenant, id, action) = (tenant.clone(), id.clone(), action.to_owned());
        self.write(move |connection, _| actions::finish(connection, &tenant, &id, &action, &outcome))
    }
}

impl Operators for Sqlite {
    fn put_operator(&self, tenant: &TenantId, operator: NewOperator, now: Timestamp) -> Task<'_, ()> {
        let tenant = tenant.clone();
        self.write(move |connection, _| operators::put(connection, &tenant, &operator, now))
    }

    fn first_operator(&self, tenant: &TenantId, operator: NewOperator, now: Timestamp) -> Task<'_, bool> {
        let tenant = tenant.clone();
        self.write(move |connection, _| {
            if operators::any(connection)? {
                return Ok(false);
            }
            operators::put(connection, &tenant, &operator, now)?;
            Ok(true)
        })
    }

    fn start_session(&self, tenant: &TenantId, session: NewSession, now: Timestamp) -> Task<'_, ()> {
        let tenant = tenant.clone();
        self.write(move |connection, _| operators::start_session(connection, &tenant, &session, now))
    }

    fn end_session(&self, tenant: &TenantId, token: Digest) -> Task<'_, ()> {
        let tenant = tenant.clone();
        self.write(move |connection, _| operators::end_session(connection, &tenant, &token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_in_order_and_none_is_heavier_than_one_may_be() {
        let of = |weights: &[usize]| parts(weights.len(), 10, |n| weights[n]);
        assert!(of(&[]).is_empty());
        assert_eq!(of(&[4, 6, 1]), [0..2, 2..3]);
        assert_eq!(of(&[11, 3, 7, 30, 2]), [0..1, 1..3, 3..4, 4..5]);
    }
}
