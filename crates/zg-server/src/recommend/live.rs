//! What lists are made of, in memory.

use std::collections::HashMap;

use zg_proto::recommendation::CatalogProduct;
use zg_recommend::bandit::Bandit;
use zg_recommend::feedback::{Dislike, Taste};
use zg_recommend::{About, Index, signature};

use crate::storage::shop::Visitor;

/// Visitors of one generation whose taste is remembered; two are kept.
const GENERATION: usize = 50_000;
/// Things one visitor may have said that are remembered.
const MAX_SAID: usize = 200;
/// Names of categories and brands.
const MAX_LABELS: usize = 1_000_000;
/// Names that only pages have spoken of, in a shop without a catalog: beyond these they would be somebody's flood.
pub(super) const MAX_STRANGERS: usize = 100_000;

pub(super) struct Live {
    pub index: Index,
    pub bandit: Bandit,
    /// CRC-32 of the index that it began with; 0 for an empty one.
    pub base: u32,
    /// When the newest session of that one ended: what is older is in it.
    pub base_newest: f64,
    /// That one had a catalog: what it lacks is not for sale.
    pub base_complete: bool,
    /// What the catalog lacks is not for sale.
    pub complete: bool,
    /// The feed has spoken, so that what the index brought of products is past.
    pub fed: bool,
    /// Counts every change.
    pub revision: u64,
    pub cards: Vec<Option<Card>>,
    pub labels: Labels,
    pub tastes: Tastes,
    /// Other names of items.
    aliases: HashMap<String, u32>,
    /// Items that pages alone have named.
    pub strangers: usize,
}

/// What a client draws a card of.
#[derive(Debug, Clone, Default)]
pub(super) struct Card {
    pub title: String,
    pub price: String,
    pub currency: String,
    pub url: String,
    pub image: String,
}

impl Live {
    pub fn new(index: Index, base: u32, base_newest: f64, base_complete: bool) -> Self {
        // An index may bring numbers of its own.
        let taken = (0..index.n_items() as u32)
            .filter_map(|item| index.catalog().about(item))
            .map(|about| about.category.max(about.brand))
            .max()
            .unwrap_or(0);
        Self {
            index,
            bandit: Bandit::default(),
            base,
            base_newest,
            base_complete,
            complete: base_complete,
            fed: false,
            revision: 0,
            cards: Vec::new(),
            labels: Labels { numbers: HashMap::new(), names: Vec::new(), first: taken + 1 },
            tastes: Tastes::default(),
            aliases: HashMap::new(),
            strangers: 0,
        }
    }

    /// The item of a name, whichever of its names it is.
    pub fn find(&self, name: &str) -> Option<u32> {
        // What is also an item of its own, in a log of before there was a catalog, is the product all the same.
        let alias = if self.aliases.is_empty() { None } else { self.aliases.get(name).copied() };
        alias.or_else(|| self.index.names().find(name))
    }

    /// Names the state: what has changed has another name.
    pub fn version(&self) -> String {
        format!("{:08x}-{}", self.base, self.revision)
    }

    /// Takes in what is known of a product.
    pub fn set_product(&mut self, product: &CatalogProduct) {
        let name = product.item.0.as_str();
        let known = self.index.names().find(name);
        let spoken_of = known.is_some_and(|item| self.cards.get(item as usize).is_some_and(Option::is_some));
        // What the index itself brought holds until somebody says otherwise.
        let brought = known.filter(|_| !spoken_of).and_then(|item| self.index.catalog().about(item)).copied();
        let mut about = brought.unwrap_or(About { for_sale: true, ..About::default() });
        if let Some(category) = &product.category {
            about.category = self.labels.number(category);
        }
        if let Some(brand) = &product.brand {
            about.brand = self.labels.number(brand);
        }
        if let Some(price) = &product.price {
            about.price = hundredths(price);
        }
        if let Some(margin) = product.margin {
            about.margin = (margin as f32).clamp(0.0, 1.0);
        }
        if let Some(title) = &product.title {
            about.words = words(title);
        }
        about.for_sale = !product.removed && product.in_stock.unwrap_or(about.for_sale);
        let Some(item) = self.index.set_product(name, about) else { return };
        self.aliases.extend(product.also.iter().map(|name| (name.0.clone(), item)));
        let at = item as usize;
        if self.cards.len() <= at {
            self.cards.resize(at + 1, None);
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        self.cards[at] = Some(Card {
            title: text(&product.title),
            price: text(&product.price),
            currency: text(&product.currency),
            url: text(&product.url),
            image: text(&product.image),
        });
        self.revision += 1;
    }
}

/// `12.5` as 1250; nothing where it is no amount.
fn hundredths(amount: &str) -> Option<u64> {
    let amount: f64 = amount.trim().parse().ok()?;
    (0.0..1e12).contains(&amount).then(|| (amount * 100.0).round() as u64)
}

/// Words of a title: runs of letters and digits, and of scripts without spaces every two signs.
fn words(title: &str) -> u64 {
    let lower = title.to_lowercase();
    let mut found: Vec<String> = Vec::new();
    for run in lower.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
        if run.is_ascii() {
            found.push(run.to_owned());
            continue;
        }
        let signs: Vec<char> = run.chars().collect();
        found.extend(signs.windows(2).map(|two| two.iter().collect::<String>()));
        if signs.len() == 1 {
            found.push(run.to_owned());
        }
    }
    signature(found.into_iter())
}

/// Numbers for the names of categories and brands.
pub(super) struct Labels {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
    first: u32,
}

impl Labels {
    pub fn number(&mut self, name: &str) -> u32 {
        let name = name.trim();
        if name.is_empty() {
            return 0;
        }
        let key = name.to_lowercase();
        if let Some(&number) = self.numbers.get(&key) {
            return number;
        }
        if self.names.len() >= MAX_LABELS {
            return 0;
        }
        let number = self.first + self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(key, number);
        number
    }

    pub fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(&name.trim().to_lowercase()).copied()
    }

    pub fn name(&self, number: u32) -> Option<&str> {
        let at = number.checked_sub(self.first)?;
        self.names.get(at as usize).map(String::as_str)
    }
}

/// What visitors have said, by the items' names: an index that takes the place of another has other numbers.
#[derive(Default)]
pub(super) struct Tastes {
    generations: [HashMap<Visitor, Vec<(String, Said)>>; 2],
    /// Of the younger one, about.
    bytes: usize,
}

/// Bytes of one generation.
const MAX_TASTE_BYTES: usize = 32 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Disliked(Dislike),
    Liked,
    Bought,
}

impl Tastes {
    /// The last word on an item counts.
    pub fn say(&mut self, visitor: Visitor, item: &str, said: Said) {
        let [young, old] = &mut self.generations;
        let mut all = young.remove(&visitor).or_else(|| old.remove(&visitor)).unwrap_or_default();
        all.retain(|(other, before)| other != item || (*before == Said::Bought && said != Said::Bought));
        if all.len() >= MAX_SAID {
            all.remove(0);
        }
        all.push((item.to_owned(), said));
        if self.generations[0].len() >= GENERATION || self.bytes > MAX_TASTE_BYTES {
            self.generations.swap(0, 1);
            self.generations[0].clear();
            self.bytes = 0;
        }
        self.bytes += item.len() + 64;
        self.generations[0].insert(visitor, all);
    }

    pub fn forget(&mut self, visitor: &Visitor) {
        self.generations.iter_mut().for_each(|generation| {
            generation.remove(visitor);
        });
    }

    /// Adds to `taste` what a visitor has said; gives whether there was anything.
    pub fn add_to(&self, visitor: &Visitor, find: impl Fn(&str) -> Option<u32>, taste: &mut Taste) -> bool {
        let Some(all) = self.generations.iter().find_map(|generation| generation.get(visitor)) else { return false };
        for (name, said) in all {
            let Some(item) = find(name) else { continue };
            match said {
                Said::Disliked(why) => taste.dismiss(item, *why),
                Said::Liked => taste.like(item),
                Said::Bought => taste.hide(item),
            }
        }
        true
    }
}
