//! Questions to begin with, for a shopper who has not written anything.

use zg_kb::Bundle;
use zg_proto::QuickReply;

/// What most shoppers come for, in this order.
const INTENTS: [&str; 4] = ["order_status", "shipping_time", "return_request", "invoice"];

/// The language of knowledge that a page of this locale is served from.
pub(crate) fn lang_of(locale: &str) -> &'static str {
    if locale.starts_with("zh") || locale.starts_with("yue") { "zh" } else { "en" }
}

/// The first entry of each intent, in the language of the page.
pub(crate) fn starters(bundle: &Bundle, locale: &str) -> Vec<QuickReply> {
    let lang = lang_of(locale);
    INTENTS
        .iter()
        .filter_map(|intent| {
            bundle
                .entries()
                .find(|(_, info)| info.intent == *intent && info.lang.starts_with(lang) && info.audience.is_empty())
        })
        .map(|(entry, info)| QuickReply { label: bundle.question(entry).to_owned(), value: format!("ask:{}", info.id) })
        .collect()
}
