//! Numbers that name a thing or a person: what they are is decided by check digits, by form and by the words before.

use super::folded::{Digits, Folded};
use super::number::han_digit;

/// Words that lead to an order number.
const ORDER: &str = "订单|订单号|订单号码|订单编号|订单id|订单尾号|单号|单子|张单|交易号|流水号|商户单号|order|orders|order number|order num|order no|order id|order ref|order reference|order code|purchase number|po number|po|confirmation number";
/// Words that lead to a tracking number.
const TRACKING: &str = "快递单号|快递号|运单号|运单号码|运单|物流单号|物流号|物流编号|快递单|快递|快件|包裹号|包裹单号|面单号|退货单号|回寄单号|寄件单号|顺丰单号|圆通单号|中通单号|申通单号|韵达单号|极兔单号|京东单号|邮政单号|德邦单号|ems单号|顺丰|圆通|中通|申通|韵达|极兔|德邦|tracking|tracking number|tracking num|tracking no|tracking id|tracking code|tracking ref|waybill|waybill number|awb|parcel number|consignment number|fedex|dhl|ups|usps|ems";
const PHONE: &str = "电话|电话号码|手机|手机号|手机号码|联系方式|座机|热线|固话|号码|传真|拨打|打|致电|tel|phone|phone number|telephone|mobile|mobile number|cell|call|call me|call me at|call me on|contact|whatsapp|text me at|my number|contact number|number to call|fax|hotline";
const CARD: &str =
    "卡号|银行卡|银行卡号|信用卡|信用卡号|储蓄卡|账号|账户|card|card number|card no|card ending|account|account number";
const IDENTITY: &str =
    "身份证|身份证号|身份证号码|身分证|身分证字号|身分证号码|证件号|证件号码|id|id card|id number|id no|hkid";
const PASSPORT: &str = "护照|护照号|护照号码|passport|passport number|passport no";

pub(super) fn email(text: &Folded<'_>, at: usize) -> Option<usize> {
    let local = text.run(at, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%'));
    if local == at || text.get(local) != Some('@') || !text.is_alphanumeric(at) {
        return None;
    }
    let mut end = text.run(local + 1, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    while end > local && matches!(text.before(end), Some('.' | '-')) {
        end -= 1;
    }
    let domain = text.characters().get(local + 1..end)?;
    let dot = domain.iter().rposition(|c| *c == '.')?;
    // a@b.com13800138000 is two things.
    let top = domain[dot + 1..].iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let end = local + 1 + dot + 1 + top;
    (dot > 0 && top >= 2 && !domain.windows(2).any(|pair| pair == ['.', '.'])).then_some(end)
}

/// Identity papers: the mainland's by their check digit (GB 11643, ISO 7064 MOD 11-2), Hong Kong's by theirs,
/// Taiwan's, passports and the old 15 digits only where a word says so.
pub(super) fn id_card(text: &Folded<'_>, at: usize) -> Option<usize> {
    resident(text, at).or_else(|| lettered(text, at))
}

fn resident(text: &Folded<'_>, at: usize) -> Option<usize> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    if !text.is_digit(at) {
        return None;
    }
    let block = text.digits(at, " -", 18);
    let n = block.digits.len();
    if n == 15 && text.cue(at, IDENTITY) {
        return block.end_of(15, text).filter(|_| dated(block.digits.get(6..12)));
    }
    let (digits, last, end) = if n == 18 {
        (&block.digits[..17], block.digits.chars().next_back()?, block.end_of(18, text)?)
    } else if n == 17 {
        let end = block.end_of(17, text)?;
        let end = text.run(end, |c| matches!(c, ' ' | '-')).min(end + 1);
        (block.digits.as_str(), text.get(end).filter(|c| *c == 'x')?, end + 1)
    } else {
        return None;
    };
    if text.is_alphanumeric(end) {
        return None;
    }
    let sum: u32 = digits.chars().zip(WEIGHTS).filter_map(|(c, weight)| Some(c.to_digit(10)? * weight)).sum();
    let year = matches!(digits.get(6..8), Some("19" | "20"));
    // Without the date one order number in eleven would be somebody.
    let checked = "10x98765432".chars().nth(sum as usize % 11) == Some(last);
    (checked && year && dated(digits.get(8..14))).then_some(end)
}

/// Whether YYMMDD could be a day.
fn dated(digits: Option<&str>) -> bool {
    let part = |range: std::ops::Range<usize>| digits.and_then(|digits| digits.get(range)?.parse::<u32>().ok());
    part(2..4).is_some_and(|month| (1..=12).contains(&month)) && part(4..6).is_some_and(|day| (1..=31).contains(&day))
}

fn lettered(text: &Folded<'_>, at: usize) -> Option<usize> {
    let start = text.run(at, |c| c.is_ascii_lowercase());
    let n_letters = start - at;
    if !(1..=2).contains(&n_letters) {
        return None;
    }
    let end = text.run(start, |c| c.is_ascii_digit());
    let n_digits = end - start;
    if text.cue(at, PASSPORT) && (7..=8).contains(&n_digits) && !text.is_alphanumeric(end) {
        return Some(end);
    }
    let identity = text.cue(at, IDENTITY);
    if n_letters == 1 && n_digits == 9 && identity && text.is(start, "1289") && !text.is_alphanumeric(end) {
        return Some(end);
    }
    // A123456(7), and A1234567 after a word.
    let bracket = n_digits == 6 && text.get(end) == Some('(') && text.get(end + 2) == Some(')');
    let (check, stop) = if bracket { (end + 1, end + 3) } else { (start + 6, start + 7) };
    if !bracket && !(identity && (n_digits == 7 || n_digits == 6 && text.get(end) == Some('a'))) {
        return None;
    }
    let letter = |at: usize| text.get(at).map_or(36, |c| c as u32 - 'a' as u32 + 10);
    let mut sum = if n_letters == 2 { 9 * letter(at) + 8 * letter(at + 1) } else { 9 * 36 + 8 * letter(at) };
    for (place, weight) in (2..=7).rev().enumerate() {
        sum += text.get(start + place)?.to_digit(10)? * weight;
    }
    sum += match text.get(check)? {
        'a' => 10,
        digit => digit.to_digit(10)?,
    };
    (sum.is_multiple_of(11) && !text.is_alphanumeric(stop)).then_some(stop)
}

pub(super) fn phone(text: &Folded<'_>, at: usize) -> Option<usize> {
    let first = text.get(at)?;
    let starts = first.is_ascii_digit() || matches!(first, '+' | '(' | '一' | '幺');
    if !starts || text.cue(at, ORDER) || text.cue(at, TRACKING) {
        return None;
    }
    if first == '+' {
        return international(text, at + 1);
    }
    if first == '(' && text.get(at + 1) == Some('+') {
        return international(text, at + 2);
    }
    if first == '(' && text.is_digit(at + 1) {
        return bracketed(text, at);
    }
    if !first.is_ascii_digit() {
        return matches!(first, '一' | '幺').then(|| spelled(text, at)).flatten();
    }
    let block = text.digits(at, " -.·", 16);
    let digits = block.digits.as_str();
    // What follows a group of digits is more of the same number, unless its form is unmistakable.
    let goes_on = text.before(at).is_some_and(|c| " -.".contains(c)) && at > 1 && text.is_digit(at - 2);
    if goes_on && !is_mobile(digits) {
        return None;
    }
    if let Some(rest) = digits.strip_prefix("00").filter(|rest| rest.len() >= 10) {
        return national(rest).and_then(|n| block.end_of(n + 2, text));
    }
    let told = text.cue(at, PHONE);
    let grouped = |breaks: &[usize]| block.breaks.starts_with(breaks);
    let service = digits.starts_with("400") || digits.starts_with("800") && (told || grouped(&[3]));
    // The forms that stand by themselves, each with its count of digits.
    let forms = [
        (is_mobile(digits), 11),
        (digits.strip_prefix("86").is_some_and(is_mobile), 13),
        (service && !grouped(&[1]), 10),
        (digits.starts_with("09") && (told || block.whole(10) || grouped(&[4])), 10),
        (matches!(digits.get(..3), Some("852" | "853")) && (told || grouped(&[3])) && digits.len() >= 11, 11),
        (digits.starts_with("886") && (told || grouped(&[3])), 12),
        (north_american(&block, 0) && (grouped(&[3, 6]) || told), 10),
        (digits.starts_with('1') && north_american(&block, 1) && (grouped(&[1, 4, 7]) || told), 11),
        (grouped(&[2]) && digits.starts_with('0') && !digits.starts_with("01"), 10),
    ];
    let found = forms.iter().filter(|form| form.0).find_map(|form| block.end_of(form.1, text));
    let found = found.or_else(|| landline(&block, text)).or_else(|| {
        let n = block.bounds().find(|n| (7..=11).contains(n) && digits.len() - n < 4 && told)?;
        block.end_of(n, text).filter(|_| !digits.starts_with("20") && !text.cue(at, CARD) && !text.cue(at, IDENTITY))
    });
    found.or_else(|| spelled(text, at)).map(|end| extension(text, end))
}

fn is_mobile(digits: &str) -> bool {
    let mut first = digits.chars();
    digits.len() >= 11 && first.next() == Some('1') && first.next().is_some_and(|c| c > '2')
}

fn north_american(block: &Digits, from: usize) -> bool {
    let starts = |at: usize| block.digits.as_bytes().get(at).is_some_and(|c| (b'2'..=b'9').contains(c));
    starts(from) && starts(from + 3)
}

/// How many digits a number takes that begins with a country's code.
fn national(digits: &str) -> Option<usize> {
    let n = match digits {
        _ if digits.starts_with("861") && digits.len() >= 13 => 13,
        _ if digits.starts_with("852") || digits.starts_with("853") => 11,
        _ if digits.starts_with("886") => digits.len().min(12),
        _ if digits.starts_with('1') => 11,
        _ => digits.len().min(15),
    };
    (8..=digits.len()).contains(&n).then_some(n)
}

fn international(text: &Folded<'_>, at: usize) -> Option<usize> {
    if !text.is_digit(text.spaces(at)) {
        return None;
    }
    let block = text.digits(text.spaces(at), " -.()", 15);
    national(&block.digits).and_then(|n| block.end_of(n, text)).or_else(|| {
        let n = block.bounds().find(|n| (8..=15).contains(n))?;
        block.end_of(n, text)
    })
}

/// (010) 12345678, (415) 555-2671, (+852) 9123 4567.
fn bracketed(text: &Folded<'_>, at: usize) -> Option<usize> {
    let area = text.run(at + 1, |c| c.is_ascii_digit());
    if !(3..=5).contains(&(area - at)) || text.get(area) != Some(')') {
        return None;
    }
    let block = text.digits(at + 1, ") -", 13);
    let american = area - at == 4 && north_american(&block, 0);
    let end = if american { block.end_of(10, text) } else { landline(&block, text) };
    end.map(|end| extension(text, end))
}

/// The mainland's: 0, area, seven or eight digits.
fn landline(block: &Digits, text: &Folded<'_>) -> Option<usize> {
    let digits = block.digits.as_bytes();
    if digits.len() < 11 || digits[0] != b'0' || digits[1] == b'0' {
        return None;
    }
    let area = if matches!(digits[1], b'1' | b'2') { 3 } else { 4 };
    if !block.whole(area) || digits.get(area).is_none_or(|c| matches!(c, b'0' | b'1')) {
        return None;
    }
    let bounds = block.bounds().find(|n| *n == area + 8 || *n == area + 7 && area == 4)?;
    block.end_of(bounds, text)
}

fn extension(text: &Folded<'_>, end: usize) -> usize {
    let Some(start) = text.word(text.spaces(end), "转分机|转|分机|ext. |ext.|ext |ext|#|-") else {
        return end;
    };
    let stop = text.run(start, |c| c.is_ascii_digit());
    if (1..=5).contains(&(stop - start)) && !text.is_alphanumeric(stop) { stop } else { end }
}

/// 一三八零零一三八零零零, 138零零138000: how a number slips past a filter.
fn spelled(text: &Folded<'_>, at: usize) -> Option<usize> {
    let value = |at: usize| match text.get(at)? {
        '两' => None,
        digit => digit.to_digit(10).or(han_digit(digit).map(|value| value as u32)),
    };
    let mut end = at;
    for place in 0..11 {
        let digit = value(end)?;
        let fits = match place {
            0 => digit == 1,
            1 => digit > 2,
            _ => true,
        };
        if !fits {
            return None;
        }
        end += 1;
        if place < 10 && value(end).is_none() {
            end = text.run(end, |c| matches!(c, ' ' | '-')).min(end + 2);
        }
    }
    value(end).is_none().then_some(end)
}

/// 13 to 19 digits with the check digit of ISO/IEC 7812 (Luhn) that begin as an issuer's do, or that a word calls a card.
pub(super) fn bank_card(text: &Folded<'_>, at: usize) -> Option<usize> {
    if !text.is_digit(at) || text.cue(at, ORDER) || text.cue(at, TRACKING) {
        return None;
    }
    let block = text.digits(at, " -", 20);
    let told = text.cue(at, CARD);
    let n = block.bounds().find(|n| {
        let digits = &block.digits[..*n];
        (13..=19).contains(n) && luhn(digits) && (told || issued(digits))
    })?;
    block.end_of(n, text)
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') << (place % 2);
            digit / 10 + digit % 10
        })
        .sum();
    // Zeros alone satisfy every sum.
    sum > 0 && sum.is_multiple_of(10)
}

fn issued(digits: &str) -> bool {
    let head: u32 = digits.get(..4).and_then(|head| head.parse().ok()).unwrap_or(0);
    match digits.len() {
        13 => head / 1_000 == 4,
        14 => matches!(head / 10, 300..=305) || matches!(head / 100, 36 | 38),
        15 => matches!(head / 100, 34 | 37),
        16 => {
            head / 1_000 == 4 || matches!(head / 100, 51..=55 | 35 | 62 | 65 | 81) || matches!(head, 2221..=2720 | 6011)
        }
        19 => matches!(head / 100, 62 | 95 | 94) || head / 1_000 == 4 || head / 100 == 60,
        _ => matches!(head / 100, 62 | 95),
    }
}

pub(super) fn tracking_number(text: &Folded<'_>, at: usize) -> Option<usize> {
    if text.get(at)?.is_ascii_lowercase()
        && let Some(end) = coded_tracking(text, at)
    {
        return Some(end);
    }
    if !text.is_alphanumeric(at) {
        return None;
    }
    // UPS: 1Z and sixteen more.
    if let Some(start) = text.literal(at, "1z") {
        let mut end = start;
        for n in 0..16 {
            end = if n > 0 { text.spaces(end).min(end + 1) } else { text.spaces(end) };
            if !text.is_alphanumeric(end) {
                return None;
            }
            end += 1;
        }
        return (!text.is_alphanumeric(end)).then_some(end);
    }
    let block = text.digits(at, " -", 23);
    // USPS: 22 digits that begin with 9.
    if matches!(block.digits.get(..2), Some("92" | "93" | "94" | "95")) && block.digits.len() == 22 {
        return block.end_of(22, text);
    }
    if !text.cue(at, TRACKING) || phone_like(&block) {
        return None;
    }
    let n = block.bounds().find(|n| (9..=22).contains(n));
    n.and_then(|n| block.end_of(n, text)).filter(|end| !text.is_alphanumeric(*end)).or_else(|| {
        let end = text.run(at, |c| c.is_ascii_alphanumeric());
        let n_digits = text.characters()[at..end].iter().filter(|c| c.is_ascii_digit()).count();
        (n_digits >= 8 && end - at <= 30).then_some(end)
    })
}

/// 快递电话13800138000 is no parcel, but 快递13800138000 hardly one either: carriers do not number so.
fn phone_like(block: &Digits) -> bool {
    block.digits.len() == 11 && is_mobile(&block.digits)
}

fn coded_tracking(text: &Folded<'_>, at: usize) -> Option<usize> {
    // S10, as EMS and the posts of the world: two letters, nine digits, two letters.
    let letters = text.run(at, |c| c.is_ascii_lowercase());
    let digits = text.run(letters, |c| c.is_ascii_digit());
    let tail = text.run(digits, |c| c.is_ascii_lowercase());
    if letters - at == 2 && digits - letters == 9 && tail - digits == 2 && !text.is_alphanumeric(tail) {
        return Some(tail);
    }
    // Each carrier's letters, with the fewest and the most digits after them.
    const FORMS: &[(&str, usize, usize)] = &[
        ("sf", 10, 15),
        ("yto", 10, 15),
        ("yt", 10, 16),
        ("zto", 10, 15),
        ("zt", 10, 15),
        ("sto", 10, 15),
        ("jt", 10, 15),
        ("yd", 10, 15),
        ("ems", 9, 13),
        ("dpk", 9, 15),
        ("dpl", 9, 15),
        ("jdvb", 9, 15),
        ("jdva", 9, 15),
        ("jdvc", 9, 15),
        ("jdve", 9, 15),
        ("jdx", 9, 15),
        ("jdk", 9, 15),
        ("jdl", 9, 15),
        ("jdap", 9, 15),
        ("jdaz", 9, 15),
        ("jjd", 9, 20),
        ("jd", 10, 18),
        ("lp", 14, 16),
        ("tba", 12, 12),
        ("uus", 10, 16),
        ("ht", 12, 14),
    ];
    FORMS.iter().find_map(|(prefix, fewest, most)| {
        let start = text.literal(at, prefix)?;
        // "SF 1234 5678 9012" is read out so; a group of fewer than three digits is something else.
        let from = if text.is(start, " -:") { start + 1 } else { start };
        let block = text.digits(from, " -", most + 1);
        let grouped = |n: usize| {
            let last = block.breaks.iter().filter(|at| **at < n).count();
            last > 1 || block.breaks.iter().all(|at| *at >= n || n - at >= 3)
        };
        let n = block.bounds().find(|n| (*fewest..=*most).contains(n) && grouped(*n))?;
        let end = block.end_of(n, text).filter(|end| !text.is_alphanumeric(*end))?;
        // 京东: the parcel of several, -1-1-.
        Some(text.literal(end, "-1-1-").unwrap_or(end))
    })
}

pub(super) fn order_number(text: &Folded<'_>, at: usize) -> Option<usize> {
    if !text.is_alphanumeric(at) {
        return None;
    }
    let mut end = text.run(at, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    while matches!(text.before(end), Some('-' | '_')) {
        end -= 1;
    }
    let characters = text.characters().get(at..end)?;
    if text.is_alphanumeric(end) {
        return None;
    }
    let n_digits = characters.iter().filter(|c| c.is_ascii_digit()).count();
    let n_letters = characters.iter().take_while(|c| c.is_ascii_lowercase()).count();
    let dashes = characters.iter().filter(|c| matches!(c, '-' | '_')).count();
    let plain = n_digits == characters.len();
    if text.cue(at, ORDER) {
        // The year of "订单2026-11-18" and of "order 2026" is none.
        let day =
            characters.starts_with(&['2', '0']) && (dashes == 2 || n_digits == 4) && n_digits + dashes == end - at;
        return (n_digits >= 3 && end - at >= 4 && !day).then_some(end);
    }
    let coded = (1..=5).contains(&n_letters)
        && n_digits >= 8
        && n_digits + n_letters + dashes == characters.len()
        && dashes <= 3
        && !contact(text, at, n_letters, n_digits);
    let dated = plain && text.get(at) == Some('2') && dated(characters.get(2..8).map(String::from_iter).as_deref());
    let long = plain && ((14..=24).contains(&n_digits) || dated && n_digits >= 11);
    let long = long && !text.cue(at, CARD) && !text.cue(at, IDENTITY);
    let grouped_long = n_letters == 0 && dashes > 0 && dashes <= 3 && n_digits + dashes == end - at && n_digits >= 15;
    // 20261118这个订单, 12345678的订单.
    let told_after = plain && (5..=24).contains(&n_digits) && {
        let after = text.spaces(end);
        text.word(after, "这个订单|这单|这笔订单|这笔|号订单|的订单|那个订单|订单|呢张单|嗰张单|这张单").is_some()
    };
    let hashed = plain && (5..=24).contains(&n_digits) && text.before(at) == Some('#');
    (coded || long || grouped_long || told_after || hashed).then_some(end)
}

/// tel13800138000, vx13800138000: letters that say what the digits are.
fn contact(text: &Folded<'_>, at: usize, n_letters: usize, n_digits: usize) -> bool {
    let letters = text.slice(at, at + n_letters);
    matches!(letters.as_str(), "tel" | "vx" | "wx" | "v" | "w" | "q" | "qq" | "call" | "phone" | "mob" | "id" | "card")
        && n_digits <= 19
}
