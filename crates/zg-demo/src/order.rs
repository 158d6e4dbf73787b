//! An order and the states it goes through. Each state carries the data that only it has.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::pricing::{Amounts, Campaign, Carrier};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum State {
    /// Closes by itself at `closes_at`.
    Unpaid {
        closes_at: Timestamp,
    },
    Paid {
        paid_at: Timestamp,
    },
    /// The warehouse picks and packs; still ours to stop.
    Packing {
        paid_at: Timestamp,
    },
    Shipped {
        paid_at: Timestamp,
        dispatched_at: Timestamp,
    },
    OutForDelivery {
        paid_at: Timestamp,
        dispatched_at: Timestamp,
    },
    Signed {
        signed_at: Timestamp,
    },
    /// On the way back: a return after signing, or a parcel intercepted before it.
    Returning {
        signed_at: Option<Timestamp>,
        requested_at: Timestamp,
        refund: Refund,
    },
    /// The warehouse accepted it; the money is on its way.
    Refunding {
        accepted_at: Timestamp,
        refund: Refund,
    },
    Refunded {
        refunded_at: Timestamp,
        refund: Refund,
    },
    /// A variant of at least one line is being or was exchanged.
    Exchanged {
        signed_at: Timestamp,
        requested_at: Timestamp,
    },
    /// `refund` is what was given back at once; nothing when it was never paid.
    Cancelled {
        cancelled_at: Timestamp,
        refund: Option<Refund>,
    },
    /// Not paid in time.
    Closed {
        closed_at: Timestamp,
    },
}

impl State {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unpaid { .. } => "unpaid",
            Self::Paid { .. } => "paid",
            Self::Packing { .. } => "packing",
            Self::Shipped { .. } => "shipped",
            Self::OutForDelivery { .. } => "out_for_delivery",
            Self::Signed { .. } => "signed",
            Self::Returning { .. } => "returning",
            Self::Refunding { .. } => "refunding",
            Self::Refunded { .. } => "refunded",
            Self::Exchanged { .. } => "exchanged",
            Self::Cancelled { .. } => "cancelled",
            Self::Closed { .. } => "closed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub amount: i64,
    pub reason: ReturnReason,
    /// Numbers of the lines; all of them for a cancelled order.
    pub lines: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnReason {
    NoReason,
    Quality,
    Damaged,
    WrongItem,
    Cancelled,
    Intercepted,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub line: u32,
    pub product: String,
    pub variant: String,
    pub quantity: u32,
    pub unit_price: i64,
    #[serde(default)]
    pub engraving: Option<String>,
    /// The variant it was before an exchange: there is one exchange a line.
    #[serde(default)]
    pub exchanged_from: Option<String>,
    /// What price protection paid back: there is one claim a line.
    #[serde(default)]
    pub price_protected: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub recipient: String,
    pub phone: String,
    pub province: String,
    pub city: String,
    pub district: String,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub at: Timestamp,
    pub code: EventCode,
    #[serde(default)]
    pub place: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventCode {
    Placed,
    Paid,
    Picked,
    Packed,
    Expedited,
    Changed,
    Dispatched,
    Arrived,
    Left,
    OutForDelivery,
    Signed,
    Intercepted,
    ReturnRequested,
    ReturnPickedUp,
    ReturnAccepted,
    RefundStarted,
    Refunded,
    ExchangeRequested,
    Exchanged,
    PriceProtected,
    InvoiceRequested,
    InvoiceIssued,
    Cancelled,
    Closed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub kind: InvoiceKind,
    pub title: String,
    #[serde(default)]
    pub tax_id: Option<String>,
    pub email: String,
    pub requested_at: Timestamp,
    /// The title can be changed once.
    #[serde(default)]
    pub changed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceKind {
    Ordinary,
    Special,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub no: String,
    pub account: u8,
    pub placed_at: Timestamp,
    pub state: State,
    pub lines: Vec<Line>,
    pub amounts: Amounts,
    pub campaign: Option<Campaign>,
    pub coupon: Option<String>,
    pub address: Address,
    pub carrier: Carrier,
    pub payment: Payment,
    #[serde(default)]
    pub tracking_no: Option<String>,
    #[serde(default)]
    pub gift_card: Option<String>,
    /// Address or variants were changed: once an order.
    #[serde(default)]
    pub changed: bool,
    #[serde(default)]
    pub expedited_at: Option<Timestamp>,
    #[serde(default)]
    pub invoice: Option<Invoice>,
    /// Oldest first.
    pub events: Vec<Event>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    Wechat,
    Alipay,
    Unionpay,
    Huabei,
    Friend,
}

impl Order {
    pub fn note(&mut self, at: Timestamp, code: EventCode) {
        self.events.push(Event { at, code, place: None });
    }

    /// What time alone does: an order that was not paid in thirty minutes closes.
    pub fn settle(&mut self, now: Timestamp) -> Vec<Effect> {
        let State::Unpaid { closes_at } = self.state else {
            return Vec::new();
        };
        if now < closes_at {
            return Vec::new();
        }
        self.state = State::Closed { closed_at: closes_at };
        self.note(closes_at, EventCode::Closed);
        self.give_everything_back()
    }

    /// The goods to the shelf, the coupon and the points to the account.
    pub(crate) fn give_everything_back(&self) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self
            .lines
            .iter()
            .map(|line| Effect::Restock { variant: line.variant.clone(), quantity: line.quantity })
            .collect();
        if let Some(code) = &self.coupon {
            effects.push(Effect::ReturnCoupon { code: code.clone() });
        }
        if self.amounts.points_used > 0 {
            effects.push(Effect::ReturnPoints { points: self.amounts.points_used });
        }
        effects
    }
}

/// What a step asks of the database beside the order itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Restock {
        variant: String,
        quantity: u32,
    },
    /// Fails the whole step when there is not enough.
    Reserve {
        variant: String,
        quantity: u32,
    },
    ReturnCoupon {
        code: String,
    },
    ReturnPoints {
        points: i64,
    },
    KeepPhotos {
        photos: Vec<String>,
    },
}
