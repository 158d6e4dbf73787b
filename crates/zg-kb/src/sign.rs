//! Keys of a shop, and signatures of what it publishes.
//!
//! A checksum says that bytes arrived as they were sent; a signature says who sent them.
//! Ed25519 (RFC 8032), as `ed25519-dalek` has it: with the SHA-2 that deltas use anyway
//! it adds less to what a browser loads than `ed25519-compact` does with its own (12.5 kB against 13.5, gzip).
//!
//! What is signed is not the file but a digest of what it is for, its length and its bytes:
//! a delta cannot be passed off as a bundle, however its bytes were chosen.
//!
//! No randomness and no files here: the caller brings the seed and keeps the texts.
//!
//! ```
//! use zg_kb::sign::{self, Kind};
//! let pair = sign::generate([7; 32]); // thirty-two bytes of real randomness
//! let signature = sign::sign(&pair.secret, Kind::Bundle, b"a bundle");
//! assert_eq!(sign::verify(&[pair.public], Kind::Bundle, b"a bundle", &signature), Ok(pair.public.id()));
//! assert!(sign::verify(&[pair.public], Kind::Delta, b"a bundle", &signature).is_err());
//! ```

mod base64url;
pub mod dsse;

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256, Sha512_256};
use zeroize::{Zeroize, Zeroizing};

const SECRET: &str = "zgkey-secret-1:";
const PUBLIC: &str = "zgkey-public-1:";
const SIGNATURE: &str = "zgsig-1";

/// Why a key cannot be read or a signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The text is not a key of the kind asked for. Check which file was given, and that it is whole.
    #[error("this is not a {wanted} key; give the file that begins with {prefix}, whole")]
    Key { wanted: &'static str, prefix: &'static str },
    /// The text is not a signature. Fetch it again, or sign again.
    #[error("this is not a signature ({what}); fetch it again, or sign again")]
    Malformed { what: &'static str },
    /// Signed with a key that is not among those trusted. Add its public key if it is the shop's, refuse the file otherwise.
    #[error("signed with the key {key}, which is not trusted; add its public key if it is yours, else refuse the file")]
    UnknownKey { key: KeyId },
    /// The key is right and the signature is not: the file was changed, or it is another. Fetch both again; if it stays, refuse.
    #[error(
        "the signature by the key {key} does not fit this {kind}; fetch both again, and refuse the file if it stays so"
    )]
    Wrong { key: KeyId, kind: Kind },
}

/// What a signed file is. A signature for one kind is none for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bundle,
    Delta,
    Manifest,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bundle => "bundle",
            Self::Delta => "delta",
            Self::Manifest => "manifest",
        })
    }
}

/// Names a key: the first eight bytes of the SHA-256 of the public key, in hexadecimal where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl KeyId {
    fn parse(text: &str) -> Option<Self> {
        let number = u64::from_str_radix(text, 16).ok()?;
        let id = Self(number.to_be_bytes());
        (id.to_string() == text).then_some(id)
    }
}

/// Signs. Wiped from memory when dropped, and never printed unless [`SecretKey::to_text`] is asked for.
pub struct SecretKey(SigningKey);

/// Verifies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// A secret key and the public key that belongs to it.
#[derive(Debug)]
pub struct KeyPair {
    pub secret: SecretKey,
    pub public: PublicKey,
}

/// Makes a pair of keys of a seed: 32 bytes that nobody can guess, from the system's randomness.
/// The same seed makes the same keys.
#[must_use]
pub fn generate(mut seed: [u8; 32]) -> KeyPair {
    let secret = SecretKey(SigningKey::from_bytes(&seed));
    seed.zeroize();
    KeyPair { public: secret.public(), secret }
}

/// Signs a file. The text, one line, goes beside it as `<file>.sig`.
#[must_use]
pub fn sign(secret: &SecretKey, kind: Kind, bytes: &[u8]) -> String {
    let signature = secret.0.sign(&digest(kind, bytes));
    format!("{SIGNATURE} {} {}\n", secret.public().id(), base64url::encode(&signature.to_bytes()))
}

/// Checks the signature of a file against the keys that are trusted, and says which of them it was.
///
/// # Errors
/// [`SignError::Malformed`], [`SignError::UnknownKey`] or [`SignError::Wrong`].
pub fn verify(public_keys: &[PublicKey], kind: Kind, bytes: &[u8], signature: &str) -> Result<KeyId, SignError> {
    let malformed = |what| SignError::Malformed { what };
    let mut fields = line(signature).split(' ');
    if fields.next() != Some(SIGNATURE) {
        return Err(malformed("it does not begin with zgsig-1"));
    }
    let key = fields.next().and_then(KeyId::parse).ok_or(malformed("its key id is not 16 hexadecimal digits"))?;
    let signature = fields.next().and_then(base64url::decode::<64>).ok_or(malformed("it is cut or misspelt"))?;
    if fields.next().is_some() {
        return Err(malformed("something follows it"));
    }
    let public = public_keys.iter().find(|public| public.id() == key).ok_or(SignError::UnknownKey { key })?;
    // Strict: no second signature can be made from a valid one, and keys of small order are refused.
    match public.0.verify_strict(&digest(kind, bytes), &Signature::from_bytes(&signature)) {
        Ok(()) => Ok(key),
        Err(_) => Err(SignError::Wrong { key, kind }),
    }
}

/// What is signed in place of the file: what it is for, its length and its bytes.
fn digest(kind: Kind, bytes: &[u8]) -> [u8; 32] {
    let mut hasher = Sha512_256::new();
    // The line feed ends the context, as no kind contains one.
    hasher.update(format!("{SIGNATURE} zhanggui {kind}\n"));
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
    hasher.finalize().into()
}

/// The text of a file of one line: editors and shells end it as they like.
fn line(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

impl SecretKey {
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The text of the file that keeps it; wiped when dropped.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let code = Zeroizing::new(base64url::encode(self.0.as_bytes()));
        // Of its final size from the start: a string that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(SECRET.len() + code.len() + 1));
        for part in [SECRET, code.as_str(), "\n"] {
            text.push_str(part);
        }
        text
    }
}

impl FromStr for SecretKey {
    type Err = SignError;

    fn from_str(text: &str) -> Result<Self, SignError> {
        let error = SignError::Key { wanted: "secret", prefix: SECRET };
        let seed = line(text).strip_prefix(SECRET).and_then(base64url::decode::<32>).map(Zeroizing::new);
        Ok(Self(SigningKey::from_bytes(&*seed.ok_or(error)?)))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public().id())
    }
}

impl PublicKey {
    #[must_use]
    pub fn id(&self) -> KeyId {
        let digest = Sha256::digest(self.0.as_bytes());
        KeyId(std::array::from_fn(|at| digest[at]))
    }

    /// The SHA-256 of the raw key: its id in metadata, which is no shorter than its security.
    #[must_use]
    pub fn full_id(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// As it stands in a file, without the line's end.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", base64url::encode(self.0.as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = SignError;

    fn from_str(text: &str) -> Result<Self, SignError> {
        let bytes = line(text).strip_prefix(PUBLIC).and_then(base64url::decode::<32>);
        // Keys of small order accept signatures of more than one message.
        bytes
            .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
            .filter(|key| !key.is_weak())
            .map(Self)
            .ok_or(SignError::Key { wanted: "public", prefix: PUBLIC })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}
