//! What a shopper looks for, in their own words: what it may cost, and the words a product should be described by.

use crate::phrases::{pattern, variants};

/// Words of one wish that count.
const MOST_WORDS: usize = 12;
/// Around what is said to be about so much, in percent.
const AROUND: u64 = 25;
/// No shop sells anything for more, in hundredths.
const MOST: u64 = 100_000_000_000;

/// A wish, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Wish {
    /// What is left of the words once asking, counting and politeness are taken away: runs of characters and words.
    pub(crate) runs: Vec<String>,
    /// Words that a product for somebody is described by: `长辈` for a mother.
    pub(crate) kin: Vec<String>,
    /// The least and the most, in hundredths.
    pub(crate) price: Option<(u64, u64)>,
    /// Cheaper than what was shown.
    pub(crate) cheaper: bool,
}

impl Wish {
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.kin.is_empty() && self.price.is_none() && !self.cheaper
    }

    /// What a product's own title says of it.
    pub(crate) fn of_title(folded: &str) -> Self {
        let runs = folded.split(|c: char| !c.is_alphanumeric()).filter(|run| run.chars().count() >= 2);
        let runs = runs.filter(|run| !run.chars().all(|c| c.is_ascii_digit())).take(MOST_WORDS);
        Self { runs: runs.map(str::to_owned).collect(), ..Self::default() }
    }

    /// Reads a folded utterance.
    pub(crate) fn read(folded: &str) -> Self {
        let (price, rest) = price(folded);
        let cheaper = variants("wish-cheaper").any(|word| pattern(folded, word));
        let mut kin = Vec::new();
        for (said, described) in pairs("wish-kin") {
            if said.split('/').any(|word| pattern(folded, word)) {
                kin.extend(described.split('/').map(str::to_owned));
            }
        }
        let mut rest = rest;
        for word in variants("wish-stop").chain(variants("wish-cheaper")) {
            rest = without(&rest, word);
        }
        let runs = rest
            .split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'' && c != '.')
            .map(|run| run.trim_matches(|c: char| !c.is_alphanumeric()))
            .filter(|run| !run.is_empty() && !run.chars().all(|c| c.is_ascii_digit()))
            .take(MOST_WORDS)
            .map(str::to_owned)
            .collect();
        Self { runs, kin, price, cheaper }
    }
}

/// A text without what asks for something cheaper: how cheap is known by then.
pub(crate) fn without_cheaper(text: &str) -> String {
    variants("wish-cheaper").fold(text.to_owned(), |text, word| without(&text, word))
}

/// `said > described` under a key.
fn pairs(key: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    variants(key).filter_map(|pair| pair.split_once('>')).map(|(said, described)| (said.trim(), described.trim()))
}

/// Other words for the same quality, such as `waterproof` for `防水`; the word itself first.
pub(crate) fn alike(word: &str) -> Vec<&str> {
    let mut words = vec![word];
    for group in variants("wish-alike") {
        if group.split('/').any(|one| one == word) {
            words.extend(group.split('/').filter(|one| *one != word));
        }
    }
    words
}

/// A text with a word taken out wherever it stands, Latin letters as whole words.
fn without(text: &str, word: &str) -> String {
    if word.is_empty() || !text.contains(word) {
        return text.to_owned();
    }
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let latin = word.is_ascii();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let end = at + word.len();
        let before = rest[..at].chars().next_back().or_else(|| out.chars().next_back());
        let cuts = latin && (letter(before) || letter(rest[end..].chars().next()));
        out.push_str(&rest[..at]);
        out.push_str(if cuts { word } else { " " });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// A number in a text: where it stands and its value in hundredths, the second one the same unless it is `两三百`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number {
    start: usize,
    end: usize,
    least: u64,
    most: u64,
}

/// What it may cost, and the text without the words that say so.
fn price(text: &str) -> (Option<(u64, u64)>, String) {
    let found = numbers(text);
    let mut limits = (0, u64::MAX);
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(number) = found.get(at).copied() {
        at += 1;
        let behind = after_currency(&text[number.end..]);
        let measured = behind.trim_start();
        // Centimetres and pieces are no money.
        if longest("price-no", measured, starts).is_some() {
            continue;
        }
        let behind_at = text.len() - behind.len();
        let before = before_currency(&text[..number.start]).trim_end();
        let ends = |key: &str| longest(key, before, ends_with);
        let begins = |key: &str| longest(key, measured, starts);
        // `100到200`, `between 50 and 80`
        if let Some(next) = found.get(at).copied()
            && let between = text[behind_at..].get(..next.start.saturating_sub(behind_at)).unwrap_or_default()
            && variants("price-to").any(|word| before_currency(between).trim() == word)
        {
            let (one, other) = (number.least.min(next.least), number.most.max(next.most));
            let unit = after_currency(&text[next.end..]);
            if longest("price-no", unit.trim_start(), starts).is_none() {
                limits = (limits.0.max(one), limits.1.min(other));
                taken.push((before.len(), text.len() - unit.len()));
                at += 1;
                continue;
            }
        }
        let end = |length: usize| text.len() - measured.len() + length;
        let start = |length: usize| before.len() - length;
        let (low, high) = (number.least, number.most);
        let shows_money =
            behind.len() < text[number.end..].len() || before.len() < text[..number.start].trim_end().len();
        if let Some(length) = begins("price-most") {
            limits.1 = limits.1.min(high);
            taken.push((start(ends("price-under").unwrap_or(0)), end(length)));
        } else if let Some(length) = begins("price-least") {
            limits.0 = limits.0.max(low);
            taken.push((start(ends("price-over").unwrap_or(0)), end(length)));
        } else if let Some(length) = begins("price-about") {
            limits = (limits.0.max(low - low * AROUND / 100), limits.1.min(high.saturating_add(high / 100 * AROUND)));
            taken.push((start(ends("price-budget").unwrap_or(0)), end(length)));
        } else if let Some(length) = ends("price-under") {
            limits.1 = limits.1.min(high);
            taken.push((start(length), end(0)));
        } else if let Some(length) = ends("price-over") {
            limits.0 = limits.0.max(low);
            taken.push((start(length), end(0)));
        } else if let Some(length) = ends("price-around") {
            limits = (limits.0.max(low - low * AROUND / 100), limits.1.min(high.saturating_add(high / 100 * AROUND)));
            taken.push((start(length), end(0)));
        } else if let Some(length) = ends("price-budget") {
            // What one has is the most one spends; `两三百` says both ends.
            limits = (if low < high { limits.0.max(low) } else { limits.0 }, limits.1.min(high));
            taken.push((start(length), end(0)));
        } else if shows_money {
            limits = (limits.0.max(low - low * AROUND / 100), limits.1.min(high.saturating_add(high / 100 * AROUND)));
            taken.push((start(0), end(0)));
        }
    }
    let mut rest = String::new();
    let mut from = 0;
    for (start, end) in taken {
        rest.push_str(text.get(from..start).unwrap_or_default());
        rest.push(' ');
        from = end.max(from);
    }
    rest.push_str(text.get(from..).unwrap_or_default());
    let said = limits != (0, u64::MAX) && limits.0 <= limits.1;
    (said.then_some(limits), rest)
}

/// The length of the longest word under a key that a text has at its place.
#[inline(never)]
fn longest(key: &str, text: &str, has: fn(&str, &str) -> bool) -> Option<usize> {
    variants(key).filter(|word| has(text, word)).map(str::len).max()
}

fn starts(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| {
        !word.ends_with(|c: char| c.is_ascii_alphanumeric()) || !rest.starts_with(|c: char| c.is_ascii_alphanumeric())
    })
}

fn ends_with(text: &str, word: &str) -> bool {
    text.trim_end().strip_suffix(word).is_some_and(|rest| {
        !word.starts_with(|c: char| c.is_ascii_alphanumeric()) || !rest.ends_with(|c: char| c.is_ascii_alphanumeric())
    })
}

/// What stands behind `元`, where that stands first.
fn after_currency(text: &str) -> &str {
    let trimmed = text.trim_start();
    variants("price-unit").find_map(|unit| starts(trimmed, unit).then(|| &trimmed[unit.len()..])).unwrap_or(text)
}

/// What stands before `¥`, where that stands last.
fn before_currency(text: &str) -> &str {
    let trimmed = text.trim_end();
    variants("price-sign").find_map(|sign| trimmed.strip_suffix(sign)).unwrap_or(trimmed)
}

/// The numbers of a folded text, in digits or in characters.
fn numbers(text: &str) -> Vec<Number> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let start = text.len() - rest.len();
        let letter_before = text[..start].chars().next_back().is_some_and(|c| c.is_ascii_alphabetic());
        let (length, value) = if character.is_ascii_digit() && !letter_before {
            digits(rest)
        } else if han_digit(character).is_some() || "十百千几".contains(character) {
            in_characters(rest)
        } else {
            (0, None)
        };
        if let Some((least, most)) = value {
            found.push(Number { start, end: start + length, least, most });
        }
        rest = &rest[length.max(character.len_utf8())..];
    }
    found
}

/// The amount that a text begins with, in hundredths.
pub(crate) fn amount(text: &str) -> Option<u64> {
    digits(text).1.map(|(amount, _)| amount)
}

/// `1,299.50`, `2k`, `1.5万`.
fn digits(text: &str) -> (usize, Option<(u64, u64)>) {
    let length = text.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.').unwrap_or(text.len());
    let number = text[..length].trim_end_matches(['.', ',']);
    let plain: String = number.chars().filter(|c| *c != ',').collect();
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let cents = part.chars().chain("00".chars()).take(2).collect::<String>();
    let Some(mut value) = whole.parse::<u64>().ok().and_then(|whole| {
        let value = whole.checked_mul(100)?.checked_add(cents.parse().ok()?)?;
        (value <= MOST && !part.contains('.')).then_some(value)
    }) else {
        return (length, None);
    };
    let mut end = number.len();
    let behind = &text[end..];
    let times = [("万", 10_000), ("千", 1_000), ("k", 1_000), ("w", 10_000)];
    let unit = times.into_iter().find(|(unit, _)| {
        behind.starts_with(unit) && !behind[unit.len()..].starts_with(|c: char| c.is_ascii_alphabetic())
    });
    if let Some((unit, factor)) = unit {
        value = value.saturating_mul(factor).min(MOST);
        end += unit.len();
    }
    (end, Some((value, value)))
}

/// The number that a run of characters such as `一百二十` or `七` is.
pub(crate) fn whole(run: &str) -> Option<u64> {
    match (in_characters(run).1, run.chars().count()) {
        (Some((least, most)), _) if least == most => Some(least / 100),
        // Said digit by digit: `六五`.
        (None, 1..=3) => run.chars().try_fold(0, |number, character| Some(number * 10 + han_digit(character)?)),
        _ => None,
    }
}

fn han_digit(character: char) -> Option<u64> {
    "零一二三四五六七八九".chars().position(|c| c == character).map(|at| at as u64).or((character == '两').then_some(2))
}

/// `一千五`, `两百`, `三百五十`, `两三百`, `几百`.
fn in_characters(text: &str) -> (usize, Option<(u64, u64)>) {
    let of = |c: char| han_digit(c).is_some() || "十百千万几".contains(c);
    let length = text.find(|c: char| !of(c)).unwrap_or(text.len());
    let characters: Vec<char> = text[..length].chars().collect();
    // Without a unit it is no price: `一款`, `第二个`.
    let Some(unit_at) = characters.iter().position(|c| "十百千万".contains(*c)) else { return (length, None) };
    let unit = |c: char| match c {
        '十' => 10,
        '百' => 100,
        '千' => 1_000,
        _ => 10_000,
    };
    if characters[0] == '几' || (unit_at == 2 && characters[..2].iter().all(|c| han_digit(*c).is_some_and(|n| n > 0)))
    {
        let factor = unit(characters[unit_at]) * 100;
        let ends = if characters[0] == '几' {
            (2, 9)
        } else {
            (han_digit(characters[0]).unwrap_or(1), han_digit(characters[1]).unwrap_or(9))
        };
        return (length, Some((ends.0 * factor, ends.1 * factor)).filter(|(least, most)| least <= most));
    }
    let (mut total, mut section, mut digit, mut last_unit) = (0_u64, 0_u64, None, 0_u64);
    for character in &characters {
        match han_digit(*character) {
            Some(value) => digit = Some(value),
            None if *character == '万' => {
                total += (section + digit.take().unwrap_or(0)) * 10_000;
                (section, last_unit) = (0, 10_000);
            }
            None => {
                last_unit = unit(*character);
                section += digit.take().unwrap_or(1) * last_unit;
            }
        }
    }
    // `一千五` is 1,500; `一千零五` is 1,005.
    let zero = characters.contains(&'零');
    let left = digit.unwrap_or(0) * if last_unit >= 100 && !zero { last_unit / 10 } else { 1 };
    let value = (total + section + left) * 100;
    (length, (value > 0).then_some((value, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read() {
        for (text, expected) in [
            ("200以内防水的鞋", Some((0, 20_000))),
            ("预算两三百", Some((20_000, 30_000))),
            ("100到200的", Some((10_000, 20_000))),
            ("100-200元的包", Some((10_000, 20_000))),
            ("一千五以下", Some((0, 150_000))),
            ("三百左右", Some((22_500, 37_500))),
            ("不超过¥99.9", Some((0, 9_990))),
            ("500块以上的", Some((50_000, u64::MAX))),
            ("a waterproof jacket under $50", Some((0, 5_000))),
            ("between 50 and 80 dollars", Some((5_000, 8_000))),
            ("预算1.5k", Some((0, 150_000))),
            ("about 300 yuan", Some((22_500, 37_500))),
            ("170cm 65kg 穿什么", None),
            ("买2件", None),
            ("第二个", None),
            ("iphone 15 手机壳", None),
            ("一百二十平米", None),
            ("99999999999999999999元以内", None),
        ] {
            assert_eq!(Wish::read(text).price, expected, "{text}");
        }
    }

    #[test]
    fn what_is_left_is_what_is_looked_for() {
        for (text, expected) in [
            ("推荐一款200以内防水的鞋", vec!["防水", "鞋"]),
            ("想买条红色连衣裙送妈妈,预算两三百", vec!["条红色连衣裙", "妈妈"]),
            ("recommend a waterproof jacket under $50", vec!["waterproof", "jacket"]),
            ("有什么好推荐的吗", vec![]),
            ("有没有便宜点的", vec![]),
        ] {
            assert_eq!(Wish::read(text).runs, expected, "{text}");
        }
        assert!(Wish::read("有没有便宜点的").cheaper);
        assert!(Wish::read("送妈妈").kin.iter().any(|word| word == "长辈"));
    }
}
