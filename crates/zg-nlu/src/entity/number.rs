//! Numbers as shoppers write them: 1,299.00, 1.5万, 两千五, 十几, 三五, two.

use super::folded::Folded;

/// Thousandths: no float is formatted, which would cost the WASM module more than all of this file.
pub(super) type Milli = u64;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Arabic,
    Han,
    Latin,
}

#[derive(Clone, Copy)]
pub(super) struct Number {
    pub end: usize,
    pub value: Milli,
    /// The other end of 三五, 3-5, 三到五.
    pub to: Option<Milli>,
    /// 几, 十几, 二十多: about so much.
    pub vague: bool,
    pub script: Script,
}

impl Number {
    /// 几 and nothing else: as often a question as a number.
    pub fn is_some(self) -> bool {
        self.vague && self.value == 0
    }

    pub fn whole(self) -> Option<u64> {
        (self.value.is_multiple_of(1_000) && !self.vague && self.to.is_none()).then_some(self.value / 1_000)
    }
}

pub(super) const NUMERALS: &str = "零一二两三四五六七八九十百千万亿半几廿卅壹贰叁肆伍陆柒捌玖拾佰仟";

/// The number that starts here.
pub(super) fn number(text: &Folded<'_>, at: usize) -> Option<Number> {
    let mut number = arabic(text, at).or_else(|| han(text, at)).or_else(|| latin(text, at))?;
    // 二十多块, 一百来块, 30几块; a round number only: 2来 is none.
    if number.value >= 10_000 && !number.vague && text.is(number.end, "多来几余") {
        number.vague = true;
        number.end += 1;
    }
    Some(number)
}

/// A number, or two with a dash or 到 between.
pub(super) fn range(text: &Folded<'_>, at: usize) -> Option<Number> {
    let first = number(text, at)?;
    let spaces = text.spaces(first.end);
    let second = text
        .word(spaces, "--|-|~|到|至|to|或|或者|or")
        .and_then(|dash| number(text, text.spaces(dash)))
        .filter(|second| second.to.is_none() && first.to.is_none() && second.value > first.value && !first.vague);
    Some(second.map_or(first, |second| Number { end: second.end, to: Some(second.value), ..first }))
}

fn arabic(text: &Folded<'_>, at: usize) -> Option<Number> {
    let mut end = text.run(at, |c| c.is_ascii_digit());
    if end == at || end - at > 12 {
        return None;
    }
    let mut value: Milli = text.integer(at, end)?;
    // 1,299: groups of three, or the comma ends a clause.
    while end - at <= 12
        && text.get(end) == Some(',')
        && text.run(end + 1, |c| c.is_ascii_digit()) == end + 4
        && value < 1_000_000_000
        && value > 0
    {
        value = value * 1_000 + text.integer(end + 1, end + 4)?;
        end += 4;
    }
    value *= 1_000;
    let fraction = text.run(end + 1, |c| c.is_ascii_digit());
    let version = text.get(fraction) == Some('.') && text.is_digit(fraction + 1);
    if text.get(end) == Some('.') && fraction > end + 1 && !version {
        let places: String = text.slice(end + 1, fraction).chars().chain("000".chars()).take(3).collect();
        value += places.parse::<Milli>().ok()?;
        end = fraction;
    }
    let mut number = Number { end, value, to: None, vague: false, script: Script::Arabic };
    for (unit, factor) in [('万', 10_000), ('千', 1_000), ('百', 100)] {
        let weight = unit == '千' && text.is(end + 1, "克瓦米卡");
        if text.get(end) == Some(unit) && !weight {
            number.value = value.saturating_mul(factor);
            number.end = end + 1;
            // 1万2 is 12000.
            let next = text.get(end + 1).and_then(|c| c.to_digit(10)).filter(|_| !text.is_alphanumeric(end + 2));
            if let Some(digit) = next {
                number.value = number.value.saturating_add(u64::from(digit) * factor * 100);
                number.end = end + 2;
            }
        }
    }
    Some(number)
}

fn han(text: &Folded<'_>, at: usize) -> Option<Number> {
    let first = text.get(at)?;
    if !NUMERALS.contains(first) {
        return None;
    }
    // 百来块 and 百几蚊 start with a unit; 千万, 万一 and 百分之 are no numbers.
    let unit_first = "百千万亿佰仟".contains(first);
    if unit_first && !text.is(at + 1, "来几多") {
        return None;
    }
    if first == '半' {
        return Some(Number { end: at + 1, value: 500, to: None, vague: false, script: Script::Han });
    }
    let (mut total, mut section, mut last_unit) = (0_u64, 0_u64, 0_u64);
    let (mut digits, mut end, mut zero, mut vague) = (Vec::new(), at, false, false);
    while let Some(character) = text.get(end).filter(|_| end - at < 16) {
        if let Some(value) = han_digit(character) {
            zero |= value == 0 && last_unit > 0;
            digits.push(value);
        } else if character == '几' && !vague && digits.is_empty() {
            // 十几, 几十; what follows 几 without a unit is no longer the number.
            vague = true;
            if !text.is(end + 1, "十百千万") {
                end += 1;
                break;
            }
        } else if let (Some(unit), [low, high], 0) = (han_unit(character), digits.as_slice(), last_unit)
            && 0 < *low
            && low < high
        {
            // 两三百, 七八十.
            let (value, to) = (low * unit * 1_000, Some(high * unit * 1_000));
            return Some(Number { end: end + 1, value, to, vague: false, script: Script::Han });
        } else if let Some(unit) = han_unit(character).filter(|_| digits.len() < 2 || digits[0] == 0) {
            let count = digits.pop().unwrap_or(u64::from(!vague && (unit == 10 || end == at)));
            digits.clear();
            if unit >= 10_000 {
                total = (total + section + count).saturating_mul(unit);
                section = 0;
            } else {
                section += count * unit;
            }
            (last_unit, zero) = (unit, false);
        } else {
            break;
        }
        end += 1;
    }
    let has_unit = last_unit > 0;
    // 零件 and 零钱 hold no number.
    if digits == [0] && !has_unit {
        return None;
    }
    let base = total + section;
    let (value, to) = match digits.as_slice() {
        [] => (base, None),
        // 两千五 is 2500, 两千零五 is 2005, 十五 is 15.
        [one] => (base + if last_unit >= 100 && !zero { one * last_unit / 10 } else { *one }, None),
        // 三五天, 十七八个.
        [low, high] if high > low && *low > 0 => (base + low, Some(base + high)),
        many if !has_unit => (many.iter().fold(0, |sum, digit| sum * 10 + digit), None),
        [.., last] => (base + last, None),
    };
    let to = to.map(|to| to * 1_000);
    let mut number = Number { end, value: value.saturating_mul(1_000), to, vague, script: Script::Han };
    // 几十 has no value of its own: one of the unit stands for it.
    if vague && has_unit && value == 0 {
        number.value = last_unit * 1_000;
    }
    Some(number)
}

pub(super) fn han_digit(character: char) -> Option<u64> {
    Some(match character {
        '零' => 0,
        '一' | '壹' | '幺' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn han_unit(character: char) -> Option<u64> {
    Some(match character {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1_000,
        '万' => 10_000,
        '亿' => 100_000_000,
        _ => return None,
    })
}

fn latin(text: &Folded<'_>, at: usize) -> Option<Number> {
    const WORDS: &str = "a an one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty";
    const VALUES: [u64; 17] = [1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 20, 30];
    if !text.get(at)?.is_ascii_lowercase() {
        return None;
    }
    WORDS.split(' ').zip(VALUES).find_map(|(word, value)| {
        let end = text.literal(at, word).filter(|end| !text.is_alphanumeric(*end))?;
        let (end, value) = match text
            .word(end, " hundred")
            .map(|end| (end, 100))
            .or_else(|| text.word(end, " thousand").map(|end| (end, 1_000)))
        {
            Some((end, factor)) => (end, value * factor),
            None => (end, value),
        };
        Some(Number { end, value: value * 1_000, to: None, vague: false, script: Script::Latin })
    })
}

/// Thousandths as a decimal, without needless zeros.
pub(super) fn decimal(value: Milli) -> String {
    let mut text = (value / 1_000).to_string();
    if !value.is_multiple_of(1_000) {
        text.push('.');
        let places = (value % 1_000 + 1_000).to_string();
        text.push_str(places[1..].trim_end_matches('0'));
    }
    text
}
