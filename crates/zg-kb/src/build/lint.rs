//! What a careful reader would say of the sources, as a compiler says it: where, what, and what to do.
//!
//! [`lint`] reads all entries once ([`page::Page`]) and lets each group of rules look at them.
//! Every rule is linear in the entries: what compares two of them finds the other in an index.
//! An error is what would tell a shopper something wrong; everything else is a warning.

mod answers;
mod basic;
mod boilerplate;
mod catalog;
mod contradiction;
mod dates;
mod facts;
mod intents;
mod languages;
mod links;
mod page;
mod personal;
mod polarity;
mod scope;
mod similar;
mod text;
mod values;
mod words;

use zg_domain::Date;

use super::{Entry, parallel};
use page::Page;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub file: String,
    pub line: u64,
    pub rule: &'static str,
    pub severity: Severity,
    /// What is wrong, with the other place where there is one.
    pub message: String,
    /// What to do, in one sentence; may be empty.
    pub fix: String,
}

/// A product as the shop's catalog has it, for answers that repeat what the catalog says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CatalogFact {
    /// What entries name in `product`.
    pub id: String,
    pub title: String,
    pub price: Option<f64>,
    /// ISO 4217; empty: the shop's own.
    pub currency: String,
    /// As in a product feed: `in_stock`, `out_of_stock`, `preorder`; empty: not known.
    pub availability: String,
    pub url: String,
    pub attributes: Vec<(String, String)>,
    pub file: String,
    pub line: u64,
}

/// Tells the intent of a text in a language, with its confidence.
pub type Classifier<'c> = dyn Fn(&str, &str) -> Option<(String, f32)> + Sync + 'c;

/// The intents that nearly every shop is asked about.
pub const TOP_INTENTS: [&str; 14] = [
    "order_status",
    "shipping_time",
    "return_request",
    "refund_status",
    "exchange_request",
    "invoice",
    "payment",
    "coupon_promo",
    "shipping_fee_area",
    "cancel_order",
    "change_order",
    "size_advice",
    "after_sales_warranty",
    "human_agent",
];

/// What the linter knows besides the entries.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// The day validity is judged by.
    pub today: Date,
    pub products: &'c [CatalogFact],
    /// Without one, intents are those the authors set.
    pub intents: Option<&'c Classifier<'c>>,
    /// Intents that some entry of each language should carry; empty: none is asked for.
    pub top_intents: &'c [&'c str],
    /// Ids that links may name besides those of the entries, such as those of another bundle.
    pub known_ids: &'c [&'c str],
}

impl Context<'_> {
    /// The entries alone, judged on a day.
    #[must_use]
    pub const fn on(today: Date) -> Self {
        Self { today, products: &[], intents: None, top_intents: &TOP_INTENTS, known_ids: &[] }
    }
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("today", &self.today)
            .field("products", &self.products)
            .field("intents", &self.intents.is_some())
            .field("top_intents", &self.top_intents)
            .field("known_ids", &self.known_ids)
            .finish()
    }
}

/// Looks entries over. Findings come by file, line and rule.
#[must_use]
pub fn lint<'e>(entries: impl IntoIterator<Item = &'e Entry>, context: &Context<'_>) -> Vec<Finding> {
    let entries: Vec<&Entry> = entries.into_iter().collect();
    let pages = parallel::map(&entries, |entry| Page::read(entry));
    // What compares entries with one another goes through them in order, so it has a core to itself.
    let (between, (alone, rest)) = parallel::join(
        || {
            let mut findings = Vec::new();
            let contradicting = contradiction::check(&pages, &mut findings);
            similar::check(&pages, &contradicting, &mut findings);
            findings
        },
        || {
            let alone = parallel::map(&pages, |page| {
                let mut findings = Vec::new();
                basic::check(page, &mut findings);
                dates::check(page, context.today, &mut findings);
                answers::check(page, &mut findings);
                personal::check(page, &mut findings);
                findings
            });
            let mut rest = Vec::new();
            links::check(&pages, context.known_ids, &mut rest);
            languages::check(&pages, &mut rest);
            boilerplate::check(&pages, &mut rest);
            catalog::check(&pages, context.products, &mut rest);
            intents::check(&pages, context, &mut rest);
            (alone, rest)
        },
    );
    let mut findings: Vec<Finding> = alone.into_iter().flatten().chain(between).chain(rest).collect();
    findings.sort_by(|a, b| (&a.file, a.line, a.rule).cmp(&(&b.file, b.line, b.rule)));
    findings
}

impl Finding {
    fn error(entry: &Entry, rule: &'static str, message: String, fix: &str) -> Self {
        Self::new(entry, rule, Severity::Error, message, fix)
    }

    fn warning(entry: &Entry, rule: &'static str, message: String, fix: &str) -> Self {
        Self::new(entry, rule, Severity::Warning, message, fix)
    }

    fn new(entry: &Entry, rule: &'static str, severity: Severity, message: String, fix: &str) -> Self {
        Self { file: entry.file.clone(), line: entry.line, rule, severity, message, fix: fix.to_owned() }
    }
}
