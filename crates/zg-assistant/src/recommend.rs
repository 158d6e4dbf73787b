//! Products in the conversation: a list when one is wanted, why each is in it, and what the shopper says of them.
//!
//! A recommender, wherever it runs, says what goes with what was looked at; here that is held against what was wished for in
//! words, and against what the catalog says. Nothing is shown that the catalog does not know, and no reason that is not so.

mod goods;
pub(crate) mod size;
mod wish;

use zg_domain::{
    Act, Button, Card, CardField, CardKind, Dislike, Effect, FeedbackKind, Intent, ItemFeedback, LookedAt,
    MAX_ITEM_BYTES, Occasion, ReplyKind, Shopping, Suggested, Taste, TasteKind, Timestamp, Waiting, Waits, Wanted,
};

use crate::phrases::Phrases;
use crate::playbook::Step;
use crate::slots::{self, cut};
use crate::step::{Heard, SURE, Turn, bare};
use goods::{Choice, Chosen, Fit, Good, band, choose};
use wish::Wish;

/// The intent, and the playbook, of a wish for a list.
pub(crate) const INTENT: &str = "recommendation";
/// Products of one list.
const LENGTH: usize = 4;
/// What is asked of a recommender: a wish picks out of them.
const ASKED: u32 = 100;
const MOST_LOOKED: usize = 20;
const MOST_EARLIER: usize = 24;
const MOST_SAID: usize = 16;
const MOST_TASTES: usize = 10;
const MOST_UNASKED: usize = 20;
/// Bytes of names that are remembered.
const MOST_BYTES: usize = 2_000;
const DAY_MILLIS: i64 = 24 * 3_600 * 1_000;
/// A wish that leans on the one before it is short.
const MOST_CHARS: usize = 14;
/// What a look at a product, and a plainer sign, weigh; in hundredths.
const LOOK: u32 = 100;
const WANT: u32 = 300;

impl<'c> Turn<'c> {
    /// Every product that the page or the bundle tells of.
    fn goods(&self) -> Vec<Good<'c>> {
        goods::all(self.context.products, self.context.bundle.catalog())
    }
}

impl Turn<'_> {
    pub(crate) fn has_catalog(&self) -> bool {
        !self.context.products.is_empty()
            || !self.context.bundle.catalog().is_empty()
            || self.context.bundle.lacks_products()
    }

    /// The shopper looks at another page.
    pub(crate) fn looks_at(&mut self, page: &LookedAt) {
        let [kind, id, title] = [&page.kind, &page.id, &page.title].map(|text| cut(text));
        let moved = self.state.page.as_ref().is_none_or(|before| before.id != id || before.kind != kind);
        if moved && kind == "product" && is_item(&id) {
            self.looked(&id);
            self.learn(FeedbackKind::View, &id, None);
        }
        self.state.page = (!id.is_empty() || !title.is_empty()).then_some(LookedAt { kind, id, title });
    }

    fn looked(&mut self, item: &str) {
        let looked = &mut self.state.shopping.looked;
        looked.retain(|one| one != item);
        looked.push(item.to_owned());
        self.liking(item, LOOK);
    }

    /// The link of a card was followed.
    pub(crate) fn clicked(&mut self, item: &str) {
        if is_item(item) {
            self.learn(FeedbackKind::Click, item, None);
            self.looked(item);
        }
    }

    /// The page says what was put into the cart, or bought.
    pub(crate) fn ordered(&mut self, items: &[String], bought: bool) {
        for item in items.iter().filter(|item| is_item(item)).take(MOST_SAID) {
            self.learn(if bought { FeedbackKind::Purchase } else { FeedbackKind::Cart }, item, None);
            self.liking(item, WANT);
            if bought {
                add(&mut self.state.shopping.bought, item);
                self.state.shopping.fresh = item.clone();
            }
        }
    }

    pub(crate) fn forget(&mut self, taste: Option<(TasteKind, String)>) {
        match taste {
            Some((kind, value)) => {
                self.state.shopping.tastes.retain(|taste| taste.kind != kind || taste.value != value);
            }
            None => {
                let n_lists = self.state.shopping.n_lists;
                self.state.shopping = Shopping { n_lists, ..Shopping::default() };
            }
        }
    }

    /// Remembers, coarsely, what a product says of who looks at it: newer times count more.
    fn liking(&mut self, item: &str, weight: u32) {
        // A page tells of neither brand nor category.
        if self.context.bundle.lacks_products() {
            return self.state.shopping.owed.push(item.to_owned());
        }
        let all = self.goods();
        let Some(good) = all.iter().find(|good| good.id == item) else { return };
        let of_price = good.amount().map(band).unwrap_or_default();
        let of_good = [
            (TasteKind::Category, plain(good.category)),
            (TasteKind::Brand, plain(good.brand)),
            (TasteKind::Price, of_price),
        ];
        let tastes = &mut self.state.shopping.tastes;
        for taste in tastes.iter_mut() {
            taste.weight = taste.weight * 9 / 10;
        }
        for (kind, value) in of_good.into_iter().filter(|(_, value)| !value.is_empty()) {
            match tastes.iter_mut().find(|taste| taste.kind == kind && taste.value == value) {
                Some(taste) => taste.weight = taste.weight.saturating_add(weight).min(100_000),
                None => tastes.push(Taste { kind, value, weight }),
            }
        }
        tastes.retain(|taste| taste.weight >= 10);
        // The strongest first, by insertion: there are ten of them.
        for at in 1..tastes.len() {
            let mut place = at;
            while place > 0 && tastes[place - 1].weight < tastes[place].weight {
                tastes.swap(place - 1, place);
                place -= 1;
            }
        }
        tastes.truncate(MOST_TASTES);
    }

    /// What was looked at before the catalog came.
    pub(crate) fn catch_up(&mut self) {
        if !self.state.shopping.owed.is_empty() && !self.context.bundle.lacks_products() {
            for item in std::mem::take(&mut self.state.shopping.owed) {
                self.liking(&item, LOOK);
            }
        }
    }

    fn learn(&mut self, kind: FeedbackKind, item: &str, why: Option<Dislike>) {
        let shopping = &self.state.shopping;
        let slot = shopping.shown.iter().position(|one| one == item).map(|slot| slot as u32);
        let request = slot.and(Some(shopping.request.clone())).filter(|request| !request.is_empty());
        self.effects.push(Effect::Learn(ItemFeedback { kind, item: item.to_owned(), request, slot, why }));
    }

    /// The product that a question is about: the one on the page, or the only one that is shown.
    fn product_meant(&self) -> Option<Good<'_>> {
        let of_page = self.state.page.as_ref().filter(|page| page.kind == "product").map(|page| page.id.as_str());
        let shown = &self.state.shopping.shown;
        let id = of_page.or_else(|| (shown.len() == 1).then(|| shown[0].as_str()))?;
        self.goods().into_iter().find(|good| good.id == id)
    }

    /// The size guide of the product that is meant, as its feed writes it.
    pub(crate) fn size_guide(&self) -> Option<String> {
        let good = self.product_meant()?;
        let text = good.attributes().find(|(name, _)| *name == "size_guide").map(|(_, value)| value)?;
        size::Guide::read(text).map(|_| cut(text))
    }

    /// Whether an utterance asks for the size of a product that has a guide.
    pub(crate) fn wants_size(&self, heard: &Heard) -> bool {
        let asks = match heard.top() {
            Some((intent, sure)) => intent.is("size_advice") && sure >= SURE,
            None => Phrases::holds(&heard.bare, "ask-size"),
        };
        let book = self.context.playbooks.book("size_advice");
        let advises = book.is_some_and(|book| book.steps.iter().any(|step| matches!(step, Step::Size { .. })));
        asks && advises && self.size_guide().is_some()
    }

    /// Whether an utterance asks for a list; `certain` where the knowledge base has an answer that leaves no doubt.
    pub(crate) fn wants_list(&self, heard: &Heard, certain: bool) -> bool {
        let read = heard.top().map(|(intent, sure)| (intent.is(INTENT), sure));
        let said = Phrases::holds(&heard.bare, "hold-recommend");
        let wants = match read {
            Some((true, sure)) => sure >= SURE || said,
            Some((false, sure)) => said && sure < SURE,
            None => said,
        };
        // Of no answer is it known what it costs.
        let certain = certain && Wish::read(&zg_text::normalize(&heard.reading)).price.is_none();
        wants && !certain && self.has_catalog() && !Phrases::holds(&heard.bare, "not-recommend")
    }

    /// What an utterance says of the list shown last; whether it was about it.
    pub(crate) fn about_list(&mut self, heard: &Heard) -> bool {
        let ours = self.state.previous.as_ref().is_some_and(|before| before.act == Act::Recommend);
        let n = self.state.shopping.shown.len();
        if !ours || n == 0 || self.is_waiting() {
            return false;
        }
        let holds = |key: &str| Phrases::holds(&heard.bare, key);
        let which = self.which(&heard.bare);
        let item = which.and_then(|at| self.state.shopping.shown.get(at).cloned());
        // The product on the page is meant where no other is named.
        let of_page = self.state.page.as_ref().filter(|page| page.kind == "product" && holds("refer-page"));
        let item = item.or_else(|| of_page.map(|page| page.id.clone()));
        if holds("compare-two") && n >= 2 {
            let named: Vec<usize> =
                (0..n).filter(|at| Phrases::holds(&heard.bare, &format!("ordinal-{}", at + 1))).collect();
            let (one, other) = if named.len() >= 2 { (named[0], named[1]) } else { (0, 1) };
            self.compare(one, other);
            return true;
        }
        let price = holds("dislike-price");
        if holds("dislike-this") || (price && item.is_some()) {
            let why = if price {
                Dislike::Price
            } else if holds("dislike-brand") {
                Dislike::Brand
            } else if holds("dislike-category") {
                Dislike::Category
            } else {
                Dislike::Item
            };
            if let Some(item) = item.or_else(|| self.only()) {
                self.dismiss(&item, why);
                return true;
            }
            if holds("more-of") {
                self.another();
                return true;
            }
            // Which of them is not said, and all of them were meant: nothing like them, but nobody said why.
            self.say_text("recommend", "recommend-which");
            self.recommended_act();
            return true;
        }
        if holds("cart-this")
            && let Some(item) = item.clone().or_else(|| self.only())
        {
            self.put_into_cart(&item);
            return true;
        }
        if holds("similar-to")
            && let Some(item) = item.clone()
        {
            self.similar(&item);
            return true;
        }
        if holds("more-of") && !holds("ask-stock") || bare(&heard.bare) == "还有吗" {
            self.another();
            return true;
        }
        let short = heard.bare.chars().count() <= MOST_CHARS || heard.bare.is_ascii() && heard.bare.len() <= 40;
        let wish = Wish::read(&zg_text::normalize(&heard.reading));
        let other = heard.top().is_some_and(|(intent, sure)| !intent.is(INTENT) && sure >= 0.9);
        // A wish of its own begins anew.
        if short
            && !holds("hold-recommend")
            && !other
            && !wish.is_empty()
            && (wish.cheaper || wish.price.is_some() || self.describes(&wish))
        {
            let mut wishes =
                [self.state.shopping.wishes.as_str(), " ", &wish::without_cheaper(&heard.reading)].concat();
            if let Some(most) = cheaper(&self.goods(), &self.state.shopping).filter(|_| wish.cheaper) {
                wishes.push_str(&format!(" {}.{:02}元以内", most / 100, most % 100));
            }
            self.state.shopping.wishes = cut(&wishes);
            // What was shown before may be what is wished for now.
            self.state.shopping.earlier.clear();
            self.ask_list(Occasion::Chat, String::new());
            return true;
        }
        if let (Some(item), true) = (item, which.is_some()) {
            return self.about_one(&item);
        }
        false
    }

    /// Which of the list is named, by its place or by its title.
    fn which(&self, bare_text: &str) -> Option<usize> {
        let shown = &self.state.shopping.shown;
        let all = self.goods();
        let titled = shown.iter().position(|id| {
            all.iter().find(|good| good.id == id).is_some_and(|good| {
                let title = bare(good.title);
                title.chars().count() >= 2 && bare_text.contains(&title)
            })
        });
        titled.or_else(|| slots::ordinal(bare_text, shown.len())).or_else(|| {
            // Beside what is said of it.
            let near = bare_text.chars().count() <= 60;
            (0..shown.len()).find(|at| near && Phrases::holds(bare_text, &format!("ordinal-{}", at + 1)))
        })
    }

    fn only(&self) -> Option<String> {
        let shown = &self.state.shopping.shown;
        (shown.len() == 1).then(|| shown[0].clone())
    }

    /// Whether any product is described by a word of it.
    fn describes(&self, wish: &Wish) -> bool {
        let (all, shopping) = (self.goods(), Shopping::default());
        let choice = Choice { wish, suggested: &[], shopping: &shopping, without: &[], category: "", k: 1 };
        let (list, _) = choose(&all, &choice);
        list.first().is_some_and(|one| !one.met.is_empty())
    }

    /// A button of a list, without its `rec:`.
    pub(crate) fn list_button(&mut self, value: &str) {
        let (what, rest) = value.split_once(':').unwrap_or((value, ""));
        let item = || Some(rest.to_owned()).filter(|item| is_item(item));
        match (what, item()) {
            ("more", _) => self.another(),
            ("compare", _) if self.state.shopping.shown.len() >= 2 => self.compare(0, 1),
            ("gentle", _) => self.ask_list(Occasion::AfterComplaint, String::new()),
            ("like", Some(item)) => self.similar(&item),
            ("not", Some(item)) => self.ask_why(&item),
            ("cart", Some(item)) => self.put_into_cart(&item),
            ("why", Some(rest)) => {
                match rest.split_once(':').and_then(|(why, item)| Some((Dislike::from_name(why)?, item))) {
                    Some((why, item)) => self.dismiss(item, why),
                    None => self.say_text("stale", "button-stale"),
                }
            }
            _ => self.say_text("stale", "button-stale"),
        }
    }

    /// A first list for the words that a playbook began with.
    pub(crate) fn list_for(&mut self, occasion: Occasion, words: &str) -> bool {
        let about = match occasion {
            Occasion::AfterPurchase => self.task_item().unwrap_or_else(|| self.state.shopping.fresh.clone()),
            Occasion::OutOfStock | Occasion::Similar => self
                .state
                .page
                .as_ref()
                .filter(|page| page.kind == "product")
                .map(|page| page.id.clone())
                .unwrap_or_default(),
            Occasion::Chat | Occasion::AfterComplaint => String::new(),
        };
        let needs = matches!(occasion, Occasion::AfterPurchase | Occasion::OutOfStock | Occasion::Similar);
        if !self.has_catalog() || (needs && about.is_empty()) || (occasion.is_proactive() && !self.may_offer(occasion))
        {
            return false;
        }
        self.state.shopping.wishes = cut(words);
        self.state.shopping.earlier.clear();
        self.ask_list(occasion, about);
        true
    }

    /// The product of the order that was looked up, where the back office says which it was.
    fn task_item(&self) -> Option<String> {
        let facts = &self.state.task.as_ref()?.facts;
        facts.iter().find(|(name, _)| name == "item_id").map(|(_, value)| value.clone()).filter(|item| is_item(item))
    }

    fn ask_list(&mut self, occasion: Occasion, about: String) {
        let shopping = &mut self.state.shopping;
        shopping.n_lists = shopping.n_lists.saturating_add(1);
        let id = format!("l{}", shopping.n_lists);
        let mut session = shopping.looked.clone();
        if !about.is_empty() {
            session.retain(|item| *item != about);
            session.push(about.clone());
        }
        let wish = Wish::read(&zg_text::normalize(&shopping.wishes));
        shopping.waits = Some(Waiting { id: id.clone(), occasion, about, since: self.now });
        let wanted = Wanted {
            id: id.clone(),
            occasion,
            session,
            hidden: shopping.bought.clone(),
            dismissed: shopping.dismissed.clone(),
            liked: shopping.liked.clone(),
            price: wish.price,
            k: ASKED,
        };
        self.effects.push(Effect::Recommend(wanted));
    }

    /// The list has come.
    pub(crate) fn recommended(&mut self, id: &str, request: &str, items: &[Suggested]) {
        let Some(waits) = self.state.shopping.waits.take_if(|waits| waits.id == id) else { return };
        if self.state.handoff.with_people() {
            return;
        }
        let shown = self.show_list(&waits, request, items);
        if !shown && waits.occasion == Occasion::Chat && self.context.bundle.lacks_products() {
            // Neither "you have seen them all" nor "I know nothing that suits you" would be so.
            self.state.task.take_if(|task| matches!(&task.waits, Waits::Action(of) if of == id));
            return self.say_text("recommend", "recommend-away");
        }
        let of_task = self.state.task.as_ref().is_some_and(|task| matches!(&task.waits, Waits::Action(of) if of == id));
        if of_task {
            self.list_came(shown);
        } else if !shown && !waits.occasion.is_proactive() && waits.occasion != Occasion::OutOfStock {
            self.say_text("recommend", "recommend-none");
        }
    }

    fn show_list(&mut self, waits: &Waiting, request: &str, items: &[Suggested]) -> bool {
        let (all, shopping) = (self.goods(), self.state.shopping.clone());
        let about = all.iter().find(|good| good.id == waits.about);
        let stands_in = matches!(waits.occasion, Occasion::Similar | Occasion::OutOfStock);
        let wish = match waits.occasion {
            Occasion::Chat => Wish::read(&zg_text::normalize(&shopping.wishes)),
            // What is like a product is described in its words.
            _ if stands_in => Wish::of_title(&zg_text::normalize(about.map_or("", |good| good.title))),
            _ => Wish::default(),
        };
        let mut without = vec![waits.about.as_str()];
        // Who looks at it has it.
        if let Some(page) = self.state.page.as_ref().filter(|page| page.kind == "product") {
            without.push(&page.id);
        }
        // What goes with something may have been shown before it was bought.
        let others = if stands_in { shopping.like == waits.about } else { waits.occasion != Occasion::AfterPurchase };
        if others {
            without.extend(shopping.earlier.iter().map(String::as_str));
        }
        // Accessories are of another kind; what stands in for a product is of its own.
        let category = match waits.occasion {
            Occasion::Similar | Occasion::OutOfStock => about.map_or("", |good| good.category),
            _ => "",
        };
        let choice =
            Choice { wish: &wish, suggested: items, shopping: &shopping, without: &without, category, k: LENGTH };
        let (mut list, fit) = choose(&all, &choice);
        if waits.occasion == Occasion::AfterPurchase {
            // What goes with it is what others took with it; anything else would be made up.
            let goes_with =
                |one: &Suggested| one.reason.starts_with("viewed_") && one.because.as_deref() == Some(&*waits.about);
            list.retain(|one| one.suggested.is_some_and(goes_with));
        }
        if list.is_empty() {
            self.state.shopping.fresh.clear();
            return false;
        }
        let phrases = self.phrases();
        let title = about.map_or("", |good| good.title);
        let related = list
            .iter()
            .any(|one| !one.met.is_empty() || same(one.good.category, about.map_or("", |good| good.category)));
        let key = match waits.occasion {
            Occasion::Similar | Occasion::OutOfStock if !related => "recommend-instead",
            Occasion::Similar => "recommend-similar",
            Occasion::OutOfStock => "recommend-stock",
            Occasion::AfterPurchase => "recommend-purchase",
            Occasion::AfterComplaint => "recommend-gentle-list",
            Occasion::Chat if wish.is_empty() => "recommend-plain",
            Occasion::Chat => match fit {
                Fit::Every => "recommend-met",
                Fit::First => "recommend-part",
                Fit::Near => "recommend-near",
                Fit::Other => "recommend-other",
            },
        };
        let text = phrases.fill(key, &[("title", title)]);
        let cards: Vec<Card> = list.iter().map(|one| self.card_of(one, &wish, &all, about)).collect();
        let ids: Vec<String> = list.iter().map(|one| one.good.id.to_owned()).filter(|id| is_item(id)).collect();
        let mut buttons = vec![Button { label: phrases.text("recommend-more"), value: "rec:more".to_owned() }];
        if ids.len() >= 2 {
            buttons.push(Button { label: phrases.text("recommend-compare"), value: "rec:compare".to_owned() });
        }
        if ids.is_empty() {
            return false;
        }
        let now = self.now;
        let shopping = &mut self.state.shopping;
        for id in &ids {
            add(&mut shopping.earlier, id);
        }
        shopping.request = cut(request);
        shopping.shown = ids.clone();
        shopping.like = if stands_in { waits.about.clone() } else { String::new() };
        if waits.occasion.is_proactive() {
            shopping.fresh.clear();
            shopping.unasked.insert(0, now);
        }
        self.state.misses = 0;
        self.cards = cards;
        self.say("recommend", ReplyKind::Text, text, buttons);
        for id in &ids {
            self.learn(FeedbackKind::Impression, id, None);
        }
        self.state.offered.clear();
        self.recommended_act();
        true
    }

    fn recommended_act(&mut self) {
        self.did(Act::Recommend, Some(Intent(INTENT.to_owned())));
    }

    /// A product with why it is there: what was wished for and is so, else what the recommender counted, else a taste.
    fn card_of(&self, one: &Chosen<'_>, wish: &Wish, all: &[Good<'_>], about: Option<&Good<'_>>) -> Card {
        let phrases = self.phrases();
        let title = |id: &str| all.iter().find(|good| good.id == id).map(|good| good.title);
        let mut met = one.met.clone();
        // Of what a product is for the words of the other language say nothing here.
        if phrases.locale != "en" && !wish.runs.iter().any(|run| run.is_ascii()) {
            met.retain(|word| !word.is_ascii());
        }
        if wish.price.is_some() && one.affordable {
            met.push(phrases.text("reason-price"));
        }
        let mut separator = phrases.text("reason-and");
        if separator.is_ascii() {
            separator.push(' ');
        }
        let because = one.suggested.and_then(|one| one.because.as_deref()).and_then(title);
        let reason = one.suggested.map_or("", |one| one.reason.as_str());
        let note = match (reason, because) {
            _ if !met.is_empty() => {
                let key = if about.is_some() { "reason-shared" } else { "reason-wish" };
                phrases.fill(key, &[("words", &met.join(&separator))])
            }
            ("viewed_after" | "viewed_together", Some(title)) => phrases.fill("reason-viewed", &[("title", title)]),
            ("same_brand", Some(title)) => phrases.fill("reason-brand", &[("title", title)]),
            ("same_category", Some(title)) => phrases.fill("reason-category", &[("title", title)]),
            ("similar_text", Some(title)) => phrases.fill("reason-similar", &[("title", title)]),
            ("seen_before", _) => phrases.text("reason-seen"),
            _ if about.is_some_and(|about| same(one.good.brand, about.brand)) => {
                phrases.fill("reason-brand", &[("title", about.map_or("", |about| about.title))])
            }
            _ if about.is_some_and(|about| same(one.good.category, about.category)) => {
                phrases.fill("reason-category", &[("title", about.map_or("", |about| about.title))])
            }
            _ if one.taste == Some(TasteKind::Brand) => phrases.fill("reason-taste", &[("name", one.good.brand)]),
            _ if one.taste == Some(TasteKind::Category) => phrases.fill("reason-taste", &[("name", one.good.category)]),
            ("popular", _) => phrases.text("reason-popular"),
            ("new", _) => phrases.text("reason-new"),
            ("explored", _) => phrases.text("reason-explored"),
            _ => String::new(),
        };
        self.with_buttons(one.good.card(note))
    }

    /// What a shopper may do with a product of a list.
    fn with_buttons(&self, mut card: Card) -> Card {
        let phrases = self.phrases();
        let mut press = |key: &str, what: &str| {
            card.fields.push(CardField {
                label: phrases.text(key),
                value: ["rec:", what, ":", &card.id].concat(),
                kind: "press",
                ..CardField::default()
            });
        };
        if self.context.cart {
            press("recommend-cart", "cart");
        }
        press("recommend-like", "like");
        press("recommend-not", "not");
        card
    }

    /// Another list for the same wish, or of what is like the same product.
    fn another(&mut self) {
        let like = self.state.shopping.like.clone();
        self.ask_list(if like.is_empty() { Occasion::Chat } else { Occasion::Similar }, like);
    }

    fn similar(&mut self, item: &str) {
        add(&mut self.state.shopping.liked, item);
        self.learn(FeedbackKind::Like, item, None);
        self.liking(item, WANT);
        self.ask_list(Occasion::Similar, item.to_owned());
    }

    fn ask_why(&mut self, item: &str) {
        let phrases = self.phrases();
        let all = self.goods();
        let good = all.iter().find(|good| good.id == item).copied().unwrap_or_default();
        let known = |why: &Dislike| match why {
            Dislike::Item => true,
            Dislike::Brand => !good.brand.is_empty(),
            Dislike::Category => !good.category.is_empty(),
            Dislike::Price => good.amount().is_some(),
        };
        let buttons = Dislike::ALL.into_iter().filter(known).map(|why| Button {
            label: phrases.text(&["recommend-why-", why.name()].concat()),
            value: ["rec:why:", why.name(), ":", item].concat(),
        });
        self.say("recommend", ReplyKind::Text, phrases.text("recommend-why"), buttons.collect());
        self.recommended_act();
    }

    fn dismiss(&mut self, item: &str, why: Dislike) {
        self.learn(FeedbackKind::Dismiss, item, Some(why));
        let shopping = &mut self.state.shopping;
        shopping.dismissed.retain(|(one, _)| one != item);
        shopping.dismissed.push((item.to_owned(), why));
        shopping.liked.retain(|one| one != item);
        let phrases = self.phrases();
        self.say("recommend", ReplyKind::Text, phrases.text(&["recommend-noted-", why.name()].concat()), Vec::new());
        // Those shown beside it may be shown again: nobody has waved them away.
        self.state.shopping.earlier.clear();
        self.another();
    }

    fn compare(&mut self, one: usize, other: usize) {
        let all = self.goods();
        let shown = &self.state.shopping.shown;
        let find = |at: usize| shown.get(at).and_then(|id| all.iter().find(|good| good.id == id));
        let (Some(one), Some(other)) = (find(one), find(other)) else {
            return self.say_text("stale", "button-stale");
        };
        let phrases = self.phrases();
        let is_told = |name: &str| name != "size_guide";
        let mut lines = vec![
            (phrases.text("compare-price"), one.price_text(), other.price_text()),
            (phrases.text("compare-brand"), one.brand.to_owned(), other.brand.to_owned()),
            (phrases.text("compare-stock"), self.stock(one), self.stock(other)),
        ];
        for (name, value) in one.attributes().filter(|(name, _)| is_told(name)) {
            let of_other = other.attributes().find(|(of, _)| *of == name).map_or("", |(_, value)| value);
            lines.push((self.attribute(name), value.to_owned(), of_other.to_owned()));
        }
        for (name, value) in other.attributes().filter(|(name, _)| is_told(name)) {
            if !one.attributes().any(|(of, _)| of == name) {
                lines.push((self.attribute(name), String::new(), value.to_owned()));
            }
        }
        lines.retain(|(name, one, other)| {
            !(one.is_empty() && other.is_empty() || self.is_foreign(name) || self.is_foreign(one))
        });
        lines.truncate(8);
        let or_dash = |text: &str| if text.is_empty() { "—".to_owned() } else { text.to_owned() };
        let mut text = phrases.fill("compare-lead", &[("one", one.title), ("other", other.title)]);
        for (name, first, second) in &lines {
            text.push('\n');
            let values = [("name", &**name), ("one", &*or_dash(first)), ("other", &*or_dash(second))];
            text.push_str(&phrases.fill("compare-line", &values));
        }
        let fields = lines.into_iter().map(|(label, first, second)| CardField {
            label,
            value: or_dash(&first),
            kind: "fact",
            options: vec![Button { label: or_dash(&second), value: String::new() }],
            ..CardField::default()
        });
        let card = Card {
            kind: CardKind::Compare,
            title: one.title.to_owned(),
            note: other.title.to_owned(),
            fields: fields.collect(),
            ..Card::default()
        };
        self.cards = vec![card];
        self.say("recommend", ReplyKind::Text, text, Vec::new());
        self.recommended_act();
    }

    /// What an attribute is called: those of shopping feeds have words of ours, others are the shop's.
    fn attribute(&self, name: &str) -> String {
        match name {
            "color" | "size" | "material" | "pattern" | "gender" | "age_group" => {
                self.phrases().text(&["attribute-", &name.replace('_', "-")].concat())
            }
            _ => name.to_owned(),
        }
    }

    /// Whether it is there, in words; empty where its source does not say.
    fn stock(&self, good: &Good<'_>) -> String {
        match good.availability {
            "in_stock" => self.phrases().text("card-product-in-stock"),
            "preorder" | "backorder" => self.phrases().text("card-product-preorder"),
            _ => String::new(),
        }
    }

    /// Whether a feed's words are of no use to whoever reads this language.
    fn is_foreign(&self, text: &str) -> bool {
        self.phrases().locale == "en" && text.chars().any(zg_text::is_han)
    }

    /// One of the list, by itself.
    fn about_one(&mut self, item: &str) -> bool {
        let all = self.goods();
        let Some(good) = all.iter().find(|good| good.id == item) else { return false };
        let phrases = self.phrases();
        let note = self.stock(good);
        let mut text = good.title.to_owned();
        let read =
            |(name, value): &(&str, &str)| *name != "size_guide" && !self.is_foreign(name) && !self.is_foreign(value);
        for (name, value) in good.attributes().filter(read).take(6) {
            text.push('\n');
            text.push_str(&phrases.fill("product-line", &[("name", &self.attribute(name)), ("value", value)]));
        }
        let card = self.with_buttons(good.card(note));
        self.cards = vec![card];
        self.say("recommend", ReplyKind::Text, text, Vec::new());
        self.recommended_act();
        true
    }

    fn put_into_cart(&mut self, item: &str) {
        if !self.context.cart {
            return self.say_text("recommend", "recommend-no-cart");
        }
        let title = {
            let all = self.goods();
            all.iter().find(|good| good.id == item).map(|good| good.title.to_owned())
        };
        let Some(title) = title else { return self.say_text("stale", "button-stale") };
        self.begin_with("cart_add", vec![("item".to_owned(), item.to_owned()), ("item_title".to_owned(), cut(&title))]);
    }

    /// It is in the cart, says the page.
    pub(crate) fn in_cart(&mut self, item: &str) {
        self.learn(FeedbackKind::Cart, item, None);
        self.liking(item, WANT);
    }

    /// Whether something may be offered unasked: nothing is wrong or being done, and the shop's own measure is not full.
    fn may_offer(&self, occasion: Occasion) -> bool {
        let day = |at: &&Timestamp| self.now.as_millis() - at.as_millis() < DAY_MILLIS;
        let today = self.state.shopping.unasked.iter().filter(day).count();
        let calm = match occasion {
            Occasion::AfterComplaint => self.state.task.is_none(),
            _ => !self.state.complained && !self.is_waiting(),
        };
        calm && self.has_catalog()
            && !self.state.handoff.with_people()
            && today < self.context.playbooks.unasked() as usize
    }

    /// After something was bought, once the shopper's own matter is done: what goes with it.
    pub(crate) fn offer_companions(&mut self) {
        let fresh = self.state.shopping.fresh.clone();
        let idle = self.state.task.is_none() && self.state.paused.is_empty() && self.state.shopping.waits.is_none();
        let light = matches!(self.temper, zg_policy::Temper::Calm | zg_policy::Temper::Satisfied);
        let answered = self.effects.iter().any(|effect| {
            matches!(effect, Effect::Say(reply) if matches!(reply.why.rule, "small_talk" | "playbook" | "answer" | "feedback"))
        });
        if !fresh.is_empty() && idle && light && answered && self.may_offer(Occasion::AfterPurchase) {
            self.ask_list(Occasion::AfterPurchase, fresh);
        }
    }

    /// A complaint is settled, and the shopper says that it went well: something gentle, if they like.
    pub(crate) fn offer_gently(&mut self) {
        if !self.state.complained || !self.may_offer(Occasion::AfterComplaint) {
            return;
        }
        let phrases = self.phrases();
        let button = Button { label: phrases.text("recommend-gentle-yes"), value: "rec:gentle".to_owned() };
        self.say("recommend", ReplyKind::Text, phrases.text("recommend-gentle"), vec![button]);
        let now = self.now;
        self.state.shopping.unasked.insert(0, now);
    }
}

/// The most that something cheaper than what is on the screen may cost, where anything there has a price.
fn cheaper(all: &[Good<'_>], shopping: &Shopping) -> Option<u64> {
    let price = |id: &String| all.iter().find(|good| good.id == id).and_then(Good::amount);
    let prices: Vec<u64> = shopping.shown.iter().filter_map(price).collect();
    // The middle one: as many are below it as above.
    let below = |one: u64| prices.iter().filter(|other| **other < one).count();
    let middle = prices.iter().copied().filter(|one| below(*one) <= prices.len() / 2).max()?;
    Some(middle.saturating_sub(1))
}

/// Whether two names of a feed's are the same, and there are any.
fn same(own: &str, other: &str) -> bool {
    !own.is_empty() && own == other
}

fn add(list: &mut Vec<String>, item: &str) {
    list.retain(|one| one != item);
    list.push(item.to_owned());
}

/// Whether a name can be remembered: not too long, and of nothing that a record would have to escape.
fn is_item(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ITEM_BYTES && plain(id) == id
}

/// A text without what a record would have to escape, and not for ever.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).take(40).collect()
}

/// Forgets the oldest until what is remembered is small.
pub(crate) fn bound(shopping: &mut Shopping) {
    let keep = |list: &mut Vec<String>, most: usize| {
        let surplus = list.len().saturating_sub(most);
        list.drain(..surplus);
    };
    keep(&mut shopping.looked, MOST_LOOKED);
    keep(&mut shopping.earlier, MOST_EARLIER);
    keep(&mut shopping.liked, MOST_SAID);
    keep(&mut shopping.bought, MOST_SAID);
    keep(&mut shopping.owed, MOST_LOOKED);
    // The last first: a day has no more than the policy's most.
    shopping.unasked.truncate(MOST_UNASKED);
    let surplus = shopping.dismissed.len().saturating_sub(MOST_SAID);
    shopping.dismissed.drain(..surplus);
    let size = |shopping: &Shopping| -> usize {
        let lists =
            [&shopping.looked, &shopping.shown, &shopping.earlier, &shopping.liked, &shopping.bought, &shopping.owed];
        lists.into_iter().flatten().map(|item| item.len() + 4).sum::<usize>()
            + shopping.dismissed.iter().map(|(item, _)| item.len() + 16).sum::<usize>()
            + shopping.tastes.iter().map(|taste| taste.value.len() + 24).sum::<usize>()
    };
    while size(shopping) > MOST_BYTES {
        let longest = [
            &mut shopping.earlier,
            &mut shopping.looked,
            &mut shopping.bought,
            &mut shopping.liked,
            &mut shopping.owed,
        ]
        .into_iter()
        .max_by_key(|list| list.len());
        match longest.filter(|list| !list.is_empty()) {
            Some(list) => drop(list.remove(0)),
            None if shopping.dismissed.pop().is_some() || shopping.tastes.pop().is_some() => {}
            None => break,
        }
    }
}
