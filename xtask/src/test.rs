//! `cargo xtask test`: everything CI runs, in the order that fails soonest.

use crate::run::run as call;
use crate::{dist, edges, report, tools};

pub fn run() -> anyhow::Result<()> {
    tools::all()?;
    call("cargo", &["fmt", "--all", "--check"])?;
    edges::run()?;
    call("cargo", &["clippy", "--locked", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    call("cargo", &["test", "--locked", "--workspace"])?;
    // The very files that shoppers get, built once: the budgets are theirs, and so are the browser's tests.
    let out = dist::run()?;
    report::check_budgets(&out)?;
    browser(&out)
}

/// The tests in a real browser, against the files in `out`.
fn browser(out: &std::path::Path) -> anyhow::Result<()> {
    let chromium = tools::chromium().ok_or_else(|| anyhow::anyhow!("no Chromium; install it, or set CHROMIUM"))?;
    let mut tests =
        crate::run::command("node", &["--test", "--test-concurrency=1", "--test-timeout=300000", "tests/browser/"]);
    tests.env("CHROMIUM", chromium).env("ZHANGGUI_DIST", out).env("ZHANGGUI_BIN", dist::bin());
    eprintln!("$ node --test tests/browser/");
    crate::run::finish(tests, "the browser tests")
}
