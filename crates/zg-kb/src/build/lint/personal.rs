//! Data of persons, which an answer would show to everybody.

use super::Finding;
use super::page::Page;
use zg_text::personal::personal_data;

pub(super) fn check(page: &Page<'_>, findings: &mut Vec<Finding>) {
    let texts = [&page.entry.question, &page.entry.answer].into_iter().chain(&page.entry.variants);
    if let Some(found) = texts.into_iter().find_map(|text| personal_data(text).into_iter().next()) {
        // The number itself stays out of the message, which goes to logs.
        let message = format!("the {} of a person stands in the text ({})", found.kind.name(), found.masked);
        let fix = "Use the shop's service number or address instead.";
        findings.push(Finding::error(page.entry, "personal-data", message, fix));
    }
}
