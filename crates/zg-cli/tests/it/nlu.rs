//! `zhanggui nlu`: the shape of its lines. What the models say is measured elsewhere (`zhanggui eval nlu`).

use serde_json::{Value, json};

use crate::{folder, models, root, string, write, zhanggui};

fn nlu(stdin: impl AsRef<[u8]>) -> crate::Run {
    zhanggui(&["nlu", "--models", &models()], stdin)
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn share(value: &Value) -> f64 {
    let share = value.as_f64().expect("a number");
    assert!((0.0..=1.0).contains(&share), "{share}");
    share
}

#[test]
fn every_line_has_the_same_shape() {
    let texts = ["快递三天没动了", "how do I return this", "怎麼退貨", "点解仲未发货", "", "😀", "１２３", "\u{200b}"];
    let long = "这个退货".repeat(25_000);
    let texts = texts.iter().copied().chain([long.as_str()]);
    let stdin: String = texts.clone().map(|text| json!({"id": text.len(), "text": text}).to_string() + "\n").collect();
    let run = nlu(stdin).succeeds();
    let lines = run.lines();
    assert_eq!(lines.len(), texts.clone().count());
    for (line, text) in lines.iter().zip(texts) {
        let expected = [
            "emotion",
            "entities",
            "id",
            "intent",
            "intents",
            "lang",
            "normalized",
            "out_of_scope",
            "rewrites",
            "script",
            "sentiment",
        ];
        assert_eq!(keys(line), expected);
        assert_eq!(line["id"], text.len());
        assert!(line["normalized"].as_str().expect("text").chars().count() <= 1_000);
        share(&line["out_of_scope"]);
        assert_eq!(keys(&line["intent"]), ["confidence", "label"]);
        let intents = line["intents"].as_array().expect("a list");
        assert!(intents.len() <= 5);
        assert!(intents.is_sorted_by(|a, b| share(&a["confidence"]) >= share(&b["confidence"])), "{line}");
        for head in ["sentiment", "emotion"] {
            assert_eq!(keys(&line[head]), ["confidence", "label", "scores"]);
            let scores = line[head]["scores"].as_object().expect("an object");
            let sum: f64 = scores.values().map(share).sum();
            assert!(scores.is_empty() || (sum - 1.0).abs() < 0.02, "{line}");
        }
    }
    let langs: Vec<_> = lines.iter().take(6).map(|line| line["lang"].as_str().expect("text")).collect();
    assert_eq!(langs, ["zh", "en", "zh", "yue", "und", "und"]);
    let scripts: Vec<_> = lines.iter().take(3).map(|line| line["script"].as_str().expect("text")).collect();
    assert_eq!(scripts, ["Hans", "Latn", "Hant"]);
}

#[test]
fn ids_come_back_as_they_came_and_in_order() {
    let ids =
        [json!(7), json!("a-1"), json!(null), json!([1, {"x": "y"}]), json!(-3), json!(1.5), json!(true), json!(7)];
    let stdin: String = ids.iter().map(|id| json!({"id": id, "text": "几天发货"}).to_string() + "\n").collect();
    let back: Vec<Value> = nlu(stdin).succeeds().lines().iter().map(|line| line["id"].clone()).collect();
    assert_eq!(back, ids);
    assert_eq!(nlu("{\"text\":\"没有编号\"}\n").succeeds().lines()[0]["id"], Value::Null);
}

#[test]
fn a_line_that_cannot_be_read_costs_only_itself() {
    let mut stdin = b"{\"id\":1,\"text\":\"\xe5\x87\xa0\xe5\xa4\xa9\"}\r\n\n{\"id\":2\nnonsense\n{\"id\":3}\n\xff\xfe\n{\"id\":4,\"text\":5}\n".to_vec();
    stdin.extend_from_slice(b"{\"id\":5,\"text\":\"");
    stdin.resize(stdin.len() + (5 << 20), b'x');
    // The last line has no end.
    stdin.extend_from_slice(b"\"}\n{\"id\":6,\"text\":\"ok\"}");
    let run = nlu(stdin);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""));
    let lines = run.lines();
    let seen: Vec<Value> = lines
        .iter()
        .map(|line| if line["line"].is_null() { line["id"].clone() } else { json!([line["line"]]) })
        .collect();
    // The empty second line is counted and not answered.
    assert_eq!(seen, [json!(1), json!([3]), json!([4]), json!([5]), json!([6]), json!([7]), json!([8]), json!(6)]);
    for line in lines.iter().filter(|line| !line["line"].is_null()) {
        assert_eq!(keys(line), ["error", "line"]);
        let error = line["error"].as_str().expect("text");
        assert!(!error.is_empty() && error.len() < 200, "{error}");
    }
}

#[test]
fn nothing_in_nothing_out() {
    for stdin in ["", "\n", " \n\t\n"] {
        assert_eq!(nlu(stdin).succeeds().out, "");
    }
}

#[test]
fn entities_are_spans_of_bytes() {
    let text = "😀订单2026112200001234还没到,打我电话13800138000,或发邮件到 lin@shop.example,花了199元";
    let run = nlu(json!({"text": text}).to_string()).succeeds();
    let entities = run.lines()[0]["entities"].clone();
    let mut kinds = Vec::new();
    for entity in entities.as_array().expect("a list") {
        assert_eq!(keys(entity), ["end", "start", "type", "value"]);
        let at = |name: &str| entity[name].as_u64().expect("a number") as usize;
        let slice = text.get(at("start")..at("end")).expect("on the bounds of characters");
        let kind = entity["type"].as_str().expect("text");
        if ["phone", "email", "order_number"].contains(&kind) {
            assert_eq!(entity["value"], slice);
        }
        kinds.push(kind);
    }
    for kind in ["order_number", "phone", "email", "amount"] {
        assert!(kinds.contains(&kind), "{kind} is not in {kinds:?}");
    }
}

#[test]
fn without_a_model_for_the_language_the_rest_is_still_said() {
    let folder = folder("only-zh");
    std::fs::create_dir_all(folder.join("zh")).expect("the folder can be made");
    std::fs::copy(root().join("models/zh/nlu.onnx"), folder.join("zh/nlu.onnx")).expect("the model can be copied");
    let stdin = "{\"id\":1,\"text\":\"call:13800138000\"}\n{\"id\":2,\"text\":\"几天发货\"}\n";
    let lines = zhanggui(&["nlu", "--models", &string(&folder)], stdin).succeeds().lines();
    assert_eq!((&lines[0]["lang"], &lines[0]["intents"]), (&json!("en"), &json!([])));
    assert_eq!(lines[0]["entities"][0]["value"], "13800138000");
    assert!(!lines[1]["intents"].as_array().expect("a list").is_empty());
}

#[test]
fn measuring_gives_figures_on_one_line() {
    let table = crate::write(
        &folder("eval-nlu").join("table.tsv"),
        "text\tintent\temotion\n几天发货\tshipping_time\tneutral\n气死我了\tcomplaint\tangry\n",
    );
    let run = zhanggui(&["eval", "nlu", &table, "--models", &models()], "").succeeds();
    let lines = run.lines();
    assert_eq!((lines.len(), &lines[0]["rows"], &lines[0]["intent"]["n"]), (1, &json!(2), &json!(2)));
    assert_eq!(lines[0]["sentiment"], Value::Null);
}

#[test]
fn names_of_a_catalog_are_entities() {
    let folder = folder("nlu-catalog");
    let feed = write(
        &folder.join("feed.tsv"),
        "id\ttitle\tbrand\tmpn\tgtin\tprice\tavailability\nK1\t青瓷盖碗\t半山\tGW-07\t6901234567892\t99 CNY\tin stock\n",
    );
    let stdin = "{\"id\":1,\"text\":\"半山的青瓷蓋碗 6901234567892 还有吗\"}\n";
    let lines = zhanggui(&["nlu", "--models", &models(), "--catalog", &feed], stdin).succeeds().lines();
    let found: Vec<(&str, &str)> = lines[0]["entities"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entity| (entity["type"].as_str().expect("text"), entity["value"].as_str().expect("text")))
        .collect();
    assert!(found.contains(&("brand", "半山")) && found.contains(&("product", "K1")), "{found:?}");
    let empty = write(&folder.join("faq.md"), "## q\n\na\n");
    zhanggui(&["nlu", "--models", &models(), "--catalog", &empty], "").fails(1, &["no products"]);
}
