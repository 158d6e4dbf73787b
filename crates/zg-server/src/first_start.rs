//! Operators: those of the configuration, one made at the first start, those added from the command line.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use zg_domain::{Clock as _, OperatorId, TenantId};

use crate::app::{App, SystemClock};
use crate::config::{Config, ConfiguredOperator};
use crate::hub::Hub;
use crate::storage::{self, NewOperator};
use crate::{passwords, random};

/// Sets the password of the operator made at the first start.
pub const PASSWORD_VARIABLE: &str = "ZHANGGUI_OPERATOR_PASSWORD";

/// Adds an operator to the database in `data_dir`, or gives the one of that name another password and display name;
/// their sessions end. A server may be running meanwhile.
///
/// # Errors
/// A name or password is not usable, another tenant has an operator of that name, or the database cannot be written.
pub async fn add_operator(
    data_dir: &Path,
    tenant: &str,
    name: &str,
    display_name: &str,
    password: &str,
) -> anyhow::Result<()> {
    let config = Config { data_dir: data_dir.to_owned(), ..Config::default() };
    add_operator_to(&config, tenant, name, display_name, password).await
}

/// The same, in the database that `config` asks for.
///
/// # Errors
/// As of [`add_operator`].
pub async fn add_operator_to(
    config: &Config,
    tenant: &str,
    name: &str,
    display_name: &str,
    password: &str,
) -> anyhow::Result<()> {
    let tenant = TenantId::new(tenant).context("tenant")?;
    ensure!((1..=200).contains(&name.len()), "a name has 1 to 200 bytes");
    ensure!((1..=200).contains(&display_name.len()), "a display name has 1 to 200 bytes");
    ensure!(password.chars().count() >= 8, "a password has at least 8 characters");
    ensure!(password.len() <= passwords::MAX_PASSWORD_BYTES, "the password is too long");
    let storage = storage::open(config, &Arc::new(Hub::default())).await.context("open the database")?;
    let operator = new_operator(name, display_name, hash_password(password)?)?;
    storage.put_operator(&tenant, operator, SystemClock.now()).await.context("add the operator")?;
    Ok(())
}

/// The PHC string that `password_hash` of the configuration wants.
///
/// # Errors
/// The system has no randomness or memory for it.
pub fn hash_password(password: &str) -> anyhow::Result<String> {
    passwords::hash(password).map_err(|error| anyhow::anyhow!("hash the password: {error}"))
}

fn new_operator(name: &str, display_name: &str, password_hash: String) -> anyhow::Result<NewOperator> {
    let id = OperatorId::new(format!("op-{}", random::hex(8))).context("operator id")?;
    Ok(NewOperator { id, name: name.to_owned(), display_name: display_name.to_owned(), password_hash })
}

/// Adds an operator of the configuration, or gives them what it says.
pub(crate) async fn put_configured(app: &App, configured: &ConfiguredOperator) -> anyhow::Result<()> {
    let operator = new_operator(&configured.name, &configured.display_name, configured.password_hash.clone())?;
    let put = storage::patiently(|| app.storage.put_operator(&configured.tenant, operator.clone(), app.now()));
    put.await.with_context(|| format!("operator {} of the configuration", configured.name))
}

/// Sees to it that somebody can sign in.
pub(crate) async fn ensure_operators(app: &App) -> anyhow::Result<()> {
    for configured in &app.config().operators {
        put_configured(app, configured).await?;
    }
    if storage::patiently(|| app.storage.has_operators()).await.context("look for operators")? {
        return Ok(());
    }
    let given = std::env::var(PASSWORD_VARIABLE).ok().filter(|password| !password.is_empty());
    let password = given.clone().unwrap_or_else(random::password);
    let operator = new_operator("admin", "admin", hash_password(&password)?)?;
    let made = app.storage.first_operator(&app.config().first_tenant(), operator, app.now());
    if made.await.context("make the operator")? && given.is_none() {
        // To the terminal and not to the log: logs are kept, copied and read by others.
        eprintln!("Operator for /console/: name admin, password {password} (shown this once)");
    }
    Ok(())
}
