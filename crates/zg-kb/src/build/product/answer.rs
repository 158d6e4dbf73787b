//! The entry a product becomes. It states what the feed states and nothing else.

use super::{Price, Product, amount};
use crate::build::Entry;
use crate::build::html;
use crate::build::safe::is_safe_link;

const MAX_DESCRIPTION: usize = 300;
const MAX_VARIANTS: usize = 50;
const MAX_OPTIONS: usize = 30;
const MAX_ID: usize = 64;
const MIN_NUMBER: usize = 4;

/// Makes the entry `product-<id>`.
pub(in crate::build) fn entry(product: &Product) -> Entry {
    let is_chinese = zg_text::identify(&product.title).0.written() == Some("zh");
    let words = if is_chinese { &ZH } else { &EN };
    Entry {
        id: id(&product.id),
        question: product.title.clone(),
        variants: variants(product),
        answer: answer(product, words),
        category: "product".to_owned(),
        lang: if is_chinese { "zh" } else { "en" }.to_owned(),
        product: product.id.clone(),
        file: product.file.clone(),
        line: product.line,
        ..Entry::default()
    }
}

/// An id that can be one: other characters become hyphens, and where that changed or cut it a checksum tells it apart.
fn id(product: &str) -> String {
    let plain: String = product
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-') { c } else { '-' })
        .collect();
    let whole = format!("product-{plain}");
    if plain == product && whole.len() <= MAX_ID {
        return whole;
    }
    let cut: String = whole.chars().take(MAX_ID - 9).collect();
    format!("{cut}-{:08x}", crate::format::checksum(product.as_bytes()))
}

/// Numbers and names a shopper may have in hand instead of the title.
fn variants(product: &Product) -> Vec<String> {
    let mut seen = vec![zg_text::normalize(&product.title)];
    let brand_first = zg_text::normalize(&product.title).contains(&zg_text::normalize(&product.brand));
    let branded = if brand_first || product.brand.is_empty() {
        String::new()
    } else {
        format!("{} {}", product.brand, product.title)
    };
    let own = [product.sku.clone(), product.gtin.clone(), branded];
    let further = product.variants.iter().flat_map(|variant| {
        // `S / Red` alone names nothing.
        let is_title = zg_text::normalize(&variant.title).contains(&seen[0]) && !seen[0].is_empty();
        [variant.sku.clone(), variant.gtin.clone(), if is_title { variant.title.clone() } else { String::new() }]
    });
    let all: Vec<String> = own.into_iter().chain(further).collect();
    let mut kept = Vec::new();
    for way in all {
        let folded = zg_text::normalize(&way);
        // Where ids count from 1, nobody asks for `1`.
        let is_small_number = folded.len() < MIN_NUMBER && folded.bytes().all(|b| b.is_ascii_digit());
        if !folded.is_empty() && !is_small_number && !seen.contains(&folded) && kept.len() < MAX_VARIANTS {
            seen.push(folded);
            kept.push(way.trim().to_owned());
        }
    }
    kept
}

struct Words {
    price: &'static str,
    sale_price: &'static str,
    availability: &'static str,
    brand: &'static str,
    more: &'static str,
    colon: &'static str,
    comma: &'static str,
    states: [(&'static str, &'static str); 5],
    names: &'static [(&'static str, &'static str)],
}

const ZH: Words = Words {
    price: "价格",
    sale_price: "优惠价",
    availability: "库存",
    brand: "品牌",
    more: "查看商品",
    colon: "：",
    comma: "、",
    states: [
        ("in_stock", "有货"),
        ("out_of_stock", "缺货"),
        ("preorder", "预售"),
        ("backorder", "可预订，到货后发出"),
        ("discontinued", "已停售"),
    ],
    names: &[
        ("color", "颜色"),
        ("size", "尺码"),
        ("material", "材质"),
        ("pattern", "图案"),
        ("gender", "适用性别"),
        ("age_group", "适用年龄"),
        ("condition", "成色"),
        ("size_system", "尺码标准"),
        ("mpn", "型号"),
        ("model", "型号"),
        ("weight", "重量"),
    ],
};

const EN: Words = Words {
    price: "Price",
    sale_price: "Sale price",
    availability: "Availability",
    brand: "Brand",
    more: "View product",
    colon: ": ",
    comma: ", ",
    states: [
        ("in_stock", "in stock"),
        ("out_of_stock", "out of stock"),
        ("preorder", "pre-order"),
        ("backorder", "on backorder"),
        ("discontinued", "discontinued"),
    ],
    names: &[
        ("color", "Color"),
        ("size", "Size"),
        ("material", "Material"),
        ("pattern", "Pattern"),
        ("gender", "Gender"),
        ("age_group", "Age group"),
        ("condition", "Condition"),
        ("size_system", "Size system"),
        ("mpn", "Model number"),
        ("model", "Model"),
        ("weight", "Weight"),
    ],
};

fn answer(product: &Product, words: &Words) -> String {
    let mut lines = Vec::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            lines.push(format!("- {}{}{}", html::plain(name), words.colon, html::plain(value)));
        }
    };
    let (price, sale_price) = prices(product, words);
    line(words.price, &price);
    line(words.sale_price, &sale_price);
    let state = words.states.iter().find(|(state, _)| *state == product.availability);
    line(words.availability, state.map_or(&*product.availability, |(_, word)| *word));
    line(words.brand, &product.brand);
    let name_of = |name: &str| {
        let known = words.names.iter().find(|(known, _)| *known == name);
        known.map_or_else(|| name.to_owned(), |(_, word)| (*word).to_owned())
    };
    for (name, values) in options(product) {
        line(&name_of(&name), &values.join(words.comma));
    }
    for (name, value) in &product.attributes {
        line(&name_of(name), value);
    }
    let mut parts = vec![lines.join("\n"), html::plain(&short(&product.description))];
    if is_safe_link(&product.url) && !product.url.contains(['(', ')']) {
        parts.push(format!("[{}]({})", words.more, product.url));
    }
    // A product of which the feed states nothing but its name.
    if parts.iter().all(String::is_empty) {
        parts.push(html::plain(&product.title));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// Price and sale price as text. Where variants cost different amounts it is the range of what one pays now, and a
/// sale of some of them is no fact about the product.
fn prices(product: &Product, words: &Words) -> (String, String) {
    let Some(own) = &product.price else { return (String::new(), String::new()) };
    let paid = product.variants.iter().filter_map(|variant| variant.sale_price.as_ref().or(variant.price.as_ref()));
    let paid: Vec<&Price> = paid.filter(|price| price.1 == own.1).collect();
    let (lowest, highest) =
        (paid.iter().min_by_key(|price| amount(price)), paid.iter().max_by_key(|price| amount(price)));
    match (lowest, highest) {
        (Some(lowest), Some(highest)) if amount(lowest) != amount(highest) => {
            (shown(&(format!("{}–{}", lowest.0, highest.0), own.1.clone()), words), String::new())
        }
        _ => (shown(own, words), product.sale_price.as_ref().map(|price| shown(price, words)).unwrap_or_default()),
    }
}

fn shown((amount, currency): &Price, words: &Words) -> String {
    match currency.as_str() {
        "" => amount.clone(),
        "CNY" if words.price == ZH.price => format!("{amount} 元"),
        _ => format!("{amount} {currency}"),
    }
}

/// What one can choose, each name with its values in the order of the feed.
fn options(product: &Product) -> Vec<(String, Vec<String>)> {
    let mut options: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in product.variants.iter().flat_map(|variant| &variant.attributes) {
        let known = options.iter().position(|(other, _)| other == name);
        if known.is_none() && options.len() == MAX_OPTIONS {
            continue;
        }
        let at = known.unwrap_or_else(|| {
            options.push((name.clone(), Vec::new()));
            options.len() - 1
        });
        let values = &mut options[at].1;
        if values.len() < MAX_OPTIONS && !values.contains(value) {
            values.push(value.clone());
        }
    }
    options
}

/// About 300 characters, to the end of a sentence or a word.
fn short(text: &str) -> String {
    let Some((cut, _)) = text.char_indices().nth(MAX_DESCRIPTION) else { return text.to_owned() };
    let text = &text[..cut];
    let sentence = text.rfind(['。', '！', '？']).map(|at| at + '。'.len_utf8());
    let sentence = sentence.or_else(|| text.rfind(". ").map(|at| at + 1)).filter(|at| *at > cut / 2);
    match sentence {
        Some(end) => text[..end].to_owned(),
        None => {
            let word = text.rfind(' ').filter(|at| *at > cut / 2).unwrap_or(cut);
            format!("{}…", text[..word].trim_end())
        }
    }
}
