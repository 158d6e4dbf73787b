//! Questions that say half of what they mean: `那换货呢` after one about returns, `这个多少钱` on a product's page.

use zg_domain::{AnswerSource, Card, Confidence, ReplyKind};

use crate::phrases::{Phrases, pattern, variants};
use crate::rank::candidates;
use crate::slots::cut;
use crate::step::{Heard, SURE, Turn, bare, heard_of};

/// What leans on another question is short.
const MOST_CHARS: usize = 14;

impl Turn<'_> {
    /// The whole question that a half of one stands for; the half itself where nothing better is known.
    pub(crate) fn completed(&mut self, heard: Heard) -> Heard {
        if let Some(whole) = self.on_page(&heard) {
            return whole;
        }
        let Some(topic) = self.state.topic.clone() else { return heard };
        let Some(new) = follow_up(&heard.bare) else { return heard };
        let confidence = |turn: &Self, heard: &Heard| {
            let today = turn.now.date();
            let found = candidates(turn.context.bundle, &heard.reading, heard.understanding.as_ref(), today, 1);
            found.first().map(|best| (best.confidence.get(), best.entry))
        };
        let replaced = substituted(&topic, &new).map(|text| heard_of(self, &text));
        let last = self.state.last_entry.clone();
        // What was said a moment ago is no answer to what is new in the question.
        let answers = |turn: &Self, heard: &Heard| {
            confidence(turn, heard).filter(|(sure, entry)| {
                *sure >= turn.accept() && last.as_deref() != Some(turn.context.bundle.entry(*entry).id)
            })
        };
        if let Some(replaced) = replaced.filter(|replaced| answers(self, replaced).is_some()) {
            return Heard { text: heard.text, bare: replaced.bare.clone(), ..replaced };
        }
        let alone = heard_of(self, &new);
        let joined = heard_of(self, &format!("{new} {topic}"));
        match (answers(self, &alone), answers(self, &joined)) {
            (alone_sure, Some(sure)) if alone_sure.is_none_or(|alone| alone.0 < sure.0) => {
                Heard { text: heard.text, ..joined }
            }
            _ => heard,
        }
    }

    /// With the title of the product on the page where the words point at it.
    fn on_page(&self, heard: &Heard) -> Option<Heard> {
        let page = self.state.page.as_ref().filter(|page| page.kind == "product" && !page.title.is_empty())?;
        let word = variants("refer-page").find(|word| pattern(&heard.bare, word))?;
        let text = heard.bare.replacen(word, &page.title, 1);
        let whole = heard_of(self, &text);
        let today = self.now.date();
        let found = |heard: &Heard| {
            candidates(self.context.bundle, &heard.reading, heard.understanding.as_ref(), today, 1).into_iter().next()
        };
        let best = found(&whole)?;
        // A title's words find whatever is said of such things: it has to be what was asked as well.
        let top = heard.understanding.as_ref()?.intents.first()?;
        let same = top.confidence.get() >= SURE && top.label.is(self.context.bundle.entry(best.entry).intent);
        let before = found(heard).map_or(0.0, |best| best.confidence.get());
        let better = same && best.confidence.get() > before.max(self.accept());
        better.then(|| Heard { text: heard.text.clone(), understanding: heard.understanding.clone(), ..whole })
    }

    /// Price and stock of the product on the page, out of the shop's own catalog.
    pub(crate) fn product_on_page(&mut self, heard: &Heard) -> bool {
        let Some(page) = self.state.page.clone().filter(|page| page.kind == "product" && !page.id.is_empty()) else {
            return false;
        };
        let price = Phrases::holds(&heard.bare, "ask-price");
        let stock = Phrases::holds(&heard.bare, "ask-stock");
        let short = heard.bare.chars().count() <= MOST_CHARS;
        let points = Phrases::holds(&heard.bare, "refer-page") || heard.bare.contains(&bare(&page.title));
        if !(price || stock) || !(short && points) {
            return false;
        }
        let Some(product) = self.product(&page.id) else { return false };
        let phrases = self.phrases();
        let mut lines = Vec::new();
        if !product.price.is_empty() {
            lines.push(phrases.fill("product-price", &[("title", &product.title), ("price", &product.price)]));
        }
        let key = match product.note.as_str() {
            "in_stock" => "product-in-stock",
            "out_of_stock" => "product-out-of-stock",
            "preorder" | "backorder" => "product-preorder",
            _ => "",
        };
        if !key.is_empty() {
            lines.push(phrases.fill(key, &[("title", &product.title)]));
        }
        if lines.is_empty() || (price && product.price.is_empty()) || (!price && key.is_empty()) {
            return false;
        }
        lines.push(phrases.text("product-check"));
        let source = AnswerSource {
            entry: cut(&format!("product:{}", product.id)),
            question: product.title.clone(),
            source: product.url.clone(),
            confidence: Confidence::ONE,
            verified: None,
            valid_until: None,
        };
        self.state.misses = 0;
        let (text, lang) = (self.soothed(lines.join("\n")), phrases.locale.to_owned());
        let note = if key.is_empty() { String::new() } else { phrases.text(&["card-", key].concat()) };
        self.cards.push(Card { note, ..product });
        self.reply("product", ReplyKind::Answer(source), text, lang, Vec::new());
        if key == "product-out-of-stock" {
            self.list_for(zg_domain::Occasion::OutOfStock, "");
        }
        true
    }
}

/// What is new in a question that leans on the one before.
fn follow_up(bare: &str) -> Option<String> {
    if bare.chars().count() > MOST_CHARS && bare.split_whitespace().count() > 6 {
        return None;
    }
    let before = variants("follow-before").find(|word| {
        let latin = word.is_ascii();
        bare.starts_with(word) && (!latin || bare[word.len()..].starts_with(' '))
    });
    let after = variants("follow-after").find(|word| bare.ends_with(word));
    let leans = match (before, after) {
        (Some(word), _) if word.is_ascii() => word != "and" || bare.split_whitespace().count() <= 4,
        (Some(_), Some(_)) => true,
        // `换货呢`; a whole question ends so as well.
        (None, Some("呢")) => bare.chars().count() <= 7 && !Phrases::holds(bare, "hold-how"),
        _ => false,
    };
    if !leans {
        return None;
    }
    let rest = &bare[before.map_or(0, str::len)..];
    let rest = after.map_or(rest, |word| rest.strip_suffix(word).unwrap_or(rest));
    let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
    let chars = rest.chars().count();
    let short = if rest.is_ascii() { rest.split_whitespace().count() <= 4 } else { chars <= 10 };
    (chars >= 1 && short).then(|| rest.to_owned())
}

/// The question before with its topic exchanged.
fn substituted(topic: &str, new: &str) -> Option<String> {
    let named = |text: &str| variants("topics").find(|word| pattern(text, word));
    let (old_word, new_word) = (named(topic)?, named(new)?);
    (old_word != new_word).then(|| topic.replacen(old_word, new_word, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leans_on_another_question() {
        for (bare, expected) in [
            ("那换货呢", Some("换货")),
            ("换货呢", Some("换货")),
            ("那如果是生鲜呢", Some("生鲜")),
            ("what about exchanges", Some("exchanges")),
            ("how about shoes", Some("shoes")),
            ("那我怎么退货", None),
            ("怎么还没到呢", None),
            ("那", None),
            ("android app", None),
        ] {
            assert_eq!(follow_up(bare).as_deref(), expected, "{bare}");
        }
        assert_eq!(substituted("退货运费谁出", "换货").as_deref(), Some("换货运费谁出"));
        assert_eq!(substituted("退货运费谁出", "生鲜"), None);
    }
}
