//! Google Merchant Center: RSS or Atom with the namespace `g`, and tables with the same names.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::{Product, ProductVariant, Row, availability, margin, price_field, share};
use crate::build::{Severity, Sources, html};

/// What tells a variant from another, and is worth telling a shopper.
const ATTRIBUTES: [&str; 10] =
    ["color", "size", "material", "pattern", "gender", "age_group", "condition", "size_system", "mpn", "size_guide"];
/// What differs between the variants of a product.
const OPTIONS: [&str; 4] = ["color", "size", "material", "pattern"];
/// Nothing a feed needs nests deeper.
const MAX_DEPTH: usize = 64;

/// A name without its namespace, in lower case, with underscores.
pub(super) fn field(name: &str) -> String {
    let name = name.trim().trim_start_matches('\u{feff}').to_lowercase();
    let name = name.strip_prefix("g:").unwrap_or(&name);
    name.replace([' ', '-'], "_")
}

pub(super) fn read_table(file: &str, rows: &[Row<'_>], sources: &mut Sources) {
    let items = rows
        .iter()
        .map(|row| Item {
            line: row.line,
            fields: row.cells.iter().map(|(name, value)| (field(name), value.trim().to_owned())).collect(),
        })
        .collect();
    finish(file, items, sources);
}

/// Reads RSS or Atom. Entities of a document type are never expanded.
pub(in crate::build) fn read_xml(file: &str, text: &str, sources: &mut Sources) {
    let mut reader = Reader::from_str(text);
    let (mut items, mut item): (Vec<Item>, Option<Item>) = (Vec::new(), None);
    // Names of the elements that are open; within an item the last but one is the item's.
    let mut path: Vec<String> = Vec::new();
    let mut value = String::new();
    let (mut counted, mut line) = (0, 1_u64);
    loop {
        let start = usize::try_from(reader.buffer_position()).unwrap_or(text.len()).clamp(counted, text.len());
        line += text.as_bytes()[counted..start].iter().filter(|byte| **byte == b'\n').count() as u64;
        counted = start;
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                sources.find(file, line, "xml", Severity::Error, error.to_string());
                break;
            }
        };
        match event {
            Event::Start(element) => {
                let name = field(element.name().as_ref());
                if item.is_none() && matches!(name.as_str(), "item" | "entry") {
                    item = Some(Item { line, fields: Vec::new() });
                    path.clear();
                } else if item.is_some() {
                    if path.is_empty() {
                        value.clear();
                    }
                    path.push(name);
                }
                if path.len() > MAX_DEPTH {
                    sources.find(file, line, "xml", Severity::Error, "elements nested too deeply");
                    break;
                }
            }
            Event::Empty(element) => {
                // Atom's link is an attribute.
                if let Some(item) = &mut item
                    && path.is_empty()
                    && field(element.name().as_ref()) == "link"
                    && let Some(target) =
                        element.attributes().flatten().find(|attribute| attribute.key.as_ref() == "href")
                    && let Ok(target) = quick_xml::escape::unescape(&target.value)
                {
                    item.fields.push(("link".to_owned(), target.into_owned()));
                }
            }
            Event::Text(words) if path.len() == 1 => value.push_str(&words),
            Event::CData(words) if path.len() == 1 => value.push_str(&words),
            Event::GeneralRef(reference) if path.len() == 1 => match reference.resolve_char_ref() {
                Ok(Some(character)) => value.push(character),
                _ => match quick_xml::escape::resolve_predefined_entity(&reference) {
                    Some(text) => value.push_str(text),
                    None => value.push_str(&format!("&{};", &*reference)),
                },
            },
            Event::End(_) => match path.pop() {
                Some(name) if path.is_empty() => {
                    if let Some(item) = &mut item {
                        item.fields.push((name, value.trim().to_owned()));
                    }
                }
                Some(_) => {}
                None => items.extend(item.take()),
            },
            Event::Eof => {
                if let Some(item) = &item {
                    sources.find(file, item.line, "xml", Severity::Error, "the feed ends within a product");
                }
                break;
            }
            _ => {}
        }
    }
    if items.is_empty() {
        sources.find(file, 1, "no-entries", Severity::Warning, "no item in the feed");
    }
    finish(file, items, sources);
}

struct Item {
    line: u64,
    fields: Vec<(String, String)>,
}

impl Item {
    fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(other, value)| other == name && !value.is_empty()).map_or("", |(_, value)| value)
    }

    fn attributes(&self, names: &[&str]) -> Vec<(String, String)> {
        let present = names.iter().map(|name| ((*name).to_owned(), self.get(name).to_owned()));
        present.filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// Items of one group are variants of one product.
fn finish(file: &str, items: Vec<Item>, sources: &mut Sources) {
    let mut groups: BTreeMap<String, usize> = BTreeMap::new();
    let mut products: Vec<Product> = Vec::new();
    for item in items {
        let (id, group) = (item.get("id"), item.get("item_group_id"));
        if item.get("title").is_empty() || id.is_empty() {
            sources.find(file, item.line, "product", Severity::Error, "a product without id or title");
            continue;
        }
        let price = price_field(file, item.line, item.get("price"), "", sources);
        let sale_price = price_field(file, item.line, item.get("sale_price"), "", sources);
        let availability = availability(item.get("availability"));
        let at = groups.get(group).copied().filter(|_| !group.is_empty());
        if at.is_none() {
            if !group.is_empty() {
                groups.insert(group.to_owned(), products.len());
            }
            products.push(Product {
                id: if group.is_empty() { id } else { group }.to_owned(),
                sku: if group.is_empty() { id.to_owned() } else { String::new() },
                gtin: if group.is_empty() { item.get("gtin").to_owned() } else { String::new() },
                title: html::words(item.get("title")),
                brand: item.get("brand").to_owned(),
                category: html::words(
                    [item.get("product_type"), item.get("google_product_category")]
                        .into_iter()
                        .find(|category| !category.is_empty())
                        .unwrap_or_default(),
                ),
                description: html::words(item.get("description")),
                price: price.clone(),
                sale_price: sale_price.clone(),
                availability: availability.clone(),
                url: item.get("link").to_owned(),
                image: item.get("image_link").to_owned(),
                margin: share(item.get("margin"))
                    .or_else(|| margin(sale_price.as_ref().or(price.as_ref()), item.get("cost_of_goods_sold"))),
                attributes: item.attributes(&ATTRIBUTES),
                variants: Vec::new(),
                file: file.to_owned(),
                line: item.line,
            });
        }
        if !group.is_empty() {
            let product = &mut products[at.unwrap_or(groups[group])];
            // Of the product only what all its variants share.
            product.attributes.retain(|(name, value)| item.get(name) == value && !OPTIONS.contains(&name.as_str()));
            if availability == "in_stock" {
                product.availability.clone_from(&availability);
            }
            product.variants.push(ProductVariant {
                id: id.to_owned(),
                sku: id.to_owned(),
                gtin: item.get("gtin").to_owned(),
                title: html::words(item.get("title")),
                price,
                sale_price,
                availability,
                attributes: item.attributes(&OPTIONS),
            });
        }
    }
    for product in products {
        sources.add_product(product);
    }
}
