//! The catalog, read once from the storefront's own `products.json`: the page and the back office agree by construction.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use crate::text::Text;

/// What cannot be sent back, or only untouched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returns {
    Standard,
    /// Socks, food, cosmetics: not once opened.
    Unopened,
    /// Personal care appliances: not once used.
    Unused,
}

#[derive(Debug, Deserialize)]
pub struct Product {
    pub id: String,
    pub category: String,
    pub name: Text,
    pub price: i64,
    pub campaign: Option<String>,
    pub colors: Vec<Color>,
    pub sizes: Vec<Size>,
    pub variants: Vec<Variant>,
    pub engraving: bool,
    pub returns: Returns,
}

#[derive(Debug, Deserialize)]
pub struct Color {
    pub id: String,
    pub label: Text,
    pub image: String,
}

#[derive(Debug, Deserialize)]
pub struct Size {
    pub id: String,
    pub label: Text,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Variant {
    pub sku: String,
    pub color: String,
    pub size: Option<String>,
    pub stock: i64,
}

pub struct Catalog {
    products: Vec<(Product, Value)>,
    by_id: HashMap<String, usize>,
    by_variant: HashMap<String, (usize, usize)>,
}

impl Catalog {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read the catalog {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("cannot understand the catalog {}", path.display()))
    }

    pub fn parse(json: &str) -> anyhow::Result<Self> {
        let mut root: Value = serde_json::from_str(json)?;
        let list = root.get_mut("products").map(Value::take).unwrap_or_default();
        let Value::Array(list) = list else { anyhow::bail!("`products` is not a list") };
        let mut catalog = Self { products: Vec::new(), by_id: HashMap::new(), by_variant: HashMap::new() };
        for value in list {
            let product = Product::deserialize(&value)?;
            let at = catalog.products.len();
            anyhow::ensure!(
                catalog.by_id.insert(product.id.clone(), at).is_none(),
                "product {} is there twice",
                product.id
            );
            for (variant_idx, variant) in product.variants.iter().enumerate() {
                let twice = catalog.by_variant.insert(variant.sku.clone(), (at, variant_idx));
                anyhow::ensure!(twice.is_none(), "variant {} is there twice", variant.sku);
                anyhow::ensure!(
                    product.colors.iter().any(|color| color.id == variant.color),
                    "variant {} has no color",
                    variant.sku
                );
            }
            catalog.products.push((product, value));
        }
        Ok(catalog)
    }

    pub fn product(&self, id: &str) -> Option<&Product> {
        self.by_id.get(id).map(|&at| &self.products[at].0)
    }

    pub fn variant(&self, sku: &str) -> Option<(&Product, &Variant)> {
        self.by_variant.get(sku).map(|&(at, variant_idx)| {
            let product = &self.products[at].0;
            (product, &product.variants[variant_idx])
        })
    }

    /// Every product with all that `products.json` says of it.
    pub fn documents(&self) -> impl Iterator<Item = (&Product, &Value)> {
        self.products.iter().map(|(product, value)| (product, value))
    }

    pub fn document(&self, id: &str) -> Option<&Value> {
        self.by_id.get(id).map(|&at| &self.products[at].1)
    }
}

impl Product {
    pub fn color(&self, id: &str) -> Option<&Color> {
        self.colors.iter().find(|color| color.id == id)
    }

    pub fn size(&self, id: &str) -> Option<&Size> {
        self.sizes.iter().find(|size| size.id == id)
    }
}
