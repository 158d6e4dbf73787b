//! The same question twice, and ways to ask that belong to another entry.
//!
//! A question is compared by what is left when its filler is gone and its synonyms are one.
//! Candidates come from an index of the rarest of these parts, so that no question meets all others.

use std::collections::{HashMap, HashSet};

use super::Finding;
use super::facts::is_event;
use super::page::Page;
use super::words::{self, Hit, Sense};
use crate::build::minhash::{Near, Shingled};
use crate::build::parallel;

/// Questions that share a rare part and are looked at; those of a shop that share more are told apart by the others.
const MAX_POSTING: usize = 48;
const NEAR: f64 = 0.81;
/// How much of question and answer together two entries share to be reported.
const ALIKE: f64 = 0.7;
/// A variant this near to another question, and not near to its own, belongs there.
const OTHER: f64 = 0.8;
const OWN: f64 = 0.34;

/// Language, product and shoppers, way of asking.
type Class<'p> = (&'p str, (&'p str, &'p str), Vec<&'static str>);

pub(super) fn check(pages: &[Page<'_>], contradicting: &HashSet<(usize, usize)>, findings: &mut Vec<Finding>) {
    let duplicates = duplicates(pages, findings);
    let mut parts = Parts::default();
    let questions: Vec<Shape> =
        pages.iter().map(|page| shape(&page.question.text, &page.question.hits, &mut parts)).collect();
    let index = Index::of(&questions, parts.n_seen.clone());
    let sets =
        parallel::map(pages, |page| Shingled::of(&format!("{}\n{}", page.question.text, page.lines.join("\n")), 4));
    let mut texts = Near::new(ALIKE);
    // Who has the same language, product, shoppers and way of asking has the same number: it is asked of every candidate.
    let mut classes: HashMap<Class<'_>, u32> = HashMap::new();
    let class_of: Vec<u32> = pages
        .iter()
        .zip(&questions)
        .map(|(page, shape)| {
            let n = classes.len() as u32;
            *classes.entry((page.lang.as_str(), page.about(), shape.ask.clone())).or_insert(n)
        })
        .collect();
    for (at, page) in pages.iter().enumerate() {
        let question = &questions[at];
        let class = class_of[at];
        let near = index.candidates(question).filter(|other| *other < at && class_of[*other] == class).find(|other| {
            asks_the_same(&questions[*other], question, &parts)
                && !duplicates.contains(&(*other, at))
                && (question.parts.len() > 1
                    || matches!(question.ask.as_slice(), [] | ["time" | "much" | "where" | "what"])
                    || alike(&pages[*other].question.text, &page.question.text, 0.5))
        });
        let whole = texts.insert(&sets[at]);
        if near.is_none()
            && let Some((other, likeness)) = whole
            && may_be_one((page, question), (&pages[other], &questions[other]), &parts)
            && !duplicates.contains(&(other, at))
            && !contradicting.contains(&(other, at))
        {
            let percent = (likeness * 100.0).round();
            let message = format!("{percent} % of question and answer are also at {}", pages[other].place());
            let fix = "Keep one of the two, with the other question as a variant.";
            findings.push(Finding::warning(page.entry, "near-duplicate", message, fix));
        }
        if let Some(other) = near.filter(|other| !contradicting.contains(&(*other, at))) {
            let message = format!(
                "{:?} asks the same as {:?} at {}; a shopper gets one of the two answers",
                page.entry.question,
                pages[other].entry.question,
                pages[other].place()
            );
            let fix = "Make one entry of both and keep the other question as a variant.";
            findings.push(Finding::warning(page.entry, "near-duplicate", message, fix));
        }
        for (variant, folded) in page.ways().skip(1) {
            let hits = words::hits(folded);
            let variant_shape = shape(folded, &hits, &mut parts);
            if variant_shape.parts.is_empty() || similarity(&variant_shape, question) > OWN {
                continue;
            }
            let key = (page.lang.as_str(), page.about(), variant_shape.ask.clone());
            let Some(class) = classes.get(&key) else { continue };
            let other = index.candidates(&variant_shape).find(|other| {
                *other != at
                    && class_of[*other] == *class
                    && comparable(&variant_shape, &questions[*other])
                    && similarity(&variant_shape, &questions[*other]) >= OTHER
                    && !duplicates.contains(&((*other).min(at), (*other).max(at)))
                    && (variant_shape.parts.len() >= 4
                        || alike(
                            folded,
                            &pages[*other].question.text,
                            if variant_shape.parts.len() > 1 { 0.3 } else { 0.5 },
                        ))
                    && similarity(&questions[*other], question) < NEAR
            });
            if let Some(other) = other {
                let message = format!(
                    "the variant {variant:?} is nearer to {:?} at {} than to its own question",
                    pages[other].entry.question,
                    pages[other].place()
                );
                findings.push(Finding::warning(
                    page.entry,
                    "variant-of-other",
                    message,
                    "Move the variant to that entry.",
                ));
            }
        }
    }
}

/// Whether two entries that are written nearly alike may be one: products differ by a size and a price, and mean to,
/// and so do questions that a listed word or a number tells apart.
fn may_be_one(one: (&Page<'_>, &Shape), other: (&Page<'_>, &Shape), parts: &Parts) -> bool {
    let products = [&one.0.entry.product, &other.0.entry.product];
    (products[0] == products[1] || products.iter().any(|product| product.is_empty()))
        && one.0.lang == other.0.lang
        && one.0.entry.audience == other.0.entry.audience
        && one.1.ask == other.1.ask
        && !differing(one.1, other.1, parts)
        && !differing(other.1, one.1, parts)
}

/// Ways to ask that fold to the same text, in the same language, about the same product and for the same shoppers.
fn duplicates(pages: &[Page<'_>], findings: &mut Vec<Finding>) -> HashSet<(usize, usize)> {
    let mut asked: HashMap<(&str, (&str, &str), &str), usize> = HashMap::new();
    let mut pairs = HashSet::new();
    for (at, page) in pages.iter().enumerate() {
        for (way, folded) in page.ways() {
            let folded = folded.trim_end_matches(['?', '!', '.', '。', ' ']);
            if folded.is_empty() {
                continue;
            }
            let first = *asked.entry((page.lang.as_str(), page.about(), folded)).or_insert(at);
            if first != at && pairs.insert((first, at)) {
                let message =
                    format!("{way:?} is also asked at {}; a shopper gets one of the two answers", pages[first].place());
                let fix = "Remove it from one of the two, or make one entry of both.";
                findings.push(Finding::warning(page.entry, "duplicate", message, fix));
            }
        }
    }
    pairs
}

/// Parts of questions by number.
#[derive(Default)]
struct Parts {
    numbers: HashMap<String, u32>,
    tags: HashMap<(&'static str, &'static str), u32>,
    n_seen: Vec<u32>,
    /// Parts that tell questions apart: listed words, numbers, names.
    telling: Vec<bool>,
}

impl Parts {
    fn number(&mut self, part: &str, telling: bool) -> u32 {
        if let Some(number) = self.numbers.get(part) {
            self.n_seen[*number as usize] += 1;
            return *number;
        }
        let number = self.new_number(telling);
        self.numbers.insert(part.to_owned(), number);
        number
    }

    fn tag(&mut self, dimension: &'static str, tag: &'static str) -> u32 {
        if let Some(number) = self.tags.get(&(dimension, tag)) {
            self.n_seen[*number as usize] += 1;
            return *number;
        }
        let number = self.new_number(true);
        self.tags.insert((dimension, tag), number);
        number
    }

    fn new_number(&mut self, telling: bool) -> u32 {
        self.n_seen.push(1);
        self.telling.push(telling);
        (self.n_seen.len() - 1) as u32
    }
}

/// Cuts the commonest English endings.
fn stem(word: &str) -> &str {
    let ending = ["ing", "ied", "ies", "ed", "es", "s", "e", "y"]
        .into_iter()
        .find(|ending| word.len() >= ending.len() + 3 && word.ends_with(ending) && !word.ends_with("ss"));
    ending.map_or(word, |ending| &word[..word.len() - ending.len()])
}

/// What a question comes to: its parts, sorted, and how it asks.
struct Shape {
    parts: Vec<u32>,
    ask: Vec<&'static str>,
}

fn shape(folded: &str, hits: &[Hit], parts: &mut Parts) -> Shape {
    let mut found = Vec::new();
    let mut ask = Vec::new();
    let mut used = false;
    // 收到破损商品: of what came broken, it is said that it came.
    let received = hits
        .iter()
        .any(|hit| hit.senses.iter().any(|sense| matches!(sense, Sense::Tag("reason", _) | Sense::Key("refund"))));
    let mut at = 0;
    let rest = |text: &str, found: &mut Vec<u32>, parts: &mut Parts| {
        let mut word = 0;
        for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
            if character.is_ascii_alphanumeric() {
                continue;
            }
            if word < at {
                found.push(parts.number(stem(&text[word..at]), true));
            }
            let end = at + character.len_utf8();
            if zg_text::is_han(character) || (character.is_alphanumeric() && !character.is_ascii()) {
                found.push(parts.number(&text[at..end], false));
            }
            word = end;
        }
    };
    for hit in hits {
        rest(&folded[at..hit.start], &mut found, parts);
        at = hit.end;
        let mut said = false;
        for sense in hit.senses {
            match sense {
                Sense::Key("delivery")
                    if is_event(folded, hit) || (received && &folded[hit.start..hit.end] == "收到") => {}
                // How to use it is a question of its own; whether one can is not.
                Sense::Key("use") => used = true,
                Sense::Key(key) => found.push(parts.number(key, true)),
                Sense::Tag("way", "more") => {}
                Sense::Tag(dimension, tag) if *tag != "-" => found.push(parts.tag(dimension, tag)),
                _ => continue,
            }
            said = true;
        }
        if said {
            continue;
        }
        match hit.senses.first() {
            Some(Sense::No) if !hit.has(Sense::Fill) => found.push(parts.number("no", true)),
            Some(Sense::Need(true)) if !hit.has(Sense::Fill) => found.push(parts.number("need", true)),
            Some(Sense::Need(false)) => found.push(parts.number("no", true)),
            Some(Sense::Ask(how)) => ask.push(*how),
            Some(Sense::Mark("buyer" | "seller" | "after" | "only")) => {
                found.push(parts.number(&folded[hit.start..hit.end], true));
            }
            Some(Sense::Mark("free")) => found.push(parts.number("free", true)),
            Some(
                Sense::Key(_) | Sense::Tag(..) | Sense::Yes | Sense::No | Sense::Need(_) | Sense::Fill | Sense::Mark(_),
            )
            | None => {}
        }
    }
    rest(&folded[at..], &mut found, parts);
    if found.len() > 3 {
        let parcel = parts.number("parcel", true);
        found.retain(|part| *part != parcel);
    }
    if ask.contains(&"who") {
        // 谁付, 谁出, 谁承担.
        let (payer, payment) = (parts.number("postage-payer", true), parts.number("payment", true));
        found.iter_mut().filter(|part| **part == payment).for_each(|part| *part = payer);
    }
    let (price, postage) = (parts.number("price", true), parts.number("shipping-fee", true));
    if (found.contains(&price) || found.contains(&postage)) && ask.iter().any(|how| matches!(*how, "what" | "much")) {
        // "What does it cost" is "how much is it".
        ask = vec!["much"];
        found.retain(|part| *part != price);
    }
    if used && ask.contains(&"how") {
        found.push(parts.number("use", true));
    }
    if hits.iter().any(|hit| hit.senses.iter().any(|sense| matches!(sense, Sense::Tag("channel", _)))) {
        // To pay by card is what one does with a card.
        let payment = parts.number("payment", true);
        found.retain(|part| *part != payment);
    }
    found.sort_unstable();
    found.dedup();
    ask.sort_unstable();
    ask.dedup();
    Shape { parts: found, ask }
}

/// Whether shapes of such lengths can be near at all, which rules out most candidates.
fn comparable(a: &Shape, b: &Shape) -> bool {
    let (short, long) = (a.parts.len().min(b.parts.len()), a.parts.len().max(b.parts.len()));
    short as f64 >= OTHER * long as f64
}

fn similarity(a: &Shape, b: &Shape) -> f64 {
    let (mut shared, mut at) = (0, 0);
    for part in &a.parts {
        while b.parts.get(at).is_some_and(|other| other < part) {
            at += 1;
        }
        shared += usize::from(b.parts.get(at) == Some(part));
    }
    let all = a.parts.len() + b.parts.len() - shared;
    if all == 0 { 0.0 } else { shared as f64 / all as f64 }
}

/// Of questions that come to one part, the filler has to be alike too.
fn alike(a: &str, b: &str, least: f64) -> bool {
    let set = |text: &str| -> HashSet<String> {
        if text.is_ascii() {
            text.split(|c: char| !c.is_ascii_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        } else {
            text.chars().filter(|c| c.is_alphanumeric()).map(String::from).collect()
        }
    };
    let (a, b) = (set(a), set(b));
    let shared = a.intersection(&b).count();
    shared as f64 >= least * (a.len() + b.len() - shared) as f64
}

/// Near, and without a part on either side that would make it another question.
fn asks_the_same(a: &Shape, b: &Shape, parts: &Parts) -> bool {
    // Both ask in one way: they are of one class.
    comparable(a, b) && similarity(a, b) >= NEAR && !differing(a, b, parts) && !differing(b, a, parts)
}

/// Whether the first has a part that tells it from the second.
fn differing(a: &Shape, b: &Shape, parts: &Parts) -> bool {
    a.parts.iter().any(|part| b.parts.binary_search(part).is_err() && parts.telling[*part as usize])
}

/// The questions by their rarest parts.
struct Index {
    postings: HashMap<u32, Vec<usize>>,
    n_seen: Vec<u32>,
}

impl Index {
    fn of(shapes: &[Shape], n_seen: Vec<u32>) -> Self {
        let mut index = Self { postings: HashMap::new(), n_seen };
        for (at, shape) in shapes.iter().enumerate() {
            for part in index.rarest(shape) {
                index.postings.entry(part).or_default().push(at);
            }
        }
        index
    }

    /// As many of the rarest parts as two shapes at the threshold must share one of.
    fn rarest(&self, shape: &Shape) -> Vec<u32> {
        let mut parts = shape.parts.clone();
        parts.sort_unstable_by_key(|part| (self.n_seen.get(*part as usize).copied().unwrap_or(0), *part));
        let n = parts.len() - (parts.len() as f64 * NEAR).ceil() as usize + 1;
        parts.truncate(n);
        parts
    }

    fn candidates(&self, shape: &Shape) -> impl Iterator<Item = usize> {
        self.rarest(shape).into_iter().flat_map(|part| {
            let posting = self.postings.get(&part).map_or(&[][..], Vec::as_slice);
            posting.iter().take(MAX_POSTING).copied()
        })
    }
}
