//! What an index is told of a shop's products, from the feeds that `kb build` reads.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::ensure;
use zg_kb::build::Product;
use zg_recommend::{About, Index, signature};

use crate::kb;

/// What a feed says of an item that nobody may buy.
const NOT_FOR_SALE: [&str; 4] = ["out_of_stock", "discontinued", "sold_out", "not_for_sale"];

/// Tells an index of products; gives how many there are and how many of them are for sale.
///
/// # Errors
/// A feed cannot be read, or holds no products.
pub fn add(index: &mut Index, feeds: &[PathBuf]) -> anyhow::Result<(usize, usize)> {
    if feeds.is_empty() {
        return Ok((0, 0));
    }
    let products = kb::sources::read(feeds)?.products;
    ensure!(!products.is_empty(), "no products in the catalog; `zhanggui kb collect` says what a feed holds");
    Ok(tell(index, &products))
}

/// [`add`], of products that have been read.
pub fn tell(index: &mut Index, products: &[Product]) -> (usize, usize) {
    let mut numbers = BTreeMap::new();
    let mut number = |text: &str| {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return 0;
        }
        let next = numbers.len() as u32 + 1;
        *numbers.entry(text).or_insert(next)
    };
    let mut n_for_sale = 0;
    let mut about: Vec<(String, About)> = Vec::new();
    for product in products {
        let for_sale = for_sale(product);
        n_for_sale += usize::from(for_sale);
        let of_product = About {
            category: number(&product.category),
            brand: number(&product.brand),
            price: product.sale_price.as_ref().or(product.price.as_ref()).and_then(|(amount, _)| hundredths(amount)),
            margin: margin(product),
            for_sale,
            words: words(product),
        };
        // Pages may report the product, a variant or an article number.
        let variants = product.variants.iter().flat_map(|variant| [&variant.id, &variant.sku]);
        let mut names: Vec<&String> = [&product.id, &product.sku].into_iter().collect();
        let known = names.iter().any(|name| index.names().find(name).is_some());
        names.extend(variants.filter(|name| index.names().find(name).is_some()));
        names.retain(|name| !name.is_empty() && (index.names().find(name).is_some() || !known && **name == product.id));
        names.sort();
        names.dedup();
        about.extend(names.into_iter().map(|name| (name.clone(), of_product)));
    }
    index.set_catalog(about.iter().map(|(name, about)| (name.as_str(), *about)));
    (products.len(), n_for_sale)
}

pub fn for_sale(product: &Product) -> bool {
    let sellable = |availability: &str| !NOT_FOR_SALE.contains(&availability);
    if product.variants.is_empty() {
        sellable(&product.availability)
    } else {
        let any =
            product.variants.iter().any(|variant| !variant.availability.is_empty() && sellable(&variant.availability));
        let told = product.variants.iter().any(|variant| !variant.availability.is_empty());
        if told { any } else { sellable(&product.availability) }
    }
}

/// `12.5` as 1250; nothing where it is no amount.
fn hundredths(amount: &str) -> Option<u64> {
    let amount: f64 = amount.trim().parse().ok()?;
    (0.0..1e12).contains(&amount).then(|| (amount * 100.0).round() as u64)
}

/// What the shop earns of the price, from 0 to 1; 0 where no feed says.
fn margin(product: &Product) -> f32 {
    product.margin.map_or(0.0, |share| f32::from(share) / 10_000.0)
}

fn words(product: &Product) -> u64 {
    let mut words = Vec::new();
    zg_text::each_term(&zg_text::normalize(&product.title), |term, _| words.push(term.to_owned()));
    signature(words.into_iter())
}
