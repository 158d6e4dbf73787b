//! A product feed in our own form: a JSON array, or JSON lines, of products. Other forms are read by whoever sets a reader.

use zg_proto::recommendation::{CatalogProduct, PutCatalog};

/// # Errors
/// Where it is none, and of which line.
pub fn read(bytes: &[u8]) -> Result<Vec<CatalogProduct>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the feed is not UTF-8".to_owned())?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('[') {
        return zg_proto::from_json(text).map_err(|error| error.to_string());
    }
    if let Ok(PutCatalog { products }) = zg_proto::from_json(text) {
        return Ok(products);
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(n, line)| zg_proto::from_json(line).map_err(|error| format!("line {}: {error}", n + 1))).collect()
}
