//! Products in `zhanggui chat`: a catalog and an index that travel in the bundle, wishes, sizes, and what is remembered.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{folder, string, write, zhanggui};

const FEED: &str = "id,title,description,link,image_link,availability,price,product_type,brand,material,size_guide
parka,长款羽绒服,冬天也不冷,https://shop.example/p/parka,https://shop.example/i/parka.jpg,in_stock,899.00 CNY,外套,Northwind,尼龙,S 155-162 42-50; M 160-168 48-56; L 166-174 54-64
anorak,防水冲锋衣,下雨也能走,https://shop.example/p/anorak,,in_stock,399.00 CNY,外套,Northwind,尼龙,S 155-165; M 163-172
boots,防水雨靴,,https://shop.example/p/boots,,in_stock,129.00 CNY,鞋,Southwind,橡胶,
sold,防水徒步鞋,,https://shop.example/p/sold,,out_of_stock,189.00 CNY,鞋,Southwind,橡胶,
socks,羊毛袜,三双,https://shop.example/p/socks,,in_stock,59.00 CNY,袜子,Southwind,羊毛,
";

/// A bundle with a catalog, and with an index where `indexed`.
fn bundle(name: &str, indexed: bool) -> String {
    let folder = folder(name);
    let faq = write(&folder.join("faq.csv"), "question,answer\n怎么退货,七天内可以退货\n");
    let feed = write(&folder.join("feed.csv"), FEED);
    let mut log = "SessionId\tItemId\tTime\n".to_owned();
    for visit in 0..40 {
        let _ = writeln!(log, "{visit}\tboots\t{}\n{visit}\tsocks\t{}", visit * 100, visit * 100 + 9);
    }
    let clicks = write(&folder.join("clicks.tsv"), log);
    let (index, bundle) = (string(folder.join("shop.zgrx")), string(folder.join("shop.zgkb")));
    zhanggui(&["recommend", "build", &clicks, "-o", &index, "--catalog", &feed], "").succeeds();
    let mut args = vec!["kb", "build", &faq, "-o", &bundle, "--catalog", &feed];
    if indexed {
        args.extend(["--recommend", &index]);
    }
    zhanggui(&args, "").succeeds();
    bundle
}

fn talk(bundle: &str, more: &[&str], events: &[Value]) -> Vec<Value> {
    let mut stdin = String::new();
    for (at, event) in events.iter().enumerate() {
        let mut event = event.clone();
        event["at"] = json!(1_795_305_600_000_i64 + at as i64 * 5_000);
        let _ = writeln!(stdin, "{event}");
    }
    let mut args = vec!["chat", bundle, "--no-models"];
    args.extend_from_slice(more);
    zhanggui(&args, &stdin).succeeds().lines()
}

fn say(text: &str) -> Value {
    json!({"type": "utterance", "text": text})
}

fn page(id: &str) -> Value {
    json!({"type": "page", "page": {"type": "product", "id": id, "title": id}})
}

/// The cards of the last reply of a turn: name and note.
fn cards(line: &Value) -> Vec<(String, String)> {
    let effects = line["effects"].as_array().expect("effects");
    let reply = effects.iter().rev().find(|effect| effect["type"] == "reply").expect("a reply");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let cards = reply["cards"].as_array().cloned().unwrap_or_default();
    cards.iter().map(|card| (text(&card["id"]), text(&card["note"]))).collect()
}

fn ids(line: &Value) -> Vec<String> {
    cards(line).into_iter().map(|(id, _)| id).collect()
}

fn text(line: &Value) -> String {
    let effects = line["effects"].as_array().expect("effects");
    effects.iter().filter_map(|effect| effect["text"].as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_wish_is_held_against_the_catalog() {
    let bundle = bundle("shopping-wishes", false);
    let lines =
        talk(&bundle, &[], &[say("推荐防水的，150以内"), say("怎么退货"), say("recommend something under 100 yuan")]);
    assert_eq!(cards(&lines[0]), [("boots".to_owned(), "符合：防水、预算".to_owned())]);
    assert_eq!(text(&lines[1]), "七天内可以退货", "knowledge answers as before");
    assert_eq!(ids(&lines[2]), ["socks"]);
    let card = &lines[0]["effects"][0]["cards"][0];
    assert_eq!((&card["price"], &card["url"]), (&json!("¥129.00"), &json!("/p/boots")));
}

#[test]
fn an_index_says_what_goes_with_what_was_looked_at() {
    let bundle = bundle("shopping-index", true);
    let inspected = zhanggui(&["kb", "inspect", &bundle], "").succeeds().lines();
    assert_eq!(inspected[0]["products"], 5);
    let index = string(std::path::Path::new(&bundle).with_extension("zgrx"));
    let events =
        [page("boots"), say("推荐一下"), json!({"type": "ordered", "items": ["boots"], "bought": true}), say("谢谢")];
    let lines = talk(&bundle, &[], &events);
    assert_eq!(lines, talk(&bundle, &["--recommend", &index], &events), "the bundle's own is as good");
    assert_eq!(cards(&lines[1])[0], ("socks".to_owned(), "看过「防水雨靴」的人也看它".to_owned()));
    assert!(!ids(&lines[1]).contains(&"sold".to_owned()));
    // What was bought is shown no more; what goes with it is shown once.
    assert_eq!(ids(&lines[3]), ["socks"]);
    assert!(text(&lines[3]).contains("和你买的「防水雨靴」搭配的"), "{}", text(&lines[3]));
    let tastes = lines[3]["tastes"].as_array().expect("tastes");
    assert!(tastes.iter().any(|taste| taste["kind"] == "category" && taste["value"] == "鞋"), "{tastes:?}");
}

#[test]
fn lists_may_come_from_outside() {
    let bundle = bundle("shopping-outside", false);
    let asks = talk(&bundle, &["--lists"], &[say("推荐一下")]);
    let wanted = &asks[0]["effects"][0];
    assert_eq!(
        (&wanted["type"], &wanted["id"], &wanted["occasion"]),
        (&json!("recommend"), &json!("l1"), &json!("chat"))
    );
    let item = |name: &str, reason: &str| json!({"item": name, "reason": reason});
    let list = json!({"type": "recommended", "id": "l1", "request": "q-7",
        "items": [item("unknown", "popular"), item("sold", "popular"), item("socks", "popular")]});
    let lines = talk(
        &bundle,
        &["--lists"],
        &[say("推荐一下"), list.clone(), list, json!({"type": "clicked", "item": "socks"})],
    );
    assert_eq!(cards(&lines[1])[0], ("socks".to_owned(), "最近看的人多".to_owned()));
    assert!(!ids(&lines[1]).iter().any(|id| id == "unknown" || id == "sold"));
    assert_eq!(lines[2]["effects"], json!([]), "a list comes once");
    let learnt = &lines[3]["effects"][0];
    assert_eq!((&learnt["kind"], &learnt["request"], &learnt["slot"]), (&json!("click"), &json!("q-7"), &json!(0)));
}

#[test]
fn a_size_comes_out_of_the_products_own_guide() {
    let bundle = bundle("shopping-sizes", false);
    let lines = talk(&bundle, &[], &[page("parka"), say("穿什么码合适"), say("160"), say("98斤")]);
    assert!(text(&lines[1]).contains("身高"));
    assert!(text(&lines[2]).contains("体重"));
    assert!(text(&lines[3]).contains("建议选 S / M"), "{}", text(&lines[3]));
    // Known by then; a guide without weights asks for none, and where none fits a person is offered.
    let lines =
        talk(&bundle, &[], &[page("anorak"), say("穿什么码合适"), say("190"), page("boots"), say("穿什么码合适")]);
    assert!(text(&lines[2]).contains("没有可靠的资料"), "{}", text(&lines[2]));
    assert!(!text(&lines[4]).contains("建议选"), "{}", text(&lines[4]));
}

#[test]
fn what_cannot_be_carried_is_told() {
    let folder = folder("shopping-wrong");
    let faq = write(&folder.join("faq.csv"), "question,answer\n怎么退货,七天内可以退货\n");
    let (feed, other) = (
        write(&folder.join("feed.csv"), FEED),
        write(&folder.join("other.tsv"), "SessionId\tItemId\tTime\n1\tx\t1\n1\ty\t2\n"),
    );
    let (index, bundle) = (string(folder.join("other.zgrx")), string(folder.join("shop.zgkb")));
    zhanggui(&["recommend", "build", &other, "-o", &index], "").succeeds();
    let fails = |args: &[&str], words: &str| {
        let run = zhanggui(args, "");
        assert_ne!(run.code, Some(0), "{args:?}");
        assert!(run.err.contains(words), "{}", run.err);
    };
    fails(&["kb", "build", &faq, "-o", &bundle, "--recommend", &index], "--catalog");
    fails(&["kb", "build", &faq, "-o", &bundle, "--catalog", &feed, "--recommend", &index], "are their ids the same?");
    fails(&["kb", "build", &faq, "-o", &bundle, "--catalog", &faq], "no products");
    fails(&["kb", "build", &faq, "-o", &bundle, "--catalog", &feed, "--recommend", &feed], "cannot use");
}
