//! What the outbox asks of a database.

#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "sqlite")]
pub mod sqlite;

use zg_proto::cli::StateRecord;
use zg_proto::port::Shown;
use zg_proto::stored::{OutboxEntry, Session};

/// The device's database does not work: full, blocked, or a private window. What was to be kept is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the device's database does not work: {0}")]
pub struct StoreError(pub String);

/// Where a closed tab's outbox survives.
pub trait LocalStore {
    /// Oldest first; the order is the order of sending. Refused entries are among them.
    fn outbox(&self) -> impl Future<Output = Result<Vec<OutboxEntry>, StoreError>>;
    /// Adds an entry, or replaces the one with the same `order`; kept when this returns.
    fn put_outbox(&self, entry: &OutboxEntry) -> impl Future<Output = Result<(), StoreError>>;
    fn remove_outbox(&self, order: f64) -> impl Future<Output = Result<(), StoreError>>;
    fn session(&self) -> impl Future<Output = Result<Option<Session>, StoreError>>;
    fn put_session(&self, session: &Session) -> impl Future<Output = Result<(), StoreError>>;
    /// The transcript, oldest first.
    fn messages(&self) -> impl Future<Output = Result<Vec<Shown>, StoreError>>;
    /// Adds a message, or replaces the one with the same id.
    fn put_message(&self, shown: &Shown) -> impl Future<Output = Result<(), StoreError>>;
    /// What the dialogue remembers; a new dialogue where nothing was kept.
    fn state(&self) -> impl Future<Output = Result<StateRecord, StoreError>>;
    fn put_state(&self, state: &StateRecord) -> impl Future<Output = Result<(), StoreError>>;
    /// Forgets everything.
    fn clear(&self) -> impl Future<Output = Result<(), StoreError>>;
}

/// A store that forgets with the tab: for tests, and where the browser refuses a database.
#[derive(Debug, Default)]
pub struct MemoryStore {
    outbox: std::cell::RefCell<Vec<OutboxEntry>>,
    session: std::cell::RefCell<Option<Session>>,
    messages: std::cell::RefCell<Vec<Shown>>,
    state: std::cell::RefCell<StateRecord>,
}

impl LocalStore for MemoryStore {
    async fn outbox(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        Ok(self.outbox.borrow().clone())
    }

    async fn put_outbox(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        let mut outbox = self.outbox.borrow_mut();
        outbox.retain(|other| other.order != entry.order);
        let at = outbox.partition_point(|other| other.order < entry.order);
        outbox.insert(at, entry.clone());
        Ok(())
    }

    async fn remove_outbox(&self, order: f64) -> Result<(), StoreError> {
        self.outbox.borrow_mut().retain(|other| other.order != order);
        Ok(())
    }

    async fn session(&self) -> Result<Option<Session>, StoreError> {
        Ok(self.session.borrow().clone())
    }

    async fn put_session(&self, session: &Session) -> Result<(), StoreError> {
        *self.session.borrow_mut() = Some(session.clone());
        Ok(())
    }

    async fn messages(&self) -> Result<Vec<Shown>, StoreError> {
        Ok(self.messages.borrow().clone())
    }

    async fn put_message(&self, shown: &Shown) -> Result<(), StoreError> {
        let mut messages = self.messages.borrow_mut();
        messages.retain(|other| other.message.id != shown.message.id);
        let at = messages.partition_point(|other| other.order < shown.order);
        messages.insert(at, shown.clone());
        Ok(())
    }

    async fn state(&self) -> Result<StateRecord, StoreError> {
        Ok(self.state.borrow().clone())
    }

    async fn put_state(&self, state: &StateRecord) -> Result<(), StoreError> {
        *self.state.borrow_mut() = state.clone();
        Ok(())
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.outbox.borrow_mut().clear();
        self.session.borrow_mut().take();
        self.messages.borrow_mut().clear();
        *self.state.borrow_mut() = StateRecord::default();
        Ok(())
    }
}
