//! Knowledge at 10,000 and 100,000 questions, part by part: `cargo bench -p zg-kb --features build,sign`.
//!
//! The project's own training utterances stand in for questions: short, real in form, and in the repository. What they
//! are too few for is made of their halves, always the same ones. Figures of the whole are those of `cargo xtask bench`.

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use zg_domain::Date;
use zg_kb::build::{Context, Entry, Sources, compile, lint};
use zg_kb::sign::{Kind, generate, sign, verify};
use zg_kb::{Bundle, Query, Typed, delta};

fn utterances(lang: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../models/train/data/{lang}.tsv"));
    let lines = std::fs::read_to_string(path).expect("the utterances are in the repository");
    lines.lines().skip(1).filter_map(|line| line.split('\t').next()).map(str::to_owned).collect()
}

/// The utterances, and then the first half of each with the second half of another one.
fn questions(lang: &str, n: usize) -> Vec<String> {
    let base = utterances(lang);
    let half = |text: &str, second: bool| {
        let at = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
        if second { text[at..].to_owned() } else { text[..at].to_owned() }
    };
    let question = |at: usize| {
        let (round, first) = (at / base.len(), at % base.len());
        if round == 0 {
            return base[first].clone();
        }
        let other = &base[(first * 31 + round * 7_919) % base.len()];
        half(&base[first], false) + &half(other, true)
    };
    (0..n).map(question).collect()
}

fn entries(lang: &str, n: usize) -> Vec<Entry> {
    let entry = |(at, question): (usize, String)| Entry {
        id: at.to_string(),
        answer: format!("{question}：请到订单页申请。"),
        question,
        lang: lang.to_owned(),
        ..Entry::default()
    };
    questions(lang, n).into_iter().enumerate().map(entry).collect()
}

fn build(criterion: &mut Criterion) {
    let entries = entries("zh", 10_000);
    let mut group = criterion.benchmark_group("build/10000");
    group.sample_size(10);
    let lines: String = entries
        .iter()
        .map(|entry| {
            format!("{}\n", serde_json::json!({"id": entry.id, "question": entry.question, "answer": entry.answer}))
        })
        .collect();
    group.bench_function("import", |b| {
        b.iter(|| {
            let mut sources = Sources::default();
            sources.add("faq.jsonl", black_box(lines.as_bytes()));
            assert_eq!(sources.entries.len(), 10_000);
        });
    });
    let context = Context::on(Date::parse("2026-11-28").expect("a day"));
    group.bench_function("lint", |b| b.iter(|| lint(black_box(&entries), &context)));
    group.bench_function("compile", |b| b.iter(|| compile(black_box(&entries))));
}

fn open_and_search(criterion: &mut Criterion) {
    for n in [10_000, 100_000] {
        let bytes = compile(&entries("zh", n)).expect("compiles");
        let mut group = criterion.benchmark_group("zh");
        group.sample_size(if n > 10_000 { 10 } else { 50 });
        group.bench_function(format!("open/{n}"), |b| {
            b.iter_batched(|| bytes.clone(), Bundle::open, BatchSize::LargeInput);
        });
        let bundle = Bundle::open(bytes).expect("opens");
        for (name, text) in [
            ("short", "几天发货"),
            ("homophone", "几天发伙"),
            ("long", "你好我上周买的那件外套到现在还没有收到能帮我看看到哪里了吗"),
        ] {
            let query = Query { text, lang: Some("zh"), ..Query::default() };
            group.bench_function(format!("search/{n}/{name}"), |b| b.iter(|| bundle.search(black_box(&query), 10)));
        }
        for text in ["退货", "腿", "tuihuo", "th"] {
            let typed = Typed { text, lang: Some("zh"), ..Typed::default() };
            group.bench_function(format!("suggest/{n}/{text}"), |b| b.iter(|| bundle.suggest(black_box(&typed), 5)));
        }
    }
    let bundle = Bundle::open(compile(&entries("en", 10_000)).expect("compiles")).expect("opens");
    for (name, text) in [("clean", "where is my parcel now"), ("one edit", "where is my parcle now")] {
        let query = Query { text, lang: Some("en"), ..Query::default() };
        criterion
            .bench_function(&format!("en/search/10000/{name}"), |b| b.iter(|| bundle.search(black_box(&query), 10)));
    }
}

fn updates(criterion: &mut Criterion) {
    let old_entries = entries("zh", 10_000);
    let old = compile(&old_entries).expect("compiles");
    let mut group = criterion.benchmark_group("update/10000");
    group.sample_size(10);
    for n in [1, 100] {
        let mut changed = old_entries.clone();
        for at in 0..n {
            changed[(at * 97 + 41) % 10_000].answer = format!("第 {at} 条改过了：七天之内申请。");
        }
        let new = compile(&changed).expect("compiles");
        group.bench_function(format!("diff/{n}"), |b| b.iter(|| delta::diff(black_box(&old), black_box(&new))));
        let change = delta::diff(&old, &new).expect("a delta");
        group.bench_function(format!("apply/{n}"), |b| b.iter(|| delta::apply(black_box(&old), black_box(&change))));
    }
    let keys = generate([7; 32]);
    let signature = sign(&keys.secret, Kind::Bundle, &old);
    let trusted = [keys.public];
    group.bench_function("sign", |b| b.iter(|| sign(&keys.secret, Kind::Bundle, black_box(&old))));
    group.bench_function("verify", |b| b.iter(|| verify(&trusted, Kind::Bundle, black_box(&old), &signature)));
}

criterion_group!(benches, build, open_and_search, updates);
criterion_main!(benches);
