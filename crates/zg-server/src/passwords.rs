//! Passwords: Argon2id, off the async threads, and the same time for names that do not exist.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::random;

/// Longest password accepted; hashing is linear in it.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// Each check takes 19 MiB for some 20 ms: more at a time would let strangers fill the memory.
static CHECKS: Semaphore = Semaphore::const_new(2);

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

/// Whether `password` is the one behind `stored`. `None` takes as long and is never right.
pub async fn verify(password: String, stored: Option<String>) -> bool {
    let Ok(_permit) = CHECKS.acquire().await else { return false };
    let check = tokio::task::spawn_blocking(move || {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| NOBODY.clone());
        let Ok(parsed) = PasswordHash::new(&stored) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known
    });
    check.await.unwrap_or(false)
}
