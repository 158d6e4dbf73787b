//! Whatever is wrong with a call is one line on stderr, and the line says what.

use std::io::{BufRead, BufReader, Write};

use serde_json::json;

use crate::{command, finish, folder, models, root, shop, string, write, zhanggui};

#[test]
fn calls_that_clap_refuses() {
    for (args, words) in [
        (&["kb", "search"][..], &["<BUNDLE>"][..]),
        (&["kb", "build", "x"], &["--output"]),
        (&["kb", "build", "-o", "x"], &["<SOURCES>"]),
        (&["chat"], &["<BUNDLE>"]),
        (&["nlu", "--colour"], &["--colour"]),
        (&["kb", "search", "x", "--k", "many"], &["many"]),
        (&["dance"], &["dance"]),
        (&["kb", "dance"], &["dance"]),
        (&["serve", "--listen", "nowhere"], &["nowhere"]),
        (&["nlu", "surplus"], &["surplus"]),
        (&[], &["zhanggui --help"]),
        (&["kb"], &["zhanggui --help"]),
    ] {
        zhanggui(args, "").fails(2, words);
    }
}

#[test]
fn every_help_shows_an_example_that_begins_with_the_command() {
    for leaf in [
        "serve",
        "nlu",
        "train",
        "chat",
        "recommend build",
        "recommend query",
        "recommend eval",
        "recommend features",
        "kb build",
        "kb lint",
        "kb inspect",
        "kb verify",
        "kb root init",
        "kb root rotate",
        "kb root pin",
        "kb rollout",
        "kb rollback",
        "kb timestamp",
        "kb sign-metadata",
        "kb search",
        "kb upkeep",
        "kb help-page",
        "eval nlu",
        "eval kb",
        "eval search",
        "eval chat",
        "operator add",
    ] {
        let mut args: Vec<&str> = leaf.split(' ').collect();
        args.push("--help");
        let help = zhanggui(&args, "").succeeds();
        let (_, example) =
            help.out.split_once("Example:").unwrap_or_else(|| panic!("{leaf} shows no example: {}", help.out));
        assert!(example.contains(&format!("zhanggui {leaf}")), "{leaf}: {example}");
        assert_eq!(help.err, "");
    }
    for args in [&["--help"][..], &["kb", "--help"], &["--version"]] {
        assert!(!zhanggui(args, "").succeeds().out.is_empty());
    }
}

#[test]
fn bundles_that_are_missing_cut_or_something_else() {
    let folder = folder("bad-bundles");
    let whole = std::fs::read(shop()).expect("the bundle is there");
    let mut changed = whole.clone();
    let middle = whole.len() / 2;
    changed[middle] ^= 1;
    let half = write(&folder.join("half.zgkb"), &whole[..middle]);
    let short = write(&folder.join("short.zgkb"), &whole[..10]);
    let empty = write(&folder.join("empty.zgkb"), "");
    let other = write(&folder.join("other.zgkb"), "<!doctype html>");
    let changed = write(&folder.join("changed.zgkb"), changed);
    let missing = string(folder.join("missing.zgkb"));
    let directory = string(&folder);
    let page = string(folder.join("page.html"));
    for (bundle, word) in [
        (&half, "is cut"),
        (&short, "is cut"),
        (&empty, "not a knowledge bundle"),
        (&other, "not a knowledge bundle"),
        (&changed, "checksum"),
        (&missing, "cannot read"),
        (&directory, "cannot read"),
    ] {
        for args in [
            &["kb", "search", bundle][..],
            &["kb", "inspect", bundle],
            &["kb", "verify", bundle],
            &["kb", "help-page", bundle, "-o", &page],
            &["chat", bundle, "--no-models"],
        ] {
            zhanggui(args, "{\"at\":0,\"type\":\"end_handoff\"}\n").fails(1, &[bundle, word]);
        }
    }
    assert!(!std::path::Path::new(&page).exists());
}

#[test]
fn models_that_are_missing_or_cut() {
    let folder = folder("bad-models");
    let missing = string(folder.join("missing"));
    zhanggui(&["nlu", "--models", &missing], "").fails(1, &[&missing, "--models"]);
    zhanggui(&["nlu", "--models", &string(&folder)], "").fails(1, &["holds no model"]);
    let mut by_environment = command(&["nlu"]);
    by_environment.env("ZHANGGUI_MODELS", &missing);
    finish(by_environment, "").fails(1, &[&missing]);

    let whole = std::fs::read(root().join("models/zh/nlu.onnx")).expect("the model is in the repository");
    std::fs::create_dir_all(folder.join("zh")).expect("the folder can be made");
    for length in [0, 1, 1_000, whole.len() / 2, whole.len() - 1] {
        let path = write(&folder.join("zh/nlu.onnx"), &whole[..length]);
        zhanggui(&["nlu", "--models", &string(&folder)], "{\"text\":\"你好\"}\n").fails(1, &[&path]);
    }
    zhanggui(&["chat", shop(), "--models", &string(&folder)], "").fails(1, &["nlu.onnx"]);
}

#[test]
fn sources_that_are_missing_empty_or_of_another_kind() {
    let folder = folder("bad-sources");
    let out = string(folder.join("out.zgkb"));
    let missing = string(folder.join("missing.md"));
    let other = write(&folder.join("notes.docx"), "## q\n\na\n");
    for (source, words) in [(&missing, "cannot read"), (&other, ".md")] {
        zhanggui(&["kb", "build", source, "-o", &out], "").fails(1, &[words]);
        zhanggui(&["kb", "lint", source], "").fails(1, &[words]);
    }
    // A file that is read and holds nothing of use: the build says why, the linter where.
    for (name, bytes, rule) in
        [("object.json", &b"{}"[..], "json"), ("cut.xlsx", b"PK\x03\x04", "xlsx"), ("chat.txt", b"a\n", "no-entries")]
    {
        let source = write(&folder.join(name), bytes);
        zhanggui(&["kb", "build", &source, "-o", &out], "").fails(1, &[name, rule]);
        let found = zhanggui(&["kb", "lint", &source], "").succeeds().lines();
        assert_eq!((&found[0]["file"], &found[0]["rule"]), (&json!(name), &json!(rule)));
    }
    // Saved by a spreadsheet in China, and by one in Europe.
    for bytes in [
        &b"question,answer\r\n\xcd\xcb\xbb\xf5\xd4\xb5\xc3\xb4\xb0\xec,\xca\xae\xcc\xec\xc4\xda\r\n"[..],
        b"question,answer\r\nCaf\xe9?,Oui\r\n",
    ] {
        let source = write(&folder.join("table.csv"), bytes);
        zhanggui(&["kb", "build", &source, "-o", &string(folder.join("table.zgkb"))], "").succeeds();
    }
    std::fs::create_dir_all(folder.join("empty")).expect("the folder can be made");
    zhanggui(&["kb", "build", &string(folder.join("empty")), "-o", &out], "").fails(1, &["no entries"]);
    let bare = write(&folder.join("bare.md"), "# 只有标题\n");
    zhanggui(&["kb", "build", &bare, "-o", &out], "").fails(1, &["no entries"]);
    let good = write(&folder.join("good.md"), "## q\n\na\n");
    zhanggui(&["kb", "build", &good, "-o", &string(&folder)], "").fails(1, &["cannot write"]);
    assert!(!std::path::Path::new(&out).exists());
}

#[test]
fn serving_and_measuring_say_what_they_lack() {
    let folder = folder("bad-serve");
    let missing = string(folder.join("missing"));
    zhanggui(&["serve", "--config", &missing], "").fails(1, &["cannot read", &missing]);
    zhanggui(&["serve", "--static-dir", &missing], "").fails(1, &[&missing]);
    let config = write(&folder.join("zhanggui.toml"), "lisen = \"127.0.0.1:0\"\n");
    zhanggui(&["serve", "--config", &config], "").fails(1, &["lisen"]);
    zhanggui(&["eval", "nlu", &missing, "--models", &models()], "").fails(1, &["cannot read", &missing]);
    let table = write(&folder.join("table.tsv"), "words\tentry\nx\ty\n");
    zhanggui(&["eval", "kb", shop(), &table, "--no-models"], "").fails(1, &["`text`"]);
    zhanggui(&["eval", "search", shop(), &missing], "").fails(1, &["cannot read", &missing]);
    let good = r#"{"text":"几天发货","gold":[]}"#;
    for (name, line, what) in [
        ("no-gold", r#"{"text":"几天发货"}"#.to_owned(), "`gold`"),
        ("not-json", "几天发货".to_owned(), "expected value"),
        ("foreign", r#"{"text":"几天发货","gold":["of-another-shop"]}"#.to_owned(), "of-another-shop"),
        ("long", "x".repeat((4 << 20) + 1), "is the most"),
    ] {
        let queries = write(&folder.join(format!("{name}.jsonl")), format!("{good}\n\n{line}\n"));
        let place = if name == "foreign" { "of-another-shop".to_owned() } else { format!("{name}.jsonl:3") };
        zhanggui(&["eval", "search", shop(), &queries], "").fails(1, &[&place, what]);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = command(&["kb", "search", shop()]).spawn().expect("the executable starts");
    let mut input = child.stdin.take().expect("stdin is piped");
    let mut output = BufReader::new(child.stdout.take().expect("stdout is piped"));
    writeln!(input, "{{\"text\":\"几天发货\"}}").expect("the executable reads");
    let mut first = String::new();
    // The first answer comes before the second question: nothing waits for a buffer to fill.
    output.read_line(&mut first).expect("the executable answers");
    assert!(first.contains("hits"), "{first}");
    drop(output);
    let _ = writeln!(input, "{{\"text\":\"几天发货\"}}");
    drop(input);
    let ended = child.wait_with_output().expect("the executable ends");
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""));
}
