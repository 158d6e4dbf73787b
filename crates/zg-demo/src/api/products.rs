//! `GET /api/products`, `GET /api/products/{id}`: the catalog with the stock of this moment.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{blocking, ok};
use crate::Shop;
use crate::problem::Problem;
use crate::store::Desk;

#[derive(Debug, Default, Deserialize)]
pub struct Filter {
    category: Option<String>,
    q: Option<String>,
}

pub async fn list(
    State(shop): State<Arc<Shop>>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(filter) = filter.map_err(|_| Problem::malformed())?;
    let words: Vec<String> =
        filter.q.unwrap_or_default().to_lowercase().split_whitespace().take(8).map(str::to_owned).collect();
    let products = blocking(move || {
        shop.store.transact(|desk| {
            let found = shop
                .catalog
                .documents()
                .filter(|(product, _)| filter.category.as_ref().is_none_or(|category| *category == product.category));
            let found = found.filter(|(_, document)| {
                let text = document.to_string().to_lowercase();
                words.iter().all(|word| text.contains(word.as_str()))
            });
            found.map(|(_, document)| with_stock(document, desk)).collect::<Result<Vec<_>, Problem>>()
        })
    })
    .await?;
    Ok(ok(&json!({ "currency": "CNY", "products": products })))
}

pub async fn one(State(shop): State<Arc<Shop>>, id: Result<Path<String>, PathRejection>) -> Result<Response, Problem> {
    let Path(id) = id.map_err(|_| Problem::malformed())?;
    let product = blocking(move || {
        shop.store.transact(|desk| {
            shop.catalog.document(&id).ok_or_else(Problem::not_found).and_then(|document| with_stock(document, desk))
        })
    })
    .await?;
    Ok(ok(&product))
}

fn with_stock(document: &Value, desk: &Desk<'_>) -> Result<Value, Problem> {
    let mut document = document.clone();
    for variant in document.get_mut("variants").and_then(Value::as_array_mut).into_iter().flatten() {
        let sku = variant.get("sku").and_then(Value::as_str).unwrap_or_default();
        let stock = desk.stock(sku)?;
        variant["stock"] = stock.into();
    }
    Ok(document)
}
