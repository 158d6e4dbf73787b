//! `cargo xtask bench lists`: recommendations beside their bars, on public click logs that lie beside the repository (or where
//! `ZHANGGUI_DATA` says); without them nothing is measured.
//!
//! The newest sessions of each log are held out, and asked for click by click; no test log of the literature is looked at.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde_json::{Map, Value, json};

use crate::run::{command, output, root, run as call};
use crate::tools;

/// Where a figure is in what was measured, and what it has to be.
struct Row {
    what: &'static str,
    unit: &'static str,
    own: &'static str,
    at_least: Option<f64>,
    at_most: Option<f64>,
}

const fn told(what: &'static str, unit: &'static str, own: &'static str) -> Row {
    Row { what, unit, own, at_least: None, at_most: None }
}

const fn at_least(what: &'static str, own: &'static str, bar: f64) -> Row {
    Row { what, unit: "", own, at_least: Some(bar), at_most: None }
}

const fn at_most(what: &'static str, unit: &'static str, own: &'static str, bar: f64) -> Row {
    Row { what, unit, own, at_least: None, at_most: Some(bar) }
}

/// What Serenade takes on the same log, in the same machine's CPU time: its 90th percentile of a query, and a request over HTTP.
const SERENADE_P90_US: f64 = 132.0;
const SERENADE_HTTP_US: f64 = 94.0;

const ROWS: &[(&str, &[Row])] = &[
    (
        "What is found",
        &[
            at_least("Diginetica, every next click, HR@20", "/diginetica/frozen/all/HR@20", 0.545),
            at_least("the same, MRR@20", "/diginetica/frozen/all/MRR@20", 0.198),
            told("Diginetica, without the item on screen, HR@20", "", "/diginetica/frozen/nolast/HR@20"),
            told("Diginetica, items new to the session, HR@20", "", "/diginetica/frozen/novel/HR@20"),
            at_least(
                "Diginetica, sessions taken in as they end, HR@20 gained in the second half of the time",
                "/diginetica/gained",
                0.015,
            ),
            told("YooChoose 1/64, every next click, HR@20", "", "/rsc15/frozen/all/HR@20"),
            told("the same, MRR@20", "", "/rsc15/frozen/all/MRR@20"),
            told("YooChoose 1/64, taken in as they end, HR@20 gained", "", "/rsc15/gained"),
            at_least("Serenade's sample, without the item on screen, HR@20", "/bol/frozen/nolast/HR@20", 0.68),
            at_least("the same, MRR@20", "/bol/frozen/nolast/MRR@20", 0.365),
        ],
    ),
    (
        "What rules cost, HR@20 on Diginetica with a catalog drawn by lot",
        &[
            told("at most 3 of a brand (of 20)", "", "/cost/brand_cap/all/HR@20"),
            told("diversity 0.1 (50 categories)", "", "/cost/diversity/all/HR@20"),
            told("margin 0.5, which is 5 % of a score at the most", "", "/cost/margin/all/HR@20"),
        ],
    ),
    (
        "How long it takes and what it weighs, Diginetica",
        &[
            told("neighbours alone, m 1,000, k 200, p50", "µs", "/kernel/neighbours alone/p50_us"),
            at_most(
                "the same, p90: a third of Serenade's",
                "µs",
                "/kernel/neighbours alone/p90_us",
                SERENADE_P90_US / 3.0,
            ),
            told("with the forest, p50", "µs", "/kernel/with the forest/p50_us"),
            at_most("the same, p90", "µs", "/kernel/with the forest/p90_us", SERENADE_P90_US),
            at_most(
                "CPU of the server for a list of 20 over HTTP, 8 connections: half of Serenade's",
                "µs",
                "/http/least_server_cpu_us_each",
                SERENADE_HTTP_US / 2.0,
            ),
            at_most("taking in a session", "µs", "/kernel/index/insert_us", 100.0),
            at_most("memory, an item", "B", "/browser/memory_bytes_an_item", 170.0),
            at_most("the file, Brotli, an item", "B", "/browser/brotli_bytes_an_item", 40.0),
            at_most("loading in WASM", "ms", "/browser/load_millis", 60.0),
            told("a list with the forest in WASM, p50", "µs", "/browser/micros/p50"),
            at_most("the same, p90", "µs", "/browser/micros/p90", 1_000.0),
            at_most("lists in WASM unlike the native ones", "", "/browser/lists_unlike_native", 0.0),
        ],
    ),
];

/// What a log is called here, its folder, and how many of its newest sessions are held out.
const LOGS: [(&str, &str, usize); 2] = [("diginetica", "diginetica", 12_000), ("rsc15", "rsc15-1of64", 3_000)];

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("ZHANGGUI_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let folder = folder.join("sessions");
    folder.join("diginetica").exists().then_some(folder)
}

/// Measures and prints.
pub fn run() -> anyhow::Result<()> {
    tools::all()?;
    let lists = measure()?.context("the public click logs are not there; say in ZHANGGUI_DATA where they are")?;
    print!("{}", markdown(&lists)?);
    Ok(())
}

/// Rows and everything measured; `None` without the public click logs.
pub fn measure() -> anyhow::Result<Option<Value>> {
    let Some(data) = data() else { return Ok(None) };
    call("cargo", &["build", "--locked", "--quiet", "--release", "-p", "zg-cli", "-p", "zg-harness", "--bins"])?;
    let out = root().join("target/lists");
    let mut measured = Map::new();
    for (name, folder, held) in LOGS {
        let (log, out) = (data.join(folder).join("train.tsv.gz"), out.join(name));
        call("node", &["tests/recommend/split.mjs", &text(&log), &held.to_string(), &text(&out)])?;
        let index = out.join("shop.zgrx");
        zhanggui(&["build", &text(&out.join("older.tsv")), "-o", &text(&index)])?;
        measured.insert(name.to_owned(), quality(&index, &out.join("newer.tsv"))?);
    }
    let sample = out.join("bol.zgrx");
    zhanggui(&["build", &text(&data.join("bol-sample/train.tsv.gz")), "-o", &text(&sample)])?;
    measured.insert("bol".to_owned(), quality(&sample, &data.join("bol-sample/valid.tsv.gz"))?);
    let shop = out.join("diginetica");
    measured.insert("cost".to_owned(), cost(&shop)?);
    measured.insert("kernel".to_owned(), kernel(&shop)?);
    measured.insert("browser".to_owned(), wasm(&shop)?);
    measured.insert("http".to_owned(), http(&shop)?);
    let measured = Value::Object(measured);
    let figure = |row: &Row| measured.pointer(row.own).and_then(Value::as_f64);
    let all = || ROWS.iter().flat_map(|(_, rows)| rows.iter());
    let lost: Vec<&str> = all().filter(|row| figure(row).is_none()).map(|row| row.own).collect();
    ensure!(lost.is_empty(), "nothing gave a figure for {}", lost.join(", "));
    let rows = |rows: &[Row]| -> Vec<Value> {
        rows.iter()
            .map(|row| {
                let figure = figure(row);
                let bar = row.at_least.or(row.at_most);
                let meets = |figure: f64| row.at_least.is_none_or(|bar| figure >= bar) && row.at_most.is_none_or(|bar| figure <= bar);
                let met = bar.and(figure).map(meets);
                json!({"what": row.what, "unit": row.unit, "figure": figure, "at_least": row.at_least, "at_most": row.at_most, "met": met})
            })
            .collect()
    };
    let sections: Vec<Value> = ROWS.iter().map(|(title, list)| json!({"title": title, "rows": rows(list)})).collect();
    Ok(Some(json!({"sections": sections, "measured": measured})))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn zhanggui(arguments: &[&str]) -> anyhow::Result<String> {
    let program = root().join("target/release/zhanggui");
    let mut words = vec!["recommend"];
    words.extend_from_slice(arguments);
    eprintln!("$ zhanggui {}", words.join(" "));
    output(&program.to_string_lossy(), &words).with_context(|| format!("zhanggui {} failed", words.join(" ")))
}

fn object(printed: &str) -> anyhow::Result<Value> {
    let last = printed.lines().last().context("nothing was printed")?;
    Ok(serde_json::from_str(last)?)
}

/// Figures of an index that stays as it is, and what is gained where sessions are taken in.
fn quality(index: &Path, newer: &Path) -> anyhow::Result<Value> {
    let (index, newer) = (text(index), text(newer));
    let frozen = object(&zhanggui(&["eval", &index, &newer])?)?;
    let stream = object(&zhanggui(&["eval", &index, &newer, "--stream"])?)?;
    let late = |figures: &Value| figures["second_half"]["all"]["HR@20"].as_f64();
    let gained = late(&stream).zip(late(&frozen)).map(|(stream, frozen)| ((stream - frozen) * 1e5).round() / 1e5);
    Ok(json!({"frozen": frozen["protocols"], "stream": stream["protocols"], "gained": gained}))
}

/// What each rule costs, in an index of the same forests and a catalog that is drawn by lot.
fn cost(shop: &Path) -> anyhow::Result<Value> {
    let [older, newer, catalog, of_lot, index] =
        ["older.tsv", "newer.tsv", "catalog.json", "lot.zgrx", "shop.zgrx"].map(|name| text(&shop.join(name)));
    zhanggui(&["build", &older, "-o", &of_lot, "--catalog", &catalog, "--reranker", &index])?;
    let figures =
        zhanggui(&["eval", &of_lot, &newer, "--cost", "--brand-cap", "3", "--diversity", "0.1", "--margin", "0.5"])?;
    Ok(object(&figures)?["cost"].clone())
}

/// Times of queries natively, at Serenade's own settings, and of an insert.
fn kernel(shop: &Path) -> anyhow::Result<Value> {
    let arguments = ["bench", "--locked", "--quiet", "-p", "zg-recommend", "--features", "build", "--", "--test"];
    eprintln!("$ cargo {}", arguments.join(" "));
    let mut bench = command("cargo", &arguments);
    // The whole log: the bench holds its newest tenth out.
    bench.env("ZHANGGUI_CLICKS", shop.join("older.tsv")).stderr(std::process::Stdio::inherit());
    let printed = bench.output()?;
    ensure!(printed.status.success(), "the bench of zg-recommend failed");
    let lines = String::from_utf8(printed.stdout)?;
    let figures = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let named = figures.filter_map(|figures| Some((figures["what"].as_str()?.to_owned(), figures)));
    Ok(Value::Object(named.collect()))
}

/// What the index weighs and how fast it is in WASM, and whether its lists are the native ones.
fn wasm(shop: &Path) -> anyhow::Result<Value> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let build = ["build", "--locked", "--quiet", "--profile", "dist", "--target", TARGET, "-p", "zg-bench"];
    call("cargo", &[&build[..], &["--example", "recommend"]].concat())?;
    let built = root().join("target").join(TARGET).join("dist/examples/recommend.wasm");
    let module = root().join("target/lists/wasm");
    call("wasm-bindgen", &["--target", "nodejs", "--no-typescript", "--out-dir", &text(&module), &text(&built)])?;
    // The repository's own says that scripts are modules; these are not.
    std::fs::write(module.join("package.json"), "{\"type\":\"commonjs\"}\n")?;
    let [index, sessions, lists] = ["shop.zgrx", "sessions.jsonl", "lists.jsonl"].map(|name| shop.join(name));
    let mut query = command(&text(&root().join("target/release/zhanggui")), &["recommend", "query", &text(&index)]);
    query.stdin(std::fs::File::open(&sessions)?).stdout(std::fs::File::create(&lists)?);
    ensure!(query.status()?.success(), "zhanggui recommend query failed");
    let arguments = [
        "tests/recommend/measure.mjs".to_owned(),
        text(&module.join("recommend.js")),
        text(&index),
        text(&sessions),
        text(&lists),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let measured = command("node", &arguments).stderr(std::process::Stdio::inherit()).output()?;
    // It fails where a list is another, and says so all the same.
    object(&String::from_utf8(measured.stdout)?).context("tests/recommend/measure.mjs failed")
}

fn http(shop: &Path) -> anyhow::Result<Value> {
    let harness = text(&root().join("target/release/zg-harness"));
    let [index, sessions] = ["shop.zgrx", "sessions.jsonl"].map(|name| text(&shop.join(name)));
    let arguments = ["recommend", &index, &sessions, "--requests", "30000", "--runs", "3", "--connections", "8"];
    eprintln!("$ zg-harness {}", arguments.join(" "));
    let Some(printed) = output(&harness, &arguments) else { bail!("zg-harness recommend failed") };
    let mut figures = object(&printed)?["figures"].clone();
    // Where it lies says nothing of it, and is no business of a report.
    if let Some(figures) = figures.as_object_mut() {
        figures.remove("index");
    }
    Ok(figures)
}

/// The section of `docs/REPORT.md`.
pub fn markdown(lists: &Value) -> anyhow::Result<String> {
    let mut page = String::from(INTRODUCTION);
    for section in lists["sections"].as_array().into_iter().flatten() {
        let title = section["title"].as_str().unwrap_or_default();
        write!(page, "\n### {title}\n\n| what | figure | bar | |\n|---|---:|---:|---|\n")?;
        for row in section["rows"].as_array().into_iter().flatten() {
            let unit = row["unit"].as_str().unwrap_or_default();
            let number = |value: &Value| value.as_f64().map(|value| format!("{value} {unit}").trim_end().to_owned());
            let bar = match (number(&row["at_least"]), number(&row["at_most"])) {
                (Some(bar), _) => format!("≥ {bar}"),
                (_, Some(bar)) => format!("≤ {bar}"),
                _ => "–".to_owned(),
            };
            let verdict = match row["met"].as_bool() {
                None => "",
                Some(true) => "met",
                Some(false) => "**missed**",
            };
            let figure = number(&row["figure"]).unwrap_or_else(|| "not measured".to_owned());
            writeln!(page, "| {} | {figure} | {bar} | {verdict} |", row["what"].as_str().unwrap_or_default())?;
        }
    }
    Ok(page)
}

const INTRODUCTION: &str = "
## Recommendations

Public click logs that lie beside the repository, their newest sessions held out (12,000 of Diginetica, 3,000 of YooChoose 1/64; Serenade's sample has a validation log of its own) and asked for click by click, but for items that nobody had looked at before: `zhanggui recommend eval`, with settings and forest as `recommend build` chooses them.
Bars of quality are those of the test logs of the literature, which the report does not look at; a held-out part of another time is not the same, so they say about where figures have to be.
The logs do not say what their items are; to see what rules cost at their worst, brand, category and margin are drawn by lot.
Times are of one core (`cargo bench -p zg-recommend --features build`, m 1,000, k 200, of each query the least of three; Node.js for the browser), and of the server's process for HTTP (`zg-harness recommend`, the least of three runs).
";
