//! What every store has to do, whoever keeps it: the same for memory, SQLite and IndexedDB.

use zg_proto::cli::StateRecord;
use zg_proto::port::{Delivery, Shown};
use zg_proto::stored::{OutboxEntry, OutboxRequest, Session};
use zg_proto::{AuthorTag, Body, Card, HandoffTag, Message};

use super::{LocalStore, StoreError};

/// Runs the suite on a store that is empty, and leaves it so. `reopen` gives the same store anew, as after a restart; for one
/// that forgets with its process it gives it back.
///
/// # Errors
/// What the store did otherwise, in words.
pub async fn check<S: LocalStore, F: Future<Output = Result<S, StoreError>>>(
    store: S,
    reopen: impl Fn(S) -> F,
) -> Result<(), String> {
    let store = fresh(store).await?;
    let store = outbox(store, &reopen).await?;
    let store = messages(store, &reopen).await?;
    let store = singles(store, &reopen).await?;
    cleared(store, &reopen).await
}

fn message(id: &str, text: &str) -> Message {
    Message {
        id: id.to_owned(),
        author: AuthorTag::Shopper,
        at: 1_780_000_000_123,
        text: text.to_owned(),
        lang: Some("zh-CN".to_owned()),
        body: Body::Text,
        quick_replies: Vec::new(),
        cards: vec![Card { kind: "image".to_owned(), image: "/9j/".to_owned(), ..Card::default() }],
    }
}

fn entry(order: f64, text: &str) -> OutboxEntry {
    let request = OutboxRequest::Message { message: message(&["m", text].concat(), text) };
    OutboxEntry { order, refused: None, request }
}

fn shown(id: &str, order: f64) -> Shown {
    Shown {
        order,
        delivery: Delivery::Pending,
        helpful: Some(true),
        hidden: vec!["138****8000".to_owned()],
        seq: 0,
        message: message(id, "引号 \" 与 \u{1f600} \u{202e} \u{0} \n"),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?} in place of {expected:?}")) }
}

fn told(error: StoreError) -> String {
    error.to_string()
}

async fn fresh<S: LocalStore>(store: S) -> Result<S, String> {
    same("a new store's outbox", &store.outbox().await.map_err(told)?, &Vec::new())?;
    same("a new store's messages", &store.messages().await.map_err(told)?, &Vec::new())?;
    same("a new store's session", &store.session().await.map_err(told)?, &None)?;
    same("a new store's state", &store.state().await.map_err(told)?, &StateRecord::default())?;
    // Of what is not there nothing can be removed, and that is no error.
    store.remove_outbox(1.0).await.map_err(told)?;
    Ok(store)
}

async fn outbox<S: LocalStore, F: Future<Output = Result<S, StoreError>>>(
    store: S,
    reopen: &impl Fn(S) -> F,
) -> Result<S, String> {
    // Thousandths of a millisecond, as the engine writes them, and not in their order.
    let (first, second, third) = (1_780_000_000_001.125, 1_780_000_000_001.25, 1_780_000_000_002.5);
    for one in [entry(third, "三"), entry(first, "一"), entry(second, "二")] {
        store.put_outbox(&one).await.map_err(told)?;
    }
    let store = reopen(store).await.map_err(told)?;
    let all = vec![entry(first, "一"), entry(second, "二"), entry(third, "三")];
    same("the order of the outbox", &store.outbox().await.map_err(told)?, &all)?;
    // The same place again is the same entry, changed.
    let refused = OutboxEntry { refused: Some("too_large".to_owned()), ..entry(second, "二") };
    store.put_outbox(&refused).await.map_err(told)?;
    store.remove_outbox(first).await.map_err(told)?;
    store.remove_outbox(first).await.map_err(told)?;
    let handoff = OutboxRequest::RequestHandoff { reason: Some("shopper_asked".to_owned()), packet: None };
    let handoff = OutboxEntry { order: third + 1.0, refused: None, request: handoff };
    store.put_outbox(&handoff).await.map_err(told)?;
    let store = reopen(store).await.map_err(told)?;
    let left = vec![refused, entry(third, "三"), handoff];
    same("the outbox after a change", &store.outbox().await.map_err(told)?, &left)?;
    for one in left {
        store.remove_outbox(one.order).await.map_err(told)?;
    }
    same("an emptied outbox", &store.outbox().await.map_err(told)?, &Vec::new())?;
    Ok(store)
}

async fn messages<S: LocalStore, F: Future<Output = Result<S, StoreError>>>(
    store: S,
    reopen: &impl Fn(S) -> F,
) -> Result<S, String> {
    for one in [shown("b", 2.0), shown("a", 1.0), shown("c", 3.5)] {
        store.put_message(&one).await.map_err(told)?;
    }
    // Found by its id: its place may change.
    let sent = Shown { delivery: Delivery::Sent, seq: 7, ..shown("a", 9.0) };
    store.put_message(&sent).await.map_err(told)?;
    let store = reopen(store).await.map_err(told)?;
    let expected = vec![shown("b", 2.0), shown("c", 3.5), sent];
    same("the transcript", &store.messages().await.map_err(told)?, &expected)?;
    Ok(store)
}

async fn singles<S: LocalStore, F: Future<Output = Result<S, StoreError>>>(
    store: S,
    reopen: &impl Fn(S) -> F,
) -> Result<S, String> {
    let session =
        Session { id: "c-1".to_owned(), secret: "s".repeat(43), opened: true, epoch: Some("e".to_owned()), seq: 12 };
    let state = StateRecord { turns: 3, handoff: HandoffTag::Queued, handoff_since: Some(7), ..StateRecord::default() };
    store.put_session(&session).await.map_err(told)?;
    store.put_state(&StateRecord::default()).await.map_err(told)?;
    store.put_state(&state).await.map_err(told)?;
    let store = reopen(store).await.map_err(told)?;
    same("the session", &store.session().await.map_err(told)?, &Some(session))?;
    same("the dialogue's state", &store.state().await.map_err(told)?, &state)?;
    Ok(store)
}

async fn cleared<S: LocalStore, F: Future<Output = Result<S, StoreError>>>(
    store: S,
    reopen: &impl Fn(S) -> F,
) -> Result<(), String> {
    store.put_outbox(&entry(1.0, "一")).await.map_err(told)?;
    store.clear().await.map_err(told)?;
    let store = reopen(store).await.map_err(told)?;
    fresh(store).await.map(drop)
}
