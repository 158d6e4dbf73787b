//! Compiling, opening and searching ten thousand Chinese questions: `cargo bench -p zg-kb --features build`.

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use zg_kb::build::{Entry, compile};
use zg_kb::{Bundle, Query, Typed};

/// The project's own training utterances stand in for questions: short, real in form, and in the repository.
fn entries(n: usize) -> Vec<Entry> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/train/data/zh.tsv");
    let lines = std::fs::read_to_string(path).expect("the utterances are in the repository");
    let questions = lines.lines().skip(1).filter_map(|line| line.split('\t').next());
    let entry = |(at, question): (usize, &str)| Entry {
        id: at.to_string(),
        question: question.to_owned(),
        answer: format!("{question}：请到订单页申请。"),
        lang: "zh".to_owned(),
        ..Entry::default()
    };
    questions.enumerate().map(entry).take(n).collect()
}

fn search(criterion: &mut Criterion) {
    let entries = entries(10_000);
    assert_eq!(entries.len(), 10_000);
    let bytes = compile(&entries).expect("compiles");
    criterion.bench_function("compile/10000", |b| b.iter(|| compile(black_box(&entries))));
    criterion.bench_function("open/10000", |b| {
        b.iter_batched(|| bytes.clone(), Bundle::open, BatchSize::LargeInput);
    });
    let bundle = Bundle::open(bytes).expect("opens");
    for (name, text) in [("short", "几天发货"), ("long", "你好我上周买的那件外套到现在还没有收到能帮我看看到哪里了吗")]
    {
        let query = Query { text, lang: Some("zh"), ..Query::default() };
        criterion.bench_function(&format!("search/10000/{name}"), |b| b.iter(|| bundle.search(black_box(&query), 10)));
    }
    for text in ["退货", "腿", "tuihuo", "th"] {
        let typed = Typed { text, lang: Some("zh"), ..Typed::default() };
        criterion.bench_function(&format!("suggest/10000/{text}"), |b| b.iter(|| bundle.suggest(black_box(&typed), 5)));
    }
}

criterion_group!(benches, search);
criterion_main!(benches);
