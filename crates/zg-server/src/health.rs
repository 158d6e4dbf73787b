//! Whether work is to be sent here.

use std::time::Duration;

use crate::app::App;

/// A balancer asks every few seconds, and a database that takes longer than this is none.
const PATIENCE: Duration = Duration::from_secs(2);

pub struct Health {
    pub database: bool,
    /// `None` where the system does not say.
    pub disk_free: Option<u64>,
}

pub async fn examine(app: &App) -> Health {
    let ping = tokio::time::timeout(PATIENCE, app.storage.ping()).await;
    Health { database: matches!(ping, Ok(Ok(()))), disk_free: disk_free(&app.config().data_dir) }
}

/// What stands against it; nothing where all is well.
pub async fn obstacle(app: &App) -> Option<&'static str> {
    if app.is_draining() {
        return Some("stopping");
    }
    let health = examine(app).await;
    if !health.database {
        return Some("database");
    }
    let least = app.config().operations.min_free_bytes;
    health.disk_free.is_some_and(|free| free < least).then_some("disk")
}

#[cfg(unix)]
fn disk_free(folder: &std::path::Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(folder).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(not(unix))]
fn disk_free(_: &std::path::Path) -> Option<u64> {
    None
}
