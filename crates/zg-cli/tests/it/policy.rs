//! `zhanggui policy`, and what `eval` says of the dialogue.

use serde_json::{Value, json};

use crate::{folder, root, shop, string, write, zhanggui};

/// 2026-11-22.
const NOW: i64 = 1_795_305_600_000;
const DAY: i64 = 86_400_000;
const POLICY: &str = "[budget]\ncurrency = \"CNY\"\nper_day = 2000\nper_order = 500\nper_customer = 500\n\n[remedies.late]\nfault = [\"late\"]\ngives = \"coupon\"\namount = 500\nper_day = 4\n";

fn late(at: i64, request: &str, order: &str) -> Value {
    json!({
        "at": at, "request": request, "order": order, "customer": order, "currency": "CNY", "placed": NOW - 9 * DAY, "paid": 9_900,
        "promised": NOW - 3 * DAY,
    })
}

#[test]
fn a_policy_is_proved_or_refused() {
    let folder = folder("policy-check");
    let sound = write(&folder.join("sound.toml"), POLICY);
    let proof = zhanggui(&["policy", "check", &sound], "").succeeds().lines().remove(0);
    assert_eq!((&proof["worst_day"], &proof["budget_day"]), (&json!(2_000), &json!(2_000)));
    assert!(proof["cells"].as_u64().expect("a number") > 700, "{proof}");
    let broken = write(&folder.join("broken.toml"), POLICY.replace("per_day = 4", "per_day = 5"));
    let refused = zhanggui(&["policy", "check", &broken], "");
    assert_eq!(refused.code, Some(1));
    assert_eq!(refused.lines()[0]["check"], "policy-budget");
    zhanggui(&["policy", "decide", &broken], "").fails(1, &["is not proved", "policy check"]);
    zhanggui(&["policy", "check", "nowhere.toml"], "").fails(1, &["nowhere.toml", "check the path"]);
    // The bundle's half of it is proved by the same hand.
    let knowledge = folder.join("knowledge");
    std::fs::create_dir_all(knowledge.join("playbooks")).expect("the folder can be made");
    write(&knowledge.join("faq.md"), "# 配送\n\n## 几天发货?\n\n48 小时内。\n");
    let style = "[style]\nname = \"小禾\"\naddress = \"您\"\n[answers]\ndoubt = 0.25\n";
    write(&knowledge.join("playbooks/policy.toml"), style);
    let bundle = string(folder.join("styled.zgkb"));
    zhanggui(&["kb", "build", &string(&knowledge), "-o", &bundle, "--no-models"], "").succeeds();
    let hello = json!({"at": NOW, "type": "utterance", "text": "你是机器人吗"}).to_string();
    let said = zhanggui(&["chat", &bundle, "--no-models"], hello).succeeds().lines().remove(0);
    let text = said["effects"][0]["text"].as_str().expect("text").to_owned();
    assert!(text.contains("小禾"), "{text}");
    write(
        &knowledge.join("playbooks/policy.toml"),
        "[manners.a]\nsorry = \"nowhere\"\ntemper = \"calm\"\nintent = \"stock\"\n",
    );
    let found = zhanggui(&["kb", "lint", &string(&knowledge)], "").lines();
    assert!(found.iter().any(|line| line["rule"] == "policy-form" && line["severity"] == "error"), "{found:?}");
}

#[test]
fn decisions_are_one_an_order_and_a_ledger_outlives_the_process() {
    let folder = folder("policy-decide");
    let policy = write(&folder.join("policy.toml"), POLICY);
    let ledger = string(folder.join("ledger"));
    let input = |lines: &[Value]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let first = input(&[late(NOW, "r1", "A1"), late(NOW, "r2", "A1"), late(NOW, "r1", "A1")]);
    let lines = zhanggui(&["policy", "decide", &policy, "--data", &ledger], first).succeeds().lines();
    assert_eq!(lines[0]["decision"], "grant");
    assert_eq!(lines[1]["reason"], "already_granted");
    assert_eq!((&lines[2]["grant"], &lines[2]["replayed"]), (&lines[0]["grant"], &json!(true)));
    // Another process, and a clock that somebody has put back.
    let mut more: Vec<Value> = (2..8).map(|n| late(NOW, &format!("r{n}x"), &format!("A{n}"))).collect();
    more.push(late(NOW - DAY, "r9", "A9"));
    let wrong = json!({"at": NOW, "request": "r"});
    let run = zhanggui(&["policy", "decide", &policy, "--data", &ledger], input(&more) + &format!("{wrong}\n"));
    assert_eq!(run.code, Some(1));
    let reasons: Vec<Value> = run.lines().iter().map(|line| line["reason"].clone()).collect();
    assert_eq!(reasons[..7], ["late", "late", "late", "day_limit", "day_limit", "day_limit", "day_limit"]);
    assert_eq!(run.lines()[7]["line"], 8);
    // Without a folder nothing is left of it.
    let alone = zhanggui(&["policy", "decide", &policy], input(&[late(NOW, "r1", "A1")])).succeeds().lines();
    assert_eq!(alone[0]["decision"], "grant");
}

#[test]
fn simulated_shoppers_find_no_fault() {
    let report =
        zhanggui(&["eval", "simulate", shop(), "--no-models", "--conversations", "300"], "").succeeds().lines();
    assert_eq!((&report[0]["faults"], &report[0]["conversations"]), (&json!({}), &json!(300)));
    assert!(report[0]["turns"].as_u64().expect("a number") > 900, "{}", report[0]);
    // The same number is the same conversation.
    let one = ["eval", "simulate", shop(), "--no-models", "--conversations", "1", "--seed", "7", "--show"];
    let shown =
        |run: crate::Run| run.out.lines().filter(|line| !line.contains("step_micros")).collect::<Vec<_>>().join("\n");
    let (first, second) = (shown(zhanggui(&one, "")), shown(zhanggui(&one, "")));
    assert!(!first.is_empty() && first == second);
}

#[test]
fn the_dial_says_what_a_share_of_handoffs_costs() {
    let table = string(root().join("tests/data/questions/zh.dev.tsv"));
    let args = ["eval", "chat", shop(), &table, "--no-models", "--dial", "0.6,0.05"];
    let lines = zhanggui(&args, "").succeeds().lines();
    let number = |line: &Value, pointer: &str| line.pointer(pointer).and_then(Value::as_f64).expect("a number");
    // Fewer handoffs, less doubt, more answers, more of them wrong.
    assert!(number(&lines[0], "/doubt") > number(&lines[1], "/doubt"));
    assert!(number(&lines[0], "/answers") < number(&lines[1], "/answers"));
    assert!(number(&lines[0], "/wrong/predicted") < number(&lines[1], "/wrong/predicted"));
    for line in &lines {
        let wrong = &line["wrong"];
        let within = (number(wrong, "/low")..=number(wrong, "/high")).contains(&number(wrong, "/observed"));
        assert_eq!(wrong["within"], json!(within), "{line}");
    }
    zhanggui(&["eval", "chat", shop(), &table, "--no-models", "--dial", "2"], "").fails(1, &["no share of handoffs"]);
}
