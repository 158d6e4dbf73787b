//! Who a shopper is, in the word of the merchant's own back office: a JSON Web Token (RFC 7519) with one algorithm, HS256
//! (RFC 7518), a short life and a named audience. What anybody types is never an identity.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zg_domain::Timestamp;
use zg_proto::identity::{TokenAudience, TokenClaims, TokenHeader};

use crate::phone;

const MAX_TOKEN_BYTES: usize = 4096;
/// Shorter keys can be tried out.
pub const MIN_KEY_BYTES: usize = 32;
/// Clocks differ by so much.
const LEEWAY_SECONDS: i64 = 60;
/// A token that is stolen is of use for so long at the most.
const MAX_LIFE_SECONDS: i64 = 24 * 3600;
const MAX_SUBJECT_CHARS: usize = 128;
const MAX_NAME_CHARS: usize = 80;

/// A shopper whom the merchant vouches for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The merchant's own number of the shopper.
    pub subject: Option<String>,
    /// How they are called, for the people who talk to them.
    pub name: Option<String>,
    /// A number that the merchant has verified, in E.164.
    pub phone: Option<String>,
    /// WeChat's number of the shopper.
    pub wechat: Option<String>,
}

/// Why a token is none. The words are for whoever makes tokens; they tell nothing of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("it is no JSON Web Token of three parts of at most 4,096 bytes together")]
    Form,
    #[error("its alg has to be HS256, and it must have no crit")]
    Algorithm,
    #[error("no key of this storefront signed it")]
    Signature,
    #[error("its claims need sub, wechat or phone (texts of 1 to 128 characters), exp (a number) and aud")]
    Claims,
    #[error("its phone has to be written as +8613800138000")]
    Phone,
    #[error("its aud is not the storefront's site key")]
    Audience,
    #[error("its exp is past, or more than a day ahead, or its nbf or iat is ahead")]
    Time,
}

/// Reads a token. `keys` are all that may have signed it, so that one can replace another; `audiences` the site keys it may be for.
///
/// # Errors
/// [`Refusal`]; the signature is checked before any claim is read.
pub fn verify(token: &str, keys: &[Vec<u8>], audiences: &[&str], now: Timestamp) -> Result<Identity, Refusal> {
    let mut parts = token.split('.');
    let (Some(head), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refusal::Form);
    };
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Refusal::Form);
    }
    let decode = |part: &str| Base64UrlUnpadded::decode_vec(part).map_err(|_| Refusal::Form);
    let header: TokenHeader = serde_json::from_slice(&decode(head)?).map_err(|_| Refusal::Form)?;
    if header.alg != "HS256" || header.crit.is_some() {
        return Err(Refusal::Algorithm);
    }
    let signature = decode(signature)?;
    let signed = &token[..head.len() + 1 + body.len()];
    // Every key, so that the time tells nothing of which one it was.
    let valid = keys.iter().fold(false, |valid, key| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
        mac.update(signed.as_bytes());
        mac.verify_slice(&signature).is_ok() || valid
    });
    if !valid {
        return Err(Refusal::Signature);
    }
    let claims: TokenClaims = serde_json::from_slice(&decode(body)?).map_err(|_| Refusal::Claims)?;
    let known = [&claims.sub, &claims.wechat, &claims.phone];
    if known.iter().all(|value| value.is_none()) || known.into_iter().flatten().any(|value| !is_plain(value)) {
        return Err(Refusal::Claims);
    }
    let named = match &claims.aud {
        TokenAudience::One(one) => audiences.contains(&one.as_str()),
        TokenAudience::Many(many) => many.iter().any(|one| audiences.contains(&one.as_str())),
    };
    if !named {
        return Err(Refusal::Audience);
    }
    let now = now.as_millis().div_euclid(1000);
    let ahead = |time: Option<i64>| time.is_some_and(|time| time > now.saturating_add(LEEWAY_SECONDS));
    let over = claims.exp.saturating_add(LEEWAY_SECONDS) <= now;
    let long = claims.exp > now.saturating_add(MAX_LIFE_SECONDS + LEEWAY_SECONDS);
    if over || long || ahead(claims.nbf) || ahead(claims.iat) {
        return Err(Refusal::Time);
    }
    let phone = claims.phone.map(|phone| phone::normalize(&phone).ok_or(Refusal::Phone)).transpose()?;
    let name = claims.name.filter(|name| plain(name, MAX_NAME_CHARS));
    Ok(Identity { subject: claims.sub, name, phone, wechat: claims.wechat })
}

fn plain(text: &str, most: usize) -> bool {
    !text.is_empty() && text.chars().count() <= most && !text.contains(char::is_control)
}

/// Whether it can be what a merchant calls somebody.
pub fn is_plain(text: &str) -> bool {
    plain(text, MAX_SUBJECT_CHARS)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_795_000_000;

    fn token(header: &Value, claims: &Value, key: &[u8]) -> String {
        let encode = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(signed.as_bytes());
        format!("{signed}.{}", Base64UrlUnpadded::encode_string(&mac.finalize().into_bytes()))
    }

    fn read(token: &str) -> Result<Identity, Refusal> {
        let keys = [b"an older key of thirty-two bytes!".to_vec(), b"the key that signs, of 32 bytes..".to_vec()];
        verify(token, &keys, &["my-shop"], Timestamp::from_millis(NOW * 1000))
    }

    #[test]
    fn a_token_of_the_merchants_is_believed_and_no_other() {
        let key = b"the key that signs, of 32 bytes..";
        let head = json!({"alg": "HS256", "typ": "JWT"});
        let claims = |change: Value| {
            let mut claims = json!({"sub": "1042", "aud": "my-shop", "exp": NOW + 300, "name": "林小姐"});
            for (name, value) in change.as_object().unwrap() {
                claims[name] = value.clone();
            }
            claims
        };
        let good = token(&head, &claims(json!({})), key);
        let lin = Identity { subject: Some("1042".into()), name: Some("林小姐".into()), phone: None, wechat: None };
        assert_eq!(read(&good), Ok(lin.clone()));
        assert_eq!(
            read(&token(&head, &claims(json!({"aud": ["x", "my-shop"], "iat": NOW, "nbf": NOW})), key)),
            Ok(lin.clone())
        );
        assert_eq!(read(&token(&head, &claims(json!({})), b"an older key of thirty-two bytes!")), Ok(lin.clone()));
        // A name that cannot be shown is left out; who it is stands.
        let nameless = Identity { name: None, ..lin };
        assert_eq!(read(&token(&head, &claims(json!({"name": "a\nb"})), key)), Ok(nameless));
        let both = token(&head, &claims(json!({"phone": "138 0013 8000", "wechat": "oAbC"})), key);
        let both = read(&both).unwrap();
        assert_eq!((both.phone.as_deref(), both.wechat.as_deref()), (Some("+8613800138000"), Some("oAbC")));
        let guest = json!({"phone": "+8613800138000", "aud": "my-shop", "exp": NOW + 300});
        let guest = read(&token(&head, &guest, key)).unwrap();
        assert_eq!((guest.subject, guest.phone.as_deref()), (None, Some("+8613800138000")));
        for (change, refusal) in [
            (json!({"sub": null}), Refusal::Claims),
            (json!({"sub": null, "wechat": ""}), Refusal::Claims),
            (json!({"wechat": "a\nb"}), Refusal::Claims),
            (json!({"phone": 13_800_138_000_i64}), Refusal::Claims),
            (json!({"phone": ""}), Refusal::Claims),
            (json!({"phone": "8888 8888"}), Refusal::Phone),
            (json!({"exp": NOW - 61}), Refusal::Time),
            (json!({"exp": NOW + 2 * 86_400}), Refusal::Time),
            (json!({"exp": i64::MAX}), Refusal::Time),
            (json!({"nbf": NOW + 61}), Refusal::Time),
            (json!({"iat": NOW + 3_600}), Refusal::Time),
            (json!({"aud": "another-shop"}), Refusal::Audience),
            (json!({"aud": []}), Refusal::Audience),
            (json!({"sub": ""}), Refusal::Claims),
            (json!({"sub": 7}), Refusal::Claims),
            (json!({"sub": "x".repeat(129)}), Refusal::Claims),
            (json!({"exp": "soon"}), Refusal::Claims),
            (json!({"aud": null}), Refusal::Claims),
        ] {
            assert_eq!(read(&token(&head, &claims(change.clone()), key)), Err(refusal), "{change}");
        }
        for header in [
            json!({"alg": "none"}),
            json!({"alg": "HS512"}),
            json!({"alg": "hs256"}),
            json!({"alg": "HS256", "crit": ["x"]}),
        ] {
            assert_eq!(read(&token(&header, &claims(json!({})), key)), Err(Refusal::Algorithm), "{header}");
        }
        assert_eq!(
            read(&token(&head, &claims(json!({})), b"somebody else's key, of 32 bytes.")),
            Err(Refusal::Signature)
        );
        let (signed, _) = good.rsplit_once('.').unwrap();
        for broken in [
            format!("{signed}."),
            format!("{signed}.AAAA"),
            good.replacen('.', "..", 1),
            String::new(),
            "a.b.c".into(),
            format!("{good}.x"),
            "é.é.é".into(),
        ] {
            assert!(read(&broken).is_err(), "{broken}");
        }
        // One bit of the claims.
        let mut bytes = good.clone().into_bytes();
        let at = good.find('.').unwrap() + 5;
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(read(&String::from_utf8(bytes).unwrap()), Err(Refusal::Signature));
        assert_eq!(verify(&good, &[], &["my-shop"], Timestamp::from_millis(NOW * 1000)), Err(Refusal::Signature));
    }
}
