//! Products: checked, and read from a feed of which only what has changed is taken.

use std::collections::{HashMap, HashSet};
use std::sync::PoisonError;

use axum::http::HeaderMap;
use zg_proto::recommendation::CatalogProduct;

use super::answer::is_name;
use super::learn::{Learner, look};
use super::live::Live;
use super::{Shop, settings};
use crate::app::App;
use crate::backoffice::call::Connector;
use crate::config::{BackOffice, Feed, Recommend};
use crate::random;
use crate::storage::StorageError;
use crate::storage::shop::{NewProduct, Visitor};

/// As `kb build` has it for one source.
const MAX_FEED: usize = 256 << 20;
/// Products that are entered in one transaction.
const CHUNK: usize = 1_000;

/// # Errors
/// What is wrong with it.
pub fn check(product: &CatalogProduct) -> Result<(), String> {
    let CatalogProduct { item, title, category, brand, price, currency, url, image, margin, .. } = product;
    if !is_name(&item.0) {
        return Err("item: want 1 to 255 bytes without control characters".to_owned());
    }
    if product.also.len() > 200 || !product.also.iter().all(|name| is_name(&name.0)) {
        return Err("also: want at most 200 names of 1 to 255 bytes".to_owned());
    }
    let longest = [("title", title, 1_000), ("category", category, 255), ("brand", brand, 255)];
    for (field, text, most) in longest {
        if text.as_ref().is_some_and(|text| text.len() > most) {
            return Err(format!("{field}: want at most {most} bytes"));
        }
    }
    // A card is a link: nothing but the web is to be behind it.
    for (field, address) in [("url", url), ("image", image)] {
        let fine = |address: &str| {
            let lower = address.to_ascii_lowercase();
            let web = lower.starts_with("https://") || lower.starts_with("http://");
            let own = address.starts_with('/') && !address.starts_with("//");
            address.is_empty()
                || (address.len() <= 2_048 && (web || own) && !address.chars().any(|c| c.is_control() || c == ' '))
        };
        if address.as_deref().is_some_and(|address| !fine(address)) {
            return Err(format!("{field}: want https://… or a path that begins with /"));
        }
    }
    let amount = |price: &str| {
        let digits = price.strip_prefix('0').map_or(price, |_| price);
        (1..=20).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && digits.bytes().filter(|b| *b == b'.').count() <= 1
            && digits.parse::<f64>().is_ok()
    };
    if price.as_deref().is_some_and(|price| !price.is_empty() && !amount(price)) {
        return Err("price: want a decimal number, such as \"129.00\"".to_owned());
    }
    let code = |currency: &str| currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
    if currency.as_deref().is_some_and(|currency| !currency.is_empty() && !code(currency)) {
        return Err("currency: want three letters, such as CNY".to_owned());
    }
    if margin.is_some_and(|margin| !(0.0..=1.0).contains(&margin)) {
        return Err("margin: want 0 to 1".to_owned());
    }
    Ok(())
}

impl Live {
    /// Whether what the catalog lacks is not for sale.
    pub fn is_complete(&self) -> bool {
        self.complete && !self.index.catalog().is_empty()
    }

    /// After products were taken in: a feed says all there is.
    pub fn settle(&mut self, settings: &Recommend) {
        self.complete = self.base_complete || settings.catalog.is_some();
        let complete = self.complete;
        self.index.set_partial(!complete);
    }

    /// The feed has spoken: what the index brought of products is past, and every product is to be told anew. Gives whether so.
    pub fn begin_feed(&mut self) -> bool {
        let first = !std::mem::replace(&mut self.fed, true) && !self.index.catalog().is_empty();
        if first {
            self.index.set_catalog([]);
        }
        first
    }
}

impl Shop {
    /// Reads the feed where it is due, and enters what has changed.
    pub(super) async fn feed(&self, app: &App) -> Result<(), StorageError> {
        // Fetched without the lock: others learn meanwhile.
        let Some((feed, bytes)) = self.fetch_feed(app).await else { return Ok(()) };
        let mut learner = self.learner.lock().await;
        let taken = match bytes {
            Ok(bytes) => self.take_feed(app, &mut learner, &feed, bytes).await?,
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            app.metrics.catalog("failed", 1);
            tracing::error!(tenant = %self.tenant, error, "the product feed cannot be used; what was known holds on");
        }
        Ok(())
    }

    /// The feed, where it is due.
    async fn fetch_feed(&self, app: &App) -> Option<(Feed, Result<Vec<u8>, String>)> {
        let mut learner = self.learner.lock().await;
        // As it is now: what was learned by may be older.
        let settings = settings(app, &self.tenant);
        let feed = settings.catalog.clone()?;
        let now = app.now().as_millis();
        let refresh = i64::try_from(settings.refresh.as_millis()).unwrap_or(i64::MAX);
        let due = learner.fed_at.is_none_or(|at| now.saturating_sub(at) >= refresh);
        match &feed {
            Feed::File(path) => {
                let seen = look(Some(path));
                if seen.is_some() && seen == learner.feed_look || seen.is_none() && !due {
                    return None;
                }
                (learner.feed_look, learner.fed_at) = (seen, Some(now));
            }
            Feed::Address(_) if !due => return None,
            Feed::Address(_) => learner.fed_at = Some(now),
        }
        drop(learner);
        let bytes = match &feed {
            Feed::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || read_file(&path)).await;
                read.unwrap_or_else(|_| Err("reading it panicked".to_owned()))
            }
            Feed::Address(office) => fetch(office).await,
        };
        Some((feed, bytes))
    }

    /// Enters what of a feed has changed; the inner error is the feed's.
    async fn take_feed(
        &self,
        app: &App,
        learner: &mut Learner,
        feed: &Feed,
        bytes: Vec<u8>,
    ) -> Result<Result<(), String>, StorageError> {
        let digest = random::sha256(&bytes);
        if learner.feed_digest == Some(digest) {
            return Ok(Ok(()));
        }
        let name = match feed {
            Feed::File(path) => path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            // What it is, its name says; `…/products.xml?key=1` is XML.
            Feed::Address(office) => {
                let path = office.target.path.split('?').next().unwrap_or_default();
                path.rsplit('/').next().unwrap_or_default().to_owned()
            }
        };
        let reader = app.shops.reader();
        let read = tokio::task::spawn_blocking(move || reader(&name, &bytes)).await;
        let products = match read.unwrap_or_else(|_| Err("reading it panicked".to_owned())) {
            Ok(products) if products.is_empty() => return Ok(Err("it holds no products".to_owned())),
            Ok(products) => products,
            Err(error) => return Ok(Err(error)),
        };
        let known: HashMap<String, Vec<u8>> = app.storage.fed_products(&self.tenant).await?.into_iter().collect();
        let (mut changed, mut told, mut unusable) = (Vec::new(), HashSet::new(), 0_u64);
        for product in products {
            if let Err(error) = check(&product) {
                if unusable == 0 {
                    tracing::warn!(tenant = %self.tenant, error, "a product of the feed cannot be used");
                }
                unusable += 1;
                continue;
            }
            let mut hash = Visitor::default();
            hash.copy_from_slice(&random::sha256(zg_proto::to_json(&product).as_bytes())[..16]);
            // The first of several that are called the same.
            if told.insert(product.item.0.clone()) && known.get(&product.item.0).is_none_or(|before| *before != hash) {
                changed.push(NewProduct { product, feed: Some(hash) });
            }
        }
        if told.is_empty() {
            return Ok(Err(format!("none of its {unusable} products can be used")));
        }
        let gone = known.into_keys().filter(|item| !told.contains(item)).map(|item| NewProduct {
            product: CatalogProduct {
                item: zg_proto::recommendation::ItemName(item),
                removed: true,
                ..CatalogProduct::default()
            },
            feed: Some(Visitor::default()),
        });
        changed.extend(gone);
        let (mut added, mut differ, mut removed) = (0, 0, 0);
        let mut rest = changed.into_iter().peekable();
        while rest.peek().is_some() {
            let chunk: Vec<NewProduct> = rest.by_ref().take(CHUNK).collect();
            let changes = app.storage.put_products(&self.tenant, chunk).await?;
            added += changes.added;
            differ += changes.changed;
            removed += changes.removed;
        }
        learner.feed_digest = Some(digest);
        if self.live.write().unwrap_or_else(PoisonError::into_inner).begin_feed() {
            learner.products = 0;
        }
        for (outcome, n) in [("added", added), ("changed", differ), ("removed", removed), ("unusable", unusable)] {
            app.metrics.catalog(outcome, n);
        }
        tracing::info!(
            tenant = %self.tenant, products = told.len(), added, changed = differ, removed, unusable,
            "the product feed was read"
        );
        Ok(Ok(()))
    }
}

fn read_file(path: &std::path::Path) -> Result<Vec<u8>, String> {
    use std::io::Read as _;
    let unreadable = |error: std::io::Error| format!("cannot read {}; check the path: {error}", path.display());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Err(format!("{} is not a file", path.display()));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FEED as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_FEED {
        return Err(format!("{} has more than {MAX_FEED} bytes", path.display()));
    }
    Ok(bytes)
}

async fn fetch(office: &BackOffice) -> Result<Vec<u8>, String> {
    let connector = Connector::new(office)?;
    let asked = connector.get(office, HeaderMap::new(), MAX_FEED);
    let answer = tokio::time::timeout(office.timeout, asked)
        .await
        .map_err(|_| "nothing came in time".to_owned())?
        .map_err(|broken| format!("the address gave no answer: {broken:?}"))?;
    if !answer.status.is_success() {
        return Err(format!("the address answered {}", answer.status.as_u16()));
    }
    Ok(answer.body.to_vec())
}
