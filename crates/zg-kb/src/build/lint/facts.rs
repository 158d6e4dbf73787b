//! What an answer asserts: an attribute, its circumstances, its value.

use super::polarity;
use super::scope::{Scope, unknown_subject};
use super::text::{self, Quantity, Unit};
use super::values;
use super::words::{self, Hit, Sense};

/// One assertion of an answer.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub(super) key: String,
    pub(super) scope: Scope,
    pub(super) value: Value,
    /// The clause it was read from, folded.
    pub(super) clause: String,
    pub(super) sentence: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    Quantity { unit: Unit, low: f64, high: f64, soft: bool },
    Choice(&'static str),
}

/// A folded question and what its words mean.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) text: String,
    pub(super) hits: Vec<Hit>,
    pub(super) scope: Scope,
    pub(super) chinese: bool,
    /// Two goods side by side are one thing: 真丝衬衫.
    compound: bool,
}

impl Question {
    pub(super) fn read(question: &str, chinese: bool) -> Self {
        let text = zg_text::normalize(question);
        let hits = words::hits(&text);
        let mut scope = Scope::of(&text, &hits);
        if chinese {
            for subject in unknown_subject(&text, &hits) {
                scope.add("goods", subject);
            }
        }
        let goods = |hit: &Hit| hit.senses.iter().any(|sense| matches!(sense, Sense::Tag("goods", _)));
        let compound = hits.windows(2).any(|pair| goods(&pair[0]) && goods(&pair[1]) && pair[0].end == pair[1].start);
        Self { text, hits, scope, chinese, compound }
    }

    pub(super) fn asks(&self, what: &str) -> bool {
        self.hits.iter().any(|hit| hit.senses.iter().any(|sense| matches!(sense, Sense::Ask(ask) if *ask == what)))
    }

    /// Whether a yes or a no is a whole answer to it.
    pub(super) fn yes_or_no(&self) -> bool {
        const OPENERS: [&str; 21] = [
            "do ", "does ", "did ", "can ", "could ", "is ", "are ", "will ", "would ", "may ", "should ", "has ",
            "have ", "am ", "must ", "is it ", "can i ", "do i ", "shall ", "was ", "were ",
        ];
        if !self.chinese {
            return OPENERS.iter().any(|opener| self.text.starts_with(opener)) && !self.text.contains(" or ");
        }
        let asked = self.hits.iter().any(|hit| hit.senses.iter().any(|sense| matches!(sense, Sense::Ask(_))));
        const MARKS: [&str; 14] = [
            "吗",
            "么",
            "嘛",
            "能不能",
            "可不可以",
            "是不是",
            "有没有",
            "会不会",
            "是否",
            "能否",
            "可否",
            "行不行",
            "要不要",
            "支不支持",
        ];
        !asked && !self.text.contains("还是") && MARKS.iter().any(|mark| self.text.contains(mark))
    }

    pub(super) fn keys(&self) -> impl DoubleEndedIterator<Item = (&Hit, &'static str)> {
        self.hits.iter().filter(|hit| !is_event(&self.text, hit)).flat_map(|hit| {
            hit.senses
                .iter()
                .filter_map(move |sense| if let Sense::Key(key) = sense { Some((hit, *key)) } else { None })
        })
    }
}

/// A clause with everything that reading it needs.
pub(super) struct Clause<'c> {
    pub(super) text: &'c str,
    pub(super) hits: &'c [Hit],
    pub(super) quantities: &'c [Quantity],
    pub(super) scope: &'c Scope,
    pub(super) question: &'c Question,
    pub(super) sentence: usize,
    pub(super) first: bool,
}

impl Clause<'_> {
    pub(super) fn marked(&self, mark: &str) -> bool {
        self.hits.iter().any(|hit| hit.senses.iter().any(|sense| matches!(sense, Sense::Mark(m) if *m == mark)))
    }

    pub(super) fn has_key(&self, wanted: &str) -> bool {
        self.hits.iter().any(|hit| hit.keys().any(|key| key == wanted))
    }

    pub(super) fn fact(&self, key: &str, value: Value) -> Fact {
        Fact {
            key: key.to_owned(),
            scope: self.scope.clone(),
            value,
            clause: self.text.to_owned(),
            sentence: self.sentence,
        }
    }
}

/// "after delivery", 签收后, 发货起: the word names the moment a period begins, not what the period is of.
pub(super) fn is_event(text: &str, hit: &Hit) -> bool {
    let after = &text[hit.end..];
    let before = text[..hit.start].trim_end();
    ["后", "的", "起", "之日", "次日", "当日", "那天", "以后", "之后", "的次日", "时起"]
        .iter()
        .any(|mark| after.starts_with(mark))
        || ["of", "after", "from", "since", "upon", "following"]
            .iter()
            .any(|word| before.strip_suffix(word).is_some_and(|rest| rest.ends_with(' ') || rest.is_empty()))
}

/// The assertions of an answer, given as folded lines, to a question, in order.
pub(super) fn facts(question: &Question, lines: &[String]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut n_sentences = 0;
    for line in lines {
        for sentence in text::sentences(line) {
            let mut carried = Scope::default();
            let mut last_key = None;
            for (at, clause) in sentence.iter().enumerate() {
                let quantities = text::quantities(clause);
                let mut hits = words::hits(clause);
                // 3个工作日 is a number of days, not what holds on weekdays.
                hits.retain(|hit| !quantities.iter().any(|q| hit.start < q.end && q.start < hit.end));
                let mut scope = Scope::of(clause, &hits);
                let marked = |mark| hits.iter().any(|hit| hit.has(Sense::Mark(mark)));
                if marked("other") {
                    scope.inherit(&Scope::default());
                } else {
                    if question.compound && scope.within("goods", &question.scope) {
                        // 真丝不能熨 of a silk shirt is of the shirt.
                        scope.take_listed_goods(&question.scope);
                    }
                    scope.inherit(&carried);
                    if !marked("all") {
                        scope.inherit(&question.scope);
                    }
                }
                let clause = Clause {
                    text: clause,
                    hits: &hits,
                    quantities: &quantities,
                    scope: &scope,
                    question,
                    sentence: n_sentences,
                    first: n_sentences == 0 && at == 0,
                };
                values::read(&clause, sentence.get(at + 1).copied(), &mut last_key, &mut facts);
                polarity::read(&clause, &mut facts);
                carried = scope;
            }
            n_sentences += 1;
        }
    }
    for fact in &mut facts {
        fact.scope.set_apart(question, &fact.key);
        if matches!(fact.value, Value::Choice("yes" | "no"))
            && !matches!(fact.key.as_str(), "return" | "exchange" | "cancel")
        {
            fact.scope.drop_dimensions(&["reason"]);
        }
        if fact.key == "return" && fact.clause.contains("无理由") && matches!(fact.value, Value::Quantity { .. }) {
            fact.scope.drop_dimensions(&["pack"]);
        }
        if fact.key == "cutoff" {
            fact.scope.drop_dimensions(&["window"]);
        }
        if fact.key == "store" && fact.value == Value::Choice("yes") {
            // A shop in one place contradicts having none.
            fact.scope.drop_dimensions(&["region"]);
        }
        let ignored: &[&str] = match fact.key.as_str() {
            "warranty" | "repair" => &["reason", "pack"],
            "hours" => &["goods", "time", "who", "stage"],
            "refund" => &["goods", "reason", "stage"],
            "free-shipping" | "cutoff" | "invoice" | "cod" | "pickup" | "price-protection" | "points-rate"
            | "stack" | "paypal" | "installments" | "reduction" | "store" => &["goods", "time", "stage"],
            "trade-in" => &["goods"],
            "battery" | "charge" => &["part"],
            _ => &[],
        };
        fact.scope.drop_dimensions(ignored);
        if matches!(
            fact.key.as_str(),
            "ship"
                | "return"
                | "exchange"
                | "shipping-fee"
                | "postage-payer"
                | "limit"
                | "delivery"
                | "install"
                | "membership"
                | "deposit"
                | "gift-wrap"
                | "engrave"
        ) {
            // Only listed goods set such a rule apart; other words of a question are its wording.
            fact.scope.keep_listed_goods();
        }
        if matches!(fact.key.as_str(), "alipay" | "wechat-pay" | "huabei" | "card") {
            fact.scope.drop_dimensions(&["channel", "goods"]);
        }
        if matches!(fact.key.as_str(), "cod" | "paypal" | "apple-pay" | "klarna" | "store" | "pickup") {
            fact.scope.drop_dimensions(&["channel"]);
        }
        if fact.key == "reduction" || fact.key == "coupon" || fact.key == "discount" || fact.key == "coupon-threshold" {
            fact.scope.drop_dimensions(&["goods", "time"]);
            if fact.key == "discount" && fact.scope.values("member").next().is_some() {
                fact.scope.drop_dimensions(&["coupon"]);
            } else if fact.scope.values("coupon").next().is_some() {
                fact.scope.drop_dimensions(&["member"]);
            }
        }
    }
    facts
}
