//! A folder with a root: `zhanggui kb root`, `rollout`, `rollback`, `timestamp`, `sign-metadata`, and what `publish` and
//! `verify` do there. What a device makes of it is `zg_delivery`.

mod folder;
mod root;
mod targets;
mod verify;

use std::path::PathBuf;

use anyhow::Context;
use zg_kb::sign::SecretKey;

pub use folder::{has_root, sign_metadata};
pub use root::{RootCommand, run as run_root};
pub use targets::{Publish, publish, rollback, rollout, timestamp};
pub use verify::{Verify, verify};

use super::trust;

const DAY_MILLIS: i64 = 86_400_000;

/// Who signs what is written.
#[derive(clap::Args)]
pub struct Signers {
    /// A secret key of the role targets; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub key: Vec<PathBuf>,
    /// A secret key of the role timestamp; may be given several times. Without one, run `kb timestamp` where the key is.
    #[arg(long, value_name = "FILE")]
    pub timestamp_key: Vec<PathBuf>,
}

fn secrets(paths: &[PathBuf]) -> anyhow::Result<Vec<SecretKey>> {
    paths.iter().map(|path| trust::secret(path)).collect()
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// The time so many days from now, as metadata has it.
fn in_days(days: u16) -> anyhow::Result<String> {
    zg_delivery::expires_text(now().saturating_add(i64::from(days) * DAY_MILLIS))
        .context("the system's clock is beyond the year 9999; set it")
}
