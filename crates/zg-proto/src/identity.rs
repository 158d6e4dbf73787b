//! The JSON Web Token by which a merchant says who a shopper is (RFC 7519); `zg-server` believes it or not.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenHeader {
    pub alg: String,
    /// Extensions that must be understood: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crit: Option<serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "aud is a string or a list of strings")]
pub enum TokenAudience {
    One(String),
    Many(Vec<String>),
}

/// Times are in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenClaims {
    /// May be left out where `phone` or `wechat` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    pub exp: i64,
    pub aud: TokenAudience,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A telephone number that the merchant has verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// WeChat's number of the shopper: the `unionid` where there is one, else the `openid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechat: Option<String>,
}
