//! Wake-ups between processes, through NATS: at most once, and only for topics that somebody here listens to.
//!
//! What is lost here is found by [`crate::storage::postgres`], which looks for news four times a second; so NATS makes
//! delivery faster and never decides whether there is any.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zg_domain::{ConversationId, TenantId};
use zg_proto::wake::Wake;

use crate::hub::{Hub, Relay, Signal, Topic};
use crate::random;
use crate::storage::postgres::Seen;
use crate::storage::settings::Nats;

/// Wake-ups that may wait to be sent; beyond this they are left to who looks.
const QUEUE: usize = 4_096;
/// Conversations are spread over so many subjects. Each costs a process that listens some memory,
/// and with fewer of them it would be woken for what nobody here reads.
const SHARDS: u64 = 1_024;
/// A wake-up is two ids and two numbers.
const MAX_BYTES: usize = 1_024;

enum Interest {
    Join(String),
    Leave(String),
}

/// The sending side; the task behind it ends with it.
pub struct NatsRelay {
    /// Begins every subject, so that two deployments may share a NATS.
    prefix: String,
    interests: mpsc::UnboundedSender<Interest>,
    wakes: mpsc::Sender<(String, Wake)>,
}

/// The subject of a topic.
fn subject(prefix: &str, topic: &Topic) -> String {
    let hash = |text: &str| {
        let digest = random::sha256(text.as_bytes());
        u64::from_le_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]])
    };
    match topic {
        Topic::Conversation(tenant, id) => {
            format!("{prefix}.conversation.{}", hash(&format!("{tenant} {id}")) % SHARDS)
        }
        Topic::Desk(tenant) => format!("{prefix}.desk.{:016x}", hash(tenant.as_str())),
        Topic::Queue(tenant) => format!("{prefix}.queue.{:016x}", hash(tenant.as_str())),
    }
}

impl NatsRelay {
    /// Connects in the background, now and whenever the connection is lost.
    pub(crate) fn start(settings: &Nats, epoch: &str, hub: &Arc<Hub>, seen: Arc<Seen>) -> Self {
        let prefix = format!("zhanggui.{epoch}");
        let (interests, interested) = mpsc::unbounded_channel();
        let (wakes, waking) = mpsc::channel(QUEUE);
        let listener = Listener { prefix: prefix.clone(), hub: Arc::downgrade(hub), seen };
        tokio::spawn(run(settings.clone(), listener, interested, waking));
        Self { prefix, interests, wakes }
    }
}

impl Relay for NatsRelay {
    fn join(&self, topic: &Topic) {
        // It fails only where the task has ended; then we are slower, not wrong.
        let _ = self.interests.send(Interest::Join(subject(&self.prefix, topic)));
    }

    fn leave(&self, topic: &Topic) {
        let _ = self.interests.send(Interest::Leave(subject(&self.prefix, topic)));
    }

    fn send(&self, topic: &Topic, id: i64, signal: &Signal) {
        let (Topic::Conversation(tenant, _) | Topic::Desk(tenant) | Topic::Queue(tenant)) = topic;
        let tenant = tenant.to_string();
        let wake = match signal {
            Signal::Changed { conversation, after } => {
                Wake::Changed { id, tenant, conversation: conversation.to_string(), after: *after }
            }
            Signal::Typing { conversation, author } => {
                Wake::Typing { tenant, conversation: conversation.to_string(), author: *author }
            }
            Signal::Lost => return,
        };
        // Full means that NATS is slow or away: then others look for themselves.
        let _ = self.wakes.try_send((subject(&self.prefix, topic), wake));
    }
}

#[derive(Clone)]
struct Listener {
    prefix: String,
    hub: Weak<Hub>,
    seen: Arc<Seen>,
}

impl Listener {
    /// What came may be anybody's: it is checked, and wakes at most who waits for just that.
    fn hear(&self, from: &str, payload: &[u8]) {
        if payload.len() > MAX_BYTES {
            return;
        }
        let Some(wake) = std::str::from_utf8(payload).ok().and_then(|text| zg_proto::from_json::<Wake>(text).ok())
        else {
            return;
        };
        let (Wake::Changed { tenant, conversation, .. } | Wake::Typing { tenant, conversation, .. }) = &wake;
        let (Ok(tenant), Ok(conversation)) = (TenantId::new(tenant), ConversationId::new(conversation)) else { return };
        let topics = [
            Topic::Conversation(tenant.clone(), conversation.clone()),
            Topic::Desk(tenant.clone()),
            Topic::Queue(tenant),
        ];
        let Some(topic) = topics.into_iter().find(|topic| subject(&self.prefix, topic) == from) else { return };
        let Some(hub) = self.hub.upgrade() else { return };
        match wake {
            Wake::Changed { id, after, .. } => {
                if self.seen.first(id, &topic) {
                    hub.wake(&topic, &Signal::Changed { conversation, after });
                }
            }
            Wake::Typing { author, .. } => hub.wake(&topic, &Signal::Typing { conversation, author }),
        }
    }
}

async fn run(
    settings: Nats,
    listener: Listener,
    mut interested: mpsc::UnboundedReceiver<Interest>,
    mut waking: mpsc::Receiver<(String, Wake)>,
) {
    let mut options = ConnectOptions::new()
        .name("zhanggui")
        // What we send we have heard.
        .no_echo()
        .retry_on_initial_connect()
        .subscription_capacity(1_024)
        .event_callback(|event| async move {
            match event {
                Event::Connected => tracing::info!("connected to NATS"),
                Event::Disconnected => tracing::warn!("NATS is away; other processes are heard a little later"),
                other => tracing::debug!(event = %other, "NATS"),
            }
        });
    if let Some(token) = settings.token {
        options = options.token(token);
    }
    let client = match options.connect(settings.url.as_str()).await {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "NATS cannot be used; other processes are heard a little later");
            return;
        }
    };
    let mut listening: HashMap<String, (usize, JoinHandle<()>)> = HashMap::new();
    loop {
        tokio::select! {
            interest = interested.recv() => match interest {
                Some(Interest::Join(subject)) => join(&client, &listener, &mut listening, subject).await,
                Some(Interest::Leave(subject)) => leave(&mut listening, &subject),
                None => break,
            },
            wake = waking.recv() => match wake {
                // Kept for a NATS that is away they would come late, for nothing.
                Some((subject, wake)) if client.connection_state() == State::Connected => {
                    let _ = client.publish(subject, zg_proto::to_json(&wake).into_bytes().into()).await;
                }
                Some(_) => {}
                None => break,
            },
        }
    }
    for (_, (_, task)) in listening {
        task.abort();
    }
}

async fn join(
    client: &Client,
    listener: &Listener,
    listening: &mut HashMap<String, (usize, JoinHandle<()>)>,
    subject: String,
) {
    if let Some((n, _)) = listening.get_mut(&subject) {
        *n += 1;
        return;
    }
    match client.subscribe(subject.clone()).await {
        Ok(mut messages) => {
            let listener = listener.clone();
            let task = tokio::spawn(async move {
                while let Some(message) = messages.next().await {
                    listener.hear(message.subject.as_str(), &message.payload);
                }
            });
            listening.insert(subject, (1, task));
        }
        Err(error) => tracing::warn!(%error, "a subject of NATS cannot be listened to"),
    }
}

fn leave(listening: &mut HashMap<String, (usize, JoinHandle<()>)>, subject: &str) {
    let Some((n, task)) = listening.get_mut(subject) else { return };
    *n -= 1;
    if *n == 0 {
        // The subscription goes with the task that reads it.
        task.abort();
        listening.remove(subject);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_well_formed_word_on_its_own_subject_wakes_and_only_once() {
        let hub = Arc::new(Hub::default());
        let (tenant, id) = (TenantId::new("t").unwrap(), ConversationId::new("c").unwrap());
        let mut listening = hub.conversation(&tenant, &id);
        let listener = Listener { prefix: "p".to_owned(), hub: Arc::downgrade(&hub), seen: Arc::new(Seen::default()) };
        let right = subject("p", &Topic::Conversation(tenant.clone(), id.clone()));
        let wake = |n: i64| {
            format!("{{\"kind\":\"changed\",\"id\":{n},\"tenant\":\"t\",\"conversation\":\"c\",\"after\":{n}}}")
        };
        let long = format!("{{\"kind\":\"changed\",\"pad\":\"{}\"}}", "x".repeat(2_000));
        for (from, payload) in [
            (right.as_str(), "{"),
            (&right, "{\"kind\":\"changed\",\"id\":1,\"tenant\":\"t t\",\"conversation\":\"c\",\"after\":1}"),
            (&right, &wake(1).replace("\"t\"", "\"other\"")),
            ("p.conversation.9999", &wake(1)),
            (&subject("p", &Topic::Desk(tenant.clone())), &wake(1)),
            (&right, &long),
            // The first that is heard; then it again, which is not.
            (&right, &wake(7)),
            (&right, &wake(7)),
            (&right, &wake(8)),
        ] {
            listener.hear(from, payload.as_bytes());
        }
        for after in [7, 8] {
            let expected = Signal::Changed { conversation: id.clone(), after };
            assert_eq!(listening.next().await, crate::hub::Heard::Signal(expected));
        }
    }
}
