//! The assistant's own words, out of `www/locales/<locale>/assistant.ftl`.

use std::sync::OnceLock;

use zg_domain::fluent::Catalog;
use zg_domain::{Date, Language, Script};

const LOCALES: [(&str, &str); 4] = [
    ("zh-CN", include_str!("../../../www/locales/zh-CN/assistant.ftl")),
    ("zh-TW", include_str!("../../../www/locales/zh-TW/assistant.ftl")),
    // Only what differs from zh-TW.
    ("zh-HK", include_str!("../../../www/locales/zh-HK/assistant.ftl")),
    ("en", include_str!("../../../www/locales/en/assistant.ftl")),
];

/// The words of one locale.
#[derive(Clone, Copy)]
pub(crate) struct Phrases {
    pub(crate) locale: &'static str,
    catalog: &'static Catalog,
    /// Where the catalog has not the words.
    base: &'static Catalog,
}

/// The nearest locale the assistant speaks: `yue` → `zh-HK`, `zh` → `zh-CN`, anything that is not Chinese → `en`.
#[must_use]
pub fn locale_for(tag: &str) -> &'static str {
    let tag = tag.to_ascii_lowercase();
    let starts = |with: &[&str]| with.iter().any(|one| tag.starts_with(one));
    if starts(&["zh-hk", "zh-mo", "zh-hant-hk", "zh-hant-mo", "yue"]) {
        "zh-HK"
    } else if starts(&["zh-tw", "zh-hant"]) {
        "zh-TW"
    } else if starts(&["zh"]) {
        "zh-CN"
    } else {
        "en"
    }
}

/// Where a shop has no words in a locale, those of this one are nearer than any other.
pub(crate) fn base_of(locale: &str) -> &str {
    if locale == "zh-HK" { "zh-TW" } else { locale }
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
        let place = |locale: &str| LOCALES.iter().position(|(name, _)| *name == locale).unwrap_or(0);
        let at = place(nearest);
        Self { locale: LOCALES[at].0, catalog: &catalogs[at], base: &catalogs[place(base_of(nearest))] }
    }

    pub(crate) fn text(self, key: &str) -> String {
        self.fill(key, &[])
    }

    /// Whether the locale has a message of this name.
    #[cfg(feature = "build")]
    pub(crate) fn has(self, key: &str) -> bool {
        self.catalog.get(key).or_else(|| self.base.get(key)).is_some()
    }

    pub(crate) fn fill(self, key: &str, variables: &[(&str, &str)]) -> String {
        let catalog = if self.catalog.get(key).is_some() { self.catalog } else { self.base };
        catalog.text(key, variables)
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

    /// Whether a whole utterance, folded and without punctuation, is one of the variants under `key`, in any language.
    pub(crate) fn matches(folded: &str, key: &str) -> bool {
        variants(key).any(|variant| variant == folded)
    }

    /// Whether a folded utterance holds one of the patterns under `key`, in any language.
    pub(crate) fn holds(folded: &str, key: &str) -> bool {
        variants(key).any(|variant| pattern(folded, variant))
    }
}

pub(crate) fn variants(key: &str) -> impl Iterator<Item = &'static str> {
    static PATTERNS: OnceLock<Catalog> = OnceLock::new();
    let patterns = PATTERNS.get_or_init(|| Catalog::parse(include_str!("patterns.ftl")));
    patterns.get(key).unwrap_or_default().split('|').map(str::trim).filter(|variant| !variant.is_empty())
}

/// How many characters may stand where a pattern has `~`.
const MOST_BETWEEN: usize = 12;

/// Whether a text holds the parts of a pattern, which `~` separates, in their order and near each other.
/// Latin letters match as whole words.
pub(crate) fn pattern(text: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('~') else { return part(text, pattern).next().is_some() };
    part(text, first).any(|end| {
        let near = text[end..].char_indices().nth(MOST_BETWEEN + rest.chars().count());
        self::pattern(&text[end..near.map_or(text.len(), |(at, _)| end + at)], rest)
    })
}

/// Where the places end at which a part stands.
fn part<'t>(text: &'t str, part: &'t str) -> impl Iterator<Item = usize> + 't {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let cuts = move |at: usize| {
        let bytes = text.as_bytes();
        is_letter(at.checked_sub(1).and_then(|before| bytes.get(before))) && is_letter(bytes.get(at))
    };
    let found = text.match_indices(part).map(move |(at, _)| (at, at + part.len()));
    found.filter(move |(start, end)| !part.is_empty() && !cuts(*start) && !cuts(*end)).map(|(_, end)| end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_in_order_and_by_whole_words() {
        for (text, wanted, expected) in [
            ("帮我找一个人工客服", "找~人工", true),
            ("人工帮我找", "找~人工", false),
            ("my issue is old", "sue", false),
            ("i will sue you", "sue", true),
            ("let me talk to a real human now", "talk~human", true),
            ("talkative humans", "talk~human", false),
            ("转转转人工", "转~人工", true),
        ] {
            assert_eq!(pattern(text, wanted), expected, "{text} {wanted}");
        }
    }

    #[test]
    fn every_locale_has_every_key() {
        let keys = |locale: &str| Phrases::of(locale).catalog.keys();
        for (locale, _) in LOCALES.iter().filter(|(locale, _)| base_of(locale) == *locale) {
            assert_eq!(keys(locale), keys("zh-CN"), "{locale}");
        }
        assert!(keys("zh-HK").iter().all(|key| keys("zh-TW").contains(key)));
        assert_eq!(Phrases::of("zh-HK").text("more"), Phrases::of("zh-TW").text("more"), "what is not said otherwise");
    }
}
