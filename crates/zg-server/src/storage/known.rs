//! Credentials that were found right before.
//!
//! A conversation's id is never given again, so what was right stays right until a key is revoked, and every request but a
//! device's first is spared a look into the database. That the conversation was erased by another process is noticed by whatever
//! is asked of it; that a key was revoked there is heard with the news.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use zg_domain::{ConversationId, TenantId};

use super::Digest;

/// Conversations of one generation; two are kept.
const GENERATION: usize = 16_384;

/// The hash of the secret is part of the key: whoever could time the look-up would learn of a hash, not of a secret.
type Credential = (ConversationId, Digest);

#[derive(Default)]
pub(super) struct Known {
    generations: Mutex<[HashMap<Credential, TenantId>; 2]>,
    /// How often something was forgotten. What was read before is not kept after it.
    n_forgotten: AtomicU64,
}

impl Known {
    pub(super) fn find(&self, id: &ConversationId, secret: &Digest) -> Option<TenantId> {
        let key = (id.clone(), *secret);
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tenant) = generations[0].get(&key) {
            return Some(tenant.clone());
        }
        let tenant = generations[1].remove(&key)?;
        add(&mut generations, key, tenant.clone());
        Some(tenant)
    }

    /// To be asked before the database is.
    pub(super) fn moment(&self) -> u64 {
        self.n_forgotten.load(Ordering::SeqCst)
    }

    /// Keeps what was found right since `moment`.
    pub(super) fn keep(&self, id: &ConversationId, secret: &Digest, tenant: &TenantId, moment: u64) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if self.moment() != moment {
            return;
        }
        add(&mut generations, (id.clone(), *secret), tenant.clone());
    }

    /// The conversation was erased, or one of its keys revoked.
    pub(super) fn forget(&self, id: &ConversationId) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        self.n_forgotten.fetch_add(1, Ordering::SeqCst);
        for generation in generations.iter_mut() {
            generation.retain(|(known, _), _| known != id);
        }
    }
}

impl Known {
    /// Nothing is known of what has happened meanwhile.
    pub(super) fn clear(&self) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        self.n_forgotten.fetch_add(1, Ordering::SeqCst);
        generations.iter_mut().for_each(HashMap::clear);
    }
}

fn add(generations: &mut [HashMap<Credential, TenantId>; 2], key: Credential, tenant: TenantId) {
    if generations[0].len() >= GENERATION {
        generations.swap(0, 1);
        generations[0].clear();
    }
    generations[0].insert(key, tenant);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_what_is_not_goes() {
        let known = Known::default();
        let id = |n: usize| ConversationId::new(format!("c-{n}")).unwrap();
        let tenant = TenantId::new("t").unwrap();
        for n in 0..3 * GENERATION {
            known.keep(&id(n), &[1; 32], &tenant, known.moment());
            assert_eq!(known.find(&id(0), &[1; 32]), Some(tenant.clone()), "{n}");
        }
        assert_eq!(known.find(&id(0), &[2; 32]), None);
        assert_eq!(known.find(&id(1), &[1; 32]), None);
        known.forget(&id(0));
        assert_eq!(known.find(&id(0), &[1; 32]), None);
        // What was read before something was forgotten may be what was forgotten.
        let moment = known.moment();
        known.forget(&id(1));
        known.keep(&id(1), &[1; 32], &tenant, moment);
        assert_eq!(known.find(&id(1), &[1; 32]), None);
        let n_kept: usize = known.generations.lock().unwrap().iter().map(HashMap::len).sum();
        assert!(n_kept <= 2 * GENERATION);
    }
}
