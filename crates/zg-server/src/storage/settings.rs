//! Which database, as `zhanggui.toml` says it.

use zg_proto::config::StorageConfig;

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

impl Shared {
    /// The addresses; secrets come from files that the configuration reads, or the environment.
    ///
    /// # Errors
    /// The key and what to write, without what was written: it may hold a password.
    pub fn read(form: &StorageConfig) -> Result<Option<Self>, (&'static str, String)> {
        let Some(url) = &form.postgres else {
            return if *form == StorageConfig::default() {
                Ok(None)
            } else {
                Err((
                    "storage.postgres",
                    "is missing, and the other keys are about it; write it, or leave them out".to_owned(),
                ))
            };
        };
        let mut postgres = postgres::Settings::new(url);
        postgres.password = std::env::var(POSTGRES_PASSWORD_VARIABLE).ok().filter(|password| !password.is_empty());
        if let Some(connections) = form.connections {
            if !(1..=1000).contains(&connections) {
                return Err(("storage.connections", "write 1 to 1000".to_owned()));
            }
            postgres.connections = connections as usize;
        }
        postgres.driver().map_err(|error| ("storage.postgres", error.to_string()))?;
        let nats = form.nats.as_ref().map(|url| Nats::read(url)).transpose();
        let nats = nats.map_err(|reason| ("storage.nats", reason))?;
        if nats.is_none() && form.nats_token_file.is_some() {
            return Err(("storage.nats_token_file", "there is no `nats` that would ask for it".to_owned()));
        }
        Ok(Some(Self { postgres, nats }))
    }
}

impl Nats {
    /// # Errors
    /// The address is none; the reason does not repeat it.
    pub fn read(url: &str) -> Result<Self, String> {
        let scheme = ["nats://", "tls://"].iter().any(|scheme| url.starts_with(scheme));
        if !scheme || url.parse::<async_nats::ServerAddr>().is_err() {
            return Err("write nats://host:4222, or tls://host:4222".to_owned());
        }
        Ok(Self { url: url.to_owned(), token: None })
    }
}

/// The first line of a file.
///
/// # Errors
/// There is nothing in it.
pub fn secret(bytes: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the file is no text".to_owned())?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() { Err("the file is empty".to_owned()) } else { Ok(line.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Shared>, (&'static str, String)> {
        Shared::read(&toml::from_str(text).unwrap())
    }

    #[test]
    fn settings_are_checked_and_secrets_are_not_printed() {
        assert_eq!(read("").unwrap(), None);
        let url =
            "postgres = \"postgres://zg:hunter2@db.example/zg?sslmode=require\"\nnats = \"nats://u:hunter2@n:4222\"";
        let shared = read(url).unwrap().unwrap();
        assert!(!format!("{shared:?}").contains("hunter2"));
        for wrong in [
            "nats = \"nats://n:4222\"",
            "connections = 4",
            "postgres = \"hunter2\"",
            "postgres = \"postgres://zg:hunter2@db:port/zg\"",
            "postgres = \"postgres://db/zg?sslmode=hunter2\"",
            "postgres = \"postgres://db/zg\"\nconnections = 0",
            "postgres = \"postgres://db/zg\"\nnats = \"http://u:hunter2@n\"",
            "postgres = \"postgres://db/zg\"\nnats = \"nats://u:hunter2@[\"",
            "postgres = \"postgres://db/zg\"\nnats_token_file = \"x\"",
        ] {
            let (key, reason) = read(wrong).unwrap_err();
            assert!(key.starts_with("storage.") && !reason.contains("hunter2"), "{wrong}: {reason}");
        }
    }
}
