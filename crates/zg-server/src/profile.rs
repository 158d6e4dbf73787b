//! What a merchant vouches for, as the storage knows it: a keyed hash, in which the tenant is mixed, so that neither the same
//! number at two shops nor a copy of the database without its key can be told for what it is.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zg_domain::TenantId;
use zg_proto::profile::{IdentifierTag, Who};

use crate::identity::{self, Identity};
use crate::storage::Digest;
use crate::storage::profiles::{Identifier, Whose};
use crate::{phone, random};

const MAX_NOTE_CHARS: usize = 200;

fn keyed(key: &[u8], parts: &[&str]) -> Digest {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    for part in parts {
        // With its length, so that no two lists of parts are the same bytes.
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

fn identifier(key: &[u8], tenant: &TenantId, kind: IdentifierTag, value: &str) -> Identifier {
    Identifier { kind, digest: keyed(key, &["profile", tenant.as_str(), kind.name(), value]) }
}

/// What a token vouches for, the strongest first.
#[must_use]
pub fn identifiers(key: &[u8], tenant: &TenantId, identity: &Identity) -> Vec<Identifier> {
    let named = [
        (IdentifierTag::User, &identity.subject),
        (IdentifierTag::Wechat, &identity.wechat),
        (IdentifierTag::Phone, &identity.phone),
    ];
    named.into_iter().filter_map(|(kind, value)| Some(identifier(key, tenant, kind, value.as_deref()?))).collect()
}

/// Of whom a merchant speaks.
///
/// # Errors
/// What is wrong with it, for whoever wrote it.
pub fn whose(key: &[u8], tenant: &TenantId, who: &Who) -> Result<Whose, String> {
    let (kind, value) = match (&who.user, &who.phone, &who.wechat) {
        (Some(user), None, None) => (IdentifierTag::User, user.clone()),
        (None, Some(phone), None) => {
            let number = phone::normalize(phone).ok_or("phone: write it as +8613800138000")?;
            (IdentifierTag::Phone, number)
        }
        (None, None, Some(wechat)) => (IdentifierTag::Wechat, wechat.clone()),
        _ => return Err("who: write one of user, phone and wechat".to_owned()),
    };
    if !identity::is_plain(&value) {
        return Err(format!("{}: write 1 to 128 characters, none of them a control character", kind.name()));
    }
    let user = (kind == IdentifierTag::User).then(|| value.clone());
    Ok(Whose::Vouched { identifier: identifier(key, tenant, kind, &value), user })
}

/// A code as it is kept. Keyed, because fifty bits alone could be tried out by who has the database.
#[must_use]
pub fn code_digest(key: &[u8], tenant: &TenantId, code: &str) -> Digest {
    keyed(key, &["continuation", tenant.as_str(), code])
}

/// A code as it was given, however it was typed: case, hyphens and spaces are nothing, and O, I and L are digits.
#[must_use]
pub fn code(text: &str) -> Option<String> {
    let digits = random::digits(text)?;
    let (one, other) = (digits.get(..5)?, digits.get(5..)?);
    (digits.len() == 10).then(|| format!("{one}-{other}"))
}

/// Why two were put together.
///
/// # Errors
/// It cannot be shown, or is too long.
pub fn note(note: Option<&str>) -> Result<Option<String>, String> {
    let Some(note) = note else { return Ok(None) };
    if note.chars().count() > MAX_NOTE_CHARS || note.contains(char::is_control) {
        return Err(format!("note: write at most {MAX_NOTE_CHARS} characters, in one line"));
    }
    Ok(Some(note.to_owned()).filter(|note| !note.is_empty()))
}

/// The version of words that a shopper saw.
///
/// # Errors
/// It is none.
pub fn wording(text: &str) -> Result<(), String> {
    if (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("wording: write 1 to 64 visible ASCII characters without spaces".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_has_a_hash_for_each_shop_kind_and_key() {
        let tenant = |name: &str| TenantId::new(name).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for key in [b"one".as_slice(), b"two"] {
            for name in ["a", "b"] {
                for kind in IdentifierTag::ALL {
                    assert!(seen.insert(identifier(key, &tenant(name), *kind, "+8613800138000").digest));
                }
            }
        }
        // Parts that touch are not one part.
        assert_ne!(keyed(b"k", &["ab", "c"]), keyed(b"k", &["a", "bc"]));
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let given = crate::random::short_code();
        assert_eq!(code(&given), Some(given.clone()));
        assert_eq!(code(&given.to_lowercase().replace('-', " ")), Some(given));
        assert_eq!(code("oil12-34567").as_deref(), Some("01112-34567"));
        for text in ["", "12345", "12345-678901", "12345-6789U", "12345-678é9", &"1".repeat(1000)] {
            assert_eq!(code(text), None, "{text}");
        }
    }
}
