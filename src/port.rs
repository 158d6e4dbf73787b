//! The edge to JavaScript: what the loader hands in, and what the widget calls.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::CssStyleSheet;
use yew::Callback;
use zg_proto::port::{FromEngine, ToEngine};

use crate::locale::Locale;
use crate::suggestions::Change;
use crate::wire::{self, Field, Source};

/// People forget after five seconds that somebody is writing.
const TYPING_MILLIS: f64 = 3_000.0;

#[wasm_bindgen]
extern "C" {
    /// What the loader made of the page's wishes; every value is exact by now.
    pub type Settings;
    #[wasm_bindgen(method, getter)]
    pub fn locale(this: &Settings) -> String;
    /// The text of the locale's `widget.ftl`.
    #[wasm_bindgen(method, getter)]
    pub fn messages(this: &Settings) -> String;
    /// The help page, for when nothing works here.
    #[wasm_bindgen(method, getter)]
    pub fn help(this: &Settings) -> String;
    /// Where the shop can be reached apart from here; empty where the shop has not said.
    #[wasm_bindgen(method, getter)]
    pub fn contact(this: &Settings) -> String;
    /// Origin of the shop's page where the widget runs in a frame of another origin, otherwise empty.
    #[wasm_bindgen(method, getter)]
    pub fn site(this: &Settings) -> String;
    /// Whether the page is the widget's own, which it then fills.
    #[wasm_bindgen(method, getter)]
    pub fn framed(this: &Settings) -> bool;
    /// Whether everything is to be large, read aloud and a person offered first.
    #[wasm_bindgen(method, getter)]
    pub fn large(this: &Settings) -> bool;
    /// Whether tasks go to the shop's own server.
    #[wasm_bindgen(method, getter)]
    pub fn tasks(this: &Settings) -> bool;
    /// What the shop's server may know so that it recommends: `session` or `interests`.
    #[wasm_bindgen(method, getter)]
    pub fn shares(this: &Settings) -> Option<String>;
    /// Whether the browser can read aloud.
    #[wasm_bindgen(method, getter)]
    pub fn speaks(this: &Settings) -> bool;
    /// `false` where there is nothing to close to: a tab of its own.
    #[wasm_bindgen(method, getter)]
    pub fn closable(this: &Settings) -> bool;

    /// What the loader does for the widget.
    pub type Hooks;
    /// Hands a message to the engine.
    #[wasm_bindgen(method)]
    fn post(this: &Hooks, message: &JsValue);
    /// Puts a text on the clipboard.
    #[wasm_bindgen(method)]
    fn copy(this: &Hooks, text: &str);
    /// Sends people the picture that a file box, a paste or a drop holds, if it holds one; `words` stand for it where it cannot
    /// be shown. Calls `done` with the key of what to tell the shopper, or with nothing.
    #[wasm_bindgen(method)]
    fn attach(this: &Hooks, event: &JsValue, words: &str, done: &JsValue);
    /// Draws a picture, a JPEG in base64, on a canvas.
    #[wasm_bindgen(method)]
    fn paint(this: &Hooks, canvas: &JsValue, data: &str);
    /// Prints the conversation under a title; the names of its authors are properties of `who`.
    #[wasm_bindgen(method)]
    fn print(this: &Hooks, title: &str, who: &JsValue);
    /// Hands the shopper a file by which a problem can be told.
    #[wasm_bindgen(method)]
    fn report(this: &Hooks);
    /// Reads a text aloud, in a language where it is known; an empty text ends it.
    #[wasm_bindgen(method)]
    fn speak(this: &Hooks, text: &str, lang: &str);
    /// Remembers whether the shopper wants everything large.
    #[wasm_bindgen(method)]
    fn enlarge(this: &Hooks, large: bool);
    /// The shopper wants the panel closed.
    #[wasm_bindgen(method)]
    fn close(this: &Hooks);
    /// Replies that came in behind the closed panel.
    #[wasm_bindgen(method)]
    fn unread(this: &Hooks, count: u32);
}

impl Source for JsValue {
    fn get(&self, key: &str) -> Option<Self> {
        let value = Reflect::get(self, &Self::from_str(key)).ok()?;
        (!value.is_null_or_undefined()).then_some(value)
    }

    fn text(&self) -> Option<String> {
        self.as_string()
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn flag(&self) -> Option<bool> {
        self.as_bool()
    }

    fn items(&self) -> Option<Vec<Self>> {
        Array::is_array(self).then(|| Array::from(self).to_vec())
    }
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // Setting a property of a fresh object cannot fail.
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

/// The way out: to the engine and to the loader.
pub struct Port {
    hooks: Hooks,
    /// Holds what depends on the visual viewport, because style attributes may be forbidden.
    pub viewport: CssStyleSheet,
    pub help: String,
    pub contact: String,
    pub site: String,
    pub framed: bool,
    pub closable: bool,
    pub speaks: bool,
    pub tasks: bool,
    /// The words that say what the shop's server learns so that it recommends; `None` where it learns nothing.
    pub shares: Option<&'static str>,
    /// Requests for suggestions so far: two keys may come between two renderings.
    n_asked: Cell<u32>,
    /// When people were last told that the shopper is writing.
    typing_told: Cell<f64>,
    /// Who takes the suggestions.
    suggested: RefCell<Option<Callback<Change>>>,
}

impl Port {
    pub fn new(hooks: Hooks, viewport: CssStyleSheet, settings: &Settings) -> Self {
        Self {
            hooks,
            viewport,
            help: settings.help(),
            contact: settings.contact(),
            site: settings.site(),
            framed: settings.framed(),
            closable: settings.closable(),
            speaks: settings.speaks(),
            tasks: settings.tasks(),
            shares: match settings.shares().as_deref() {
                Some("session") => Some("privacy-session"),
                Some("interests") => Some("privacy-interests"),
                _ => None,
            },
            n_asked: Cell::default(),
            typing_told: Cell::default(),
            suggested: RefCell::default(),
        }
    }

    /// The number of the next request for suggestions.
    pub fn next_asked(&self) -> u32 {
        self.n_asked.set(self.n_asked.get().wrapping_add(1));
        self.n_asked.get()
    }

    /// The text box takes suggestions from here on.
    pub fn on_suggestions(&self, take: Callback<Change>) {
        *self.suggested.borrow_mut() = Some(take);
    }

    /// Hands a change of the suggestions to the text box.
    pub fn suggested(&self, change: Change) {
        let take = self.suggested.borrow().clone();
        if let Some(take) = take {
            take.emit(change);
        }
    }

    /// Puts a text on the clipboard.
    pub fn copy(&self, text: &str) {
        self.hooks.copy(text);
    }

    /// Sends the picture that an event brings, if it brings one, and hears what to tell the shopper.
    pub fn attach(&self, event: &JsValue, words: &str, done: impl FnOnce(String) + 'static) {
        self.hooks.attach(event, words, &Closure::once_into_js(done));
    }

    /// Draws a kept picture.
    pub fn paint(&self, canvas: &JsValue, data: &str) {
        self.hooks.paint(canvas, data);
    }

    /// Whether it is time to tell people again that the shopper is writing.
    pub fn may_tell_typing(&self) -> bool {
        let now = js_sys::Date::now();
        let due = now - self.typing_told.get() > TYPING_MILLIS;
        if due {
            self.typing_told.set(now);
        }
        due
    }

    pub fn speak(&self, text: &str, lang: &str) {
        self.hooks.speak(text, lang);
    }

    pub fn enlarge(&self, large: bool) {
        self.hooks.enlarge(large);
    }

    /// Prints the conversation.
    pub fn print(&self, locale: &Locale) {
        let who = Object::new();
        for author in ["shopper", "assistant", "operator", "system"] {
            set(&who, author, &JsValue::from_str(&locale.text(&["author-", author].concat())));
        }
        self.hooks.print(&locale.text("transcript"), &who);
    }

    /// Hands the shopper the conversation as a file.
    pub fn report(&self) {
        self.hooks.report();
    }

    pub fn post(&self, message: &ToEngine) {
        let object = Object::new();
        wire::write(message, |name, field| match field {
            Field::Text(text) => set(&object, name, &JsValue::from_str(text)),
            Field::Number(number) => set(&object, name, &JsValue::from_f64(f64::from(number))),
            Field::Texts(texts) => set(&object, name, &texts.iter().map(JsValue::from).collect::<Array>()),
            Field::Flag(flag) => set(&object, name, &JsValue::from_bool(flag)),
            Field::Object(fields) => {
                let inner = Object::new();
                for (name, value) in fields.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
                    set(&inner, name, &JsValue::from_str(value));
                }
                set(&object, name, &inner);
            }
        });
        self.hooks.post(&object);
    }

    pub fn close(&self) {
        if self.closable {
            self.hooks.close();
        }
    }

    pub fn unread(&self, count: u32) {
        self.hooks.unread(count);
    }
}

/// What comes in.
pub enum Input {
    Engine(FromEngine),
    Open,
    Close,
    Ask(String),
    Locale(Rc<Locale>),
}

/// Keeps what arrives before the first render, and delivers the rest at once.
#[derive(Default)]
pub struct Inbox {
    waiting: RefCell<Vec<Input>>,
    sink: RefCell<Option<Callback<Input>>>,
}

impl Inbox {
    pub fn push(&self, input: Input) {
        // Cloned out of the cell: the callback may push again.
        let sink = self.sink.borrow().clone();
        match sink {
            Some(sink) => sink.emit(input),
            None => self.waiting.borrow_mut().push(input),
        }
    }

    pub fn connect(&self, sink: Callback<Input>) {
        *self.sink.borrow_mut() = Some(sink.clone());
        let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        waiting.into_iter().for_each(|input| sink.emit(input));
    }

    pub fn close(&self) {
        *self.sink.borrow_mut() = None;
    }
}
