//! The reader's language: messages of the locale file, times and dates by the browser's `Intl`.

use std::rc::Rc;

use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;
use zg_domain::fluent::Catalog;

/// One locale.
#[derive(Debug)]
pub struct Locale {
    pub tag: String,
    catalog: Catalog,
}

impl PartialEq for Locale {
    // Every message asks at every render, and a tag has one catalog.
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag
    }
}

impl Locale {
    pub fn new(tag: &str, messages: &str) -> Rc<Self> {
        Rc::new(Self { tag: tag.to_owned(), catalog: Catalog::parse(messages) })
    }

    pub fn text(&self, key: &str) -> String {
        self.catalog.text(key, &[])
    }

    pub fn with(&self, key: &str, name: &str, value: &str) -> String {
        self.catalog.text(key, &[(name, value)])
    }

    /// The message, or nothing where this locale has none: for keys that come from the engine.
    pub fn find(&self, key: &str) -> Option<String> {
        self.catalog.keys().binary_search(&key).ok().map(|_| self.text(key))
    }

    /// `14:05`
    pub fn time(&self, at: i64) -> String {
        self.format(&date(at), &[("hour", "numeric"), ("minute", "2-digit")])
    }

    /// "Today", "Yesterday" or the date.
    pub fn day(&self, at: i64) -> String {
        let today = local_day(Date::now() as i64);
        match today - local_day(at) {
            0 => self.text("day-today"),
            1 => self.text("day-yesterday"),
            distance if distance < 300 => {
                self.format(&date(at), &[("month", "long"), ("day", "numeric"), ("weekday", "short")])
            }
            _ => self.format(&date(at), &[("year", "numeric"), ("month", "long"), ("day", "numeric")]),
        }
    }

    /// A `YYYY-MM-DD` in the reader's way; as it is where it is not a date.
    pub fn calendar_date(&self, text: &str) -> String {
        let Some(day) = zg_domain::Date::parse(text) else {
            return text.to_owned();
        };
        let options = [("year", "numeric"), ("month", "long"), ("day", "numeric"), ("timeZone", "UTC")];
        self.format(&date(day.days() * 86_400_000), &options)
    }

    fn format(&self, date: &Date, options: &[(&str, &str)]) -> String {
        let object = Object::new();
        for (key, value) in options {
            // Setting a property of a fresh object cannot fail.
            let _ = Reflect::set(&object, &JsValue::from_str(key), &JsValue::from_str(value));
        }
        date.to_locale_string(&self.tag, &object).into()
    }
}

fn date(at: i64) -> Date {
    Date::new(&JsValue::from_f64(at as f64))
}

/// The reader's calendar day, counted from an arbitrary one.
pub fn local_day(at: i64) -> i64 {
    let offset_minutes = date(at).get_timezone_offset() as i64;
    (at - offset_minutes * 60_000).div_euclid(86_400_000)
}
