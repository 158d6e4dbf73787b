//! Data of persons, which an answer would show to everybody.

use super::Finding;
use super::page::Page;

pub(super) fn check(pages: &[Page<'_>], findings: &mut Vec<Finding>) {
    for page in pages {
        let texts = [&page.entry.question, &page.entry.answer].into_iter().chain(&page.entry.variants);
        for text in texts {
            if let Some((what, found)) = personal(text) {
                // The number itself stays out of the message, which goes to logs.
                let shown: String = found.chars().take(3).collect();
                let message = format!("{what} stands in the text ({shown}…)");
                let fix = "Use the shop's service number or address instead.";
                findings.push(Finding::error(page.entry, "personal-data", message, fix));
                break;
            }
        }
    }
}

fn personal(text: &str) -> Option<(&'static str, String)> {
    // Ten digits are the shortest number looked for; most texts have none.
    if text.chars().filter(|c| c.is_numeric()).count() < 10 {
        return email(text).map(|address| ("the mail address of a person", address));
    }
    for run in digit_runs(text) {
        let digits: String = run.chars().filter(char::is_ascii_alphanumeric).collect();
        let what = match digits.len() {
            18 | 15 if identity(&digits) => Some("an identity number"),
            16..=19 if digits.bytes().all(|b| b.is_ascii_digit()) && bank_card(&digits) => Some("a bank card number"),
            _ if mobile(&digits) => Some("the mobile number of a person"),
            _ => None,
        };
        if let Some(what) = what {
            return Some((what, digits));
        }
    }
    email(text).map(|address| ("the mail address of a person", address))
}

/// Digits with single spaces and hyphens between them; an X may end an identity number.
fn digit_runs(text: &str) -> Vec<String> {
    let folded: Vec<char> = text
        .chars()
        .map(|c| if matches!(c, '０'..='９') { char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c) } else { c })
        .collect();
    let mut runs = Vec::new();
    let mut at = 0;
    while at < folded.len() {
        let named =
            at > 0 && (folded[at - 1].is_ascii_alphanumeric() || matches!(folded[at - 1], '.' | '/' | '_' | '=' | '#'));
        if !(folded[at].is_ascii_digit() || (folded[at] == '+' && folded.get(at + 1).is_some_and(char::is_ascii_digit)))
        {
            at += 1;
            continue;
        }
        let mut run = String::new();
        let mut end = at;
        while let Some(&c) = folded.get(end) {
            let joint = matches!(c, ' ' | '-') && folded.get(end + 1).is_some_and(char::is_ascii_digit) && end > at;
            let last = matches!(c, 'X' | 'x') && run.chars().filter(char::is_ascii_digit).count() == 17;
            if !(c.is_ascii_digit() || joint || last || (c == '+' && end == at)) {
                break;
            }
            run.push(c);
            end += 1;
        }
        at = end;
        let goes_on = folded.get(end).is_some_and(char::is_ascii_alphabetic);
        if !named && !goes_on {
            runs.push(run);
        }
    }
    runs
}

/// Mainland 1[3-9]…, Taiwan 09…, Hong Kong only with its code.
fn mobile(digits: &str) -> bool {
    let local = digits.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(digits);
    let local = local.strip_prefix("0086").unwrap_or(local);
    let bytes = local.as_bytes();
    match bytes.len() {
        11 => bytes[0] == b'1' && bytes[1] >= b'3' && !placeholder(local),
        10 => local.starts_with("09") && !placeholder(local),
        12 => local.starts_with("8869"),
        _ => false,
    }
}

/// 13800138000 and 13888888888 stand for any number.
fn placeholder(digits: &str) -> bool {
    digits == "13800138000" || digits.as_bytes()[3..].windows(2).all(|pair| pair[0] == pair[1])
}

/// GB 11643-1999: a date of birth and ISO 7064 MOD 11-2.
fn identity(digits: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    if digits.len() != 18 || !matches!(digits.as_bytes()[0], b'1'..=b'8') {
        return false;
    }
    let (body, check) = digits.split_at(17);
    if !body.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let day = format!("{}-{}-{}", &digits[6..10], &digits[10..12], &digits[12..14]);
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let expected = b"10X98765432"[sum as usize % 11];
    matches!(&digits[6..8], "19" | "20")
        && zg_domain::Date::parse(&day).is_some()
        && check.as_bytes()[0].to_ascii_uppercase() == expected
}

/// A range that issuers use, and Luhn's check digit.
fn bank_card(digits: &str) -> bool {
    let issued = ["62", "4", "51", "52", "53", "54", "55", "35", "37", "60", "58", "9558", "22"]
        .iter()
        .any(|prefix| digits.starts_with(prefix));
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(digit - b'0') * if at % 2 == 1 { 2 } else { 1 };
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    issued && sum.is_multiple_of(10)
}

/// A mail address that is not of a service.
fn email(text: &str) -> Option<String> {
    const SERVICES: [&str; 34] = [
        "service",
        "support",
        "help",
        "kefu",
        "info",
        "contact",
        "hello",
        "care",
        "sales",
        "order",
        "return",
        "refund",
        "shop",
        "store",
        "team",
        "admin",
        "cs",
        "invoice",
        "feedback",
        "complaint",
        "noreply",
        "no-reply",
        "privacy",
        "press",
        "hi",
        "custom",
        "wholesale",
        "business",
        "b2b",
        "vip",
        "fapiao",
        "tousu",
        "office",
        "mail",
    ];
    const SAMPLES: [&str; 6] = ["name", "you", "user", "xxx", "yourname", "example"];
    for (at, _) in text.match_indices('@') {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
        let local: String =
            text[..at].chars().rev().take_while(|c| part(*c)).collect::<Vec<_>>().into_iter().rev().collect();
        let domain: String = text[at + 1..].chars().take_while(|c| part(*c)).collect();
        if local.is_empty() || !domain.trim_end_matches('.').contains('.') {
            continue;
        }
        let lower = local.to_ascii_lowercase();
        let mut words = lower.split(['.', '_', '-', '+']);
        let service = words.any(|word| {
            SERVICES.iter().any(|service| word == *service || (service.len() > 3 && word.starts_with(service)))
        });
        if !service && !SAMPLES.contains(&lower.as_str()) {
            return Some(format!("{local}@{domain}"));
        }
    }
    None
}
