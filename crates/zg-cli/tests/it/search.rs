//! `zhanggui kb search`: filters and reasons.

use serde_json::{Value, json};

use crate::{folder, shop, string, write, zhanggui};

/// A bundle with entries for products, for groups of shoppers and for a while, out of a table as a shop writes it.
fn filtered(name: &str) -> String {
    let folder = folder(name);
    let table = write(
        &folder.join("faq.csv"),
        "编号,问题,答案,商品,人群,有效期至,语言\n\
         all,可以退货吗,七天内可以。,,,,zh\n\
         coat,可以退货吗?,大衣试穿后也可以。,coat-1,,,zh\n\
         vip,会员可以退货吗,三十天内可以。,,VIP｜黑金,,zh\n\
         festival,双十一可以退货吗,十一月底前可以。,,,2026-11-20,zh\n\
         en,Can I return it?,Within seven days.,,,,en\n",
    );
    let out = string(folder.join("out.zgkb"));
    zhanggui(&["kb", "build", &table, "-o", &out], "").succeeds();
    out
}

/// Ids of the hits of each line.
fn ids(lines: &[Value]) -> Vec<Vec<&str>> {
    fn id(hit: &Value) -> &str {
        hit["entry"].as_str().expect("an id")
    }
    lines.iter().map(|line| line["hits"].as_array().expect("a list").iter().map(id).collect()).collect()
}

#[test]
fn a_line_and_the_flags_say_for_whom_about_what_and_when() {
    let bundle = filtered("filters");
    let ask = |flags: &[&str], more: Value| -> Vec<String> {
        let mut line = json!({"id": 1, "text": "可以退货吗", "today": "2026-11-29"});
        let fields = line.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        let args: Vec<&str> = ["kb", "search", &bundle].into_iter().chain(flags.iter().copied()).collect();
        let lines = zhanggui(&args, line.to_string()).succeeds().lines();
        ids(&lines)[0].iter().map(|id| (*id).to_owned()).collect()
    };
    let nobody = ["all", "coat"];
    assert_eq!(ask(&[], json!({})), nobody);
    assert_eq!(ask(&["--product", "coat-1"], json!({})), ["coat", "all"]);
    assert_eq!(ask(&["--product", "scarf-1"], json!({})), ["all"]);
    // The line goes before the flag, and an empty product is none.
    assert_eq!(ask(&["--product", "scarf-1"], json!({"product": "coat-1"})), ["coat", "all"]);
    assert_eq!(ask(&["--product", "scarf-1"], json!({"product": ""})), nobody);
    assert_eq!(ask(&["--product", "scarf-1"], json!({"product": null})), ["all"]);
    for group in ["vip", "VIP", "new|黑金", "ＶＩＰ"] {
        assert_eq!(ask(&[], json!({"audience": group})), ["all", "coat", "vip"], "{group}");
        assert_eq!(ask(&["--audience", group], json!({})), ["all", "coat", "vip"], "{group}");
        assert_eq!(ask(&["--audience", group], json!({"audience": ""})), nobody, "{group}");
    }
    assert_eq!(ask(&["--audience", "new"], json!({})), nobody);
    assert_eq!(ask(&[], json!({"today": "2026-11-20"})), ["all", "coat", "festival"]);
    assert_eq!(ask(&["--today", "2026-11-20"], json!({"today": null})), ["all", "coat", "festival"]);
    // Of another language only where this one has nothing.
    assert_eq!(ask(&["--lang", "en-US"], json!({"text": "return 退货"})), ["en"]);
    assert_eq!(ask(&["--lang", "en-US"], json!({"text": "return 退货", "lang": "yue-HK"})), nobody);
    zhanggui(&["kb", "search", &bundle, "--today", "2026-02-30"], "").fails(2, &["YYYY-MM-DD"]);
}

#[test]
fn a_line_that_names_no_day_is_refused_and_the_rest_goes_on() {
    let stdin = "{\"text\":\"退货\",\"today\":\"soon\"}\n{\"text\":\"退货\",\"product\":7}\n{\"text\":\"退货\",\"colour\":\"red\"}\n";
    let run = zhanggui(&["kb", "search", shop(), "--k", "1"], stdin);
    let lines = run.lines();
    assert_eq!((run.code, &lines[0]["line"], &lines[1]["line"]), (Some(1), &json!(1), &json!(2)));
    assert!(lines[0]["error"].as_str().expect("text").contains("YYYY-MM-DD"), "{}", lines[0]);
    assert!(lines[2]["hits"][0]["entry"].is_string(), "{}", lines[2]);
}

#[test]
fn a_hit_is_explained_by_its_terms_and_the_reading() {
    let bundle = filtered("explained");
    let explain = |text: &str, product: &str| {
        let line = json!({"id": 1, "text": text, "today": "2026-11-29", "product": product});
        zhanggui(&["kb", "search", &bundle, "--k", "1", "--explain"], line.to_string()).succeeds().lines()[0]["hits"][0]
            .clone()
    };
    let kinds = |why: &Value| -> Vec<String> {
        let terms = why["terms"].as_array().expect("a list");
        let say = |term: &Value| {
            let text = |name: &str| term[name].as_str().expect("text").to_owned();
            format!("{}~{} {}", text("term"), text("matched"), text("kind"))
        };
        terms.iter().map(say).collect()
    };
    let hit = explain("可以退货吗", "none");
    let why = &hit["why"];
    assert_eq!((&why["form"], &why["reading"]), (&json!("可以退货吗"), &json!("可以退货吗")));
    assert_eq!(kinds(why).len(), 5);
    assert!(kinds(why).iter().all(|kind| kind.ends_with("exact")), "{why}");
    let weights: f64 = why["terms"].as_array().expect("a list").iter().filter_map(|term| term["weight"].as_f64()).sum();
    assert!((weights - 1.0).abs() < 0.001 && why.get("missing").is_none() && why.get("rewrites").is_none(), "{why}");
    // Typed as it sounds in Cantonese, the reading says what was made of it.
    let why = &explain("可唔可以退貨", "none")["why"];
    assert!(why["reading"].as_str().expect("text").contains("退货"), "{why}");
    assert!(!why["rewrites"].as_array().expect("a list").is_empty(), "{why}");
    // A letter too few, and a word that nobody wrote.
    let why = &explain("retrn zebra", "")["why"];
    assert_eq!((kinds(why), &why["missing"]), (vec!["retrn~return typo".to_owned()], &json!(["zebra"])), "{why}");
    let without = zhanggui(&["kb", "search", &bundle, "--k", "1"], "{\"text\":\"退货\"}").succeeds().lines();
    assert!(without[0]["hits"][0].get("why").is_none(), "{}", without[0]);
}
