//! What is wrong with the text of a configuration: all of it, each with its line and what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zg_proto::config::ServerConfig;

use super::keys::{KEYS, Key, Kind};

/// Beyond these the reader has enough to do.
const MOST: usize = 100;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1; 0 where it is of no line.
    pub line: usize,
    /// The key, such as `sites[0].tenant`; empty where the text is no TOML.
    pub key: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Where the keys of a file are, and what is wrong with them.
pub struct Findings {
    line_starts: Vec<usize>,
    places: BTreeMap<String, usize>,
    /// Keys of which the file has no usable value: a stand-in is not to be found wrong.
    absent: BTreeSet<String>,
    pub mistakes: Vec<Mistake>,
}

impl Findings {
    fn new(text: &str) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { line_starts, places: BTreeMap::new(), absent: BTreeSet::new(), mistakes: Vec::new() }
    }

    fn line(&self, span: Option<Range<usize>>) -> usize {
        span.map_or(0, |span| self.line_starts.partition_point(|start| *start <= span.start))
    }

    /// Notes that the value of `key` cannot be used. One that is named already is named once.
    pub fn wrong(&mut self, key: &str, message: impl Into<String>) {
        if self.absent.contains(key) {
            return;
        }
        // A key that is absent stands where its table does.
        let mut place = key;
        while !self.places.contains_key(place) && !place.is_empty() {
            place = place.rfind(['.', '[']).map_or("", |at| &place[..at]);
        }
        let line = self.places.get(place).copied().unwrap_or(0);
        self.push(line, key, message.into());
    }

    fn push(&mut self, line: usize, key: &str, message: String) {
        let known = |other: &Mistake| other.key == key && !key.is_empty();
        if self.mistakes.len() < MOST && !self.mistakes.iter().any(known) {
            let message = message.trim().replace('\n', " ");
            self.mistakes.push(Mistake { line, key: key.to_owned(), message });
        }
    }

    /// In the order of the file.
    pub fn sorted(mut self) -> Vec<Mistake> {
        self.mistakes.sort_by_key(|mistake| mistake.line);
        self.mistakes
    }
}

/// Reads the form of a file. What cannot be read is left out of it and noted, so that the rest can be checked all the same.
pub fn read(text: &str) -> (ServerConfig, Findings) {
    let mut findings = Findings::new(text);
    let (mut table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let line = findings.line(error.span());
        findings.push(line, "", format!("this is not TOML: {}", error.message()));
    }
    let whole = findings.mistakes.is_empty();
    shape(table.get_mut(), "", KEYS, whole, &mut findings);
    let form = ServerConfig::deserialize(toml::de::Deserializer::from(table)).unwrap_or_else(|error| {
        let line = findings.line(error.span());
        findings.push(line, "", error.message().to_owned());
        ServerConfig::default()
    });
    (form, findings)
}

/// Holds a table against its keys. What does not fit is taken out; what is required gets a stand-in.
fn shape(table: &mut DeTable<'_>, path: &str, keys: &[Key], whole: bool, findings: &mut Findings) {
    let mut unusable = Vec::new();
    for (name, value) in table.iter_mut() {
        let line = findings.line(Some(name.span()));
        let plain: &str = name.get_ref();
        let at = format!("{path}{plain}");
        findings.places.insert(at.clone(), line);
        let Some(key) = keys.iter().find(|key| key.name == plain) else {
            let advice = match nearest(plain, keys) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", names(keys)),
            };
            findings.push(line, &shown(&at), format!("unknown key; {advice}"));
            unusable.push(name.get_ref().clone().into_owned());
            continue;
        };
        if !fits(value, key.kind, &at, whole, findings) {
            let found = value.get_ref().type_str();
            findings.push(line, &at, format!("want {}, found {}", key.kind.wanted(), article(found)));
            unusable.push(name.get_ref().clone().into_owned());
        }
    }
    for name in unusable {
        table.remove(name.as_str());
    }
    for key in keys.iter().filter(|key| key.required) {
        if table.contains_key(key.name) {
            continue;
        }
        // Where the text is broken it may be in the broken part.
        if whole {
            findings.wrong(&format!("{path}{}", key.name), format!("is missing; write {} = {}", key.name, key.sample));
        }
        let stand_in = if matches!(key.kind, Kind::List) {
            DeValue::Array(toml::de::DeArray::new())
        } else {
            DeValue::String(String::new().into())
        };
        table.insert(Spanned::new(0..0, key.name.into()), Spanned::new(0..0, stand_in));
        findings.absent.insert(format!("{path}{}", key.name));
    }
}

fn fits(value: &mut Spanned<DeValue<'_>>, kind: Kind, at: &str, whole: bool, findings: &mut Findings) -> bool {
    let texts =
        |value: &DeValue<'_>| value.as_array().is_some_and(|array| array.iter().all(|item| item.get_ref().is_str()));
    match (kind, value.get_mut()) {
        (Kind::Text, value) => value.is_str(),
        (Kind::Flag, value) => value.is_bool(),
        (Kind::Number, value) => {
            value.as_integer().is_some_and(|number| u32::from_str_radix(number.as_str(), number.radix()).is_ok())
        }
        (Kind::List, value) => texts(value),
        (Kind::TextOrList, value) => value.is_str() || texts(value),
        (Kind::Table(keys), DeValue::Table(table)) => {
            shape(table, &format!("{at}."), keys, whole, findings);
            true
        }
        (Kind::Tables(keys), DeValue::Array(items)) => {
            for (n, item) in items.iter_mut().enumerate() {
                let line = findings.line(Some(item.span()));
                let at = format!("{at}[{n}]");
                findings.places.insert(at.clone(), line);
                let DeValue::Table(table) = item.get_mut() else { return false };
                shape(table, &format!("{at}."), keys, whole, findings);
            }
            true
        }
        (Kind::Table(_) | Kind::Tables(_), _) => false,
    }
}

fn names(keys: &[Key]) -> String {
    keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")
}

/// Something somebody wrote, short and without anything that moves a cursor.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

fn article(kind: &str) -> String {
    let an = kind.starts_with(['a', 'i']);
    format!("{} {kind}", if an { "an" } else { "a" })
}

/// The key that was probably meant: within a third of its length in edits.
fn nearest(name: &str, keys: &[Key]) -> Option<&'static str> {
    let name: Vec<char> = name.chars().take(64).collect();
    let distance = |other: &str| {
        let mut row: Vec<usize> = (0..=name.len()).collect();
        for (i, c) in other.chars().enumerate() {
            let mut diagonal = std::mem::replace(&mut row[0], i + 1);
            for j in 0..name.len() {
                let substituted = diagonal + usize::from(name[j] != c);
                diagonal = row[j + 1];
                row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
            }
        }
        row[name.len()]
    };
    let near = keys.iter().map(|key| (distance(key.name), key.name)).min()?;
    (near.0 <= near.1.len().max(3) / 3).then_some(near.1)
}
