//! The shipped models, held against what ONNX Runtime and the Python features said when they were exported.

mod entities;

use std::path::{Path, PathBuf};

use serde_json::Value;
use zg_domain::{Act, Intent, Previous};
use zg_nlu::{LoadError, Model};

fn folder(lang: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(lang)
}

fn bytes(lang: &str) -> Vec<u8> {
    std::fs::read(folder(lang).join("nlu.onnx")).expect("the model is in the repository")
}

fn ids(value: &Value) -> Vec<i32> {
    value.as_array().into_iter().flatten().filter_map(|id| id.as_i64()).map(|id| id as i32).collect()
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

#[test]
fn tract_gives_the_logits_that_onnx_runtime_gave() {
    for lang in ["zh", "en"] {
        let model = Model::load(&bytes(lang)).expect("the shipped model loads");
        assert_eq!(model.lang(), lang);
        let lines =
            std::fs::read_to_string(folder(lang).join("parity.jsonl")).expect("the fixtures are in the repository");
        let (mut n, mut in_context) = (0, 0);
        for line in lines.lines() {
            let expected: Value = serde_json::from_str(line).expect("a fixture is JSON");
            let text = expected["text"].as_str().expect("a fixture has a text");
            assert_eq!(zg_text::normalize(text), expected["normalized"].as_str().expect("normalized"), "{text:?}");
            let context = expected["context"].as_array().map(|context| {
                let [act, intent] = [0, 1].map(|at| context[at].as_str().expect("an act and an intent"));
                Previous { act: Act::from_name(act).expect("an act"), intent: Intent(intent.to_owned()) }
            });
            let previous = context.as_ref();
            in_context += usize::from(previous.is_some());
            let features = model.features(text, previous);
            assert_eq!(features.n_tokens as u64, expected["tokens"].as_u64().expect("tokens"), "{text:?}");
            assert_eq!(features.ids, ids(&expected["ids"]), "{text:?}");
            let logits = model.logits(text, previous).expect("a loaded model runs");
            for (name, found) in
                [("intent", &logits.intent), ("sentiment", &logits.sentiment), ("emotion", &logits.emotion)]
            {
                let wanted = floats(&expected[name]);
                assert_eq!(found.len(), wanted.len());
                for (a, b) in found.iter().zip(wanted) {
                    assert!((f64::from(*a) - b).abs() < 2e-3, "{lang} {name} of {text:?}: {a} is not {b}");
                }
            }
            n += 1;
        }
        assert!(n >= 50 && in_context >= 5, "{n} fixtures, {in_context} of them in context");
    }
}

#[test]
fn a_cut_or_changed_model_is_refused_with_a_reason() {
    let whole = bytes("zh");
    // Near the start, amid the weights, and at every byte of the properties at the end.
    let cuts = [0, 1, 10, whole.len() / 2, whole.len() - 1].into_iter().chain(whole.len() - 3_000..whole.len());
    for cut in cuts {
        match Model::load(&whole[..cut]) {
            Err(LoadError::Malformed(_) | LoadError::Property(_) | LoadError::Graph(_)) => {}
            Err(other) => panic!("cut at {cut}: {other}"),
            Ok(_) => panic!("cut at {cut}: accepted"),
        }
    }
    assert!(Model::load(b"not a model at all").is_err());
}

#[test]
fn wrong_characters_are_set_right_and_right_ones_left() {
    let model = Model::load(&bytes("zh")).expect("the shipped model loads");
    for (typed, meant) in [
        ("我想申请腿款", "我想申请退款"),
        ("什么时侯发货", "什么时候发货"),
        ("请问怎么退换祸", "请问怎么退换货"),
        ("质量有问提", "质量有问题"),
        ("快递到哪里了", "快递到哪里了"),
        ("可以开发票吗", "可以开发票吗"),
        ("有没有人在", "有没有人在"),
        ("iPhone15的壳有现货吗", "iphone15的壳有现货吗"),
    ] {
        assert_eq!(model.mended(typed), meant, "{typed}");
    }
}
