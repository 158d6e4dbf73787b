//! From sources to answers, and what hostile bytes can do on the way: nothing.

mod clean;
mod compile;
mod hostile;
mod import;
mod lint;
mod lint_corpus;
mod meaning;
mod memory;
mod safe;
mod search;
mod sources;
mod strange;
mod suggest;

use zg_domain::Date;
use zg_kb::Bundle;
use zg_kb::build::{Entry, Finding, Sources, compile};

#[track_caller]
fn date(text: &str) -> Date {
    Date::parse(text).expect("a test writes days that exist")
}

fn markdown(text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.add_markdown("faq.md", text);
    sources
}

#[track_caller]
fn bundle_of(entries: &[Entry]) -> Bundle {
    Bundle::open(compile(entries).expect("a test's entries compile")).expect("what was compiled opens")
}

fn render_findings(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let Finding { file, line, rule, severity, message, .. } = finding;
        format!("{file}:{line}: {} [{rule}] {message}\n", severity.name())
    };
    findings.iter().map(line).collect()
}
