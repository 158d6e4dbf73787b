//! The seeds of `cargo xtask fuzz`, what it found once, and some hundred changes of each: nothing comes back.
//!
//! The server's own readers have the same in `zg_server::fuzzing`.

#[path = "../../../../fuzz/src/lib.rs"]
mod readers;

use std::path::{Path, PathBuf};

/// Changes of each file. Importers read each under nine names.
const N_CHANGES: u64 = 400;

fn folder(kind: &str, target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(kind).join(target)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let listing = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = listing.map(|item| item.expect("a listing").path()).collect();
    files.sort();
    files
}

/// The same bytes, changed in one to four places: cut, doubled, flipped, or another number where one was.
fn changed(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |n: usize| {
        // Xorshift64* (Vigna 2016).
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        usize::try_from(state.wrapping_mul(0x2545_f491_4f6c_dd1d) % n.max(1) as u64).expect("less than n")
    };
    let odd: [&[u8]; 10] =
        [b"\"", b"{", b"<", b"\xff\xff\xff\xff", b"\x00", b"\x80\x80\x80\x80", b"1e400", b"\r", b"&#x0;", b"]]>"];
    let mut bytes = bytes.to_vec();
    for _ in 0..=next(4) {
        let (at, to) = (next(bytes.len() + 1), next(bytes.len() + 1));
        let (at, to) = (at.min(to), at.max(to));
        match next(6) {
            0 => bytes.truncate(at),
            1 => bytes.drain(at..to).for_each(drop),
            2 if bytes.len() < 20_000 => {
                let copy = bytes[at..to].to_vec();
                bytes.splice(to..to, copy).for_each(drop);
            }
            3 | 4 if at < bytes.len() => bytes[at] ^= 1 << next(8),
            _ => bytes.splice(at..at, odd[next(odd.len())].iter().copied()).for_each(drop),
        }
    }
    bytes
}

#[test]
fn seeds_findings_and_their_changes_are_read() {
    for (name, target) in readers::TARGETS {
        let seeds = files(&folder("seeds", name));
        assert!(!seeds.is_empty(), "{name}");
        for path in seeds.into_iter().chain(files(&folder("regressions", name))) {
            let bytes = std::fs::read(&path).unwrap();
            target(&bytes);
            for seed in 0..N_CHANGES {
                target(&changed(&bytes, seed));
            }
        }
    }
}

/// A small model: the English one with 64 places for n-grams, and, where it mends, 我要退货 with 腿 that sounds like 退.
fn small_model(mends: bool) -> Vec<u8> {
    use zg_nlu::onnx::{ModelProto, TensorProto, to_bytes};
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/en/nlu.onnx");
    let mut model: ModelProto = prost::Message::decode(&std::fs::read(file).expect("the model of the repository")[..])
        .expect("the model of the repository");
    let graph = model.graph.as_mut().expect("the model of the repository");
    for tensor in &mut graph.initializer {
        let rows = match tensor.name.as_str() {
            "deep_table" => 32,
            "deep_index" | "polar_table" => 64,
            _ => continue,
        };
        let row = tensor.raw_data.len() / usize::try_from(tensor.dims[0]).expect("the model of the repository");
        tensor.dims[0] = rows;
        tensor.raw_data.truncate(row * usize::try_from(rows).expect("the model of the repository"));
        if tensor.name == "deep_index" {
            tensor.raw_data = (0..64_i16).flat_map(|row| (row % 32).to_le_bytes()).collect();
        }
    }
    if mends {
        let mut spelling = vec![7];
        "\u{2}\u{3}我要退货腿".chars().for_each(|character| spelling.extend((character as u16).to_le_bytes()));
        spelling.extend([10, 10, 10, 10, 10, 10, 16]);
        [0_u8, 0, 1, 2, 3, 4, 3].iter().for_each(|sound| spelling.extend([*sound, 0, 0, 0]));
        spelling.extend([0; 7]);
        spelling.extend([1, 2, 0, 1, 3, 1, 4, 1, 5, 1, 1, 0]);
        spelling.extend([1; 5]);
        spelling.extend([0; 5]);
        let (dims, data_type) = (vec![spelling.len() as i64], graph.initializer[2].data_type);
        let (name, raw_data) = ("spelling".to_owned(), spelling);
        graph.initializer.push(TensorProto { name, dims, data_type, raw_data, ..TensorProto::default() });
    }
    for property in &mut model.metadata_props {
        if property.key == "zg.rows" {
            "64".clone_into(&mut property.value);
        }
    }
    let bytes = to_bytes(&model);
    assert!(zg_nlu::Model::load(&bytes).is_ok(), "a seed that is no model");
    bytes
}

const KNOWLEDGE: &str = "---\nlang: zh\nverified: 2026-11-01\n---\n## 怎么退货? {#return}\nvariants: 退货流程\nintent: return_request\naudience: vip | new\n\n订单页申请即可。\n\n## How long? {#time}\nlang: en\nvalid_until: 2026-12-31\n\nTwo days, two days, two days.\n";

/// What another version of the formats needs new: `cargo test -p zg-cli -- --ignored seeds_are_written`.
#[test]
#[ignore = "it writes into the sources"]
fn seeds_are_written() {
    use zg_kb::build::{Sources, compile};
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = folder("seeds", target);
        std::fs::create_dir_all(&folder).unwrap();
        assert!(bytes.len() < 20_000, "{target}/{name}: {} bytes are no small seed", bytes.len());
        std::fs::write(folder.join(name), bytes).unwrap();
    };
    let bundle = |text: &str| {
        let mut sources = Sources::default();
        sources.add_markdown("a.md", text);
        compile(&sources.entries).unwrap()
    };
    let (old, new) = (bundle(KNOWLEDGE), bundle(&KNOWLEDGE.replace("Two days", "Three days")));
    write("bundle", "two-entries", &old);
    let delta = zg_kb::delta::diff(&old, &new).unwrap();
    write("delta", "one-changed", &[&u32::try_from(old.len()).unwrap().to_le_bytes()[..], &old, &delta].concat());

    let mut log = zg_recommend::log::Reader::new("SessionId\tItemId\tTime").unwrap();
    for (session, item, time) in [(1, "a", 10), (1, "b", 20), (2, "b", 30), (2, "c", 40), (3, "a", 50), (3, "c", 60)] {
        log.row(&format!("{session}\t{item}\t{time}")).unwrap();
    }
    let mut sessions = log.finish();
    zg_recommend::build::renumber(&mut sessions);
    let knobs = Some(zg_recommend::Knobs::default());
    let config = zg_recommend::build::Config { knobs, forest: false, ..zg_recommend::build::Config::default() };
    write("index", "three-sessions", &zg_recommend::build::build(&sessions, &config, &mut |_| {}).0.save());

    write("model", "small", &small_model(false));
    write("model", "mends", &small_model(true));
    let names = zg_nlu::Gazetteer::new([("mug", zg_nlu::NameKind::Brand, "m"), ("A1", zg_nlu::NameKind::Sku, "a1")]);
    write("model", "names", &names.to_bytes());

    // The library is larger than a seed should be; its beginning has a step of most kinds.
    let library = zg_assistant::playbook::build::compile(&zg_assistant::playbook::build::Sources::default()).0.unwrap();
    let lines = library.split_inclusive(|byte| *byte == b'\n').scan(0, |length, line| {
        *length += line.len();
        (*length < 12_000).then_some(line)
    });
    write("playbooks", "library", &lines.flatten().copied().collect::<Vec<u8>>());

    let role = zg_delivery::Role::Timestamp;
    let payload = br#"{"format":1,"version":7,"expires":"2027-12-01T00:00:00Z","targets":{"version":3,"length":9,"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}"#;
    let mut envelope = zg_delivery::envelope::seal(role, payload);
    let pair = zg_kb::sign::generate([7; 32]);
    zg_delivery::envelope::add(&mut envelope, role, &pair.secret).unwrap();
    write("metadata", "timestamp", serde_json::to_string(&envelope).unwrap().as_bytes());
    write("metadata", "payload", payload);
    write("metadata", "key", pair.public.to_string().as_bytes());
    write("metadata", "signature", zg_kb::sign::sign(&pair.secret, zg_kb::sign::Kind::Bundle, b"x").as_bytes());

    write("import", "entries.md", KNOWLEDGE.as_bytes());
    write("import", "table.csv", "question,answer,intent\n怎么退货,\"订单页\n申请\",return_request\n".as_bytes());
    write("import", "feed.csv", b"id,title,price,availability,link\n1,Mug,12.00 EUR,in stock,https://shop.example/1\n");
    write("import", "faq.html", b"<html><head><script type=\"application/ld+json\">{\"@context\":\"https://schema.org\",\"@type\":\"FAQPage\",\"mainEntity\":[{\"@type\":\"Question\",\"name\":\"How long?\",\"acceptedAnswer\":{\"@type\":\"Answer\",\"text\":\"<p>Two days</p>\"}}]}</script></head><body><details><summary>Returns?</summary><p>Within <b>30</b> days.</p></details><dl><dt>Is it safe?</dt><dd>Yes.</dd></dl></body></html>");
    write("import", "feed.xml", b"<?xml version=\"1.0\"?><rss xmlns:g=\"http://base.google.com/ns/1.0\"><channel><item><g:id>1</g:id><title>Mug</title><g:price>12.00 EUR</g:price><link>https://shop.example/1</link></item></channel></rss>");
    write("import", "lines.jsonl", "{\"question\":\"怎么退货\",\"answer\":\"订单页\"}\n".as_bytes());
    write("import", "talk.txt", "顾客: 多久到?\n客服: 两天\n".as_bytes());
    write("words", "some.ftl", "# words\ngreeting = Hello, { $name }!\nmany =\n    one\n    two { $n }\n".as_bytes());
    write(
        "events",
        "log",
        b"event: message\nid: 00ff-1\ndata: {\"a\":1}\ndata: more\n\n: beat\r\n\r\nretry: 5\nevent: typing\ndata\n\n",
    );
}
