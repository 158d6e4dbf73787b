//! The engine's task: one input at a time.

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender};
use futures_util::StreamExt as _;
use zg_assistant::{Context, Playbooks, step};
use zg_domain::{DialogueEvent, DialogueState, Effect, MAX_MESSAGE_BYTES, Outcome, Suggested, TasteKind, Timestamp};
use zg_kb::{Bundle, Typed};
use zg_policy::Customer;
use zg_proto::port::{Config, Delivery, FromEngine, Page, Shown, Status, Suggestion, ToEngine};
use zg_proto::stored::{OutboxEntry, OutboxRequest};
use zg_proto::{AuthorTag, Body, HandoffTag, Message};
use zg_sync::{LocalStore, StoreError};
use zg_text::personal::hide;

use crate::desk::Desk;
use crate::device::Device;
use crate::models::RemoteModels;
use crate::starters::{lang_of, starters};
use crate::{Input, Poster};

/// Products that a page may tell of.
const MOST_PRODUCTS: usize = 500;
/// Products looked at between two turns that are remembered.
const MOST_VISITED: usize = 20;
/// Items of a list that are read.
const MOST_LISTED: usize = 200;
/// More suggestions than anybody reads.
const MOST_SUGGESTIONS: u32 = 20;

pub(crate) async fn run(
    mut inputs: UnboundedReceiver<Input>,
    sender: UnboundedSender<Input>,
    post: Poster,
    newest: Rc<Cell<u32>>,
) {
    let mut waiting = Vec::new();
    let (mut config, mut bundle) = (None, None);
    // Whatever else comes before `start` and knowledge waits for them.
    while config.is_none() || bundle.is_none() {
        match inputs.next().await {
            Some(Input::Port(ToEngine::Start(given))) => config = config.or(Some(given)),
            Some(Input::Knowledge(given)) => bundle = Some(given),
            Some(other) => waiting.push(other),
            None => return,
        }
    }
    let (Some(config), Some(bundle)) = (config, bundle) else { return };
    let mut engine = Engine::open(config, bundle, sender, post, newest).await;
    for input in waiting {
        engine.take(input).await;
    }
    while let Some(input) = inputs.next().await {
        engine.take(input).await;
    }
}

pub(crate) struct Engine {
    bundle: Box<Bundle>,
    playbooks: Playbooks,
    models: RemoteModels,
    config: Config,
    page: Page,
    /// Whether the page carries out actions; without, a playbook gathers what a person needs.
    actions: bool,
    /// Whether one of them puts products into its cart.
    cart: bool,
    /// Who makes lists of products; without, the dialogue picks them out of the catalog.
    shop: Option<js_sys::Function>,
    /// Products looked at since the last turn.
    visited: Vec<Page>,
    sender: UnboundedSender<Input>,
    /// Actions that the page was asked for, as requests for the shop's own server: id and body.
    asked: Vec<(String, String)>,
    /// What the page says of the shopper.
    customer: Customer,
    /// The merchant's word on who the shopper is. In memory alone: it is a credential.
    token: String,
    /// The conversation of which the server has heard that word.
    identified: String,
    /// What the page has told of its products.
    products: Vec<zg_domain::Card>,
    device: Device,
    state: DialogueState,
    /// What the widget was last told of each message, to tell it only what has changed.
    pub(crate) shown: Vec<Shown>,
    pub(crate) status: Status,
    /// The turn that this input comes to, taken at its end, with what the shopper said: in one place, because each place where a
    /// turn is awaited is a kilobyte of every visitor's download.
    comes: Option<(Option<Message>, DialogueEvent)>,
    /// Whether this input ends with a try to send what waits and to follow the log; in one place for the same reason.
    moves: bool,
    /// What the widget was last told.
    told: Option<Status>,
    /// The talk with the shop's people; absent without an endpoint.
    desk: Option<Desk>,
    /// Whether this tab has that talk for all tabs.
    leads: bool,
    tabs: Option<web_sys::BroadcastChannel>,
    post: Poster,
    /// Up to where people have seen the log, and up to where they were told that the shopper has.
    seen: u64,
    told_seen: u64,
    /// The number of the last request for suggestions that has come.
    newest: Rc<Cell<u32>>,
}

fn today() -> zg_domain::Date {
    Timestamp::from_millis(zg_web::now() as i64).date()
}

/// One database per shop, so that two shops on one origin do not read each other's talk.
fn database_name(config: &Config) -> String {
    ["zhanggui-", config.site_key.as_deref().unwrap_or("local")].concat()
}

/// The playbooks of a bundle; none where they cannot be read: answers and people are what is left, and they suffice.
fn playbooks_of(bundle: &Bundle) -> Playbooks {
    Playbooks::read(bundle.playbooks()).unwrap_or_default()
}

impl Engine {
    async fn open(
        config: Config,
        bundle: Box<Bundle>,
        sender: UnboundedSender<Input>,
        post: Poster,
        newest: Rc<Cell<u32>>,
    ) -> Self {
        let name = database_name(&config);
        let device = if config.keep { Device::open(&name).await } else { Device::Memory(Box::default()) };
        let tabs = {
            let sender = sender.clone();
            zg_web::tabs(&name, move |news| {
                let _ = sender.unbounded_send(Input::News(news));
            })
        };
        let desk = config.endpoint.clone().map(|endpoint| Desk::new(endpoint, sender.clone()));
        let status = Status { people: desk.is_some(), online: true, ..Status::default() };
        let mut engine = Self {
            playbooks: playbooks_of(&bundle),
            bundle,
            models: RemoteModels::default(),
            config,
            page: Page::default(),
            actions: false,
            cart: false,
            shop: None,
            visited: Vec::new(),
            sender,
            asked: Vec::new(),
            customer: Customer::default(),
            token: String::new(),
            identified: String::new(),
            products: Vec::new(),
            device,
            state: DialogueState::default(),
            shown: Vec::new(),
            status,
            comes: None,
            moves: false,
            told: None,
            desk,
            leads: true,
            tabs,
            post,
            seen: 0,
            told_seen: 0,
            newest,
        };
        // A database that opens and then fails is treated as an empty one: answering goes on.
        let _ = engine.reload(true).await;
        engine.tell_ready();
        engine.follow().await;
        engine.pump().await;
        engine.tell_status().await;
        engine
    }

    async fn take(&mut self, input: Input) {
        let done = match input {
            // Between two keys there is no time for a database.
            Input::Port(ToEngine::Suggest { seq, text, k }) => return self.suggest(seq, &text, k),
            Input::Port(message) => self.port(message).await,
            Input::Knowledge(mut bundle) => {
                bundle.attach_those_of(&mut self.bundle);
                self.playbooks = playbooks_of(&bundle);
                self.bundle = bundle;
                self.tell_ready();
                Ok(())
            }
            Input::Beside(companion) => {
                self.bundle.take_in(*companion);
                Ok(())
            }
            Input::Embedding(embedding) => {
                self.bundle.attach(*embedding);
                Ok(())
            }
            Input::Understand(understand) => {
                self.models.set(understand);
                Ok(())
            }
            Input::Models(models) => {
                self.status.models = models;
                Ok(())
            }
            // Asked in one tab, meant for all; what is on this one's screen stays on it.
            Input::News(Some(news)) if news == FORGET => {
                let mut done = Ok(());
                if std::mem::take(&mut self.config.keep) {
                    let database = std::mem::replace(&mut self.device, Device::Memory(Box::default()));
                    self.forgotten().await;
                    // What was kept here since the other tab has cleared it.
                    done = database.clear().await;
                }
                done
            }
            Input::News(Some(news)) if news == KEEP => self.consent(true).await,
            Input::News(news) => {
                let done = self.reload(false).await;
                if self.leads {
                    // What the other tab has queued.
                    self.moves |= self.device.outbox().await.is_ok_and(|outbox| !outbox.is_empty());
                } else if let Some(news) = news {
                    mirror(&mut self.status, &news);
                }
                done
            }
            Input::Lead(leads) => {
                self.leads = leads;
                if let Some(desk) = &mut self.desk {
                    if leads {
                        desk.try_now();
                    } else {
                        desk.leave();
                    }
                }
                self.moves = true;
                self.reload(false).await
            }
            Input::PumpAgain => {
                if let Some(desk) = &mut self.desk {
                    desk.timer_rang();
                }
                self.moves = true;
                Ok(())
            }
            Input::StreamAgain => {
                self.moves = true;
                Ok(())
            }
            Input::Stream(number, event) => self.heard(number, event).await,
            Input::StreamEnded(number, status) => {
                if let Some(desk) = &mut self.desk {
                    desk.stream_ended(number, status);
                    self.status.online = desk.online();
                }
                Ok(())
            }
            Input::Shop(shop) => {
                self.shop = Some(shop);
                Ok(())
            }
            Input::Listed(id, list) => self.next(None, listed(id, &list)),
            Input::TypingOver(number) => {
                if self.desk.as_ref().is_some_and(|desk| desk.typing_is(number)) {
                    self.status.typing = false;
                }
                Ok(())
            }
        };
        let done = match self.comes.take() {
            Some((said, event)) if done.is_ok() => self.turn(said, event).await,
            _ => done,
        };
        if std::mem::take(&mut self.moves) {
            self.pump().await;
            self.follow().await;
        }
        if done.is_err() {
            // The disk is full or the database was taken away: go on in memory, so that the shopper is answered.
            self.forgotten().await;
        }
        self.tell_status().await;
    }

    /// Goes on in memory, with what is on the screen and what the dialogue knows.
    async fn forgotten(&mut self) {
        self.device = Device::Memory(Box::default());
        for shown in &self.shown {
            let _ = self.device.put_message(shown).await;
        }
        let _ = self.device.put_state(&(&self.state).into()).await;
    }

    fn next(&mut self, said: Option<Message>, event: DialogueEvent) -> Result<(), StoreError> {
        self.comes = Some((said, event));
        Ok(())
    }

    async fn port(&mut self, message: ToEngine) -> Result<(), StoreError> {
        if let Some(event) = event_of(&message) {
            return self.next(None, event);
        }
        match message {
            // A second start would be of a second widget on the same port; the first one stands.
            // Suggestions are made before it comes to this, and what is an event of the dialogue was one above.
            ToEngine::Start(_)
            | ToEngine::Suggest { .. }
            | ToEngine::RequestHandoff
            | ToEngine::EndHandoff
            | ToEngine::Form { .. }
            | ToEngine::Clicked { .. }
            | ToEngine::Ordered { .. }
            | ToEngine::Forget { .. } => Ok(()),
            ToEngine::Utterance { id, text } => {
                let text = cut(text);
                let said = self.said(id, text.clone());
                self.next(Some(said), DialogueEvent::Utterance { text })
            }
            ToEngine::QuickReply { id, message: _, label, value } => {
                let said = (value != "handoff").then(|| self.said(id, cut(label)));
                self.next(said, DialogueEvent::QuickReply { value })
            }
            ToEngine::Image { id, text, data, preview, size } => {
                self.picture(id, cut(text), data, (preview, size)).await
            }
            ToEngine::Typing => {
                self.tell("/typing", "{}".to_owned()).await;
                Ok(())
            }
            ToEngine::Seen => {
                if let Ok(Some(session)) = self.device.session().await
                    && session.seq > self.told_seen
                {
                    self.told_seen = session.seq;
                    self.tell("/seen", ["{\"seq\":", &session.seq.to_string(), "}"].concat()).await;
                }
                Ok(())
            }
            ToEngine::Continue { code } => self.go_on(&code).await,
            ToEngine::Customer { customer } => {
                self.customer = Customer::from_name(&customer).unwrap_or_default();
                Ok(())
            }
            ToEngine::Feedback { message, helpful } => {
                if let Some(mut shown) = self.shown.iter().find(|shown| shown.message.id == message).cloned() {
                    shown.helpful = Some(helpful);
                    self.show(shown).await?;
                }
                self.next(None, DialogueEvent::Feedback { helpful })
            }
            ToEngine::Page { page } => {
                let moved = (&page.kind, &page.id) != (&self.page.kind, &self.page.id);
                if moved && self.page.kind == "product" && self.visited.len() < MOST_VISITED {
                    self.visited.push(std::mem::take(&mut self.page));
                }
                self.page = page;
                if moved {
                    self.tell_ready();
                }
                Ok(())
            }
            ToEngine::Actions { offered, cart } => {
                (self.actions, self.cart) = (offered, cart);
                Ok(())
            }
            ToEngine::ActionResult { id, status, facts, text } => {
                let at = self.asked.iter().position(|(asked, _)| *asked == id);
                let asked = at.map(|at| self.asked.swap_remove(at));
                if let Some((_, body)) = asked.filter(|_| status == "elsewhere")
                    && self.elsewhere(&id, body).await?
                {
                    return Ok(());
                }
                let outcome = match status.as_str() {
                    "ok" => Outcome::Done(pairs(&facts)),
                    "refused" => Outcome::Refused(text),
                    "queued" => Outcome::Queued,
                    _ => Outcome::Failed,
                };
                self.next(None, DialogueEvent::ActionResult { id, outcome })
            }
            ToEngine::SetLocale { locale } => {
                self.config.locale = locale;
                self.tell_ready();
                Ok(())
            }
            ToEngine::Retry { id } => self.retry(&id).await,
            ToEngine::Identify { token } => {
                self.token = token;
                self.identified.clear();
                self.identify().await
            }
            ToEngine::Consent { given } => self.consent(given).await,
            ToEngine::Products { cards } => {
                for card in cards {
                    self.products.retain(|known| known.id != card.id);
                    self.products.push(card.into());
                }
                // The newest are what the shopper looks at.
                let surplus = self.products.len().saturating_sub(MOST_PRODUCTS);
                self.products.drain(..surplus);
                Ok(())
            }
            ToEngine::Reveal { id, k } => self.reveal(&id, k as usize).await,
            ToEngine::Erase => self.erase().await,
            ToEngine::Online { online } => {
                self.status.online = online;
                if let (true, Some(desk)) = (online, &mut self.desk) {
                    desk.try_now();
                    self.moves = true;
                }
                Ok(())
            }
        }
    }

    /// Says which questions may become of what is typed, where nothing newer has been typed since.
    fn suggest(&self, seq: u32, text: &str, k: u32) {
        if self.newest.get() != seq {
            return;
        }
        let typed = Typed {
            text,
            lang: Some(lang_of(&self.config.locale)),
            today: Some(today()),
            product: self.page.id.as_deref().filter(|_| self.page.kind == "product"),
            audience: "",
        };
        let found = self.bundle.suggest(&typed, k.min(MOST_SUGGESTIONS) as usize).into_iter();
        let item = |entry| Suggestion {
            entry: self.bundle.entry(entry).id.to_owned(),
            question: self.bundle.question(entry).to_owned(),
        };
        self.post.post(&FromEngine::Suggestions { seq, items: found.map(item).collect() });
    }

    fn tell_ready(&self) {
        self.post.post(&FromEngine::Ready {
            entries: self.bundle.len() as u32,
            starters: starters(&self.bundle, &self.config.locale, &self.page, today()),
        });
    }

    /// Takes a turn of the dialogue and carries out its effects: what the shopper said, then the replies.
    ///
    /// What stays on this device is shown before it is kept: a reply must not wait for a disk.
    /// A message for people is kept first, because showing it as waiting promises that it will be sent.
    async fn turn(&mut self, said: Option<Message>, event: DialogueEvent) -> Result<(), StoreError> {
        match self.device.state().await {
            // Another tab may have spoken meanwhile.
            Ok(record) => self.state = record.into(),
            // The browser may have forgotten all: what is said is answered nevertheless.
            Err(_) => self.forgotten().await,
        }
        let said = match said {
            Some(message) => Some(self.begin(message).await?),
            None => None,
        };
        let context = Context {
            bundle: &self.bundle,
            playbooks: &self.playbooks,
            understand: &self.models,
            locale: &self.config.locale,
            people: self.desk.is_some(),
            customer: self.customer,
            products: &self.products,
            actions: self.actions || self.back_office(),
            cart: self.cart,
            forms: true,
        };
        let now = Timestamp::from_millis(zg_web::now() as i64);
        // Told with the next turn: looking at a page stores nothing.
        let mut state = std::mem::take(&mut self.state);
        let mut effects = Vec::new();
        let pages = std::mem::take(&mut self.visited).into_iter().chain([self.page.clone()]);
        let pages = pages.map(|page| DialogueEvent::Page(page.into()));
        for event in pages.chain([event]) {
            let more;
            (state, more) = step(&context, state, event, now);
            effects.extend(more);
        }
        // Without a maker of lists an empty one stands for it.
        while self.shop.is_none()
            && let Some(at) = effects.iter().position(|effect| matches!(effect, Effect::Recommend(_)))
            && let Effect::Recommend(wanted) = effects.remove(at)
        {
            let more;
            (state, more) = step(&context, state, listed(wanted.id, ""), now);
            effects.extend(more);
        }
        self.state = state;
        let mut begun: Vec<Shown> = said.into_iter().collect();
        let mut kept = false;
        for effect in effects {
            // A wish takes along what was said before it.
            if !matches!(effect, Effect::Say(_) | Effect::Recommend(_) | Effect::Learn(_)) {
                self.finish(std::mem::take(&mut begun), !std::mem::replace(&mut kept, true)).await?;
            }
            match effect {
                Effect::Say(reply) => {
                    let message = Message::from_reply(reply, self.new_id(), now);
                    begun.push(self.begin(message).await?);
                }
                Effect::RequestHandoff { reason, packet } => {
                    self.request_handoff(reason.name(), zg_proto::packet_json(&packet)).await?
                }
                Effect::Act { id, action, arguments } => {
                    let arguments: Vec<String> =
                        arguments.into_iter().map(|(name, value)| [&*name, " ", &*value].concat()).collect();
                    if self.back_office() {
                        self.asked.push((id.clone(), action_json(&id, &action, &arguments)));
                    }
                    self.post.post(&FromEngine::Act { id, action, arguments });
                }
                Effect::EndHandoff => {
                    self.queue(OutboxRequest::EndHandoff).await?;
                    self.moves = true;
                }
                Effect::Recommend(wanted) => self.ask_for_list(wanted),
                Effect::Learn(feedback) => {
                    if let Some(shop) = &self.shop {
                        let _ = shop.call1(&wasm_bindgen::JsValue::NULL, &zg_proto::learn_json(&feedback).into());
                    }
                }
            }
        }
        self.finish(begun, !kept).await?;
        self.news();
        Ok(())
    }

    /// Asks for a list; one that does not come is an empty one.
    fn ask_for_list(&self, wanted: zg_domain::Wanted) {
        let asked = self.shop.as_ref().and_then(|shop| {
            let text = zg_proto::wanted_json(&wanted, &self.state.shopping);
            shop.call1(&wasm_bindgen::JsValue::NULL, &text.into()).ok()
        });
        let (sender, id) = (self.sender.clone(), wanted.id);
        wasm_bindgen_futures::spawn_local(async move {
            let list = match asked {
                Some(promise) => {
                    let promise = js_sys::Promise::resolve(&promise);
                    wasm_bindgen_futures::JsFuture::from(promise).await.ok().and_then(|list| list.as_string())
                }
                None => None,
            };
            let _ = sender.unbounded_send(Input::Listed(id, list.unwrap_or_default()));
        });
    }

    fn said(&self, id: String, text: String) -> Message {
        let at = zg_web::now() as i64;
        let (author, body) = (AuthorTag::Shopper, Body::Text);
        Message { id, author, at, text, lang: None, body, quick_replies: Vec::new(), cards: Vec::new() }
    }

    /// Shows a message of this device's, and keeps it at once where a person reads along.
    async fn begin(&mut self, message: Message) -> Result<Shown, StoreError> {
        let is_rating = matches!(&message.body, Body::Event { name } if name == "rated");
        let to_people = self.state.handoff.with_people() || is_rating;
        let for_people = self.desk.is_some() && to_people && !stays(&message);
        let delivery = if for_people { Delivery::Pending } else { Delivery::Local };
        let mut shown =
            Shown { order: self.next_order(), delivery, helpful: None, hidden: Vec::new(), seq: 0, message };
        if for_people {
            self.send(&mut shown).await?;
        } else {
            // Shown with what else the turn says: the widget draws once.
            self.remember(shown.clone());
        }
        Ok(shown)
    }

    /// Keeps what was begun, or sends it; and the state of the dialogue, where that is still to do.
    async fn finish(&mut self, begun: Vec<Shown>, keep_state: bool) -> Result<(), StoreError> {
        let mut waits = false;
        let here: Vec<Shown> = begun.iter().filter(|shown| shown.delivery == Delivery::Local).cloned().collect();
        if !here.is_empty() {
            self.post.post(&FromEngine::Messages { reset: false, messages: here });
        }
        for shown in begun {
            match shown.delivery {
                Delivery::Local => self.device.put_message(&shown).await?,
                _ => waits = true,
            }
        }
        if keep_state {
            self.device.put_state(&(&self.state).into()).await?;
        }
        if waits {
            self.moves = true;
        }
        Ok(())
    }

    /// Asks for a person: what was said so far goes along, so that nobody has to say it twice.
    async fn request_handoff(&mut self, reason: &'static str, packet: String) -> Result<(), StoreError> {
        let Some(desk) = &self.desk else { return Ok(()) };
        if self.device.session().await?.is_none() {
            let Some(session) = desk.new_session() else { return Ok(()) };
            self.device.put_session(&session).await?;
        }
        let waits = |shown: &&Shown| shown.delivery == Delivery::Local && !stays(&shown.message);
        let unsent: Vec<Shown> = self.shown.iter().filter(waits).cloned().collect();
        for mut shown in unsent {
            shown.delivery = Delivery::Pending;
            self.send(&mut shown).await?;
        }
        self.queue(OutboxRequest::RequestHandoff { reason: Some(reason.to_owned()), packet: Some(packet) }).await?;
        self.moves = true;
        Ok(())
    }

    /// Keeps a message and puts it into the outbox, without what is private and without what only the device can draw.
    async fn send(&mut self, shown: &mut Shown) -> Result<(), StoreError> {
        // An answer is the shop's own words, in which an address is the shop's.
        let own = matches!(shown.message.body, Body::Answer(_));
        let (text, private) = if own { (shown.message.text.clone(), Vec::new()) } else { hide(&shown.message.text) };
        // What the assistant repeats is in the shopper's own words, too.
        if shown.message.author == AuthorTag::Shopper {
            shown.hidden = private.into_iter().map(|one| one.masked).collect();
        }
        self.show(shown.clone()).await?;
        let message = Message { text, cards: Vec::new(), ..shown.message.clone() };
        self.queue(OutboxRequest::Message { message }).await
    }

    /// Says to people what was hidden from them.
    async fn reveal(&mut self, id: &str, at: usize) -> Result<(), StoreError> {
        if !self.state.handoff.with_people() {
            return Ok(());
        }
        let Some(mut shown) = self.shown.iter().find(|shown| shown.message.id == id).cloned() else { return Ok(()) };
        let Some(masked) = shown.hidden.get_mut(at).filter(|masked| !masked.is_empty()) else { return Ok(()) };
        masked.clear();
        let Some(private) = hide(&shown.message.text).1.into_iter().nth(at) else { return Ok(()) };
        let message = self.said(self.new_id(), shown.message.text[private.range].to_owned());
        self.show(shown).await?;
        let (order, delivery) = (self.next_order(), Delivery::Pending);
        self.show(Shown { order, delivery, helpful: None, hidden: Vec::new(), seq: 0, message: message.clone() })
            .await?;
        self.queue(OutboxRequest::Message { message }).await?;
        self.moves = true;
        self.news();
        Ok(())
    }

    /// Shows people a picture. What they get is the picture; what stays here is a small one of it.
    async fn picture(
        &mut self,
        id: String,
        text: String,
        data: String,
        (preview, size): (String, String),
    ) -> Result<(), StoreError> {
        if self.desk.is_none() || !self.state.handoff.with_people() {
            return Ok(());
        }
        let message = Message { body: Body::Image, ..self.said(id, text) };
        let card = zg_proto::Card { kind: "image".to_owned(), image: preview, note: size, ..Default::default() };
        let here = Message { cards: vec![card], ..message.clone() };
        let (order, delivery) = (self.next_order(), Delivery::Pending);
        self.show(Shown { order, delivery, helpful: None, hidden: Vec::new(), seq: 0, message: here }).await?;
        self.queue(OutboxRequest::Image { message, data }).await?;
        self.moves = true;
        self.news();
        Ok(())
    }

    /// Tells people something that is soon over, once, where they read along: nobody waits for it, and nothing is kept of it.
    async fn tell(&self, path: &'static str, body: String) {
        if self.state.handoff.with_people()
            && let (Some(desk), Ok(Some(session))) = (&self.desk, self.device.session().await)
            && session.opened
        {
            desk.tell(&session, path, body);
        }
    }

    async fn retry(&mut self, id: &str) -> Result<(), StoreError> {
        for entry in self.device.outbox().await? {
            let (OutboxRequest::Message { message } | OutboxRequest::Image { message, .. }) = &entry.request else {
                continue;
            };
            if message.id == id {
                self.device.put_outbox(&OutboxEntry { refused: None, ..entry }).await?;
            }
        }
        self.mark(&[id.to_owned()], Delivery::Pending).await?;
        if let Some(desk) = &mut self.desk {
            desk.try_now();
        }
        self.moves = true;
        Ok(())
    }

    /// Keeps on the device from here on what was kept in memory, or the other way round.
    async fn consent(&mut self, given: bool) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.config.keep, given) == given {
            return Ok(());
        }
        if let Some(tabs) = &self.tabs {
            let _ = tabs.post_message(&if given { KEEP } else { FORGET }.into());
        }
        if given {
            let database = Device::open(&database_name(&self.config)).await;
            if self.state.turns > 0 || !self.shown.is_empty() {
                database.take_over(&self.device).await?;
            }
            self.device = database;
            return self.reload(false).await;
        }
        let memory = Device::Memory(Box::default());
        memory.take_over(&self.device).await?;
        let database = std::mem::replace(&mut self.device, memory);
        database.clear().await
    }

    async fn erase(&mut self) -> Result<(), StoreError> {
        let session = self.device.session().await?;
        self.device.clear().await?;
        self.state = DialogueState::default();
        (self.seen, self.told_seen) = (0, 0);
        self.shown.clear();
        if let Some(desk) = &mut self.desk {
            desk.leave();
        }
        self.post.post(&FromEngine::Messages { reset: true, messages: Vec::new() });
        if let Some(session) = session {
            self.queue(OutboxRequest::Erase { session }).await?;
            self.moves = true;
        }
        self.news();
        Ok(())
    }

    /// Reads the transcript anew and tells the widget what it has not been told.
    async fn reload(&mut self, reset: bool) -> Result<(), StoreError> {
        self.state = self.device.state().await?.into();
        let messages = self.device.messages().await?;
        let erased = messages.len() < self.shown.len();
        let changed: Vec<Shown> = if erased || reset {
            messages.clone()
        } else {
            messages.iter().filter(|shown| !self.shown.contains(shown)).cloned().collect()
        };
        self.shown = messages;
        if reset || erased || !changed.is_empty() {
            self.post.post(&FromEngine::Messages { reset: reset || erased, messages: changed });
        }
        self.moves |= self.state.handoff.with_people();
        Ok(())
    }

    /// Keeps and shows a message, new or changed.
    async fn show(&mut self, shown: Shown) -> Result<(), StoreError> {
        self.device.put_message(&shown).await?;
        self.display(shown);
        Ok(())
    }

    fn remember(&mut self, shown: Shown) {
        match self.shown.iter_mut().find(|other| other.message.id == shown.message.id) {
            Some(other) => *other = shown,
            None => self.shown.push(shown),
        }
    }

    fn display(&mut self, shown: Shown) {
        self.remember(shown.clone());
        self.post.post(&FromEngine::Messages { reset: false, messages: vec![shown] });
    }

    async fn mark(&mut self, ids: &[String], delivery: Delivery) -> Result<(), StoreError> {
        let changed: Vec<Shown> = self
            .shown
            .iter()
            .filter(|shown| ids.contains(&shown.message.id) && shown.delivery != delivery)
            .cloned()
            .collect();
        for shown in changed {
            // What a person has seen was sent.
            if (shown.delivery, delivery) == (Delivery::Seen, Delivery::Sent) {
                continue;
            }
            self.show(Shown { delivery, ..shown }).await?;
        }
        Ok(())
    }

    async fn queue(&mut self, request: OutboxRequest) -> Result<(), StoreError> {
        let order = self.device.outbox().await?.last().map_or(0.0, |last| last.order);
        // Time, so that two tabs do not choose the same number; but never before what already waits.
        let order = zg_web::now().max(order) + 1.0 + zg_web::random() / 2.0;
        // In thousandths: so many digits are read back from JSON as the very number they were.
        let order = (order * 1_000.0).round() / 1_000.0;
        self.device.put_outbox(&OutboxEntry { order, refused: None, request }).await
    }

    /// Whether the shop's own server does what the page does not.
    fn back_office(&self) -> bool {
        self.config.back_office && self.desk.is_some()
    }

    /// Asks for a code by which another device goes on, or goes on with another device's conversation by one.
    async fn go_on(&mut self, code: &str) -> Result<(), StoreError> {
        let Some(desk) = &self.desk else { return Ok(()) };
        let session = self.device.session().await?.filter(|session| session.opened);
        self.status.code = match (code, session) {
            ("", Some(session)) => desk.code(&session).await,
            ("", None) => "!none".to_owned(),
            // A conversation with people is not left by a slip.
            (_, Some(_)) if self.state.handoff.with_people() => "!busy".to_owned(),
            (code, _) => match desk.redeem(code, self.config.site_key.as_deref().unwrap_or_default()).await {
                Ok((session, state)) => {
                    self.device.put_session(&session).await?;
                    (self.seen, self.told_seen) = (0, 0);
                    let mut record = self.device.state().await?;
                    record.handoff = state;
                    record.handoff_since = (state == HandoffTag::Queued).then_some(zg_web::now() as i64);
                    record.operator = (state == HandoffTag::Assigned).then(|| "operator".to_owned());
                    self.device.put_state(&record).await?;
                    self.state = record.into();
                    // Whichever tab leads: this one has asked for it.
                    if let Some(desk) = &mut self.desk {
                        desk.leave();
                        desk.follow(&session);
                    }
                    self.news();
                    String::new()
                }
                Err(why) => why.to_owned(),
            },
        };
        Ok(())
    }

    /// Has the shop's own server carry out an action; `false` where it cannot be asked now.
    async fn elsewhere(&mut self, id: &str, body: String) -> Result<bool, StoreError> {
        let Some(desk) = &self.desk else { return Ok(false) };
        let Some(mut session) = desk.open(&self.device, &self.config, &self.page).await? else { return Ok(false) };
        session.acted += 1;
        self.device.put_session(&session).await?;
        // Who the shopper is, before what they ask for.
        self.identify().await?;
        if let Some(desk) = &self.desk {
            desk.act(&session, id.to_owned(), body);
        }
        Ok(true)
    }

    /// Sends what waits, and says what became of it.
    async fn pump(&mut self) {
        let Some(desk) = self.desk.as_mut().filter(|_| self.leads) else { return };
        let Ok(Some((pumped, reached))) = desk.pump(&self.device, &self.config, &self.page).await else { return };
        self.status.online = reached;
        let _ = self.mark(&pumped.sent, Delivery::Sent).await;
        let _ = self.mark(&pumped.refused, Delivery::Failed).await;
        if let Some(conversation) = pumped.conversation {
            let _ = self.conversation(conversation).await;
        }
        let _ = self.identify().await;
        self.news();
    }

    /// Tells the server who the shopper is, where there is a conversation and a word on it.
    async fn identify(&mut self) -> Result<(), StoreError> {
        let Some(desk) = self.desk.as_ref().filter(|_| !self.token.is_empty()) else { return Ok(()) };
        let session = self.device.session().await?;
        let session = session.filter(|session| session.opened && session.id != self.identified);
        if let Some(session) = session
            && desk.identify(&session, &self.token).await
        {
            self.identified = session.id;
        }
        Ok(())
    }

    async fn follow(&mut self) {
        let Some(desk) = self.desk.as_mut().filter(|_| self.leads) else { return };
        if let Ok(Some(session)) = self.device.session().await
            && (self.state.handoff.with_people() || session.opened)
        {
            desk.follow(&session);
        }
    }

    /// The server's word on who holds the conversation.
    pub(crate) async fn conversation(&mut self, conversation: zg_proto::http::Conversation) -> Result<(), StoreError> {
        self.status.queue_ahead = conversation.queue_ahead;
        self.status.operator.clone_from(&conversation.operator);
        if conversation.seen > self.seen {
            self.seen = conversation.seen;
            let seen = |shown: &&Shown| shown.delivery == Delivery::Sent && (1..=self.seen).contains(&shown.seq);
            for shown in self.shown.iter().filter(seen).cloned().collect::<Vec<_>>() {
                self.show(Shown { delivery: Delivery::Seen, ..shown }).await?;
            }
        }
        // A wish still in the outbox is newer than the server's word.
        let wishes = self
            .device
            .outbox()
            .await?
            .into_iter()
            .any(|entry| matches!(entry.request, OutboxRequest::RequestHandoff { .. } | OutboxRequest::EndHandoff));
        if wishes {
            return Ok(());
        }
        let mut record = self.device.state().await?;
        let now = zg_web::now() as i64;
        // A person who comes needs what waits to be looked over, and one who has gone may be judged.
        // By what is kept: another tab may have heard it first.
        let held = DialogueState::from(record.clone()).held.is_some();
        match (record.handoff, conversation.state) {
            (_, HandoffTag::Assigned) if held => self.comes = Some((None, DialogueEvent::PersonJoined)),
            (HandoffTag::Assigned, HandoffTag::Ended) => self.comes = Some((None, DialogueEvent::PersonLeft)),
            _ => {}
        }
        if record.handoff != conversation.state {
            record.handoff = conversation.state;
            record.handoff_since = (conversation.state == HandoffTag::Queued).then_some(now);
        }
        record.operator = (conversation.state == HandoffTag::Assigned).then(|| "operator".to_owned());
        self.device.put_state(&record).await?;
        self.state = record.into();
        Ok(())
    }

    async fn heard(&mut self, number: u32, event: zg_sync::ServerEvent) -> Result<(), StoreError> {
        let Some(desk) = &mut self.desk else { return Ok(()) };
        if !desk.is_current(number) {
            return Ok(());
        }
        desk.alive();
        self.status.online = true;
        match event.event.as_str() {
            "message" => {
                // Its number is in the event's id, too.
                if let Ok(message) = zg_proto::from_json::<Message>(&event.data) {
                    self.status.typing = false;
                    let seq = event.id.rsplit_once('-').and_then(|(_, seq)| seq.parse().ok()).unwrap_or_default();
                    self.arrived(message, seq).await?;
                }
            }
            "conversation" | "reset" => {
                if event.event == "reset" {
                    (self.seen, self.told_seen) = (0, 0);
                }
                if let Ok(conversation) = zg_proto::from_json(&event.data) {
                    self.conversation(conversation).await?;
                }
            }
            "typing" => {
                self.status.typing = true;
                desk.typing();
            }
            _ => {}
        }
        // The cursor moves after what it stands for is kept: a crash in between costs a repetition, not a loss.
        if let (Some((epoch, seq)), Some(mut session)) = (event.id.rsplit_once('-'), self.device.session().await?) {
            session.epoch = Some(epoch.to_owned());
            session.seq = seq.parse().unwrap_or(session.seq);
            self.device.put_session(&session).await?;
        }
        self.news();
        Ok(())
    }

    /// A message of the log: one of ours that came back, or one of theirs.
    async fn arrived(&mut self, message: Message, seq: u64) -> Result<(), StoreError> {
        if let Some(shown) = self.shown.iter().find(|shown| shown.message.id == message.id).cloned() {
            let delivery = if seq <= self.seen { Delivery::Seen } else { Delivery::Sent };
            if (shown.seq, shown.delivery) != (seq, delivery) {
                self.show(Shown { seq, delivery, ..shown }).await?;
            }
            return Ok(());
        }
        let order = self.next_order();
        self.show(Shown { order, delivery: Delivery::Sent, helpful: None, hidden: Vec::new(), seq, message }).await
    }

    fn next_order(&self) -> f64 {
        let last = self.shown.iter().map(|shown| shown.order).fold(0.0, f64::max);
        zg_web::now().max(last + 1.0)
    }

    fn new_id(&self) -> String {
        // Without randomness the time serves: the id need be unique in one conversation only.
        let token = zg_web::random_token(16).unwrap_or_else(|_| (self.next_order() as u64).to_string());
        format!("a-{token}")
    }

    /// Tells the other tabs to look.
    fn news(&self) {
        if let Some(tabs) = &self.tabs {
            let live = self.leads.then(|| wasm_bindgen::JsValue::from(live(&self.status)));
            let _ = tabs.post_message(&live.unwrap_or(wasm_bindgen::JsValue::NULL));
        }
    }

    async fn tell_status(&mut self) {
        self.status.handoff = HandoffTag::from(&self.state.handoff);
        if !self.state.handoff.with_people() {
            self.status.queue_ahead = None;
            self.status.operator = None;
            self.status.typing = false;
        }
        self.status.pending = self
            .device
            .outbox()
            .await
            .map_or(0, |outbox| outbox.iter().filter(|entry| entry.refused.is_none()).count() as u32);
        let taste = |taste: &zg_domain::Taste| [taste.kind.name(), " ", &taste.value].concat();
        self.status.tastes = self.state.shopping.tastes.iter().map(taste).collect();
        self.status.acted = self.device.session().await.ok().flatten().map_or(0, |session| session.acted);
        if self.told.as_ref() != Some(&self.status) {
            self.post.post(&FromEngine::Status(self.status.clone()));
            self.told = Some(self.status.clone());
            if self.leads && self.state.handoff.with_people() {
                self.news();
            }
        }
    }
}

/// What a tab that leads says to the others of the people it talks to: whether it reaches them, whether they write, how many are
/// before the shopper, and a name.
fn live(status: &Status) -> String {
    let flag = |on: bool| if on { "1" } else { "" };
    let ahead = status.queue_ahead.map(|ahead| ahead.to_string()).unwrap_or_default();
    let operator = status.operator.as_deref().unwrap_or_default();
    [flag(status.online), flag(status.typing), &ahead, operator].join("\u{1f}")
}

/// What tabs tell each other of consent; no news of a conversation looks like it.
const KEEP: &str = "keep";
const FORGET: &str = "forget";

fn mirror(status: &mut Status, news: &str) {
    let mut fields = news.splitn(4, '\u{1f}');
    let mut next = || fields.next().unwrap_or_default();
    (status.online, status.typing) = (!next().is_empty(), !next().is_empty());
    status.queue_ahead = next().parse().ok();
    status.operator = Some(next()).filter(|name| !name.is_empty()).map(str::to_owned);
}

/// What is an event of the dialogue and nothing besides.
fn event_of(message: &ToEngine) -> Option<DialogueEvent> {
    Some(match message {
        ToEngine::RequestHandoff => DialogueEvent::RequestHandoff,
        ToEngine::EndHandoff => DialogueEvent::EndHandoff,
        ToEngine::Form { values } => DialogueEvent::Form { values: pairs(values) },
        ToEngine::Clicked { item } => DialogueEvent::Clicked { item: item.clone() },
        ToEngine::Ordered { items, bought } => DialogueEvent::Ordered { items: items.clone(), bought: *bought },
        ToEngine::Forget { taste } => DialogueEvent::Forget {
            taste: taste
                .split_once(' ')
                .and_then(|(kind, value)| Some((TasteKind::from_name(kind)?, value.to_owned()))),
        },
        _ => return None,
    })
}

/// Names and values, which have a space between them.
fn pairs(texts: &[String]) -> Vec<(String, String)> {
    let pairs = texts.iter().filter_map(|pair| pair.split_once(' '));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A list as the host writes it: its maker's own id, then a line for each item.
fn listed(id: String, list: &str) -> DialogueEvent {
    let mut lines = list.lines();
    let request = lines.next().unwrap_or_default().to_owned();
    let item = |line: &str| {
        let mut fields = line.split('\t').map(str::to_owned);
        let (item, reason) = (fields.next()?, fields.next().unwrap_or_default());
        Some(Suggested { item, reason, because: fields.next().filter(|because| !because.is_empty()) })
    };
    DialogueEvent::Recommended { id, request, items: lines.filter_map(item).take(MOST_LISTED).collect() }
}

/// Whether a message is for this device alone: what a form asks to look over has not been looked over yet.
fn stays(message: &Message) -> bool {
    message.cards.iter().any(|card| card.kind == "form")
}

/// An action as the sync endpoint takes it; names and values have a space between them.
fn action_json(id: &str, action: &str, arguments: &[String]) -> String {
    let pairs = arguments.iter().filter_map(|pair| pair.split_once(' '));
    let pairs: Vec<String> =
        pairs.map(|(name, value)| [&*zg_proto::to_json(name), ":", &zg_proto::to_json(value)].concat()).collect();
    let [id, action] = [id, action].map(zg_proto::to_json::<str>);
    ["{\"id\":", &id, ",\"action\":", &action, ",\"arguments\":{", &pairs.join(","), "}}"].concat()
}

/// Cut to what a message may hold, at a character's end.
fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MAX_MESSAGE_BYTES));
    text
}
