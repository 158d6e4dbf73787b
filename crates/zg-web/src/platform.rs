//! Clock, randomness, timers, other tabs.

use wasm_bindgen::prelude::*;
use web_sys::BroadcastChannel;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(bytes: &js_sys::Uint8Array) -> Result<JsValue, JsValue>;
}

/// Milliseconds since 1970.
#[must_use]
pub fn now() -> f64 {
    js_sys::Date::now()
}

/// Uniform in `0.0..1.0`, for jitter; not for secrets.
#[must_use]
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// `length` characters of `[A-Za-z0-9_-]` from the browser's cryptographic source, 6 bits each.
///
/// # Errors
/// The browser has no such source; without one nothing may be called a secret.
pub fn random_token(length: u32) -> Result<String, JsValue> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    let bytes = js_sys::Uint8Array::new_with_length(length);
    get_random_values(&bytes)?;
    Ok(bytes.to_vec().into_iter().map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect())
}

pub async fn sleep_millis(millis: u32) {
    let (done, waiting) = futures_channel::oneshot::channel();
    let timeout = gloo::timers::callback::Timeout::new(millis, move || {
        // Nobody waits any more: nothing to do.
        let _ = done.send(());
    });
    let _ = waiting.await;
    drop(timeout);
}

/// Opens the channel on which tabs of one shop tell each other that the database has changed, which is the truth.
/// The message carries what is kept nowhere, as text, where the sender knows of any. `None` where the browser has no such channel.
pub fn tabs(name: &str, mut on_news: impl FnMut(Option<String>) + 'static) -> Option<BroadcastChannel> {
    let channel = BroadcastChannel::new(name).ok()?;
    let listener = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        on_news(event.data().as_string());
    });
    channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // Lives as long as the engine, which lives as long as the worker.
    listener.forget();
    Some(channel)
}
