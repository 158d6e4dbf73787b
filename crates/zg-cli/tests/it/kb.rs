//! `zhanggui kb`.

use std::path::Path;

use serde_json::{Value, json};

use crate::{folder, models, root, shop, string, write, zhanggui};

const ENTRIES: &str = r#"{"id":"ship","question":"几天发货?","variants":["什么时候发货","多久发"],"answer":"48 小时内。","category":"shipping","lang":"zh-CN","product":"sku-7","valid_until":"2999-12-31","intent":"shipping_time","verified":"2026-11-01"}

{"question":"How long?","answer":"Two days."}
{"id":"old","question":"双十一发货?","answer":"五天。","valid_until":"2020-11-20"}
"#;

#[test]
fn the_demo_shop_compiles_and_every_byte_of_it_is_sound() {
    let inspected = zhanggui(&["kb", "inspect", shop()], "").succeeds().lines();
    let (report, n_bytes) = (&inspected[0], std::fs::metadata(shop()).expect("the bundle is there").len());
    assert_eq!((inspected.len(), &report["bytes"], &report["format"]), (1, &json!(n_bytes), &json!(3)));
    let n_entries = report["entries"].as_u64().expect("a number");
    assert!(n_entries > 100 && report["questions"].as_u64().expect("a number") > n_entries, "{report}");
    let verified = zhanggui(&["kb", "verify", shop()], "").succeeds().lines();
    assert_eq!((&verified[0]["ok"], &verified[0]["entries"]), (&json!(true), &report["entries"]));
}

#[test]
fn building_twice_and_from_elsewhere_gives_the_same_bytes() {
    let folder = folder("twice");
    let knowledge = string(root().join("demo/knowledge"));
    let second = string(folder.join("new/folder/second.zgkb"));
    let run = zhanggui(&["kb", "build", &knowledge, "-o", &second], "").succeeds();
    assert_eq!((run.out.as_str(), run.err.lines().count()), ("", 1), "{}", run.err);
    assert_eq!(std::fs::read(&second).expect("built"), std::fs::read(shop()).expect("built"));

    let copy = folder.join("copy");
    std::fs::create_dir_all(&copy).expect("the folder can be made");
    let source = write(&folder.join("faq.md"), "## 几天发货?\n\n两天。\n");
    let copied = write(&copy.join("faq.md"), "## 几天发货?\n\n两天。\n");
    let built = [source, copied].map(|source| {
        let out = string(folder.join("one.zgkb"));
        zhanggui(&["kb", "build", &source, "-o", &out], "").succeeds();
        std::fs::read(out).expect("built")
    });
    assert_eq!(built[0], built[1]);
}

#[test]
fn json_lines_with_every_field() {
    let folder = folder("jsonl");
    let out = string(folder.join("out.zgkb"));
    let bom = format!("\u{feff}{}", ENTRIES.replace('\n', "\r\n"));
    let array: Vec<Value> =
        ENTRIES.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let sources = [
        write(&folder.join("faq.jsonl"), ENTRIES),
        write(&folder.join("windows.jsonl"), bom),
        write(&folder.join("faq.json"), json!(array).to_string()),
    ];
    for source in sources {
        zhanggui(&["kb", "build", &source, "-o", &out], "").succeeds();
        let stdin =
            "{\"id\":1,\"text\":\"什么时候发货\"}\n{\"id\":2,\"text\":\"how long\"}\n{\"id\":3,\"text\":\"双十一\"}\n";
        let lines = zhanggui(&["kb", "search", &out, "--k", "1"], stdin).succeeds().lines();
        let hit = &lines[0]["hits"][0];
        let name = source.rsplit('/').next().expect("a name");
        assert_eq!((&hit["entry"], &hit["source"]), (&json!("ship"), &json!(format!("{name}#ship"))));
        assert_eq!((&hit["verified"], &hit["valid_until"]), (&json!("2026-11-01"), &json!("2999-12-31")));
        let made = lines[1]["hits"][0]["entry"].as_str().expect("an id");
        assert!(made.starts_with("q-"), "{made}");
        assert_eq!(lines[1]["hits"][0]["valid_until"], Value::Null);
        // What is past is in the bundle and is never found.
        assert_eq!(lines[2]["hits"], json!([]));
        let report = &zhanggui(&["kb", "inspect", &out], "").succeeds().lines()[0];
        assert_eq!((&report["entries"], &report["questions"]), (&json!(3), &json!(5)));
        assert_eq!(report["languages"], json!({"en": 1, "zh": 1, "zh-CN": 1}));
    }
}

#[test]
fn measuring_search_counts_ranks_and_tells_what_nothing_answers() {
    let folder = folder("eval-search");
    let entries = "{\"id\":\"a\",\"question\":\"怎么退货\",\"answer\":\"一\"}\n{\"id\":\"b\",\"question\":\"几天发货\",\"answer\":\"二\"}\n";
    let entries = write(&folder.join("entries.jsonl"), entries);
    let bundle = string(folder.join("two.zgkb"));
    zhanggui(&["kb", "build", &entries, "-o", &bundle], "").succeeds();
    let query = |text: &str, gold: &[&str]| json!({"text": text, "gold": gold}).to_string() + "\n";
    let inside = [query("怎么退货", &["a"]), query("怎么退货", &["a", "b"]), query("怎么退货", &["b"])].concat();
    let all = json!({"n": 3, "recall_at_1": 0.6667, "recall_at_3": 1.0, "recall_at_10": 1.0, "mrr_at_10": 0.8333});
    let figures = |text: &str| {
        let queries = write(&folder.join("queries.jsonl"), text);
        zhanggui(&["eval", "search", &bundle, &queries], "").succeeds().lines().remove(0)
    };
    assert_eq!((&figures(&inside)["all"], &figures(&inside)["scope"]), (&all, &json!(null)));
    // Every query inside is word for word a question: above the one that finds nothing, level with the one that is too.
    let both = figures(&(inside + &query("zzzz", &[]) + &query("怎么退货", &[])));
    assert_eq!((&both["all"], &both["scope"]), (&all, &json!({"n_out_of_scope": 2, "auroc": 0.75})));
    assert_eq!(figures("")["all"]["n"], 0);
}

#[test]
fn searching_keeps_order_ids_and_bounds() {
    let mut stdin = String::new();
    for at in 0..20 {
        stdin.push_str(&json!({"id": format!("q{at}"), "text": "退货运费谁出"}).to_string());
        stdin.push('\n');
    }
    stdin.push_str("{\"id\":\"none\",\"text\":\"\"}\nnot json\n{\"id\":\"last\",\"text\":\"return\"}\n");
    let run = zhanggui(&["kb", "search", shop(), "-k", "3"], stdin);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""));
    let lines = run.lines();
    assert_eq!(lines.len(), 23);
    for (at, line) in lines[..20].iter().enumerate() {
        assert_eq!(line["id"], format!("q{at}"));
        let hits = line["hits"].as_array().expect("a list");
        assert_eq!(hits.len(), 3);
        for hit in hits {
            let mut keys: Vec<&str> = hit.as_object().expect("an object").keys().map(String::as_str).collect();
            keys.sort_unstable();
            assert_eq!(keys, ["entry", "score", "source", "valid_until", "verified"]);
        }
        let scores: Vec<f64> = hits.iter().map(|hit| hit["score"].as_f64().expect("a number")).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b) && scores[0] <= 1.0 && scores[2] > 0.0, "{scores:?}");
        assert_eq!(line["hits"], lines[0]["hits"]);
    }
    assert_eq!((&lines[20]["id"], &lines[20]["hits"]), (&json!("none"), &json!([])));
    assert_eq!(lines[21]["line"], 22);
    assert!(lines[22]["hits"][0]["entry"].as_str().expect("an id").ends_with("-en"), "{}", lines[22]);
    assert_eq!(zhanggui(&["kb", "search", shop()], "").succeeds().out, "");
    let none = zhanggui(&["kb", "search", shop(), "-k", "0"], "{\"text\":\"退货\"}\n").succeeds().lines();
    assert_eq!(none[0]["hits"], json!([]));
}

#[test]
fn lint_names_file_line_rule_and_severity() {
    let folder = folder("lint");
    write(
        &folder.join("a.md"),
        "---\nlang: zh\n---\n## 怎么退货? {#a}\nverified: soon\n\n甲。\n\n## 怎麼退貨? {#b}\ncolour: red\n\n乙。\n",
    );
    write(
        &folder.join("b.jsonl"),
        "{\"question\":\"q\"}\n{\"question\":\"x\",\"answer\":\"y\",\"verified\":\"never\"}\n",
    );
    write(&folder.join("c.csv"), "question,answer\r\n几天发货?\r\n");
    write(&folder.join(".hidden.md"), "---\n");
    write(&folder.join("notes.txt"), "passed over");
    let sources = string(&folder);
    let run = zhanggui(&["kb", "lint", &sources], "").succeeds();
    let found: Vec<(String, u64, String, String)> = run
        .lines()
        .iter()
        .map(|line| {
            let text = |name: &str| line[name].as_str().expect("text").to_owned();
            assert!(!text("message").is_empty());
            (text("file"), line["line"].as_u64().expect("a number"), text("rule"), text("severity"))
        })
        .collect();
    let finding =
        |file: &str, line, rule: &str, severity: &str| (file.to_owned(), line, rule.to_owned(), severity.to_owned());
    assert_eq!(
        found,
        [
            finding("a.md", 5, "date", "error"),
            finding("a.md", 9, "duplicate", "warning"),
            finding("a.md", 10, "unknown-field", "warning"),
            finding("b.jsonl", 1, "json", "error"),
            finding("b.jsonl", 2, "date", "error"),
            finding("c.csv", 2, "csv", "error"),
        ]
    );
    assert_eq!(zhanggui(&["kb", "lint", &sources, "--strict"], "").code, Some(1));
    let out = string(folder.join("out.zgkb"));
    let strict = zhanggui(&["kb", "build", &sources, "-o", &out, "--strict"], "");
    assert_eq!((strict.code, std::fs::exists(&out).expect("can be asked")), (Some(1), false));
    // Without it the good entries are compiled, and the line says what was wrong.
    let built = zhanggui(&["kb", "build", &sources, "-o", &out], "").succeeds();
    assert!(built.err.contains("3 entries") && built.err.contains("4 errors"), "{}", built.err);
}

#[test]
fn the_demo_shops_knowledge_has_no_errors() {
    let run = zhanggui(&["kb", "lint", &string(root().join("demo/knowledge")), "--strict"], "");
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{}", run.out);
}

#[test]
fn what_is_said_twice_is_kept_once_unless_asked() {
    let folder = folder("duplicates");
    let source = write(
        &folder.join("faq.csv"),
        "id,question,answer\na,几天发货?,两天。\nb,幾天發貨？,两天。\nc,几天发货?,三天。\n",
    );
    let out = string(folder.join("out.zgkb"));
    for (flag, n) in [(None, 2), (Some("--keep-duplicates"), 3)] {
        let args: Vec<&str> = ["kb", "build", &source, "-o", &out].into_iter().chain(flag).collect();
        zhanggui(&args, "").succeeds();
        assert_eq!(zhanggui(&["kb", "inspect", &out], "").succeeds().lines()[0]["entries"], n);
    }
}

#[test]
fn the_help_page_escapes_what_authors_write() {
    let folder = folder("help-page");
    let source = write(
        &folder.join("faq.jsonl"),
        json!({"id": "a", "question": "<b>粗</b>?", "answer": "</details><script>alert(1)</script>\n\n\"二\""})
            .to_string(),
    );
    let (out, page) = (string(folder.join("out.zgkb")), string(folder.join("help.html")));
    zhanggui(&["kb", "build", &source, "-o", &out], "").succeeds();
    zhanggui(&["kb", "help-page", &out, "-o", &page, "--title", "帮助 <i>"], "").succeeds();
    let html = std::fs::read_to_string(page).expect("written");
    assert!(html.contains("<title>帮助 &lt;i&gt;</title>") && html.contains("&lt;b&gt;粗&lt;/b&gt;"), "{html}");
    assert!(!html.contains("<script") && !html.contains("<b>") && html.contains("id=\"a\""), "{html}");
}

#[test]
fn an_update_is_made_signed_verified_and_applied() {
    let folder = folder("update");
    let at = |name: &str| string(folder.join(name));
    for (name, days) in [("old", "七"), ("new", "十五")] {
        let text = format!(
            "---\nlang: zh\n---\n## 几天能退货? {{#return}}\n\n{days}天内。\n\n## 怎么付款? {{#pay}}\n\n微信。\n"
        );
        // The same name in two folders: a bundle remembers the names of its files.
        std::fs::create_dir_all(folder.join(name)).expect("the folder can be made");
        let source = write(&folder.join(name).join("faq.md"), text);
        zhanggui(&["kb", "build", &source, "-o", &at(&format!("{name}.zgkb"))], "").succeeds();
    }
    let [old, new, delta, updated] = ["old.zgkb", "new.zgkb", "update.zgkd", "updated.zgkb"].map(at);
    zhanggui(&["kb", "diff", &old, &new, "-o", &delta], "").succeeds();
    // What is no plain file is written to, never replaced: as root a device would be gone for everybody.
    #[cfg(unix)]
    {
        let (link, target) = (folder.join("link.zgkd"), folder.join("target.zgkd"));
        let _ = (std::fs::remove_file(&link), std::fs::remove_file(&target));
        std::os::unix::fs::symlink(&target, &link).expect("a link can be made");
        zhanggui(&["kb", "diff", &old, &new, "-o", &string(link.clone())], "").succeeds();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read(&target).expect("written"), std::fs::read(&delta).expect("written"));
    }
    zhanggui(&["kb", "apply", &old, &delta, "-o", &updated], "").succeeds();
    assert_eq!(std::fs::read(&updated).expect("written"), std::fs::read(&new).expect("built"));
    // Another base, and a damaged delta: nothing is written.
    zhanggui(&["kb", "apply", &new, &delta, "-o", &at("wrong.zgkb")], "").fails(1, &["fetch the whole bundle"]);
    let mut bytes = std::fs::read(&delta).expect("written");
    // Not the last one: of that one the coder may not need every bit.
    let at_edit = bytes.len() - 6;
    bytes[at_edit] ^= 0x55;
    let damaged = write(&folder.join("damaged.zgkd"), bytes);
    zhanggui(&["kb", "apply", &old, &damaged, "-o", &at("wrong.zgkb")], "").fails(1, &["was not written"]);
    assert!(!folder.join("wrong.zgkb").exists());

    for name in ["shop.key", "other.key", "shop.key.pub", "other.key.pub"] {
        let _ = std::fs::remove_file(folder.join(name));
    }
    let [key, other] = ["shop.key", "other.key"].map(at);
    let made = zhanggui(&["kb", "keygen", "-o", &key], "").succeeds().lines();
    zhanggui(&["kb", "keygen", "-o", &other], "").succeeds();
    zhanggui(&["kb", "keygen", "-o", &key], "").fails(1, &["never overwritten"]);
    let [public, stranger] = [format!("{key}.pub"), format!("{other}.pub")];
    for file in [&new, &delta] {
        zhanggui(&["kb", "sign", file, "--key", &key], "").succeeds();
    }
    let verified = zhanggui(&["kb", "verify", &new, "--key", &stranger, "--key", &public], "").succeeds().lines();
    assert_eq!((&verified[0]["ok"], &verified[0]["signed_by"]), (&json!(true), &made[0]["key"]));
    zhanggui(&["kb", "verify", &new, "--key", &stranger], "").fails(1, &["key"]);
    zhanggui(&["kb", "verify", &old, "--key", &public], "").fails(1, &["cannot read"]);
    // The signature of one file is none of another.
    let borrowed = format!("{new}.sig");
    zhanggui(&["kb", "verify", &old, "--key", &public, "--signature", &borrowed], "").fails(1, &["signature"]);
}

#[test]
fn what_is_typed_is_completed_and_what_is_read_is_told() {
    let stdin = "{\"id\":1,\"text\":\"tuihuo\"}\n{\"id\":2,\"text\":\"\"}\nnot json\n";
    let run = zhanggui(&["kb", "suggest", shop(), "--k", "3", "--lang", "zh-CN"], stdin);
    assert_eq!(run.code, Some(1));
    let lines = run.lines();
    let questions = lines[0]["suggestions"].as_array().expect("a list");
    assert_eq!(questions.len(), 3);
    assert!(questions.iter().all(|row| row["question"].as_str().expect("text").contains("退货")), "{questions:?}");
    assert_eq!((&lines[1]["suggestions"], &lines[2]["line"]), (&json!([]), &json!(3)));

    let folder = folder("collect");
    write(&folder.join("faq.html"), "<h2>几天发货？</h2><p>两天。</p><h2>几天发货？</h2><p>两天。</p>");
    let chats = write(
        &folder.join("chats.txt"),
        "顾客: 能开专票吗\n客服: 可以，下单时备注。\n顾客: 能开专票吗？\n客服: 可以，下单时备注。\n",
    );
    let told = zhanggui(&["kb", "collect", &string(folder.join("faq.html")), &chats], "").succeeds().lines();
    assert_eq!((&told[0]["kind"], &told[0]["entries"]), (&json!("html"), &json!(1)), "{told:?}");
    let asked = told.last().expect("a candidate");
    assert_eq!((&asked["n"], &asked["suggested_answer"]), (&json!(2), &json!("可以，下单时备注。")), "{told:?}");
}

/// One entry whose author gave an intent, one that the models are sure of, one that nobody knows.
const UNTOLD: &str = "## 怎么退货？ {#own}\nintent: invoice\ncategory: mine\n\n订单页申请。\n\n\
    ## 怎么申请退款，多久到账？\n\n三天。\n\n## 月亮上有几棵树？\n\n没有树。\n";

fn report(path: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("the report is there");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn the_models_say_what_no_author_said_and_the_report_who_said_it() {
    let folder = folder("classify");
    let at = |name: &str| string(folder.join(name));
    let source = write(&folder.join("faq.md"), UNTOLD);
    let build = |more: &[&str]| {
        let (out, told) = (at("out.zgkb"), at("report.jsonl"));
        let mut args = vec!["kb", "build", &source, "-o", &out, "--report", &told];
        args.extend(more);
        let run = zhanggui(&args, "").succeeds();
        (std::fs::read(&out).expect("built"), report(&told), run.err)
    };
    let (bytes, lines, _) = build(&["--models", &models()]);
    let said = |line: &Value| {
        [&line["intent"], &line["intent_by"], &line["category_by"]].map(|said| said.as_str().map(str::to_owned))
    };
    assert_eq!(said(&lines[0]), ["invoice", "author", "author"].map(|said| Some(said.to_owned())), "{lines:?}");
    assert_eq!(said(&lines[1])[..2], ["refund_status", "model"].map(|said| Some(said.to_owned())), "{lines:?}");
    assert!(lines[1]["confidence"].as_f64().expect("a number") >= 0.9 && lines[1]["line"] == json!(7), "{lines:?}");
    assert_eq!(said(&lines[2])[..2], ["", "nobody"].map(|said| Some(said.to_owned())), "{lines:?}");
    assert!(lines[1]["id"].as_str().expect("an id").starts_with("q-"), "{lines:?}");
    // An author has set a category, so that ours would stand out; among entries without any, it is the usual one.
    assert_eq!(lines[1]["category"], json!(""));

    let (plain, lines, err) = build(&["--no-models"]);
    assert!(plain != bytes && lines.iter().all(|line| line["intent_by"] != "model" && line["confidence"].is_null()));
    assert_eq!(err.lines().count(), 1, "{err}");
    // No models are no error.
    let (missing, _, err) = build(&["--models", &at("nowhere")]);
    assert!(missing == plain && err.starts_with("note: ") && err.contains("not a folder"), "{err}");
    let found = |more: &[&str]| {
        let mut args = vec!["kb", "lint", &source];
        args.extend(more);
        let lines = zhanggui(&args, "").succeeds().lines();
        lines.iter().any(|line| line["rule"] == "intent-mismatch")
    };
    assert!(found(&["--models", &models()]) && !found(&["--no-models"]));
    let collected = at("collected.jsonl");
    zhanggui(&["kb", "collect", &source, "--models", &models(), "--report", &collected], "").succeeds();
    assert_eq!(report(&collected)[1]["intent"], json!("refund_status"));
}

#[test]
fn a_cache_changes_nothing_but_the_time() {
    let folder = folder("cache");
    let at = |name: &str| string(folder.join(name));
    let (out, cache, models) = (at("out.zgkb"), at("models.cache"), models());
    let build = |cache: Option<&str>| {
        let source = at("faq.md");
        let mut args = vec!["kb", "build", &source, "-o", &out, "--models", &models];
        args.extend(cache.into_iter().flat_map(|cache| ["--cache", cache]));
        zhanggui(&args, "").succeeds();
        std::fs::read(&out).expect("built")
    };
    write(&folder.join("faq.md"), UNTOLD);
    let cold = build(None);
    assert_eq!((build(Some(&cache)), build(Some(&cache))), (cold.clone(), cold.clone()));
    let kept = std::fs::read(&cache).expect("kept");
    for at in [0, 3, 10, kept.len() / 2, kept.len() - 5, kept.len() - 1] {
        let mut damaged = kept.clone();
        damaged[at] ^= 0x55;
        for bytes in [damaged, kept[..at].to_vec(), b"no cache".to_vec(), Vec::new()] {
            write(Path::new(&cache), bytes);
            assert_eq!(build(Some(&cache)), cold, "damaged at {at}");
        }
    }
    assert_eq!(std::fs::read(&cache).expect("kept"), kept);
    write(&folder.join("faq.md"), format!("{UNTOLD}\n## 能开发票吗？\n\n可以开电子发票。\n"));
    let warm = build(Some(&cache));
    assert!(warm != cold && warm == build(None));
}

#[test]
fn the_products_of_a_feed_travel_in_the_bundle() {
    let folder = folder("products");
    let out = string(folder.join("out.zgkb"));
    let feed = write(
        &folder.join("feed.tsv"),
        "id\ttitle\tbrand\tmpn\tgtin\tprice\tavailability\tlink\nK1\t青瓷盖碗\t半山\tGW-07\t6901234567892\t99 CNY\tin stock\thttps://shop.example/k1\n",
    );
    zhanggui(&["kb", "build", &feed, "-o", &out, "--no-models"], "").succeeds();
    for command in ["inspect", "verify"] {
        let lines = zhanggui(&["kb", command, &out], "").succeeds().lines();
        assert_eq!((&lines[0]["products"], &lines[0]["entries"]), (&json!(1), &json!(1)), "{lines:?}");
    }
    let stdin = "{\"id\":1,\"text\":\"半山的青瓷蓋碗 6901234567892 还有吗\"}\n";
    let found = [&feed, &out].map(|catalog| {
        zhanggui(&["nlu", "--models", &models(), "--catalog", catalog], stdin).succeeds().lines()[0]["entities"].clone()
    });
    assert_eq!(found[0], found[1]);
    assert!(found[1].to_string().contains("K1"), "{found:?}");
    zhanggui(&["nlu", "--models", &models(), "--catalog", shop()], "").fails(1, &["no products"]);
}

/// A folder's files and their content.
fn content(folder: &std::path::Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).expect("the folder can be read").map(|item| {
        let item = item.expect("the folder can be read");
        (item.file_name().to_string_lossy().into_owned(), std::fs::read(item.path()).expect("a file"))
    });
    files.collect()
}

#[test]
fn a_published_folder_leads_from_version_to_version() {
    let folder = folder("publish");
    let bundles = ["7", "15", "30"].map(|days| {
        let rest: String =
            (0..200).map(|n| format!("## 第{n}件商品怎么保养? {{#c{n}}}\n\n温水洗第{n}件。\n\n")).collect();
        let text = format!("---\nlang: zh\n---\n## 几天能退货? {{#return}}\n\n{days}天内。\n\n{rest}");
        let source = write(&folder.join("faq.md"), text);
        let bundle = string(folder.join(format!("{days}.zgkb")));
        zhanggui(&["kb", "build", &source, "-o", &bundle], "").succeeds();
        bundle
    });
    let [key, out] = ["shop.key", "out"].map(|name| string(folder.join(name)));
    zhanggui(&["kb", "keygen", "-o", &key], "").succeeds();
    let public = format!("{key}.pub");
    let path = folder.join("out");
    let publish = |bundle: &str, more: &[&str]| {
        let mut lines = zhanggui(&[&["kb", "publish", bundle, "-o", &out], more].concat(), "").succeeds().lines();
        lines.pop().expect("a line")
    };

    let first = publish(&bundles[0], &["--key", &key]);
    assert_eq!((&first["version"], &first["changed"]), (&json!(1), &json!(true)));
    let before = content(&path);
    assert_eq!(publish(&bundles[0], &["--key", &key])["changed"], json!(false));
    assert_eq!(content(&path), before, "publishing the same again changes nothing");
    // What would be refused on every device is not written.
    zhanggui(&["kb", "publish", &bundles[1], "-o", &out], "").fails(1, &["--key"]);
    zhanggui(&["kb", "publish", &bundles[1], "-o", &out, "--key", &key, "--version", "1"], "").fails(1, &["older"]);
    zhanggui(&["kb", "publish", &string(folder.join("faq.md")), "-o", &out, "--key", &key], "")
        .fails(1, &["not published"]);
    assert_eq!(content(&path), before);

    publish(&bundles[1], &["--key", &key]);
    // A copy that somebody compressed must not outlive what it is of.
    write(&path.join("manifest.json.br"), "old");
    let third = publish(&bundles[2], &["--key", &key]);
    assert_eq!(third["version"], json!(3));
    assert!(!path.join("manifest.json.br").exists());
    let manifest = string(path.join("manifest.json"));
    zhanggui(&["kb", "verify", &string(path.join(third["bundle"].as_str().expect("a name")))], "").succeeds();
    let text = std::fs::read_to_string(&manifest).expect("written");
    let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let deltas = read["deltas"].as_array().expect("deltas");
    assert_eq!(deltas.len(), 2);
    // From the newest to the oldest, and each leads to the bundle.
    for (delta, base) in deltas.iter().zip([&bundles[1], &bundles[0]]) {
        let file = string(path.join(delta["file"].as_str().expect("a name")));
        let applied = string(folder.join("applied.zgkb"));
        zhanggui(&["kb", "apply", base, &file, "-o", &applied], "").succeeds();
        assert_eq!(std::fs::read(&applied).expect("written"), std::fs::read(&bundles[2]).expect("built"));
    }
    // As `kb sign` would have signed it.
    let signature = std::fs::read_to_string(format!("{manifest}.sig")).expect("signed");
    zhanggui(&["kb", "sign", &manifest, "--key", &key, "-o", &string(folder.join("again.sig"))], "").succeeds();
    assert_eq!(signature, std::fs::read_to_string(folder.join("again.sig")).expect("signed"));
    assert!(std::fs::read_to_string(public).expect("there").starts_with("zgkey-public-1:"));

    // Only what one version back still needs stays; what is not ours is left alone.
    write(&path.join("notes.txt"), "mine");
    publish(&bundles[0], &["--key", &key, "--previous", "1", "--version", "20"]);
    let last = publish(&bundles[1], &["--key", &key, "--previous", "1"]);
    assert_eq!((&last["version"], last["deltas"].as_array().map(Vec::len)), (&json!(21), Some(1)));
    let names = content(&path);
    assert_eq!(names.keys().filter(|name| name.ends_with(".zgkb")).count(), 2, "{names:?}");
    assert!(names.contains_key("notes.txt"));
    // A manifest that is none of ours is nobody's to overwrite.
    write(&path.join("manifest.json"), "{\"name\":\"an app\"}");
    zhanggui(&["kb", "publish", &bundles[2], "-o", &out, "--key", &key], "").fails(1, &["another folder"]);
}
