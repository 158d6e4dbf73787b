//! Intents: the common ones that nothing answers, and those that the classifier reads otherwise.

use std::collections::BTreeMap;

use super::page::Page;
use super::{Context, Finding};

/// How sure the classifier has to be to doubt an author.
const SURE: f32 = 0.8;
/// How sure it has to be to count an entry as an answer.
const LIKELY: f32 = 0.5;

pub(super) fn check(pages: &[Page<'_>], context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut carried: BTreeMap<&str, (usize, Vec<String>)> = BTreeMap::new();
    for (at, page) in pages.iter().enumerate().filter(|(_, page)| !page.blank()) {
        let told = context.intents.and_then(|classify| classify(&page.entry.question, &page.lang));
        let set = page.entry.intent.as_str();
        if let Some((intent, confidence)) =
            told.as_ref().filter(|(intent, sure)| *sure >= SURE && !set.is_empty() && intent != set)
        {
            let message = format!("the intent is {set}, and the question reads as {intent} ({confidence:.2})");
            let fix = format!("Set intent to {intent}, or reword the question.");
            findings.push(Finding::warning(page.entry, "intent-mismatch", message, &fix));
        }
        let lang = page.lang.split('-').next().unwrap_or("");
        let (_, intents) = carried.entry(lang).or_insert((at, Vec::new()));
        intents.extend([set.to_owned()].into_iter().filter(|set| !set.is_empty()));
        intents.extend(told.filter(|(_, sure)| *sure >= LIKELY).map(|(intent, _)| intent));
    }
    for (lang, (first, intents)) in &carried {
        // Where no author sets intents and no classifier tells them, nothing is known.
        if intents.is_empty() {
            continue;
        }
        let entry = pages[*first].entry;
        for missing in context.top_intents.iter().filter(|top| !intents.iter().any(|intent| intent == *top)) {
            let message = format!("no entry in {lang:?} answers {missing}, which nearly every shop is asked");
            let fix = format!("Write an entry with the intent {missing}.");
            findings.push(Finding::warning(entry, "unanswered-intent", message, &fix));
        }
    }
}
