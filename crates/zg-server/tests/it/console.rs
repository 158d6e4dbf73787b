//! The console's files: complete in both languages, and without a way from text to markup.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::TestApp;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/console")
}

fn scripts() -> Vec<(String, String)> {
    std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "js"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn keys(locale: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(folder().join(format!("locales/{locale}.json"))).unwrap();
    let strings: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    strings.keys().cloned().collect()
}

#[test]
fn both_languages_have_every_text() {
    let english = keys("en");
    assert_eq!(english, keys("zh-CN"));
    for (name, script) in scripts() {
        for (at, call) in script.match_indices("t(\"") {
            // `t` itself, not a function whose name ends in it.
            if script[..at].ends_with(|before: char| before.is_ascii_alphanumeric() || before == '.') {
                continue;
            }
            let key = script[at + call.len()..].split('"').next().unwrap();
            assert!(english.contains(key), "{name}: {key}");
        }
    }
}

#[test]
fn text_never_becomes_markup_or_script() {
    let sinks = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "srcdoc",
        "setHTML",
    ];
    for (name, script) in scripts() {
        for sink in sinks {
            assert!(!script.contains(sink), "{sink} in {name}");
        }
    }
}

#[tokio::test]
async fn every_module_is_carried_and_served_as_it_is() {
    let app = TestApp::new();
    for (name, script) in scripts() {
        let served = app.get(&format!("/console/{name}")).await;
        assert_eq!(served.ok().text(), script, "{name}");
        assert_eq!(served.headers["content-type"], "text/javascript; charset=utf-8");
    }
}
