//! Another database than SQLite, as the configuration describes it.

use zg_proto::config::StorageConfig;

use super::{Reading, certificates};
use crate::storage::postgres::Settings;
use crate::storage::settings::{Nats, POSTGRES_PASSWORD_VARIABLE, Shared};

/// `None` where the table is empty: SQLite in the data folder.
pub(super) fn read(reading: &mut Reading<'_>, form: StorageConfig) -> Option<Shared> {
    if form == StorageConfig::default() {
        return None;
    }
    let Some(url) = form.postgres else {
        reading.wrong(
            "storage.postgres",
            "is missing, and the other settings of [storage] are for PostgreSQL; write postgres = \"postgres://user@host/database\", or leave them out",
        );
        return None;
    };
    let mut postgres = Settings::new(url);
    // Not repeated in the message: it may hold a password.
    reading.parsed("storage.postgres", postgres.driver().map(drop).map_err(|error| error.to_string()));
    let connections = reading.number("storage.connections", form.connections, 16, 1..=1000);
    postgres.connections = usize::try_from(connections).unwrap_or(usize::MAX);
    if let Some(path) = form.password_file {
        postgres.password = secret(reading, "storage.password_file", &path);
    } else if reading.folder.is_some()
        && let Ok(password) = std::env::var(POSTGRES_PASSWORD_VARIABLE)
        && !password.is_empty()
    {
        postgres.password = Some(password);
    }
    if let Some(path) = form.ca_file
        && let Some(bytes) = reading.file("storage.ca_file", &path)
    {
        let roots = certificates(&bytes).map_err(|reason| format!("{path}: {reason}"));
        postgres.roots = reading.parsed("storage.ca_file", roots).unwrap_or_default();
    }
    let mut nats = form.nats.and_then(|url| reading.parsed("storage.nats", Nats::read(url)));
    if let Some(path) = form.nats_token_file {
        let token = secret(reading, "storage.nats_token_file", &path);
        match &mut nats {
            Some(nats) => nats.token = token,
            None => reading.wrong("storage.nats_token_file", "there is no `nats` that would ask for it; leave it out"),
        }
    }
    Some(Shared { postgres, nats })
}

/// The first line of a file.
fn secret(reading: &mut Reading<'_>, key: &str, path: &str) -> Option<String> {
    let bytes = reading.file(key, path)?;
    let text = String::from_utf8(bytes).map_err(|_| format!("{path}: want UTF-8"));
    let text = reading.parsed(key, text)?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        reading.wrong(key, format!("{path} is empty; write the secret into its first line"));
        return None;
    }
    Some(line.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn settings_are_checked_and_secrets_are_not_printed() {
        assert_eq!(Config::from_toml("[storage]\n").unwrap().storage, None);
        let url = "[storage]\npostgres = \"postgres://zg:hunter2@db.example/zg?sslmode=require\"\nnats = \"nats://u:hunter2@n:4222\"";
        let shared = Config::from_toml(url).unwrap().storage.unwrap();
        assert_eq!(shared.postgres.connections, 16);
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
            let error = Config::from_toml(&format!("[storage]\n{wrong}")).unwrap_err().to_string();
            assert!(error.starts_with("line ") && error.contains(": storage"), "{wrong}: {error}");
            assert!(!error.contains("hunter2"), "{wrong}: {error}");
        }
    }
}
