//! Changes of the catalog, and the entries that speak of what has changed.

use std::collections::{BTreeMap, BTreeSet};

use zg_domain::Date;

use super::Names;
use crate::{Bundle, EntryIdx, OpenError};

/// Changes that are kept: more attributes of products than that is another catalog.
const MAX_CHANGES: usize = 200_000;
/// Values that one attribute had.
const MAX_OLDS: usize = 20;
/// Mentions shown of one entry: what names a hundred products is not read product by product.
const MAX_MENTIONS: usize = 10;
/// A name of fewer characters is in every text, unless it is an entry's own product.
const MIN_HAN: usize = 2;
const MIN_LETTERS: usize = 3;

/// How texts say what a feed says in a word.
const WORDS: [(&str, &[&str]); 3] = [
    ("in_stock", &["有货", "现货", "有现货", "in stock"]),
    ("out_of_stock", &["缺货", "无货", "断货", "没货", "售罄", "out of stock", "sold out"]),
    ("preorder", &["预售", "预订", "pre-order", "preorder"]),
];

/// One attribute of a product: what it was, at any time, and what it is.
#[derive(Debug)]
struct Change {
    product: String,
    field: String,
    olds: Vec<String>,
    new: String,
    at: Option<Date>,
}

#[derive(Debug, Default)]
pub(super) struct Changes {
    changes: Vec<Change>,
    of: BTreeMap<(String, String), usize>,
}

/// An entry and a change it speaks of.
#[derive(Debug)]
pub(super) struct Mention {
    pub(super) detail: String,
    pub(super) at: Option<Date>,
    /// By its product, or in its words.
    pub(super) names_product: bool,
    pub(super) states_old: bool,
    /// The entry was made from a product feed.
    pub(super) is_made: bool,
}

impl Changes {
    pub(super) fn add(&mut self, product: String, field: String, old: &str, new: String, at: Option<Date>) {
        let key = (zg_text::normalize(&product), zg_text::normalize(&field));
        if key.0.trim().is_empty() || self.changes.len() >= MAX_CHANGES {
            return;
        }
        let change = *self.of.entry(key).or_insert_with(|| {
            self.changes.push(Change { product, field, olds: Vec::new(), new: String::new(), at: None });
            self.changes.len() - 1
        });
        let change = &mut self.changes[change];
        // Lines may come in any order; what is new is what the latest says.
        if at >= change.at {
            let before = std::mem::replace(&mut change.new, new);
            change.at = at;
            push_new(&mut change.olds, &before);
        } else {
            push_new(&mut change.olds, &new);
        }
        push_new(&mut change.olds, old);
        let new = folded(&change.new);
        change.olds.retain(|old| folded(old) != new);
    }

    /// The entries that speak of changes.
    pub(super) fn of_entries(
        &self,
        bundle: &Bundle,
        products: &[Names],
    ) -> Result<BTreeMap<EntryIdx, Vec<Mention>>, OpenError> {
        let mut found = BTreeMap::new();
        if self.changes.is_empty() {
            return Ok(found);
        }
        let names = self.names(bundle, products);
        let mut by_amount: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, change) in self.changes.iter().enumerate() {
            for amount in change.olds.iter().filter_map(|old| amount_of(&change.field, old)) {
                by_amount.entry(amount).or_default().push(at);
            }
        }
        for (entry, info) in bundle.entries() {
            let text = text_of(bundle, entry)?;
            let own = zg_text::normalize(info.product);
            let mut named: BTreeSet<usize> = names.of_product.get(&own).into_iter().flatten().copied().collect();
            named.extend(names.in_text(&text));
            let numbers = numbers(&text);
            let mut mentions = Vec::new();
            for change in named.iter().map(|at| &self.changes[*at]) {
                let states = |value: &String| states(value, &text, &numbers);
                let states_old = change.olds.iter().any(states);
                // Somebody has written the new value already.
                if !states_old && states(&change.new) {
                    continue;
                }
                mentions.push(mention(change, true, states_old, &info));
            }
            // Another product's entry means its own price, and one that names a product that one's.
            if own.is_empty() && mentions.is_empty() {
                let amounts = numbers.iter().filter(|(_, is_money)| *is_money).map(|(number, _)| number);
                let at: BTreeSet<usize> =
                    amounts.filter_map(|number| by_amount.get(number)).flatten().copied().collect();
                // However many products cost so much: it is one amount, and most likely none of theirs.
                if let Some(first) = at.first() {
                    let mut one = mention(&self.changes[*first], false, true, &info);
                    if at.len() > 1 {
                        one.detail = format!("{}, like {} more", one.detail, at.len() - 1);
                    }
                    mentions.push(one);
                }
            }
            mentions.sort_by_key(|mention: &Mention| (!mention.names_product, !mention.states_old));
            mentions.truncate(MAX_MENTIONS);
            if !mentions.is_empty() {
                found.insert(entry, mentions);
            }
        }
        Ok(found)
    }

    /// How texts may call the products that have changed.
    fn names(&self, bundle: &Bundle, products: &[Names]) -> NameTable {
        let mut table = NameTable::default();
        for (at, change) in self.changes.iter().enumerate() {
            table.add(&change.product, at);
        }
        // A product may be called by its id or by its title; then the other is a name of it too.
        let entries = bundle.entries().filter(|(_, info)| info.category == "product" && !info.product.is_empty());
        let titles = entries.map(|(entry, info)| (info.product, vec![bundle.question(entry)]));
        let fed = products.iter().map(|one| (one.product.as_str(), one.names.iter().map(String::as_str).collect()));
        for (id, names) in titles.chain(fed) {
            let all: Vec<&str> = std::iter::once(id).chain(names).collect();
            let folded = all.iter().map(|name| zg_text::normalize(name));
            let of: BTreeSet<usize> =
                folded.filter_map(|name| table.of_product.get(&name)).flatten().copied().collect();
            for at in of {
                all.iter().for_each(|name| table.add(name, at));
            }
        }
        table
    }
}

fn mention(change: &Change, names_product: bool, states_old: bool, info: &crate::EntryInfo<'_>) -> Mention {
    let was = change.olds.iter().map(|old| format!("{old:?}")).collect::<Vec<_>>().join(", ");
    let detail = format!("{} of {:?} was {was} and is {:?}", change.field, change.product, change.new);
    let is_made = info.category == "product" && info.id.starts_with("product-");
    Mention { detail, at: change.at, names_product, states_old, is_made }
}

/// Names of products, and where in a text one stands: by its first two characters, of which a text has few.
#[derive(Default)]
struct NameTable {
    of_product: BTreeMap<String, BTreeSet<usize>>,
    by_start: BTreeMap<[char; 2], BTreeSet<String>>,
}

impl NameTable {
    fn add(&mut self, name: &str, change: usize) {
        let name = zg_text::normalize(name);
        self.of_product.entry(name.clone()).or_default().insert(change);
        let n_han = name.chars().filter(|c| zg_text::is_han(*c)).count();
        let n_letters = name.chars().filter(|c| c.is_ascii_alphanumeric()).count();
        let mut start = name.chars();
        if let (Some(first), Some(second)) = (start.next(), start.next())
            && (n_han >= MIN_HAN || n_letters >= MIN_LETTERS)
        {
            self.by_start.entry([first, second]).or_default().insert(name);
        }
    }

    fn in_text(&self, text: &str) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut before = ' ';
        for (at, first) in text.char_indices() {
            let rest = &text[at..];
            let second = rest[first.len_utf8()..].chars().next().unwrap_or(' ');
            for name in self.by_start.get(&[first, second]).into_iter().flatten() {
                // `p1` is not in `p10`, nor `scarf` in `scarface`.
                let after = rest.strip_prefix(name.as_str()).map(|rest| rest.chars().next().unwrap_or(' '));
                let is_one = |a: char, b: char| a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric();
                let last = name.chars().next_back().unwrap_or(' ');
                if after.is_some_and(|after| !is_one(before, first) && !is_one(last, after)) {
                    found.extend(self.of_product.get(name).into_iter().flatten());
                }
            }
            before = first;
        }
        found
    }
}

/// Everything an entry says, folded. Folding looks at a thousand characters, an answer may have more.
fn text_of(bundle: &Bundle, entry: EntryIdx) -> Result<String, OpenError> {
    let answer = bundle.answer(entry)?;
    let mut text = String::new();
    for piece in bundle.forms(entry).chain(answer.lines()) {
        let characters: Vec<char> = piece.chars().collect();
        for piece in characters.chunks(900) {
            text.push_str(&zg_text::normalize(&piece.iter().collect::<String>()));
        }
        text.push('\n');
    }
    Ok(text)
}

/// The numbers of a text in one spelling, and whether each is an amount of money.
fn numbers(text: &str) -> BTreeSet<(String, bool)> {
    let mut numbers = BTreeSet::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() || at > 0 && (bytes[at - 1].is_ascii_alphanumeric()) {
            at += 1;
            continue;
        }
        let is_part = |at: usize| match bytes.get(at) {
            Some(byte) if byte.is_ascii_digit() => true,
            Some(b'.' | b',') => bytes.get(at + 1).is_some_and(u8::is_ascii_digit),
            _ => false,
        };
        let start = at;
        while is_part(at) {
            at += 1;
        }
        let after = text[at..].trim_start();
        let before = text[..start].trim_end();
        let is_money = before.ends_with(['¥', '$', '€', '£'])
            || before.ends_with("rmb")
            || ["元", "块", "rmb", "cny", "usd", "hkd", "yuan", "dollar"].iter().any(|unit| after.starts_with(unit));
        // `128g` is no number that a price could be.
        let is_alone = is_money || !bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
        if let Some(number) = plain_number(&text[start..at]).filter(|_| is_alone) {
            numbers.insert((number, is_money));
        }
    }
    numbers
}

/// `1,299.00` as `1299`.
fn plain_number(text: &str) -> Option<String> {
    let text = text.replace(',', "");
    let (whole, part) = text.split_once('.').unwrap_or((text.as_str(), ""));
    if whole.is_empty() || !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let part = part.trim_end_matches('0');
    Some(if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") })
}

/// A value that is a number, with or without its currency.
fn number_of(value: &str) -> Option<String> {
    let value = folded(value);
    let is_unit = |c: char| !c.is_ascii_digit();
    let number = value.trim_start_matches(is_unit).trim_end_matches(is_unit);
    // Words around a number are more than a unit: `500ml 装` is a name.
    (value.chars().filter(|c| c.is_alphabetic()).count() <= 3).then(|| plain_number(number)).flatten()
}

/// A price that may be told by itself: of three digits or more, because small ones mean many things.
fn amount_of(field: &str, value: &str) -> Option<String> {
    let field = folded(field);
    let is_price = field.contains("price") || field.contains('价');
    number_of(value).filter(|number| is_price && number.bytes().filter(u8::is_ascii_digit).count() >= 3)
}

/// Whether a text states a value of a product it speaks of.
fn states(value: &str, text: &str, numbers: &BTreeSet<(String, bool)>) -> bool {
    if let Some(number) = number_of(value) {
        return numbers.iter().any(|(other, _)| *other == number);
    }
    let value = folded(value);
    if let Some((_, words)) = WORDS.iter().find(|(word, _)| *word == value.replace(' ', "_")) {
        return words.iter().any(|word| text.contains(word));
    }
    value.chars().count() >= 2 && text.contains(&value)
}

fn folded(text: &str) -> String {
    zg_text::normalize(text).trim().to_owned()
}

fn push_new(values: &mut Vec<String>, value: &str) {
    if values.len() < MAX_OLDS && !value.trim().is_empty() && !values.iter().any(|other| other == value) {
        values.push(value.to_owned());
    }
}
