//! Carrying out a playbook: what it needs, what it asks, what it does.
//!
//! An irreversible action is done in one place alone, behind [`Task::confirmed`], which a yes sets and every other change clears.

use zg_domain::{Act, Button, Effect, HandoffReason, Intent, Outcome, ReplyKind, Task, Told, Waits};

use crate::phrases::Phrases;
use crate::playbook::{Book, SlotKind, Step};
use crate::recommend::size::{Guide, centimetres, kilograms};
use crate::slots::{self, YesNo, cut, yes_no};
use crate::step::{Heard, Turn, heard_of};

/// What a step that advises on a size comes to.
enum Advice {
    /// This slot has to be asked for first.
    Ask(&'static str),
    Given,
    /// There is no guide, or no size of it fits.
    None,
}

/// Steps taken in one turn: more is a circle.
const MOST_STEPS: usize = 64;
/// How often a value is asked for before a person is offered in its place.
const MOST_ASKED: u32 = 2;
/// What no shopper asks for who is content.
pub(crate) const COMPLAINTS: [&str; 5] =
    ["quality_complaint", "missing_or_wrong_item", "logistics_problem", "complaint_service", "return_request"];
const MOST_PAUSED: usize = 3;
const MOST_TOLD: usize = 12;
const MOST_FACTS: usize = 24;
const MOST_WORDS: usize = 120;
/// What was told so many turns ago is asked for again.
const TOLD_TURNS: u32 = 40;

impl Turn<'_> {
    fn book(&self) -> Option<&'_ Book> {
        self.context.playbooks.book(&self.state.task.as_ref()?.playbook)
    }

    /// Words of the shop's playbooks, with all that the task knows filled in.
    fn words(&self, key: &str) -> Option<String> {
        let task = self.state.task.as_ref()?;
        let facts: Vec<(&str, &str)> = task.facts.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.context.playbooks.words(self.phrases().locale, key, &facts)
    }

    /// Begins the playbook of an intent.
    pub(crate) fn begin(&mut self, intent: &str, heard: &Heard) {
        let same = self.state.task.as_ref().is_some_and(|task| task.playbook == intent);
        if same && self.is_done_for_good() {
            return self.offer_person("waiting", "still-working");
        }
        let mut confirms = 0;
        // Asked for again while it runs: it goes on, with what was added.
        if let Some(task) = self.state.task.as_mut().filter(|task| task.playbook == intent) {
            task.confirmed = false;
            confirms = if matches!(task.waits, Waits::Confirmation(_)) { task.asked } else { 0 };
        } else {
            self.pause();
            let resumed = self.state.paused.iter().position(|task| task.playbook == intent);
            let words: String = heard.text.chars().take(MOST_WORDS).collect();
            let task = resumed.map(|at| self.state.paused.remove(at)).unwrap_or_default();
            let words = if task.words.is_empty() { cut(&words) } else { task.words };
            self.state.task = Some(Task { playbook: intent.to_owned(), words, facts: task.facts, ..Task::default() });
        }
        self.state.misses = 0;
        self.state.complained |= COMPLAINTS.contains(&intent);
        self.restart(heard);
        // Asked instead of answered, time and again.
        if let Some(task) = self.state.task.as_mut().filter(|task| matches!(task.waits, Waits::Confirmation(_))) {
            task.asked += confirms;
            if confirms >= MOST_ASKED {
                self.offer_beside();
            }
        }
    }

    /// Begins a playbook that a button leads to, with what the button says.
    pub(crate) fn begin_with(&mut self, name: &str, facts: Vec<(String, String)>) {
        if self.context.playbooks.book(name).is_none() {
            return self.say_text("stale", "button-stale");
        }
        self.pause();
        self.state.task = Some(Task { playbook: name.to_owned(), facts, ..Task::default() });
        self.proceed();
    }

    /// Begins the playbook of a list; a shop that has taken it out has a list nevertheless.
    pub(crate) fn begin_list(&mut self, heard: &Heard) {
        let book = self.context.playbooks.book(crate::recommend::INTENT);
        let lists = book.is_some_and(|book| book.steps.iter().any(|step| matches!(step, Step::Recommend { .. })));
        if lists {
            self.begin(crate::recommend::INTENT, heard);
        } else {
            self.list_for(zg_domain::Occasion::Chat, &heard.text);
        }
    }

    /// The list that the task waited for has come, or there is none.
    pub(crate) fn list_came(&mut self, shown: bool) {
        let Some(task) = &self.state.task else { return };
        let at = task.step as usize;
        match self.book().and_then(|book| book.steps.get(at)) {
            Some(Step::Recommend { none, .. }) => {
                let to = if shown { at + 1 } else { *none };
                self.go(to);
                self.proceed();
            }
            _ => self.state.task = None,
        }
    }

    /// From the first step, with what is known.
    fn restart(&mut self, heard: &Heard) {
        let Some(book) = self.book() else {
            self.state.task = None;
            return;
        };
        let asked: Vec<String> = book
            .steps
            .iter()
            .filter_map(|step| if let Step::Ask(slot) = step { Some(slot.clone()) } else { None })
            .collect();
        // A playbook that begins with words begins with its own.
        let soothing =
            if matches!(book.steps.first(), Some(Step::Say { .. })) { String::new() } else { self.soothing() };
        if !soothing.is_empty() {
            self.say("soothe", ReplyKind::Text, soothing, Vec::new());
        }
        for name in asked {
            if let Some(value) = self.value_of(&name, heard, false) {
                self.tell(&name, value);
            }
        }
        if let Some(task) = &mut self.state.task {
            (task.step, task.waits, task.confirmed, task.asked) = (0, Waits::Nothing, false, 0);
        }
        self.proceed();
    }

    /// Takes steps until something is waited for, or nothing is left.
    fn proceed(&mut self) {
        for _ in 0..MOST_STEPS {
            let Some(task) = self.state.task.clone() else { return };
            let Some(step) = self.book().and_then(|book| book.steps.get(task.step as usize)).cloned() else {
                return self.finish();
            };
            let next = task.step as usize + 1;
            match step {
                Step::Ask(slot) => match self.known(&slot) {
                    Some(value) => {
                        self.tell(&slot, value);
                        self.go(next);
                    }
                    None => return self.ask_for(&slot),
                },
                Step::Say { words, card } => {
                    if let Some(text) = self.words(&words) {
                        self.cards.extend(card.and_then(|kind| self.card_of_task(kind)));
                        self.say("playbook", ReplyKind::Text, text, Vec::new());
                    }
                    self.go(next);
                }
                Step::Offer(key) => {
                    if let Some(text) = self.words(&key) {
                        let buttons = self.person();
                        self.say("playbook", ReplyKind::Text, text, buttons);
                    }
                    self.go(next);
                }
                // Where nobody does it, a yes would promise what does not happen.
                Step::Confirm { .. } if !self.context.actions => return self.hand_over(HandoffReason::Policy),
                Step::Confirm { words, .. } => return self.ask_to_confirm(&words),
                Step::Do { action, with, .. } => {
                    if !self.context.actions {
                        return self.hand_over(HandoffReason::Policy);
                    }
                    let irreversible = self.context.playbooks.action(&action).is_none_or(|action| action.irreversible);
                    // The compiler lets no such playbook through; a bundle may be anybody's.
                    if irreversible && !task.confirmed {
                        return self.hand_over(HandoffReason::Policy);
                    }
                    return self.act(action, &with);
                }
                Step::If { fact, is, then } => {
                    let value = self.fact(&fact);
                    let holds = value.is_some_and(|value| is.iter().any(|one| *one == value || one == "*"));
                    self.go(if holds { then } else { next });
                }
                Step::Recommend { occasion, none } => {
                    if !self.list_for(occasion, &task.words) {
                        self.go(none);
                        continue;
                    }
                    let id = self.state.shopping.waits.as_ref().map(|waits| waits.id.clone()).unwrap_or_default();
                    self.state.acting_since = Some(self.now);
                    if let Some(task) = &mut self.state.task {
                        task.waits = Waits::Action(id);
                    }
                    return;
                }
                Step::Size { none } => match self.advise_size() {
                    Advice::Ask(slot) => return self.ask_for(slot),
                    Advice::Given => self.go(next),
                    Advice::None => self.go(none),
                },
                Step::Go(to) => self.go(to),
                Step::Person => {
                    let failed = self.fact("outcome").is_some_and(|outcome| outcome == "failed");
                    return self.hand_over(if failed { HandoffReason::ToolFailure } else { HandoffReason::Policy });
                }
                Step::End => return self.finish(),
            }
        }
        // Round and round: a person ends it.
        self.hand_over(HandoffReason::Policy);
    }

    /// The size of the product that is meant, as the fact `size`, once what it depends on is known.
    fn advise_size(&mut self) -> Advice {
        let Some(text) = self.fact("size_guide").or_else(|| self.size_guide()) else { return Advice::None };
        let Some(guide) = Guide::read(&text) else { return Advice::None };
        // Of this product, wherever the shopper goes meanwhile.
        self.tell("size_guide", text);
        let Some(height) = self.known("height").and_then(|height| centimetres(&height)) else {
            return Advice::Ask("height");
        };
        let weight = self.known("weight").and_then(|weight| kilograms(&weight));
        if weight.is_none() && guide.has_weights() {
            return Advice::Ask("weight");
        }
        let fitting = guide.fitting(height, weight);
        if fitting.is_empty() {
            return Advice::None;
        }
        self.tell("size", fitting.join(" / "));
        Advice::Given
    }

    fn go(&mut self, step: usize) {
        if let Some(task) = &mut self.state.task {
            task.step = step as u32;
            task.waits = Waits::Nothing;
        }
    }

    fn fact(&self, name: &str) -> Option<String> {
        if name == "people" {
            return Some(if self.context.people { "yes" } else { "no" }.to_owned());
        }
        let facts = &self.state.task.as_ref()?.facts;
        facts.iter().find(|(of, _)| of == name).map(|(_, value)| value.clone())
    }

    /// What is known of a slot without asking: of this task, of what was told before, or of the page.
    fn known(&self, name: &str) -> Option<String> {
        if let Some(value) = self.fact(name) {
            return Some(value);
        }
        let slot = self.context.playbooks.slot(name)?;
        let told = self.state.told.iter().find(|told| told.slot == name && slot.kept);
        let told = told.filter(|told| self.state.turns.saturating_sub(told.turn) <= TOLD_TURNS);
        if let Some(told) = told {
            return Some(told.value.clone());
        }
        let page = self.state.page.as_ref().filter(|page| !page.id.is_empty())?;
        (slot.kind == SlotKind::Order && page.kind == "order").then(|| page.id.clone())
    }

    /// The value of a slot in what was said.
    fn value_of(&self, name: &str, heard: &Heard, asked: bool) -> Option<String> {
        let slot = self.context.playbooks.slot(name)?;
        let locale = self.phrases().locale;
        let label =
            |option: &str| self.context.playbooks.words(locale, &format!("{name}-{option}"), &[]).unwrap_or_default();
        // Words are kept as they were typed; a number or a choice is looked for in what was read.
        let text = if slot.kind == SlotKind::Text { &heard.text } else { &heard.reading };
        slots::value(slot, text, heard.entities(), asked, label)
    }

    /// Notes what a shopper has told, for this task and for later ones.
    fn tell(&mut self, slot: &str, value: String) {
        let turn = self.state.turns;
        if self.context.playbooks.slot(slot).is_some_and(|slot| slot.kept) {
            let other = self.state.told.iter().any(|told| told.slot == slot && told.value != value);
            // Of another order nothing is known yet.
            if other && slot == "order" {
                self.state.known.clear();
            }
            self.state.told.retain(|told| told.slot != slot);
            self.state.told.insert(0, Told { slot: slot.to_owned(), value: cut(&value), turn });
            self.state.told.truncate(MOST_TOLD);
        }
        if let Some(task) = &mut self.state.task {
            set(&mut task.facts, slot, value);
        }
    }

    /// Notes what an utterance says by the way, so that it is not asked for.
    pub(crate) fn remember(&mut self, heard: &Heard) {
        let kept: Vec<String> =
            self.context.playbooks.slots().iter().filter(|slot| slot.kept).map(|slot| slot.name.clone()).collect();
        for name in kept {
            if let Some(value) = self.value_of(&name, heard, false) {
                let known = self.state.told.iter().any(|told| told.slot == name && told.value == value);
                if !known {
                    self.state.told.retain(|told| told.slot != name);
                    self.state.told.insert(0, Told { slot: name, value, turn: self.state.turns });
                    self.state.told.truncate(MOST_TOLD);
                }
            }
        }
    }

    /// Asks for a slot; after some times in vain a person is offered.
    fn ask_for(&mut self, slot: &str) {
        let Some(task) = &mut self.state.task else { return };
        task.waits = Waits::Slot(slot.to_owned());
        task.asked += 1;
        let (asked, intent) = (task.asked, Intent(task.playbook.clone()));
        if asked > MOST_ASKED + 1 {
            return self.hand_over(HandoffReason::Repeated);
        }
        self.did(Act::Ask, Some(intent));
        let options = self.context.playbooks.slot(slot).map(|slot| slot.options.clone()).unwrap_or_default();
        let label = |option: &String| self.words(&format!("{slot}-{option}")).unwrap_or_else(|| option.clone());
        let choice = |option: &String| Button {
            label: label(option).split('|').next().unwrap_or_default().to_owned(),
            value: format!("set:{option}"),
        };
        let mut buttons: Vec<Button> = options.iter().map(choice).collect();
        let again = (asked > 1).then(|| self.words(&format!("ask-{slot}-again"))).flatten();
        let text = again.or_else(|| self.words(&format!("ask-{slot}"))).unwrap_or_else(|| slot.to_owned());
        if asked > 1 {
            buttons.extend(self.person());
        }
        self.say("ask", ReplyKind::Text, text, buttons);
    }

    fn ask_to_confirm(&mut self, words: &str) {
        let turn = self.state.turns;
        let Some(text) = self.words(words) else { return self.hand_over(HandoffReason::Policy) };
        let Some(task) = &mut self.state.task else { return };
        (task.waits, task.confirmed) = (Waits::Confirmation(turn), false);
        task.asked += 1;
        let (asked, intent) = (task.asked, Intent(task.playbook.clone()));
        if asked > MOST_ASKED + 2 {
            return self.hand_over(HandoffReason::Repeated);
        }
        self.did(Act::Confirm, Some(intent));
        let phrases = self.phrases();
        // A button of an earlier question says yes to nothing else.
        let mut buttons: Vec<Button> = ["yes", "no"]
            .map(|answer| Button {
                label: phrases.text(&format!("button-{answer}")),
                value: format!("{answer}:{turn}"),
            })
            .into();
        if asked > 2 {
            buttons.extend(self.person());
        }
        self.say("confirm", ReplyKind::Text, text, buttons);
    }

    fn confirmed(&mut self, yes: bool) {
        let Some(task) = &mut self.state.task else { return };
        let step = task.step as usize;
        let step = self.context.playbooks.book(&task.playbook).and_then(|book| book.steps.get(step)).cloned();
        let Some(Step::Confirm { no, .. }) = step else { return };
        (task.confirmed, task.asked) = (yes, 0);
        let next = if yes { task.step as usize + 1 } else { no };
        self.go(next);
        self.proceed();
    }

    fn act(&mut self, action: String, with: &[String]) {
        self.state.n_actions = self.state.n_actions.saturating_add(1);
        let id = format!("a{}", self.state.n_actions);
        let arguments = with.iter().filter_map(|name| Some((name.clone(), self.fact(name)?))).collect();
        if let Some(task) = &mut self.state.task {
            // A yes is for one action.
            (task.waits, task.confirmed) = (Waits::Action(id.clone()), false);
        }
        self.state.previous = None;
        self.state.acting_since = Some(self.now);
        let text = self.words(&format!("doing-{action}")).unwrap_or_else(|| self.phrases().text("doing"));
        self.effects.push(Effect::Act { id, action, arguments });
        self.say("action", ReplyKind::Text, text, Vec::new());
    }

    /// The back office has answered, or nobody could ask it.
    pub(crate) fn action_result(&mut self, id: &str, outcome: Outcome) {
        if self.state.handoff.with_people() {
            return;
        }
        // Of the task at hand, or of one that was left for another.
        let waits = |task: &Task| task.waits == Waits::Action(id.to_owned());
        if !self.state.task.as_ref().is_some_and(waits) {
            let Some(at) = self.state.paused.iter().position(waits) else { return };
            let task = self.state.paused.remove(at);
            self.pause();
            self.state.task = Some(task);
        }
        let Some(task) = &mut self.state.task else { return };
        let at = task.step as usize;
        let step = self.context.playbooks.book(&task.playbook).and_then(|book| book.steps.get(at)).cloned();
        let Some(Step::Do { action, refused, failed, .. }) = step else {
            self.state.task = None;
            return;
        };
        let mut into_cart = None;
        let (word, to) = match outcome {
            Outcome::Done(facts) => {
                let told = facts.iter().filter(|(name, _)| ["status_text", "eta"].contains(&name.as_str()));
                self.state.known = told.map(|(name, value)| (cut(name), cut(value))).collect();
                for (name, value) in facts {
                    set(&mut task.facts, &name, value);
                }
                let item = task.facts.iter().find(|(name, _)| name == "item").map(|(_, value)| value.clone());
                into_cart = item.filter(|_| action == "cart_add");
                ("done", at + 1)
            }
            Outcome::Refused(words) => {
                set(&mut task.facts, "reason", sentence(words.unwrap_or_default()));
                ("refused", refused)
            }
            Outcome::Failed => ("failed", failed),
            Outcome::Queued => {
                self.say_text("queued", "action-queued");
                return self.finish();
            }
        };
        set(&mut task.facts, "outcome", word.to_owned());
        task.asked = 0;
        if let Some(item) = into_cart {
            self.in_cart(&item);
        }
        self.go(to);
        self.proceed();
    }

    fn hand_over(&mut self, reason: HandoffReason) {
        if self.context.people {
            self.request_handoff(reason);
        } else {
            self.state.task = None;
            self.say_text("no_people", "person-unreachable");
        }
    }

    fn finish(&mut self) {
        if let Some(task) = self.state.task.take() {
            self.note_done(&task);
        }
        self.next_request();
        if self.state.task.is_none() {
            self.resume();
        }
    }

    /// The same thing done again has not helped: a person is offered, and the third time asked for.
    fn note_done(&mut self, task: &Task) {
        if !task.facts.iter().any(|(name, _)| name == "outcome") {
            return;
        }
        let order = task.facts.iter().find(|(name, _)| name == "order").map_or("", |(_, value)| value);
        let key = format!("{} {order}", task.playbook);
        let repeats = match self.state.done.take() {
            Some((last, repeats)) if last == key => repeats + 1,
            _ => 0,
        };
        self.state.done = Some((key, repeats));
        match repeats {
            0 => {}
            1 => self.offer_beside(),
            _ if self.context.people => {
                // It goes along: it is what was wanted.
                self.state.task = Some(task.clone());
                self.request_handoff(HandoffReason::Repeated);
            }
            _ => {}
        }
    }

    /// Goes on with the task that was left last.
    fn resume(&mut self) -> bool {
        if self.state.paused.is_empty() || self.state.handoff.with_people() {
            return false;
        }
        self.state.task = Some(self.state.paused.remove(0));
        self.prompt_again();
        true
    }

    /// Leaves the task at hand for another.
    pub(crate) fn pause(&mut self) {
        if let Some(mut task) = self.state.task.take() {
            (task.confirmed, task.asked) = (false, 0);
            self.state.paused.insert(0, task);
            self.state.paused.truncate(MOST_PAUSED);
        }
    }

    /// After a digression: what was asked for is still open.
    pub(crate) fn prompt_again(&mut self) {
        let Some(task) = &mut self.state.task else { return };
        task.asked = 0;
        match &task.waits {
            Waits::Slot(_) | Waits::Confirmation(_) | Waits::Nothing => {
                self.say_text("back", "back-to-task");
                self.proceed();
            }
            Waits::Action(_) => {}
        }
    }

    /// Offers to do what an answer is about, with the answer.
    pub(crate) fn offer_task(&mut self, intent: &str) {
        let phrases = self.phrases();
        let Some(label) = self.context.playbooks.words(phrases.locale, &format!("do-{intent}"), &[]) else { return };
        let button = Button { label, value: format!("do:{intent}") };
        let answer = self.effects.iter_mut().rev().find_map(|effect| match effect {
            Effect::Say(reply) if matches!(reply.kind, ReplyKind::Answer(_)) => Some(reply),
            _ => None,
        });
        if let Some(reply) = answer {
            reply.buttons.push(button);
        }
    }

    /// A button of the task at hand; whether it was one.
    pub(crate) fn task_button(&mut self, value: &str) -> bool {
        let waits = self.state.task.as_ref().map(|task| task.waits.clone());
        match (waits, value.split_once(':')) {
            (Some(Waits::Confirmation(turn)), Some((answer @ ("yes" | "no"), of))) if of == turn.to_string() => {
                self.confirmed(answer == "yes");
            }
            (Some(Waits::Slot(name)), Some(("set", value))) => {
                let slot = self.context.playbooks.slot(&name);
                let known = slot.is_some_and(|slot| slot.options.iter().any(|option| option == value));
                if known {
                    self.tell(&name, cut(value));
                }
                self.proceed();
            }
            // Of a question that is no more.
            (_, Some(("yes" | "no" | "set", _))) => self.say_text("stale", "button-stale"),
            _ => return false,
        }
        true
    }

    /// Whether the task at hand takes an utterance.
    pub(crate) fn task_takes(&mut self, heard: &Heard) -> bool {
        if self.state.task.is_none() {
            return Phrases::holds(&heard.bare, "hold-back") && self.resume();
        }
        let leaves = Phrases::matches(&heard.bare, "match-leave") || Phrases::holds(&heard.bare, "hold-leave");
        let Some(task) = self.state.task.clone() else { return false };
        if self.is_done_for_good() {
            return self.while_waiting(heard);
        }
        if let Waits::Confirmation(_) = task.waits
            && !self.corrects(heard)
        {
            if self.corrects_value(heard) {
                return true;
            }
            // `嗯……` is no yes.
            let hesitates = heard.text.contains('…') || heard.text.contains("..");
            match yes_no(&heard.bare) {
                YesNo::Yes if hesitates => self.proceed(),
                YesNo::Yes => self.confirmed(true),
                YesNo::No => self.confirmed(false),
                YesNo::Neither if leaves => self.leave(),
                YesNo::Neither => return self.digress(heard),
            }
            return true;
        }
        if self.corrects(heard) {
            return true;
        }
        match task.waits {
            Waits::Slot(name) => {
                if let Some(value) = self.slot_value(&name, heard) {
                    self.tell(&name, value);
                    if let Some(task) = &mut self.state.task {
                        task.asked = 0;
                    }
                    self.proceed();
                } else if leaves || yes_no(&heard.bare) == YesNo::No {
                    self.leave();
                } else {
                    return self.digress(heard);
                }
                true
            }
            Waits::Confirmation(_) => true,
            Waits::Action(_) => self.while_waiting(heard),
            Waits::Nothing => false,
        }
    }

    /// The value that answers the question for a slot, unless the words are a question of their own.
    fn slot_value(&self, name: &str, heard: &Heard) -> Option<String> {
        let slot = self.context.playbooks.slot(name)?;
        let value = self.value_of(name, heard, true)?;
        let words = slot.kind == SlotKind::Text;
        if words && Phrases::matches(&heard.bare, "match-unknown") {
            return None;
        }
        let leaves = Phrases::matches(&heard.bare, "match-leave") || Phrases::holds(&heard.bare, "hold-leave");
        let asks = heard.bare.contains(['?', '？']) || Phrases::holds(&heard.bare, "hold-how");
        (!words || !(leaves || asks)).then_some(value)
    }

    /// `不是，是另一单`, `改成 2026…`: whether an utterance puts right what was told; then the task begins again with it.
    fn corrects(&mut self, heard: &Heard) -> bool {
        let Some(task) = &self.state.task else { return false };
        let orders: Vec<String> = self
            .context
            .playbooks
            .slots()
            .iter()
            .filter(|slot| slot.kind == SlotKind::Order && task.facts.iter().any(|(name, _)| *name == slot.name))
            .map(|slot| slot.name.clone())
            .collect();
        if orders.is_empty() {
            return false;
        }
        let number = slots::order_number(&heard.reading, heard.entities());
        let other = Phrases::holds(&heard.bare, "hold-other-order");
        for name in orders {
            let known = self.fact(&name);
            match &number {
                Some(number) if known.as_ref() != Some(number) => self.tell(&name, number.clone()),
                None if other => {
                    self.state.told.retain(|told| told.slot != name);
                    if let Some(task) = &mut self.state.task {
                        task.facts.retain(|(of, _)| *of != name);
                    }
                }
                _ => return false,
            }
        }
        self.restart(&Heard::default());
        true
    }

    /// `不对，换成蓝色的`: whether an utterance puts right a value that was just told; then it is to be confirmed anew.
    fn corrects_value(&mut self, heard: &Heard) -> bool {
        let Some(rest) = slots::corrected(&heard.text) else { return false };
        let (Some(book), Some(task)) = (self.book(), &self.state.task) else { return false };
        let asked: Vec<String> = book.steps[..book.steps.len().min(task.step as usize)]
            .iter()
            .rev()
            .filter_map(|step| if let Step::Ask(slot) = step { Some(slot.clone()) } else { None })
            .collect();
        let said = heard_of(self, rest);
        let kind = |name: &str| self.context.playbooks.slot(name).map(|slot| slot.kind);
        // A choice or an address is known when it is seen; any words may be the words that were told last.
        let known = |name: &&String| !matches!(kind(name), Some(SlotKind::Text | SlotKind::Order) | None);
        let found = asked.iter().filter(known).find_map(|name| Some((name, self.value_of(name, &said, true)?)));
        let text = || asked.iter().find(|name| kind(name) == Some(SlotKind::Text)).map(|name| (name, cut(rest)));
        let Some((name, value)) = found.or_else(text).map(|(name, value)| (name.clone(), value)) else { return false };
        self.tell(&name, value);
        self.restart(&Heard::default());
        true
    }

    /// Something else in the midst of a task: answered where it is sure, then back; else the question again.
    fn digress(&mut self, heard: &Heard) -> bool {
        let before = self.effects.len();
        if self.sure_of_something_else(heard) {
            self.request(heard);
            // Another task has begun, or a person was asked for: this one waits.
            let same = self.effects.len() > before && self.is_waiting() && !self.asked_since(before);
            if same {
                self.prompt_again();
            }
            return true;
        }
        self.proceed();
        true
    }

    fn asked_since(&self, before: usize) -> bool {
        self.effects[before..].iter().any(|effect| match effect {
            Effect::Say(reply) => ["ask", "confirm", "action"].contains(&reply.why.rule),
            _ => true,
        })
    }

    fn sure_of_something_else(&self, heard: &Heard) -> bool {
        let found =
            crate::candidates(self.context.bundle, &heard.reading, heard.understanding.as_ref(), self.now.date(), 1);
        let of_task = |intent: &str| self.state.task.as_ref().is_some_and(|task| task.playbook == intent);
        let answered = found.first().is_some_and(|best| best.confidence.get() >= self.accept());
        let top = heard.understanding.as_ref().and_then(|understood| understood.intents.first());
        let other = top.is_some_and(|top| {
            let label = top.label.0.as_str();
            top.confidence.get() >= crate::step::SURE
                && !of_task(label)
                && (self.context.playbooks.book(label).is_some() || label == "human_agent")
        });
        let asks = Phrases::holds(&heard.bare, "hold-question") || heard.bare.contains('?');
        (answered && asks) || other
    }

    /// Whether something irreversible is on its way: words put it right no more, begun anew it would be done twice, and its
    /// result has to be told.
    fn is_done_for_good(&self) -> bool {
        let Some(task) = self.state.task.as_ref().filter(|task| matches!(task.waits, Waits::Action(_))) else {
            return false;
        };
        let Some(Step::Do { action, .. }) = self.book().and_then(|book| book.steps.get(task.step as usize)) else {
            return false;
        };
        self.context.playbooks.action(action).is_none_or(|action| action.irreversible)
    }

    fn while_waiting(&mut self, heard: &Heard) -> bool {
        if self.sure_of_something_else(heard) {
            return false;
        }
        self.offer_person("waiting", "still-working");
        true
    }

    fn leave(&mut self) {
        self.state.task = None;
        self.state.previous = None;
        self.say_text("left", "task-left");
        self.next_request();
    }
}

/// What a back office says, ended as a sentence: words of ours follow it.
fn sentence(mut text: String) -> String {
    let last = text.trim_end().chars().last();
    if let Some(last) = last.filter(|last| last.is_alphanumeric()) {
        text.push(if last.is_ascii() { '.' } else { '。' });
    }
    text
}

fn set(facts: &mut Vec<(String, String)>, name: &str, value: String) {
    let value = cut(&value);
    match facts.iter().position(|(of, _)| of == name) {
        Some(at) => facts[at].1 = value,
        None if facts.len() < MOST_FACTS => facts.push((cut(name), value)),
        None => {}
    }
}
