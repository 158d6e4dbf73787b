//! `zhanggui train`: from a table to a model that `zhanggui nlu` takes.

use serde_json::json;

use crate::{command, finish, folder, models, string, write, zhanggui};

fn table() -> String {
    let mut rows = String::from("id\tlabel\ttext\n");
    let things = ["鞋子", "裙子", "手机", "杯子", "帽子", "背包", "台灯", "雨伞"];
    for (n, thing) in things.iter().enumerate() {
        rows += &format!(
            "{n}\ttry_on\t{thing}能上门试穿吗\n{n}\tengraving\t{thing}可以刻字吗\n{n}\tpickup\t{thing}能到店自提吗\n"
        );
    }
    rows
}

#[test]
fn a_trained_model_gives_intents_and_the_built_in_ones_the_tone() {
    let folder = folder("train");
    let file = write(&folder.join("table.tsv"), table());
    let out = string(folder.join("out"));
    let run = zhanggui(&["train", &file, "-o", &out], "").succeeds();
    let lines = run.lines();
    assert_eq!((lines.len(), &lines[0]["utterances"], &lines[0]["quick"]), (1, &json!(24), &json!(false)));
    assert!(run.err.contains("engraving") && run.err.contains("24 texts"), "{}", run.err);
    let again = string(folder.join("again"));
    zhanggui(&["train", &file, "-o", &again], "").succeeds();
    for name in ["nlu.onnx", "manifest.toml"] {
        let bytes = |out: &str| std::fs::read(std::path::Path::new(out).join(name)).expect("it was written");
        assert!(bytes(&out) == bytes(&again), "{name}");
    }

    let stdin = "{\"id\":1,\"text\":\"围巾可以刻字吗\"}\n{\"id\":2,\"text\":\"气死我了,破店\"}\n";
    let mut with_tone = command(&["nlu", "--models", &out]);
    with_tone.env("ZHANGGUI_MODELS", models());
    let lines = finish(with_tone, stdin).succeeds().lines();
    assert_eq!(lines[0]["intent"]["label"], "engraving");
    assert_eq!(lines[1]["sentiment"]["label"], "negative");
    assert!(lines[0]["out_of_scope"].as_f64() < lines[1]["out_of_scope"].as_f64());

    let eval = zhanggui(&["eval", "nlu", &file, "--models", &out], "").succeeds().lines();
    assert_eq!(eval[0]["rows"], 24);
}

#[test]
fn a_model_for_one_language_leaves_the_others_to_the_built_in() {
    let folder = folder("train-zh");
    let file = write(&folder.join("table.tsv"), table());
    let out = string(folder.join("out"));
    zhanggui(&["train", &file, "-o", &out, "--lang", "zh"], "").succeeds();
    let mut both = command(&["nlu", "--models", &out]);
    both.env("ZHANGGUI_MODELS", models());
    let stdin = "{\"text\":\"i want to return these shoes\"}\n{\"text\":\"这个可以刻字吗\"}\n";
    let lines = finish(both, stdin).succeeds().lines();
    assert_eq!(lines[0]["intent"]["label"], "return_request");
    assert_eq!(lines[1]["intent"]["label"], "engraving");
}

#[test]
fn tables_that_cannot_be_learnt_from() {
    let folder = folder("bad-train");
    let out = string(folder.join("out"));
    let missing = string(folder.join("missing.tsv"));
    let write = |name: &str, bytes: &[u8]| write(&folder.join(name), bytes);
    for (file, words) in [
        (missing, &["cannot read"][..]),
        (string(&folder), &["cannot read"]),
        (write("empty.tsv", b""), &["empty"]),
        (write("header.tsv", b"a\tb\n1\t2\n"), &["line 1", "`text`"]),
        (write("latin.tsv", b"t\xe9xt\tintent\n"), &["UTF-8"]),
        (write("one.tsv", b"text\tintent\na\tx\nb\tx\n"), &["two intents"]),
        (write("ragged.tsv", b"text\tintent\na\nb\n"), &["line 2", "columns"]),
    ] {
        zhanggui(&["train", &file, "-o", &out], "").fails(1, words);
    }
    let file = write("good.tsv", table().as_bytes());
    zhanggui(&["train", &file, "-o", &file], "").fails(1, &["cannot write"]);
    zhanggui(&["train", &file], "").fails(2, &["--output"]);
    zhanggui(&["train", &file, "-o", &out, "--lang", "fr"], "").fails(2, &["fr"]);
}
