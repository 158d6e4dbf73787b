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

    /// Whether the locale has a message of this name.
    #[cfg(feature = "build")]
    pub(crate) fn has(self, key: &str) -> bool {
        self.catalog.get(key).is_some()
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
        let keys: Vec<_> = LOCALES.iter().map(|(locale, _)| Phrases::of(locale).catalog.keys()).collect();
        assert!(keys.windows(2).all(|two| two[0] == two[1]), "{keys:?}");
    }
}
