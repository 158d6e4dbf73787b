//! Entities without a model: numbers and words of fixed forms, found in one pass over the text.
//!
//! Each matcher looks at one position and says how far it reaches; the longest wins, the earlier one on a tie.
//! Offsets are UTF-8 bytes of the text as it was typed; only the comparison is on folded characters.

use zg_domain::{Entity, EntityKind};

/// How many characters are looked at.
const MAX_CHARS: usize = 2_000;

/// A text as folded characters: half width, lower case.
struct Folded<'t> {
    text: &'t str,
    characters: Vec<char>,
    /// Byte offset of each character, and the length of the text at the end.
    offsets: Vec<usize>,
}

/// The entities of a text, in order, without overlaps.
#[must_use]
pub fn entities(text: &str) -> Vec<Entity> {
    let folded = Folded::new(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < folded.characters.len() {
        let mut longest: Option<(EntityKind, usize)> = None;
        // A number or a Latin word is looked at from its start only: "x12" holds no quantity.
        let inside = at > 0 && folded.is_alphanumeric(at) && folded.is_alphanumeric(at - 1);
        if !inside {
            for (kind, matcher) in MATCHERS {
                let end = matcher(&folded, at).filter(|end| longest.is_none_or(|(_, other)| *end > other));
                longest = end.map(|end| (*kind, end)).or(longest);
            }
        }
        let Some((kind, end)) = longest else {
            at += 1;
            continue;
        };
        let (start, stop) = (folded.offsets[at], folded.offsets[end]);
        found.push(Entity { kind, value: text[start..stop].to_owned(), start, end: stop });
        at = end;
    }
    found
}

type Matcher = fn(&Folded<'_>, usize) -> Option<usize>;

const MATCHERS: &[(EntityKind, Matcher)] = &[
    (EntityKind::Email, email),
    (EntityKind::IdCard, id_card),
    (EntityKind::Phone, phone),
    (EntityKind::BankCard, bank_card),
    (EntityKind::TrackingNumber, tracking_number),
    (EntityKind::OrderNumber, order_number),
    (EntityKind::Amount, amount),
    (EntityKind::Height, height),
    (EntityKind::Weight, weight),
    (EntityKind::Size, size),
    (EntityKind::Date, date),
    (EntityKind::Quantity, quantity),
    (EntityKind::Color, color),
];

impl<'t> Folded<'t> {
    fn new(text: &'t str) -> Self {
        let mut characters = Vec::new();
        let mut offsets = Vec::new();
        for (offset, character) in text.char_indices().take(MAX_CHARS) {
            let half = match character {
                '！'..='～' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
                other => other,
            };
            characters.push(zg_text::simplify(half.to_ascii_lowercase()));
            offsets.push(offset);
        }
        offsets.push(text.char_indices().nth(MAX_CHARS).map_or(text.len(), |(offset, _)| offset));
        Self { text, characters, offsets }
    }

    fn get(&self, at: usize) -> Option<char> {
        self.characters.get(at).copied()
    }

    fn is_alphanumeric(&self, at: usize) -> bool {
        self.get(at).is_some_and(|c| c.is_ascii_alphanumeric())
    }

    /// The end of the run that starts here.
    fn run(&self, at: usize, holds: impl Fn(char) -> bool) -> usize {
        (at..self.characters.len()).find(|next| !holds(self.characters[*next])).unwrap_or(self.characters.len())
    }

    /// The end of the first of `words` that stands here; the longest should come first.
    fn word(&self, at: usize, words: &[&str]) -> Option<usize> {
        words.iter().find_map(|word| {
            let mut end = at;
            for character in word.chars() {
                if self.get(end) != Some(character) {
                    return None;
                }
                end += 1;
            }
            Some(end)
        })
    }

    /// Whether one of `words` ends just before here, white space and colons aside.
    fn after(&self, at: usize, words: &[&str]) -> bool {
        let mut end = at;
        while end > 0 && matches!(self.characters[end - 1], ' ' | ':' | '是' | '#' | '.') {
            end -= 1;
        }
        let before: String = self.characters[end.saturating_sub(10)..end].iter().collect();
        words.iter().any(|word| before.ends_with(word))
    }

    /// The end of a number: digits with at most one point, or Chinese numerals.
    fn number(&self, at: usize) -> Option<usize> {
        let digits = self.run(at, |c| c.is_ascii_digit());
        if digits > at {
            let fraction = self.run(digits + 1, |c| c.is_ascii_digit());
            return Some(if self.get(digits) == Some('.') && fraction > digits + 1 { fraction } else { digits });
        }
        let numerals = self.run(at, |c| "零一二两三四五六七八九十百千万半几".contains(c));
        (numerals > at).then_some(numerals)
    }

    fn digits(&self, at: usize) -> (usize, usize) {
        let end = self.run(at, |c| c.is_ascii_digit());
        (end, end - at)
    }
}

fn email(text: &Folded<'_>, at: usize) -> Option<usize> {
    let local = text.run(at, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+'));
    if local == at || text.get(local) != Some('@') {
        return None;
    }
    let mut end = text.run(local + 1, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    while end > local && matches!(text.get(end - 1), Some('.' | '-')) {
        end -= 1;
    }
    let domain = text.characters.get(local + 1..end)?;
    (domain.contains(&'.') && domain.first() != Some(&'.')).then_some(end)
}

/// 18 characters with the check digit of GB 11643 (ISO 7064 MOD 11-2).
fn id_card(text: &Folded<'_>, at: usize) -> Option<usize> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let end = at + 18;
    let characters = text.characters.get(at..end)?;
    if text.is_alphanumeric(end) {
        return None;
    }
    let mut sum = 0;
    for (character, weight) in characters.iter().zip(WEIGHTS) {
        sum += character.to_digit(10)? * weight;
    }
    let check = "10x98765432".chars().nth(sum as usize % 11)?;
    (characters[17] == check).then_some(end)
}

fn phone(text: &Folded<'_>, at: usize) -> Option<usize> {
    if text.get(at) != Some('1') {
        return None;
    }
    let digits: Vec<char> =
        text.characters.get(at..)?.iter().copied().filter(|c| !matches!(c, '-' | ' ')).take(12).collect();
    let plausible = digits.len() >= 11
        && digits[0] == '1'
        && ('3'..='9').contains(&digits[1])
        && digits[..11].iter().all(char::is_ascii_digit)
        && !digits.get(11).is_some_and(char::is_ascii_digit);
    if !plausible {
        return None;
    }
    let mut end = at;
    for _ in 0..11 {
        while matches!(text.get(end), Some('-' | ' ')) {
            end += 1;
        }
        end += 1;
    }
    Some(end)
}

/// 13 to 19 digits with the check digit of ISO/IEC 7812 (Luhn); spaces between groups are allowed.
fn bank_card(text: &Folded<'_>, at: usize) -> Option<usize> {
    let mut digits = Vec::new();
    let mut end = at;
    for next in at..text.characters.len().min(at + 24) {
        match text.characters[next] {
            ' ' | '-' if !digits.is_empty() => {}
            c => match c.to_digit(10) {
                Some(digit) => {
                    digits.push(digit);
                    end = next + 1;
                }
                None => break,
            },
        }
    }
    if !(13..=19).contains(&digits.len()) || text.is_alphanumeric(end) {
        return None;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(position, digit)| if position % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { *digit })
        .sum();
    // A long number that the shopper calls an order is one, even where Luhn happens to hold.
    (sum.is_multiple_of(10) && !text.after(at, &["订单", "订单号", "单号", "order", "运单", "快递"])).then_some(end)
}

fn tracking_number(text: &Folded<'_>, at: usize) -> Option<usize> {
    if let Some(start) = text.word(at, &["sf", "yt", "jt", "jd", "zt", "yd", "dpk", "ems"]) {
        let (end, n) = text.digits(start);
        if (10..=16).contains(&n) {
            return Some(end);
        }
    }
    let (end, n) = text.digits(at);
    let named = text.after(at, &["快递单号", "运单号", "物流单号", "运单", "快递", "tracking number", "tracking no"]);
    (named && (10..=18).contains(&n)).then_some(end)
}

fn order_number(text: &Folded<'_>, at: usize) -> Option<usize> {
    let named = text.after(at, &["订单", "订单号", "单号", "订单编号", "order", "order number", "order no", "单子"]);
    let end = text.run(at, |c| c.is_ascii_alphanumeric() || c == '-');
    let characters = text.characters.get(at..end)?;
    let n_digits = characters.iter().filter(|c| c.is_ascii_digit()).count();
    let letters = characters.iter().take_while(|c| c.is_ascii_lowercase()).count();
    let coded = (1..=4).contains(&letters) && n_digits >= 8 && n_digits + letters == characters.len();
    let long = letters == 0 && n_digits == characters.len() && (14..=20).contains(&n_digits);
    ((named && n_digits >= 4) || coded || long).then_some(end)
}

fn amount(text: &Folded<'_>, at: usize) -> Option<usize> {
    if let Some(start) = text.word(at, &["¥", "￥", "$", "rmb ", "rmb"]) {
        return text.number(start).filter(|_| text.get(start).is_some_and(|c| c.is_ascii_digit()));
    }
    let end = text.number(at)?;
    let end = text.run(end, |c| c == ' ');
    let unit = text.word(end, &["块钱", "元", "块", "yuan", "rmb", "毛钱", "角"])?;
    // 一块 may be "together".
    let vague = text.characters.get(at..end).is_some_and(|number| number == ['一'])
        && text.word(end, &["块儿", "块"]).is_some();
    let unit_end = text.run(unit, |c| c.is_ascii_digit());
    (!vague).then_some(if text.get(unit - 1) == Some('块') { unit_end } else { unit })
}

fn height(text: &Folded<'_>, at: usize) -> Option<usize> {
    let end = text.number(at)?;
    if let Some(unit) = text.word(end, &["cm", "厘米", "公分"]) {
        return Some(unit);
    }
    // 一米六五, 1米65, 1.65m.
    let meters = text.word(end, &["米", "m"])?;
    let one = matches!(text.get(at), Some('1' | '2' | '一' | '两'));
    let rest = text.run(meters, |c| c.is_ascii_digit() || "零一二三四五六七八九".contains(c));
    let tall = rest > meters && rest - meters <= 2;
    let decimal = text.characters.get(at..end)?.contains(&'.');
    (one && (tall || decimal) && !text.is_alphanumeric(rest)).then_some(rest)
}

fn weight(text: &Folded<'_>, at: usize) -> Option<usize> {
    let end = text.number(at)?;
    text.word(text.run(end, |c| c == ' '), &["公斤", "千克", "斤", "kg", "kgs", "lbs"])
}

fn size(text: &Folded<'_>, at: usize) -> Option<usize> {
    let digits = text.digits(at).0;
    let letters = text.run(digits, |c| matches!(c, 'x' | 's' | 'm' | 'l'));
    let letter_size = matches!(
        text.characters.get(at..letters)?.iter().collect::<String>().as_str(),
        "xs" | "s" | "m" | "l" | "xl" | "xxl" | "xxxl" | "2xl" | "3xl" | "4xl" | "5xl"
    ) && !text.is_alphanumeric(letters);
    if letter_size {
        return Some(text.word(letters, &["码", "号"]).unwrap_or(letters));
    }
    let number = text.number(at)?;
    text.word(number, &["码"]).or_else(|| text.word(at, &["均码", "大码", "小码", "加大码", "大号", "中号", "小号"]))
}

fn date(text: &Folded<'_>, at: usize) -> Option<usize> {
    const DAYS: &[&str] = &[
        "大前天",
        "大后天",
        "前天",
        "昨天",
        "今天",
        "明天",
        "后天",
        "昨晚",
        "今晚",
        "明早",
        "上周末",
        "这周末",
        "周末",
        "上个月",
        "下个月",
        "这个月",
        "yesterday",
        "today",
        "tomorrow",
        "tonight",
        "last week",
        "next week",
        "琴日",
        "听日",
        "今日",
        "双十一",
        "双11",
        "618",
        "双12",
    ];
    if let Some(end) = text.word(at, DAYS) {
        return (!text.is_alphanumeric(end)).then_some(end);
    }
    for prefix in ["上周", "下周", "这周", "本周", "星期", "礼拜", "上星期", "下星期", "周"] {
        if let Some(end) = text.word(at, &[prefix])
            && let Some(day) = text.word(end, &["一", "二", "三", "四", "五", "六", "日", "天"])
        {
            return Some(day);
        }
    }
    let end = text.number(at)?;
    // 2026-11-22, 2026/11/22, 11月22日, 22号.
    if end - at == 4 && matches!(text.get(end), Some('-' | '/' | '.' | '年')) {
        let month = text.run(end + 1, |c| c.is_ascii_digit());
        if matches!(text.get(month), Some('-' | '/' | '.' | '月')) {
            let day = text.run(month + 1, |c| c.is_ascii_digit());
            if day > month + 1 {
                return Some(text.word(day, &["日", "号"]).unwrap_or(day));
            }
        }
    }
    if let Some(month) = text.word(end, &["月"]) {
        let day = text.number(month)?;
        return text.word(day, &["日", "号"]).or(Some(day));
    }
    if let Some(unit) = text.word(
        end,
        &[
            "个月",
            "个星期",
            "个工作日",
            "工作日",
            "小时",
            "分钟",
            "周",
            "天",
            "年",
            " days",
            " day",
            " hours",
            " weeks",
            " months",
        ],
    ) {
        return Some(
            text.word(unit, &["以内", "之内", "以前", "之前", "以后", "之后", "内", "前", "后", "多"]).unwrap_or(unit),
        );
    }
    let day_number = end - at <= 2 && text.get(at).is_some_and(|c| c.is_ascii_digit());
    text.word(end, &["号"]).filter(|_| day_number)
}

fn quantity(text: &Folded<'_>, at: usize) -> Option<usize> {
    let end = text.number(at)?;
    text.word(
        end,
        &[
            "件", "双", "个", "条", "盒", "套", "瓶", "只", "包", "箱", "袋", "支", "本", "台", "把", "份", "单",
            " pieces", " pairs", "pcs",
        ],
    )
    .filter(|unit| text.word(*unit, &["月", "星期", "工作日"]).is_none())
}

fn color(text: &Folded<'_>, at: usize) -> Option<usize> {
    const COLORS: &[&str] = &[
        "黑色",
        "白色",
        "红色",
        "蓝色",
        "绿色",
        "黄色",
        "灰色",
        "粉色",
        "紫色",
        "橙色",
        "棕色",
        "米色",
        "咖啡色",
        "卡其色",
        "藏青色",
        "深蓝",
        "浅蓝",
        "天蓝",
        "墨绿",
        "酒红",
        "米白",
        "杏色",
        "驼色",
        "银色",
        "金色",
        "浅灰",
        "深灰",
    ];
    const ENGLISH: &[&str] = &[
        "black", "white", "red", "blue", "green", "yellow", "gray", "grey", "pink", "purple", "orange", "brown",
        "beige", "navy",
    ];
    text.word(at, COLORS).or_else(|| text.word(at, ENGLISH).filter(|end| !text.is_alphanumeric(*end)))
}

impl std::fmt::Debug for Folded<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The text may be personal; its length is all a log needs.
        write!(f, "Folded({} bytes)", self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::entities;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let found: Vec<_> = entities(text)
            .into_iter()
            .map(|entity| {
                assert_eq!(&text[entity.start..entity.end], entity.value);
                (entity.kind.name(), entity.value)
            })
            .collect();
        let found: Vec<_> = found.iter().map(|(kind, value)| (*kind, value.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn numbers_are_what_their_form_says() {
        check("订单 A-1042 到哪了", &[("order_number", "A-1042")]);
        check("我的单号是HM20261118001", &[("order_number", "HM20261118001")]);
        check("打１３８００１３８０００给我", &[("phone", "１３８００１３８０００")]);
        check("电话 138-0013-8000", &[("phone", "138-0013-8000")]);
        check("发到 a.b@example.com。", &[("email", "a.b@example.com")]);
        check("卡号4111 1111 1111 1111", &[("bank_card", "4111 1111 1111 1111")]);
        check("身份证11010519491231002X", &[("id_card", "11010519491231002X")]);
        check("SF1234567890123 没更新", &[("tracking_number", "SF1234567890123")]);
        check("退了12.5元 还有三十块钱", &[("amount", "12.5元"), ("amount", "三十块钱")]);
        check("¥199能用券吗", &[("amount", "¥199")]);
    }

    #[test]
    fn sizes_dates_and_quantities() {
        check(
            "我165cm 110斤穿L码还是38码",
            &[("height", "165cm"), ("weight", "110斤"), ("size", "L码"), ("size", "38码")],
        );
        check("一米六五买XL", &[("height", "一米六五"), ("size", "XL")]);
        check(
            "前天买的三件黑色，7天内能退吗",
            &[("date", "前天"), ("quantity", "三件"), ("color", "黑色"), ("date", "7天内")],
        );
        check("11月22日和2026-12-01", &[("date", "11月22日"), ("date", "2026-12-01")]);
        check("下周三之前", &[("date", "下周三")]);
        check("2 pairs of black shoes tomorrow", &[("quantity", "2 pairs"), ("color", "black"), ("date", "tomorrow")]);
        check("everything redder", &[]);
        check("", &[]);
    }

    #[test]
    fn any_text_is_taken() {
        for text in ["@", "1", "¥", "😀1件😀", "\u{202e}138", &"9".repeat(5_000), "一块去", "1米", "米"] {
            let _ = entities(text);
        }
    }
}
