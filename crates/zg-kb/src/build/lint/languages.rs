//! What one of the shop's languages has and another has not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Finding;
use super::page::Page;

pub(super) fn check(pages: &[Page<'_>], findings: &mut Vec<Finding>) {
    // Per id without its language: the pages that carry it, by language.
    let mut stems: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    for (at, page) in pages.iter().enumerate() {
        let lang = language(&page.lang);
        if lang.is_empty() {
            continue;
        }
        let stem = if page.entry.id.is_empty() { None } else { Some(format!("id {}", stem(&page.entry.id))) };
        if let Some(stem) = stem.or_else(|| file_stem(&page.entry.file).map(|stem| format!("file {stem}"))) {
            stems.entry(stem).or_default().entry(lang).or_insert(at);
        }
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut shared: HashMap<(&str, &str), usize> = HashMap::new();
    for langs in stems.values() {
        for a in langs.keys() {
            *counts.entry(a).or_default() += 1;
            for b in langs.keys().filter(|b| *b > a) {
                *shared.entry((a, b)).or_default() += 1;
            }
        }
    }
    // Two languages mirror each other when most of the larger one is in both: otherwise one is a selection of the other.
    let mirrored: BTreeSet<(&str, &str)> = shared
        .iter()
        .filter(|((a, b), n)| **n >= 2 && **n * 5 >= counts[a].max(counts[b]) * 3)
        .map(|(pair, _)| *pair)
        .collect();
    for langs in stems.values() {
        for (lang, at) in langs {
            let missing = mirrored.iter().filter_map(|(a, b)| match () {
                () if a == lang && !langs.contains_key(b) => Some(*b),
                () if b == lang && !langs.contains_key(a) => Some(*a),
                () => None,
            });
            for other in missing {
                let message = format!("there is no entry in {other} for {:?}", pages[*at].entry.question);
                let fix = format!("Write it in {other} with the matching id, or drop it here.");
                findings.push(Finding::warning(pages[*at].entry, "missing-language", message, &fix));
            }
        }
    }
}

/// The language as shops part their knowledge: Simplified and Traditional Chinese are two.
fn language(lang: &str) -> &str {
    match lang {
        "zh-cn" | "zh-hans" | "zh-sg" | "zh-hans-cn" => "zh",
        "zh-tw" | "zh-hk" | "zh-hant" | "zh-mo" | "zh-hant-tw" | "zh-hant-hk" => "zh-hant",
        _ => lang.split('-').next().unwrap_or(lang),
    }
}

const CODES: [&str; 14] =
    ["zh-cn", "zh-tw", "zh-hk", "zh-hans", "zh-hant", "zh", "cn", "tw", "hk", "en-us", "en-gb", "en", "ja", "ko"];

/// An id without its language: return-how-en is return-how.
fn stem(id: &str) -> &str {
    let lower = id.to_ascii_lowercase();
    for code in CODES {
        for joint in ['-', '_', '.'] {
            if lower.strip_suffix(code).is_some_and(|head| head.len() > 1 && head.ends_with(joint)) {
                return &id[..id.len() - code.len() - 1];
            }
            if lower.strip_prefix(code).is_some_and(|tail| tail.len() > 1 && tail.starts_with(joint)) {
                return &id[code.len() + 1..];
            }
        }
    }
    id
}

/// A file's path without the folder or ending of its language; `None` where it has neither.
fn file_stem(file: &str) -> Option<String> {
    let parts: Vec<&str> = file.split(['/', '\\']).collect();
    let at = parts.iter().position(|part| CODES.contains(&part.to_ascii_lowercase().as_str()))?;
    let rest: Vec<&str> = parts.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, part)| *part).collect();
    Some(rest.join("/"))
}
