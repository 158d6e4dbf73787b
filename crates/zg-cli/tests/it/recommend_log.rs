//! What a server has learned from, as other programs get it: exported, built from, judged by.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use zg_domain::{TenantId, Timestamp};
use zg_proto::recommendation::{CatalogProduct, ItemName};
use zg_server::storage::shop::{EventKind, NewEvent, NewEvents, NewProduct};
use zg_server::{Config, Hub};

use crate::{folder, string, write, zhanggui};

const START: i64 = 1_780_000_000_000;

fn event(id: String, kind: EventKind, item: &str, at: i64) -> NewEvent {
    NewEvent {
        id,
        kind,
        item: item.to_owned(),
        at,
        request: None,
        slot: None,
        reason: None,
        context: None,
        counted: true,
    }
}

fn list(request: &str, items: [&str; 3]) -> Value {
    let item = |name: &str| json!({"item": name, "score": 0.5, "propensity": 1.0});
    json!({
        "request": request, "at": START, "context": "product", "version": "v", "policy": "session", "exclude": "seen",
        "session": ["coat"], "items": items.map(item)
    })
}

/// A server's folder, as it is after sixty visitors: a list of the second item first, and all of them clicked the third.
fn history(data: &Path) {
    let config = Config { data_dir: data.to_owned(), ..Config::default() };
    let tenant = TenantId::new("default").expect("an id");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let storage = zg_server::storage::open(&config, &Arc::new(Hub::default())).await.expect("a database");
        let now = Timestamp::from_millis(START);
        let mut lists = String::new();
        for n in 0..60_u8 {
            let request = format!("{n:032x}");
            lists.push_str(&format!("{}\n", list(&request, ["hat", "scarf", "boots"])));
            let at = START + i64::from(n) * 1_000;
            let mut click = event("3".to_owned(), EventKind::Click, "scarf", at + 20);
            (click.request, click.slot) = (Some(request), Some(1));
            let events = vec![
                event("1".to_owned(), EventKind::View, "coat", at),
                event("2".to_owned(), EventKind::Impression, "hat", at + 10),
                click,
                // Forty minutes later is another visit; and what is not counted is in no log.
                event("4".to_owned(), EventKind::View, "a/b", at + 40 * 60_000),
                NewEvent { counted: false, ..event("5".to_owned(), EventKind::View, "junk", at) },
            ];
            let new = NewEvents { visitor: [n; 16], vouched: false, events };
            storage.add_events(&tenant, new, now).await.expect("written");
        }
        storage.add_lists(&tenant, lists, now).await.expect("written");
        let product = |item: &str, in_stock| NewProduct {
            product: CatalogProduct {
                item: ItemName(item.to_owned()),
                title: Some("围巾".to_owned()),
                category: Some("配饰".to_owned()),
                in_stock,
                ..CatalogProduct::default()
            },
            feed: None,
        };
        let products = vec![product("scarf", None), product("a/b", Some(false))];
        storage.put_products(&tenant, products).await.expect("written");
    });
}

fn read(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn what_was_learned_from_goes_to_other_programs() {
    let place = folder("recommend-export");
    let data = place.join("data");
    history(&data);
    let export = |format: &str, to: &str| {
        let (data, to) = (string(data.clone()), string(place.join(to)));
        let args = ["recommend", "export", "--format", format, "--data", &data, "-o", &to];
        zhanggui(&args, "").succeeds().lines().remove(0)
    };
    let done = export("gorse", "gorse");
    assert_eq!((&done["users"], &done["items"], &done["feedback"]), (&json!(60), &json!(2), &json!(300)));
    let feedback = read(&place.join("gorse/feedback.jsonl"));
    let user = "00".repeat(16);
    assert_eq!(
        feedback[2],
        json!({"FeedbackType": "click", "UserId": user, "ItemId": "scarf", "Timestamp": "2026-05-28T20:26:40.02Z", "Comment": ""})
    );
    assert!(feedback.iter().all(|line| !line["ItemId"].as_str().is_some_and(|id| id.contains('/'))));
    assert_eq!(read(&place.join("gorse/users.jsonl"))[0], json!({"UserId": user, "Labels": {}, "Comment": ""}));
    let items = read(&place.join("gorse/items.jsonl"));
    let hidden = items.iter().map(|item| (&item["ItemId"], &item["IsHidden"], &item["Categories"][0]));
    let mut hidden: Vec<String> = hidden.map(|item| format!("{item:?}")).collect();
    hidden.sort();
    assert!(hidden[0].contains("a%2Fb") && hidden[0].contains("true"), "{hidden:?}");
    assert!(hidden[1].contains("scarf") && hidden[1].contains("false") && hidden[1].contains("配饰"), "{hidden:?}");
    // A log that an index is made of.
    let done = export("tsv", "clicks.tsv");
    assert_eq!((&done["sessions"], &done["clicks"]), (&json!(120), &json!(180)));
    let (clicks, index) = (string(place.join("clicks.tsv")), string(place.join("shop.zgrx")));
    zhanggui(&["recommend", "build", &clicks, "-o", &index], "").succeeds();
    let lines = zhanggui(&["recommend", "query", &index], "{\"session\":[\"coat\"]}\n").succeeds().lines();
    assert_eq!(lines[0]["items"][0]["item"], "scarf");
    assert!(!std::fs::read_to_string(&clicks).expect("it is there").contains("junk"));
    // Lists with what was clicked; an index is taken where it is surely better, and not where it is the same.
    let done = export("lists", "lists.jsonl");
    assert_eq!((&done["lists"], &done["clicked"]), (&json!(60), &json!(60)));
    assert_eq!(read(&place.join("lists.jsonl"))[0]["clicked"], json!(["scarf"]));
    let lists = string(place.join("lists.jsonl"));
    let same = "SessionId\tItemId\tTime\n1\tcoat\t1\n1\that\t2\n2\tcoat\t3\n2\that\t4\n3\tcoat\t5\n3\tboots\t6\n";
    let same = write(&place.join("same.tsv"), same);
    let same_index = string(place.join("same.zgrx"));
    zhanggui(&["recommend", "build", &same, "-o", &same_index], "").succeeds();
    let judged = zhanggui(&["recommend", "judge", &same_index, &lists], "");
    assert_eq!((judged.code, &judged.lines()[0]["accept"]), (Some(1), &json!(false)), "{:?}", judged.lines());
    // In the second place is what everybody clicked.
    let better =
        "SessionId\tItemId\tTime\n1\tcoat\t1\n1\tgloves\t2\n2\tcoat\t3\n2\tgloves\t4\n3\tcoat\t5\n3\tscarf\t6\n";
    let better = write(&place.join("better.tsv"), better);
    let better_index = string(place.join("better.zgrx"));
    zhanggui(&["recommend", "build", &better, "-o", &better_index], "").succeeds();
    let judged = zhanggui(&["recommend", "judge", &better_index, &lists], "");
    let line = judged.lines().remove(0);
    assert_eq!((&line["live"]["mean"], &line["new"]["mean"]), (&json!(0.333_333), &json!(1.0)), "{line}");
}

#[test]
fn what_cannot_be_exported_or_judged_by_says_so() {
    let place = folder("recommend-export-wrong");
    let (nowhere, to) = (string(place.join("nowhere")), string(place.join("out")));
    let run = zhanggui(&["recommend", "export", "--format", "tsv", "--data", &nowhere, "-o", &to], "");
    run.fails(1, &["no database in"]);
    let clicks = write(&place.join("clicks.tsv"), "SessionId\tItemId\tTime\n1\ta\t1\n1\tb\t2\n");
    let index = string(place.join("shop.zgrx"));
    zhanggui(&["recommend", "build", &clicks, "-o", &index], "").succeeds();
    for (lists, why) in [("", "no lists of sessions"), ("{\"request\":1}\n", ":1: "), ("{\n", ":1: ")] {
        let lists = write(&place.join("lists.jsonl"), lists);
        let run = zhanggui(&["recommend", "judge", &index, &lists], "");
        run.fails(1, &[why]);
    }
}
