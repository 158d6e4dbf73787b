//! What goes into a turn of the dialogue and what comes out: `zg-assistant` steps, `zg-proto` writes down.

use crate::{
    Confidence, Date, Emotion, Handoff, Intent, ItemFeedback, Previous, Scored, Shopping, Suggested, TasteKind,
    Timestamp, Wanted,
};

/// What the dialogue remembers between two turns; bounded, whatever the shopper does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DialogueState {
    pub turns: u32,
    /// Utterances in a row that found no answer.
    pub misses: u32,
    pub handoff: Handoff,
    /// Locale of the assistant's own words, after the shopper's last telling utterance.
    pub lang: Option<String>,
    pub last_entry: Option<String>,
    /// How often in a row the last entry was given.
    pub repeats: u32,
    /// What the assistant did last, and about what.
    pub previous: Option<Previous>,
    /// What is being done for the shopper.
    pub task: Option<Task>,
    /// Tasks left for another, the last left first.
    pub paused: Vec<Task>,
    /// What the shopper has told, the last told first: an order is not asked for twice.
    pub told: Vec<Told>,
    /// Requests of an utterance that wait for the first of them.
    pub later: Vec<String>,
    /// The choices shown last: "the second one".
    pub offered: Vec<Button>,
    /// What the shopper looks at.
    pub page: Option<LookedAt>,
    /// What goes along to the people who were asked for: the shopper may put it right while they wait.
    pub packet: Option<Packet>,
    /// Why they were asked for, as long as the packet waits to be looked at.
    pub held: Option<HandoffReason>,
    /// How the last turns felt, the last first.
    pub moods: Vec<Emotion>,
    /// Whether anything was complained of.
    pub complained: bool,
    /// Whether the shopper was invited to something: once is enough.
    pub invited: bool,
    /// The task that was done last, with its order, and how often in a row since.
    pub done: Option<(String, u32)>,
    /// The last question that was taken up: half a question leans on it.
    pub topic: Option<String>,
    /// What the back office has said of the order that was looked up last, by name.
    pub known: Vec<(String, String)>,
    /// Actions asked for so far; their ids are counted.
    pub n_actions: u32,
    /// When the last action was asked for.
    pub acting_since: Option<Timestamp>,
    pub last_turn: Option<Timestamp>,
    /// Products looked at, shown, liked and waved away.
    pub shopping: Shopping,
}

/// A playbook being carried out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Task {
    /// The intent whose playbook it is.
    pub playbook: String,
    /// Position of the step it is at.
    pub step: u32,
    pub waits: Waits,
    /// Whether the shopper has said yes to what comes next.
    pub confirmed: bool,
    /// How often in a row what is waited for was asked.
    pub asked: u32,
    /// The words it began with.
    pub words: String,
    /// What the shopper has told for this task, and what the back office has said.
    pub facts: Vec<(String, String)>,
}

/// What a task waits for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Waits {
    #[default]
    Nothing,
    /// A value, by the name of the slot.
    Slot(String),
    /// A yes or a no to the question of that turn: a button of an earlier one says yes to nothing else.
    Confirmation(u32),
    /// The result of an action, by its id.
    Action(String),
}

/// Something the shopper has told that may be needed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub slot: String,
    pub value: String,
    /// The number of the turn.
    pub turn: u32,
}

/// The page that the shopper is on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LookedAt {
    /// `product`, `order`, …
    pub kind: String,
    pub id: String,
    pub title: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialogueEvent {
    Utterance {
        text: String,
    },
    /// A button was pressed: `ask:<entry id>`, `do:<intent>`, `set:<value>`, `yes:<turn>`, `no:<turn>`, `rate:<1 to 5>`,
    /// `rephrase` or `handoff`; of a list of products `more`, `compare`, `like:<item>`, `not:<item>`, `why:<reason>:<item>`,
    /// `cart:<item>`, each behind `rec:`.
    QuickReply {
        value: String,
    },
    RequestHandoff,
    EndHandoff,
    /// A form was sent: names and values.
    Form {
        values: Vec<(String, String)>,
    },
    /// A person has taken the conversation.
    PersonJoined,
    /// The person has ended it.
    PersonLeft,
    Feedback {
        helpful: bool,
    },
    Page(LookedAt),
    /// What became of an action.
    ActionResult {
        id: String,
        outcome: Outcome,
    },
    /// The list that was asked for by [`Effect::Recommend`]; empty where there is no recommender.
    Recommended {
        id: String,
        /// The maker's own id of the list, where it has one.
        request: String,
        items: Vec<Suggested>,
    },
    /// The shopper followed a product's link.
    Clicked {
        item: String,
    },
    /// The page says that these were put into the cart, or bought.
    Ordered {
        items: Vec<String>,
        bought: bool,
    },
    /// The shopper takes out something of what is remembered of their tastes; all of it where nothing is named.
    Forget {
        taste: Option<(TasteKind, String)>,
    },
}

/// What became of an action of the back office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done; what there is to know of it, by name.
    Done(Vec<(String, String)>),
    /// The back office's rules say no; its words, for the shopper, where it has any.
    Refused(Option<String>),
    /// It could not be tried, or nobody knows whether it was done.
    Failed,
    /// It waits on the device for the network.
    Queued,
}

/// What is to be done about it, by whoever called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Say(Reply),
    /// Ask the merchant's back office; the answer comes back as [`DialogueEvent::ActionResult`].
    /// The same id is the same action: whoever carries it out does so once.
    Act {
        id: String,
        action: String,
        arguments: Vec<(String, String)>,
    },
    /// Ask for a person.
    RequestHandoff {
        reason: HandoffReason,
        packet: Packet,
    },
    EndHandoff,
    /// Make a list; it comes back as [`DialogueEvent::Recommended`], and an empty one is better than none.
    Recommend(Wanted),
    /// Tell whoever learns from lists, where anybody does.
    Learn(ItemFeedback),
}

/// Why a person is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HandoffReason {
    /// The shopper wants one.
    Asked,
    LowConfidence,
    /// The same question again, or the same thing asked for in vain.
    Repeated,
    Emotion,
    /// A playbook says so.
    Policy,
    /// The back office failed.
    ToolFailure,
    Injury,
    FoodSafety,
    Legal,
    Minors,
    Fraud,
    SelfHarm,
}

impl HandoffReason {
    pub const ALL: [Self; 12] = [
        Self::Asked,
        Self::LowConfidence,
        Self::Repeated,
        Self::Emotion,
        Self::Policy,
        Self::ToolFailure,
        Self::Injury,
        Self::FoodSafety,
        Self::Legal,
        Self::Minors,
        Self::Fraud,
        Self::SelfHarm,
    ];

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// The word for it in every serialized form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "shopper_asked",
            Self::LowConfidence => "low_confidence",
            Self::Repeated => "repeated",
            Self::Emotion => "emotion",
            Self::Policy => "policy",
            Self::ToolFailure => "tool_failure",
            Self::Injury => "sensitive_injury",
            Self::FoodSafety => "sensitive_food_safety",
            Self::Legal => "sensitive_legal",
            Self::Minors => "sensitive_minors",
            Self::Fraud => "sensitive_fraud",
            Self::SelfHarm => "sensitive_self_harm",
        }
    }
}

/// What goes along to the person, so that nobody has to say it twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Packet {
    /// The words that the matter began with.
    pub wants: String,
    /// The intent, where one is known.
    pub intent: String,
    /// What the shopper has told, and what the back office has said.
    pub facts: Vec<(String, String)>,
    /// The entries that were given, by id.
    pub tried: Vec<String>,
    /// How the turns felt, the first first.
    pub moods: Vec<Emotion>,
    /// Whether the policy says that this one should not wait long.
    pub priority: bool,
}

/// Something the assistant says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub kind: ReplyKind,
    pub text: String,
    /// BCP 47.
    pub lang: String,
    pub buttons: Vec<Button>,
    /// The same as `text`, for whoever can draw it.
    pub cards: Vec<Card>,
    pub why: Why,
}

/// A part of a reply that is more than words. The reply's text says the same, for channels that show none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Card {
    pub kind: CardKind,
    /// Product or order number.
    pub id: String,
    pub title: String,
    /// A line below the title: the state of an order, why a product is shown, what a coupon is worth.
    pub note: String,
    /// Addresses of a picture and of a page; whoever draws them checks them.
    pub image: String,
    pub url: String,
    pub price: String,
    /// The price before.
    pub was: String,
    /// A coupon's code.
    pub code: String,
    /// What the button of a form says.
    pub action: String,
    pub fields: Vec<CardField>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CardKind {
    #[default]
    Product,
    /// An order; its fields are facts and the steps of its way.
    Order,
    Coupon,
    /// Something to look over and put right; comes back as [`DialogueEvent::Form`].
    Form,
    /// How was it? Comes back as the quick reply `rate:<1 to 5>`.
    Rating,
    /// Two products side by side; the value of a field is the first one's, its option the second one's.
    Compare,
}

impl CardKind {
    /// The word for it in every serialized form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Order => "order",
            Self::Coupon => "coupon",
            Self::Form => "form",
            Self::Rating => "rating",
            Self::Compare => "compare",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Product, Self::Order, Self::Coupon, Self::Form, Self::Rating, Self::Compare]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// A line of a card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CardField {
    pub name: String,
    pub label: String,
    pub value: String,
    /// `fact`: to be read. `done` and `now`: a step of an order's way, its value the time. `press`: a button of a product's card,
    /// its value what comes back as a quick reply. Of a form: `text` or `order`, the kind of what is written there, or
    /// `choice`, which has options.
    pub kind: &'static str,
    pub options: Vec<Button>,
}

/// Why the assistant says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Why {
    /// The rule of the dialogue that spoke, a stable word.
    pub rule: &'static str,
    /// What the models read, where they were asked.
    pub intent: Option<Scored<Intent>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyKind {
    /// Words that claim nothing: a greeting, thanks.
    Text,
    Answer(AnswerSource),
    /// Several readings; the buttons are they.
    Clarify,
    /// Nothing fits; a person is offered.
    Fallback,
    /// Something that happened, by a stable word.
    Event(&'static str),
}

/// Where an answer comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerSource {
    pub entry: String,
    pub question: String,
    pub source: String,
    pub confidence: Confidence,
    pub verified: Option<Date>,
    pub valid_until: Option<Date>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    pub value: String,
}
