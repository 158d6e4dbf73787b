//! One turn: which of the dialogue's rules takes it.

use zg_domain::{
    Act, Button, Card, DialogueEvent, DialogueState, Effect, Emotion, HandoffReason, Intent, Reply, ReplyKind,
    Sentiment, Timestamp, Understanding, Utterance, Waits, Why,
};
use zg_kb::{Bundle, EntryIdx};
use zg_policy::{Customer, Manner, Person, Reward, Temper, Tone};

use crate::Understand;
use crate::phrases::{Phrases, base_of, locale_for, locale_of};
use crate::playbook::{Playbooks, SlotKind, Start};
use crate::rank::{Candidate, candidates, expired};
use crate::slots::{self, cut};

/// What the dialogue may use.
pub struct Context<'c> {
    pub bundle: &'c Bundle,
    pub playbooks: &'c Playbooks,
    pub understand: &'c dyn Understand,
    /// BCP 47 tag of the page; an utterance in another language is answered in its own.
    pub locale: &'c str,
    /// Whether a person can be asked for at all.
    pub people: bool,
    /// What the page says of the shopper; a claim, which changes words and nothing else.
    pub customer: Customer,
    /// Whether whoever calls carries out actions of the back office. Without, a playbook ends with a person.
    pub actions: bool,
    /// What the page has told of its products; it knows better than a bundle that was built some time ago.
    pub products: &'c [Card],
    /// Whether the page puts products into its cart, by the action `cart_add`.
    pub cart: bool,
    /// Whether whoever calls draws forms. Then what goes to a person is looked over before it goes.
    pub forms: bool,
}

/// How sure the models must be of a label before the dialogue acts on it alone.
pub(crate) const SURE: f64 = 0.6;
/// How sure they must be of an intent to begin its playbook, which asks before it does anything.
const BEGIN: f64 = 0.5;
/// How likely a wish for a person must be to offer one beside what is said.
const PERHAPS: f64 = 0.1;
/// An entry of this confidence answers a question even where a playbook would begin.
const CERTAIN_ANSWER: f64 = 0.7;
/// A text score that only the very words of a way to ask have.
const VERBATIM: f64 = 0.95;
pub(crate) const N_READINGS: usize = 3;
/// Requests of one utterance that are answered, one after the other.
const MOST_REQUESTS: usize = 3;
/// Choices that are remembered.
const MOST_OFFERED: usize = 9;
const MOST_MOODS: usize = 8;
/// After so long nobody will say any more what became of an action.
const ACTION_MILLIS: i64 = 120_000;
/// After so long a shopper has come back rather than paused.
const AWAY_MILLIS: i64 = 12 * 3_600 * 1_000;

/// Takes a turn. The same state, event and time give the same effects on every target.
#[must_use]
pub fn step(
    context: &Context<'_>,
    state: DialogueState,
    event: DialogueEvent,
    now: Timestamp,
) -> (DialogueState, Vec<Effect>) {
    let mut turn = Turn {
        context,
        state,
        now,
        effects: Vec::new(),
        why: Why::default(),
        temper: Temper::Calm,
        manner: Manner::default(),
        cards: Vec::new(),
        whole: false,
    };
    turn.state.turns = turn.state.turns.saturating_add(1);
    turn.came_back();
    turn.give_up_waiting(&event);
    turn.catch_up();
    let said = matches!(event, DialogueEvent::Utterance { .. } | DialogueEvent::QuickReply { .. });
    match event {
        DialogueEvent::Utterance { text } => turn.utterance(&text),
        DialogueEvent::QuickReply { value } => turn.quick_reply(&value),
        DialogueEvent::RequestHandoff => turn.request_handoff(HandoffReason::Asked),
        DialogueEvent::EndHandoff => turn.end_handoff(),
        DialogueEvent::Form { values } => turn.form(&values),
        DialogueEvent::PersonJoined => turn.release_packet(),
        DialogueEvent::PersonLeft => turn.ask_rating(),
        DialogueEvent::Feedback { helpful } => turn.feedback(helpful),
        DialogueEvent::Page(page) => turn.looks_at(&page),
        DialogueEvent::ActionResult { id, outcome } => turn.action_result(&id, outcome),
        DialogueEvent::Recommended { id, request, items } => turn.recommended(&id, &request, &items),
        DialogueEvent::Clicked { item } => turn.clicked(&item),
        DialogueEvent::Ordered { items, bought } => turn.ordered(&items, bought),
        DialogueEvent::Forget { taste } => turn.forget(taste),
    }
    if said {
        turn.offer_companions();
    }
    turn.state.last_turn = Some(now);
    crate::recommend::bound(&mut turn.state.shopping);
    bound(&mut turn.state);
    (turn.state, turn.effects)
}

/// [`step`], with lists made in the same turn by whoever has them at hand.
#[must_use]
pub fn step_listing(
    context: &Context<'_>,
    state: DialogueState,
    event: DialogueEvent,
    now: Timestamp,
    list: &mut dyn FnMut(&zg_domain::Wanted) -> Vec<zg_domain::Suggested>,
) -> (DialogueState, Vec<Effect>) {
    let (mut state, mut effects) = step(context, state, event, now);
    while let Some(at) = effects.iter().position(|effect| matches!(effect, Effect::Recommend(_))) {
        let Effect::Recommend(wanted) = effects.remove(at) else { break };
        let items = list(&wanted);
        let event = DialogueEvent::Recommended { id: wanted.id, request: String::new(), items };
        let more;
        (state, more) = step(context, state, event, now);
        effects.extend(more);
    }
    (state, effects)
}

/// Bytes of text that a state may hold: written down as JSON, where a quotation mark takes two, it stays below 16 KB.
const MOST_STATE: usize = 6_000;

/// Forgets the least of it until a state is small enough: tasks left longest ago, then what a back office has said at length.
fn bound(state: &mut DialogueState) {
    let of_task = |task: &zg_domain::Task| -> usize {
        let facts: usize = task.facts.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        facts + task.words.len() + task.playbook.len() + 32
    };
    let fixed: usize = state.told.iter().map(|told| told.slot.len() + told.value.len() + 8).sum::<usize>()
        + state.offered.iter().map(|button| button.label.len() + button.value.len() + 2).sum::<usize>()
        + state.later.iter().map(String::len).sum::<usize>()
        + state.packet.as_ref().map_or(0, |packet| {
            packet.wants.len() + packet.facts.iter().map(|(name, value)| name.len() + value.len() + 2).sum::<usize>()
        })
        + state.known.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
        + state.page.as_ref().map_or(0, |page| page.kind.len() + page.id.len() + page.title.len())
        + 1_000;
    let left = MOST_STATE.saturating_sub(fixed);
    let tasks = |state: &DialogueState| -> usize { state.task.iter().chain(&state.paused).map(of_task).sum() };
    while tasks(state) > left && state.paused.pop().is_some() {}
    while tasks(state) > left {
        let Some(task) = state.task.as_mut().filter(|task| !task.facts.is_empty()) else { break };
        task.facts.pop();
    }
    // What is left is choices and what was told, none of which is needed to go on.
    if fixed > MOST_STATE {
        (state.offered, state.known) = (Vec::new(), Vec::new());
        if let Some(packet) = &mut state.packet {
            packet.facts.truncate(MOST_OFFERED);
        }
    }
}

/// A turn being taken.
pub(crate) struct Turn<'c> {
    pub(crate) context: &'c Context<'c>,
    pub(crate) state: DialogueState,
    pub(crate) now: Timestamp,
    pub(crate) effects: Vec<Effect>,
    /// Goes with every reply.
    pub(crate) why: Why,
    /// How the shopper is to be answered, and what that comes from.
    pub(crate) temper: Temper,
    pub(crate) manner: Manner,
    /// Go with the next reply.
    pub(crate) cards: Vec<Card>,
    /// Whether an answer is wanted in full, however short the shop likes them.
    pub(crate) whole: bool,
}

/// An utterance and what is known of it.
#[derive(Default)]
pub(crate) struct Heard {
    /// As it was typed.
    pub(crate) text: String,
    /// In standard words.
    pub(crate) reading: String,
    /// Folded, without punctuation and emoji at the ends.
    pub(crate) bare: String,
    pub(crate) understanding: Option<Understanding>,
}

impl Heard {
    pub(crate) fn entities(&self) -> &[zg_domain::Entity] {
        self.understanding.as_ref().map_or(&[], |understood| &understood.entities)
    }

    /// Whether a person may be what is wanted, though nothing says so outright.
    pub(crate) fn hints_at_person(&self) -> bool {
        let read = self.understanding.as_ref().is_some_and(|understood| {
            understood.intents.iter().any(|one| one.label.is("human_agent") && one.confidence.get() >= PERHAPS)
        });
        read || Phrases::holds(&self.bare, "hint-person")
    }

    pub(crate) fn top(&self) -> Option<(&Intent, f64)> {
        let top = self.understanding.as_ref()?.intents.first()?;
        Some((&top.label, top.confidence.get()))
    }
}

impl Turn<'_> {
    /// After a long while what stood on the screen is forgotten, and a task waits until it is asked for.
    fn came_back(&mut self) {
        let away = self.state.last_turn.is_some_and(|last| self.now.as_millis() - last.as_millis() > AWAY_MILLIS);
        if away && !self.state.handoff.with_people() {
            self.pause();
            let state = &mut self.state;
            (state.offered, state.moods, state.later) = (Vec::new(), Vec::new(), Vec::new());
            (state.misses, state.repeats, state.last_entry, state.previous) = (0, 0, None, None);
            (state.complained, state.invited) = (false, false);
            (state.known, state.topic, state.done) = (Vec::new(), None, None);
            let shopping = &mut state.shopping;
            (shopping.shown, shopping.earlier, shopping.looked) = (Vec::new(), Vec::new(), Vec::new());
            (shopping.waits, shopping.wishes, shopping.fresh) = (None, String::new(), String::new());
        }
    }

    /// Whoever was to carry out an action may have gone: a page was closed, a phone lost its network. Nobody waits for ever.
    fn give_up_waiting(&mut self, event: &DialogueEvent) {
        let is_late = |since: Timestamp| self.now.as_millis() - since.as_millis() > ACTION_MILLIS;
        self.state.shopping.waits.take_if(|waits| is_late(waits.since));
        let Some(Waits::Action(id)) = self.state.task.as_ref().map(|task| task.waits.clone()) else { return };
        let late = self.state.acting_since.is_some_and(is_late);
        let comes = matches!(event, DialogueEvent::ActionResult { id: of, .. } if *of == id);
        if late && !comes && !matches!(event, DialogueEvent::Page(_)) {
            self.action_result(&id, zg_domain::Outcome::Failed);
        }
    }

    fn utterance(&mut self, text: &str) {
        let reading = zg_text::read(text);
        let (language, script) = reading.identify(text);
        // A word of two characters is the same in both scripts: within a task the script stays.
        let spoken = self.phrases().locale;
        let other_script = |locale: &str| locale.starts_with("zh") && spoken.starts_with("zh") && self.is_waiting();
        // A page of Hong Kong's is written to in its own words.
        let of_page = |locale| if locale == base_of(self.page_locale()) { self.page_locale() } else { locale };
        if let Some(locale) = locale_of(language, script).map(of_page).filter(|locale| !other_script(locale)) {
            self.state.lang = Some(locale.to_owned());
        }
        // A person holds the conversation: the assistant does not talk across them.
        if self.state.handoff.with_people() {
            self.correct_packet(text);
            return;
        }
        self.state.handoff = zg_domain::Handoff::Contained;
        let bare = bare(text);
        if bare.is_empty() {
            self.say_text("empty", "rephrase");
            return;
        }
        if let Some(reason) = sensitive(&bare) {
            self.sensitive(reason);
            return;
        }
        if wants_person(&bare) {
            self.request_handoff(HandoffReason::Asked);
            return;
        }
        if Phrases::holds(&bare, "ask-robot") {
            self.offer_person("robot", "is-assistant");
            return;
        }
        let understanding = self.context.understand.understand(&Utterance {
            reading: &reading.text,
            language,
            previous: self.state.previous.as_ref(),
        });
        let heard = Heard { text: text.to_owned(), reading: reading.text, bare, understanding };
        self.feel(&heard);
        if self.manner.person == Person::Now && self.context.people {
            self.request_handoff(HandoffReason::Emotion);
            return;
        }
        self.remember(&heard);
        if self.chosen(&heard) || self.task_takes(&heard) || self.about_list(&heard) {
            return;
        }
        let mut requests = self.requests(text, &heard).into_iter();
        match requests.next() {
            None => {
                let heard = self.completed(heard);
                self.request(&heard);
            }
            Some(first) => {
                self.state.later = requests.collect();
                let first = first_heard(self, &first);
                self.request(&first);
                self.next_request();
            }
        }
    }

    /// One request: a playbook, an answer, or doubt.
    pub(crate) fn request(&mut self, heard: &Heard) {
        if self.product_on_page(heard) {
            return;
        }
        let understanding = heard.understanding.as_ref();
        self.why.intent = understanding.and_then(|understood| understood.intents.first().cloned());
        let today = self.now.date();
        let found = candidates(self.context.bundle, &heard.reading, understanding, today, N_READINGS + 1);
        let best = found.first().filter(|best| best.confidence.get() >= self.accept());
        let near = found.first().is_some_and(|best| best.confidence.get() >= self.clarify());
        let certain = best.is_some_and(|best| best.confidence.get() >= CERTAIN_ANSWER);
        if self.wants_list(heard, certain) {
            self.state.topic = Some(cut(&heard.reading));
            self.begin_list(heard);
            return;
        }
        if self.wants_size(heard) {
            self.begin("size_advice", heard);
            return;
        }
        let book = self.book_for(heard, best, near);
        if let Some((intent, true)) = &book {
            self.state.topic = Some(cut(&heard.reading));
            self.begin(intent, heard);
            return;
        }
        // A word of thanks is like many questions, and is none; an entry of those very words may greet in the shop's own.
        let unsure = best.is_none_or(|best| best.evidence.score < VERBATIM || best.confidence.get() < CERTAIN_ANSWER);
        if unsure && self.plain_small_talk(heard) || best.is_none() && self.small_talk(heard) {
            return;
        }
        if let Some(entry) = expired(self.context.bundle, &heard.reading, understanding, today, found.first()) {
            self.withhold(entry, &found);
            return;
        }
        match best {
            Some(best) => {
                self.state.topic = Some(cut(&heard.reading));
                self.answer(best, &found);
                if let Some((intent, _)) = book {
                    self.offer_task(&intent);
                }
                let of_people =
                    ["human_agent", "complaint_service"].contains(&self.context.bundle.entry(best.entry).intent);
                if of_people || heard.hints_at_person() {
                    self.offer_beside();
                }
            }
            None => self.doubt(&found, heard),
        }
    }

    /// The playbook that a request may be of, and whether it begins now: otherwise it is offered beside the answer.
    fn book_for(&self, heard: &Heard, best: Option<&Candidate>, near: bool) -> Option<(String, bool)> {
        let (intent, sure) = match heard.top() {
            Some((intent, sure)) if sure >= BEGIN => (intent.0.clone(), sure),
            Some(_) => return None,
            // Without models the best entry tells.
            None => (self.context.bundle.entry(best?.entry).intent.to_owned(), BEGIN),
        };
        let book = self.context.playbooks.book(&intent)?;
        let how = Phrases::holds(&heard.bare, "hold-how");
        let names_order = slots::order_number(&heard.reading, heard.entities()).is_some();
        let wish = !how && (names_order || Phrases::holds(&heard.bare, "hold-request"));
        let certain = best.is_some_and(|best| best.confidence.get() >= CERTAIN_ANSWER);
        let begins = match book.start {
            // Nothing can be looked up or done: what is written answers as far as anything does, and what a person needs is
            // gathered where there is one.
            Start::Always | Start::Request if !self.context.actions => {
                self.context.people && best.is_none() && !how && sure >= SURE
            }
            Start::Always => !(how && best.is_some()) && (wish || !certain || sure >= CERTAIN_ANSWER),
            Start::Request => wish || (best.is_none() && !how && sure >= SURE),
            // What is nearly asked is shown rather than denied.
            Start::NoAnswer => !near,
        };
        // Done a moment ago, and asked again: what is written may be what was meant.
        let done = self.state.done.as_ref().is_some_and(|(task, _)| task.split(' ').next() == Some(intent.as_str()));
        let begins = begins && !(done && best.is_some() && book.start == Start::Always && !names_order);
        let offers = begins || (book.start == Start::Request && self.context.actions);
        offers.then_some((intent, begins))
    }

    /// The requests of an utterance of several; none where it is one.
    fn requests(&self, text: &str, heard: &Heard) -> Vec<String> {
        let mut parts = parts(text);
        if heard.understanding.is_none() || parts.len() < 2 {
            return Vec::new();
        }
        // A part that is no request of its own belongs to the one before it.
        let mut labels: Vec<String> = Vec::new();
        parts.retain(|part| {
            let heard = heard_of(self, part);
            let Some((label, sure)) = heard.top().map(|(label, sure)| (label.0.clone(), sure)) else { return false };
            let small = ["greeting", "thanks_bye", "ack_inform", Intent::OUT_OF_SCOPE].contains(&label.as_str());
            let asks = part.contains(['?', '？'])
                || Phrases::holds(&heard.bare, "hold-question")
                || Phrases::holds(&heard.bare, "hold-request");
            let own = sure >= SURE && !small && asks && !labels.contains(&label);
            if own {
                labels.push(label);
            }
            own
        });
        if labels.len() < 2 {
            return Vec::new();
        }
        parts.truncate(MOST_REQUESTS);
        parts.into_iter().map(|part| cut(&part)).collect()
    }

    /// Takes up what waits of the utterance, once nothing else is asked of the shopper.
    pub(crate) fn next_request(&mut self) {
        while self.state.task.is_none() && !self.state.later.is_empty() && !self.state.handoff.with_people() {
            let next = self.state.later.remove(0);
            let heard = first_heard(self, &next);
            let phrases = self.phrases();
            self.say("next", ReplyKind::Text, phrases.fill("next-request", &[("words", &next)]), Vec::new());
            self.request(&heard);
        }
    }

    /// What is small talk and nothing else, word for word.
    fn plain_small_talk(&mut self, heard: &Heard) -> bool {
        for (key, answer) in [("match-greeting", "greeting"), ("match-thanks", "thanks"), ("match-ack", "ack")] {
            if Phrases::matches(&heard.bare, key) {
                self.state.misses = 0;
                self.say_text("small_talk", answer);
                self.reward();
                return true;
            }
        }
        false
    }

    /// What the models take for no question: acted on where no entry answers.
    fn small_talk(&mut self, heard: &Heard) -> bool {
        let Some((label, _)) = heard.top().filter(|top| top.1 >= SURE) else { return false };
        let key = match label.0.as_str() {
            "human_agent" => {
                self.request_handoff(HandoffReason::Asked);
                return true;
            }
            "greeting" => "greeting",
            "thanks_bye" => "thanks",
            "ack_inform" => "ack",
            _ => return false,
        };
        self.state.misses = 0;
        self.say_text("small_talk", key);
        self.reward();
        true
    }

    fn quick_reply(&mut self, value: &str) {
        if value == "handoff" {
            // Offered because nothing was found; the figures should say so.
            self.request_handoff(if self.state.misses > 0 {
                HandoffReason::LowConfidence
            } else {
                HandoffReason::Asked
            });
            return;
        }
        if let Some(stars) = value.strip_prefix("rate:") {
            self.rated(stars);
            return;
        }
        // What is written may be read while one waits for a person; what is to be done is theirs.
        if self.state.handoff.with_people() {
            if let Some(entry) = value.strip_prefix("ask:").and_then(|id| self.context.bundle.find(id)) {
                self.chosen_entry(entry);
            }
            return;
        }
        self.state.handoff = zg_domain::Handoff::Contained;
        if let Some(value) = value.strip_prefix("rec:") {
            self.list_button(value);
            return;
        }
        if self.task_button(value) {
            return;
        }
        if let Some(intent) = value.strip_prefix("do:").filter(|intent| self.context.playbooks.book(intent).is_some()) {
            self.begin(intent, &Heard::default());
            return;
        }
        if let Some(entry) = value.strip_prefix("more:").and_then(|id| self.context.bundle.find(id)) {
            // It was asked for: the whole of it is no repetition.
            self.state.last_entry = None;
            self.whole = true;
            self.chosen_entry(entry);
            return;
        }
        // The shopper chose the entry by name: nothing is left to doubt.
        match value.strip_prefix("ask:").and_then(|id| self.context.bundle.find(id)) {
            Some(entry) => {
                self.chosen_entry(entry);
                self.prompt_again();
            }
            // Also for a button of knowledge that has changed since.
            None => self.offer_person("rephrase", "rephrase"),
        }
    }

    fn chosen_entry(&mut self, entry: EntryIdx) {
        let confidence = zg_domain::Confidence::ONE;
        self.answer(&Candidate { entry, evidence: crate::Evidence::default(), confidence }, &[]);
    }

    /// Whether the words chose one of the buttons shown last.
    fn chosen(&mut self, heard: &Heard) -> bool {
        let offered = &self.state.offered;
        let by_label = offered.iter().position(|button| bare(&button.label) == heard.bare);
        let Some(at) =
            by_label.or_else(|| slots::ordinal(&heard.bare, offered.len())).or_else(|| self.by_number(&heard.bare))
        else {
            return false;
        };
        let value = offered[at].value.clone();
        self.why.rule = "chosen";
        self.quick_reply(&value);
        true
    }

    /// `2`, where a list of choices is all that is asked.
    fn by_number(&self, bare: &str) -> Option<usize> {
        let of_choice = match self.state.task.as_ref().map(|task| &task.waits) {
            Some(Waits::Slot(name)) => {
                self.context.playbooks.slot(name).is_some_and(|slot| slot.kind == SlotKind::Choice)
            }
            Some(Waits::Confirmation(_) | Waits::Action(_)) => false,
            Some(Waits::Nothing) | None => true,
        };
        let number: usize = bare.parse().ok().filter(|number| of_choice && (1..=9).contains(number))?;
        (number <= self.state.offered.len()).then(|| number - 1)
    }

    fn feedback(&mut self, helpful: bool) {
        if helpful {
            self.state.misses = 0;
            self.behave(Temper::Satisfied, "");
            self.say_text("feedback", "feedback-thanks");
            self.reward();
            self.offer_gently();
            return;
        }
        self.state.misses = self.state.misses.saturating_add(1);
        // The regret ends in the offer of a person.
        let key = if self.context.people { "feedback-sorry" } else { "rephrase" };
        self.offer_person("feedback", key);
    }

    /// Takes the emotion of an utterance: one the models are sure of, in what is said about the shop.
    /// A shop that apologises for the weather has not listened.
    fn feel(&mut self, heard: &Heard) {
        let said = Phrases::holds(&heard.bare, "anger") && !Phrases::holds(&heard.bare, "not-anger");
        let Some(understanding) = &heard.understanding else {
            // Without models words alone tell.
            let mood = if said { Emotion::Angry } else { Emotion::Neutral };
            return self.take_mood(mood, "");
        };
        let scored = &understanding.emotion;
        let of_shop = !understanding.intents.first().is_some_and(|top| top.label.is(Intent::OUT_OF_SCOPE));
        let mut mood = if of_shop && scored.confidence.get() >= SURE { scored.label } else { Emotion::Neutral };
        if said {
            mood = Emotion::Angry;
        }
        // Thanks that bite: friendly words after, or among, unfriendly ones.
        let unfriendly = understanding.sentiment.label == Sentiment::Negative
            || self.state.moods.first().is_some_and(|mood| matches!(mood, Emotion::Angry | Emotion::Disappointed));
        if matches!(mood, Emotion::Satisfied | Emotion::Neutral) && unfriendly && Phrases::holds(&heard.bare, "sarcasm")
        {
            mood = Emotion::Angry;
        }
        let intent = understanding.intents.first().map_or("", |top| top.label.0.as_str());
        self.take_mood(mood, intent);
    }

    fn take_mood(&mut self, mood: Emotion, intent: &str) {
        self.state.moods.insert(0, mood);
        self.state.moods.truncate(MOST_MOODS);
        self.state.complained |= matches!(mood, Emotion::Angry | Emotion::Disappointed);
        self.behave(self.temper_of(mood), intent);
    }

    /// The mood of this turn among those before it.
    fn temper_of(&self, mood: Emotion) -> Temper {
        let among_last = |moods: &[Emotion]| self.state.moods.iter().take(3).filter(|one| moods.contains(one)).count();
        match mood {
            // Anger that has been answered once and is still there.
            Emotion::Angry if among_last(&[Emotion::Angry]) >= 2 => Temper::Furious,
            Emotion::Angry => Temper::Angry,
            // Disappointed time and again is no longer only disappointed.
            Emotion::Disappointed if among_last(&[Emotion::Angry, Emotion::Disappointed]) == 3 => Temper::Angry,
            Emotion::Disappointed => Temper::Disappointed,
            Emotion::Anxious => Temper::Anxious,
            Emotion::Satisfied => Temper::Satisfied,
            Emotion::Neutral => Temper::Calm,
        }
    }

    /// Takes up the manner that the shop's policy has for it.
    fn behave(&mut self, temper: Temper, intent: &str) {
        let manner = self.context.playbooks.manners().of(temper, intent, self.context.customer).cloned();
        self.temper = temper;
        self.manner = manner.unwrap_or_else(|| default_manner(temper));
    }

    /// From here on an entry is given.
    pub(crate) fn accept(&self) -> f64 {
        self.context.playbooks.thresholds().accept
    }

    /// From here on it is asked about.
    pub(crate) fn clarify(&self) -> f64 {
        self.context.playbooks.thresholds().clarify
    }

    pub(crate) fn phrases(&self) -> Phrases {
        Phrases::of(self.state.lang.as_deref().unwrap_or(self.context.locale))
    }

    fn page_locale(&self) -> &'static str {
        locale_for(self.context.locale)
    }

    pub(crate) fn soothing(&self) -> String {
        let (phrases, key) = (self.phrases(), self.manner.sorry.as_str());
        if key.is_empty() {
            return String::new();
        }
        let own = self.context.playbooks.words(phrases.locale, key, &[]);
        let mut text = own.unwrap_or_else(|| phrases.text(key));
        // Facts calm better than words.
        let known = |name: &str| self.state.known.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str());
        if let Some(status) = known("status_text").filter(|_| self.manner.reassure) {
            text.push('\n');
            text.push_str(&phrases.fill("reassure", &[("status", status)]));
        }
        text
    }

    /// Invites a pleased shopper to what the policy says: once, and never where something was complained of.
    fn reward(&mut self) {
        let key = match self.manner.reward {
            Reward::Nothing => return,
            Reward::Review => "reward-review",
            Reward::Membership => "reward-membership",
            Reward::Points => "reward-points",
        };
        let busy = self.state.task.is_some() || self.state.handoff.with_people();
        if busy || self.state.complained || std::mem::replace(&mut self.state.invited, true) {
            return;
        }
        let phrases = self.phrases();
        if let Some(text) = self.context.playbooks.words(phrases.locale, key, &[]) {
            self.say("reward", ReplyKind::Text, text, Vec::new());
        }
    }

    pub(crate) fn say(&mut self, rule: &'static str, kind: ReplyKind, text: String, buttons: Vec<Button>) {
        let lang = self.phrases().locale.to_owned();
        let text = self.context.playbooks.style().dress(&text, self.manner.tone, self.smiles(rule));
        self.reply(rule, kind, text, lang, buttons);
    }

    pub(crate) fn reply(
        &mut self,
        rule: &'static str,
        kind: ReplyKind,
        text: String,
        lang: String,
        buttons: Vec<Button>,
    ) {
        // What may be chosen by "the second one"; the ways out of a list are none of it.
        let is_choice = |button: &&Button| ["ask:", "set:", "more:"].iter().any(|kind| button.value.starts_with(kind));
        let offered: Vec<Button> = buttons
            .iter()
            .filter(is_choice)
            .take(MOST_OFFERED)
            .map(|button| Button { label: cut(&button.label), value: cut(&button.value) })
            .collect();
        if !offered.is_empty() {
            self.state.offered = offered;
        }
        let why = Why { rule, intent: self.why.intent.clone() };
        let cards = std::mem::take(&mut self.cards);
        self.effects.push(Effect::Say(Reply { kind, text, lang, buttons, cards, why }));
    }

    /// Whether nothing is wrong, so that the words may be light.
    fn smiles(&self, rule: &str) -> bool {
        let light = matches!(rule, "small_talk" | "feedback" | "reward") || self.manner.tone == Tone::Warm;
        light && !self.state.complained
    }

    pub(crate) fn say_text(&mut self, rule: &'static str, key: &str) {
        self.say_key(rule, key, Vec::new());
    }

    fn say_key(&mut self, rule: &'static str, key: &str, buttons: Vec<Button>) {
        let (phrases, name) = (self.phrases(), self.context.playbooks.style().name.as_str());
        let who = if name.is_empty() { phrases.text("who") } else { phrases.fill("who-named", &[("name", name)]) };
        let text = phrases.fill(key, &[("who", &who)]);
        self.say(rule, ReplyKind::Text, text, buttons);
    }

    pub(crate) fn offer_person(&mut self, rule: &'static str, key: &str) {
        let buttons = self.person();
        self.say_key(rule, key, buttons);
    }

    /// The button that asks for a person, where there are any.
    pub(crate) fn person(&self) -> Vec<Button> {
        let label = self.phrases().text("talk-to-person");
        if self.context.people { vec![Button { label, value: "handoff".to_owned() }] } else { Vec::new() }
    }

    pub(crate) fn ask(&self, entry: EntryIdx) -> Button {
        let value = format!("ask:{}", self.context.bundle.entry(entry).id);
        Button { label: self.context.bundle.question(entry).to_owned(), value }
    }

    pub(crate) fn did(&mut self, act: Act, intent: Option<Intent>) {
        self.state.previous = intent.map(|intent| zg_domain::Previous { act, intent });
    }

    /// Whether the shopper is asked for something at the moment.
    pub(crate) fn is_waiting(&self) -> bool {
        self.state.task.as_ref().is_some_and(|task| task.waits != Waits::Nothing)
    }
}

/// What holds where a bundle has no policy.
fn default_manner(temper: Temper) -> Manner {
    let (sorry, person) = match temper {
        Temper::Calm | Temper::Satisfied => ("", Person::No),
        Temper::Anxious => ("soothe-anxious", Person::No),
        Temper::Disappointed => ("soothe-disappointed", Person::No),
        Temper::Angry => ("soothe-angry", Person::Offer),
        Temper::Furious => ("soothe-angry", Person::Now),
    };
    Manner { sorry: sorry.to_owned(), person, ..Manner::default() }
}

pub(crate) fn heard_of(turn: &Turn<'_>, text: &str) -> Heard {
    let reading = zg_text::read(text);
    let (language, _) = reading.identify(text);
    let understanding =
        turn.context.understand.understand(&Utterance { reading: &reading.text, language, previous: None });
    Heard { text: text.to_owned(), reading: reading.text, bare: bare(text), understanding }
}

fn first_heard(turn: &mut Turn<'_>, text: &str) -> Heard {
    let heard = heard_of(turn, text);
    turn.remember(&heard);
    heard
}

/// Why only a person may take an utterance, where that is so.
fn sensitive(bare: &str) -> Option<HandoffReason> {
    if Phrases::holds(bare, "not-sensitive") {
        return None;
    }
    // The gravest first.
    [
        ("sensitive-self-harm", HandoffReason::SelfHarm),
        ("sensitive-food-safety", HandoffReason::FoodSafety),
        ("sensitive-injury", HandoffReason::Injury),
        ("sensitive-fraud", HandoffReason::Fraud),
        ("sensitive-minors", HandoffReason::Minors),
        ("sensitive-legal", HandoffReason::Legal),
    ]
    .into_iter()
    .find(|(key, _)| Phrases::holds(bare, key))
    .map(|(_, reason)| reason)
}

fn wants_person(bare: &str) -> bool {
    !Phrases::holds(bare, "not-person")
        && !Phrases::holds(bare, "ask-robot")
        && (Phrases::matches(bare, "match-person") || Phrases::holds(bare, "hold-person"))
}

/// The sentences of an utterance, and what a word such as `另外` sets apart.
fn parts(text: &str) -> Vec<String> {
    let mut text = text.to_owned();
    for word in ["另外", "还有", "顺便", "同时", " also ", " and also ", " by the way"] {
        text = text.replace(word, "\n");
    }
    // Not at commas: what stands before one mostly belongs to what stands behind it.
    let ends = ['\n', '。', '；', ';', '！', '!', '？', '?'];
    let parts = text.split_inclusive(ends).map(|part| part.trim_end_matches(['\n', '，', ',', '；', ';']).trim());
    parts.filter(|part| part.chars().filter(|c| c.is_alphanumeric()).count() >= 3).map(str::to_owned).collect()
}

/// Folded, without punctuation and emoji at the ends.
pub(crate) fn bare(text: &str) -> String {
    zg_text::normalize(text).trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}
