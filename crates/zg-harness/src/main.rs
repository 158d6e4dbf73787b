//! `zg-harness`: see `cargo xtask crash` and `cargo xtask load`. One JSON object on stdout; exit status 1 where something is wrong.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use serde_json::{Value, json};
use zg_harness::{attack, chaos, crash, latency, load, recommend, reconnect};

#[derive(Parser)]
#[command(about = "Crash and load tests of the sync server")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Server to test (default: the one that is built into this program).
    #[arg(long, global = true, value_name = "PROGRAM")]
    server: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Kill servers under load, and look for what was lost, doubled, reordered or not told.
    Crash {
        #[arg(long, default_value_t = 100)]
        cycles: u32,
        #[arg(long, default_value_t = 16)]
        writers: usize,
        /// Two servers on one PostgreSQL, woken by NATS, which is killed now and then, too.
        #[arg(long)]
        postgres: bool,
    },
    /// Cut, delay, double and swallow what goes over the network.
    Chaos {
        #[arg(long, default_value_t = 30.0)]
        seconds: f64,
        #[arg(long, default_value_t = 4.0)]
        blackout: f64,
        #[arg(long, default_value_t = 16)]
        writers: usize,
    },
    /// Measure durable acknowledged messages, beside a bare reference.
    Posts {
        #[arg(long, default_value_t = 256)]
        connections: usize,
        #[arg(long, default_value_t = 10.0)]
        seconds: f64,
        #[arg(long)]
        postgres: bool,
    },
    /// Measure event streams on which nothing happens.
    Idle {
        #[arg(long, default_value_t = 10_000)]
        streams: usize,
        #[arg(long, default_value_t = 30.0)]
        seconds: f64,
    },
    /// Measure what a list of recommendations costs.
    Recommend {
        /// What `zhanggui recommend build` wrote.
        index: PathBuf,
        /// Lines of `{"session":[…]}`, as for `zhanggui recommend query`.
        sessions: PathBuf,
        #[arg(long, default_value_t = 20)]
        k: u32,
        #[arg(long, default_value_t = 4)]
        connections: usize,
        #[arg(long, default_value_t = 40_000)]
        requests: usize,
        #[arg(long, default_value_t = 3)]
        runs: usize,
        /// Keep no lists for later judgement.
        #[arg(long)]
        no_lists: bool,
        /// Serenade's `serving`, asked the same in turn with our server.
        #[arg(long, requires = "clicks")]
        serenade: Option<PathBuf>,
        /// What it reads: the log that the index was built on, with numbers for ids.
        #[arg(long, requires = "serenade")]
        clicks: Option<PathBuf>,
    },
    /// Measure how soon a server is ready after kill -9.
    Restart {
        #[arg(long, default_value_t = 1_000_000)]
        messages: u64,
        #[arg(long, default_value_t = 100)]
        times: u32,
    },
    /// Measure how soon an operator has what a shopper writes.
    Latency {
        /// Messages a second, of all shoppers together.
        #[arg(long, default_value_t = 1000.0)]
        rate: f64,
        #[arg(long, default_value_t = 200)]
        shoppers: usize,
        #[arg(long, default_value_t = 4)]
        operators: usize,
        #[arg(long, default_value_t = 10.0)]
        seconds: f64,
        #[arg(long)]
        postgres: bool,
    },
    /// Lose all event streams at once, and have them come back at once.
    Reconnect {
        #[arg(long, default_value_t = 10_000)]
        streams: usize,
        /// Kill the server instead of the connections.
        #[arg(long)]
        kill: bool,
    },
    /// Measure what shoppers notice while others send what is broken, huge, slow or forged.
    Attack {
        /// Inputs of each of the two attacks.
        #[arg(long, default_value_t = 10_000)]
        inputs: usize,
        /// Of the quiet time, and of each attack.
        #[arg(long, default_value_t = 12.0)]
        seconds: f64,
        #[arg(long, default_value_t = 400)]
        slow: usize,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Only inputs of kinds whose names have this in them; several are allowed.
        #[arg(long, value_name = "PART")]
        only: Vec<String>,
        /// No inputs of kinds whose names have this in them; several are allowed.
        #[arg(long, value_name = "PART")]
        except: Vec<String>,
        /// Priority of the attackers' threads: 19 as if they were other machines, 0 to let them fight the server for its cores.
        #[arg(long, value_name = "NICE", default_value_t = 19, value_parser = clap::value_parser!(i32).range(0..=19))]
        attackers_nice: i32,
        /// Attackers and shoppers in one event loop, at one priority: the hardest way, which measures the harness, too.
        #[arg(long, conflicts_with = "attackers_nice")]
        together: bool,
    },
    /// The server itself, as `zhanggui serve`.
    Serve {
        #[arg(long)]
        config: PathBuf,
        #[arg(long)]
        listen: SocketAddr,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let own = std::env::current_exe().context("find this program")?;
    let program = cli.server.unwrap_or_else(|| own.clone());
    let show = |test: &str, figures: Value| println!("{}", json!({ "test": test, "figures": figures }));
    match cli.command {
        Command::Crash { cycles, writers, postgres } => {
            let outcome = runtime.block_on(crash::run(&crash::Options { program, cycles, writers, postgres }))?;
            show(if postgres { "crash, two servers, PostgreSQL, NATS" } else { "crash, SQLite" }, outcome.json());
            return Ok(outcome.findings.is_clean());
        }
        Command::Chaos { seconds, blackout, writers } => {
            let options = chaos::Options { program, seconds, blackout_seconds: blackout, writers };
            let outcome = runtime.block_on(chaos::run(&options))?;
            show("chaos", outcome.json());
            return Ok(outcome.findings.is_clean());
        }
        Command::Posts { connections, seconds, postgres } => {
            let reference = own.with_file_name("zg-reference");
            show("posts", runtime.block_on(load::posts(&program, &reference, connections, seconds, postgres))?);
        }
        Command::Idle { streams, seconds } => show("idle", runtime.block_on(load::idle(&program, streams, seconds))?),
        Command::Restart { messages, times } => {
            show("restart", runtime.block_on(load::restart(&program, messages, times))?);
        }
        Command::Latency { rate, shoppers, operators, seconds, postgres } => {
            let options = latency::Options { shoppers, operators, rate, seconds, postgres };
            let figures = runtime.block_on(latency::run(&program, options))?;
            let complete = figures["untold"] == 0;
            show("latency", figures);
            return Ok(complete);
        }
        Command::Reconnect { streams, kill } => {
            let figures = runtime.block_on(reconnect::run(&program, streams, kill))?;
            let complete = figures["missed_or_doubled"] == 0;
            show("reconnect", figures);
            return Ok(complete);
        }
        Command::Attack { inputs, seconds, slow, seed, only, except, attackers_nice, together } => {
            let options = attack::Options { inputs, seconds, slow, seed, only, except, attackers_nice, together };
            let (passed, figures) = attack::run(&program, &options)?;
            show("attack", figures);
            return Ok(passed);
        }
        Command::Recommend { index, sessions, k, connections, requests, runs, no_lists, serenade, clicks } => {
            let serenade = serenade.zip(clicks);
            let options =
                recommend::Options { index, sessions, k, connections, requests, keep_lists: !no_lists, serenade };
            show("recommend", runtime.block_on(recommend::lists(&program, &options, runs))?);
        }
        Command::Serve { config, listen } => {
            let config = zg_server::Config { listen, ..zg_server::Config::load(&config)? };
            runtime.block_on(async {
                let listener = zg_server::bind(config.listen)?;
                zg_server::serve(config, listener, std::future::pending::<()>()).await
            })?;
        }
    }
    Ok(true)
}
