//! The device's store: IndexedDB, or memory where the browser refuses one.

use zg_proto::cli::StateRecord;
use zg_proto::port::Shown;
use zg_proto::stored::{OutboxEntry, Session};
use zg_sync::store::MemoryStore;
use zg_sync::{LocalStore, StoreError};
use zg_web::Database;

/// Where a conversation is kept on this device.
pub(crate) enum Device {
    Database(Database),
    /// A private window or a full disk: the conversation lasts as long as the page.
    Memory(Box<MemoryStore>),
}

impl Device {
    pub(crate) async fn open(name: &str) -> Self {
        match Database::open(name).await {
            Ok(database) => Self::Database(database),
            Err(_) => Self::Memory(Box::default()),
        }
    }
}

impl Device {
    /// Takes over what another store holds.
    pub(crate) async fn take_over(&self, other: &Self) -> Result<(), StoreError> {
        for shown in other.messages().await? {
            self.put_message(&shown).await?;
        }
        for entry in other.outbox().await? {
            self.put_outbox(&entry).await?;
        }
        if let Some(session) = other.session().await? {
            self.put_session(&session).await?;
        }
        self.put_state(&other.state().await?).await
    }
}

macro_rules! either {
    ($self:ident . $method:ident ( $($argument:expr),* )) => {
        match $self {
            Device::Database(store) => store.$method($($argument),*).await,
            Device::Memory(store) => store.$method($($argument),*).await,
        }
    };
}

impl LocalStore for Device {
    async fn outbox(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        either!(self.outbox())
    }

    async fn put_outbox(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        either!(self.put_outbox(entry))
    }

    async fn remove_outbox(&self, order: f64) -> Result<(), StoreError> {
        either!(self.remove_outbox(order))
    }

    async fn session(&self) -> Result<Option<Session>, StoreError> {
        either!(self.session())
    }

    async fn put_session(&self, session: &Session) -> Result<(), StoreError> {
        either!(self.put_session(session))
    }

    async fn messages(&self) -> Result<Vec<Shown>, StoreError> {
        either!(self.messages())
    }

    async fn put_message(&self, shown: &Shown) -> Result<(), StoreError> {
        either!(self.put_message(shown))
    }

    async fn state(&self) -> Result<StateRecord, StoreError> {
        either!(self.state())
    }

    async fn put_state(&self, state: &StateRecord) -> Result<(), StoreError> {
        either!(self.put_state(state))
    }

    async fn clear(&self) -> Result<(), StoreError> {
        either!(self.clear())
    }
}
