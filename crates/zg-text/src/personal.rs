//! Data of persons in texts: found by form, checked by check digits, shown masked.

use std::ops::Range;

/// Numbers are written in at most so many groups.
const MAX_GROUPS: usize = 5;
/// Mailboxes of a shop, not of a person.
const MAILBOXES: [&str; 18] = [
    "service",
    "services",
    "support",
    "help",
    "kefu",
    "info",
    "contact",
    "sales",
    "hello",
    "cs",
    "care",
    "customerservice",
    "customercare",
    "noreply",
    "no-reply",
    "returns",
    "orders",
    "feedback",
];

/// What kind of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonalKind {
    Phone,
    Email,
    /// Of a resident of mainland China, with its check digit.
    IdCard,
    /// With its Luhn digit.
    BankCard,
    /// The numbers of an address: house, stair, flat.
    Address,
}

impl PersonalKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone number",
            Self::Email => "e-mail address",
            Self::IdCard => "identity card number",
            Self::BankCard => "bank card number",
            Self::Address => "address",
        }
    }
}

/// One piece of personal data in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    pub kind: PersonalKind,
    /// In bytes of the text.
    pub range: Range<usize>,
    pub masked: String,
}

/// Finds personal data, in the order of the text. A shop's own numbers (400, 800, 95xxx) and mailboxes are none.
#[must_use]
pub fn personal_data(text: &str) -> Vec<Personal> {
    let mut found = emails(text);
    if text.bytes().filter(u8::is_ascii_digit).count() >= 7 || text.contains(|c| matches!(c, '０'..='９')) {
        numbers(text, &mut found);
    }
    found.sort_by_key(|one| (one.range.start, std::cmp::Reverse(one.range.end)));
    let mut end = 0;
    found.retain(|one| {
        let is_apart = one.range.start >= end;
        if is_apart {
            end = one.range.end;
        }
        is_apart
    });
    found
}

/// The text with personal data masked.
#[must_use]
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for one in personal_data(text) {
        masked.push_str(&text[done..one.range.start]);
        masked.push_str(&one.masked);
        done = one.range.end;
    }
    masked.push_str(&text[done..]);
    masked
}

/// Finds what a person may not want to hand to a stranger, in the order of the text: telephone, identity and bank card numbers,
/// and the numbers of addresses. Mail addresses are none of it: they are how one is written to.
#[must_use]
pub fn private_data(text: &str) -> Vec<Personal> {
    let mut found = personal_data(text);
    found.retain(|one| one.kind != PersonalKind::Email);
    let apart = |range: &Range<usize>, found: &[Personal]| {
        found.iter().all(|one| range.end <= one.range.start || one.range.end <= range.start)
    };
    for range in addresses(text) {
        if apart(&range, &found) {
            // What kind of place it is stays to be read; which one does not.
            let latin = text[range.clone()].is_ascii();
            let hides = |c: char| c.is_ascii_digit() || (!latin && c.is_ascii_alphabetic());
            let masked = text[range.clone()].chars().map(|c| if hides(c) { '*' } else { c }).collect();
            found.push(Personal { kind: PersonalKind::Address, range, masked });
        }
    }
    found.sort_by_key(|one| one.range.start);
    found
}

const STREETS: [&str; 14] =
    ["大道", "胡同", "小区", "花园", "路", "街", "巷", "弄", "道", "村", "苑", "园", "段", "里"];
/// What only an address has.
const UNITS: [&str; 7] = ["号楼", "号院", "单元", "栋", "幢", "室", "号房"];
/// What other things have as well; of an address it is after a street, or after another unit.
const WEAK_UNITS: [&str; 4] = ["号", "座", "楼", "层"];
const LATIN_STREETS: [&str; 14] = [
    "street",
    "st",
    "road",
    "rd",
    "avenue",
    "ave",
    "lane",
    "drive",
    "blvd",
    "boulevard",
    "terrace",
    "court",
    "square",
    "close",
];
const LATIN_UNITS: [&str; 6] = ["apartment", "apt", "room", "flat", "unit", "suite"];

/// The numbers of addresses: `88号3栋502室`, `12 Baker Street`, `Flat 5B`.
fn addresses(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let begins = bytes[at].is_ascii_alphanumeric() && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric());
        match begins.then(|| address_at(text, at).or_else(|| latin_address_at(text, at))).flatten() {
            Some(end) => {
                found.push(at..end);
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

/// Where a short run of digits, with a letter perhaps, ends.
fn short_number(text: &str, at: usize) -> Option<usize> {
    let run = text.get(at..)?.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let digits = text[at..at + run].bytes().filter(u8::is_ascii_digit).count();
    (digits > 0 && run <= 6 && run - digits <= 2).then_some(at + run)
}

fn address_at(text: &str, at: usize) -> Option<usize> {
    let unit = |at: usize, units: &[&str]| {
        let rest = text.get(at..)?;
        units.iter().find(|unit| rest.starts_with(**unit)).map(|unit| at + unit.len())
    };
    let street = STREETS.iter().any(|street| text[..at].ends_with(street));
    let (mut end, mut strong) = (short_number(text, at)?, false);
    let mut reached = None;
    loop {
        if let Some(next) = unit(end, &UNITS) {
            (end, strong) = (next, true);
        } else if let Some(next) = unit(end, &WEAK_UNITS) {
            strong |= street;
            end = next;
        } else {
            // A door's number may end an address without a word.
            return if strong { Some(end) } else { reached };
        }
        if strong {
            reached = Some(end);
        }
        match short_number(text, end) {
            Some(next) => end = next,
            None => return reached,
        }
    }
}

fn latin_address_at(text: &str, at: usize) -> Option<usize> {
    let word = |at: usize| {
        let rest = text.get(at..)?;
        let space = rest.len() - rest.trim_start_matches([' ', '.', '#']).len();
        let length = rest[space..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'\'').count();
        (length > 0 && space <= 2).then(|| (at + space, at + space + length))
    };
    let (start, mut end) = word(at)?;
    let is = |words: &[&str], range: (usize, usize)| {
        words.iter().any(|one| text[range.0..range.1].eq_ignore_ascii_case(one))
    };
    if is(&LATIN_UNITS, (start, end)) {
        let (next, end) = word(end).filter(|next| next.0 > end)?;
        return short_number(text, next).filter(|of| *of == end);
    }
    short_number(text, at).filter(|of| *of == end)?;
    for _ in 0..4 {
        let next = word(end).filter(|next| next.0 > end)?;
        if is(&LATIN_STREETS, next) {
            return Some(next.1);
        }
        if !text[next.0..next.1].bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'\'') {
            return None;
        }
        end = next.1;
    }
    None
}

/// A text in which what is private is masked, and what that was, in its order.
#[must_use]
pub fn hide(text: &str) -> (String, Vec<Personal>) {
    let found = private_data(text);
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for one in &found {
        masked.push_str(&text[done..one.range.start]);
        masked.push_str(&one.masked);
        done = one.range.end;
    }
    masked.push_str(&text[done..]);
    (masked, found)
}

fn emails(text: &str) -> Vec<Personal> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices('@') {
        let is_local = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'.' | b'_' | b'%' | b'+' | b'-');
        let is_domain = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'.' | b'-');
        let n_local = bytes[..at].iter().rev().take(64).take_while(is_local).count();
        let n_domain = bytes[at + 1..].iter().take(255).take_while(is_domain).count();
        let domain = text[at + 1..at + 1 + n_domain].trim_end_matches(['.', '-']);
        let local = &text[at - n_local..at];
        let is_top = |top: &str| top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic());
        if local.is_empty() || !domain.rsplit_once('.').is_some_and(|(name, top)| !name.is_empty() && is_top(top)) {
            continue;
        }
        if MAILBOXES.contains(&local.to_ascii_lowercase().as_str()) {
            continue;
        }
        found.push(Personal {
            kind: PersonalKind::Email,
            range: at - n_local..at + 1 + domain.len(),
            masked: format!("{}***@{domain}", &local[..1]),
        });
    }
    found
}

/// A run of digits: where it lies and which they are.
struct Group {
    range: Range<usize>,
    digits: String,
}

fn numbers(text: &str, found: &mut Vec<Personal>) {
    let groups = groups(text);
    let mut at = 0;
    while at < groups.len() {
        // The longest number that begins here; groups are parted by one space, hyphen or bracket.
        let most = (at + 1..groups.len().min(at + MAX_GROUPS))
            .take_while(|next| is_gap(&text[groups[next - 1].range.end..groups[*next].range.start]))
            .last()
            .unwrap_or(at);
        let hit = (at..=most).rev().find_map(|last| number(text, &groups[at..=last]).map(|one| (one, last)));
        match hit {
            Some((Some(one), last)) => {
                found.push(one);
                at = last + 1;
            }
            // A shop's own number.
            Some((None, last)) => at = last + 1,
            None => at += 1,
        }
    }
}

fn is_gap(between: &str) -> bool {
    matches!(between, " " | "-" | "–" | ") " | ")" | ")-" | "." | " - " | "\u{a0}")
}

fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    // Whether the character before belongs to a word or number that the digits are part of.
    let (mut is_part, mut is_open) = (false, false);
    for (at, c) in text.char_indices() {
        let digit = match c {
            '0'..='9' => Some(c),
            '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32),
            _ => None,
        };
        if let Some(digit) = digit {
            let end = at + c.len_utf8();
            match groups.last_mut() {
                Some(group) if is_open => {
                    group.digits.push(digit);
                    group.range.end = end;
                }
                _ if is_part => {}
                _ => groups.push(Group { range: at..end, digits: digit.to_string() }),
            }
            is_open = !is_part;
            continue;
        }
        if is_open
            && matches!(c, 'x' | 'X')
            && let Some(group) = groups.last_mut()
            && group.digits.len() == 17
        {
            group.digits.push('X');
            group.range.end = at + 1;
        } else if is_open && c.is_ascii_alphanumeric() {
            // `13800138000abc` is a code.
            groups.pop();
        }
        is_open = false;
        is_part = c.is_ascii_alphanumeric() || c == '_';
    }
    groups
}

/// What a row of groups is: personal data, the shop's own number (`Some(None)`), or nothing.
fn number(text: &str, groups: &[Group]) -> Option<Option<Personal>> {
    let (first, last) = (groups.first()?, groups.last()?);
    let all: String = groups.iter().map(|group| group.digits.as_str()).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.digits.len()).collect();
    let mut range = first.range.start..last.range.end;
    let personal = |kind, range: Range<usize>, masked| Some(Some(Personal { kind, range, masked }));
    if all.len() == 18 && is_id_card(&all) && lengths.len() <= 3 {
        return personal(PersonalKind::IdCard, range, format!("{}**************{}", &all[..2], &all[16..]));
    }
    if all.contains('X') {
        return None;
    }
    let before = &text[..range.start];
    let is_international = before.ends_with('+');
    if is_international {
        range.start -= 1;
    }
    let home = all.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(&all);
    let service = ["400", "800"].iter().any(|start| all.starts_with(start)) && all.len() == 10
        || ["1800", "1888", "1877", "1866"].iter().any(|start| all.starts_with(start))
            && all.len() == 11
            && (is_international || lengths.len() > 1)
        || all.starts_with("00800");
    if service {
        return Some(None);
    }
    if home.len() == 11 && home.starts_with('1') && home.as_bytes()[1] >= b'3' {
        let grouped = matches!(lengths.as_slice(), [_] | [3, 4, 4] | [2, 11] | [2, 3, 4, 4] | [3, 8]);
        return if grouped { personal(PersonalKind::Phone, range, masked_phone(home)) } else { None };
    }
    let is_card_form = match lengths.as_slice() {
        [one] => (15..=19).contains(one),
        [4, 4, 4, 4] | [4, 4, 4, 4, 1..=3] | [4, 6, 5] | [6, 10 | 13] => true,
        _ => false,
    };
    if is_card_form && matches!(all.as_bytes()[0], b'3'..=b'6') && is_luhn(&all) {
        return personal(PersonalKind::BankCard, range, format!("{}********{}", &all[..4], &all[all.len() - 4..]));
    }
    let is_bracketed = before.ends_with('(') && text[first.range.end..].starts_with(')');
    let is_phone = match lengths.as_slice() {
        [one] => is_international && (8..=15).contains(one),
        // An area code of China, which begins with 0.
        [3 | 4, 7 | 8] | [2, 2 | 3, 7 | 8] if all.starts_with('0') || is_international => true,
        [3 | 4, 3 | 4, 4] if all.starts_with('0') => true,
        [3, 3, 4] => is_bracketed || text[first.range.end..].starts_with(['-', '.']),
        _ => is_international && (8..=15).contains(&all.len()),
    };
    if is_bracketed {
        range.start -= 1;
    }
    is_phone.then(|| personal(PersonalKind::Phone, range, masked_phone(&all))).flatten()
}

fn masked_phone(digits: &str) -> String {
    format!("{}****{}", &digits[..3], &digits[digits.len() - 4..])
}

/// GB 11643: a plausible date of birth and the check digit of ISO 7064, MOD 11-2.
fn is_id_card(digits: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let bytes = digits.as_bytes();
    let number = |range: Range<usize>| digits[range].parse::<u32>().unwrap_or(0);
    if !digits[..17].bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let is_date = (1900..2100).contains(&number(6..10))
        && (1..=12).contains(&number(10..12))
        && (1..=31).contains(&number(12..14));
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    bytes[0] != b'0' && is_date && bytes[17] == b"10X98765432"[sum as usize % 11]
}

fn is_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0') * (1 + at as u32 % 2);
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10) && digits.bytes().any(|digit| digit != digits.as_bytes()[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_private_is_hidden_and_nothing_else() {
        for (text, masked, parts) in [
            ("打13800138000给我", "打138****8000给我", vec!["13800138000"]),
            ("寄到中山路88号3栋502室，谢谢", "寄到中山路**号*栋***室，谢谢", vec!["88号3栋502室"]),
            ("3栋2单元1201", "*栋*单元****", vec!["3栋2单元1201"]),
            ("住在 12 Baker Street, Flat 5B", "住在 ** Baker Street, Flat *B", vec!["12 Baker Street", "Flat 5B"]),
            ("身份证 11010519491231002X", "身份证 11**************2X", vec!["11010519491231002X"]),
            ("卡号 4111 1111 1111 1111", "卡号 4111********1111", vec!["4111 1111 1111 1111"]),
            // Mail is how one is written to; the rest is the shop's business.
            ("发到 lin@example.com", "发到 lin@example.com", vec![]),
            ("订单 HM20261129001 买了 2 件 180 的 3号色", "订单 HM20261129001 买了 2 件 180 的 3号色", vec![]),
            ("第 3 层架子松了，11月29号到货", "第 3 层架子松了，11月29号到货", vec![]),
            ("打 400-820-8820 问过", "打 400-820-8820 问过", vec![]),
            ("2 nice red shirts", "2 nice red shirts", vec![]),
            ("", "", vec![]),
        ] {
            let (hidden, found) = hide(text);
            assert_eq!(hidden, masked, "{text}");
            assert_eq!(found.iter().map(|one| &text[one.range.clone()]).collect::<Vec<_>>(), parts, "{text}");
        }
    }

    #[test]
    fn no_text_is_cut_within_a_character() {
        for text in ["88号", "路8", "８８号３栋", "Flat é", "12 é Street", "路88号\u{301}3栋", "1x号x1栋é"]
        {
            let (hidden, _) = hide(text);
            let (again, found) = hide(&hidden);
            assert_eq!(again, hidden, "{text}");
            assert!(found.is_empty(), "{text}: {found:?}");
        }
    }
}
