//! A text cut as a reader takes it in: lines, sentences, clauses, and the quantities in them.

/// A quantity of a clause, in bytes of the clause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quantity {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) unit: Unit,
}

/// What is counted. Durations are in hours, weights in grams, volumes in milliliters, lengths in centimeters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Unit {
    Time,
    WorkingTime,
    Money,
    Percent,
    /// What is left to pay, in percent: 8折 and "20% off" are both 80.
    Discount,
    /// Minutes after midnight.
    Clock,
    Count,
    Degree,
    Gram,
    Milliliter,
    Length,
    Mah,
    Watt,
    Volt,
    Points,
    Gigabyte,
}

/// Folds line by line: [`zg_text::normalize`] would join lines, and cut a long text.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(zg_text::normalize).filter(|line| !line.is_empty()).collect()
}

/// Whether a text holds one of several words, which `|` parts.
pub(super) fn has_any(text: &str, words: &str) -> bool {
    words.split('|').any(|word| text.contains(word))
}

/// The sentences of a folded line, each cut into clauses.
pub(super) fn sentences(line: &str) -> Vec<Vec<&str>> {
    let bytes = line.as_bytes();
    let mut sentences = vec![Vec::new()];
    let mut start = 0;
    let mut close = |start: &mut usize, at: usize, length: usize, ends: bool| {
        let clause = line[*start..at].trim();
        if let Some(last) = sentences.last_mut().filter(|_| !clause.is_empty()) {
            last.push(clause);
        }
        if ends && sentences.last().is_some_and(|last| !last.is_empty()) {
            sentences.push(Vec::new());
        }
        *start = at + length;
    };
    for (at, character) in line.char_indices() {
        let length = character.len_utf8();
        let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        match character {
            '。' | '!' | '?' | ';' => close(&mut start, at, length, true),
            '.' if bytes.get(at + 1).is_none_or(|next| *next == b' ') && !digit(Some(at + 1)) => {
                close(&mut start, at, length, true);
            }
            ',' if digit(at.checked_sub(1)) && thousands(&bytes[at + 1..]) => {}
            ',' | '(' | ')' => close(&mut start, at, length, false),
            '但' | '而' => close(&mut start, at, length, false),
            ' ' if ["but ", "while ", "and "].iter().any(|word| line[at + 1..].starts_with(word)) => {
                // "and" joins a list more often than clauses; a clause of its own begins with a subject.
                let clause = !line[at + 1..].starts_with("and ")
                    || ["it ", "is ", "we ", "you ", "takes "].iter().any(|w| line[at + 5..].starts_with(w));
                if clause {
                    close(&mut start, at, length, false);
                }
            }
            _ => {}
        }
    }
    close(&mut start, line.len(), 0, true);
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

fn thousands(after: &[u8]) -> bool {
    after.len() >= 3 && after[..3].iter().all(u8::is_ascii_digit) && !after.get(3).is_some_and(u8::is_ascii_digit)
}

/// Quantities with a unit, in order. Numbers without one are none: they count, number and name.
pub(super) fn quantities(clause: &str) -> Vec<Quantity> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < clause.len() {
        if !clause.is_char_boundary(at) {
            at += 1;
            continue;
        }
        let first = clause[at..].chars().next().unwrap_or(' ');
        if !begins_quantity(first) {
            at += first.len_utf8();
            continue;
        }
        match quantity(clause, at) {
            Some(quantity) => {
                at = quantity.end;
                found.push(quantity);
            }
            None => {
                // A number without a unit is passed whole, so that 2024 does not end as 24.
                at += number(&clause[at..])
                    .map_or_else(|| clause[at..].chars().next().map_or(1, char::len_utf8), |n| n.1);
            }
        }
    }
    found
}

/// A digit in any writing, the sign of a currency, a word for a number.
fn begins_quantity(first: char) -> bool {
    first.is_ascii_digit()
        || matches!(first, '$' | '¥' | '€' | '£' | 'n' | 'h' | 'u' | 'r' | 'o' | 't' | 'f' | 's' | 'e' | 'a')
        || "零〇一二两三四五六七八九十半百".contains(first)
}

fn quantity(clause: &str, start: usize) -> Option<Quantity> {
    let text = &clause[start..];
    if let Some(quantity) = clock(clause, start) {
        return Some(quantity);
    }
    if let Some((value, length)) = text.strip_prefix("百分之").and_then(number) {
        let end = start + "百分之".len() + length;
        return Some(Quantity { start, end, low: value, high: value, unit: Unit::Percent });
    }
    let sign = ["nt$", "hk$", "us$", "rmb ", "rmb", "usd ", "eur ", "$", "¥", "€", "£"]
        .into_iter()
        .find(|sign| text.starts_with(sign));
    if let Some(sign) = sign {
        let (low, length) = number(text[sign.len()..].trim_start())?;
        let skipped = text[sign.len()..].len() - text[sign.len()..].trim_start().len();
        return Some(Quantity { start, end: start + sign.len() + skipped + length, low, high: low, unit: Unit::Money });
    }
    let before = clause[..start].chars().next_back();
    let (low, mut length) = number(text)?;
    // "a1", "no2": a digit that belongs to a name.
    if before.is_some_and(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let mut high = low;
    let rest = &text[length..];
    for (first_unit, _, _) in std::iter::once(("", Unit::Count, 1.0)).chain(UNITS.iter().copied()) {
        // 3-5天, 3天到5天, 3 to 5 days.
        let Some(after) = rest.trim_start().strip_prefix(first_unit) else { continue };
        let joined = ["-", "–", "—", "~", "至", "到", "to ", "or ", "/"]
            .into_iter()
            .find_map(|joint| after.trim_start().strip_prefix(joint).map(str::trim_start));
        if let Some((second, second_length)) = joined.and_then(number).filter(|second| second.0 > low) {
            let end = joined.map_or(0, |joined| text.len() - joined.len() + second_length);
            if unit(&text[end..]).is_some() {
                (high, length) = (second, end);
                break;
            }
        }
    }
    // 满199减20: shops leave the unit out.
    let bare = matches!(before, Some('满' | '减' | '抵'))
        && !text[length..].starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '件' | '.'));
    let (unit, scale, unit_length) = unit(&text[length..]).or(bare.then_some((Unit::Money, 1.0, 0)))?;
    let end = start + length + unit_length;
    // 2026年, 第3天, 11月30日 are dates and ordinals.
    let after = &clause[end..];
    if before == Some('第')
        || (unit == Unit::Time && scale == HOURS_OF_YEAR && low >= 1900.0)
        || (unit == Unit::Time && clause[..start].trim_end().ends_with('月'))
        || (text[length..].starts_with('月') && after.starts_with(|c: char| c.is_ascii_digit()))
    {
        return None;
    }
    let half = if after.starts_with('半') { 0.5 } else { 0.0 };
    let (mut low, mut high) = ((low + half) * scale, (high + half) * scale);
    if unit == Unit::Discount {
        // 88折 is 8.8折; 20% off leaves 80.
        let left = |value: f64| {
            if scale < 0.0 {
                100.0 + value
            } else if value > 100.0 {
                value / 10.0
            } else {
                value
            }
        };
        (low, high) = (left(low), left(high));
    }
    Some(Quantity { start, end, low, high, unit })
}

const HOURS_OF_YEAR: f64 = 8_760.0;

/// Longest first where one begins another.
const UNITS: [(&str, Unit, f64); 88] = [
    ("business days", Unit::WorkingTime, 24.0),
    ("business day", Unit::WorkingTime, 24.0),
    ("working days", Unit::WorkingTime, 24.0),
    ("working day", Unit::WorkingTime, 24.0),
    ("个工作日", Unit::WorkingTime, 24.0),
    ("工作日", Unit::WorkingTime, 24.0),
    ("个工作天", Unit::WorkingTime, 24.0),
    ("工作天", Unit::WorkingTime, 24.0),
    ("calendar days", Unit::Time, 24.0),
    ("个自然日", Unit::Time, 24.0),
    ("minutes", Unit::Time, 1.0 / 60.0),
    ("minute", Unit::Time, 1.0 / 60.0),
    ("分钟", Unit::Time, 1.0 / 60.0),
    ("seconds", Unit::Time, 1.0 / 3600.0),
    ("秒", Unit::Time, 1.0 / 3600.0),
    ("个小时", Unit::Time, 1.0),
    ("小时", Unit::Time, 1.0),
    ("个钟头", Unit::Time, 1.0),
    ("钟头", Unit::Time, 1.0),
    ("个钟", Unit::Time, 1.0),
    ("hours", Unit::Time, 1.0),
    ("hour", Unit::Time, 1.0),
    ("days", Unit::Time, 24.0),
    ("day", Unit::Time, 24.0),
    ("天", Unit::Time, 24.0),
    ("日", Unit::Time, 24.0),
    ("weeks", Unit::Time, 168.0),
    ("week", Unit::Time, 168.0),
    ("个星期", Unit::Time, 168.0),
    ("星期", Unit::Time, 168.0),
    ("个礼拜", Unit::Time, 168.0),
    ("礼拜", Unit::Time, 168.0),
    ("周", Unit::Time, 168.0),
    ("months", Unit::Time, 720.0),
    ("month", Unit::Time, 720.0),
    ("个月", Unit::Time, 720.0),
    ("years", Unit::Time, HOURS_OF_YEAR),
    ("year", Unit::Time, HOURS_OF_YEAR),
    ("年", Unit::Time, HOURS_OF_YEAR),
    ("块钱", Unit::Money, 1.0),
    ("元", Unit::Money, 1.0),
    ("块", Unit::Money, 1.0),
    ("圆", Unit::Money, 1.0),
    ("蚊", Unit::Money, 1.0),
    ("港币", Unit::Money, 1.0),
    ("台币", Unit::Money, 1.0),
    ("新台币", Unit::Money, 1.0),
    ("dollar", Unit::Money, 1.0),
    ("euros", Unit::Money, 1.0),
    ("euro", Unit::Money, 1.0),
    ("yuan", Unit::Money, 1.0),
    ("usd", Unit::Money, 1.0),
    ("dollars", Unit::Money, 1.0),
    ("rmb", Unit::Money, 1.0),
    ("% off", Unit::Discount, -1.0),
    ("percent off", Unit::Discount, -1.0),
    ("percent", Unit::Percent, 1.0),
    ("per cent", Unit::Percent, 1.0),
    ("%", Unit::Percent, 1.0),
    ("折", Unit::Discount, 10.0),
    ("°c", Unit::Degree, 1.0),
    ("℃", Unit::Degree, 1.0),
    ("摄氏度", Unit::Degree, 1.0),
    ("degrees", Unit::Degree, 1.0),
    ("度", Unit::Degree, 1.0),
    ("毫升", Unit::Milliliter, 1.0),
    ("ml", Unit::Milliliter, 1.0),
    ("升", Unit::Milliliter, 1000.0),
    ("l", Unit::Milliliter, 1000.0),
    ("kg", Unit::Gram, 1000.0),
    ("公斤", Unit::Gram, 1000.0),
    ("千克", Unit::Gram, 1000.0),
    ("斤", Unit::Gram, 500.0),
    ("克", Unit::Gram, 1.0),
    ("g", Unit::Gram, 1.0),
    ("cm", Unit::Length, 1.0),
    ("厘米", Unit::Length, 1.0),
    ("公分", Unit::Length, 1.0),
    ("mm", Unit::Length, 0.1),
    ("米", Unit::Length, 100.0),
    ("mah", Unit::Mah, 1.0),
    ("毫安", Unit::Mah, 1.0),
    ("w", Unit::Watt, 1.0),
    ("瓦", Unit::Watt, 1.0),
    ("v", Unit::Volt, 1.0),
    ("积分", Unit::Points, 1.0),
    ("points", Unit::Points, 1.0),
    ("gb", Unit::Gigabyte, 1.0),
];

const COUNTERS: [&str; 14] =
    ["件", "个", "张", "双", "次", "盒", "瓶", "支", "片", "pieces", "items", "units", "per order", "times"];

/// Unit, scale and length in bytes, with the space or hyphen before it.
fn unit(text: &str) -> Option<(Unit, f64, usize)> {
    let trimmed = text.trim_start_matches([' ', '-']);
    let skipped = text.len() - trimmed.len();
    let whole = |name: &str, rest: &str| {
        !name.ends_with(|c: char| c.is_ascii_alphabetic()) || !rest.starts_with(|c: char| c.is_ascii_alphanumeric())
    };
    let of = |name: &'static str| trimmed.strip_prefix(name).filter(|rest| whole(name, rest));
    if let Some((name, unit, scale)) = UNITS.into_iter().find(|(name, ..)| of(name).is_some()) {
        return Some((unit, scale, skipped + name.len()));
    }
    COUNTERS.into_iter().find(|name| of(name).is_some()).map(|name| (Unit::Count, 1.0, skipped + name.len()))
}

/// 16:00, 16点半, 下午四点, 2 pm, as minutes after midnight; a span counts as two, told apart by their order.
fn clock(clause: &str, start: usize) -> Option<Quantity> {
    let text = &clause[start..];
    let before = clause[..start].chars().next_back();
    if before.is_some_and(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let (hour, length) = number(text)?;
    if hour.fract() != 0.0 || hour > 24.0 {
        return None;
    }
    let rest = &text[length..];
    let (mut minutes, mut end) = (hour * 60.0, length);
    let trimmed = rest.trim_start();
    if let Some(after) = rest.strip_prefix(':') {
        let (part, part_length) = number(after)?;
        minutes += part;
        end += 1 + part_length;
    } else if let Some(after) = rest.strip_prefix('点') {
        end += '点'.len_utf8();
        if after.starts_with('半') {
            (minutes, end) = (minutes + 30.0, end + '半'.len_utf8());
        } else if after.starts_with('钟') {
            end += '钟'.len_utf8();
        }
    } else if !(trimmed.starts_with("am") || trimmed.starts_with("pm")) {
        return None;
    }
    let tail = text[end..].trim_start();
    if tail.starts_with("pm") && hour < 12.0 {
        minutes += 720.0;
    }
    if tail.starts_with("pm") || tail.starts_with("am") {
        end = text.len() - tail.len() + 2;
    }
    let head = &clause[..start];
    if hour < 12.0 && ["下午", "晚上", "傍晚", "晚"].iter().any(|part| head.trim_end().ends_with(part)) {
        minutes += 720.0;
    }
    Some(Quantity { start, end: start + end, low: minutes, high: minutes, unit: Unit::Clock })
}

/// A number at the very start: 1,299.5, 十五, 两, half, one. Its value and length in bytes.
pub(super) fn number(text: &str) -> Option<(f64, usize)> {
    let bytes = text.as_bytes();
    let mut length = 0;
    while length < bytes.len() {
        match bytes[length] {
            b'0'..=b'9' => length += 1,
            b',' if length > 0 && thousands(&bytes[length + 1..]) => length += 1,
            b'.' if length > 0 && bytes.get(length + 1).is_some_and(u8::is_ascii_digit) => length += 1,
            _ => break,
        }
    }
    if length > 0 {
        return text[..length].replace(',', "").parse().ok().map(|value| (value, length));
    }
    english_number(text).or_else(|| han_number(text))
}

/// ten, twenty-one, a hundred and fifty, half a.
fn english_number(text: &str) -> Option<(f64, usize)> {
    const ONES: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return None;
    }
    let whole = |rest: &str| rest.is_empty() || rest.starts_with([' ', '-']);
    for (word, value) in [("half a", 0.5), ("half an", 0.5)] {
        if text.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '-'])) {
            return Some((value, word.len()));
        }
    }
    let one = |text: &str| {
        let length = text.bytes().take_while(u8::is_ascii_lowercase).count();
        let word = &text[..length];
        let value = ONES.iter().position(|one| *one == word).or(matches!(word, "a" | "an").then_some(1));
        let value = value.or_else(|| TENS.iter().position(|ten| *ten == word).map(|at| 20 + 10 * at));
        value.filter(|_| whole(&text[length..])).map(|value| (value as f64, length))
    };
    let (mut value, mut length) = one(text)?;
    if value >= 20.0
        && let Some((ones, more)) = text.get(length + 1..).and_then(one)
        && ones < 10.0
        && !text[length + 1..].starts_with("a")
    {
        (value, length) = (value + ones, length + 1 + more);
    }
    if let Some(rest) = text[length..].strip_prefix(" hundred").filter(|rest| whole(rest)) {
        (value, length) = (value * 100.0, text.len() - rest.len());
        let more = rest.strip_prefix(" and ").or_else(|| rest.strip_prefix(' ')).unwrap_or("");
        if let Some((tens, more_length)) = one(more).filter(|_| !more.starts_with("a")) {
            (value, length) = (value + tens, text.len() - more.len() + more_length);
        }
    }
    text[length..].starts_with([' ', '-']).then_some((value, length))
}

fn han_number(text: &str) -> Option<(f64, usize)> {
    let (mut total, mut digit, mut length, mut seen) = (0.0, None, 0, false);
    for character in text.chars() {
        let value = match character {
            '零' | '〇' => 0.0,
            '一' => 1.0,
            '二' | '两' => 2.0,
            '三' => 3.0,
            '四' => 4.0,
            '五' => 5.0,
            '六' => 6.0,
            '七' => 7.0,
            '八' => 8.0,
            '九' => 9.0,
            '半' if !seen => 0.5,
            '十' | '百' | '千' | '万' if seen || character == '十' => {
                let scale = match character {
                    '十' => 10.0,
                    '百' => 100.0,
                    '千' => 1_000.0,
                    _ => 10_000.0,
                };
                total += digit.take().unwrap_or(1.0) * scale;
                seen = true;
                length += character.len_utf8();
                continue;
            }
            _ => break,
        };
        if digit.is_some_and(|digit| digit != 0.0) {
            break;
        }
        digit = Some(value);
        seen = true;
        length += character.len_utf8();
    }
    seen.then_some((total + digit.unwrap_or(0.0), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_with_their_units() {
        let read = |clause: &str| {
            quantities(clause)
                .iter()
                .map(|q| format!("{}-{} {:?}", q.low, q.high, q.unit))
                .collect::<Vec<_>>()
                .join(", ")
        };
        for (clause, found) in [
            ("七天无理由", "168-168 Time"),
            ("十五天", "360-360 Time"),
            ("3到5个工作日", "72-120 WorkingTime"),
            ("1天至2天", "24-48 Time"),
            ("满1,299元", "1299-1299 Money"),
            ("over $50", "50-50 Money"),
            ("一年半", "13140-13140 Time"),
            ("8折 88折 20% off", "80-80 Discount, 88-88 Discount, 80-80 Discount"),
            ("下午四点 16:00 2 pm", "960-960 Clock, 960-960 Clock, 840-840 Clock"),
            ("2026年11月30日", ""),
            ("a 2-year warranty", "17520-17520 Time"),
            ("iphone 15 的壳", ""),
            ("fifteen days, twenty-one days", "360-360 Time, 504-504 Time"),
            ("a hundred and fifty dollars, an hour", "150-150 Money, 1-1 Time"),
            ("百分之二十, 15 percent", "20-20 Percent, 15-15 Percent"),
            ("四百蚊两个礼拜三个钟", "400-400 Money, 336-336 Time, 3-3 Time"),
            ("a oneplus twenties", ""),
            ("30 degrees 1.5l", "30-30 Degree, 1500-1500 Milliliter"),
        ] {
            assert_eq!(read(clause), found, "{clause}");
        }
    }

    #[test]
    fn a_line_is_cut_into_sentences_and_clauses() {
        assert_eq!(
            sentences("满1,000元包邮,不满收8元。质量问题(含破损)可退"),
            [vec!["满1,000元包邮", "不满收8元"], vec!["质量问题", "含破损", "可退"]]
        );
        assert_eq!(sentences("yes. it is 1.5 l, ok"), [vec!["yes"], vec!["it is 1.5 l", "ok"]]);
    }
}
