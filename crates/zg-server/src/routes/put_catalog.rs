//! `PUT /v1/catalog`: what has changed of products, such as their stock, for the merchant's own back office.

use axum::Json;
use axum::extract::State;
use zg_proto::recommendation::{CatalogChanges, PutCatalog};

use crate::app::App;
use crate::auth::Merchant;
use crate::body::Body;
use crate::problem::Failure;
use crate::recommend;
use crate::storage::shop::NewProduct;

const MOST: usize = 1_000;
/// Products of one transaction.
const PIECE: usize = 100;

pub async fn handle(
    State(app): State<App>,
    merchant: Merchant,
    Body(request): Body<PutCatalog>,
) -> Result<Json<CatalogChanges>, Failure> {
    if !(1..=MOST).contains(&request.products.len()) {
        return Err(Failure::invalid(format!("products: want 1 to {MOST}")));
    }
    for (n, product) in request.products.iter().enumerate() {
        recommend::check_product(product).map_err(|reason| Failure::invalid(format!("products[{n}].{reason}")))?;
    }
    let products: Vec<_> = request.products.into_iter().map(|product| NewProduct { product, feed: None }).collect();
    // Opened before, so that what is entered is a change that it hears of.
    let shop = app.shops.shop(&app, &merchant.tenant).await?;
    let mut changes = CatalogChanges::default();
    // In pieces, between which others write; should one fail, sending all again enters the rest.
    for piece in products.chunks(PIECE) {
        changes += app.storage.put_products(&merchant.tenant, piece.to_vec()).await?;
    }
    // Entered it is; should this fail, it is heard of within a second.
    if let Err(error) = shop.learn_products(&app).await {
        tracing::warn!(%error, "products that were entered are not in the lists yet");
    }
    Ok(Json(changes))
}
