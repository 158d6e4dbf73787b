//! What every handler is given.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use tokio::sync::{OnceCell, watch};
use zg_domain::{Clock, ConversationId, TenantId, Timestamp};
use zg_proto::HandoffTag;
use zg_proto::http::Conversation;

use crate::admission::Admission;
use crate::backoffice::Offices;
use crate::config::Config;
use crate::hub::Hub;
use crate::limit::{Buckets, Rate};
use crate::log::Refusals;
use crate::metrics::Metrics;
use crate::recommend::Shops;
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
    config: ArcSwap<Config>,
    pub metrics: Metrics,
    pub admission: Admission,
    pub refusals: Refusals,
    pub offices: Offices,
    pub shops: Shops,
    pub storage: Box<dyn Storage>,
    pub hub: Arc<Hub>,
    pub clock: Box<dyn Clock + Send + Sync>,
    pub opens: Buckets<IpAddr>,
    pub messages: Buckets<(TenantId, ConversationId)>,
    pub actions: Buckets<(TenantId, ConversationId)>,
    pub addresses: Buckets<IpAddr>,
    pub tenants: Buckets<TenantId>,
    pub sign_ins_by_name: Buckets<String>,
    pub sign_ins_by_address: Buckets<IpAddr>,
    pub redemptions: Buckets<IpAddr>,
    profile_key: OnceCell<Vec<u8>>,
    /// Still serving, but no more work is to be sent here.
    draining: AtomicBool,
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
        let app = Self::with(config, clock, storage, hub);
        if app.config().profile_key.is_some() {
            // Better now than at the first shopper.
            crate::storage::patiently(|| async { app.profile_key().await.map(drop) }).await?;
        }
        Ok(app)
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
            actions: Buckets::new(config.limits.actions),
            addresses: Buckets::new(config.limits.address_requests),
            tenants: Buckets::new(config.limits.tenant_requests),
            metrics: Metrics::new(),
            offices: Offices::default(),
            shops: Shops::default(),
            refusals: Refusals::default(),
            admission: Admission::new(config.operations.max_in_flight),
            // Enough for a person who mistypes, too little for one who guesses.
            sign_ins_by_name: Buckets::new(Some(Rate { burst: 8.0, per_second: 1.0 / 30.0 })),
            sign_ins_by_address: Buckets::new(Some(Rate { burst: 30.0, per_second: 1.0 / 6.0 })),
            // A code has fifty bits and ten minutes: whoever mistypes gets on, whoever guesses does not.
            redemptions: Buckets::new(Some(Rate { burst: 30.0, per_second: 1.0 / 6.0 })),
            profile_key: OnceCell::new(),
            draining: AtomicBool::new(false),
            stopping: watch::Sender::new(false),
            config: ArcSwap::from_pointee(config),
            storage,
            hub,
            clock,
        }))
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What holds now; a request keeps what it began with.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        self.config.load_full()
    }

    /// Takes another configuration from here on. Addresses and folders stay those of the start.
    pub fn set_config(&self, config: Config) {
        self.opens.set_rate(config.limits.opens);
        self.messages.set_rate(config.limits.messages);
        self.actions.set_rate(config.limits.actions);
        self.addresses.set_rate(config.limits.address_requests);
        self.tenants.set_rate(config.limits.tenant_requests);
        self.admission.set_most(config.operations.max_in_flight);
        self.config.store(Arc::new(config));
    }

    /// Says that no more work is to be sent here; what comes is answered all the same.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed) || *self.stopping.borrow()
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

    /// The key under which shoppers are known.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn profile_key(&self) -> Result<&[u8], StorageError> {
        let second = || self.config().profile_key.clone();
        let key = self.profile_key.get_or_try_init(|| self.storage.profile_key(second())).await?;
        Ok(key)
    }

    /// The tenant whose storefront has this public key.
    #[must_use]
    pub fn tenant_of_site(&self, key: &str) -> Option<TenantId> {
        self.config().sites.iter().find(|site| site.key == key).map(|site| site.tenant.clone())
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
            seen: state.seen,
        }
    }
}
