//! Runs every folder of `tests/conversations`; its README says what is in one.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use toml::Table;
use zg_assistant::{Context, NoModels, Playbooks, Understand, step_listing};
use zg_domain::{
    Card, Confidence, DialogueEvent, DialogueState, Effect, Emotion, Entity, EntityKind, Handoff, Intent, OperatorId,
    Outcome, Reply, ReplyKind, Scored, Sentiment, Suggested, Timestamp, Understanding, Utterance, Waits,
};
use zg_kb::Bundle;
use zg_proto::cli::ChatLine;

use crate::{knowledge, library, root};

#[test]
fn every_conversation_goes_as_expected() {
    let (bundle, playbooks) = (knowledge(), library());
    let update = std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1");
    let mut failures = Vec::new();
    let mut n = 0;
    for folder in folders() {
        n += 1;
        if let Err(why) = run(&bundle, &playbooks, &folder, update) {
            let name = folder.strip_prefix(root()).unwrap_or(&folder).display();
            failures.push(format!("── {name}: {why}"));
        }
    }
    assert!(n >= 20, "{n} conversations found");
    let hint = "UPDATE_EXPECT=1 writes expected.txt anew; read the difference before it is committed";
    assert!(failures.is_empty(), "{} of {n} failed ({hint})\n\n{}", failures.len(), failures.join("\n"));
}

/// `<topic>/<case>`, in the order of their names.
fn folders() -> Vec<PathBuf> {
    let inside = |folder: &Path| {
        let listing = std::fs::read_dir(folder).expect("the folder can be read");
        let mut paths: Vec<PathBuf> = listing.map(|item| item.expect("an item can be read").path()).collect();
        paths.retain(|path| path.is_dir());
        paths.sort();
        paths
    };
    let topics = inside(&root()).into_iter().filter(|topic| !topic.ends_with("knowledge"));
    topics.flat_map(|topic| inside(&topic)).collect()
}

fn run(bundle: &Bundle, playbooks: &Playbooks, folder: &Path, update: bool) -> Result<(), String> {
    for item in std::fs::read_dir(folder).map_err(|error| error.to_string())? {
        let name = item.map_err(|error| error.to_string())?.file_name();
        if !["test.toml", "dialogue.jsonl", "expected.txt"].iter().any(|known| name == *known) {
            return Err(format!("{name:?} is no part of a conversation"));
        }
    }
    let test = Test::read(folder)?;
    let dialogue =
        std::fs::read_to_string(folder.join("dialogue.jsonl")).map_err(|_| "dialogue.jsonl is missing".to_owned())?;
    let found = test.hold(bundle, playbooks, &dialogue)?;
    let path = folder.join("expected.txt");
    let expected = std::fs::read_to_string(&path).ok();
    if test.known_failure {
        return match expected {
            None => Err("a known failure needs an expected.txt that says what would be right".to_owned()),
            Some(expected) if expected == found => Err("passes now: take known_failure out of test.toml".to_owned()),
            Some(_) => Ok(()),
        };
    }
    match expected {
        Some(expected) if expected == found => Ok(()),
        _ if update => std::fs::write(&path, found).map_err(|error| error.to_string()),
        None => Err(format!("expected.txt is missing; found\n{found}")),
        Some(expected) => Err(difference(&expected, &found)),
    }
}

/// The lines from the first that differs to the last.
fn difference(expected: &str, found: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let tail = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(old, new)| old == new).count();
    let show = |sign, lines: &[&str]| -> String { lines.iter().map(|line| format!("{sign} {line}\n")).collect() };
    format!(
        "differs from line {}\n{}{}",
        same + 1,
        show('-', &old[same..old.len() - tail]),
        show('+', &new[same..new.len() - tail])
    )
}

/// What `test.toml` says; a conversation without one has the defaults.
struct Test {
    locale: String,
    people: bool,
    actions: bool,
    cart: bool,
    /// What the page tells of its products.
    products: Vec<Card>,
    /// What the recommender says, whatever it is asked.
    suggested: Vec<Suggested>,
    forms: bool,
    customer: zg_policy::Customer,
    known_failure: bool,
    state: DialogueState,
    /// What the models would make of which text; `None` without models.
    table: Option<Script>,
}

struct Script(BTreeMap<String, Understanding>);

impl Understand for Script {
    fn understand(&self, utterance: &Utterance<'_>) -> Option<Understanding> {
        self.0.get(utterance.reading).cloned()
    }
}

impl Test {
    fn read(folder: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(folder.join("test.toml")).unwrap_or_default();
        let table: Table = text.parse().map_err(|error| format!("test.toml: {error}"))?;
        let known = [
            "locale",
            "customer",
            "people",
            "actions",
            "cart",
            "forms",
            "known_failure",
            "held_by",
            "understanding",
            "products",
            "suggested",
        ];
        if let Some(name) = table.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(format!("test.toml: {name} means nothing here"));
        }
        let flag = |name: &str, default| {
            table
                .get(name)
                .map_or(Some(default), toml::Value::as_bool)
                .ok_or(format!("test.toml: {name} is true or false"))
        };
        let mut state = DialogueState::default();
        if let Some(name) = table.get("held_by").and_then(toml::Value::as_str) {
            let operator = OperatorId::new(name).map_err(|error| format!("test.toml: held_by: {error}"))?;
            state.handoff = Handoff::Assigned { operator };
        }
        let rows = table.get("understanding").map(|rows| rows.as_array().ok_or("test.toml: write [[understanding]]"));
        let script = match rows {
            Some(rows) => {
                let rows = rows?.iter().map(|row| {
                    row.as_table().ok_or("test.toml: write [[understanding]]".to_owned()).and_then(understanding)
                });
                // The models are asked by what was read.
                let rows = rows.map(|row| row.map(|(text, understood)| (zg_text::read(&text).text, understood)));
                Some(Script(rows.collect::<Result<_, String>>()?))
            }
            None => None,
        };
        let cards = table.get("products").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let products = cards.iter().map(card).collect();
        let rows = table.get("suggested").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let suggested = rows.iter().map(suggested).collect();
        let customer = table.get("customer").and_then(toml::Value::as_str).unwrap_or("unknown");
        let customer = zg_policy::Customer::from_name(customer).ok_or("test.toml: no such customer")?;
        Ok(Self {
            customer,
            locale: table.get("locale").and_then(toml::Value::as_str).unwrap_or("zh-CN").to_owned(),
            people: flag("people", true)?,
            actions: flag("actions", true)?,
            cart: flag("cart", false)?,
            products,
            suggested,
            forms: flag("forms", false)?,
            known_failure: flag("known_failure", false)?,
            state,
            table: script,
        })
    }

    fn hold(&self, bundle: &Bundle, playbooks: &Playbooks, dialogue: &str) -> Result<String, String> {
        let understand: &dyn Understand = match &self.table {
            Some(script) => script,
            None => &NoModels,
        };
        let (locale, people, actions, forms) = (self.locale.as_str(), self.people, self.actions, self.forms);
        let (cart, products) = (self.cart, &*self.products);
        let customer = self.customer;
        let context =
            Context { bundle, playbooks, understand, locale, people, customer, actions, cart, forms, products };
        let mut state = self.state.clone();
        let mut text = String::new();
        let mut n = 0;
        for line in dialogue.lines() {
            n += 1;
            let ChatLine { at, event } =
                zg_proto::from_json(line).map_err(|error| format!("dialogue.jsonl:{n}: {error}"))?;
            let event = event.into_dialogue();
            let _ = writeln!(text, "> {}", shown(&event));
            let quiet = matches!(
                event,
                DialogueEvent::Page(_)
                    | DialogueEvent::PersonJoined
                    | DialogueEvent::Clicked { .. }
                    | DialogueEvent::Ordered { .. }
                    | DialogueEvent::Forget { .. }
            );
            let event_kind = if quiet { Kind::Quiet } else { Kind::Spoken };
            let effects;
            (state, effects) =
                step_listing(&context, state, event, Timestamp::from_millis(at), &mut |_| self.suggested.clone());
            for effect in &effects {
                render(&mut text, effect);
            }
            if effects.is_empty() && !matches!(event_kind, Kind::Quiet) {
                text.push_str("  (silence)\n");
            }
        }
        if n == 0 {
            return Err("dialogue.jsonl is empty".to_owned());
        }
        let (handoff, misses) = (state.handoff.name(), state.misses);
        let (lang, last) = (state.lang.as_deref().unwrap_or("-"), state.last_entry.as_deref().unwrap_or("-"));
        let _ = writeln!(text, "= {handoff}, {misses} missed, speaks {lang}, last answer {last}");
        if let Some(task) = &state.task {
            let waits = match &task.waits {
                Waits::Nothing => "nothing".to_owned(),
                Waits::Slot(name) => name.clone(),
                Waits::Confirmation(_) => "a yes".to_owned(),
                Waits::Action(id) => id.clone(),
            };
            let facts: Vec<String> = task.facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
            let _ = writeln!(text, "= {}, waits for {waits}; {}", task.playbook, facts.join(", "));
        }
        Ok(text)
    }
}

fn card(row: &toml::Value) -> Card {
    let word = |name: &str| row.get(name).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    Card { id: word("id"), title: word("title"), note: word("availability"), price: word("price"), ..Card::default() }
}

fn suggested(row: &toml::Value) -> Suggested {
    let word = |name: &str| row.get(name).and_then(toml::Value::as_str).map(str::to_owned);
    let reason = word("reason").unwrap_or_default();
    Suggested { item: word("item").unwrap_or_default(), reason, because: word("because") }
}

fn understanding(row: &Table) -> Result<(String, Understanding), String> {
    let word = |name: &str| row.get(name).and_then(toml::Value::as_str);
    let share = |name: &str, default: f64| {
        Confidence::saturating(row.get(name).and_then(toml::Value::as_float).unwrap_or(default))
    };
    let known =
        ["text", "intent", "confidence", "emotion", "emotion_confidence", "out_of_scope", "sentiment", "entities"];
    if let Some(name) = row.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("test.toml: {name} means nothing in an understanding"));
    }
    let text = word("text").ok_or("test.toml: an understanding has a text")?;
    let emotion = Emotion::from_label(word("emotion").unwrap_or("neutral")).ok_or("test.toml: no such emotion")?;
    let felt = share("emotion_confidence", 0.9);
    let sentiment =
        Sentiment::from_label(word("sentiment").unwrap_or("neutral")).ok_or("test.toml: no such sentiment")?;
    let entities = row.get("entities").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let entity = |entity: &toml::Value| {
        let [kind, value] = [0, 1].map(|at| entity.get(at).and_then(toml::Value::as_str).unwrap_or_default());
        let kind = EntityKind::from_name(kind).ok_or("test.toml: an entity is a kind and a value")?;
        Ok(Entity { kind, value: value.to_owned(), start: 0, end: 0 })
    };
    let entities = entities.iter().map(entity).collect::<Result<Vec<Entity>, String>>()?;
    let understood = Understanding {
        intents: vec![Scored {
            label: Intent(word("intent").unwrap_or(Intent::OUT_OF_SCOPE).to_owned()),
            confidence: share("confidence", 0.9),
        }],
        out_of_scope: share("out_of_scope", 0.0),
        sentiment: Scored { label: sentiment, confidence: Confidence::ONE },
        sentiment_scores: [Confidence::ZERO, Confidence::ONE, Confidence::ZERO],
        emotion: Scored { label: emotion, confidence: felt },
        emotion_scores: Emotion::ALL.map(|one| if one == emotion { felt } else { Confidence::ZERO }),
        entities,
    };
    Ok((text.to_owned(), understood))
}

fn shown(event: &DialogueEvent) -> String {
    match event {
        // Escaped: a conversation may hold characters that turn the line around or cannot be seen.
        DialogueEvent::Utterance { text } => text.chars().map(visible).collect(),
        DialogueEvent::QuickReply { value } => format!("[{value}]"),
        DialogueEvent::RequestHandoff => "(asks for a person)".to_owned(),
        DialogueEvent::EndHandoff => "(ends the talk with a person)".to_owned(),
        DialogueEvent::Form { values } => {
            let values: Vec<String> = values.iter().map(|(name, value)| format!("{name} {value}")).collect();
            format!("(sends the form: {})", values.join(", "))
        }
        DialogueEvent::PersonJoined => "(a person comes)".to_owned(),
        DialogueEvent::PersonLeft => "(the person goes)".to_owned(),
        DialogueEvent::Feedback { helpful: true } => "(this helped)".to_owned(),
        DialogueEvent::Feedback { helpful: false } => "(this did not help)".to_owned(),
        DialogueEvent::Page(page) => format!("(looks at {} {})", page.kind, page.id),
        DialogueEvent::ActionResult { id, outcome } => match outcome {
            Outcome::Done(_) => format!("({id} is done)"),
            Outcome::Refused(_) => format!("({id} is refused)"),
            Outcome::Failed => format!("({id} has failed)"),
            Outcome::Queued => format!("({id} waits for the network)"),
        },
        DialogueEvent::Recommended { id, items, .. } => format!("({id} comes with {})", items.len()),
        DialogueEvent::Clicked { item } => format!("(clicks {item})"),
        DialogueEvent::Ordered { items, bought } => {
            format!("({} {})", if *bought { "buys" } else { "puts into the cart" }, items.join(", "))
        }
        DialogueEvent::Forget { taste } => format!("(forgets {taste:?})"),
    }
}

enum Kind {
    Spoken,
    /// Nothing is said to it.
    Quiet,
}

fn visible(character: char) -> String {
    let hidden = character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    if hidden { character.escape_unicode().to_string() } else { character.to_string() }
}

fn render(text: &mut String, effect: &Effect) {
    match effect {
        Effect::Say(reply) => say(text, reply),
        Effect::RequestHandoff { reason, packet } => {
            let facts: Vec<String> = packet.facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
            let packet = [packet.intent.clone(), facts.join(", ")].join("; ");
            let packet = if packet == "; " { String::new() } else { format!(" ({packet})") };
            let _ = writeln!(text, "  → a person is asked for: {}{packet}", reason.name());
        }
        Effect::Act { id, action, arguments } => {
            let arguments: Vec<String> = arguments.iter().map(|(name, value)| format!("{name} {value}")).collect();
            let _ = writeln!(text, "  → {id} {action}: {}", arguments.join(", "));
        }
        Effect::EndHandoff => text.push_str("  → the talk with a person ends\n"),
        Effect::Recommend(wanted) => drop(writeln!(text, "  → list {} for {}", wanted.id, wanted.occasion.name())),
        Effect::Learn(learnt) => {
            let place = learnt.slot.map(|slot| format!(" at {slot}")).unwrap_or_default();
            let why = learnt.why.map(|why| format!(", {}", why.name())).unwrap_or_default();
            let _ = writeln!(text, "  → {} {}{place}{why}", learnt.kind.name(), learnt.item);
        }
    }
}

fn say(text: &mut String, reply: &Reply) {
    let kind = match &reply.kind {
        ReplyKind::Text => "text".to_owned(),
        ReplyKind::Answer(source) => {
            let dates = [("verified", source.verified), ("valid until", source.valid_until)];
            let dates: String =
                dates.iter().filter_map(|(name, date)| Some(format!(", {name} {}", (*date)?))).collect();
            // No confidence: it moves with every fit, and what it decides is seen.
            format!("answer {} ({}{dates})", source.question, source.source)
        }
        ReplyKind::Clarify => "clarify".to_owned(),
        ReplyKind::Fallback => "fallback".to_owned(),
        ReplyKind::Event(name) => format!("event {name}"),
    };
    let _ = writeln!(text, "  {} {kind}", reply.lang);
    for line in reply.text.lines() {
        let _ = writeln!(text, "    {line}");
    }
    for card in &reply.cards {
        let texts = [&card.id, &card.title, &card.note, &card.price, &card.code, &card.action].map(String::as_str);
        let texts: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        let _ = writeln!(text, "    <{}> {}", card.kind.name(), texts.join(" | "));
        for field in &card.fields {
            let options: Vec<&str> = field.options.iter().map(|option| option.label.as_str()).collect();
            let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(", ")) };
            let _ = writeln!(text, "      {} {} = {}{options}", field.kind, field.label, field.value);
        }
    }
    for button in &reply.buttons {
        let _ = writeln!(text, "    [{}] {}", button.label, button.value);
    }
}
