//! An entry as every rule reads it: folded once, with its words looked up once.

use zg_domain::Language;

use super::facts::{Fact, Question, facts};
use super::text;
use crate::build::Entry;

pub(super) struct Page<'e> {
    pub(super) entry: &'e Entry,
    /// The entry's language, lower case; told from the question where the author set none.
    pub(super) lang: String,
    pub(super) chinese: bool,
    pub(super) question: Question,
    /// The variants, folded: folding costs more than all that is done with them.
    pub(super) variants: Vec<String>,
    /// The answer, folded line by line.
    pub(super) lines: Vec<String>,
    pub(super) facts: Vec<Fact>,
}

impl<'e> Page<'e> {
    pub(super) fn read(entry: &'e Entry) -> Self {
        let told = zg_text::identify(&entry.question).0;
        let lang = if entry.lang.is_empty() {
            told.written().unwrap_or("").to_owned()
        } else {
            entry.lang.to_ascii_lowercase()
        };
        let chinese = matches!(told, Language::Chinese | Language::Cantonese)
            || lang.starts_with("zh")
            || lang.starts_with("yue");
        let mut question = Question::read(&entry.question, chinese);
        if entry.intent == "quality_complaint" && question.scope.values("reason").next().is_none() {
            question.scope.add("reason", "quality".to_owned());
        }
        let lines = text::lines(&entry.answer);
        let mut facts = facts(&question, &lines);
        if !entry.product.is_empty() {
            // The product says what the entry is about; its name in the text says nothing more.
            let product = zg_text::normalize(&entry.product);
            for fact in &mut facts {
                fact.scope.keep_listed_goods();
                fact.scope.drop_named("model", &product);
            }
        }
        let variants = entry.variants.iter().map(|variant| zg_text::normalize(variant)).collect();
        Self { entry, lang, chinese, question, variants, lines, facts }
    }

    /// The question and its variants, as written and folded.
    pub(super) fn ways(&self) -> impl Iterator<Item = (&'e str, &str)> {
        let question = (self.entry.question.as_str(), self.question.text.as_str());
        let variants = self.entry.variants.iter().zip(&self.variants);
        std::iter::once(question).chain(variants.map(|(way, folded)| (way.as_str(), folded.as_str())))
    }

    /// Product and audience: entries of two products, or for two groups of shoppers, mean to say different things.
    pub(super) fn about(&self) -> (&'e str, &'e str) {
        (&self.entry.product, &self.entry.audience)
    }

    /// `file:line`.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.entry.file, self.entry.line)
    }

    pub(super) fn blank(&self) -> bool {
        self.entry.question.trim().is_empty() || self.entry.answer.trim().is_empty()
    }
}
