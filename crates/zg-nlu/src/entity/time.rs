//! Days, times of day and lengths of time. The crate has no clock: what is relative stays so.

use super::Hit;
use super::folded::Folded;
use super::number::{Number, Script, decimal, number, range};

pub(super) fn date(text: &Folded<'_>, at: usize) -> Option<Hit> {
    let found = [
        week(text, at),
        calendar(text, at),
        english(text, at),
        offset(text, at).and_then(|(hit, near)| near.then_some(hit)),
    ];
    found.into_iter().flatten().max_by_key(|hit| hit.end)
}

pub(super) fn duration(text: &Folded<'_>, at: usize) -> Option<Hit> {
    offset(text, at).and_then(|(hit, near)| (!near).then_some(hit))
}

fn hit(end: usize, value: String) -> Option<Hit> {
    Some(Hit { end, value: Some(value) })
}

/// 周三, 下周三, 上个星期, 礼拜日, 周末.
fn week(text: &Folded<'_>, at: usize) -> Option<Hit> {
    const WEEKS: &[(&str, i32)] = &[
        ("上上", -2),
        ("下下", 2),
        ("上一", -1),
        ("下一", 1),
        ("上", -1),
        ("下", 1),
        ("这", 0),
        ("本", 0),
        ("今", 0),
        ("呢", 0),
    ];
    let prefix = WEEKS.iter().find_map(|(word, weeks)| Some((text.word(at, word)?, *weeks)));
    let start = prefix.map_or(at, |(end, _)| text.word(end, "个").unwrap_or(end));
    let end = text.word(start, "周|星期|礼拜")?;
    let day = text.get(end).and_then(|c| {
        Some(match c {
            '一' | '1' => "1",
            '二' | '2' => "2",
            '三' | '3' => "3",
            '四' | '4' => "4",
            '五' | '5' => "5",
            '六' | '6' => "6",
            '日' | '天' | '7' => "7",
            '末' => "WE",
            _ => return None,
        })
    });
    // 下周天气 is about the weather, 周一百 about nothing; "周日用品" is no Sunday.
    let day = day.filter(|_| {
        let other = text.is(end + 1, "气百千十月") || text.is(end, "日") && text.is(end + 1, "用常");
        !other && !text.is_digit(end + 1)
    });
    match (prefix, day) {
        (Some((_, weeks)), Some(day)) => hit(end + 1, format!("P{weeks}W-{day}")),
        (None, Some(day)) => hit(end + 1, format!("W-{day}")),
        (Some((_, weeks)), None) if !text.is(end, "边围年期转岁") => hit(end, format!("P{weeks}W")),
        _ => None,
    }
}

/// 2026-11-18, 2026年11月, 11月18号, 十一月十八, 18号, 11/18, 11-18.
fn calendar(text: &Folded<'_>, at: usize) -> Option<Hit> {
    if text.before(at).is_some_and(|c| matches!(c, '第' | '/' | '.')) && !text.is(at, "十") {
        return None;
    }
    if let Some(found) = dotted(text, at) {
        return Some(found);
    }
    let first = number(text, at)?;
    let value = first.whole()?;
    let digits = first.end - at;
    if first.script == Script::Latin {
        return None;
    }
    if first.script == Script::Arabic && digits == 8 && text.is(at, "12") && !text.is_alphanumeric(first.end) {
        let (year, month, day) = (value / 10_000, value / 100 % 100, value % 100);
        return (valid(month, day) && (1990..2100).contains(&year))
            .then(|| full(first.end, year, month, day))
            .flatten();
    }
    if (1900..2100).contains(&value) || (10..100).contains(&value) && text.is(first.end, "年") {
        let year = if value < 100 { 2_000 + value } else { value };
        if let Some(found) = dated(text, first.end, year) {
            return Some(found);
        }
    }
    if let Some(end) = text.word(first.end, "月份|月") {
        return month_and_day(text, end, value, &first);
    }
    if first.script == Script::Arabic
        && let Some(found) = slashed(text, at, first.end, value)
    {
        return Some(found);
    }
    let end = text.word(first.end, "号|日")?;
    // 三日 is three days, 十八号 a day; 3号楼 and 人民路88号 are addresses, 大一号 a size, 日用 no day.
    let han = first.script == Script::Han;
    let elsewhere = text.is(end, "楼线店院门码仓库柜机客订单房色厅字用常本式系元期历文语语出")
        || text.is(end, "电") && text.is(end + 1, "池机")
        || text.ends(at, "路|街|巷|弄|道|村|苑|园|里|大|小|换|加|编|单|第|幢|栋|楼|区");
    let day = (1..=31).contains(&value) && !elsewhere && (!han || value >= 10 && text.is(first.end, "号"));
    day.then(|| hit(end, format!("---{value:02}"))).flatten()
}

/// 11.18号; without 号 it is a price.
fn dotted(text: &Folded<'_>, at: usize) -> Option<Hit> {
    let point = text.run(at, |c| c.is_ascii_digit());
    let end = text.run(point + 1, |c| c.is_ascii_digit());
    if text.get(point) != Some('.') || point - at > 2 || end - point > 3 {
        return None;
    }
    let (month, day) = (text.integer(at, point)?, text.integer(point + 1, end)?);
    let end = text.word(end, "号|日")?;
    valid(month, day).then(|| hit(end, format!("--{month:02}-{day:02}"))).flatten()
}

fn valid(month: u64, day: u64) -> bool {
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

fn full(end: usize, year: u64, month: u64, day: u64) -> Option<Hit> {
    hit(end, format!("{year}-{month:02}-{day:02}"))
}

/// What follows a year.
fn dated(text: &Folded<'_>, end: usize, year: u64) -> Option<Hit> {
    let separator = text.get(end)?;
    let start = text.spaces(end + 1);
    if separator == '年' {
        let alone = hit(end + 1, format!("{year}"));
        let Some(month) = number(text, start).filter(|n| n.whole().is_some_and(|n| (1..=12).contains(&n))) else {
            return alone.filter(|_| !text.is(end + 1, "级龄货轻款底初末"));
        };
        let Some(stop) = text.word(month.end, "月份|月") else {
            return alone;
        };
        let month = month.value / 1_000;
        return match day(text, text.spaces(stop)) {
            Some((stop, day)) => full(stop, year, month, day),
            None => hit(stop, format!("{year}-{month:02}")),
        };
    }
    if !matches!(separator, '-' | '/' | '.') {
        return None;
    }
    let month = text.run(end + 1, |c| c.is_ascii_digit());
    let value: u64 = text.integer(end + 1, month)?;
    if text.get(month) == Some(separator) {
        let stop = text.run(month + 1, |c| c.is_ascii_digit());
        let day: u64 = text.integer(month + 1, stop)?;
        let stop = text.word(stop, "日|号").unwrap_or(stop);
        return (valid(value, day) && !text.is_digit(stop)).then(|| full(stop, year, value, day)).flatten();
    }
    (separator != '.'
        && month == end + 3
        && valid(value, 1)
        && !text.is_alphanumeric(month)
        && !text.is(month, "-/.元块"))
    .then(|| hit(month, format!("{year}-{value:02}")))
    .flatten()
}

/// A day of the month, with or without 号.
fn day(text: &Folded<'_>, at: usize) -> Option<(usize, u64)> {
    let day = number(text, at).filter(|n| n.script != Script::Latin)?;
    let value = day.whole().filter(|n| (1..=31).contains(n))?;
    let named = text.word(day.end, "日|号");
    // 11月3件: the number counts something.
    let counted = named.is_none() && text.is(day.end, "件个双条盒套瓶只包箱天年月次折元块小周点时分份单万百千:");
    (!counted && !text.is_alphanumeric(named.unwrap_or(day.end))).then(|| (named.unwrap_or(day.end), value))
}

fn month_and_day(text: &Folded<'_>, end: usize, month: u64, first: &Number) -> Option<Hit> {
    if !(1..=12).contains(&month) || text.is(end, "饼亮经老嫂球卡供租嫁均度刊薪销票") {
        return None;
    }
    if let Some((stop, day)) = day(text, text.spaces(end)) {
        // 11月18-20号, 10月1日到7日.
        let last = text.word(stop, "-|~|到|至").and_then(|next| self::day(text, next));
        if let Some((stop, last)) = last.filter(|(stop, last)| *last > day && text.ends(*stop, "日|号")) {
            return hit(stop, format!("--{month:02}-{day:02}/--{month:02}-{last:02}"));
        }
        return hit(stop, format!("--{month:02}-{day:02}"));
    }
    // 一月一次 is a rate.
    (first.script == Script::Arabic || month > 1 || text.before(end) == Some('份'))
        .then(|| hit(text.word(end, "底|初|中旬|上旬|下旬|末").unwrap_or(end), format!("--{month:02}")))
        .flatten()
}

/// 11/18, 18/11, 11-18; 11.11 and its kin.
fn slashed(text: &Folded<'_>, at: usize, first: usize, value: u64) -> Option<Hit> {
    let separator = text.get(first)?;
    let stop = text.run(first + 1, |c| c.is_ascii_digit());
    let n = stop - first.min(stop);
    if !matches!(separator, '/' | '-') || !(2..=3).contains(&n) || first - at > 2 {
        return None;
    }
    let other: u64 = text.integer(first + 1, stop)?;
    if text.get(stop) == Some('/') && text.run(stop + 1, |c| c.is_ascii_digit()) == stop + 5 {
        let year: u64 = text.integer(stop + 1, stop + 5)?;
        let (month, day) = if value > 12 { (other, value) } else { (value, other) };
        return (valid(month, day) && (1990..2100).contains(&year)).then(|| full(stop + 5, year, month, day)).flatten();
    }
    let named = text.word(stop, "号|日");
    let told = text.cue(at, "on|by|since|from|日期|date|dated|before|until");
    let two = n == 3 && (first - at == 2 || separator == '/');
    let counted =
        text.is(stop, "-/.:~%元块天件个小时岁斤码月年周号日折寸万米cmkg公厘度分次双") || text.is_alphanumeric(stop);
    if named.is_none() && (counted || !(two || told)) || text.before(at).is_some_and(|c| "-/.".contains(c)) {
        return None;
    }
    // "18/11" can be read one way only; what can be read two ways is read as it is in Chinese.
    let (month, day) = if separator == '/' && value > 12 { (other, value) } else { (value, other) };
    valid(month, day).then(|| hit(named.unwrap_or(stop), format!("--{month:02}-{day:02}"))).flatten()
}

const MONTHS: &str = "january|jan,february|feb,march|mar,april|apr,may,june|jun,july|jul,august|aug,september|sept|sep,october|oct,november|nov,december|dec";
const WEEKDAYS: &str = "monday|mon,tuesday|tues|tue,wednesday|wed,thursday|thurs|thur|thu,friday|fri,saturday,sunday";

/// The end and the number, from one, of the name that stands here.
fn name(text: &Folded<'_>, at: usize, names: &str) -> Option<(usize, u64)> {
    let found = names.split(',').zip(1..).find_map(|(names, n)| Some((text.word(at, names)?, n)));
    found.filter(|(end, _)| !text.is_alphanumeric(*end))
}

/// Nov 18, 18th of November 2026, the 18th, next Friday, in November.
fn english(text: &Folded<'_>, at: usize) -> Option<Hit> {
    let first = text.get(at).filter(char::is_ascii_alphanumeric)?;
    if first.is_ascii_digit() {
        let (end, day) = ordinal(text, at)?;
        let next = text.spaces(text.word(text.spaces(end), "of").unwrap_or(end));
        let Some((end, month)) = name(text, next, MONTHS) else {
            let th = text.before(end).is_some_and(|c| c.is_ascii_lowercase());
            let the = th
                && text.ends(at, "the |on the |by the |before the |since the ")
                && !(text.get(end) == Some(' ')
                    && text.get(end + 1).is_some_and(|c| c.is_ascii_lowercase())
                    && text
                        .word(
                            end + 1,
                            "and|but|i|is|it|has|still|of|please|at|the|my|nothing|or|so|when|how|what|where|can|to",
                        )
                        .is_none());
            return the.then(|| hit(end, format!("---{day:02}"))).flatten();
        };
        return english_year(text, end, month, day);
    }
    if let Some((end, month)) = name(text, at, MONTHS) {
        let next = text.run(end, |c| matches!(c, ' ' | '.')).min(end + 2);
        if let Some((end, day)) = ordinal(text, next).filter(|_| next > end) {
            return english_year(text, end, month, day);
        }
        let year = year(text, text.spaces(end));
        if let Some((end, year)) = year {
            return hit(end, format!("{year}-{month:02}"));
        }
        // "may" and "mar" are words; "march" is seldom one in a shop.
        let told = text.ends(at, "in |since |until |by |last |next |of ");
        return (told || end - at > 3 && month != 5).then(|| hit(end, format!("--{month:02}"))).flatten();
    }
    let (start, weeks) = [("next ", 1), ("last ", -1), ("this ", 0), ("this coming ", 0), ("coming ", 0)]
        .iter()
        .find_map(|(word, weeks)| Some((text.literal(at, word)?, Some(*weeks))))
        .unwrap_or((at, None));
    let named = name(text, start, WEEKDAYS).or_else(|| weeks.and_then(|_| Some((text.word(start, "sat")?, 6))));
    let (end, day) = named?;
    let end = text.literal(end, "'s").map_or(end, |_| end);
    hit(end, weeks.map_or_else(|| format!("W-{day}"), |weeks| format!("P{weeks}W-{day}")))
}

fn ordinal(text: &Folded<'_>, at: usize) -> Option<(usize, u64)> {
    let end = text.run(at, |c| c.is_ascii_digit());
    let day: u64 = text.integer(at, end.min(at + 3))?;
    let end = text.word(end, "st|nd|rd|th").unwrap_or(end);
    ((1..=31).contains(&day) && !text.is_alphanumeric(end)).then_some((end, day))
}

fn year(text: &Folded<'_>, at: usize) -> Option<(usize, u64)> {
    let end = text.run(at, |c| c.is_ascii_digit());
    let year: u64 = text.integer(at, end.min(at + 5))?;
    ((1990..2100).contains(&year) && !text.is_alphanumeric(end)).then_some((end, year))
}

fn english_year(text: &Folded<'_>, end: usize, month: u64, day: u64) -> Option<Hit> {
    let next = text.spaces(text.word(end, ",").unwrap_or(end));
    match year(text, next).filter(|_| next > end) {
        Some((end, year)) => full(end, year, month, day),
        None => hit(end, format!("--{month:02}-{day:02}")),
    }
}

/// Units with their letter; those of the clock come after a T.
const UNITS: &[(&str, &str)] = &[
    ("个工作日|工作日|个自然日|自然日|天|日|晚上|晚|夜", "D"),
    ("个多月|个把月|个来月|个月|月", "M"),
    ("个多星期|个把星期|个星期|星期|个多礼拜|个礼拜|礼拜|周", "W"),
    ("年", "Y"),
    ("个多小时|个把小时|个小时|小时|个钟头|钟头|个多钟|个钟", "TH"),
    ("分钟", "TM"),
    ("秒钟|秒", "TS"),
    ("business days|business day|working days|working day|calendar days|days|day|nights|night", "D"),
    ("months|month", "M"),
    ("weeks|week|wks|wk", "W"),
    ("years|year|yrs|yr", "Y"),
    ("hours|hour|hrs|hr|h", "TH"),
    ("minutes|minute|mins|min", "TM"),
    ("seconds|second|secs|sec", "TS"),
];

/// A length of time, and whether it is counted from now: 三天 is a duration, 三天内 and "3 days ago" are dates.
fn offset(text: &Folded<'_>, at: usize) -> Option<(Hit, bool)> {
    const BEFORE: &[(&str, &str)] = &[
        (
            "最近|过去|近|last |past |the last |the past |in the last |in the past |over the last |over the past ",
            "past",
        ),
        ("未来|接下来|within |the next |next ", "within"),
        ("in |after |再过", "later"),
    ];
    let lead = BEFORE.iter().find_map(|(words, sense)| {
        let end = words.split('|').find_map(|word| text.literal(at, word))?;
        Some((text.word(end, "the ").unwrap_or(end), *sense))
    });
    let start = lead.map_or(at, |(end, _)| text.spaces(end));
    let latin_lead = lead.is_some() && text.get(at).is_some_and(|c| c.is_ascii_lowercase());
    // 个半钟: Cantonese leaves the one out.
    let half = text.get(start) == Some('个')
        && text.get(start + 1) == Some('半')
        && !text.ends(start, "一|二|两|三|四|五|六|七|八|九|十");
    let number = if half {
        Number { end: start, value: 1_000, to: None, vague: false, script: Script::Han }
    } else {
        range(text, start)?
    };
    if text.before(at).is_some_and(|c| "第每.".contains(c)) || text.ends(at, "最后") {
        return None;
    }
    let mut value = number.value;
    let (unit_start, n_half) = match text.word(number.end, "个半") {
        Some(end) => (end, true),
        None => (text.run(number.end, |c| matches!(c, ' ' | '-')).min(number.end + 1), false),
    };
    if n_half {
        value += 500;
    }
    let (mut end, letter) = UNITS.iter().find_map(|(units, letter)| {
        let end = if n_half {
            text.word(unit_start, "月|小时|星期|礼拜|钟头|钟|年")
        } else {
            text.word(unit_start, units)
        }?;
        let same = !n_half || units.split('|').any(|unit| unit.ends_with(&text.slice(unit_start, end)));
        same.then_some((end, *letter))
    })?;
    let han = text.get(unit_start).is_some_and(|c| !c.is_ascii());
    if han && number.script == Script::Latin || !han && number.script == Script::Han {
        return None;
    }
    // 三月 is March, 三个月 three months; 3年级, 一周岁, 日用.
    let month = letter == "M" && text.get(unit_start) == Some('月') && !n_half && text.get(number.end) != Some('个');
    let other = match text.before(end)? {
        '周' => text.is(end, "岁年边围一二三四五六日末"),
        '年' => text.is(end, "级货龄轻纪份终会代糕夜"),
        '天' => text.is(end, "猫河津气然空"),
        '日' if text.get(unit_start) == Some('日') => text.is(end, "用常本式系元期历文语子"),
        '晚' | '夜' => text.is(end, "点到饭安"),
        _ => false,
    };
    let glued = text.get(unit_start) == Some('h')
        && end == unit_start + 1
        && text.get(start).is_none_or(|c| !c.is_ascii_digit());
    let old = letter == "Y" && text.word(end, " old|-old|s old").is_some();
    if month || old || other && number.value < 2_000_000 || glued || (han && number.value >= 1_900_000 && letter == "Y")
    {
        return None;
    }
    if han && text.get(end) == Some('半') && !n_half && !text.is(end + 1, "价折") {
        value += 500;
        end += 1;
    }
    end = text.word(end, "多|左右").unwrap_or(end);
    let (end, sense) =
        sense(text, end, han).map_or((end, lead.map(|(_, sense)| sense)), |(end, sense)| (end, Some(sense)));
    if latin_lead && han || lead.is_none() && sense.is_none() && !bare(text, at, &number, unit_start, letter) {
        return None;
    }
    // 几天内 asks; 几天前 tells.
    if number.is_some() && !matches!(sense, Some("ago" | "later")) {
        return None;
    }
    let count = |value| if number.is_some() { "X".to_owned() } else { decimal(value) };
    let length = |sign: &str, value| match letter.strip_prefix('T') {
        Some(letter) => format!("PT{sign}{}{letter}", count(value)),
        None => format!("P{sign}{}{letter}", count(value)),
    };
    let far = number.to.unwrap_or(value);
    let ends = |sign| match number.to {
        Some(to) => format!("{}/{}", length(sign, value), length(sign, to)),
        None => length(sign, value),
    };
    let value = match sense {
        Some("ago") => ends("-"),
        Some("past") => format!("{}/P0D", length("-", far)),
        Some("within") => format!("P0D/{}", length("", far)),
        _ => ends(""),
    };
    Some((Hit { end, value: Some(value) }, sense.is_some()))
}

/// What follows a length of time and counts it from now.
fn sense(text: &Folded<'_>, at: usize, han: bool) -> Option<(usize, &'static str)> {
    if han {
        let at = text.word(at, "的时间|时间").filter(|end| text.is(*end, "之以内")).unwrap_or(at);
        if let Some(end) = text.word(at, "之内|以内|内") {
            return Some((end, "within")).filter(|_| !text.is(end, "衣裤裙存容部"));
        }
        if let Some(end) = text.word(at, "之前|以前|前") {
            return Some((end, "ago")).filter(|_| !text.is(end, "台面提"));
        }
        let end = text.word(at, "之后|以后|过后|后")?;
        return Some((end, "later")).filter(|_| !text.is(end, "悔台面"));
    }
    let at = text.spaces(at);
    text.word(at, "ago|back|earlier")
        .map(|end| (end, "ago"))
        .or_else(|| text.word(at, "later|from now").map(|end| (end, "later")))
}

/// Whether a length of time means one without a word that counts it: 半天 is "ages", 18日 a day of the month, "a second" a moment.
fn bare(text: &Folded<'_>, at: usize, number: &Number, unit: usize, letter: &str) -> bool {
    let half_day = text.get(at) == Some('半') && letter == "D";
    let day = text.get(unit) == Some('日') && number.script == Script::Arabic && number.to.is_none();
    let second = letter == "TS" && number.script == Script::Latin;
    let age = text.ends(at, "满|年满") && letter == "Y";
    !(half_day || day || second || age || number.script == Script::Latin && text.is(at, "a") && letter == "D")
}

/// 下午三点, 三点半, 14:30, 3pm, 3 o'clock.
pub(super) fn time(text: &Folded<'_>, at: usize) -> Option<Hit> {
    const PARTS: &[(&str, u64)] = &[
        ("早上|上午|今早|清晨|凌晨|半夜|朝早|朝头早|清早|大清早|早晨", 0),
        ("下午|晚上|傍晚|夜晚|下昼|晏昼|夜里|晚间|夜晚黑|午后", 12),
        ("中午|正午", 11),
    ];
    let part = PARTS.iter().find_map(|(words, add)| Some((text.word(at, words)?, *add)));
    let start = part.map_or(at, |(end, _)| text.spaces(end));
    let evening = text.ends(at, "今晚|昨晚|明晚|听晚|晚");
    let hour = number(text, start).filter(|n| n.script != Script::Latin && n.to.is_none())?;
    let hours = hour.whole().filter(|n| *n <= 24)?;
    let add = part.map_or(if evening { 12 } else { 0 }, |(_, add)| add);
    let clock = |hours: u64, minutes: u64| {
        let late = match add {
            12 => hours < 12,
            11 => hours < 10,
            _ => false,
        };
        // 昨晚十二点 is midnight, 中午十二点 noon.
        let hours = if late {
            hours + 12
        } else if add == 12 && hours == 12 && !text.ends(start, "下午") {
            0
        } else {
            hours
        };
        format!("{hours:02}:{minutes:02}")
    };
    if hour.script == Script::Arabic && !text.before(at).is_some_and(|c| ":/.".contains(c)) {
        let minute = text.run(hour.end + 1, |c| c.is_ascii_digit());
        let two = text.get(hour.end) == Some(':') && minute == hour.end + 3 && hour.end - start <= 2;
        let minutes: u64 = if two { text.integer(hour.end + 1, minute)? } else { 0 };
        if minutes > 59 {
            return None;
        }
        let end = if two { minute } else { hour.end };
        let half = text.spaces(end);
        if let Some(stop) =
            text.word(half, "pm|p.m.|p.m|am|a.m.|a.m").filter(|stop| hours <= 12 && !text.is_alphanumeric(*stop))
        {
            let hours = hours % 12 + if text.is(half, "p") { 12 } else { 0 };
            return hit(stop, format!("{hours:02}:{minutes:02}"));
        }
        if let Some(stop) = text.word(half, "o'clock|oclock") {
            return hit(stop, clock(hours, 0));
        }
        if two && hours < 24 {
            let seconds = text.run(end + 1, |c| c.is_ascii_digit());
            let end = if text.get(end) == Some(':') && seconds == end + 3 { seconds } else { end };
            return (!text.is_alphanumeric(end) && !text.is(end, ":"))
                .then(|| hit(end, clock(hours, minutes)))
                .flatten();
        }
    }
    let point = text.word(hour.end, "点钟|点整|点|时")?;
    if text.get(hour.end) == Some('时') && (part.is_none() || text.is(point, "间候")) {
        return None;
    }
    let named = point - hour.end == 2 || part.is_some() || evening;
    if let Some(end) = text.word(point, "半|一刻|三刻").filter(|_| hour.end + 1 == point) {
        let minutes = if text.is(point, "半") {
            30
        } else if text.is(point, "一") {
            15
        } else {
            45
        };
        return hit(end, clock(hours, minutes));
    }
    if let Some(minutes) = number(text, point).filter(|_| hour.end + 1 == point).filter(|n| n.script != Script::Latin) {
        let end = text.word(minutes.end, "分");
        if let Some(minutes) =
            minutes.whole().filter(|n| *n < 60 && (end.is_some() || named || hour.script == Script::Arabic))
        {
            let counted = end.is_none()
                && (!text.get(point).is_some_and(|c| c.is_ascii_digit()) || text.is(point + 2, "件个双条元块天折"));
            if !counted
                || named
                    && minutes >= 5
                    && minutes.is_multiple_of(5)
                    && text.get(point + 1).is_some_and(|c| "十五".contains(c))
            {
                let stop = end.unwrap_or_else(|| number(text, point).map_or(point, |n| n.end));
                return hit(stop, clock(hours, minutes));
            }
        }
    }
    // 一点 is "a bit", 两点 may be two remarks; 3点 is a time.
    let told = text
        .word(point, "之前|以前|前|之后|以后|后|左右|到|发|送|开|下班|上班|关|才|就|截|还|可以|能|来|取|收|多")
        .is_some()
        || text.ends(at, "到|等|在|从|至|约|每天|明天|今天|后天|昨天|听日|前");
    let alone = match hour.script {
        Script::Arabic => !text.is(point, "数几击赞建要意问说评心"),
        _ => hours > 1 && told && !text.is(point, "要意问说建"),
    };
    (named || alone && hours > 0).then(|| hit(point, clock(hours, 0))).flatten()
}
