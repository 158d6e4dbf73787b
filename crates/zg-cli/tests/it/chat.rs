//! `zhanggui chat`. What is said is tested in `tests/conversations`; here it is how, and that the whole works together.

use serde_json::{Value, json};

use crate::{folder, models, root, shop, string, zhanggui};

/// 2026-11-22.
const NOW: i64 = 1_795_305_600_000;

fn events(events: &[Value]) -> String {
    let mut lines = String::new();
    for (at, event) in events.iter().enumerate() {
        let mut event = event.clone();
        event["at"] = json!(NOW + at as i64);
        lines.push_str(&event.to_string());
        lines.push('\n');
    }
    lines
}

#[test]
fn every_event_gives_one_line() {
    let stdin = events(&[
        json!({"type": "utterance", "text": "怎么申请退货?"}),
        json!({"type": "page", "page": {"type": "cart"}}),
        json!({"type": "feedback", "helpful": true}),
        json!({"type": "quick_reply", "value": "ask:return-how"}),
        json!({"type": "utterance", "text": "转人工"}),
        json!({"type": "utterance", "text": "有人吗"}),
        json!({"type": "end_handoff"}),
        json!({"type": "request_handoff"}),
    ]);
    let lines = zhanggui(&["chat", shop(), "--no-models"], stdin).succeeds().lines();
    let ats: Vec<i64> = lines.iter().map(|line| line["at"].as_i64().expect("a number")).collect();
    assert_eq!(ats, (NOW..NOW + 8).collect::<Vec<_>>());
    let kinds: Vec<Vec<&str>> = lines
        .iter()
        .map(|line| {
            let effects = line["effects"].as_array().expect("a list");
            effects.iter().map(|effect| effect["kind"].as_str().or(effect["type"].as_str()).expect("a word")).collect()
        })
        .collect();
    assert_eq!(
        kinds,
        [
            vec!["answer"],
            vec![],
            vec!["text"],
            vec!["text"],
            vec!["request_handoff", "event"],
            vec![],
            vec!["end_handoff", "event"],
            vec!["request_handoff", "event"],
        ]
    );
    let answer = &lines[0]["effects"][0];
    assert_eq!((&answer["entry"], &answer["lang"]), (&json!("return-how"), &json!("zh-CN")));
    assert!(answer["source"].as_str().expect("text").ends_with(".md#return-how"), "{answer}");
    assert!((0.5..=1.0).contains(&answer["confidence"].as_f64().expect("a number")), "{answer}");
}

#[test]
fn a_malformed_line_does_not_end_the_conversation() {
    let run = zhanggui(
        &["chat", shop(), "--no-models"],
        "{\"at\":1,\"type\":\"utterance\",\"text\":\"人工\"}\n{\"at\":2,\"type\":\"sing\"}\n{\"type\":\"end_handoff\"}\n{\"at\":4,\"type\":\"end_handoff\"}\n",
    );
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""));
    let lines = run.lines();
    assert_eq!((&lines[1]["line"], &lines[2]["line"]), (&json!(2), &json!(3)));
    // The queue that the first line joined is still there to leave.
    assert_eq!(lines[3]["effects"][0]["type"], "end_handoff");
    assert_eq!(zhanggui(&["chat", shop(), "--no-models"], "").succeeds().out, "");
}

#[test]
fn options_choose_language_and_whether_there_are_people() {
    let stdin = events(&[json!({"type": "utterance", "text": "???"}), json!({"type": "request_handoff"})]);
    let lines = zhanggui(&["chat", shop(), "--no-models", "--lang", "en-GB", "--no-people"], stdin).succeeds().lines();
    assert_eq!(lines[0]["effects"][0]["lang"], "en");
    assert_eq!(lines[1]["effects"].as_array().map(Vec::len), Some(1));
    assert_eq!(lines[1]["effects"][0]["kind"], "text");
}

#[test]
fn the_same_conversation_gives_the_same_bytes() {
    let stdin = events(&[
        json!({"type": "utterance", "text": "快递三天没动了,急死我了"}),
        json!({"type": "utterance", "text": "how do I return this"}),
        json!({"type": "utterance", "text": "你们老板喜欢吃什么"}),
    ]);
    let run = || zhanggui(&["chat", shop(), "--models", &models()], &stdin).succeeds().out;
    assert_eq!(run(), run());
}

/// A floor far below what is measured (`zhanggui eval chat`): it notices that something broke, not that something got worse.
#[test]
fn many_of_the_development_questions_are_answered_right() {
    let table = std::fs::read_to_string(root().join("tests/data/questions/zh.dev.tsv")).expect("in the repository");
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let plain: Vec<_> = rows.iter().filter(|row| row.get(2) == Some(&"plain")).collect();
    assert!(plain.len() >= 100, "{}", plain.len());
    // Each question leaves the queue it may have led to, so that the next is heard.
    let stdin = events(
        &plain
            .iter()
            .flat_map(|row| [json!({"type": "utterance", "text": row[0]}), json!({"type": "end_handoff"})])
            .collect::<Vec<_>>(),
    );
    for args in [&["chat", shop(), "--no-models"][..], &["chat", shop(), "--models", &models()]] {
        let lines = zhanggui(args, &stdin).succeeds().lines();
        let right = |(line, row): &(&Value, &&Vec<&str>)| {
            let entry = line["effects"][0]["entry"].as_str();
            entry.is_some_and(|entry| row[1].split(',').any(|gold| gold.trim() == entry))
        };
        let n_right =
            lines.iter().step_by(2).zip(plain.iter().copied()).filter(|pair| right(&(pair.0, &pair.1))).count();
        assert!(n_right >= 25, "{n_right} of {} with {args:?}", plain.len());
    }
}

#[test]
fn measuring_the_dialogue_gives_shares_on_one_line() {
    let table = string(root().join("tests/data/questions/none.dev.tsv"));
    let lines = zhanggui(&["eval", "chat", shop(), &table, "--no-models"], "").succeeds().lines();
    assert_eq!((lines.len(), &lines[0]["answered_right"]), (1, &json!(0.0)));
    let table = string(root().join("tests/data/questions/en.dev.tsv"));
    let lines = zhanggui(&["eval", "kb", shop(), &table, "--no-models"], "").succeeds().lines();
    assert!(lines[0]["kinds"]["plain"]["recall_at_10"].as_f64().expect("a share") > 0.5, "{}", lines[0]);
}

#[test]
fn a_task_is_carried_through_with_the_shops_own_words() {
    let folder = folder("playbooks");
    let path = |name: &str| folder.join(name);
    std::fs::create_dir(path("playbooks")).expect("made");
    std::fs::write(path("faq.jsonl"), "{\"question\":\"几天发货?\",\"answer\":\"两天。\"}\n").expect("written");
    std::fs::write(path("playbooks/zh-CN.ftl"), "cancelled = 好嘞，{ $order } 已经撤掉。\n").expect("written");
    let [sources, bundle] = ["", "shop.zgkb"].map(|name| string(path(name)));
    zhanggui(&["kb", "build", &sources, "-o", &bundle, "--no-models"], String::new()).succeeds();
    let stdin = events(&[
        json!({"type": "utterance", "text": "我要取消订单 2026112900017，买错了"}),
        json!({"type": "utterance", "text": "确认"}),
        json!({"type": "action_result", "id": "a1", "status": "ok"}),
    ]);
    let lines = zhanggui(&["chat", &bundle], stdin).succeeds().lines();
    assert_eq!(lines[0]["task"]["waits"], "confirmation");
    assert_eq!(lines[0]["task"]["slots"], json!({"cancel_reason": "mistake", "order": "2026112900017"}));
    assert_eq!(lines[1]["effects"][0]["action"], "order_cancel");
    assert_eq!(lines[2]["effects"][0]["text"], "好嘞，2026112900017 已经撤掉。");
    // What would fail a shopper stops the build, and lint says where.
    std::fs::write(path("playbooks/shop.toml"), "\n[playbooks.x]\nstart = \"always\"\nsteps = [{ ask = \"shoe\" }]\n")
        .expect("written");
    let built = zhanggui(&["kb", "build", &sources, "-o", &bundle, "--no-models"], String::new());
    assert!(built.err.contains("there is no slot \"shoe\""), "{}", built.err);
    let found = zhanggui(&["kb", "lint", &sources, "--no-models"], String::new()).succeeds().lines();
    let found = found.iter().find(|line| line["rule"] == "playbook-form").expect("a finding");
    assert_eq!((&found["file"], &found["line"]), (&json!("playbooks/shop.toml"), &json!(2)));
}
