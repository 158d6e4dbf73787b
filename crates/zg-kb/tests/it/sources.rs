//! Files as shops have them: each in `tests/sources/`, and beside it in `expected/` what it gives.
//!
//! Adding one needs no Rust; `UPDATE_EXPECT=1 cargo test -p zg-kb --features build` writes what it gives now.

use std::fmt::Write;
use std::path::Path;

use expect_test::expect_file;
use zg_kb::build::{Collected, Entry, Price, Product, Sources, clean};

use crate::{bundle_of, render_findings};

pub fn render(sources: &Sources) -> String {
    let mut text = String::new();
    for collected in &sources.collected {
        let Collected { file, kind, encoding, n_entries, n_products, n_candidates, n_findings } = collected;
        let _ = writeln!(
            text,
            "{file}: {kind}, {encoding}; {n_entries} entries, {n_products} products, {n_candidates} candidates, {n_findings} findings"
        );
    }
    for entry in &sources.entries {
        let Entry {
            id,
            question,
            variants,
            answer,
            category,
            lang,
            product,
            audience,
            intent,
            verified,
            valid_until,
            file,
            line,
        } = entry;
        let _ = writeln!(text, "\n{file}:{line} {question}");
        for (name, value) in [
            ("id", id),
            ("lang", lang),
            ("category", category),
            ("intent", intent),
            ("product", product),
            ("audience", audience),
        ] {
            if !value.is_empty() {
                let _ = writeln!(text, "  {name} {value:?}");
            }
        }
        for (name, date) in [("verified", verified), ("valid_until", valid_until)] {
            if let Some(date) = date {
                let _ = writeln!(text, "  {name} {date}");
            }
        }
        if !variants.is_empty() {
            let _ = writeln!(text, "  variants {variants:?}");
        }
        for line in answer.lines() {
            let _ = writeln!(text, "  | {line}");
        }
    }
    for product in &sources.products {
        let Product {
            id,
            sku,
            gtin,
            title,
            brand,
            category,
            price: price_now,
            sale_price,
            availability,
            url,
            image,
            margin,
            ..
        } = product;
        let price = |price: &Option<Price>| price.as_ref().map(|price| format!("{} {}", price.0, price.1));
        let _ = writeln!(
            text,
            "\nproduct {id:?} {title:?} sku {sku:?} gtin {gtin:?} brand {brand:?} category {category:?}\n  \
             price {:?} sale {:?} margin {margin:?} {availability:?} {url:?} {image:?}\n  {:?} {:?}",
            price(price_now),
            price(sale_price),
            product.description,
            product.attributes,
        );
        for variant in &product.variants {
            let _ = writeln!(text, "  variant {variant:?}");
        }
    }
    for candidate in &sources.candidates {
        let _ = writeln!(
            text,
            "\n{}:{} asked {} times: {} {:?}\n  -> {}",
            candidate.file,
            candidate.line,
            candidate.n,
            candidate.question,
            candidate.variants,
            candidate.suggested_answer
        );
    }
    if !sources.findings.is_empty() {
        text.push('\n');
    }
    text + &render_findings(&sources.findings)
}

#[test]
fn every_file_gives_what_is_expected_of_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sources");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("the folder is in the repository")
        .filter_map(|item| {
            let item = item.ok()?;
            item.file_type().ok()?.is_file().then(|| item.file_name().to_string_lossy().into_owned())
        })
        .collect();
    names.sort();
    assert!(names.len() > 30);
    for name in names {
        let bytes = std::fs::read(folder.join(&name)).expect("a file of the repository is readable");
        let mut sources = Sources::default();
        sources.add(&name, &bytes);
        expect_file![folder.join("expected").join(format!("{name}.txt"))].assert_eq(&render(&sources));
        clean(&mut sources);
        if !sources.entries.is_empty() {
            bundle_of(&sources.entries);
        }
    }
}
