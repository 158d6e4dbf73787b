//! Product feeds for the server, from the reader of `kb build`.

use std::sync::Arc;

use zg_kb::build::{Product, Sources};
use zg_proto::recommendation::{CatalogProduct, ItemName};
use zg_server::recommend::{FeedReader, read_json};

use super::catalog::for_sale;

/// What reads feeds: our own JSON, and whatever `zhanggui kb build` takes for a product feed.
pub fn reader() -> FeedReader {
    Arc::new(read)
}

fn read(name: &str, bytes: &[u8]) -> Result<Vec<CatalogProduct>, String> {
    if let Some(products) = read_json(bytes).ok().filter(|products| !products.is_empty()) {
        return Ok(products);
    }
    // An address may end in nothing that says what is there; markup begins as it always does.
    let known = name.rsplit_once('.').is_some_and(|(_, ending)| (2..=6).contains(&ending.len()));
    let begins = bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    let name = match begins {
        _ if known => name.to_owned(),
        Some(b'<') => format!("{name}.xml"),
        Some(b'{' | b'[') => format!("{name}.json"),
        _ => format!("{name}.csv"),
    };
    let mut sources = Sources::default();
    sources.add(&name, bytes);
    if sources.products.is_empty() {
        let why =
            sources.findings.first().map_or("`zhanggui kb collect` says what it holds", |finding| &finding.message);
        return Err(format!("no products in it: {why}"));
    }
    Ok(sources.products.iter().filter_map(product).collect())
}

fn product(product: &Product) -> Option<CatalogProduct> {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let price = product.sale_price.as_ref().or(product.price.as_ref());
    let mut names = [&product.id, &product.sku].into_iter().filter(|name| !name.trim().is_empty());
    let item = names.next()?.trim().to_owned();
    // Pages may report the product, a variant or an article number.
    let variants = product.variants.iter().flat_map(|variant| [&variant.id, &variant.sku]);
    let mut also: Vec<ItemName> = names
        .chain(variants)
        .map(|name| ItemName(name.trim().to_owned()))
        .filter(|name| !name.0.is_empty() && name.0 != item)
        .collect();
    also.sort();
    also.dedup();
    Some(CatalogProduct {
        item: ItemName(item),
        also,
        title: text(&product.title),
        category: text(&product.category),
        brand: text(&product.brand),
        price: price.map(|(amount, _)| amount.clone()).filter(|amount| !amount.is_empty()),
        currency: price.map(|(_, currency)| currency.clone()).filter(|currency| !currency.is_empty()),
        url: text(&product.url),
        image: text(&product.image),
        in_stock: Some(for_sale(product)),
        margin: product.margin.filter(|share| *share > 0).map(|share| f64::from(share) / 10_000.0),
        removed: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_are_known_by_their_ending_or_by_how_they_begin() {
        let csv = "id,title,brand,price,availability,product_type,link\n007,Silk scarf,Mu,30.00 CNY,out_of_stock,Scarves,https://shop.example/7\n";
        let xml = "<?xml version=\"1.0\"?><rss xmlns:g=\"http://base.google.com/ns/1.0\"><channel><item><g:id>007</g:id><title>Silk scarf</title><link>https://shop.example/7</link><g:price>30.00 CNY</g:price><g:availability>out_of_stock</g:availability><g:brand>Mu</g:brand><g:product_type>Scarves</g:product_type></item></channel></rss>";
        for (name, feed) in [("products.csv", csv), ("feed", csv), ("products.xml", xml), ("feed", xml), ("", xml)] {
            let products = read(name, feed.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
            let [product] = products.as_slice() else { panic!("{name}: {products:?}") };
            assert_eq!(product.item.0, "007", "{name}");
            assert_eq!(product.title.as_deref(), Some("Silk scarf"));
            assert_eq!((product.price.as_deref(), product.currency.as_deref()), (Some("30.00"), Some("CNY")));
            assert_eq!((product.in_stock, product.brand.as_deref()), (Some(false), Some("Mu")));
            assert_eq!(product.url.as_deref(), Some("https://shop.example/7"));
        }
        let own = "{\"item\":\"A1\",\"title\":\"雨衣\",\"in_stock\":true}\n{\"item\":\"A2\"}\n";
        assert_eq!(read("x.jsonl", own.as_bytes()).map(|products| products.len()), Ok(2));
        for nothing in ["", "a page without products", "{}", "\u{0}\u{1}"] {
            assert!(read("feed", nothing.as_bytes()).is_err(), "{nothing:?}");
        }
    }
}
