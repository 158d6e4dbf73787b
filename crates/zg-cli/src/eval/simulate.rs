//! `zhanggui eval simulate`: thousands of shoppers with goals, moods and slips, and what must hold of every talk with them.

mod numbers;
mod shopper;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use zg_assistant::{Context, NoModels, Playbooks, Understand, step_listing};
use zg_domain::{DialogueEvent, DialogueState, Effect, Reply, ReplyKind, Timestamp, Understanding, Utterance};
use zg_proto::cli::StateRecord;

use self::shopper::{End, Shopper};
use super::table::share;
use crate::{ModelArgs, kb, lines, models};

/// A state larger than this is a fault.
const MOST_STATE: usize = 16 << 10;
/// A talk longer than this comes to no end.
const MOST_TURNS: usize = 120;
/// As often as this in a row the same words are a loop.
const LOOP: usize = 3;
/// What may be done without a yes.
const REVERSIBLE: [&str; 4] = ["order_lookup", "refund_lookup", "expedite", "logistics_report"];

/// The models, with the time they take: the dialogue is timed without them.
struct Timed<'m> {
    models: &'m dyn Understand,
    spent: Cell<Duration>,
}

impl Understand for Timed<'_> {
    fn understand(&self, utterance: &Utterance<'_>) -> Option<Understanding> {
        let begun = started();
        let understood = self.models.understand(utterance);
        self.spent.set(self.spent.get() + begun.elapsed());
        understood
    }
}

/// For how long something takes, which is all that it is told by.
#[expect(clippy::disallowed_methods, reason = "a native program that measures")]
fn started() -> Instant {
    Instant::now()
}

#[derive(Default)]
struct Tally {
    ends: BTreeMap<&'static str, usize>,
    n_turns: usize,
    largest_state: usize,
    micros: Vec<u64>,
    /// Kind and seed.
    faults: Vec<(String, u64)>,
    /// Of wishes for an answer or for something done: all, served without a person and without saying it twice, told something
    /// wrong.
    n_goals: usize,
    n_automated: usize,
    n_wrong: usize,
}

/// Runs conversations number `seed` to `seed + n`.
pub fn run(bundle: &Path, n: u64, seed: u64, args: Option<&ModelArgs>, show: bool) -> anyhow::Result<bool> {
    let path = bundle;
    let bundle = if args.is_some() { kb::open_to_search(path, &[])? } else { kb::open(path)? };
    let playbooks = Playbooks::read(bundle.playbooks()).with_context(|| format!("cannot use {}", path.display()))?;
    let models: Box<dyn Understand> = match args {
        Some(args) => Box::new(models::load(args)?),
        None => Box::new(NoModels),
    };
    let timed = Timed { models: &*models, spent: Cell::default() };
    let context = Context {
        bundle: &bundle,
        playbooks: &playbooks,
        understand: &timed,
        locale: "zh-CN",
        people: true,
        customer: zg_policy::Customer::Unknown,
        actions: true,
        cart: true,
        forms: false,
        products: &[],
    };
    let now = Timestamp::from_millis(kb::today().days() * 86_400_000);
    let entries: Vec<_> =
        bundle.entries().filter(|(_, info)| !info.expired(now.date())).map(|(entry, _)| entry).collect();
    anyhow::ensure!(!entries.is_empty(), "the bundle has no entry that holds today");
    let mut tally = Tally::default();
    for number in seed..seed.saturating_add(n) {
        let shopper = Shopper::new(&bundle, &entries, number);
        let talked = catch_unwind(AssertUnwindSafe(|| talk(&context, &timed, shopper, now, &mut tally, number, show)));
        if talked.is_err() {
            tally.faults.push(("panic".to_owned(), number));
        }
    }
    let sound = tally.faults.is_empty();
    tally.micros.sort_unstable();
    let at = |share: f64| tally.micros.get((tally.micros.len() as f64 * share) as usize).copied().unwrap_or(0);
    let mut faults: BTreeMap<&str, (usize, Vec<u64>)> = BTreeMap::new();
    for (kind, number) in &tally.faults {
        let row = faults.entry(kind).or_default();
        row.0 += 1;
        if row.1.len() < 5 {
            row.1.push(*number);
        }
    }
    let ends: BTreeMap<_, _> = tally.ends.iter().map(|(end, count)| (*end, share(*count, n as usize))).collect();
    let faults: BTreeMap<_, _> =
        faults.into_iter().map(|(kind, (n, seeds))| (kind, json!({ "n": n, "seeds": seeds }))).collect();
    let report = json!({
        "conversations": n, "seed": seed, "turns": tally.n_turns, "ends": ends, "faults": faults,
        "largest_state_bytes": tally.largest_state,
        "step_micros": { "p50": at(0.5), "p99": at(0.99), "most": tally.micros.last() },
        "goals": tally.n_goals, "automated": share(tally.n_automated, tally.n_goals),
        "told_something_wrong": share(tally.n_wrong, tally.n_goals),
    });
    lines::write(&mut std::io::stdout().lock(), &report)?;
    Ok(sound)
}

fn talk(
    context: &Context<'_>,
    timed: &Timed<'_>,
    mut shopper: Shopper<'_>,
    start: Timestamp,
    tally: &mut Tally,
    number: u64,
    show: bool,
) {
    let mut state = DialogueState::default();
    let mut now = start;
    let mut event = Some(shopper.begin());
    let mut watch = Watch::default();
    let mut n_turns = 0;
    while let Some(this) = event.take() {
        n_turns += 1;
        now = Timestamp::from_millis(now.as_millis() + 1_000 + shopper.numbers.below(60_000) as i64);
        // Now and then somebody comes back on another day.
        if shopper.numbers.below(60) == 0 {
            now = Timestamp::from_millis(now.as_millis() + 20 * 3_600_000);
            // What was said yesterday is no loop.
            watch.n_same = 0;
        }
        let with_people = state.handoff.with_people();
        let (begun, before) = (started(), timed.spent.get());
        let (next, effects) = step_listing(context, state, this.clone(), now, &mut |_| Vec::new());
        let took = begun.elapsed().saturating_sub(timed.spent.get() - before);
        tally.micros.push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        state = next;
        let bytes = zg_proto::to_json(&StateRecord::from(&state)).len();
        tally.largest_state = tally.largest_state.max(bytes);
        if show {
            println!("> {this:?}");
            for effect in &effects {
                println!("    {effect:?}");
            }
        }
        watch.counting |= shopper.wished_for_person;
        let mut faults = watch.faults(&this, &effects, with_people);
        if bytes > MOST_STATE {
            faults.push("state_too_large".to_owned());
        }
        tally.faults.extend(faults.into_iter().map(|fault| (fault, number)));
        if n_turns >= MOST_TURNS {
            tally.faults.push(("endless".to_owned(), number));
            break;
        }
        let resolved = shopper.end == Some(End::Resolved);
        event = if resolved { None } else { shopper.next(&effects) };
    }
    tally.n_turns += n_turns;
    let end = shopper.end.unwrap_or(End::Left);
    if end == End::Stuck {
        tally.faults.push(("dead_end".to_owned(), number));
    }
    if watch.counting && watch.turns_to_person.is_none_or(|turns| turns > 2) {
        tally.faults.push(("no_person_within_two_turns".to_owned(), number));
    }
    let name = match end {
        End::Resolved => "resolved",
        End::HandedOver => "handed_over",
        End::Left => "left",
        End::Stuck => "stuck",
    };
    *tally.ends.entry(name).or_default() += 1;
    if end != End::Resolved {
        shopper.close();
    }
    for (automated, wrong) in shopper.closed {
        tally.n_goals += 1;
        tally.n_automated += usize::from(automated);
        tally.n_wrong += usize::from(wrong);
    }
}

/// What must hold, watched over a conversation.
#[derive(Default)]
struct Watch {
    last: String,
    n_same: usize,
    asked_to_confirm: bool,
    /// How many turns it took until a person was offered or asked for; a page that is looked at is none.
    turns_to_person: Option<usize>,
    n_turns: usize,
    /// A person was asked for: from here on turns count.
    counting: bool,
}

impl Watch {
    fn faults(&mut self, event: &DialogueEvent, effects: &[Effect], with_people: bool) -> Vec<String> {
        let mut faults = Vec::new();
        let said: Vec<&Reply> = effects
            .iter()
            .filter_map(|effect| if let Effect::Say(reply) = effect { Some(reply) } else { None })
            .collect();
        let quiet = matches!(event, DialogueEvent::Page(_)) || with_people;
        // The result of something that was left since is nobody's.
        let stale = matches!(event, DialogueEvent::ActionResult { .. });
        if effects.is_empty() && !quiet && !stale {
            faults.push("silence".to_owned());
        }
        for reply in &said {
            if reply.text.trim().is_empty() || reply.text.contains("{ $") {
                faults.push("empty_words".to_owned());
            }
            if matches!(reply.kind, ReplyKind::Fallback) && !reply.buttons.iter().any(|one| one.value == "handoff") {
                faults.push("nothing_offered".to_owned());
            }
        }
        let yes = match event {
            DialogueEvent::QuickReply { value } => value.starts_with("yes:"),
            DialogueEvent::Utterance { text } => !text.is_empty(),
            _ => false,
        };
        for effect in effects {
            if let Effect::Act { action, .. } = effect
                && !REVERSIBLE.contains(&action.as_str())
                && !(yes && self.asked_to_confirm)
            {
                faults.push("done_without_a_yes".to_owned());
            }
        }
        let words: String = said.iter().map(|reply| reply.text.as_str()).collect();
        let offers = said.iter().any(|reply| reply.buttons.iter().any(|button| button.value == "handoff"));
        let spoken = matches!(event, DialogueEvent::Utterance { .. });
        if spoken && !words.is_empty() && words == self.last {
            self.n_same += 1;
        } else if !said.is_empty() {
            (self.last, self.n_same) = (words, 1);
        }
        if self.n_same >= LOOP && !offers {
            faults.push("loop".to_owned());
            self.n_same = 0;
        }
        if !said.is_empty() {
            self.asked_to_confirm = said.iter().any(|reply| reply.why.rule == "confirm");
        }
        if !quiet && self.counting {
            self.n_turns += 1;
        }
        let handed = effects.iter().any(|effect| matches!(effect, Effect::RequestHandoff { .. }));
        if (offers || handed) && self.counting && self.turns_to_person.is_none() {
            self.turns_to_person = Some(self.n_turns);
        }
        faults
    }
}
