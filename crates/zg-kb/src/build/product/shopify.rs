//! Shopify: the table it exports, a row per variant, and `products.json`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Product, ProductVariant, Row, amount, margin, price_field};
use crate::build::{Severity, Sources, html};

pub(super) fn read_table(file: &str, rows: &[Row<'_>], sources: &mut Sources) {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    // A product, the names of its options, and whether shoppers see it.
    let mut products: Vec<(Product, [String; 3], bool)> = Vec::new();
    for row in rows {
        let handle = row.cell("Handle");
        if handle.is_empty() {
            sources.find(file, row.line, "product", Severity::Error, "a row without a handle");
            continue;
        }
        let at = *places.entry(handle).or_insert_with(|| {
            products.push((first_row(file, handle, row), Default::default(), is_public(row)));
            products.len() - 1
        });
        let (product, options, _) = &mut products[at];
        for (at, option) in options.iter_mut().enumerate() {
            let name = row.cell(&format!("Option{} Name", at + 1));
            if !name.is_empty() {
                name.clone_into(option);
            }
        }
        // Rows that only add an image have neither.
        if row.cell("Option1 Value").is_empty() && row.cell("Variant Price").is_empty() {
            continue;
        }
        let values = [1, 2, 3].map(|at| row.cell(&format!("Option{at} Value")));
        let (price, sale_price) =
            prices(file, row.line, row.cell("Variant Price"), row.cell("Variant Compare At Price"), sources);
        if product.margin.is_none() {
            product.margin = margin(sale_price.as_ref().or(price.as_ref()), row.cell("Cost per item"));
        }
        let quantity = row.cell("Variant Inventory Qty").parse::<i64>().ok();
        let is_tracked = !row.cell("Variant Inventory Tracker").is_empty();
        let sells_on = row.cell("Variant Inventory Policy").eq_ignore_ascii_case("continue");
        let availability = match quantity.filter(|_| is_tracked) {
            Some(quantity) if quantity > 0 || sells_on => "in_stock",
            Some(_) => "out_of_stock",
            None => "",
        };
        product.variants.push(ProductVariant {
            id: String::new(),
            sku: row.cell("Variant SKU").trim_start_matches('\'').to_owned(),
            gtin: row.cell("Variant Barcode").trim_start_matches('\'').to_owned(),
            title: values.iter().filter(|value| !value.is_empty()).copied().collect::<Vec<_>>().join(" / "),
            price,
            sale_price,
            availability: availability.to_owned(),
            attributes: options
                .iter()
                .zip(values)
                .filter(|(name, value)| !name.is_empty() && !value.is_empty())
                .map(|(name, value)| (name.clone(), value.to_owned()))
                .collect(),
        });
    }
    let n_hidden = products.iter().filter(|(.., is_public)| !is_public).count();
    if n_hidden > 0 {
        let message = format!("{n_hidden} products are drafts, archived or not published, and left out");
        sources.find(file, 1, "unpublished", Severity::Warning, message);
    }
    for (product, ..) in products.into_iter().filter(|(.., is_public)| *is_public) {
        finish(product, sources);
    }
}

fn first_row(file: &str, handle: &str, row: &Row<'_>) -> Product {
    let category = [row.cell("Type"), row.cell("Product Category")];
    Product {
        id: handle.to_owned(),
        title: html::words(row.cell("Title")),
        brand: row.cell("Vendor").to_owned(),
        category: category.into_iter().find(|category| !category.is_empty()).unwrap_or_default().to_owned(),
        description: html::words(row.cell("Body (HTML)")),
        url: format!("/products/{handle}"),
        image: row.cell("Image Src").to_owned(),
        file: file.to_owned(),
        line: row.line,
        ..Product::default()
    }
}

fn is_public(row: &Row<'_>) -> bool {
    let status = row.cell("Status");
    !row.cell("Published").eq_ignore_ascii_case("false") && (status.is_empty() || status.eq_ignore_ascii_case("active"))
}

/// The list of `products.json`.
pub(in crate::build) fn read_json(file: &str, products: &[Value], lines: &[u64], sources: &mut Sources) {
    for (at, value) in products.iter().enumerate() {
        let line = lines.get(at).copied().unwrap_or(1);
        let text = |value: &Value, name: &str| match value.get(name) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let list = |name: &str| value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let handle = text(value, "handle");
        let options: Vec<String> = list("options").iter().map(|option| text(option, "name")).collect();
        let mut product = Product {
            id: if handle.is_empty() { text(value, "id") } else { handle.clone() },
            title: html::words(&text(value, "title")),
            brand: text(value, "vendor"),
            category: text(value, "product_type"),
            description: html::words(&text(value, "body_html")),
            url: if handle.is_empty() { String::new() } else { format!("/products/{handle}") },
            image: list("images").first().map(|image| text(image, "src")).unwrap_or_default(),
            file: file.to_owned(),
            line,
            ..Product::default()
        };
        for variant in list("variants") {
            let (price, sale_price) =
                prices(file, line, &text(variant, "price"), &text(variant, "compare_at_price"), sources);
            let available = variant.get("available").and_then(Value::as_bool);
            product.variants.push(ProductVariant {
                id: text(variant, "id"),
                sku: text(variant, "sku"),
                gtin: text(variant, "barcode"),
                title: text(variant, "title"),
                price,
                sale_price,
                availability: available.map_or("", |yes| if yes { "in_stock" } else { "out_of_stock" }).to_owned(),
                attributes: options
                    .iter()
                    .enumerate()
                    .map(|(at, name)| (name.clone(), text(variant, &format!("option{}", at + 1))))
                    .filter(|(name, value)| !name.is_empty() && !value.is_empty())
                    .collect(),
            });
        }
        finish(product, sources);
    }
}

/// What is asked now and what was asked before, as a price and a lower one.
fn prices(
    file: &str,
    line: u64,
    now: &str,
    before: &str,
    sources: &mut Sources,
) -> (Option<super::Price>, Option<super::Price>) {
    let now = price_field(file, line, now, "", sources);
    let before = price_field(file, line, before, "", sources);
    match (now, before) {
        (Some(now), Some(before)) if amount(&before) > amount(&now) => (Some(before), Some(now)),
        (now, _) => (now, None),
    }
}

/// What holds for the product follows from its variants.
fn finish(mut product: Product, sources: &mut Sources) {
    let paid = |variant: &ProductVariant| variant.sale_price.clone().or_else(|| variant.price.clone());
    let cheapest = product.variants.iter().filter(|variant| variant.price.is_some());
    if let Some(cheapest) = cheapest.min_by_key(|variant| paid(variant).as_ref().map_or(u128::MAX, amount)) {
        product.price.clone_from(&cheapest.price);
        product.sale_price.clone_from(&cheapest.sale_price);
    }
    let states: Vec<&str> = product.variants.iter().map(|variant| variant.availability.as_str()).collect();
    product.availability = match () {
        () if states.contains(&"in_stock") => "in_stock",
        () if !states.is_empty() && states.iter().all(|state| *state == "out_of_stock") => "out_of_stock",
        () => "",
    }
    .to_owned();
    // A product without options has one variant that is called so.
    for variant in &mut product.variants {
        variant.attributes.retain(|(name, value)| !(name == "Title" && value == "Default Title"));
    }
    if let [only] = product.variants.as_slice()
        && only.attributes.is_empty()
    {
        product.sku.clone_from(&only.sku);
        product.gtin.clone_from(&only.gtin);
        product.variants.clear();
    }
    sources.add_product(product);
}
