//! Which database, as `zhanggui.toml` says it.

use super::postgres;

/// Where the password may be instead of in a file.
pub const POSTGRES_PASSWORD_VARIABLE: &str = "ZHANGGUI_POSTGRES_PASSWORD";

/// Where NATS is, which carries wake-ups between processes.
#[derive(Clone, PartialEq, Eq)]
pub struct Nats {
    pub url: String,
    pub token: Option<String>,
}

impl std::fmt::Debug for Nats {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nats").finish_non_exhaustive()
    }
}

/// A database that several processes may share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    pub postgres: postgres::Settings,
    pub nats: Option<Nats>,
}

impl Nats {
    /// # Errors
    /// The address is none. The message does not repeat it: it may hold a password.
    pub fn read(url: String) -> Result<Self, &'static str> {
        if !["nats://", "tls://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err("want nats://host:4222, or tls://host:4222");
        }
        url.parse::<async_nats::ServerAddr>().map_err(|_| "this is no address; want nats://host:4222")?;
        Ok(Self { url, token: None })
    }
}
