//! Devices, operators and the server under faults that a seed decides: the very client (`zg_sync`), the very server.
//!
//! Everything runs in one thread, one request at a time, and the network is a function, so a seed replays its failure:
//! `SEED=7 cargo test -p zg-server simulation`, and `SEEDS=5000` for a long run.
//! That the checks can fail is shown on purpose: with each of the bugs that such a protocol is known for, some seed finds it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request as HttpRequest;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use zg_proto::stored::{OutboxEntry, OutboxRequest, Session};
use zg_proto::{AuthorTag, Message};
use zg_server::App;
use zg_sync::store::MemoryStore;
use zg_sync::{EventStream, LocalStore as _, Offline, Outcome, Request, Response, Site, Transport, pump};

use crate::support::{Folder, HOST, MockClock, PASSWORD, START, config, secret};

const N_DEVICES: usize = 3;
const N_STEPS: usize = 90;

/// What may be wrong with a server; each is put between the network and ours.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Bug {
    None,
    /// Acknowledges before the commit: what it has not written yet goes with a restart.
    EarlyAck,
    /// Does not recognise a retry.
    NoDedupe,
    /// Resumes one message too late.
    OffByOne,
    /// Writes a batch backwards.
    Disorder,
    /// Writes the first of a batch and acknowledges all.
    Partial,
}

/// `splitmix64` (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// Server and network.
struct World {
    folder: Folder,
    clock: MockClock,
    router: RefCell<Option<Router>>,
    random: RefCell<Random>,
    bug: Bug,
    /// Whether requests and answers go astray.
    faulty: Cell<bool>,
    /// Requests that arrive after their sender has given them up.
    late: RefCell<Vec<Request>>,
    /// What a server that acknowledges early has still to write.
    owed: RefCell<Vec<Request>>,
    n_forwarded: Cell<u64>,
}

impl World {
    fn new(seed: u64, bug: Bug) -> Self {
        let world = Self {
            folder: Folder::new(),
            clock: MockClock::at(Arc::new(AtomicI64::new(START))),
            router: RefCell::new(None),
            random: RefCell::new(Random(seed)),
            bug,
            faulty: Cell::new(true),
            late: RefCell::default(),
            owed: RefCell::default(),
            n_forwarded: Cell::new(0),
        };
        world.restart();
        world
    }

    /// The process dies and comes back with what its disk holds.
    fn restart(&self) {
        self.owed.borrow_mut().clear();
        self.router.borrow_mut().take();
        let app = App::open(config(&self.folder), Box::new(self.clock.clone())).unwrap();
        *self.router.borrow_mut() = Some(zg_server::router(app));
    }

    async fn http(&self, request: HttpRequest<Body>) -> axum::http::Response<Body> {
        let router = self.router.borrow().clone().unwrap();
        router.oneshot(request).await.unwrap()
    }

    fn build(request: &Request) -> HttpRequest<Body> {
        HttpRequest::builder()
            .method(request.method)
            .uri(format!("/v1{}", request.path))
            .header("authorization", format!("Bearer {}", request.secret))
            .header("content-type", "application/json")
            .body(request.body.clone().map_or_else(Body::empty, Body::from))
            .unwrap()
    }

    /// What the server makes of a request that reaches it.
    async fn deliver(&self, request: &Request) -> Response {
        let is_post = request.path.ends_with("/messages") && request.method == "POST";
        let mut request = request.clone();
        if is_post {
            let mut body: Value = serde_json::from_str(request.body.as_deref().unwrap_or_default()).unwrap();
            let messages = body["messages"].as_array_mut().unwrap();
            let all: Vec<String> = messages.iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect();
            let n = self.n_forwarded.replace(self.n_forwarded.get() + 1);
            match self.bug {
                Bug::EarlyAck if self.random.borrow_mut().chance(30) => {
                    self.owed.borrow_mut().push(request);
                    let acks = all.iter().map(|id| json!({ "id": id, "seq": 1, "duplicate": false }));
                    let body = json!({ "acks": acks.collect::<Vec<_>>() }).to_string();
                    return Response { status: 200, body, retry_after: None };
                }
                Bug::NoDedupe => {
                    for message in messages.iter_mut() {
                        message["id"] = json!(format!("{}.{n}", message["id"].as_str().unwrap()));
                    }
                }
                Bug::Disorder => messages.reverse(),
                Bug::Partial => messages.truncate(1),
                _ => {}
            }
            let changed = matches!(self.bug, Bug::NoDedupe | Bug::Partial);
            request.body = Some(body.to_string());
            let response = self.answer(&request).await;
            if changed && response.status == 200 {
                let acks = all.iter().map(|id| json!({ "id": id, "seq": 1, "duplicate": false }));
                return Response { body: json!({ "acks": acks.collect::<Vec<_>>() }).to_string(), ..response };
            }
            return response;
        }
        self.answer(&request).await
    }

    async fn answer(&self, request: &Request) -> Response {
        let response = self.http(Self::build(request)).await;
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Response { status, body: String::from_utf8(bytes.to_vec()).unwrap(), retry_after: None }
    }

    /// A request of the console's; `None` where no answer comes.
    async fn console(&self, cookie: &str, csrf: &str, path: &str, body: Value) -> Option<(u16, Value)> {
        let fate = if self.faulty.get() { self.random.borrow_mut().below(10) } else { 9 };
        if fate == 0 {
            return None;
        }
        let request = HttpRequest::post(format!("/v1/operator{path}"))
            .header("cookie", cookie)
            .header("host", HOST)
            .header("origin", format!("http://{HOST}"))
            .header("x-csrf-token", csrf)
            .header("content-type", "application/json")
            .body(if body.is_null() { Body::empty() } else { Body::from(body.to_string()) })
            .unwrap();
        let response = self.http(request).await;
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (fate != 1).then(|| (status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }
}

/// The network between devices and server.
impl Transport for World {
    async fn send(&self, request: Request) -> Result<Response, Offline> {
        let fate = if self.faulty.get() { self.random.borrow_mut().below(20) } else { 19 };
        match fate {
            // Never arrives.
            0 | 1 => Err(Offline),
            // Arrives, and the answer does not.
            2 | 3 => {
                self.deliver(&request).await;
                Err(Offline)
            }
            // Arrives when nobody expects it any more.
            4 => {
                self.late.borrow_mut().push(request);
                Err(Offline)
            }
            // Arrives twice.
            5 => {
                self.deliver(&request).await;
                Ok(self.deliver(&request).await)
            }
            // Finds a proxy in front of nothing.
            6 => Ok(Response { status: 503, body: "<html>".to_owned(), retry_after: Some(1) }),
            // The server dies before it, or after it.
            7 => {
                self.restart();
                Err(Offline)
            }
            8 => {
                self.deliver(&request).await;
                self.restart();
                Err(Offline)
            }
            _ => Ok(self.deliver(&request).await),
        }
    }
}

/// A shopper's browser.
struct Device {
    id: String,
    store: MemoryStore,
    n_said: usize,
    asked: bool,
    /// Ids that the server has acknowledged.
    acknowledged: Vec<String>,
    /// The log as it came by the stream: numbers and texts.
    heard: Vec<(u64, String)>,
}

impl Device {
    async fn new(at: usize) -> Self {
        let store = MemoryStore::default();
        let id = format!("c-{at}");
        let session = Session { secret: secret(&id), id: id.clone(), opened: false, epoch: None, seq: 0 };
        store.put_session(&session).await.unwrap();
        Self { id, store, n_said: 0, asked: false, acknowledged: Vec::new(), heard: Vec::new() }
    }

    async fn queue(&self, request: OutboxRequest) {
        let order = self.store.outbox().await.unwrap().last().map_or(0.0, |last| last.order) + 1.0;
        self.store.put_outbox(&OutboxEntry { order, refused: None, request }).await.unwrap();
    }

    async fn say(&mut self) {
        self.n_said += 1;
        let text = format!("{}/{}", self.id, self.n_said);
        let message = Message {
            id: format!("m-{}", self.n_said),
            author: AuthorTag::Shopper,
            at: START,
            text,
            lang: None,
            body: zg_proto::Body::Text,
            quick_replies: Vec::new(),
            cards: Vec::new(),
        };
        self.queue(OutboxRequest::Message { message }).await;
    }

    async fn pump(&mut self, world: &World) -> Outcome {
        let site = Site { site_key: "one".to_owned(), locale: "zh-CN".to_owned(), page: None };
        let (pumped, outcome) = pump(&self.store, world, &site).await.unwrap();
        assert!(pumped.refused.is_empty(), "{:?}", pumped.refused);
        self.acknowledged.extend(pumped.sent);
        outcome
    }

    /// Opens the stream where it left off and reads some of it: all that is there, or until it is cut.
    async fn listen(&mut self, world: &World) -> Result<(), String> {
        let session = self.store.session().await.unwrap().unwrap();
        if !session.opened {
            return Ok(());
        }
        let mut request = HttpRequest::get(format!("/v1/conversations/{}/events", self.id))
            .header("authorization", format!("Bearer {}", session.secret));
        if let Some(epoch) = &session.epoch {
            let late = u64::from(world.bug == Bug::OffByOne && session.seq > 0);
            request = request.header("last-event-id", format!("{epoch}-{}", session.seq + late));
        }
        let response = world.http(request.body(Body::empty()).unwrap()).await;
        if response.status() != 200 {
            return Ok(());
        }
        let mut body = response.into_body().into_data_stream();
        let mut events = EventStream::default();
        let cut_after = if world.faulty.get() { world.random.borrow_mut().below(4) } else { u64::MAX };
        let mut n_events = 0;
        loop {
            let Some(Ok(chunk)) = body.next().await else { return Ok(()) };
            // A network knows nothing of events.
            let at = world.random.borrow_mut().below(chunk.len() as u64 + 1) as usize;
            let mut read = events.push(&chunk[..at]).unwrap();
            read.extend(events.push(&chunk[at..]).unwrap());
            for event in read {
                if n_events == cut_after {
                    return Ok(());
                }
                n_events += 1;
                let caught_up = event.event == "conversation";
                let forgotten = world.faulty.get() && world.random.borrow_mut().chance(5);
                self.take(&event, forgotten).await?;
                if caught_up || forgotten {
                    return Ok(());
                }
            }
        }
    }

    /// Takes an event as the engine does; a device that dies between the message and the cursor hears it again.
    async fn take(&mut self, event: &zg_sync::ServerEvent, dies: bool) -> Result<(), String> {
        if event.event == "reset" {
            return Err(format!("{}: its history was forgotten", self.id));
        }
        let Some((epoch, seq)) = event.id.rsplit_once('-') else { return Ok(()) };
        let seq: u64 = seq.parse().map_err(|_| format!("no cursor: {}", event.id))?;
        if event.event == "message" {
            let data: Value = serde_json::from_str(&event.data).map_err(|error| error.to_string())?;
            let last = self.heard.last().map_or(0, |(seq, _)| *seq);
            if seq > last + 1 {
                return Err(format!("{}: heard {seq} after {last}", self.id));
            }
            if seq == last + 1 {
                let text = data["text"].as_str().unwrap_or_default();
                let name = data["name"].as_str().unwrap_or_default();
                self.heard.push((seq, format!("{text}{name}")));
            }
        }
        if dies {
            return Ok(());
        }
        let mut session = self.store.session().await.unwrap().unwrap();
        session.epoch = Some(epoch.to_owned());
        session.seq = seq;
        self.store.put_session(&session).await.unwrap();
        Ok(())
    }
}

/// A person at the desk, whose console tries again until it knows.
struct Desk {
    cookie: String,
    csrf: String,
    /// Conversation, id and text of what waits; the first goes first.
    waiting: Vec<(usize, String, String)>,
    said: BTreeMap<usize, Vec<String>>,
    n_said: usize,
}

impl Desk {
    async fn new(world: &World) -> Self {
        zg_server::add_operator(&world.folder.0, "one", "ann", "ANN", PASSWORD).await.unwrap();
        let body = json!({ "name": "ann", "password": PASSWORD }).to_string();
        let request = HttpRequest::post("/v1/operator/session").header("content-type", "application/json");
        let response = world.http(request.body(body.into()).unwrap()).await;
        let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let session: Value = serde_json::from_slice(&bytes).unwrap();
        let csrf = session["csrf_token"].as_str().unwrap().to_owned();
        Self { cookie, csrf, waiting: Vec::new(), said: BTreeMap::new(), n_said: 0 }
    }

    async fn act(&mut self, world: &World, at: usize) -> Result<(), String> {
        let path = format!("/conversations/c-{at}/take");
        let taken = world.console(&self.cookie, &self.csrf, &path, Value::Null).await;
        // Not asked for yet, or no answer: nothing to say to it.
        if taken.is_some_and(|(status, _)| status == 204 || status == 200) {
            self.n_said += 1;
            let text = format!("desk/{}", self.n_said);
            self.waiting.push((at, format!("r-{}", self.n_said), text));
        }
        self.flush(world).await.map(drop)
    }

    /// Sends what waits, in order, and gives whether nothing waits any more.
    async fn flush(&mut self, world: &World) -> Result<bool, String> {
        while let Some((at, id, text)) = self.waiting.first().cloned() {
            let path = format!("/conversations/c-{at}/messages");
            let body = json!({ "id": id, "text": text });
            match world.console(&self.cookie, &self.csrf, &path, body).await {
                Some((200, _)) => {
                    self.said.entry(at).or_default().push(text);
                    self.waiting.remove(0);
                }
                None => return Ok(false),
                Some((status, problem)) => return Err(format!("a reply was refused: {status} {problem}")),
            }
        }
        Ok(true)
    }
}

/// One run; `Err` says what was wrong.
async fn simulate(seed: u64, bug: Bug) -> Result<(), String> {
    let world = World::new(seed, bug);
    let mut desk = Desk::new(&world).await;
    let mut devices = Vec::new();
    for at in 0..N_DEVICES {
        devices.push(Device::new(at).await);
    }
    for _ in 0..N_STEPS {
        let (step, at) = {
            let mut random = world.random.borrow_mut();
            (random.below(100), random.below(N_DEVICES as u64) as usize)
        };
        // The outbox waits between tries, and limits count by the clock.
        world.clock.advance(1_000);
        let device = &mut devices[at];
        match step {
            0..30 => device.say().await,
            30..55 => drop(device.pump(&world).await),
            55..72 => device.listen(&world).await?,
            72..78 if !device.asked => {
                device.asked = true;
                device.queue(OutboxRequest::RequestHandoff { reason: None, packet: None }).await;
            }
            72..88 => desk.act(&world, at).await?,
            88..94 => {
                let late = world.late.borrow_mut().pop();
                if let Some(request) = late {
                    world.deliver(&request).await;
                }
            }
            94..97 => {
                let owed = world.owed.borrow_mut().pop();
                if let Some(request) = owed {
                    world.answer(&request).await;
                }
            }
            _ => world.restart(),
        }
    }
    // The weather clears: whatever is still on its way arrives, and everybody catches up.
    world.faulty.set(false);
    let owed = std::mem::take(&mut *world.owed.borrow_mut());
    for request in owed {
        world.answer(&request).await;
    }
    let late = std::mem::take(&mut *world.late.borrow_mut());
    for request in late {
        world.deliver(&request).await;
    }
    if !desk.flush(&world).await? {
        return Err("the desk's outbox never drains".to_owned());
    }
    for (at, device) in devices.iter_mut().enumerate() {
        if device.pump(&world).await != Outcome::Drained {
            return Err(format!("{}: the outbox never drains", device.id));
        }
        device.listen(&world).await?;
        judge(&world, device, desk.said.get(&at)).await?;
    }
    Ok(())
}

/// Whether what the server holds, what the device heard and what was said are the same.
async fn judge(world: &World, device: &Device, replies: Option<&Vec<String>>) -> Result<(), String> {
    if device.n_said == 0 && !device.asked {
        return Ok(());
    }
    let session = device.store.session().await.unwrap().unwrap();
    let path = format!("/conversations/{}/messages?limit=200", device.id);
    let page = world.answer(&Request { method: "GET", path, secret: session.secret, body: None }).await;
    let page: Value = serde_json::from_str(&page.body).map_err(|error| error.to_string())?;
    let log = page["messages"].as_array().cloned().unwrap_or_default();
    let of = |author: &str| -> Vec<String> {
        let theirs = log.iter().filter(|message| message["author"] == author);
        theirs.map(|message| message["text"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let expected: Vec<String> = (1..=device.n_said).map(|n| format!("{}/{n}", device.id)).collect();
    if of("shopper") != expected {
        return Err(format!("{}: the log has {:?} of what was said", device.id, of("shopper")));
    }
    if of("operator") != replies.cloned().unwrap_or_default() {
        return Err(format!("{}: the log has {:?} of the replies {replies:?}", device.id, of("operator")));
    }
    let ids: Vec<&str> = log.iter().filter_map(|message| message["id"].as_str()).collect();
    if let Some(lost) = device.acknowledged.iter().find(|id| !ids.contains(&id.as_str())) {
        return Err(format!("{}: {lost} was acknowledged and is not there", device.id));
    }
    let heard: Vec<(u64, String)> = log
        .iter()
        .map(|message| {
            let word = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
            (message["seq"].as_u64().unwrap_or_default(), word("text") + &word("name"))
        })
        .collect();
    if heard.iter().enumerate().any(|(at, (seq, _))| *seq != at as u64 + 1) {
        return Err(format!("{}: the log's numbers have gaps", device.id));
    }
    if heard != device.heard {
        return Err(format!("{}: heard {:?} of {heard:?}", device.id, device.heard));
    }
    Ok(())
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test]
async fn simulation_finds_nothing() {
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(40),
    };
    for seed in seeds {
        if let Err(wrong) = simulate(seed, Bug::None).await {
            panic!("SEED={seed}: {wrong}");
        }
    }
}

#[tokio::test]
async fn simulation_finds_every_bug_that_is_put_in() {
    for bug in [Bug::EarlyAck, Bug::NoDedupe, Bug::OffByOne, Bug::Disorder, Bug::Partial] {
        let mut found = None;
        for seed in 0..40 {
            if let Err(wrong) = simulate(seed, bug).await {
                found = Some((seed, wrong));
                break;
            }
        }
        let (seed, wrong) = found.unwrap_or_else(|| panic!("{bug:?} is not found in 40 runs"));
        println!("{bug:?}: SEED={seed}: {wrong}");
    }
}
