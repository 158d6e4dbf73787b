//! Which database, as `zhanggui.toml` says it.

use std::path::{Path, PathBuf};

use zg_proto::config::StorageConfig;

use super::postgres;
use crate::config::ConfigError;

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
    /// Path of the password, until [`Shared::load_secrets`] has read it.
    pub password_file: Option<PathBuf>,
    pub nats: Option<Nats>,
    pub nats_token_file: Option<PathBuf>,
}

fn setting(setting: &'static str, reason: impl Into<String>) -> ConfigError {
    ConfigError::Setting { setting, reason: reason.into() }
}

impl Shared {
    /// `None` where the table is empty: SQLite in the data folder.
    ///
    /// # Errors
    /// An address that cannot be read, or settings of a database that is not asked for.
    pub fn read(form: StorageConfig) -> Result<Option<Self>, ConfigError> {
        let Some(url) = form.postgres else {
            return if form == StorageConfig::default() {
                Ok(None)
            } else {
                Err(setting("storage", "these settings are for PostgreSQL; give `postgres`, or leave them out"))
            };
        };
        let mut postgres = postgres::Settings::new(url);
        postgres.ca_file = form.ca_file.map(PathBuf::from);
        if let Some(connections) = form.connections {
            if !(1..=1000).contains(&connections) {
                return Err(setting("storage.connections", "want 1 to 1000"));
            }
            postgres.connections = connections as usize;
        }
        postgres.driver().map_err(|error| setting("storage.postgres", error.to_string()))?;
        let nats = form.nats.map(Nats::read).transpose()?;
        if nats.is_none() && form.nats_token_file.is_some() {
            return Err(setting("storage.nats_token_file", "there is no `nats` that would ask for it"));
        }
        let nats_token_file = form.nats_token_file.map(PathBuf::from);
        Ok(Some(Self { postgres, password_file: form.password_file.map(PathBuf::from), nats, nats_token_file }))
    }

    /// Reads the secrets that the file names, relative to `folder`, and the password in the environment.
    ///
    /// # Errors
    /// A file that cannot be read; the message names it and nothing of it.
    pub fn load_secrets(&mut self, folder: &Path) -> Result<(), ConfigError> {
        if let Some(path) = &mut self.postgres.ca_file {
            *path = folder.join(&path);
        }
        if let Some(path) = &self.password_file {
            self.postgres.password = Some(secret("storage.password_file", &folder.join(path))?);
        } else if let Ok(password) = std::env::var(POSTGRES_PASSWORD_VARIABLE)
            && !password.is_empty()
        {
            self.postgres.password = Some(password);
        }
        if let (Some(nats), Some(path)) = (&mut self.nats, &self.nats_token_file) {
            nats.token = Some(secret("storage.nats_token_file", &folder.join(path))?);
        }
        Ok(())
    }
}

impl Nats {
    /// # Errors
    /// The address is none.
    pub fn read(url: String) -> Result<Self, ConfigError> {
        if !["nats://", "tls://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(setting("storage.nats", "want nats://host:4222, or tls://host:4222"));
        }
        // Not repeated in the message: it may hold a password.
        url.parse::<async_nats::ServerAddr>()
            .map_err(|_| setting("storage.nats", "this is no address; want nats://host:4222"))?;
        Ok(Self { url, token: None })
    }
}

/// The first line of a file.
fn secret(name: &'static str, path: &Path) -> Result<String, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| setting(name, format!("{}: {error}", path.display())))?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() { Err(setting(name, format!("{} is empty", path.display()))) } else { Ok(line.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Shared>, ConfigError> {
        Shared::read(toml::from_str(text).unwrap())
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
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.starts_with("storage") && !error.contains("hunter2"), "{wrong}: {error}");
        }
    }
}
