//! Profiles, consents and devices, on the one writer.

use rusqlite::Connection;
use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::profile::{ChannelTag, Consents, DeskProfile, DeviceKey, Erasure, ExportedConversation, Merge, Profile};

use super::sql::{On, at_once};
use super::writer::Effects;
use super::{Sqlite, conversations, row};
use crate::storage::profiles::{self, By, Exported, NewConsent, Profiles, Reach, Whose};
use crate::storage::{Digest, StorageError, Task};

impl Profiles for Sqlite {
    fn profile_key(&self, second: Option<Vec<u8>>) -> Task<'_, Vec<u8>> {
        self.write(move |connection, _| at_once(profiles::key(&On(connection), second.as_deref())))
    }

    fn profile(&self, tenant: &TenantId, whose: Whose) -> Task<'_, Option<Profile>> {
        let tenant = tenant.clone();
        self.read(move |connection| at_once(profiles::show(&On(connection), &tenant, &whose)))
    }

    fn desk_profile(&self, tenant: &TenantId, id: &ConversationId) -> Task<'_, Option<DeskProfile>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |connection| at_once(profiles::of_desk(&On(connection), &tenant, &id)))
    }

    fn merge(
        &self,
        tenant: &TenantId,
        pair: (Whose, Whose),
        by: By,
        note: Option<String>,
        now: Timestamp,
    ) -> Task<'_, Merge> {
        let tenant = tenant.clone();
        self.write(move |connection, _| {
            at_once(profiles::by_hand(&On(connection), &tenant, &pair, &by, note.as_deref(), now))
        })
    }

    fn undo(
        &self,
        tenant: &TenantId,
        merge: &str,
        within: Option<ConversationId>,
        by: By,
        now: Timestamp,
    ) -> Task<'_, Merge> {
        let (tenant, merge) = (tenant.clone(), merge.to_owned());
        self.write(move |connection, _| {
            at_once(profiles::undo(&On(connection), &tenant, &merge, within.as_ref(), &by, now))
        })
    }

    fn consents(&self, tenant: &TenantId, whose: Whose) -> Task<'_, Consents> {
        let tenant = tenant.clone();
        self.read(move |connection| at_once(profiles::consents(&On(connection), &tenant, &whose)))
    }

    fn give_consent(&self, tenant: &TenantId, whose: Whose, consent: NewConsent, now: Timestamp) -> Task<'_, Consents> {
        let tenant = tenant.clone();
        self.write(move |connection, _| at_once(profiles::give(&On(connection), &tenant, &whose, &consent, now)))
    }

    fn start_continuation(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        digest: Digest,
        expires: Timestamp,
        now: Timestamp,
    ) -> Task<'_, ()> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write(move |connection, _| at_once(profiles::start(&On(connection), &tenant, &id, &digest, expires, now)))
    }

    fn redeem_continuation(
        &self,
        tenant: &TenantId,
        digest: Digest,
        secret: Digest,
        channel: ChannelTag,
        now: Timestamp,
    ) -> Task<'_, Option<ConversationId>> {
        let tenant = tenant.clone();
        self.write(move |connection, _| {
            at_once(profiles::redeem(&On(connection), &tenant, &digest, &secret, channel, now))
        })
    }

    fn device_keys(&self, tenant: &TenantId, id: &ConversationId, secret: Digest) -> Task<'_, Vec<DeviceKey>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |connection| at_once(profiles::keys(&On(connection), &tenant, &id, &secret)))
    }

    fn revoke_key(&self, tenant: &TenantId, id: &ConversationId, key: &str, now: Timestamp) -> Task<'_, ()> {
        let (tenant, revoked, key) = (tenant.clone(), id.clone(), key.to_owned());
        let written = self.write(move |connection, effects| {
            at_once(profiles::revoke(&On(connection), &tenant, &revoked, &key, now))?;
            // Streams of the device end.
            row::keys_changed(connection, &tenant, &revoked, effects)
        });
        let id = id.clone();
        Box::pin(async move {
            let outcome = written.await;
            self.known.forget(&id);
            outcome
        })
    }

    fn is_open_to(&self, tenant: &TenantId, id: &ConversationId, secret: Digest) -> Task<'_, bool> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |connection| {
            Ok(conversations::shopper(connection, &id, &secret)?.is_some_and(|found| found == tenant))
        })
    }

    fn export(&self, tenant: &TenantId, whose: Whose, reach: Reach) -> Task<'_, Option<Exported>> {
        let tenant = tenant.clone();
        self.read(move |connection| at_once(profiles::export_head(&On(connection), &tenant, &whose, reach)))
    }

    fn export_conversation(&self, tenant: &TenantId, id: &ConversationId) -> Task<'_, Option<ExportedConversation>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |connection| at_once(profiles::export_conversation(&On(connection), &tenant, &id)))
    }

    fn erase_profile(
        &self,
        tenant: &TenantId,
        whose: Whose,
        reach: Reach,
        now: Timestamp,
    ) -> Task<'_, Option<(Erasure, Vec<ConversationId>)>> {
        let tenant = tenant.clone();
        let written =
            self.write_long(move |connection, effects| erase(connection, &tenant, &whose, reach, now, effects));
        Box::pin(async move {
            let outcome = written.await;
            if let Ok(Some((_, conversations))) = &outcome {
                conversations.iter().for_each(|id| self.known.forget(id));
            }
            outcome
        })
    }
}

fn erase(
    connection: &Connection,
    tenant: &TenantId,
    whose: &Whose,
    reach: Reach,
    now: Timestamp,
    effects: &mut Effects,
) -> Result<Option<(Erasure, Vec<ConversationId>)>, StorageError> {
    let on = On(connection);
    let Some(begun) = at_once(profiles::begin_erasure(&on, tenant, whose, reach))? else { return Ok(None) };
    for id in begun.conversations() {
        match conversations::erase(connection, tenant, &id, now, effects) {
            // Its shopper has erased it before.
            Err(StorageError::Missing) => {}
            other => other?,
        }
    }
    effects.erased = true;
    at_once(profiles::finish_erasure(&on, tenant, begun, now)).map(Some)
}
