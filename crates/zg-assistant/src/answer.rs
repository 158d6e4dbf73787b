//! Answers of the knowledge base, and what is said where none is sure.

use zg_domain::{Act, AnswerSource, Button, Date, HandoffReason, Intent, ReplyKind};
use zg_kb::EntryIdx;
use zg_policy::Person;

use crate::rank::Candidate;
use crate::step::{Heard, N_READINGS, Turn};
use crate::task::COMPLAINTS;

/// A shopper is offered a person after this many misses in a row.
const MISSES_BEFORE_PERSON: u32 = 2;
/// An answer that holds for so many days more, or was last verified longer ago, is given with its date.
const ENDS_SOON: i64 = 7;
const LONG_AGO: i64 = 365;

impl Turn<'_> {
    /// Gives an entry; `found` are the readings beside it.
    pub(crate) fn answer(&mut self, candidate: &Candidate, found: &[Candidate]) {
        let bundle = self.context.bundle;
        let entry = candidate.entry;
        let info = bundle.entry(entry);
        let today = self.now.date();
        // By a button of a day when it still held.
        if info.expired(today) {
            return self.withhold(entry, &[]);
        }
        // The block does not decode: damaged in memory or by a compiler's fault. Saying nothing would be worse than saying so.
        let Ok(text) = bundle.answer(entry) else { return self.lost() };
        self.state.misses = 0;
        let again = self.state.last_entry.as_deref() == Some(info.id);
        if again {
            self.state.repeats = self.state.repeats.saturating_add(1);
        } else {
            self.state.last_entry = Some(info.id.to_owned());
            self.state.repeats = 0;
        }
        let intent = (!info.intent.is_empty()).then(|| Intent(info.intent.to_owned()));
        self.state.complained |= COMPLAINTS.contains(&info.intent);
        // An entry without an intent says nothing about what a short answer to it would mean.
        self.did(Act::Answer, intent);
        match self.state.repeats {
            0 => {}
            1 => return self.say_again(entry, &text, found),
            _ if self.context.people => return self.request_handoff(HandoffReason::Repeated),
            _ => return self.say_again(entry, &text, found),
        }
        let phrases = self.phrases();
        let source = AnswerSource {
            entry: info.id.to_owned(),
            question: bundle.question(entry).to_owned(),
            source: info.source(),
            confidence: candidate.confidence,
            verified: info.verified,
            valid_until: info.valid_until,
        };
        let style = self.context.playbooks.style();
        let (text, buttons) = match first_part(&text).filter(|_| style.short && !self.whole) {
            Some(first) => {
                let more = Button { label: phrases.text("more"), value: format!("more:{}", info.id) };
                (first.to_owned(), vec![more])
            }
            None => (text, Vec::new()),
        };
        let mut text = self.soothed(text);
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
        self.reply("answer", ReplyKind::Answer(source), text, lang, buttons);
        // Anger wants a person. It is an offer, not a push.
        if self.manner.person != Person::No {
            self.offer_beside();
        }
    }

    /// The same answer has not helped: its first sentence, what else may be meant, and a person.
    fn say_again(&mut self, entry: EntryIdx, text: &str, found: &[Candidate]) {
        let near =
            found.iter().filter(|candidate| candidate.entry != entry && candidate.confidence.get() >= self.clarify());
        let mut buttons: Vec<Button> = near.take(N_READINGS).map(|candidate| self.ask(candidate.entry)).collect();
        buttons.extend(self.person());
        let key = match (buttons.is_empty(), self.context.people) {
            (true, _) => "again-alone",
            (_, false) => "again-readings",
            (_, true) => "again",
        };
        let first = text.find(['。', '！', '\n']).map_or(text, |end| text[..end].trim());
        let words = self.phrases().fill(key, &[("answer", first)]);
        let words = self.soothed(words);
        self.say("repeated", ReplyKind::Text, words, buttons);
    }

    pub(crate) fn soothed(&self, text: String) -> String {
        let soothing = self.soothing();
        if soothing.is_empty() { text } else { format!("{soothing}\n{text}") }
    }

    /// A person, offered beside what was said.
    pub(crate) fn offer_beside(&mut self) {
        if self.context.people {
            self.offer_person("offer", "still-here");
        }
    }

    /// The best answer no longer holds. It is not repeated, not even as what held: its prices and days would be taken for
    /// today's. What is said is until when it held, and who knows more.
    pub(crate) fn withhold(&mut self, entry: EntryIdx, found: &[Candidate]) {
        let phrases = self.phrases();
        self.state.misses = self.state.misses.saturating_add(1);
        let info = self.context.bundle.entry(entry);
        let offers = self.context.people && !info.intent.is_empty();
        self.did(Act::OfferPerson, offers.then(|| Intent(info.intent.to_owned())));
        let key = if self.context.people { "expired" } else { "expired-no-people" };
        let date = info.valid_until.map(|last| phrases.day(last)).unwrap_or_default();
        let question = self.context.bundle.question(entry);
        let text = self.soothed(phrases.fill(key, &[("question", question), ("date", &date)]));
        // What is asked nearly so and still holds.
        let near = found.iter().take(N_READINGS).filter(|candidate| candidate.confidence.get() >= self.clarify());
        let mut buttons: Vec<Button> = near.map(|candidate| self.ask(candidate.entry)).collect();
        buttons.extend(self.person());
        self.say("expired", ReplyKind::Fallback, text, buttons);
    }

    /// Not sure: ask which one is meant; nothing near: say so and offer a person.
    pub(crate) fn doubt(&mut self, found: &[Candidate], heard: &Heard) {
        self.state.misses = self.state.misses.saturating_add(1);
        let near = found.first().is_some_and(|best| best.confidence.get() >= self.clarify());
        let tired = self.state.misses > MISSES_BEFORE_PERSON || self.manner.person != Person::No;
        let act = match (near && !tired, self.context.people) {
            (true, _) => Some(Act::Clarify),
            (false, true) => Some(Act::OfferPerson),
            (false, false) => None,
        };
        let intent =
            heard.understanding.as_ref().and_then(|understood| Some(understood.intents.first()?.label.clone()));
        self.did(act.unwrap_or(Act::Clarify), act.and(intent));
        if !near || tired {
            return self.miss();
        }
        let mut buttons: Vec<Button> =
            found.iter().take(N_READINGS).map(|candidate| self.ask(candidate.entry)).collect();
        buttons.push(Button { label: self.phrases().text("none-of-these"), value: "rephrase".to_owned() });
        let of_people = |one: &Candidate| self.context.bundle.entry(one.entry).intent == "human_agent";
        let again = self.state.misses >= MISSES_BEFORE_PERSON;
        if again || heard.hints_at_person() || found.iter().take(N_READINGS).any(of_people) {
            buttons.extend(self.person());
        }
        let text = self.soothed(self.phrases().text("clarify"));
        self.say("clarify", ReplyKind::Clarify, text, buttons);
    }

    fn lost(&mut self) {
        self.state.misses = self.state.misses.saturating_add(1);
        self.miss();
    }

    fn miss(&mut self) {
        let key = match (self.context.people, self.state.misses >= MISSES_BEFORE_PERSON) {
            (false, _) => "fallback-no-people",
            (true, false) => "fallback",
            (true, true) => "fallback-again",
        };
        let (text, buttons) = (self.soothed(self.phrases().text(key)), self.person());
        self.say("fallback", ReplyKind::Fallback, text, buttons);
    }
}

/// The beginning of a long answer: its sentences up to the first line's end, or to what fills a small screen.
fn first_part(text: &str) -> Option<&str> {
    const LONG: usize = 120;
    const LEAST: usize = 24;
    if text.chars().count() <= LONG {
        return None;
    }
    let mut found = None;
    for (n, (at, c)) in text.char_indices().enumerate() {
        let end = at + c.len_utf8();
        // A point within a number or an address ends nothing.
        let ends = "\n。！？!?".contains(c) || (c == '.' && text[end..].starts_with([' ', '\n']));
        if !ends || n < LEAST {
            continue;
        }
        if n > LONG && found.is_some() {
            break;
        }
        found = Some(end);
        if c == '\n' {
            break;
        }
    }
    found.map(|end| text[..end].trim_end()).filter(|first| first.len() < text.trim_end().len())
}
