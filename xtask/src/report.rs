//! `cargo xtask report`: what was measured, beside its limit and its target.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::bench;
use crate::dist;
use crate::lists;
use crate::run::{command, output, root};
use crate::tools;

const KB: f64 = 1024.0;

/// A download budget: its files (brotli), its limit and its target in KB.
struct Budget {
    what: &'static str,
    files: &'static [&'static str],
    limit: f64,
    target: f64,
}

const LOADER: &[&str] = &["zhanggui.js"];
const WIDGET: &[&str] = &["panel.js", "port.js", "widget.js", "widget_bg.wasm", "locales/zh-CN/widget.ftl"];
const ENGINE: &[&str] = &["host.js", "knowledge.js", "engine.js", "engine_bg.wasm"];
const FIRST: &[&str] = &[
    "zhanggui.js",
    "panel.js",
    "port.js",
    "widget.js",
    "widget_bg.wasm",
    "locales/zh-CN/widget.ftl",
    "host.js",
    "knowledge.js",
    "engine.js",
    "engine_bg.wasm",
    // All that the demo knows; what lies beside it no first answer waits for.
    "knowledge/shop.zgkb",
];

const BUDGETS: &[Budget] = &[
    Budget { what: "loader", files: LOADER, limit: 5.0, target: 3.0 },
    Budget { what: "widget: UI, glue, one locale", files: WIDGET, limit: 150.0, target: 110.0 },
    Budget { what: "engine: text, knowledge, dialogue, sync", files: ENGINE, limit: 300.0, target: 200.0 },
    Budget {
        what: "first answer possible (all above + the demo's whole knowledge, 433 entries)",
        files: FIRST,
        limit: 500.0,
        target: 350.0,
    },
    Budget {
        what: "beside the demo's knowledge: what was learned, after the first answer",
        files: &["knowledge/shop.zgkl"],
        limit: 12.0,
        target: 8.0,
    },
    Budget {
        what: "beside the demo's knowledge: 82 products and their index, after the first answer or when wanted",
        files: &["knowledge/shop.zgkc"],
        limit: 20.0,
        target: 12.0,
    },
    Budget {
        what: "who makes lists of products, when one is first wanted",
        files: &["recommend.js", "recommender.js", "recommender_bg.wasm"],
        limit: 60.0,
        target: 30.0,
    },
    Budget {
        what: "inference runtime",
        files: &["inference.js", "inference_bg.wasm"],
        limit: 1.2 * 1024.0,
        target: 0.65 * 1024.0,
    },
    Budget { what: "model, Chinese", files: &["models/zh.onnx", "models/zh.zgem"], limit: 700.0, target: 500.0 },
    Budget { what: "model, English", files: &["models/en.onnx", "models/en.zgem"], limit: 700.0, target: 500.0 },
    Budget {
        what: "models, both",
        files: &["models/zh.onnx", "models/zh.zgem", "models/en.onnx", "models/en.zgem"],
        limit: 1.2 * 1024.0,
        target: 0.9 * 1024.0,
    },
];

/// A time or memory budget: where its figure is in the browser's measurements.
struct Bar {
    what: &'static str,
    pointer: &'static str,
    unit: &'static str,
    limit: f64,
    target: f64,
}

const BARS: &[Bar] = &[
    Bar {
        what: "main-thread work of the loader on page load, 4x throttle",
        pointer: "/load/main_thread_ms_x4",
        unit: "ms",
        limit: 33.0,
        target: 10.0,
    },
    Bar {
        what: "click to usable panel, warm, p95",
        pointer: "/open/warm_ms/p95",
        unit: "ms",
        limit: 300.0,
        target: 150.0,
    },
    Bar {
        what: "click to usable panel, cold on 4G, 4x throttle, p95",
        pointer: "/open/cold_4g_x4_ms/p95",
        unit: "ms",
        limit: 1000.0,
        target: 600.0,
    },
    Bar {
        what: "the same, the shop's own page having loaded, p95",
        pointer: "/open/cold_4g_x4_loaded_ms/p95",
        unit: "ms",
        limit: 1000.0,
        target: 600.0,
    },
    Bar { what: "message to reply, p95", pointer: "/reply/ms/p95", unit: "ms", limit: 50.0, target: 20.0 },
    Bar {
        what: "message to reply, 4x throttle, p95",
        pointer: "/reply/x4_ms/p95",
        unit: "ms",
        limit: 50.0,
        target: 20.0,
    },
    Bar {
        what: "one utterance, text to all heads, WASM, p50",
        pointer: "/understand/p50_ms",
        unit: "ms",
        limit: 0.15,
        target: 0.1,
    },
    Bar {
        what: "one utterance, text to all heads, WASM, p99",
        pointer: "/understand/p99_ms",
        unit: "ms",
        limit: 0.6,
        target: 0.5,
    },
    Bar {
        what: "key to suggestions, 4x throttle, p95",
        pointer: "/short/suggestions_x4_ms/p95",
        unit: "ms",
        limit: 16.0,
        target: 8.0,
    },
    Bar {
        what: "longest frame while 2,000 messages scroll",
        pointer: "/long/longest_frame_ms",
        unit: "ms",
        limit: 32.0,
        target: 20.0,
    },
    Bar {
        what: "largest contentful paint of the shop with the launcher, more than without, 4x throttle",
        pointer: "/vitals/lcp_percent",
        unit: "%",
        limit: 1.0,
        target: 0.0,
    },
    Bar {
        what: "slowest interaction with the shop with the launcher, more than without, 4x throttle",
        pointer: "/vitals/inp_percent",
        unit: "%",
        limit: 1.0,
        target: 0.0,
    },
    Bar { what: "layout shift", pointer: "/load/layout_shift", unit: "", limit: 0.0, target: 0.0 },
    Bar {
        what: "WASM memory of the worker: engine, demo knowledge, both models",
        pointer: "/memory/wasm_mb",
        unit: "MB",
        limit: 48.0,
        target: 24.0,
    },
];

/// Rows of `docs/REPORT.md` for downloads; an error when a limit is exceeded.
fn downloads(out: &Path) -> anyhow::Result<Vec<Value>> {
    BUDGETS
        .iter()
        .map(|budget| {
            let mut bytes = 0;
            for file in budget.files {
                let path = out.join("cdn").join(format!("{file}.br"));
                bytes += std::fs::metadata(&path).with_context(|| format!("{} is missing", path.display()))?.len();
            }
            let figure = (bytes as f64 / KB * 10.0).round() / 10.0;
            Ok(json!({"what": budget.what, "unit": "KB", "figure": figure, "limit": budget.limit, "target": budget.target, "met": figure <= budget.limit}))
        })
        .collect()
}

/// Fails when a download is larger than its limit.
pub fn check_budgets(out: &Path) -> anyhow::Result<()> {
    let rows = downloads(out)?;
    for row in &rows {
        eprintln!(
            "  {:>9.1} KB of {:>7.1}  {}",
            row["figure"].as_f64().unwrap_or(0.0),
            row["limit"].as_f64().unwrap_or(0.0),
            row["what"].as_str().unwrap_or("")
        );
    }
    let over: Vec<&str> =
        rows.iter().filter(|row| row["met"] == false).filter_map(|row| row["what"].as_str()).collect();
    if over.is_empty() { Ok(()) } else { bail!("over their limit: {}", over.join("; ")) }
}

pub fn run() -> anyhow::Result<()> {
    tools::all()?;
    let out = dist::run()?;
    let downloads = downloads(&out)?;
    let browser = browser(&out)?;
    let bars: Vec<Value> = BARS
        .iter()
        .map(|bar| {
            let figure = browser.pointer(bar.pointer).and_then(Value::as_f64);
            json!({"what": bar.what, "unit": bar.unit, "figure": figure, "limit": bar.limit, "target": bar.target, "met": figure.is_some_and(|figure| figure <= bar.limit)})
        })
        .collect();
    let evaluations = evaluations(&out)?;
    let knowledge = bench::measure()?;
    let lists = lists::measure()?;
    write(
        &json!({"downloads": downloads, "times_and_memory": bars, "browser": browser, "evaluations": evaluations, "knowledge": knowledge, "recommendations": lists}),
    )
}

/// The section of lists measured anew, in the report that there is.
pub fn run_lists() -> anyhow::Result<()> {
    tools::all()?;
    let mut report: Value = serde_json::from_str(&std::fs::read_to_string(root().join("docs/report.json"))?)?;
    let lists =
        lists::measure()?.context("the public click logs are not there; say in ZHANGGUI_DATA where they are")?;
    report["recommendations"] = lists;
    write(&report)
}

fn write(report: &Value) -> anyhow::Result<()> {
    std::fs::write(root().join("docs/report.json"), serde_json::to_string_pretty(report)? + "\n")?;
    std::fs::write(root().join("docs/REPORT.md"), markdown(report)?)?;
    eprintln!("wrote docs/REPORT.md and docs/report.json");
    Ok(())
}

fn browser(out: &Path) -> anyhow::Result<Value> {
    let chromium = tools::chromium().context("no Chromium; install it, or set CHROMIUM")?;
    let mut measure = command("node", &["tests/browser/measure.mjs"]);
    measure.env("CHROMIUM", chromium).env("ZHANGGUI_DIST", out).env("ZHANGGUI_BIN", dist::bin());
    let measured = measure.stderr(std::process::Stdio::inherit()).output()?;
    if !measured.status.success() {
        bail!("tests/browser/measure.mjs failed");
    }
    Ok(serde_json::from_slice(&measured.stdout)?)
}

/// Figures on development data; the rows on public data only where it lies beside the repository.
fn evaluations(out: &Path) -> anyhow::Result<Vec<Value>> {
    let bundle = out.join("cdn/knowledge/shop.zgkb").to_string_lossy().into_owned();
    let mut calls: Vec<Vec<String>> = Vec::new();
    let call = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    if root().join("../shared/data").exists() {
        calls.push(call(&["eval", "nlu", "../shared/data/real-intents-dev/dev.tsv"]));
        for set in ["shopping", "waimai", "hotel"] {
            calls.push(call(&["eval", "nlu", &format!("../shared/data/reviews-{set}-zh/dev.tsv.gz")]));
        }
    }
    calls.push(call(&["eval", "pairs", "tests/data/understanding/pairs.tsv"]));
    for file in ["zh.dev.tsv", "zh.test.tsv", "en.dev.tsv", "en.test.tsv"] {
        let path = format!("tests/data/questions/{file}");
        calls.push(call(&["eval", "kb", &bundle, &path, "--no-models"]));
        calls.push(call(&["eval", "kb", &bundle, &path]));
        calls.push(call(&["eval", "chat", &bundle, &path]));
    }
    calls.push(call(&["eval", "chat", &bundle, "tests/data/questions/none.test.tsv"]));
    let zhanggui = dist::bin().join("zhanggui");
    calls
        .into_iter()
        .map(|arguments| {
            let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let printed = output(&zhanggui.to_string_lossy(), &words)
                .with_context(|| format!("zhanggui {} failed", words.join(" ")))?;
            let shown = words.join(" ").replace(&bundle, "shop.zgkb");
            Ok(json!({"command": format!("zhanggui {shown}"), "figures": serde_json::from_str::<Value>(&printed)?}))
        })
        .collect()
}

fn markdown(report: &Value) -> anyhow::Result<String> {
    let mut page = String::from(
        "# Report\n\nWritten by `cargo xtask report`; figures of the machine it ran on.\nBrotli at quality 11; 1 KB is 1,024 bytes.\nTimes are of headless Chromium on localhost; \"4x\" is its CPU throttle.\n",
    );
    for (title, key) in [("What the shopper downloads", "downloads"), ("Time and memory", "times_and_memory")] {
        write!(page, "\n## {title}\n\n| what | figure | limit | target | |\n|---|---:|---:|---:|---|\n")?;
        for row in report[key].as_array().into_iter().flatten() {
            let unit = row["unit"].as_str().unwrap_or_default();
            let number = |name: &str| {
                row[name]
                    .as_f64()
                    .map_or_else(|| "not measured".to_owned(), |value| format!("{value} {unit}").trim_end().to_owned())
            };
            let verdict = if row["met"] == true { "within its limit" } else { "**over its limit**" };
            writeln!(
                page,
                "| {} | {} | {} | {} | {verdict} |",
                row["what"].as_str().unwrap_or_default(),
                number("figure"),
                number("limit"),
                number("target")
            )?;
        }
    }
    if report["knowledge"].is_object() {
        page.push_str(&bench::markdown(&report["knowledge"])?);
    } else {
        page.push_str(
            "\n## Knowledge at scale\n\nNot measured: the public question sets do not lie beside the repository.\n",
        );
    }
    if report["recommendations"].is_object() {
        page.push_str(&lists::markdown(&report["recommendations"])?);
    } else {
        page.push_str(
            "\n## Recommendations\n\nNot measured: the public click logs do not lie beside the repository.\n",
        );
    }
    page.push_str("\n## Understanding and retrieval\n\n");
    for row in report["evaluations"].as_array().into_iter().flatten() {
        writeln!(page, "`{}`\n", row["command"].as_str().unwrap_or_default())?;
        let figures = &row["figures"];
        let short = |value: &Value| -> String {
            let Some(object) = value.as_object() else { return "–".to_owned() };
            let cells: Vec<String> = object
                .iter()
                .filter(|(_, value)| value.is_number())
                .map(|(name, value)| format!("{} {value}", name.replace('_', " ")))
                .collect();
            cells.join(", ")
        };
        if figures.get("all").is_some() {
            writeln!(page, "- {}\n", short(&figures["all"]))?;
        } else if figures.get("intent").is_some() {
            for head in ["intent", "sentiment", "emotion"].into_iter().filter(|head| figures[*head].is_object()) {
                writeln!(page, "- {head}: {}", short(&figures[head]))?;
            }
            page.push('\n');
        } else if let Some(kinds) = figures["kinds"].as_object() {
            for (kind, figures) in kinds {
                writeln!(page, "- {kind}: {}", short(figures))?;
            }
            page.push('\n');
        } else {
            writeln!(page, "- {}\n", short(figures))?;
        }
    }
    Ok(page)
}
