//! From the log of events to what is known: visits become sessions of the index, and what is said of lists is remembered.
//!
//! One visitor counts little: an item once a day, some visits a day, and no visit that only a robot could make. So a flood
//! changes nobody else's lists by more than one visit of the day would.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::task::yield_now;
use zg_domain::Timestamp;
use zg_recommend::MAX_SESSION;
use zg_recommend::bandit::Outcome;

use super::answer::{dislike, number_of};
use super::events::DAY_MILLIS;
use super::live::{Live, MAX_STRANGERS, Said};
use super::{Shop, settings};
use crate::app::App;
use crate::config::Recommend;
use crate::storage::StorageError;
use crate::storage::shop::{EventKind, LoggedEvent, Visitor};

/// Events, or products, that are read at a time.
pub(super) const PAGE: u32 = 1_000;
/// Of these so many are taken in under one lock of the index; then lists are made, and whatever else the thread has to do.
const AT_A_TIME: usize = 64;
/// Visits of one visitor that count a day.
const VISITS_A_DAY: u8 = 8;
/// From so many clicks on, a visit whose clicks follow each other faster than this is a robot's.
const ROBOT_CLICKS: usize = 20;
const ROBOT_MILLIS: i64 = 400;
/// Names of items in visits that are going on, in bytes; beyond them all visits are over.
const MAX_OPEN_BYTES: usize = 64 << 20;
/// Likewise visits.
const MAX_OPEN: usize = 200_000;
/// What is remembered of a day, of visitors and of their items.
const MAX_TODAY: usize = 2_000_000;
/// How often a snapshot is written while something changes.
const SAVE_EVERY_MILLIS: i64 = 10 * 60 * 1_000;

/// What a file looks like from the outside.
pub(super) type Look = Option<(SystemTime, u64)>;

/// A visit that is going on.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Visit {
    /// In the order of the clicks, repeats and all.
    pub items: Vec<String>,
    pub first_at: i64,
    pub last_at: i64,
    pub last_received: i64,
    /// It is not to count.
    pub dropped: bool,
}

/// How far the logs have been read, and what is under way.
#[derive(Default)]
pub(super) struct Learner {
    pub events: u64,
    pub products: u64,
    pub open: HashMap<Visitor, Visit>,
    pub open_bytes: usize,
    pub today: Today,
    /// As the index was made.
    pub settings: Arc<Recommend>,
    pub index_look: Look,
    pub feed_look: Look,
    pub fed_at: Option<i64>,
    pub feed_digest: Option<[u8; 32]>,
    pub saved_at: i64,
    pub saved_revision: u64,
    pub forgotten_on: i64,
}

#[derive(Default)]
pub(super) struct Today {
    day: i64,
    visits: HashMap<Visitor, u8>,
    items: HashSet<(Visitor, u64)>,
}

/// How events are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// For the first time.
    Live,
    /// The index knows their visits already.
    Known,
}

pub(super) fn look(path: Option<&PathBuf>) -> Look {
    let metadata = std::fs::metadata(path?).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

impl Learner {
    /// Takes in a page of the log.
    pub(super) fn take(&mut self, events: &[LoggedEvent], live: &mut Live, mode: Mode) {
        for event in events {
            self.events = self.events.max(event.seq);
            self.day_of(event.received_at, live);
            self.take_one(event, live, mode);
        }
    }

    fn day_of(&mut self, millis: i64, live: &mut Live) {
        let day = millis.div_euclid(DAY_MILLIS);
        if day > self.today.day {
            if self.today.day > 0 {
                live.bandit.next_day();
            }
            self.today = Today { day, ..Today::default() };
        }
    }

    fn take_one(&mut self, logged: &LoggedEvent, live: &mut Live, mode: Mode) {
        let LoggedEvent { visitor, event, .. } = logged;
        let said = match event.kind {
            EventKind::Erased => {
                self.drop_visit(visitor);
                live.tastes.forget(visitor);
                live.revision += 1;
                return;
            }
            EventKind::End => return self.close(visitor, live),
            EventKind::Dismiss => Some(Said::Disliked(dislike(event.reason.unwrap_or_default()))),
            EventKind::Like => Some(Said::Liked),
            EventKind::Purchase => Some(Said::Bought),
            EventKind::View | EventKind::Impression | EventKind::Click | EventKind::Cart => None,
        };
        if let Some(said) = said {
            live.tastes.say(*visitor, &event.item, said);
            live.revision += 1;
        }
        if !event.counted {
            return;
        }
        outcome(logged, live);
        let seen = !matches!(event.kind, EventKind::Impression | EventKind::Dismiss);
        if seen && mode == Mode::Live {
            self.visit(logged, live);
        }
    }

    fn visit(&mut self, logged: &LoggedEvent, live: &mut Live) {
        let LoggedEvent { visitor, event, .. } = logged;
        let idle = millis(self.settings.session_idle);
        let gone = |visit: &Visit| {
            event.at.saturating_sub(visit.last_at) > idle
                || logged.received_at.saturating_sub(visit.last_received) > idle
        };
        if self.open.get(visitor).is_some_and(gone) {
            self.close(visitor, live);
        }
        if self.open_bytes > MAX_OPEN_BYTES || self.open.len() >= MAX_OPEN {
            self.close_all(live, |_| true);
        }
        let visit = self.open.entry(*visitor).or_insert_with(|| Visit { first_at: event.at, ..Visit::default() });
        visit.first_at = visit.first_at.min(event.at);
        visit.last_at = visit.last_at.max(event.at);
        visit.last_received = logged.received_at;
        if visit.dropped {
            return;
        }
        if visit.items.len() >= MAX_SESSION {
            self.open_bytes -= visit.items.iter().map(String::len).sum::<usize>();
            (visit.items, visit.dropped) = (Vec::new(), true);
            return;
        }
        // What pages make up is no item, where the shop has said what there is.
        let known = live.find(&event.item);
        let sold = known.is_some_and(|item| live.index.catalog().about(item).is_some());
        if live.is_complete() && !sold {
            return;
        }
        if known.is_none() && !logged.vouched {
            if live.strangers >= MAX_STRANGERS {
                return;
            }
            live.strangers += 1;
        }
        // By the product's own name, where it was another; the same again is another click only after something else.
        let name = known.map_or(event.item.as_str(), |item| live.index.names().get(item));
        if visit.items.last().is_some_and(|last| last == name) {
            return;
        }
        self.open_bytes += name.len();
        visit.items.push(name.to_owned());
    }

    /// Takes back a visit that is in progress.
    fn drop_visit(&mut self, visitor: &Visitor) {
        if let Some(visit) = self.open.remove(visitor) {
            self.open_bytes = self.open_bytes.saturating_sub(visit.items.iter().map(String::len).sum());
        }
    }

    /// The visit is over: the next list knows of it, if it counts.
    fn close(&mut self, visitor: &Visitor, live: &mut Live) {
        let Some(mut visit) = self.open.remove(visitor) else { return };
        self.open_bytes = self.open_bytes.saturating_sub(visit.items.iter().map(String::len).sum());
        let span = visit.last_at.saturating_sub(visit.first_at);
        let clicks = visit.items.len();
        let robot = clicks >= ROBOT_CLICKS && span < ROBOT_MILLIS.saturating_mul(clicks as i64);
        // What the index began with knows it already.
        let old = visit.last_at as f64 / 1_000.0 <= live.base_newest;
        if visit.dropped || robot || old {
            return;
        }
        if self.today.visits.len() >= MAX_TODAY || self.today.items.len() >= MAX_TODAY {
            self.today = Today { day: self.today.day, ..Today::default() };
        }
        let visits = self.today.visits.entry(*visitor).or_default();
        if *visits >= VISITS_A_DAY {
            return;
        }
        *visits += 1;
        let mut now = HashSet::new();
        let today = &mut self.today.items;
        visit.items.retain(|item| {
            let item = hash(item);
            now.contains(&item) || (today.insert((*visitor, item)) && now.insert(item))
        });
        if !visit.items.is_empty()
            && live.index.insert(visit.items.iter().map(String::as_str), visit.last_at as f64 / 1_000.0)
        {
            live.revision += 1;
        }
    }

    fn close_all(&mut self, live: &mut Live, over: impl Fn(&Visit) -> bool) {
        let mut visitors: Vec<(i64, Visitor)> = self
            .open
            .iter()
            .filter(|(_, visit)| over(visit))
            .map(|(visitor, visit)| (visit.last_at, *visitor))
            .collect();
        // Sessions are numbered by time.
        visitors.sort_unstable();
        for (_, visitor) in visitors {
            self.close(&visitor, live);
        }
    }

    /// Visits in which nothing came for too long are over.
    pub(super) fn close_idle(&mut self, live: &mut Live, now: Timestamp) {
        let idle = millis(self.settings.session_idle);
        self.close_all(live, |visit| now.as_millis().saturating_sub(visit.last_received) > idle);
    }

    /// Visits as they were when the server stopped.
    pub(super) fn resume(&mut self, open: HashMap<Visitor, Visit>) {
        self.open_bytes = open.values().flat_map(|visit| &visit.items).map(String::len).sum();
        self.open = open;
    }
}

/// What became of an item of a list.
fn outcome(logged: &LoggedEvent, live: &mut Live) {
    let event = &logged.event;
    let outcome = match event.kind {
        EventKind::Impression => Outcome::Viewed,
        EventKind::Click => Outcome::Clicked,
        EventKind::Cart | EventKind::Purchase => Outcome::Wanted,
        EventKind::Dismiss => Outcome::Dismissed,
        EventKind::View | EventKind::Like | EventKind::End | EventKind::Erased => return,
    };
    // Clicks elsewhere say nothing of lists.
    if event.request.is_none() {
        return;
    }
    let Some(item) = live.find(&event.item) else { return };
    let mut person = [0; 8];
    person.copy_from_slice(&logged.visitor[..8]);
    let slot = event.slot.unwrap_or(0) as usize;
    let context = number_of(event.context.unwrap_or_default());
    if live.bandit.record(u64::from_le_bytes(person), item, context, slot, outcome) {
        live.revision += 1;
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn hash(item: &str) -> u64 {
    item.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Shop {
    /// Takes in all that is new, and writes what waits.
    pub(super) async fn step(&self, app: &App) -> Result<(), StorageError> {
        let mut learner = self.learner.lock().await;
        self.reload(app, &mut learner).await;
        self.take_products(app, &mut learner).await?;
        self.take_events(app, &mut learner).await?;
        self.write_lists(app).await?;
        let now = app.now();
        let day = now.as_millis().div_euclid(DAY_MILLIS);
        if day != learner.forgotten_on {
            let kept = i64::from(learner.settings.keep_days).saturating_mul(DAY_MILLIS);
            let before = Timestamp::from_millis(now.as_millis().saturating_sub(kept));
            app.storage.forget_before(&self.tenant, before).await?;
            learner.forgotten_on = day;
        }
        let revision = self.live.read().unwrap_or_else(PoisonError::into_inner).revision;
        if learner.saved_at == 0 {
            learner.saved_at = now.as_millis();
        }
        if revision != learner.saved_revision && now.as_millis().saturating_sub(learner.saved_at) > SAVE_EVERY_MILLIS {
            self.save_with(app, &mut learner).await;
        }
        Ok(())
    }

    async fn take_events(&self, app: &App, learner: &mut Learner) -> Result<(), StorageError> {
        loop {
            let events = app.storage.events_after(&self.tenant, learner.events, PAGE).await?;
            for some in events.chunks(AT_A_TIME) {
                learner.take(some, &mut self.live.write().unwrap_or_else(PoisonError::into_inner), Mode::Live);
                yield_now().await;
            }
            if events.len() < PAGE as usize {
                learner.close_idle(&mut self.live.write().unwrap_or_else(PoisonError::into_inner), app.now());
                return Ok(());
            }
        }
    }

    /// Takes in products alone; a stock that has changed is not to wait.
    pub async fn learn_products(&self, app: &App) -> Result<(), StorageError> {
        let mut learner = self.learner.lock().await;
        self.take_products(app, &mut learner).await
    }

    pub(super) async fn take_products(&self, app: &App, learner: &mut Learner) -> Result<(), StorageError> {
        loop {
            let products = app.storage.products_after(&self.tenant, learner.products, PAGE).await?;
            for some in products.chunks(AT_A_TIME) {
                {
                    let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
                    for (seq, product) in some {
                        live.set_product(product);
                        learner.products = *seq;
                    }
                    live.settle(&learner.settings);
                }
                yield_now().await;
            }
            if products.len() < PAGE as usize {
                return Ok(());
            }
        }
    }

    async fn write_lists(&self, app: &App) -> Result<(), StorageError> {
        let lines = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if lines.is_empty() {
            return Ok(());
        }
        app.storage.add_lists(&self.tenant, lines, app.now()).await
    }

    /// Takes another index, or other settings, where the configuration or the file has changed.
    async fn reload(&self, app: &App, learner: &mut Learner) {
        let new = settings(app, &self.tenant);
        let now = look(new.index.as_ref());
        if new.index == learner.settings.index && now == learner.index_look {
            learner.settings = new;
            return;
        }
        // One that cannot be read is not tried again before it changes once more.
        learner.index_look = now;
        let index = new.index.clone();
        learner.settings = new;
        match super::keep::rebuild(app, &self.tenant, learner, index).await {
            Ok((live, rebuilt)) => {
                *self.live.write().unwrap_or_else(PoisonError::into_inner) = live;
                *learner = rebuilt;
                tracing::info!(tenant = %self.tenant, "another index of recommendations holds from here on");
            }
            Err(error) => {
                tracing::error!(tenant = %self.tenant, error, "the index of recommendations cannot be used; the one before holds on");
            }
        }
    }
}
