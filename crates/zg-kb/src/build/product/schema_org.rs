//! A product as schema.org describes it.

use serde_json::{Map, Value};

use super::{Product, ProductVariant, availability, price, share};
use crate::build::html;
use crate::build::schema::first_text;

const ATTRIBUTES: [&str; 6] = ["color", "size", "material", "pattern", "model", "weight"];
const MAX_VARIANTS: usize = 500;

type Node = Map<String, Value>;

/// Reads a product; `None` for a node that only refers to one.
pub(in crate::build) fn from_schema(file: &str, line: u64, node: &Node) -> Option<Product> {
    let text = |name: &str| node.get(name).and_then(first_text).unwrap_or_default();
    let title = html::words(&text("name"));
    let known = ["offers", "sku", "description", "hasVariant"].iter().any(|name| node.contains_key(*name));
    if title.is_empty() || !known {
        return None;
    }
    let gtin = gtin(node);
    let sku = text("sku");
    let id = [text("productGroupID"), sku.clone(), text("productID"), gtin.clone()];
    let id = id
        .into_iter()
        .find(|id| !id.is_empty())
        .unwrap_or_else(|| format!("{:08x}", crate::format::checksum(title.as_bytes())));
    let offer = offer(node);
    let properties = list(node.get("additionalProperty"));
    let margin = properties.into_iter().filter_map(property).find_map(|(name, value)| margin(&name, &value));
    let mut product = Product {
        id,
        sku,
        gtin,
        title,
        brand: text("brand"),
        category: text("category"),
        description: html::words(&text("description")),
        price: offer.price,
        sale_price: None,
        availability: offer.availability,
        url: [text("url"), offer.url].into_iter().find(|url| !url.is_empty()).unwrap_or_default(),
        image: image(node),
        margin,
        attributes: attributes(node),
        variants: Vec::new(),
        file: file.to_owned(),
        line,
    };
    for variant in list(node.get("hasVariant")).iter().filter_map(|value| value.as_object()).take(MAX_VARIANTS) {
        let text = |name: &str| variant.get(name).and_then(first_text).unwrap_or_default();
        let offer = self::offer(variant);
        product.variants.push(ProductVariant {
            id: text("productID"),
            sku: text("sku"),
            gtin: self::gtin(variant),
            title: html::words(&text("name")),
            price: offer.price,
            sale_price: None,
            availability: offer.availability,
            attributes: attributes(variant),
        });
    }
    if product.price.is_none() {
        product.price = product.variants.iter().filter_map(|variant| variant.price.clone()).min_by_key(super::amount);
    }
    if product.availability.is_empty() {
        let state = product.variants.iter().find(|variant| variant.availability == "in_stock");
        product.availability =
            state.or(product.variants.first()).map(|variant| variant.availability.clone()).unwrap_or_default();
    }
    Some(product)
}

#[derive(Default)]
struct Offer {
    price: Option<super::Price>,
    availability: String,
    url: String,
}

/// The first offer that names a price, or the range's lower end.
fn offer(node: &Node) -> Offer {
    let mut found = Offer::default();
    for offer in list(node.get("offers")).iter().filter_map(|value| value.as_object()) {
        let within = list(offer.get("offers"));
        let nodes = std::iter::once(offer).chain(within.iter().filter_map(|value| value.as_object()));
        for node in nodes {
            let text = |name: &str| node.get(name).and_then(first_text).unwrap_or_default();
            let amount =
                [text("price"), text("lowPrice")].into_iter().find(|text| !text.is_empty()).unwrap_or_default();
            let specified = list(node.get("priceSpecification")).first().and_then(|value| value.as_object());
            let of_specified =
                |name: &str| specified.and_then(|node| node.get(name)).and_then(first_text).unwrap_or_default();
            let currency = [text("priceCurrency"), of_specified("priceCurrency")].concat();
            found.price =
                found.price.or_else(|| price(&amount, &currency)).or_else(|| price(&of_specified("price"), &currency));
            if found.availability.is_empty() {
                found.availability = availability(&text("availability"));
            }
            if found.url.is_empty() {
                found.url = text("url");
            }
        }
    }
    found
}

fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
        None => Vec::new(),
    }
}

fn gtin(node: &Node) -> String {
    let names = ["gtin", "gtin13", "gtin14", "gtin12", "gtin8", "isbn"];
    names.iter().find_map(|name| node.get(*name)).and_then(first_text).unwrap_or_default()
}

fn image(node: &Node) -> String {
    match node.get("image") {
        Some(Value::Object(image)) => {
            ["url", "contentUrl"].iter().find_map(|name| image.get(*name)).and_then(first_text).unwrap_or_default()
        }
        other => other.and_then(first_text).unwrap_or_default(),
    }
}

fn attributes(node: &Node) -> Vec<(String, String)> {
    let named = ATTRIBUTES.iter().filter_map(|name| Some(((*name).to_owned(), node.get(*name).and_then(first_text)?)));
    // What the shop earns is nothing for a shopper.
    let further = list(node.get("additionalProperty"))
        .into_iter()
        .filter_map(property)
        .filter(|(name, value)| margin(name, value).is_none());
    named.chain(further).filter(|(name, value)| !name.is_empty() && !value.is_empty()).take(50).collect()
}

/// Name and value of an additional property.
fn property(node: &Value) -> Option<(String, String)> {
    let text = |name: &str| Some(html::words(&node.get(name).and_then(first_text)?));
    Some((text("name")?, text("value")?))
}

/// What the shop earns; that of a sheet of paper is in centimetres.
fn margin(name: &str, value: &str) -> Option<u16> {
    name.eq_ignore_ascii_case("margin").then(|| share(value))?
}
