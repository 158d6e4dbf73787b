//! Questions to begin with, for a shopper who has not written anything.

use zg_domain::Date;
use zg_kb::{Bundle, EntryInfo};
use zg_proto::QuickReply;
use zg_proto::port::Page;

const MOST: usize = 4;

/// What shoppers of a page come for, in this order; behind it what most come for.
fn intents(page: &str) -> impl Iterator<Item = &'static str> {
    let of_page: &[&str] = match page {
        "product" => &["size_advice", "product_info", "product_usage", "stock", "shipping_time", "return_request"],
        "cart" => &["coupon_promo", "shipping_fee_area", "payment", "shipping_time"],
        "order" => &["order_status", "change_order", "return_request", "invoice"],
        _ => &[],
    };
    of_page.iter().chain(&["order_status", "shipping_time", "return_request", "invoice"]).copied()
}

/// The language of knowledge that a page of this locale is served from.
pub(crate) fn lang_of(locale: &str) -> &'static str {
    if locale.starts_with("zh") || locale.starts_with("yue") { "zh" } else { "en" }
}

/// What is written of the product on the page, then the first entry of each intent, in the language of the page.
pub(crate) fn starters(bundle: &Bundle, locale: &str, page: &Page, today: Date) -> Vec<QuickReply> {
    let lang = lang_of(locale);
    let serves = |info: &EntryInfo<'_>| info.lang.starts_with(lang) && info.audience.is_empty() && !info.expired(today);
    let product = page.id.as_deref().filter(|id| page.kind == "product" && !id.is_empty());
    let of_product = bundle.entries().filter(|(_, info)| Some(info.product) == product && serves(info));
    let of_intents = intents(&page.kind).filter_map(|intent| {
        bundle.entries().find(|(_, info)| info.intent == intent && info.product.is_empty() && serves(info))
    });
    let mut starters: Vec<QuickReply> = Vec::new();
    for (entry, info) in of_product.chain(of_intents) {
        let value = ["ask:", info.id].concat();
        if starters.iter().all(|known| known.value != value) {
            starters.push(QuickReply { label: bundle.question(entry).to_owned(), value });
        }
        if starters.len() == MOST {
            break;
        }
    }
    starters
}
