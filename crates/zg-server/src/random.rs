//! Randomness from the operating system, and nothing weaker: all of it ends up in ids, tokens and passwords.

use std::cell::RefCell;

use sha2::{Digest as _, Sha256};

use crate::storage::Digest;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `n_bytes` of randomness as lower-case hexadecimal.
///
/// # Panics
/// Where the operating system has no randomness to give: nothing safe could follow.
#[must_use]
pub fn hex(n_bytes: usize) -> String {
    let mut bytes = vec![0; n_bytes];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    ::hex::encode(bytes)
}

/// The name of a request. Each has one, so the system is asked for those of many at once.
///
/// # Panics
/// As [`hex`].
#[must_use]
pub fn request_id() -> String {
    thread_local! {
        static NEXT: RefCell<Vec<[u8; 8]>> = const { RefCell::new(Vec::new()) };
    }
    let id = NEXT.with_borrow_mut(|next| {
        if next.is_empty() {
            next.extend_from_slice(bytes::<512>().as_chunks().0);
        }
        next.pop()
    });
    to_hex(&id.expect("there are some"), &mut [0; 16]).to_owned()
}

/// Bytes in lower-case hexadecimal, in room for just that. The library's own string is made sign by sign.
///
/// # Panics
/// Where the room is not twice as long.
#[must_use]
pub fn to_hex<'r>(bytes: &[u8], room: &'r mut [u8]) -> &'r str {
    ::hex::encode_to_slice(bytes, room).expect("two digits for each byte");
    std::str::from_utf8(room).expect("digits and letters")
}

/// A password a person can type: 20 characters without look-alikes, 100 bits.
#[must_use]
pub fn password() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// A code that people read to each other: 80 bits in the alphabet of Crockford's base 32, in groups of four.
///
/// # Panics
/// As [`hex`].
#[must_use]
pub fn code() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    let digit = |byte: &u8| char::from(CROCKFORD[usize::from(byte % 32)]);
    bytes.chunks(4).map(|group| group.iter().map(digit).collect::<String>()).collect::<Vec<_>>().join("-")
}

/// A code that a shopper types once within minutes: 50 bits in the same alphabet, in two groups.
///
/// # Panics
/// As [`hex`].
#[must_use]
pub fn short_code() -> String {
    let bytes = bytes::<10>();
    let digits: String = bytes.iter().map(|byte| char::from(CROCKFORD[usize::from(byte % 32)])).collect();
    let (one, other) = digits.split_at(5);
    format!("{one}-{other}")
}

/// The digits of a code, however it was typed: case, hyphens and spaces are nothing, and O, I and L are digits.
#[must_use]
pub fn digits(text: &str) -> Option<String> {
    let mut digits = String::new();
    for c in text.chars().take(64).filter(|c| !matches!(c, '-' | ' ')) {
        digits.push(match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c if c.is_ascii_alphanumeric() && c != 'U' => c,
            _ => return None,
        });
    }
    Some(digits)
}

/// # Panics
/// As [`hex`].
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// One byte, to spread what would otherwise come at once.
///
/// # Panics
/// As [`hex`].
#[must_use]
pub fn byte() -> u8 {
    let mut byte = [0];
    getrandom::fill(&mut byte).expect("the operating system gives randomness");
    byte[0]
}

/// A number that nobody else has.
#[must_use]
pub fn id() -> i64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    i64::from_le_bytes(bytes)
}
