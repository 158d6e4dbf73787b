//! What the server is told at its start, checked.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zg_domain::TenantId;
use zg_policy::money::Policy;
use zg_proto::config::ServerConfig;

use crate::identity::MIN_KEY_BYTES;
use crate::limit::Rate;
use crate::storage::Digest;
use crate::storage::settings::Shared;

/// A configuration that cannot be used; the message names the setting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file is no TOML, or has a setting that does not exist. The message names the line.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A setting has a value it cannot have.
    #[error("{setting}: {reason}")]
    Setting { setting: &'static str, reason: String },
}

/// Which storefronts' pages may call the shopper's routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// `http://localhost` and `http://127.0.0.1` with any port: for development, and the default.
    Local,
    /// Every page of the web; asked for with `"*"`.
    Any,
    /// These, exactly as a browser writes them.
    Only(Vec<String>),
}

impl Origins {
    #[must_use]
    pub fn admit(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(origins) => origins.iter().any(|allowed| allowed == origin),
            Self::Local => ["http://localhost", "http://127.0.0.1"].iter().any(|host| {
                origin.strip_prefix(host).is_some_and(|port| {
                    port.is_empty()
                        || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
                })
            }),
        }
    }
}

/// A storefront: its public key names the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    pub key: String,
    pub tenant: TenantId,
    /// Hash of the secret of the merchant's own back office; without one it has no access.
    pub secret: Option<Digest>,
    /// Paths of the keys that say who a shopper is, until [`Config::load_identity_keys`] has read them.
    pub identity_key_files: Vec<PathBuf>,
    pub identity_keys: Vec<Vec<u8>>,
    /// Path of the policy, until [`Config::load_policies`] has read it.
    pub policy_file: Option<PathBuf>,
    pub policy: Option<Arc<Policy>>,
}

impl Site {
    /// A storefront without a back office.
    #[must_use]
    pub fn new(key: impl Into<String>, tenant: TenantId) -> Self {
        let (identity_key_files, identity_keys) = (Vec::new(), Vec::new());
        Self {
            key: key.into(),
            tenant,
            secret: None,
            identity_key_files,
            identity_keys,
            policy_file: None,
            policy: None,
        }
    }
}

/// An operator whom the file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredOperator {
    pub tenant: TenantId,
    pub name: String,
    pub display_name: String,
    pub password_hash: String,
}

/// `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    pub opens: Option<Rate>,
    pub messages: Option<Rate>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    pub static_dir: Option<PathBuf>,
    pub origins: Origins,
    pub console_origins: Vec<String>,
    pub secure_cookies: bool,
    pub trust_proxy: bool,
    /// Never empty.
    pub sites: Vec<Site>,
    pub operators: Vec<ConfiguredOperator>,
    pub limits: Limits,
    /// A database that several processes may share; `None` is SQLite in `data_dir`.
    pub storage: Option<Shared>,
}

impl Default for Config {
    /// One shop on this machine: site key `demo`, tenant `default`.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
            data_dir: PathBuf::from("zhanggui-data"),
            static_dir: None,
            origins: Origins::Local,
            console_origins: Vec::new(),
            secure_cookies: false,
            trust_proxy: false,
            sites: vec![Site::new("demo", default_tenant())],
            operators: Vec::new(),
            limits: Limits { opens: Rate::per_minute(120), messages: Rate::per_minute(600) },
            storage: None,
        }
    }
}

impl Config {
    /// # Errors
    /// The text is not a configuration; the message names the setting.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let form: ServerConfig = toml::from_str(text)?;
        let mut config = Self::default();
        if let Some(listen) = form.listen {
            config.listen = listen.parse().map_err(|_| setting("listen", "want an address and a port"))?;
        }
        if let Some(data) = form.data {
            config.data_dir = PathBuf::from(data);
        }
        config.static_dir = form.static_dir.map(PathBuf::from);
        if let Some(list) = form.origins {
            config.origins = origins(list)?;
        }
        for origin in &form.console_origins {
            check_origin("console_origins", origin)?;
        }
        config.console_origins = form.console_origins;
        config.secure_cookies = form.secure_cookies;
        config.trust_proxy = form.trust_proxy;
        if !form.sites.is_empty() {
            config.sites.clear();
        }
        for site in form.sites {
            if site.key.is_empty() || site.key.len() > 200 || config.sites.iter().any(|other| other.key == site.key) {
                return Err(setting("sites.key", "want 1 to 200 characters, each key once"));
            }
            let tenant = tenant("sites.tenant", site.tenant)?;
            let secret = site.secret_sha256.map(|text| digest(&text)).transpose()?;
            if secret.is_some() && config.sites.iter().any(|other| other.secret == secret) {
                return Err(setting("sites.secret_sha256", "another storefront has this secret; make one for each"));
            }
            let policy_file = site.policy.map(PathBuf::from);
            let identity_key_files = site.identity_key_files.into_iter().map(PathBuf::from).collect();
            config.sites.push(Site { secret, identity_key_files, policy_file, ..Site::new(site.key, tenant) });
        }
        for operator in form.operators {
            crate::passwords::check_hash(&operator.password_hash)
                .map_err(|reason| setting("operators.password_hash", reason))?;
            let tenant = match operator.tenant {
                Some(id) => tenant("operators.tenant", id)?,
                None => config.first_tenant(),
            };
            config.operators.push(ConfiguredOperator {
                tenant,
                name: operator.name,
                display_name: operator.display_name,
                password_hash: operator.password_hash,
            });
        }
        if let Some(n) = form.limits.opens_per_minute {
            config.limits.opens = Rate::per_minute(n);
        }
        if let Some(n) = form.limits.messages_per_minute {
            config.limits.messages = Rate::per_minute(n);
        }
        config.storage = Shared::read(form.storage)?;
        Ok(config)
    }

    /// Reads and proves the policies that the file names, relative to `folder`.
    ///
    /// # Errors
    /// A policy that cannot be read or proved; the message names it.
    pub fn load_policies(&mut self, folder: &Path) -> Result<(), ConfigError> {
        for site in &mut self.sites {
            let Some(path) = site.policy_file.as_ref().map(|path| folder.join(path)) else { continue };
            let text = std::fs::read_to_string(&path)
                .map_err(|error| setting("sites.policy", format!("{}: {error}", path.display())))?;
            let compiled = zg_policy::build::compile(Some(&text)).map_err(|findings| {
                let first = findings.first().map_or("", |finding| finding.message.as_str());
                let message = format!("{} is not proved: {first}; see `zhanggui policy check`", path.display());
                setting("sites.policy", message)
            })?;
            site.policy = Some(Arc::new(compiled.money));
        }
        Ok(())
    }

    /// Reads the secrets of the database that the file names, relative to `folder`.
    ///
    /// # Errors
    /// A file that cannot be read; the message names it and nothing of it.
    pub fn load_storage_secrets(&mut self, folder: &Path) -> Result<(), ConfigError> {
        self.storage.as_mut().map_or(Ok(()), |shared| shared.load_secrets(folder))
    }

    /// Reads the keys that the file names, relative to `folder`; white space at their ends is none of them.
    ///
    /// # Errors
    /// A key that cannot be read or can be guessed; the message names its file and nothing of it.
    pub fn load_identity_keys(&mut self, folder: &Path) -> Result<(), ConfigError> {
        for site in &mut self.sites {
            site.identity_keys.clear();
            for path in site.identity_key_files.iter().map(|path| folder.join(path)) {
                let wrong =
                    |reason: String| setting("sites.identity_key_files", format!("{}: {reason}", path.display()));
                let bytes = std::fs::read(&path).map_err(|error| wrong(error.to_string()))?;
                let key = bytes.trim_ascii();
                if key.len() < MIN_KEY_BYTES {
                    return Err(wrong(format!(
                        "want at least {MIN_KEY_BYTES} bytes, such as `openssl rand -hex 32` gives"
                    )));
                }
                site.identity_keys.push(key.to_vec());
            }
        }
        Ok(())
    }

    /// The tenant that a setting without one means.
    #[must_use]
    pub fn first_tenant(&self) -> TenantId {
        self.sites.first().map_or_else(default_tenant, |site| site.tenant.clone())
    }
}

fn default_tenant() -> TenantId {
    TenantId::new("default").expect("a well-formed id")
}

fn setting(setting: &'static str, reason: impl Into<String>) -> ConfigError {
    ConfigError::Setting { setting, reason: reason.into() }
}

fn digest(text: &str) -> Result<Digest, ConfigError> {
    let mut digest = Digest::default();
    hex::decode_to_slice(text, &mut digest)
        .map_err(|_| setting("sites.secret_sha256", "want the 64 hexadecimal digits of a SHA-256"))?;
    Ok(digest)
}

fn tenant(name: &'static str, id: String) -> Result<TenantId, ConfigError> {
    TenantId::new(id).map_err(|error| setting(name, error.to_string()))
}

fn origins(list: Vec<String>) -> Result<Origins, ConfigError> {
    if list.iter().any(|origin| origin == "*") {
        return Ok(Origins::Any);
    }
    for origin in &list {
        check_origin("origins", origin)?;
    }
    Ok(Origins::Only(list))
}

/// Exact comparison needs exact values: a path or a slash at the end would silently match nothing.
fn check_origin(name: &'static str, origin: &str) -> Result<(), ConfigError> {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://")).unwrap_or_default();
    if host.is_empty()
        || host.contains(['/', '*', '?', '#', '@', ' '])
        || origin.bytes().any(|b| b.is_ascii_uppercase())
    {
        return Err(setting(name, format!("{origin:?} is no origin; want https://shop.example, without a path")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(Config::from_toml("").unwrap(), Config::default());
    }

    #[test]
    fn settings_are_read_and_checked() {
        let config = Config::from_toml(
            "origins = [\"https://shop.example\"]\n[[sites]]\nkey = \"k\"\ntenant = \"t\"\n[limits]\nopens_per_minute = 0\n",
        )
        .unwrap();
        assert_eq!(config.first_tenant().as_str(), "t");
        assert_eq!(config.limits.opens, None);
        for wrong in [
            "unknown = 1",
            "listen = \"nowhere\"",
            "origins = [\"https://shop.example/\"]",
            "origins = [\"shop.example\"]",
            "[[sites]]\nkey = \"k\"\ntenant = \"not an id\"",
            "[[operators]]\nname = \"a\"\ndisplay_name = \"A\"\npassword_hash = \"plain\"",
        ] {
            assert!(Config::from_toml(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn local_means_local() {
        for (origin, admitted) in [
            ("http://localhost", true),
            ("http://localhost:8080", true),
            ("http://127.0.0.1:3", true),
            ("http://localhost:8080.evil.example", false),
            ("http://localhost.evil.example", false),
            ("https://evil.example", false),
            ("null", false),
        ] {
            assert_eq!(Origins::Local.admit(origin), admitted, "{origin}");
        }
    }
}
