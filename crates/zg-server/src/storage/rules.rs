//! What a conversation's columns mean, whichever database keeps them.

use zg_domain::{Handoff, OperatorId, Timestamp};
use zg_policy::money::{Facts, Grant, Policy, Refusal};
use zg_proto::http::OperatorReply;
use zg_proto::remedy::{RedeemRequest, Redemption, RemedyDecision};
use zg_proto::{AuthorTag, Body, HandoffTag, Message};

use super::{Asked, Digest, Image, StorageError};
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

/// A conversation, as far as writers need it.
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

/// A grant as it was entered.
pub(super) struct Given<'a> {
    pub(super) grant: &'a Grant,
    pub(super) id: String,
    /// What it is redeemed by, and until when.
    pub(super) code: String,
    pub(super) valid_until: i64,
}

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
            grant: Some(id),
            code: Some(code),
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

/// What was granted, as it waits to be redeemed.
pub(super) struct Offer {
    pub(super) grant: String,
    pub(super) customer: String,
    pub(super) gives: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) valid_until: i64,
    /// The request that has redeemed it, and for which order.
    pub(super) request: Option<String>,
    pub(super) order: Option<String>,
}

impl Offer {
    pub(super) fn answer(
        &self,
        (code, request): (&str, &RedeemRequest),
        reason: &str,
        redeemed: bool,
        replayed: bool,
    ) -> Redemption {
        Redemption {
            request: request.request.clone(),
            code: code.to_owned(),
            redeemed,
            reason: reason.to_owned(),
            grant: self.grant.clone(),
            gives: self.gives.clone(),
            amount: if redeemed { self.amount } else { 0 },
            currency: self.currency.clone(),
            replayed,
        }
    }

    /// What is known without a further look; `None` where the request may redeem it.
    pub(super) fn settled(
        &self,
        (code, request): (&str, &RedeemRequest),
        now: Timestamp,
    ) -> Result<Option<Redemption>, StorageError> {
        let answer = |reason, redeemed, replayed| Some(self.answer((code, request), reason, redeemed, replayed));
        match &self.request {
            Some(before) if *before == request.request => {
                let same = self.order == request.order && self.customer == request.customer;
                if same { Ok(answer("redeemed", true, true)) } else { Err(decided(request)) }
            }
            Some(_) => Ok(answer("already_redeemed", false, false)),
            None if self.customer != request.customer => Ok(answer("other_customer", false, false)),
            None if now.as_millis() >= self.valid_until => Ok(answer("expired", false, false)),
            None => Ok(None),
        }
    }
}

/// The request's name has been used for something else.
pub(super) fn decided(request: &RedeemRequest) -> StorageError {
    StorageError::Decided { request: request.request.clone() }
}

/// Pictures of one conversation. Enough to show what is broken from all sides; a store of pictures we are not.
pub(super) const MAX_IMAGES: u32 = 20;

/// What a retry of a picture is recognised by.
pub(super) fn image_digest(message: &Message, image: &Image) -> Digest {
    let mut content = zg_proto::to_json(message).into_bytes();
    content.extend_from_slice(&image.bytes);
    random::sha256(&content)
}
