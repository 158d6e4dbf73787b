//! An index over the end of the process: a snapshot now and then, and the log of events where there is none, or it is damaged.
//!
//! Two files: the index, named after its checksum, and beside it what it holds of the log. The second is put in place last, so
//! that at any moment it names a whole index.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use zg_domain::TenantId;
use zg_proto::recommendation::{ItemName, StoredShop, StoredVisit};
use zg_recommend::{Index, Knobs};

use super::learn::{Learner, Mode, PAGE, Visit, look};
use super::live::Live;
use super::{Shop, settings};
use crate::app::App;
use crate::random;
use crate::storage::StorageError;
use crate::storage::shop::Visitor;

/// The longest index that is read.
const MAX_INDEX: u64 = 8 << 30;
const VERSION: u32 = 1;

fn folder(app: &App) -> PathBuf {
    app.config().data_dir.join("recommend")
}

/// A file name for a tenant, whatever its id.
fn stem(tenant: &TenantId) -> String {
    hex::encode(&random::sha256(tenant.as_str().as_bytes())[..8])
}

/// An index of the configuration.
struct Base {
    index: Index,
    checksum: u32,
}

fn read_base(path: &Path) -> Result<Base, String> {
    let unreadable = |error: std::io::Error| format!("cannot read {}; check the path: {error}", path.display());
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > MAX_INDEX {
        return Err(format!("{} has {length} bytes; {MAX_INDEX} is the most", path.display()));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let index = Index::load(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Base { index, checksum: checksum(&bytes) })
}

/// The checksum that the file has of itself; its header says so.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.get(16..20).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err("reading it panicked".to_owned()))
}

/// Opens what is known of a tenant. An index that cannot be read is told of, and costs no more than what it held.
pub(super) async fn open(app: &App, tenant: &TenantId) -> Result<(Live, Learner), StorageError> {
    let settings = settings(app, tenant);
    let mut learner =
        Learner { settings: settings.clone(), index_look: look(settings.index.as_ref()), ..Learner::default() };
    let base = match settings.index.clone() {
        Some(path) => match blocking(move || read_base(&path)).await {
            Ok(base) => Some(base),
            Err(error) => {
                tracing::error!(%tenant, error, "the index of recommendations cannot be used; beginning without it");
                None
            }
        },
        None => None,
    };
    let (folder, stem, epoch) = (folder(app), stem(tenant), app.storage.epoch().to_owned());
    let wanted = base.as_ref().map_or(0, |base| base.checksum);
    let found = blocking(move || read_snapshot(&folder, &stem, &epoch, wanted)).await;
    let live = match found {
        Ok(Some((stored, index))) => {
            let mut live = Live::new(index, stored.base, stored.base_newest, stored.base_complete);
            live.revision = stored.events;
            live.settle(&settings);
            learner.resume(visits(stored.open));
            replay(app, tenant, &mut learner, &mut live, stored.events).await?;
            return Ok((live, learner));
        }
        Ok(None) => begin(app, base),
        Err(error) => {
            tracing::warn!(%tenant, error, "the snapshot of recommendations cannot be used; learning from the log anew");
            begin(app, base)
        }
    };
    let mut live = live;
    live.settle(&settings);
    replay(app, tenant, &mut learner, &mut live, 0).await?;
    Ok((live, learner))
}

fn begin(app: &App, base: Option<Base>) -> Live {
    match base {
        Some(Base { index, checksum }) => {
            let (newest, complete) = (index.newest(), !index.catalog().is_empty());
            Live::new(index, checksum, newest, complete)
        }
        None => {
            // Far enough back for what merchants say of the past.
            let from = app.now().as_millis() as f64 / 1_000.0 - 400.0 * 86_400.0;
            Live::new(Index::empty(Knobs::default(), from), 0, 0.0, false)
        }
    }
}

/// Another index in place of the one that serves: what has happened since it was made is taken in before it does.
pub(super) async fn rebuild(
    app: &App,
    tenant: &TenantId,
    before: &Learner,
    path: Option<PathBuf>,
) -> Result<(Live, Learner), String> {
    let base = match path {
        Some(path) => Some(blocking(move || read_base(&path)).await?),
        None => None,
    };
    let mut learner = Learner {
        settings: before.settings.clone(),
        index_look: before.index_look,
        feed_look: before.feed_look,
        fed_at: before.fed_at,
        feed_digest: before.feed_digest,
        saved_at: before.saved_at,
        ..Learner::default()
    };
    let mut live = begin(app, base);
    live.settle(&learner.settings);
    replay(app, tenant, &mut learner, &mut live, 0).await.map_err(|error| error.to_string())?;
    Ok((live, learner))
}

/// Takes in products and events of the log; the visits of those up to `known` are in the index.
async fn replay(
    app: &App,
    tenant: &TenantId,
    learner: &mut Learner,
    live: &mut Live,
    known: u64,
) -> Result<(), StorageError> {
    if learner.settings.catalog.is_some() && !app.storage.fed_products(tenant).await?.is_empty() {
        live.begin_feed();
    }
    loop {
        let products = app.storage.products_after(tenant, learner.products, PAGE).await?;
        for (seq, product) in &products {
            live.set_product(product);
            learner.products = *seq;
        }
        if products.len() < PAGE as usize {
            break;
        }
    }
    live.settle(&learner.settings);
    loop {
        let events = app.storage.events_after(tenant, learner.events, PAGE).await?;
        let (old, new) = events.split_at(events.partition_point(|event| event.seq <= known));
        learner.take(old, live, Mode::Known);
        learner.take(new, live, Mode::Live);
        if events.len() < PAGE as usize {
            break;
        }
    }
    // Those that were forgotten meanwhile are known all the same.
    learner.events = learner.events.max(known);
    Ok(())
}

fn visits(stored: Vec<StoredVisit>) -> HashMap<Visitor, Visit> {
    let read = |visit: StoredVisit| {
        let mut visitor = Visitor::default();
        hex::decode_to_slice(&visit.visitor, &mut visitor).ok()?;
        let StoredVisit { items, first_at, last_at, last_received, dropped, .. } = visit;
        let items = items.into_iter().map(|ItemName(name)| name).collect();
        Some((visitor, Visit { items, first_at, last_at, last_received, dropped }))
    };
    stored.into_iter().filter_map(read).collect()
}

/// The snapshot, where there is one of this history and of this index.
fn read_snapshot(folder: &Path, stem: &str, epoch: &str, base: u32) -> Result<Option<(StoredShop, Index)>, String> {
    let path = folder.join(format!("{stem}.json"));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let stored: StoredShop = zg_proto::from_json(&text).map_err(|error| error.to_string())?;
    if stored.version != VERSION || stored.epoch != epoch || stored.base != base {
        return Ok(None);
    }
    if stored.index.contains(['/', '\\']) {
        return Err("it names a file elsewhere".to_owned());
    }
    let bytes = std::fs::read(folder.join(&stored.index)).map_err(|error| error.to_string())?;
    let index = Index::load(&bytes).map_err(|error| error.to_string())?;
    Ok(Some((stored, index)))
}

impl Shop {
    /// Writes a snapshot.
    pub(super) async fn save(&self, app: &App) {
        let mut learner = self.learner.lock().await;
        self.save_with(app, &mut learner).await;
    }

    pub(super) async fn save_with(&self, app: &App, learner: &mut Learner) {
        let (bytes, stored, revision) = {
            let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
            if live.revision == learner.saved_revision {
                return;
            }
            let bytes = live.index.save();
            let open = learner.open.iter().map(|(visitor, visit)| StoredVisit {
                visitor: hex::encode(visitor),
                items: visit.items.iter().cloned().map(ItemName).collect(),
                first_at: visit.first_at,
                last_at: visit.last_at,
                last_received: visit.last_received,
                dropped: visit.dropped,
            });
            let stored = StoredShop {
                version: VERSION,
                epoch: app.storage.epoch().to_owned(),
                base: live.base,
                base_newest: live.base_newest,
                base_complete: live.base_complete,
                index: format!("{}-{:08x}.zgrx", stem(&self.tenant), checksum(&bytes)),
                events: learner.events,
                open: open.collect(),
            };
            (bytes, stored, live.revision)
        };
        learner.saved_at = app.now().as_millis();
        let (folder, stem) = (folder(app), stem(&self.tenant));
        match blocking(move || write(&folder, &stem, &stored, &bytes).map_err(|error| error.to_string())).await {
            Ok(()) => learner.saved_revision = revision,
            Err(error) => {
                tracing::warn!(tenant = %self.tenant, error, "no snapshot of recommendations could be written; the log has everything");
            }
        }
    }
}

fn write(folder: &Path, stem: &str, stored: &StoredShop, bytes: &[u8]) -> std::io::Result<()> {
    crate::storage::sqlite::create_private(folder)?;
    let put = |name: &str, bytes: &[u8]| {
        let part = folder.join(format!("{name}.part"));
        std::fs::write(&part, bytes)?;
        std::fs::File::open(&part)?.sync_all()?;
        std::fs::rename(&part, folder.join(name))
    };
    put(&stored.index, bytes)?;
    put(&format!("{stem}.json"), zg_proto::to_json(stored).as_bytes())?;
    // Those before.
    for item in std::fs::read_dir(folder)?.flatten() {
        let name = item.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("{stem}-")) && name != stored.index {
            std::fs::remove_file(item.path())?;
        }
    }
    Ok(())
}
