//! Recommendations in the browser: a WASM module of its own, fetched when a list of products is first wanted.
//!
//! Apart from the engine, because most visits want none and every visit would download it.

use wasm_bindgen::prelude::*;
use zg_recommend::feedback::Dislike;
use zg_recommend::named::{Shopper, list};
use zg_recommend::{Index, Rules, Workspace};

/// An index of what goes with what, as the shop's knowledge carries it.
#[wasm_bindgen]
pub struct Recommender {
    index: Index,
    workspace: Workspace,
}

#[wasm_bindgen]
impl Recommender {
    /// Opens an index; no bytes make it panic.
    ///
    /// # Errors
    /// What is wrong with it, for the console.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8]) -> Result<Self, String> {
        let index = Index::load(bytes).map_err(|error| error.to_string())?;
        Ok(Self { index, workspace: Workspace::default() })
    }

    /// Takes in a visit that is over; the next list knows it. `items` are separated by line feeds, `end` is in seconds since 1970.
    pub fn insert(&mut self, items: &str, end: f64) -> bool {
        self.index.insert(items.split('\n').filter(|item| !item.is_empty()), end)
    }

    /// A list of at most `k` items, a line for each: name, reason and, where there is one, the item that led to it, with tabs
    /// between. `session`, `hidden`, `liked` are names, separated by line feeds, `dismissed` lines of a reason, a tab and a name;
    /// `least` and `most` are hundredths of the currency.
    #[allow(clippy::too_many_arguments, reason = "the caller is JavaScript, and an object costs a reader")]
    pub fn list(
        &mut self,
        session: &str,
        hidden: &str,
        dismissed: &str,
        liked: &str,
        least: f64,
        most: f64,
        k: u32,
    ) -> String {
        fn names(text: &str) -> Vec<&str> {
            text.split('\n').filter(|name| !name.is_empty()).collect()
        }
        let waved = |line: &'_ str| -> Option<(usize, Dislike)> {
            let (why, _) = line.split_once('\t')?;
            let why = match why {
                "brand" => Dislike::Brand,
                "price" => Dislike::Price,
                "category" => Dislike::Category,
                _ => Dislike::Item,
            };
            Some((line.find('\t')? + 1, why))
        };
        let dismissed: Vec<(&str, Dislike)> =
            names(dismissed).into_iter().filter_map(|line| waved(line).map(|(at, why)| (&line[at..], why))).collect();
        let (session, hidden, liked) = (names(session), names(hidden), names(liked));
        let shopper = Shopper {
            session: &session,
            hidden: &hidden,
            dismissed: &dismissed,
            liked: &liked,
            price: (least > 0.0 || most.is_finite()).then_some((least as u64, most as u64)),
        };
        let mut text = String::new();
        for one in list(&self.index, &shopper, &Rules::of_house(), k as usize, &mut self.workspace) {
            for part in [one.item, "\t", one.reason.name(), "\t", one.because.unwrap_or_default(), "\n"] {
                text.push_str(part);
            }
        }
        text
    }
}
