//! `zhanggui kb upkeep`: signals in, what to look at out.

use serde_json::{Value, json};

use crate::{folder, shop, string, write, zhanggui};

const KNOWLEDGE: &str = "\
---
lang: zh
verified: 2026-11-01
---
## 怎么退货? {#return}

订单页申请。

## 几天发货? {#ship}

付款后 48 小时内发货。

## 羊毛围巾多少钱? {#scarf-price}
product: scarf-1

羊毛围巾 129 元一条。

## 礼盒怎么收费? {#gift}

羊毛围巾可以装礼盒。

## 会员有什么好处? {#member}

会员满 129 元减十元。

## 双十一什么时候发货? {#festival}
valid_until: 2026-11-20

五天内。

## 双十二有什么活动? {#next}
valid_until: 2026-12-05

满二百减二十。

## 门店在哪里? {#store}
verified: 2023-11-01

人民路 1 号。
";

struct Shop {
    sources: String,
    signals: String,
}

/// Runs over the knowledge above on 29 November 2026.
fn upkeep(name: &str, signals: &[Value], more: &[&str]) -> Vec<Value> {
    let shop = Shop::of(name, signals);
    shop.run(more)
}

impl Shop {
    fn of(name: &str, signals: &[Value]) -> Self {
        let folder = folder(name);
        let lines: String = signals.iter().map(|signal| format!("{signal}\n")).collect();
        Self { sources: write(&folder.join("faq.md"), KNOWLEDGE), signals: write(&folder.join("signals.jsonl"), lines) }
    }

    fn run(&self, more: &[&str]) -> Vec<Value> {
        let args = ["kb", "upkeep", &self.sources, "--signals", &self.signals, "--today", "2026-11-29", "--k", "0"];
        let args: Vec<&str> = args.into_iter().chain(more.iter().copied()).collect();
        zhanggui(&args, "").succeeds().lines()
    }
}

fn of<'r>(rows: &'r [Value], entry: &str) -> &'r Value {
    rows.iter().find(|row| row["entry"] == entry).unwrap_or_else(|| panic!("{entry} is not in {rows:#?}"))
}

fn kinds(row: &Value) -> Vec<&str> {
    row["reasons"].as_array().expect("a list").iter().map(|reason| reason["kind"].as_str().expect("a kind")).collect()
}

fn score(row: &Value) -> f64 {
    row["score"].as_f64().expect("a number")
}

fn vote(entry: &str, helpful: bool, at: &str, by: &str) -> Value {
    json!({"type": "feedback", "entry": entry, "helpful": helpful, "at": at, "by": by})
}

#[test]
fn dates_alone_give_a_list_with_places() {
    let rows = upkeep("upkeep-dates", &[], &[]);
    let ids: Vec<&str> = rows.iter().map(|row| row["entry"].as_str().expect("an id")).collect();
    assert_eq!(ids, ["festival", "next", "store"]);
    assert_eq!(rows.iter().map(|row| row["rank"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    assert_eq!(rows.iter().map(kinds).collect::<Vec<_>>(), [["expired"], ["expiring"], ["stale"]]);
    let row = &rows[0];
    assert_eq!((&row["source"], &row["file"], &row["line"]), (&json!("faq.md#festival"), &json!("faq.md"), &json!(26)));
    assert!(row["reasons"][0]["detail"].as_str().expect("text").contains("2026-11-20"), "{row}");
    assert!(rows.iter().all(|row| !row["suggestion"].as_str().expect("text").is_empty()), "{rows:#?}");
}

#[test]
fn votes_count_by_how_sure_they_make_and_whom_they_reach() {
    let mut signals = Vec::new();
    // Ten of twelve, of whom many ask; one of one; three of forty.
    for at in 0..12 {
        signals.push(vote("return", at < 2, "2026-11-28", &format!("a{at}")));
    }
    for at in 0..40 {
        signals.push(json!({"type": "answered", "entry": "return", "at": "2026-11-27", "by": format!("b{at}")}));
        signals.push(vote("gift", at >= 3, "2026-11-28", &format!("c{at}")));
    }
    signals.push(vote("ship", false, "2026-11-28", "d"));
    let rows = upkeep("upkeep-votes", &signals, &[]);
    assert_eq!((&rows[0]["entry"], kinds(&rows[0])), (&json!("return"), vec!["unhelpful"]));
    assert_eq!(rows[0]["reasons"][0]["n"], 10);
    assert!(score(&rows[0]) > 10.0 && score(of(&rows, "gift")) < 3.0 && score(of(&rows, "ship")) < 1.0, "{rows:#?}");
    assert!(score(of(&rows, "gift")) > score(of(&rows, "store")), "{rows:#?}");

    // The same half a year ago says next to nothing.
    let old: Vec<Value> = signals
        .iter()
        .map(|signal| {
            let mut signal = signal.clone();
            signal["at"] = json!("2026-05-29");
            signal
        })
        .collect();
    let aged = upkeep("upkeep-votes-old", &old, &[]);
    assert!(score(of(&aged, "return")) < score(of(&rows, "return")) / 4.0, "{aged:#?}");
}

#[test]
fn one_person_counts_once_and_the_last_word_holds() {
    let mut signals = vec![vote("return", false, "2026-11-28", "a")];
    let one = score(of(&upkeep("upkeep-once", &signals, &[]), "return"));
    for _ in 0..500 {
        signals.push(vote("return", false, "2026-11-28", "a"));
        signals.push(json!({"type": "answered", "entry": "return", "at": "2026-11-28", "by": "a"}));
        signals.push(json!({"type": "miss", "text": "能自提吗", "by": "a"}));
    }
    let rows = upkeep("upkeep-spam", &signals, &[]);
    assert_eq!(score(of(&rows, "return")), one);
    let miss = rows.iter().find(|row| row["entry"].is_null()).expect("a question");
    assert!(miss["reasons"][0]["n"] == 1 && score(miss) < 0.2, "{miss}");
    // Lines may come in any order; a later day is the last word.
    signals.insert(0, vote("return", true, "2026-11-29", "a"));
    assert!(upkeep("upkeep-last-word", &signals, &[]).iter().all(|row| row["entry"] != "return"));
}

#[test]
fn one_question_in_many_words_is_one_row() {
    let wordings = [
        "可以到店自提吗",
        "能不能自提",
        "我想自提",
        "支持自提吗",
        "自提怎么弄",
        "可以自己去店里自提吗",
        "自提点有吗",
        "請問可以自提嗎",
        "能自提不",
        "到店自提可以吗",
    ];
    let mut signals: Vec<Value> = (0..30)
        .map(|at| json!({"type": "miss", "text": wordings[at % wordings.len()], "at": "2026-11-28", "by": at}))
        .collect();
    signals.push(json!({"type": "handoff", "text": "能不能自提", "at": 1_795_910_400_000_i64, "by": "p"}));
    // A wording away from an entry; something else; somebody who wants a person and says no more.
    for at in 0..5 {
        signals.push(json!({"type": "miss", "text": "怎么把货退了", "at": "2026-11-28", "by": at}));
        signals.push(json!({"type": "handoff", "text": "转人工客服", "at": "2026-11-28", "by": at}));
    }
    signals.push(json!({"type": "miss", "text": "我的电话是 13812345678，能代写贺卡吗", "lang": "zh", "by": "x"}));
    let rows = upkeep("upkeep-misses", &signals, &[]);
    let first = &rows[0];
    assert_eq!(
        (&first["entry"], &first["source"], kinds(first)),
        (&Value::Null, &Value::Null, vec!["miss", "handoff"])
    );
    assert_eq!((&first["reasons"][0]["n"], &first["reasons"][1]["n"]), (&json!(30), &json!(1)), "{first}");
    assert!(score(first) > 20.0 && first["examples"].as_array().expect("a list").len() == 5, "{first}");
    assert!(first["question"].as_str().expect("text").contains("自提"), "{first}");
    let near = of(&rows, "return");
    assert_eq!((kinds(near), &near["reasons"][0]["n"]), (vec!["miss"], &json!(5)), "{near}");
    assert!(near["suggestion"].as_str().expect("text").contains("怎么把货退了"), "{near}");
    let text = json!(rows).to_string();
    assert!(!text.contains("13812345678") && text.contains("贺卡") && !text.contains("人工客服"), "{text}");
}

#[test]
fn a_change_of_the_catalog_leads_to_what_speaks_of_it() {
    let change = |field: &str, old: Value, new: Value, at: &str| json!({"type": "catalog_change", "product": "scarf-1", "field": field, "old": old, "new": new, "at": at});
    let feed = "id,title,description,link,price,availability\nscarf-1,羊毛围巾,软,https://shop.example/1,139.00 CNY,in_stock\n";
    let feed = write(&folder("upkeep-feed").join("feed.csv"), feed);
    let catalog = ["--catalog", feed.as_str()];
    let rows = upkeep("upkeep-catalog", &[change("price", json!(129.0), json!("139.00 CNY"), "2026-11-25")], &catalog);
    let price = of(&rows, "scarf-price");
    assert_eq!((&rows[0], kinds(price)[0]), (price, "catalog_change"));
    assert!(price["reasons"][0]["detail"].as_str().expect("text").contains("139.00 CNY"), "{price}");
    // Named by its title, and without the price; the same amount, of something else.
    let [gift, member] = ["gift", "member"].map(|entry| score(of(&rows, entry)));
    assert!(score(price) > 0.8 && gift < 0.2 && member < 0.2, "{rows:#?}");
    assert!(rows.iter().all(|row| row["entry"] != "ship"), "{rows:#?}");
    // Whoever checked it since may have meant it; and what says the new value needs nobody.
    let early = upkeep("upkeep-checked", &[change("price", json!("129.00"), json!("159"), "2026-10-01")], &[]);
    assert!(score(of(&early, "scarf-price")) < 0.5, "{early:#?}");
    let done = upkeep("upkeep-done", &[change("price", json!("99"), json!("¥129"), "2026-11-25")], &[]);
    assert!(done.iter().all(|row| row["entry"] != "scarf-price"), "{done:#?}");
}

#[test]
fn what_nobody_asks_for_is_told_where_enough_was_asked() {
    let answers = |n: usize| -> Vec<Value> {
        let day = |at: usize| if at.is_multiple_of(2) { "2026-10-20" } else { "2026-11-28" };
        let one = |at| json!({"type": "answered", "entry": "return", "at": day(at), "by": at});
        (0..n).map(one).collect()
    };
    let rows = upkeep("upkeep-never", &answers(120), &[]);
    assert_eq!(kinds(of(&rows, "ship")), ["never_asked"]);
    assert!(score(of(&rows, "ship")) < score(of(&rows, "store")), "{rows:#?}");
    assert_eq!(upkeep("upkeep-few", &answers(20), &[]).len(), 3);
}

#[test]
fn lines_that_cannot_be_read_are_told_and_the_rest_counts() {
    let folder = folder("upkeep-malformed");
    let sources = write(&folder.join("faq.md"), KNOWLEDGE);
    let mut text = b"{\"type\":\"feedback\",\"entry\":\"return\",\"helpful\":false,\"by\":1}\n\nnot json\n{\"type\":\"dance\"}\n\
        {\"type\":\"feedback\",\"entry\":\"return\",\"helpful\":false,\"at\":\"soon\"}\n{\"type\":\"answered\",\"entry\":\"gone\"}\n\xff\n"
        .to_vec();
    let signals = write(&folder.join("signals.jsonl"), &text);
    let args = ["kb", "upkeep", &sources, "--signals", &signals, "--today", "2026-11-29"];
    let run = zhanggui(&args, "");
    let lines = run.lines();
    let wrong: Vec<u64> =
        lines.iter().filter_map(|line| line["line"].as_u64().filter(|_| line["error"].is_string())).collect();
    assert_eq!((run.code, wrong), (Some(1), vec![3, 4, 5, 7]), "{}", run.out);
    assert!(run.err.contains("gone") && run.err.lines().count() == 1, "{}", run.err);
    assert_eq!(of(&lines, "return")["reasons"][0]["n"], 1);
    // From stdin, and over a bundle: the same list, which knows no lines.
    text.truncate(text.iter().position(|byte| *byte == b'\n').expect("a line") + 1);
    let bundle = string(folder.join("faq.zgkb"));
    zhanggui(&["kb", "build", &sources, "-o", &bundle], "").succeeds();
    let run = |knowledge: &str| {
        let args = ["kb", "upkeep", knowledge, "--signals", "-", "--today", "2026-11-29", "-k", "2"];
        zhanggui(&args, &text).succeeds().lines()
    };
    let (mut by_source, by_bundle) = (run(&sources), run(&bundle));
    assert_eq!(by_source.len(), 2);
    for row in &mut by_source {
        row.as_object_mut().expect("an object").remove("line");
    }
    assert_eq!(by_source, by_bundle);
}

#[test]
fn wrong_calls_say_what_they_lack() {
    let folder = folder("upkeep-wrong");
    let missing = string(folder.join("missing.jsonl"));
    zhanggui(&["kb", "upkeep", shop(), "--signals", &missing], "").fails(1, &["cannot read", &missing]);
    zhanggui(&["kb", "upkeep", &missing], "").fails(1, &["cannot read", &missing]);
    zhanggui(&["kb", "upkeep", shop(), shop()], "").fails(1, &["is a bundle"]);
    zhanggui(&["kb", "upkeep", shop(), "--today", "soon"], "").fails(2, &["YYYY-MM-DD"]);
    let notes = write(&folder.join("notes.md"), "## q\n\na\n");
    zhanggui(&["kb", "upkeep", shop(), "--catalog", &notes], "").fails(1, &["no products"]);
    let cut = write(&folder.join("cut.zgkb"), "ZGKB");
    zhanggui(&["kb", "upkeep", &cut], "").fails(1, &["is cut"]);
}
