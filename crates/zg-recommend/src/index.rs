//! The index: sessions and posting lists in flat arrays, and a tail that grows while the server runs.
//!
//! Sessions are numbered by time, so a newer one has a larger number and nothing is ever sorted by time again.
//! A session is a set: each item once, where it was clicked last (repeats cost quality, see `docs/recommend.md`).

use crate::catalog::{About, Catalog};
use crate::forest::Forest;
use crate::names::Names;
use crate::{Knobs, MAX_ITEMS};

/// No session, no event.
const NONE: u32 = u32::MAX;
/// The most sessions of an item that a posting list keeps: the newest.
pub(crate) const MAX_POSTINGS: usize = 2_000;
/// Days after which a click counts half for what is popular now.
const HALF_LIFE: f64 = 7.0;
const HOUR: f64 = 3_600.0;
/// Items that are kept at hand for when neighbours say nothing.
const POPULAR: usize = 256;

/// Sessions, one after the other: when each ended, in units since the origin, and its items. So one fetch from memory brings both.
/// Two bytes each where that is enough for the numbers of items.
#[derive(Debug, Clone)]
pub(crate) enum Ids {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

/// Items of a session.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Items<'i> {
    Narrow(&'i [u16]),
    Wide(&'i [u32]),
}

/// What sessions say of an item; together, because whoever asks for one soon asks for all.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts {
    /// How many sessions hold it, those that the posting list dropped too.
    pub count: u32,
    /// ln(sessions / sessions with the item).
    pub idf: f32,
    /// Its clicks, each worth 2^(days since `trend_origin` / 7).
    trend: f32,
    /// When it was clicked last, in units since `origin`: its newest session, at hand.
    pub last: u16,
}

impl Facts {
    /// [`Index::trend`], where [`Index::worth_now`] is known.
    pub(crate) fn trend(&self, worth: f32) -> f32 {
        self.trend / worth
    }
}

/// Sessions to find neighbours in, and all that is known of items. See the crate's documentation.
#[derive(Debug, Clone)]
pub struct Index {
    pub(crate) names: Names,
    ids: Ids,
    /// Where each session begins in `ids`; one more than there are sessions.
    offsets: Vec<u32>,
    pub(crate) origin: f64,
    /// Seconds in a unit: an hour, more for logs longer than seven years.
    pub(crate) unit: f64,
    /// Where each item's sessions begin in `postings`, the newest first.
    posting_offsets: Vec<u32>,
    postings: Vec<u32>,
    /// Of each item.
    facts: Vec<Facts>,
    /// Sessions there were when every `idf` was worked out.
    idf_sessions: usize,
    trend_origin: f64,
    popular: Vec<u32>,
    tail: Tail,
    newest: f64,
    pub(crate) knobs: Knobs,
    /// What ranks candidates: for lists that may hold what was seen, and for lists of new items only.
    pub(crate) forests: [Option<Forest>; 2],
    pub(crate) catalog: Catalog,
}

/// Sessions that ended since the index was made.
#[derive(Debug, Clone, Default)]
struct Tail {
    offsets: Vec<u32>,
    items: Vec<u32>,
    /// The event before of the same item.
    before: Vec<u32>,
    sessions: Vec<u32>,
    ends: Vec<u32>,
    /// The newest event of each item; empty until the first insert.
    heads: Vec<u32>,
}

/// Sessions, and when each ended, for [`Index::build`].
pub(crate) struct Parts {
    pub names: Names,
    pub offsets: Vec<u32>,
    pub items: Vec<u32>,
    /// In units since the origin, ascending.
    pub ends: Vec<u16>,
    pub origin: f64,
    pub unit: f64,
}

#[cfg(feature = "build")]
impl Parts {
    /// Takes the ends of the sessions in seconds since 1970, ascending.
    pub(crate) fn new(names: Names, offsets: Vec<u32>, items: Vec<u32>, ends: &[f64]) -> Self {
        let origin = ends.first().copied().unwrap_or(0.0);
        let newest = ends.last().copied().unwrap_or(0.0);
        let unit = ((newest - origin) / f64::from(u16::MAX)).max(HOUR);
        let ends = ends.iter().map(|end| ((end - origin) / unit) as u16).collect();
        Self { names, offsets, items, ends, origin, unit }
    }
}

impl Index {
    /// An index that has seen nothing yet, for sessions from a time on, in seconds since 1970.
    #[must_use]
    pub fn empty(knobs: Knobs, from: f64) -> Self {
        let origin = if from.is_finite() { from.max(0.0) } else { 0.0 };
        let (names, unit) = (Names::default(), HOUR);
        Self::build(Parts { names, offsets: vec![0], items: Vec::new(), ends: Vec::new(), origin, unit }, knobs)
    }

    /// Makes posting lists and counts; every item of `parts` has a name.
    pub(crate) fn build(parts: Parts, knobs: Knobs) -> Self {
        let Parts { mut names, offsets, items, ends, origin, unit } = parts;
        names.shrink();
        let n_items = names.len();
        let n_sessions = ends.len();
        let seconds = |end: u16| origin + f64::from(end) * unit;
        let newest = ends.last().map_or(origin, |&end| seconds(end));
        let mut facts = vec![Facts::default(); n_items];
        for &item in &items {
            facts[item as usize].count += 1;
        }
        let mut posting_offsets = Vec::with_capacity(n_items + 1);
        let mut at = 0_u32;
        posting_offsets.push(at);
        for facts in &mut facts {
            facts.idf = idf(n_sessions, facts.count);
            at += facts.count.min(MAX_POSTINGS as u32);
            posting_offsets.push(at);
        }
        let mut postings = vec![0_u32; at as usize];
        let mut fill: Vec<u32> = posting_offsets[..n_items].to_vec();
        for session in (0..n_sessions).rev() {
            for &item in &items[offsets[session] as usize..offsets[session + 1] as usize] {
                let next = &mut fill[item as usize];
                if *next < posting_offsets[item as usize + 1] {
                    postings[*next as usize] = session as u32;
                    *next += 1;
                }
            }
        }
        for session in 0..n_sessions {
            let worth = worth(seconds(ends[session]), newest);
            for &item in &items[offsets[session] as usize..offsets[session + 1] as usize] {
                let facts = &mut facts[item as usize];
                facts.trend += worth;
                facts.last = ends[session];
            }
        }
        let ids = if n_items <= 1 << 16 {
            Ids::Narrow(with_ends(&offsets, &items, &ends, |item| item as u16, |end| end))
        } else {
            Ids::Wide(with_ends(&offsets, &items, &ends, |item| item, u32::from))
        };
        let offsets = (0_u32..).zip(&offsets).map(|(ends_before, offset)| offset + ends_before).collect();
        let mut index = Self {
            names,
            ids,
            offsets,
            origin,
            unit,
            posting_offsets,
            postings,
            facts,
            idf_sessions: n_sessions,
            trend_origin: newest,
            popular: Vec::new(),
            tail: Tail::default(),
            newest,
            knobs,
            forests: [None, None],
            catalog: Catalog::default(),
        };
        index.popular = index.most_popular(POPULAR);
        index
    }

    #[must_use]
    pub fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Sessions, with those that were inserted.
    #[must_use]
    pub fn n_sessions(&self) -> usize {
        self.n_built() + self.tail.ends.len()
    }

    /// Those that were not inserted.
    fn n_built(&self) -> usize {
        self.offsets.len() - 1
    }

    #[must_use]
    pub fn n_items(&self) -> usize {
        self.names.len()
    }

    /// Items of sessions, with those that were inserted.
    #[must_use]
    pub fn n_events(&self) -> usize {
        self.offsets.last().map_or(0, |&end| end as usize) - self.n_built() + self.tail.items.len()
    }

    /// In how many sessions an item is.
    #[must_use]
    pub fn count(&self, item: u32) -> u32 {
        self.facts(item).count
    }

    /// How popular an item is now: its sessions, each half as much for every seven days.
    #[must_use]
    pub fn trend(&self, item: u32) -> f32 {
        self.facts(item).trend(self.worth_now())
    }

    /// What a click is worth now; [`Index::trend`] of many items needs it once.
    pub(crate) fn worth_now(&self) -> f32 {
        worth(self.newest, self.trend_origin)
    }

    /// What is known of an item; nothing, of one that nobody has looked at.
    #[inline(always)]
    pub(crate) fn facts(&self, item: u32) -> Facts {
        self.facts.get(item as usize).copied().unwrap_or_default()
    }

    /// Days since an item was clicked last; a thousand where it never was.
    pub(crate) fn age_days(&self, item: u32) -> f32 {
        let facts = self.facts(item);
        if facts.count == 0 { 1_000.0 } else { self.age_days_since(facts.last) }
    }

    /// Days since a time, in units since the origin.
    pub(crate) fn age_days_since(&self, last: u16) -> f32 {
        let age = self.now().saturating_sub(u32::from(last));
        (f64::from(age) * self.unit / (24.0 * HOUR)) as f32
    }

    /// When the newest session ended, in units since the origin.
    pub(crate) fn now(&self) -> u32 {
        ((self.newest - self.origin) / self.unit) as u32
    }

    /// When a session ended, likewise.
    #[inline(always)]
    pub(crate) fn end(&self, session: u32) -> u32 {
        let at = session as usize;
        if at < self.n_built() {
            let start = self.offsets[at] as usize;
            match &self.ids {
                Ids::Narrow(ids) => u32::from(ids[start]),
                Ids::Wide(ids) => ids[start],
            }
        } else {
            self.tail.ends[at - self.n_built()]
        }
    }

    /// Sessions that hold an item, the newest first, `most` of them.
    #[inline(always)]
    pub(crate) fn each_session_of(&self, item: u32, most: usize, mut each: impl FnMut(u32)) {
        let mut event = self.tail.heads.get(item as usize).copied().unwrap_or(NONE) as usize;
        let mut inserted = 0;
        while inserted < most
            && let Some(&session) = self.tail.sessions.get(event)
        {
            each(session);
            event = self.tail.before[event] as usize;
            inserted += 1;
        }
        self.postings(item).iter().take(most - inserted).for_each(|&session| each(session));
    }

    fn postings(&self, item: u32) -> &[u32] {
        let at = item as usize;
        // Items that were inserted have no posting list.
        match (self.posting_offsets.get(at), self.posting_offsets.get(at + 1)) {
            (Some(&start), Some(&end)) => &self.postings[start as usize..end as usize],
            _ => &[],
        }
    }

    /// Says what there is to know of products; names that the index lacks become items, and items that are not among the
    /// products are no longer shown.
    pub fn set_catalog<'n>(&mut self, products: impl IntoIterator<Item = (&'n str, About)>) {
        let mut items = Vec::new();
        for (name, about) in products {
            if let Some(item) = self.names.add(name) {
                items.resize(items.len().max(self.names.len()), None);
                items[item as usize] = Some(about);
            }
        }
        items.resize(self.names.len(), None);
        items.shrink_to_fit();
        self.catalog = Catalog { items, partial: false };
        self.make_room();
    }

    /// Says what there is to know of one product from here on; a name that the index lacks becomes an item. Where the index had
    /// no catalog, what was never spoken of stays for sale. Gives the item; nothing for a name that cannot be one.
    pub fn set_product(&mut self, name: &str, about: About) -> Option<u32> {
        if self.catalog.is_empty() {
            self.catalog.partial = true;
        }
        let item = self.names.add(name)?;
        let n = self.catalog.items.len().max(item as usize + 1);
        self.catalog.items.resize(n, None);
        self.catalog.items[item as usize] = Some(about);
        self.make_room();
        Some(item)
    }

    /// Whether items that the catalog lacks may be shown. An index does not save it.
    pub fn set_partial(&mut self, partial: bool) {
        self.catalog.partial = partial;
    }

    /// Seconds since 1970 when the newest session ended.
    #[must_use]
    pub fn newest(&self) -> f64 {
        self.newest
    }

    /// Knows further names; `names` begins with its own.
    #[cfg(feature = "build")]
    pub(crate) fn know(&mut self, names: &Names) {
        self.names.clone_from(names);
        self.make_room();
    }

    /// Ranks by the forests of another index.
    pub fn take_forests(&mut self, other: &Self) {
        self.forests.clone_from(&other.forests);
    }

    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Makes room for items that have come since.
    fn make_room(&mut self) {
        self.facts.resize(self.names.len(), Facts::default());
    }

    /// Puts the items of a session into `to`, which is emptied before.
    pub(crate) fn items_of(&self, session: u32, to: &mut Vec<u32>) {
        to.clear();
        let n = self.length(session) as usize;
        match self.items_from(session) {
            Items::Narrow(items) => to.extend(items[..n].iter().map(|&item| u32::from(item))),
            Items::Wide(items) => to.extend_from_slice(&items[..n]),
        }
    }

    /// The items of a session, and what lies behind them.
    #[inline(always)]
    pub(crate) fn items_from(&self, session: u32) -> Items<'_> {
        let at = session as usize;
        if at < self.n_built() {
            let start = self.offsets[at] as usize + 1;
            match &self.ids {
                Ids::Narrow(ids) => Items::Narrow(&ids[start..]),
                Ids::Wide(ids) => Items::Wide(&ids[start..]),
            }
        } else {
            Items::Wide(&self.tail.items[self.tail.offsets[at - self.n_built()] as usize..])
        }
    }

    /// How many items a session has.
    #[inline(always)]
    pub(crate) fn length(&self, session: u32) -> u32 {
        let at = session as usize;
        let n = self.n_built();
        if at < n {
            self.offsets[at + 1] - self.offsets[at] - 1
        } else {
            self.tail.offsets[at - n + 1] - self.tail.offsets[at - n]
        }
    }

    /// Takes in a finished session; the next query sees it. Names that the index lacks become items, names that are empty or
    /// too long are left out, and a session longer than [`crate::MAX_SESSION`] is not taken. Gives whether it was.
    pub fn insert<'n>(&mut self, session: impl IntoIterator<Item = &'n str>, end: f64) -> bool {
        let mut items = Vec::new();
        for (at, name) in session.into_iter().enumerate() {
            if at >= crate::MAX_SESSION {
                return false;
            }
            items.extend(self.names.add(name));
        }
        self.insert_items(&items, end)
    }

    /// [`Index::insert`] for items that have numbers; one that has none is left out.
    pub fn insert_items(&mut self, session: &[u32], end: f64) -> bool {
        // Each session has a place more than items.
        let full = self.n_events() + self.n_sessions() + session.len() >= NONE as usize;
        if session.is_empty() || session.len() > crate::MAX_SESSION || !end.is_finite() || end < 0.0 || full {
            return false;
        }
        self.make_room();
        self.tail.heads.resize(self.names.len(), NONE);
        if self.tail.offsets.is_empty() {
            self.tail.offsets.push(0);
        }
        // A clock that runs back would turn the order of sessions round.
        self.newest = self.newest.max(end);
        let number = self.n_sessions() as u32;
        let start = self.tail.items.len();
        for (at, &item) in session.iter().enumerate() {
            if item as usize >= self.names.len() || session[at + 1..].contains(&item) {
                continue;
            }
            let event = self.tail.items.len() as u32;
            let head = &mut self.tail.heads[item as usize];
            self.tail.before.push(*head);
            *head = event;
            self.tail.items.push(item);
            self.tail.sessions.push(number);
        }
        if self.tail.items.len() == start {
            return false;
        }
        self.tail.offsets.push(self.tail.items.len() as u32);
        let end = ((self.newest - self.origin) / self.unit) as u32;
        self.tail.ends.push(end);
        // Years without a snapshot: what is beyond is as new as can be.
        let end = u16::try_from(end).unwrap_or(u16::MAX);
        let n_sessions = self.n_sessions();
        // What is rare is so among all sessions, not among those there were when it was clicked last.
        if n_sessions > self.idf_sessions + self.idf_sessions / 20 {
            self.idf_sessions = n_sessions;
            for facts in &mut self.facts {
                facts.idf = idf(n_sessions, facts.count);
            }
        }
        let worth = worth(self.newest, self.trend_origin);
        for at in start..self.tail.items.len() {
            let item = self.tail.items[at];
            let facts = &mut self.facts[item as usize];
            facts.count += 1;
            facts.idf = idf(n_sessions, facts.count);
            facts.trend += worth;
            facts.last = end;
            self.promote(item);
        }
        true
    }

    /// Every session, with those that were inserted; for a snapshot.
    pub(crate) fn parts(&self) -> Parts {
        let mut offsets = Vec::with_capacity(self.n_sessions() + 1);
        offsets.push(0);
        let mut items = Vec::with_capacity(self.n_events());
        let mut ends = Vec::with_capacity(self.n_sessions());
        let mut session_items = Vec::new();
        // Sessions inserted long after the log began need longer units.
        let last = self.tail.ends.last().copied().unwrap_or(0).max(u32::from(u16::MAX));
        let stretch = f64::from(last) / f64::from(u16::MAX);
        for session in 0..self.n_sessions() as u32 {
            self.items_of(session, &mut session_items);
            items.extend_from_slice(&session_items);
            offsets.push(items.len() as u32);
            ends.push((f64::from(self.end(session)) / stretch) as u16);
        }
        Parts { names: self.names.clone(), offsets, items, ends, origin: self.origin, unit: self.unit * stretch }
    }

    /// An index of some of the items alone: of the sessions of two of them and more the newest, eight for each item and a thousand
    /// at the least, with the same settings, forests and catalog.
    #[must_use]
    pub fn slice(&self, keep: impl Fn(&str) -> bool) -> Self {
        let mut names = Names::default();
        let numbers: Vec<Option<u32>> = (0..self.names.len() as u32)
            .map(|item| Some(self.names.get(item)).filter(|name| keep(name)).and_then(|name| names.add(name)))
            .collect();
        let whole = self.parts();
        let mut parts = Parts {
            names,
            offsets: vec![0],
            items: Vec::new(),
            ends: Vec::new(),
            origin: whole.origin,
            unit: whole.unit,
        };
        let of_session = |session: usize| {
            let of_session = &whole.items[whole.offsets[session] as usize..whole.offsets[session + 1] as usize];
            of_session.iter().filter_map(|&item| numbers[item as usize])
        };
        let most = (parts.names.len() * 8).max(1_000);
        let fitting = (0..whole.ends.len()).rev().filter(|&session| of_session(session).nth(1).is_some());
        let first = fitting.take(most).last().unwrap_or(0);
        for (session, &end) in whole.ends.iter().enumerate().skip(first) {
            let start = parts.items.len();
            parts.items.extend(of_session(session));
            if parts.items.len() < start + 2 {
                parts.items.truncate(start);
                continue;
            }
            parts.offsets.push(parts.items.len() as u32);
            parts.ends.push(end);
        }
        let mut about = vec![None; parts.names.len()];
        for (item, number) in numbers.iter().enumerate() {
            if let Some(number) = number {
                about[*number as usize] = self.catalog.about(item as u32).copied();
            }
        }
        let mut index = Self::build(parts, self.knobs);
        index.forests.clone_from(&self.forests);
        if !self.catalog.is_empty() {
            index.catalog = Catalog { items: about, partial: self.catalog.partial };
        }
        index
    }

    /// Bytes in memory, of the index alone.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let ids = match &self.ids {
            Ids::Narrow(ids) => 2 * ids.capacity(),
            Ids::Wide(ids) => 4 * ids.capacity(),
        };
        let words = self.offsets.capacity()
            + self.posting_offsets.capacity()
            + self.postings.capacity()
            + self.popular.capacity()
            + self.tail.offsets.capacity()
            + self.tail.items.capacity()
            + self.tail.before.capacity()
            + self.tail.sessions.capacity()
            + self.tail.ends.capacity()
            + self.tail.heads.capacity();
        let forests: usize = self.forests.iter().flatten().map(Forest::bytes).sum();
        let facts = size_of::<Facts>() * self.facts.capacity();
        self.names.bytes() + ids + facts + 4 * words + forests + self.catalog.bytes()
    }

    /// Items at hand for when neighbours say nothing, in no order.
    pub(crate) fn popular(&self) -> &[u32] {
        &self.popular
    }

    fn most_popular(&self, n: usize) -> Vec<u32> {
        let mut items: Vec<u32> =
            (0..self.n_items() as u32).filter(|&item| self.facts[item as usize].count > 0).collect();
        let order =
            |a: &u32, b: &u32| self.facts[*b as usize].trend.total_cmp(&self.facts[*a as usize].trend).then(a.cmp(b));
        if items.len() > n && n > 0 {
            items.select_nth_unstable_by(n - 1, order);
        }
        items.truncate(n);
        items.shrink_to_fit();
        items
    }

    /// Puts an item among the popular ones where it has become more so than one of them.
    fn promote(&mut self, item: u32) {
        if self.popular.contains(&item) {
            return;
        }
        if self.popular.len() < POPULAR {
            self.popular.push(item);
            return;
        }
        let trend = |item: u32| self.facts[item as usize].trend;
        let least = (0..self.popular.len()).min_by(|&a, &b| trend(self.popular[a]).total_cmp(&trend(self.popular[b])));
        if let Some(least) = least.filter(|&at| trend(self.popular[at]) < trend(item)) {
            self.popular[least] = item;
        }
    }
}

/// What a click is worth at a time: forward decay (Cormode et al., 2009), so that nothing has to be decayed later.
fn worth(time: f64, origin: f64) -> f32 {
    let half_lives = (time - origin) / (24.0 * HOUR * HALF_LIFE);
    // Past a hundred half-lives, two years without a snapshot, everything new counts the same.
    libm::exp2(half_lives.clamp(-100.0, 100.0)) as f32
}

/// The items of each session behind its end.
fn with_ends<T>(
    offsets: &[u32],
    items: &[u32],
    ends: &[u16],
    of_item: impl Fn(u32) -> T,
    of_end: impl Fn(u16) -> T,
) -> Vec<T> {
    let mut ids = Vec::with_capacity(items.len() + ends.len());
    for (of_session, &end) in offsets.windows(2).zip(ends) {
        ids.push(of_end(end));
        ids.extend(items[of_session[0] as usize..of_session[1] as usize].iter().map(|&item| of_item(item)));
    }
    ids
}

fn idf(n_sessions: usize, count: u32) -> f32 {
    libm::log(n_sessions.max(1) as f64 / f64::from(count.max(1))).max(0.0) as f32
}

// Numbers of items fit into 24 bits, so that a session's ids and a forest's cells never overflow.
const _: () = assert!(MAX_ITEMS < 1 << 24);
