//! Standard Webhooks (<https://www.standardwebhooks.com>): who sent it, when, and that nobody has changed it.

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zg_domain::Timestamp;

/// The value of `webhook-signature`: one for each secret, so that a receiver that knows any of them can check.
pub fn signatures(secrets: &[Vec<u8>], id: &str, seconds: i64, body: &str) -> String {
    let one = |secret: &Vec<u8>| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body.as_bytes());
        format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
    };
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// A moment as RFC 3339 has it, in UTC.
pub fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard() {
        // From the reference implementations' own tests.
        let secret = Base64::decode_vec("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = |secrets: &[Vec<u8>]| {
            signatures(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}")
        };
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed(std::slice::from_ref(&secret)), expected);
        let both = signed(&[secret, vec![7; 32]]);
        assert_eq!(both.split(' ').next(), Some(expected));
        assert_eq!(both.split(' ').count(), 2);
        assert_eq!(rfc3339(Timestamp::from_millis(1_614_265_330_000)), "2021-02-25T15:02:10Z");
    }
}
