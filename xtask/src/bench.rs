//! `cargo xtask bench`: knowledge at scale, beside its bars and beside other engines measured in the same run.
//!
//! The corpora are made of public question sets that lie beside the repository (or where `ZHANGGUI_DATA` says);
//! without them nothing is measured.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::run::{command, finish, root, run as call};
use crate::tools;

/// What a figure has to be.
#[derive(Clone, Copy)]
enum Bar {
    AtLeast(f64),
    AtMost(f64),
    /// BM25's figure of the same run.
    AtLeastBm25,
    /// Reported only.
    None,
}
use Bar::{AtLeast, AtLeastBm25, AtMost, None as Reported};

/// A row: where its figure, BM25's and the peers' are in what was measured; an empty pointer where nobody measures it.
struct Row {
    what: &'static str,
    unit: &'static str,
    bar: Bar,
    own: &'static str,
    bm25: &'static str,
    /// Below each peer.
    peer: &'static str,
}

const fn row(what: &'static str, unit: &'static str, bar: Bar, own: &'static str) -> Row {
    Row { what, unit, bar, own, bm25: "", peer: "" }
}

const PEERS: [&str; 2] = ["MiniSearch", "FlexSearch"];

/// A row of quality: `of` is `CORPUS/clean/FIGURE` or `CORPUS/typo/FIGURE`.
const fn found(what: &'static str, bar: Bar, own: &'static str, bm25: &'static str, peer: &'static str) -> Row {
    Row { what, unit: "", bar, own, bm25, peer }
}

/// The three places of a figure of quality.
macro_rules! found {
    ($what:literal, $bar:expr, $corpus:literal, clean, $figure:literal) => {
        found(
            $what,
            $bar,
            concat!("/quality/", $corpus, "/zhanggui/clean/", $figure),
            concat!("/quality/", $corpus, "/bm25/clean/", $figure),
            concat!("/", $corpus, "/query/", $figure),
        )
    };
    ($what:literal, $bar:expr, $corpus:literal, typo, $figure:literal) => {
        found(
            $what,
            $bar,
            concat!("/quality/", $corpus, "/zhanggui/typo/", $figure),
            concat!("/quality/", $corpus, "/bm25/typo/", $figure),
            concat!("/", $corpus, "/typo/", $figure),
        )
    };
}

// Bars are those of the project's plan; corpora are made by tests/retrieval/corpora.mjs.
const ROWS: &[(&str, &[Row])] = &[
    (
        "What is found",
        &[
            found!("Chinese, 1,000 questions, Recall@1", Reported, "zh-1k", clean, "recall_at_1"),
            found!("Chinese, 1,000 questions, one homophone, Recall@1", Reported, "zh-1k", typo, "recall_at_1"),
            found!("Chinese, 10,000 questions, Recall@1", AtLeast(0.9), "zh-10k", clean, "recall_at_1"),
            found!("Chinese, 10,000 questions, Recall@10", AtLeast(0.997), "zh-10k", clean, "recall_at_10"),
            found!("Chinese, 10,000 questions, one homophone, Recall@1", AtLeast(0.885), "zh-10k", typo, "recall_at_1"),
            found!("Chinese, 100,000 questions, Recall@1", Reported, "zh-100k", clean, "recall_at_1"),
            found!("Chinese, 100,000 questions, Recall@10", Reported, "zh-100k", clean, "recall_at_10"),
            found!("Chinese, 100,000 questions, one homophone, Recall@1", Reported, "zh-100k", typo, "recall_at_1"),
            found!(
                "Chinese, 10,000 questions of customer service, Recall@1",
                Reported,
                "zhcs-10k",
                clean,
                "recall_at_1"
            ),
            found!(
                "Chinese, 10,000 questions of customer service, Recall@10",
                AtLeast(0.57),
                "zhcs-10k",
                clean,
                "recall_at_10"
            ),
            found!("English, 9,027 questions, Recall@1", AtLeast(0.91), "en-9k", clean, "recall_at_1"),
            found!("English, 9,027 questions, one edit, Recall@1", AtLeast(0.885), "en-9k", typo, "recall_at_1"),
            found!(
                "English, 77 entries of all their ways to ask, Recall@1",
                AtLeast(0.91),
                "en-kall",
                clean,
                "recall_at_1"
            ),
            found!(
                "English, 77 entries of all their ways to ask, one edit, Recall@1",
                AtLeast(0.885),
                "en-kall",
                typo,
                "recall_at_1"
            ),
            found!("English, 77 entries of 10 ways to ask, Recall@1", AtLeastBm25, "en-k10", clean, "recall_at_1"),
            found!("English, 77 entries of 3 ways to ask, Recall@1", AtLeastBm25, "en-k3", clean, "recall_at_1"),
            found!("English, 77 entries of 1 way to ask, Recall@1", AtLeastBm25, "en-k1", clean, "recall_at_1"),
            found(
                "English, 9,027 questions, knowing what is out of scope, AUROC",
                AtLeast(0.985),
                "/quality/en-9k/zhanggui/scope/auroc",
                "/quality/en-9k/bm25/scope/auroc",
                "",
            ),
            found(
                "English, 77 entries of all their ways to ask, knowing what is out of scope, AUROC",
                AtLeast(0.985),
                "/quality/en-kall/zhanggui/scope/auroc",
                "/quality/en-kall/bm25/scope/auroc",
                "",
            ),
        ],
    ),
    (
        "What it weighs",
        &[
            Row {
                peer: "/zh-10k/bytes_an_entry",
                ..row(
                    "10,000 questions and all that search needs, an entry",
                    "B",
                    AtMost(14.0),
                    "/bytes_an_entry/zh-10k",
                )
            },
            Row {
                peer: "/zh-100k/bytes_an_entry",
                ..row(
                    "100,000 questions and all that search needs, an entry",
                    "B",
                    AtMost(11.0),
                    "/bytes_an_entry/zh-100k",
                )
            },
            row("delta for 1 changed entry of 10,000", "B", AtMost(150.0), "/delta_bytes/1"),
            row("delta for 100 changed entries of 10,000", "B", AtMost(3072.0), "/delta_bytes/100"),
            row("`zg-kb` in WASM, over a module of `zg-text` alone", "KB", AtMost(40.0), "/wasm_kb/kb"),
            row("`zg-text` in WASM: folding, terms, sounds", "KB", Reported, "/wasm_kb/text"),
        ],
    ),
    (
        "How long it takes",
        &[
            Row {
                peer: "/zh-10k/query/p50_ms",
                ..row("query of 10,000, p50", "ms", AtMost(0.3), "/browser/zhanggui/zh-10k/query/p50_ms")
            },
            Row {
                peer: "/zh-10k/query/p99_ms",
                ..row("query of 10,000, p99", "ms", AtMost(1.0), "/browser/zhanggui/zh-10k/query/p99_ms")
            },
            Row {
                peer: "/zh-100k/query/p50_ms",
                ..row("query of 100,000, p50", "ms", AtMost(1.5), "/browser/zhanggui/zh-100k/query/p50_ms")
            },
            Row {
                peer: "/zh-100k/query/p99_ms",
                ..row("query of 100,000, p99", "ms", AtMost(5.0), "/browser/zhanggui/zh-100k/query/p99_ms")
            },
            Row {
                peer: "/en-9k/query/p50_ms",
                ..row("query of 9,027 in English, p50", "ms", Reported, "/browser/zhanggui/en-9k/query/p50_ms")
            },
            Row {
                peer: "/en-9k/query/p99_ms",
                ..row("query of 9,027 in English, p99", "ms", Reported, "/browser/zhanggui/en-9k/query/p99_ms")
            },
            row("suggestions of 10,000, p99", "ms", AtMost(1.0), "/browser/zhanggui/zh-10k/suggest/p99_ms"),
            row("suggestions of 100,000, p99", "ms", Reported, "/browser/zhanggui/zh-100k/suggest/p99_ms"),
            row("a turn of the dialogue without models, p50", "ms", Reported, "/browser/talk/p50_ms"),
            row("a turn of the dialogue without models, p99", "ms", AtMost(2.0), "/browser/talk/p99_ms"),
            Row {
                peer: "/zh-10k/ready_ms",
                ..row("ready after download, 10,000", "ms", AtMost(60.0), "/browser/zhanggui/zh-10k/ready_ms")
            },
            Row {
                peer: "/zh-100k/ready_ms",
                ..row("ready after download, 100,000", "ms", AtMost(400.0), "/browser/zhanggui/zh-100k/ready_ms")
            },
            Row {
                peer: "/zh-10k/build_per_s",
                ..row("entries a second, `kb build` of 10,000", "", AtLeast(20_000.0), "/build_per_s/zh-10k")
            },
            Row {
                peer: "/zh-100k/build_per_s",
                ..row("entries a second, `kb build` of 100,000", "", AtLeast(20_000.0), "/build_per_s/zh-100k")
            },
        ],
    ),
    (
        "Memory of 100,000 questions with their text",
        &[
            Row {
                peer: "/zh-100k/heap_mb",
                ..row("held after opening and queries", "MB", AtMost(12.0), "/browser/zhanggui/zh-100k/after/live_mb")
            },
            row(
                "WASM memory, which never shrinks: the most there ever was",
                "MB",
                AtMost(12.0),
                "/browser/zhanggui/zh-100k/after/memory_mb",
            ),
        ],
    ),
];

/// Where the public question sets are, if they are.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("ZHANGGUI_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    folder.join("match-lcqmc-zh").exists().then_some(folder)
}

/// Measures and prints.
pub fn run() -> anyhow::Result<()> {
    tools::all()?;
    let knowledge =
        measure()?.context("the public question sets are not there; say in ZHANGGUI_DATA where they are")?;
    print!("{}", markdown(&knowledge)?);
    Ok(())
}

/// Rows and everything measured; `None` without the public question sets.
pub fn measure() -> anyhow::Result<Option<Value>> {
    let Some(data) = data() else { return Ok(None) };
    let out = root().join("target/retrieval");
    std::fs::create_dir_all(&out)?;
    // As merchants build it: optimised, because how fast it builds is measured.
    call("cargo", &["build", "--locked", "--quiet", "--release", "-p", "zg-cli"])?;
    wasm(&out.join("wasm"))?;
    call("node", &["tests/retrieval/corpora.mjs", &data.to_string_lossy(), &out.to_string_lossy()])?;
    let chromium = tools::chromium().context("no Chromium; install it, or set CHROMIUM")?;
    let mut measure = command("node", &["tests/retrieval/measure.mjs"]);
    measure.env("CHROMIUM", chromium).env("CORPORA", &out).env("ZHANGGUI", root().join("target/release/zhanggui"));
    let measured = measure.stderr(std::process::Stdio::inherit()).output()?;
    if !measured.status.success() {
        bail!("tests/retrieval/measure.mjs failed");
    }
    Ok(Some(beside_bars(serde_json::from_slice(&measured.stdout)?)?))
}

/// What `tests/retrieval/measure.mjs` printed, with the rows of the report.
fn beside_bars(mut measured: Value) -> anyhow::Result<Value> {
    let kb = |name: &str| measured["wasm_bytes"][name].as_f64().unwrap_or_default() / 1024.0;
    let tenths = |value: f64| (value * 10.0).round() / 10.0;
    let kb = json!({"kb": tenths(kb("bench") - kb("text")), "text": tenths(kb("text") - kb("empty"))});
    measured["wasm_kb"] = kb;
    let sections: Vec<Value> = ROWS
        .iter()
        .map(|(title, rows)| json!({"title": title, "rows": rows.iter().map(|row| figures(row, &measured)).collect::<Vec<_>>()}))
        .collect();
    let all = ROWS.iter().flat_map(|(_, rows)| rows.iter());
    let lost: Vec<&str> =
        all.filter(|row| measured.pointer(row.own).and_then(Value::as_f64).is_none()).map(|row| row.own).collect();
    if !lost.is_empty() {
        bail!("tests/retrieval/measure.mjs gave no figure for {}", lost.join(", "));
    }
    Ok(json!({"sections": sections, "measured": measured}))
}

/// `zg-bench` as the engine is built: of the profile `dist`, bound and shrunk by the same tools.
fn wasm(out: &Path) -> anyhow::Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    call(
        "cargo",
        &[
            "build",
            "--locked",
            "--quiet",
            "--profile",
            "dist",
            "--target",
            TARGET,
            "-p",
            "zg-bench",
            "--lib",
            "--examples",
        ],
    )?;
    let built = root().join("target").join(TARGET).join("dist");
    let out = out.to_string_lossy();
    for (module, file) in [
        ("bench", "bench.wasm"),
        ("text", "examples/text.wasm"),
        ("empty", "examples/empty.wasm"),
        ("talk", "examples/talk.wasm"),
    ] {
        let file = built.join(file);
        call("wasm-bindgen", &["--target", "web", "--no-typescript", "--out-dir", &out, &file.to_string_lossy()])?;
        let bound = format!("{out}/{module}_bg.wasm");
        finish(command("wasm-opt", &["-Oz", &bound, "-o", &bound]), "wasm-opt")?;
    }
    Ok(())
}

fn figures(row: &Row, measured: &Value) -> Value {
    let at = |pointer: &str| if pointer.is_empty() { None } else { measured.pointer(pointer).and_then(Value::as_f64) };
    let figure = at(row.own);
    let (bar, met) = match row.bar {
        AtLeastBm25 => (
            json!({"at_least": at(row.bm25)}),
            Some(at(row.bm25).zip(figure).is_some_and(|(bar, figure)| figure >= bar)),
        ),
        AtLeast(bar) => (json!({"at_least": bar}), Some(figure.is_some_and(|figure| figure >= bar))),
        AtMost(bar) => (json!({"at_most": bar}), Some(figure.is_some_and(|figure| figure <= bar))),
        Reported => (Value::Null, None),
    };
    let of_peer = |name: &str| {
        at(&if row.peer.is_empty() { String::new() } else { format!("/browser/peers/{name}{}", row.peer) })
    };
    let peers: serde_json::Map<String, Value> =
        PEERS.iter().map(|name| ((*name).to_owned(), json!(of_peer(name)))).collect();
    json!({"what": row.what, "unit": row.unit, "figure": figure, "bar": bar, "met": met, "bm25": at(row.bm25), "peers": peers})
}

/// The section of `docs/REPORT.md`.
pub fn markdown(knowledge: &Value) -> anyhow::Result<String> {
    let mut page = String::from(INTRODUCTION);
    for section in knowledge["sections"].as_array().into_iter().flatten() {
        write!(
            page,
            "\n### {}\n\n| what | figure | bar | BM25 | {} | |\n|---|---:|---:|---:|{}---|\n",
            section["title"].as_str().unwrap_or_default(),
            PEERS.join(" | "),
            "---:|".repeat(PEERS.len())
        )?;
        for row in section["rows"].as_array().into_iter().flatten() {
            let unit = row["unit"].as_str().unwrap_or_default();
            let number = |value: &Value| value.as_f64().map(|value| format!("{value} {unit}").trim_end().to_owned());
            let shown = |value: &Value| number(value).unwrap_or_else(|| "–".to_owned());
            let (bar, verdict) = match (number(&row["bar"]["at_least"]), number(&row["bar"]["at_most"])) {
                (Some(bar), _) => (format!("≥ {bar}"), row["met"] == true),
                (_, Some(bar)) => (format!("≤ {bar}"), row["met"] == true),
                _ => ("–".to_owned(), true),
            };
            let verdict = match (verdict, row["met"].is_null()) {
                (_, true) => "",
                (true, _) => "met",
                (false, _) => "**missed**",
            };
            let figure = number(&row["figure"]).unwrap_or_else(|| "not measured".to_owned());
            let peers: Vec<String> = PEERS.iter().map(|name| shown(&row["peers"][*name])).collect();
            let what = row["what"].as_str().unwrap_or_default();
            writeln!(
                page,
                "| {what} | {figure} | {bar} | {} | {} | {verdict} |",
                shown(&row["bm25"]),
                peers.join(" | ")
            )?;
        }
    }
    Ok(page)
}

const INTRODUCTION: &str = "
## Knowledge at scale

Questions are public ones that lie beside the repository (`tests/retrieval/corpora.mjs`): general Chinese (LCQMC, filled up to 100,000 with AFQMC, ATEC, BQ and Xiaobu), Chinese customer service (AFQMC, ATEC, BQ) and English banking (BANKING77).
What is asked and what is right for it was never trained on (`models/train/retrieval_split.py`); the label ceiling of the general Chinese ones is about 0.95, and customer service has many equal questions that nobody labelled.
What is found is what `zhanggui eval search` says; peers are asked the same queries, and MiniSearch with its fuzzy mode in the rows of one edit.
MiniSearch cuts Chinese by the browser's segmenter; FlexSearch uses its character sets CJK and LatinBalance; BM25 is over characters of Chinese and trigrams of English.
Of entries with several ways to ask, BM25 and the peers index each way, and an entry is as good as its best.
Weights are of Brotli at quality 11: of the bundle, or of a peer's export and the questions.
Times are of `zg-kb` alone in WASM and of the peers in JavaScript, in a worker of the same Chromium: of each query the median of five passes (peers: three, and the fewer queries the slower they are, `n_timed` in `report.json`), and of these the percentiles; ready is from bytes or export in memory to the first answer.
Memory is of `zg-kb`'s module, or what a peer's index and the questions take of the heap.
";
