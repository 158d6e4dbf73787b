//! Entities without a model: numbers and words of fixed forms, found in one pass over the text.
//!
//! Each matcher looks at one position and says how far it reaches; the longest wins, the earlier one on a tie.
//! Offsets are UTF-8 bytes of the text as it was typed; only the comparison is on folded characters.
//!
//! | Kind | For example | `value` | [`normalized`] |
//! |---|---|---|---|
//! | `order_number` | HM20261118001, 订单 A-1042 | as typed | capitals, half width: `HM20261118001` |
//! | `tracking_number` | SF1234567890123, 1Z…, EA123456789CN | as typed | the same |
//! | `carrier` | 顺丰, J&T, royal mail | as typed | a code: `SF`, `JT` |
//! | `phone` | 138-0013-8000, 010-12345678, +852 9123 4567 | as typed | digits, with the `+` |
//! | `email` | a.b@example.com | as typed | lower case |
//! | `id_card` | 11010519491231002X, A123456(3) | as typed | capitals, half width |
//! | `bank_card` | 4111 1111 1111 1111 | as typed | digits |
//! | `amount` | ¥199, 三块五, HK$88, 满300 | as typed | `199.00 CNY`, `100.00/200.00 CNY` for a range |
//! | `quantity` | 三件, 2 pairs, x2 | as typed | `3` |
//! | `size` | XL, 42码, 175/96A, 均码 | as typed | capitals |
//! | `height`, `weight` | 165cm, 一米六五, 110斤 | as typed | |
//! | `color` | 藏青色, light grey | as typed | a family: `navy`, `gray` |
//! | `region` | 广东省, 江浙沪, Japan | as typed | 广东, 日本 |
//! | `city` | 北京市, Shanghai | as typed | 北京, 上海 |
//! | `date` | 2026-11-18, 前天, 三天内, 下周三 | see below | the value |
//! | `time` | 下午三点, 14:30, 3pm | `15:00` | the value |
//! | `duration` | 三天, 半个月, 2 hours | `P3D`, `P0.5M`, `PT2H`; `P3D/P5D` for a range | the value |
//! | `product`, `brand`, `sku` | names of the catalog | the catalog's id | |
//!
//! There is no clock here, so a date says what was said: `2026-11-18`, `2026-11`, `2026`; `--11-18` and `--11` without a
//! year, `---18` without a month; `P-2D`, `P1W`, `P-1M`, `PT2H` from now (`P0D` is today, `PT0S` now); `W-3` a Wednesday,
//! `P1W-3` that of next week, `P0W-WE` this weekend; `P0D/P3D` within three days from now, `P-30D/P0D` the last thirty;
//! `P-1DTEV` yesterday's evening (`TMO`, `TAF`); `P-1M ---18` the 18th of last month; `PXD` some days;
//! feasts of the lunar calendar by their name.

mod codes;
mod folded;
#[cfg(feature = "gazetteer")]
mod gazetteer;
mod measure;
mod money;
mod number;
mod redact;
mod time;
mod words;

use zg_domain::{Entity, EntityKind};

use folded::Folded;
#[cfg(feature = "gazetteer")]
pub use gazetteer::{Gazetteer, GazetteerError, NameKind, entities_with};
pub use redact::redact;

/// How far a thing reaches, in characters, and what it means where that is more than what was typed.
struct Hit {
    end: usize,
    value: Option<String>,
}

type Matcher = fn(&Folded<'_>, usize) -> Option<usize>;
type Reader = fn(&Folded<'_>, usize) -> Option<Hit>;
/// The names of a catalog, or none.
type Names<'n> = &'n dyn Fn(&Folded<'_>, usize) -> Option<(EntityKind, Hit)>;

/// Numbers of people and of things.
const CODES: &[(EntityKind, Matcher)] = &[
    (EntityKind::Email, codes::email),
    (EntityKind::IdCard, codes::id_card),
    (EntityKind::Phone, codes::phone),
    (EntityKind::BankCard, codes::bank_card),
    (EntityKind::TrackingNumber, codes::tracking_number),
    (EntityKind::OrderNumber, codes::order_number),
];

const READERS: &[(EntityKind, Reader)] = &[
    (EntityKind::Amount, money::amount),
    (EntityKind::Height, measure::height),
    (EntityKind::Weight, measure::weight),
    (EntityKind::Size, measure::size),
    (EntityKind::Date, time::date),
    (EntityKind::Time, time::time),
    (EntityKind::Duration, time::duration),
    (EntityKind::Quantity, measure::quantity),
];

/// The entities of a text, in order, without overlaps.
#[must_use]
pub fn entities(text: &str) -> Vec<Entity> {
    find(&Folded::new(text), &|_, _| None)
}

/// What an entity means in one spelling, by the last column of the table above; `None` where that is no more than
/// its value.
#[must_use]
pub fn normalized(entity: &Entity) -> Option<String> {
    let text = Folded::new(&entity.value);
    let whole = |hit: Hit| hit.value.filter(|_| hit.end == text.len());
    match entity.kind {
        EntityKind::Date | EntityKind::Time | EntityKind::Duration => Some(entity.value.clone()),
        EntityKind::Phone | EntityKind::BankCard => {
            let digit = |c: &char| match number::han_digit(*c) {
                Some(digit) => char::from_digit(digit as u32, 10),
                None => Some(*c).filter(|c| c.is_ascii_digit() || *c == '+'),
            };
            Some(text.characters().iter().filter_map(digit).collect())
        }
        EntityKind::Email => Some(text.slice(0, text.len())),
        EntityKind::IdCard | EntityKind::OrderNumber | EntityKind::TrackingNumber => {
            Some(text.slice(0, text.len()).replace(' ', "").to_ascii_uppercase())
        }
        EntityKind::Carrier | EntityKind::Color | EntityKind::Region | EntityKind::City => {
            words::meaning(&text, entity.kind)
        }
        EntityKind::Amount => money::amount(&text, 0).and_then(whole).or_else(|| money::alone(&text)),
        kind => READERS.iter().find(|(other, _)| *other == kind).and_then(|(_, read)| read(&text, 0)).and_then(whole),
    }
}

fn find(text: &Folded<'_>, names: Names<'_>) -> Vec<Entity> {
    let mut found: Vec<Entity> = Vec::new();
    let (mut at, mut last_end) = (0, 0);
    while at < text.len() {
        let Some((kind, hit)) = longest(text, at, last_end, names) else {
            at += 1;
            continue;
        };
        let (start, end) = text.bytes(at, hit.end);
        if let Some(kind) = kind {
            let means = matches!(kind, EntityKind::Date | EntityKind::Time | EntityKind::Duration)
                || matches!(kind, EntityKind::Product | EntityKind::Brand | EntityKind::Sku);
            let value = hit.value.filter(|_| means).unwrap_or_else(|| text.text()[start..end].to_owned());
            push(&mut found, Entity { kind, value, start, end });
        }
        at = hit.end;
        last_end = at;
        // 北京市朝阳区: what a district is called is known only after its city.
        if matches!(kind, Some(EntityKind::City | EntityKind::Region))
            && let Some(stop) = words::district(text, at)
        {
            let (start, end) = text.bytes(at, stop);
            found.push(Entity { kind: EntityKind::Region, value: text.text()[start..end].to_owned(), start, end });
            at = stop;
            last_end = at;
        }
    }
    found
}

/// Adds an entity; a day joins the month or the year just before it, as in 去年双十一 and 上个月18号.
fn push(found: &mut Vec<Entity>, entity: Entity) {
    if let Some(last) = found.last_mut()
        && last.kind == EntityKind::Date
        && entity.kind == EntityKind::Date
        && last.end == entity.start
        && last.value.starts_with('P')
        && last.value.ends_with(['Y', 'M'])
        && entity.value.starts_with("--")
    {
        last.value.push(' ');
        last.value.push_str(&entity.value);
        last.end = entity.end;
    } else {
        found.push(entity);
    }
}

/// The longest of what stands at a character; its kind is `None` where it is to be passed over.
fn longest(text: &Folded<'_>, at: usize, last_end: usize, names: Names<'_>) -> Option<(Option<EntityKind>, Hit)> {
    // A number or a Latin word is looked at from its start only: "x12" holds no quantity, 二十三件 not 三件.
    let fresh = at == 0 || at == last_end;
    let inside = !fresh && text.is_alphanumeric(at) && text.is_alphanumeric(at - 1);
    let mut best: Option<(Option<EntityKind>, Hit)> = None;
    let mut offer = |kind: Option<EntityKind>, hit: Option<Hit>| {
        if let Some(hit) = hit
            && hit.end > at
            && best.as_ref().is_none_or(|(_, other)| hit.end > other.end)
        {
            best = Some((kind, hit));
        }
    };
    if inside {
        // "tel13800138000" all the same: letters must not hide a person's number.
        if text.is_digit(at) && !text.is_digit(at - 1) {
            for (kind, matcher) in &CODES[1..4] {
                offer(Some(*kind), matcher(text, at).map(|end| Hit { end, value: None }));
            }
        }
        return best;
    }
    if let Some((kind, hit)) = names(text, at) {
        offer(Some(kind), Some(hit));
    }
    for (kind, matcher) in CODES {
        offer(Some(*kind), matcher(text, at).map(|end| Hit { end, value: None }));
    }
    let numeral = |at: usize| text.get(at).is_some_and(|c| number::NUMERALS.contains(c));
    if fresh || !(numeral(at) && numeral(at - 1)) {
        for (kind, read) in READERS {
            offer(Some(*kind), read(text, at));
        }
    }
    if let Some((kind, hit)) = words::word(text, at) {
        offer(kind, Some(hit));
    }
    best
}
