//! One shopper over several conversations and channels (`docs/profile.md`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::HandoffTag;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $name { $(#[serde(rename = $word)] $variant,)+ }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// What a merchant vouches for of a shopper, the strongest first.
    IdentifierTag { User = "user", Wechat = "wechat", Phone = "phone", }
}
words! {
    /// What a shopper agrees to.
    PurposeTag { Service = "service", Recommendations = "recommendations", Marketing = "marketing", }
}
words! {
    /// Where a device is.
    ChannelTag { Web = "web", App = "app", Wechat = "wechat", }
}
words! {
    /// By whom two profiles were said to be one, or that was taken back.
    MergeByTag { Token = "token", Operator = "operator", Merchant = "merchant", }
}
words! {
    /// By whom a consent was recorded.
    ConsentByTag { Shopper = "shopper", Merchant = "merchant", }
}

/// A shopper, by one thing that the merchant knows of them: exactly one field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// The `sub` of the merchant's tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// In international form, or eleven digits of mainland China.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The `wechat` of the merchant's tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechat: Option<String>,
}

/// `POST /v1/profiles/show`, `…/export` and `…/erase`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OfProfile {
    pub who: Who,
}

/// `POST /v1/profiles/merges`: the merchant says that two are one shopper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MergeProfiles {
    pub one: Who,
    pub other: Who,
    /// Why, in at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// `POST /v1/operator/conversations/{id}/profile/merges`: an operator says that the shopper is also this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MergeHere {
    /// The other profile, as a proposal or another view names it.
    pub profile: String,
    /// Why, in at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// `POST …/merges/undo`. Undoing again is a retry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UndoMerge {
    pub merge: String,
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Merge {
    pub id: String,
    pub one: String,
    pub other: String,
    /// What speaks for it: the kind of identifier that a token named together with another, or `hand`.
    pub evidence: String,
    /// Thousandths.
    pub confidence: i64,
    /// It took effect; a proposal has not.
    pub applied: bool,
    pub by: MergeByTag,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Milliseconds since 1970.
    pub at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone: Option<Undone>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Undone {
    pub by: MergeByTag,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    pub at: i64,
}

/// `POST /v1/conversations/{id}/consents`: the shopper agrees, or takes it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GiveConsent {
    pub purpose: PurposeTag,
    pub granted: bool,
    /// Version of the words that the shopper saw: 1 to 64 visible ASCII characters.
    pub wording: String,
    pub channel: ChannelTag,
}

/// `POST /v1/profiles/consents`: the merchant records what a shopper has said elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordConsent {
    pub who: Who,
    pub purpose: PurposeTag,
    pub granted: bool,
    /// Version of the words that the shopper saw: 1 to 64 visible ASCII characters.
    pub wording: String,
    pub channel: ChannelTag,
}

/// What was said of a purpose, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Consent {
    pub purpose: PurposeTag,
    pub granted: bool,
    pub wording: String,
    pub channel: ChannelTag,
    pub by: ConsentByTag,
    pub at: i64,
}

/// What holds now, purpose by purpose, and what was said before, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Consents {
    pub now: BTreeMap<String, bool>,
    pub history: Vec<Consent>,
}

/// `POST /v1/conversations/{id}/continuations` answers with a code that works once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Continuation {
    /// Ten digits of Crockford's base 32 in two groups; case, hyphens and spaces are nothing.
    pub code: String,
    /// Milliseconds since 1970.
    pub expires_at: i64,
}

/// `POST /v1/continuations/redeem`, with the new device's secret as its bearer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RedeemContinuation {
    pub code: String,
    /// The storefront's public key, which names the tenant.
    pub site_key: String,
    pub channel: ChannelTag,
}

/// A device that may read and write a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceKey {
    /// `first` for the device that has opened the conversation.
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelTag>,
    pub added_at: i64,
    /// The one that asks.
    #[serde(default)]
    pub mine: bool,
}

/// `GET /v1/conversations/{id}/keys`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceKeys {
    pub keys: Vec<DeviceKey>,
}

/// `POST /v1/conversations/{id}/keys/revoke`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RevokeKey {
    pub key: String,
}

/// `POST /v1/conversations/{id}/export`: this conversation, or with a token everything of who it names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExportMine {
    /// As of `POST …/identity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// `POST /v1/conversations/{id}/profile/erase`: everything of who the token names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EraseMine {
    /// As of `POST …/identity`.
    pub token: String,
}

/// Something that was vouched for of a shopper: its kind; the value is kept nowhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfilePart {
    pub profile: String,
    pub kind: IdentifierTag,
    /// Milliseconds since 1970.
    pub since: i64,
}

/// Who a shopper is over all channels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Profile {
    /// The oldest of its parts.
    pub profile: String,
    pub parts: Vec<ProfilePart>,
    /// Of the ledger, what touches any part, oldest first.
    pub merges: Vec<Merge>,
    pub consents: Consents,
    pub conversations: u64,
}

/// `GET /v1/operator/conversations/{id}/profile`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeskProfile {
    /// The merchant vouches for who it is.
    pub verified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Of those for which a person was asked, newest first; none without consent to `service`.
    pub earlier: Vec<EarlierConversation>,
    /// Where the conversation goes on besides.
    pub devices: Vec<DeviceKey>,
}

/// A conversation of the same shopper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EarlierConversation {
    pub id: String,
    pub state: HandoffTag,
    /// Milliseconds since 1970.
    pub opened_at: i64,
    pub last_seq: u64,
    pub preview: String,
}

/// What was erased, and that a search afterwards found nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Erasure {
    /// Milliseconds since 1970.
    pub erased_at: i64,
    pub profiles: u64,
    pub conversations: u64,
    /// Rows that named the shopper before, by `table.column`.
    pub before: BTreeMap<String, u64>,
    /// The same search after it. Every number is 0, or the request has failed.
    pub remaining: BTreeMap<String, u64>,
}

/// The head of an export; what was said follows it, conversation by conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportHead {
    pub parts: Vec<ProfilePart>,
    pub merges: Vec<Merge>,
    pub consents: Consents,
    /// What was given for whose fault, and its codes.
    pub grants: Vec<ExportedGrant>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportedGrant {
    pub order: String,
    pub customer: String,
    pub rule: String,
    pub fault: String,
    pub gives: String,
    pub amount: i64,
    pub granted_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A conversation in an export. Its fields `messages` (each a `Sequenced`) and `images` follow these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportedConversation {
    pub id: String,
    pub state: HandoffTag,
    pub locale: String,
    pub opened_at: i64,
    pub last_seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub actions: Vec<ExportedAction>,
    pub devices: Vec<DeviceKey>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportedAction {
    pub id: String,
    pub begun_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<serde_json::Value>,
}

/// A picture in an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportedImage {
    pub message: String,
    pub media_type: String,
    /// Base64.
    pub data: String,
}
