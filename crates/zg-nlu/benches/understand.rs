//! From text to the labels of every head, and each step alone: `cargo bench -p zg-nlu`.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use zg_domain::{Language, Utterance};
use zg_nlu::{Model, entities, features};

const SHORT: &str = "我件货点解仲未到，快第到哪了";
const ENGLISH: &str = "where is my order, it should have arrived three days ago";

fn understand(criterion: &mut Criterion) {
    let long = "东西收到了，质量很好，物流也快，就是包装有点简单。".repeat(20);
    for (name, text) in [("short", SHORT), ("long", long.as_str()), ("english", ENGLISH)] {
        criterion.bench_function(&format!("normalize/{name}"), |b| b.iter(|| zg_text::normalize(black_box(text))));
        criterion.bench_function(&format!("read/{name}"), |b| b.iter(|| zg_text::read(black_box(text))));
        criterion.bench_function(&format!("features/{name}"), |b| {
            b.iter(|| features(black_box(text), None, 1 << 19));
        });
        criterion.bench_function(&format!("entities/{name}"), |b| b.iter(|| entities(black_box(text))));
    }
    for (lang, language, text) in [("zh", Language::Chinese, SHORT), ("en", Language::English, ENGLISH)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(lang).join("nlu.onnx");
        let model = Model::load(&std::fs::read(path).expect("the model is in the repository")).expect("it loads");
        criterion.bench_function(&format!("text to labels/{lang}"), |b| {
            b.iter(|| {
                let reading = zg_text::read(black_box(text));
                model.understand(&Utterance { reading: &reading.text, language, previous: None })
            });
        });
    }
}

criterion_group!(benches, understand);
criterion_main!(benches);
