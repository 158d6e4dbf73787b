//! The outbox against a server that loses requests, loses answers, refuses and forgets.

mod stores;

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use zg_proto::http::{Ack, PostImage, PostMessages, Posted};
use zg_proto::stored::{OutboxEntry, OutboxRequest, Session};
use zg_proto::{AuthorTag, Body, Message, from_json, to_json};
use zg_sync::store::MemoryStore;
use zg_sync::{LocalStore, Offline, Outcome, Pumped, Request, Response, Site, Transport, pump};

/// Runs a future that never waits for anything outside.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    RequestLost,
    /// The server committed, the device did not hear of it.
    AnswerLost,
    Busy,
}

/// A server in memory; `faults` says what happens to the n-th request, then all goes well.
#[derive(Default)]
struct Server {
    faults: Vec<Fault>,
    requests: RefCell<Vec<String>>,
    open: RefCell<bool>,
    log: RefCell<Vec<String>>,
    handoffs: RefCell<u32>,
    /// A message with this text is refused for good.
    poison: Option<&'static str>,
}

impl Server {
    fn handle(&self, request: &Request) -> Response {
        let respond = |status, body: String| Response { status, body, retry_after: None };
        let body = request.body.clone().unwrap_or_default();
        if request.path == "/conversations" {
            *self.open.borrow_mut() = true;
            return respond(200, r#"{"id":"c","state":"contained","epoch":"e","last_seq":0}"#.into());
        }
        if !*self.open.borrow() {
            return respond(404, String::new());
        }
        if request.path.ends_with("/handoff") {
            *self.handoffs.borrow_mut() += 1;
            return respond(200, r#"{"id":"c","state":"queued","epoch":"e","last_seq":9}"#.into());
        }
        if request.path.ends_with("/images") {
            let Ok(PostImage { message, data }) = from_json::<PostImage>(&body) else {
                return respond(400, String::new());
            };
            assert_eq!(data, "/9j/");
            self.log.borrow_mut().push(message.id.clone());
            return respond(200, to_json(&Posted { acks: vec![Ack { id: message.id, seq: 1, duplicate: false }] }));
        }
        let Ok(post) = from_json::<PostMessages>(&body) else { return respond(400, String::new()) };
        if post.messages.iter().any(|message| Some(message.text.as_str()) == self.poison) {
            return respond(
                400,
                r#"{"type":"about:blank","title":"no","status":400,"code":"invalid","instance":"1"}"#.into(),
            );
        }
        let mut log = self.log.borrow_mut();
        let acks = post.messages.into_iter().map(|message| {
            let seen = log.iter().position(|id| *id == message.id);
            if seen.is_none() {
                log.push(message.id.clone());
            }
            Ack { seq: seen.unwrap_or(log.len() - 1) as u64 + 1, duplicate: seen.is_some(), id: message.id }
        });
        respond(200, to_json(&Posted { acks: acks.collect() }))
    }
}

impl Transport for Server {
    async fn send(&self, request: Request) -> Result<Response, Offline> {
        let n = self.requests.borrow().len();
        self.requests.borrow_mut().push(request.path.clone());
        match self.faults.get(n).copied().unwrap_or(Fault::None) {
            Fault::None => Ok(self.handle(&request)),
            Fault::RequestLost => Err(Offline),
            Fault::AnswerLost => {
                self.handle(&request);
                Err(Offline)
            }
            Fault::Busy => Ok(Response { status: 503, body: String::new(), retry_after: Some(2) }),
        }
    }
}

fn message(id: usize, text: &str) -> OutboxEntry {
    let message = Message {
        id: format!("m{id}"),
        author: AuthorTag::Shopper,
        at: 0,
        text: text.to_owned(),
        lang: None,
        body: Body::Text,
        quick_replies: Vec::new(),
        cards: Vec::new(),
    };
    OutboxEntry { order: id as f64, refused: None, request: OutboxRequest::Message { message } }
}

fn store(texts: &[&str]) -> MemoryStore {
    let store = MemoryStore::default();
    let session = Session { id: "c".into(), secret: "s".into(), opened: false, epoch: None, seq: 0 };
    run(store.put_session(&session)).expect("memory");
    for (at, text) in texts.iter().enumerate() {
        run(store.put_outbox(&message(at, text))).expect("memory");
    }
    let handoff = OutboxRequest::RequestHandoff { reason: None, packet: None };
    run(store.put_outbox(&OutboxEntry { order: texts.len() as f64, refused: None, request: handoff })).expect("memory");
    store
}

fn site() -> Site {
    Site { site_key: "k".into(), locale: "zh-CN".into(), page: None }
}

/// Pumps until drained, as the engine does after each wait.
fn drain(store: &MemoryStore, server: &Server) -> Pumped {
    let mut all = Pumped::default();
    for _ in 0..20 {
        let (pumped, outcome) = run(pump(store, server, &site())).expect("memory");
        all.sent.extend(pumped.sent);
        all.refused.extend(pumped.refused);
        all.conversation = pumped.conversation.or(all.conversation);
        if outcome == Outcome::Drained {
            return all;
        }
    }
    panic!("the outbox never drains: {:?}", server.requests.borrow());
}

#[test]
fn every_message_arrives_once_and_in_order_whatever_is_lost() {
    use Fault::{AnswerLost, Busy, RequestLost};
    let faults = [Fault::None, RequestLost, AnswerLost, Busy];
    for code in 0..faults.len().pow(5) {
        let server = Server {
            faults: (0..5).map(|at| faults[code / faults.len().pow(at) % faults.len()]).collect(),
            ..Server::default()
        };
        let store = store(&["一", "二", "三"]);
        let pumped = drain(&store, &server);
        assert_eq!(*server.log.borrow(), ["m0", "m1", "m2"], "{code}");
        assert!(["m0", "m1", "m2"].iter().all(|id| pumped.sent.iter().any(|sent| sent == id)), "{code}: {pumped:?}");
        assert!(*server.handoffs.borrow() >= 1);
        assert!(run(store.outbox()).expect("memory").is_empty());
    }
}

#[test]
fn one_bad_message_does_not_hold_up_the_others() {
    let server = Server { poison: Some("毒"), ..Server::default() };
    let store = store(&["一", "毒", "三"]);
    let pumped = drain(&store, &server);
    assert_eq!(*server.log.borrow(), ["m0", "m2"]);
    assert_eq!(pumped.refused, ["m1"]);
    let left = run(store.outbox()).expect("memory");
    assert_eq!(left.len(), 1, "the refused message stays for a retry");
    assert_eq!(left[0].refused.as_deref(), Some("invalid"));
}

#[test]
fn a_picture_goes_by_itself_in_its_place() {
    let server = Server::default();
    let store = store(&["一", "二", "三"]);
    let OutboxRequest::Message { message } = run(store.outbox()).expect("memory")[1].request.clone() else { return };
    let request = OutboxRequest::Image { message: Message { body: Body::Image, ..message }, data: "/9j/".into() };
    run(store.put_outbox(&OutboxEntry { order: 1.0, refused: None, request })).expect("memory");
    let pumped = drain(&store, &server);
    assert_eq!(*server.log.borrow(), ["m0", "m1", "m2"]);
    assert_eq!(pumped.sent, ["m0", "m1", "m2"]);
}

#[test]
fn a_server_that_forgot_the_conversation_is_told_again() {
    let server = Server::default();
    let store = store(&["一"]);
    let session = Session { id: "c".into(), secret: "s".into(), opened: true, epoch: None, seq: 0 };
    run(store.put_session(&session)).expect("memory");
    let pumped = drain(&store, &server);
    assert_eq!(pumped.sent, ["m0"]);
    assert_eq!(pumped.conversation.map(|conversation| conversation.state), Some(zg_proto::HandoffTag::Queued));
}

#[test]
fn a_server_that_asks_to_wait_says_how_long() {
    let server = Server { faults: vec![Fault::Busy], ..Server::default() };
    let (_, outcome) = run(pump(&store(&["一"]), &server, &site())).expect("memory");
    assert_eq!(outcome, Outcome::Later { retry_after: Some(2) });
}
