//! Sending what waits in the outbox.

use zg_domain::MAX_MESSAGE_BYTES;
use zg_proto::http::{Conversation, OpenConversation, PostMessages, Posted};
use zg_proto::stored::{OutboxEntry, OutboxRequest, Session};
use zg_proto::{from_json, to_json};

use crate::store::{LocalStore, StoreError};
use crate::transport::{Request, Response, Transport};

/// Messages in one request; the endpoint takes 200.
const BATCH: usize = 50;

/// What opening a conversation says of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    pub site_key: String,
    pub locale: String,
    pub page: Option<String>,
}

/// How a run of [`pump`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing waits any more, refused entries aside.
    Drained,
    /// The network or the server is away; try again, at the earliest after so many seconds where the server said so.
    Later { retry_after: Option<u32> },
}

/// What a run achieved, also where it ended early.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Pumped {
    /// Ids of messages the server has committed.
    pub sent: Vec<String>,
    /// Ids of messages the server will never take.
    pub refused: Vec<String>,
    /// The newest state the server told.
    pub conversation: Option<Conversation>,
}

/// What became of one request.
enum Answer {
    Done(Response),
    /// The server does not know the conversation (any more).
    Unknown,
    Refused(String),
    Later(Option<u32>),
}

/// Sends the outbox in order, each entry until it is committed or refused for good.
///
/// Nothing is removed before the server's word, so a crash at any point costs a repetition, which the server recognises.
///
/// # Errors
/// The device's database fails; nothing was lost that it still holds.
pub async fn pump<S: LocalStore, T: Transport>(
    store: &S,
    transport: &T,
    site: &Site,
) -> Result<(Pumped, Outcome), StoreError> {
    let mut pumped = Pumped::default();
    // A conversation that is unknown right after it was opened will not be known by opening it a third time.
    let mut reopened = false;
    loop {
        let waiting: Vec<OutboxEntry> =
            store.outbox().await?.into_iter().filter(|entry| entry.refused.is_none()).collect();
        let Some(first) = waiting.first() else { return Ok((pumped, Outcome::Drained)) };

        if let OutboxRequest::Erase { session } = &first.request {
            let request = Request {
                method: "DELETE",
                path: format!("/conversations/{}", session.id),
                secret: session.secret.clone(),
                body: None,
            };
            match answer(transport, request).await {
                // Unknown is as erased as can be.
                Answer::Done(_) | Answer::Unknown | Answer::Refused(_) => store.remove_outbox(first.order).await?,
                Answer::Later(retry_after) => return Ok((pumped, Outcome::Later { retry_after })),
            }
            continue;
        }
        let Some(mut session) = store.session().await? else {
            // The conversation was erased while this waited; there is nobody left to send it for.
            store.remove_outbox(first.order).await?;
            continue;
        };
        if !session.opened {
            match answer(transport, open(&session, site)).await {
                Answer::Done(response) => {
                    pumped.conversation = from_json(&response.body).ok();
                    session.opened = true;
                    store.put_session(&session).await?;
                }
                Answer::Later(retry_after) => return Ok((pumped, Outcome::Later { retry_after })),
                Answer::Unknown => refuse(store, &mut pumped, &waiting, "conversation_unknown").await?,
                Answer::Refused(code) => refuse(store, &mut pumped, &waiting, &code).await?,
            }
            continue;
        }
        let (request, taken) = request(&session, &waiting);
        match answer(transport, request).await {
            Answer::Done(response) => {
                if let Ok(posted) = from_json::<Posted>(&response.body) {
                    pumped.sent.extend(posted.acks.into_iter().map(|ack| ack.id));
                } else if let Ok(conversation) = from_json(&response.body) {
                    pumped.conversation = Some(conversation);
                }
                for entry in &waiting[..taken] {
                    store.remove_outbox(entry.order).await?;
                }
            }
            Answer::Later(retry_after) => return Ok((pumped, Outcome::Later { retry_after })),
            Answer::Unknown if !reopened => {
                reopened = true;
                session.opened = false;
                store.put_session(&session).await?;
            }
            Answer::Unknown => refuse(store, &mut pumped, &waiting[..taken], "conversation_unknown").await?,
            // One of the batch is at fault: send them one by one to find which.
            Answer::Refused(_) if taken > 1 => {
                one_by_one(store, transport, &session, &waiting[..taken], &mut pumped).await?
            }
            Answer::Refused(code) => refuse(store, &mut pumped, &waiting[..taken], &code).await?,
        }
    }
}

async fn one_by_one<S: LocalStore, T: Transport>(
    store: &S,
    transport: &T,
    session: &Session,
    entries: &[OutboxEntry],
    pumped: &mut Pumped,
) -> Result<(), StoreError> {
    for entry in entries {
        let (request, _) = request(session, std::slice::from_ref(entry));
        match answer(transport, request).await {
            Answer::Done(response) => {
                pumped.sent.extend(
                    from_json::<Posted>(&response.body).into_iter().flat_map(|posted| posted.acks).map(|ack| ack.id),
                );
                store.remove_outbox(entry.order).await?;
            }
            Answer::Refused(code) => refuse(store, pumped, std::slice::from_ref(entry), &code).await?,
            // The caller's loop meets it again and decides.
            Answer::Unknown | Answer::Later(_) => return Ok(()),
        }
    }
    Ok(())
}

async fn refuse<S: LocalStore>(
    store: &S,
    pumped: &mut Pumped,
    entries: &[OutboxEntry],
    code: &str,
) -> Result<(), StoreError> {
    for entry in entries {
        match &entry.request {
            OutboxRequest::Message { message } | OutboxRequest::Image { message, .. } => {
                pumped.refused.push(message.id.clone());
                store.put_outbox(&OutboxEntry { refused: Some(code.to_owned()), ..entry.clone() }).await?;
            }
            // A wish that the state no longer allows (ended meanwhile) is void, not wedged.
            OutboxRequest::RequestHandoff { .. } | OutboxRequest::EndHandoff | OutboxRequest::Erase { .. } => {
                store.remove_outbox(entry.order).await?
            }
        }
    }
    Ok(())
}

fn open(session: &Session, site: &Site) -> Request {
    let body = OpenConversation {
        id: session.id.clone(),
        site_key: site.site_key.clone(),
        locale: site.locale.clone(),
        page: site.page.clone(),
    };
    Request {
        method: "POST",
        path: "/conversations".to_owned(),
        secret: session.secret.clone(),
        body: Some(to_json(&body)),
    }
}

/// The request for the first entries that go together, and how many they are.
fn request(session: &Session, waiting: &[OutboxEntry]) -> (Request, usize) {
    let path = |rest: &str| format!("/conversations/{}/{rest}", session.id);
    let mut messages = Vec::new();
    let mut bytes = 0;
    for entry in waiting.iter().take(BATCH) {
        let OutboxRequest::Message { message } = &entry.request else { break };
        bytes += message.text.len();
        if !messages.is_empty() && bytes > 16 * MAX_MESSAGE_BYTES {
            break;
        }
        messages.push(message.clone());
    }
    let (rest, body, taken) = match waiting.first().map(|entry| &entry.request) {
        Some(OutboxRequest::RequestHandoff { reason, packet }) => {
            ("handoff", Some(zg_proto::handoff_json(reason.as_deref(), packet.as_deref())), 1)
        }
        Some(OutboxRequest::Image { message, data }) => {
            let body = ["{\"message\":", &to_json(message), ",\"data\":", &to_json(data), "}"].concat();
            ("images", Some(body), 1)
        }
        Some(OutboxRequest::EndHandoff) => ("end", Some("{}".to_owned()), 1),
        _ => {
            let taken = messages.len();
            ("messages", Some(to_json(&PostMessages { messages })), taken)
        }
    };
    (Request { method: "POST", path: path(rest), secret: session.secret.clone(), body }, taken)
}

async fn answer<T: Transport>(transport: &T, request: Request) -> Answer {
    let Ok(response) = transport.send(request).await else { return Answer::Later(None) };
    match response.status {
        200..=299 => Answer::Done(response),
        404 => Answer::Unknown,
        408 | 425 | 429 | 500.. => Answer::Later(response.retry_after),
        _ => Answer::Refused(
            from_json::<zg_proto::http::Problem>(&response.body)
                .map_or_else(|_| response.status.to_string(), |problem| problem.code),
        ),
    }
}
