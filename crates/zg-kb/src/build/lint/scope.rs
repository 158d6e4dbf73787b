//! Under which circumstances a clause speaks: region, membership, goods, stage of the order, …
//!
//! A clause takes what it does not say itself from the clause before it, and that from the question.
//! Values are compared under the same circumstances only, so a missed circumstance costs a false finding
//! and a superfluous one costs a true one; the second is the better mistake.

use super::facts::Question;
use super::words::{Hit, Sense};

/// Sorted pairs of dimension and value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Scope(Vec<(&'static str, String)>);

impl Scope {
    /// What the words of a text say.
    pub(super) fn of(text: &str, hits: &[Hit]) -> Self {
        let mut scope = Self::default();
        for hit in hits {
            for sense in hit.senses {
                if let Sense::Tag(dimension, value) = sense {
                    scope.add(dimension, (*value).to_owned());
                }
            }
        }
        // Sizes, models and vintages: 128g, 2019年, X9.
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            let unit = ["ml", "cm", "mm", "kg", "pm", "am", "w", "v", "l", "h", "mah", "nd", "st", "th", "rd"];
            let letters = word.trim_start_matches(|c: char| c.is_ascii_digit());
            if digits > 0 && digits < word.len() && !unit.contains(&letters) && word.len() <= 12 && word != "5g" {
                scope.add("model", word.to_owned());
            }
        }
        for (at, _) in text.match_indices('年') {
            let start = at.saturating_sub(4);
            if text.get(start..at).is_some_and(|year| {
                year.starts_with(['1', '2']) && year.bytes().all(|b| b.is_ascii_digit()) && year.len() == 4
            }) {
                scope.add("model", text[start..at].to_owned());
            }
        }
        let characters: Vec<char> = text.chars().collect();
        for pair in characters.windows(2) {
            if matches!(pair[0], '大' | '中' | '小') && "杯号码份瓶盒罐袋箱桶只".contains(pair[1]) {
                scope.add("size", pair[0].to_string());
            }
        }
        // 月饼属于食品: the kind is named beside the thing.
        if scope.values("goods").count() > 1 {
            const KINDS: [&str; 7] = ["food", "appliance", "tea", "furniture", "bag", "jewelry", "bedding"];
            scope.0.retain(|(dimension, value)| *dimension != "goods" || !KINDS.contains(&value.as_str()));
        }
        // Before the hour of dispatch and after it are two promises.
        const WINDOWS: [&str; 8] =
            ["前付款", "前下单", "前拍下", "后付款", "后下单", "placed before", "ordered before", "placed after"];
        if let Some(window) = WINDOWS.iter().find(|window| text.contains(**window)) {
            scope.add("window", (*window).to_owned());
        }
        for pair in characters.windows(2) {
            if "行层人寸格".contains(pair[1]) && (pair[0].is_ascii_digit() || "一两二三四五六双单".contains(pair[0]))
            {
                scope.add("size", pair.iter().collect());
            }
        }
        if scope.has("part", "deposit") {
            scope.drop_dimensions(&["order"]);
        }
        if scope.has("region", "remote") {
            // 新疆 and 西藏 stand for the rest of the list that every shop gives in another order.
            scope.0.retain(|(dimension, value)| *dimension != "region" || value == "remote");
        }
        scope
    }

    pub(super) fn add(&mut self, dimension: &'static str, value: String) {
        let pair = (dimension, value);
        if let Err(at) = self.0.binary_search(&pair) {
            self.0.insert(at, pair);
        }
    }

    pub(super) fn has(&self, dimension: &str, value: &str) -> bool {
        self.0.iter().any(|(d, v)| *d == dimension && v == value)
    }

    pub(super) fn values(&self, dimension: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(d, _)| *d == dimension).map(|(_, value)| value.as_str())
    }

    pub(super) fn drop_dimensions(&mut self, dimensions: &[&str]) {
        self.0.retain(|(dimension, _)| !dimensions.contains(dimension));
    }

    /// Fills the dimensions that this scope does not speak of.
    pub(super) fn inherit(&mut self, from: &Self) {
        let own: Vec<&str> = self.0.iter().map(|(dimension, _)| *dimension).collect();
        let taken: Vec<_> = from.0.iter().filter(|(dimension, _)| !own.contains(dimension)).cloned().collect();
        self.0.extend(taken);
        self.0.sort_unstable();
    }

    /// For grouping; `-` is said and means nothing special.
    pub(super) fn key(&self) -> String {
        let parts = self.0.iter().filter(|(_, value)| value != "-");
        parts.map(|(dimension, value)| format!("{dimension}={value}")).collect::<Vec<_>>().join(" ")
    }
}

/// What a question is about and no list knows: runs of two or more characters that are no listed word.
pub(super) fn unknown_subject(question: &str, hits: &[Hit]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    let ends = hits.iter().map(|hit| (hit.start, hit.end)).chain([(question.len(), question.len())]);
    for (start, end) in ends {
        if at < start {
            let gap = &question[at..start];
            let runs = gap.split(|c: char| !zg_text::is_han(c)).filter(|run| run.chars().count() >= 2);
            found.extend(runs.map(str::to_owned));
        }
        at = end;
    }
    found
}

impl Scope {
    /// Drops goods that come from the wording of a question alone.
    pub(super) fn keep_listed_goods(&mut self) {
        // Ids of the list are ASCII, words of a question in Chinese are not.
        self.0.retain(|(dimension, value)| *dimension != "goods" || value.is_ascii());
    }
}

impl Scope {
    /// Takes over the goods of another scope that the list knows.
    pub(super) fn take_listed_goods(&mut self, from: &Self) {
        for goods in from.values("goods").filter(|goods| goods.is_ascii()) {
            self.add("goods", goods.to_owned());
        }
    }

    /// Drops values of a dimension that a name holds already.
    pub(super) fn drop_named(&mut self, dimension: &str, name: &str) {
        self.0.retain(|(d, value)| *d != dimension || !name.contains(value.as_str()));
    }

    /// Whether what it says of a dimension is a part of what another says.
    pub(super) fn within(&self, dimension: &str, other: &Self) -> bool {
        self.values(dimension).next().is_some() && self.values(dimension).all(|value| other.has(dimension, value))
    }

    /// A process inside another one has its own times: the refund of a postage, the dispatch of an exchange.
    pub(super) fn set_apart(&mut self, question: &Question, key: &str) {
        let family: &[&str] = match key {
            "refund" => &["refund", "return", "payment"],
            "ship" | "delivery" => &["ship", "delivery", "payment", "parcel"],
            "return" => &["return", "refund"],
            "exchange" => &["exchange", "return", "size"],
            "review" | "reply" | "contact" | "repair" => &[],
            _ => return,
        };
        const PROCESSES: [&str; 22] = [
            "cancel",
            "exchange",
            "return",
            "repair",
            "invoice",
            "shipping-fee",
            "coupon",
            "points",
            "price-protection",
            "gift",
            "deposit",
            "insurance",
            "complain",
            "payment",
            "account",
            "engrave",
            "quality",
            "refund",
            "change",
            "warranty",
            "change-order",
            "member",
        ];
        for of in question.hits.iter().flat_map(|hit| hit.keys()) {
            let part = matches!(of, "deposit" | "payment") && self.values("part").next().is_some();
            if PROCESSES.contains(&of) && !family.contains(&of) && !part {
                self.add("about", of.to_owned());
            }
        }
    }
}
