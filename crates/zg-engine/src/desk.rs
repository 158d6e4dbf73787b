//! The talk with the shop's people: outbox and event stream, with their retries.

use futures_channel::mpsc::UnboundedSender;
use zg_proto::HandoffTag;
use zg_proto::action::ActionOutcome;
use zg_proto::port::{Config, Page, ToEngine};
use zg_proto::stored::Session;
use zg_sync::{LocalStore, Outcome, Pumped, Site, StoreError, backoff_millis, pump};
use zg_web::{EndpointTransport, StreamHandle};

use crate::Input;

/// An operator who wrote this long ago is not writing any more.
const TYPING_MILLIS: u32 = 6_000;

pub(crate) struct Desk {
    transport: EndpointTransport,
    inputs: UnboundedSender<Input>,
    stream: Option<StreamHandle>,
    /// Counts streams, so that a late word of one that was left is told apart.
    number: u32,
    typing: u32,
    stream_failures: u32,
    pump_failures: u32,
    /// A timer for the outbox is set.
    pump_waits: bool,
}

impl Desk {
    pub(crate) fn new(endpoint: String, inputs: UnboundedSender<Input>) -> Self {
        Self {
            transport: EndpointTransport { endpoint: endpoint.trim_end_matches('/').to_owned() },
            inputs,
            stream: None,
            number: 0,
            typing: 0,
            stream_failures: 0,
            pump_failures: 0,
            pump_waits: false,
        }
    }

    /// Id and secret of a conversation, made here so that it can begin offline; `None` without a source of randomness.
    pub(crate) fn new_session(&self) -> Option<Session> {
        let (id, secret) = (zg_web::random_token(22).ok()?, zg_web::random_token(43).ok()?);
        Some(Session { id: format!("c-{id}"), secret, opened: false, epoch: None, seq: 0, acted: 0 })
    }

    /// Sends what waits. Gives what became of it and whether the server answered; nothing where a timer will try later.
    pub(crate) async fn pump<S: LocalStore>(
        &mut self,
        store: &S,
        config: &Config,
        page: &Page,
    ) -> Result<Option<(Pumped, bool)>, StoreError> {
        if self.pump_waits {
            return Ok(None);
        }
        let (pumped, outcome) = pump(store, &self.transport, &site(config, page)).await?;
        match outcome {
            Outcome::Drained => self.pump_failures = 0,
            Outcome::Later { retry_after } => {
                let millis = retry_after.map_or_else(
                    || backoff_millis(self.pump_failures, zg_web::random()),
                    |seconds| seconds.min(60) * 1_000,
                );
                self.pump_failures += 1;
                self.pump_waits = true;
                self.later(millis, Input::PumpAgain);
            }
        }
        Ok(Some((pumped, outcome == Outcome::Drained)))
    }

    /// The conversation, open at the server; made where there is none. `None` where it cannot be had now.
    pub(crate) async fn open<S: LocalStore>(
        &self,
        store: &S,
        config: &Config,
        page: &Page,
    ) -> Result<Option<Session>, StoreError> {
        if store.session().await?.is_none()
            && let Some(session) = self.new_session()
        {
            store.put_session(&session).await?;
        }
        zg_sync::open_conversation(store, &self.transport, &site(config, page)).await
    }

    /// Has the shop's own server carry out an action; what became of it comes as any result does. The same id is the same
    /// action, so asking again after a lost answer does nothing twice.
    pub(crate) fn act(&self, session: &Session, id: String, body: String) {
        let (transport, inputs) = (self.transport.clone(), self.inputs.clone());
        let path = ["/conversations/", &session.id, "/actions"].concat();
        let secret = session.secret.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let mut outcome = ActionOutcome::default();
            for tries in 0..3 {
                let request = zg_sync::Request {
                    method: "POST",
                    path: path.clone(),
                    secret: secret.clone(),
                    body: Some(body.clone()),
                };
                let later = match zg_sync::Transport::send(&transport, request).await {
                    Ok(response) if response.status == 200 => {
                        outcome = zg_proto::from_json(&response.body).unwrap_or_default();
                        break;
                    }
                    Ok(response) if response.status == 429 || response.status >= 500 => response.retry_after,
                    Ok(_) => break,
                    Err(_) => None,
                };
                let millis =
                    later.map_or_else(|| backoff_millis(tries, zg_web::random()), |seconds| seconds.min(10) * 1_000);
                zg_web::sleep_millis(millis).await;
            }
            let facts = outcome.facts.into_iter().map(|(name, value)| [&*name, " ", &*value].concat()).collect();
            let (status, text) = (outcome.status, outcome.reason);
            let _ = inputs.unbounded_send(Input::Port(ToEngine::ActionResult { id, status, facts, text }));
        });
    }

    /// Says who the shopper is, in the merchant's word. Whether the server has judged it, whatever it makes of it.
    pub(crate) async fn identify(&self, session: &Session, token: &str) -> bool {
        let request = zg_sync::Request {
            method: "POST",
            path: ["/conversations/", &session.id, "/identity"].concat(),
            secret: session.secret.clone(),
            body: Some(["{\"token\":", &zg_proto::to_json(&token), "}"].concat()),
        };
        zg_sync::Transport::send(&self.transport, request)
            .await
            .is_ok_and(|response| response.status < 500 && response.status != 429)
    }

    /// A code by which another device goes on with the conversation; else why there is none.
    pub(crate) async fn code(&self, session: &Session) -> String {
        let path = ["/conversations/", &session.id, "/continuations"].concat();
        match self.ask(path, session.secret.clone(), "{}".to_owned()).await {
            Ok(body) => field(&body, "code").unwrap_or_else(|| "!refused".to_owned()),
            Err(why) => why.to_owned(),
        }
    }

    /// Goes on with the conversation of a code, by a secret of this device's own; else why not.
    pub(crate) async fn redeem(&self, code: &str, site_key: &str) -> Result<(Session, HandoffTag), &'static str> {
        let secret = zg_web::random_token(43).map_err(|_| "!offline")?;
        let [code, site_key] = [code, site_key].map(zg_proto::to_json::<str>);
        let body = ["{\"code\":", &code, ",\"site_key\":", &site_key, ",\"channel\":\"web\"}"].concat();
        let body = self.ask("/continuations/redeem".to_owned(), secret.clone(), body).await?;
        let id = field(&body, "id").ok_or("!refused")?;
        let state = match field(&body, "state").as_deref() {
            Some("queued") => HandoffTag::Queued,
            Some("assigned") => HandoffTag::Assigned,
            _ => HandoffTag::Contained,
        };
        Ok((Session { id, secret, opened: true, epoch: None, seq: 0, acted: 0 }, state))
    }

    async fn ask(&self, path: String, secret: String, body: String) -> Result<String, &'static str> {
        let request = zg_sync::Request { method: "POST", path, secret, body: Some(body) };
        match zg_sync::Transport::send(&self.transport, request).await {
            Ok(response) if matches!(response.status, 200 | 201) => Ok(response.body),
            Ok(response) if response.status < 500 => Err("!refused"),
            _ => Err("!offline"),
        }
    }

    /// Sends a request that nobody waits for.
    pub(crate) fn tell(&self, session: &Session, path: &str, body: String) {
        let transport = self.transport.clone();
        let request = zg_sync::Request {
            method: "POST",
            path: ["/conversations/", &session.id, path].concat(),
            secret: session.secret.clone(),
            body: Some(body),
        };
        wasm_bindgen_futures::spawn_local(async move {
            let _ = zg_sync::Transport::send(&transport, request).await;
        });
    }

    /// The next tries come at once: the timer has rung, the network is back, or the shopper asked.
    pub(crate) fn try_now(&mut self) {
        self.pump_waits = false;
        self.pump_failures = 0;
        self.stream_failures = 0;
    }

    pub(crate) fn timer_rang(&mut self) {
        self.pump_waits = false;
    }

    /// Opens the stream where it is not open.
    pub(crate) fn follow(&mut self, session: &Session) {
        if self.stream.is_some() || !session.opened {
            return;
        }
        self.number += 1;
        let number = self.number;
        let (on_event, on_end) = (self.inputs.clone(), self.inputs.clone());
        let cursor = session.epoch.as_ref().map(|epoch| format!("{epoch}-{}", session.seq));
        self.stream = zg_web::open_stream(
            &self.transport,
            &format!("/conversations/{}/events", session.id),
            &session.secret,
            cursor.as_deref(),
            move |event| {
                let _ = on_event.unbounded_send(Input::Stream(number, event));
            },
            move |status| {
                let _ = on_end.unbounded_send(Input::StreamEnded(number, status));
            },
        );
    }

    pub(crate) fn is_current(&self, number: u32) -> bool {
        self.stream.is_some() && self.number == number
    }

    /// Something came: the next failure is a first one.
    pub(crate) fn alive(&mut self) {
        self.stream_failures = 0;
    }

    pub(crate) fn stream_ended(&mut self, number: u32, status: Option<u16>) {
        if !self.is_current(number) {
            return;
        }
        self.stream = None;
        // Unknown or forbidden: the outbox opens the conversation anew when there is something to say.
        if matches!(status, Some(400..=499)) && status != Some(429) {
            return;
        }
        let millis = backoff_millis(self.stream_failures, zg_web::random());
        self.stream_failures += 1;
        self.later(millis, Input::StreamAgain);
    }

    /// Whether the stream has not just failed.
    pub(crate) fn online(&self) -> bool {
        self.stream_failures == 0
    }

    pub(crate) fn leave(&mut self) {
        self.stream = None;
    }

    pub(crate) fn typing(&mut self) {
        self.typing += 1;
        self.later(TYPING_MILLIS, Input::TypingOver(self.typing));
    }

    pub(crate) fn typing_is(&self, number: u32) -> bool {
        self.typing == number
    }

    fn later(&self, millis: u32, input: Input) {
        let inputs = self.inputs.clone();
        wasm_bindgen_futures::spawn_local(async move {
            zg_web::sleep_millis(millis).await;
            let _ = inputs.unbounded_send(input);
        });
    }
}

/// The value of a field of plain text in an answer of ours: ids and codes have nothing to escape.
fn field(body: &str, name: &str) -> Option<String> {
    let (_, rest) = body.split_once(&["\"", name, "\":\""].concat())?;
    Some(rest.split_once('"')?.0.to_owned())
}

fn site(config: &Config, page: &Page) -> Site {
    Site {
        site_key: config.site_key.clone().unwrap_or_default(),
        locale: config.locale.clone(),
        page: page.title.clone().or_else(|| (!page.kind.is_empty()).then(|| page.kind.clone())),
    }
}
