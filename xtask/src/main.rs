//! `cargo xtask`: what CI and the README name, one module each.
//!
//! Every command installs what it lacks, or says in one line what to install.

mod bench;
mod demo;
mod dist;
mod edges;
mod fuzz;
mod harness;
mod lists;
mod report;
mod run;
mod test;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  demo              build all and serve the demo shop, the console and the sync endpoint
  test              everything CI runs: format, lints, dependency edges, tests, budgets, the browser
  dist              the static files as shoppers get them, in target/dist-files
  report            measure, and write docs/REPORT.md and docs/report.json
  report lists      measure recommendations anew, and put them in that report
  bench [lists]     measure knowledge at scale alone, or recommendations, and print it (needs ../shared/data)
  fuzz TARGET [S]   look for inputs that no reader should fall over, for S seconds (60)
  crash             kill the server under load, cut its network (--cycles N, --postgres), and look for what is lost
  load              measure the server: durable messages, idle streams, restarts
  edges             check who may depend on whom
  setup             install the tools, and nothing else
  train             train the models again (needs Python 3 and ../shared/data)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["demo"] => demo::run(),
        ["test"] => test::run(),
        ["dist"] => dist::run().map(|_| ()),
        ["report"] => report::run(),
        ["report", "lists"] => report::run_lists(),
        ["bench"] => bench::run(),
        ["bench", "lists"] => lists::run(),
        ["crash", options @ ..] => harness::crash(options),
        ["load"] => harness::load(),
        ["edges"] => edges::run(),
        ["fuzz", target] => fuzz::run(target, "60"),
        ["fuzz", target, seconds] => fuzz::run(target, seconds),
        ["setup"] => tools::all(),
        ["train"] => tools::train(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(anyhow::anyhow!("unknown command {:?}; see `cargo xtask help`", other.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
