//! Keeps the panel inside what the on-screen keyboard leaves free.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CssStyleSheet, VisualViewport};
use yew::prelude::*;

use crate::port::Port;

/// While `open`, writes height and offset of the visual viewport into custom properties.
///
/// `dvh` does not shrink for the keyboard on iOS, and style attributes may be forbidden, hence a sheet.
#[hook]
pub fn use_viewport(port: &Rc<Port>, open: bool) {
    let sheet = port.viewport.clone();
    use_effect_with(open, move |open| {
        let listener = open.then(|| Listener::new(sheet)).flatten();
        move || drop(listener)
    });
}

/// Follows the viewport until it is dropped.
struct Listener {
    viewport: VisualViewport,
    callback: Closure<dyn Fn()>,
}

const EVENTS: [&str; 2] = ["resize", "scroll"];

impl Listener {
    fn new(sheet: CssStyleSheet) -> Option<Self> {
        let viewport = web_sys::window()?.visual_viewport()?;
        write(&sheet, viewport.height(), viewport.offset_top());
        let callback = {
            let viewport = viewport.clone();
            Closure::<dyn Fn()>::new(move || write(&sheet, viewport.height(), viewport.offset_top()))
        };
        for event in EVENTS {
            viewport.add_event_listener_with_callback(event, callback.as_ref().unchecked_ref()).ok()?;
        }
        Some(Self { viewport, callback })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for event in EVENTS {
            // Fails only for a listener that is not a function.
            let _ = self.viewport.remove_event_listener_with_callback(event, self.callback.as_ref().unchecked_ref());
        }
    }
}

fn write(sheet: &CssStyleSheet, height: f64, top: f64) {
    // Whole pixels: formatting a float costs more bytes than the rest of this file.
    let (height, top) = (height as i32, top as i32);
    let rule = [":host{--zg-viewport-height:", &height.to_string(), "px;--zg-viewport-top:", &top.to_string(), "px}"];
    // The text is ours and well-formed; a failure would leave the last value, which is the right one to keep.
    let _ = sheet.replace_sync(&rule.concat());
}
