//! Products as a bundle carries them: `docs/formats.md`, section `PROD`.

use super::Product;
use super::compile::Blocks;
use crate::products::{COLUMNS, MAX_PRODUCTS};

/// Article numbers of one product, its variants' among them.
const MAX_CODES: usize = 64;
const MAX_ATTRIBUTES: usize = 16;
/// Of any text, in characters; a longer one is cut, an attribute of more is a description and left out.
const MAX_CHARS: usize = 300;

/// Of what a feed says at length, in characters: enough to tell what a product is for.
const MAX_ABOUT: usize = 120;

pub(super) fn section(products: &[Product]) -> Vec<u8> {
    let rows: Vec<[String; COLUMNS]> = products.iter().take(MAX_PRODUCTS).map(row).collect();
    let mut blocks = Blocks::default();
    // What is alike stands together: the brands of all, their currencies.
    for column in 0..COLUMNS {
        rows.iter().for_each(|row| blocks.push(&row[column]));
    }
    blocks.finish()
}

fn row(product: &Product) -> [String; COLUMNS] {
    let (price, currency) = product.sale_price.as_ref().or(product.price.as_ref()).cloned().unwrap_or_default();
    let own = [&product.sku, &product.gtin];
    let of_variants = product.variants.iter().flat_map(|variant| [&variant.sku, &variant.gtin]);
    let mut codes: Vec<String> = Vec::new();
    for code in own.into_iter().chain(of_variants).map(|code| line(code)) {
        if !code.is_empty() && !codes.contains(&code) && codes.len() < MAX_CODES {
            codes.push(code);
        }
    }
    let fits = |name: &str, value: &str| {
        !name.trim().is_empty() && !value.trim().is_empty() && name.chars().count() + value.chars().count() <= MAX_CHARS
    };
    let of_shop = product.attributes.iter().map(|(name, value)| (name.trim_start().trim_start_matches('@'), &**value));
    // What has no column of its own: added later, and told from a shop's attributes by its name.
    let about: String = product.description.chars().take(MAX_ABOUT).collect();
    let of_feed = [("@category", &*product.category), ("@image", &*product.image), ("@about", &*about)];
    let attributes: Vec<String> = of_feed
        .into_iter()
        .chain(of_shop.filter(|(name, value)| fits(name, value)).take(MAX_ATTRIBUTES))
        .filter(|(name, value)| fits(name, value))
        .map(|(name, value)| format!("{}\t{}", line(name), line(value)))
        .collect();
    let texts = [&product.id, &product.title, &product.brand].map(|text| line(text));
    let [id, title, brand] = texts;
    let [price, currency, availability] = [&price, &currency, &product.availability].map(|text| line(text));
    [id, title, brand, price, currency, availability, path(&product.url), codes.join("\n"), attributes.join("\n")]
}

/// On one line, without tabs, and not for ever.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_CHARS).collect()
}

/// Path and query of an address: the page it is shown on knows the host. One that is too long to be a page's is left out.
fn path(url: &str) -> String {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => url,
    };
    let path = path.split('#').next().unwrap_or_default().trim();
    // Two slashes would lead to another host.
    let path = path.trim_start_matches('/');
    if url.is_empty() || path.len() > 2_000 { String::new() } else { format!("/{path}") }
}
