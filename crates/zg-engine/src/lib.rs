//! The engine: knowledge, dialogue and sync, in a worker or, where a page forbids workers, on its UI thread.
//!
//! One task takes inputs one at a time: messages of the port, events of the server's stream, news from other tabs.
//! So no two turns overlap, and the database is written by one hand per tab.

mod desk;
mod device;
mod engine;
mod models;
mod starters;
#[path = "../../zg-web/src/unicode.rs"]
mod unicode;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedSender, unbounded};
use js_sys::Function;
use wasm_bindgen::prelude::*;
use zg_kb::{Beside, Bundle, Companion, Embedding};
use zg_proto::port::{FromEngine, Models, ToEngine};
use zg_sync::ServerEvent;

/// What the engine's task takes.
enum Input {
    Port(ToEngine),
    /// Knowledge to answer from, in place of what there was.
    Knowledge(Box<Bundle>),
    /// What lies beside it.
    Beside(Box<Companion>),
    /// What texts mean, in place of what there was for the same language.
    Embedding(Box<Embedding>),
    Understand(Function),
    Models(Models),
    /// An event of the stream numbered so; those of a stream that was left are passed over.
    Stream(u32, ServerEvent),
    StreamEnded(u32, Option<u16>),
    /// It is time to try the outbox again.
    PumpAgain,
    /// It is time to open the stream again.
    StreamAgain,
    /// Another tab has changed the database; one that leads adds what is kept nowhere.
    News(Option<String>),
    /// Whether this tab talks to the shop's people for all tabs.
    Lead(bool),
    /// Who makes lists of products, and hears what becomes of them.
    Shop(Function),
    /// A list has come, by the id of the wish for it: the maker's own id of it, then a line for each item.
    Listed(String, String),
    /// An operator's "is writing" has gone stale.
    TypingOver(u32),
}

/// Posts to the widget, as JSON: the host makes an object of it, because the browser's parser costs no download.
#[derive(Clone)]
struct Poster(Function);

impl Poster {
    fn post(&self, message: &FromEngine) {
        // A widget that has gone throws; there is nobody to tell.
        let _ = self.0.call1(&JsValue::NULL, &zg_proto::to_json(message).into());
    }
}

/// What the host (`host.js`) holds.
#[wasm_bindgen]
pub struct Engine {
    inputs: UnboundedSender<Input>,
    post: Poster,
    /// The number of the last request for suggestions: those before it are not worth an answer.
    newest: Rc<Cell<u32>>,
    /// What the last bundle names beside it.
    beside: RefCell<Vec<Beside>>,
    /// The index of products of the last bundle, until the host takes it.
    recommender: RefCell<Vec<u8>>,
}

/// What a bundle names beside it: a line for each file, SHA-256 in hexadecimal digits, length and `1` where products are in it, with
/// spaces between.
#[wasm_bindgen]
#[must_use]
pub fn named(bundle: &[u8]) -> String {
    let mut lines = String::new();
    for beside in Beside::of(bundle).unwrap_or_default() {
        let products = if beside.has_products() { " 1\n" } else { " \n" };
        for part in [&beside.sha256_text(), " ", &beside.bytes().to_string(), products] {
            lines.push_str(part);
        }
    }
    lines
}

/// An utterance in standard words, as the dialogue reads it; for whoever measures the way from text to labels.
#[wasm_bindgen]
#[must_use]
pub fn read(text: &str) -> String {
    unicode::normalize_by_browser();
    zg_text::read(text).text
}

#[wasm_bindgen]
impl Engine {
    /// `post` takes the engine's messages to the widget, each as JSON.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(post: Function) -> Self {
        unicode::normalize_by_browser();
        let (inputs, taken) = unbounded();
        let post = Poster(post);
        let newest = Rc::new(Cell::new(0));
        wasm_bindgen_futures::spawn_local(engine::run(taken, inputs.clone(), post.clone(), newest.clone()));
        Self { inputs, post, newest, beside: RefCell::default(), recommender: RefCell::default() }
    }

    /// Takes a message of the widget's, as JSON. One that is not of the port's form is answered with a `fatal` of code `port`.
    pub fn receive(&self, message: &str) {
        match zg_proto::from_json::<ToEngine>(message) {
            Ok(message) => {
                if let ToEngine::Suggest { seq, .. } = &message {
                    self.newest.set(*seq);
                }
                self.send(Input::Port(message));
            }
            Err(error) => self.post.post(&FromEngine::Fatal { code: "port".to_owned(), text: error.to_string() }),
        }
    }

    /// Opens a bundle and answers from it from here on.
    ///
    /// # Errors
    /// What is wrong with it, for the console; what was there goes on answering.
    pub fn open(&self, bundle: Vec<u8>) -> Result<(), String> {
        let mut bundle = Bundle::open(bundle).map_err(|error| error.to_string())?;
        *self.recommender.borrow_mut() = bundle.take_recommender();
        *self.beside.borrow_mut() = bundle.beside().to_vec();
        self.send(Input::Knowledge(Box::new(bundle)));
        Ok(())
    }

    /// Takes a file that the bundle opened last names beside it.
    ///
    /// # Errors
    /// Where it is another file, for the console; the bundle goes on without.
    #[wasm_bindgen(js_name = takeIn)]
    pub fn take_in(&self, file: &[u8]) -> Result<(), String> {
        let mut companion = Companion::open(file, &self.beside.borrow()).map_err(|error| error.to_string())?;
        if companion.has_products() {
            *self.recommender.borrow_mut() = companion.take_recommender();
        }
        self.send(Input::Beside(Box::new(companion)));
        Ok(())
    }

    /// Searches by meaning as well from here on.
    ///
    /// # Errors
    /// What is wrong with the embedding, for the console; the search goes on without it.
    pub fn attach(&self, embedding: &[u8]) -> Result<(), String> {
        let embedding = Embedding::read(embedding).map_err(|error| error.to_string())?;
        self.send(Input::Embedding(Box::new(embedding)));
        Ok(())
    }

    /// Gives the engine the models: a function from text to what they make of it, as JSON, or `undefined`.
    #[wasm_bindgen(js_name = setUnderstand)]
    pub fn set_understand(&self, understand: Function) {
        self.send(Input::Understand(understand));
    }

    /// What the bundle opened last, or the file beside it, has of a recommendation index, once; empty where it has none, or it was taken.
    pub fn recommender(&self) -> Vec<u8> {
        self.recommender.take()
    }

    /// Gives the engine who makes lists of products: a function of a JSON text. One with an `id` wants a list, and the function
    /// gives a promise of its maker's own id and, a line each, name, reason and cause, with tabs between; one with a `type` says
    /// what was done with a product.
    #[wasm_bindgen(js_name = setShop)]
    pub fn set_shop(&self, shop: Function) {
        self.send(Input::Shop(shop));
    }

    /// Whether this tab talks to the shop's people for all tabs of the shop; until the host says otherwise it does.
    pub fn lead(&self, leads: bool) {
        self.send(Input::Lead(leads));
    }

    /// `absent`, `loading` or `ready`.
    #[wasm_bindgen(js_name = modelsState)]
    pub fn models_state(&self, state: &str) {
        self.send(Input::Models(match state {
            "loading" => Models::Loading,
            "ready" => Models::Ready,
            _ => Models::Absent,
        }));
    }

    fn send(&self, input: Input) {
        // The task ends with the module, so there is always someone who listens.
        let _ = self.inputs.unbounded_send(input);
    }
}
