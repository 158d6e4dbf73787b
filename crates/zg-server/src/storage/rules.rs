//! What a conversation's columns mean, whichever database keeps them.

use zg_domain::{Handoff, OperatorId, Timestamp};
use zg_policy::money::{Facts, Grant, Policy, Refusal};
use zg_proto::http::OperatorReply;
use zg_proto::remedy::{RedeemRequest, Redemption, RemedyDecision};
use zg_proto::{AuthorTag, Body, HandoffTag, Message};

use super::{Asked, Begun, Digest, Image, NewAction, StorageError};
use crate::random;

/// Whom the policy gives priority is served as if they had waited so much longer: sooner, and nobody for ever later.
pub(super) const PRIORITY_MILLIS: i64 = 5 * 60 * 1_000;
/// Rows an operator can take in at once, and more.
pub(super) const MAX_ITEMS: u32 = 500;
/// Characters of a preview.
const PREVIEW_CHARS: usize = 120;
pub(super) const DAY_MILLIS: i64 = 86_400_000;
/// A retry comes within days. What was given is kept for good.
pub(super) const DECISIONS_KEPT_MILLIS: i64 = 30 * DAY_MILLIS;
/// Likewise of actions.
pub(super) const ACTIONS_KEPT_MILLIS: i64 = 30 * DAY_MILLIS;
/// Enough to show what is broken from all sides; a store of pictures we are not.
pub(super) const MAX_IMAGES: u32 = 20;

/// A conversation, as far as writers need it.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) handoff: Handoff,
    pub(super) queued_at: Option<Timestamp>,
    pub(super) last_seq: u64,
}

impl Row {
    pub(super) fn held_by(&self, operator: &OperatorId) -> bool {
        matches!(&self.handoff, Handoff::Assigned { operator: holder } if holder == operator)
    }

    /// Who holds it, as its column says.
    pub(super) fn holder(&self) -> Option<&str> {
        match &self.handoff {
            Handoff::Assigned { operator } => Some(operator.as_str()),
            Handoff::New | Handoff::Contained | Handoff::Queued { .. } | Handoff::Ended => None,
        }
    }
}

/// Puts the state together out of its columns.
pub(super) fn handoff(state: &str, queued_at: Option<i64>, operator: Option<String>) -> Result<Handoff, StorageError> {
    let broken = || StorageError::Database(format!("state {state} lacks its data"));
    Ok(match state {
        "new" => Handoff::New,
        "contained" => Handoff::Contained,
        "queued" => Handoff::Queued { since: Timestamp::from_millis(queued_at.ok_or_else(broken)?) },
        "assigned" => {
            let operator = OperatorId::new(operator.ok_or_else(broken)?).map_err(|_| broken())?;
            Handoff::Assigned { operator }
        }
        "ended" => Handoff::Ended,
        _ => return Err(broken()),
    })
}

/// The word of a state column, as a tag.
pub(super) fn tag(state: &str) -> HandoffTag {
    match state {
        "contained" => HandoffTag::Contained,
        "queued" => HandoffTag::Queued,
        "assigned" => HandoffTag::Assigned,
        "ended" => HandoffTag::Ended,
        _ => HandoffTag::New,
    }
}

/// Who holds the conversation after `author` has said something new.
pub(super) fn spoken(handoff: Handoff, author: AuthorTag) -> Handoff {
    match (handoff, author) {
        (Handoff::New, AuthorTag::Shopper | AuthorTag::Assistant) | (Handoff::Ended, AuthorTag::Shopper) => {
            Handoff::Contained
        }
        (other, _) => other,
    }
}

/// The beginning of a message, as a list shows it.
pub(super) fn preview(newest: Option<String>) -> String {
    newest
        .and_then(|json| zg_proto::from_json::<Message>(&json).ok())
        .map(|message| message.text.chars().take(PREVIEW_CHARS).collect())
        .unwrap_or_default()
}

/// What an operator has done, as a message. `text` is for the event's one variable, a name; the words are the reader's.
pub(super) fn house_event(name: &str, text: &str, now: Timestamp) -> Message {
    Message {
        id: format!("house-{}", random::hex(12)),
        author: AuthorTag::System,
        at: now.as_millis(),
        text: text.to_owned(),
        lang: None,
        body: Body::Event { name: name.to_owned() },
        quick_replies: Vec::new(),
        cards: Vec::new(),
    }
}

/// What a retry of a message is recognised by.
pub(super) fn digest(message: &Message) -> Digest {
    random::sha256(zg_proto::to_json(message).as_bytes())
}

/// What a retry of a message with a picture is recognised by.
pub(super) fn digest_with(message: &Message, image: &Image) -> Digest {
    let mut content = zg_proto::to_json(message).into_bytes();
    content.extend_from_slice(&image.bytes);
    random::sha256(&content)
}

/// Whether there is a person, or will be, who can look at a picture.
pub(super) fn is_asked(handoff: &Handoff) -> bool {
    matches!(handoff, Handoff::Queued { .. } | Handoff::Assigned { .. })
}

/// An operator's reply as a message, and its digest.
pub(super) fn reply(operator: &OperatorId, reply: OperatorReply, now: Timestamp) -> (Message, Digest) {
    // The time is ours and differs between two tries, so it is no part of what a retry is recognised by.
    let digest = random::sha256(format!("{operator}\n{}", reply.text).as_bytes());
    let message = Message {
        id: reply.id,
        author: AuthorTag::Operator,
        at: now.as_millis(),
        text: reply.text,
        lang: None,
        body: Body::Text,
        quick_replies: Vec::new(),
        cards: Vec::new(),
    };
    (message, digest)
}

/// The first moment of the day, in UTC.
pub(super) fn today(now: Timestamp) -> i64 {
    now.as_millis().div_euclid(DAY_MILLIS) * DAY_MILLIS
}

/// What is given: the grant, its name, and the code that redeems it before its last moment.
pub(super) struct Given<'a> {
    pub(super) grant: &'a Grant,
    pub(super) id: &'a str,
    pub(super) code: &'a str,
    pub(super) valid_until: i64,
}

/// From when on what is granted now is worth nothing any more.
pub(super) fn valid_until(policy: &Policy, now: Timestamp) -> i64 {
    now.as_millis().saturating_add(policy.budget.valid_days.saturating_mul(DAY_MILLIS))
}

/// What is answered to a request.
pub(super) fn decision(
    policy: &Policy,
    (request, facts): (&Asked, &Facts),
    decided: Result<Given<'_>, Refusal>,
) -> RemedyDecision {
    let nothing = RemedyDecision {
        request: request.name.clone(),
        order: facts.order.clone(),
        decision: "none".to_owned(),
        grant: None,
        gives: None,
        code: None,
        valid_until: None,
        amount: 0,
        currency: None,
        fault: None,
        reason: String::new(),
        replayed: false,
    };
    match decided {
        Err(refusal) => RemedyDecision { reason: refusal.name().to_owned(), ..nothing },
        Ok(Given { grant, id, code, valid_until }) => RemedyDecision {
            decision: "grant".to_owned(),
            grant: Some(id.to_owned()),
            code: Some(code.to_owned()),
            valid_until: Some(valid_until),
            gives: Some(grant.gives.name().to_owned()),
            amount: grant.amount,
            currency: Some(policy.budget.currency.clone()),
            fault: Some(grant.fault.name().to_owned()),
            reason: grant.rule.clone(),
            ..nothing
        },
    }
}

/// The answer that was given to the request before, as a retry gets it.
pub(super) fn replay(request: &Asked, digest: &[u8], decision: &str) -> Result<RemedyDecision, StorageError> {
    if digest != request.digest {
        return Err(StorageError::Decided { request: request.name.clone() });
    }
    let before: RemedyDecision =
        zg_proto::from_json(decision).map_err(|error| StorageError::Database(error.to_string()))?;
    Ok(RemedyDecision { replayed: true, ..before })
}

/// What a code redeems, and what it has redeemed.
pub(super) struct Offer {
    pub(super) grant: String,
    pub(super) customer: String,
    pub(super) gives: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) valid_until: i64,
    pub(super) request: Option<String>,
    pub(super) order: Option<String>,
}

impl Offer {
    fn answer(&self, code: &str, request: &RedeemRequest, reason: &str) -> Redemption {
        Redemption {
            request: request.request.clone(),
            code: code.to_owned(),
            redeemed: false,
            reason: reason.to_owned(),
            grant: self.grant.clone(),
            gives: self.gives.clone(),
            amount: 0,
            currency: self.currency.clone(),
            replayed: false,
        }
    }

    /// The answer where this request redeems it.
    pub(super) fn redeemed(&self, code: &str, request: &RedeemRequest) -> Redemption {
        Redemption { redeemed: true, amount: self.amount, ..self.answer(code, request, "redeemed") }
    }

    pub(super) fn already_redeemed(&self, code: &str, request: &RedeemRequest) -> Redemption {
        self.answer(code, request, "already_redeemed")
    }

    /// The answer where nothing is to be entered; `None` where this request may redeem it.
    ///
    /// # Errors
    /// The request has redeemed it before for another order or customer.
    pub(super) fn settled(
        &self,
        code: &str,
        request: &RedeemRequest,
        now: Timestamp,
    ) -> Result<Option<Redemption>, StorageError> {
        match &self.request {
            Some(before) if *before == request.request => {
                if self.order != request.order || self.customer != request.customer {
                    return Err(taken(request));
                }
                return Ok(Some(Redemption { replayed: true, ..self.redeemed(code, request) }));
            }
            Some(_) => return Ok(Some(self.already_redeemed(code, request))),
            None => {}
        }
        if self.customer != request.customer {
            return Ok(Some(self.answer(code, request, "other_customer")));
        }
        if now.as_millis() >= self.valid_until {
            return Ok(Some(self.answer(code, request, "expired")));
        }
        Ok(None)
    }
}

/// The name of a request that has redeemed something else.
pub(super) fn taken(request: &RedeemRequest) -> StorageError {
    StorageError::Decided { request: request.request.clone() }
}

/// An action that is entered already.
pub(super) struct Entered<'a> {
    pub(super) digest: &'a [u8],
    pub(super) leased_until: i64,
    pub(super) outcome: Option<&'a str>,
}

impl Entered<'_> {
    /// How it stands; `None` where whoever had begun it is gone, and `action` may begin it again.
    ///
    /// # Errors
    /// It is another action under the same name.
    pub(super) fn stands(&self, action: &NewAction, now: Timestamp) -> Result<Option<Begun>, StorageError> {
        if self.digest != action.digest {
            return Err(StorageError::Conflict { id: action.id.clone() });
        }
        if let Some(outcome) = self.outcome {
            let outcome = zg_proto::from_json(outcome).map_err(|error| StorageError::Database(error.to_string()))?;
            return Ok(Some(Begun::Done(outcome)));
        }
        Ok((self.leased_until > now.as_millis()).then_some(Begun::Running))
    }
}

/// Bytes of messages that are read and answered at a time. A page of two hundred messages as long as they may be is three
/// megabytes, which whoever asks for many of them does not read; a page of ordinary ones is some forty kilobytes.
const MAX_PAGE_BYTES: usize = 128 * 1024;

/// Whether a page of `n` messages and `bytes` takes no further one; one it always has.
pub(super) fn is_full(n: usize, limit: u32, bytes: usize) -> bool {
    n >= limit as usize || bytes >= MAX_PAGE_BYTES
}

/// Messages, and bytes of them, that are written together with those of others: what a shopper and an assistant say in a
/// few turns.
const SHORT_MESSAGES: usize = 16;
const SHORT_BYTES: usize = 16 * 1024;

/// Bytes of a part of what is written in parts.
pub(super) const PART_BYTES: usize = SHORT_BYTES / 2;

/// Whether others would notice the time that it takes to write them: then they are written apart.
pub(super) fn is_long(messages: &[Message]) -> bool {
    let bytes: usize = messages.iter().map(|message| message.text.len()).sum();
    messages.len() > SHORT_MESSAGES || bytes > SHORT_BYTES
}
