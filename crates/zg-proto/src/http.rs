//! The sync endpoint, `/v1`.

use serde::{Deserialize, Serialize};

use crate::cli::PacketTag;
use crate::{AuthorTag, HandoffTag, Message};

/// `POST /v1/conversations`. The device makes id and secret, so that a conversation can begin offline
/// and a retry is recognised; the server keeps a hash of the secret.
/// The credential on this and every further request is `Authorization: Bearer <secret>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenConversation {
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,64}$")))]
    pub id: String,
    /// The storefront's public key, which names the tenant.
    pub site_key: String,
    /// BCP 47.
    pub locale: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// The state of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conversation {
    pub id: String,
    pub state: HandoffTag,
    /// Changes when history before it is gone; a cursor of another epoch is void.
    pub epoch: String,
    /// Sequence number of the newest message, 0 where there is none.
    pub last_seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_ahead: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// Sequence number up to which a person has seen the log; 0 where none has.
    #[serde(default, skip_serializing_if = "none_seen")]
    pub seen: u64,
}

fn none_seen(seq: &u64) -> bool {
    *seq == 0
}

/// `POST /v1/conversations/{id}/seen`, and the operators' one: the log has been seen up to here. It never goes back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Seen {
    pub seq: u64,
}

/// `POST /v1/conversations/{id}/images`: a picture with its message, once a person was asked for. Acknowledged means committed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PostImage {
    /// Of the shopper's, and of the kind `image`.
    pub message: Message,
    /// JPEG, PNG or WebP in base64.
    pub data: String,
}

/// `POST /v1/conversations/{id}/messages`: at most 200, in order. Acknowledged means committed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PostMessages {
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    pub messages: Vec<Message>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Posted {
    pub acks: Vec<Ack>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ack {
    /// The message's id.
    pub id: String,
    pub seq: u64,
    /// It had arrived before; nothing was written.
    pub duplicate: bool,
}

/// `POST /v1/conversations/{id}/handoff`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RequestHandoff {
    /// Why: `shopper_asked`, `repeated`, `emotion`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the person should know; a later one takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet: Option<PacketTag>,
}

/// `POST /v1/conversations/{id}/identity`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Identify {
    /// A JSON Web Token of the merchant's back office (`docs/serve.md`).
    pub token: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Identified {
    /// The token's `sub`; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// A message with its place in the conversation's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sequenced {
    pub seq: u64,
    #[serde(flatten)]
    pub message: Message,
}

/// `GET /v1/conversations/{id}/messages?after=SEQ&limit=N`, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessagePage {
    pub messages: Vec<Sequenced>,
    /// The `after` of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// The query of `GET …/messages` and of `GET /v1/operator/conversations/{id}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Sequence number after which to begin; 0 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// The query of `GET …/events`: `<epoch>-<seq>`, for a first connection that has history already.
/// The header `Last-Event-ID` goes before it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What `GET /v1/conversations/{id}/events` carries (server-sent events).
///
/// The event's `id` is `<epoch>-<seq>`; `event` is `message` or `conversation`; `data` is this, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Event {
    Message(Sequenced),
    Conversation(Conversation),
}

/// An error, by RFC 9457 (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Stable word that clients may match.
    pub code: String,
    /// Names this occurrence in the server's log.
    pub instance: String,
}

/// `POST /v1/operator/session`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub name: String,
    pub password: String,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperatorSession {
    pub operator: String,
    pub display_name: String,
    /// To be sent as `X-CSRF-Token` with every unsafe request.
    pub csrf_token: String,
}

/// One row of the operators' queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueItem {
    pub id: String,
    pub state: HandoffTag,
    /// Milliseconds since 1970 when a person was asked for.
    pub since: i64,
    pub locale: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the shopper wants, and what was told and tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet: Option<PacketTag>,
    /// Who the shopper is, in the merchant's own word: a number and a name. Absent where nobody vouches for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_name: Option<String>,
    /// Display name of who holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The asking operator holds it.
    #[serde(default)]
    pub mine: bool,
    /// Sequence number up to which the shopper has seen the log.
    #[serde(default, skip_serializing_if = "none_seen")]
    pub seen: u64,
    /// The newest message of the shopper's, cut to 120 characters.
    pub preview: String,
    pub last_seq: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Queue {
    pub items: Vec<QueueItem>,
}

/// `POST /v1/operator/conversations/{id}/messages`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OperatorReply {
    /// Made by the console; a retry with the same id is recognised.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,64}$")))]
    pub id: String,
    pub text: String,
}

/// `GET /v1/operator/conversations/{id}?after=SEQ&limit=N`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperatorConversation {
    #[serde(flatten)]
    pub item: QueueItem,
    pub epoch: String,
    /// Oldest first.
    pub messages: Vec<Sequenced>,
    /// The `after` of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// `event: message` of `GET /v1/operator/events`: of a conversation that the operator holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperatorMessage {
    pub conversation: String,
    #[serde(flatten)]
    pub message: Sequenced,
}

/// `event: queue` of `GET /v1/operator/events`: the conversation has changed, so read again what shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueChanged {
    pub conversation: String,
}

/// `event: typing` of both streams; it is not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Typing {
    pub conversation: String,
    pub author: AuthorTag,
}

/// `GET /healthz` and `GET /readyz`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Health {
    pub status: String,
}

/// `zhanggui.json`, beside the static files: what there is to load, by content hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub version: u32,
    pub files: Vec<ManifestFile>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// `loader`, `widget`, `engine`, `inference`, `model`, `knowledge`, `locale`, `page`.
    pub role: String,
    /// Relative to the manifest.
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
    /// The language a model or locale is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}
