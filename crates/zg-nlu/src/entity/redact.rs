//! Text without what says who somebody is, for logs and for exports.

use zg_domain::EntityKind;

use super::folded::Folded;
use super::{Matcher, codes, find};

/// The text with phone numbers, e-mail addresses, identity papers, bank cards and the numbers of addresses
/// replaced by `[phone]`, `[email]`, `[id_card]`, `[bank_card]` and `[address]`.
///
/// Nothing else changes, and redacting twice changes nothing more.
/// Where a word calls a number an order and its form says that it is a person's, the person's privacy wins.
///
/// ```
/// # use zg_nlu::redact;
/// assert_eq!(redact("打１３８-0013-8000给我"), "打[phone]给我");
/// assert_eq!(redact("寄到中山路88号3栋502室"), "寄到中山路[address]");
/// ```
#[must_use]
pub fn redact(text: &str) -> String {
    let mut redacted = mask(text);
    // A tag may end a number that ran on into the next; a second pass is rarely needed, a third hardly ever.
    for _ in 0..3 {
        let again = mask(&redacted);
        if again == redacted {
            break;
        }
        redacted = again;
    }
    redacted
}

fn mask(text: &str) -> String {
    let folded = Folded::new(text);
    let mut masked = Vec::new();
    for found in find(&folded, &|_, _| None) {
        masked.extend(tag(&text[found.start..found.end], found.kind).map(|tag| (found.start, found.end, tag)));
    }
    let mut at = 0;
    while at < folded.len() {
        let Some(end) = address(&folded, at) else {
            at += 1;
            continue;
        };
        let (start, stop) = folded.bytes(at, end);
        masked.push((start, stop, "address"));
        at = end;
    }
    masked.sort_unstable();
    let (mut redacted, mut done) = (String::with_capacity(text.len()), 0);
    for (start, end, tag) in masked {
        if start < done {
            continue;
        }
        redacted.push_str(&text[done..start]);
        redacted.push('[');
        redacted.push_str(tag);
        redacted.push(']');
        done = end;
    }
    redacted.push_str(&text[done..]);
    redacted
}

fn tag(surface: &str, kind: EntityKind) -> Option<&'static str> {
    if kind.personal() {
        return Some(kind.name());
    }
    if !matches!(kind, EntityKind::OrderNumber | EntityKind::TrackingNumber) {
        return None;
    }
    // By itself, without the word before.
    let alone = Folded::new(surface);
    [
        (EntityKind::IdCard, codes::id_card as Matcher),
        (EntityKind::Phone, codes::phone),
        (EntityKind::BankCard, codes::bank_card),
    ]
    .iter()
    .find_map(|(kind, matcher)| (matcher(&alone, 0) == Some(alone.len())).then(|| kind.name()))
}

/// The numbers of an address: 88号3栋2单元502室, after a street 88号, 12 Baker Street, Flat 5B, a postcode after its word.
fn address(text: &Folded<'_>, at: usize) -> Option<usize> {
    let starts = text.is_alphanumeric(at) && !text.before(at).is_some_and(|c| c.is_ascii_alphanumeric());
    if !starts {
        return None;
    }
    english(text, at).or_else(|| {
        let end = part(text, at)?;
        if (5..=6).contains(&(end - at)) && text.cue(at, "邮编|邮政编码|postcode|post code|zip|zip code|zipcode")
        {
            return Some(end);
        }
        let street = text.ends(at, "路|街|巷|弄|道|胡同|村|大道|里|段|号|园|苑|小区|花园|城|府|镇|庄");
        let (mut end, mut strong, mut reached) = (end, false, None);
        // 88号, 3栋, 2单元, 502室, one after the other.
        loop {
            if let Some(unit) = text.word(end, "号楼|号院|单元|栋|幢|室|弄|号铺|号房|房间") {
                (end, strong) = (unit, true);
            } else if let Some(unit) = text.word(end, "号|座|楼|层|组|队|房|巷|-|－") {
                strong |= street;
                end = unit;
            } else {
                // A door's number may end the address without a word.
                reached = if strong { Some(end) } else { reached };
                break;
            }
            reached = if strong { Some(end) } else { reached };
            match part(text, end) {
                Some(next) if strong || text.is(next, "号栋幢单室弄座楼层-") => end = next,
                _ => break,
            }
        }
        // 3楼 of a street is an address, 2层 of a shelf is none.
        reached.filter(|end| !matches!(text.before(*end), Some('-')))
    })
}

fn part(text: &Folded<'_>, at: usize) -> Option<usize> {
    let end = text.run(at, |c| c.is_ascii_alphanumeric());
    let digits = text.characters()[at..end].iter().filter(|c| c.is_ascii_digit()).count();
    (digits > 0 && end - at <= 6 && end - at - digits <= 2).then_some(end)
}

fn english(text: &Folded<'_>, at: usize) -> Option<usize> {
    const STREETS: &str =
        "street|st|road|rd|avenue|ave|lane|ln|drive|blvd|boulevard|terrace|crescent|close|square|court|way";
    if let Some(start) = text.word(at, "apartment|apt|room|flat|unit|suite|floor") {
        let start = text.run(start, |c| matches!(c, ' ' | '.' | '#')).min(start + 2);
        return part(text, start).filter(|end| end - start <= 5);
    }
    let mut end = part(text, at).filter(|_| text.is_digit(at))?;
    for _ in 0..4 {
        let word = text.spaces(end);
        if word == end {
            return None;
        }
        if let Some(end) = text.word(word, STREETS) {
            return Some(end);
        }
        end = text.run(word, |c| c.is_ascii_lowercase() || c == '\'');
        if end == word {
            return None;
        }
    }
    None
}
