//! `fetch`: requests to the sync endpoint, and event streams that are read as they come.

use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, Request, RequestCredentials, RequestInit, Response,
};
use zg_sync::{EventStream, Offline, ServerEvent, Transport};

fn fetch(request: &Request) -> Result<Promise, JsValue> {
    let global = js_sys::global();
    let fetch: Function = Reflect::get(&global, &"fetch".into())?.dyn_into()?;
    fetch.call1(&global, request)?.dyn_into()
}

async fn respond(request: &Request) -> Result<Response, JsValue> {
    JsFuture::from(fetch(request)?).await?.dyn_into()
}

/// Requests to the sync endpoint.
#[derive(Debug, Clone)]
pub struct EndpointTransport {
    /// `https://…/v1`, without a slash at its end.
    pub endpoint: String,
}

impl Transport for EndpointTransport {
    async fn send(&self, request: zg_sync::Request) -> Result<zg_sync::Response, Offline> {
        self.exchange(request).await.map_err(|_| Offline)
    }
}

impl EndpointTransport {
    fn request(
        &self,
        method: &str,
        path: &str,
        secret: &str,
        body: Option<&str>,
    ) -> Result<(Request, Headers), JsValue> {
        let init = RequestInit::new();
        init.set_method(method);
        init.set_credentials(RequestCredentials::Omit);
        init.set_cache(web_sys::RequestCache::NoStore);
        let headers = Headers::new()?;
        headers.set("authorization", &format!("Bearer {secret}"))?;
        if let Some(body) = body {
            headers.set("content-type", "application/json")?;
            init.set_body(&body.into());
        }
        init.set_headers(&headers);
        Ok((Request::new_with_str_and_init(&format!("{}{path}", self.endpoint), &init)?, headers))
    }

    async fn exchange(&self, request: zg_sync::Request) -> Result<zg_sync::Response, JsValue> {
        let (request, _) = self.request(request.method, &request.path, &request.secret, request.body.as_deref())?;
        let response = respond(&request).await?;
        let retry_after = response.headers().get("retry-after")?.and_then(|seconds| seconds.parse().ok());
        let body = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
        Ok(zg_sync::Response { status: response.status(), body, retry_after })
    }
}

/// Stops a stream when dropped.
#[derive(Debug)]
pub struct StreamHandle(AbortController);

impl Drop for StreamHandle {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Opens an event stream and gives each event to `on_event` until it ends; then `on_end`, with the status where one came.
/// `EventSource` would be less code, but cannot carry a credential outside the address.
pub fn open_stream(
    transport: &EndpointTransport,
    path: &str,
    secret: &str,
    last_event_id: Option<&str>,
    mut on_event: impl FnMut(ServerEvent) + 'static,
    on_end: impl FnOnce(Option<u16>) + 'static,
) -> Option<StreamHandle> {
    let abort = AbortController::new().ok()?;
    let (request, headers) = transport.request("GET", path, secret, None).ok()?;
    headers.set("accept", "text/event-stream").ok()?;
    if let Some(id) = last_event_id {
        headers.set("last-event-id", id).ok()?;
    }
    let init = RequestInit::new();
    init.set_headers(&headers);
    init.set_signal(Some(&abort.signal()));
    let request = Request::new_with_request_and_init(&request, &init).ok()?;
    let signal = abort.signal();
    wasm_bindgen_futures::spawn_local(async move {
        let status = follow(&request, &mut on_event).await;
        // Whoever dropped the handle does not want to hear of its end.
        if !signal.aborted() {
            on_end(status);
        }
    });
    Some(StreamHandle(abort))
}

/// Reads a stream to its end; the status where the server answered at all.
async fn follow(request: &Request, on_event: &mut impl FnMut(ServerEvent)) -> Option<u16> {
    let response = respond(request).await.ok()?;
    let status = response.status();
    if !response.ok() {
        return Some(status);
    }
    let reader: ReadableStreamDefaultReader = response.body()?.get_reader().dyn_into().ok()?;
    let mut parser = EventStream::default();
    loop {
        let Ok(chunk) = JsFuture::from(reader.read()).await else { return Some(status) };
        if Reflect::get(&chunk, &"done".into()).is_ok_and(|done| done.is_truthy()) {
            return Some(status);
        }
        let Ok(value) = Reflect::get(&chunk, &"value".into()) else { return Some(status) };
        let Ok(events) = parser.push(&Uint8Array::new(&value).to_vec()) else { return Some(status) };
        events.into_iter().for_each(&mut *on_event);
    }
}
