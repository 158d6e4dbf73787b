//! What is recommended, as the configuration says it.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use zg_proto::config::RecommendConfig;
use zg_recommend::Rules;

use super::Reading;
use super::back_office::{BackOffice, Target};

/// Where the product feed is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feed {
    File(PathBuf),
    /// As the one address that a guarded request may call.
    Address(Box<BackOffice>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Recommend {
    pub index: Option<PathBuf>,
    pub catalog: Option<Feed>,
    pub refresh: Duration,
    pub session_idle: Duration,
    /// 0 to 1.
    pub explore: f32,
    pub rules: Rules,
    /// 0 for any number.
    pub visits_per_address: usize,
    pub keep_days: u32,
    pub keep_lists: bool,
}

impl Default for Recommend {
    fn default() -> Self {
        Self {
            index: None,
            catalog: None,
            refresh: Duration::from_secs(300),
            session_idle: Duration::from_secs(1_800),
            explore: 0.05,
            rules: Rules::of_house(),
            visits_per_address: 3,
            keep_days: 90,
            keep_lists: true,
        }
    }
}

pub(super) fn read(reading: &mut Reading<'_>, at: &str, form: RecommendConfig) -> Recommend {
    let networks_at = format!("{at}.allow_private");
    let mut allow_private = Vec::new();
    for text in &form.allow_private {
        let network =
            text.parse::<IpNet>().map_err(|_| format!("{text:?} is no network; write 10.1.0.0/16 or fd00::/8"));
        allow_private.extend(reading.parsed(&networks_at, network));
    }
    let mut number = |key: &str, given, default, range| reading.number(&format!("{at}.{key}"), given, default, range);
    let default = Recommend::default();
    let percent = |n: u32| n as f32 / 100.0;
    let mut recommend = Recommend {
        refresh: seconds(number("catalog_refresh_seconds", form.catalog_refresh_seconds, 300, 10..=86_400)),
        session_idle: seconds(number("session_idle_seconds", form.session_idle_seconds, 1_800, 10..=86_400)),
        explore: percent(number("explore_percent", form.explore_percent, 5, 0..=50)),
        rules: Rules {
            brand_cap: number("brand_cap", form.brand_cap, 3, 0..=200) as usize,
            diversity: percent(number("diversity_percent", form.diversity_percent, 0, 0..=100)),
            margin: percent(number("margin_percent", form.margin_percent, 0, 0..=100)),
            ..Rules::default()
        },
        visits_per_address: number("visits_per_address", form.visits_per_address, 3, 0..=100_000) as usize,
        keep_days: number("keep_days", form.keep_days, 90, 30..=400),
        keep_lists: form.keep_lists.unwrap_or(true),
        ..default
    };
    let mut path = |key: &str, path: String| {
        if path.is_empty() {
            reading.wrong(&format!("{at}.{key}"), "write the path of a file");
        }
        reading.folder.map_or_else(|| PathBuf::from(&path), |folder| folder.join(&path))
    };
    recommend.index = form.index.map(|index| path("index", index));
    recommend.catalog = match form.catalog {
        None => None,
        Some(text) if text.contains("://") => {
            let catalog_at = format!("{at}.catalog");
            let target = reading.parsed(&catalog_at, Target::parse(&text));
            if target.as_ref().is_some_and(|target| !target.https) && allow_private.is_empty() {
                reading.wrong(
                    &catalog_at,
                    "plain http is for private networks; write https://, or name one in allow_private",
                );
            }
            target.map(|target| Feed::Address(Box::new(of(target, allow_private))))
        }
        Some(text) => Some(Feed::File(path("catalog", text))),
    };
    recommend
}

/// A back office of which nothing but the address counts.
fn of(target: Target, allow_private: Vec<IpNet>) -> BackOffice {
    BackOffice {
        target,
        secrets: Vec::new(),
        actions: None,
        timeout: Duration::from_secs(60),
        attempts: 1,
        concurrency: 1,
        allow_private,
        roots: Vec::new(),
    }
}

fn seconds(n: u32) -> Duration {
    Duration::from_secs(n.into())
}
