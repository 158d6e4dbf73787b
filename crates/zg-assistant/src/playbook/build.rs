//! From TOML and Fluent to what a bundle carries, with everything checked that can be: [`compile`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use toml::{Table, Value};
use zg_domain::fluent::Catalog;

use super::{Playbooks, SlotKind};
use crate::phrases::Phrases;

/// The playbooks that every shop has: those of the built-in intents.
const LIBRARY: &str = include_str!("../../playbooks/library.toml");
const LIBRARY_WORDS: [(&str, &str); 3] = [
    ("zh-CN", include_str!("../../playbooks/zh-CN.ftl")),
    ("zh-TW", include_str!("../../playbooks/zh-TW.ftl")),
    ("en", include_str!("../../playbooks/en.ftl")),
];

/// Something wrong with playbooks; an error stops them from being compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `library`, or the file of the shop's.
    pub file: String,
    pub playbook: String,
    pub rule: &'static str,
    pub error: bool,
    pub message: String,
}

/// What a shop writes: its logic, and words by locale. Either may be empty.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Path and text of each TOML file.
    pub logic: Vec<(String, String)>,
    /// Path, locale and text of each Fluent file.
    pub words: Vec<(String, String, String)>,
    /// Path and text of the policy.
    pub policy: Option<(String, String)>,
}

/// Compiles the library with a shop's own playbooks over it: a playbook, slot, action or message of the same name is replaced.
///
/// Gives the bytes where nothing is wrong that would make a playbook fail a shopper, and what was found.
#[must_use]
pub fn compile(sources: &Sources) -> (Option<Vec<u8>>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut logic = Logic::default();
    logic.add("library", LIBRARY, &mut findings);
    for (file, text) in &sources.logic {
        logic.add(file, text, &mut findings);
    }
    let mut words: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let library = LIBRARY_WORDS.iter().map(|(locale, text)| (*locale, *text));
    let own = sources.words.iter().map(|(_, locale, text)| (locale.as_str(), text.as_str()));
    for (locale, text) in library.chain(own) {
        let catalog = Catalog::parse(text);
        let of_locale = words.entry(locale.to_owned()).or_default();
        for key in catalog.keys() {
            of_locale.insert(key.to_owned(), catalog.get(key).unwrap_or_default().to_owned());
        }
    }
    let mut out = String::new();
    for (name, slot) in &logic.slots {
        let kept = if slot.kept { "kept" } else { "" };
        let _ = writeln!(out, "slot\t{name}\t{}\t{kept}\t{}", slot.kind, slot.options.join(","));
    }
    for (name, irreversible) in &logic.actions {
        let _ = writeln!(out, "action\t{name}\t{}", if *irreversible { "irreversible" } else { "" });
    }
    manners(sources, &words, &mut out, &mut findings);
    for (intent, (file, table)) in &logic.books {
        let found_before = findings.len();
        let mut checked =
            Book { file, intent, logic: &logic, words: &words, findings: &mut findings, used: BTreeSet::new() };
        if let Some(lines) = checked.compile(table) {
            let errors = findings[found_before..].iter().any(|finding| finding.error);
            if !errors {
                out.push_str(&lines);
            }
        }
    }
    for (locale, messages) in &words {
        let _ = writeln!(out, "\u{c}{locale}");
        for (key, message) in messages {
            let _ = writeln!(out, "{key} = {}", message.replace('\n', "\n  "));
        }
    }
    let bytes = out.into_bytes();
    if findings.iter().any(|finding| finding.error) {
        return (None, findings);
    }
    // What was written is what is read.
    if let Err(error) = Playbooks::read(&bytes) {
        findings.push(Finding {
            file: "library".to_owned(),
            playbook: String::new(),
            rule: "playbook-size",
            error: true,
            message: error.to_string(),
        });
        return (None, findings);
    }
    (Some(bytes), findings)
}

/// The policy's manners, and that the words they name are there.
fn manners(
    sources: &Sources,
    words: &BTreeMap<String, BTreeMap<String, String>>,
    out: &mut String,
    findings: &mut Vec<Finding>,
) {
    let (file, text) = match &sources.policy {
        Some((file, text)) => (file.as_str(), Some(text.as_str())),
        None => ("library", None),
    };
    let mut find = |playbook: String, rule, message| {
        findings.push(Finding { file: file.to_owned(), playbook, rule, error: true, message });
    };
    let compiled = match zg_policy::build::compile(text) {
        Ok(compiled) => compiled,
        Err(wrong) => return wrong.into_iter().for_each(|wrong| find(wrong.rule, wrong.check, wrong.message)),
    };
    if compiled.doubt != 0.0 {
        let _ = writeln!(out, "doubt\t{}", (compiled.doubt * 1000.0).round());
    }
    if let Some(unasked) = compiled.unasked {
        let _ = writeln!(out, "unasked\t{unasked}");
    }
    let _ = writeln!(out, "style\t{}", compiled.style.line());
    for line in compiled.manners.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let (rule, sorry) = (fields[0], fields[5]);
        for (locale, messages) in words {
            let known = sorry.is_empty() || messages.contains_key(sorry) || Phrases::of(locale).has(sorry);
            if !known {
                find(rule.to_owned(), "policy-form", format!("{locale} has no message {sorry:?}"));
            }
        }
        let _ = writeln!(out, "manner\t{line}");
    }
}

#[derive(Default)]
struct Logic {
    slots: BTreeMap<String, SlotSource>,
    actions: BTreeMap<String, bool>,
    /// By intent, with the file.
    books: BTreeMap<String, (String, Table)>,
}

struct SlotSource {
    kind: String,
    kept: bool,
    options: Vec<String>,
}

fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// Names go into lines of fields and into keys of messages.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

impl Logic {
    fn add(&mut self, file: &str, text: &str, findings: &mut Vec<Finding>) {
        let mut wrong = |playbook: &str, message: String| {
            findings.push(Finding {
                file: file.to_owned(),
                playbook: playbook.to_owned(),
                rule: "playbook-form",
                error: true,
                message,
            });
        };
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(error) => return wrong("", format!("this is no TOML: {error}")),
        };
        for (section, value) in &table {
            let Some(items) = value.as_table() else {
                wrong("", format!("{section:?} is no table; write [slots.…], [actions.…] and [playbooks.…]"));
                continue;
            };
            for (name, item) in items {
                let Some(item) = item.as_table().filter(|_| is_name(name)) else {
                    wrong(name, format!("{name:?} is no name of letters, digits, - and _ with a table"));
                    continue;
                };
                match section.as_str() {
                    "slots" => {
                        let kind = item.get("kind").and_then(Value::as_str).unwrap_or("text").to_owned();
                        let options = strings(item.get("options"));
                        if SlotKind::from_name(&kind).is_none() {
                            wrong(
                                name,
                                format!(
                                    "no slot is of the kind {kind:?}; write order, choice, text or the name of an entity"
                                ),
                            );
                        } else if (kind == "choice") == options.is_empty() || !options.iter().all(|one| is_name(one)) {
                            wrong(name, "a choice has options, each a name; no other kind has any".to_owned());
                        }
                        let kept = item.get("kept").and_then(Value::as_bool).unwrap_or(false);
                        self.slots.insert(name.clone(), SlotSource { kind, kept, options });
                    }
                    "actions" => {
                        // What is not said to be harmless is not.
                        let irreversible = item.get("irreversible").and_then(Value::as_bool).unwrap_or(true);
                        self.actions.insert(name.clone(), irreversible);
                    }
                    "playbooks" => {
                        if item.get("off").and_then(Value::as_bool) == Some(true) {
                            self.books.remove(name);
                        } else {
                            self.books.insert(name.clone(), (file.to_owned(), item.clone()));
                        }
                    }
                    other => wrong(
                        name,
                        format!("[{other}.…] means nothing; write [slots.…], [actions.…] and [playbooks.…]"),
                    ),
                }
            }
        }
    }
}

/// A step with its labels resolved.
struct Parsed {
    line: String,
    /// Where it may go on.
    next: Vec<usize>,
    kind: Kind,
}

#[derive(PartialEq)]
enum Kind {
    Ask(String),
    Confirm,
    Do {
        irreversible: bool,
        with: Vec<String>,
    },
    /// Hands over, or offers to.
    Person,
    End,
    Other,
}

struct Book<'b> {
    file: &'b str,
    intent: &'b str,
    logic: &'b Logic,
    words: &'b BTreeMap<String, BTreeMap<String, String>>,
    findings: &'b mut Vec<Finding>,
    used: BTreeSet<String>,
}

impl Book<'_> {
    fn find(&mut self, rule: &'static str, error: bool, message: String) {
        self.findings.push(Finding {
            file: self.file.to_owned(),
            playbook: self.intent.to_owned(),
            rule,
            error,
            message,
        });
    }

    /// A key must have words in every locale that the shop speaks.
    fn needs(&mut self, key: &str) {
        if !self.used.insert(key.to_owned()) {
            return;
        }
        let missing: Vec<&str> =
            self.words.iter().filter(|(_, of)| !of.contains_key(key)).map(|(locale, _)| locale.as_str()).collect();
        if !missing.is_empty() {
            self.find("playbook-language", true, format!("there are no words for {key:?} in {}", missing.join(", ")));
        }
    }

    fn compile(&mut self, table: &Table) -> Option<String> {
        let start = table.get("start").and_then(Value::as_str).unwrap_or("request");
        if !["always", "request", "no-answer"].contains(&start) {
            self.find("playbook-form", true, format!("it cannot start {start:?}; write always, request or no-answer"));
            return None;
        }
        if start == "request" {
            self.needs(&format!("do-{}", self.intent));
        }
        let mut sources: Vec<Value> = match table.get("steps") {
            Some(Value::Array(steps)) if !steps.is_empty() => steps.clone(),
            _ => {
                self.find("playbook-form", true, "it has no steps".to_owned());
                return None;
            }
        };
        sources.push(Value::String("end".to_owned()));
        // Where a step says nothing else, a refusal is told with a person offered, and a failure goes to one.
        let needs = |sources: &[Value], name: &str| {
            let leads = |step: &Value| step.get(name).map_or(step.get("do").is_some(), |to| to.as_str() == Some(name));
            sources.iter().any(leads)
        };
        let labelled = |sources: &[Value], label: &str| {
            sources.iter().any(|step| step.get("at").and_then(Value::as_str) == Some(label))
        };
        let mut tail = |label: &str, kind: &str, steps: &[&str]| {
            if needs(&sources, label) && !labelled(&sources, label) {
                let mut first: Table = Table::new();
                first.insert("at".to_owned(), label.into());
                first.insert(kind.to_owned(), label.into());
                sources.push(first.into());
                sources.extend(steps.iter().map(|step| Value::String((*step).to_owned())));
            }
        };
        tail("refused", "offer", &["end"]);
        tail("failed", "say", &["person", "end"]);
        let labels: BTreeMap<String, usize> = sources
            .iter()
            .enumerate()
            .filter_map(|(at, step)| Some((step.get("at")?.as_str()?.to_owned(), at)))
            .collect();
        let mut steps = Vec::new();
        for (at, source) in sources.iter().enumerate() {
            steps.push(self.step(at, source, &labels)?);
        }
        self.check(&steps);
        let mut lines = format!("book\t{}\t{start}\n", self.intent);
        for step in &steps {
            lines.push_str(&step.line);
            lines.push('\n');
        }
        Some(lines)
    }

    fn step(&mut self, at: usize, source: &Value, labels: &BTreeMap<String, usize>) -> Option<Parsed> {
        let number = at + 1;
        let other = |line: String, next: Vec<usize>| Parsed { line, next, kind: Kind::Other };
        match source {
            Value::String(word) if word == "end" => {
                return Some(Parsed { line: "end".to_owned(), next: Vec::new(), kind: Kind::End });
            }
            Value::String(word) if word == "person" => {
                return Some(Parsed { line: "person".to_owned(), next: Vec::new(), kind: Kind::Person });
            }
            _ => {}
        }
        let empty = Table::new();
        let table = source.as_table().unwrap_or(&empty);
        let text = |name: &str| table.get(name).and_then(Value::as_str).map(str::to_owned);
        let target = |this: &mut Self, name: &str, default: Option<&str>| -> Option<usize> {
            let label = text(name).or_else(|| default.map(str::to_owned))?;
            let found = labels.get(&label).copied();
            if found.is_none() {
                this.find("playbook-form", true, format!("step {number}: there is no step at {label:?}"));
            }
            found
        };
        if let Some(slot) = text("ask") {
            let Some(source) = self.logic.slots.get(&slot) else {
                self.find("playbook-form", true, format!("step {number}: there is no slot {slot:?}"));
                return None;
            };
            for option in &source.options {
                self.needs(&format!("{slot}-{option}"));
            }
            self.needs(&format!("ask-{slot}"));
            self.needs(&format!("ask-{slot}-again"));
            self.needs(&format!("fact-{slot}"));
            return Some(Parsed { line: format!("ask\t{slot}"), next: vec![at + 1], kind: Kind::Ask(slot) });
        }
        for kind in ["say", "offer"] {
            if let Some(key) = text(kind) {
                self.needs(&key);
                let card = match text("card") {
                    None => String::new(),
                    Some(card) if kind == "say" && ["order", "coupon"].contains(&&*card) => format!("\t{card}"),
                    Some(card) => {
                        let message = format!("step {number}: there is no card {card:?}; a say has order or coupon");
                        self.find("playbook-form", true, message);
                        return None;
                    }
                };
                let parsed = other(format!("{kind}\t{key}{card}"), vec![at + 1]);
                return Some(if kind == "offer" { Parsed { kind: Kind::Person, ..parsed } } else { parsed });
            }
        }
        if let Some(key) = text("confirm") {
            self.needs(&key);
            let Some(no) = target(self, "no", None) else {
                self.find("playbook-form", true, format!("step {number}: say with no = where a no leads"));
                return None;
            };
            return Some(Parsed { line: format!("confirm\t{key}\t{no}"), next: vec![at + 1, no], kind: Kind::Confirm });
        }
        if let Some(action) = text("do") {
            let Some(irreversible) = self.logic.actions.get(&action).copied() else {
                self.find("playbook-form", true, format!("step {number}: there is no action {action:?}"));
                return None;
            };
            let with = strings(table.get("with"));
            let (refused, failed) =
                (target(self, "refused", Some("refused"))?, target(self, "failed", Some("failed"))?);
            let line = format!("do\t{action}\t{}\t{refused}\t{failed}", with.join(","));
            return Some(Parsed { line, next: vec![at + 1, refused, failed], kind: Kind::Do { irreversible, with } });
        }
        if let Some(fact) = text("if") {
            let is = strings(table.get("is"));
            if is.is_empty() || !is_name(&fact) || is.iter().any(|one| one != "*" && !is_name(one)) {
                self.find("playbook-form", true, format!("step {number}: say with is = which values are meant"));
                return None;
            }
            let then = target(self, "then", None)?;
            return Some(other(format!("if\t{fact}\t{}\t{then}", is.join(",")), vec![at + 1, then]));
        }
        if let Some(name) = text("recommend") {
            let Some(occasion) = zg_domain::Occasion::from_name(&name) else {
                let known: Vec<&str> = zg_domain::Occasion::ALL.iter().map(|occasion| occasion.name()).collect();
                let message =
                    format!("step {number}: it cannot recommend for {name:?}; write one of {}", known.join(", "));
                self.find("playbook-form", true, message);
                return None;
            };
            let Some(none) = target(self, "none", None) else {
                let message = format!("step {number}: say with none = where it goes on when there is nothing to show");
                self.find("playbook-form", true, message);
                return None;
            };
            let line = format!("recommend\t{}\t{none}", occasion.name());
            return Some(other(line, vec![at + 1, none]));
        }
        if text("size").is_some() {
            for slot in ["height", "weight"] {
                if !self.logic.slots.contains_key(slot) {
                    self.find("playbook-form", true, format!("step {number}: a size needs a slot {slot:?}"));
                    return None;
                }
                for key in [format!("ask-{slot}"), format!("ask-{slot}-again"), format!("fact-{slot}")] {
                    self.needs(&key);
                }
            }
            let Some(none) = target(self, "none", None) else {
                let message = format!("step {number}: say with none = where it goes on when no size fits");
                self.find("playbook-form", true, message);
                return None;
            };
            return Some(other(format!("size\t{none}"), vec![at + 1, none]));
        }
        if text("go").is_some() {
            let to = target(self, "go", None)?;
            return Some(other(format!("go\t{to}"), vec![to]));
        }
        let message = "write ask, say, offer, confirm, do, recommend, size, if, go, \"person\" or \"end\"";
        self.find("playbook-form", true, format!("step {number} says nothing that is known: {message}"));
        None
    }

    fn check(&mut self, steps: &[Parsed]) {
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
        for (at, step) in steps.iter().enumerate() {
            for next in &step.next {
                before[*next].push(at);
            }
        }
        let reached = spread(steps.len(), &[0], |at| steps[at].next.clone());
        for (at, step) in steps.iter().enumerate() {
            // The end that is put behind what the author wrote may be none too many.
            if !reached[at] && step.kind != Kind::End {
                self.find("playbook-unreachable", false, format!("step {} is never reached", at + 1));
            }
            if !reached[at] {
                continue;
            }
            if let Kind::Do { irreversible, with } = &step.kind {
                let confirmed = !before[at].is_empty()
                    && before[at]
                        .iter()
                        .all(|one| steps[*one].kind == Kind::Confirm && *one + 1 == at && steps[*one].next[1] != at);
                if *irreversible && !confirmed {
                    let message =
                        format!("step {} cannot be taken back and does not come straight after a confirm", at + 1);
                    self.find("playbook-unconfirmed", true, message);
                }
                for slot in with.clone() {
                    if !self.logic.slots.contains_key(&slot) {
                        continue;
                    }
                    // Is there a way here that never asks for it?
                    let asks = |at: usize| steps[at].kind == Kind::Ask(slot.clone());
                    let without =
                        spread(steps.len(), &[0], |at| if asks(at) { Vec::new() } else { steps[at].next.clone() });
                    if without[at] {
                        self.find(
                            "playbook-unfilled",
                            true,
                            format!("step {} may come before {slot:?} was asked", at + 1),
                        );
                    }
                }
                let ways = &step.next[1..];
                for (way, name) in ways.iter().zip(["a refusal", "a failure"]) {
                    let leads = spread(steps.len(), &[*way], |at| steps[at].next.clone());
                    if !(0..steps.len()).any(|at| leads[at] && steps[at].kind == Kind::Person) {
                        self.find("playbook-dead-end", true, format!("step {}: {name} leads to no person", at + 1));
                    }
                }
            }
        }
        // A circle in which nobody is asked anything would never end.
        let waits = |at: usize| matches!(steps[at].kind, Kind::Ask(_) | Kind::Confirm | Kind::Do { .. });
        for at in (0..steps.len()).filter(|at| reached[*at] && !waits(*at)) {
            let round =
                spread(steps.len(), &steps[at].next, |at| if waits(at) { Vec::new() } else { steps[at].next.clone() });
            if round[at] {
                self.find("playbook-circle", true, format!("step {} comes round to itself and asks nothing", at + 1));
                break;
            }
        }
    }
}

/// Which of `n` steps are reached from some.
fn spread(n: usize, from: &[usize], next: impl Fn(usize) -> Vec<usize>) -> Vec<bool> {
    let mut reached = vec![false; n];
    let mut open = from.to_vec();
    while let Some(at) = open.pop() {
        if at < n && !std::mem::replace(&mut reached[at], true) {
            open.extend(next(at));
        }
    }
    reached
}
