//! Quantities of a clause, each with the attribute that it is of.

use super::facts::{Clause, Fact, Value, is_event};
use super::text::{Quantity, Unit};
use super::words::{Hit, Sense};

/// Reads the quantities of a clause. `last_key` is the attribute of the last one in the sentence, for "一般 1 天，最迟 2 天".
pub(super) fn read(
    clause: &Clause<'_>,
    next: Option<&str>,
    last_key: &mut Option<(Unit, &'static str)>,
    facts: &mut Vec<Fact>,
) {
    let mut below = false;
    let mut skip = 0;
    for (at, quantity) in clause.quantities.iter().enumerate() {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let before = clause.text[..quantity.start].trim_end();
        let after = clause.text[quantity.end..].trim_start();
        let following = clause.quantities.get(at + 1);
        if quantity.unit == Unit::Money
            && ["不满", "未满", "不足", "低于", "below", "under", "less than"].iter().any(|w| before.ends_with(w))
        {
            below = true;
            continue;
        }
        if is_reference(clause, quantity, before, after) {
            continue;
        }
        match quantity.unit {
            Unit::Money if is_threshold(before, after) => {
                skip = threshold(clause, quantity, following, next, facts);
                continue;
            }
            Unit::Points => {
                if let Some(money) = following.filter(|next| next.unit == Unit::Money) {
                    let between = &clause.text[quantity.end..money.start];
                    if between.contains(['抵', '换', '当', '=', '等', '兑'])
                        || between.contains("worth")
                        || between.contains("are")
                    {
                        facts
                            .push(clause.fact("points-rate", exactly(Unit::Points, money.low / quantity.low.max(1.0))));
                        skip = 1;
                    }
                }
                continue;
            }
            Unit::Discount => {
                facts.push(clause.fact("discount", exactly(Unit::Discount, quantity.low)));
                continue;
            }
            Unit::Percent => {
                if let Some(of) = percent_of(before, after) {
                    facts.push(clause.fact(&format!("percent {of}"), exactly(Unit::Percent, quantity.low)));
                }
                continue;
            }
            Unit::Clock => {
                if let Some(end) = following.filter(|next| next.unit == Unit::Clock) {
                    let between = clause.text[quantity.end..end.start].trim();
                    if ["-", "–", "—", "~", "至", "到", "to", "-晚", "到晚上", "到下午", "至晚上"].contains(&between)
                    {
                        skip = 1;
                        if let Some(key) = key_of(clause, quantity, last_key).filter(|key| *key == "hours") {
                            let value =
                                Value::Quantity { unit: Unit::Clock, low: quantity.low, high: end.low, soft: false };
                            facts.push(clause.fact(key, value));
                        }
                        continue;
                    }
                }
                if clause.has_key("cutoff")
                    || ((after.starts_with('前') || before.ends_with("before")) && orders(clause.text))
                {
                    facts.push(clause.fact("cutoff", exactly(Unit::Clock, quantity.low)));
                }
                continue;
            }
            _ => {}
        }
        let Some(key) = key_of(clause, quantity, last_key) else { continue };
        let nameless = key == "coupon" && clause.scope.values("coupon").next().is_none();
        if (quantity.unit == Unit::Count && !is_limit(clause, quantity)) || (quantity.unit == Unit::Money && nameless) {
            continue;
        }
        *last_key = Some((quantity.unit, key));
        let soft = clause.marked("soft") || before.ends_with('约') || after.starts_with("左右");
        let value = Value::Quantity { unit: quantity.unit, low: quantity.low, high: quantity.high, soft };
        let mut fact = clause.fact(key, value);
        if below {
            fact.scope.add("below", "yes".to_owned());
        }
        if key == "shipping-fee" {
            return_or_exchange(clause, &mut fact);
            if before.ends_with(['加', '补']) || before.ends_with("extra") || before.ends_with("adds") {
                fact.scope.add("way", "added".to_owned());
            }
        }
        if quantity.unit == Unit::Money {
            // The same price for a piece and for a kilogram are two prices.
            let per: String = after.strip_prefix(['/', '一']).unwrap_or("").chars().take(1).collect();
            if key == "price" && !per.is_empty() {
                fact.scope.add("way", per);
            }
        }
        facts.push(fact);
    }
    if clause.quantities.is_empty() && clause.marked("free") && !negated(clause.hits) && !clause.marked("cond") {
        for key in ["install", "gift-wrap", "engrave"] {
            if clause.has_key(key) {
                facts.push(clause.fact(key, exactly(Unit::Money, 0.0)));
            }
        }
    }
}

/// 每单限购 5 件, not 最多 60 个字.
fn is_limit(clause: &Clause<'_>, quantity: &Quantity) -> bool {
    let counted = ["件", "张", "双", "盒", "瓶", "items", "pieces", "units"]
        .iter()
        .any(|unit| clause.text[..quantity.end].ends_with(unit));
    let each = [
        "每单",
        "每人",
        "一单",
        "一次",
        "每个订单",
        "限购",
        "限用",
        "限领",
        "限买",
        "per order",
        "per customer",
        "each order",
    ];
    counted && each.iter().any(|word| clause.text.contains(word))
}

fn exactly(unit: Unit, value: f64) -> Value {
    Value::Quantity { unit, low: value, high: value, soft: false }
}

fn negated(hits: &[Hit]) -> bool {
    hits.iter().any(|hit| hit.has(Sense::No))
}

fn orders(text: &str) -> bool {
    ["付款", "下单", "落单", "拍下", "的订单", "order", "placed"].iter().any(|word| text.contains(word))
}

/// A postage may be of the way back: then it is another postage.
pub(super) fn return_or_exchange(clause: &Clause<'_>, fact: &mut Fact) {
    for key in ["return", "exchange"] {
        if clause.has_key(key) || clause.question.keys().any(|(_, of)| of == key) {
            fact.scope.add("for", key.to_owned());
        }
    }
}

/// "超过 48 小时", "7 天后", "3 days ago": the number refers to a rule that stands elsewhere.
fn is_reference(clause: &Clause<'_>, quantity: &Quantity, before: &str, after: &str) -> bool {
    let passed = clause
        .hits
        .iter()
        .any(|hit| hit.has(Sense::Mark("after")) && hit.end <= quantity.start && quantity.start - hit.end <= 4);
    let time = matches!(quantity.unit, Unit::Time | Unit::WorkingTime);
    let process = ["wear", "steep", "cook"].iter().any(|key| clause.has_key(key));
    if time && process && after.starts_with('后') {
        return false;
    }
    if time {
        return passed
            || before.ends_with(['满', '每', '第', '等'])
            || before.ends_with("every")
            || [
                "后", "以后", "之后", "前", "起", "以上", "later", "ago", "of use", "old", "最多", "限", "一次", "只能",
            ]
            .iter()
            .any(|mark| after.starts_with(mark));
    }
    quantity.unit == Unit::Count && before.ends_with(['第', '这', '那', '每'])
}

fn is_threshold(before: &str, after: &str) -> bool {
    before.ends_with(['满', '够', '达'])
        || ["over", "above", "from", "spend", "at least", "reach", "reaches", "exceeds"]
            .iter()
            .any(|word| before.ends_with(word))
        || after.starts_with("以上")
        || after.starts_with("or more")
        || after.starts_with("and up")
}

/// 满99包邮, 满300减30. Returns how many further quantities it has read.
fn threshold(
    clause: &Clause<'_>,
    quantity: &Quantity,
    following: Option<&Quantity>,
    next: Option<&str>,
    facts: &mut Vec<Fact>,
) -> usize {
    let reduced = following.filter(|next| next.unit == Unit::Money).filter(|next| {
        let between = clause.text[quantity.end..next.start].trim();
        ["减", "立减", "折", "抵", "省", "可减", "返", "现折", "减免", "可抵", "可折"].contains(&between)
    });
    if let Some(reduced) = reduced {
        let coupon = clause.scope.values("coupon").next().is_some();
        let mut fact = clause.fact("reduction", exactly(Unit::Money, reduced.low));
        if coupon {
            // A coupon by name is one coupon: both of its numbers are asserted.
            facts.push(clause.fact("coupon-threshold", exactly(Unit::Money, quantity.low)));
        }
        fact.scope.add("threshold", quantity.low.to_string());
        facts.push(fact);
        return 1;
    }
    let free = |text: &str| {
        [
            "包邮",
            "免运费",
            "免邮",
            "免运",
            "免配送费",
            "不收运费",
            "不收邮费",
            "免收运费",
            "免收邮费",
            "包运费",
            "ship free",
            "ships free",
            "free shipping",
            "free delivery",
            "delivered free",
            "shipping is free",
            "delivery is free",
            "it is free",
            "is free",
            "free postage",
        ]
        .iter()
        .any(|word| text.contains(word))
    };
    let own = free(clause.text) && !clause.text.contains("不包邮");
    if own || (clause.text.len() - (quantity.end - quantity.start) <= 24 && next.is_some_and(free)) {
        facts.push(clause.fact("free-shipping", exactly(Unit::Money, quantity.low)));
    }
    0
}

/// What a percentage is of: 95%棉, 含棉95%, 80% cotton.
fn percent_of(before: &str, after: &str) -> Option<String> {
    let word = |text: &str| -> Option<String> {
        let han: String = text.chars().take_while(|c| zg_text::is_han(*c)).take(4).collect();
        let latin: String = text.chars().take_while(char::is_ascii_lowercase).collect();
        [han, latin].into_iter().find(|word| !word.is_empty())
    };
    let trimmed = after.strip_prefix("的").unwrap_or(after).strip_prefix("of ").unwrap_or(after);
    word(trimmed.trim_start()).filter(|word| word != "of").or_else(|| {
        let run: Vec<char> = before.chars().rev().take_while(|c| zg_text::is_han(*c)).collect();
        let run: String = run.into_iter().rev().collect();
        let run = run
            .trim_start_matches(['含', '是', '为', '有'])
            .trim_end_matches(['含', '量', '为', '是', '占', '约', '有']);
        (1..=4).contains(&run.chars().count()).then(|| run.to_owned())
    })
}

/// The attributes that a unit can be of.
fn allowed(unit: Unit) -> &'static [&'static str] {
    match unit {
        Unit::Time | Unit::WorkingTime => &[
            "return",
            "exchange",
            "ship",
            "delivery",
            "refund",
            "warranty",
            "price-protection",
            "shelf-life",
            "opened-life",
            "battery",
            "charge",
            "invoice",
            "reply",
            "repair",
            "trial",
            "steep",
            "soak",
            "cancel",
            "locker",
            "compensation",
            "review",
            "contact",
            "complain",
            "restock",
            "coupon",
            "points",
            "fridge",
            "freezer",
            "wear",
            "cook",
            "keep-warm",
            "burn",
        ],
        Unit::Money => &[
            "coupon",
            "shipping-fee",
            "delivery",
            "install",
            "deposit",
            "membership",
            "gift-wrap",
            "engrave",
            "price",
            "compensation",
            "insurance",
            "collection",
            "restocking-fee",
        ],
        Unit::Clock => &["hours"],
        Unit::Count => &["limit"],
        Unit::Degree => &["temperature", "steep", "wash", "machine-wash", "hand-wash", "iron"],
        Unit::Gram => &["net-weight", "weight"],
        Unit::Milliliter => &["capacity", "net-weight"],
        Unit::Length => &["height", "waterproof"],
        Unit::Gigabyte => &["memory", "storage"],
        Unit::Mah | Unit::Watt | Unit::Volt | Unit::Percent | Unit::Discount | Unit::Points => &[],
    }
}

/// The attribute that a quantity is of: the nearest word that can be, what follows before what precedes.
fn key_of(clause: &Clause<'_>, quantity: &Quantity, last: &Option<(Unit, &'static str)>) -> Option<&'static str> {
    match quantity.unit {
        Unit::Mah => return Some("mah"),
        Unit::Watt => return Some("power"),
        Unit::Volt => return Some("voltage"),
        _ => {}
    }
    let allowed = allowed(quantity.unit);
    let near = clause
        .hits
        .iter()
        .filter(|hit| !is_event(clause.text, hit) && !starts_period(clause.text, hit, quantity))
        .filter_map(|hit| {
            let key = hit.keys().find(|key| allowed.contains(key))?;
            let distance = if hit.start >= quantity.end {
                hit.start - quantity.end
            } else {
                quantity.start.saturating_sub(hit.end) + 9
            };
            // "包装费售价 5 元", "gift wrapping costs $5": a price is of the thing named with it.
            Some((distance + if key == "price" { 60 } else { 0 }, key))
        })
        .min()
        .map(|(_, key)| key);
    let near = near.or_else(|| {
        (quantity.unit == Unit::Money && clause.scope.values("carrier").next().is_some()).then_some("shipping-fee")
    });
    let asked = || {
        let asks = match quantity.unit {
            Unit::Time | Unit::WorkingTime => clause.question.asks("time"),
            Unit::Clock => clause.question.asks("time"),
            _ => clause.question.asks("much"),
        };
        let bare = clause.text.len() - (quantity.end - quantity.start) <= 12;
        let short = clause.first && clause.text.len() <= 40;
        (bare || (asks && short) || matches!(quantity.unit, Unit::Degree | Unit::Gram | Unit::Milliliter))
            .then(|| {
                let asked = clause.question.keys().rfind(|(_, key)| allowed.contains(key)).map(|(_, key)| key);
                // "多少钱？" of nothing else is of the goods.
                let price = quantity.unit == Unit::Money && asks && short && clause.question.keys().next().is_none();
                asked.or(price.then_some("price"))
            })
            .flatten()
    };
    let carried = || last.filter(|(unit, _)| same_kind(*unit, quantity.unit)).map(|(_, key)| key);
    let key = near.or_else(carried).or_else(asked)?;
    Some(match (quantity.unit, key) {
        (Unit::Degree, "steep") => "temperature",
        (Unit::Degree, "machine-wash" | "hand-wash") => "wash",
        (Unit::Money, "delivery") => "shipping-fee",
        // "your refund arrives within …"
        (Unit::Time | Unit::WorkingTime, "delivery") if clause.has_key("refund") => "refund",
        (_, key) => key,
    })
}

/// 收货7天内可退: counted from the delivery.
fn starts_period(text: &str, hit: &Hit, quantity: &Quantity) -> bool {
    let joined = text.get(hit.end..quantity.start).is_some_and(|between| between.trim().is_empty());
    let within = text[quantity.end..].trim_start().starts_with(['内', '之', '以']);
    joined && within && hit.keys().any(|key| key == "delivery")
}

fn same_kind(a: Unit, b: Unit) -> bool {
    let time = |unit| matches!(unit, Unit::Time | Unit::WorkingTime);
    a == b || (time(a) && time(b))
}
