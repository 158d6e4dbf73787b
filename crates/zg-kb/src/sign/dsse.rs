//! Signatures of payloads by DSSE 1.0 (secure-systems-lab/dsse, `protocol.md`): Ed25519 over the pre-authentication encoding.
//!
//! The encoding holds what a payload is and how long it is, so no signature of one kind of payload is one of another.
//! Nor is it one of a whole file (above): what is signed there has 32 bytes, and this has more.

use ed25519_dalek::{Signature, Signer};

use super::{PublicKey, SecretKey};

/// Signs a payload of a type.
#[must_use]
pub fn sign(secret: &SecretKey, payload_type: &str, payload: &[u8]) -> [u8; 64] {
    secret.0.sign(&encoded(payload_type, payload)).to_bytes()
}

/// Whether a signature is the key's, of this payload and this type.
#[must_use]
pub fn verify(public: &PublicKey, payload_type: &str, payload: &[u8], signature: &[u8; 64]) -> bool {
    public.0.verify_strict(&encoded(payload_type, payload), &Signature::from_bytes(signature)).is_ok()
}

/// The pre-authentication encoding.
fn encoded(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}
