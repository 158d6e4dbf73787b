//! Passwords: Argon2id, off the async threads, and the same time for names that do not exist.

use std::sync::{LazyLock, mpsc};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::oneshot;

use crate::{aside, random};

/// Longest password accepted; hashing is linear in it.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// Checks that wait; each takes some 20 ms, and whoever would wait for longer is told to come again.
const MAX_WAITING: usize = 32;

struct Check {
    password: String,
    /// `None` takes as long and is never right.
    stored: Option<String>,
    answer: oneshot::Sender<bool>,
}

/// One thread for all checks, which has the cores after those that answer: who guesses from everywhere gets what of one
/// nobody else wants. Each check takes 19 MiB, which the
/// allocator keeps for the thread that asked for it: on threads that come and go it kept them forty times over.
static CHECKS: LazyLock<Option<mpsc::SyncSender<Check>>> = LazyLock::new(|| {
    let (checks, queue) = mpsc::sync_channel::<Check>(MAX_WAITING);
    let work = move || {
        for Check { password, stored, answer } in queue {
            // Whoever asked may have gone; then nobody wants to know.
            if !answer.is_closed() {
                let _ = answer.send(is_right(&password, stored));
            }
        }
    };
    aside::thread("passwords", work).ok().map(|()| checks)
});

/// What an unknown name is checked against; nobody has its password.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash(&random::hex(16)).unwrap_or_default());

/// # Errors
/// Argon2 refused; it does so only without randomness or memory.
pub fn hash(password: &str) -> Result<String, String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

/// # Errors
/// The text is no PHC string of Argon2id.
pub fn check_hash(hash: &str) -> Result<(), String> {
    PasswordHash::new(hash).map_err(|error| error.to_string())?;
    if hash.starts_with("$argon2id$") { Ok(()) } else { Err("want $argon2id$…".to_owned()) }
}

/// Too many wait for a check.
#[derive(Debug, PartialEq, Eq)]
pub struct Busy;

/// Whether `password` is the one behind `stored`. `None` takes as long and is never right.
///
/// # Errors
/// Too many others ask.
pub async fn verify(password: String, stored: Option<String>) -> Result<bool, Busy> {
    let (answer, checked) = oneshot::channel();
    let checks = CHECKS.as_ref().ok_or(Busy)?;
    checks.try_send(Check { password, stored, answer }).map_err(|_| Busy)?;
    checked.await.map_err(|_| Busy)
}

fn is_right(password: &str, stored: Option<String>) -> bool {
    let known = stored.is_some();
    let stored = stored.unwrap_or_else(|| NOBODY.clone());
    let Ok(parsed) = PasswordHash::new(&stored) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn those_who_would_wait_long_are_told_so_and_the_others_are_answered() {
        let stored = hash("right").unwrap();
        assert_eq!(verify("right".to_owned(), Some(stored.clone())).await, Ok(true));
        assert_eq!(verify("wrong".to_owned(), Some(stored)).await, Ok(false));
        let many = join_all((0..3 * MAX_WAITING).map(|_| verify("guess".to_owned(), None))).await;
        let n_busy = many.iter().filter(|answer| **answer == Err(Busy)).count();
        assert!((1..=2 * MAX_WAITING).contains(&n_busy), "{n_busy}");
        assert!(many.iter().all(|answer| *answer != Ok(true)));
    }
}
