//! `zhanggui.toml`, the configuration of `zhanggui serve`.

use serde::{Deserialize, Serialize};

/// The whole file; everything has a default, so an empty file is a valid one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port to listen on.
    pub listen: Option<String>,
    /// Folder of the database.
    pub data: Option<String>,
    /// Folder of the loader, WASM, models and knowledge, served at `/`.
    pub static_dir: Option<String>,
    /// File of a second key of the hashes by which shoppers are known, relative to this file.
    pub profile_key_file: Option<String>,
    /// Origins of storefronts, exactly as a browser sends them; `"*"` admits every one.
    pub origins: Option<Vec<String>>,
    /// Origins of the console where a proxy changes the `Host` header.
    pub console_origins: Vec<String>,
    /// Gives cookies `Secure` even where a request did not say that it came by https.
    pub secure_cookies: bool,
    /// Believes `X-Forwarded-For` and `X-Forwarded-Proto`: only behind a proxy that sets them.
    pub trust_proxy: bool,
    pub sites: Vec<SiteConfig>,
    pub operators: Vec<OperatorConfig>,
    pub limits: LimitsConfig,
    pub operations: OperationsConfig,
    pub storage: StorageConfig,
}

/// One storefront: its public key names the tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteConfig {
    pub key: String,
    pub tenant: String,
    /// Origins of this storefront alone, in place of those of the whole server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins: Option<Vec<String>>,
    /// SHA-256, in hexadecimal, of the secret with which the merchant's own back office calls; several while one replaces
    /// another. The secret itself has no place in a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_sha256: Option<OneOrMany>,
    /// Files of the keys with which the merchant's back office signs who a shopper is, relative to this file; several while one
    /// replaces another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identity_key_files: Vec<String>,
    /// What a fault is worth (`docs/policy.md`), relative to this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Where actions of playbooks go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_office: Option<BackOfficeConfig>,
    /// What is recommended, and what of it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommend: Option<RecommendConfig>,
}

/// One text or a list of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "want a string or a list of strings")]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    #[must_use]
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

/// The merchant's own server, which carries out actions (`docs/backoffice.md`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackOfficeConfig {
    /// Where actions are posted.
    pub url: String,
    /// Files of the secrets that sign, relative to this file; the receiver takes any of the signatures.
    pub secret_files: Vec<String>,
    /// Actions that go there; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// Actions in progress at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Private networks that may be called nevertheless, such as `10.1.0.0/16`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_private: Vec<String>,
    /// Certificates to trust besides the machine's own, as PEM, relative to this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
}

/// Recommendations of a tenant (`docs/recommend.md`).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecommendConfig {
    /// What `zhanggui recommend build` wrote, relative to this file.
    pub index: Option<String>,
    /// The product feed: a file, relative to this one, or an address.
    pub catalog: Option<String>,
    pub catalog_refresh_seconds: Option<u32>,
    pub session_idle_seconds: Option<u32>,
    pub explore_percent: Option<u32>,
    pub brand_cap: Option<u32>,
    pub diversity_percent: Option<u32>,
    pub margin_percent: Option<u32>,
    /// How often an item counts a day for visitors of one address.
    pub visits_per_address: Option<u32>,
    pub keep_days: Option<u32>,
    /// Whether lists that were shown are kept.
    pub keep_lists: Option<bool>,
    /// Private networks that the feed may come from nevertheless.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_private: Vec<String>,
}

/// An operator that the file gives instead of the command line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorConfig {
    pub name: String,
    pub display_name: String,
    /// PHC string, `$argon2id$…`: a password itself has no place in a file.
    pub password_hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// Token buckets; 0 lifts a limit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Conversations opened by one address.
    pub opens_per_minute: Option<u32>,
    /// Messages written to one conversation.
    pub messages_per_minute: Option<u32>,
    /// Actions of one conversation.
    pub actions_per_minute: Option<u32>,
    /// Requests of one address.
    pub address_requests_per_minute: Option<u32>,
    /// Requests to one tenant.
    pub tenant_requests_per_minute: Option<u32>,
}

/// How the server is looked after.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OperationsConfig {
    /// Address and port of `/metrics`, `/healthz` and `/readyz`, for monitoring alone.
    pub metrics_listen: Option<String>,
    /// SHA-256, in hexadecimal, of the secret with which `/metrics` may be read at the main address.
    pub metrics_secret_sha256: Option<String>,
    /// `text` or `json`.
    pub log: Option<String>,
    /// Where traces go, by OTLP over HTTP.
    pub otlp_endpoint: Option<String>,
    /// The share of requests that are traced, in percent.
    pub otlp_percent: Option<u32>,
    /// Requests in progress; beyond them a shopper's is told to come back.
    pub max_in_flight: Option<u32>,
    /// Below so much free space in the data folder the server is not ready.
    pub min_free_mib: Option<u32>,
    /// How long `/readyz` says no before the server stops to listen.
    pub stop_delay_seconds: Option<u32>,
}

/// A line of `zhanggui config check`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfigFinding {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Such as `sites[0].tenant`; empty where the text is no TOML.
    pub key: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// Another database than SQLite in the folder `data`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StorageConfig {
    /// `postgres://user@host/database?sslmode=require`.
    pub postgres: Option<String>,
    /// File of its password, relative to this file.
    pub password_file: Option<String>,
    /// Certificates to believe instead of the system's, in PEM, relative to this file.
    pub ca_file: Option<String>,
    /// Connections of one process at the most.
    pub connections: Option<u32>,
    /// `nats://host:4222`, through which several processes wake each other.
    pub nats: Option<String>,
    /// File of the token that NATS asks for, relative to this file.
    pub nats_token_file: Option<String>,
}
