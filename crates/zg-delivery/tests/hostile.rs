//! No bytes make a reader panic, and no change of them makes a signature of one that was none.

use zg_delivery::{Role, Source, envelope};
use zg_proto::delivery::TrustState;

const ROLES: [Role; 3] = [Role::Root, Role::Timestamp, Role::Targets];
const ROUNDS: usize = 8_000;

/// splitmix64: the same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}

/// Metadata of the data that both clients are asked about.
fn samples() -> Vec<Vec<u8>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/delivery.json");
    let data: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("the data is there")).expect("JSON");
    let blobs = data["blobs"].as_object().expect("blobs");
    blobs.values().filter_map(|blob| Some(blob["text"].as_str()?.as_bytes().to_vec())).collect()
}

fn mutate(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len());
        match numbers.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << numbers.below(8),
            1 => bytes.truncate(at),
            2 => bytes.insert(at.min(bytes.len()), b"{}[]\":,\\09-eE+. \xff\x00"[numbers.below(18)]),
            3 if !bytes.is_empty() => {
                let end = (at + numbers.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + numbers.below(40)).min(bytes.len());
                let piece = bytes[at.min(end)..end].to_vec();
                let to = numbers.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            _ => {
                let digit = bytes.iter().skip(at).position(u8::is_ascii_digit);
                if let Some(digit) = digit {
                    bytes.splice(at + digit..=at + digit, b"18446744073709551616".iter().copied());
                }
            }
        }
    }
}

fn read_all(file: &str, payload: &[u8]) {
    let _ = zg_delivery::root(file, payload);
    let _ = zg_delivery::timestamp(file, payload);
    let _ = zg_delivery::targets(file, payload);
}

#[test]
fn changed_bytes_are_refused_or_mean_the_same() {
    let samples = samples();
    let mut numbers = Numbers(7);
    let (mut n_read, mut n_same) = (0, 0);
    let keys: Vec<_> = samples
        .iter()
        .filter_map(|bytes| envelope::read(Role::Root, "", bytes).ok())
        .filter_map(|opened| zg_delivery::root("", &opened.payload).ok())
        .flat_map(|root| ROLES.map(|role| root.keys(role).keys.clone()).concat())
        .fold(Vec::new(), |mut all: Vec<zg_kb::sign::PublicKey>, key| {
            if all.iter().all(|one| one.full_id() != key.full_id()) {
                all.push(key);
            }
            all
        });
    for round in 0..ROUNDS {
        let whole = &samples[numbers.below(samples.len())];
        let mut bytes = whole.clone();
        mutate(&mut bytes, &mut numbers);
        for role in ROLES {
            let Ok(opened) = envelope::read(role, "a file", &bytes) else { continue };
            n_read += 1;
            read_all("a file", &opened.payload);
            // Verifying costs a millisecond here, so now and then.
            if round % 40 == 0 && opened.signers(role, &keys) > 0 {
                let before = envelope::read(role, "a file", whole).expect("what has signatures was read before");
                assert_eq!(before.payload, opened.payload, "a signature of another payload");
                n_same += 1;
            }
        }
        // Past the envelope, as if somebody with the keys had written it.
        if let Some(opened) = ROLES.iter().find_map(|role| envelope::read(*role, "", whole).ok()) {
            let mut payload = opened.payload;
            mutate(&mut payload, &mut numbers);
            read_all("a file", &payload);
        }
    }
    assert!(n_read > ROUNDS / 100 && n_same > 0, "{n_read} {n_same}: the mutations reach nothing");
}

struct Nothing;

impl Source for Nothing {
    fn read(&mut self, _: &str, _: usize) -> Result<Option<Vec<u8>>, String> {
        Ok(None)
    }
}

#[test]
fn a_state_that_somebody_wrote_is_not_believed() {
    let pin = "zgroot-1:1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().expect("a pin");
    for (first, chain, root) in [
        (0, vec![], String::new()),
        (u64::MAX, vec!["00".repeat(32); 3], "{}".to_owned()),
        (1, vec!["00".repeat(32)], "{}".to_owned()),
    ] {
        let state = TrustState { format: 1, first, chain, root, timestamp: None, targets: None, device: String::new() };
        let refusal = zg_delivery::update(&mut Nothing, &pin, &mut Some(state), "", 0).expect_err("nothing is there");
        assert_eq!((refusal.role(), refusal.code()), (Role::Root, "missing"));
    }
}

#[test]
fn an_encoding_is_that_of_the_specification() {
    // protocol.md of DSSE 1.0 has this text and type; its signature is of another algorithm.
    let pair = zg_kb::sign::generate([1; 32]);
    let signature = zg_kb::sign::dsse::sign(&pair.secret, "http://example.com/HelloWorld", b"hello world");
    let verifies = |kind: &str, text: &[u8]| zg_kb::sign::dsse::verify(&pair.public, kind, text, &signature);
    assert!(verifies("http://example.com/HelloWorld", b"hello world"));
    assert!(!verifies("http://example.com/HelloWorl", b"dhello world"));
    assert!(!verifies("http://example.com/HelloWorld", b"hello worlds"));
}
