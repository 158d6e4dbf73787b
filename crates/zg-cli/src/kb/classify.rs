//! What the models say of entries: the intent where the author gave none, and the category that goes with it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use zg_domain::Utterance;
use zg_kb::build::{Entry, parallel};

use super::cache;
use crate::ModelArgs;
use crate::models::{self, Models};

/// How sure the models have to be to say an author's word.
///
/// Chosen on the demo's 433 entries, whose authors gave each an intent: at 0.9 the models say one for 64 % of them and
/// the author's for 95.7 % of these; at 0.8 it is 73 % and 94.6 %, at 0.6 it is 85 % and 92.4 %.
const SURE: f32 = 0.9;

/// What passes between people and is no matter of an entry.
const CONVERSATIONAL: [&str; 4] = ["greeting", "thanks_bye", "ack_inform", "chitchat_other"];

/// The category of an intent, in a knowledge base whose authors set none.
const CATEGORIES: [(&str, &str); 28] = [
    ("order_status", "logistics"),
    ("shipping_time", "shipping"),
    ("expedite", "shipping"),
    ("logistics_problem", "logistics"),
    ("change_order", "order-change"),
    ("delivery_arrange", "delivery"),
    ("cancel_order", "orders"),
    ("return_request", "returns"),
    ("exchange_request", "exchange"),
    ("refund_status", "refunds"),
    ("quality_complaint", "quality"),
    ("missing_or_wrong_item", "quality"),
    ("invoice", "invoice"),
    ("payment", "payment"),
    ("order_placement", "orders"),
    ("coupon_promo", "promotions"),
    ("price_protection", "promotions"),
    ("product_info", "products"),
    ("product_usage", "usage"),
    ("size_advice", "sizes"),
    ("stock", "products"),
    ("recommendation", "products"),
    ("gift_packaging", "gifts"),
    ("shipping_fee_area", "postage"),
    ("after_sales_warranty", "warranty"),
    ("account_membership", "account"),
    ("human_agent", "service"),
    ("complaint_service", "service"),
];

/// What the models read in each question: an intent, and how sure they are, in thousandths.
#[derive(Default)]
pub struct Told {
    told: HashMap<String, Answer>,
    models: Option<Models>,
}

/// An intent and its confidence; `None` where no model takes the language.
pub type Answer = Option<(String, f32)>;

impl Told {
    /// Asks the models about every question, but for those that the cache knows.
    /// Where there are no models, a line on stderr says so and nothing is told.
    pub fn of(entries: &[Entry], args: &ModelArgs, no_models: bool, cache: Option<&Path>) -> Self {
        if no_models || entries.is_empty() {
            return Self::default();
        }
        let models = match models::load(args) {
            Ok(models) => models,
            Err(error) => {
                eprintln!(
                    "note: intents are those of the authors alone: {error:#} (--no-models says that it is meant)"
                );
                return Self::default();
            }
        };
        let key = cache.map(|path| (path, cache::key(args)));
        let mut known = key.as_ref().map_or_else(HashMap::new, |(path, key)| cache::read(path, key));
        // What is made of a feed asks about its product and is told nothing new by a model.
        let mut told: HashMap<String, Answer> = HashMap::new();
        let mut asked: Vec<&str> = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.question.is_empty() && !is_of_feed(entry)) {
            if let Some((question, answer)) = known.remove_entry(&entry.question) {
                told.insert(question, answer);
            } else if !told.contains_key(&entry.question) {
                told.insert(entry.question.clone(), None);
                asked.push(&entry.question);
            }
        }
        let answers = parallel::map(&asked, |question| tell(&models, question));
        let n_new = asked.len();
        told.extend(asked.into_iter().map(str::to_owned).zip(answers));
        if let Some((path, key)) = key.filter(|_| n_new > 0 || !known.is_empty()) {
            // A build is none the worse without it.
            if let Err(error) = cache::write(path, &key, &told) {
                eprintln!("note: no cache is kept: {error:#}");
            }
        }
        Self { told, models: Some(models) }
    }

    /// What a question reads as; another text than the entries' questions is asked now.
    pub fn get(&self, text: &str) -> Answer {
        match self.told.get(text) {
            Some(answer) => answer.clone(),
            None => tell(self.models.as_ref()?, text),
        }
    }

    /// The same, without what is no matter of an entry.
    pub fn matter(&self, text: &str) -> Answer {
        self.get(text).filter(|(intent, _)| !CONVERSATIONAL.contains(&intent.as_str()))
    }

    pub fn is_empty(&self) -> bool {
        self.models.is_none()
    }
}

fn is_of_feed(entry: &Entry) -> bool {
    entry.id.starts_with("product-")
}

fn tell(models: &Models, question: &str) -> Option<(String, f32)> {
    let reading = zg_text::read(question);
    let (language, _) = reading.identify(question);
    let understood = models.0.understand(&Utterance { reading: &reading.text, language, previous: None })?;
    let first = understood.intents.first()?;
    #[expect(clippy::cast_possible_truncation, reason = "thousandths")]
    let confidence = first.confidence.get() as f32;
    Some((first.label.0.clone(), confidence))
}

/// Who said what an entry is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    Author,
    Model,
    Nobody,
}

impl By {
    pub fn name(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Model => "model",
            Self::Nobody => "nobody",
        }
    }

    fn of(said: &str) -> Self {
        if said.is_empty() { Self::Nobody } else { Self::Author }
    }
}

/// Fills intents and categories that no author gave; says for each entry who gave them.
pub fn fill(entries: &mut [Entry], told: &Told) -> Vec<(By, By)> {
    let mut by: Vec<(By, By)> = entries.iter().map(|entry| (By::of(&entry.intent), By::of(&entry.category))).collect();
    if told.is_empty() {
        return by;
    }
    for (entry, by) in entries.iter_mut().zip(&mut by).filter(|(entry, by)| by.0 == By::Nobody && !is_of_feed(entry)) {
        let sure = told.matter(&entry.question).filter(|(_, confidence)| *confidence >= SURE);
        if let Some((intent, _)) = sure {
            entry.intent = intent;
            by.0 = By::Model;
        }
    }
    let headings = Headings::of(entries);
    for (entry, by) in entries.iter_mut().zip(&mut by).filter(|(_, by)| by.1 == By::Nobody) {
        if let Some(category) = headings.get(entry) {
            category.clone_into(&mut entry.category);
            by.1 = By::Model;
        }
    }
    by
}

/// The categories that authors use, by language and intent.
struct Headings {
    used: BTreeMap<(String, String), BTreeMap<String, usize>>,
    /// Languages in which an author has set a category; a heading of ours would stand out among theirs.
    authored: Vec<String>,
}

impl Headings {
    fn of(entries: &[Entry]) -> Self {
        let mut headings = Self { used: BTreeMap::new(), authored: Vec::new() };
        for entry in entries.iter().filter(|entry| !entry.category.is_empty() && !is_of_feed(entry)) {
            let lang = lang(entry);
            if !headings.authored.contains(&lang) {
                headings.authored.push(lang.clone());
            }
            if !entry.intent.is_empty() {
                let used = headings.used.entry((lang, entry.intent.clone())).or_default();
                *used.entry(entry.category.clone()).or_default() += 1;
            }
        }
        headings
    }

    /// That of most entries of the same intent, or the usual one where no author uses any.
    fn get(&self, entry: &Entry) -> Option<&str> {
        if entry.intent.is_empty() || is_of_feed(entry) {
            return None;
        }
        let key = (lang(entry), entry.intent.clone());
        if let Some(used) = self.used.get(&key) {
            let all: usize = used.values().sum();
            // The first of equals, in the order of the alphabet.
            let most = used.iter().rev().max_by_key(|(_, n)| **n);
            return most.filter(|(_, n)| **n * 2 > all).map(|(category, _)| category.as_str());
        }
        if self.authored.contains(&key.0) {
            return None;
        }
        CATEGORIES.iter().find(|(intent, _)| *intent == entry.intent).map(|(_, category)| *category)
    }
}

fn lang(entry: &Entry) -> String {
    let told = || zg_text::identify(&entry.question).0.written().unwrap_or("").to_owned();
    if entry.lang.is_empty() { told() } else { entry.lang.split('-').next().unwrap_or_default().to_ascii_lowercase() }
}

/// One line of the report.
pub fn line(entry: &Entry, id: &str, by: (By, By), told: &Told) -> serde_json::Value {
    let told = told.get(&entry.question);
    serde_json::json!({
        "file": entry.file, "line": entry.line, "id": id, "question": entry.question,
        "category": entry.category, "category_by": by.1.name(), "intent": entry.intent, "intent_by": by.0.name(),
        "model_intent": told.as_ref().map(|told| &told.0),
        "confidence": told.as_ref().map(|told| (f64::from(told.1) * 1000.0).round() / 1000.0),
    })
}
