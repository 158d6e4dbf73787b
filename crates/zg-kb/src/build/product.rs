//! Products from the feeds a shop already writes, and the entry that each becomes.

mod answer;
mod merchant;
mod schema_org;
mod shopify;

use super::Sources;
use super::lint::Severity;

pub(super) use answer::entry;
pub(super) use merchant::read_xml;
pub(super) use schema_org::from_schema;
pub(super) use shopify::read_json;

/// An amount as decimal digits, and a currency (ISO 4217), which is empty where the feed names none.
pub type Price = (String, String);

/// One product as its feed describes it; what a feed does not say is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Product {
    pub id: String,
    pub sku: String,
    pub gtin: String,
    pub title: String,
    pub brand: String,
    pub category: String,
    /// Plain text on one line.
    pub description: String,
    pub price: Option<Price>,
    pub sale_price: Option<Price>,
    /// `in_stock`, `out_of_stock`, `preorder`, `backorder`, or what the feed says.
    pub availability: String,
    pub url: String,
    pub image: String,
    /// What the shop earns of the price, in ten-thousandths. Lists rank by it; no entry, and no bundle, holds it.
    pub margin: Option<u16>,
    pub attributes: Vec<(String, String)>,
    pub variants: Vec<ProductVariant>,
    pub file: String,
    pub line: u64,
}

/// One way to buy a product: a size, a color.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductVariant {
    pub id: String,
    pub sku: String,
    pub gtin: String,
    pub title: String,
    pub price: Option<Price>,
    pub sale_price: Option<Price>,
    pub availability: String,
    pub attributes: Vec<(String, String)>,
}

/// A row of a table of products, cells with the names of their columns.
pub(super) struct Row<'r> {
    pub line: u64,
    pub cells: Vec<(&'r str, &'r str)>,
}

impl Row<'_> {
    /// The cell under a name, trimmed; empty where there is none.
    fn cell(&self, name: &str) -> &str {
        self.cells
            .iter()
            .find(|(other, _)| other.trim().eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value.trim())
    }
}

/// The kinds of tables that hold products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Merchant,
    Shopify,
}

/// Which kind a header row announces, if any.
pub(super) fn table<'h>(headers: impl Iterator<Item = &'h str>) -> Option<Table> {
    let names: Vec<String> = headers.map(merchant::field).collect();
    let has = |name: &str| names.iter().any(|other| other == name);
    if has("handle") && has("title") && (has("variant_price") || has("variant_sku") || has("body_(html)")) {
        Some(Table::Shopify)
    } else if has("id") && has("title") && has("price") && !has("question") {
        Some(Table::Merchant)
    } else {
        None
    }
}

/// Reads a table of products; gives what kind it was.
pub(super) fn read_table(kind: Table, file: &str, rows: &[Row<'_>], sources: &mut Sources) -> &'static str {
    match kind {
        Table::Merchant => {
            merchant::read_table(file, rows, sources);
            "merchant-table"
        }
        Table::Shopify => {
            shopify::read_table(file, rows, sources);
            "shopify-csv"
        }
    }
}

/// Reads `15.00 USD`, `USD 15`, `¥1,299.00`, `12,50 €`. `None` for what is no amount.
pub(super) fn price(text: &str, currency: &str) -> Option<Price> {
    let text = text.trim();
    let digits = text.find(|c: char| c.is_ascii_digit())?;
    let end = text[digits..]
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))
        .map_or(text.len(), |length| digits + length);
    let amount = decimal(text[digits..end].trim_end_matches(['.', ',']))?;
    // A minus, or a second number as of a range, is nothing to guess about.
    if text[..digits].contains('-') || text[end..].contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let around = format!("{} {}", &text[..digits], &text[end..]);
    let code = around.split_whitespace().find(|word| word.len() == 3 && word.bytes().all(|b| b.is_ascii_alphabetic()));
    let sign = || {
        let signs = [("€", "EUR"), ("£", "GBP"), ("HK$", "HKD"), ("NT$", "TWD"), ("US$", "USD"), ("元", "CNY")];
        signs.iter().find(|(sign, _)| around.contains(sign)).map(|(_, code)| (*code).to_owned())
    };
    let named = code.map(str::to_ascii_uppercase).or_else(sign);
    Some((amount, named.unwrap_or_else(|| currency.trim().to_ascii_uppercase())))
}

/// An amount with a point for its decimals, whatever it was grouped and parted by.
fn decimal(text: &str) -> Option<String> {
    let last = text.rfind(['.', ',']);
    let n_decimals = last.map_or(0, |at| text.len() - at - 1);
    let n_signs = text.matches(['.', ',']).count();
    let (whole, decimals) = match last {
        // `1,299` and `1,299,000` are grouped; `1299.5`, `12,50` and `1.299,50` have decimals; `1.299` has three.
        Some(at) if text[at..].starts_with(',') && n_decimals == 3 => (text, &text[at..at]),
        Some(at) if n_signs > 1 && n_decimals == 3 && !text.contains(',') => (text, &text[at..at]),
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    if whole.is_empty() || whole.len() > 15 || decimals.len() > 6 {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if decimals.is_empty() { whole.to_owned() } else { format!("{whole}.{decimals}") })
}

/// An amount in millionths, to compare by.
fn amount(price: &Price) -> u128 {
    let (whole, decimals) = price.0.split_once('.').unwrap_or((&price.0, ""));
    format!("{whole}{decimals:0<6}").parse().unwrap_or(0)
}

/// What is left of a price after what the shop itself pays, in ten-thousandths; nothing where the two are of different currencies.
pub(super) fn margin(price: Option<&Price>, cost: &str) -> Option<u16> {
    let price = price?;
    let cost = self::price(cost, &price.1)?;
    let (price, cost) = (price.1 == cost.1 || price.1.is_empty()).then(|| (amount(price), amount(&cost)))?;
    // Amounts have 15 digits and six decimals at the most.
    u16::try_from((price > 0).then(|| price.saturating_sub(cost) * 10_000 / price)?).ok()
}

/// A share (`0.35`) or percent (`35%`) in ten-thousandths.
pub(super) fn share(text: &str) -> Option<u16> {
    let text = text.trim();
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    share.is_finite().then(|| (share.clamp(0.0, 1.0) * 10_000.0).round() as u16)
}

/// One word for each state of stock, whatever the feed calls it.
pub(super) fn availability(text: &str) -> String {
    let last = text.trim().rsplit('/').next().unwrap_or_default();
    let bare: String = last.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match bare.as_str() {
        "instock" | "available" | "limitedavailability" | "onlineonly" | "instoreonly" | "有货" | "现货" => {
            "in_stock"
        }
        "outofstock" | "soldout" | "unavailable" | "缺货" | "无货" | "售罄" => "out_of_stock",
        "preorder" | "presale" | "预售" => "preorder",
        "backorder" | "madetoorder" => "backorder",
        "discontinued" => "discontinued",
        _ => return last.chars().take(40).collect(),
    }
    .to_owned()
}

/// Reads a price field and says so where it cannot be read.
pub(super) fn price_field(file: &str, line: u64, text: &str, currency: &str, sources: &mut Sources) -> Option<Price> {
    if text.trim().is_empty() {
        return None;
    }
    let read = price(text, currency);
    if read.is_none() {
        let shown: String = text.chars().take(40).collect();
        sources.find(file, line, "price", Severity::Warning, format!("{shown:?} is no price"));
    }
    read
}
