//! The assistant's own words, out of `www/locales/<locale>/assistant.ftl`.

use std::sync::OnceLock;

use zg_domain::fluent::Catalog;
use zg_domain::{Date, Language, Script};

const LOCALES: [(&str, &str); 3] = [
    ("zh-CN", include_str!("../../../www/locales/zh-CN/assistant.ftl")),
    ("zh-TW", include_str!("../../../www/locales/zh-TW/assistant.ftl")),
    ("en", include_str!("../../../www/locales/en/assistant.ftl")),
];

/// The words of one locale.
#[derive(Clone, Copy)]
pub(crate) struct Phrases {
    pub(crate) locale: &'static str,
    catalog: &'static Catalog,
}

/// The nearest locale the assistant speaks: `zh-HK` → `zh-TW`, `zh` → `zh-CN`, anything else → `en`.
#[must_use]
pub fn locale_for(tag: &str) -> &'static str {
    let tag = tag.to_ascii_lowercase();
    if tag.starts_with("zh-tw")
        || tag.starts_with("zh-hk")
        || tag.starts_with("zh-mo")
        || tag.starts_with("zh-hant")
        || tag.starts_with("yue")
    {
        "zh-TW"
    } else if tag.starts_with("zh") {
        "zh-CN"
    } else {
        "en"
    }
}

/// The locale to answer an utterance in; `None` where the utterance does not tell.
pub(crate) fn locale_of(language: Language, script: Script) -> Option<&'static str> {
    match (language, script) {
        (Language::Undetermined, _) => None,
        (Language::English, _) => Some("en"),
        (_, Script::Traditional) => Some("zh-TW"),
        _ => Some("zh-CN"),
    }
}

impl Phrases {
    pub(crate) fn of(locale: &str) -> Self {
        static CATALOGS: OnceLock<Vec<Catalog>> = OnceLock::new();
        let catalogs = CATALOGS.get_or_init(|| LOCALES.iter().map(|(_, source)| Catalog::parse(source)).collect());
        let nearest = locale_for(locale);
        let at = LOCALES.iter().position(|(name, _)| *name == nearest).unwrap_or(0);
        Self { locale: LOCALES[at].0, catalog: &catalogs[at] }
    }

    pub(crate) fn text(self, key: &str) -> String {
        self.catalog.text(key, &[])
    }

    pub(crate) fn fill(self, key: &str, variables: &[(&str, &str)]) -> String {
        self.catalog.text(key, variables)
    }

    /// A day as one says it.
    pub(crate) fn day(self, date: Date) -> String {
        let written = date.to_string();
        let mut parts = written.rsplitn(3, '-');
        let [day, month, year] = [(); 3].map(|()| parts.next().unwrap_or_default());
        let months = self.text("months");
        let month = months.split('|').zip(1_u8..).find(|(_, number)| month.parse() == Ok(*number));
        let month = month.map_or("", |(name, _)| name.trim());
        self.fill("day", &[("year", year), ("month", month), ("day", day.trim_start_matches('0'))])
    }

    /// Whether a whole utterance, folded and without punctuation, is one of the variants under `key`, in any locale.
    pub(crate) fn matches(folded: &str, key: &str) -> bool {
        LOCALES.iter().any(|(locale, _)| Self::of(locale).text(key).split('|').any(|variant| variant.trim() == folded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_locale_has_every_key() {
        let keys: Vec<_> = LOCALES.iter().map(|(locale, _)| Phrases::of(locale).catalog.keys()).collect();
        assert!(keys.windows(2).all(|two| two[0] == two[1]), "{keys:?}");
    }
}
