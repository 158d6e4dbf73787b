//! Records of the device's own database (IndexedDB).

use serde::{Deserialize, Serialize};

use crate::Message;

/// A request that waits to be sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutboxEntry {
    /// Requests are sent in the order of this number.
    pub order: f64,
    /// Why the server refused it for good; it stays until the shopper retries or erases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    #[serde(flatten)]
    pub request: OutboxRequest,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum OutboxRequest {
    /// One message of the transcript.
    Message {
        message: Message,
    },
    /// A picture with its message.
    Image {
        message: Message,
        /// JPEG, PNG or WebP in base64.
        data: String,
    },
    RequestHandoff {
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        /// A [`crate::cli::PacketTag`] as JSON text: the device only carries it.
        packet: Option<String>,
    },
    EndHandoff,
    /// Forget a conversation; carries its credential, because the session is forgotten first.
    Erase {
        session: Session,
    },
}

/// The conversation this device holds at the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub id: String,
    /// What proves that the conversation is this device's.
    pub secret: String,
    /// Whether the server has said that it knows the conversation.
    #[serde(default)]
    pub opened: bool,
    /// How far the log was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    #[serde(default)]
    pub seq: u64,
}
