//! What processes that share a database tell each other. Never a message, and never the truth: that is in the database.

use serde::{Deserialize, Serialize};

use crate::AuthorTag;

/// One wake-up, as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Wake {
    /// The conversation has messages after `after`, or another state. `id` tells one change from another.
    Changed { id: i64, tenant: String, conversation: String, after: u64 },
    /// Someone is writing.
    Typing { tenant: String, conversation: String, author: AuthorTag },
}
