//! Playbooks: what the assistant does about an intent, as data.
//!
//! Written as TOML and Fluent, checked and compiled by `build`, carried in a bundle as text: a line a fact, fields separated
//! by tabs, then the words of each locale. Text, because what delivers a bundle compresses it better than a packing of our own,
//! and because a change of a word is a small delta.

#[cfg(feature = "build")]
pub mod build;

use zg_domain::CardKind;
use zg_domain::fluent::Catalog;
use zg_policy::{Manners, Style};

use crate::calibration::Thresholds;
use crate::phrases::{base_of, locale_for};

/// The playbooks of a shop.
#[derive(Debug, Default)]
pub struct Playbooks {
    slots: Vec<Slot>,
    actions: Vec<Action>,
    books: Vec<Book>,
    manners: Manners,
    style: Style,
    thresholds: Thresholds,
    unasked: Option<u32>,
    /// Locale and words.
    words: Vec<(String, Catalog)>,
}

/// Something a playbook needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) name: String,
    pub(crate) kind: SlotKind,
    /// Whether it stays known when the task is over, as an order's number does.
    pub(crate) kept: bool,
    /// Of a choice: what may be chosen.
    pub(crate) options: Vec<String>,
}

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlotKind {
    /// The number of an order.
    Order,
    /// One of the options.
    Choice,
    /// An entity of this name.
    Entity(zg_domain::EntityKind),
    /// Any words.
    Text,
}

impl SlotKind {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "order" => Self::Order,
            "choice" => Self::Choice,
            "text" => Self::Text,
            other => Self::Entity(zg_domain::EntityKind::from_name(other)?),
        })
    }
}

/// Something the back office does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) name: String,
    /// It cannot be taken back, or costs somebody something: the shopper must have said yes to it.
    pub(crate) irreversible: bool,
}

/// What to do about one intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Book {
    pub(crate) intent: String,
    pub(crate) start: Start,
    pub(crate) steps: Vec<Step>,
}

/// When a playbook begins by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Whenever its intent is read: the answer depends on the shopper's own order.
    Always,
    /// When something is asked to be done; a question about it is answered from the knowledge base, with the offer to do it.
    Request,
    /// When no entry answers.
    NoAnswer,
}

/// One step; a target is the number of another step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Asks for a slot, unless it is known.
    Ask(String),
    Say {
        words: String,
        /// Drawn from the task's facts.
        card: Option<CardKind>,
    },
    /// Says something and offers a person.
    Offer(String),
    /// Asks for a yes; on a no it goes on at the target.
    Confirm {
        words: String,
        no: usize,
    },
    /// Does an action with the values of slots.
    Do {
        action: String,
        with: Vec<String>,
        refused: usize,
        failed: usize,
    },
    /// Goes on at the target where a fact has one of the values; `*` is any.
    If {
        fact: String,
        is: Vec<String>,
        then: usize,
    },
    /// Shows products; where there are none to show it goes on at the target.
    Recommend {
        occasion: zg_domain::Occasion,
        none: usize,
    },
    /// Says which size fits, as the fact `size`; where none does it goes on at the target.
    Size {
        none: usize,
    },
    Go(usize),
    /// Hands over to a person.
    Person,
    End,
}

/// The bytes are no playbooks; compile them again with `zhanggui kb build`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bundle's playbooks cannot be read (line {0}); compile it again")]
pub struct ReadError(usize);

/// More than this is no shop's playbooks.
const MOST_BYTES: usize = 1 << 20;
const MOST_STEPS: usize = 1 << 10;

impl Playbooks {
    /// Reads what [`build::compile`] wrote.
    ///
    /// # Errors
    /// [`ReadError`] for any other bytes; no bytes make it panic.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MOST_BYTES).ok_or(ReadError(0))?;
        let mut parts = text.split('\u{c}');
        let mut books = Self::default();
        for (number, line) in (1..).zip(parts.next().unwrap_or_default().lines()) {
            books.take(line).ok_or(ReadError(number))?;
        }
        for part in parts {
            let (locale, words) = part.split_once('\n').ok_or(ReadError(0))?;
            books.words.push((locale.to_owned(), Catalog::parse(words)));
        }
        // What is named is there, so that a step can be taken without a doubt.
        if books.books.iter().all(|book| book.steps.iter().all(|step| books.sound(step, book.steps.len()))) {
            Ok(books)
        } else {
            Err(ReadError(0))
        }
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let mut fields = line.split('\t');
        let kind = fields.next()?;
        let mut next = || fields.next();
        let list = |field: &str| field.split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect();
        let step = match kind {
            "slot" => {
                let (name, kind, kept, options) = (next()?, SlotKind::from_name(next()?)?, next()? == "kept", next()?);
                self.slots.push(Slot { name: name.to_owned(), kind, kept, options: list(options) });
                return Some(());
            }
            "action" => {
                let action = Action { name: next()?.to_owned(), irreversible: next()? == "irreversible" };
                self.actions.push(action);
                return Some(());
            }
            "book" => {
                let intent = next()?.to_owned();
                let start = match next()? {
                    "always" => Start::Always,
                    "request" => Start::Request,
                    "no-answer" => Start::NoAnswer,
                    _ => return None,
                };
                self.books.push(Book { intent, start, steps: Vec::new() });
                return Some(());
            }
            "doubt" => {
                // Thousandths: to read decimals would cost every visitor a table of 12 KB.
                let doubt: i32 = next()?.parse().ok()?;
                self.thresholds = Thresholds::with_doubt(f64::from(doubt) / 1000.0);
                return Some(());
            }
            "unasked" => {
                self.unasked = Some(next()?.parse().ok()?);
                return Some(());
            }
            "style" => {
                self.style = Style::read(fields)?;
                return Some(());
            }
            "manner" => return self.manners.take(fields),
            "ask" => Step::Ask(next()?.to_owned()),
            "say" => {
                let words = next()?.to_owned();
                // A card that this version does not know is left out: the words say the same.
                Step::Say { words, card: next().and_then(CardKind::from_name) }
            }
            "offer" => Step::Offer(next()?.to_owned()),
            "confirm" => Step::Confirm { words: next()?.to_owned(), no: next()?.parse().ok()? },
            "do" => Step::Do {
                action: next()?.to_owned(),
                with: list(next()?),
                refused: next()?.parse().ok()?,
                failed: next()?.parse().ok()?,
            },
            "if" => Step::If { fact: next()?.to_owned(), is: list(next()?), then: next()?.parse().ok()? },
            "recommend" => {
                let occasion = zg_domain::Occasion::from_name(next()?)?;
                Step::Recommend { occasion, none: next()?.parse().ok()? }
            }
            "size" => Step::Size { none: next()?.parse().ok()? },
            "go" => Step::Go(next()?.parse().ok()?),
            "person" => Step::Person,
            "end" => Step::End,
            _ => return None,
        };
        let steps = &mut self.books.last_mut()?.steps;
        steps.push(step);
        (steps.len() <= MOST_STEPS).then_some(())
    }

    fn sound(&self, step: &Step, n_steps: usize) -> bool {
        match step {
            Step::Ask(slot) => self.slot(slot).is_some(),
            Step::Confirm { no, .. } => *no < n_steps,
            Step::Do { action, refused, failed, .. } => {
                self.action(action).is_some() && *refused < n_steps && *failed < n_steps
            }
            Step::If { then, .. } | Step::Go(then) | Step::Recommend { none: then, .. } => *then < n_steps,
            Step::Size { none } => *none < n_steps && self.slot("height").is_some() && self.slot("weight").is_some(),
            Step::Say { .. } | Step::Offer(_) | Step::Person | Step::End => true,
        }
    }

    /// How something is said; nothing where the bundle has no policy.
    pub(crate) fn manners(&self) -> &Manners {
        &self.manners
    }

    /// How often a day products may be shown unasked.
    pub(crate) fn unasked(&self) -> u32 {
        self.unasked.unwrap_or(1)
    }

    pub(crate) fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    pub(crate) fn style(&self) -> &Style {
        &self.style
    }

    pub(crate) fn book(&self, intent: &str) -> Option<&Book> {
        self.books.iter().find(|book| book.intent == intent)
    }

    pub(crate) fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(crate) fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name == name)
    }

    /// The words under a key in the locale nearest to `locale`, or in any; variants are separated by `|`.
    pub(crate) fn words(&self, locale: &str, key: &str, variables: &[(&str, &str)]) -> Option<String> {
        let has = |(_, catalog): &&(String, Catalog)| catalog.get(key).is_some();
        let nearest = locale_for(locale);
        let of = |locale: &str| self.words.iter().find(|(of, _)| locale_for(of) == locale).filter(has);
        let (_, catalog) = of(nearest).or_else(|| of(base_of(nearest))).or_else(|| self.words.iter().find(has))?;
        Some(catalog.text(key, variables))
    }
}
