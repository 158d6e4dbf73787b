//! Handing over to a person.

use std::fmt::Write;

use zg_domain::{Effect, Handoff, HandoffReason, Packet, ReplyKind};

use crate::slots;
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
        self.effects.push(Effect::RequestHandoff { reason, packet: packet.clone() });
        self.state.packet = Some(packet.clone());
        let phrases = self.phrases();
        let key = match reason {
            HandoffReason::Emotion => "handoff-emotion",
            HandoffReason::Repeated => "handoff-repeated",
            HandoffReason::ToolFailure => "handoff-tool-failure",
            _ => "handoff-requested",
        };
        self.say("handoff", ReplyKind::Event("handoff_requested"), phrases.text(key), Vec::new());
        self.show_packet("handoff-packet", &packet);
    }

    /// While nobody has taken it yet, what the shopper puts right is put right in what goes along.
    pub(crate) fn correct_packet(&mut self, text: &str) {
        let Handoff::Queued { .. } = self.state.handoff else { return };
        let Some(mut packet) = self.state.packet.clone() else { return };
        let heard = heard_of(self, text);
        let Some(number) = slots::order_number(&heard.reading, heard.entities()) else { return };
        match packet.facts.iter_mut().find(|(name, _)| name == "order") {
            Some((_, known)) if *known == number => return,
            Some((_, known)) => *known = number,
            None => packet.facts.push(("order".to_owned(), number)),
        }
        // Of another order nothing is known.
        packet.facts.retain(|(name, _)| !["status_text", "eta", "outcome"].contains(&name.as_str()));
        self.remember(&heard);
        self.state.packet = Some(packet.clone());
        self.effects.push(Effect::RequestHandoff { reason: HandoffReason::Asked, packet: packet.clone() });
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
                // Of a choice the words that stood on its button.
                let chosen = words(format!("{name}-{value}"));
                let value = chosen.as_deref().and_then(|ways| ways.split('|').next()).unwrap_or(value);
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
        Packet {
            wants: task.map(|task| task.words.clone()).unwrap_or_default(),
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
        self.state.handoff = Handoff::Ended;
        self.state.packet = None;
        self.effects.push(Effect::EndHandoff);
        let text = self.phrases().text("handoff-ended");
        self.say("handoff", ReplyKind::Event("ended"), text, Vec::new());
    }
}
