//! The chat widget: what a shopper sees and touches, drawn by Yew in a shadow root.
//!
//! It links no knowledge, no dialogue and no models; those live in the engine, behind a port of structured-clone
//! objects (`zg_proto::port`). The loader (`www/embed`) owns launcher, panel state and port, and hands this crate
//! three things: a shadow root, exact settings and the hooks to call.
//!
//! - `state`: what the conversation is, one reducer, pure and tested natively; `suggestions`: the same for what is typed.
//! - `wire`: the port's messages from and to JavaScript objects.
//! - `link`: text to pieces, some of which are links; the only place that decides what may be clicked.
//! - `components`, `hooks`: the view. Text goes through text nodes; there is no HTML sink.

mod app;
mod chat;
mod components;
mod hooks;
mod link;
mod locale;
mod port;
mod state;
mod suggestions;
mod wire;

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{CssStyleSheet, ShadowRoot};
use yew::AppHandle;

use crate::app::{App, AppProps};
use crate::port::{Hooks, Inbox, Input, Port, Settings};

/// A mounted widget. Dropping it in JavaScript does nothing: call [`Handle::destroy`].
#[wasm_bindgen]
pub struct Handle {
    app: AppHandle<App>,
    inbox: Rc<Inbox>,
    root: ShadowRoot,
    sheets: Array,
    element: web_sys::Element,
}

/// Draws the widget into `root`, closed.
///
/// # Errors
/// The browser lacks constructable style sheets, or `root` is not in a document.
#[wasm_bindgen]
pub fn mount(root: ShadowRoot, settings: Settings, hooks: Hooks) -> Result<Handle, JsValue> {
    // Constructed sheets, because a page's CSP may forbid `<style>` and style attributes.
    let style = CssStyleSheet::new()?;
    style.replace_sync(include_str!("widget.css"))?;
    let viewport = CssStyleSheet::new()?;
    let sheets = Array::of2(&style, &viewport);
    root.set_adopted_style_sheets(&root.adopted_style_sheets().concat(&sheets));

    let document = web_sys::window().and_then(|window| window.document()).ok_or("no document")?;
    let element = document.create_element("div")?;
    root.append_child(&element)?;

    let inbox = Rc::new(Inbox::default());
    let port = Rc::new(Port::new(hooks, viewport, &settings));
    let (large, locale) = (settings.large(), locale::Locale::new(&settings.locale(), &settings.messages()));
    let props = AppProps { inbox: inbox.clone(), port, large, locale };
    let app = yew::Renderer::<App>::with_root_and_props(element.clone(), props).render();
    Ok(Handle { app, inbox, root, sheets, element })
}

#[wasm_bindgen]
impl Handle {
    /// Takes a message of the engine's. What it does not understand is passed over: the engine may be newer.
    pub fn receive(&self, message: JsValue) {
        if let Some(message) = wire::read(&message) {
            self.inbox.push(Input::Engine(message));
        }
    }

    pub fn open(&self) {
        self.inbox.push(Input::Open);
    }

    pub fn close(&self) {
        self.inbox.push(Input::Close);
    }

    /// Sends `text` as if the shopper had typed it.
    pub fn ask(&self, text: String) {
        self.inbox.push(Input::Ask(text));
    }

    /// `messages` is the text of the locale's `widget.ftl`.
    #[wasm_bindgen(js_name = setLocale)]
    pub fn set_locale(&self, tag: &str, messages: &str) {
        self.inbox.push(Input::Locale(locale::Locale::new(tag, messages)));
    }

    /// Removes everything the widget has put into the page, listeners included.
    pub fn destroy(self) {
        self.inbox.close();
        self.app.destroy();
        self.element.remove();
        let kept = self.root.adopted_style_sheets().filter(&mut |sheet, _, _| !self.sheets.includes(&sheet, 0));
        self.root.set_adopted_style_sheets(&kept);
    }
}
