//! Sentences that many answers of one file share. They are kept: whether they say something is for people to judge.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Finding;
use super::page::Page;
use crate::build::{Entry, parallel};

/// A sentence is boilerplate where this share of a file's answers has it, and at least so many.
const SHARE: f64 = 0.3;
const LEAST: usize = 4;
/// Shorter sentences (`好的。`) repeat by nature.
const MIN_SENTENCE_CHARS: usize = 6;
const MAX_SENTENCES: usize = 40;
const MAX_SHOWN: usize = 20;

pub(super) fn check(pages: &[Page<'_>], findings: &mut Vec<Finding>) {
    let is_written = |entry: &Entry| entry.category != "product" || entry.product.is_empty();
    let keys = parallel::map(pages, |page| if is_written(page.entry) { keys(&page.entry.answer) } else { Vec::new() });
    let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, page) in pages.iter().enumerate().filter(|(_, page)| is_written(page.entry)) {
        files.entry(&page.entry.file).or_default().push(at);
    }
    for pages_of in files.values() {
        // By a sentence's hash: how many answers have it, and which first.
        let mut counts: HashMap<u64, (usize, usize)> = HashMap::new();
        for at in pages_of {
            for key in &keys[*at] {
                counts.entry(*key).or_insert((0, *at)).0 += 1;
            }
        }
        let mut many: Vec<(u64, usize, usize)> = counts
            .into_iter()
            .filter(|(_, (n, _))| *n >= LEAST && *n as f64 >= SHARE * pages_of.len() as f64)
            .map(|(key, (n, at))| (key, n, at))
            .collect();
        many.sort_unstable_by_key(|(key, n, at)| (std::cmp::Reverse(*n), *at, *key));
        for (key, n, at) in many.into_iter().take(MAX_SHOWN) {
            let entry = pages[at].entry;
            let said = sentences(&entry.answer).find(|sentence| hash(sentence) == Some(key)).unwrap_or_default();
            let shown: String = said.chars().take(60).collect();
            let message = format!("{n} of {} answers of this file say {shown:?}", pages_of.len());
            let fix = "Leave it out, or say it once in an entry of its own.";
            findings.push(Finding::warning(entry, "boilerplate", message, fix));
        }
    }
}

/// The sentences of an answer as hashes, each once.
fn keys(answer: &str) -> Vec<u64> {
    let mut own = HashSet::new();
    sentences(answer).take(MAX_SENTENCES).filter_map(hash).filter(|key| own.insert(*key)).collect()
}

/// FNV-1a of the letters; none for a sentence too short to count.
fn hash(sentence: &str) -> Option<u64> {
    let (mut hash, mut n) = (0xcbf2_9ce4_8422_2325_u64, 0);
    for character in sentence.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase) {
        hash = (hash ^ u64::from(character)).wrapping_mul(0x0100_0000_01b3);
        n += 1;
    }
    (n >= MIN_SENTENCE_CHARS).then_some(hash)
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['。', '！', '？', '!', '?', '\n'])
        .flat_map(|piece| piece.split_inclusive(". "))
        .map(str::trim)
        .filter(|sentence| !sentence.is_empty())
}
