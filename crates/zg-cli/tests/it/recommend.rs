//! `zhanggui recommend`: from a log of clicks to lists, and what is said of rows and lines that cannot be believed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{folder, string, write, zhanggui};

const LOG: &str = "SessionId\tItemId\tTime
1\tA 1\t100
1\t007\t110
2\tA 1\t200.5
2\t007\t210
2\t42\t220
3\t42\t300
3\t帽子\t310
";

/// An index of a log; gives its path and the lines on stdout.
fn build(name: &str, log: impl AsRef<[u8]>, more: &[&str]) -> (String, Vec<Value>, Option<i32>) {
    let folder = folder(name);
    let clicks = write(&folder.join("clicks.tsv"), log);
    let index = string(folder.join("shop.zgrx"));
    let mut args = vec!["recommend", "build", &clicks, "-o", &index];
    args.extend_from_slice(more);
    let run = zhanggui(&args, "");
    (index, run.lines(), run.code)
}

fn items(line: &Value) -> Vec<&Value> {
    line["items"].as_array().expect("a list").iter().map(|item| &item["item"]).collect()
}

#[test]
fn lists_name_items_as_they_were_given_and_say_why() {
    let (index, lines, code) = build("recommend-lists", LOG, &[]);
    assert_eq!((code, lines.len()), (Some(0), 1));
    assert_eq!((&lines[0]["sessions"], &lines[0]["items"], &lines[0]["skipped"]), (&json!(3), &json!(4), &json!(0)));
    let stdin = "{\"id\":\"q\",\"session\":[\"A 1\"]}\n{\"id\":2,\"session\":[42]}\n{\"session\":[],\"k\":2}\n";
    let lines = zhanggui(&["recommend", "query", &index], stdin).succeeds().lines();
    assert_eq!((lines.len(), &lines[0]["id"], &lines[1]["id"]), (3, &json!("q"), &json!(2)));
    assert_eq!(items(&lines[0]), [&json!("007"), &json!("42"), &json!("帽子")]);
    assert_eq!(lines[0]["items"][0]["reason"], "viewed_after");
    assert_eq!(lines[0]["items"][0]["because"], json!({"item": "A 1", "sessions": 2}));
    // Numbers come back as numbers, and what is no number stays what it is.
    assert_eq!(lines[1]["items"][0]["because"]["item"], 42);
    assert!(items(&lines[1]).contains(&&json!("007")));
    assert_eq!(items(&lines[2]).len(), 2);
}

#[test]
fn what_was_seen_is_left_out_as_far_as_is_asked() {
    let (index, ..) = build("recommend-exclude", LOG, &[]);
    let list = |args: &[&str], line: &str| {
        let mut all = vec!["recommend", "query", &index];
        all.extend_from_slice(args);
        let lines = zhanggui(&all, line).succeeds().lines();
        items(&lines[0]).into_iter().map(|item| item.as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let session = "{\"session\":[\"A 1\",\"007\"]}";
    let without = |list: &[String], item: &str| !list.iter().any(|other| other == item);
    let seen = list(&[], session);
    assert!(without(&seen, "A 1") && without(&seen, "007"), "{seen:?}");
    let last = list(&["--exclude", "last"], session);
    assert!(!without(&last, "A 1") && without(&last, "007"), "{last:?}");
    let none = list(&["--exclude", "none", "--k", "9"], session);
    assert!(!without(&none, "A 1") && !without(&none, "007"), "{none:?}");
    let hidden = list(&[], "{\"session\":[\"A 1\"],\"hidden\":[\"007\"],\"dismissed\":[{\"item\":\"42\"}]}");
    assert_eq!(hidden, ["帽子"]);
}

#[test]
fn rows_and_lines_that_cannot_be_believed_are_told_and_passed_over() {
    let mut log = LOG.to_owned();
    log += "4\tA 1\tNaN\n4\tA 1\t-7\n4\n\tA 1\t7\n5\tA 1\t400\n5\tA 1\t400\n";
    writeln!(log, "6\t{}\t9", "x".repeat(70_000)).expect("text grows");
    let mut bytes = log.into_bytes();
    bytes.extend_from_slice(b"6\t\xff\t9\n7\tA 1\t500\n7\t42\t510\n");
    let (index, lines, code) = build("recommend-rows", bytes, &[]);
    assert_eq!(code, Some(1));
    let told: Vec<u64> = lines.iter().filter_map(|line| line["line"].as_u64()).collect();
    assert_eq!(told, [9, 10, 11, 12, 15, 16]);
    assert!(lines[0]["error"].as_str().is_some_and(|error| error.contains("NaN")));
    let summary = &lines[6];
    assert_eq!((&summary["skipped"], &summary["duplicates"], &summary["sessions"]), (&json!(6), &json!(1), &json!(5)));

    let stdin = "{\"session\":[\"A 1\"]}\nnope\n{\"id\":1}\n{\"session\":[{}]}\n{\"session\":[\"A 1\"],\"exclude\":\"most\"}\n{\"session\":[],\"k\":201}\n{\"session\":[\"A 1\"],\"price\":[9,1]}\n{\"session\":[\"42\"],\"hidden\":[\"A 1\",\"007\",\"帽子\"]}\n{\"session\":[\"unheard of\"]}\n";
    let run = zhanggui(&["recommend", "query", &index], stdin);
    assert_eq!(run.code, Some(1));
    let lines = run.lines();
    let told: Vec<u64> = lines.iter().filter_map(|line| line["line"].as_u64()).collect();
    assert_eq!(told, [2, 3, 4, 5, 6, 7]);
    assert_eq!(lines[7]["items"], json!([]), "{}", lines[7]);
    assert!(lines[7]["empty"].as_str().is_some_and(|why| why.contains("nothing may be shown")), "{}", lines[7]);
    assert_eq!(items(&lines[8]).len(), 4);
}

#[test]
fn what_the_catalog_does_not_sell_is_never_shown() {
    let folder = folder("recommend-feed");
    let feed = write(
        &folder.join("products.csv"),
        "id,title,brand,price,availability,product_type,link\n007,Silk scarf,Mu,30.00 CNY,out_of_stock,Scarves,https://shop.example/7\n42,Wool scarf,Mu,20.00 CNY,in_stock,Scarves,https://shop.example/42\nA 1,Cotton socks,He,10.00 CNY,in_stock,Socks,https://shop.example/1\nN9,Linen scarf,Mu,25.00 CNY,in_stock,Scarves,https://shop.example/9\n",
    );
    let (index, lines, code) = build("recommend-catalog", LOG, &["--catalog", &feed]);
    assert_eq!(code, Some(0));
    assert_eq!((&lines[0]["products"], &lines[0]["for_sale"]), (&json!(4), &json!(3)));
    let ask = |line: &str| zhanggui(&["recommend", "query", &index, "--exclude", "none"], line).succeeds().lines();
    for line in ["{\"session\":[\"A 1\"]}", "{\"session\":[]}", "{\"session\":[\"007\",\"帽子\"]}"] {
        let lines = ask(line);
        let mut names = items(&lines[0]);
        names.sort_by_key(|name| name.to_string());
        assert_eq!(names, [&json!("42"), &json!("A 1"), &json!("N9")], "{line}");
    }
    // What nobody has looked at yet is found by what it is.
    let lines = ask("{\"session\":[\"42\"]}");
    let new = lines[0]["items"].as_array().expect("a list").iter().find(|item| item["item"] == "N9");
    assert_eq!(new.map(|item| &item["reason"]), Some(&json!("same_category")));
    let cheap = ask("{\"session\":[\"42\"],\"price\":[0,15]}");
    assert_eq!(items(&cheap[0]), [&json!("A 1")]);
}

/// 1,200 shoppers who walk along shelves.
fn walks(from: u64, to: u64) -> String {
    let mut log = String::from("SessionId\tItemId\tTime\n");
    let mut state = 11_u64;
    for session in 0..to {
        for click in 0..3 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let item = session * 7 % 20 * 10 + (state >> 33) % 3 + click;
            if session >= from {
                writeln!(log, "{session}\tp{item}\t{}", session * 600 + click).expect("text grows");
            }
        }
    }
    log
}

#[test]
fn figures_by_protocol_frozen_and_streaming() {
    let (index, lines, _) = build("recommend-eval", walks(0, 1_200), &[]);
    assert!(lines[0]["learned"]["queries"].as_u64().is_some_and(|n| n >= 400), "{}", lines[0]);
    let later = write(&folder("recommend-eval-later").join("later.tsv"), walks(1_200, 1_400));
    let eval = |args: &[&str]| {
        let mut all = vec!["recommend", "eval", &index, &later];
        all.extend_from_slice(args);
        zhanggui(&all, "").succeeds().lines().remove(0)
    };
    let frozen = eval(&[]);
    for protocol in ["all", "nolast", "novel"] {
        let figures = &frozen["protocols"][protocol];
        for figure in ["HR@20", "MRR@20", "P@20", "R@20", "COV@20", "POP@20"] {
            assert!(figures[figure].as_f64().is_some_and(|value| (0.0..=1.0).contains(&value)), "{protocol} {figure}");
        }
    }
    assert_eq!((&frozen["protocols"]["all"]["n"], &frozen["inserted"]), (&json!(400), &json!(0)));
    assert!(frozen["protocols"]["all"]["HR@20"].as_f64() > Some(0.8), "{frozen}");
    let streamed = eval(&["--stream"]);
    assert!(streamed["inserted"].as_u64() > Some(190), "{streamed}");
    assert_eq!(eval(&["--cost"])["cost"]["brand_cap"]["all"]["HR@20"], 0.0);

    // Gzip, the same seed: the same bytes. Another index's forest travels.
    let bytes = std::fs::read(&index).expect("it was written");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, walks(0, 1_200).as_bytes()).expect("memory takes it");
    let (again, ..) = build("recommend-gzip", gzip.finish().expect("memory takes it"), &[]);
    assert!(std::fs::read(again).expect("it was written") == bytes);
    let (taken, lines, _) = build("recommend-reranker", walks(0, 1_200), &["--reranker", &index, "--default-knobs"]);
    assert_eq!(lines[0]["learned"]["all"]["trees"], 0);
    let (plain, ..) = build("recommend-plain", walks(0, 1_200), &["--reranker", "none", "--default-knobs"]);
    let length = |path: &str| std::fs::metadata(path).expect("it was written").len();
    assert_eq!(length(&taken) > length(&plain), bytes.len() as u64 > length(&plain));
}

#[test]
fn rows_to_learn_from_are_a_table() {
    let folder = folder("recommend-features");
    let clicks = write(&folder.join("clicks.tsv"), walks(0, 300));
    let rows = string(folder.join("rows.tsv"));
    zhanggui(&["recommend", "features", &clicks, "-o", &rows], "").succeeds();
    let table = std::fs::read_to_string(rows).expect("it was written");
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().expect("a header").split('\t').collect();
    assert_eq!(header[..4], ["query", "clicked", "base", "tuned"]);
    let clicked = lines.clone().filter(|line| line.split('\t').nth(1) == Some("1")).count();
    assert!(clicked > 50 && lines.all(|line| line.split('\t').count() == header.len()));
}

#[test]
fn calls_that_cannot_be_served_say_why() {
    let folder = folder("recommend-wrong");
    let out = string(folder.join("out.zgrx"));
    let file = |name: &str, text: &str| write(&folder.join(name), text);
    zhanggui(&["recommend", "build", &file("empty.tsv", ""), "-o", &out], "").fails(1, &["empty", "SessionId"]);
    zhanggui(&["recommend", "build", &file("header.tsv", "a\tb\n1\t2\n"), "-o", &out], "").fails(1, &["SessionId"]);
    zhanggui(&["recommend", "build", &file("rows.tsv", "SessionId\tItemId\tTime\n"), "-o", &out], "")
        .fails(1, &["no session"]);
    zhanggui(&["recommend", "query", &file("not.zgrx", "nonsense")], "").fails(1, &["recommend build"]);
    zhanggui(&["recommend", "query", "nowhere.zgrx"], "").fails(1, &["nowhere.zgrx"]);
    zhanggui(&["recommend", "query", &out, "--exclude", "some"], "").fails(2, &["some"]);
    assert!(!std::path::Path::new(&out).exists());
}
