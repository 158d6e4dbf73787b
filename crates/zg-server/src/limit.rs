//! Token buckets: a burst is fine, a flood is told when to come back.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use zg_domain::Timestamp;

use crate::problem::Failure;

/// Keys remembered; a full bucket is the same as none, so those go first.
const MAX_KEYS: usize = 100_000;

/// How much is allowed at once, and how fast it comes back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub burst: f64,
    pub per_second: f64,
}

impl Rate {
    /// `n` a minute, twice that at once; `None` for 0, which lifts the limit.
    #[must_use]
    pub fn per_minute(n: u32) -> Option<Self> {
        (n > 0).then(|| Self { burst: f64::from(n) * 2.0, per_second: f64::from(n) / 60.0 })
    }
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

/// One bucket for each key.
#[derive(Debug)]
pub struct Buckets<K> {
    inner: Mutex<Inner<K>>,
}

#[derive(Debug)]
struct Inner<K> {
    rate: Option<Rate>,
    buckets: HashMap<K, Bucket>,
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    #[must_use]
    pub fn new(rate: Option<Rate>) -> Self {
        Self { inner: Mutex::new(Inner { rate, buckets: HashMap::new() }) }
    }

    /// Another rate from here on; what was used stays used.
    pub fn set_rate(&self, rate: Option<Rate>) {
        self.lock().rate = rate;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner<K>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes `n` tokens.
    ///
    /// # Errors
    /// There are not enough; the problem says when there will be.
    pub fn take(&self, key: &K, n: usize, now: Timestamp) -> Result<(), Failure> {
        let mut inner = self.lock();
        let Inner { rate: Some(rate), buckets } = &mut *inner else { return Ok(()) };
        let rate = *rate;
        let wanted = (n as f64).min(rate.burst);
        if buckets.len() >= MAX_KEYS {
            buckets.retain(|_, bucket| filled(*bucket, rate, now) < rate.burst);
            if buckets.len() >= MAX_KEYS {
                // A flood from everywhere: forgetting is better than growing without bound.
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key.clone()).or_insert(Bucket { tokens: rate.burst, at: now });
        *bucket = Bucket { tokens: filled(*bucket, rate, now), at: now };
        if bucket.tokens < wanted {
            let seconds = (wanted - bucket.tokens) / rate.per_second;
            return Err(Failure::too_many((seconds.ceil() as u64).max(1)));
        }
        bucket.tokens -= wanted;
        Ok(())
    }

    /// Forgets what `key` has used.
    pub fn reset(&self, key: &K) {
        self.lock().buckets.remove(key);
    }
}

fn filled(bucket: Bucket, rate: Rate, now: Timestamp) -> f64 {
    // A clock set back gives nothing and takes nothing.
    let millis = now.as_millis().saturating_sub(bucket.at.as_millis()).max(0);
    (bucket.tokens + millis as f64 / 1000.0 * rate.per_second).min(rate.burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_comes_back_with_time() {
        let buckets = Buckets::new(Rate::per_minute(30));
        let at = Timestamp::from_millis;
        assert!((0..60).all(|_| buckets.take(&"a", 1, at(0)).is_ok()));
        assert!(buckets.take(&"a", 1, at(0)).is_err());
        assert!(buckets.take(&"b", 1, at(0)).is_ok(), "another key has its own bucket");
        assert!(buckets.take(&"a", 1, at(1_999)).is_err());
        assert!(buckets.take(&"a", 1, at(2_000)).is_ok());
        assert!(buckets.take(&"a", 1, at(-9_000)).is_err(), "a clock set back gives nothing");
    }

    #[test]
    fn zero_lifts_the_limit() {
        let buckets = Buckets::new(Rate::per_minute(0));
        assert!((0..10_000).all(|_| buckets.take(&1, 1, Timestamp::from_millis(0)).is_ok()));
    }
}
