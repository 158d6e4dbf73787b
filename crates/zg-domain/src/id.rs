//! Ids are newtypes: `assign(conversation, operator)` cannot be called the wrong way round.

/// An id was empty, too long or held a character outside `[A-Za-z0-9_.:-]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to 64 characters of A-Z, a-z, 0-9, '_', '.', ':' and '-'")]
pub struct InvalidId;

fn valid(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-'))
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// # Errors
            /// [`InvalidId`] when the text is not a well-formed id; ask the sender for another.
            pub fn new(id: impl Into<String>) -> Result<Self, InvalidId> {
                let id = id.into();
                if valid(&id) { Ok(Self(id)) } else { Err(InvalidId) }
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id! {
    /// One merchant.
    TenantId
    /// One conversation of one shopper; made by the shopper's device, so that it exists offline.
    ConversationId
    /// One message; made by whoever wrote it, and the key by which a retry is recognised.
    MessageId
    /// One person of the shop.
    OperatorId
    /// One entry of the knowledge base; the author's word.
    EntryId
}
