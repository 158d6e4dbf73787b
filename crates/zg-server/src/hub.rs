//! Wake-ups: who waits for a conversation or for a tenant's queue is told that the log has grown.
//!
//! A signal never carries a message. Who is woken reads the log, so a signal that is lost costs time and no data.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::broadcast;
use zg_domain::{ConversationId, TenantId};
use zg_proto::AuthorTag;

/// Signals a sleeper may fall behind by before it is told "you missed some", which means "read the log".
const CAPACITY: usize = 64;
/// The same of a conversation, which has few events and is many: room is taken for all of it at once.
const CONVERSATION_CAPACITY: usize = 8;

/// What was committed, or is going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// The conversation has messages after `after`, or another state.
    Changed { conversation: ConversationId, after: u64 },
    /// Signals may have been lost on the way from another process.
    Lost,
    /// Someone is writing.
    Typing { conversation: ConversationId, author: AuthorTag },
}

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    Conversation(TenantId, ConversationId),
    Desk(TenantId),
    Queue(TenantId),
}

/// One change, as the writer reports it after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Tells one change from another where several ways lead to one listener; 0 where there is one way only.
    pub id: i64,
    pub tenant: TenantId,
    pub conversation: ConversationId,
    pub after: u64,
    /// A person was asked for, so operators see it.
    pub desk: bool,
    /// The queue has other members now, so those who wait in it have another place.
    pub queue: bool,
    /// A key of it was revoked: what is remembered of who may read it is void.
    pub keys: bool,
}

/// Carries signals between processes that share a database.
pub trait Relay: Send + Sync {
    /// Somebody here listens to `topic` from now on.
    fn join(&self, topic: &Topic);
    /// Nobody here does any more.
    fn leave(&self, topic: &Topic);
    fn send(&self, topic: &Topic, id: i64, signal: &Signal);
}

#[derive(Default)]
pub struct Hub {
    topics: Mutex<HashMap<Topic, broadcast::Sender<Signal>>>,
    relay: OnceLock<Arc<dyn Relay>>,
}

/// Listens until dropped; the topic goes with its last listener.
pub struct Subscription {
    hub: Arc<Hub>,
    topic: Topic,
    receiver: broadcast::Receiver<Signal>,
}

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Signal(Signal),
    /// It was too slow for some; the log has them.
    Missed,
}

impl Hub {
    pub fn conversation(self: &Arc<Self>, tenant: &TenantId, id: &ConversationId) -> Subscription {
        self.subscribe(Topic::Conversation(tenant.clone(), id.clone()))
    }

    /// How many listen to a conversation now.
    pub fn n_listeners(&self, tenant: &TenantId, id: &ConversationId) -> usize {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let topic = Topic::Conversation(tenant.clone(), id.clone());
        topics.get(&topic).map_or(0, broadcast::Sender::receiver_count)
    }

    pub fn desk(self: &Arc<Self>, tenant: &TenantId) -> Subscription {
        self.subscribe(Topic::Desk(tenant.clone()))
    }

    /// Hears only of changes that move places in the queue.
    pub fn queue(self: &Arc<Self>, tenant: &TenantId) -> Subscription {
        self.subscribe(Topic::Queue(tenant.clone()))
    }

    fn subscribe(self: &Arc<Self>, topic: Topic) -> Subscription {
        let capacity = if matches!(topic, Topic::Conversation(..)) { CONVERSATION_CAPACITY } else { CAPACITY };
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = topics.entry(topic.clone()).or_insert_with(|| {
            if let Some(relay) = self.relay.get() {
                relay.join(&topic);
            }
            broadcast::channel(capacity).0
        });
        let receiver = sender.subscribe();
        Subscription { hub: Arc::clone(self), topic, receiver }
    }

    /// Connects this process with others. Once, before anybody listens.
    pub fn set_relay(&self, relay: Arc<dyn Relay>) {
        // A second one would be a mistake of the caller's; the first stays.
        let _ = self.relay.set(relay);
    }

    /// Called by the writer, after the commit and before the acknowledgement.
    pub fn publish(&self, changes: Vec<Change>) {
        for change in changes {
            let (topics, signal) = change.signal();
            self.send(&topics, change.id, &signal);
        }
    }

    pub fn typing(&self, tenant: &TenantId, conversation: ConversationId, author: AuthorTag) {
        let topics = [Topic::Conversation(tenant.clone(), conversation.clone()), Topic::Desk(tenant.clone())];
        self.send(&topics, 0, &Signal::Typing { conversation, author });
    }

    fn send(&self, to: &[Topic], id: i64, signal: &Signal) {
        for topic in to {
            self.wake(topic, signal);
            if let Some(relay) = self.relay.get() {
                relay.send(topic, id, signal);
            }
        }
    }

    /// Wakes who listens here, and tells no other process.
    pub fn wake(&self, topic: &Topic, signal: &Signal) {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = topics.get(topic) {
            // It fails only where the last listener has just left.
            let _ = sender.send(signal.clone());
        }
    }

    /// Has everyone read the log again: signals may have been lost.
    pub fn wake_all(&self) {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in topics.values() {
            let _ = sender.send(Signal::Lost);
        }
    }
}

impl Change {
    /// Who is to be told of it, and what.
    #[must_use]
    pub fn signal(&self) -> (Vec<Topic>, Signal) {
        let mut topics = vec![Topic::Conversation(self.tenant.clone(), self.conversation.clone())];
        if self.desk {
            topics.push(Topic::Desk(self.tenant.clone()));
        }
        if self.queue {
            topics.push(Topic::Queue(self.tenant.clone()));
        }
        if self.keys {
            // Whoever listens asks whether it may still.
            return (topics, Signal::Lost);
        }
        (topics, Signal::Changed { conversation: self.conversation.clone(), after: self.after })
    }
}

impl Subscription {
    pub async fn next(&mut self) -> Heard {
        match self.receiver.recv().await {
            Ok(Signal::Lost) => Heard::Missed,
            Ok(signal) => Heard::Signal(signal),
            // Closed cannot be: the hub keeps the sender for as long as a subscription lives.
            Err(_) => Heard::Missed,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut topics = self.hub.topics.lock().unwrap_or_else(PoisonError::into_inner);
        // Ours still counts here: fields are dropped after this.
        if topics.get(&self.topic).is_some_and(|sender| sender.receiver_count() <= 1) {
            topics.remove(&self.topic);
            if let Some(relay) = self.hub.relay.get() {
                relay.leave(&self.topic);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_goes_with_its_last_listener() {
        let hub = Arc::new(Hub::default());
        let tenant = TenantId::new("t").expect("well-formed");
        let first = hub.desk(&tenant);
        let second = hub.desk(&tenant);
        drop(first);
        assert_eq!(hub.topics.lock().unwrap().len(), 1);
        drop(second);
        assert_eq!(hub.topics.lock().unwrap().len(), 0);
    }
}
