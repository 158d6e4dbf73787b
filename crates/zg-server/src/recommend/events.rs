//! Events as they come: each is taken or refused by itself.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use zg_domain::{TenantId, Timestamp};
use zg_proto::recommendation::ShopEvent;

use super::answer::is_name;
use crate::storage::shop::{EventKind, NewEvent, Visitor};

/// A clock of a device that is ahead by less is believed.
const AHEAD_MILLIS: i64 = 5 * 60 * 1_000;
/// Older events of a page may have been taken and forgotten.
const OLDEST_MILLIS: i64 = 30 * DAY_MILLIS;
pub(super) const DAY_MILLIS: i64 = 86_400_000;
const MAX_SLOT: u32 = 10_000;

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'))
}

/// What the event calls itself, as far as it can be said back.
pub fn id(event: &Value) -> &str {
    event.get("id").and_then(Value::as_str).filter(|id| is_id(id)).unwrap_or_default()
}

/// Reads an event, or says by which code it is refused.
///
/// # Errors
/// A code of `EventTaken`.
pub fn read(event: &Value, vouched: bool, now: Timestamp) -> Result<NewEvent, &'static str> {
    let fields = event.as_object().ok_or("malformed")?;
    if id(event).is_empty() {
        return Err("invalid_id");
    }
    let kind = fields.get("type").and_then(Value::as_str).ok_or("unknown_type")?;
    let kind = EventKind::of(kind).filter(|kind| *kind != EventKind::Erased).ok_or("unknown_type")?;
    let at = match fields.get("at") {
        None | Some(Value::Null) => now.as_millis(),
        Some(value) => {
            let at = value.as_f64().filter(|at| (0.0..1e15).contains(at)).ok_or("invalid_time")? as i64;
            if at > now.as_millis().saturating_add(AHEAD_MILLIS) {
                return Err("in_future");
            }
            if !vouched && at < now.as_millis().saturating_sub(OLDEST_MILLIS) {
                return Err("too_old");
            }
            at
        }
    };
    if fields.get("item").is_some_and(|item| !(item.is_string() || item.is_u64() || item.is_null())) {
        return Err("invalid_item");
    }
    let event: ShopEvent = serde_json::from_value(event.clone()).map_err(|_| "malformed")?;
    let item = event.item.map(|item| item.0).unwrap_or_default();
    let item = match kind {
        EventKind::End => String::new(),
        _ if is_name(&item) => item,
        _ => return Err("invalid_item"),
    };
    // A name that we have not given is nobody's list; what it says of a list is not believed, and the rest is.
    if event
        .request
        .as_deref()
        .is_some_and(|request| request.len() != 32 || !request.bytes().all(|b| b.is_ascii_hexdigit()))
        || event.slot.is_some_and(|slot| slot > MAX_SLOT)
    {
        return Err("invalid_request");
    }
    Ok(NewEvent {
        id: event.id,
        kind,
        item,
        at,
        request: event.request,
        slot: event.slot,
        reason: event.reason,
        context: event.context,
        counted: true,
    })
}

/// Visitors of each address that an item has counted for today. Addresses are in here alone, as hashes of a key that ends with
/// the process.
#[derive(Default)]
pub struct Addresses {
    key: RandomState,
    today: Mutex<(i64, HashMap<u64, Vec<u64>>)>,
}

/// Pairs of address and item; a flood that fills it makes it forget, and has taken hours.
const MAX_PAIRS: usize = 1_000_000;

impl Addresses {
    /// Whether what a visitor does with an item is to count. Of one address only `most` visitors a day do, so that nobody moves
    /// others' lists by making up visitors; 0 for all.
    pub fn count(
        &self,
        (tenant, address, item): (&TenantId, IpAddr, &str),
        visitor: &Visitor,
        most: usize,
        now: Timestamp,
    ) -> bool {
        if most == 0 {
            return true;
        }
        let pair = self.key.hash_one((tenant, address, item));
        let visitor = self.key.hash_one(visitor);
        let day = now.as_millis().div_euclid(DAY_MILLIS);
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.0 != day || today.1.len() >= MAX_PAIRS {
            *today = (day, HashMap::new());
        }
        let visitors = today.1.entry(pair).or_default();
        if visitors.contains(&visitor) {
            return true;
        }
        let room = visitors.len() < most;
        if room {
            visitors.push(visitor);
        }
        room
    }
}
