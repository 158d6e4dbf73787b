//! The catalog slice of a bundle, section `PROD`: what is told of products without asking the shop.
//!
//! Columns of strings in deflate blocks, decoded only when somebody asks: opening a bundle costs nothing for them.

use crate::Bundle;
use crate::beside::Beside;
use crate::bundle::{blocks_of, inflate};
use crate::format::{OpenError, Reader, malformed};
use crate::strings::Strings;

/// What the section says of each product, one column after the other.
pub(crate) const COLUMNS: usize = 9;
/// The most products a bundle holds.
pub const MAX_PRODUCTS: usize = 65_536;
/// The most bytes of text they may have.
pub(crate) const MAX_PRODUCT_BYTES: usize = 64 << 20;

/// A product as its feed describes it; what the feed does not say is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductInfo<'p> {
    pub id: &'p str,
    pub title: &'p str,
    pub brand: &'p str,
    /// Decimal digits, such as `129.00`.
    pub price: &'p str,
    /// ISO 4217.
    pub currency: &'p str,
    /// `in_stock`, `out_of_stock`, `preorder`, `backorder`, or what the feed says.
    pub availability: &'p str,
    /// Path and query of its page, on the shop's own host.
    pub url: &'p str,
    codes: &'p str,
    attributes: &'p str,
}

impl<'p> ProductInfo<'p> {
    /// Article numbers of the product and of its variants.
    pub fn codes(&self) -> impl Iterator<Item = &'p str> {
        self.codes.split('\n').filter(|code| !code.is_empty())
    }

    /// Names and values, such as `material` and `cotton`.
    pub fn attributes(&self) -> impl Iterator<Item = (&'p str, &'p str)> {
        self.lines().filter(|(name, _)| !name.starts_with('@'))
    }

    /// A line for each attribute, name and value with a tab between; names that begin with `@` are none of the shop's.
    #[must_use]
    pub fn attribute_lines(&self) -> &'p str {
        self.attributes
    }

    /// As the feed writes it.
    #[must_use]
    pub fn category(&self) -> &'p str {
        self.own("@category")
    }

    /// Address of a picture.
    #[must_use]
    pub fn image(&self) -> &'p str {
        self.own("@image")
    }

    fn lines(&self) -> impl Iterator<Item = (&'p str, &'p str)> {
        self.attributes.split('\n').filter_map(|line| line.split_once('\t'))
    }

    fn own(&self, name: &str) -> &'p str {
        self.lines().find(|(of, _)| *of == name).map_or("", |(_, value)| value)
    }
}

/// The products of a bundle, decoded.
#[derive(Debug, Default)]
pub struct Products {
    /// Column by column.
    texts: Strings,
}

impl Products {
    fn read(section: &[u8]) -> Result<Self, OpenError> {
        let (blocks, n_strings) = blocks_of(section)?;
        if n_strings % COLUMNS != 0 || n_strings > MAX_PRODUCTS * COLUMNS {
            return Err(malformed("product count"));
        }
        if blocks.iter().map(|block| block.raw_length).sum::<usize>() > MAX_PRODUCT_BYTES {
            return Err(malformed("product length"));
        }
        let mut texts = Strings::default();
        let mut lasts = blocks.iter().skip(1).map(|block| block.first as usize).chain([n_strings]);
        for block in &blocks {
            let raw = inflate(&section[block.bytes.clone()], block.raw_length)?;
            let mut reader = Reader { rest: &raw };
            for _ in block.first as usize..lasts.next().unwrap_or(n_strings) {
                texts.push(reader.string()?);
            }
            if !reader.rest.is_empty() {
                return Err(malformed("a block of products is longer than its texts"));
            }
        }
        Ok(Self { texts })
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len() / COLUMNS
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// In the order of the feed.
    pub fn iter(&self) -> impl Iterator<Item = ProductInfo<'_>> {
        let n = self.len();
        (0..n).map(move |at| {
            let [id, title, brand, price, currency, availability, url, codes, attributes] =
                std::array::from_fn(|column| self.texts.get(column * n + at));
            ProductInfo { id, title, brand, price, currency, availability, url, codes, attributes }
        })
    }
}

impl Bundle {
    /// Whether there is a catalog slice, here or beside; costs nothing.
    #[must_use]
    pub fn has_products(&self) -> bool {
        !self.products.is_empty() || self.lacks_products()
    }

    /// Whether there is one in a file beside the bundle that has not come.
    #[must_use]
    pub fn lacks_products(&self) -> bool {
        self.awaited().iter().any(Beside::has_products)
    }

    /// Decodes the catalog slice; empty where the bundle has none.
    ///
    /// # Errors
    /// [`OpenError::Malformed`]; the section is looked into only here.
    pub fn products(&self) -> Result<Products, OpenError> {
        Products::read(&self.products)
    }

    /// The same, decoded when first asked for and kept; a slice that cannot be read is an empty one.
    pub fn catalog(&self) -> &Products {
        self.catalog.get_or_init(|| self.products().unwrap_or_default())
    }
}
