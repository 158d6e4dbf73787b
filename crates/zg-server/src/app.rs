//! What every handler is given.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use zg_domain::{Clock, ConversationId, TenantId, Timestamp};
use zg_proto::HandoffTag;
use zg_proto::http::Conversation;

use crate::config::Config;
use crate::hub::Hub;
use crate::limit::{Buckets, Rate};
use crate::storage::sqlite::Sqlite;
use crate::storage::{State, Storage, StorageError};

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub config: Config,
    pub storage: Box<dyn Storage>,
    pub hub: Arc<Hub>,
    pub clock: Box<dyn Clock + Send + Sync>,
    pub opens: Buckets<IpAddr>,
    pub messages: Buckets<(TenantId, ConversationId)>,
    pub sign_ins_by_name: Buckets<String>,
    pub sign_ins_by_address: Buckets<IpAddr>,
    stopping: watch::Sender<bool>,
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Opens the database that is configured.
    ///
    /// # Errors
    /// The database cannot be opened or reached.
    pub async fn start(config: Config, clock: Box<dyn Clock + Send + Sync>) -> Result<Self, StorageError> {
        let hub = Arc::new(Hub::default());
        let storage = crate::storage::open(&config, &hub).await?;
        Ok(Self::with(config, clock, storage, hub))
    }

    /// Opens the SQLite database in the configured folder.
    ///
    /// # Errors
    /// The database cannot be opened.
    pub fn open(config: Config, clock: Box<dyn Clock + Send + Sync>) -> Result<Self, StorageError> {
        let hub = Arc::new(Hub::default());
        let storage = Box::new(Sqlite::open(&config.data_dir, Arc::clone(&hub))?);
        Ok(Self::with(config, clock, storage, hub))
    }

    fn with(config: Config, clock: Box<dyn Clock + Send + Sync>, storage: Box<dyn Storage>, hub: Arc<Hub>) -> Self {
        Self(Arc::new(Inner {
            opens: Buckets::new(config.limits.opens),
            messages: Buckets::new(config.limits.messages),
            // Enough for a person who mistypes, too little for one who guesses.
            sign_ins_by_name: Buckets::new(Some(Rate { burst: 8.0, per_second: 1.0 / 30.0 })),
            sign_ins_by_address: Buckets::new(Some(Rate { burst: 30.0, per_second: 1.0 / 6.0 })),
            stopping: watch::Sender::new(false),
            config,
            storage,
            hub,
            clock,
        }))
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Ends every stream, so that the server can stop.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Resolves once the server is stopping.
    pub async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // An error would mean that the sender is gone, and it lives as long as `self`.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }

    /// The tenant whose storefront has this public key.
    #[must_use]
    pub fn tenant_of_site(&self, key: &str) -> Option<TenantId> {
        self.config.sites.iter().find(|site| site.key == key).map(|site| site.tenant.clone())
    }

    /// A state as clients read it.
    #[must_use]
    pub fn conversation(&self, id: &ConversationId, state: State) -> Conversation {
        Conversation {
            id: id.to_string(),
            state: HandoffTag::from(&state.handoff),
            epoch: self.storage.epoch().to_owned(),
            last_seq: state.last_seq,
            queue_ahead: state.queue_ahead,
            operator: state.operator,
        }
    }
}
