//! One turn.

use zg_domain::{
    Act, AnswerSource, Button, Date, DialogueEvent, DialogueState, Effect, Emotion, Handoff, Intent, Previous, Reply,
    ReplyKind, Timestamp, Understanding, Utterance,
};
use zg_kb::{Bundle, EntryIdx};

use crate::phrases::{Phrases, locale_of};
use crate::rank::{Candidate, candidates, expired};
use crate::{ACCEPT, CLARIFY, Understand};

/// What the dialogue may use.
pub struct Context<'c> {
    pub bundle: &'c Bundle,
    pub understand: &'c dyn Understand,
    /// BCP 47 tag of the page; an utterance in another language is answered in its own.
    pub locale: &'c str,
    /// Whether a person can be asked for at all.
    pub people: bool,
}

/// How sure the models must be of a label before the dialogue acts on it alone.
const SURE: f64 = 0.6;
/// A shopper is offered a person after this many misses in a row.
const MISSES_BEFORE_PERSON: u32 = 2;
const N_READINGS: usize = 3;
/// An answer that holds for so many days more, or was last verified longer ago, is given with its date.
const ENDS_SOON: i64 = 7;
const LONG_AGO: i64 = 365;

/// Takes a turn. The same state, event and time give the same effects on every target.
#[must_use]
pub fn step(
    context: &Context<'_>,
    mut state: DialogueState,
    event: DialogueEvent,
    now: Timestamp,
) -> (DialogueState, Vec<Effect>) {
    state.turns = state.turns.saturating_add(1);
    let effects = match event {
        DialogueEvent::Utterance { text } => utterance(context, &mut state, &text, now),
        DialogueEvent::QuickReply { value } => quick_reply(context, &mut state, &value, now),
        DialogueEvent::RequestHandoff => request_handoff(context, &mut state, "shopper_asked", now),
        DialogueEvent::EndHandoff => end_handoff(context, &mut state),
        DialogueEvent::Feedback { helpful } => feedback(context, &mut state, helpful),
    };
    (state, effects)
}

fn utterance(context: &Context<'_>, state: &mut DialogueState, text: &str, now: Timestamp) -> Vec<Effect> {
    let reading = zg_text::read(text);
    let (language, script) = reading.identify(text);
    if let Some(locale) = locale_of(language, script) {
        state.lang = Some(locale.to_owned());
    }
    // A person holds the conversation: the assistant does not talk across them.
    if state.handoff.with_people() {
        return Vec::new();
    }
    state.handoff = Handoff::Contained;
    let phrases = phrases(context, state);
    let folded = bare(text);
    if folded.is_empty() {
        return vec![say(phrases, ReplyKind::Text, phrases.text("rephrase"), Vec::new())];
    }
    if Phrases::matches(&folded, "match-person") {
        return request_handoff(context, state, "shopper_asked", now);
    }
    for (key, answer) in [("match-greeting", "greeting"), ("match-thanks", "thanks"), ("match-ack", "ack")] {
        if Phrases::matches(&folded, key) {
            state.misses = 0;
            return vec![say(phrases, ReplyKind::Text, phrases.text(answer), Vec::new())];
        }
    }

    let understanding = context.understand.understand(&Utterance {
        reading: &reading.text,
        language,
        previous: state.previous.as_ref(),
    });
    let found = candidates(context.bundle, &reading.text, understanding.as_ref(), now.date(), N_READINGS + 1);
    let emotion = understanding.as_ref().map_or(Emotion::Neutral, felt);
    let lost = expired(context.bundle, &reading.text, understanding.as_ref(), now.date(), found.first());
    if let Some(entry) = lost {
        return withhold(context, state, entry, &found, emotion);
    }
    let best = found.first().filter(|best| best.confidence.get() >= ACCEPT);
    if best.is_none()
        && let Some(effects) = small_talk(context, state, understanding.as_ref(), phrases, now)
    {
        return effects;
    }
    match best {
        Some(best) => answer(context, state, best, emotion, now.date()),
        None => {
            let intent = understanding.and_then(|understood| Some(understood.intents.into_iter().next()?.label));
            doubt(context, state, &found, intent, emotion)
        }
    }
}

/// What is no question: acted on where the models are sure and no entry answers.
fn small_talk(
    context: &Context<'_>,
    state: &mut DialogueState,
    understanding: Option<&Understanding>,
    phrases: Phrases,
    now: Timestamp,
) -> Option<Vec<Effect>> {
    let top = understanding?.intents.first().filter(|top| top.confidence.get() >= SURE)?;
    let key = match top.label.0.as_str() {
        "human_agent" => return Some(request_handoff(context, state, "shopper_asked", now)),
        "greeting" => "greeting",
        "thanks_bye" => "thanks",
        "ack_inform" => "ack",
        _ => return None,
    };
    state.misses = 0;
    Some(vec![say(phrases, ReplyKind::Text, phrases.text(key), Vec::new())])
}

/// The emotion to answer to: one the models are sure of, in what is said about the shop.
/// A shop that apologises for the weather has not listened.
fn felt(understanding: &Understanding) -> Emotion {
    let scored = &understanding.emotion;
    if understanding.intents.first().is_some_and(|top| top.label.is(Intent::OUT_OF_SCOPE)) {
        return Emotion::Neutral;
    }
    if scored.confidence.get() >= SURE { scored.label } else { Emotion::Neutral }
}

fn answer(
    context: &Context<'_>,
    state: &mut DialogueState,
    candidate: &Candidate,
    emotion: Emotion,
    today: Date,
) -> Vec<Effect> {
    let phrases = phrases(context, state);
    let entry = candidate.entry;
    let info = context.bundle.entry(entry);
    // By a button of a day when it still held.
    if info.expired(today) {
        return withhold(context, state, entry, &[], emotion);
    }
    // The block does not decode: damaged in memory or by a compiler's fault. Saying nothing would be worse than saying so.
    let Ok(text) = context.bundle.answer(entry) else {
        return doubt(context, state, &[], None, emotion);
    };
    state.misses = 0;
    if state.last_entry.as_deref() == Some(info.id) {
        state.repeats = state.repeats.saturating_add(1);
    } else {
        state.last_entry = Some(info.id.to_owned());
        state.repeats = 0;
    }
    // An entry without an intent says nothing about what a short answer to it would mean.
    state.previous =
        (!info.intent.is_empty()).then(|| Previous { act: Act::Answer, intent: Intent(info.intent.to_owned()) });
    let source = AnswerSource {
        entry: info.id.to_owned(),
        question: context.bundle.question(entry).to_owned(),
        source: info.source(),
        confidence: candidate.confidence,
        verified: info.verified,
        valid_until: info.valid_until,
    };
    let soothing = soothing(phrases, emotion);
    let mut text = if soothing.is_empty() { text } else { format!("{soothing}\n{text}") };
    let since = |date: Date| today.days() - date.days();
    let dated = match (info.valid_until, info.verified) {
        (Some(last), _) if -since(last) <= ENDS_SOON => Some(("ends-soon", last)),
        (_, Some(day)) if since(day) > LONG_AGO => Some(("verified-long-ago", day)),
        _ => None,
    };
    if let Some((key, date)) = dated {
        text.push_str("\n\n");
        text.push_str(&phrases.fill(key, &[("date", &phrases.day(date))]));
    }
    let lang = if info.lang.is_empty() { phrases.locale.to_owned() } else { info.lang.to_owned() };
    let mut effects = vec![Effect::Say(Reply { kind: ReplyKind::Answer(source), text, lang, buttons: Vec::new() })];
    // The same answer twice has not helped once; anger wants a person. Both are an offer, not a push.
    let unsettled = state.repeats > 0 || emotion == Emotion::Angry;
    if unsettled && context.people {
        effects.push(say(phrases, ReplyKind::Text, phrases.text("still-here"), vec![person(phrases)]));
    }
    effects
}

/// The best answer no longer holds. It is not repeated, not even as what held: its prices and days would be taken for
/// today's. What is said is until when it held, and who knows more.
fn withhold(
    context: &Context<'_>,
    state: &mut DialogueState,
    entry: EntryIdx,
    found: &[Candidate],
    emotion: Emotion,
) -> Vec<Effect> {
    let phrases = phrases(context, state);
    state.misses = state.misses.saturating_add(1);
    let info = context.bundle.entry(entry);
    let offers = context.people && !info.intent.is_empty();
    state.previous = offers.then(|| Previous { act: Act::OfferPerson, intent: Intent(info.intent.to_owned()) });
    let key = if context.people { "expired" } else { "expired-no-people" };
    let date = info.valid_until.map(|last| phrases.day(last)).unwrap_or_default();
    let mut text = soothing(phrases, emotion);
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&phrases.fill(key, &[("question", context.bundle.question(entry)), ("date", &date)]));
    // What is asked nearly so and still holds.
    let near = found.iter().take(N_READINGS).filter(|candidate| candidate.confidence.get() >= CLARIFY);
    let mut buttons: Vec<Button> = near.map(|candidate| ask(context, candidate.entry)).collect();
    if context.people {
        buttons.push(person(phrases));
    }
    vec![say(phrases, ReplyKind::Fallback, text, buttons)]
}

/// Not sure: ask which one is meant; nothing near: say so and offer a person.
fn doubt(
    context: &Context<'_>,
    state: &mut DialogueState,
    found: &[Candidate],
    intent: Option<Intent>,
    emotion: Emotion,
) -> Vec<Effect> {
    let phrases = phrases(context, state);
    state.misses = state.misses.saturating_add(1);
    let soothing = soothing(phrases, emotion);
    let with_soothing = |text: String| if soothing.is_empty() { text } else { format!("{soothing}\n{text}") };
    let near = found.first().is_some_and(|best| best.confidence.get() >= CLARIFY);
    let tired = state.misses > MISSES_BEFORE_PERSON || emotion == Emotion::Angry;
    let act = match (near && !tired, context.people) {
        (true, _) => Some(Act::Clarify),
        (false, true) => Some(Act::OfferPerson),
        (false, false) => None,
    };
    state.previous = act.zip(intent).map(|(act, intent)| Previous { act, intent });
    if near && !tired {
        let mut buttons: Vec<Button> =
            found.iter().take(N_READINGS).map(|candidate| ask(context, candidate.entry)).collect();
        buttons.push(Button { label: phrases.text("none-of-these"), value: "rephrase".to_owned() });
        return vec![say(phrases, ReplyKind::Clarify, with_soothing(phrases.text("clarify")), buttons)];
    }
    let key = match (context.people, state.misses >= MISSES_BEFORE_PERSON) {
        (false, _) => "fallback-no-people",
        (true, false) => "fallback",
        (true, true) => "fallback-again",
    };
    let buttons = if context.people { vec![person(phrases)] } else { Vec::new() };
    vec![say(phrases, ReplyKind::Fallback, with_soothing(phrases.text(key)), buttons)]
}

fn quick_reply(context: &Context<'_>, state: &mut DialogueState, value: &str, now: Timestamp) -> Vec<Effect> {
    if value == "handoff" {
        return request_handoff(context, state, "shopper_asked", now);
    }
    let phrases = phrases(context, state);
    if !state.handoff.with_people() {
        state.handoff = Handoff::Contained;
    }
    let asked = value.strip_prefix("ask:").and_then(|id| context.bundle.find(id));
    // The shopper chose the entry by name: nothing is left to doubt.
    match asked {
        Some(entry) => {
            let chosen =
                Candidate { entry, evidence: crate::Evidence::default(), confidence: zg_domain::Confidence::ONE };
            answer(context, state, &chosen, Emotion::Neutral, now.date())
        }
        // Also for a button of knowledge that has changed since.
        None => {
            let buttons = if context.people { vec![person(phrases)] } else { Vec::new() };
            vec![say(phrases, ReplyKind::Text, phrases.text("rephrase"), buttons)]
        }
    }
}

fn request_handoff(
    context: &Context<'_>,
    state: &mut DialogueState,
    reason: &'static str,
    now: Timestamp,
) -> Vec<Effect> {
    let phrases = phrases(context, state);
    if !context.people {
        return vec![say(phrases, ReplyKind::Text, phrases.text("person-unreachable"), Vec::new())];
    }
    if state.handoff.with_people() {
        return Vec::new();
    }
    let before = std::mem::take(&mut state.handoff);
    // Every state may ask for a person.
    state.handoff = before.request(now).unwrap_or(Handoff::Queued { since: now });
    state.misses = 0;
    // What a person says next is not in it.
    state.previous = None;
    vec![
        Effect::RequestHandoff { reason },
        say(phrases, ReplyKind::Event("handoff_requested"), phrases.text("handoff-requested"), Vec::new()),
    ]
}

fn end_handoff(context: &Context<'_>, state: &mut DialogueState) -> Vec<Effect> {
    if !state.handoff.with_people() {
        return Vec::new();
    }
    let phrases = phrases(context, state);
    state.handoff = Handoff::Ended;
    vec![Effect::EndHandoff, say(phrases, ReplyKind::Event("ended"), phrases.text("handoff-ended"), Vec::new())]
}

fn feedback(context: &Context<'_>, state: &mut DialogueState, helpful: bool) -> Vec<Effect> {
    let phrases = phrases(context, state);
    if helpful {
        state.misses = 0;
        return vec![say(phrases, ReplyKind::Text, phrases.text("feedback-thanks"), Vec::new())];
    }
    state.misses = state.misses.saturating_add(1);
    // The regret ends in the offer of a person.
    let (key, buttons) =
        if context.people { ("feedback-sorry", vec![person(phrases)]) } else { ("rephrase", Vec::new()) };
    vec![say(phrases, ReplyKind::Text, phrases.text(key), buttons)]
}

fn phrases(context: &Context<'_>, state: &DialogueState) -> Phrases {
    Phrases::of(state.lang.as_deref().unwrap_or(context.locale))
}

fn soothing(phrases: Phrases, emotion: Emotion) -> String {
    match emotion {
        Emotion::Angry => phrases.text("soothe-angry"),
        Emotion::Disappointed => phrases.text("soothe-disappointed"),
        Emotion::Anxious => phrases.text("soothe-anxious"),
        Emotion::Satisfied | Emotion::Neutral => String::new(),
    }
}

fn ask(context: &Context<'_>, entry: EntryIdx) -> Button {
    let value = format!("ask:{}", context.bundle.entry(entry).id);
    Button { label: context.bundle.question(entry).to_owned(), value }
}

fn person(phrases: Phrases) -> Button {
    Button { label: phrases.text("talk-to-person"), value: "handoff".to_owned() }
}

fn say(phrases: Phrases, kind: ReplyKind, text: String, buttons: Vec<Button>) -> Effect {
    Effect::Say(Reply { kind, text, lang: phrases.locale.to_owned(), buttons })
}

/// Folded, without punctuation and emoji at the ends.
fn bare(text: &str) -> String {
    zg_text::normalize(text).trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}
