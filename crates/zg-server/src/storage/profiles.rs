//! One shopper over several conversations: what a token has vouched for, and which of it belongs together.
//!
//! A profile is one thing that was vouched for: a user id, a WeChat id or a telephone number, kept as a keyed hash. Which profiles
//! are one shopper is said by a ledger of merges and by nothing else: conversations and consents keep the profile they came with,
//! so whatever is undone in the ledger is as it was before.

mod consent;
mod devices;
mod erase;
mod export;
mod identify;
mod merge;
mod plan;

use std::collections::BTreeSet;

use zg_domain::{ConversationId, OperatorId, TenantId, Timestamp};
use zg_proto::profile::{
    ChannelTag, ConsentByTag, Consents, DeskProfile, DeviceKey, Erasure, ExportHead, ExportedConversation,
    IdentifierTag, Merge, MergeByTag, Profile, ProfilePart, PurposeTag,
};

pub(super) use self::consent::{consents, give};
pub(super) use self::devices::{keys, redeem, revoke, start};
pub(super) use self::erase::{begin as begin_erasure, finish as finish_erasure};
pub(super) use self::export::{conversation as export_conversation, head as export_head, of_desk, show};
pub(super) use self::identify::{Believed, key, look, note};
pub(super) use self::merge::{by_hand, undo};

use super::sql::{Sql, Value};
use super::{Digest, StorageError, Task};

/// Profiles that may be one; a shopper has a handful of accounts, and who has more is no shopper.
const MAX_TOGETHER: usize = 64;

/// One thing that was vouched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    pub kind: IdentifierTag,
    /// Keyed, with the tenant in it.
    pub digest: Digest,
}

/// Whose profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Who the merchant calls this. A user id is given in clear, too: conversations and grants know it as that.
    Vouched { identifier: Identifier, user: Option<String> },
    /// Who writes in the conversation. It need not be known who that is.
    Writer(ConversationId),
    /// The profile of this name.
    Named(String),
}

/// By whom something was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    Operator(OperatorId),
    Merchant,
}

impl By {
    fn kind(&self) -> MergeByTag {
        match self {
            Self::Operator(_) => MergeByTag::Operator,
            Self::Merchant => MergeByTag::Merchant,
        }
    }

    fn operator(&self) -> Option<&str> {
        match self {
            Self::Operator(operator) => Some(operator.as_str()),
            Self::Merchant => None,
        }
    }
}

/// Which merges count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All: for the shop's own people.
    All,
    /// Those that tokens and the merchant have vouched for. What an operator took for one shopper shows nobody's words to
    /// another, and erases nobody's.
    Vouched,
}

/// A consent to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConsent {
    pub purpose: PurposeTag,
    pub granted: bool,
    pub wording: String,
    pub channel: ChannelTag,
    pub by: ConsentByTag,
}

/// What an export is of.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    pub head: ExportHead,
    pub conversations: Vec<ConversationId>,
}

/// Profiles, consents and the devices of a conversation.
pub trait Profiles {
    /// The key of the hashes: random, made when it is first asked for, the same for every process and in every backup; with a
    /// second one in it that is not in the database, where one is given.
    fn profile_key(&self, second: Option<Vec<u8>>) -> Task<'_, Vec<u8>>;
    /// Who the merchant calls this.
    fn profile(&self, tenant: &TenantId, whose: Whose) -> Task<'_, Option<Profile>>;
    /// Who writes in a conversation that is on the desk.
    fn desk_profile(&self, tenant: &TenantId, id: &ConversationId) -> Task<'_, Option<DeskProfile>>;
    /// Says that two are one. Where they are already, the newest row that says so is given.
    fn merge(
        &self,
        tenant: &TenantId,
        pair: (Whose, Whose),
        by: By,
        note: Option<String>,
        now: Timestamp,
    ) -> Task<'_, Merge>;
    /// Takes a row back: everything is as it was before. No token brings it back.
    /// `within`, where it is given, has to be a conversation of one of the two.
    fn undo(
        &self,
        tenant: &TenantId,
        merge: &str,
        within: Option<ConversationId>,
        by: By,
        now: Timestamp,
    ) -> Task<'_, Merge>;
    fn consents(&self, tenant: &TenantId, whose: Whose) -> Task<'_, Consents>;
    /// Records a consent, or that it is taken back. The same as holds already is a retry.
    fn give_consent(&self, tenant: &TenantId, whose: Whose, consent: NewConsent, now: Timestamp) -> Task<'_, Consents>;
    /// Keeps a code of which `digest` is the keyed hash.
    fn start_continuation(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        digest: Digest,
        expires: Timestamp,
        now: Timestamp,
    ) -> Task<'_, ()>;
    /// The conversation that goes on with `secret`; `None` for a code that is wrong, used or over, or where there are too many keys.
    fn redeem_continuation(
        &self,
        tenant: &TenantId,
        digest: Digest,
        secret: Digest,
        channel: ChannelTag,
        now: Timestamp,
    ) -> Task<'_, Option<ConversationId>>;
    /// The devices of a conversation; the one of `secret` is marked.
    fn device_keys(&self, tenant: &TenantId, id: &ConversationId, secret: Digest) -> Task<'_, Vec<DeviceKey>>;
    /// Lets a device in no more. Revoking again is a retry.
    fn revoke_key(&self, tenant: &TenantId, id: &ConversationId, key: &str, now: Timestamp) -> Task<'_, ()>;
    /// Whether the secret still opens the conversation, from the database and not from memory.
    fn is_open_to(&self, tenant: &TenantId, id: &ConversationId, secret: Digest) -> Task<'_, bool>;
    /// What is held of them, but for what was said.
    fn export(&self, tenant: &TenantId, whose: Whose, reach: Reach) -> Task<'_, Option<Exported>>;
    /// One of the conversations of an export; `None` where it was erased meanwhile.
    fn export_conversation(&self, tenant: &TenantId, id: &ConversationId) -> Task<'_, Option<ExportedConversation>>;
    /// Erases everything of them, and searches for it; `None` where nothing is known of them.
    fn erase_profile(
        &self,
        tenant: &TenantId,
        whose: Whose,
        reach: Reach,
        now: Timestamp,
    ) -> Task<'_, Option<(Erasure, Vec<ConversationId>)>>;
}

/// The profile that somebody is found by; `None` where there is none.
async fn start_of<S: Sql>(sql: &S, tenant: &TenantId, whose: &Whose) -> Result<Option<String>, StorageError> {
    let rows = match whose {
        Whose::Vouched { identifier, .. } => {
            let values =
                vec![tenant.as_str().into(), identifier.kind.name().into(), Value::from(identifier.digest.as_slice())];
            let query =
                "SELECT id FROM profiles WHERE tenant = $1 AND kind = $2 AND digest = $3 AND retired_at IS NULL";
            sql.query(query, values).await?
        }
        Whose::Writer(id) => {
            let values = vec![tenant.as_str().into(), id.as_str().into()];
            sql.query("SELECT profile FROM conversations WHERE tenant = $1 AND id = $2 AND erased_at IS NULL", values)
                .await?
        }
        Whose::Named(name) => {
            let values = vec![tenant.as_str().into(), name.as_str().into()];
            sql.query("SELECT id FROM profiles WHERE tenant = $1 AND id = $2", values).await?
        }
    };
    rows.first().map_or(Ok(None), |row| row.maybe_text(0))
}

/// The profiles that are one with `start`, in no order, itself among them.
async fn together<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    start: &str,
    reach: Reach,
) -> Result<BTreeSet<String>, StorageError> {
    const ALL: &str =
        "SELECT other FROM profile_merges WHERE tenant = $1 AND one = $2 AND applied = 1 AND undone_at IS NULL
         UNION SELECT one FROM profile_merges WHERE tenant = $1 AND other = $2 AND applied = 1 AND undone_at IS NULL";
    const VOUCHED: &str = "SELECT other FROM profile_merges
         WHERE tenant = $1 AND one = $2 AND applied = 1 AND undone_at IS NULL AND by_kind <> 'operator'
         UNION SELECT one FROM profile_merges
         WHERE tenant = $1 AND other = $2 AND applied = 1 AND undone_at IS NULL AND by_kind <> 'operator'";
    let edges = match reach {
        Reach::All => ALL,
        Reach::Vouched => VOUCHED,
    };
    let mut found = BTreeSet::from([start.to_owned()]);
    let mut ahead = vec![start.to_owned()];
    while let Some(profile) = ahead.pop() {
        for row in sql.query(edges, vec![tenant.as_str().into(), profile.as_str().into()]).await? {
            let next = row.text(0)?;
            if found.insert(next.clone()) {
                ahead.push(next);
            }
        }
    }
    Ok(found)
}

/// What the profiles are, oldest first.
async fn parts<S: Sql>(
    sql: &S,
    tenant: &TenantId,
    profiles: &BTreeSet<String>,
) -> Result<Vec<ProfilePart>, StorageError> {
    let mut parts = Vec::new();
    for profile in profiles {
        let values = vec![tenant.as_str().into(), profile.as_str().into()];
        for row in sql.query("SELECT id, kind, created_at FROM profiles WHERE tenant = $1 AND id = $2", values).await? {
            let kind = row.text(1)?;
            let kind = IdentifierTag::from_name(&kind)
                .ok_or_else(|| StorageError::Database(format!("a profile is of the kind {kind}")))?;
            parts.push(ProfilePart { profile: row.text(0)?, kind, since: row.integer(2)? });
        }
    }
    parts.sort_by(|a, b| (a.since, a.kind, &a.profile).cmp(&(b.since, b.kind, &b.profile)));
    Ok(parts)
}

/// Everything that somebody is known by.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) profiles: BTreeSet<String>,
    /// The merchant's numbers of them, in clear.
    pub(super) users: BTreeSet<String>,
    pub(super) conversations: BTreeSet<String>,
}

/// Follows the ledger from `whose`. Conversations that were identified before there were profiles are found by their user id.
async fn scope<S: Sql>(sql: &S, tenant: &TenantId, whose: &Whose, reach: Reach) -> Result<Scope, StorageError> {
    let mut scope = Scope::default();
    if let Some(start) = start_of(sql, tenant, whose).await? {
        scope.profiles = together(sql, tenant, &start, reach).await?;
    }
    if let (Whose::Vouched { identifier, .. }, Reach::All) = (whose, reach) {
        // The merchant means whoever had the number, so that nothing of them is left over.
        let values =
            vec![tenant.as_str().into(), identifier.kind.name().into(), Value::from(identifier.digest.as_slice())];
        let query =
            "SELECT id FROM profiles WHERE tenant = $1 AND kind = $2 AND digest = $3 AND retired_at IS NOT NULL";
        for row in sql.query(query, values).await? {
            scope.profiles.extend(together(sql, tenant, &row.text(0)?, reach).await?);
        }
    }
    match whose {
        Whose::Vouched { user, .. } => scope.users.extend(user.clone()),
        Whose::Writer(id) => {
            scope.conversations.insert(id.to_string());
        }
        Whose::Named(_) => {}
    }
    for profile in &scope.profiles {
        let values = vec![tenant.as_str().into(), profile.as_str().into()];
        let found =
            sql.query("SELECT id, subject FROM conversations WHERE tenant = $1 AND profile = $2", values).await?;
        for row in found {
            scope.conversations.insert(row.text(0)?);
            scope.users.extend(row.maybe_text(1)?);
        }
    }
    for user in &scope.users {
        let values = vec![tenant.as_str().into(), user.as_str().into()];
        let sql_text = "SELECT id FROM conversations WHERE tenant = $1 AND subject = $2 AND profile IS NULL";
        for row in sql.query(sql_text, values).await? {
            scope.conversations.insert(row.text(0)?);
        }
    }
    Ok(scope)
}
