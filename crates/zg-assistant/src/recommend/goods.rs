//! What the shop sells, as a list of products that a wish is held against.

use zg_domain::{Card, CardKind, Dislike, Shopping, Suggested, TasteKind};
use zg_kb::Products;

use super::wish::{Wish, alike, amount};
use crate::card::price;

/// Products of one brand in a list, at the most.
const BRAND_CAP: usize = 3;
/// What counts against the place in the recommender's list, which is at most 1: every wish that is met.
const WISH: f64 = 4.0;
const TASTE: f64 = 0.25;
/// What may not be shown, whatever else a feed says.
const NOT_FOR_SALE: [&str; 4] = ["out_of_stock", "discontinued", "sold_out", "not_for_sale"];

/// A product; what its source does not say is empty.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Good<'g> {
    pub(crate) id: &'g str,
    pub(crate) title: &'g str,
    pub(crate) brand: &'g str,
    pub(crate) category: &'g str,
    pub(crate) availability: &'g str,
    pub(crate) url: &'g str,
    pub(crate) image: &'g str,
    /// As a page writes it, or digits of a feed.
    price: &'g str,
    currency: &'g str,
    was: &'g str,
    attributes: &'g str,
}

impl<'g> Good<'g> {
    /// In hundredths.
    pub(crate) fn amount(&self) -> Option<u64> {
        let start = self.price.find(|c: char| c.is_ascii_digit())?;
        amount(&self.price[start..])
    }

    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&'g str, &'g str)> {
        self.attributes.split('\n').filter_map(|line| line.split_once('\t')).filter(|(name, _)| !name.starts_with('@'))
    }

    pub(crate) fn for_sale(&self) -> bool {
        !NOT_FOR_SALE.contains(&self.availability)
    }

    pub(crate) fn price_text(&self) -> String {
        if self.currency.is_empty() && !self.price.starts_with(|c: char| c.is_ascii_digit()) {
            self.price.to_owned()
        } else {
            price(self.price, self.currency)
        }
    }

    pub(crate) fn card(&self, note: String) -> Card {
        Card {
            kind: CardKind::Product,
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            note,
            image: self.image.to_owned(),
            url: self.url.to_owned(),
            price: self.price_text(),
            was: self.was.to_owned(),
            ..Card::default()
        }
    }

    /// Title, brand, category and all that is said of it, folded.
    fn words(&self) -> String {
        let mut text = [self.title, " ", self.brand, " ", self.category].concat();
        let lines = self.attributes.split('\n').filter_map(|line| line.split_once('\t'));
        for (_, value) in lines.filter(|(name, _)| !matches!(*name, "@category" | "@image")) {
            text.push(' ');
            text.push_str(value);
        }
        zg_text::normalize(&text)
    }
}

/// Everything that the page and the bundle tell of, once; those of the page first, and as it tells them: it knows better.
pub(crate) fn all<'g>(told: &'g [Card], listed: &'g Products) -> Vec<Good<'g>> {
    let mut goods: Vec<Good<'g>> = told.iter().map(of_card).collect();
    for one in listed.iter() {
        // A page tells of price and stock; what else there is to know is in the bundle.
        if let Some(good) = goods[..told.len()].iter_mut().find(|good| good.id == one.id) {
            (good.brand, good.category) = (one.brand, one.category());
            good.attributes = one.attribute_lines();
            if good.url.is_empty() {
                good.url = one.url;
            }
            if good.image.is_empty() {
                good.image = one.image();
            }
            continue;
        }
        goods.push(Good {
            id: one.id,
            title: one.title,
            brand: one.brand,
            category: one.category(),
            availability: one.availability,
            url: one.url,
            image: one.image(),
            price: one.price,
            currency: one.currency,
            was: "",
            attributes: one.attribute_lines(),
        });
    }
    goods
}

fn of_card(card: &Card) -> Good<'_> {
    Good {
        id: &card.id,
        title: &card.title,
        availability: &card.note,
        url: &card.url,
        image: &card.image,
        price: &card.price,
        was: &card.was,
        ..Good::default()
    }
}

/// A product of a list, and why it is there.
pub(crate) struct Chosen<'g> {
    pub(crate) good: Good<'g>,
    /// Words of the wish that the product is described by.
    pub(crate) met: Vec<String>,
    /// What the recommender said of it.
    pub(crate) suggested: Option<&'g Suggested>,
    /// What of the shopper's own tastes it is.
    pub(crate) taste: Option<TasteKind>,
    n_met: usize,
    pub(crate) affordable: bool,
    score: f64,
}

/// What a list is chosen by.
pub(crate) struct Choice<'g> {
    pub(crate) wish: &'g Wish,
    pub(crate) suggested: &'g [Suggested],
    pub(crate) shopping: &'g Shopping,
    /// Products that are not to be in it: those shown before, the one that it is about.
    pub(crate) without: &'g [&'g str],
    /// The category that goes before others, where one is told.
    pub(crate) category: &'g str,
    pub(crate) k: usize,
}

/// The best of what may be shown, and how far they are what was wished for.
pub(crate) fn choose<'g>(goods: &[Good<'g>], choice: &Choice<'g>) -> (Vec<Chosen<'g>>, Fit) {
    let waved = Waved::of(goods, choice.shopping);
    let mut all: Vec<(Good<'g>, String)> = Vec::new();
    for good in goods {
        let hidden = choice.without.contains(&good.id) || choice.shopping.bought.iter().any(|id| id == good.id);
        if good.for_sale() && !good.title.is_empty() && !hidden && !waved.holds(good) {
            all.push((*good, good.words()));
        }
    }
    let asked = Asked::of(choice.wish, &all);
    let most_weight: f64 = asked.words.iter().map(|word| word.weight).sum();
    let mut left: Vec<Chosen<'g>> = Vec::with_capacity(all.len());
    for (good, words) in &all {
        let place = choice.suggested.iter().position(|one| one.item == good.id);
        let (mut weight, mut met, mut n_met) = (0.0, Vec::new(), 0);
        for word in &asked.words {
            let Some(found) = word.ways.iter().find(|way| word.holds(words, way)) else { continue };
            weight += word.weight;
            n_met += usize::from(!word.is_kin);
            let name = if word.is_kin { found } else { &word.ways[0] };
            // The last character of a longer word ranks, and says nothing by itself.
            if word.is_said && !met.contains(name) {
                met.push(name.clone());
            }
        }
        let (taste, liking) = taste(good, choice.shopping);
        let affordable = choice
            .wish
            .price
            .is_none_or(|(least, most)| good.amount().is_some_and(|amount| (least..=most).contains(&amount)));
        let of_category = !choice.category.is_empty() && good.category == choice.category;
        let flag = |is: bool| f64::from(u8::from(is));
        let mut score = flag(affordable) * WISH * 2.0 + flag(of_category) * WISH / 2.0 + liking * TASTE;
        if most_weight > 0.0 {
            score += weight / most_weight * WISH;
        }
        if let Some(place) = place {
            score += 1.0 / (1.0 + place as f64 / 8.0);
        }
        let suggested = place.map(|place| &choice.suggested[place]);
        left.push(Chosen { good: *good, met, n_met, affordable, suggested, taste, score });
    }
    let list = best(left, choice.k);
    let n_asked = asked.words.iter().filter(|word| !word.is_kin).count();
    let of_wish = |one: &Chosen<'g>| one.affordable && one.n_met >= n_asked;
    let nothing =
        |one: &Chosen<'g>| one.met.is_empty() && one.n_met == 0 && !(one.affordable && choice.wish.price.is_some());
    let fit = match list.first() {
        Some(first) if (asked.unknown || !of_wish(first)) && nothing(first) => Fit::Other,
        Some(first) if asked.unknown || !of_wish(first) => Fit::Near,
        Some(_) if list.iter().all(of_wish) => Fit::Every,
        _ => Fit::First,
    };
    (list, fit)
}

/// The first `k` by their scores, ties in their order, and not too many of one brand while there are others.
fn best(mut left: Vec<Chosen<'_>>, k: usize) -> Vec<Chosen<'_>> {
    let mut list: Vec<Chosen<'_>> = Vec::new();
    // Picked one by one: a sort would be thousands of bytes of every visitor's download, for a list of four.
    while list.len() < k && !left.is_empty() {
        let crowded = |one: &Chosen<'_>| {
            let brand = one.good.brand;
            !brand.is_empty() && list.iter().filter(|other| other.good.brand == brand).count() >= BRAND_CAP
        };
        let mut at = 0;
        for (other, one) in left.iter().enumerate() {
            let (crowded_one, crowded_best) = (crowded(one), crowded(&left[at]));
            if (crowded_best && !crowded_one) || (crowded_best == crowded_one && one.score > left[at].score) {
                at = other;
            }
        }
        list.push(left.remove(at));
    }
    // What meets nothing of a wish that others meet only waters the list down.
    if list.iter().any(|one| one.affordable) {
        list.retain(|one| one.affordable);
    }
    if list.iter().any(|one| !one.met.is_empty()) {
        list.retain(|one| !one.met.is_empty());
    }
    list
}

/// How far a list is what was wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Every,
    /// The first of it is, the last is not.
    First,
    Near,
    /// Nothing of it is.
    Other,
}

/// What was waved away, as rules.
struct Waved<'g> {
    items: Vec<&'g str>,
    brands: Vec<&'g str>,
    categories: Vec<&'g str>,
    most: u64,
}

impl<'g> Waved<'g> {
    fn of(goods: &[Good<'g>], shopping: &'g Shopping) -> Self {
        let mut waved = Self { items: Vec::new(), brands: Vec::new(), categories: Vec::new(), most: u64::MAX };
        for (item, why) in &shopping.dismissed {
            waved.items.push(item);
            let Some(good) = goods.iter().find(|good| good.id == item) else { continue };
            match why {
                Dislike::Item => {}
                Dislike::Brand => waved.brands.push(good.brand),
                Dislike::Category => waved.categories.push(good.category),
                Dislike::Price => waved.most = waved.most.min(good.amount().unwrap_or(u64::MAX).saturating_sub(1)),
            }
        }
        waved
    }

    fn holds(&self, good: &Good<'_>) -> bool {
        let named = |list: &[&str], name: &str| !name.is_empty() && list.contains(&name);
        self.items.contains(&good.id)
            || named(&self.brands, good.brand)
            || named(&self.categories, good.category)
            || good.amount().is_some_and(|amount| amount > self.most)
    }
}

/// The words of a wish that some product is described by.
struct Asked {
    words: Vec<AskedWord>,
    /// Whether a word of it describes no product at all.
    unknown: bool,
}

struct AskedWord {
    ways: Vec<String>,
    weight: f64,
    is_kin: bool,
    /// Whether it is worth saying that a product is so.
    is_said: bool,
    /// The last character of a longer word, which says what kind of thing it is: a `灯` is in `床头灯`, and not in `灯芯绒`.
    is_head: bool,
}

impl AskedWord {
    fn holds(&self, text: &str, way: &str) -> bool {
        if self.is_head { ends_a_word(text, way) } else { holds(text, way) }
    }
}

impl Asked {
    fn of(wish: &Wish, all: &[(Good<'_>, String)]) -> Self {
        // Rare words say more (inverse document frequency).
        let count = |ways: &[String]| all.iter().filter(|(_, text)| ways.iter().any(|way| holds(text, way))).count();
        let weight = |n: usize| 1.0 + f64::from((all.len() / n).ilog2());
        let mut asked = Self { words: Vec::new(), unknown: false };
        for run in &wish.runs {
            let before = asked.words.len();
            if run.is_ascii() {
                let ways: Vec<String> = alike(run).into_iter().map(str::to_owned).collect();
                let n = count(&ways);
                if n > 0 {
                    asked.words.push(AskedWord {
                        ways,
                        weight: weight(n),
                        is_kin: false,
                        is_said: true,
                        is_head: false,
                    });
                }
            } else {
                asked.split(run, all, &weight);
            }
            asked.unknown |= asked.words.len() == before && !is_kin(run);
        }
        if !wish.kin.is_empty() {
            let n = count(&wish.kin);
            if n > 0 {
                let ways = wish.kin.clone();
                asked.words.push(AskedWord { ways, weight: weight(n), is_kin: true, is_said: true, is_head: false });
            }
        }
        asked
    }

    /// Cuts a run of characters into the longest pieces that products are described by.
    fn split(&mut self, run: &str, all: &[(Good<'_>, String)], weight: &dyn Fn(usize) -> f64) {
        let characters: Vec<char> = run.chars().take(24).collect();
        // A `鞋子` is a `鞋`.
        let end = if characters.len() > 1 && characters.ends_with(&['子']) {
            characters.len() - 1
        } else {
            characters.len()
        };
        let (mut at, mut skipped) = (0, false);
        while at < end {
            let longest = (characters.len() - at).min(8);
            // One character is a word where it stands alone, or at the end, as in `防水鞋`.
            let least = if characters.len() == 1 || at + 1 == end { 1 } else { 2 };
            let mut found = 0;
            for length in (least..=longest).rev() {
                let piece: String = characters[at..at + length].iter().collect();
                let ways: Vec<String> = alike(&piece).into_iter().map(str::to_owned).collect();
                let is_head = length == 1 && characters.len() > 1;
                let of = |text: &str, way: &str| if is_head { ends_a_word(text, way) } else { holds(text, way) };
                let n = all.iter().filter(|(_, text)| ways.iter().any(|way| of(text, way))).count();
                if n > 0 {
                    // A `台灯` is not any other lamp.
                    self.unknown |= is_head && skipped;
                    if !self.words.iter().any(|word| word.ways[0] == piece) {
                        let is_said = length > 1 || characters.len() == 1 || ways.len() > 1;
                        self.words.push(AskedWord { ways, weight: weight(n), is_kin: false, is_said, is_head });
                    }
                    found = length;
                    break;
                }
            }
            skipped = found == 0;
            at += found.max(1);
        }
    }
}

fn is_kin(run: &str) -> bool {
    !Wish::read(run).kin.is_empty()
}

/// Whether a word stands at the end of Chinese ones, where they say what kind of thing something is.
fn ends_a_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, found)| {
        let rest = &text[at + found.len()..];
        !rest.strip_prefix('子').unwrap_or(rest).starts_with(zg_text::is_han)
    })
}

/// Whether a folded text holds a word; Latin letters as whole words, in singular or plural.
fn holds(text: &str, word: &str) -> bool {
    if !word.is_ascii() {
        return text.contains(word);
    }
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let stem = word.strip_suffix("es").filter(|stem| stem.len() > 3).or_else(|| word.strip_suffix('s')).unwrap_or(word);
    if stem.len() < 2 {
        return false;
    }
    text.match_indices(stem).any(|(at, found)| {
        let rest = &text[at + found.len()..];
        let rest = rest
            .strip_prefix("es")
            .filter(|rest| !letter(rest.chars().next()))
            .or(rest.strip_prefix('s'))
            .unwrap_or(rest);
        !letter(text[..at].chars().next_back()) && !letter(rest.chars().next())
    })
}

/// What of the shopper's tastes a product is, and how much of them all.
fn taste(good: &Good<'_>, shopping: &Shopping) -> (Option<TasteKind>, f64) {
    let all: u32 = shopping.tastes.iter().map(|taste| taste.weight).sum();
    let mut best = (None, 0);
    let mut sum = 0;
    for taste in &shopping.tastes {
        let is = match taste.kind {
            TasteKind::Brand => taste.value == good.brand,
            TasteKind::Category => taste.value == good.category,
            TasteKind::Price => good.amount().is_some_and(|amount| band(amount) == taste.value),
        };
        if is {
            sum += taste.weight;
            if taste.weight > best.1 && taste.kind != TasteKind::Price {
                best = (Some(taste.kind), taste.weight);
            }
        }
    }
    (best.0, if all == 0 { 0.0 } else { f64::from(sum) / f64::from(all) })
}

/// The band of a price: `100–200`. Each is twice as wide as the one below it.
pub(crate) fn band(amount: u64) -> String {
    let mut least = 0;
    let mut most = 50;
    while amount / 100 >= most && most < 1 << 40 {
        (least, most) = (most, most * 2);
    }
    format!("{least}–{most}")
}
