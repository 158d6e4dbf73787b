//! What the server is told at its start, and again when the file changes, checked.

mod back_office;
mod check;
pub mod keys;
mod recommend;
mod storage;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use zg_domain::TenantId;
use zg_policy::money::Policy;
use zg_proto::config::{LimitsConfig, OperationsConfig, OperatorConfig, ServerConfig, SiteConfig};

pub use self::back_office::{BackOffice, PATIENCE, Target};
use self::check::Findings;
pub use self::check::Mistake;
pub use self::recommend::{Feed, Recommend};
use crate::identity::MIN_KEY_BYTES;
use crate::limit::Rate;
use crate::storage::Digest;
use crate::storage::settings::Shared;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read. Check the path.
    #[error("cannot read {path}; check the path: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    /// All that is wrong with it; each says where and what to write instead.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Mistakes(Vec<Mistake>),
}

/// Keys, policies and secrets are short.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

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
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    pub key: String,
    pub tenant: TenantId,
    /// Whose pages may speak for this storefront; absent: those of the whole server.
    pub origins: Option<Origins>,
    /// Hashes of the secrets of the merchant's own back office; without one it has no access.
    pub secrets: Vec<Digest>,
    /// The keys that say who a shopper is.
    pub identity_keys: Vec<Vec<u8>>,
    pub policy: Option<Arc<Policy>>,
    /// Where actions go.
    pub back_office: Option<Arc<BackOffice>>,
    /// What is recommended.
    pub recommend: Option<Arc<Recommend>>,
}

impl Site {
    /// A storefront without a back office.
    #[must_use]
    pub fn new(key: impl Into<String>, tenant: TenantId) -> Self {
        Self {
            key: key.into(),
            tenant,
            origins: None,
            secrets: Vec::new(),
            identity_keys: Vec::new(),
            policy: None,
            back_office: None,
            recommend: None,
        }
    }
}

impl Site {
    /// Whether a page of this origin may speak for the storefront; `server` is what holds where it has no origins of its own.
    #[must_use]
    pub fn admits(&self, origin: &str, server: &Origins) -> bool {
        self.origins.as_ref().unwrap_or(server).admit(origin)
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
    pub actions: Option<Rate>,
    pub address_requests: Option<Rate>,
    pub tenant_requests: Option<Rate>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            opens: Rate::per_minute(120),
            messages: Rate::per_minute(600),
            actions: Rate::per_minute(30),
            address_requests: Rate::per_minute(6000),
            tenant_requests: None,
        }
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogForm {
    #[default]
    Text,
    Json,
}

/// How the server is looked after.
#[derive(Debug, Clone, PartialEq)]
pub struct Operations {
    pub metrics_listen: Option<SocketAddr>,
    pub metrics_secret: Option<Digest>,
    pub log: LogForm,
    pub otlp_endpoint: Option<String>,
    /// 0 to 1.
    pub otlp_share: f64,
    pub max_in_flight: usize,
    pub min_free_bytes: u64,
    pub stop_delay: Duration,
}

impl Default for Operations {
    fn default() -> Self {
        Self {
            metrics_listen: None,
            metrics_secret: None,
            log: LogForm::Text,
            otlp_endpoint: None,
            otlp_share: 1.0,
            max_in_flight: 4096,
            min_free_bytes: 256 * 1024 * 1024,
            stop_delay: Duration::ZERO,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    pub static_dir: Option<PathBuf>,
    /// A second key of the hashes by which shoppers are known; the first is in the database.
    pub profile_key: Option<Vec<u8>>,
    pub origins: Origins,
    pub console_origins: Vec<String>,
    pub secure_cookies: bool,
    pub trust_proxy: bool,
    /// Never empty.
    pub sites: Vec<Site>,
    pub operators: Vec<ConfiguredOperator>,
    pub limits: Limits,
    pub operations: Operations,
    /// A database that several processes may share; `None` is SQLite in `data_dir`.
    pub storage: Option<Shared>,
    /// What was read besides the file itself: a change of one of them is a change of the configuration.
    pub files: Vec<PathBuf>,
}

impl Default for Config {
    /// One shop on this machine: site key `demo`, tenant `default`.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
            data_dir: PathBuf::from("zhanggui-data"),
            static_dir: None,
            profile_key: None,
            origins: Origins::Local,
            console_origins: Vec::new(),
            secure_cookies: false,
            trust_proxy: false,
            sites: vec![Site::new("demo", default_tenant())],
            operators: Vec::new(),
            limits: Limits::default(),
            operations: Operations::default(),
            storage: None,
            files: Vec::new(),
        }
    }
}

impl Config {
    /// Reads a file and those that it names.
    ///
    /// # Errors
    /// The file cannot be read, or has mistakes: all of them are named.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |reason: String| ConfigError::Unreadable { path: path.to_owned(), reason };
        let bytes = read_file(path).map_err(unreadable)?;
        let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self::read(&text, Some(folder))
    }

    /// Reads a text; the files that it names are not looked at.
    ///
    /// # Errors
    /// The text has mistakes: all of them are named.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::read(text, None)
    }

    fn read(text: &str, folder: Option<&Path>) -> Result<Self, ConfigError> {
        let (form, findings) = check::read(text);
        let mut reading = Reading { findings, folder, files: Vec::new() };
        let mut config = reading.config(form);
        let mistakes = reading.findings.sorted();
        if mistakes.is_empty() {
            config.files = reading.files;
            Ok(config)
        } else {
            Err(ConfigError::Mistakes(mistakes))
        }
    }

    /// The sites of a tenant.
    pub fn sites_of<'a>(&'a self, tenant: &'a TenantId) -> impl Iterator<Item = &'a Site> {
        self.sites.iter().filter(move |site| site.tenant == *tenant)
    }

    /// Whether a page of this origin may call at all.
    #[must_use]
    pub fn admits(&self, origin: &str) -> bool {
        let own = |site: &Site| site.origins.as_ref().map(|origins| origins.admit(origin));
        self.origins.admit(origin) || self.sites.iter().any(|site| own(site) == Some(true))
    }

    /// Whether a page of this origin may speak for one of the tenant's storefronts.
    #[must_use]
    pub fn admits_to(&self, tenant: &TenantId, origin: &str) -> bool {
        self.sites_of(tenant).any(|site| site.admits(origin, &self.origins))
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

/// Turns the form into settings, and notes all that is wrong.
struct Reading<'a> {
    findings: Findings,
    /// Where the files are; `None` where they are not to be looked at.
    folder: Option<&'a Path>,
    files: Vec<PathBuf>,
}

impl Reading<'_> {
    fn wrong(&mut self, key: &str, message: impl Into<String>) {
        self.findings.wrong(key, message);
    }

    /// What `parse` makes of a value, or a mistake.
    fn parsed<T>(&mut self, key: &str, parsed: Result<T, impl Into<String>>) -> Option<T> {
        parsed.map_err(|reason| self.wrong(key, reason)).ok()
    }

    fn number(&mut self, key: &str, given: Option<u32>, default: u32, range: std::ops::RangeInclusive<u32>) -> u32 {
        let number = given.unwrap_or(default);
        if !range.contains(&number) {
            self.wrong(key, format!("{number} is out of bounds; write {} to {}", range.start(), range.end()));
        }
        number
    }

    /// The bytes of a file that the configuration names. `None` where it is not to be looked at, or cannot be read.
    fn file(&mut self, key: &str, path: &str) -> Option<Vec<u8>> {
        if path.is_empty() {
            self.wrong(key, "write the path of a file");
            return None;
        }
        let path = self.folder?.join(path);
        self.files.push(path.clone());
        let read = read_file(&path).map_err(|error| format!("cannot read {}; check the path: {error}", path.display()));
        self.parsed(key, read)
    }

    /// The key in a file; white space at its ends is none of it.
    fn key_file(&mut self, at: &str, path: &str) -> Option<Vec<u8>> {
        let bytes = self.file(at, path)?;
        let key = bytes.trim_ascii();
        if key.len() < MIN_KEY_BYTES {
            let most = format!("want at least {MIN_KEY_BYTES} bytes, such as `openssl rand -hex 32` gives");
            self.wrong(at, format!("{path}: {most}"));
        }
        Some(key.to_vec())
    }

    fn config(&mut self, form: ServerConfig) -> Config {
        let mut config = Config::default();
        if let Some(listen) = form.listen
            && let Some(listen) = self.parsed("listen", address(&listen))
        {
            config.listen = listen;
        }
        if let Some(data) = form.data {
            config.data_dir = PathBuf::from(data);
        }
        config.static_dir = form.static_dir.map(PathBuf::from);
        if let Some(path) = &form.profile_key_file {
            config.profile_key = self.key_file("profile_key_file", path);
        }
        if let Some(list) = form.origins {
            config.origins = self.origins("origins", list);
        }
        for origin in &form.console_origins {
            self.parsed("console_origins", check_origin(origin));
        }
        config.console_origins = form.console_origins;
        config.secure_cookies = form.secure_cookies;
        config.trust_proxy = form.trust_proxy;
        if !form.sites.is_empty() {
            config.sites.clear();
        }
        for (n, site) in form.sites.into_iter().enumerate() {
            let site = self.site(&format!("sites[{n}]"), site, &config.sites);
            config.sites.push(site);
        }
        for (n, operator) in form.operators.into_iter().enumerate() {
            let operator = self.operator(&format!("operators[{n}]"), operator, &config);
            config.operators.push(operator);
        }
        config.limits = limits(&form.limits);
        config.operations = self.operations(form.operations);
        config.storage = storage::read(self, form.storage);
        config
    }

    fn origins(&mut self, key: &str, list: Vec<String>) -> Origins {
        if list.iter().any(|origin| origin == "*") {
            return Origins::Any;
        }
        for origin in &list {
            self.parsed(key, check_origin(origin));
        }
        Origins::Only(list)
    }

    fn site(&mut self, at: &str, form: SiteConfig, before: &[Site]) -> Site {
        let key_at = format!("{at}.key");
        if form.key.is_empty() || form.key.len() > 200 {
            self.wrong(&key_at, "write 1 to 200 characters");
        }
        if before.iter().any(|other| other.key == form.key) {
            self.wrong(&key_at, "another storefront has this key; each is named once");
        }
        let tenant = self.tenant(&format!("{at}.tenant"), form.tenant);
        let mut site = Site::new(form.key, tenant);
        site.origins = form.origins.map(|list| self.origins(&format!("{at}.origins"), list));
        let secret_at = format!("{at}.secret_sha256");
        for text in form.secret_sha256.map(|given| given.into_vec()).unwrap_or_default() {
            let Some(digest) = self.parsed(&secret_at, digest(&text)) else { continue };
            if before.iter().any(|other| other.secrets.contains(&digest)) {
                self.wrong(&secret_at, "another storefront has this secret; make one for each");
            }
            site.secrets.push(digest);
        }
        let keys_at = format!("{at}.identity_key_files");
        for path in &form.identity_key_files {
            site.identity_keys.extend(self.key_file(&keys_at, path));
        }
        if let Some(path) = form.policy {
            let policy_at = format!("{at}.policy");
            let compiled = self.file(&policy_at, &path).map(|bytes| policy(&path, bytes));
            site.policy = compiled.and_then(|compiled| self.parsed(&policy_at, compiled)).map(Arc::new);
        }
        if let Some(form) = form.back_office {
            let office_at = format!("{at}.back_office");
            if before.iter().any(|other| other.tenant == site.tenant && other.back_office.is_some()) {
                self.wrong(&office_at, "another storefront of this tenant has a back office; a tenant has one");
            }
            site.back_office = Some(Arc::new(back_office::read(self, &office_at, form)));
        }
        if let Some(form) = form.recommend {
            let recommend_at = format!("{at}.recommend");
            if before.iter().any(|other| other.tenant == site.tenant && other.recommend.is_some()) {
                self.wrong(
                    &recommend_at,
                    "another storefront of this tenant says what is recommended; a tenant has one",
                );
            }
            site.recommend = Some(Arc::new(recommend::read(self, &recommend_at, form)));
        }
        site
    }

    fn tenant(&mut self, key: &str, id: String) -> TenantId {
        self.parsed(key, TenantId::new(id).map_err(|error| error.to_string())).unwrap_or_else(default_tenant)
    }

    fn operator(&mut self, at: &str, form: OperatorConfig, config: &Config) -> ConfiguredOperator {
        for (field, value) in [("name", &form.name), ("display_name", &form.display_name)] {
            if !(1..=200).contains(&value.len()) {
                self.wrong(&format!("{at}.{field}"), "write 1 to 200 bytes");
            }
        }
        if config.operators.iter().any(|other| other.name == form.name) {
            self.wrong(&format!("{at}.name"), "another operator has this name; names are unique across tenants");
        }
        self.parsed(&format!("{at}.password_hash"), crate::passwords::check_hash(&form.password_hash));
        let tenant = match form.tenant.clone() {
            Some(id) => self.tenant(&format!("{at}.tenant"), id),
            None => config.first_tenant(),
        };
        let OperatorConfig { name, display_name, password_hash, .. } = form;
        ConfiguredOperator { tenant, name, display_name, password_hash }
    }

    fn operations(&mut self, form: OperationsConfig) -> Operations {
        let mut operations = Operations::default();
        if let Some(listen) = form.metrics_listen {
            operations.metrics_listen = self.parsed("operations.metrics_listen", address(&listen));
        }
        if let Some(text) = form.metrics_secret_sha256 {
            operations.metrics_secret = self.parsed("operations.metrics_secret_sha256", digest(&text));
        }
        match form.log.as_deref() {
            None | Some("text") => {}
            Some("json") => operations.log = LogForm::Json,
            Some(_) => self.wrong("operations.log", "write \"text\" or \"json\""),
        }
        if let Some(endpoint) = form.otlp_endpoint {
            let uri = endpoint.parse::<axum::http::Uri>().ok();
            if !uri.is_some_and(|uri| uri.host().is_some() && uri.scheme_str() == Some("http")) {
                let advice =
                    "want the address of a collector on this machine or network, such as http://127.0.0.1:4318";
                self.wrong("operations.otlp_endpoint", advice);
            }
            operations.otlp_endpoint = Some(endpoint);
        }
        operations.otlp_share =
            f64::from(self.number("operations.otlp_percent", form.otlp_percent, 100, 0..=100)) / 100.0;
        let most = self.number("operations.max_in_flight", form.max_in_flight, 4096, 1..=1_000_000);
        operations.max_in_flight = usize::try_from(most).unwrap_or(usize::MAX);
        operations.min_free_bytes = u64::from(form.min_free_mib.unwrap_or(256)) * 1024 * 1024;
        let delay = self.number("operations.stop_delay_seconds", form.stop_delay_seconds, 0, 0..=600);
        operations.stop_delay = Duration::from_secs(delay.into());
        operations
    }
}

fn limits(form: &LimitsConfig) -> Limits {
    let default = Limits::default();
    let rate = |given: Option<u32>, default: Option<Rate>| given.map_or(default, Rate::per_minute);
    Limits {
        opens: rate(form.opens_per_minute, default.opens),
        messages: rate(form.messages_per_minute, default.messages),
        actions: rate(form.actions_per_minute, default.actions),
        address_requests: rate(form.address_requests_per_minute, default.address_requests),
        tenant_requests: rate(form.tenant_requests_per_minute, default.tenant_requests),
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Read as _;
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    // A device that never ends is a file, too.
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Err("it is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err("it is larger than 1 MiB".to_owned());
    }
    Ok(bytes)
}

/// Certificates in PEM, as DER.
fn certificates(bytes: &[u8]) -> Result<Vec<Vec<u8>>, &'static str> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found.iter().map(|root| root.to_vec()).collect()),
        _ => Err("want certificates as PEM, -----BEGIN CERTIFICATE-----"),
    }
}

fn policy(path: &str, bytes: Vec<u8>) -> Result<Policy, String> {
    let text = String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8"))?;
    let compiled = zg_policy::build::compile(Some(&text)).map_err(|findings| {
        let first = findings.first().map_or("", |finding| finding.message.as_str());
        format!("{path} is not proved: {first}; see `zhanggui policy check`")
    })?;
    Ok(compiled.money)
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "want an address and a port, such as 127.0.0.1:8787 or [::]:8787")
}

fn digest(text: &str) -> Result<Digest, &'static str> {
    let mut digest = Digest::default();
    hex::decode_to_slice(text, &mut digest).map_err(|_| "want the 64 hexadecimal digits of a SHA-256")?;
    Ok(digest)
}

/// Exact comparison needs exact values: a path or a slash at the end would silently match nothing.
fn check_origin(origin: &str) -> Result<(), String> {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://")).unwrap_or_default();
    if host.is_empty()
        || host.contains(['/', '*', '?', '#', '@', ' '])
        || origin.bytes().any(|b| b.is_ascii_uppercase())
    {
        return Err(format!("{origin:?} is no origin; want https://shop.example, without a path"));
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
