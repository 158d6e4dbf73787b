//! Cards: what a reply shows besides its words. Drawn from what the back office and the catalog say, and from nothing else.

use zg_domain::{Card, CardField, CardKind, ReplyKind};

use crate::slots::cut;
use crate::step::Turn;

/// Steps of an order's way that a card shows.
const MOST_STEPS: usize = 6;
/// Facts that stand elsewhere on the card, or are not for the shopper to read.
const ELSEWHERE: [&str; 4] = ["order", "status_text", "outcome", "reason"];
/// Facts that a card alone has a use for.
const DRAWN: [&str; 5] = ["status", "item_title", "image", "url", "price"];

/// Whether a fact is there to be drawn, and says nothing to whoever reads it.
pub(crate) fn only_drawn(name: &str) -> bool {
    DRAWN.contains(&name) || name.starts_with("step_")
}

impl Turn<'_> {
    /// The card of a task's facts; `None` where they do not make one.
    pub(crate) fn card_of_task(&self, kind: CardKind) -> Option<Card> {
        let task = self.state.task.as_ref()?;
        let fact = |name: &str| {
            let found = task.facts.iter().find(|(of, _)| of == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let mut card = Card {
            kind,
            id: fact("order"),
            title: fact("item_title"),
            note: Some(fact("status")).filter(|short| !short.is_empty()).unwrap_or_else(|| fact("status_text")),
            image: fact("image"),
            url: fact("url"),
            price: fact("price"),
            ..Card::default()
        };
        if kind == CardKind::Coupon {
            card.code = fact("coupon_code");
            (card.title, card.note) = (fact("coupon_text"), fact("coupon_until"));
            return (!card.code.is_empty()).then_some(card);
        }
        for (name, value) in &task.facts {
            // What was asked of the shopper is known to them.
            let elsewhere = ELSEWHERE.contains(&name.as_str()) || self.context.playbooks.slot(name).is_some();
            if elsewhere || only_drawn(name) {
                continue;
            }
            if let Some(label) = self.fact_label(name) {
                card.fields.push(CardField {
                    name: name.clone(),
                    label,
                    value: value.clone(),
                    kind: "fact",
                    ..CardField::default()
                });
            }
        }
        card.fields.extend(steps(&task.facts));
        (!card.id.is_empty() && !card.note.is_empty()).then_some(card)
    }

    /// What a fact is called in front of its value; `None` where the shop has no word for it.
    pub(crate) fn fact_label(&self, name: &str) -> Option<String> {
        let words = self.context.playbooks.words(self.phrases().locale, &["fact-", name].concat(), &[])?;
        Some(words.trim_end_matches([':', '：', ' ']).to_owned())
    }

    /// What is known of a product, by its number: what the page says, else the bundle. Its note is its availability.
    pub(crate) fn product(&self, id: &str) -> Option<Card> {
        if let Some(told) = self.context.products.iter().find(|one| one.id == id) {
            let cut = |text: &String| cut(text);
            let (title, price, was) = (cut(&told.title), cut(&told.price), cut(&told.was));
            return Some(Card { title, price, was, ..told.clone() });
        }
        let products = self.context.bundle.products().ok()?;
        let product = products.iter().find(|one| one.id == id || one.codes().any(|code| code == id))?;
        Some(Card {
            kind: CardKind::Product,
            id: product.id.to_owned(),
            title: product.title.to_owned(),
            note: product.availability.to_owned(),
            url: product.url.to_owned(),
            image: product.image().to_owned(),
            price: price(product.price, product.currency),
            ..Card::default()
        })
    }

    /// Asks how a talk with a person was.
    pub(crate) fn ask_rating(&mut self) {
        if !self.context.forms {
            return;
        }
        self.cards.push(Card { kind: CardKind::Rating, ..Card::default() });
        self.say_text("rating", "rating");
    }

    pub(crate) fn rated(&mut self, stars: &str) {
        let few = matches!(stars, "1" | "2");
        if !few && !matches!(stars, "3" | "4" | "5") {
            return self.say_text("stale", "button-stale");
        }
        let (kind, lang) = (ReplyKind::Event("rated"), self.phrases().locale.to_owned());
        self.reply("rating", kind, stars.to_owned(), lang, Vec::new());
        let text = self.phrases().text(if few { "rating-sorry" } else { "rating-thanks" });
        let buttons = if few { self.person() } else { Vec::new() };
        self.say("rating", ReplyKind::Text, text, buttons);
        if matches!(stars, "4" | "5") {
            self.offer_gently();
        }
    }
}

/// The steps of an order's way, `step_1`, `step_2`, … in this order, each `<when>|<what>`: the last one is where it is now.
fn steps(facts: &[(String, String)]) -> Vec<CardField> {
    let step = |number: usize| {
        let name = format!("step_{number}");
        let (_, value) = facts.iter().find(|(of, _)| *of == name)?;
        let (when, what) = value.split_once('|').unwrap_or(("", value));
        let (label, value) = (what.trim().to_owned(), when.trim().to_owned());
        (!label.is_empty()).then(|| CardField { name, label, value, kind: "done", ..CardField::default() })
    };
    let mut steps: Vec<CardField> = (1..).map_while(step).collect();
    if let Some(last) = steps.last_mut() {
        last.kind = "now";
    }
    // The newest are what is asked about.
    steps.split_off(steps.len().saturating_sub(MOST_STEPS))
}

/// A price as a shopper reads it.
pub(crate) fn price(price: &str, currency: &str) -> String {
    let sign = match currency {
        _ if price.is_empty() => return String::new(),
        "CNY" => "¥",
        "USD" => "$",
        "HKD" => "HK$",
        "TWD" => "NT$",
        "EUR" => "€",
        "GBP" => "£",
        _ => return [price, " ", currency].concat().trim_end().to_owned(),
    };
    [sign, price].concat()
}
