//! Actions of playbooks on their way to the merchant's back office: `POST /v1/conversations/{id}/actions`, and the webhook.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cli::OutcomeTag;

/// `POST /v1/conversations/{id}/actions`: the same id is the same action, carried out once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RequestAction {
    /// As the dialogue counts them; unique in the conversation.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,64}$")))]
    pub id: String,
    /// `order_lookup`, `order_cancel`, …
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[a-z0-9_-]{1,64}$")))]
    pub action: String,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("maxProperties" = 32)))]
    pub arguments: BTreeMap<String, String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActionAnswer {
    pub id: String,
    #[serde(flatten)]
    pub outcome: OutcomeTag,
}

/// What the back office is sent, by Standard Webhooks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActionWebhook {
    /// `action.requested`
    #[serde(rename = "type")]
    pub kind: String,
    /// When the shopper asked for it, RFC 3339.
    pub timestamp: String,
    pub data: ActionRequested,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActionRequested {
    pub tenant: String,
    pub conversation: String,
    pub id: String,
    pub action: String,
    pub arguments: BTreeMap<String, String>,
    /// Who the shopper is, in the merchant's own signed word; `null` where nobody vouches for it.
    pub subject: Option<String>,
    /// BCP 47: the language of a `reason`.
    pub locale: String,
}
