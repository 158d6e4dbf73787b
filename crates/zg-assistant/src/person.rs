//! Handing over to a person.

use std::fmt::Write;

use zg_domain::{Button, Card, CardField, CardKind, Effect, Handoff, HandoffReason, Packet, ReplyKind};
use zg_text::personal::hide;

use crate::card::only_drawn;
use crate::playbook::SlotKind;
use crate::slots::{self, cut};
use crate::step::{Turn, heard_of};

impl Turn<'_> {
    pub(crate) fn request_handoff(&mut self, reason: HandoffReason) {
        if !self.context.people {
            self.say_text("no_people", "person-unreachable");
            return;
        }
        if self.state.handoff.with_people() {
            return;
        }
        let packet = self.packet();
        let before = std::mem::take(&mut self.state.handoff);
        // Every state may ask for a person.
        self.state.handoff = before.request(self.now).unwrap_or(Handoff::Queued { since: self.now });
        let state = &mut self.state;
        state.misses = 0;
        // What a person says next is not in it.
        (state.previous, state.task) = (None, None);
        (state.paused, state.later, state.offered) = (Vec::new(), Vec::new(), Vec::new());
        let form = self.context.forms.then(|| self.packet_form(&packet)).flatten();
        // The place in the queue is kept from now on; what is known goes when it has been looked over.
        let now =
            if form.is_some() { Packet { priority: packet.priority, ..Packet::default() } } else { packet.clone() };
        self.state.held = form.is_some().then_some(reason);
        self.effects.push(Effect::RequestHandoff { reason, packet: now });
        self.state.packet = Some(packet.clone());
        let phrases = self.phrases();
        let key = match reason {
            HandoffReason::Emotion => "handoff-emotion",
            HandoffReason::Repeated => "handoff-repeated",
            HandoffReason::ToolFailure => "handoff-tool-failure",
            _ => "handoff-requested",
        };
        self.say("handoff", ReplyKind::Event("handoff_requested"), phrases.text(key), Vec::new());
        let key = if form.is_some() { "packet-check" } else { "handoff-packet" };
        self.cards.extend(form);
        self.show_packet(key, &packet);
    }

    /// A form that the shopper sent: what goes along to a person, put right. An empty value is left out.
    pub(crate) fn form(&mut self, values: &[(String, String)]) {
        let Some(mut packet) = self.state.packet.clone() else {
            return self.say_text("stale", "button-stale");
        };
        for (name, value) in values {
            let value = cut(value.trim());
            if name == WANTS {
                packet.wants = value;
            } else if let Some(at) = packet.facts.iter().position(|(of, _)| of == name) {
                if packet.facts[at].1 == value {
                    continue;
                }
                if value.is_empty() {
                    packet.facts.remove(at);
                } else {
                    packet.facts[at].1 = value;
                }
                if name == "order" {
                    forget_order(&mut packet);
                }
            }
        }
        let withheld = self.packet_form(&packet).is_none();
        if withheld {
            packet = Packet { priority: packet.priority, ..Packet::default() };
        }
        // A person may have come before it was sent: what was put right goes after.
        self.state.held.get_or_insert(HandoffReason::Asked);
        self.state.packet = Some(packet.clone());
        self.release_packet();
        if withheld {
            self.say_text("packet", "packet-withheld");
        } else {
            self.show_packet("packet-sent", &packet);
        }
    }

    /// What waited to be looked over goes: the shopper has done so, has gone on, or a person is there who needs it.
    pub(crate) fn release_packet(&mut self) {
        if let (Some(reason), Some(packet)) = (self.state.held.take(), self.state.packet.clone()) {
            self.effects.push(Effect::RequestHandoff { reason, packet });
        }
    }

    /// What may be put right; `None` where there is nothing to look at.
    fn packet_form(&self, packet: &Packet) -> Option<Card> {
        let phrases = self.phrases();
        let mut fields = Vec::new();
        let mut field = |name: &str, label: String, value: &str, kind, options| {
            fields.push(CardField { name: name.to_owned(), label, value: value.to_owned(), kind, options });
        };
        if !packet.wants.is_empty() {
            field(WANTS, phrases.text("packet-wants"), &packet.wants, "text", Vec::new());
        }
        for (name, value) in &packet.facts {
            let Some(label) = self.fact_label(name) else { continue };
            let (kind, options) = match self.context.playbooks.slot(name) {
                // The shop's own word is not the shopper's to change.
                None => ("fact", Vec::new()),
                Some(slot) if slot.kind == SlotKind::Order => ("order", Vec::new()),
                Some(slot) if slot.kind == SlotKind::Choice => {
                    let label = |option: &String| self.chosen_words(name, option);
                    let button = |option: &String| Button { label: label(option), value: option.clone() };
                    ("choice", slot.options.iter().map(button).collect())
                }
                Some(_) => ("text", Vec::new()),
            };
            field(name, label, value, kind, options);
        }
        let action = phrases.text("packet-send");
        (!fields.is_empty()).then(|| Card { kind: CardKind::Form, action, fields, ..Card::default() })
    }

    /// Of a choice the words that stand on its button.
    fn chosen_words(&self, name: &str, value: &str) -> String {
        let words = self.context.playbooks.words(self.phrases().locale, &format!("{name}-{value}"), &[]);
        words.as_deref().and_then(|ways| ways.split('|').next()).unwrap_or(value).to_owned()
    }

    /// While nobody has taken it yet, what the shopper puts right is put right in what goes along.
    pub(crate) fn correct_packet(&mut self, text: &str) {
        let Handoff::Queued { .. } = self.state.handoff else { return };
        let Some(mut packet) = self.state.packet.clone() else { return };
        let heard = heard_of(self, text);
        let number = slots::order_number(&heard.reading, heard.entities());
        let Some(number) = number else { return self.release_packet() };
        match packet.facts.iter_mut().find(|(name, _)| name == "order") {
            Some((_, known)) if *known == number => return self.release_packet(),
            Some((_, known)) => *known = number,
            None => packet.facts.push(("order".to_owned(), number)),
        }
        forget_order(&mut packet);
        self.remember(&heard);
        self.state.packet = Some(packet.clone());
        self.state.held.get_or_insert(HandoffReason::Asked);
        self.release_packet();
        self.show_packet("packet-corrected", &packet);
    }

    /// In the shopper's sight, while it waits.
    fn show_packet(&mut self, key: &str, packet: &Packet) {
        let phrases = self.phrases();
        let mut lines = String::new();
        if !packet.wants.is_empty() {
            let _ = write!(lines, "\n· {}", packet.wants);
        }
        for (name, value) in &packet.facts {
            let words = |key: String| self.context.playbooks.words(phrases.locale, &key, &[]);
            if let Some(label) = words(format!("fact-{name}")) {
                let value = self.chosen_words(name, value);
                // A full-width colon has room of its own behind it.
                let space = if label.ends_with('：') { "" } else { " " };
                let _ = write!(lines, "\n· {label}{space}{value}");
            }
        }
        if !lines.is_empty() {
            self.say("packet", ReplyKind::Text, format!("{}{lines}", phrases.text(key)), Vec::new());
        }
    }

    /// What only people may take: said with care, and handed over at once.
    pub(crate) fn sensitive(&mut self, reason: HandoffReason) {
        let key = match reason {
            HandoffReason::SelfHarm => "sensitive-self-harm",
            HandoffReason::Injury | HandoffReason::FoodSafety => "sensitive-health",
            HandoffReason::Fraud => "sensitive-fraud",
            _ => "sensitive",
        };
        let phrases = self.phrases();
        let mut text = phrases.text(key);
        if self.context.people {
            text.push('\n');
            text.push_str(&phrases.text("sensitive-person"));
        }
        self.say("sensitive", ReplyKind::Text, text, Vec::new());
        self.request_handoff(reason);
    }

    fn packet(&self) -> Packet {
        let state = &self.state;
        let task = state.task.as_ref().or(state.paused.first());
        let mut facts = task.map(|task| task.facts.clone()).unwrap_or_default();
        for told in &state.told {
            if !facts.iter().any(|(name, _)| *name == told.slot) {
                facts.push((told.slot.clone(), told.value.clone()));
            }
        }
        let mut wants = task.map(|task| task.words.clone()).unwrap_or_default();
        facts.retain(|(name, _)| !only_drawn(name));
        // Where it is looked over before it goes, nothing goes unseen, and what is private is put there by the shopper alone.
        if self.context.forms {
            facts.retain(|(name, _)| self.fact_label(name).is_some());
            let is_order =
                |name: &str| self.context.playbooks.slot(name).is_some_and(|slot| slot.kind == SlotKind::Order);
            for (_, value) in facts.iter_mut().filter(|(name, _)| !is_order(name)) {
                *value = hide(value).0;
            }
            wants = hide(&wants).0;
        }
        Packet {
            wants,
            intent: task.map(|task| task.playbook.clone()).unwrap_or_default(),
            facts,
            tried: state.last_entry.iter().cloned().collect(),
            moods: state.moods.iter().rev().copied().collect(),
            priority: self.manner.priority,
        }
    }

    pub(crate) fn end_handoff(&mut self) {
        if !self.state.handoff.with_people() {
            return;
        }
        let talked = matches!(std::mem::replace(&mut self.state.handoff, Handoff::Ended), Handoff::Assigned { .. });
        (self.state.packet, self.state.held) = (None, None);
        self.effects.push(Effect::EndHandoff);
        let text = self.phrases().text("handoff-ended");
        self.say("handoff", ReplyKind::Event("ended"), text, Vec::new());
        if talked {
            self.ask_rating();
        }
    }
}

/// The name under which a form has what the shopper wants.
const WANTS: &str = "wants";

/// Of another order nothing is known.
fn forget_order(packet: &mut Packet) {
    packet.facts.retain(|(name, _)| !["status_text", "eta", "outcome"].contains(&name.as_str()));
}
