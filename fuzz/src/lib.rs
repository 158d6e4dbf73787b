//! What a fuzzer calls of the readers beside the server's (those are in `zg_server::fuzzing`): knowledge, deltas, signed
//! metadata, indexes, models, playbooks, what shops import, words, event streams; and what has to hold of whatever they make of them.
//!
//! `cargo xtask fuzz` drives them by coverage; the tests of `zg-cli` read the seeds, what was found once, and some hundred
//! changes of each, from this very file.

use zg_kb::build::{Sources, compile};
use zg_kb::sign::{Kind, PublicKey};
use zg_kb::{Bundle, Query, Typed, delta};
use zg_recommend::{Exclude, Index, Request, Rules, Workspace};

/// Reads bytes, and panics where something does not hold.
type Target = fn(&[u8]);

/// All by name.
pub const TARGETS: [(&str, Target); 9] = [
    ("bundle", bundle),
    ("delta", delta),
    ("metadata", metadata),
    ("index", index),
    ("model", model),
    ("playbooks", playbooks),
    ("import", import),
    ("words", words),
    ("events", events),
];

/// CRC-32 (ISO-HDLC), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?) as usize)
}

/// Makes the checksums of a bundle right, so that what lies behind them is reached.
fn repaired_bundle(bytes: &[u8]) -> Vec<u8> {
    const HEADER: usize = 16;
    const ROW: usize = 16;
    let mut bytes = bytes.to_vec();
    let n_sections = bytes.get(6..8).map_or(0, |count| usize::from(u16::from_le_bytes([count[0], count[1]])));
    for row in (0..n_sections).map(|section| HEADER + section * ROW) {
        let (Some(offset), Some(length)) = (number(&bytes, row + 4), number(&bytes, row + 8)) else { break };
        let Some(body) = bytes.get(offset..offset.saturating_add(length)) else { continue };
        let crc = crc32(body).to_le_bytes();
        if let Some(field) = bytes.get_mut(row + 12..row + 16) {
            field.copy_from_slice(&crc);
        }
    }
    if let Some(table) = bytes.get(HEADER..HEADER + n_sections * ROW) {
        let crc = crc32(table).to_le_bytes();
        bytes[12..16].copy_from_slice(&crc);
    }
    bytes
}

/// Knowledge: what opens is searched, suggested from and listed.
pub fn bundle(bytes: &[u8]) {
    for file in [bytes.to_vec(), repaired_bundle(bytes)] {
        let Ok(bundle) = Bundle::open(file) else { continue };
        for (at, info) in bundle.entries() {
            let _ = (bundle.answer(at), bundle.question(at), bundle.forms(at).count(), bundle.find(info.id));
        }
        for text in ["怎么退货", "how lnog", "tui huo"] {
            for hit in bundle.search(&Query { text, lang: Some("zh"), ..Query::default() }, 10) {
                assert!((0.0..=1.0).contains(&hit.score), "{hit:?}");
            }
            assert!(bundle.suggest(&Typed { text, lang: Some("zh"), ..Typed::default() }, 5).len() <= 5);
        }
        let _ = bundle.products();
        let _ = zg_assistant::Playbooks::read(bundle.playbooks());
    }
}

/// Deltas: four bytes say how long the old bundle is that follows, and then comes the delta.
pub fn delta(bytes: &[u8]) {
    let Some(length) = number(bytes, 0) else { return };
    let (old, delta) = bytes[4..].split_at(length.min(bytes.len() - 4));
    let _ = delta::header(delta);
    if let Ok(new) = delta::apply_unchecked(old, delta) {
        // The bound that a reader's memory counts on.
        assert!(new.len() <= (old.len() + delta.len()).saturating_mul(1_032), "{}", new.len());
    }
    let _ = delta::apply(old, delta);
}

/// What is signed: envelopes and their contents, keys and signatures.
pub fn metadata(bytes: &[u8]) {
    use zg_delivery::{Role, envelope};
    for role in [Role::Root, Role::Timestamp, Role::Targets] {
        if let Ok(opened) = envelope::read(role, "file.json", bytes) {
            assert_eq!(opened.signers(role, &[]), 0, "nobody has signed it");
        }
    }
    let _ = zg_delivery::root("file.json", bytes);
    let _ = zg_delivery::timestamp("file.json", bytes);
    let _ = zg_delivery::targets("file.json", bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = zg_delivery::parse_expires(text);
        if let Ok(key) = text.parse::<PublicKey>() {
            assert!(zg_kb::sign::verify(&[key], Kind::Bundle, b"something else", text).is_err());
        }
        assert!(zg_kb::sign::verify(&[], Kind::Bundle, b"", text).is_err());
    }
}

/// Indexes of recommendations: what loads is asked, and saved again.
pub fn index(bytes: &[u8]) {
    let mut repaired = bytes.to_vec();
    if repaired.len() > 20 {
        let length = (repaired.len() as u64).to_le_bytes();
        repaired[8..16].copy_from_slice(&length);
        let crc = crc32(&repaired[20..]).to_le_bytes();
        repaired[16..20].copy_from_slice(&crc);
    }
    for file in [bytes, &repaired] {
        let Ok(index) = Index::load(file) else { continue };
        let (mut workspace, mut hits) = (Workspace::default(), Vec::new());
        for session in [vec![], vec![0], vec![0, 1, u32::MAX]] {
            let request = Request { session: &session, k: 5, exclude: Exclude::Seen, rules: &Rules::default() };
            zg_recommend::recommend(&index, &request, &mut workspace, &mut hits);
            assert!(hits.len() <= 5);
            assert!(hits.iter().all(|hit| !session.contains(&hit.item)), "what was seen is in no list");
        }
        assert!(Index::load(&index.save()).is_ok(), "what was read can be written and read again");
    }
}

/// Models: ONNX graphs, which tract runs, and names from a catalog. What loads understands, whatever it is told.
pub fn model(bytes: &[u8]) {
    use zg_domain::{Language, Utterance};
    if let Ok(model) = zg_nlu::Model::load(bytes) {
        for reading in ["", "我要腿货", "where is my order"] {
            let _ = model.mended(reading);
            let utterance = Utterance { reading, language: Language::Undetermined, previous: None };
            let understood = model.understand(&utterance);
            assert!(understood.intents.len() <= 5);
            assert!(understood.intents.windows(2).all(|pair| pair[0].confidence >= pair[1].confidence));
        }
    }
    if let Ok(names) = zg_nlu::Gazetteer::from_bytes(bytes) {
        let _ = zg_nlu::entities_with("我要腿货 mug a1", &names);
    }
}

/// Compiled playbooks.
pub fn playbooks(bytes: &[u8]) {
    let _ = zg_assistant::Playbooks::read(bytes);
}

/// What shops bring: pages, workbooks, tables, feeds, transcripts, by names of every kind. What is taken compiles, and opens.
pub fn import(bytes: &[u8]) {
    for name in ["a.md", "a.csv", "a.tsv", "a.xlsx", "a.html", "a.json", "a.jsonl", "a.xml", "a.txt"] {
        let mut sources = Sources::default();
        sources.add(name, bytes);
        if let Ok(file) = compile(&sources.entries) {
            assert!(Bundle::open(file).is_ok(), "{name}: compiled, and does not open");
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        Sources::default().add_transcript("a.txt", text);
    }
}

/// Words: Fluent files. What has a key has a text.
pub fn words(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let catalog = zg_domain::fluent::Catalog::parse(text);
    for key in catalog.keys() {
        assert!(catalog.get(key).is_some(), "{key:?}");
        let _ = catalog.text(key, &[("name", "{ $name }"), ("n", "")]);
    }
}

/// Event streams. However the bytes are cut, the events are the same.
pub fn events(bytes: &[u8]) {
    use zg_sync::EventStream;
    let whole = EventStream::default().push(bytes);
    let mut stream = EventStream::default();
    let mut parts = Vec::new();
    for chunk in bytes.chunks(3) {
        match stream.push(chunk) {
            Ok(events) => parts.extend(events),
            Err(_) => return assert!(whole.is_err()),
        }
    }
    assert_eq!(whole.ok(), Some(parts));
}
