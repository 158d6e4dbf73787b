//! `zhanggui`: the shop assistant on the command line.
//!
//! JSON lines in, JSON lines out, order kept, nothing buffered longer than a line. A line that cannot be read gives
//! `{"line":n,"error":"…"}`, the rest goes on, and the exit status is 1 at the end.
//! Everything else that goes wrong is one line on stderr that says what to do, and exit status 1 (2 for a wrong call).

mod backup;
mod chat;
mod config;
mod eval;
mod kb;
mod lines;
mod models;
mod nlu;
mod policy;
mod recommend;
mod serve;
mod telemetry;
mod train;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "zhanggui", version, about = "A shop assistant: understanding, knowledge, dialogue and the sync server", long_about = None)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve static files, the sync endpoint and the operators' console.
    #[command(after_help = "Example:\n  zhanggui serve --data ./data --listen 127.0.0.1:8787 --static-dir dist")]
    Serve(serve::Args),
    /// Check a configuration of the server, or print one with every key.
    #[command(subcommand)]
    Config(config::Command),
    /// Understand utterances: intent, sentiment, emotion, entities.
    #[command(after_help = "Example:\n  echo '{\"id\":1,\"text\":\"快递三天没动了\"}' | zhanggui nlu")]
    Nlu(nlu::Args),
    /// Compile, check and search knowledge.
    #[command(subcommand)]
    Kb(kb::Command),
    /// Run a conversation: shopper events in, effects out, one line a turn.
    #[command(
        after_help = "Example:\n  echo '{\"at\":0,\"type\":\"utterance\",\"text\":\"怎么退货\"}' | zhanggui chat shop.zgkb"
    )]
    Chat(chat::Args),
    /// Measure on labelled data; figures as JSON.
    #[command(subcommand)]
    Eval(eval::Command),
    /// Train intents of your own from a table of utterances.
    #[command(
        after_help = "Example:\n  zhanggui train utterances.tsv -o my-models && zhanggui nlu --models my-models\n\nPrints a table for people on stderr and one JSON object with the same figures on stdout.\nAt most 100,000 utterances, 500 intents and 64 MiB; 10,000 utterances take about half a minute on one core."
    )]
    Train(train::Args),
    /// Prove a policy, and decide what a fault is worth.
    #[command(subcommand)]
    Policy(policy::Command),
    /// Write the whole database to a file, while servers go on.
    #[command(after_help = "Example:\n  zhanggui backup --data ./data -o shop.backup")]
    Backup(backup::BackupArgs),
    /// Fill an empty database from a file of `zhanggui backup`.
    #[command(
        after_help = "Example:\n  zhanggui restore shop.backup --data ./data\n\nThe history gets a new name, so that devices that have seen more of it read it anew."
    )]
    Restore(backup::RestoreArgs),
    /// Move a SQLite database to PostgreSQL.
    #[command(
        after_help = "Example:\n  zhanggui migrate --from ./data --to zhanggui.toml\n\nThe old database takes no writes afterwards; start the servers with the new configuration."
    )]
    Migrate(backup::MigrateArgs),
    /// Recommend items from click sessions: make an index, ask it, measure it.
    #[command(subcommand)]
    Recommend(recommend::Command),
    /// Manage the people who answer at the console.
    #[command(subcommand)]
    Operator(serve::OperatorCommand),
}

/// Where the models are; shared by every command that understands.
#[derive(clap::Args, Clone)]
struct ModelArgs {
    /// Folder with `zh/nlu.onnx` and `en/nlu.onnx`, or with the `nlu.onnx` of `zhanggui train` (default: `models` here, beside the executable, or $ZHANGGUI_MODELS).
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            // One line that says what is wrong; clap's own runs over several.
            let text = error.to_string();
            let first: Vec<&str> = text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .take_while(|line| !line.starts_with("Usage"))
                .collect();
            eprintln!("{}; see `zhanggui --help`", first.join(" "));
            return ExitCode::from(2);
        }
        Err(help) => {
            let _ = help.print();
            return ExitCode::SUCCESS;
        }
    };
    let done = match cli.command {
        Command::Serve(args) => serve::run(&args),
        Command::Backup(args) => backup::backup(&args),
        Command::Restore(args) => backup::restore(&args),
        Command::Migrate(args) => backup::migrate(&args),
        Command::Config(command) => config::run(&command),
        Command::Operator(command) => serve::operator(&command),
        Command::Recommend(command) => recommend::run(&command),
        Command::Policy(command) => policy::run(&command),
        Command::Nlu(args) => nlu::run(&args),
        Command::Kb(command) => kb::run(command),
        Command::Chat(args) => chat::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Eval(command) => eval::run(command),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) if lines::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", format!("{error:#}").replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}
