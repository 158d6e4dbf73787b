//! An answer as JSON: the form of [`zg_proto::recommendation::Recommendations`], written item by item from what the index lends.
//!
//! No list of cards and reasons is made to be written and dropped; the tests hold it against that form as serde writes it.

use zg_recommend::{Hit, Reason};

use super::live::{Card, Live};

/// What is answered.
pub(super) struct Answer<'a> {
    pub live: &'a Live,
    pub request: &'a str,
    pub version: &'a str,
    pub hits: &'a [Hit],
    /// Of each of them.
    pub propensities: &'a [f32],
    /// Why there are none.
    pub empty: Option<&'a str>,
}

impl Answer<'_> {
    pub fn to_json(&self) -> Vec<u8> {
        let mut json =
            Json(Vec::with_capacity(256 + self.hits.len() * if self.live.cards.is_empty() { 192 } else { 512 }));
        json.raw(b"{\"request\":").word(self.request).raw(b",\"version\":").word(self.version).raw(b",\"items\":[");
        for (slot, (hit, propensity)) in self.hits.iter().zip(self.propensities).enumerate() {
            json.raw(if slot == 0 { b"{\"item\":" } else { b",{\"item\":" })
                .text(self.live.index.names().get(hit.item));
            json.raw(b",\"score\":").number(hit.score).raw(b",\"reason\":").word(hit.reason.name());
            json.because(self.live, hit.reason).raw(b",\"propensity\":").number(*propensity);
            json.raw(b",\"slot\":").whole(slot as u64);
            if let Some(card) = self.live.cards.get(hit.item as usize).and_then(Option::as_ref) {
                json.card(card);
            }
            json.raw(b"}");
        }
        json.raw(b"]");
        if let Some(empty) = self.empty {
            json.raw(b",\"empty\":").word(empty);
        }
        json.raw(b"}");
        json.0
    }
}

/// Rounded to a millionth, as numbers are written.
pub(super) fn rounded(value: f32) -> f64 {
    (f64::from(value) * MILLION).round() / MILLION
}

const MILLION: f64 = 1e6;

struct Json(Vec<u8>);

impl Json {
    fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        // Hardly any name has anything to escape; all of it is looked at together.
        if text.bytes().fold(false, |escape, byte| escape | (byte < b' ') | (byte == b'"') | (byte == b'\\')) {
            // Into memory: it cannot fail.
            let _ = serde_json::to_writer(&mut self.0, text);
            return self;
        }
        self.raw(b"\"").raw(text.as_bytes()).raw(b"\"")
    }

    /// A text of our own, without anything to escape.
    fn word(&mut self, word: &str) -> &mut Self {
        self.raw(b"\"").raw(word.as_bytes()).raw(b"\"")
    }

    fn whole(&mut self, number: u64) -> &mut Self {
        if number < 10 {
            self.0.push(b'0' + number as u8);
            return self;
        }
        self.whole(number / 10).whole(number % 10)
    }

    /// [`rounded`], of no more digits than that takes.
    fn number(&mut self, value: f32) -> &mut Self {
        let millionths = (f64::from(value) * MILLION).round();
        if !(0.0..1e15).contains(&millionths) {
            let _ = serde_json::to_writer(&mut self.0, &rounded(value));
            return self;
        }
        let (millionths, million) = (millionths as u64, MILLION as u64);
        self.whole(millionths / million);
        let mut rest = (millionths % million) as u32;
        let mut digits = *b".000000";
        for digit in digits[1..].iter_mut().rev() {
            *digit += (rest % 10) as u8;
            rest /= 10;
        }
        let zeros = digits[2..].iter().rev().take_while(|&&digit| digit == b'0').count();
        // All of them, whose number is known, and then fewer.
        self.raw(&digits);
        self.0.truncate(self.0.len() - zeros);
        self
    }

    /// The figures behind a reason.
    fn because(&mut self, live: &Live, reason: Reason) -> &mut Self {
        let name = |item: u32| live.index.names().get(item);
        let label = |number: u32| live.labels.name(number);
        match reason {
            Reason::ViewedAfter { item, sessions } | Reason::ViewedTogether { item, sessions } => {
                let of = self.raw(b",\"because\":{\"item\":").text(name(item));
                of.raw(b",\"sessions\":").whole(u64::from(sessions)).raw(b"}")
            }
            Reason::SameCategory { item } | Reason::SameBrand { item } | Reason::SimilarText { item } => {
                self.raw(b",\"because\":{\"item\":").text(name(item)).raw(b"}")
            }
            Reason::SeenBefore { clicks } => self.raw(b",\"because\":{\"clicks\":").whole(u64::from(clicks)).raw(b"}"),
            Reason::Popular { sessions } => {
                self.raw(b",\"because\":{\"sessions\":").whole(u64::from(sessions)).raw(b"}")
            }
            Reason::OfCategory { category } => match label(category) {
                Some(name) => self.raw(b",\"because\":{\"category\":").text(name).raw(b"}"),
                None => self.raw(b",\"because\":{}"),
            },
            Reason::OfBrand { brand } => match label(brand) {
                Some(name) => self.raw(b",\"because\":{\"brand\":").text(name).raw(b"}"),
                None => self.raw(b",\"because\":{}"),
            },
            Reason::New | Reason::Explored => self,
        }
    }

    /// Enough to draw a card.
    fn card(&mut self, card: &Card) {
        let Card { title, price, currency, url, image } = card;
        let fields = [("title", title), ("price", price), ("currency", currency), ("url", url), ("image", image)];
        self.raw(b",\"product\":{");
        let mut first = true;
        for (name, text) in fields.into_iter().filter(|(_, text)| !text.is_empty()) {
            self.raw(if first { b"\"" } else { b",\"" }).raw(name.as_bytes()).raw(b"\":").text(text);
            first = false;
        }
        self.raw(b"}");
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use zg_proto::recommendation::{Because, CatalogProduct, ItemName, ProductCard, Recommendations, Recommended};
    use zg_recommend::{Index, Knobs};

    use super::*;

    const NAMES: [&str; 4] = ["A-1", "雨伞 \"大\"", "tab\tand \\ and \u{1}", "\u{7f}é🎁"];

    fn live() -> Live {
        let mut live = Live::new(Index::empty(Knobs::default(), 0.0), 0, 0.0, false);
        for (at, name) in NAMES.into_iter().enumerate() {
            live.set_product(&CatalogProduct {
                item: ItemName(name.to_owned()),
                title: (at != 1).then(|| format!("of \"{name}\"")),
                price: (at != 2).then(|| "12.50".to_owned()),
                category: Some("雨具\n".to_owned()),
                brand: Some("\"b\"".to_owned()),
                url: (at == 3).then(|| "https://shop.example/?a=\\".to_owned()),
                ..CatalogProduct::default()
            });
        }
        live
    }

    /// The same by way of the form.
    fn form<'a>(answer: &Answer<'a>) -> Recommendations<'a> {
        let live = answer.live;
        let name = |item: u32| Some(Cow::Borrowed(live.index.names().get(item)));
        let label = |number: u32| live.labels.name(number).map(Cow::Borrowed);
        let because = |reason: Reason| {
            let nothing = Because::default();
            match reason {
                Reason::ViewedAfter { item, sessions } | Reason::ViewedTogether { item, sessions } => {
                    Some(Because { item: name(item), sessions: Some(sessions), ..nothing })
                }
                Reason::SeenBefore { clicks } => Some(Because { clicks: Some(clicks), ..nothing }),
                Reason::SameCategory { item } | Reason::SameBrand { item } | Reason::SimilarText { item } => {
                    Some(Because { item: name(item), ..nothing })
                }
                Reason::Popular { sessions } => Some(Because { sessions: Some(sessions), ..nothing }),
                Reason::OfCategory { category } => Some(Because { category: label(category), ..nothing }),
                Reason::OfBrand { brand } => Some(Because { brand: label(brand), ..nothing }),
                Reason::New | Reason::Explored => None,
            }
        };
        let card = |item: u32| {
            let Card { title, price, currency, url, image } = live.cards.get(item as usize)?.as_ref()?;
            let [title, price, currency, url, image] =
                [title, price, currency, url, image].map(|text| Cow::Borrowed(text.as_str()));
            Some(ProductCard { title, price, currency, url, image })
        };
        let items = answer.hits.iter().zip(answer.propensities).enumerate();
        let items = items.map(|(slot, (hit, &propensity))| Recommended {
            item: Cow::Borrowed(live.index.names().get(hit.item)),
            score: rounded(hit.score),
            reason: Cow::Borrowed(hit.reason.name()),
            because: because(hit.reason),
            propensity: rounded(propensity),
            slot: slot as u32,
            product: card(hit.item),
        });
        Recommendations {
            request: Cow::Borrowed(answer.request),
            version: Cow::Borrowed(answer.version),
            items: items.collect(),
            empty: answer.empty.map(Cow::Borrowed),
        }
    }

    #[test]
    fn an_answer_is_what_its_form_would_be_written_as() {
        let live = live();
        let known = *live.index.catalog().about(0).unwrap();
        let reasons = [
            Reason::ViewedAfter { item: 1, sessions: 0 },
            Reason::ViewedTogether { item: 2, sessions: u32::MAX },
            Reason::SeenBefore { clicks: 10 },
            Reason::SameCategory { item: 3 },
            Reason::SameBrand { item: 0 },
            Reason::SimilarText { item: 1 },
            Reason::Popular { sessions: 1_234_567 },
            Reason::OfCategory { category: known.category },
            Reason::OfBrand { brand: known.brand },
            Reason::OfCategory { category: 0 },
            Reason::OfBrand { brand: u32::MAX },
            Reason::New,
            Reason::Explored,
        ];
        // Larger than a ten-thousandth: serde writes smaller ones with an exponent.
        let scores = [0.0, 1.0, 0.5, 0.123_456_7, 0.999_999_9, 12.25, 100.0, 0.000_123, 3e9, 1e20, -0.5, f32::NAN, 0.1];
        let hits: Vec<Hit> = (0..NAMES.len() as u32)
            .flat_map(|item| reasons.into_iter().zip(scores).map(move |(reason, score)| Hit { item, score, reason }))
            .collect();
        let propensities: Vec<f32> = hits.iter().rev().map(|hit| hit.score).collect();
        for (n, empty) in [(0, Some("all_excluded")), (0, None), (1, None), (hits.len(), None)] {
            let answer = Answer {
                live: &live,
                request: "0123abcd",
                version: "00000000-4",
                hits: &hits[..n],
                propensities: &propensities[..n],
                empty,
            };
            let written = String::from_utf8(answer.to_json()).unwrap();
            assert_eq!(written, serde_json::to_string(&form(&answer)).unwrap());
        }
    }

    #[test]
    fn a_number_reads_as_what_it_was_rounded_to() {
        let small = (0..2_000).map(|n| n as f32 * 0.7e-6);
        let ends = [f32::MIN_POSITIVE, f32::MAX, f32::MIN, 4.999_999e-7, 5.000_001e-7, 999_999_999.0, 1e9, 1e15];
        for value in small.chain((0..5_000).map(|n| n as f32 / 4_999.0)).chain(ends) {
            let mut json = Json(Vec::new());
            json.number(value);
            let read: f64 = std::str::from_utf8(&json.0).unwrap().parse().unwrap();
            assert_eq!(read.to_bits(), rounded(value).to_bits(), "{value}");
        }
    }
}
