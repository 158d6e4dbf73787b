//! The dialogue's memory as one text, a line a thing, fields separated by U+001F.
//!
//! Written by hand: what serde derives for these records would be seven kilobytes of every visitor's download.

use std::fmt::Write;

use zg_domain::{
    Button, DialogueState, Dislike, Emotion, HandoffReason, LookedAt, Occasion, Packet, Shopping, Task, Taste,
    TasteKind, Timestamp, Told, Waiting, Waits,
};

const FIELD: char = '\u{1f}';
/// A record larger than this was not written by a dialogue, whose state is bounded.
const MOST_BYTES: usize = 1 << 16;

#[inline(never)]
pub(crate) fn write(state: &DialogueState) -> String {
    let mut out = String::new();
    if let Some(task) = &state.task {
        write_task(&mut out, "task", task);
    }
    for task in &state.paused {
        write_task(&mut out, "paused", task);
    }
    for told in &state.told {
        line(&mut out, &["told", &told.slot, &told.value, &told.turn.to_string()]);
    }
    for words in &state.later {
        line(&mut out, &["later", words]);
    }
    for choice in &state.offered {
        line(&mut out, &["offered", &choice.label, &choice.value]);
    }
    if let Some(page) = &state.page {
        line(&mut out, &["page", &page.kind, &page.id, &page.title]);
    }
    if let Some(packet) = &state.packet {
        let mut fields = vec!["packet", &packet.wants, &packet.intent, if packet.priority { "priority" } else { "" }];
        fields.push(packet.tried.first().map_or("", String::as_str));
        for (name, value) in &packet.facts {
            fields.extend([name.as_str(), value]);
        }
        line(&mut out, &fields);
    }
    if let Some(reason) = state.held {
        line(&mut out, &["held", reason.name()]);
    }
    for mood in &state.moods {
        line(&mut out, &["mood", mood.label()]);
    }
    for (flag, name) in [(state.complained, "complained"), (state.invited, "invited")] {
        if flag {
            line(&mut out, &[name]);
        }
    }
    if let Some((task, repeats)) = &state.done {
        line(&mut out, &["done", task, &repeats.to_string()]);
    }
    if let Some(topic) = &state.topic {
        line(&mut out, &["topic", topic]);
    }
    for (name, value) in &state.known {
        line(&mut out, &["known", name, value]);
    }
    if state.n_actions > 0 {
        line(&mut out, &["actions", &state.n_actions.to_string()]);
    }
    if let Some(since) = state.acting_since {
        line(&mut out, &["acting", &since.as_millis().to_string()]);
    }
    if let Some(last) = state.last_turn {
        line(&mut out, &["last", &last.as_millis().to_string()]);
    }
    write_shopping(&mut out, &state.shopping);
    out
}

fn write_shopping(out: &mut String, shopping: &Shopping) {
    let lists = [
        ("looked", &shopping.looked),
        ("shown", &shopping.shown),
        ("earlier", &shopping.earlier),
        ("liked", &shopping.liked),
        ("bought", &shopping.bought),
        ("owed", &shopping.owed),
    ];
    for (name, items) in lists.into_iter().filter(|(_, items)| !items.is_empty()) {
        let fields: Vec<&str> = [name].into_iter().chain(items.iter().map(String::as_str)).collect();
        line(out, &fields);
    }
    for (item, why) in &shopping.dismissed {
        line(out, &["not", item, why.name()]);
    }
    let texts = [
        ("list", &shopping.request),
        ("fresh", &shopping.fresh),
        ("wishes", &shopping.wishes),
        ("like", &shopping.like),
    ];
    for (name, text) in texts {
        if !text.is_empty() {
            line(out, &[name, text]);
        }
    }
    if let Some(waits) = &shopping.waits {
        let since = waits.since.as_millis().to_string();
        line(out, &["listing", &waits.id, waits.occasion.name(), &waits.about, &since]);
    }
    if shopping.n_lists > 0 {
        line(out, &["lists", &shopping.n_lists.to_string()]);
    }
    for at in &shopping.unasked {
        line(out, &["unasked", &at.as_millis().to_string()]);
    }
    for taste in &shopping.tastes {
        line(out, &["taste", taste.kind.name(), &taste.value, &taste.weight.to_string()]);
    }
}

/// A line of [`write_shopping`].
fn read_shopping(shopping: &mut Shopping, kind: &str, mut fields: std::str::Split<'_, char>) {
    let mut next = || fields.next().unwrap_or_default().to_owned();
    match kind {
        "not" => shopping.dismissed.push((next(), Dislike::from_name(&next()).unwrap_or_default())),
        "list" => shopping.request = next(),
        "fresh" => shopping.fresh = next(),
        "wishes" => shopping.wishes = next(),
        "like" => shopping.like = next(),
        "listing" => {
            let (id, occasion, about) = (next(), Occasion::from_name(&next()).unwrap_or_default(), next());
            let since = Timestamp::from_millis(next().parse().unwrap_or_default());
            shopping.waits = Some(Waiting { id, occasion, about, since });
        }
        "lists" => shopping.n_lists = next().parse().unwrap_or_default(),
        "unasked" => shopping.unasked.extend(next().parse().ok().map(Timestamp::from_millis)),
        "taste" => {
            if let Some(kind) = TasteKind::from_name(&next()) {
                shopping.tastes.push(Taste { kind, value: next(), weight: next().parse().unwrap_or_default() });
            }
        }
        _ => {
            let list = match kind {
                "looked" => &mut shopping.looked,
                "shown" => &mut shopping.shown,
                "earlier" => &mut shopping.earlier,
                "liked" => &mut shopping.liked,
                "bought" => &mut shopping.bought,
                "owed" => &mut shopping.owed,
                _ => return,
            };
            list.extend(fields.map(str::to_owned));
        }
    }
}

fn write_task(out: &mut String, kind: &str, task: &Task) {
    let mut waits = String::new();
    let _ = match &task.waits {
        Waits::Nothing => Ok(()),
        Waits::Slot(name) => write!(waits, "slot:{name}"),
        Waits::Confirmation(turn) => write!(waits, "confirmation:{turn}"),
        Waits::Action(id) => write!(waits, "action:{id}"),
    };
    let (step, asked) = (task.step.to_string(), task.asked.to_string());
    let mut fields = vec![kind, &task.playbook, &step, &waits, &asked, &task.words];
    for (name, value) in &task.facts {
        fields.extend([name.as_str(), value]);
    }
    line(out, &fields);
}

fn line(out: &mut String, fields: &[&str]) {
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            out.push(FIELD);
        }
        out.extend(field.chars().map(|c| if c == '\n' || c == FIELD { ' ' } else { c }));
    }
    out.push('\n');
}

/// The fields beside those of the record; lines that mean nothing here are passed over.
// Once in the module: it is asked for in several places.
#[inline(never)]
pub(crate) fn read(text: &str) -> DialogueState {
    let mut state = DialogueState::default();
    for line in text.lines().filter(|_| text.len() <= MOST_BYTES) {
        let mut fields = line.split(FIELD);
        let kind = fields.next().unwrap_or_default();
        let mut next = || fields.next().unwrap_or_default().to_owned();
        match kind {
            "task" => state.task = Some(read_task(line)),
            "paused" => state.paused.push(read_task(line)),
            "told" => {
                let (slot, value, turn) = (next(), next(), next());
                state.told.push(Told { slot, value, turn: turn.parse().unwrap_or_default() });
            }
            "later" => state.later.push(next()),
            "offered" => state.offered.push(Button { label: next(), value: next() }),
            "page" => state.page = Some(LookedAt { kind: next(), id: next(), title: next() }),
            "packet" => {
                let (wants, intent, priority, tried) = (next(), next(), next() == "priority", next());
                let mut packet = Packet { wants, intent, priority, ..Packet::default() };
                packet.tried.extend(Some(tried).filter(|tried| !tried.is_empty()));
                while let Some(name) = fields.next() {
                    packet.facts.push((name.to_owned(), fields.next().unwrap_or_default().to_owned()));
                }
                state.packet = Some(packet);
            }
            "held" => state.held = HandoffReason::from_name(&next()),
            "mood" => state.moods.extend(Emotion::from_label(&next())),
            "complained" => state.complained = true,
            "invited" => state.invited = true,
            "done" => state.done = Some((next(), next().parse().unwrap_or_default())),
            "topic" => state.topic = Some(next()),
            "known" => state.known.push((next(), next())),
            "actions" => state.n_actions = next().parse().unwrap_or_default(),
            "acting" => state.acting_since = next().parse().ok().map(Timestamp::from_millis),
            "last" => state.last_turn = next().parse().ok().map(Timestamp::from_millis),
            other => read_shopping(&mut state.shopping, other, fields),
        }
    }
    state
}

fn read_task(line: &str) -> Task {
    let mut fields = line.split(FIELD).skip(1).map(str::to_owned);
    let mut next = || fields.next().unwrap_or_default();
    let (playbook, step, waits, asked, words) = (next(), next(), next(), next(), next());
    let waits = match waits.split_once(':') {
        Some(("slot", name)) => Waits::Slot(name.to_owned()),
        Some(("confirmation", turn)) => turn.parse().map_or(Waits::Nothing, Waits::Confirmation),
        Some(("action", id)) => Waits::Action(id.to_owned()),
        _ => Waits::Nothing,
    };
    let mut facts = Vec::new();
    while let Some(name) = fields.next() {
        facts.push((name, fields.next().unwrap_or_default()));
    }
    // A yes is never kept: between two turns there is none that was not used.
    Task {
        playbook,
        step: step.parse().unwrap_or_default(),
        waits,
        confirmed: false,
        asked: asked.parse().unwrap_or_default(),
        words,
        facts,
    }
}
