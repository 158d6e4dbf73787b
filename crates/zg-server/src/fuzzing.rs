//! What a fuzzer calls: every reader of bytes that come from outside, and what has to hold of whatever it makes of them.
//!
//! `cargo xtask fuzz` drives them by coverage; the tests here read the seeds, what was found once, and some thousand changes of
//! both, so that nothing comes back.

use zg_domain::{TenantId, Timestamp};
use zg_proto::action::RequestAction;
use zg_proto::http::{Identify, OpenConversation, OperatorReply, PostMessages, RequestHandoff, SignIn};
use zg_proto::profile::{
    EraseMine, ExportMine, GiveConsent, MergeHere, MergeProfiles, OfProfile, RecordConsent, RedeemContinuation,
    RevokeKey, UndoMerge,
};
use zg_proto::recommendation::{PostEvents, PutCatalog, RecommendationRequest};
use zg_proto::remedy::{RedeemRequest, RemedyRequest};

use crate::{Config, ConfigError, backoffice, body, identity, phone, profile, recommend, remedy, validate};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);
const KEY: &[u8] = b"a key of thirty-two bytes, or so";

/// Bodies of requests. What is accepted is read the same when it is written and read once more.
pub fn envelope(bytes: &[u8]) {
    fn both<T>(bytes: &[u8]) -> Option<(T, T)>
    where
        T: serde::de::DeserializeOwned + serde::Serialize + std::fmt::Debug,
    {
        let typed: T = body::parse(bytes).ok()?;
        let again = body::parse(zg_proto::to_json(&typed).as_bytes());
        let again = again.unwrap_or_else(|_| panic!("written and not read: {typed:?}"));
        Some((typed, again))
    }
    fn read<T>(bytes: &[u8]) -> Option<T>
    where
        T: serde::de::DeserializeOwned + serde::Serialize + PartialEq + std::fmt::Debug,
    {
        let (typed, again) = both::<T>(bytes)?;
        assert_eq!(typed, again);
        Some(typed)
    }
    if let Some(request) = read::<PostMessages>(bytes) {
        let _ = validate::messages(&request.messages);
    }
    if let Some(request) = read::<RequestHandoff>(bytes) {
        let _ = request.packet.as_ref().map(validate::packet);
    }
    if let Some(request) = read::<RemedyRequest>(bytes) {
        let _ = remedy::facts(&request, NOW);
    }
    if let Some(request) = read::<RedeemRequest>(bytes) {
        let _ = remedy::redeemable(request);
    }
    // Where there are fractions, the last digit of seventeen may change when they are read again.
    if let Some((request, _)) = both::<PostEvents>(bytes) {
        for event in &request.events {
            let _ = recommend::events::read(event, true, NOW);
            assert!(recommend::events::id(event).len() <= 64);
        }
    }
    if let Some((request, _)) = both::<RecommendationRequest>(bytes) {
        let _ = recommend::answer::check(&request);
    }
    if let Some(request) = read::<PutCatalog>(bytes) {
        let _ = request.products.iter().try_for_each(recommend::catalog::check);
    }
    let _ = recommend::feed::read(bytes).map(|products| products.iter().try_for_each(recommend::catalog::check));
    read::<OpenConversation>(bytes);
    read::<RequestAction>(bytes);
    read::<OperatorReply>(bytes);
    if let Some(who) = read::<OfProfile>(bytes) {
        let _ = profile::whose(KEY, &TenantId::new("shop").expect("well-formed"), &who.who);
    }
    if let Some(request) = read::<RedeemContinuation>(bytes)
        && let Some(code) = profile::code(&request.code)
    {
        assert_eq!(profile::code(&code), Some(code));
    }
    if let Some(request) = read::<MergeProfiles>(bytes) {
        let _ = profile::note(request.note.as_deref());
    }
    if let Some(request) = read::<GiveConsent>(bytes) {
        let _ = profile::wording(&request.wording);
    }
    read::<RecordConsent>(bytes);
    read::<MergeHere>(bytes);
    read::<UndoMerge>(bytes);
    read::<RevokeKey>(bytes);
    read::<ExportMine>(bytes);
    read::<EraseMine>(bytes);
    read::<Identify>(bytes);
    read::<SignIn>(bytes);
}

/// Tokens, as they come and with the right signature, so that the claims are reached as well.
pub fn token(bytes: &[u8]) {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let keys = [KEY.to_vec()];
    if let Ok(text) = std::str::from_utf8(bytes) {
        // Nobody else has the key.
        assert!(identity::verify(text, &[], &["my-shop"], NOW).is_err());
        let _ = identity::verify(text, &keys, &["my-shop"], NOW);
    }
    let head = Base64UrlUnpadded::encode_string(br#"{"alg":"HS256"}"#);
    let signed = format!("{head}.{}", Base64UrlUnpadded::encode_string(bytes));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(KEY).expect("a key of any length");
    mac.update(signed.as_bytes());
    let token = format!("{signed}.{}", Base64UrlUnpadded::encode_string(&mac.finalize().into_bytes()));
    if let Ok(identity) = identity::verify(&token, &keys, &["my-shop"], NOW) {
        let known = [identity.subject, identity.wechat, identity.phone.clone()];
        assert!(known.iter().any(Option::is_some));
        for value in known.iter().flatten() {
            assert!((1..=128).contains(&value.chars().count()));
            assert!(!value.contains(char::is_control));
        }
        if let Some(number) = identity.phone {
            assert_eq!(phone::normalize(&number), Some(number));
        }
    }
}

/// Configurations. Every mistake is of a line that there is, in one line of words.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Config::from_toml(text) {
        Ok(config) => assert!(!config.sites.is_empty()),
        Err(ConfigError::Mistakes(mistakes)) => {
            assert!((1..=100).contains(&mistakes.len()));
            let n_lines = text.matches('\n').count() + 1;
            for mistake in &mistakes {
                assert!(mistake.line <= n_lines, "{mistake} of {n_lines}");
                assert!(!mistake.to_string().contains('\n'), "{mistake}");
            }
        }
        Err(other) => panic!("{other}"),
    }
}

/// Answers of a back office, and addresses of one.
pub fn answer(bytes: &[u8]) {
    if let Some(zg_proto::cli::OutcomeTag::Ok { facts }) = backoffice::outcome_of(bytes) {
        assert!(facts.len() <= 64);
        assert!(
            facts.iter().all(|(name, value)| name.len() <= 64 && value.as_str().is_some_and(|text| text.len() <= 1024))
        );
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = crate::config::Target::parse(text);
        if let Some(code) = remedy::code(text) {
            assert_eq!(remedy::code(&code), Some(code.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    /// Changes of each file; a debug build reads some ten thousand a second.
    const N_CHANGES: u64 = 400;

    type Target = fn(&[u8]);

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|item| item.unwrap().path()).collect();
        files.sort();
        files
    }

    /// The same bytes, changed in one to four places: flipped, cut, doubled, swapped for what readers stumble on.
    fn changed(bytes: &[u8], seed: u64) -> Vec<u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = |n: usize| {
            // Xorshift64* (Vigna 2016).
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            usize::try_from(state.wrapping_mul(0x2545_f491_4f6c_dd1d) % n.max(1) as u64).expect("less than n")
        };
        let odd: [&[u8]; 12] = [
            b"\"",
            b"{",
            b"[",
            b"\\u0000",
            b"\\ud800",
            b"\xff",
            b"-0",
            b"1e400",
            b"99999999999999999999",
            b"\r",
            "\u{202e}".as_bytes(),
            b"=",
        ];
        let mut bytes = bytes.to_vec();
        for _ in 0..=next(4) {
            let (at, to) = (next(bytes.len() + 1), next(bytes.len() + 1));
            let (at, to) = (at.min(to), at.max(to));
            match next(5) {
                0 => bytes.truncate(at),
                1 => bytes.drain(at..to).for_each(drop),
                2 if bytes.len() < 10_000 => {
                    let copy = bytes[at..to].to_vec();
                    bytes.splice(to..to, copy).for_each(drop);
                }
                3 if at < bytes.len() => bytes[at] ^= 1 << next(8),
                _ => bytes.splice(at..at, odd[next(odd.len())].iter().copied()).for_each(drop),
            }
        }
        bytes
    }

    #[test]
    fn seeds_findings_and_their_changes_are_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
        let targets: [(&str, Target); 4] =
            [("envelope", envelope), ("token", token), ("config", config), ("answer", answer)];
        for (name, target) in targets {
            let seeds = files(&root.join("seeds").join(name));
            assert!(!seeds.is_empty(), "{name}");
            for path in seeds.into_iter().chain(files(&root.join("regressions").join(name))) {
                let bytes = std::fs::read(&path).unwrap();
                target(&bytes);
                for seed in 0..N_CHANGES {
                    target(&changed(&bytes, seed));
                }
            }
        }
    }
}
