//! DSSE 1.0 envelopes: a payload in base64, what it is, and signatures of both.

use base64ct::{Base64, Base64Unpadded, Encoding};
use zg_kb::sign::{PublicKey, SecretKey, dsse};
use zg_proto::delivery::{Envelope, EnvelopeSignature};

use crate::{Refusal, Role};

/// More signatures than any role has keys are nobody's.
const MAX_SIGNATURES: usize = 32;

/// An envelope as it came; nothing of it is believed yet.
#[derive(Debug, Clone)]
pub struct Opened {
    pub payload: Vec<u8>,
    signatures: Vec<(String, [u8; 64])>,
}

/// Reads an envelope whose payload is said to be of a role.
///
/// # Errors
/// [`Refusal::TooLong`] or [`Refusal::Malformed`].
pub fn read(role: Role, file: &str, bytes: &[u8]) -> Result<Opened, Refusal> {
    let malformed = |what: &str| Refusal::Malformed { role, file: file.to_owned(), what: what.to_owned() };
    if bytes.len() > role.limit() {
        return Err(Refusal::TooLong { role, file: file.to_owned(), limit: role.limit() });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is no UTF-8"))?;
    let envelope: Envelope = zg_proto::from_json(text).map_err(|_| malformed("it is no envelope"))?;
    if envelope.payload_type != role.payload_type() {
        return Err(malformed("its payloadType is of another role"));
    }
    if envelope.signatures.len() > MAX_SIGNATURES {
        return Err(malformed("it has more than 32 signatures"));
    }
    let payload = decode(&envelope.payload).ok_or_else(|| malformed("its payload is no base64"))?;
    // What is no signature counts for nothing, as one of a stranger does.
    let signatures = envelope
        .signatures
        .into_iter()
        .filter_map(|one| Some((one.keyid, decode(&one.sig)?.try_into().ok()?)))
        .collect();
    Ok(Opened { payload, signatures })
}

impl Opened {
    /// How many of these keys have signed; a key that signed twice is one.
    #[must_use]
    pub fn signers(&self, role: Role, keys: &[PublicKey]) -> usize {
        keys.iter()
            .filter(|key| {
                let id = hex::encode(key.full_id());
                self.signatures.iter().any(|(keyid, signature)| {
                    *keyid == id && dsse::verify(key, role.payload_type(), &self.payload, signature)
                })
            })
            .count()
    }
}

/// An envelope that nobody has signed yet.
#[must_use]
pub fn seal(role: Role, payload: &[u8]) -> Envelope {
    Envelope {
        payload_type: role.payload_type().to_owned(),
        payload: Base64::encode_string(payload),
        signatures: Vec::new(),
    }
}

/// Adds a signature; one of the same key is replaced.
///
/// # Errors
/// [`Refusal::Malformed`] where the payload is no base64.
pub fn add(envelope: &mut Envelope, role: Role, secret: &SecretKey) -> Result<(), Refusal> {
    let payload = decode(&envelope.payload).ok_or_else(|| Refusal::Malformed {
        role,
        file: "the envelope".to_owned(),
        what: "its payload is no base64".to_owned(),
    })?;
    let keyid = hex::encode(secret.public().full_id());
    envelope.signatures.retain(|one| one.keyid != keyid);
    let signature = dsse::sign(secret, role.payload_type(), &payload);
    envelope.signatures.push(EnvelopeSignature { keyid, sig: Base64::encode_string(&signature) });
    Ok(())
}

/// Standard or URL-safe letters, padded or not, as DSSE asks of who verifies.
fn decode(text: &str) -> Option<Vec<u8>> {
    let bare = text.trim_end_matches('=');
    let n_padding = text.len() - bare.len();
    if n_padding > 2 || (n_padding > 0 && !text.len().is_multiple_of(4)) {
        return None;
    }
    let standard: String = bare
        .chars()
        .map(|letter| match letter {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    Base64Unpadded::decode_vec(&standard).ok()
}
