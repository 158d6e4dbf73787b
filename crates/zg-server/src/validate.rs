//! What a device may say, field by field.

use axum::http::StatusCode;
use zg_domain::{MAX_MESSAGE_BYTES, MessageId};
use zg_proto::cli::PacketTag;
use zg_proto::{AuthorTag, Body, Message};

use crate::problem::Failure;

pub const MAX_MESSAGES: usize = 200;
const MAX_QUICK_REPLIES: usize = 20;
const MAX_LABEL_BYTES: usize = 1024;
const MAX_PAGE_BYTES: usize = 2048;

/// Events that only the house can vouch for: with them a page could have a person join who never did.
const HOUSE_EVENTS: [&str; 2] = ["operator_joined", "operator_left"];

pub fn messages(messages: &[Message]) -> Result<(), Failure> {
    if messages.is_empty() || messages.len() > MAX_MESSAGES {
        return Err(Failure::invalid(format!("want 1 to {MAX_MESSAGES} messages")));
    }
    if messages.iter().any(|message| message.body == Body::Image) {
        return Err(Failure::invalid("kind: a picture goes to …/images, with its bytes"));
    }
    messages.iter().try_for_each(message)
}

pub fn message(message: &Message) -> Result<(), Failure> {
    message_id(&message.id)?;
    text(&message.text)?;
    if let Some(lang) = &message.lang {
        locale(lang)?;
    }
    let vouched = matches!(&message.body, Body::Event { name } if HOUSE_EVENTS.contains(&name.as_str()));
    if message.author == AuthorTag::Operator || vouched {
        return Err(Failure::new(
            StatusCode::FORBIDDEN,
            "author_not_allowed",
            "A shopper's device cannot write this for somebody else",
        )
        .detail(message.id.clone()));
    }
    match &message.body {
        Body::Answer(answer) => {
            short("entry", &answer.entry)?;
            short("question", &answer.question)?;
            short("source", &answer.source)?;
            short("verified", answer.verified.as_deref().unwrap_or_default())?;
            short("valid_until", answer.valid_until.as_deref().unwrap_or_default())?;
            if !(0.0..=1.0).contains(&answer.confidence) {
                return Err(Failure::invalid("confidence: want 0 to 1"));
            }
        }
        Body::Event { name } => word("name", name)?,
        Body::Text | Body::Clarify | Body::Fallback | Body::Image => {}
    }
    if !message.cards.is_empty() {
        return Err(Failure::invalid("cards: they stay on the device; send the words"));
    }
    if message.quick_replies.len() > MAX_QUICK_REPLIES {
        return Err(Failure::invalid(format!("want at most {MAX_QUICK_REPLIES} quick replies")));
    }
    message.quick_replies.iter().try_for_each(|reply| {
        short("label", &reply.label)?;
        short("value", &reply.value)
    })
}

/// What goes along to a person: a device's own claims, bounded.
pub fn packet(packet: &PacketTag) -> Result<(), Failure> {
    const MOST: usize = 64;
    let lists = packet.facts.len().max(packet.tried.len()).max(packet.moods.len());
    if lists > MOST {
        return Err(Failure::invalid(format!("packet: want at most {MOST} of each")));
    }
    short("wants", &packet.wants)?;
    short("intent", &packet.intent)?;
    let words = packet.facts.iter().flat_map(|(name, value)| [name, value]).chain(&packet.tried).chain(&packet.moods);
    words.into_iter().try_for_each(|word| short("packet", word))
}

pub fn message_id(id: &str) -> Result<(), Failure> {
    MessageId::new(id).map(drop).map_err(|error| Failure::invalid(format!("message id: {error}")))
}

pub fn text(text: &str) -> Result<(), Failure> {
    if text.len() > MAX_MESSAGE_BYTES {
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "message_too_large", "The message is too long")
            .detail(format!("{} bytes, at most {MAX_MESSAGE_BYTES}", text.len())));
    }
    Ok(())
}

/// A language tag, by shape alone.
pub fn locale(locale: &str) -> Result<(), Failure> {
    let well_formed = (2..=35).contains(&locale.len())
        && locale
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if well_formed { Ok(()) } else { Err(Failure::invalid("want a BCP 47 language tag")) }
}

pub fn page(page: &str) -> Result<(), Failure> {
    if page.len() <= MAX_PAGE_BYTES { Ok(()) } else { Err(Failure::invalid("page: too long")) }
}

/// A word of a vocabulary, such as a reason or an event's name.
pub fn word(field: &str, word: &str) -> Result<(), Failure> {
    let well_formed = (1..=64).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'));
    if well_formed { Ok(()) } else { Err(Failure::invalid(format!("{field}: want a lower-case word"))) }
}

fn short(field: &str, value: &str) -> Result<(), Failure> {
    if value.len() <= MAX_LABEL_BYTES { Ok(()) } else { Err(Failure::invalid(format!("{field}: too long"))) }
}
