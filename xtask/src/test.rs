//! `cargo xtask test`: everything CI runs, in the order that fails soonest.

use crate::run::run as call;
use crate::{dist, edges, report, tools};

pub fn run() -> anyhow::Result<()> {
    tools::all()?;
    call("cargo", &["fmt", "--all", "--check"])?;
    edges::run()?;
    // The fuzzers are a workspace of their own, which nothing else builds here.
    call("cargo", &["fetch", "--locked", "--quiet", "--manifest-path", "fuzz/Cargo.toml"])?;
    call("cargo", &["clippy", "--locked", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    // What tests start for themselves is installed by now, so nothing may be left out for want of it.
    let mut tests = crate::run::command("cargo", &["test", "--locked", "--workspace"]);
    eprintln!("$ cargo test --locked --workspace");
    tests.env("ZHANGGUI_TEST_SERVICES", "1");
    crate::run::finish(tests, "the tests")?;
    call("node", &["--test", "tests/retrieval/split.test.mjs"])?;
    // The very files that shoppers get, built once: the budgets are theirs, and so are the browser's tests.
    let out = dist::run()?;
    report::check_budgets(&out)?;
    browser(&out)
}

/// The tests in a real browser, against the files in `out`.
fn browser(out: &std::path::Path) -> anyhow::Result<()> {
    let chromium = tools::chromium().ok_or_else(|| anyhow::anyhow!("no Chromium; install it, or set CHROMIUM"))?;
    // By name: what `node --test` makes of a folder differs between its versions.
    let folder = crate::run::root().join("tests/browser");
    let mut files: Vec<String> = std::fs::read_dir(folder)?
        .filter_map(|item| item.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".test.mjs"))
        .map(|name| format!("tests/browser/{name}"))
        .collect();
    files.sort();
    let stores = stores(out)?;
    let mut arguments = vec!["--test", "--test-concurrency=1", "--test-timeout=300000"];
    arguments.extend(files.iter().map(String::as_str));
    let mut tests = crate::run::command("node", &arguments);
    tests
        .env("CHROMIUM", chromium)
        .env("ZHANGGUI_DIST", out)
        .env("ZHANGGUI_BIN", dist::bin())
        .env("ZHANGGUI_STORES", stores);
    eprintln!("$ node {}", arguments.join(" "));
    crate::run::finish(tests, "the browser tests")
}

/// IndexedDB under the suite of stores, built beside what is shipped.
fn stores(out: &std::path::Path) -> anyhow::Result<std::path::PathBuf> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let build = [
        "build",
        "--locked",
        "--quiet",
        "--profile",
        "dist",
        "--target",
        TARGET,
        "-p",
        "zg-web",
        "--example",
        "stores",
    ];
    call("cargo", &build)?;
    let built = crate::run::root().join("target").join(TARGET).join("dist/examples/stores.wasm");
    let folder = out.with_file_name("dist-stores");
    let arguments =
        ["--target", "web", "--no-typescript", "--out-dir", &folder.to_string_lossy(), &built.to_string_lossy()];
    call("wasm-bindgen", &arguments)?;
    Ok(folder)
}
