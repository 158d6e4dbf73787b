//! `GET /v1/operator/events`: what happens on the desk, as it happens.
//!
//! `ready` says "from here on you hear everything": the console reads the queue and the conversations it shows
//! again, each after the last number it has, so that what happened while it was away is there too.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use zg_domain::ConversationId;
use zg_proto::AuthorTag;
use zg_proto::http::{Health, OperatorMessage, QueueChanged, Typing};

use crate::app::App;
use crate::auth::Operator;
use crate::hub::{Heard, Signal};
use crate::problem::Failure;
use crate::stream::{self, Outlet, Over};

/// How soon a stream ends after its operator has signed out elsewhere.
const SESSION_CHECK: Duration = Duration::from_secs(10);
/// One change brings at most a batch of messages.
const PAGE: u32 = 200;

pub async fn handle(State(app): State<App>, operator: Operator) -> Result<Response, Failure> {
    Ok(stream::respond(app.metrics.stream(), move |outlet| follow(app, operator, outlet)))
}

async fn follow(app: App, operator: Operator, outlet: Outlet) -> Result<(), Over> {
    let mut desk = app.hub.desk(&operator.session.tenant);
    let mut check = tokio::time::interval(SESSION_CHECK);
    let ready = Health { status: "ready".to_owned() };
    outlet.send("ready", None, &ready).await?;
    loop {
        tokio::select! {
            () = outlet.closed() => return Ok(()),
            () = app.stopped() => return Ok(()),
            _ = check.tick() => {
                app.storage.session(operator.token, app.now()).await?.ok_or(Over)?;
            }
            heard = desk.next() => match heard {
                Heard::Missed | Heard::Signal(Signal::Lost) => outlet.send("ready", None, &ready).await?,
                Heard::Signal(Signal::Changed { conversation, after }) => {
                    send_new(&app, &operator, &conversation, after, &outlet).await?;
                    outlet.send("queue", None, &QueueChanged { conversation: conversation.to_string() }).await?;
                }
                Heard::Signal(Signal::Typing { conversation, author: AuthorTag::Shopper }) => {
                    if app.storage.holds(&operator.session.tenant, &operator.session.operator, &conversation).await? {
                        let typing = Typing { conversation: conversation.to_string(), author: AuthorTag::Shopper };
                        outlet.send("typing", None, &typing).await?;
                    }
                }
                Heard::Signal(Signal::Typing { .. }) => {}
            },
        }
    }
}

/// Sends what is new in a conversation that the operator holds.
async fn send_new(
    app: &App,
    operator: &Operator,
    conversation: &ConversationId,
    after: u64,
    outlet: &Outlet,
) -> Result<(), Over> {
    let (tenant, me) = (&operator.session.tenant, &operator.session.operator);
    if !app.storage.holds(tenant, me, conversation).await? {
        return Ok(());
    }
    let Some(view) = app.storage.view(tenant, me, conversation, after, PAGE).await? else { return Ok(()) };
    for message in view.messages {
        let id = Some(format!("{}-{}", view.epoch, message.seq));
        outlet.send("message", id, &OperatorMessage { conversation: conversation.to_string(), message }).await?;
    }
    Ok(())
}
