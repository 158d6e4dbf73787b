//! Yes and no: what an answer says is possible, accepted or so.

use super::facts::{Clause, Fact, Value, is_event};
use super::scope::unknown_subject;
use super::text::Unit;
use super::values::return_or_exchange;
use super::words::{self, Hit, Sense};

/// What one may ask "can I" or "is it" about. Other attributes are nouns that stand beside a yes by chance.
const YES_OR_NO: [&str; 58] = [
    "trade-in",
    "return",
    "exchange",
    "invoice",
    "cod",
    "pickup",
    "store",
    "installments",
    "alipay",
    "wechat-pay",
    "huabei",
    "card",
    "paypal",
    "apple-pay",
    "klarna",
    "machine-wash",
    "hand-wash",
    "dry-clean",
    "tumble-dry",
    "bleach",
    "iron",
    "microwave",
    "dishwasher",
    "freezer",
    "fridge",
    "oven",
    "induction",
    "waterproof",
    "swim",
    "change-address",
    "cancel",
    "combine",
    "stack",
    "greeting-card",
    "sample",
    "reserve",
    "wholesale",
    "vegan",
    "cruelty-free",
    "gluten",
    "sugar",
    "alcohol",
    "preservative",
    "fragrance",
    "caffeine",
    "bluetooth",
    "5g",
    "wireless-charge",
    "fast-charge",
    "card-slot",
    "noise",
    "expedite",
    "gps",
    "nfc",
    "engrave",
    "gift-wrap",
    "insurance",
    "change-order",
];

/// So without a yes: "防水，可以游泳".
const ADJECTIVES: [&str; 3] = ["waterproof", "vegan", "cruelty-free"];

pub(super) fn read(clause: &Clause<'_>, facts: &mut Vec<Fact>) {
    payer(clause, facts);
    if ["cond", "only", "after"].iter().any(|mark| clause.marked(mark))
        || clause.text.contains("前") && clause.quantities.iter().any(|q| q.unit == Unit::Time)
    {
        return;
    }
    regions(clause, facts);
    let markers: Vec<Marker> = clause.hits.iter().filter_map(marker).collect();
    let keys: Vec<(usize, usize, &'static str)> = clause
        .hits
        .iter()
        .filter(|hit| !is_event(clause.text, hit) && !is_part(clause, hit))
        // 不退 says both at once: its no ends where its key begins.
        .filter_map(|hit| {
            let start = if hit.has(Sense::No) { hit.end } else { hit.start };
            hit.keys().find(|key| YES_OR_NO.contains(key)).map(|key| (start, hit.end, key))
        })
        .filter(|(_, _, key)| is_topic(clause, key))
        .collect();
    if keys.is_empty() {
        if clause.first && clause.question.yes_or_no() {
            bare(clause, &markers, facts);
        }
        return;
    }
    let mut last = None;
    for (start, end, key) in &keys {
        let preceding = markers.iter().rfind(|marker| marker.end <= *start);
        let own: Vec<&Marker> =
            markers.iter().filter(|m| m.end <= *start && m.start >= last.map_or(0, |(end, _)| end)).collect();
        let polarity = match preceding {
            // "we do not offer": one no makes it a no.
            Some(_) if !own.is_empty() => Some(own.iter().all(|marker| marker.yes)),
            // In a list the first word says it for all.
            Some(marker) => last.map_or(Some(marker.yes), |(_, polarity)| Some(polarity)),
            None if ADJECTIVES.contains(key) && markers.is_empty() => Some(true),
            None => {
                // 机洗不行: the marker follows, and speaks of nothing else.
                let following = markers.iter().find(|marker| marker.start >= *start && marker.strong);
                following
                    .filter(|marker| marker.start - end <= 6 && keys.iter().all(|(at, ..)| at <= &marker.start))
                    .map(|marker| marker.yes)
            }
        };
        let Some(polarity) = polarity else { continue };
        last = Some((*end, polarity));
        let need = preceding.is_some_and(|marker| marker.need);
        let mut fact = clause.fact(&if need { format!("need {key}") } else { (*key).to_owned() }, choice(polarity));
        let marker_end = preceding.map_or(0, |marker| marker.end);
        let between = clause.text.get(marker_end..*start).unwrap_or("");
        if let Some(with) = between.strip_prefix(['与', '和', '跟', '同']) {
            fact.scope.add("with", with.to_owned());
        }
        // 账单分期 is not every 分期.
        for modifier in unknown_subject(between, &words::hits(between)) {
            fact.scope.add("of", modifier);
        }
        // 可以免费改一次: a number of times is no plain yes.
        if clause.quantities.iter().any(|quantity| matches!(quantity.unit, Unit::Money | Unit::Degree | Unit::Clock)) {
            continue;
        }
        if *key == "return" && clause.scope.values("part").next().is_none() && clause.has_key("refund") {
            continue;
        }
        facts.push(fact);
    }
}

/// A word of yes or no.
#[derive(Clone, Copy)]
struct Marker {
    start: usize,
    end: usize,
    yes: bool,
    /// Says something of what precedes it, too: 机洗不行, but not "washing is".
    strong: bool,
    /// Of what one has to do, not of what one can.
    need: bool,
}

fn marker(hit: &Hit) -> Option<Marker> {
    let of = |yes, strong, need| Some(Marker { start: hit.start, end: hit.end, yes, strong, need });
    let need = hit.senses.iter().find_map(|sense| if let Sense::Need(need) = sense { Some(*need) } else { None });
    match need {
        Some(need) => of(need, false, true),
        None if hit.has(Sense::No) => of(false, true, false),
        None if hit.has(Sense::Yes) => of(true, true, false),
        None if hit.has(Sense::Mark("weak")) => of(true, false, false),
        None => None,
    }
}

/// 信用卡分期 is about 分期; 换快递 and 退积分 are about no goods.
fn is_part(clause: &Clause<'_>, hit: &Hit) -> bool {
    let joined =
        clause.hits.iter().any(|next| next.start == hit.end && next.keys().any(|key| YES_OR_NO.contains(&key)));
    let text = &clause.text[hit.start..hit.end];
    let rest = clause.text[hit.end..].trim_start_matches(['了', '的', '吗', '哦', '呢']);
    let bare = matches!(text, "退" | "换" | "更换" | "退掉" | "退回" | "取消") && !rest.is_empty();
    joined || bare
}

/// Verbs stand in many answers beside a yes or a no that is about something else; there the question has to be about them.
fn is_topic(clause: &Clause<'_>, key: &str) -> bool {
    const VERBS: [&str; 6] = ["return", "exchange", "cancel", "stack", "change-order", "change-address"];
    const PAYMENTS: [&str; 6] = ["alipay", "wechat-pay", "huabei", "card", "paypal", "installments"];
    if PAYMENTS.contains(&key) {
        let pay = ["付", "支持", "接受", "pay", "accept", "take", "用"];
        return pay.iter().any(|word| clause.text.contains(word) || clause.question.text.contains(word));
    }
    let named = clause.hits.iter().any(|hit| hit.senses.iter().any(|sense| matches!(sense, Sense::Tag("goods", _))));
    let coupon = key == "stack" && clause.question.keys().any(|(_, of)| of == "coupon");
    !VERBS.contains(&key)
        || named
        || coupon
        || (key == "change-address" && clause.question.keys().any(|(_, of)| of == "address"))
        || clause.question.keys().any(|(_, of)| of == key)
        || clause.scope.values("part").next().is_some()
}

/// "可以。", "No, …": what the question asks about.
fn bare(clause: &Clause<'_>, markers: &[Marker], facts: &mut Vec<Fact>) {
    let Some(marker) = markers.first().filter(|marker| marker.start == 0 && marker.strong) else { return };
    let said: usize = clause.text.chars().filter(|c| c.is_alphanumeric()).count();
    if said > 4 && !clause.text.starts_with("yes") && !clause.text.starts_with("no") {
        return;
    }
    if let Some((_, key)) = clause.question.keys().rfind(|(_, key)| YES_OR_NO.contains(key)) {
        facts.push(clause.fact(key, choice(marker.yes)));
    }
}

fn choice(polarity: bool) -> Value {
    Value::Choice(if polarity { "yes" } else { "no" })
}

/// "可以寄香港", "we don't ship to Canada": a fact for each place named.
fn regions(clause: &Clause<'_>, facts: &mut Vec<Fact>) {
    let sends = |key: &str| matches!(key, "ship-region" | "ship" | "delivery");
    let in_clause = clause.hits.iter().any(|hit| hit.keys().any(sends))
        || ["不寄", "不送", "不发", "可寄", "可送"].iter().any(|verb| clause.text.contains(verb));
    if !clause.quantities.is_empty() || clause.text.contains("发货") || clause.text.contains("free") {
        return;
    }
    let mut polarity = None;
    let mut named = false;
    let mut first = Vec::new();
    for hit in clause.hits {
        if hit.has(Sense::No) {
            polarity = Some(false);
        } else if hit.has(Sense::Yes) || (hit.keys().any(sends) && polarity.is_none()) {
            polarity = Some(true);
        }
        for sense in hit.senses {
            let Sense::Tag("region", region) = sense else { continue };
            named = true;
            match polarity {
                Some(polarity) if in_clause => push_region(clause, region, polarity, facts),
                Some(_) => {}
                // 澳门不能寄: the place comes first.
                None => first.push(*region),
            }
        }
    }
    if let (Some(polarity), true) = (polarity, in_clause) {
        for region in first {
            push_region(clause, region, polarity, facts);
        }
    }
    let asked = clause.question.keys().any(|(_, key)| sends(key)) && clause.question.yes_or_no();
    let bare = clause.first && !named && asked && !clause.question.text.contains("发货");
    if let (Some(polarity), true) = (polarity, bare) {
        for region in clause.question.scope.values("region") {
            push_region(clause, region, polarity, facts);
        }
    }
}

fn push_region(clause: &Clause<'_>, region: &str, polarity: bool, facts: &mut Vec<Fact>) {
    let mut fact = clause.fact(&format!("ship-to {region}"), choice(polarity));
    fact.scope.drop_dimensions(&["region", "carrier"]);
    fact.scope.keep_listed_goods();
    facts.push(fact);
}

/// Who pays a postage.
fn payer(clause: &Clause<'_>, facts: &mut Vec<Fact>) {
    let shipping = |text: &str| ["shipping", "postage", "delivery"].iter().any(|word| text.contains(word));
    let postage = clause.has_key("shipping-fee")
        || shipping(clause.text)
        || (shipping(&clause.question.text) && !clause.question.chinese)
        || clause.question.keys().any(|(_, key)| key == "shipping-fee");
    if !postage || clause.marked("cond") {
        return;
    }
    let (buyer, seller) = (clause.marked("buyer"), clause.marked("seller"));
    let bears = clause.has_key("postage-payer")
        || [
            "自理",
            "自付",
            "您付",
            "您出",
            "我们付",
            "我们出",
            "you pay",
            "we pay",
            "we cover",
            "we'll pay",
            "you cover",
        ]
        .iter()
        .any(|verb| clause.text.contains(verb));
    let denied = clause.hits.iter().any(|hit| hit.has(Sense::No) || hit.has(Sense::Need(false)));
    if bears && buyer != seller {
        let buyer = buyer != denied;
        let mut fact =
            clause.fact("postage-payer", Value::Choice(if buyer { "the shopper pays" } else { "the shop pays" }));
        return_or_exchange(clause, &mut fact);
        facts.push(fact);
    }
}
