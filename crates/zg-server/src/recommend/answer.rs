//! A request in, the bytes of an answer out.
//!
//! Nothing is copied that is only written: names and cards are lent by the index while the answer is made.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::PoisonError;

use sha2::{Digest as _, Sha256};
use zg_domain::{TenantId, Timestamp};
use zg_proto::recommend::DismissalReason;
use zg_proto::recommendation::{ContextTag, ExcludeTag, ItemName, LoggedItem, LoggedList, RecommendationRequest};
use zg_recommend::bandit::explore;
use zg_recommend::feedback::{Dislike, Taste};
use zg_recommend::{Exclude, Hit, Interests, MAX_NAME, Request, Workspace, by_interests, recommend};

use super::live::Live;
use super::write::{Answer, rounded};
use super::{MAX_WAITING, Shop, visitor};
use crate::config::Recommend;
use crate::random;

/// Items where a request does not say how many.
const USUAL: u32 = 6;
const MOST: u32 = 200;
/// Items that come after the list, one of which may be tried.
const TRIED: usize = 8;
/// What a page may know of a visit.
const MAX_SESSION: usize = 20_000;
const MAX_SAID: usize = 500;
const MAX_INTERESTS: usize = 200;

/// Why a request cannot be answered: what its field has to be.
#[derive(Debug, PartialEq, Eq)]
pub struct Failed(pub String);

/// Room for queries of this thread.
struct Room {
    workspace: Workspace,
    session: Vec<u32>,
    hits: Vec<Hit>,
}

thread_local! {
    // Taken out while it is used: where a query panics, its room goes with it.
    static ROOM: Cell<Option<Box<Room>>> = const { Cell::new(None) };
}

pub(super) fn number_of(context: ContextTag) -> u16 {
    match context {
        ContextTag::Chat => 0,
        ContextTag::Product => 1,
        ContextTag::Cart => 2,
        ContextTag::Home => 3,
        ContextTag::AfterPurchase => 4,
        ContextTag::AfterComplaint => 5,
    }
}

pub(super) fn dislike(reason: DismissalReason) -> Dislike {
    match reason {
        DismissalReason::Item => Dislike::Item,
        DismissalReason::Brand => Dislike::Brand,
        DismissalReason::Price => Dislike::Price,
        DismissalReason::Category => Dislike::Category,
    }
}

/// Whether it may be the number that a device has made for itself.
pub fn is_visitor(id: &str) -> bool {
    (16..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

pub fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && !name.chars().any(char::is_control)
}

pub fn check(asked: &RecommendationRequest) -> Result<(), Failed> {
    let wrong = |what: String| Err(Failed(what));
    if !(1..=MOST).contains(&asked.k.unwrap_or(USUAL)) {
        return wrong(format!("k: want 1 to {MOST}"));
    }
    if asked.session.len() > MAX_SESSION {
        return wrong(format!("session: want at most {MAX_SESSION} items; send the newest"));
    }
    for (field, n) in
        [("hidden", asked.hidden.len()), ("dismissed", asked.dismissed.len()), ("liked", asked.liked.len())]
    {
        if n > MAX_SAID {
            return wrong(format!("{field}: want at most {MAX_SAID} items; send the newest"));
        }
    }
    let dismissed = asked.dismissed.iter().map(|dismissed| &dismissed.item);
    let names = asked.session.iter().chain(&asked.hidden).chain(&asked.liked).chain(dismissed);
    if !names.into_iter().all(|ItemName(name)| is_name(name)) {
        return wrong(format!("an item's name is 1 to {MAX_NAME} bytes without control characters"));
    }
    if let Some((least, most)) = asked.price
        && (!(0.0..=most).contains(&least) || !most.is_finite())
    {
        return wrong("price: want the least and the most, such as [0, 200]".to_owned());
    }
    if let Some(interests) = &asked.interests {
        let all = || interests.categories.iter().chain(&interests.brands);
        if all().count() > MAX_INTERESTS || !all().all(|(name, weight)| is_name(name) && (0.0..=1e6).contains(weight)) {
            return wrong(format!("interests: want at most {MAX_INTERESTS} names, each with a weight of 0 to 1000000"));
        }
    }
    if asked.visitor.as_deref().is_some_and(|id| !is_visitor(id)) {
        return wrong("visitor: want 16 to 64 characters of A-Z, a-z, 0-9, '_' and '-'".to_owned());
    }
    Ok(())
}

impl Shop {
    /// The answer to a request of these bytes, as JSON.
    ///
    /// # Errors
    /// What of the request cannot be used.
    pub fn answer(
        &self,
        settings: &Recommend,
        asked: &RecommendationRequest,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<Vec<u8>, Failed> {
        check(asked)?;
        let mut room = ROOM.take().unwrap_or_else(|| {
            Box::new(Room { workspace: Workspace::default(), session: Vec::new(), hits: Vec::new() })
        });
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        let answer = list(&live, &self.tenant, settings, asked, bytes, &mut room, |list, considered| {
            self.keep(settings, asked, list, considered, now);
        });
        drop(live);
        ROOM.set(Some(room));
        Ok(answer)
    }

    /// Keeps a list that is shown, for whoever judges another way to rank.
    fn keep(
        &self,
        settings: &Recommend,
        asked: &RecommendationRequest,
        list: &Answer<'_>,
        considered: &[Hit],
        now: Timestamp,
    ) {
        let full = || self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len() >= MAX_WAITING;
        if !settings.keep_lists || list.hits.is_empty() || full() {
            return;
        }
        let of = |hit: &Hit, propensity: Option<f32>| LoggedItem {
            item: Cow::Borrowed(list.live.index.names().get(hit.item)),
            score: rounded(hit.score),
            propensity: propensity.map(rounded),
        };
        let logged = LoggedList {
            request: Cow::Borrowed(list.request),
            at: now.as_millis(),
            context: asked.context.unwrap_or_default(),
            version: Cow::Borrowed(list.version),
            policy: Cow::Borrowed(if by_interest(asked) { "interests" } else { "session" }),
            exclude: asked.exclude.unwrap_or_default(),
            // No list is judged by more than that.
            session: asked.session.iter().rev().take(50).rev().map(|name| Cow::Borrowed(name.0.as_str())).collect(),
            items: list.hits.iter().zip(list.propensities).map(|(hit, share)| of(hit, Some(*share))).collect(),
            considered: considered.iter().map(|hit| of(hit, None)).collect(),
            clicked: Vec::new(),
        };
        let line = zg_proto::to_json(&logged);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push_str(&line);
        waiting.push('\n');
    }
}

/// Whether a request is answered by what it says of interests.
fn by_interest(asked: &RecommendationRequest) -> bool {
    asked.session.is_empty() && asked.interests.as_ref().is_some_and(|interests| *interests != Default::default())
}

/// Finds a list and writes it; `keep` sees it before.
fn list(
    live: &Live,
    tenant: &TenantId,
    settings: &Recommend,
    asked: &RecommendationRequest,
    bytes: &[u8],
    room: &mut Room,
    keep: impl FnOnce(&Answer<'_>, &[Hit]),
) -> Vec<u8> {
    let index = &live.index;
    let version = live.version();
    let Room { workspace, session, hits } = room;
    let find = |ItemName(name): &ItemName| live.find(name);
    session.clear();
    // An item that the index lacks is still the one on screen.
    session.extend(asked.session.iter().map(|name| find(name).unwrap_or(u32::MAX)));
    let mut rules = settings.rules.clone();
    if let Some((least, most)) = asked.price {
        rules.price = Some(((least * 100.0).round() as u64, (most * 100.0).round() as u64));
    }
    let mut taste = Taste::default();
    asked.hidden.iter().filter_map(find).for_each(|item| taste.hide(item));
    for dismissed in &asked.dismissed {
        if let Some(item) = find(&dismissed.item) {
            taste.dismiss(item, dislike(dismissed.reason));
        }
    }
    asked.liked.iter().filter_map(find).for_each(|item| taste.like(item));
    let known = asked
        .visitor
        .as_ref()
        .is_some_and(|id| live.tastes.add_to(&visitor(tenant, id), |name| live.find(name), &mut taste));
    if known || !asked.hidden.is_empty() || !asked.dismissed.is_empty() || !asked.liked.is_empty() {
        taste.apply(index, &mut rules);
    }
    let k = asked.k.unwrap_or(USUAL) as usize;
    let context = asked.context.unwrap_or_default();
    // Whoever has just been annoyed is not tried things out on.
    let explores = asked.explore.unwrap_or(true) && context != ContextTag::AfterComplaint;
    let share = if explores { settings.explore } else { 0.0 };
    let exclude = match asked.exclude.unwrap_or_default() {
        ExcludeTag::Seen => Exclude::Seen,
        ExcludeTag::Last => Exclude::Last,
        ExcludeTag::None => Exclude::None,
    };
    let wanted = k + if share > 0.0 { TRIED } else { 0 };
    let request = Request { session, k: wanted, exclude, rules: &rules };
    if by_interest(asked) {
        by_interests(index, &interests(live, asked), &request, workspace, hits);
    } else {
        recommend(index, &request, workspace, hits);
    }
    let shown = explore(hits, k, share, &live.bandit, number_of(context), seed(asked, context));
    // The same request of the same state has the same name; whoever asks for the first time has one of their own by `visitor`.
    let mut named = Sha256::new();
    for part in [tenant.as_str().as_bytes(), b"\n", version.as_bytes(), b"\n", bytes] {
        named.update(part);
    }
    let mut name = [0; 32];
    let name = random::to_hex(&named.finalize()[..16], &mut name);
    let empty = shown.hits.is_empty().then(|| {
        let any = (0..index.n_items() as u32)
            .any(|item| index.catalog().may_sell(item) && (index.count(item) > 0 || !index.catalog().is_empty()));
        if any { "all_excluded" } else { "no_items" }
    });
    let answer =
        Answer { live, request: name, version: &version, hits: &shown.hits, propensities: &shown.propensities, empty };
    keep(&answer, hits.get(k..).unwrap_or_default());
    answer.to_json()
}

fn interests(live: &Live, asked: &RecommendationRequest) -> Interests {
    let numbers = |weights: &std::collections::BTreeMap<String, f64>| {
        let mut list: Vec<(u32, f32)> = weights
            .iter()
            .filter_map(|(name, weight)| Some((live.labels.find(name)?, *weight as f32)))
            .filter(|&(_, weight)| weight > 0.0)
            .collect();
        list.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        // Two spellings of one name.
        list.dedup_by_key(|&mut (number, _)| number);
        list
    };
    asked.interests.as_ref().map_or_else(Interests::default, |interests| Interests {
        categories: numbers(&interests.categories),
        brands: numbers(&interests.brands),
    })
}

/// The dice of a visitor in a visit: while neither changes, a slot that is given to learning stays with the same item.
fn seed(asked: &RecommendationRequest, context: ContextTag) -> u64 {
    let visitor = asked.visitor.as_deref().unwrap_or_default();
    let context = [number_of(context) as u8];
    let parts = std::iter::once(visitor.as_bytes())
        .chain(std::iter::once(context.as_slice()))
        .chain(asked.session.iter().map(|name| name.0.as_bytes()));
    // FNV-1a: it has to be the same in every process, and nobody gains by a collision.
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    parts.fold(0xcbf2_9ce4_8422_2325, |hash, part| part.iter().fold(step(hash, 0xff), |hash, byte| step(hash, *byte)))
}
