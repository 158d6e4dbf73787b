//! Messages, apart from their serialized form.

/// The longest text one message may hold, in UTF-8 bytes, wherever it comes from.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Author {
    Shopper,
    Assistant,
    Operator,
    /// The house itself: "a person has joined".
    System,
}
