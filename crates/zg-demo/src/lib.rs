//! The demo shop 禾木里 Hemuli: a storefront page and the back office behind it.
//!
//! It stands for the merchant's own systems, so it shares nothing with zhanggui but HTTP:
//! its own catalog, its own orders in SQLite, its own rules.
//! [`order`] is the state machine of an order (pure, takes the time as an argument),
//! [`pricing`] the arithmetic of a cart, [`store`] the database, [`api`] the HTTP surface under `/api`,
//! and [`page`] serves the storefront under a strict content security policy.
//!
//! ```
//! use zg_demo::pricing::postage;
//! // Free from 99 yuan; 10 yuan below; remote provinces have their own line.
//! assert_eq!(postage(9_900, "浙江省"), 0);
//! assert_eq!(postage(9_899, "浙江省"), 1_000);
//! assert_eq!(postage(9_900, "海南省"), 1_800);
//! ```

pub mod account;
pub mod api;
pub mod catalog;
pub mod coupon;
pub mod order;
pub mod page;
pub mod pricing;
pub mod problem;
pub mod rules;
pub mod seed;
pub mod store;
pub mod text;
pub mod time;
pub mod view;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use jiff::Timestamp;

use crate::catalog::Catalog;
use crate::page::{Origin, PageError};
use crate::store::Store;

/// Where "now" comes from; tests hand in a clock they can move.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Everything a handler needs.
pub struct Shop {
    pub catalog: Catalog,
    pub store: Store,
    pub clock: Clock,
}

/// What the storefront is served from.
pub struct Site {
    /// Holds `index.html` and the folder `shop/`.
    pub assets: PathBuf,
    /// Where the widget's script comes from.
    pub widget_origin: Origin,
}

/// The whole service: back office under `/api`, storefront elsewhere.
pub fn router(shop: Arc<Shop>, site: &Site) -> Result<Router, PageError> {
    page::with_headers(page::routes(site)?.nest("/api", api::routes(shop)), &site.widget_origin)
}
