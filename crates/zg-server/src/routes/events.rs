//! `GET /v1/conversations/{id}/events`: the log from a cursor on, then what is added to it.
//!
//! There is one way of sending, which is reading the log after the cursor; a signal only says when to read.
//! So nothing can fall between catching up and following.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use zg_domain::{ConversationId, TenantId};
use zg_proto::http::{Conversation, EventsQuery, Typing};
use zg_proto::{AuthorTag, HandoffTag};

use crate::app::App;
use crate::auth::Shopper;
use crate::body::Params;
use crate::hub::{Heard, Signal};
use crate::problem::Failure;
use crate::storage::{Digest, Snapshot};
use crate::stream::{self, Outlet, Over};

/// Messages read from the log at a time.
const PAGE: u32 = 100;

/// A shopper has a few tabs and devices; a loop that opens streams has no end.
const MAX_STREAMS: usize = 16;

/// Where a reader left off.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cursor {
    /// `None` where the reader named a number alone.
    epoch: Option<String>,
    seq: u64,
}

impl Cursor {
    fn parse(text: &str) -> Result<Self, Failure> {
        let (epoch, seq) = match text.rsplit_once('-') {
            Some((epoch, seq)) => (Some(epoch.to_owned()), seq),
            None => (None, text),
        };
        let seq = seq.parse().map_err(|_| Failure::invalid("a cursor is <epoch>-<seq>"))?;
        Ok(Self { epoch, seq })
    }
}

pub async fn handle(
    State(app): State<App>,
    shopper: Shopper,
    headers: HeaderMap,
    Params(query): Params<EventsQuery>,
) -> Result<Response, Failure> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let cursor = last.or(query.after).filter(|text| !text.is_empty()).map(|text| Cursor::parse(&text)).transpose()?;
    let Shopper { tenant, id, secret } = shopper;
    if app.hub.n_listeners(&tenant, &id) >= MAX_STREAMS {
        return Err(Failure::too_many(5));
    }
    Ok(stream::respond(app.metrics.stream(), move |outlet| follow(app, tenant, (id, secret), cursor, outlet)))
}

async fn follow(
    app: App,
    tenant: TenantId,
    (id, secret): (ConversationId, Digest),
    cursor: Option<Cursor>,
    outlet: Outlet,
) -> Result<(), Over> {
    // Before the first read: what is committed after it is signalled.
    let mut news = app.hub.conversation(&tenant, &id);
    let mut queue = app.hub.queue(&tenant);
    let epoch = app.storage.epoch().to_owned();
    let mut after = 0;
    if let Some(cursor) = cursor {
        let state = app.storage.state(&tenant, &id).await?.ok_or(Over)?;
        // A number beyond the end is of a history that a restored backup no longer has.
        let known = cursor.epoch.is_none_or(|named| named == epoch) && cursor.seq <= state.last_seq;
        if known {
            after = cursor.seq;
        } else {
            let conversation = app.conversation(&id, state);
            outlet.send("reset", Some(format!("{epoch}-0")), &conversation).await?;
        }
    }
    let mut shown: Option<Conversation> = None;
    loop {
        loop {
            let Snapshot { state, messages, more } =
                app.storage.snapshot(&tenant, &id, after, PAGE).await?.ok_or(Over)?;
            for message in messages {
                after = message.seq;
                outlet.send("message", Some(format!("{epoch}-{after}")), &message).await?;
            }
            if !more {
                let conversation = app.conversation(&id, state);
                if shown.as_ref().is_none_or(|shown| differs(shown, &conversation)) {
                    outlet.send("conversation", Some(format!("{epoch}-{after}")), &conversation).await?;
                    shown = Some(conversation);
                }
                break;
            }
        }
        let queued = shown.as_ref().is_some_and(|shown| shown.state == HandoffTag::Queued);
        loop {
            tokio::select! {
                () = outlet.closed() => return Ok(()),
                () = app.stopped() => return Ok(()),
                heard = news.next() => match heard {
                    Heard::Signal(Signal::Typing { author: AuthorTag::Operator, .. }) => {
                        let typing = Typing { conversation: id.to_string(), author: AuthorTag::Operator };
                        outlet.send("typing", None, &typing).await?;
                    }
                    Heard::Signal(Signal::Typing { .. }) => {}
                    Heard::Signal(Signal::Changed { .. }) => break,
                    Heard::Signal(Signal::Lost) | Heard::Missed => {
                        // It may have been that this device was shut out.
                        if !app.storage.is_open_to(&tenant, &id, secret).await? {
                            return Ok(());
                        }
                        break;
                    }
                },
                // Others have come and gone: the place in the queue may be another one.
                _ = queue.next(), if queued => break,
            }
        }
    }
}

/// Whether a reader has to be told; the length of the log it sees for itself.
fn differs(a: &Conversation, b: &Conversation) -> bool {
    (a.state, a.queue_ahead, &a.operator, a.seen) != (b.state, b.queue_ahead, &b.operator, b.seen)
}
