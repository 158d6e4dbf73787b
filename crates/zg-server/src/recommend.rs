//! Recommendations: an index for each tenant, which learns from the log of events while it serves.
//!
//! What is answered comes from memory; what is learned comes from the database, whichever process has written it there. One
//! task takes in what is new once a second, and at once where this process has written it.

pub(crate) mod answer;
pub(crate) mod catalog;
pub(crate) mod events;
pub(crate) mod feed;
mod keep;
mod learn;
mod live;
mod write;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use zg_domain::TenantId;
use zg_proto::recommendation::CatalogProduct;

use crate::app::App;
use crate::config::Recommend;
use crate::limit::{Buckets, Rate};
use crate::random;
use crate::storage::StorageError;
use crate::storage::shop::Visitor;

pub use self::answer::{Failed, is_visitor};
pub(crate) use self::catalog::check as check_product;
pub use self::events::Addresses;
pub(crate) use self::events::{id as event_id, read as read_event};
pub use self::feed::read as read_json;
use self::learn::Learner;
use self::live::Live;

/// Reads a product feed: its name and bytes in, products out, or what is wrong with it.
pub type FeedReader = Arc<dyn Fn(&str, &[u8]) -> Result<Vec<CatalogProduct>, String> + Send + Sync>;

/// How often is looked for what other processes have written, and for files that have changed.
const EVERY: Duration = Duration::from_secs(1);
/// Lists that wait to be written, in bytes: of some hundred a second all are kept, of more as many. Which of them does not depend
/// on what is in them, so that whoever judges by them sees a fair share.
const MAX_WAITING: usize = 256 << 10;

static DEFAULT: LazyLock<Arc<Recommend>> = LazyLock::new(Arc::default);

/// Every tenant's.
pub struct Shops {
    shops: RwLock<HashMap<TenantId, Arc<Shop>>>,
    /// One is opened at a time: replaying a log twice would be waste.
    opening: tokio::sync::Mutex<()>,
    reader: OnceLock<FeedReader>,
    news: Notify,
    /// Events of one address, of pages.
    pub events: Buckets<IpAddr>,
    pub addresses: Addresses,
}

impl Default for Shops {
    fn default() -> Self {
        Self {
            shops: RwLock::default(),
            opening: tokio::sync::Mutex::default(),
            reader: OnceLock::new(),
            news: Notify::new(),
            // A family's evening is a hundred; a school behind one address has some thousand.
            events: Buckets::new(Rate::per_minute(6_000)),
            addresses: Addresses::default(),
        }
    }
}

/// One tenant's.
pub struct Shop {
    tenant: TenantId,
    live: RwLock<Live>,
    learner: tokio::sync::Mutex<Learner>,
    /// Lists that were shown and are not written yet.
    waiting: Mutex<String>,
    /// What is going on: each at most once at a time, and neither waits for the other.
    learning: AtomicBool,
    feeding: AtomicBool,
}

impl Shops {
    /// Who reads feeds. Once, before the first is read; without one they are JSON of [`CatalogProduct`].
    pub fn set_reader(&self, reader: FeedReader) {
        // A second one would be a mistake of the caller's; the first stays.
        let _ = self.reader.set(reader);
    }

    fn reader(&self) -> FeedReader {
        self.reader.get().cloned().unwrap_or_else(|| Arc::new(|_, bytes| feed::read(bytes)))
    }

    /// The tenant's, opened where it is not yet.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn shop(&self, app: &App, tenant: &TenantId) -> Result<Arc<Shop>, StorageError> {
        match self.open_already(tenant) {
            Some(shop) => Ok(shop),
            // Apart: a request holds room for all that it may wait for, and hardly any waits for this.
            None => Box::pin(self.open(app, tenant)).await,
        }
    }

    async fn open(&self, app: &App, tenant: &TenantId) -> Result<Arc<Shop>, StorageError> {
        let _turn = self.opening.lock().await;
        if let Some(shop) = self.open_already(tenant) {
            return Ok(shop);
        }
        let (live, learner) = keep::open(app, tenant).await?;
        let shop = Arc::new(Shop {
            tenant: tenant.clone(),
            live: RwLock::new(live),
            learner: tokio::sync::Mutex::new(learner),
            waiting: Mutex::default(),
            learning: AtomicBool::new(false),
            feeding: AtomicBool::new(false),
        });
        self.shops.write().unwrap_or_else(PoisonError::into_inner).insert(tenant.clone(), Arc::clone(&shop));
        Ok(shop)
    }

    fn open_already(&self, tenant: &TenantId) -> Option<Arc<Shop>> {
        self.shops.read().unwrap_or_else(PoisonError::into_inner).get(tenant).cloned()
    }

    /// Something was written here: take it in soon.
    pub fn wake(&self) {
        self.news.notify_one();
    }
}

/// What the tenant's configuration says.
pub fn settings(app: &App, tenant: &TenantId) -> Arc<Recommend> {
    let config = app.config();
    let told = config.sites_of(tenant).find_map(|site| site.recommend.clone());
    told.unwrap_or_else(|| Arc::clone(&DEFAULT))
}

/// The hash under which a visitor is known; of another tenant it is another.
pub fn visitor(tenant: &TenantId, id: &str) -> Visitor {
    let hash = random::sha256(format!("visitor\n{tenant}\n{id}").as_bytes());
    let mut visitor = Visitor::default();
    visitor.copy_from_slice(&hash[..16]);
    visitor
}

fn tenants(app: &App) -> Vec<TenantId> {
    let mut tenants: Vec<TenantId> = app.config().sites.iter().map(|site| site.tenant.clone()).collect();
    tenants.sort();
    tenants.dedup();
    tenants
}

fn warn(learned: Result<(), StorageError>) {
    if let Err(error) = learned {
        tracing::warn!(%error, "nothing could be learned for now; trying again");
    }
}

/// Takes in all that is new, of every tenant: events, products, files that have changed; writes what waits.
/// A server does so by itself; this is for tests, and for other servers.
pub async fn learn(app: &App) {
    for tenant in tenants(app) {
        match app.shops.shop(app, &tenant).await {
            Ok(shop) => {
                warn(shop.feed(app).await);
                warn(shop.step(app).await);
            }
            Err(error) => warn(Err(error)),
        }
    }
}

/// Begins what is not going on already: a feed that does not answer holds up nothing but itself.
fn begin(app: &App, tenant: TenantId) {
    let app = app.clone();
    tokio::spawn(async move {
        let shop = match app.shops.shop(&app, &tenant).await {
            Ok(shop) => shop,
            Err(error) => return warn(Err(error)),
        };
        if !shop.feeding.swap(true, Ordering::AcqRel) {
            let (app, shop) = (app.clone(), Arc::clone(&shop));
            tokio::spawn(async move {
                warn(shop.feed(&app).await);
                shop.feeding.store(false, Ordering::Release);
            });
        }
        if !shop.learning.swap(true, Ordering::AcqRel) {
            warn(shop.step(&app).await);
            shop.learning.store(false, Ordering::Release);
        }
    });
}

/// Learns for as long as the server runs.
pub async fn follow(app: App) {
    let mut look = tokio::time::interval(EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.stopped() => return,
            () = app.shops.news.notified() => {}
            _ = look.tick() => {}
        }
        for tenant in tenants(&app) {
            begin(&app, tenant);
        }
    }
}

/// Writes what waits, and a snapshot of each index; for the end.
pub async fn close(app: &App) {
    let shops: Vec<Arc<Shop>> =
        app.shops.shops.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
    for shop in shops {
        if let Err(error) = shop.step(app).await {
            tracing::warn!(%error, "the last events were not taken in; they are in the log");
        }
        shop.save(app).await;
    }
}
