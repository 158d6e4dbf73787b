//! Metadata of knowledge with a root, and what a device remembers of it.

use expect_test::expect;
use zg_proto::delivery::{
    Envelope, EnvelopeSignature, RoleKeys, Roles, Rollout, Root, RootKey, SeenTimestamp, Targets, TargetsFile,
    Timestamp, TrustState,
};
use zg_proto::knowledge::PublishedFile;
use zg_proto::{from_json, to_json};

fn role(key: &str) -> RoleKeys {
    RoleKeys { keys: vec![key.to_owned()], threshold: 1 }
}

fn file() -> PublishedFile {
    PublishedFile { file: "aa.zgkb".into(), sha256: "aa".into(), bytes: 3 }
}

#[test]
fn metadata_is_written_so() {
    let envelope = Envelope {
        payload_type: "application/vnd.zhanggui.root+json".into(),
        payload: "e30=".into(),
        signatures: vec![EnvelopeSignature { keyid: "k1".into(), sig: "AA==".into() }],
    };
    let root = Root {
        format: 1,
        version: 2,
        expires: "2027-11-29T00:00:00Z".into(),
        keys: vec![RootKey { keyid: "k1".into(), public: "zgkey-public-1:A".into() }],
        roles: Roles { root: role("k1"), timestamp: role("k1"), targets: role("k1") },
    };
    let newest = TargetsFile { version: 3, sha256: "bb".into(), bytes: 612 };
    let timestamp =
        Timestamp { format: 1, version: 7, expires: "2026-12-06T00:00:00Z".into(), targets: newest.clone() };
    let plain = Targets {
        format: 1,
        version: 3,
        expires: "2027-11-29T00:00:00Z".into(),
        bundle: file(),
        deltas: Vec::new(),
        rollout: None,
    };
    let rolled = Targets { rollout: Some(Rollout { percent: 5, bundle: file(), deltas: Vec::new() }), ..plain.clone() };
    let state = TrustState {
        format: 1,
        first: 1,
        chain: vec!["cc".into()],
        root: "{}".into(),
        timestamp: Some(SeenTimestamp { version: 7, targets: newest }),
        targets: Some(3),
        device: "0f".into(),
    };
    expect![[r#"
        {"payloadType":"application/vnd.zhanggui.root+json","payload":"e30=","signatures":[{"keyid":"k1","sig":"AA=="}]}
        {"format":1,"version":2,"expires":"2027-11-29T00:00:00Z","keys":[{"keyid":"k1","public":"zgkey-public-1:A"}],"roles":{"root":{"keys":["k1"],"threshold":1},"timestamp":{"keys":["k1"],"threshold":1},"targets":{"keys":["k1"],"threshold":1}}}
        {"format":1,"version":7,"expires":"2026-12-06T00:00:00Z","targets":{"version":3,"sha256":"bb","bytes":612}}
        {"format":1,"version":3,"expires":"2027-11-29T00:00:00Z","bundle":{"file":"aa.zgkb","sha256":"aa","bytes":3},"deltas":[]}
        {"format":1,"version":3,"expires":"2027-11-29T00:00:00Z","bundle":{"file":"aa.zgkb","sha256":"aa","bytes":3},"deltas":[],"rollout":{"percent":5,"bundle":{"file":"aa.zgkb","sha256":"aa","bytes":3},"deltas":[]}}
        {"format":1,"first":1,"chain":["cc"],"root":"{}","timestamp":{"version":7,"targets":{"version":3,"sha256":"bb","bytes":612}},"targets":3,"device":"0f"}
    "#]]
    .assert_eq(&format!(
        "{}\n{}\n{}\n{}\n{}\n{}\n",
        to_json(&envelope),
        to_json(&root),
        to_json(&timestamp),
        to_json(&plain),
        to_json(&rolled),
        to_json(&state)
    ));
    assert_eq!(from_json::<Targets>(&to_json(&rolled)).expect("its own form"), rolled);
    assert_eq!(from_json::<TrustState>(&to_json(&state)).expect("its own form"), state);
    // A newer side may add to it.
    let more = r#"{"payloadType":"t","payload":"","signatures":[{"sig":"","cert":"x"}],"later":1}"#;
    assert_eq!(from_json::<Envelope>(more).expect("more than is known").signatures[0].keyid, "");
}
