//! Profiles, consents and devices. Whatever changes who is who holds the tenant's profiles while it does.

use deadpool_postgres::Transaction;
use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::profile::{ChannelTag, Consents, DeskProfile, DeviceKey, Erasure, ExportedConversation, Merge, Profile};

use super::sql::On;
use super::{Postgres, conversations, row, unconnected};
use crate::hub::Change;
use crate::storage::profiles::{self, By, Exported, NewConsent, Profiles, Reach, Whose};
use crate::storage::{Digest, StorageError, Task};

impl Profiles for Postgres {
    fn profile_key(&self, second: Option<Vec<u8>>) -> Task<'_, Vec<u8>> {
        self.write(move |transaction, _| {
            Box::pin(async move { profiles::key(&On(transaction), second.as_deref()).await })
        })
    }

    fn profile(&self, tenant: &TenantId, whose: Whose) -> Task<'_, Option<Profile>> {
        let tenant = tenant.clone();
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            profiles::show(&On(&client), &tenant, &whose).await
        })
    }

    fn desk_profile(&self, tenant: &TenantId, id: &ConversationId) -> Task<'_, Option<DeskProfile>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            profiles::of_desk(&On(&client), &tenant, &id).await
        })
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
        self.write(move |transaction, _| {
            Box::pin(
                async move { profiles::by_hand(&On(transaction), &tenant, &pair, &by, note.as_deref(), now).await },
            )
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
        self.write(move |transaction, _| {
            Box::pin(async move { profiles::undo(&On(transaction), &tenant, &merge, within.as_ref(), &by, now).await })
        })
    }

    fn consents(&self, tenant: &TenantId, whose: Whose) -> Task<'_, Consents> {
        let tenant = tenant.clone();
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            profiles::consents(&On(&client), &tenant, &whose).await
        })
    }

    fn give_consent(&self, tenant: &TenantId, whose: Whose, consent: NewConsent, now: Timestamp) -> Task<'_, Consents> {
        let tenant = tenant.clone();
        self.write(move |transaction, _| {
            Box::pin(async move { profiles::give(&On(transaction), &tenant, &whose, &consent, now).await })
        })
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
        self.write(move |transaction, _| {
            Box::pin(async move { profiles::start(&On(transaction), &tenant, &id, &digest, expires, now).await })
        })
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
        self.write(move |transaction, _| {
            Box::pin(async move { profiles::redeem(&On(transaction), &tenant, &digest, &secret, channel, now).await })
        })
    }

    fn device_keys(&self, tenant: &TenantId, id: &ConversationId, secret: Digest) -> Task<'_, Vec<DeviceKey>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            profiles::keys(&On(&client), &tenant, &id, &secret).await
        })
    }

    fn revoke_key(&self, tenant: &TenantId, id: &ConversationId, key: &str, now: Timestamp) -> Task<'_, ()> {
        let (tenant, revoked, key) = (tenant.clone(), id.clone(), key.to_owned());
        let written = self.write(move |transaction, changes| {
            Box::pin(async move {
                profiles::revoke(&On(transaction), &tenant, &revoked, &key, now).await?;
                // Streams of the device end, here and in other processes.
                row::keys_changed(transaction, &tenant, &revoked, changes).await
            })
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
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            Ok(conversations::shopper(&client, &id, &secret).await?.is_some_and(|found| found == tenant))
        })
    }

    fn export(&self, tenant: &TenantId, whose: Whose, reach: Reach) -> Task<'_, Option<Exported>> {
        let tenant = tenant.clone();
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            profiles::export_head(&On(&client), &tenant, &whose, reach).await
        })
    }

    fn export_conversation(&self, tenant: &TenantId, id: &ConversationId) -> Task<'_, Option<ExportedConversation>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        Box::pin(async move {
            let client = self.pool.get().await.map_err(unconnected)?;
            profiles::export_conversation(&On(&client), &tenant, &id).await
        })
    }

    fn erase_profile(
        &self,
        tenant: &TenantId,
        whose: Whose,
        reach: Reach,
        now: Timestamp,
    ) -> Task<'_, Option<(Erasure, Vec<ConversationId>)>> {
        let tenant = tenant.clone();
        let written = self.write(move |transaction, changes| {
            Box::pin(async move { erase(transaction, &tenant, &whose, reach, now, changes).await })
        });
        Box::pin(async move {
            let outcome = written.await;
            if let Ok(Some((_, conversations))) = &outcome {
                conversations.iter().for_each(|id| self.known.forget(id));
            }
            outcome
        })
    }
}

async fn erase(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    whose: &Whose,
    reach: Reach,
    now: Timestamp,
    changes: &mut Vec<Change>,
) -> Result<Option<(Erasure, Vec<ConversationId>)>, StorageError> {
    let on = On(transaction);
    let Some(begun) = profiles::begin_erasure(&on, tenant, whose, reach).await? else { return Ok(None) };
    for id in begun.conversations() {
        match conversations::erase(transaction, tenant, &id, now, changes).await {
            // Its shopper has erased it before.
            Err(StorageError::Missing) => {}
            other => other?,
        }
    }
    profiles::finish_erasure(&on, tenant, begun, now).await.map(Some)
}
