//! JSON lines of the command line.

use serde::{Deserialize, Serialize};
use zg_domain::Date;

use crate::{Answer, QuickReply};

/// Input of `zhanggui kb suggest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextLine {
    /// Given back as it came: a string or a number.
    #[serde(default)]
    pub id: serde_json::Value,
    pub text: String,
}

/// Input of `zhanggui kb search`. What a line says goes before what the command's flags say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchLine {
    /// Given back as it came: a string or a number.
    #[serde(default)]
    pub id: serde_json::Value,
    pub text: String,
    /// BCP 47; without it the text tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// The product that is asked about; an empty one is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The groups the shopper is of, separated by `|`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The day validity is judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<Day>,
}

/// A day, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(pub Date);

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Date::parse(&text).map(Self).ok_or_else(|| format!("{text:?} is no day; write YYYY-MM-DD"))
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.0.to_string()
    }
}

/// Input of `zhanggui eval search`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryLine {
    /// Whatever names the query; not looked at.
    #[serde(default)]
    pub id: serde_json::Value,
    pub text: String,
    /// Ids of the entries that are right; none where nothing answers it.
    pub gold: Vec<String>,
}

/// Input of `zhanggui nlu`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UtteranceLine {
    /// Given back as it came: a string or a number.
    #[serde(default)]
    pub id: serde_json::Value,
    pub text: String,
    /// The assistant's turn before, where a short answer depends on it.
    #[serde(default)]
    pub previous: Option<PreviousLine>,
}

/// `{"act":"answer","intent":"return_request"}`; the acts are those of `zg_domain::Act`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviousLine {
    pub act: String,
    pub intent: String,
}

/// A stretch that was read as something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RewriteLine {
    pub start: usize,
    pub end: usize,
    pub read: String,
    /// `cantonese`, `dialect`, `slang`, `kaomoji`, `emoji`, `pinyin`, `typo` or `elongation`.
    pub kind: String,
}

/// What a line gives that could not be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineError {
    pub line: u64,
    pub error: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labelled {
    pub label: String,
    pub confidence: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    pub label: String,
    pub confidence: f64,
    pub scores: std::collections::BTreeMap<String, f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntityLine {
    #[serde(rename = "type")]
    pub kind: String,
    pub value: String,
    pub start: usize,
    pub end: usize,
}

/// Output of `zhanggui nlu`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NluLine {
    pub id: serde_json::Value,
    pub lang: String,
    pub script: String,
    /// The reading in standard words, which the models saw.
    pub normalized: String,
    /// What was rewritten to get it; UTF-8 byte offsets into the text as it came.
    pub rewrites: Vec<RewriteLine>,
    pub intent: Labelled,
    pub intents: Vec<Labelled>,
    pub sentiment: Scores,
    pub emotion: Scores,
    pub out_of_scope: f64,
    pub entities: Vec<EntityLine>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HitLine {
    pub entry: String,
    pub score: f64,
    pub source: String,
    pub verified: Option<String>,
    pub valid_until: Option<String>,
    /// With `--explain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<WhyLine>,
}

/// What made a hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WhyLine {
    /// The way to ask that matched best.
    pub form: String,
    /// The text in standard words, which was searched for.
    pub reading: String,
    /// What was rewritten to get it; UTF-8 byte offsets into the text as it came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewrites: Vec<RewriteLine>,
    pub terms: Vec<WhyTerm>,
    /// Terms of the text that the way to ask has not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WhyTerm {
    pub term: String,
    /// The term as the way to ask has it.
    pub matched: String,
    /// `exact`, `typo` or `sound`.
    pub kind: String,
    /// The part of the text that it accounts for, 0 to 1.
    pub weight: f64,
}

/// Output of `zhanggui kb search`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HitsLine {
    pub id: serde_json::Value,
    pub hits: Vec<HitLine>,
}

/// Output of `zhanggui kb lint`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindingLine {
    pub file: String,
    pub line: u64,
    pub rule: String,
    pub severity: String,
    pub message: String,
    /// What to do about it; may be empty.
    pub fix: String,
}

/// Input of `zhanggui chat`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatLine {
    /// Milliseconds since 1970; the time the policy goes by.
    pub at: i64,
    #[serde(flatten)]
    pub event: ChatEvent,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatEvent {
    Utterance {
        text: String,
    },
    QuickReply {
        value: String,
    },
    RequestHandoff,
    EndHandoff,
    /// The form shown last, sent back.
    Form {
        values: std::collections::BTreeMap<String, String>,
    },
    PersonJoined,
    PersonLeft,
    Page {
        #[serde(default)]
        page: crate::port::Page,
    },
    Feedback {
        helpful: bool,
    },
    /// What became of an action that a turn asked for.
    ActionResult {
        id: String,
        #[serde(flatten)]
        outcome: OutcomeTag,
    },
    /// The list that a turn asked for, from a recommender of one's own; empty where it has nothing.
    Recommended {
        id: String,
        /// The recommender's own id of the list.
        #[serde(default)]
        request: String,
        items: Vec<SuggestedLine>,
    },
    /// The link of a product's card was followed.
    Clicked {
        item: String,
    },
    /// These were put into the cart, or bought.
    Ordered {
        items: Vec<String>,
        #[serde(default)]
        bought: bool,
    },
    /// Something of what is remembered of the shopper's tastes is forgotten; all of it where nothing is named.
    Forget {
        /// `category`, `brand` or `price`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        #[serde(default)]
        value: String,
    },
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuggestedLine {
    pub item: String,
    /// As in `zhanggui recommend query`.
    #[serde(default)]
    pub reason: String,
    /// The item that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// Something that a shopper comes back to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TasteLine {
    /// `category`, `brand` or `price`.
    pub kind: String,
    pub value: String,
    /// How often, newer times counting more; in hundredths.
    pub weight: u32,
}

/// What the back office says of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Outcome"))]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum OutcomeTag {
    /// Done; `facts` are what there is to know of it: `status_text`, `eta`, …
    Ok {
        #[serde(default)]
        facts: std::collections::BTreeMap<String, serde_json::Value>,
    },
    /// The shop's rules say no; `reason` is for the shopper.
    Refused {
        #[serde(default)]
        reason: Option<String>,
    },
    Failed,
    Timeout,
    /// The device is offline, and the action waits there.
    Queued,
}

/// Output of `zhanggui chat`: one line a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnLine {
    pub at: i64,
    pub effects: Vec<EffectLine>,
    /// What the dialogue is in the midst of; absent where it is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskLine>,
    /// What the shopper has told so far that later tasks use, by slot.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub told: std::collections::BTreeMap<String, String>,
    /// What is remembered of the shopper's tastes, the strongest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tastes: Vec<TasteLine>,
    /// `new`, `contained`, `queued`, `assigned` or `ended`.
    pub handoff: String,
}

/// A playbook being carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskLine {
    /// The intent.
    pub playbook: String,
    /// What the shopper has told for it and what the back office has said, by name.
    pub slots: std::collections::BTreeMap<String, String>,
    /// `slot`, `confirmation`, `action` or `nothing`.
    pub waits: String,
    /// The slot or the action that is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<String>,
}

/// Why the assistant says something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WhyTag {
    /// The rule of the dialogue that spoke.
    pub rule: String,
    /// What the models read, where they were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Labelled>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EffectLine {
    /// The assistant says something.
    Reply {
        /// `answer`, `clarify`, `fallback`, `text` or `event`.
        kind: String,
        text: String,
        lang: String,
        #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
        answer: Option<Answer>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        quick_replies: Vec<QuickReply>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cards: Vec<crate::Card>,
        why: WhyTag,
        /// As the channel asked for shows it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rendered: Vec<ChannelMessage>,
    },
    /// The back office is to do something; say what became of it with an event `action_result` of the same id.
    Action { id: String, action: String, arguments: std::collections::BTreeMap<String, String> },
    /// A person is to be asked for.
    RequestHandoff { reason: String, packet: PacketTag },
    /// The shopper ended the talk with a person.
    EndHandoff,
    /// A list of products is wanted; it comes back as an event `recommended` of the same id.
    Recommend {
        id: String,
        /// `chat`, `similar`, `out_of_stock`, `after_purchase` or `after_complaint`.
        occasion: String,
        /// Products looked at, the oldest first.
        session: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        hidden: Vec<String>,
        /// What was waved away, and why: `item`, `brand`, `price` or `category`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dismissed: Vec<(String, String)>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        liked: Vec<String>,
        /// The least and the most that an item may cost, in hundredths.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        price: Option<(u64, u64)>,
        k: u32,
    },
    /// What a shopper did with a product, for whoever learns from it.
    Learn {
        /// `view`, `impression`, `click`, `dismiss`, `like`, `cart` or `purchase`.
        kind: String,
        item: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<String>,
        /// Its place in the list, from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slot: Option<u32>,
        /// Why it was waved away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// A message of a channel without buttons of ours, in the form of WeChat's customer service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "msgtype", rename_all = "snake_case")]
pub enum ChannelMessage {
    Text { text: TextContent },
    News { news: News },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextContent {
    pub content: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct News {
    pub articles: Vec<Article>,
}

/// A card that opens a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Article {
    pub title: String,
    pub description: String,
    pub url: String,
}

/// What goes along to a person.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Packet"))]
#[serde(default, deny_unknown_fields)]
pub struct PacketTag {
    /// The words that the matter began with.
    pub wants: String,
    pub intent: String,
    pub facts: std::collections::BTreeMap<String, String>,
    /// Entries that were given, by id.
    pub tried: Vec<String>,
    /// How the turns felt, the first first.
    pub moods: Vec<String>,
    /// The policy says that this one should not wait long.
    pub priority: bool,
}

/// What the dialogue remembers between two turns, stored on the device.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StateRecord {
    pub turns: u32,
    pub misses: u32,
    pub handoff: crate::HandoffTag,
    #[serde(default)]
    pub handoff_since: Option<i64>,
    #[serde(default)]
    pub operator: Option<String>,
    #[serde(default)]
    pub lang: Option<String>,
    #[serde(default)]
    pub last_entry: Option<String>,
    #[serde(default)]
    pub last_entry_repeats: u32,
    /// The name of the assistant's last act and the intent it was about.
    #[serde(default)]
    pub previous: Option<(String, String)>,
    /// Tasks, what was told and offered, as `memory` of this crate writes it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub memory: String,
}
