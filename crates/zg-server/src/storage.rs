//! What the server asks of a database, apart from any one of them.
//!
//! Every method takes the tenant, and no query is made without it; [`Directory`] alone has none to take,
//! because it is where a credential is turned into a tenant.

mod known;
pub mod postgres;
pub mod profiles;
mod rules;
pub mod settings;
pub mod shop;
mod sql;
pub mod sqlite;

use std::pin::Pin;
use std::sync::Arc;

use zg_domain::{ConversationId, Handoff, MessageId, OperatorId, TenantId, Timestamp};
use zg_policy::money::{Facts, Policy};
use zg_proto::Message;
use zg_proto::cli::{OutcomeTag, PacketTag};
use zg_proto::http::{Ack, MessagePage, OperatorConversation, OperatorReply, QueueItem, Sequenced};
use zg_proto::remedy::{RedeemRequest, Redemption, RemedyDecision};

use self::profiles::{Identifier, Profiles};
use crate::config::Config;
use crate::hub::Hub;
use crate::identity::Identity;
use crate::relay::NatsRelay;

/// What a storage method gives: boxed, so that the server holds `dyn Storage` and not a type parameter.
pub type Task<'a, T> = Pin<Box<dyn Future<Output = Result<T, StorageError>> + Send + 'a>>;

/// SHA-256 of a secret. Secrets are random, so a slow hash would add nothing.
pub type Digest = [u8; 32];

/// Why the storage refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The tenant has no such conversation, or it was erased. Answer as for an unknown address.
    #[error("no such conversation")]
    Missing,
    /// The message id is taken by another content. The writer has to choose another id.
    #[error("message {id} was written before with another content")]
    Conflict { id: String },
    /// The request's name is taken by other facts. The caller has to choose another name.
    #[error("request {request} was decided before on other facts")]
    Decided { request: String },
    /// Another operator holds the conversation, or nobody does.
    #[error("the operator does not hold this conversation")]
    NotHolder,
    /// Nobody was asked for who could look at a picture. Ask for a person first.
    #[error("no person was asked for")]
    NobodyAsked,
    /// The conversation holds as many pictures as one may.
    #[error("the conversation holds {most} pictures already")]
    TooManyImages { most: u32 },
    /// Nobody vouches for who it is, or nothing is known by what was given. Only what a token has said can be put together.
    #[error("nobody vouches for who this is")]
    NotVouched,
    /// More profiles would be one shopper than one has. Undo a merge first.
    #[error("a shopper has at most {most} profiles")]
    TooManyProfiles { most: usize },
    /// The conversation goes on at as many devices as it may. Revoke the key of one first.
    #[error("a conversation has at most {most} further devices")]
    TooManyDevices { most: i64 },
    /// The conversation never had a key of that name. List them.
    #[error("the conversation has no such key")]
    NoSuchKey,
    /// The present state does not allow the move. Reload and decide again.
    #[error(transparent)]
    Transition(#[from] zg_domain::InvalidTransition),
    /// The database failed; nothing was written. Try again.
    #[error("database: {0}")]
    Database(String),
    /// So much that is long waits already that this was not begun. Come back.
    #[error("too much waits to be written; nothing was begun")]
    Busy,
    /// A newer release wrote the database. Run that release.
    #[error("the database has schema {found}, this release knows up to {known}")]
    Newer { found: i64, known: i64 },
    /// SQLite before 3.51.3 can corrupt a write-ahead log.
    #[error("SQLite is {found}, at least 3.51.3 is needed")]
    OldSqlite { found: String },
    /// `zhanggui migrate` has taken everything to PostgreSQL. Serve that, by `[storage]` of the configuration.
    #[error("this database was moved to PostgreSQL; name that one in [storage] of the configuration")]
    Moved,
    /// PostgreSQL before 15 is not what this release is tested with.
    #[error("PostgreSQL is {found}, at least 15 is needed")]
    OldPostgres { found: String },
    /// The connection's settings cannot be used. The message names the setting.
    #[error("{0}")]
    Setting(String),
    /// The writer has stopped: the server is shutting down.
    #[error("the storage is closed")]
    Closed,
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.to_string())
    }
}

/// A conversation to be opened.
#[derive(Debug, Clone)]
pub struct NewConversation {
    pub id: ConversationId,
    pub secret: Digest,
    pub locale: String,
    pub page: Option<String>,
}

/// What became of a request to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    Created,
    /// A retry by who had opened it.
    Existing,
    /// Someone else's, or erased; which of them is nobody's business.
    Refused,
}

/// Who holds a conversation, and how long its log is.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub handoff: Handoff,
    pub last_seq: u64,
    /// How many wait longer; only while queued.
    pub queue_ahead: Option<u32>,
    /// Display name of the holder.
    pub operator: Option<String>,
    /// Up to where an operator has seen the log.
    pub seen: u64,
}

/// A conversation at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub state: State,
    pub messages: Vec<Sequenced>,
    /// There are messages after these.
    pub more: bool,
}

/// A picture, of a media type that was read from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// An operator who is signed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub tenant: TenantId,
    pub operator: OperatorId,
    pub display_name: String,
    pub csrf_token: String,
}

/// What a sign-in is checked against.
#[derive(Debug, Clone)]
pub struct Account {
    pub tenant: TenantId,
    pub operator: OperatorId,
    pub display_name: String,
    pub password_hash: String,
}

/// An operator to be added, or to be given another password.
#[derive(Debug, Clone)]
pub struct NewOperator {
    pub id: OperatorId,
    pub name: String,
    pub display_name: String,
    pub password_hash: String,
}

/// A session to be remembered.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub token: Digest,
    pub operator: OperatorId,
    pub csrf_token: String,
    pub expires: Timestamp,
}

/// From credentials to tenants.
pub trait Directory {
    /// The tenant of the conversation that `secret` opens. Hashes are compared in constant time.
    fn shopper(&self, id: &ConversationId, secret: Digest) -> Task<'_, Option<TenantId>>;
    fn session(&self, token: Digest, now: Timestamp) -> Task<'_, Option<Session>>;
    fn account(&self, name: &str) -> Task<'_, Option<Account>>;
    fn has_operators(&self) -> Task<'_, bool>;
}

/// The shopper's side.
pub trait Conversations {
    fn open(&self, tenant: &TenantId, new: NewConversation, now: Timestamp) -> Task<'_, Opened>;
    fn state(&self, tenant: &TenantId, id: &ConversationId) -> Task<'_, Option<State>>;
    /// All or nothing, in order; acknowledged means committed.
    fn append(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        messages: Vec<Message>,
        now: Timestamp,
    ) -> Task<'_, Vec<Ack>>;
    fn messages(&self, tenant: &TenantId, id: &ConversationId, after: u64, limit: u32)
    -> Task<'_, Option<MessagePage>>;
    /// State and messages of one moment. Of long ones fewer come than are asked for, and at least one.
    fn snapshot(&self, tenant: &TenantId, id: &ConversationId, after: u64, limit: u32) -> Task<'_, Option<Snapshot>>;
    fn request_handoff(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        reason: Option<String>,
        packet: Option<PacketTag>,
        now: Timestamp,
    ) -> Task<'_, State>;
    /// Notes who the shopper is, and what that says of profiles; `false` where the conversation is another's.
    /// `identifiers` are what the token vouches for, the strongest first.
    fn identify(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        identity: Identity,
        identifiers: Vec<Identifier>,
        now: Timestamp,
    ) -> Task<'_, bool>;
    /// Writes a message of the kind `image` with its picture, both or none.
    fn append_image(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        message: Message,
        image: Image,
        now: Timestamp,
    ) -> Task<'_, Ack>;
    /// The picture of a message.
    fn image(&self, tenant: &TenantId, id: &ConversationId, message: &MessageId) -> Task<'_, Option<Image>>;
    /// Notes that the shopper has seen the log up to `seq`, at most its end.
    fn seen(&self, tenant: &TenantId, id: &ConversationId, seq: u64) -> Task<'_, ()>;
    fn end(&self, tenant: &TenantId, id: &ConversationId) -> Task<'_, State>;
    /// Removes every message; what stays is the id, so that a late retry cannot bring the conversation back.
    fn erase(&self, tenant: &TenantId, id: &ConversationId, now: Timestamp) -> Task<'_, ()>;
}

/// The operators' side. It sees only conversations for which a person was asked.
pub trait Desk {
    /// Queued and assigned, longest waiting first.
    fn queue(&self, tenant: &TenantId, operator: &OperatorId) -> Task<'_, Vec<QueueItem>>;
    fn view(
        &self,
        tenant: &TenantId,
        operator: &OperatorId,
        id: &ConversationId,
        after: u64,
        limit: u32,
    ) -> Task<'_, Option<OperatorConversation>>;
    fn take(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId, now: Timestamp) -> Task<'_, ()>;
    /// Back to the queue, to the place it had.
    fn release(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId, now: Timestamp) -> Task<'_, ()>;
    fn finish(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId, now: Timestamp) -> Task<'_, ()>;
    fn reply(
        &self,
        tenant: &TenantId,
        operator: &OperatorId,
        id: &ConversationId,
        reply: OperatorReply,
        now: Timestamp,
    ) -> Task<'_, Ack>;
    /// The picture of a message, where the conversation is on the desk.
    fn desk_image(&self, tenant: &TenantId, id: &ConversationId, message: &MessageId) -> Task<'_, Option<Image>>;
    /// Notes that the holder has seen the log up to `seq`.
    fn desk_seen(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId, seq: u64) -> Task<'_, ()>;
    /// Whether `operator` holds the conversation now.
    fn holds(&self, tenant: &TenantId, operator: &OperatorId, id: &ConversationId) -> Task<'_, bool>;
}

/// People and their sessions.
pub trait Operators {
    /// Adds, or changes password and display name of the operator of that name; their sessions end.
    fn put_operator(&self, tenant: &TenantId, operator: NewOperator, now: Timestamp) -> Task<'_, ()>;
    /// Adds an operator if there is none at all; `false` where there is, of whichever tenant. Of servers that start together
    /// one makes the first.
    fn first_operator(&self, tenant: &TenantId, operator: NewOperator, now: Timestamp) -> Task<'_, bool>;
    fn start_session(&self, tenant: &TenantId, session: NewSession, now: Timestamp) -> Task<'_, ()>;
    fn end_session(&self, tenant: &TenantId, token: Digest) -> Task<'_, ()>;
}

/// What was given for whose fault.
pub trait Ledger {
    /// Decides on checked facts, and enters what is given: one grant an order, whoever asks and how often.
    /// `digest` is of the request's facts, so that a retry is told from another request under its name.
    fn decide(
        &self,
        tenant: &TenantId,
        policy: Arc<Policy>,
        request: Asked,
        facts: Facts,
        now: Timestamp,
    ) -> Task<'_, RemedyDecision>;
    /// Redeems the code of a grant, once, whoever asks and how many at a time.
    fn redeem(&self, tenant: &TenantId, code: &str, request: RedeemRequest, now: Timestamp) -> Task<'_, Redemption>;
}

/// What shoppers have asked the merchant's back office to do: each once.
pub trait Actions {
    /// Enters an action, or says what is known of it. An action whose lease has run out is begun again under its first name.
    fn begin_action(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        action: NewAction,
        now: Timestamp,
    ) -> Task<'_, Begun>;
    /// Enters what became of it. Where the conversation was erased meanwhile nothing is entered.
    fn finish_action(&self, tenant: &TenantId, id: &ConversationId, action: &str, outcome: OutcomeTag) -> Task<'_, ()>;
}

/// An action to be entered.
#[derive(Debug, Clone)]
pub struct NewAction {
    /// The device's name of it.
    pub id: String,
    /// SHA-256 of what is asked, so that a retry is told from another action under the same name.
    pub digest: Digest,
    /// The back office's name of it, where it is new.
    pub delivery: String,
    /// Nobody else begins it before this.
    pub leased_until: Timestamp,
}

/// How an action stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// The caller is to carry it out.
    Begin {
        delivery: String,
        subject: Option<String>,
        locale: String,
    },
    /// Another one carries it out now.
    Running,
    Done(OutcomeTag),
}

/// A request for a decision.
#[derive(Debug, Clone)]
pub struct Asked {
    pub name: String,
    /// SHA-256 of the facts.
    pub digest: Digest,
}

/// All of it.
pub trait Storage:
    Directory + Conversations + Desk + Operators + Ledger + Actions + Profiles + shop::ShopLog + Send + Sync
{
    /// Names this history; another database has another one, and a cursor of it is void.
    fn epoch(&self) -> &str;
    /// Whether the database answers.
    fn ping(&self) -> Task<'_, ()>;
}

/// Tries again for ten seconds what the database cannot do at the start: it may be starting, as we are, or recovering from what ended
/// us both.
pub(crate) async fn patiently<T, F>(mut work: impl FnMut() -> F) -> Result<T, StorageError>
where
    F: Future<Output = Result<T, StorageError>>,
{
    const TRIES: u32 = 40;
    for _ in 0..TRIES {
        match work().await {
            Err(StorageError::Database(error)) => {
                tracing::warn!(%error, "the database is not ready; trying again");
                tokio::time::sleep(std::time::Duration::from_millis(250)).await;
            }
            other => return other,
        }
    }
    work().await
}

/// The database that `config` asks for. `hub` hears of every commit, also of those of other processes that share it.
///
/// # Errors
/// It cannot be opened or reached.
pub async fn open(config: &Config, hub: &Arc<Hub>) -> Result<Box<dyn Storage>, StorageError> {
    let Some(shared) = &config.storage else {
        return Ok(Box::new(sqlite::Sqlite::open(&config.data_dir, Arc::clone(hub))?));
    };
    let storage = postgres::Postgres::open(&shared.postgres, Arc::clone(hub)).await?;
    if let Some(nats) = &shared.nats {
        hub.set_relay(Arc::new(NatsRelay::start(nats, storage.epoch(), hub, storage.seen())));
    }
    Ok(Box::new(storage))
}
