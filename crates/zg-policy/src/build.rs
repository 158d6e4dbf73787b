//! From TOML to tables that are proved: [`compile`].

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::manner::{Customer, Manner, Manners, Person, Reward, Rule, Temper, Tone};
use crate::money::{Budget, Fault, Gives, Policy, Remedy};
use crate::style::Style;

/// The policy that every shop has where it says nothing else.
pub const LIBRARY: &str = include_str!("../policy.toml");

/// The intents of the library (the taxonomy of `models/*/nlu.onnx`); a rule may name a merchant's own as well.
pub const INTENTS: [&str; 32] = [
    "order_status",
    "logistics_problem",
    "shipping_time",
    "expedite",
    "shipping_fee_area",
    "delivery_arrange",
    "change_order",
    "cancel_order",
    "return_request",
    "refund_status",
    "exchange_request",
    "quality_complaint",
    "missing_or_wrong_item",
    "price_protection",
    "invoice",
    "payment",
    "order_placement",
    "coupon_promo",
    "product_info",
    "product_usage",
    "size_advice",
    "stock",
    "recommendation",
    "gift_packaging",
    "after_sales_warranty",
    "account_membership",
    "complaint_service",
    "human_agent",
    "greeting",
    "thanks_bye",
    "ack_inform",
    "chitchat_other",
];
/// Stands for every intent that no rule names.
const OTHER: &str = "*";

/// Something wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule, or `budget`.
    pub rule: String,
    /// `policy-form`, `policy-conflict`, `policy-unanswered`, `policy-unreachable`, `policy-budget` or `policy-unfounded`.
    pub check: &'static str,
    pub message: String,
}

/// What was compiled.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Compiled {
    pub manners: Manners,
    pub style: Style,
    /// By how many logits the shop wants more certainty before it answers.
    pub doubt: f64,
    /// How often a day products may be shown unasked, where the shop says so.
    pub unasked: Option<u32>,
    pub money: Policy,
    /// Cells of both tables, each of which has one answer.
    pub n_cells: usize,
    /// What the shop may have to give on one day, at the worst.
    pub worst_day: i64,
}

/// Compiles the library with a shop's own text over it, and proves both tables.
///
/// Every finding is an error: a policy is proved or it is none.
///
/// # Errors
/// What was found.
pub fn compile(own: Option<&str>) -> Result<Compiled, Vec<Finding>> {
    let mut findings = Vec::new();
    let mut merged = Table::new();
    for text in [Some(LIBRARY), own].into_iter().flatten() {
        match text.parse::<Table>() {
            Ok(table) => merge(&mut merged, table, &mut findings),
            Err(error) => findings.push(found("", "policy-form", format!("this is no TOML: {error}"))),
        }
    }
    let budget = budget(merged.get("budget"), &mut findings);
    let doubt = doubt(merged.get("answers"), &mut findings);
    let unasked = unasked(merged.get("recommend"), &mut findings);
    let style = style(merged.get("style"), &mut findings);
    let mut rules = Vec::new();
    for (name, table) in tables(&merged, "manners") {
        rules.extend(manner(name, table, &mut findings));
    }
    let mut remedies = Vec::new();
    for (name, table) in tables(&merged, "remedies") {
        remedies.extend(remedy(name, table, &budget, &mut findings));
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let mut compiled = Compiled { style, doubt, unasked, ..Compiled::default() };
    prove_manners(rules, &mut compiled, &mut findings);
    prove_remedies(remedies, budget, &mut compiled, &mut findings);
    if findings.is_empty() { Ok(compiled) } else { Err(findings) }
}

fn found(rule: &str, check: &'static str, message: impl Into<String>) -> Finding {
    Finding { rule: rule.to_owned(), check, message: message.into() }
}

const SECTIONS: [&str; 6] = ["manners", "remedies", "budget", "style", "answers", "recommend"];

/// Later texts replace rules and budget lines of the same name; `off = true` takes a rule out.
fn merge(into: &mut Table, table: Table, findings: &mut Vec<Finding>) {
    for (section, value) in table {
        if !SECTIONS.contains(&section.as_str()) {
            let message =
                format!("{section:?} is no section; write [manners.…], [remedies.…], [budget], [style] and [answers]");
            findings.push(found("", "policy-form", message));
            continue;
        }
        let Value::Table(items) = value else {
            findings.push(found("", "policy-form", format!("{section:?} is no table")));
            continue;
        };
        let Some(kept) = into.entry(section).or_insert_with(|| Value::Table(Table::new())).as_table_mut() else {
            continue;
        };
        for (name, item) in items {
            let off = item.get("off").and_then(Value::as_bool) == Some(true);
            if off {
                kept.remove(&name)
            } else {
                kept.insert(name, item)
            };
        }
    }
}

fn tables<'t>(merged: &'t Table, section: &str) -> Vec<(&'t str, &'t Value)> {
    let table = merged.get(section).and_then(Value::as_table);
    table.into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect()
}

/// The fields of a rule, each taken once, so that what is left is what nobody knows.
struct Fields<'f> {
    rule: &'f str,
    left: BTreeMap<&'f str, &'f Value>,
    findings: &'f mut Vec<Finding>,
}

impl<'f> Fields<'f> {
    fn of(rule: &'f str, value: &'f Value, findings: &'f mut Vec<Finding>) -> Option<Self> {
        let name = !rule.is_empty()
            && rule.len() <= 64
            && rule.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let Some(table) = value.as_table().filter(|_| name) else {
            findings.push(found(rule, "policy-form", "a rule is a name of letters, digits, - and _ with a table"));
            return None;
        };
        Some(Self { rule, left: table.iter().map(|(name, value)| (name.as_str(), value)).collect(), findings })
    }

    fn wrong(&mut self, message: String) {
        self.findings.push(found(self.rule, "policy-form", message));
    }

    fn names<T>(&mut self, field: &str, read: impl Fn(&str) -> Option<T>, known: &str) -> Vec<T> {
        let Some(value) = self.left.remove(field) else { return Vec::new() };
        let items: Vec<&str> = match value {
            Value::String(one) => vec![one],
            Value::Array(items) => items.iter().map(|item| item.as_str().unwrap_or_default()).collect(),
            _ => vec![""],
        };
        let mut read_all = Vec::new();
        for item in &items {
            match read(item) {
                Some(one) => read_all.push(one),
                None => self.wrong(format!("{field}: {item:?} is none; write {known}")),
            }
        }
        if items.is_empty() {
            self.wrong(format!("{field}: an empty list holds nowhere; leave it out to hold everywhere"));
        }
        read_all
    }

    fn name<T: Copy + Default>(&mut self, field: &str, read: impl Fn(&str) -> Option<T>, known: &str) -> T {
        match self.names(field, read, known)[..] {
            [one] => one,
            [] => T::default(),
            _ => {
                self.wrong(format!("{field}: write one"));
                T::default()
            }
        }
    }

    fn text(&mut self, field: &str) -> String {
        self.left.remove(field).map_or_else(String::new, |value| value.as_str().unwrap_or_default().to_owned())
    }

    fn flag(&mut self, field: &str) -> bool {
        match self.left.remove(field) {
            None => false,
            Some(Value::Boolean(flag)) => *flag,
            Some(_) => {
                self.wrong(format!("{field}: write true or false"));
                false
            }
        }
    }

    /// A whole number from 0 to a billion.
    fn number(&mut self, field: &str, default: i64) -> i64 {
        match self.left.remove(field) {
            None => default,
            Some(Value::Integer(n)) if (0..=1_000_000_000).contains(n) => *n,
            Some(_) => {
                self.wrong(format!("{field}: write a whole number from 0 to 1,000,000,000"));
                default
            }
        }
    }

    fn done(mut self) {
        let left: Vec<String> = self.left.keys().map(|field| format!("{field:?} means nothing here")).collect();
        for message in left {
            self.wrong(message);
        }
    }
}

fn known<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str) -> String {
    all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ")
}

fn is_intent(name: &str) -> Option<String> {
    let named = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    named.then(|| name.to_owned())
}

fn manner(name: &str, value: &Value, findings: &mut Vec<Finding>) -> Option<Rule> {
    let mut fields = Fields::of(name, value, findings)?;
    let rule = Rule {
        tempers: fields.names("temper", Temper::from_name, &known(Temper::ALL, Temper::name)),
        intents: fields.names("intent", is_intent, "the name of an intent"),
        customers: fields.names("customer", Customer::from_name, &known(Customer::ALL, Customer::name)),
        manner: Manner {
            rule: name.to_owned(),
            tone: fields.name("tone", Tone::from_name, &known(Tone::ALL, Tone::name)),
            sorry: fields.text("sorry"),
            reassure: fields.flag("reassure"),
            priority: fields.flag("priority"),
            person: fields.name("person", Person::from_name, &known(Person::ALL, Person::name)),
            reward: fields.name("reward", Reward::from_name, &known(Reward::ALL, Reward::name)),
        },
    };
    if !rule.manner.sorry.is_empty() && is_intent(&rule.manner.sorry).is_none() {
        fields.wrong("sorry: write the name of a message".to_owned());
    }
    fields.done();
    let pleased = rule.tempers.iter().all(|temper| *temper == Temper::Satisfied) && !rule.tempers.is_empty();
    if rule.manner.reward != Reward::Nothing && !pleased {
        findings.push(found(name, "policy-unfounded", "a reward is for the temper satisfied alone"));
    }
    Some(rule)
}

fn doubt(value: Option<&Value>, findings: &mut Vec<Finding>) -> f64 {
    let Some(value) = value else { return 0.0 };
    let Some(mut fields) = Fields::of("answers", value, findings) else { return 0.0 };
    let doubt = fields.left.remove("doubt").map_or(Some(0.0), |value| match value {
        Value::Float(doubt) => Some(*doubt),
        Value::Integer(doubt) => Some(*doubt as f64),
        _ => None,
    });
    let doubt = doubt.filter(|doubt| doubt.abs() <= 6.0);
    if doubt.is_none() {
        fields.wrong("doubt: write a number from -6 to 6; `zhanggui eval chat --dial` says what each costs".to_owned());
    }
    fields.done();
    doubt.unwrap_or(0.0)
}

fn unasked(value: Option<&Value>, findings: &mut Vec<Finding>) -> Option<u32> {
    let mut fields = Fields::of("recommend", value?, findings)?;
    let told = fields.left.remove("unasked");
    let is_told = told.is_some();
    let unasked = match told {
        Some(Value::Integer(n)) => u32::try_from(*n).ok().filter(|n| *n <= 20),
        _ => None,
    };
    if is_told && unasked.is_none() {
        fields.wrong("unasked: write a whole number from 0, never, to 20 lists a day".to_owned());
    }
    fields.done();
    unasked
}

fn style(value: Option<&Value>, findings: &mut Vec<Finding>) -> Style {
    let Some(value) = value else { return Style::default() };
    let Some(mut fields) = Fields::of("style", value, findings) else { return Style::default() };
    let name = fields.text("name");
    if name.chars().count() > 24 || name.chars().any(char::is_control) {
        fields.wrong("name: write at most 24 characters".to_owned());
    }
    let mut one_of = |field: &str, words: [&str; 2]| {
        let read = |word: &str| words.iter().position(|known| *known == word);
        fields.name(field, read, &words.join(" or ")) == 1
    };
    let style = Style {
        name,
        polite: one_of("address", ["你", "您"]),
        emoji: one_of("emoji", ["none", "few"]),
        short: one_of("length", ["full", "short"]),
        formal: one_of("formality", ["casual", "formal"]),
    };
    fields.done();
    style
}

fn budget(value: Option<&Value>, findings: &mut Vec<Finding>) -> Budget {
    let empty = Value::Table(Table::new());
    let Some(mut fields) = Fields::of("budget", value.unwrap_or(&empty), findings) else { return Budget::default() };
    let currency = fields.text("currency");
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        fields.wrong("currency: write the three letters of ISO 4217".to_owned());
    }
    let budget = Budget {
        currency,
        per_day: fields.number("per_day", 0),
        per_order: fields.number("per_order", 0),
        per_customer: fields.number("per_customer", 0),
        grants_per_customer: fields.number("grants_per_customer", 2),
        window_days: fields.number("window_days", 90),
        point_value: fields.number("point_value", 1),
        late_grace_hours: fields.number("late_grace_hours", 0),
        claim_days: fields.number("claim_days", 180),
        cool_down_hours: fields.number("cool_down_hours", 0),
        valid_days: fields.number("valid_days", 90),
    };
    if !(1..=3_650).contains(&budget.valid_days) {
        fields.wrong("valid_days: write 1 to 3650".to_owned());
    }
    // What is older than the window is not looked at.
    if budget.cool_down_hours > budget.window_days.saturating_mul(24) {
        fields.wrong("cool_down_hours: write at most the hours of window_days".to_owned());
    }
    if !(1..=3_650).contains(&budget.window_days) || !(1..=3_650).contains(&budget.claim_days) {
        fields.wrong("window_days and claim_days: write 1 to 3650".to_owned());
    }
    if budget.point_value == 0 {
        fields.wrong("point_value: a point that is worth nothing costs nothing; write 1 or more".to_owned());
    }
    fields.done();
    budget
}

fn remedy(name: &str, value: &Value, budget: &Budget, findings: &mut Vec<Finding>) -> Option<Remedy> {
    let mut fields = Fields::of(name, value, findings)?;
    let mut remedy = Remedy {
        rule: name.to_owned(),
        faults: fields.names("fault", Fault::from_name, &known(Fault::ALL, Fault::name)),
        customers: fields.names("customer", Customer::from_name, &known(Customer::ALL, Customer::name)),
        gives: fields.name("gives", Gives::from_name, &known(Gives::ALL, Gives::name)),
        amount: fields.number("amount", 0),
        percent: fields.number("percent", 0),
        cap: fields.number("cap", 0),
        per_day: fields.number("per_day", 0),
    };
    let Remedy { gives, amount, percent, cap, per_day, .. } = remedy;
    let points = gives == Gives::Points;
    let sound = match gives {
        Gives::Nothing => amount == 0 && percent == 0 && cap == 0 && per_day == 0,
        _ if per_day == 0 => false,
        Gives::Points => amount > 0 && percent == 0 && cap == 0,
        _ => (amount > 0) != (percent > 0 && cap > 0) && percent <= 100 && (cap == 0) == (percent == 0),
    };
    if !sound {
        let message = "write amount, or percent (of what was paid) with cap, and per_day; points have an amount alone, nothing has none";
        fields.wrong(message.to_owned());
    }
    remedy.cap = if points { amount.saturating_mul(budget.point_value) } else { amount.max(cap) };
    fields.done();
    Some(remedy)
}

/// One answer a cell, by the narrowest rule; the positions of the rules in an order in which the first that holds wins.
///
/// `covers[rule][dimension]` is a set of the values of that dimension.
fn prove(
    names: &[&str],
    covers: &[Vec<Vec<bool>>],
    label: impl Fn(&[usize]) -> String,
    findings: &mut Vec<Finding>,
) -> (Vec<usize>, usize) {
    let sizes: Vec<usize> = covers.first().map_or_else(Vec::new, |rule| rule.iter().map(Vec::len).collect());
    let area = |rule: usize| -> usize {
        covers[rule].iter().map(|values| values.iter().filter(|covered| **covered).count()).product()
    };
    let within =
        |a: usize, b: usize| covers[a].iter().zip(&covers[b]).all(|(a, b)| a.iter().zip(b).all(|(a, b)| !*a || *b));
    let n_cells: usize = sizes.iter().product();
    let mut wins = vec![false; covers.len()];
    let mut conflicts: BTreeMap<(usize, usize), String> = BTreeMap::new();
    let mut unanswered = Vec::new();
    for cell in 0..n_cells {
        let mut rest = cell;
        let at: Vec<usize> = sizes
            .iter()
            .map(|size| {
                let value = rest % size;
                rest /= size;
                value
            })
            .collect();
        let matching: Vec<usize> = (0..covers.len())
            .filter(|rule| at.iter().enumerate().all(|(dimension, value)| covers[*rule][dimension][*value]))
            .collect();
        let narrower = |a: usize, b: usize| within(a, b) && !within(b, a);
        let winner = matching.iter().find(|a| matching.iter().all(|b| *a == b || narrower(**a, *b)));
        match (winner, &matching[..]) {
            (Some(winner), _) => wins[*winner] = true,
            (None, []) => unanswered.push(label(&at)),
            (None, _) => {
                // The two that nothing tells apart.
                let least: Vec<usize> =
                    matching.iter().copied().filter(|a| !matching.iter().any(|b| narrower(*b, *a))).collect();
                conflicts.entry((least[0], least[1])).or_insert_with(|| label(&at));
            }
        }
    }
    for ((a, b), cell) in &conflicts {
        let message = format!("both this and {:?} hold at {cell}, and neither is the narrower", names[*b]);
        findings.push(found(names[*a], "policy-conflict", message));
    }
    if let Some(first) = unanswered.first() {
        let message = format!("no rule holds at {first}, nor at {} other cells", unanswered.len() - 1);
        findings.push(found("", "policy-unanswered", message));
    }
    for rule in (0..covers.len()).filter(|rule| !wins[*rule]) {
        let of_conflict = conflicts.keys().any(|(a, b)| *a == rule || *b == rule);
        if !of_conflict {
            findings.push(found(names[rule], "policy-unreachable", "narrower rules leave nothing of it"));
        }
    }
    let mut order: Vec<usize> = (0..covers.len()).collect();
    order.sort_by_key(|rule| (area(*rule), *rule));
    (order, n_cells)
}

fn covered<T: PartialEq>(all: &[T], named: &[T]) -> Vec<bool> {
    all.iter().map(|one| named.is_empty() || named.contains(one)).collect()
}

fn prove_manners(rules: Vec<Rule>, compiled: &mut Compiled, findings: &mut Vec<Finding>) {
    let mut intents: Vec<String> = INTENTS.iter().map(|intent| (*intent).to_owned()).collect();
    for intent in rules.iter().flat_map(|rule| &rule.intents) {
        if !intents.contains(intent) {
            intents.push(intent.clone());
        }
    }
    intents.push(OTHER.to_owned());
    let covers: Vec<Vec<Vec<bool>>> = rules
        .iter()
        .map(|rule| {
            vec![
                covered(Temper::ALL, &rule.tempers),
                covered(&intents, &rule.intents),
                covered(Customer::ALL, &rule.customers),
            ]
        })
        .collect();
    let names: Vec<&str> = rules.iter().map(|rule| rule.manner.rule.as_str()).collect();
    let label = |at: &[usize]| {
        format!(
            "temper {}, intent {}, customer {}",
            Temper::ALL[at[0]].name(),
            intents[at[1]],
            Customer::ALL[at[2]].name()
        )
    };
    let (order, n_cells) = prove(&names, &covers, label, findings);
    compiled.n_cells += n_cells;
    compiled.manners = Manners { rules: order.into_iter().map(|rule| rules[rule].clone()).collect() };
}

fn prove_remedies(remedies: Vec<Remedy>, budget: Budget, compiled: &mut Compiled, findings: &mut Vec<Finding>) {
    let covers: Vec<Vec<Vec<bool>>> = remedies
        .iter()
        .map(|remedy| vec![covered(Fault::ALL, &remedy.faults), covered(Customer::ALL, &remedy.customers)])
        .collect();
    let names: Vec<&str> = remedies.iter().map(|remedy| remedy.rule.as_str()).collect();
    let label = |at: &[usize]| format!("fault {}, customer {}", Fault::ALL[at[0]].name(), Customer::ALL[at[1]].name());
    let (order, n_cells) = prove(&names, &covers, label, findings);
    compiled.n_cells += n_cells;
    let ordered: Vec<Remedy> = order.into_iter().map(|rule| remedies[rule].clone()).collect();
    for remedy in &ordered {
        let anywhere = remedy.faults.is_empty() || remedy.faults.contains(&Fault::None);
        if remedy.gives != Gives::Nothing && anywhere {
            let message = "it gives something where no fault is verified; name the faults it is for";
            findings.push(found(&remedy.rule, "policy-unfounded", message));
        }
        if remedy.gives != Gives::Nothing && remedy.cap > budget.per_order {
            let message = format!("it may give {} for one order; the budget has {}", remedy.cap, budget.per_order);
            findings.push(found(&remedy.rule, "policy-budget", message));
        }
        if remedy.gives != Gives::Nothing && remedy.cap > budget.per_customer {
            let message = format!("it may give {} to one customer; the budget has {}", remedy.cap, budget.per_customer);
            findings.push(found(&remedy.rule, "policy-budget", message));
        }
    }
    compiled.worst_day =
        ordered.iter().map(|remedy| remedy.cap.saturating_mul(remedy.per_day)).fold(0, i64::saturating_add);
    if compiled.worst_day > budget.per_day {
        let message =
            format!("on its worst day the policy gives {}; the budget has {}", compiled.worst_day, budget.per_day);
        findings.push(found("budget", "policy-budget", message));
    }
    compiled.money = Policy { budget, remedies: ordered };
}
