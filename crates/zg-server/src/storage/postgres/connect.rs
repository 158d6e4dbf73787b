//! From settings to connections.

use std::str::FromStr as _;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use rustls::pki_types::CertificateDer;
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::storage::StorageError;

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// `postgres://user@host:port/database?sslmode=require`, or keywords and values, as libpq takes them.
    pub url: String,
    /// Wins over one in the address.
    pub password: Option<String>,
    /// Certificates to believe instead of the system's, in DER; where there are none, the system's.
    pub roots: Vec<Vec<u8>>,
    pub connections: usize,
}

impl std::fmt::Debug for Settings {
    /// Without the address: it may hold a password, and settings are printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("connections", &self.connections).finish_non_exhaustive()
    }
}

impl Settings {
    /// 16 connections, and the password that the address may have.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), password: None, roots: Vec::new(), connections: 16 }
    }

    /// What the driver is told.
    ///
    /// # Errors
    /// The address cannot be read. The message does not repeat it: it may hold a password.
    pub fn driver(&self) -> Result<Config, StorageError> {
        let mut config = Config::from_str(&self.url).map_err(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            StorageError::Setting(format!("postgres: want postgres://user@host:port/database{cause}"))
        })?;
        if config.get_hosts().is_empty() {
            return Err(StorageError::Setting("postgres: the address names no host".to_owned()));
        }
        if let Some(password) = &self.password {
            config.password(password);
        }
        config
            .application_name("zhanggui")
            .connect_timeout(Duration::from_secs(5))
            .tcp_user_timeout(Duration::from_secs(15))
            .keepalives_idle(Duration::from_secs(30));
        Ok(config)
    }

    /// TLS for where the address asks for it; certificates are checked always.
    pub(crate) fn tls(&self) -> Result<MakeRustlsConnect, StorageError> {
        let mut roots = rustls::RootCertStore::empty();
        if self.roots.is_empty() {
            // A machine without certificates can still talk to a socket in a folder.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        for certificate in &self.roots {
            let added = roots.add(CertificateDer::from_slice(certificate));
            added.map_err(|error| StorageError::Setting(format!("ca_file: {error}")))?;
        }
        // Named, because two libraries of one process may each bring a default of their own.
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| StorageError::Setting(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }

    /// A pool that connects when it is asked to.
    pub(super) fn pool(&self) -> Result<Pool, StorageError> {
        let manager = Manager::from_config(
            self.driver()?,
            self.tls()?,
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let wait = Some(Duration::from_secs(5));
        Pool::builder(manager)
            .max_size(self.connections.max(1))
            .timeouts(Timeouts { wait, create: wait, recycle: wait })
            .runtime(Runtime::Tokio1)
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move { client.batch_execute(SESSION).await.map_err(HookError::Backend) })
            }))
            .build()
            .map_err(|error| StorageError::Setting(error.to_string()))
    }
}

/// Acknowledged means on disk, also where the database's default is another; and nothing waits for ever.
const SESSION: &str = "
    SET statement_timeout = '30s';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s';
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') IN ('off', 'local');
";
