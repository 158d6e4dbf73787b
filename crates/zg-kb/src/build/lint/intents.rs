//! Intents: the common ones that nothing answers, and those that the classifier reads otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::page::Page;
use super::{Context, Finding};
use crate::build::parallel;

/// How sure the classifier has to be to doubt an author.
const SURE: f32 = 0.8;
/// How sure it has to be to count an entry as an answer.
const LIKELY: f32 = 0.5;

/// Whether the classifier reads every other way to ask, too, as something else than the author says.
///
/// The question alone is no proof: of the demo's entries it reads one in 25 otherwise, and mostly both would do.
fn no_way_reads_as(set: &str, page: &Page<'_>, context: &Context<'_>) -> bool {
    let reads = |way: &String| context.intents.and_then(|classify| classify(way, &page.lang));
    let others: Vec<_> = page.entry.variants.iter().filter_map(reads).collect();
    others.iter().all(|(intent, sure)| intent != set && *sure >= LIKELY)
}

pub(super) fn check(pages: &[Page<'_>], context: &Context<'_>, findings: &mut Vec<Finding>) {
    let told: Vec<Option<(String, f32)>> = match context.intents {
        Some(classify) => {
            parallel::map(pages, |page| if page.blank() { None } else { classify(&page.entry.question, &page.lang) })
        }
        None => vec![None; pages.len()],
    };
    let mut carried: BTreeMap<&str, (usize, bool, BTreeSet<String>)> = BTreeMap::new();
    for ((at, page), told) in pages.iter().enumerate().zip(told).filter(|((_, page), _)| !page.blank()) {
        let set = page.entry.intent.as_str();
        if let Some((intent, confidence)) =
            told.as_ref().filter(|(intent, sure)| *sure >= SURE && !set.is_empty() && intent != set)
            && no_way_reads_as(set, page, context)
        {
            let message = format!("the intent is {set}, and the question reads as {intent} ({confidence:.2})");
            let fix = format!("Set intent to {intent}, or reword the question.");
            findings.push(Finding::warning(page.entry, "intent-mismatch", message, &fix));
        }
        let lang = page.lang.split('-').next().unwrap_or("");
        let (_, authored, intents) = carried.entry(lang).or_insert((at, false, BTreeSet::new()));
        *authored |= !set.is_empty();
        if !set.is_empty() && !intents.contains(set) {
            intents.insert(set.to_owned());
        }
        intents.extend(told.filter(|(_, sure)| *sure >= LIKELY).map(|(intent, _)| intent));
    }
    for (lang, (first, authored, intents)) in &carried {
        // Where no author sets intents and no classifier tells them, nothing is known; where the classifier alone tells
        // a few, these are a part of what a shop has to say, or of another trade.
        let n_covered = context.top_intents.iter().filter(|top| intents.contains(**top)).count();
        if intents.is_empty() || (!authored && n_covered * 3 < context.top_intents.len()) {
            continue;
        }
        let entry = pages[*first].entry;
        for missing in context.top_intents.iter().filter(|top| !intents.contains(**top)) {
            let message = format!("no entry in {lang:?} answers {missing}, which nearly every shop is asked");
            let fix = format!("Write an entry with the intent {missing}.");
            findings.push(Finding::warning(entry, "unanswered-intent", message, &fix));
        }
    }
}
